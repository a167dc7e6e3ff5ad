# SPDX-License-Identifier: MIT
"""Pools the rounds of the decision grid from one or more runs, visit by visit, and makes the cells of the tree.

The rounds of a visit are measured within a second. Between visits the load on the machine changes: in one visit the
time with a table of 8 MB was 0.85 times that with a small table, in another 1.8 times. The verdict is for all machines,
so it is based on the worst visit.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any

import numpy as np

from .decision_tree import Cell

if TYPE_CHECKING:
    from numpy.typing import NDArray

Visit = Mapping[str, "NDArray[np.float64]"]
REQUEST = ("question", "kind", "V", "rows", "k", "replacement", "device")


@dataclass(frozen=True)
class FalseAlarms:
    """The false-alarm rate of the rule `behind`.

    Attributes
    ----------
    visits, rounds : int
        Visits of a cell and rounds of a visit, in most of the cells.
    rate : float
        The mean over the cells.
    """

    visits: int
    rounds: int
    rate: float


def pooled(documents: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The cells of all runs; cells of the same request are merged, with the visits of all runs in ``in_visits``."""
    by_request: dict[tuple[Any, ...], dict[str, Any]] = {}
    for cell in (cell for document in documents for cell in document["cells"]):
        merged = by_request.setdefault(tuple(cell[key] for key in REQUEST), dict(cell) | {"in_visits": []})
        merged["in_visits"] += in_visits(cell)
    return list(by_request.values())


def in_visits(cell: Mapping[str, Any]) -> list[Visit]:
    """The rounds of a measured cell in nanoseconds per id, visit by visit."""
    return [{name: np.asarray(ns[i]) for name, ns in cell["rounds_ns"].items()} for i in range(cell["visits"])]


def as_cell(cell: Mapping[str, Any], able: Sequence[str]) -> Cell:
    """The cell for the tree, with the strategies that may win (`able`) and were timed in every visit."""
    visits = cell["in_visits"]
    names = [name for name in able if all(name in visit for visit in visits)]
    visits = [{name: visit[name] for name in names} for visit in visits]
    means = {name: float(np.mean(np.log(np.concatenate([v[name] for v in visits])))) for name in names}
    best = min(means.values(), default=0.0)
    return Cell(
        at=cell["at"],
        ns={name: float(np.median(np.concatenate([visit[name] for visit in visits]))) for name in names},
        ratio={name: float(np.exp(mean - best)) for name, mean in means.items()},
        worst={name: max(behind(visit, name) for visit in visits) for name in names},
        refused=frozenset(cell["refused"]),
    )


def behind(visit: Visit, name: str) -> float:
    """The time of a strategy relative to the fastest in a visit; 1 if it was not slower in every round.

    `false_alarms` says how often that happens by chance.
    """
    best = min(visit, key=lambda candidate: float(np.log(visit[candidate]).mean()))
    ratios = visit[name] / visit[best]
    return float(np.exp(np.log(ratios).mean())) if ratios.min() > 1.0 else 1.0


def false_alarms(cells: Iterable[Mapping[str, Any]]) -> FalseAlarms:
    """How often a strategy counts as behind although it is as fast as the fastest, over the cells of `pooled`.

    In a visit, the chance is 2^-rounds: it must be slower in every round. That holds for independent rounds.
    `benchmarks.coverage` simulates the rate for rounds that depend on each other.
    """
    designs = [tuple(min(map(len, visit.values())) for visit in cell["in_visits"] if visit) for cell in cells]
    rates = [1 - math.prod(1 - 2.0**-rounds for rounds in design) for design in designs]
    ((usual, _),) = Counter(designs).most_common(1)
    return FalseAlarms(len(usual), min(usual, default=0), fmean(rates))
