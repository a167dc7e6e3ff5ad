# SPDX-License-Identifier: MIT
"""What `python -m benchmarks.regions` and `python -m benchmarks.regret` found, as their files tell it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..statistics import Ratio


@dataclass(frozen=True)
class Side:
    """A sampler in a cell.

    Attributes
    ----------
    ns : float
        Median nanoseconds an id.
    ratio : Ratio
        To the fastest side of the cell: the median over rounds of taking turns, with its bootstrap interval.
    """

    ns: float
    ratio: Ratio


@dataclass(frozen=True)
class GridCell:
    """A request, and who was timed on it.

    Attributes
    ----------
    question, kind : str
        Why it was asked, and what the counts are like.
    V, rows, k : int
    replacement : bool
    device : str
    sides : mapping of str to Side
    refused : mapping of str to str
        Samplers that say that they are not made for the distribution, and why.
    """

    question: str
    kind: str
    V: int
    rows: int
    k: int
    replacement: bool
    device: str
    sides: Mapping[str, Side]
    refused: Mapping[str, str]


@dataclass(frozen=True)
class Grid:
    """All cells, and how they were measured."""

    cells: tuple[GridCell, ...]
    command: str
    commit: str | None
    dirty: bool
    rounds: int | None


@dataclass(frozen=True)
class Request:
    """A request that the decision grid does not hold, and what came of the recommendation.

    Attributes
    ----------
    workload : str
    rows, k : int
    replacement : bool
    recommended, best : str
    regret : Ratio
        Time of the recommended sampler over that of the best, 1 or more.
    """

    workload: str
    rows: int
    k: int
    replacement: bool
    recommended: str
    best: str
    regret: Ratio


@dataclass(frozen=True)
class Regret:
    """All requests; the worst regret and the geometric mean, each with its goal."""

    requests: tuple[Request, ...]
    worst: float
    mean: float
    worst_goal: float
    mean_goal: float
    reached: bool
    command: str
    commit: str | None
    verdict_commit: str | None
    dirty: bool
