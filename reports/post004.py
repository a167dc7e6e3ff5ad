# SPDX-License-Identifier: MIT
"""The experiment of post 004 beside its published times: the only text here that knows methods by name."""

from __future__ import annotations

from dataclasses import dataclass

from . import units
from .model import Report
from .statistics import NOT_MEASURED, Measurement
from .tables import Cell, Column, Table, measured_cell


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
