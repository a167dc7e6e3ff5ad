# SPDX-License-Identifier: MIT
"""Nothing of the library keeps a noise distribution, or its tables, after their last user."""

from __future__ import annotations

import gc
import time
import weakref

import numpy as np
import pytest

import samplers
from samplers.laws.inclusion import inclusion_probabilities

COUNTS = [1000, 400, 90, 30, 30, 5]


@pytest.fixture(autouse=True)
def objects_of_other_tests_are_not_searched():
    """`gc.collect` looks at objects of this test alone: those of torch and of 13,000 tests take it a second a call."""
    gc.freeze()
    yield
    gc.unfreeze()


def still_alive(references: list[weakref.ref]) -> int:
    """How many objects are left. A thread that comes too late to help with a draw holds its sampler for a moment."""
    for _ in range(100):
        gc.collect()
        alive = sum(reference() is not None for reference in references)
        if not alive:
            break
        time.sleep(0.05)
    return alive


def everything(sampler: samplers.Sampler) -> None:
    """What a user may do with a sampler, so that whatever could be kept is kept."""
    exclude = np.arange(20) % 6
    sampler.sample(20, 2)
    sampler.sample(2000, 2, exclude=np.arange(2000) % 6)
    sampler.sample(20, 2, exclude=exclude, on_collision="mark")
    sampler.with_rng(5).sample(3, 2)
    sampler.implied_probabilities()
    sampler.expected_counts(2, exclude=exclude)
    sampler.log_expected_count([0, 1], 2)
    samplers.check_fidelity(sampler, k=2, rows=2000)
    samplers.recommend(sampler.noise)
    assert sampler.noise.fingerprint
    if sampler.info.positional:
        sampler.threads = 2
        sampler.sample(200_000, 2)
        sampler.sample_rows([5, 7], 2)


def test_a_sampler_and_its_noise_go_with_their_last_user(sampler_name, replacement):
    options = {"table_size": 10_000} if sampler_name == "unigram_table" else {}
    uniform = samplers.get(sampler_name).info.laws == "uniform"
    noise = samplers.NoiseDistribution(np.full(len(COUNTS), 5) if uniform else COUNTS)
    sampler = samplers.create(sampler_name, noise, rng=1, replacement=replacement, **options)
    everything(sampler)
    left = [weakref.ref(noise), weakref.ref(sampler)]
    del noise, sampler
    assert still_alive(left) == 0


def test_the_exact_path_and_its_weights_go_too():
    """One heavy id, excluded: its rows use up their attempts, and weights are summed up for them."""
    noise = samplers.NoiseDistribution([10**15, 3, 2, 1], exponent=1.0)
    sampler = samplers.create("alias", noise, rng=1)
    sampler.sample(50, 3, exclude=np.zeros(50, dtype=int))
    left = [weakref.ref(noise), weakref.ref(sampler)]
    del noise, sampler
    assert still_alive(left) == 0


@pytest.mark.parametrize("kind", ["recommend", "fastest", "inclusion", "error"])
def test_what_is_only_asked_about_goes(kind):
    noise = samplers.NoiseDistribution(COUNTS)
    if kind == "recommend":
        samplers.recommend(noise, measure=True)
    elif kind == "fastest":
        samplers.fastest(noise, replacement=False, k=3)
    elif kind == "inclusion":
        for k in range(1, 7):
            inclusion_probabilities(noise, k)
    else:
        with pytest.raises(ValueError, match="k=9"):
            samplers.recommend(noise, k=9, replacement=False)
    left = weakref.ref(noise)
    del noise
    gc.collect()
    assert left() is None


def test_few_results_of_one_kind_are_kept():
    noise = samplers.NoiseDistribution(range(1, 30))
    kept = [inclusion_probabilities(noise, k) for k in range(2, 12)]
    assert inclusion_probabilities(noise, 11) is kept[-1]
    alive = [weakref.ref(law) for law in kept]
    del kept
    gc.collect()
    assert sum(law() is not None for law in alive) == 4
