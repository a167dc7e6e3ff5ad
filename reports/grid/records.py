# SPDX-License-Identifier: MIT
"""The records of the decision grid and of the regret, as their files store them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..statistics import Ratio


@dataclass(frozen=True)
class Side:
    """The time of a sampler in a cell.

    Attributes
    ----------
    ns : float
        Median nanoseconds per id.
    ratio : Ratio
        Time relative to the fastest sampler of the cell: the geometric mean over the rounds, with its bootstrap
        interval.
    """

    ns: float
    ratio: Ratio


@dataclass(frozen=True)
class GridCell:
    """A request of the decision grid, with the times of the samplers.

    Attributes
    ----------
    question : str
        The question to which the cell belongs.
    kind : str
        The kind of counts.
    V, rows, k : int
    replacement : bool
    device : str
    sides : mapping of str to Side
    refused : mapping of str to str
        The samplers that refuse the distribution, with the reason.
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
    """The decision grid: all cells, and how they were measured."""

    cells: tuple[GridCell, ...]
    command: str
    commit: str | None
    dirty: bool
    rounds: int | None


@dataclass(frozen=True)
class Request:
    """A request that is not on the decision grid, and the regret of the recommendation.

    Attributes
    ----------
    workload : str
    rows, k : int
    replacement : bool
    recommended, best : str
        The recommended and the fastest sampler.
    regret : Ratio
        Time of the recommended sampler divided by that of the fastest, 1 or more.
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
    """The regret of all requests; the largest and the geometric mean, each with its goal."""

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
