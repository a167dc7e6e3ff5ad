# SPDX-License-Identifier: MIT
"""The section on the benchmarks that vary one setting: rows, k, exclusion, order of the ids and others."""

from __future__ import annotations

from functools import partial

from benchmarks.questions import Question

from .. import axes, units
from ..asv_results import EXCLUSION, LOADER
from ..commands import reproduce
from ..figures.shape import SHAPES, headline, scaling
from ..model import Report
from ..statistics import ratio
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
                prices[cell.value] = (name, workload, ratio(cell, plain))
    if not prices:
        return ""
    name, workload, price = prices[min(prices)]
    where = f"of `{report.label(name)}` on `{workload}`"
    if price is None or price.told_apart is False:
        return (
            f"The price of one excluded id per row is within the noise of these times in a call {where}; the section "
            "on prices measures it in turns."
        )
    return f"One excluded id per row takes {units.ratio(price.value)} times the time of a plain call {where}."


def question(report: Report, axis: Question) -> str:
    """The question of a benchmark, and its command."""
    known = "Measured with" if axes.table(report, axis) else "Not measured; to measure it, run"
    return " ".join(filter(None, (f"{axis.asks} {known} `{reproduce(axis.benchmark)}`.", of_loader(report, axis))))


def of_loader(report: Report, axis: Question) -> str:
    """Whether workers are worth it for the sampler with the shortest epoch; "" of another question."""
    epochs = {
        name: {workers: cell.value for (workers,), cell in cells.items() if cell.value}
        for name, cells in report.measured[axis.key].items()
        if axis.benchmark == LOADER and report.status(name) == "pass"
    }
    epochs = {name: times for name, times in epochs.items() if len(times) > 1}
    if not epochs:
        return ""
    name = min(epochs, key=lambda name: min(epochs[name].values()))
    times = dict(sorted(epochs[name].items()))
    best = min(times, key=lambda workers: times[workers])
    told = units.listed([f"{units.seconds(value)} with {workers} workers" for workers, value in times.items()])
    cure = "draw in the process that trains, unless the rest of a batch needs workers" if best == 0 else "use workers"
    slow = [f"`{report.label(n)}`" for n, of in epochs.items() if min(of, key=lambda workers: of[workers]) != best]
    others = f" Of the others, {units.listed(slow)} had a shorter epoch the other way." if slow else ""
    return f"With `{report.label(name)}` an epoch takes {told}: {cure}.{others}"


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
