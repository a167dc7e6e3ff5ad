# SPDX-License-Identifier: MIT
"""Pools of ids drawn ahead, used once or again, and the linear congruential generators of post 004 and word2vec."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

import samplers
from samplers.fidelity.marginal import expected_total_variation
from samplers.fidelity.plan import Plan
from samplers.fidelity.power import ALPHA
from samplers.fidelity.windows import RepeatedWindows

from ..suite import SEED
from ..workloads import noise_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from samplers.fidelity.result import FidelityTest

MULTIPLIER, INCREMENT = 25214903917, 11  # java.util.Random, drand48, gensim, word2vec.c
POOLED = ("english", "post004")
K = 5
MASK = 2**48 - 1  # `modulo` in gensim, `MAX` in the post
STARTS = (0, 1, 12345, 2**24, MASK - 1)
BITS = (0, 1, 7, 15, 23)
CHUNK = 2**20
SLOT_SHIFT, SLOT_BITS = 16, 8  # word2vec.c: slot = (state >> 16) % 1e8, and 1e8 = 2**8 * 5**8


def drawing_ahead() -> list[dict[str, Any]]:
    """The fidelity check of a pool that is used once, and of a pool that is used again and again."""
    return [{"workload": workload, "once": used_once(workload), "reused": reused(workload)} for workload in POOLED]


def used_once(workload: str) -> dict[str, Any]:
    """The fidelity check of a pool that is refilled when it is empty."""
    pool = samplers.create("pool", noise_of(workload), rng=SEED)
    result = samplers.check_fidelity(pool, k=K, progress=False)
    windows = result.test("repeated windows")
    return {
        "pool_size": pool.ids_ahead,
        "ids": result.rows * result.k,
        "passed": result.passed,
        "tests": len(result.tests),
        "smallest_p_adjusted": min(test.p_adjusted for test in result.tests),
        "window": int(windows.detectable),
        "repeats": int(windows.statistic),
    }


def reused(workload: str) -> dict[str, Any]:
    """The fidelity check of a pool that is reused, the ids it needs, and the distance of the pool from the noise."""
    noise = noise_of(workload)
    size = samplers.create("pool_reuse", noise, rng=SEED).pool_size  # type: ignore[attr-defined]
    ids = samplers.create("pool_reuse", noise, rng=SEED).sample(2 * size, 1)
    noticed = next(n for n in range(size + 1, 2 * size) if windows_of(noise, ids[:n]).p_value < ALPHA)
    p, share = noise.probabilities, np.bincount(ids[:size, 0], minlength=len(noise)) / size
    result = samplers.check_fidelity(samplers.create("pool_reuse", noise, rng=SEED), k=K, progress=False)
    return {
        "pool_size": size,
        "noticed_after": noticed,
        "ids": result.rows * result.k,
        "passed": result.passed,
        "failed": [test.name for test in result.tests if not test.passed],
        "drawable": noise.nonzero,
        "distinct": int(np.count_nonzero(share)),
        "never_drawn_mass": float(p[share == 0].sum()),
        "total_variation": float(np.abs(share - p).sum() / 2),
        "expected_distinct": float(-np.expm1(size * np.log1p(-p)).sum()),
        "expected_never_drawn_mass": float((p * np.exp(size * np.log1p(-p))).sum()),
        "expected_total_variation": expected_total_variation(size, p),
    }


def windows_of(noise: samplers.NoiseDistribution, ids: Any) -> FidelityTest:
    """The library's test for repeated windows of ids, on ids of shape (n, 1)."""
    family = RepeatedWindows(Plan(noise, 1, len(ids), True))
    family.see(ids)
    return family.tests()[0]


def lcg() -> dict[str, Any]:
    """The generator as post 004 prints it, as gensim has it, and the periods of the low bits in word2vec.c."""
    random_starts = [int(x) for x in np.random.default_rng(SEED).integers(MASK, size=1000)]
    return {
        "multiplier": MULTIPLIER,
        "increment": INCREMENT,
        "mask": MASK,
        "starts": len(STARTS) + len(random_starts),
        "post_returns": sorted({(previous * MASK + INCREMENT) % MASK for previous in (*STARTS, *random_starts)}),
        "post_draw": INCREMENT >> SLOT_SHIFT,
        # Hull and Dobell 1962, doi:10.1137/1004061: modulo 2**m the period is full if the increment is odd and the
        # multiplier is 1 modulo 4.
        "full_period": INCREMENT % 2 == 1 and MULTIPLIER % 4 == 1,
        "periods": [{"bit": bit, "period": bit_period(bit)} for bit in BITS],
        "subsampling_bits": SLOT_SHIFT,
        "subsampling_period": low_period(SLOT_SHIFT),
        "slot_residues": 2**SLOT_BITS,
        "slot_period": slot_period(),
    }


def low_period(bits: int) -> int:
    """The period of the low bits of the state, found by stepping through the states.

    A step is one-to-one on the low bits, so that the first return to their start value is their period.
    """
    low = np.uint64(2**bits - 1)
    state, steps = SEED, 0
    while True:
        states = lcg_states(state, CHUNK)
        returns = np.flatnonzero((states & low) == np.uint64(SEED) & low)
        if len(returns):
            return steps + int(returns[0]) + 1
        state, steps = int(states[-1]), steps + CHUNK


def bit_period(bit: int) -> int:
    """The period of one bit, which divides the period of all bits up to it."""
    return smallest(low_period(bit + 1), bit, 1)


def slot_period() -> int:
    """The period of bits 16 to 23 of the state: the slot of word2vec.c's table modulo 256."""
    return smallest(low_period(SLOT_SHIFT + SLOT_BITS), SLOT_SHIFT, SLOT_BITS)


def smallest(period: int, shift: int, bits: int) -> int:
    """The smallest period of some bits of the state.

    Parameters
    ----------
    period : int
        A period of the bits, a power of two. Half of it is a period too if the bits agree at that lag everywhere.
    shift, bits : int
        The position of the lowest bit, and the number of bits.
    """
    mask = np.uint64(2**bits - 1)
    while period > 1 and not differs(period, period // 2, np.uint64(shift), mask):
        period //= 2
    return period


def differs(length: int, lag: int, shift: np.uint64, mask: np.uint64) -> bool:
    """Whether the bits of two states ``lag`` steps apart differ anywhere within ``length`` steps."""
    state, later = SEED, SEED
    for first in range(0, lag, CHUNK):
        later = int(lcg_states(later, min(CHUNK, lag - first))[-1])
    for first in range(0, length, CHUNK):
        n = min(CHUNK, length - first)
        states, later_states = lcg_states(state, n), lcg_states(later, n)
        if (((states ^ later_states) >> shift) & mask).any():
            return True
        state, later = int(states[-1]), int(later_states[-1])
    return False


@cache
def _jumps(n: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """The factors and the summands of 1, 2, ..., n steps of the generator, modulo 2**64; both uint64 (n,)."""
    times, plus = np.array([MULTIPLIER], dtype=np.uint64), np.array([INCREMENT], dtype=np.uint64)
    while len(times) < n:
        times, plus = np.append(times, times * times[-1:]), np.append(plus, times * plus[-1:] + plus)
    return times[:n], plus[:n]


def lcg_states(state: int, n: int) -> NDArray[np.uint64]:
    """The n states after ``state`` of word2vec.c's generator, uint64 (n,); gensim keeps their low 48 bits."""
    times, plus = _jumps(n)
    return times * np.array([state], dtype=np.uint64) + plus
