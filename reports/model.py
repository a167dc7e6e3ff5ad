# SPDX-License-Identifier: MIT
"""The data of the report, independent of the formats of the inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from benchmarks.checks import Check, Mutant, Sampler, Status, faithful, status

from .statistics import NOT_MEASURED, Measurement

if TYPE_CHECKING:
    from .grid.records import Grid, Regret
    from .hardware import Instructions, Roofline
    from .strata import Strata
    from .training import Quality, Shares


@dataclass(frozen=True)
class Speed:
    """The speed of a sampler on a workload.

    Attributes
    ----------
    ns : Measurement
        Nanoseconds per id.
    rows, k : int
        The measured request.
    failed_rows : int or None
        A larger number of rows at which the benchmark failed.
    """

    ns: Measurement
    rows: int
    k: int
    failed_rows: int | None = None


@dataclass(frozen=True)
class Workload:
    """A named count vector; V is None if neither the inputs nor the name state it."""

    name: str
    formula: str = ""
    V: int | None = None
    nonzero: int | None = None
    distinct: int | None = None
    total: float | None = None


@dataclass(frozen=True)
class Origin:
    """The origin of the numbers, without names of hosts, users or paths."""

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
    """A claimed ratio and its measurement.

    Attributes
    ----------
    text : str
        What is compared.
    goal : float
        The claimed ratio.
    sense : {"at least", "at most"}
    unit : str
        If it is "of the limit's rate", the ratio is a share.
    ratio, q25, q75 : float
        Median and quartiles over the rounds.
    reached : bool
    own_ns, other_ns : float or None
        Nanoseconds per id of the subject of the claim, and of the reference.
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
    """All claimed ratios, and how they were measured."""

    results: tuple[Claim, ...]
    command: str
    commit: str | None
    dirty: bool
    rounds: int | None
    simd: str | None

    @property
    def reached(self) -> int:
        """The number of claims that were reached."""
        return sum(claim.reached for claim in self.results)


@dataclass(frozen=True)
class Price:
    """What a request costs.

    Attributes
    ----------
    request : str
        What is drawn, in words.
    goal : float
    unit : str
        "times": a multiple of a plain draw; else the unit of a time.
    price, q25, q75 : float or None
        Median and quartiles in the unit; None if the request was refused.
    reached : bool
    refused : str
        The reason; "" if it was not refused.
    own_us, plain_us : float or None
        Microseconds of the request and of the plain draw, if the price is a multiple.
    """

    request: str
    goal: float
    unit: str
    price: float | None
    q25: float | None
    q75: float | None
    reached: bool
    refused: str
    own_us: float | None
    plain_us: float | None


@dataclass(frozen=True)
class Prices:
    """All prices, and how they were measured; ``plain`` is the plain draw in words."""

    results: tuple[Price, ...]
    plain: str
    commit: str | None
    dirty: bool
    rounds: int | None

    @property
    def reached(self) -> int:
        """The number of goals that were reached."""
        return sum(price.reached for price in self.results)


@dataclass(frozen=True)
class NeighbourTime:
    """Nanoseconds an id of a sampler at a size, and the ratio to the time of `alias`."""

    sampler: str
    size: int
    ns: float
    ratio: float


@dataclass(frozen=True)
class Neighbours:
    """Samplers of other libraries.

    Attributes
    ----------
    times : tuple of NeighbourTime
    failed : mapping of str to tuple of str
        The tests that each sampler fails.
    packages : mapping of str to str
        The versions of the libraries.
    left_out : tuple of str
        What was not measured, with the reason.
    commit : str or None
    dirty : bool
    """

    times: tuple[NeighbourTime, ...]
    failed: Mapping[str, tuple[str, ...]]
    packages: Mapping[str, str]
    left_out: tuple[str, ...]
    commit: str | None
    dirty: bool


@dataclass(frozen=True)
class Noise:
    """What disturbed the steps of asv: medians over the steps.

    Attributes
    ----------
    busy_cores : float
        The mean number of busy cores, the one of the benchmark included.
    stolen : float
        The time that the host took away, as a share of the wanted time.
    load : float
        The load average of a minute.
    steps : int
        The number of steps that have a stamp.
    """

    busy_cores: float
    stolen: float
    load: float
    steps: int

    @property
    def others(self) -> float:
        """The mean number of cores that other programs kept busy."""
        return max(0.0, self.busy_cores - 1)


