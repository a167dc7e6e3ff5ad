# SPDX-License-Identifier: MIT
"""The statistics themselves: sizes, powers and expectations, by simulation and by enumeration."""

from __future__ import annotations

from itertools import product
from math import factorial, prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

import samplers
from samplers.fidelity.chi_square import LEAST_EXPECTED, MANY_CELLS, chi_square_test, goodness_of_fit, pooled_cells
from samplers.fidelity.deviance import poisson_moments
from samplers.fidelity.marginal import BLOCKS, Marginal, bands, expected_total_variation
from samplers.fidelity.plan import Plan
from samplers.fidelity.power import LEVEL, POWER


def marginal(counts, observed, exponent=1.0):
    """The tests of these counts, by name."""
    noise = samplers.NoiseDistribution(counts, exponent=exponent)
    family = Marginal(Plan(noise, 1, int(np.sum(observed)), replacement=True))
    family.observed += observed
    return {test.name: test for test in family.tests()}


@given(st.lists(st.floats(0, 1e4, allow_subnormal=False), min_size=1, max_size=200))
def test_cells_hold_every_possible_id_once_and_enough_of_them(expected):
    expected = np.array(expected)
    cell = pooled_cells(expected)
    np.testing.assert_array_equal(cell == -1, expected == 0)
    if not (expected > 0).any():
        return
    sums = np.bincount(cell[cell >= 0], weights=expected[cell >= 0])
    assert len(sums) == 1 or sums.min() >= LEAST_EXPECTED * (1 - 1e-9)
    alone = np.flatnonzero(expected >= LEAST_EXPECTED)
    if len(sums) > 1:
        assert len(np.unique(cell[alone])) == len(alone)  # a frequent id shares its cell with rare ones at most


def test_cells_of_rare_ids_follow_the_rank():
    expected = np.linspace(1.0, 0.5, 1000)
    cell = pooled_cells(expected)
    assert (np.diff(cell) >= 0).all()
    assert cell[-1] >= 750 // (2 * LEAST_EXPECTED) - 1


@pytest.mark.parametrize("name", ["chi-square", "G-test", "index blocks", "index modulo 16", "frequency deciles"])
def test_the_stated_bias_is_found_with_the_stated_power(name):
    """A tilt of the stated size between the cells of the test, 300 times: misses are binomial with mean 3."""
    counts = np.arange(1, 201)
    p = counts / counts.sum()
    n, rng = 50_000, np.random.default_rng(1)
    size = marginal(counts, rng.multinomial(n, p))[name].detectable
    cell = {
        "index blocks": bands(p, BLOCKS),
        "index modulo 16": np.arange(200) % 16,
        "frequency deciles": bands(p[::-1], 10)[::-1],
    }.get(name, np.arange(200))
    sign = np.where(rng.permutation(cell.max() + 1) % 2 == 0, 1.0, -1.0)[cell]
    mean = (p * sign).sum()
    q = p * (1 + size * (sign - mean) / np.sqrt(1 - mean**2))
    assert np.sqrt(((q - p) ** 2 / p).sum()) == pytest.approx(size)
    misses = sum(marginal(counts, rng.multinomial(n, q))[name].p_value >= LEVEL for _ in range(300))
    assert stats.binom.sf(misses - 1, 300, 1 - POWER) > 1e-4


def test_chi_square_equals_scipy_where_nothing_is_rare():
    observed = np.array([480, 330, 190])
    test = marginal([5, 3, 2], observed)["chi-square"]
    reference = stats.chisquare(observed, [500, 300, 200])
    assert (test.statistic, test.p_value, test.df) == pytest.approx((*reference, 2))
    assert test.effect == pytest.approx(np.sqrt(max(0, reference.statistic - 2) / 1000))


@pytest.mark.slow
def test_p_values_of_honest_counts_are_uniform():
    """400 samples, Kolmogorov-Smirnov at 1e-4 for each calibrated test; bounds are never below uniform."""
    counts, rng = np.floor(1000 / (np.arange(300) + 2.7)), np.random.default_rng(6)
    p = samplers.NoiseDistribution(counts).probabilities
    found = [marginal(counts, rng.multinomial(60_000, p), exponent=0.75) for _ in range(400)]
    for name, first in found[0].items():
        values = [tests[name].p_value for tests in found]
        side = "two-sided" if first.calibrated else "greater"
        assert stats.kstest(values, "uniform", alternative=side).pvalue > 1e-4, name


