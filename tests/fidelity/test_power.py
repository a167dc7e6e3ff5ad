# SPDX-License-Identifier: MIT
"""False alarms and power of a whole check: Holm's rule, and the sizes that the tests state."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import samplers
from samplers.fidelity.chi_square import goodness_of_fit, pooled_cells
from samplers.fidelity.plan import ids_to_detect
from samplers.fidelity.power import (
    ALPHA,
    LEVEL,
    MOST_TESTS,
    POWER,
    detectable_z,
    holm,
    noncentrality,
    surplus_of_one_cell,
)
from samplers.fidelity.result import adjusted, never


@pytest.mark.parametrize("df", [1, 9, 99, 999, 9_999, 320_000])
def test_the_noncentrality_gives_the_power_by_simulation(df):
    """A noncentral chi-square is a normal square plus a chi-square; 20,000 of them against the threshold."""
    rng = np.random.default_rng(df)
    nc = noncentrality(df)
    draws = (rng.normal(np.sqrt(nc), size=20_000)) ** 2 + (rng.chisquare(df - 1, 20_000) if df > 1 else 0.0)
    power = (draws > stats.chi2.isf(LEVEL, df)).mean()
    assert power == pytest.approx(POWER, abs=0.004)


@pytest.mark.parametrize("counted", ["chi-square", "G-test"])
@pytest.mark.parametrize(("ids", "n"), [(2, 1_000), (100, 2_000), (100, 20_000), (500, 200_000), (5_000, 1_000_000)])
def test_a_surplus_of_the_rarest_cell_is_found_with_the_stated_power(ids, n, counted):
    """Zipf counts, the rarest cell drawn as many times too often as stated; 400 checks reject in 0.96 to 1 of them.

    0.96 is 6 standard deviations below 0.99, so that a fault of the formula that costs 0.04 of the power is detected
    in most cases. With 100 ids and 2,000 draws, an error of the size that is stated for errors spread over the cells
    makes only 0.33 of the checks reject.
    """
    p, rng = samplers.NoiseDistribution(1e6 // np.arange(1, ids + 1)).probabilities, np.random.default_rng(ids + n)
    cell = pooled_cells(n * p)
    e = np.bincount(cell, weights=n * p)
    between = "cells"

    def check(observed):
        fit = goodness_of_fit(observed, e)
        tested = fit.test if counted == "chi-square" else fit.g_test
        return tested(counted, n, "ids", between)

    def rate(rms):
        """The rate of rejections if the rarest cell has an error of this size alone."""
        q, rare = e / n, e.argmin()
        more = q[rare] * (1 + rms / np.sqrt(q[rare] / (1 - q[rare])))
        q *= (1 - more) / (1 - q[rare])
        q[rare] = more
        assert np.sqrt(((q - e / n) ** 2 / (e / n)).sum()) == pytest.approx(rms)
        return np.mean([check(rng.multinomial(n, q)).p_value < LEVEL for _ in range(400)])

    honest = check(rng.multinomial(n, e / n))
    assert honest.detectable < honest.detectable_rare
    assert 0.96 <= rate(honest.detectable_rare) <= 1
    if (ids, n) == (100, 2_000):
        assert rate(honest.detectable) < 0.5


def test_a_surplus_that_no_number_of_draws_shows():
    """All of 20 draws in a cell of 10: Pearson's statistic is 20, and p is 8e-6."""
    assert surplus_of_one_cell(10, 20, 1, by_pearson=True, by_g=True) == np.inf
    test = goodness_of_fit(np.array([12, 8]), np.array([10.0, 10.0])).test("name", 20, "ids", "2 cells")
    assert test.detects.endswith("no surplus of the rarest alone")
    assert test.detectable_rare == np.inf


def test_the_shift_of_a_normal_test_gives_the_power():
    threshold = stats.norm.isf(LEVEL / 2)
    assert stats.norm.sf(threshold - detectable_z()) == pytest.approx(POWER)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.floats(0.001, 0.5))
def test_holm_rejects_what_the_step_down_rule_rejects(p, alpha):
    """The rule as it is published: compare the i-th smallest with alpha / (m - i + 1), stop at the first above."""
    rejected = set()
    for i, index in enumerate(np.argsort(p, kind="stable")):
        if p[index] * (len(p) - i) > alpha:
            break
        rejected.add(int(index))
    assert {int(i) for i in np.flatnonzero(holm(p) <= alpha)} == rejected


def test_holm_on_known_values():
    np.testing.assert_allclose(holm([0.01, 0.04, 0.03, 0.5]), [0.04, 0.09, 0.09, 0.5])


def test_a_p_value_below_the_level_always_fails():
    tests = [never(str(i), 0, 10, "ids", "a thing") for i in range(MOST_TESTS - 1)]
    low = never("low", 0, 10, "ids", "a thing")
    for p_value, passed in ((LEVEL * 0.999, False), (LEVEL * 1.001, True)):
        object.__setattr__(low, "p_value", p_value)
        assert adjusted([*tests, low])[-1].passed is passed
    with pytest.raises(AssertionError, match=f"their power is stated for {MOST_TESTS}"):
        adjusted([*tests, low, low])


def test_never_states_the_rate_that_it_would_see():
    (test,) = adjusted([never("n", 0, 1000, "ids", "a thing")])
    assert test.passed
    assert (1 - test.detectable) ** 1000 == pytest.approx(1 - POWER)
    (test,) = adjusted([never("n", 1, 1000, "ids", "a thing")])
    assert not test.passed
    assert test.p_adjusted == 0 < ALPHA


@pytest.mark.parametrize("detect", [0.3, 0.05, 0.01])
@pytest.mark.parametrize("v", [5, 200, 20_000])
def test_as_many_ids_as_the_wanted_sensitivity_takes(detect, v):
    noise = samplers.NoiseDistribution(np.arange(1, v + 1))
    n = ids_to_detect(noise, detect)
    sampler = samplers.create("alias", noise, rng=1)
    if n < 3e6:
        result = samplers.check_fidelity(sampler, k=1, detect=detect, rng=2)
        assert result.rows == n
        assert result.test("chi-square").detectable <= detect
        fewer = samplers.check_fidelity(sampler, k=1, rows=int(n * 0.95), rng=2)
        assert fewer.test("chi-square").detectable > detect


@pytest.mark.parametrize(
    ("detect", "error", "message"),
    [
        ("x", TypeError, "detect must be a number, got 'x'"),
        (True, TypeError, "detect must be a number"),
        (0.0, ValueError, "detect must be between 0 and 1, got 0.0"),
        (1.0, ValueError, "detect must be between 0 and 1"),
        (float("nan"), ValueError, "detect must be between 0 and 1, got nan"),
        (1e-9, ValueError, "detect=1e-09 takes more than"),
    ],
)
def test_a_bad_detect(detect, error, message):
    sampler = samplers.create("alias", [3, 2, 1], rng=1)
    with pytest.raises(error, match=message):
        samplers.check_fidelity(sampler, detect=detect)
    assert sampler.position == 0


def test_rows_and_detect_are_one_too_many():
    with pytest.raises(ValueError, match="give rows or detect, not both"):
        samplers.check_fidelity(samplers.create("alias", [3, 2, 1], rng=1), rows=100, detect=0.1)
