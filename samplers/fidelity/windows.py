# SPDX-License-Identifier: MIT
"""Does a stretch of the stream come twice? Reused pools, copied workers, generators that stand still."""

from __future__ import annotations

import math
from bisect import bisect_left
from typing import TYPE_CHECKING

import numpy as np

from ..arguments import as_array, children
from .plan import Family
from .result import FidelityTest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..base import Sampler
    from .plan import Plan

MOST_IDS = 2**20
# The streams whose beginnings are compared, fewer in a short check, and the most ids of each.
STREAMS, FEW_STREAMS, LONGEST = 128, 16, 128
# A faithful sampler shows an equal pair of windows with this probability or less. Far below the level of a
# check, since a few more ids a window cost nothing.
CHANCE = 1e-12
# Odd multipliers: the base of the polynomial (3 mod 8, so that its powers have the longest period, 2**62) and
# two that mix ids first, from splitmix64 (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195).
BASE = 0xD1342543DE82EF93
MIX = np.array([0xBF58476D1CE4E5B9, 0x94D049BB133111EB], dtype=np.uint64)


def chance_of_a_repeat(n: int, width: int, largest: float, collision: float) -> float:
    """A bound on the probability that two of all windows of ``width`` among ``n`` independent ids are equal.

    Windows that do not overlap are equal with probability ``collision**width``. Two that overlap at a distance
    d < width are equal where d chains of ids are: their lengths l >= 2 add up to width + d, and a chain is
    equal with probability ``sum(p**l) <= collision * largest**(l - 2)``, together
    ``collision**d * largest**(width - d)``. The bound is the sum over all pairs.

    Parameters
    ----------
    n, width : int
        Ids of the sequence, and of a window.
    largest, collision : float
        ``max(p)`` and ``sum(p**2)``.
    """
    ratio = min(collision / largest, 1.0)
    distances = width - 1.0 if ratio == 1 else min(width - 1.0, ratio / (1 - ratio))
    return n * (n - 1) / 2 * collision**width + n * distances * largest**width


def window_width(n: int, largest: float, collision: float) -> int | None:
    """The fewest ids a window that chance repeats with `CHANCE` or less; None above a quarter of ``n``."""
    widths = range(1, n // 4 + 1)
    # The bound rises at first where max(p) is close to 1, but above 1 only, so the search is sound.
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
    """Where windows begin that came before, rising, int64 (any number,), and where the first of them was.

    Equal hashes count once the windows of one pair are found equal id by id, so that no collision alarms.
    """
    none = np.empty(0, dtype=np.int64)
    hashes = window_hashes(ids, width)
    in_order = np.sort(hashes)  # 15 times as fast as the argsort that a faithful sampler does not need
    if (in_order[1:] != in_order[:-1]).all():
        return none, 0
    order = np.argsort(hashes, kind="stable")
    same = hashes[order[1:]] == hashes[order[:-1]]
    earlier, later = order[:-1][same], order[1:][same]
    by_place = np.argsort(later)
    for number in by_place:
        a, b = int(earlier[number]), int(later[number])
        if np.array_equal(ids[a : a + width], ids[b : b + width]):
            found = later[by_place]
            return found[found >= b], a
    return none, 0


class RepeatedWindows(Family):
    """ "repeated windows": no stretch of the stream may come twice.

    With replacement the stream is read row by row, and stretches begin anywhere; without, the first column is
    read, whose ids are independent. The first 2**20 ids are kept.
    """

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self._ids = np.empty(min(MOST_IDS, plan.rows * (plan.k if plan.replacement else 1)), dtype=np.int64)
        self._n = 0

    def see(self, ids: NDArray[np.int64]) -> None:
        """Take in the next rows, int64 (any number, k)."""
        flat = ids.reshape(-1) if self.plan.replacement else ids[:, 0]
        new = flat[: len(self._ids) - self._n]
        self._ids[self._n : self._n + len(new)] = new
        self._n += len(new)

    def tests(self) -> list[FidelityTest]:
        """One test; its bias is the ids in the longest stretch that came before."""
        unit = "ids" if self.plan.replacement else "first ids of rows"
        return [repetition("repeated windows", self._ids[: self._n], unit, self.plan)]


def overlapping_streams(sampler: Sampler, plan: Plan, rng: np.random.Generator) -> list[FidelityTest]:
    """ "overlapping streams": the beginnings of many streams of a sampler, read as one, hold no stretch twice.

    Finds seeds that are cut to 13 bits or fewer (128 streams, in a check of 2**20 ids), and streams that begin at
    different places of one short sequence.

    Parameters
    ----------
    sampler : Sampler
        Its own stream does not move.
    plan : Plan
        Gives the rows, and the law of an id.
    rng : numpy.random.Generator
        Seeds the streams.

    Returns
    -------
    list of FidelityTest
        One, or none where chance alone repeats stretches of 64 ids.
    """
    columns = plan.k if plan.replacement else 1
    streams = min(STREAMS, max(FEW_STREAMS, plan.rows * plan.k // 2**13))
    width = window_width(STREAMS * LONGEST, float(plan.probabilities.max()), plan.collision)
    if width is None or 2 * width > LONGEST:
        return []
    rows = -(-2 * width // columns)
    drawn = [as_array(sampler.with_rng(child).sample(rows, plan.k)) for child in children(rng, streams)]
    ids = np.concatenate([batch[:, :columns].reshape(-1) for batch in drawn]).astype(np.int64, copy=False)
    return [repetition("overlapping streams", ids, f"ids of {streams} streams", plan)]


def repetition(name: str, ids: NDArray[np.int64], unit: str, plan: Plan) -> FidelityTest:
    """Whether independent ids hold a stretch twice that chance does not repeat."""
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
    found, source = repeats(ids, width)
    longest = 0 if not len(found) else _longest_run(found) + width - 1
    note = f"what begins at place {found[0]:,} began at place {source:,} before" if len(found) else ""
    bound = min(1.0, chance_of_a_repeat(n, width, largest, collision))
    return FidelityTest(
        name,
        float(len(found)),
        None,
        bound if len(found) else 1.0,
        n=n,
        unit=unit,
        effect=float(longest),
        detectable=float(width),
        detects=f"a stretch of {width:,} that comes twice in {n:,} {unit}",
        note=note,
        calibrated=False,
    )


def _longest_run(rising: NDArray[np.int64]) -> int:
    """The most consecutive integers in a rising array."""
    breaks = np.flatnonzero(np.diff(rising) != 1) + 1
    return int(np.diff(np.concatenate([[0], breaks, [len(rising)]])).max())
