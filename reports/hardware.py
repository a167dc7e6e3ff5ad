# SPDX-License-Identifier: MIT
"""Instructions an id, and the parts of a draw: the files of ``python -m benchmarks.instructions`` and ``.roofline``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.documents import INSTRUCTIONS, ROOFLINE

from .grid.read import read_optional


@dataclass(frozen=True)
class Instructions:
    """Instructions an id.

    Attributes
    ----------
    counter : str or None
        What counted; None if the machine has no counter.
    reason : str
        Why there is no counter, or not the better one; "" for the best.
    per_id : mapping of str to float
        By sampler, the fewest first; empty without a counter.
    simd, workload : str
        The kernels that ran, and the counts.
    """

    counter: str | None
    reason: str
    per_id: Mapping[str, float]
    simd: str
    workload: str
    commit: str | None
    dirty: bool


@dataclass(frozen=True)
class Bound:
    """A strategy at a V: its time, and that as a multiple of the slowest part and of the sum of the parts."""

    sampler: str
    ns: float
    of_slowest: float
    of_sum: float


@dataclass(frozen=True)
class Parts:
    """Nanoseconds an id of the parts of a draw at a V, and the strategies beside them."""

    V: int
    parts: Mapping[str, float]
    slowest: float
    sum: float
    strategies: tuple[Bound, ...]


@dataclass(frozen=True)
class Roofline:
    """All values of V."""

    results: tuple[Parts, ...]
    commit: str | None
    dirty: bool


def read_instructions(path: Path) -> Instructions | None:
    """Read the counts; None if they were not measured."""
    return read_optional(path, INSTRUCTIONS, instructions)


def read_roofline(path: Path) -> Roofline | None:
    """Read the parts; None if they were not measured."""
    return read_optional(path, ROOFLINE, roofline)


def instructions(document: Mapping[str, Any]) -> Instructions:
    counts = {str(entry["sampler"]): float(entry["instructions"]) for entry in document["results"]}
    return Instructions(
        counter=document["counter"],
        reason=str(document["reason"]),
        per_id=dict(sorted(counts.items(), key=lambda item: item[1])),
        simd=str(document["simd"]),
        workload=str(document["workload"]),
        commit=document["commit"],
        dirty=bool(document["dirty"]),
    )


def roofline(document: Mapping[str, Any]) -> Roofline:
    results = tuple(
        Parts(
            V=int(entry["V"]),
            parts={str(name): float(ns) for name, ns in entry["parts"].items()},
            slowest=float(entry["slowest"]),
            sum=float(entry["sum"]),
            strategies=tuple(
                Bound(str(s["sampler"]), float(s["ns"]), float(s["of_slowest"]), float(s["of_sum"]))
                for s in entry["strategies"]
            ),
        )
        for entry in document["results"]
    )
    return Roofline(results, document["commit"], bool(document["dirty"]))
