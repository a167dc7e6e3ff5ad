# SPDX-License-Identifier: MIT
"""The records that `analyse` derives; the modules of their subjects make and show them."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.checks import Workload

from .grid.records import GridCell
from .statistics import Ratio


@dataclass(frozen=True)
class Win:
    """The fastest faithful sampler of a workload and mode.

    Attributes
    ----------
    workload : Workload
    replacement : bool
    winner, runner_up, slowest : str or None
        Names; `runner_up` and `slowest` are None if no other faithful sampler was timed.
    ns, runner_up_ns, slowest_ns : float or None
        Nanoseconds per id.
    margin : Ratio or None
        Time of the runner-up divided by that of the winner, with its bootstrap interval.
    overlap : bool
        Whether the quartiles of winner and runner-up overlap.
    """

    workload: Workload
    replacement: bool
    winner: str
    ns: float
    runner_up: str | None = None
    runner_up_ns: float | None = None
    slowest: str | None = None
    slowest_ns: float | None = None
    margin: Ratio | None = None
    overlap: bool = False

    @property
    def close(self) -> bool:
        """Whether the difference to the runner-up is not significant.

        The interval of the margin decides, or the overlap of the quartiles if there is no interval.
        """
        apart = None if self.margin is None else self.margin.told_apart
        return self.overlap if apart is None else not apart


@dataclass(frozen=True)
class Verdict:
    """The headline, the sentences below it, the paragraphs (each with a title), and the winners."""

    headline: str
    beside: str
    paragraphs: tuple[tuple[str, str], ...]
    wins: tuple[Win, ...]

    def text(self) -> str:
        """The verdict as text for a terminal."""
        lead = " ".join(filter(None, (self.headline, self.beside)))
        lines = [lead, *(f"{title}: {text}" for title, text in self.paragraphs)]
        return "\n".join(line.replace("`", "") for line in lines)


@dataclass(frozen=True)
class Answer:
    """A row of the first screen, as text.

    Attributes
    ----------
    title, setting : str
        The loop, and where it was measured.
    name, reason : str
        The sampler to create, and why this one.
    time : str
        The time per id and per call, and whether ids were excluded.
    gain : str
        How many times faster than named peers; "" if that was not measured.
    code : str
        The line of code.
    """

    title: str
    setting: str
    name: str
    reason: str
    time: str
    gain: str
    code: str


@dataclass(frozen=True)
class Limit:
    """The shortest possible time per id at a V.

    Attributes
    ----------
    V : int
    generator : float or None
        Nanoseconds per id of the generator alone.
    gather : float or None
        Nanoseconds per id of the fastest way to load from a table.
    way : str
        The name of that way; "" if none was measured.
    """

    V: int
    generator: float | None
    gather: float | None
    way: str

    @property
    def ns(self) -> float | None:
        """Nanoseconds per id of the slower part; None if one part is unknown."""
        return None if self.generator is None or self.gather is None else max(self.generator, self.gather)


@dataclass(frozen=True)
class Plan:
    """The cost of a sampler.

    Attributes
    ----------
    sampler, label : str
    build : float
        Seconds to build the tables.
    ns : float
        Nanoseconds per id.
    """

    sampler: str
    label: str
    build: float
    ns: float

    def seconds(self, ids: float) -> float:
        """Seconds for a number of ids, including the build."""
        return self.build + ids * self.ns * 1e-9


@dataclass(frozen=True)
class Won:
    """A cell with its winner; runner-up and margin are None if no other faithful sampler was timed."""

    cell: GridCell
    winner: str
    ns: float
    runner_up: str | None = None
    margin: Ratio | None = None

    @property
    def close(self) -> bool:
        """Whether the difference to the runner-up is not significant."""
        return self.margin is not None and self.margin.told_apart is False

    @property
    def unknown(self) -> bool:
        """Whether the margin has no interval, because the cell was measured in a single visit."""
        return self.margin is not None and self.margin.told_apart is None
