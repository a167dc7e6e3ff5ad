# SPDX-License-Identifier: MIT
"""Rows whose attempts are used up: the ids of the model, the law, and what is kept for later rows.

`tests/data/stream_model.py` sums the weights of all allowed ids for each column, as docs/streams.md says. The kernels
use a list of the ids that are left out if these are few, a tree if they are many, and the law of what is left if a set
is large.
"""

from __future__ import annotations

import copy
import dataclasses
import gc
import pickle
import weakref
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

import samplers
from samplers.kernels import rows as kernel
from tests.counter_based.streams import ALPHA, both, modes
from tests.counter_based.test_law import rows_follow, successive
from tests.data import audit

FEW = 128  # up to so many ids left out, the kernels use a list: EXACT_FEW
LARGE = 16_384  # the size of a large set: EXACT_LARGE
ZIPF = (1e9 / np.arange(1, 1001)).astype(np.uint64)


def sampler_of(name: str, weights, replacement: bool = False, **options) -> samplers.Sampler:
    """A sampler over weights as they are."""
    return samplers.create(name, samplers.from_weights(weights), rng=3, replacement=replacement, **options)


def heavy(weights: np.ndarray, place: int = 7, times: float = 1e6) -> np.ndarray:
    """The weights with one id that is ``times`` as heavy as all others together."""
    weights = weights.astype(np.float64)
    weights[place] = times * (weights.sum() - weights[place])
    return weights


def model_rows(sampler, rows, k: int, sets=None) -> list[list[int]]:
    """The rows of the model, from the sampler's own table; one at least must take the exact path."""
    table = dataclasses.replace(audit.as_model(sampler), masses=sampler.noise.weights.tolist())
    expected = [
        table.row(sampler.key, sampler.epoch, row, k, not sampler.replacement, () if sets is None else sets[i])
        for i, row in enumerate(rows)
    ]
    assert any(used_up for _, used_up in expected)
    return [ids for ids, _ in expected]


SMALL = {
    "1e15 beside units": ([10**15, 1, 1, 1, 1], 4),
    "1e15 beside others, last": ([4, 3, 2, 1, 10**15], 3),
    "two heavy ids and a zero": ([10**12, 3, 0, 10**15, 2, 1], 5),
}


@both
@pytest.mark.parametrize("case", SMALL)
def test_ordered_rows_follow_successive_sampling(name, case, form):
    """Chi-square over all ordered rows; false alarms 1e-6. The next test has a bias that is seen."""
    weights, k = SMALL[case]
    sampler = sampler_of(name, weights)
    assert rows_follow(sampler.sample(20_000, k), successive(sampler.noise.probabilities, k)) > ALPHA


def test_the_same_test_rejects_an_exact_path_over_other_weights():
    """The mutant: a weight of the exact path is a fifth too large. The table is right."""
    weights, k = SMALL["1e15 beside others, last"]
    sampler = sampler_of("alias", weights)
    wrong = sampler.noise.weights.copy()
    wrong[0] = wrong[0] // 5 * 6
    sampler._source.attach(kernel.Exact(wrong))
    assert rows_follow(sampler.sample(20_000, k), successive(sampler.noise.probabilities, k)) < ALPHA


