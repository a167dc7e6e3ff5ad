# SPDX-License-Identifier: MIT
"""Instructions an id, and the parts of a draw: the files of ``python -m benchmarks.instructions`` and ``.roofline``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.documents import INSTRUCTIONS, ROOFLINE, Header

from .model import Source


@dataclass(frozen=True)
class Count:
    """The instructions of an id."""

    sampler: str
    instructions: float


@dataclass(frozen=True)
class Instructions:
    """Instructions an id.

    Attributes
    ----------
    counter : str or None
        What counted; None if the machine has no counter.
    reason : str
        Why there is no counter, or not the better one; "" for the best.
    simd, workload : str
        The kernels that ran, and the counts.
    results : tuple of Count
        Empty without a counter.
    """

    header: Header
    counter: str | None
    reason: str
    simd: str
    workload: str
    results: tuple[Count, ...]

    @property
    def per_id(self) -> Mapping[str, float]:
        """By sampler, the fewest first."""
        counts = sorted(self.results, key=lambda count: count.instructions)
        return {count.sampler: count.instructions for count in counts}


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

    header: Header
    results: tuple[Parts, ...]


INSTRUCTIONS_SOURCE = Source(INSTRUCTIONS, Instructions)
ROOFLINE_SOURCE = Source(ROOFLINE, Roofline)
