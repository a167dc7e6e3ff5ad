# SPDX-License-Identifier: MIT
"""What the report is made of, independent of how the inputs are stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from benchmarks.checks import Check, Mutant, Sampler, Status, faithful, status

from .statistics import NOT_MEASURED, Measurement

if TYPE_CHECKING:
    from .grid.records import Grid, Regret


@dataclass(frozen=True)
class Speed:
    """Nanoseconds an id of a sampler on a workload, and the rows of a call that gave them.

    ``failed_rows`` is a larger number of rows at which the same benchmark broke.
    """

    ns: Measurement
    rows: int
    k: int
    failed_rows: int | None = None


@dataclass(frozen=True)
class Workload:
    """A named count vector; V is None when neither the inputs nor the name tell it."""

    name: str
    formula: str = ""
    V: int | None = None
    nonzero: int | None = None
    distinct: int | None = None
    total: float | None = None


@dataclass(frozen=True)
class Origin:
    """Where the numbers come from: ready to print, without names of hosts, users or paths."""

    command: str
    commit: str | None
    measured: str | None
    fidelity_command: str
    fidelity_commit: str | None
    dirty: bool
    seed: int | None
    environment: Mapping[str, object] = field(default_factory=dict)
    packages: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Claim:
    """A promised ratio and what came of it.

    Attributes
    ----------
    text : str
        What is compared.
    goal, ratio, q25, q75 : float
        The promise, and the median and quartiles over the rounds.
    sense : {"at least", "at most"}
    unit : str
        "of the limit's rate" makes the numbers shares.
    own_ns, other_ns : float or None
        Nanoseconds an id of the side promised for, and of what it is measured against.
    """

    text: str
    goal: float
    sense: Literal["at least", "at most"]
    unit: str
    ratio: float
    q25: float | None
    q75: float | None
    reached: bool
    own_ns: float | None
    other_ns: float | None


@dataclass(frozen=True)
class Claims:
    """All promised ratios and how they were measured."""

    results: tuple[Claim, ...]
    command: str
    commit: str | None
    dirty: bool
    rounds: int | None
    simd: str | None

    @property
    def reached(self) -> int:
        """How many hold."""
        return sum(claim.reached for claim in self.results)


@dataclass(frozen=True)
class Report:
    """Everything a page shows.

    Attributes
    ----------
    samplers, workloads : tuple
        In the order of the registry and of the benchmarks.
    speed : mapping of (sampler, workload) to Speed
        At the largest number of rows measured.
    build, nbytes, peak, first_call : mapping of (sampler, workload) to Measurement
        Seconds, bytes, bytes, seconds.
    post004 : mapping of method to Measurement
        Seconds.
    checks : tuple of Check
        In the order of the run; a sampler may be checked on a workload at several k.
    limits : mapping of (part, V) to Measurement
        Nanoseconds an id of the generator and of each way to load from a table.
    claims : Claims or None
        None where they were not measured.
    mutants : tuple of Mutant
        Samplers that are wrong on purpose.
    axes : mapping of benchmark to mapping of parameters to Measurement
        Benchmarks of one question each, as `reports.axes` lists them; the unit is the benchmark's.
    grid, regret : Grid, Regret or None
        None where they were not measured.
    """

    samplers: tuple[Sampler, ...]
    workloads: tuple[Workload, ...]
    speed: Mapping[tuple[str, str], Speed]
    build: Mapping[tuple[str, str], Measurement]
    nbytes: Mapping[tuple[str, str], Measurement]
    peak: Mapping[tuple[str, str], Measurement]
    first_call: Mapping[tuple[str, str], Measurement]
    post004: Mapping[str, Measurement]
    checks: tuple[Check, ...]
    origin: Origin
    limits: Mapping[tuple[str, int], Measurement] = field(default_factory=dict)
    claims: Claims | None = None
    mutants: tuple[Mutant, ...] = ()
    axes: Mapping[str, Mapping[tuple[Any, ...], Measurement]] = field(default_factory=dict)
    grid: Grid | None = None
    regret: Regret | None = None

    def workload(self, name: str) -> Workload:
        """The workload of a name, bare when nothing describes it."""
        return next((w for w in self.workloads if w.name == name), Workload(name))

    def ns(self, sampler: str, workload: str) -> Measurement:
        """Nanoseconds an id."""
        speed = self.speed.get((sampler, workload))
        return NOT_MEASURED if speed is None else speed.ns

    def checks_of(self, sampler: str, workload: str | None = None) -> list[Check]:
        """The checks of a sampler, on one workload or on all, by k."""
        found = [c for c in self.checks if c.sampler == sampler and workload in (None, c.workload)]
        return sorted(found, key=lambda check: check.k)

    def label(self, sampler: str) -> str:
        """What a reader sees of a sampler, or of what else has this name."""
        return self._sampler(sampler).display_name

    def faithful(self, strategy: str, replacement: bool) -> bool:
        """Whether a strategy passed its checks in a mode."""
        return faithful(strategy, replacement, self.samplers, self.checks)

    def status(self, sampler: str) -> Status:
        """Over all workloads that it does not refuse: one failure fails a sampler."""
        return status(self._sampler(sampler), self.checks)

    def eligible(self, sampler: str, workload: str) -> bool:
        """Whether a sampler may win on a workload.

        It passed wherever it was checked, and it was checked on this workload if any sampler was.
        """
        if self.status(sampler) != "pass" or self.refusal(sampler, workload) is not None:
            return False
        checked_here = {c.sampler for c in self.checks if c.workload == workload and not c.refused}
        return not checked_here or sampler in checked_here

    def refusal(self, sampler: str, workload: str) -> str | None:
        """Why a sampler says that it is not made for a workload; None where it says nothing of the kind."""
        return next((c.reason for c in self.checks_of(sampler, workload) if c.refused), None)

    def timed(self) -> list[Workload]:
        """Workloads with at least one speed."""
        names = {workload for (_, workload), speed in self.speed.items() if speed.ns.value is not None}
        return [w for w in self.workloads if w.name in names]

    def checked(self) -> list[Workload]:
        """Workloads with at least one fidelity check."""
        names = {check.workload for check in self.checks}
        return [w for w in self.workloads if w.name in names]

    def _sampler(self, name: str) -> Sampler:
        return next((s for s in self.samplers if s.name == name), Sampler(name))
