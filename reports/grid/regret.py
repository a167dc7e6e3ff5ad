# SPDX-License-Identifier: MIT
"""The regret of the recommendation at requests that are not on the decision grid."""

from __future__ import annotations

import math
from dataclasses import asdict
from statistics import fmean
from typing import Any

from benchmarks.documents import REGRET

from .. import units
from ..model import Report
from ..statistics import CONFIDENCE
from ..tables import DRAWS, Cell, Column, Table, measured_elsewhere
from .records import Regret, Request

MISSING = f"The regret of the recommendation was not measured: run `{REGRET.made_by}`."
N_WORST = 10


def finding(report: Report) -> str:
    """The mean and the largest regret, compared with their goals."""
    regret = report.regret
    if regret is None:
        return MISSING
    significant = sum((r.regret.low or 0.0) > regret.worst_goal for r in regret.requests)
    text = (
        f"Regret is the time of the recommended sampler divided by the time of the fastest. Over "
        f"{units.count(len(regret.requests))} requests that are not on the decision grid, its geometric mean is "
        f"{units.significant(regret.mean, 4)} (goal: at most {regret.mean_goal:g}) and its maximum is "
        f"{units.significant(regret.worst, 3)} (goal: at most {regret.worst_goal:g}). "
        f"{'Both goals are reached.' if regret.reached else missed(regret)}"
    )
    if not significant:
        return text
    return f"{text} The whole confidence interval is above the goal for the maximum in {significant} of the requests."


def missed(regret: Regret) -> str:
    """The missed goals in words."""
    pairs = (("maximum", regret.worst > regret.worst_goal), ("mean", regret.mean > regret.mean_goal))
    return f"Missed: {units.listed([word for word, over in pairs if over])}."


def by_workload(report: Report) -> Table | None:
    """One row per workload: its mean and its largest regret."""
    regret = report.regret
    if regret is None:
        return None
    columns = (
        Column("counts", numeric=False),
        Column("requests"),
        Column("mean regret", f"goal {regret.mean_goal:g}"),
        Column("largest regret", f"goal {regret.worst_goal:g}"),
        Column("request of the largest", numeric=False),
    )
    rows = []
    for name in dict.fromkeys(r.workload for r in regret.requests):
        requests = [r for r in regret.requests if r.workload == name]
        mean = math.exp(fmean(math.log(r.regret.value) for r in requests))
        worst = max(requests, key=lambda r: r.regret.value)
        rows.append(
            (
                Cell(name, sort=name, kind="name"),
                Cell(str(len(requests)), sort=len(requests)),
                Cell(units.significant(mean, 4), sort=mean),
                goal_cell(worst, regret.worst_goal),
                Cell(place(worst)),
            )
        )
    return Table(columns, tuple(rows), notes(report, regret))


def worst(report: Report) -> Table | None:
    """The requests with the largest regret."""
    regret = report.regret
    if regret is None:
        return None
    columns = (
        Column("counts", numeric=False),
        Column("request", numeric=False),
        Column("recommended", numeric=False),
        Column("fastest", numeric=False),
        Column("regret", f"{units.percent(CONFIDENCE)} interval"),
    )
    largest = sorted(regret.requests, key=lambda r: -r.regret.value)[:N_WORST]
    rows = tuple(
        (
            Cell(r.workload, sort=r.workload),
            Cell(place(r)),
            name_cell(report, r.recommended),
            name_cell(report, r.best),
            goal_cell(r, regret.worst_goal),
        )
        for r in largest
    )
    return Table(columns, rows)


def name_cell(report: Report, name: str) -> Cell:
    return Cell(report.label(name), sort=report.label(name))


def goal_cell(request: Request, goal: float) -> Cell:
    """A regret with its interval; kind "fail" if the whole interval is above the goal."""
    regret = request.regret
    kind = "fail" if (regret.low or 0.0) > goal else ""
    return Cell(units.significant(regret.value, 3), regret.span, regret.value, kind)


def place(request: Request) -> str:
    """A request in words."""
    return f"rows {units.count(request.rows)}, k {request.k}, {DRAWS[request.replacement]}"


def notes(report: Report, regret: Regret) -> tuple[str, ...]:
    """How the regret was measured."""
    texts = [
        f"Measured with `{regret.command}`: the samplers take turns in one process. If an interval starts at 1 or "
        "below, the difference is not significant."
    ]
    texts += measured_elsewhere(report, regret.commit, regret.dirty)
    if regret.verdict_commit and regret.verdict_commit != regret.commit:
        texts.append(f"The recommendation is that of commit {regret.verdict_commit[:8]}.")
    return tuple(texts)


def record(report: Report) -> dict[str, Any] | None:
    regret = report.regret
    if regret is None:
        return None
    flat = [
        {k: v for k, v in asdict(r).items() if k != "regret"}
        | {"regret": r.regret.value, "low": r.regret.low, "high": r.regret.high}
        for r in regret.requests
    ]
    return {
        "worst": regret.worst,
        "mean": regret.mean,
        "goals": {"worst": regret.worst_goal, "mean": regret.mean_goal},
        "reached": regret.reached,
        "requests": flat,
    }
