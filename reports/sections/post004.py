# SPDX-License-Identifier: MIT
"""The section on the experiment of post 004: its published times, and the times measured today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

from .. import units
from ..asv_results import POST004
from ..figures.style import FAINT, INK, Picture, backed, canvas, heading, log_axis
from ..model import Report
from ..statistics import NOT_MEASURED, Measurement
from ..tables import Cell, Column, Table, by_column, headings, measured_cell, numbers, words
from .section import Drawn, Section, Shown, Text

TODAY: Any = {"marker": "o", "linestyle": "none", "color": "#0072B2", "markersize": 8}
PUBLISHED: Any = TODAY | {"color": FAINT, "markerfacecolor": "white"}


@dataclass(frozen=True)
class Method:
    """A method that draws 50,000 ids.

    Attributes
    ----------
    key : str
        The parameter of the benchmark.
    label : str
        The name.
    short : str
        A few words for the figure.
    description : str
        A line for the table.
    published : float or None
        Seconds; None if the post does not have the method.
    """

    key: str
    label: str
    short: str
    description: str
    published: float | None


FIRST = Method(
    "multinomial_per_item",
    "method 1",
    "10,000 calls, distinct",
    "10,000 calls of torch.multinomial for 5 distinct ids each",
    0.707,
)
SECOND = Method(
    "multinomial_ahead",
    "method 2",
    "10 calls, with replacement",
    "10 calls of torch.multinomial for 5,000 ids each, with replacement",
    0.006,
)
THIRD = Method(
    "bisect",
    "method 3",
    "50,000 bisects in Python",
    "50,000 uniform random numbers and bisections in plain Python",
    0.037,
)
ONE_CALL = Method(
    "multinomial_one_call",
    "method 1 in one call",
    "1 call, distinct",
    "the same 10,000 rows of 5 distinct ids as method 1, in one call",
    None,
)
METHODS = (FIRST, SECOND, THIRD, ONE_CALL)


def seconds(report: Report, method: Method) -> Measurement:
    """The measured seconds of a method."""
    return report.post004.get(method.key, NOT_MEASURED)


def table(report: Report) -> Table:
    """One row per method: published and measured seconds, each also relative to method 2."""
    published = [method.published for method in METHODS]
    today = [seconds(report, method) for method in METHODS]
    base = seconds(report, SECOND).value
    return by_column(
        (words("method"), headings(method.label for method in METHODS)),
        (words("what it does"), [Cell(method.description) for method in METHODS]),
        (Column("published"), numbers(published, plain)),
        (Column("× method 2", "published"), [relative(value, SECOND.published) for value in published]),
        (Column("today"), [measured_cell(time, lambda value, digits=3, /: plain(value)) for time in today]),
        (Column("× method 2", "today"), [relative(time.value, base) for time in today]),
    )


def plain(value: float | None) -> str:
    """Seconds as a decimal number, as in the post."""
    return units.NONE if value is None else f"{float(f'{value:.3g}'):.6f}".rstrip("0").rstrip(".") + " s"


def relative(value: float | None, base: float | None) -> Cell:
    """A time as a multiple of another one."""
    return Cell(units.NONE) if value is None or not base else Cell(units.times(value / base), sort=value / base)


def finding(report: Report) -> str:
    """The ratio of method 1 to method 2: published, today, and today with method 1 in one call."""
    first, second, one_call = (seconds(report, m).value for m in (FIRST, SECOND, ONE_CALL))
    if not first or not second:
        return "The experiment was not measured in this run."
    published, today = (FIRST.published or 0.0) / (SECOND.published or 1.0), first / second
    text = f"Drawing ahead (method 2) was {units.ratio(published)} times faster than method 1 in the post"
    text += f", and is {units.ratio(today)} times faster today"
    if one_call:
        text += f"; it is {units.ratio(one_call / second)} times faster than method 1 in one call"
    return text + "."


def explanation(report: Report) -> list[str]:
    """Why the comparison of the post was not fair."""
    paragraphs = [
        "The post compared 10,000 Python calls with 10 calls, and draws without replacement with draws with "
        "replacement. Its ratio contains both differences: the overhead of the calls, and another distribution. Draws "
        "without replacement are successive sampling. The post assumed that the inclusion probability of an id in a "
        "row of k is k · p, but it is not: frequent ids are drawn less often, rare ids more often."
    ]
    first, second, one_call = (seconds(report, m).value for m in (FIRST, SECOND, ONE_CALL))
    if first and second and one_call:
        paragraphs.append(
            f"One call instead of 10,000 is {units.ratio(first / one_call)} times faster. The remaining factor of "
            f"{units.ratio(one_call / second)} is the cost of distinct ids in torch, which processes all 100 weights "
            "for each row. The published times are from another machine in 2020, so compare only ratios. The 100 "
            "random weights of the post are lost; the weights here have the same distribution (uniform integers from "
            "0 to 999)."
        )
    return paragraphs


def experiment(report: Report) -> Picture | None:
    """A dot plot of the published and the measured seconds."""
    if not any(seconds(report, m).value for m in METHODS):
        return None
    figure = canvas(8, 3.0)
    axes = figure.subplots()
    for y, method in enumerate(METHODS):
        points(axes, y, method.published, seconds(report, method).value)
    axes.set_yticks(range(len(METHODS)), [f"{m.label}\n{m.short}" for m in METHODS])
    axes.set_ylim(len(METHODS) - 0.5, -0.6)
    known = [x for m in METHODS for x in (m.published, seconds(report, m).value)]
    log_axis(axes, known, "seconds for 50,000 draws from 100 ids (log scale)", room=3.0)
    axes.set_xlim(left=min(v for v in known if v) / 3.5)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: plain(v)))
    hollow, filled = Line2D([], [], **PUBLISHED), Line2D([], [], **TODAY)
    figure.legend(
        [hollow, filled],
        ["published in the post", "today"],
        loc="outside lower right",
        ncols=2,
        frameon=False,
        fontsize=8.5,
    )
    title = finding(report)
    heading(figure, title, 88)
    pairs = [(m, seconds(report, m).value) for m in METHODS]
    listing = "; ".join(f"{m.label}: published {plain(m.published)}, today {plain(today)}" for m, today in pairs)
    return Picture(
        "post004",
        title,
        f"Dot plot of seconds for 50,000 draws on a log axis. {listing}.",
        "The experiment of post 004 with the same numbers of draws. The last row makes the draws of method 1 in one "
        "call; method 2 needs 10 calls.",
        POST004,
        figure,
        560,
    )


def points(axes: Axes, y: float, published: float | None, today: float | None) -> None:
    """Draw the published and the measured seconds of a method, with their values."""
    if today is not None and published is not None:
        axes.plot([today, published], [y, y], color="#cccccc", linewidth=2, zorder=1)
    if published is not None:
        axes.plot([published], [y], **PUBLISHED)
        note(axes, published, y, published if today is None else today, "#666666")
    if today is not None:
        axes.plot([today], [y], **TODAY)
        note(axes, today, y, today if published is None else published, INK)


def note(axes: Axes, x: float, y: float, neighbour: float, colour: str) -> None:
    """Write a value next to its point, on the side away from the neighbouring point."""
    right = x >= neighbour
    axes.annotate(
        plain(x),
        (x, y),
        xytext=(9 if right else -9, 0),
        textcoords="offset points",
        va="center",
        ha="left" if right else "right",
        fontsize=8.5,
        color=colour,
        bbox=backed(),
    )


def record(report: Report) -> list[dict[str, Any]]:
    """Each method with its published and its measured seconds."""
    return [
        {"method": m.key, "published_seconds": m.published} | seconds(report, m).recorded("seconds") for m in METHODS
    ]


SECTION = Section(
    key="post004",
    title="The experiment of post 004, today",
    link="Post 004",
    finding=finding,
    blocks=(
        Shown("experiment", "Published and measured seconds of post 004", table),
        Drawn("post004", experiment),
        Text(explanation),
    ),
    record=record,
)
