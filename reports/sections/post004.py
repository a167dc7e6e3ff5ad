# SPDX-License-Identifier: MIT
"""The experiment of post 004 beside its published times: the only text here that knows methods by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

from .. import units
from ..asv_results import POST004
from ..model import Report
from ..statistics import NOT_MEASURED, Measurement
from ..style import FAINT, INK, Picture, backed, canvas, heading, log_axis
from ..tables import Cell, Column, Table, measured_cell
from .section import Drawn, Section, Shown, Text

TODAY: Any = {"marker": "o", "linestyle": "none", "color": "#0072B2", "markersize": 8}
PUBLISHED: Any = TODAY | {"color": FAINT, "markerfacecolor": "white"}


@dataclass(frozen=True)
class Method:
    """A way to get 50,000 ids.

    Attributes
    ----------
    key : str
        The benchmark's parameter.
    label, short, what : str
        A name, a few words for a figure, a line for the table.
    published : float or None
        Seconds; None for the row that the post does not have.
    """

    key: str
    label: str
    short: str
    what: str
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
    "50,000 times a uniform and bisect in plain Python",
    0.037,
)
ONE_CALL = Method(
    "multinomial_one_call",
    "method 1, like for like",
    "1 call, distinct",
    "the same 10,000 rows of 5 distinct ids as method 1, in one call",
    None,
)
METHODS = (FIRST, SECOND, THIRD, ONE_CALL)


def seconds(report: Report, method: Method) -> Measurement:
    """Today's time."""
    return report.post004.get(method.key, NOT_MEASURED)


def table(report: Report) -> Table:
    """Published and measured seconds, each also in multiples of method 2."""
    columns = (
        Column("method", numeric=False),
        Column("what it does", numeric=False),
        Column("published"),
        Column("× method 2", "published"),
        Column("today"),
        Column("× method 2", "today"),
    )
    base = seconds(report, SECOND).value
    rows = []
    for method in METHODS:
        now, then = seconds(report, method), method.published
        times_then = None if then is None else then / (SECOND.published or 1.0)
        times_now = None if now.value is None or not base else now.value / base
        rows.append(
            (
                Cell(method.label, sort=method.label, kind="name"),
                Cell(method.what),
                Cell(plain(then), sort=then),
                times(times_then),
                measured_cell(now, lambda value, digits=3, /: plain(value)),
                times(times_now),
            )
        )
    return Table(columns, tuple(rows))


def plain(value: float | None) -> str:
    """Seconds as the post wrote them."""
    return units.NONE if value is None else f"{float(f'{value:.3g}'):.6f}".rstrip("0").rstrip(".") + " s"


def times(value: float | None) -> Cell:
    """A ratio."""
    return Cell(units.NONE) if value is None else Cell(f"{units.ratio(value)}×", sort=value)


def finding(report: Report) -> str:
    """The ratio of the post, and what is left of it when both methods draw in one go."""
    first, second, one = (seconds(report, m).value for m in (FIRST, SECOND, ONE_CALL))
    if not first or not second:
        return "The experiment was not measured in this run."
    then, now = (FIRST.published or 0.0) / (SECOND.published or 1.0), first / second
    text = f"Published: drawing ahead is {units.ratio(then)} times faster. Today: {units.ratio(now)} times"
    if one:
        text += f"; against the same distinct ids drawn in one call, {units.ratio(one / second)} times"
    return text + "."


def explanation(report: Report) -> list[str]:
    """Why the comparison was not like with like."""
    text = [
        "The post compared 10,000 Python calls with 10, and ids drawn without replacement with ids drawn "
        "with it. Both differences are in its ratio: the first is the overhead of a call, the second "
        "another law. Draws without replacement are successive sampling: the inclusion probability of an id "
        "in a row of k is not k · p, though the post assumed that it is: frequent ids come less often, rare ones "
        "more often."
    ]
    first, second, one = (seconds(report, m).value for m in (FIRST, SECOND, ONE_CALL))
    if first and second and one:
        text.append(
            f"Making one call of the 10,000 is worth {units.ratio(first / one)} times; the "
            f"remaining {units.ratio(one / second)} times are what torch asks for distinct ids, a sum over all 100 "
            f"for each row. The published times come "
            "from another machine in 2020, so only ratios compare. The post's 100 random weights are lost; "
            "these are of the same kind (uniform integers 0 to 999)."
        )
    return text


def experiment(report: Report) -> Picture | None:
    """Post 004's seconds beside today's."""
    if not any(seconds(report, m).value for m in METHODS):
        return None
    figure = canvas(8, 3.0)
    axes = figure.subplots()
    for y, method in enumerate(METHODS):
        now = seconds(report, method)
        if now.value is not None and method.published is not None:
            axes.plot([now.value, method.published], [y, y], color="#cccccc", linewidth=2, zorder=1)
        if method.published is not None:
            axes.plot([method.published], [y], **PUBLISHED)
            note(axes, method.published, y, plain(method.published), now.value, "#666666")
        if now.value is not None:
            axes.plot([now.value], [y], **TODAY)
            note(axes, now.value, y, plain(now.value), method.published, INK)
    axes.set_yticks(range(len(METHODS)), [f"{m.label}\n{m.short}" for m in METHODS])
    axes.set_ylim(len(METHODS) - 0.5, -0.6)
    known = [x for m in METHODS for x in (m.published, seconds(report, m).value)]
    log_axis(axes, known, "seconds for 50,000 ids of 100 (log scale)", room=3.0)
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
    listing = "; ".join(f"{m.label}: published {plain(m.published)}, today {plain(now)}" for m, now in pairs)
    return Picture(
        "post004",
        title,
        f"Dot plot of seconds for 50,000 ids on a log axis. {listing}.",
        "Post 004's experiment with its own numbers of draws; the last row draws what method 1 draws in one "
        "call, as method 2 nearly does.",
        POST004,
        560,
        figure,
    )


def note(axes: Axes, x: float, y: float, text: str, other: float | None, colour: str) -> None:
    """A value beside its point, on the side away from the other point."""
    right = other is None or x >= other
    axes.annotate(
        text,
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
    blocks=(
        Text(finding),
        Shown("experiment", "Published and measured seconds of post 004", table),
        Drawn("post004", experiment),
        Text(explanation),
    ),
    record=record,
)
