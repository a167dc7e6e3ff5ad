# SPDX-License-Identifier: MIT
"""`pool` against random.choices itself."""

from __future__ import annotations

import random
from itertools import accumulate

import numpy as np
import pytest

import samplers

COUNTS = [0, 50, 20, 9, 4, 1]


def drawn_by_hand(sampler, pools: int, size: int) -> list[int]:
    """The ids of ``pools`` refills from the state that the sampler is in."""
    generator = random.Random()
    generator.setstate(sampler.random.getstate())
    cumulative = list(accumulate(sampler.noise.probabilities.tolist()))
    return [i for _ in range(pools) for i in generator.choices(range(len(COUNTS)), cum_weights=cumulative, k=size)]


def test_each_id_of_a_pool_is_handed_out_once_in_order():
    sampler = samplers.create("pool", COUNTS, rng=1, pool_size=7)
    expected = drawn_by_hand(sampler, 5, 7)
    rows = [sampler.sample(n, 5) for n in (1, 0, 3, 1, 2)]  # 35 ids: rows straddle pools of 7
    assert np.concatenate(rows).reshape(-1).tolist() == expected


def test_the_default_pool_has_ten_thousand_ids():
    sampler = samplers.create("pool", COUNTS, rng=1)
    assert sampler.pool_size == 10_000
    assert (
        sampler.sample(2_500, 5).reshape(-1).tolist()
        == drawn_by_hand(samplers.create("pool", COUNTS, rng=1), 2, 10_000)[:12_500]
    )


def test_a_reused_pool_is_cycled():
    sampler = samplers.create("pool", COUNTS, rng=1, pool_size=6, reuse=True)
    expected = drawn_by_hand(sampler, 1, 6)
    assert sampler.sample(6, 3).reshape(-1).tolist() == expected * 3


def test_a_reused_pool_fails_the_fidelity_check_and_a_fresh_one_passes():
    counts = np.arange(1, 101)
    fresh = samplers.check_fidelity(samplers.create("pool", counts), rng=1)
    reused = samplers.check_fidelity(samplers.create("pool", counts, reuse=True), rng=1)
    assert fresh.passed, str(fresh)
    assert not reused.passed
    assert not reused.test("repeated windows").passed


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"pool_size": 0}, ValueError, "pool_size must be at least 1, got 0"),
        ({"pool_size": 1.5}, TypeError, r"pool_size must be an integer, got 1\.5"),
        ({"reuse": "no"}, TypeError, "reuse must be True or False, got 'no'"),
        ({"poolsize": 3}, TypeError, "pool has no option 'poolsize'; it has .*'pool_size', 'reuse'"),
    ],
)
def test_bad_options(options, error, message):
    with pytest.raises(error, match=message):
        samplers.create("pool", COUNTS, **options)
