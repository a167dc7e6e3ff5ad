# SPDX-License-Identifier: MIT
"""Inclusion probabilities against enumeration, closed forms, SciPy's Wallenius law and simulated draws."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import samplers
from samplers.laws.inclusion import _of_classes, inclusion_probabilities
from samplers.laws.noise_distribution import NoiseDistribution

RNG = np.random.default_rng(2024)

HARD = {
    "zipf": [1000 // rank for rank in range(1, 9)],
    "one of 0.99": [9900, 30, 25, 20, 10, 5, 5, 5],
    "one of 1 - 1e-9": [7 * 10**9 - 7, 1, 1, 1, 1, 1, 1, 1],
    "ties": [5, 1, 5, 3, 5, 3, 1, 1],
    "zeros": [0, 3, 0, 9, 1, 4, 2, 0],
    "12 decades": [10 ** (12 * i // 7) for i in range(8)],
    "18 decades": [10**18, 10**18, 3, 10**9, 10**18, 1, 2, 10**9 + 1],
    "nearly equal": [10**9 + i for i in range(8)],
    "equal": [7] * 8,
}

LARGE = {
    "word counts": (np.floor(1e7 / (np.arange(10**6) + 2.7)), 0.75),
    "all distinct": (np.exp(3 * RNG.normal(size=10**6)), 1.0),
    "18 decades": (10 ** RNG.uniform(0, 18, 2000), 1.0),
    "one above many": (np.concatenate([[1e13] * 3, 1e6 + np.arange(50.0), RNG.random(30_000) + 1]), 1.0),
}


def enumerated(weights, k: int) -> list[Fraction]:
    """Exact, in rational numbers: the probability of each set of ids after each draw, set by set."""
    weights = [int(weight) for weight in weights]
    reached = {frozenset(): Fraction(1)}
    for _ in range(k):
        following: dict[frozenset, Fraction] = {}
        for drawn, probability in reached.items():
            left = [i for i, weight in enumerate(weights) if weight and i not in drawn]
            total = sum(weights[i] for i in left)
            for i in left:
                larger = drawn | {i}
                following[larger] = following.get(larger, 0) + probability * weights[i] / total
        reached = following
    return [sum((p for drawn, p in reached.items() if i in drawn), Fraction(0)) for i in range(len(weights))]


def relative_error(found, exact: list[Fraction]) -> float:
    """The largest; infinite where only one of the two is zero."""
    pairs = [(Fraction(float(f)), e) for f, e in zip(found, exact, strict=True)]
    return max(float(abs(f / e - 1)) if e else (0.0 if f == 0 else np.inf) for f, e in pairs)


@cache
def large(name: str) -> NoiseDistribution:
    counts, exponent = LARGE[name]
    return NoiseDistribution(counts, exponent=exponent)


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("name", HARD)
def test_as_enumeration_in_rational_numbers(name, k):
    noise = NoiseDistribution(HARD[name], exponent=1.0)
    assert relative_error(inclusion_probabilities(noise, k), enumerated(noise.weights, k)) < 1e-14


@given(st.lists(st.integers(0, 10**15) | st.integers(0, 4), min_size=2, max_size=6), st.integers(1, 5), st.data())
def test_as_enumeration_for_any_weights_and_any_exclusion(counts, k, data):
    excluded = data.draw(st.lists(st.integers(0, len(counts) - 1), max_size=2))
    left = [0 if i in excluded else count for i, count in enumerate(counts)]
    if np.count_nonzero(left) < k:
        return
    noise = NoiseDistribution(counts, exponent=1.0)
    weights = [0 if i in excluded else weight for i, weight in enumerate(noise.weights)]
    assert relative_error(inclusion_probabilities(noise, k, excluded), enumerated(weights, k)) < 1e-14


@pytest.mark.parametrize("name", LARGE)
def test_two_ids_as_the_closed_form(name):
    """pi_i = p_i (1 + sum of p_j / (1 - p_j) over j other than i), at sizes where most ids take the short way."""
    noise = large(name)
    p = noise.weights / float(noise.total_weight)
    odds = p / (1 - p)
    np.testing.assert_allclose(inclusion_probabilities(noise, 2), p * (1 + odds.sum() - odds), rtol=1e-13)


def test_three_ids_as_the_closed_form():
    """pi_i adds p_i times the sum over ordered pairs of other ids of p_j / (1 - p_j) p_l / (1 - p_j - p_l)."""
    noise = NoiseDistribution(10 ** RNG.uniform(0, 6, 1500), exponent=0.5)
    p = noise.probabilities
    first_two = np.outer(p / (1 - p), p) / (1 - p[:, None] - p)
    np.fill_diagonal(first_two, 0.0)
    others = first_two.sum() - first_two.sum(axis=0) - first_two.sum(axis=1)
    exact = p * (1 + (p / (1 - p)).sum() - p / (1 - p) + others)
    np.testing.assert_allclose(inclusion_probabilities(noise, 3), exact, rtol=1e-12)


@pytest.mark.parametrize(
    ("heavy", "light", "k", "odds"),
    [(30, 70, 10, 3), (5, 1000, 40, 50), (300, 200, 250, 10), (60, 100_000, 64, 1000), (90, 90_000, 1000, 3)],
)
def test_two_weights_as_wallenius_law(heavy, light, k, odds):
    """The number of heavy ids drawn follows Wallenius' noncentral hypergeometric law; SciPy is good to 1e-10."""
    noise = NoiseDistribution([odds] * heavy + [1] * light, exponent=1.0)
    drawn = np.arange(max(0, k - light), min(k, heavy) + 1)
    mean = drawn @ stats.nchypergeom_wallenius(heavy + light, heavy, k, odds).pmf(drawn)
    pi = inclusion_probabilities(noise, k)
    np.testing.assert_allclose(pi[:heavy], mean / heavy, rtol=1e-9)
    np.testing.assert_allclose(pi[heavy:], (k - mean) / light, rtol=1e-9)


