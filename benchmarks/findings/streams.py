# SPDX-License-Identifier: MIT
"""Drawing ahead, a pool used again, and the linear congruential generators of the post, gensim and word2vec.c."""

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
MASK = 2**48 - 1  # what gensim names modulo, and the post MAX
STARTS = (0, 1, 12345, 2**24, MASK - 1)
BITS = (0, 1, 7, 15, 23)
CHUNK = 2**20
SLOT_SHIFT, SLOT_BITS = 16, 8  # word2vec.c: slot = (state >> 16) % 1e8, and 1e8 = 2**8 * 5**8


def drawing_ahead() -> list[dict[str, Any]]:
    """A pool used once and a pool used for ever, through the check."""
    return [{"workload": workload, "once": used_once(workload), "reused": reused(workload)} for workload in POOLED]


def used_once(workload: str) -> dict[str, Any]:
    """What the check says of a pool that is refilled when it is empty."""
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
    """When the repetition is noticed, and what is left of the noise distribution."""
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
    """The package's test for stretches that come twice, on ids of shape (n, 1)."""
    family = RepeatedWindows(Plan(noise, 1, len(ids), True))
    family.see(ids)
    return family.tests()[0]


def lcg() -> dict[str, Any]:
    """The rule that the post prints, gensim's, and the periods of word2vec.c's low bits."""
    random_starts = [int(x) for x in np.random.default_rng(SEED).integers(MASK, size=1000)]
    return {
        "multiplier": MULTIPLIER,
        "increment": INCREMENT,
        "mask": MASK,
        "starts": len(STARTS) + len(random_starts),
        "post_returns": sorted({(previous * MASK + INCREMENT) % MASK for previous in (*STARTS, *random_starts)}),
        "post_draw": INCREMENT >> SLOT_SHIFT,
        # Hull and Dobell 1962, doi:10.1137/1004061: modulo 2**m the period is full for an odd increment and a
        # multiplier of 1 modulo 4.
        "full_period": INCREMENT % 2 == 1 and MULTIPLIER % 4 == 1,
        "periods": [{"bit": bit, "period": bit_period(bit)} for bit in BITS],
        "subsampling_bits": SLOT_SHIFT,
        "subsampling_period": low_period(SLOT_SHIFT),
        "slot_residues": 2**SLOT_BITS,
        "slot_period": slot_period(),
    }


def low_period(bits: int) -> int:
    """After how many steps the low bits of the state return, walked.

    A step is one-to-one on the low bits alone, so the first return to where they started is their period.
    """
    low = np.uint64(2**bits - 1)
    state, done = SEED, 0
    while True:
        states = lcg_states(state, CHUNK)
        back = np.flatnonzero((states & low) == np.uint64(SEED) & low)
        if len(back):
            return done + int(back[0]) + 1
        state, done = int(states[-1]), done + CHUNK


def bit_period(bit: int) -> int:
    """The period of one bit, which divides that of the bits up to it."""
    return smallest(low_period(bit + 1), bit, 1)


def slot_period() -> int:
    """The period of the slot of word2vec.c's table modulo 256: of bits 16 to 23 of the state."""
    return smallest(low_period(SLOT_SHIFT + SLOT_BITS), SLOT_SHIFT, SLOT_BITS)


def smallest(period: int, shift: int, bits: int) -> int:
    """The smallest period of some bits of the state, from one that is a power of two.

    The next half is a period as well where all bits agree over a whole period; two that differ refute it.
    """
    mask = np.uint64(2**bits - 1)
    while period > 1 and not differs(period, period // 2, np.uint64(shift), mask):
        period //= 2
    return period


def differs(length: int, lag: int, shift: np.uint64, mask: np.uint64) -> bool:
    """Whether the bits of two states ``lag`` apart differ anywhere within ``length`` steps."""
    here, there = SEED, SEED
    for first in range(0, lag, CHUNK):
        there = int(lcg_states(there, min(CHUNK, lag - first))[-1])
    for first in range(0, length, CHUNK):
        n = min(CHUNK, length - first)
        a, b = lcg_states(here, n), lcg_states(there, n)
        if (((a ^ b) >> shift) & mask).any():
            return True
        here, there = int(a[-1]), int(b[-1])
    return False


@cache
def _jumps(n: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """What 1, 2, ..., n steps multiply the state by and add to it, modulo 2**64."""
    times, plus = np.array([MULTIPLIER], dtype=np.uint64), np.array([INCREMENT], dtype=np.uint64)
    while len(times) < n:
        times, plus = np.append(times, times * times[-1:]), np.append(plus, times * plus[-1:] + plus)
    return times[:n], plus[:n]


def lcg_states(state: int, n: int) -> NDArray[np.uint64]:
    """The n states after ``state`` of word2vec.c's LCG, uint64 (n,); their low 48 bits are gensim's."""
    times, plus = _jumps(n)
    return times * np.array([state], dtype=np.uint64) + plus
