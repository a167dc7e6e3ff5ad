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
        Time relative to the fastest sampler of the cell: the geometric mean over the visits, with its interval over
        the visits. A cell with a single visit has no interval.
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
    """The decision grid: all cells, and how they were measured; `wider` as in `Regret`."""

    cells: tuple[GridCell, ...]
    command: str
    commit: str | None
    dirty: bool
    rounds: int | None
    wider: float


@dataclass(frozen=True)
class Request:
    """A request, and the regret of the recommendation.

    Attributes
    ----------
    workload : str
    rows, k : int
    replacement : bool
    exclude : bool
        Whether each row excludes an id.
    recommended, best : str
        The recommended and the fastest sampler.
    regret : Ratio
        Time of the recommended sampler divided by that of the fastest, 1 or more. Its interval is over the visits.
    """

    workload: str
    rows: int
    k: int
    replacement: bool
    exclude: bool
    recommended: str
    best: str
    regret: Ratio


@dataclass(frozen=True)
class Goal:
    """A measured value and its goal.

    Attributes
    ----------
    value, high : float
        The value, and the upper end of its interval.
    limit : float
        The largest value that reaches the goal.
    """

    value: float
    high: float
    limit: float

    @property
    def reached(self) -> bool:
        """Whether the measurement shows that the goal is reached: the whole interval is within it."""
        return self.high <= self.limit

    @property
    def missed(self) -> bool:
        """Whether the measured value is beyond the goal."""
        return self.value > self.limit


@dataclass(frozen=True)
class Regret:
    """The regret of all requests.

    Attributes
    ----------
    requests : tuple of Request
    worst, mean : Goal
        The largest regret, with the largest upper end of all intervals; the geometric mean.
    visits : int
    wider : float
        The factor by which the intervals are wider than Student's.
    command : str
    commit : str or None
    dirty : bool
    """

    requests: tuple[Request, ...]
    worst: Goal
    mean: Goal
    visits: int
    wider: float
    command: str
    commit: str | None
    dirty: bool

    @property
    def reached(self) -> bool:
        """Whether the measurement shows that both goals are reached."""
        return self.worst.reached and self.mean.reached


def students(wider: float) -> str:
    """Words for an interval that is so many times as wide as Student's."""
    return "Student's" if wider == 1 else f"{wider:g} times Student's"
