# SPDX-License-Identifier: MIT
"""The statistics themselves: sizes, powers and expectations, by simulation and by enumeration."""

from __future__ import annotations

from itertools import product
from math import factorial, prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from samplers.fidelity.statistics import (
    ALPHA,
    LEAST_EXPECTED,
    MANY_CELLS,
    POWER,
    chi_square,
    expected_total_variation,
    never,
    noncentrality,
    pooled_cells,
    total_variation,
)


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


@pytest.mark.parametrize("df", [1, 9, 99, 999, 9_999, 320_000])
def test_the_noncentrality_gives_the_power_by_simulation(df):
    """A noncentral chi-square is a normal square plus a chi-square; 20,000 of them against the threshold."""
    rng = np.random.default_rng(df)
    nc = noncentrality(df)
    draws = (rng.normal(np.sqrt(nc), size=20_000)) ** 2 + (rng.chisquare(df - 1, 20_000) if df > 1 else 0.0)
    power = (draws > stats.chi2.isf(ALPHA, df)).mean()
    assert power == pytest.approx(POWER, abs=0.004)


def test_the_stated_bias_is_found_with_the_stated_power():
    """A tilt of the stated size, 400 times: the number of misses is binomial with mean 4."""
    p = np.arange(1, 51) / np.arange(1, 51).sum()
    n, rng = 50_000, np.random.default_rng(1)
    size = chi_square("", rng.multinomial(n, p), p, n).detectable
    sign = np.where(rng.permutation(50) < 25, 1.0, -1.0)
    q = p * (1 + size * (sign - (p * sign).sum()) / np.sqrt(1 - (p * sign).sum() ** 2))
    assert np.sqrt(((q - p) ** 2 / p).sum()) == pytest.approx(size)
    misses = sum(chi_square("", rng.multinomial(n, q), p, n).passed for _ in range(400))
    assert stats.binom.sf(misses - 1, 400, 1 - POWER) > 1e-4


def test_chi_square_equals_scipy_where_nothing_is_rare():
    p, observed = np.array([0.5, 0.3, 0.2]), np.array([480, 330, 190])
    test = chi_square("name", observed, p, 1000)
    reference = stats.chisquare(observed, 1000 * p)
    assert (test.statistic, test.p_value, test.df) == pytest.approx((*reference, 2))


@pytest.mark.parametrize("n", [1, 2, 5])
def test_the_expected_total_variation_equals_enumeration(n):
    p = np.array([0.6, 0.3, 0.1])
    mean = 0.0
    for counts in product(range(n + 1), repeat=3):
        if sum(counts) == n:
            probability = factorial(n) * prod(x**c / factorial(c) for x, c in zip(p, counts, strict=True))
            mean += probability * np.abs(np.array(counts) / n - p).sum() / 2
    assert expected_total_variation(n, p) == pytest.approx(mean, rel=1e-12)


def test_the_bound_on_the_total_variation_holds_by_simulation():
    """The p-value is a bound: below x in a share x of honest cases at the most."""
    p = np.ones(30) / 30
    rng = np.random.default_rng(2)
    values = np.array([total_variation("", rng.multinomial(300, p), p, 300)[0].p_value for _ in range(2_000)])
    for x in (0.01, 0.1, 0.5):
        assert (values <= x).mean() <= x


def test_the_total_variation_finds_what_it_says():
    p = np.ones(20) / 20
    n, rng = 20_000, np.random.default_rng(3)
    size = total_variation("", rng.multinomial(n, p), p, n)[0].detectable
    q = p + np.where(np.arange(20) < 10, 1, -1) * size / 10
    assert np.abs(q - p).sum() / 2 == pytest.approx(size)
    assert not any(total_variation("", rng.multinomial(n, q), p, n)[0].passed for _ in range(200))


def test_never_states_the_rate_that_it_would_see():
    test = never("n", 0, 1000, "a thing")
    assert test.passed
    assert (1 - test.detectable) ** 1000 == pytest.approx(1 - POWER)
    assert not never("n", 1, 1000, "a thing").passed


@pytest.mark.parametrize(("cells", "each"), [(50, 10), (100, 10)])
def test_both_tails_keep_their_rate_where_both_are_used(cells, each):
    """200,000 honest counts: at 1e-3, between half and twice as many alarms as stated."""
    p, n, rng = np.ones(cells) / cells, cells * each, np.random.default_rng(4)
    x = ((rng.multinomial(n, p, size=200_000) - each) ** 2 / each).sum(axis=1)
    for tail in (stats.chi2.sf(x, cells - 1), stats.chi2.cdf(x, cells - 1)):
        assert 0.5e-3 < (tail < 1e-3).mean() < 2e-3


def test_few_cells_that_fit_exactly_are_no_alarm():
    assert chi_square("", np.array([20, 20]), np.array([0.5, 0.5]), 40).passed
    cells = MANY_CELLS
    assert not chi_square("", np.full(cells, 100), np.ones(cells) / cells, 100 * cells).passed
