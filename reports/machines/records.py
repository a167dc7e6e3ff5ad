# SPDX-License-Identifier: MIT
"""What the file of a machine holds, and its reader."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec

from benchmarks.documents import Header
from benchmarks.machines.cells import CLOCK, MACHINE

from ..statistics import Measurement

LARGEST = 2**53  # no number of a file is larger
Positive = Annotated[float, msgspec.Meta(gt=0, le=LARGEST)]
Whole = Annotated[int, msgspec.Meta(ge=1, le=LARGEST)]
Quartiles = Annotated[list[Positive], msgspec.Meta(min_length=3, max_length=3)]
Place = tuple[str, int, int, str]  # law, rows, k, request


@dataclass(frozen=True)
class MachineTime:
    """A sampler in a cell: nanoseconds per id, and how many times faster it is than each peer; a peer has no ratios."""

    sampler: str
    ns: Quartiles
    rounds_ns: tuple[Positive, ...]
    faster_than: Mapping[str, Quartiles]

    @property
    def measurement(self) -> Measurement:
        """Nanoseconds per id, with the rounds."""
        q25, median, q75 = self.ns
        return Measurement(median, q25, q75, samples=self.rounds_ns)

    @property
    def ratios(self) -> dict[str, float]:
        """The medians of ``faster_than``."""
        return {peer: median for peer, (_, median, _) in self.faster_than.items()}


@dataclass(frozen=True)
class MachineCell:
    """A law, a call and a request, with the times of the samplers."""

    law: str
    rows: Whole
    k: Whole
    request: str
    times: tuple[MachineTime, ...]

    @property
    def place(self) -> Place:
        """What names it."""
        return self.law, self.rows, self.k, self.request


@dataclass(frozen=True)
class LeftOut:
    """A sampler that could not run."""

    sampler: str
    reason: str


@dataclass(frozen=True)
class Proved:
    """The keys by which a proof is found."""

    law: str
    strategy: str
    V: Whole
    replacement: bool


@dataclass(frozen=True)
class Processor:
    """The parts of the environment that are shown."""

    cpu: str
    simd: str
    cores: Whole
    caches: Mapping[str, Whole]
    packages: Mapping[str, Any]


@dataclass(frozen=True)
class Machine:
    """The file of a machine.

    Attributes
    ----------
    header : Header
        The noise is that of the times.
    name : str
        Of the entry.
    clock : str
    rounds : int
        Of every time.
    round_seconds : float
        The length of a turn.
    cells : tuple of MachineCell
    left_out : tuple of LeftOut
    tables : tuple of mapping
        What anyone can recompute: `benchmarks.machines.proofs.proof`.
    """

    header: Header
    name: str
    clock: str
    rounds: Whole
    round_seconds: Positive
    cells: tuple[MachineCell, ...]
    left_out: tuple[LeftOut, ...]
    tables: tuple[Mapping[str, Any], ...]

    def __post_init__(self) -> None:
        if self.clock != CLOCK:
            raise ValueError(f"clock = {self.clock!r}, not {CLOCK!r}")
        if self.header.noise is not None and min(vars(self.header.noise).values()) < 0:
            raise ValueError(f"noise = {self.header.noise}")
        msgspec.convert(self.tables, tuple[Proved, ...])
        msgspec.convert(self.header.machine, Processor)

    @property
    def environment(self) -> Mapping[str, Any]:
        """Processor, kernels, caches, versions."""
        return self.header.machine

    @property
    def times(self) -> Iterator[tuple[Place, MachineTime]]:
        """The times of all cells, each with its place."""
        return ((cell.place, time) for cell in self.cells for time in cell.times)

    @property
    def reasons(self) -> dict[str, str]:
        """Why samplers were left out."""
        return {entry.sampler: entry.reason for entry in self.left_out}

    @property
    def sizes(self) -> dict[str, int]:
        """V, by law."""
        return {table["law"]: table["V"] for table in self.tables}

    def at(self, place: Place) -> dict[str, MachineTime]:
        """The times of a cell, by sampler."""
        return {time.sampler: time for where, time in self.times if where == place}


def read_machines(folder: Path) -> tuple[Machine, ...]:
    """The files of a folder, by name; none if there is no folder."""
    return tuple(MACHINE.load(Machine, path) for path in sorted(folder.glob("*.json")))