def conditional_pit(ids: np.ndarray, weights: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """For each column after the first, a number that is uniform if the column has the law of what the row leaves."""
    values = []
    for row in ids:
        left = weights.astype(np.float64)
        for before, chosen in pairwise(row.tolist()):
            left[before] = 0.0
            ends = np.cumsum(left)
            values.append((ends[chosen] - rng.random() * left[chosen]) / ends[-1])
    return np.array(values)


@both
@pytest.mark.parametrize("k", [30, FEW, FEW + 1, 400])
def test_columns_have_the_law_of_what_the_row_leaves(name, k, form):
    """Kolmogorov-Smirnov of the conditional PIT, 6,000 columns: a shift of 5 % of the mass. False alarms 1e-6."""
    sampler = sampler_of(name, heavy(ZIPF))
    ids = sampler.sample(6000 // k, k)
    assert (ids[:, 0] == 7).all()
    pit = conditional_pit(ids, sampler.noise.weights, np.random.default_rng(1))
    assert stats.kstest(pit, "uniform").pvalue > ALPHA


@pytest.mark.parametrize("k", [30, 400])
def test_the_same_test_rejects_an_exact_path_over_the_square_roots_of_the_weights(k):
    sampler = sampler_of("alias", heavy(ZIPF))
    sampler._source.attach(kernel.Exact(np.sqrt(sampler.noise.weights).astype(np.uint64)))
    pit = conditional_pit(sampler.sample(6000 // k, k), sampler.noise.weights, np.random.default_rng(1))
    assert stats.kstest(pit, "uniform").pvalue < ALPHA


rng = np.random.default_rng(5)
LAWS = {
    "zipf": heavy(ZIPF),
    "heavy at both ends": heavy(heavy(ZIPF, 0), 999),
    "halving": 2.0 ** -(3 * np.arange(300.0)),
    "62 bits": np.where(np.arange(700) == 3, 2**62, rng.integers(2**20, 2**40, 700)),
    "zeros": heavy(rng.integers(0, 3, 900), 500),
    "equal": heavy(np.ones(513)),
    "few": heavy(np.arange(1.0, 10)),
}


@both
@pytest.mark.parametrize("law", LAWS)
def test_distinct_ids_are_those_of_the_model(name, law, form):
    """Lists, trees, the whole of V, in every form."""
    sampler = sampler_of(name, LAWS[law])
    nonzero = sampler.noise.nonzero
    for k in sorted({min(k, nonzero) for k in (9, 40, FEW, FEW + 1, 2**30)}):
        rows = range(3) if k < 500 else range(1)
        assert sampler.sample_rows(rows, k).tolist() == model_rows(sampler, rows, k), k


@both
@modes
@pytest.mark.parametrize("size", [3, FEW - 8, FEW, 250])
def test_ids_beside_an_excluded_set_are_those_of_the_model(name, replacement, size, form):
    """The heavy id is excluded, and others with it: a list, or a tree."""
    sampler = sampler_of(name, heavy(ZIPF), replacement)
    rng = np.random.default_rng(size)
    sets = [[7, *rng.choice(np.arange(8, 1000), size - 1 - i, replace=False).tolist()] for i in range(2)]
    assert sampler.sample_rows([4, 5], 8, exclude=sets).tolist() == model_rows(sampler, [4, 5], 8, sets)


def nearly_all(n_ids: int, keep: np.ndarray) -> np.ndarray:
    """All ids but a few."""
    return np.setdiff1d(np.arange(n_ids), keep)


@pytest.fixture(scope="module")
def large() -> tuple[np.ndarray, list[np.ndarray], samplers.IdSets]:
    """Weights of 20,000 ids, and sets that leave 10, 9 and 40 of them, one that is small, and one of 2,000 ids."""
    rng = np.random.default_rng(2)
    weights = np.ceil(1e6 / (np.arange(20_000) + 1))
    weights[rng.integers(0, 20_000, 500)] = 0
    weights[:5] = 1e15
    keep = [rng.choice(np.flatnonzero(weights < 1e12), n, replace=False) for n in (10, 9, 40)]
    for some in keep:
        weights[some[:8]] = rng.integers(1, 50, 8)
    sets = [nearly_all(20_000, some) for some in keep]
    sets += [np.arange(5), np.concatenate([np.arange(5), np.arange(100, 2095)])]
    return weights, sets, samplers.IdSets.from_lists(sets, 20_000)


@both
@modes
def test_what_is_left_beside_a_large_set_is_drawn_as_in_the_model(name, replacement, large, form):
    weights, lists, sets = large
    sampler = sampler_of(name, weights, replacement)
    which = [0, 1, 0, 2, 3, 4]
    rows = range(len(which))
    expected = model_rows(sampler, rows, 8, [lists[w].tolist() for w in which])
    for _ in range(2):  # the second call knows what is left
        assert sampler.sample_rows(rows, 8, exclude=sets[which]).tolist() == expected
    assert len(sampler._source.exact.known._sets) == 3
    assert sampler.sample_rows(rows, 8, exclude=[lists[w] for w in which]).tolist() == expected


@modes
def test_rows_beside_large_sets_do_not_depend_on_calls_or_threads(replacement, large):
    weights, _, sets = large
    sampler = sampler_of("alias", weights, replacement)
    which = np.random.default_rng(3).integers(0, 5, 600)
    whole = sampler.sample_rows(range(600), 5, exclude=sets[which])
    order = np.random.default_rng(4).permutation(600)
    other = sampler_of("alias", weights, replacement)
    np.testing.assert_array_equal(other.sample_rows(order, 5, exclude=sets[which[order]]), whole[order])
    parts = [other.sample_rows([i], 5, exclude=sets[which[[i]]])[0] for i in range(50)]
    np.testing.assert_array_equal(parts, whole[:50])


@both
@pytest.mark.parametrize("k", [40, 300, 1000])
def test_rows_do_not_depend_on_k_calls_or_threads(name, k, monkeypatch):
    monkeypatch.setattr("samplers.counter_based.cursor.CHUNK_IDS", 7 * k)
    whole = sampler_of(name, heavy(ZIPF)).sample(40, k)
    threaded = sampler_of(name, heavy(ZIPF), threads=3)
    np.testing.assert_array_equal(threaded.sample(40, k), whole)
    np.testing.assert_array_equal(threaded.sample_rows(range(39, -1, -1), k)[::-1], whole)
    np.testing.assert_array_equal(threaded.sample_rows(range(40), k // 2), whole[:, : k // 2])


def test_more_large_sets_than_are_kept(large):
    """What is left of the earlier ones is made again."""
    weights, _, _ = large
    n = kernel.MOST_KNOWN + 5
    rng = np.random.default_rng(8)
    light = np.flatnonzero((weights > 0) & (weights < 1e12))
    sets = samplers.IdSets.from_lists(
        [nearly_all(20_000, rng.choice(light, 6, replace=False)) for _ in range(n)], 20_000
    )
    sampler = sampler_of("alias", weights)
    together = sampler.sample_rows(range(n), 3, exclude=sets)
    assert not sets.contains(np.arange(n), together).any()
    for i in (0, 1, n - 6, n - 1):
        np.testing.assert_array_equal(sampler.sample_rows([i], 3, exclude=sets[[i]])[0], together[i])


def test_sets_go_with_their_last_user(large):
    weights, lists, _ = large
    sampler = sampler_of("alias", weights)
    sets = samplers.IdSets.from_lists(lists[:2], 20_000)
    first = sampler.sample_rows([0, 1], 3, exclude=sets)
    array = weakref.ref(sets._ids)
    del sets
    gc.collect()
    assert array() is None
    again = samplers.IdSets.from_lists(lists[1::-1], 20_000)  # it may lie at the same address
    np.testing.assert_array_equal(sampler.sample_rows([0, 1], 3, exclude=again[[1, 0]]), first)


def test_a_copy_draws_the_same(large):
    weights, _, sets = large
    sampler = sampler_of("alias", weights)
    first = sampler.sample_rows([0, 1], 8, exclude=sets[[0, 1]])
    for twin in (copy.copy(sampler), copy.deepcopy(sampler), pickle.loads(pickle.dumps(sampler))):
        np.testing.assert_array_equal(twin.sample_rows([0, 1], 8, exclude=sets[[0, 1]]), first)


@modes
def test_many_laws_have_the_rows_of_each_alone(replacement, large):
    """Lists, trees and large sets of ids that are not all in the law."""
    weights, lists, _ = large
    positive = np.flatnonzero(weights)
    parts = [
        (positive, weights[positive]),
        (np.arange(5, 1005), heavy(ZIPF)),
        (np.arange(0, 60, 2), heavy(np.ones(30))),
    ]
    first = np.cumsum([0, *(len(ids) for ids, _ in parts)])
    laws = samplers.Laws(
        first, np.concatenate([ids for ids, _ in parts]), np.concatenate([w for _, w in parts]), V=20_000
    )
    sampler = samplers.create("alias", laws, rng=3, replacement=replacement)
    which = np.array([1, 0, 2, 0, 1, 0])
    sets = [lists[3], lists[0], [14, 15], lists[1], [12, *range(500, 700)], lists[0]]
    for k in (3, 8):
        drawn = sampler.sample_rows(range(6), k, law=which, exclude=sets)
        np.testing.assert_array_equal(sampler.sample_rows(range(6), k, law=which, exclude=sets), drawn)
        for i, w in enumerate(which):
            alone = sampler.of_law(w).sample_rows([i], k, exclude=[sets[i]])[0]
            np.testing.assert_array_equal(drawn[i], alone, str(i))
    wide = sampler.sample_rows(range(3), 200, law=1)
    np.testing.assert_array_equal(wide, sampler.of_law(1).sample_rows(range(3), 200))


def test_weights_and_ids_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"weights: 1 to 2\*\*31 - 1 of them, got 0"):
        kernel.Exact(np.empty(0, np.uint64))
    with pytest.raises(ValueError, match="ids must have an id for each of 3 weights, got 2"):
        kernel.Exact(np.ones(3, np.uint64), np.arange(2, dtype=np.int32))


@pytest.mark.parametrize("with_ids", [False, True])
def test_what_is_left_beside_long_runs_of_ids(with_ids):
    """Runs of 1 to 130 ids, beside each other or apart, at both ends: 64 that follow each other are passed at once."""
    rng, n = np.random.default_rng(7), 2_000
    weights = rng.integers(0, 3, n).astype(np.uint64)
    law = kernel.Exact(weights, np.arange(n, dtype=np.int32) if with_ids else None)
    for runs in range(200):
        gone = np.zeros(n, bool)
        for length in rng.choice([1, 2, 62, 63, 64, 65, 66, 127, 128, 129, 130], 1 + runs % 12):
            start = rng.choice([0, n - length, rng.integers(n - length)])
            gone[start : start + length] = True
        if (weights[~gone] > 0).any():
            left = law.without(np.flatnonzero(gone))
            expected = np.flatnonzero(~gone & (weights > 0))
            np.testing.assert_array_equal(left.ids, expected)
            np.testing.assert_array_equal(left.weights, weights[expected])


def test_a_record_has_room_for_so_many_sets():
    law, known = kernel.Exact(np.ones(9, np.uint64)), kernel.Known()
    excluded = np.arange(3)
    left = law.without(excluded)
    assert (left.ids.tolist(), left.weights.tolist()) == ([3, 4, 5, 6, 7, 8], [1] * 6)
    added = [known.add(law, excluded, left) for _ in range(kernel.MOST_KNOWN + 1)]
    assert added == [True] * kernel.MOST_KNOWN + [False]
