# SPDX-License-Identifier: MIT
"""The score test for the exponent against brute force, honest draws and exponents that are off."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

import samplers
from samplers.fidelity.directed import Exponent
from samplers.fidelity.plan import Plan
from samplers.fidelity.power import LEVEL

COUNTS = np.floor(10_000 / (np.arange(60) + 2.7)).astype(int)
NOISE = samplers.NoiseDistribution(COUNTS)


def drawn(p, rng, rows, k, replacement):
    """Ids of an honest sampler of p: NumPy's choice, or the order of exponential clocks."""
    if replacement:
        return rng.choice(len(p), size=(rows, k), p=p)
    return np.argsort(rng.exponential(size=(rows, len(p))) / p, axis=1)[:, :k]


def result_of(ids, replacement, noise=NOISE, rows=None):
    """What the family says; ``rows`` of the plan decide where scores are cut."""
    family = Exponent(Plan(noise, ids.shape[1], rows or len(ids), replacement))
    for part in np.array_split(ids, 3):
        family.see(part)
    return family.tests()


@pytest.mark.parametrize("replacement", [True, False])
def test_the_statistic_is_the_score_over_its_conditional_deviation(replacement):
    ids = drawn(NOISE.probabilities, np.random.default_rng(1), 50, 4, replacement)
    p, score = NOISE.probabilities, np.log(NOISE.probabilities)
    total = variance = 0.0
    for row in ids:
        left = np.ones(len(p), dtype=bool)
        for drawn_id in row:
            share = np.where(left, p, 0) / p[left].sum()
            total += score[drawn_id] - share @ score
            variance += share @ score**2 - (share @ score) ** 2
            left[drawn_id] = replacement
    (test,) = result_of(ids, replacement, rows=10**7)  # so many that no score is cut
    z = total / math.sqrt(variance)
    assert test.statistic == pytest.approx(z, rel=1e-9)
    assert test.p_value == pytest.approx(2 * stats.norm.sf(abs(z)))


@pytest.mark.parametrize("replacement", [True, False])
def test_p_values_of_honest_draws_are_uniform(replacement):
    """Kolmogorov-Smirnov over 400 seeds, 2,000 rows of 5: finds p-values 14 % off in their distribution function.

    False-alarm rate 1e-4, seeds fixed.
    """
    rng = np.random.default_rng(2)
    p = [result_of(drawn(NOISE.probabilities, rng, 2000, 5, replacement), replacement)[0].p_value for _ in range(400)]
    assert stats.kstest(p, "uniform").pvalue > 1e-4


@pytest.mark.parametrize("replacement", [True, False])
def test_the_stated_bias_is_found_with_the_stated_power_and_measured(replacement):
    """200 checks of an exponent off by what ``detectable`` says: 0.99 of them should find it.

    Finds a power of 0.9 in place of 0.99 with probability 0.99; false-alarm rate 1e-4, seed fixed.
    """
    rng, rows = np.random.default_rng(3), 2000
    (honest,) = result_of(drawn(NOISE.probabilities, rng, rows, 5, replacement), replacement)
    q = NOISE.probabilities ** (1 - honest.detectable)
    found = [result_of(drawn(q / q.sum(), rng, rows, 5, replacement), replacement)[0] for _ in range(200)]
    power = np.mean([test.p_value < LEVEL for test in found])
    assert power >= stats.binom.ppf(1e-4, 200, 0.99) / 200
    assert np.mean([test.effect for test in found]) == pytest.approx(-honest.detectable, rel=0.05)


def test_an_exponent_of_0_74_is_found_where_theory_says():
    """0.74 for 0.75 at V = 10,000 takes 1 / d**2 = 5,600 / Var(log p) times 62 draws: here three times as many."""
    noise = samplers.NoiseDistribution(np.maximum(1, 1_000_000 // np.arange(1, 10_001)))
    off = samplers.create("alias", noise.counts, exponent=0.74, rng=4)
    p = noise.probabilities
    variance = p @ np.log(p) ** 2 - (p @ np.log(p)) ** 2
    needed = (stats.norm.isf(LEVEL / 2) + stats.norm.isf(0.01)) ** 2 / (variance * (0.01 / 0.75) ** 2)
    (test,) = result_of(off.sample(math.ceil(3 * needed / 5), 5), True, noise)
    assert test.p_value < LEVEL
    assert test.effect == pytest.approx(0.74 / 0.75 - 1, abs=test.detectable)
    assert test.detectable == pytest.approx((1 - 0.74 / 0.75) / math.sqrt(3), rel=0.05)
    assert test.detects == f"an exponent off by {test.detectable:.2%}"


@pytest.mark.parametrize("counts", [[7] * 50, [10**18, 1], [3]])
@pytest.mark.parametrize("replacement", [True, False])
def test_nothing_to_test(counts, replacement):
    ids = np.zeros((3000, 1), dtype=np.int64)
    assert result_of(ids, replacement, samplers.NoiseDistribution(counts)) == []


@pytest.mark.parametrize("replacement", [True, False])
def test_one_draw_of_a_very_rare_id_is_no_finding(replacement):
    """Its own score would put z at about 13: 1 % of faithful samplers would be flagged."""
    noise = samplers.NoiseDistribution([*np.full(50, 10**6), *np.full(50, 10**7), 1])
    ids = drawn(noise.probabilities, np.random.default_rng(6), 10_000, 1, replacement)
    ids[0, 0] = 100
    (test,) = result_of(ids, replacement, noise)
    assert len(ids) * noise.probabilities[100] < 0.01
    assert test.p_value > 1e-3


def test_complete_permutations_leave_numbers():
    noise = samplers.NoiseDistribution([10**12, 10**6, 50, 3, 0])
    ids = np.tile(np.argsort(np.random.default_rng(7).random((1000, 4)), axis=1), (30, 1))
    for test in result_of(ids, False, noise):
        assert np.isfinite([test.statistic, test.effect, test.detectable]).all()


def test_zero_weights_change_nothing():
    ids = drawn(NOISE.probabilities, np.random.default_rng(8), 2000, 5, False)
    spaced = np.zeros(2 * len(COUNTS), dtype=int)
    spaced[1::2] = COUNTS
    (test,), (same,) = result_of(ids, False), result_of(2 * ids + 1, False, samplers.NoiseDistribution(spaced))
    assert same.statistic == pytest.approx(test.statistic)


def test_the_statistic_does_not_depend_on_how_the_rows_are_divided():
    for replacement in (True, False):
        ids = drawn(NOISE.probabilities, np.random.default_rng(9), 3000, 5, replacement)
        whole = Exponent(Plan(NOISE, 5, 3000, replacement))
        whole.see(ids)
        assert result_of(ids, replacement)[0].statistic == pytest.approx(whole.tests()[0].statistic, rel=1e-9)
