# SPDX-License-Identifier: MIT
"""The section on the benchmarks that vary one setting: rows, k, exclusion, order of the ids and others."""

from __future__ import annotations

from functools import partial

from .. import axes, units
from ..asv_results import EXCLUSION
from ..axes import Axis
from ..commands import reproduce
from ..model import Report
from ..shape_figure import headline, scaling
from .section import Drawn, Heading, Section, Shown, Text


def finding(report: Report) -> str:
    """The time in the smallest and in the largest call, the price of exclusion, and what was not measured."""
    missing = [axis.title.lower() for axis in axes.ALL if axes.table(report, axis) is None]
    if len(missing) == len(axes.ALL):
        return "No setting besides V was varied in this run; each heading below names the command that does it."
    left_out = f"Not measured in this run: {', '.join(missing)}." if missing else ""
    shape = f"{headline(report)}." if {"rows per call", "ids per row"} - set(missing) else ""
    return " ".join(filter(None, (shape, of_exclusion(report), left_out)))


def of_exclusion(report: Report) -> str:
    """The price of one excluded id per row, of the sampler that is the fastest with it; "" if it was not measured."""
    axis = next(axis for axis in axes.ALL if axis.benchmark == EXCLUSION)
    prices = {}
    for name, cells in report.measured[axis.key].items():
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


def question(report: Report, axis: Axis) -> str:
    """The question of a benchmark, and its command."""
    known = "Measured with" if axes.table(report, axis) else "Not measured; to measure it, run"
    return f"{axis.question} {known} `{reproduce(axis.benchmark)}`."


SECTION = Section(
    key="axes",
    title="Rows, k, exclusion and other settings",
    link="Rows, k, exclusion",
    finding=finding,
    blocks=(
        Drawn("scaling", scaling),
        *(
            block
            for axis in axes.ALL
            for block in (
                Heading(axis.title),
                Text(partial(question, axis=axis)),
                Shown(f"axis-{axis.key}", axis.title, partial(axes.table, axis=axis)),
            )
        ),
    ),
    record=axes.record,
    wide=True,
)
