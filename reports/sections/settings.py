# SPDX-License-Identifier: MIT
"""The section on the benchmarks that vary one setting: rows, k, exclusion, order of the ids and others."""

from __future__ import annotations

from functools import partial

from benchmarks.questions import Question

from .. import axes, units
from ..asv_results import EXCLUSION
from ..commands import reproduce
from ..figures.shape import SHAPES, headline, scaling
from ..model import Report
from .section import Block, Drawn, Heading, Section, Several, Shown, Text


def finding(report: Report) -> str:
    """The time in the smallest and in the largest call, the price of exclusion, and what was not measured."""
    missing = [axis.title.lower() for axis in report.tables if axes.table(report, axis) is None]
    if len(missing) == len(report.tables):
        return "No setting besides V was varied in this run; each heading below names the command that does it."
    left_out = f"Not measured in this run: {', '.join(missing)}." if missing else ""
    shape = f"{headline(report)}." if any(map(report.axes.get, SHAPES)) else ""
    return " ".join(filter(None, (shape, of_exclusion(report), left_out)))


def of_exclusion(report: Report) -> str:
    """The price of one excluded id per row, of the sampler that is the fastest with it; "" if it was not measured."""
    prices = {}
    for name, cells in report.measured[report.question(EXCLUSION).key].items():
        for (workload, kind), cell in cells.items():
            plain = cells.get((workload, "none"))
            if kind == "one" and cell.value and plain and plain.value and report.status(name) == "pass":
                prices[cell.value] = (name, workload, cell.value / plain.value)
    if not prices:
        return ""
    name, workload, price = prices[min(prices)]
    return (
        f"One excluded id per row takes {units.ratio(price)} times the time of a plain call of "
        f"`{report.label(name)}` on `{workload}`."
    )


def question(report: Report, axis: Question) -> str:
    """The question of a benchmark, and its command."""
    known = "Measured with" if axes.table(report, axis) else "Not measured; to measure it, run"
    return f"{axis.asks} {known} `{reproduce(axis.benchmark)}`."


def of_questions(report: Report) -> list[Block]:
    """A heading, a text and a table for each question."""
    return [
        block
        for axis in report.tables
        for block in (
            Heading(axis.title),
            Text(question(report, axis)),
            Shown(f"axis-{axis.key}", axis.title, partial(axes.table, axis=axis)),
        )
    ]


SECTION = Section(
    key="axes",
    title="Rows, k, exclusion and other settings",
    link="Rows, k, exclusion",
    finding=finding,
    blocks=(
        Drawn("scaling", scaling),
        Several(of_questions),
    ),
    record=axes.record,
    wide=True,
)
