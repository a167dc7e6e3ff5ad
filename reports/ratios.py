# SPDX-License-Identifier: MIT
"""Times relative to the fastest faithful sampler: the geometric mean over all workloads, and runner-up to winner."""

from __future__ import annotations

from typing import Any

from . import units
from .derived import Win
from .model import Inputs, Report
from .statistics import CONFIDENCE, PROCESSES, SAME, Measurement, Ratio, mean_ratio
from .tables import Cell, Column, Table, status_cell
from .verdict import MODES, rivals

INTERVAL = f"{units.percent(CONFIDENCE)} interval"
NOTE = (
    f"{units.percent(CONFIDENCE)} bootstrap interval over the samples of this run, widened by a factor of "
    f"{PROCESSES:g}, because processes differ. {SAME}: the interval includes 1. ?: too few samples were recorded. "
    "Another run can differ by more."
)


def overall(report: Inputs, sampler: str) -> tuple[Ratio, int] | None:
    """The mean time relative to the fastest faithful sampler of the same mode, and the number of workloads."""
    modes = {s.name: s.replacement for s in report.samplers}
    pairs = []
    for workload in report.timed():
        mode = modes[sampler]
        best = None if mode is None else fastest(report, workload.name, mode)
        ns = report.ns(sampler, workload.name)
        if best is not None and ns.value:
            pairs.append((ns, best))
    mean = mean_ratio(pairs)
    return None if mean is None else (mean, len(pairs))


def means(report: Inputs) -> dict[str, tuple[Ratio, int]]:
    """`overall` of every sampler for which it is known."""
    return {s.name: mean for s in report.samplers if (mean := overall(report, s.name))}


def fastest(report: Inputs, workload: str, mode: bool) -> Measurement | None:
    """The time of the fastest faithful sampler of a mode; None if there is none."""
    timed = rivals(report, report.workload(workload), mode)
    return report.ns(next(iter(timed)), workload) if timed else None


def table(report: Report) -> Table | None:
    """One row per sampler, sorted by mode and mean ratio."""
    by_sampler = report.means
    if not by_sampler:
        return None
    columns = (
        Column("sampler", numeric=False),
        Column("fidelity", "checks passed", numeric=False),
        Column("draws", numeric=False),
        Column("× the fastest faithful", f"geometric mean, {INTERVAL}"),
        Column("workloads", "of those timed"),
    )
    known = {s.name: s for s in report.samplers}
    order = sorted(by_sampler, key=lambda name: (known[name].replacement is not True, by_sampler[name][0].value))
    rows = tuple(
        (
            Cell(known[name].display_name, sort=known[name].display_name, kind="name"),
            status_cell(report, known[name]),
            Cell(MODES[known[name].replacement is True]),
            ratio_cell(by_sampler[name][0]),
            Cell(f"{by_sampler[name][1]} of {len(report.timed())}", sort=by_sampler[name][1]),
        )
        for name in order
    )
    return Table(
        columns,
        rows,
        (
            "The geometric mean, over the workloads on which a sampler was timed, of its time divided by that of the "
            "fastest sampler of the same mode that passes every check. 1: the fastest on all workloads. " + NOTE,
        ),
    )


def ratio_cell(ratio: Ratio) -> Cell:
    """A ratio with its interval."""
    return Cell(ratio.text, ratio.span, ratio.value)


def winners(report: Report) -> Table | None:
    """One row per workload and mode: the winner and the runner-up."""
    wins = report.verdict.wins
    if not wins:
        return None
    columns = (
        Column("workload", numeric=False),
        Column("ids"),
        Column("draws", numeric=False),
        Column("fastest", numeric=False),
        Column("time per id", "ns"),
        Column("runner-up", numeric=False),
        Column("its time", f"× the fastest, {INTERVAL}"),
    )
    return Table(columns, tuple(winner_row(report, win) for win in wins), (NOTE,))


def winner_row(report: Report, win: Win) -> tuple[Cell, ...]:
    winner, runner_up = report.label(win.winner), report.label(win.runner_up) if win.runner_up else None
    margin = Cell(units.NONE) if win.margin is None else ratio_cell(win.margin)
    return (
        Cell(win.workload.name, sort=win.workload.name, kind="name"),
        Cell(units.count(win.workload.V), sort=win.workload.V),
        Cell(MODES[win.replacement]),
        Cell(winner, sort=winner),
        Cell(units.ns(win.ns), sort=win.ns),
        Cell(runner_up or units.NONE, sort=runner_up),
        margin,
    )


def record(report: Report) -> dict[str, Any]:
    """The mean ratio of each sampler, for summary.json."""
    return {
        name: {"ratio": ratio.value, "low": ratio.low, "high": ratio.high, "workloads": number}
        for name, (ratio, number) in report.means.items()
    }
