# SPDX-License-Identifier: MIT
"""The table of rows that exclude one id each: against the method that computes each row, and its bound."""

from __future__ import annotations

import numpy as np
import pytest

import samplers
from samplers.laws import contour, one_excluded
from samplers.laws.inclusion import InclusionByWeight, _of_classes
from tests.laws.test_contour import LAWS, grouped

COUNTS = (10**6 / np.arange(1, 5001)).astype(np.int64)
COUNTS[7] = 0


def table_of(name, k):
    law = samplers.from_weights(LAWS[name])
    return InclusionByWeight(law, k)._table_of_one(None)


@pytest.mark.parametrize(("name", "k"), [*((name, 5) for name in LAWS), ("zipf", 40)])
def test_the_error_is_below_the_tolerance(name, k):
    table = table_of(name, k)
    weights, sizes = grouped(samplers.from_weights(LAWS[name]).weights.astype(float))
    for excluded in np.linspace(0, len(weights) - 1, 5).astype(int):
        left = sizes.copy()
        left[excluded] -= 1
        used = np.flatnonzero(left)
        exact = _of_classes(weights[used], left[used], k)
        values = table.at(used, np.full(len(used), excluded))
        assert np.abs(values / exact - 1).max() < table.error() + 1e-12
    assert table.error() < 1e-12


def test_too_few_points_are_noticed(monkeypatch):
    monkeypatch.setattr(one_excluded, "_NODES", 3)
    assert table_of("all distinct", 40) is None


def batch(k=5):
    """A sampler, rows of distinct ids, and the positive of each row; as many positives as make a table worth it."""
    sampler = samplers.create("alias", COUNTS, rng=1, replacement=False)
    positives = np.delete(np.arange(300), 7)
    ids = sampler.sample(len(positives), k, exclude=positives)
    ids[0, 0], ids[1, 0] = positives[0], 7  # excluded, and of weight 0
    return sampler, ids, positives


def test_logs_are_those_of_rows_computed_one_by_one(monkeypatch):
    sampler, ids, positives = batch()
    logs = sampler.log_expected_count(ids, 5, exclude=positives)
    assert np.isneginf(logs[[0, 1], 0]).all()
    for row in (0, 1, 2, 150, 298):
        alone = sampler.log_expected_count(ids[[row]], 5, exclude=positives[[row]])
        np.testing.assert_allclose(logs[row], alone[0], rtol=1e-11)
    monkeypatch.setattr(InclusionByWeight, "with_one_excluded", lambda *given: None)
    np.testing.assert_allclose(logs, sampler.log_expected_count(ids, 5, exclude=positives), rtol=1e-11)


def test_a_law_has_one_table_for_a_k(monkeypatch):
    calls = []
    of_rows = contour.of_rows
    monkeypatch.setattr(contour, "of_rows", lambda *given: calls.append(len(given[3])) or of_rows(*given))
    sampler, ids, positives = batch()
    first = sampler.log_expected_count(ids, 5, exclude=positives)
    assert len(calls) == 1
    assert calls[0] < 150
    order = np.random.default_rng(1).permutation(len(ids))
    assert (sampler.log_expected_count(ids[order], 5, exclude=positives[order]) == first[order]).all()
    assert len(calls) == 1


@pytest.mark.parametrize("exclude", [[[1, 2]] * 100, [[i, *([4] if i == 50 else [])] for i in range(100)]])
def test_rows_that_exclude_more_need_no_table(exclude, monkeypatch):
    monkeypatch.setattr(InclusionByWeight, "with_one_excluded", None)
    sampler = samplers.create("alias", COUNTS[:200], rng=1, replacement=False)
    assert (sampler.log_expected_count(np.full((100, 1), 3), 2, exclude=exclude)[4:] < 0).all()


def test_the_time_of_the_table_has_a_limit():
    sampler, ids, positives = batch()
    with pytest.raises(ValueError, match=r"without one id each, .* time_limit"):
        sampler.log_expected_count(ids, 5, exclude=positives, time_limit=1e-6)
