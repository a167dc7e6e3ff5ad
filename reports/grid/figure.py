# SPDX-License-Identifier: MIT
"""The heat map of the decision grid: the fastest sampler of each request, and its margin."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import product
from typing import Any

from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from benchmarks.documents import REGIONS

from .. import units
from ..derived import Won
from ..figures.style import FAINT, INK, Picture, backed, heading
from ..model import Report
from ..statistics import SAME
from ..tables import DRAWS

# The colours of the samplers in other figures are too many to be told apart as tints.
FILLS = ("#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#0072B2", "#999999")
PALE, DEEP = 0.22, 0.85  # share of the colour at a margin of 1, and of `FAR` or more
FAR = 4.0
ALONE = "alone"  # in a cell without a runner-up
NUMBER = "Number: the time of the runner-up divided by that of the fastest."
CLOSE_HATCH = "////"
EMPTY = "#f4f4f4"
# Inches: the height and width of a cell, the space above and below a panel, the space for title and legend.
HIGH, WIDE, ABOVE, BELOW, HEAD = 0.29, 0.4, 0.3, 0.5, 1.25
NARROWEST = 3.5  # inches, so that the title of a panel fits
# The key of a band of panels: a device and a kind of counts.
Band = tuple[str, str]


def heat_map(report: Report) -> Picture | None:
    """The heat map: two panels per kind of counts (one per mode), with V horizontally and (rows, k) vertically."""
    results = report.won
    bands = in_both_modes(results)
    if not bands:
        return None
    drawn = [result for band in bands.values() for result in band]
    colours = fills(report, drawn)
    figure, width, height = draw(bands, colours)
    legend(figure, {report.label(name): colour for name, colour in colours.items()}, height)
    title = heat_title(report, results, drawn)
    heading(figure, title, round(11 * width))
    return Picture(
        "regions",
        title,
        alt(report, drawn),
        "Colour: the fastest sampler that passes every fidelity check. Horizontal: V, the number of ids. Vertical: a "
        "call of rows × k ids. Number: the time of the runner-up divided by that of the fastest; the larger it is, the "
        "deeper is the colour. ~ and hatching: the confidence interval of the ratio includes 1, too close to call. "
        "alone: no other faithful sampler supports these counts and was fast enough to be timed. Grey: not measured."
        + elsewhere(results, drawn),
        REGIONS.made_by,
        figure,
        860,
    )


def draw(bands: dict[Band, list[Won]], colours: dict[str, str]) -> tuple[Figure, float, float]:
    """The figure with all panels, its width and its height in inches."""
    across = max(NARROWEST, *(WIDE * len(sizes(band)) for band in bands.values())) + 0.15
    width = 1.1 + 2 * across
    heights = [ABOVE + BELOW + HIGH * len(calls(band)) for band in bands.values()]
    height = HEAD + sum(heights)
    figure = Figure(figsize=(width, height))
    top = height - HEAD
    for (key, band), tall in zip(bands.items(), heights, strict=True):
        for column, mode in enumerate(DRAWS):
            left = 1.05 + column * across
            inches = (left, top - tall + BELOW, WIDE * len(sizes(band)), tall - ABOVE - BELOW)
            axes = figure.add_axes(tuple(x / y for x, y in zip(inches, (width, height) * 2, strict=True)))  # type: ignore[arg-type]
            panel(axes, [result for result in band if result.cell.replacement is mode], band, colours)
            axes.set_title(f"{named(key, band)}, {DRAWS[mode]}", fontsize=9, loc="left", pad=3)
            axes.tick_params(labelleft=column == 0)
            axes.set_xlabel("V, number of ids", fontsize=7.5, loc="left", labelpad=1)
            axes.set_ylabel("rows × k of a call" if column == 0 else "", fontsize=7.5)
        top -= tall
    return figure, width, height


def in_both_modes(results: Sequence[Won]) -> dict[Band, list[Won]]:
    """The results by device and kind of counts, of the questions that were measured in both modes.

    The table has the results of all questions.
    """
    questions = {result.cell.question for result in results if result.cell.replacement}
    questions &= {result.cell.question for result in results if not result.cell.replacement}
    bands: dict[Band, list[Won]] = {}
    for result in results:
        if result.cell.question in questions:
            bands.setdefault((result.cell.device, result.cell.kind), []).append(result)
    return bands


def named(key: Band, band: list[Won]) -> str:
    """The title of a band: the question of most of its cells."""
    questions = [result.cell.question for result in band]
    question = max(dict.fromkeys(questions), key=questions.count)
    return question[0].upper() + question[1:] + ("" if key[0] == "cpu" else f" ({key[0]})")


def fills(report: Report, drawn: list[Won]) -> dict[str, str]:
    """A colour for each winner, in the order of the registry; from the eighth winner on they share the last colour."""
    order = [s.name for s in report.samplers]
    names = sorted(
        {result.winner for result in drawn}, key=lambda name: (name not in order, name in order and order.index(name))
    )
    return {name: FILLS[min(i, len(FILLS) - 1)] for i, name in enumerate(names)}


def sizes(band: list[Won]) -> list[int]:
    """The values of V, sorted."""
    return sorted({result.cell.V for result in band})


def calls(band: list[Won]) -> list[tuple[int, int]]:
    """The values of (rows, k), sorted."""
    return sorted({(result.cell.rows, result.cell.k) for result in band})


def panel(axes: Axes, cells: list[Won], band: list[Won], colours: dict[str, str]) -> None:
    """Draw the cells of a mode; both modes have the same axes, those of the band."""
    columns, rows = sizes(band), calls(band)
    known = {(result.cell.V, (result.cell.rows, result.cell.k)): result for result in cells}
    for (x, size), (y, call) in product(enumerate(columns), enumerate(rows)):
        result = known.get((size, call))
        square(axes, x, y, result, EMPTY if result is None else colours[result.winner])
    axes.set_xlim(-0.5, len(columns) - 0.5)
    axes.set_ylim(-0.5, len(rows) - 0.5)
    axes.set_xticks(range(len(columns)), [units.short(size) for size in columns], fontsize=7.5)
    axes.set_yticks(range(len(rows)), [f"{units.count(r)} × {k}" for r, k in rows], fontsize=7.5)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def square(axes: Axes, x: int, y: int, result: Won | None, colour: str) -> None:
    """Draw a cell in the colour of its winner, with the margin; grey if it was not measured."""
    place: Any = {"xy": (x - 0.47, y - 0.46), "width": 0.94, "height": 0.92}
    if result is None:
        axes.add_patch(Rectangle(**place, facecolor=colour, edgecolor="none"))
        return
    hatch = CLOSE_HATCH if result.close else None
    margin = result.margin.value if result.margin and not result.close else 1.0
    depth = PALE + (DEEP - PALE) * min(1.0, math.log(max(margin, 1.0)) / math.log(FAR))
    face = tint(colour, depth if result.margin else DEEP)
    axes.add_patch(Rectangle(**place, facecolor=face, edgecolor=colour, hatch=hatch, linewidth=0.5))
    if result.margin is not None:
        box = backed() if result.close else None
        axes.text(x, y, margin_in_words(result), ha="center", va="center", fontsize=7, color=INK, bbox=box)
    else:
        axes.text(x, y, ALONE, ha="center", va="center", fontsize=7, color=INK)


def tint(colour: str, depth: float) -> tuple[float, float, float]:
    """A colour mixed with white. Transparency would make the hatching pale too."""
    red, green, blue = (1 - depth * (1 - part) for part in to_rgb(colour))
    return red, green, blue


def margin_in_words(result: Won) -> str:
    """The margin of a cell as a short text."""
    assert result.margin is not None
    times = result.margin.value
    return SAME if result.close else f"{units.significant(times, 3 if times < 10 else 2)}×"


def legend(figure: Figure, colours: dict[str, str], height: float) -> None:
    """Draw the legend of the colours."""
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
    words = f"{NUMBER} {ALONE}: no other sampler takes these counts and was timed."
    figure.text(0.012, 1 - 0.98 / height, words, fontsize=8.5, va="center")


def elsewhere(results: Sequence[Won], drawn: list[Won]) -> str:
    """A sentence about the results that only the table has."""
    more = len(results) - len(drawn)
    return f" The table has {more} more requests, which were measured in one mode only." if more else ""


def heat_title(report: Report, results: Sequence[Won], drawn: list[Won]) -> str:
    """The sampler with the most wins in each mode, of all requests as in the headline, and how many are not drawn."""
    parts = []
    for mode, words in DRAWS.items():
        winners = [result.winner for result in results if result.cell.replacement is mode]
        if winners:
            ((name, wins),) = Counter(winners).most_common(1)
            parts.append(f"{words}, {report.label(name)} in {wins} of {len(winners)} requests")
    more = len(results) - len(drawn)
    hidden = f" ({more} of them in the table only)" if more else ""
    return f"Fastest faithful sampler: {'; '.join(parts)}{hidden}"


def alt(report: Report, drawn: list[Won]) -> str:
    """The heat map in words: wins of each sampler and the number of cells too close to call, by question and mode."""
    parts = []
    for question, mode in dict.fromkeys((result.cell.question, result.cell.replacement) for result in drawn):
        results = [r for r in drawn if (r.cell.question, r.cell.replacement) == (question, mode)]
        counts = [f"{report.label(name)} {wins}" for name, wins in Counter(r.winner for r in results).items()]
        parts.append(f"{question}, {DRAWS[mode]}: {units.listed(counts)}, {sum(r.close for r in results)} too close")
    return f"Heat map of the fastest sampler by V and call. {NUMBER} Cells won: {'; '.join(parts)}."