@pytest.mark.parametrize("k", [5, 20, 64])
@pytest.mark.parametrize("name", LARGE)
def test_sums_to_k_and_favours_the_rare(name, k):
    """pi rises with p and pi / p falls: the more an id is drawn, the more it loses to being drawn once only."""
    noise = large(name)
    pi, p = inclusion_probabilities(noise, k), noise.probabilities
    assert pi.sum() == pytest.approx(k, rel=1e-13)
    assert 0 < pi.min() <= pi.max() <= 1
    rising = np.argsort(p)
    assert (np.diff(pi[rising]) >= -1e-14 * pi[rising][1:]).all()
    ratio = (pi / p)[rising]
    assert (np.diff(ratio) <= 1e-14 * ratio[1:]).all()


@pytest.mark.parametrize("k", [2, 20, 64, 200])
def test_more_panels_change_nothing(k):
    weights = np.sort(large("18 decades").weights.astype(np.float64))[::-1]
    ones = np.ones(len(weights), dtype=np.int64)
    np.testing.assert_allclose(_of_classes(weights, ones, k), _of_classes(weights, ones, k, finer=3), rtol=1e-14)


@pytest.mark.parametrize("k", [2, 20, 64])
@pytest.mark.parametrize("weights", [1 / np.arange(1.0, 1001.0), np.linspace(1, 1e-6, 900)], ids=["zipf", "even"])
def test_the_tail_as_if_every_id_were_in_the_head(weights, k, monkeypatch):
    """Gauss's rule and the series of the tail against each id on its own."""
    sizes = np.ones(len(weights), dtype=np.int64)
    short = _of_classes(weights, sizes, k)
    monkeypatch.setattr(samplers.laws.inclusion, "_HEAD", 0.0)
    np.testing.assert_allclose(short, _of_classes(weights, sizes, k), rtol=1e-13)


def test_all_but_one_of_many():
    """The one left out: 1 - pi of equal weights is 1 / V, and the sum is V - 1 for others."""
    equal = inclusion_probabilities(NoiseDistribution([3] * 500), 499)
    np.testing.assert_allclose(1 - equal, 1 / 500, rtol=1e-12)
    zipf = inclusion_probabilities(NoiseDistribution(1e6 / np.arange(1, 301)), 299)
    assert zipf.sum() == pytest.approx(299, rel=1e-13)


def test_one_id_and_all_ids_are_exact():
    noise = NoiseDistribution([0, 30, 1000, 7, 0, 400], exponent=0.75)
    np.testing.assert_array_equal(inclusion_probabilities(noise, 1), noise.probabilities)
    np.testing.assert_array_equal(inclusion_probabilities(noise, 4), [0, 1, 1, 1, 0, 1])
    np.testing.assert_array_equal(inclusion_probabilities(noise, 3, [2, 2]), [0, 1, 0, 1, 0, 1])


