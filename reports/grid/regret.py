# SPDX-License-Identifier: MIT
"""The rule of the recommendation, and its regret: how far it is behind the fastest when a training loop draws."""

from __future__ import annotations

import math
from dataclasses import asdict
from statistics import fmean
from typing import Any

from benchmarks.documents import REGRET
from samplers.recommendation.rule import SMALL_TABLE, SMALLER, in_bytes

from .. import units
from ..model import Report, Source
from ..statistics import CONFIDENCE
from ..tables import DRAWS, Cell, Column, Table, by_column, headings, measured_elsewhere, numbers, texts, words
from .records import Regret, Request, students

REGRETS = Source(REGRET, Regret)
N_WORST = 10
RULE = (
    "`samplers.recommend` names `uniform` if all ids are equally likely. It names `spectrum` if the draws of `alias` "
    f"would read more than {in_bytes(SMALL_TABLE)}, a level-1 cache, and those of `spectrum` read at most "
    f"1/{SMALLER} of that: where weights repeat and ids are sorted by weight. It names `alias` for everything else. So "
    "the answer is the same on every machine, and a seed gives the same ids everywhere. "
    "The rule is for draws in a training loop, where the model drives the tables out of the caches between two calls. "
    "In the grid above, a call follows another one at once, so that larger tables cost less there."
)


@REGRETS.tells("The regret of the recommendation was not measured")
def finding(report: Report, regret: Regret) -> str:
    """The mean and the largest regret, compared with their goals, and how independent the requests are."""
    text = (
        f"Regret is the time of the recommended sampler divided by the time of the fastest, when nothing of both is in "
        f"the caches. Over {units.count(len(regret.results))} requests, its geometric mean is "
        f"{units.significant(regret.mean, 4)} (goal: at most {regret.goals.mean:g}) and its maximum is "
        f"{units.significant(regret.worst, 3)} (goal: at most {regret.goals.worst:g})."
    )
    return " ".join(filter(None, (text, outcome(regret), above(regret))))


def outcome(regret: Regret) -> str:
    """Which goals are reached, which are missed, and which the measurement leaves open."""
    if regret.reached:
        return "Both goals are reached: the intervals end below them."
    goals = {"mean": regret.of_mean, "maximum": regret.of_worst}
    parts = []
    for word, goal in goals.items():
        if goal.missed:
            parts.append(f"The goal for the {word} is missed.")
        elif goal.reached:
            parts.append(f"The goal for the {word} is reached.")
        else:
            parts.append(
                f"The goal for the {word} is not shown to be reached: the measured {word} is within it, but the "
                f"{units.percent(CONFIDENCE)} interval ends at {units.significant(goal.high, 3)}."
            )
    return " ".join(parts)


def above(regret: Regret) -> str:
    """The numbers of requests whose interval is completely, or partly, above the goal for the maximum; "" if 0."""
    limit = regret.goals.worst
    complete = sum(r.low > limit for r in regret.results)
    partial = sum(r.low <= limit < r.high for r in regret.results)
    parts = [f"{word} in {number}" for word, number in (("completely", complete), ("partly", partial)) if number]
    return f"The confidence interval is above this goal {units.listed(parts)} of the requests." if parts else ""


@REGRETS.shows
def by_workload(report: Report, regret: Regret) -> Table:
    """One row per workload: its mean and its largest regret."""
    of: dict[str, list[Request]] = {}
    for request in regret.results:
        of.setdefault(request.workload, []).append(request)
    means = [math.exp(fmean(math.log(request.regret) for request in requests)) for requests in of.values()]
    worst = [max(requests, key=lambda request: request.regret) for requests in of.values()]
    return by_column(
        (words("counts"), headings(of)),
        (Column("requests"), numbers(map(len, of.values()), str)),
        (Column("mean regret", f"goal {regret.goals.mean:g}"), numbers(means, lambda mean: units.significant(mean, 4))),
        (Column("largest regret", f"goal {regret.goals.worst:g}"), [goal_cell(r, regret.goals.worst) for r in worst]),
        (words("request of the largest"), [Cell(place(request)) for request in worst]),
        notes=notes(report, regret),
    )


@REGRETS.shows
def worst(report: Report, regret: Regret) -> Table:
    """The requests with the largest regret."""
    largest = sorted(regret.results, key=lambda request: -request.regret)[:N_WORST]
    return by_column(
        (words("counts"), texts(request.workload for request in largest)),
        (words("request"), [Cell(place(request)) for request in largest]),
        (words("recommended"), texts(report.label(request.recommended) for request in largest)),
        (words("fastest"), texts(report.label(request.best) for request in largest)),
        (
            Column("regret", f"{units.percent(CONFIDENCE)} interval"),
            [goal_cell(request, regret.goals.worst) for request in largest],
        ),
    )


def goal_cell(request: Request, goal: float) -> Cell:
    """A regret with its interval; kind "fail" if the whole interval is above the goal."""
    kind = "fail" if request.low > goal else ""
    return Cell(units.significant(request.regret, 3), request.times.span, request.regret, kind)


def place(request: Request) -> str:
    """A request in words."""
    excluded = ", an id excluded in each row" if request.exclude else ""
    return f"rows {units.count(request.rows)}, k {request.k}, {DRAWS[request.replacement]}{excluded}"


def notes(report: Report, regret: Regret) -> tuple[str, ...]:
    """How the regret was measured."""
    texts = [
        f"Measured with `{regret.header.command}`: the samplers take turns in one process. Before each timed call, "
        "all caches are filled with other data. The time is processor time. The intervals "
        f"({units.percent(CONFIDENCE)}) are {students(regret.wider)} over the {regret.visits} visits of a "
        "request. They allow for the choice of the fastest sampler. If an interval starts at 1, the difference is not "
        "significant."
    ]
    texts += measured_elsewhere(report, regret.header)
    return tuple(texts)


@REGRETS.shows
def record(report: Report, regret: Regret) -> dict[str, Any]:
    return {
        "worst": regret.worst,
        "worst_high": regret.worst_high,
        "mean": regret.mean,
        "mean_high": regret.mean_high,
        "goals": {"worst": regret.goals.worst, "mean": regret.goals.mean},
        "reached": regret.reached,
        "requests": [asdict(request) for request in regret.results],
    }
