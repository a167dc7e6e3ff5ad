# SPDX-License-Identifier: MIT
"""Ids of positional streams against each other: pairs that must be independent, and 1e8 ids against the counts.

Slow: 1e7 pairs and more each.
"""

from __future__ import annotations

import copy

import numpy as np
import pytest
from scipy import stats

import samplers
from benchmarks.workloads import WORKLOADS
from samplers.fidelity.marginal import Marginal
from samplers.fidelity.plan import Plan
from samplers.fidelity.result import adjusted
from tests.counter_based.streams import with_key

# The smallest p-value that a test may see: its false-alarm rate. Seeds are fixed.
ALPHA = 1e-6

both = pytest.mark.parametrize("name", ["alias", "spectrum"])


def classes_of(noise: samplers.NoiseDistribution, n: int = 32) -> tuple[np.ndarray, np.ndarray]:
    """A class for each id, ids of a class far apart, and the exact probabilities of the classes."""
    p = noise.probabilities
    if len(p) <= n:
        of = np.arange(len(p))
    else:
        of = np.arange(len(p)) * 7919 % n
        of[np.argsort(-p, kind="stable")[: n // 2]] = np.arange(n // 2)
    return of.astype(np.uint8), np.bincount(of, weights=p)


def independent(of, q, one: np.ndarray, other: np.ndarray) -> float:
    """p-value of pairs of ids under independence, each with law q over classes."""
    pairs = of[one.ravel()].astype(np.uint16) * np.uint16(len(q)) + of[other.ravel()]
    observed = np.bincount(pairs, minlength=len(q) ** 2)
    expected = len(pairs) * np.outer(q, q).ravel()
    return float(stats.chisquare(observed, expected).pvalue)


def joint(of, q, ids: np.ndarray) -> dict[str, float]:
    """Serial pairs at lags 1 and k, and columns against each other."""
    flat, k = ids.ravel(), ids.shape[1]
    found = {f"lag {lag}": independent(of, q, flat[:-lag], flat[lag:]) for lag in (1, 2, k, 2 * k)}
    for a, b in ((0, 1), (0, k - 1), (1, 3), (2, 3)):
        found[f"columns {a}, {b}"] = independent(of, q, ids[:, a], ids[:, b])
    return found


@pytest.mark.slow
@both
def test_neighbouring_ids_columns_keys_and_epochs_are_independent(name):
    """13 tests a strategy, false alarms 1e-6 each; 1e7 pairs find a dependence of chi-square/n = 2e-5."""
    noise = WORKLOADS["english"].noise()
    sampler = samplers.create(name, noise, rng=2026)
    of, q = classes_of(noise)
    rows, k = 2_000_000, 5
    ids = sampler.sample(rows, k)
    found = joint(of, q, ids)
    found["next epoch"] = independent(of, q, ids, sampler.sample_rows(np.arange(rows), k, epoch=1))
    for step in (1, 2, 2**32, 0x9E3779B97F4A7C15):
        other = with_key(sampler, (sampler.key + step) % 2**64)
        found[f"key + {step}"] = independent(of, q, ids, other.sample(rows, k))
    sampler.position = 2**32
    found["row + 2**32"] = independent(of, q, ids, sampler.sample(rows, k))
    assert min(found.values()) > ALPHA, found


@pytest.mark.parametrize("fault", ["one key", "copied column", "repeat at lag k", "swapped pairs", "1 in 300"])
def test_the_joint_tests_reject_a_broken_stream(fault):
    sampler = samplers.create("alias", WORKLOADS["zipf_1e4"].noise(), rng=3)
    of, q = classes_of(sampler.noise)
    ids = sampler.sample(200_000, 5)
    assert min(joint(of, q, ids).values()) > ALPHA
    if fault == "one key":  # two workers that were seeded alike
        assert independent(of, q, ids, copy.copy(sampler).sample_rows(np.arange(200_000), 5)) < ALPHA
        return
    if fault == "copied column":
        ids[:, 1] = ids[:, 0]
    elif fault == "repeat at lag k":
        ids[1::2] = ids[::2]
    elif fault == "swapped pairs":  # a block of four words handed out twice
        ids[1::2, 2:4] = ids[::2, 3:1:-1]
        ids[1::2, 0] = ids[::2, 1]
    else:
        ids[::60, 1] = ids[::60, 0]
    found = joint(of, q, ids)
    if fault == "swapped pairs":
        found["rows"] = independent(of, q, ids[::2, 1], ids[1::2, 0])
    assert min(found.values()) < ALPHA, found


@pytest.mark.slow
@both
def test_a_hundred_million_english_words_follow_their_counts(name):
    """Raw counts, rare words merged; false alarms 1e-6; finds a relative error of 0.3 % between the cells."""
    noise = WORKLOADS["english"].noise()
    family = Marginal(Plan(noise, 5, 20_000_000, replacement=True))
    sampler = samplers.create(name, noise, rng=2027)
    for _ in range(20):
        family.see(sampler.sample(1_000_000, 5))
    tests = adjusted(family.tests())
    assert family.observed.sum() == 10**8
    assert all(test.passed for test in tests), tests
    assert next(test for test in tests if test.name == "chi-square").detectable < 0.01
