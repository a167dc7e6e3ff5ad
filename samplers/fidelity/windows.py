# SPDX-License-Identifier: MIT
"""Tests whether a run of ids is repeated: by a reused pool, copied workers, or a generator with a short period."""

from __future__ import annotations

import math
from bisect import bisect_left
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arguments import as_array, children
from .plan import Family
from .result import FidelityTest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..base import Sampler
    from .plan import Plan

MOST_IDS = 2**20
# The number of streams whose beginnings are compared, that number in a short check, and the maximum ids of each.
STREAMS, FEW_STREAMS, LONGEST = 128, 16, 128
# The maximum probability that a faithful sampler has two equal windows. It is far below the level of a check, because
# longer windows cost nothing.
CHANCE = 1e-12
# Odd multipliers: the base of the polynomial (3 mod 8, so that its powers have the longest period, 2**62), and two that
# mix the ids before, from splitmix64 (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195).
BASE = 0xD1342543DE82EF93
MIX = np.array([0xBF58476D1CE4E5B9, 0x94D049BB133111EB], dtype=np.uint64)


def chance_of_a_repeat(n: int, width: int, largest: float, collision: float) -> float:
    """A bound on the probability that any two windows of ``width`` ids among ``n`` independent ids are equal.

    Two windows that do not overlap are equal with probability ``collision**width``. Two that overlap at a distance
    d < width are equal if the ids of each of d chains are equal. The lengths l >= 2 of the chains add up to width + d.
    The ids of a chain are equal with probability ``sum(p**l) <= collision * largest**(l - 2)``, and those of all chains
    with at most ``collision**d * largest**(width - d)``. The bound is the sum over all pairs.

    Parameters
    ----------
    n, width : int
        The number of ids of the sequence, and of a window.
    largest, collision : float
        ``max(p)`` and ``sum(p**2)``.
    """
    ratio = min(collision / largest, 1.0)
    distances = width - 1.0 if ratio == 1 else min(width - 1.0, ratio / (1 - ratio))
    return n * (n - 1) / 2 * collision**width + n * distances * largest**width


def window_width(n: int, largest: float, collision: float) -> int | None:
    """The minimum width of windows that chance repeats with probability `CHANCE` or less; None if above ``n / 4``."""
    widths = range(1, n // 4 + 1)
    # If max(p) is close to 1, the bound rises at first. But there it is above 1, so that bisection is still right.
    at = bisect_left(widths, True, key=lambda width: chance_of_a_repeat(n, width, largest, collision) <= CHANCE)
    return widths[at] if at < len(widths) else None


def window_hashes(ids: NDArray[np.int64], width: int) -> NDArray[np.uint64]:
    """A polynomial hash of every window modulo 2**64, uint64 (n - width + 1,)."""
    n = len(ids)
    mixed = (ids.astype(np.uint64) + np.uint64(1)) * MIX[0]
    mixed = (mixed ^ (mixed >> np.uint64(32))) * MIX[1]
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.cumprod(np.full(n, BASE, dtype=np.uint64))
    sums = np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(mixed)])
    shift_back = np.cumprod(np.full(n - width + 1, pow(BASE, -1, 2**64), dtype=np.uint64))
    return np.asarray((sums[width:] - sums[: n - width + 1]) * shift_back)


def repeats(ids: NDArray[np.int64], width: int) -> tuple[NDArray[np.int64], int]:
    """The places of windows that occurred before, rising, int64 (any number,), and the first place of the first.

    If hashes are equal, the ids of windows are compared until a pair is equal, so that a collision is no false alarm.
    """
    none = np.empty(0, dtype=np.int64)
    hashes = window_hashes(ids, width)
    in_order = np.sort(hashes)  # 15 times as fast as argsort, which is needed only if hashes are equal
    if (in_order[1:] != in_order[:-1]).all():
        return none, 0
    order = np.argsort(hashes, kind="stable")
    same = hashes[order[1:]] == hashes[order[:-1]]
    earlier, later = order[:-1][same], order[1:][same]
    by_place = np.argsort(later)
    for number in by_place:
        a, b = int(earlier[number]), int(later[number])
        if np.array_equal(ids[a : a + width], ids[b : b + width]):
            places = later[by_place]
            return places[places >= b], a
    return none, 0


