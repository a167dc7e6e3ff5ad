# SPDX-License-Identifier: MIT
"""How far behind the best the recommended sampler is, where nobody measured before."""

from __future__ import annotations

import math
from dataclasses import asdict
from statistics import fmean
from typing import Any

from benchmarks.documents import REGRET

from .. import units
from ..model import Report
from ..tables import DRAWS, Cell, Column, Table, measured_elsewhere
from .records import Regret, Request

MISSING = f"The regret of the recommendations was not measured: `{REGRET.made_by}` measures it."
WORST_SHOWN = 10


def finding(report: Report) -> str:
    """The worst and the mean against their goals."""
    regret = report.regret
    if regret is None:
        return MISSING
    surely = sum((r.regret.low or 0.0) > regret.worst_goal for r in regret.requests)
    text = (
        f"Over {units.count(len(regret.requests))} requests that are not on the decision grid, the recommended sampler "
        f"takes {units.significant(regret.mean, 4)} times the time of the best (geometric mean; goal: at most "
        f"{regret.mean_goal:g}) and at worst {units.significant(regret.worst, 3)} times (goal: at most "
        f"{regret.worst_goal:g}). {'Both goals are reached.' if regret.reached else missed(regret)}"
    )
    return text + (f" Of {surely}, the whole interval lies above the goal for the worst." if surely else "")


def missed(regret: Regret) -> str:
    """Which goals are missed."""
    pairs = (("worst", regret.worst > regret.worst_goal), ("mean", regret.mean > regret.mean_goal))
    return f"Missed: {units.listed([word for word, over in pairs if over])}."


def by_workload(report: Report) -> Table | None:
    """A workload a row: its mean and its worst."""
    regret = report.regret
    if regret is None:
        return None
    columns = (
        Column("counts", numeric=False),
        Column("requests"),
        Column("mean regret", f"goal {regret.mean_goal:g}"),
        Column("worst regret", f"goal {regret.worst_goal:g}"),
        Column("where", numeric=False),
    )
    rows = []
    for name in dict.fromkeys(r.workload for r in regret.requests):
        here = [r for r in regret.requests if r.workload == name]
        mean = math.exp(fmean(math.log(r.regret.value) for r in here))
        worst = max(here, key=lambda r: r.regret.value)
        rows.append(
            (
                Cell(name, sort=name, kind="name"),
                Cell(str(len(here)), sort=len(here)),
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
        Column("regret", "interval"),
    )
    shown = sorted(regret.requests, key=lambda r: -r.regret.value)[:WORST_SHOWN]
    rows = tuple(
        (
            Cell(r.workload, sort=r.workload),
            Cell(place(r)),
            name_cell(report, r.recommended),
            name_cell(report, r.best),
            goal_cell(r, regret.worst_goal),
        )
        for r in shown
    )
    return Table(columns, rows)


def name_cell(report: Report, name: str) -> Cell:
    """A sampler."""
    return Cell(report.label(name), sort=report.label(name))


def goal_cell(request: Request, goal: float) -> Cell:
    """A regret with its interval; red only where the whole interval lies above the goal."""
    found = request.regret
    kind = "fail" if (found.low or 0.0) > goal else ""
    return Cell(units.significant(found.value, 3), found.span, found.value, kind)


def place(request: Request) -> str:
    """A request in words."""
    return f"rows {units.count(request.rows)}, k {request.k}, {DRAWS[request.replacement]}"


def notes(report: Report, regret: Regret) -> tuple[str, ...]:
    """How it was measured."""
    found = [
        f"`{regret.command}`: regret is the time of the recommended sampler over that of the fastest, both in "
        "turns in one process; an interval that begins at or below 1 tells nothing."
    ]
    found += measured_elsewhere(report, regret.commit, regret.dirty)
    if regret.verdict_commit and regret.verdict_commit != regret.commit:
        found.append(f"The recommendations are those of commit {regret.verdict_commit[:8]}.")
    return tuple(found)


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
