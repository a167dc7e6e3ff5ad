# SPDX-License-Identifier: MIT
"""The heat map: who is fastest for which request, and by how much."""

from __future__ import annotations

import math
from itertools import product
from typing import Any

from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from benchmarks.documents import REGIONS

from .. import units
from ..model import Report
from ..statistics import SAME
from ..style import FAINT, INK, Picture, backed, heading
from ..tables import DRAWS
from .winners import Won, won

# Fills, not lines: the samplers' own colours are too many to tell apart as tints.
FILLS = ("#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#0072B2", "#999999")
PALE, DEEP = 0.22, 0.85  # opacity at a margin of 1 and of `FAR` times
FAR = 4.0
CLOSE_HATCH = "////"
EMPTY = "#f4f4f4"
# Inches: a cell, and what a panel needs around it.
HIGH, WIDE, ABOVE, BELOW, HEAD = 0.29, 0.4, 0.3, 0.3, 1.0
LEAST = 3.5  # across, for the title of a panel
# A device and a kind of counts.
Band = tuple[str, str]


def heat_map(report: Report) -> Picture | None:
    """A panel for each kind of counts and of draws: V across, rows and k of a call up."""
    found = won(report)
    bands = shown(found)
    if not bands:
        return None
    drawn = [one for here in bands.values() for one in here]
    colours = fills(report, drawn)
    across = max(LEAST, *(WIDE * len(sizes(here)) for here in bands.values())) + 0.15
    width = 0.9 + 2 * across
    heights = [ABOVE + BELOW + HIGH * len(calls(here)) for here in bands.values()]
    height = HEAD + sum(heights)
    figure = Figure(figsize=(width, height))
    top = height - HEAD
    for (band, here), tall in zip(bands.items(), heights, strict=True):
        for column, mode in enumerate(DRAWS):
            left = 0.85 + column * across
            inches = (left, top - tall + BELOW, WIDE * len(sizes(here)), tall - ABOVE - BELOW)
            axes = figure.add_axes(tuple(x / y for x, y in zip(inches, (width, height) * 2, strict=True)))  # type: ignore[arg-type]
            panel(axes, [one for one in here if one.cell.replacement is mode], here, colours)
            axes.set_title(f"{named(band, here)}, {DRAWS[mode]}", fontsize=9, loc="left", pad=3)
            axes.tick_params(labelleft=column == 0)
        top -= tall
    legend(figure, {report.label(name): colour for name, colour in colours.items()}, height)
    title = heat_title(report, drawn)
    heading(figure, title, round(11 * width))
    return Picture(
        "regions",
        title,
        alt(report, drawn),
        "The number in a cell is how many times longer the runner-up takes; ~ and hatching: the interval of that "
        "ratio includes 1, too close to call; no number: nobody else is made for these counts or was near enough to be "
        "timed; grey: not measured. The wider the margin, the deeper the colour. V is the number of "
        "ids, a call asks for rows × k of them. Only samplers that pass every fidelity check."
        + elsewhere(found, drawn),
        REGIONS.made_by,
        860,
        figure,
    )


def shown(found: list[Won]) -> dict[Band, list[Won]]:
    """Cells by device and kind, of questions asked for both kinds of draws; the others are in the table."""
    both = {one.cell.question for one in found if one.cell.replacement}
    both &= {one.cell.question for one in found if not one.cell.replacement}
    bands: dict[Band, list[Won]] = {}
    for one in found:
        if one.cell.question in both:
            bands.setdefault((one.cell.device, one.cell.kind), []).append(one)
    return bands


def named(band: Band, here: list[Won]) -> str:
    """The question that most cells of a band belong to."""
    questions = [one.cell.question for one in here]
    question = max(dict.fromkeys(questions), key=questions.count)
    return question[0].upper() + question[1:] + ("" if band[0] == "cpu" else f" ({band[0]})")


def fills(report: Report, drawn: list[Won]) -> dict[str, str]:
    """A colour for each winner, in the order of the registry; from the eighth on they share the last."""
    order = [s.name for s in report.samplers]
    names = sorted(
        {one.winner for one in drawn}, key=lambda name: (name not in order, name in order and order.index(name))
    )
    return {name: FILLS[min(i, len(FILLS) - 1)] for i, name in enumerate(names)}


def sizes(here: list[Won]) -> list[int]:
    """V, from small to large."""
    return sorted({one.cell.V for one in here})