ZIPF20 = NoiseDistribution([1000 // rank for rank in range(1, 21)], exponent=0.75)


def check_simulated(drawn):
    """Every id's count among (rows, 5) drawn ids: z-tests, all together at a false-alarm rate of 1e-6."""
    rows, pi = len(drawn), inclusion_probabilities(ZIPF20, 5)
    z = (np.bincount(drawn.ravel(), minlength=20) - rows * pi) / np.sqrt(rows * pi * (1 - pi))
    assert 2 * 20 * stats.norm.sf(abs(z).max()) > 1e-6
    kp = 5 * ZIPF20.probabilities
    against_kp = (np.bincount(drawn.ravel(), minlength=20) - rows * kp) / np.sqrt(rows * pi * (1 - pi))
    assert abs(against_kp).max() > 20


def test_as_drawn_by_torch():
    """200,000 rows, seed fixed: a probability off by 0.009 is found with probability 0.99."""
    torch = pytest.importorskip("torch")
    p = torch.from_numpy(ZIPF20.probabilities.copy()).expand(200_000, -1)
    check_simulated(torch.multinomial(p, 5, generator=torch.Generator().manual_seed(5)).numpy())


def test_as_drawn_by_numpy():
    """20,000 rows, seed fixed: a probability off by 0.028 is found with probability 0.99."""
    rng = np.random.default_rng(6)
    rows = [rng.choice(20, 5, replace=False, p=ZIPF20.probabilities) for _ in range(20_000)]
    check_simulated(np.array(rows))


def test_the_last_results_are_kept_and_cannot_be_changed():
    noise = NoiseDistribution([5, 4, 3])
    pi = inclusion_probabilities(noise, 2)
    assert inclusion_probabilities(noise, 2) is pi
    with pytest.raises(ValueError, match="read-only"):
        pi[0] = 1.0


@pytest.mark.parametrize(
    ("error", "message", "k", "excluded"),
    [
        (ValueError, "k=4 distinct ids asked for, but only 3 ids", 4, None),
        (ValueError, "k must be at least 1, got 0", 0, None),
        (TypeError, "k must be an integer, got 2.0", 2.0, None),
        (ValueError, r"excluded\[1\] = 4 is outside \[0, 4\)", 1, [0, 4]),
        (ValueError, r"excluded\[0\] = -1 is outside", 1, [-1]),
        (TypeError, "excluded must be integers, got dtype float64", 1, [1.0]),
        (TypeError, "excluded must be integers, got dtype bool", 1, [True, False]),
        (ValueError, r"excluded must be ids of shape \(m,\), got shape \(1, 1\)", 1, [[1]]),
        (ValueError, "excluded leaves 2 ids of positive weight, fewer than the 3", 3, [1]),
        (ValueError, "excluded leaves 0 ids of positive weight, fewer than the 1", 1, [1, 2, 3]),
        (ValueError, "time_limit must be a positive number", 1, "limit"),
    ],
)
def test_bad_arguments(error, message, k, excluded):
    noise = NoiseDistribution([0, 3, 2, 1])
    options = {"time_limit": -1} if excluded == "limit" else {}
    with pytest.raises(error, match=message):
        inclusion_probabilities(noise, k, [0] if excluded == "limit" else excluded, **options)


@pytest.mark.parametrize("replacement", [True, False])
def test_log_expected_count_takes_ids_of_any_shape(replacement):
    sampler = samplers.create("alias", [50, 0, 4], replacement=replacement)
    for ids in (0, [0], [[0, 1], [2, 0]], [], np.zeros((0, 3), dtype=np.int64)):
        logs = sampler.log_expected_count(ids, 1)
        assert logs.shape == np.shape(ids)
        assert logs.dtype == np.float64
    assert sampler.log_expected_count(1, 1) == -np.inf
    with pytest.raises(ValueError, match=r"ids = 3 is outside \[0, 3\)"):
        sampler.log_expected_count(3, 1)


def test_expected_counts_with_replacement_where_one_id_has_nearly_all():
    """1 - p(excluded) is taken from integers: from rounded probabilities it would be zero here."""
    sampler = samplers.create("alias", [10**18, 1, 3], exponent=1.0)
    np.testing.assert_allclose(sampler.expected_counts(2, exclude=[[0], []])[0], [0, 0.5, 1.5], rtol=1e-15)


def test_expected_counts_can_be_written_to():
    for replacement in (True, False):
        sampler = samplers.create("alias", [5, 4, 3], replacement=replacement)
        sampler.expected_counts(1)[:] = 0
        assert sampler.expected_counts(1).sum() == pytest.approx(1)