@pytest.mark.parametrize("n", [1, 2, 5])
def test_the_expected_total_variation_equals_enumeration(n):
    p = np.array([0.6, 0.3, 0.1])
    mean = 0.0
    for counts in product(range(n + 1), repeat=3):
        if sum(counts) == n:
            probability = factorial(n) * prod(x**c / factorial(c) for x, c in zip(p, counts, strict=True))
            mean += probability * np.abs(np.array(counts) / n - p).sum() / 2
    assert expected_total_variation(n, p) == pytest.approx(mean, rel=1e-12)


@pytest.mark.parametrize("name", ["total variation", "ranked distribution"])
def test_a_bound_holds_by_simulation(name):
    """The p-value is a bound: below x in a share x of honest cases at the most."""
    rng = np.random.default_rng(2)
    values = np.array([marginal(np.ones(30), rng.multinomial(300, np.ones(30) / 30))[name].p_value for _ in range(500)])
    for x in (0.01, 0.1, 0.5):
        assert (values <= x).mean() <= x


@pytest.mark.parametrize("name", ["total variation", "ranked distribution"])
def test_a_bound_finds_what_it_says(name):
    """Moving the stated mass from the lower half of the ids to the upper moves both distances by as much."""
    p = np.ones(20) / 20
    n, rng = 20_000, np.random.default_rng(3)
    size = marginal(np.ones(20), rng.multinomial(n, p))[name].detectable
    q = p + np.where(np.arange(20) < 10, 1, -1) * size / 10
    assert np.abs(q - p).sum() / 2 == pytest.approx(size)
    misses = sum(marginal(np.ones(20), rng.multinomial(n, q))[name].p_value >= LEVEL for _ in range(200))
    assert stats.binom.sf(misses - 1, 200, 1 - POWER) > 1e-4


@pytest.mark.parametrize(("cells", "each"), [(50, 10), (100, 10)])
def test_both_tails_keep_their_rate_where_both_are_used(cells, each):
    """200,000 honest counts: at 1e-3, between half and twice as many alarms as stated."""
    p, n, rng = np.ones(cells) / cells, cells * each, np.random.default_rng(4)
    x = ((rng.multinomial(n, p, size=200_000) - each) ** 2 / each).sum(axis=1)
    for tail in (stats.chi2.sf(x, cells - 1), stats.chi2.cdf(x, cells - 1)):
        assert 0.5e-3 < (tail < 1e-3).mean() < 2e-3


def test_few_cells_that_fit_exactly_are_no_alarm():
    assert "chi-square, too even" not in marginal([1, 1], np.array([20, 20]))
    cells = MANY_CELLS
    assert marginal(np.ones(cells), np.full(cells, 100))["chi-square, too even"].p_value < LEVEL


@pytest.mark.parametrize(("cells", "expected"), [(1, 10), (5, 10), (10, 10), (30, 10), (1, 20), (10, 20)])
def test_g_keeps_the_level_far_out_where_cells_are_rare(cells, expected):
    """Exact convolution of Poisson cells beside one large one: at 3.1e-8, 2 times as many alarms at the most.

    Pearson's statistic has 72 (1 cell of 10) and 41 (10 cells) times as many.
    """
    x = np.arange(200)
    one, step = 2 * (special.xlogy(x, x / expected) - (x - expected)), 1 / 200
    law = np.bincount(np.rint(one / step).astype(int), weights=stats.poisson.pmf(x, expected), minlength=2**19)
    law = np.fft.irfft(np.fft.rfft(law[: 2**19]) ** cells)
    mean, variance = poisson_moments(expected)
    threshold = cells * mean + (stats.chi2.isf(LEVEL, cells) - cells) * np.sqrt(variance / 2)
    assert law[int(threshold / step) + 1 :].sum() < 2 * LEVEL


@pytest.mark.parametrize("share", [10 / 1_000, 0.5])
def test_two_cells_keep_the_false_alarm_rate_far_out_in_the_tail(share):
    """Exact: over all outcomes of a binomial, p-values below 1e-6 have a probability of at most 4e-6."""
    n, below = 1_000, 0.0
    for x in range(n + 1):
        probability = stats.binom.pmf(x, n, share)
        if probability > 1e-14:
            fit = goodness_of_fit(np.array([x, n - x]), n * np.array([share, 1 - share]))
            below += probability * (fit.test("", n, "ids", "").p_value < 1e-6)
    assert below < 4e-6


def test_a_chi_square_test_states_its_parts():
    test = chi_square_test("name", 30.0, 10, 1_000, "ids", "11 cells")
    assert test.p_value == pytest.approx(stats.chi2.sf(30, 10))
    assert test.effect == pytest.approx(np.sqrt(20 / 1_000))
    assert f"{test.detectable:.2%}" in test.detects
