# SPDX-License-Identifier: MIT
"""Cells of rows that exclude some ids each: against the method that computes each row, enumeration, and the bound."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

import samplers
from samplers.laws import contour, some_excluded
from samplers.laws.inclusion import InclusionByWeight, _law_of_all, _of_classes
from tests.laws.test_contour import LAWS, grouped

COUNTS = (10**6 / np.arange(1, 5001)).astype(np.int64)
COUNTS[7] = 0


def histories(n_ids: int, rows: int, most: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Sets of every size to ``most``; heavy ids, which come first, are in many of them."""
    p = 1 / np.arange(1, n_ids + 1)
    return [rng.choice(n_ids, row % (most + 1), replace=False, p=p / p.sum()) for row in range(rows)]


@pytest.mark.parametrize(("name", "k"), [*((name, 5) for name in LAWS), ("zipf", 2), ("zipf", 20)])
def test_the_error_is_below_the_bound_and_the_bound_below_the_tolerance_or_large(name, k):
    weights, sizes = grouped(samplers.from_weights(LAWS[name]).weights.astype(float))
    share = weights / (weights @ sizes)
    rng = np.random.default_rng(5)
    most = min(20, len(weights) - 1, int(sizes.sum()) - k - 2)
    excluded = histories(len(weights), 12, most, rng)
    ids = rng.integers(len(weights), size=(12, 4))
    edges = contour.edges(share, sizes, k, excluded)
    possible = some_excluded.is_possible(share, excluded, edges)
    assert possible == (name != "one above many")  # whose odds reach exp(300), so that of_sets computes all rows
    if not possible:
        return
    values, bounds = some_excluded.of_cells(
        share, sizes, k, lambda t: _law_of_all(share, sizes, k, t), ids, excluded, edges
    )
    compared = 0
    for row, members in enumerate(excluded):
        left = sizes - np.bincount(members, minlength=len(sizes))
        used = np.flatnonzero(left)
        exact = np.zeros(len(sizes))
        exact[used] = _of_classes(weights[used], left[used], k)
        cells = (left[ids[row]] > 0) & np.isfinite(bounds[row])  # another method computes those of infinite bound
        error = np.abs(values[row, cells] / exact[ids[row, cells]] - 1)
        assert (error <= bounds[row, cells] + 1e-13).all()
        compared += int((bounds[row, cells] <= contour.TOLERANCE).sum())
    assert compared > 12


def test_small_laws_are_those_of_enumeration():
    weights, k = np.array([30.0, 11.0, 5.0, 5.0, 2.0, 1.0, 1.0]), 3
    law = samplers.from_weights(weights)
    sampler = samplers.create("alias", law, rng=1, replacement=False)
    sets = [[0], [1, 3], [], [5, 6], [0, 4]] * 8
    ids = np.tile(np.arange(7), (len(sets), 1))
    logs = sampler.log_expected_count(ids, k, exclude=sets)
    for row, members in enumerate(sets[:5]):
        left = [i for i in range(7) if i not in members]
        expected = np.zeros(7)
        for drawn in permutations(left, k):
            rest, chance = weights[left].sum(), 1.0
            for i in drawn:
                chance, rest = chance * weights[i] / rest, rest - weights[i]
            expected[list(drawn)] += chance
        np.testing.assert_allclose(np.exp(logs[row]), expected, rtol=1e-9, atol=0)


def batch(rows=200, k=5):
    """A sampler, rows of distinct ids, and histories; an id is excluded, one has weight 0, one row leaves k ids."""
    sampler = samplers.create("alias", COUNTS, rng=1, replacement=False)
    members = histories(5000, rows, 20, np.random.default_rng(2))
    members[3] = np.setdiff1d(np.arange(5000), [7, 11, 12, 13, 14, 15])
    seen = samplers.IdSets.from_lists(members, V=5000)
    ids = sampler.sample(rows, k, exclude=seen)
    ids[10, 0], ids[1, 0] = members[10][0], 7
    return sampler, ids, seen


def test_logs_are_those_of_rows_computed_one_by_one():
    sampler, ids, seen = batch()
    logs = sampler.log_expected_count(ids, 5, exclude=seen)
    assert np.isneginf(logs[[10, 1], 0]).all()
    assert np.isfinite(np.delete(logs, [10, 1], axis=0)).all()
    np.testing.assert_array_equal(logs[3], 0)  # each of the ids that are left is in the row
    for row in (0, 1, 2, 10, 41, 199):
        alone = sampler.log_expected_count(ids[[row]], 5, exclude=seen[[row]])
        np.testing.assert_allclose(logs[row], alone[0], rtol=1e-11)


def test_too_few_times_are_noticed_and_other_methods_take_over(monkeypatch):
    sampler, ids, seen = batch(rows=12)
    monkeypatch.setattr("samplers.laws.inclusion._SOON", 0.5)
    expected = sampler.log_expected_count(ids, 5, exclude=seen)
    asked = []
    of_sets = InclusionByWeight.of_sets
    monkeypatch.setattr(
        InclusionByWeight, "of_sets", lambda self, sets, limit: asked.append(len(sets)) or of_sets(self, sets, limit)
    )
    sampler.log_expected_count(ids, 5, exclude=seen)
    assert asked == [1]  # the row that leaves k ids
    monkeypatch.setattr(some_excluded, "_COARSE", 1)
    monkeypatch.setattr(some_excluded, "_FINE", 2)
    np.testing.assert_allclose(sampler.log_expected_count(ids, 5, exclude=seen), expected, rtol=1e-9)
    assert asked[1] > 8


def test_equal_rows_are_computed_once(monkeypatch):
    monkeypatch.setattr(some_excluded, "of_cells", None)
    sampler = samplers.create("alias", COUNTS[:40], rng=1, replacement=False)
    logs = sampler.log_expected_count(np.full((20_000, 2), [3, 4]), 8, exclude=np.tile([[1, 2]], (20_000, 1)))
    assert (logs == logs[0]).all()


def test_the_time_has_a_limit():
    sampler, ids, seen = batch()
    with pytest.raises(ValueError, match=r"of 199 rows of excluded ids, .* time_limit"):
        sampler.log_expected_count(ids, 5, exclude=seen, time_limit=1e-6)


@pytest.mark.parametrize("heavy", [0.9, 0.999999])
def test_beside_a_heavy_id_the_logs_are_right(heavy):
    """With one id that has nearly all of the mass, the sums cannot be computed, or the bound says so."""
    weights = np.full(300, (1 - heavy) / 299)
    weights[0] = heavy
    sampler = samplers.create("alias", samplers.from_weights(weights), rng=1, replacement=False)
    sets = [[0, row] if row % 2 else [row, row + 1] for row in range(1, 40)]
    ids = np.tile([0, 100, 200], (len(sets), 1))
    logs = sampler.log_expected_count(ids, 3, exclude=sets)
    for row in (0, 1, 2, 37):
        alone = sampler.log_expected_count(ids[[row]], 3, exclude=[sets[row]])
        np.testing.assert_allclose(logs[row], alone[0], rtol=1e-9)
