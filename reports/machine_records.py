# SPDX-License-Identifier: MIT
"""What the file of a machine holds, as `machines` reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .statistics import Measurement

Place = tuple[str, int, int, str]  # law, rows, k, request


@dataclass(frozen=True)
class MachineTime:
    """A sampler in a cell of a machine.

    Attributes
    ----------
    law : str
        The name of the count vector.
    rows, k : int
        Of a call.
    request : str
        What is drawn besides the shape.
    sampler : str
    ns : Measurement
        Nanoseconds per id, with the rounds.
    faster_than : mapping of str to float
        How many times faster it is than each peer; empty for a peer.
    """

    law: str
    rows: int
    k: int
    request: str
    sampler: str
    ns: Measurement
    faster_than: Mapping[str, float]

    @property
    def place(self) -> Place:
        """Where it was measured."""
        return self.law, self.rows, self.k, self.request


@dataclass(frozen=True)
class Machine:
    """The file of a machine.

    Attributes
    ----------
    name : str
    command, commit, time : str
        How, of what and when it was measured; the commit may be None.
    dirty : bool
        Whether files differed from the commit.
    environment : mapping
        Processor, kernels, caches, versions.
    noise : mapping of str to float
        "seconds", "busy_cores", "stolen" and "load" of the times; empty if the system has no counters.
    stamp : mapping
        The noise stamp, as in summary.json.
    rounds : int
        Of every time.
    round_seconds : float
        The length of a turn.
    times : tuple of MachineTime
    left_out : mapping of str to str
        The reasons, by sampler.
    tables : tuple of mapping
        What anyone can recompute: `benchmarks.machines.proofs.proof`.
    """

    name: str
    command: str
    commit: str | None
    dirty: bool
    time: str
    environment: Mapping[str, Any]
    noise: Mapping[str, float]
    stamp: Mapping[str, Any]
    rounds: int
    round_seconds: float
    times: tuple[MachineTime, ...]
    left_out: Mapping[str, str]
    tables: tuple[Mapping[str, Any], ...]

    def at(self, place: Place) -> dict[str, MachineTime]:
        """The times of a cell, by sampler."""
        return {time.sampler: time for time in self.times if time.place == place}

    @property
    def sizes(self) -> dict[str, int]:
        """V, by law."""
        return {str(table["law"]): int(table["V"]) for table in self.tables}
