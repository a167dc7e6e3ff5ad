# SPDX-License-Identifier: MIT
"""Times relative to the fastest faithful sampler: the geometric mean over all workloads, and runner-up to winner."""

from __future__ import annotations

from typing import Any

from . import units
from .model import Inputs, Report
from .statistics import CONFIDENCE, PROCESSES, SAME, Measurement, Ratio, mean_ratio
from .tables import (
    Cell,
    Column,
    Table,
    by_column,
    headings,
    interval_cell,
    numbers,
    runner_up_cell,
    status_cell,
    texts,
    words,
)
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
    means = report.means
    if not means:
        return None
    known = [report.sampler(name) for name in means]
    ordered = sorted(known, key=lambda s: (s.replacement is not True, means[s.name][0].value))
    number_timed = len(report.timed())
    return by_column(
        (words("sampler"), headings(s.display_name for s in ordered)),
        (words("fidelity", "checks passed"), [status_cell(report, s) for s in ordered]),
        (words("draws"), [Cell(MODES[s.replacement is True]) for s in ordered]),
        (
            Column("× the fastest faithful", f"geometric mean, {INTERVAL}"),
            [interval_cell(means[s.name][0]) for s in ordered],
        ),
        (
            Column("workloads", "of those timed"),
            numbers((means[s.name][1] for s in ordered), lambda number: f"{number} of {number_timed}"),
        ),
        notes=(
            "The geometric mean, over the workloads on which a sampler was timed, of its time divided by that of the "
            "fastest sampler of the same mode that passes every check. 1: the fastest on all workloads. " + NOTE,
        ),
    )


def winners(report: Report) -> Table | None:
    """One row per workload and mode: the winner and the runner-up."""
    wins = report.verdict.wins
    if not wins:
        return None
    return by_column(
        (words("workload"), headings(win.workload.name for win in wins)),
        (Column("ids"), numbers((win.workload.V for win in wins), units.count)),
        (words("draws"), [Cell(MODES[win.replacement]) for win in wins]),
        (words("fastest"), texts(report.label(win.winner) for win in wins)),
        (Column("time per id", "ns"), numbers((win.ns for win in wins), units.ns)),
        (words("runner-up"), [runner_up_cell(report, win.runner_up) for win in wins]),
        (Column("its time", f"× the fastest, {INTERVAL}"), [interval_cell(win.margin) for win in wins]),
        notes=(NOTE,),
    )


def record(report: Report) -> dict[str, Any]:
    """The mean ratio of each sampler, for summary.json."""
    return {
        name: {"ratio": ratio.value, "low": ratio.low, "high": ratio.high, "workloads": number}
        for name, (ratio, number) in report.means.items()
    }