class RepeatedWindows(Family):
    """ "repeated windows": no run of ids of the stream may be repeated.

    With replacement the ids are read row by row, and runs begin anywhere. Without replacement only the first column is
    read, because its ids are independent. The test uses the first 2**20 ids.
    """

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self._ids = np.empty(min(MOST_IDS, plan.rows * (plan.k if plan.replacement else 1)), dtype=np.int64)
        self._n = 0

    def see(self, ids: NDArray[np.int64]) -> None:
        """Store the next rows, int64 (any number, k)."""
        flat = ids.reshape(-1) if self.plan.replacement else ids[:, 0]
        new = flat[: len(self._ids) - self._n]
        self._ids[self._n : self._n + len(new)] = new
        self._n += len(new)

    def tests(self) -> list[FidelityTest]:
        """One test. Its effect is the length of the longest repeated run."""
        unit = "ids" if self.plan.replacement else "first ids of rows"
        return [repetition("repeated windows", self._ids[: self._n], unit, self.plan)]


def beginnings_of_streams(sampler: Sampler, plan: Plan, rng: np.random.Generator) -> list[NDArray[Any]]:
    """The beginnings of many streams of a sampler, each long enough to hold two windows.

    Their ids have a repeated run if seeds are cut to 13 bits or fewer (with 128 streams, in a check of 2**20 ids), or
    if streams begin at near places of the same sequence.

    Parameters
    ----------
    sampler : Sampler
        It does not move, because copies are tested.
    plan : Plan
        The noise distribution and the shape of the check.
    rng : numpy.random.Generator
        Seeds the streams.

    Returns
    -------
    list of ndarray
        The rows of each stream; empty if chance repeats runs of 64 ids.
    """
    columns = plan.k if plan.replacement else 1
    streams = min(STREAMS, max(FEW_STREAMS, plan.rows * plan.k // 2**13))
    width = window_width(MOST_IDS, float(plan.probabilities.max()), plan.collision)
    if width is None or 2 * width > LONGEST:
        return []
    rows = -(-2 * width // columns)
    return [as_array(sampler.with_rng(child).sample(rows, plan.k)) for child in children(rng, streams)]


def overlapping_streams(streams: list[NDArray[Any]], plan: Plan) -> FidelityTest:
    """ "overlapping streams": the concatenated ids of several streams have no repeated run.

    Parameters
    ----------
    streams : list of ndarray
        Rows of each stream.
    plan : Plan
        The noise distribution and the shape of the check.

    Returns
    -------
    FidelityTest
        Its effect is the length of the longest repeated run.
    """
    columns = plan.k if plan.replacement else 1
    ids = np.concatenate([rows[:, :columns].reshape(-1) for rows in streams]).astype(np.int64, copy=False)
    return repetition("overlapping streams", ids, f"ids of {len(streams)} streams", plan)


def repetition(name: str, ids: NDArray[np.int64], unit: str, plan: Plan) -> FidelityTest:
    """A test whether independent ids have a repeated run that is longer than chance explains."""
    n, largest, collision = len(ids), float(plan.probabilities.max()), plan.collision
    width = window_width(n, largest, collision)
    if width is None:
        return FidelityTest(
            name,
            0.0,
            None,
            1.0,
            n=n,
            unit=unit,
            effect=0.0,
            detectable=math.inf,
            detects=f"nothing: chance repeats stretches of {n // 4:,} in {n:,} {unit}",
            calibrated=False,
        )
    places, source = repeats(ids, width)
    longest = 0 if not len(places) else _longest_run(places) + width - 1
    note = f"what begins at place {places[0]:,} began at place {source:,} before" if len(places) else ""
    bound = min(1.0, chance_of_a_repeat(n, width, largest, collision))
    return FidelityTest(
        name,
        float(len(places)),
        None,
        bound if len(places) else 1.0,
        n=n,
        unit=unit,
        effect=float(longest),
        detectable=float(width),
        detects=f"a stretch of {width:,} that comes twice in {n:,} {unit}",
        note=note,
        calibrated=False,
    )


def _longest_run(rising: NDArray[np.int64]) -> int:
    """The length of the longest run of consecutive integers in a rising array."""
    breaks = np.flatnonzero(np.diff(rising) != 1) + 1
    return int(np.diff(np.concatenate([[0], breaks, [len(rising)]])).max())
