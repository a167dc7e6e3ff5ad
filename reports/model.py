# SPDX-License-Identifier: MIT
"""The data of the report, independent of the formats of the inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any, Generic, TypeVar

from benchmarks.checks import Check, Mutant, Sampler, Status, Workload, faithful, status
from benchmarks.documents import Document, Header
from benchmarks.questions import Question

from .derived import Answer, Limit, Plan, Verdict, Won
from .machines.records import Machine
from .statistics import NOT_MEASURED, Measurement, Ratio

Shape = TypeVar("Shape")
Made = TypeVar("Made")


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


@dataclass(frozen=True, eq=False)
class Inputs:
    """All that was read.

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
    mutants : tuple of Mutant
        Samplers that are wrong on purpose.
    axes : mapping of benchmark to mapping of parameters to Measurement
        All benchmarks of asv, in their units.
    questions : tuple of Question
        What the benchmarks ask.
    documents : mapping of str to object
        What was read of the other documents, by the name of the document; see `Source`.
    machines : tuple of Machine
        The files of machines; empty if there is none.
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
    mutants: tuple[Mutant, ...] = ()
    axes: Mapping[str, Mapping[tuple[Any, ...], Measurement]] = field(default_factory=dict)
    questions: tuple[Question, ...] = ()
    documents: Mapping[str, Any] = field(default_factory=dict)
    machines: tuple[Machine, ...] = ()
    few: bool = False

    @property
    def tables(self) -> tuple[Question, ...]:
        """The questions that are shown as tables of settings."""
        return tuple(question for question in self.questions if question.table)

    def question(self, benchmark: str) -> Question:
        """The question of a benchmark."""
        return next(question for question in self.questions if question.benchmark == benchmark)

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
        return self.sampler(sampler).display_name

    def faithful(self, strategy: str, replacement: bool) -> bool:
        """Whether a strategy passed its checks in a mode."""
        return faithful(strategy, replacement, self.samplers, self.checks)

    def status(self, sampler: str) -> Status:
        """Whether a sampler passes on all workloads that it does not refuse; one failure fails it."""
        return status(self.sampler(sampler), self.checks)

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

    def sampler(self, name: str) -> Sampler:
        """The sampler with a name; if it is not described, with the name alone."""
        return next((s for s in self.samplers if s.name == name), Sampler(name))


@dataclass(frozen=True, eq=False, kw_only=True)
class Report(Inputs):
    """All that a page shows: what was read, and what `analyse` derives from it, once.

    Attributes
    ----------
    verdict : Verdict
        In words, with the winners.
    answers : tuple of Answer
        The first screen.
    family : tuple of str
        The names of the timed workloads that differ only in V.
    bounds : tuple of Limit
        The shortest possible times, by V.
    shares : mapping of sampler to mapping of V to float
        The share of the limit's rate.
    means : mapping of sampler to (Ratio, int)
        The mean time relative to the fastest, and the number of workloads.
    won : tuple of Won
        The decision grid with its winners.
    plans : mapping of bool to sequence of Plan
        The costs of building and drawing, by `replacement`.
    measured : mapping of str to mapping of sampler to mapping of setting to Measurement
        The benchmarks of `reports.axes` by the key of the axis, in nanoseconds per id or in seconds.
    """

    verdict: Verdict
    answers: tuple[Answer, ...]
    family: tuple[str, ...]
    bounds: tuple[Limit, ...]
    shares: Mapping[str, Mapping[int, float | None]]
    means: Mapping[str, tuple[Ratio, int]]
    won: tuple[Won, ...]
    plans: Mapping[bool, Sequence[Plan]]
    measured: Mapping[str, Mapping[str, Mapping[tuple[Any, ...], Measurement]]]


@dataclass(frozen=True)
class Source(Generic[Shape]):
    """A document that a section shows.

    Attributes
    ----------
    document : Document
    shape : type
        The dataclass of its content; see `Document.load`.
    """

    document: Document
    shape: type[Shape]

    def read(self, paths: Mapping[str, Path]) -> Shape | None:
        """Read it; None if there is no file.

        Raises
        ------
        InputError
            If the file is damaged or of another version.
        """
        path = paths[self.document.name]
        return self.document.load(self.shape, path) if path.exists() else None

    def of(self, report: Inputs) -> Shape | None:
        """The content; None if it was not measured."""
        found: Shape | None = report.documents.get(self.document.name)
        return found

    def shows(self, make: Callable[[Report, Shape], Made]) -> Callable[[Report], Made | None]:
        """Decorate what is made of its content, so that it needs the report alone; None if it was not measured."""

        @wraps(make)
        def of_report(report: Report) -> Made | None:
            found = self.of(report)
            return None if found is None else make(report, found)

        return of_report

    def tells(
        self, absent: str, command: str = ""
    ) -> Callable[[Callable[[Report, Shape], str]], Callable[[Report], str]]:
        """As `shows`, of a finding; if it was not measured, the finding is that it is absent, with the command."""

        def decorated(make: Callable[[Report, Shape], str]) -> Callable[[Report], str]:
            told = self.shows(make)
            return lambda report: told(report) or f"{absent}: run `{command or self.document.made_by}`."

        return decorated

    def recorded(self, report: Report) -> dict[str, Any] | None:
        """The content for summary.json; None if it was not measured."""
        found = self.of(report)
        return None if found is None else recorded(found)


def recorded(content: Any) -> dict[str, Any]:
    """The content of a document for summary.json, with the commit of its header."""
    header: Header = content.header
    fields = {key: value for key, value in asdict(content).items() if key != "header"}
    return fields | {"commit": header.commit, "dirty": header.dirty}
