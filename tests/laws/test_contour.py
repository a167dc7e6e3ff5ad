# SPDX-License-Identifier: MIT
"""Inclusion probabilities for large k, and their error bounds: against the exact method, closed forms and draws."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy import stats

import samplers
from samplers.laws import contour
from samplers.laws.clocks import log_chernoff
from samplers.laws.inclusion import InclusionByWeight, _of_classes, inclusion_probabilities
from samplers.laws.noise_distribution import NoiseDistribution
from tests.laws.test_inclusion import HARD, enumerated, relative_error

RNG = np.random.default_rng(7)
NONE = np.zeros(0, dtype=np.int64)

LAWS = {
    "zipf": 1 / np.arange(1.0, 3001.0),
    "all distinct": np.exp(3 * RNG.normal(size=2000)),
    "18 decades": 10 ** RNG.uniform(0, 18, 1500),
    "two weights": np.repeat([1000.0, 1.0], [50, 1500]),
    "one above many": np.concatenate([[1e13] * 3, 1e6 + np.arange(50.0), RNG.random(1500) + 1]),
}


def grouped(weights):
    """Falling weights, and the number of ids of each."""
    distinct, sizes = np.unique(weights, return_counts=True)
    return distinct[::-1].copy(), sizes[::-1].astype(np.int64)


def on_contour(weights, sizes, k):
    ((rows, values, bounds),) = contour.of_rows(weights, sizes, k, [NONE])
    assert rows == [0]
    return values[0], bounds[0]


@pytest.mark.parametrize("k", [30, 400])
@pytest.mark.parametrize("name", LAWS)
def test_the_error_is_within_its_bound_and_the_bound_within_the_tolerance(name, k):
    weights, sizes = grouped(LAWS[name])
    values, bound = on_contour(weights, sizes, k)
    exact = _of_classes(weights, sizes, k)
    assert np.abs(values / exact - 1).max() < bound < contour.TOLERANCE


@pytest.mark.parametrize("left_out", [1, 30, 700])
@pytest.mark.parametrize("name", LAWS)
def test_nearly_all_ids_as_their_sum(name, left_out):
    weights, sizes = grouped(LAWS[name])
    k = int(sizes.sum()) - left_out
    values, bound = on_contour(weights, sizes, k)
    assert bound < contour.TOLERANCE
    assert abs(values @ sizes / k - 1) < bound
    assert (np.diff(values) <= 1e-12).all()  # the heavier, the more probable


def test_thousands_of_equal_weights_have_equal_probabilities():
    """The exact method has a closed form for them, this one has not."""
    for k in (2, 1000, 10_000, 99_999):
        values, bound = on_contour(np.array([1.0]), np.array([100_000]), k)
        assert abs(values[0] / (k / 100_000) - 1) < bound < contour.TOLERANCE


def test_two_weights_as_wallenius_law():
    """4,000 distinct ids of 2,000 heavy and 10,000 light ones; SciPy is good to 1e-8."""
    heavy, light, k, odds = 2000, 10_000, 4000, 3.0
    values, bound = on_contour(np.array([odds, 1.0]), np.array([heavy, light]), k)
    drawn = np.arange(1050, 1450)
    law = stats.nchypergeom_wallenius(heavy + light, heavy, k, odds).pmf(drawn)
    assert law.sum() == pytest.approx(1, abs=1e-8)
    np.testing.assert_allclose(values, [drawn @ law / heavy, (k - drawn @ law) / light], rtol=1e-8)
    assert bound < contour.TOLERANCE


@pytest.mark.parametrize(
    "fewer",
    [{"gauss": 4}, {"atoms": 3}, {"series": 4}, {"period": 2.0}, {"window": 2.5}],
    ids=["gauss", "atoms", "series", "period", "window"],
)
def test_too_few_points_of_any_kind_are_seen_in_the_bound(fewer, monkeypatch):
    """Both rules have too few: the bound is larger than the error, and beyond the tolerance."""
    monkeypatch.setattr(contour, "COARSE", dataclasses.replace(contour.COARSE, **fewer))
    more = {name: number + 2 if isinstance(number, int) else number + 1.5 for name, number in fewer.items()}
    monkeypatch.setattr(contour, "FINE", dataclasses.replace(contour.FINE, **more))
    weights, sizes = grouped(LAWS["zipf"])
    values, bound = on_contour(weights, sizes, 400)
    error = np.abs(values / _of_classes(weights, sizes, 400) - 1).max()
    assert bound > max(contour.TOLERANCE, error)


@pytest.mark.parametrize("name", ["zipf", "18 decades", "two weights"])
def test_the_ends_that_are_cut_off_are_negligible(name, monkeypatch):
    """A range that is cut off at 1e-30 instead of 1e-16 changes nothing; one that is cut off at 1e-4 does."""
    weights, sizes = grouped(LAWS[name])
    values, _ = on_contour(weights, sizes, 300)
    monkeypatch.setattr(contour, "_LOG_NEGLIGIBLE", np.log(1e-30))
    wider, _ = on_contour(weights, sizes, 300)
    assert np.abs(values / wider - 1).max() < 1e-13
    monkeypatch.setattr(contour, "_LOG_NEGLIGIBLE", np.log(1e-4))
    narrow, bound = on_contour(weights, sizes, 300)
    assert 1e-13 < np.abs(narrow / wider - 1).max() < bound


def test_chernoffs_bound_holds_and_is_not_much_too_large():
    """Against the exact law of the number of clocks that have rung, for equal rates binomial."""
    rates, ids, t = np.array([1.0]), np.array([1000.0]), 0.5
    log_r = np.geomspace(1e-4, 400, 70)
    rung = stats.binom(1000, -np.expm1(-t))
    for count in (430, 480, 550):
        bound, exact = log_chernoff(rates, ids, np.log(t), log_r, count), rung.logsf(count - 1)
        assert exact < bound < exact + 6
    for count in (250, 300, 350):
        bound, exact = log_chernoff(rates, ids, np.log(t), -log_r, count), rung.logcdf(count)
        assert exact < bound < exact + 6


def falling_sets(law, k, sets):
    """What `contour.of_rows` takes."""
    by_weight = InclusionByWeight(law, k)
    weights, sizes, _ = by_weight._without(NONE)
    return weights, sizes, [len(weights) - 1 - by_weight.index_of_ids(np.array(s, dtype=np.int64)) for s in sets]


@pytest.mark.parametrize(("name", "k"), [("zipf", 200), ("18 decades", 100), ("two weights", 300)])
def test_excluded_ids_of_each_row(name, k):
    """No, one, many, the heaviest and nearly all ids, in one call, against the exact method without these ids."""
    law = NoiseDistribution(LAWS[name], exponent=1.0)
    ids = law.ranked
    sets = [[], ids[:1], ids[-1:], ids[:50], ids[1:50], RNG.choice(ids, 100, replace=False), ids[40 : -k - 1]]
    weights, sizes, excluded = falling_sets(law, k, sets)
    found = {}
    for rows, values, bounds in contour.of_rows(weights, sizes, k, excluded):
        found |= {row: (v, b) for row, v, b in zip(rows, values, bounds, strict=True)}
    assert sorted(found) == list(range(len(sets)))
    for row, members in enumerate(excluded):
        left = sizes - np.bincount(members, minlength=len(sizes))
        exact = _of_classes(weights[left > 0], left[left > 0], k)
        values, bound = found[row]
        assert np.abs(values[left > 0] / exact - 1).max() < bound < contour.TOLERANCE


def test_the_contour_is_taken_for_what_would_take_long(monkeypatch):
    """The same numbers from both, by the public functions; the exact method must not run for the long one."""
    law = NoiseDistribution(LAWS["zipf"], exponent=1.0)
    sets = [law.ranked[[row]] for row in range(40)]
    sampler = samplers.create("alias", law, replacement=False)
    exact = sampler.expected_counts(60, exclude=sets)
    monkeypatch.setattr(samplers.laws.inclusion, "_SOON", 1e-9)
    monkeypatch.setattr(samplers.laws.inclusion, "_of_classes", None)
    np.testing.assert_allclose(sampler.expected_counts(60, exclude=sets), exact, rtol=1e-12)
    ids = np.tile(law.ranked[:50], (40, 1))
    logs = sampler.log_expected_count(ids, 60, exclude=sets)
    with np.errstate(divide="ignore"):
        np.testing.assert_allclose(logs, np.log(exact[:, law.ranked[:50]]), rtol=1e-12, atol=1e-14)


def test_rows_without_a_choice_are_exact(monkeypatch):
    monkeypatch.setattr(samplers.laws.inclusion, "_SOON", -1.0)
    law = NoiseDistribution([5, 4, 3, 2, 1, 7], exponent=1.0)
    rows = samplers.create("alias", law, replacement=False).expected_counts(4, exclude=[[0, 1], [0], [], [5, 2]])
    np.testing.assert_array_equal(rows[[0, 3]], [[0, 0, 1, 1, 1, 1], [1, 1, 0, 1, 1, 0]])
    for row, members in ((1, [0]), (2, [])):
        left = [0 if i in members else int(weight) for i, weight in enumerate(law.weights)]
        assert relative_error(rows[row], enumerated(left, 4)) < contour.TOLERANCE


@pytest.mark.parametrize("k", [2, 3, 4, 5])
@pytest.mark.parametrize("name", HARD)
def test_a_bound_that_is_too_large_leaves_the_work_to_the_exact_method(name, k, monkeypatch):
    """Eight ids of hard weights: whatever the contour gives there, the result is right."""
    monkeypatch.setattr(samplers.laws.inclusion, "_SOON", -1.0)
    noise = NoiseDistribution(HARD[name], exponent=1.0)
    assert relative_error(inclusion_probabilities(noise, k), enumerated(noise.weights, k)) < contour.TOLERANCE


def test_a_bound_that_is_too_large_is_told_if_the_exact_method_takes_long(monkeypatch):
    law = samplers.NoiseDistribution(np.floor(1e7 / (np.arange(100_000) + 2.7)))
    monkeypatch.setattr(contour, "TOLERANCE", 1e-18)
    with pytest.raises(ValueError, match=r"k=8192 .* to the relative error of 1e-18, would take about .* minutes"):
        inclusion_probabilities(law, 8192)


def test_thousands_of_ids_as_drawn():
    """300 rows of 5,000 of 20,000 ids, seed fixed. The ids are in 20 groups by rank, of which each has a z-test.

    All together have a false-alarm rate of 1e-6. A mean count of a group that is off by 0.5 % is found with probability
    0.99. k p is off by more.
    """
    noise = samplers.NoiseDistribution(1e7 / (np.arange(20_000) + 10.0))
    sampler = samplers.create("alias", noise, rng=11, replacement=False)
    pi = sampler.expected_counts(5000)
    assert pi.sum() == pytest.approx(5000, rel=1e-10)
    group = np.arange(20_000) // 1000
    drawn = np.array([np.bincount(group[row], minlength=20) for row in sampler.sample(300, 5000)])
    expected = np.bincount(group, weights=pi)
    z = (drawn.mean(axis=0) - expected) / (drawn.std(axis=0, ddof=1) / np.sqrt(300))
    assert 2 * 20 * stats.t(299).sf(abs(z).max()) > 1e-6
    assert abs(np.bincount(group, weights=5000 * noise.probabilities) / expected - 1).max() > 0.1
