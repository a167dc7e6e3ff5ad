# SPDX-License-Identifier: MIT
"""The style of the figures, and their conversion to SVG, which is reproducible."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

from ..model import Report
from ..statistics import Measurement
from ..units import Notation, unbroken

# The colours of Okabe and Ito, which people with any colour vision can tell apart, without yellow (too pale on white),
# and four dark ones: pictures of eight samplers had two in the same pink.
COLOURS = (
    *("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#333333", "#56B4E9"),
    *("#882255", "#808000", "#6A3D9A", "#8C564B"),
)
# Nine markers and eleven colours give 99 different pairs.
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">")
# More lines in one picture cannot be told apart; the tables have all samplers.
MOST_SERIES = 8
# A figure of this width in inches has legible labels on a telephone, where it is `NARROW_PIXELS` wide.
NARROW, NARROW_PIXELS = 4.6, 330
HOLLOW = "Hollow: failed a fidelity check or was not checked; cannot win."
INK, FAINT = "#222222", "#8a8a8a"
SETTINGS: Any = {
    "svg.hashsalt": "negative-samplers",  # ids in the file depend on this instead of on a random number
    "svg.fonttype": "path",
    "font.family": ["DejaVu Sans"],
    "font.size": 9,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}


@dataclass(frozen=True)
class Look:
    """Colour and marker of a sampler, the same in every figure."""

    colour: str
    marker: str
    hollow: bool

    @property
    def line(self) -> dict[str, Any]:
        """Arguments of ``Axes.plot``: a sampler that cannot win is hollow and dotted."""
        face = "white" if self.hollow else self.colour
        return {
            "color": self.colour,
            "marker": self.marker,
            "markerfacecolor": face,
            "markersize": 6,
            "markeredgewidth": 1.3,
            "linewidth": 1.4,
            "linestyle": ":" if self.hollow else "-",
        }

    @property
    def point(self) -> dict[str, Any]:
        """Arguments of ``Axes.plot`` for points without a line."""
        return self.line | {"linestyle": "none"}


@dataclass(frozen=True)
class Picture:
    """A figure with its texts.

    Attributes
    ----------
    name : str
        File name without suffix.
    title : str
        The main result.
    alt : str
        The content in words, for readers who cannot see it.
    caption : str
    source : str
        The benchmarks and commands that measured its numbers.
    figure : Figure
    width : int
        Minimum width in CSS pixels; in a narrower window the figure scrolls.
    """

    name: str
    title: str
    alt: str
    caption: str
    source: str
    figure: Figure
    width: int = NARROW_PIXELS

    def svg(self) -> bytes:
        """The figure as SVG, the same bytes in every run."""
        stream = io.BytesIO()
        with rc_context(SETTINGS):
            self.figure.savefig(stream, format="svg", facecolor="white", metadata={"Date": None})
        return stream.getvalue()


def looks(report: Report) -> dict[str, Look]:
    """The look of each sampler, which depends on its position among all samplers."""
    return {
        s.name: Look(COLOURS[i % len(COLOURS)], MARKERS[i % len(MARKERS)], report.status(s.name) != "pass")
        for i, s in enumerate(report.samplers)
    }


def leading(report: Report, times: Mapping[str, float], most: int = MOST_SERIES) -> list[str]:
    """The samplers that a picture shows: the fastest of those that pass, and then the fastest of the others.

    Parameters
    ----------
    report : Report
    times : mapping of str to float
        The time of each sampler that could be drawn.
    most : int
        The largest number of samplers.
    """
    return sorted(times, key=lambda name: (report.status(name) != "pass", times[name]))[:most]


def left_out(shown: int, all_of_them: int) -> str:
    """A sentence about the samplers that a picture does not show; "" if it shows all."""
    if shown >= all_of_them:
        return ""
    return f" The picture shows {shown} of {all_of_them} samplers, the fastest that pass first; the table has all."


def canvas(width: float, height: float) -> Figure:
    """An empty figure, size in inches; without pyplot, so that no global state exists."""
    return Figure(figsize=(width, height), layout="constrained")


def heading(figure: Figure, title: str, width: int) -> None:
    """Write the title above the axes; no line breaks between a number and its unit."""
    figure.suptitle(textwrap.fill(unbroken(title), width), x=0.01, ha="left", fontsize=11, fontweight="bold")


def tidy(axes: Axes, grid: str = "both") -> None:
    """Remove the upper and the right frame, and add a pale grid."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(True, which="major", axis=grid, color="#e6e6e6", linewidth=0.7)  # type: ignore[arg-type]
    axes.set_axisbelow(True)
    axes.tick_params(which="both", labelsize=8.5)