@dataclass(frozen=True, eq=False)  # compared by identity, so that what is derived from it can be cached
class Report:
    """All data that a page shows.

    Attributes
    ----------
    samplers, workloads : tuple
        In the order of the registry and of the benchmarks.
    speed : mapping of (sampler, workload) to Speed
        At the largest measured number of rows.
    build, nbytes, peak, first_call : mapping of (sampler, workload) to Measurement
        Seconds, bytes, bytes, seconds.
    post004 : mapping of method to Measurement
        Seconds.
    checks : tuple of Check
        In the order of the run. A sampler can be checked on a workload at several k.
    origin : Origin
    limits : mapping of (part, V) to Measurement
        Nanoseconds per id of the generator and of each way to load from a table.
    claims : Claims or None
        None if they were not measured.
    mutants : tuple of Mutant
        Samplers that are wrong on purpose.
    axes : mapping of benchmark to mapping of parameters to Measurement
        The benchmarks of `reports.axes`, in the unit of the benchmark.
    grid : Grid or None
    regret : Regret or None
    prices : Prices or None
        None if they were not measured.
    shares : Shares or None
    quality : Quality or None
        None if no training was measured.
    noise : Noise or None
        None if the run has no stamp.
    instructions : Instructions or None
    roofline : Roofline or None
    strata : Strata or None
        None if they were not measured.
    few : bool
        Whether it compares a few strategies on one workload: sections without data are then left out.
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
    prices: Prices | None = None
    neighbours: Neighbours | None = None
    shares: Shares | None = None
    quality: Quality | None = None
    noise: Noise | None = None
    instructions: Instructions | None = None
    roofline: Roofline | None = None
    strata: Strata | None = None
    few: bool = False

    def workload(self, name: str) -> Workload:
        """The workload with a name; if it is not described, with the name alone."""
        return next((w for w in self.workloads if w.name == name), Workload(name))

    def ns(self, sampler: str, workload: str) -> Measurement:
        """Nanoseconds per id of a sampler on a workload."""
        speed = self.speed.get((sampler, workload))
        return NOT_MEASURED if speed is None else speed.ns

    def checks_of(self, sampler: str, workload: str | None = None) -> list[Check]:
        """The checks of a sampler on one workload or on all, sorted by k."""
        checks = [c for c in self.checks if c.sampler == sampler and workload in (None, c.workload)]
        return sorted(checks, key=lambda check: check.k)

    def label(self, sampler: str) -> str:
        """The name of a sampler as the report shows it; any other name is returned as it is."""
        return self._sampler(sampler).display_name

    def faithful(self, strategy: str, replacement: bool) -> bool:
        """Whether a strategy passed its checks in a mode."""
        return faithful(strategy, replacement, self.samplers, self.checks)

    def status(self, sampler: str) -> Status:
        """Whether a sampler passes on all workloads that it does not refuse; one failure fails it."""
        return status(self._sampler(sampler), self.checks)

    def eligible(self, sampler: str, workload: str) -> bool:
        """Whether a sampler may win on a workload.

        It must have passed all its checks. If any sampler was checked on this workload, it must have been too.
        """
        if self.status(sampler) != "pass" or self.refusal(sampler, workload) is not None:
            return False
        checked = {c.sampler for c in self.checks if c.workload == workload and not c.refused}
        return not checked or sampler in checked

    def refusal(self, sampler: str, workload: str) -> str | None:
        """Why a sampler refuses a workload; None if it does not."""
        return next((c.reason for c in self.checks_of(sampler, workload) if c.refused), None)

    def timed(self) -> list[Workload]:
        """The workloads with at least one speed."""
        names = {workload for (_, workload), speed in self.speed.items() if speed.ns.value is not None}
        return [w for w in self.workloads if w.name in names]

    @property
    def present(self) -> tuple[Sampler, ...]:
        """The samplers of tables of times: without those of an absent GPU, which the verdict names."""
        return tuple(s for s in self.samplers if not (s.unavailable and s.device not in ("cpu", None)))

    @property
    def compared(self) -> tuple[Sampler, ...]:
        """The samplers of pictures: without those of uniform laws, which refuse counts, and those of an absent GPU."""
        return tuple(s for s in self.present if s.laws != "uniform")

    def checked(self) -> list[Workload]:
        """The workloads with at least one fidelity check."""
        names = {check.workload for check in self.checks}
        return [w for w in self.workloads if w.name in names]

    def _sampler(self, name: str) -> Sampler:
        return next((s for s in self.samplers if s.name == name), Sampler(name))
