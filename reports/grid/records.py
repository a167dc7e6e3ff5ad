# SPDX-License-Identifier: MIT
"""The documents of the decision grid and of the regret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.documents import Header

from ..statistics import Ratio


@dataclass(frozen=True)
class Side:
    """The time of a sampler in a cell.

    Attributes
    ----------
    ns : float
        Median nanoseconds per id.
    ratio, low, high : float
        Time relative to the fastest sampler of the cell: the geometric mean over the visits, with its interval over
        the visits. A cell with a single visit has no interval.
    """

    ns: float
    ratio: float
    low: float | None
    high: float | None


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

    header: Header
    rounds: int
    wider: float
    cells: tuple[GridCell, ...]


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
    regret, low, high : float
        Time of the recommended sampler divided by that of the fastest, 1 or more, with its interval over the visits.
    """

    workload: str
    rows: int
    k: int
    replacement: bool
    exclude: bool
    recommended: str
    best: str
    regret: float
    low: float
    high: float

    @property
    def times(self) -> Ratio:
        """The regret with its interval."""
        return Ratio(self.regret, self.low, self.high)


@dataclass(frozen=True)
class Goals:
    """The largest values that reach the goals."""

    worst: float
    mean: float


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
    header : Header
    visits : int
    wider : float
        The factor by which the intervals are wider than Student's.
    goals : Goals
    worst, worst_high : float
        The largest regret, and the largest upper end of all intervals.
    mean, mean_high : float
        The geometric mean, and the upper end of its interval.
    results : tuple of Request
    """

    header: Header
    visits: int
    wider: float
    goals: Goals
    worst: float
    worst_high: float
    mean: float
    mean_high: float
    results: tuple[Request, ...]

    @property
    def of_worst(self) -> Goal:
        """The largest regret against its goal."""
        return Goal(self.worst, self.worst_high, self.goals.worst)

    @property
    def of_mean(self) -> Goal:
        """The mean against its goal."""
        return Goal(self.mean, self.mean_high, self.goals.mean)

    @property
    def reached(self) -> bool:
        """Whether the measurement shows that both goals are reached."""
        return self.of_worst.reached and self.of_mean.reached


def students(wider: float) -> str:
    """Words for an interval that is so many times as wide as Student's."""
    return "Student's" if wider == 1 else f"{wider:g} times Student's"