def backed() -> dict[str, Any]:
    """A white box behind a text, so that no grid line crosses it."""
    return {"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none"}


def spread(positions: list[float], gap: float) -> list[float]:
    """Move positions apart as little as possible, until neighbours are `gap` apart; their order stays the same."""
    order = sorted(range(len(positions)), key=lambda i: positions[i])
    groups: list[tuple[list[int], float]] = []  # members from low to high, and the position of their middle
    for i in order:
        members, middle = [i], positions[i]
        while groups and middle - (len(members) - 1) / 2 * gap < (
            groups[-1][1] + (len(groups[-1][0]) - 1) / 2 * gap + gap
        ):
            below, _ = groups.pop()
            members = below + members
            middle = sum(positions[m] for m in members) / len(members)
        groups.append((members, middle))
    moved = list(positions)
    for members, middle in groups:
        for at, member in enumerate(members):
            moved[member] = middle + (at - (len(members) - 1) / 2) * gap
    return moved


def dot(axes: Axes, y: float, cell: Measurement, look: Look, write: Notation, reason: str) -> None:
    """Draw a point with its quartiles and its value; if there is no value, write the reason."""
    if cell.value is None:
        axes.text(
            0.01,
            y,
            reason,
            transform=axes.get_yaxis_transform(),
            va="center",
            color="#666666",
            fontsize=8.5,
            bbox=backed(),
        )
        return
    if cell.q25 is not None and cell.q75 is not None:
        axes.plot([cell.q25, cell.q75], [y, y], color=look.colour, linewidth=3, alpha=0.45, solid_capstyle="butt")
    axes.plot([cell.value], [y], **look.point)
    axes.annotate(
        write(cell.value),
        (max(cell.value, cell.q75 or 0), y),
        xytext=(8, 0),
        textcoords="offset points",
        va="center",
        fontsize=8.5,
        bbox=backed(),
    )


def log_axis(axes: Axes, values: list[float | None], label: str, room: float = 20.0) -> None:
    """Set up a log x axis; `room` is the factor of space to the right, for the text of the last point."""
    known = [v for v in values if v]
    axes.set_xscale("log")
    if known:
        axes.set_xlim(min(known) / 1.8, max(known) * room)
    axes.xaxis.set_major_locator(LogLocator(numticks=9))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel(label)
    axes.tick_params(axis="y", length=0)
    tidy(axes, "x")


def log_ticks(axis: Axis, write: Callable[[float], str], few: bool = False) -> None:
    """Ticks of a log axis with their labels: at each decade, or at every second one and none in between."""
    axis.set_major_locator(LogLocator(base=100 if few else 10, numticks=9))
    if few:
        axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())
    axis.set_major_formatter(FuncFormatter(lambda value, _: write(value)))


def joined(
    figure: Figure, axes: Axes, rows: Mapping[str, Mapping[str, float]], points: Mapping[str, dict[str, Any]]
) -> None:
    """A row for each name, with a point for each of its values, joined by a pale line; the legend is below."""
    for y, values in enumerate(rows.values()):
        axes.plot([min(values.values()), max(values.values())], [y, y], color=INK, alpha=0.25, linewidth=1.5, zorder=1)
        for name, value in values.items():
            axes.plot([value], [y], linestyle="none", markersize=7, **points.get(name, {}))
    axes.set_yticks(range(len(rows)), list(rows))
    axes.set_ylim(len(rows) - 0.5, -0.5)
    handles = [Line2D([], [], linestyle="none", **look) for look in points.values()]
    figure.legend(handles, list(points), loc="outside lower center", ncols=4, frameon=False, fontsize=8.5)