def calls(here: list[Won]) -> list[tuple[int, int]]:
    """(rows, k), from small to large."""
    return sorted({(one.cell.rows, one.cell.k) for one in here})


def panel(axes: Axes, cells: list[Won], band: list[Won], colours: dict[str, str]) -> None:
    """The cells of a mode, on the axes of the whole band."""
    columns, rows = sizes(band), calls(band)
    known = {(one.cell.V, (one.cell.rows, one.cell.k)): one for one in cells}
    for (x, size), (y, call) in product(enumerate(columns), enumerate(rows)):
        one = known.get((size, call))
        square(axes, x, y, one, EMPTY if one is None else colours[one.winner])
    axes.set_xlim(-0.5, len(columns) - 0.5)
    axes.set_ylim(-0.5, len(rows) - 0.5)
    axes.set_xticks(range(len(columns)), [units.short(size) for size in columns], fontsize=7.5)
    axes.set_yticks(range(len(rows)), [f"{units.count(r)} × {k}" for r, k in rows], fontsize=7.5)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def square(axes: Axes, x: int, y: int, one: Won | None, colour: str) -> None:
    """A cell in the winner's colour, with its margin."""
    place: Any = {"xy": (x - 0.47, y - 0.46), "width": 0.94, "height": 0.92}
    if one is None:
        axes.add_patch(Rectangle(**place, facecolor=colour, edgecolor="none"))
        return
    hatch, margin = CLOSE_HATCH if one.close else None, one.margin.value if one.margin and not one.close else 1.0
    depth = PALE + (DEEP - PALE) * min(1.0, math.log(max(margin, 1.0)) / math.log(FAR))
    face = tint(colour, depth if one.margin else DEEP)
    axes.add_patch(Rectangle(**place, facecolor=face, edgecolor=colour, hatch=hatch, linewidth=0.5))
    if one.margin is not None:
        box = backed() if one.close else None
        axes.text(x, y, written(one), ha="center", va="center", fontsize=7, color=INK, bbox=box)


def tint(colour: str, depth: float) -> tuple[float, float, float]:
    """A colour over white; opaque, as SVG would make the hatching as faint as the fill."""
    red, green, blue = (1 - depth * (1 - part) for part in to_rgb(colour))
    return red, green, blue


def written(one: Won) -> str:
    """A margin, short."""
    assert one.margin is not None
    return SAME if one.close else f"{units.significant(one.margin.value, 3 if one.margin.value < 10 else 2)}×"


def legend(figure: Figure, colours: dict[str, str], height: float) -> None:
    """Which colour is who."""
    handles = [Patch(facecolor=tint(colour, 0.6), edgecolor=colour, label=name) for name, colour in colours.items()]
    handles += [Patch(facecolor="white", edgecolor=FAINT, hatch=CLOSE_HATCH, label="too close to call")]
    figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(0.005, 1 - 0.55 / height),
        ncols=len(handles),
        frameon=False,
        fontsize=8.5,
    )


def elsewhere(found: list[Won], drawn: list[Won]) -> str:
    """What the figure leaves to the table."""
    more = len(found) - len(drawn)
    return f" The table has {more} more requests, each for one kind of draws." if more else ""


def heat_title(report: Report, found: list[Won]) -> str:
    """Who wins most in each mode."""
    parts = []
    for mode, words in DRAWS.items():
        here = [one.winner for one in found if one.cell.replacement is mode]
        if here:
            most = max(dict.fromkeys(here), key=here.count)
            parts.append(f"{words}, {report.label(most)} in {here.count(most)} of {len(here)} requests")
    return f"Fastest faithful sampler: {'; '.join(parts)}"


def alt(report: Report, drawn: list[Won]) -> str:
    """The same in words: for each kind of counts and draws, who wins how many cells and where it is open."""
    parts = []
    for band, mode in dict.fromkeys((one.cell.question, one.cell.replacement) for one in drawn):
        here = [one for one in drawn if (one.cell.question, one.cell.replacement) == (band, mode)]
        names = dict.fromkeys(one.winner for one in here)
        counts = [f"{report.label(name)} {sum(one.winner == name for one in here)}" for name in names]
        parts.append(f"{band}, {DRAWS[mode]}: {units.listed(counts)}, {sum(one.close for one in here)} too close")
    return "Heat map of the fastest sampler by V and call. Cells won: " + "; ".join(parts) + "."
