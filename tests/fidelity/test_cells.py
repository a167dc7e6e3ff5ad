# SPDX-License-Identifier: MIT
"""Cells of ids, and the transform of draws to uniform numbers, compared with enumeration."""

from __future__ import annotations

from itertools import pairwise, permutations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import samplers
from samplers.fidelity.cells import EQUAL, FINE, Cells, CellsOfIds, seeded_by, transformed
from samplers.fidelity.plan import Plan

COUNTS = [9, 5, 3, 2, 1, 1]
ZIPF = np.floor(1000 / (np.arange(100) + 2.7)).astype(int)


def cells_of_ids(counts=COUNTS, replacement=True):
    return CellsOfIds(Plan(samplers.NoiseDistribution(counts), 2, 1_000, replacement))


class Fixed:
    """A generator that returns the same number always."""

    def __init__(self, value):
        self.value = value

    def random(self, n):
        return np.full(n, self.value)


def interval(cells, ids, excluded, **how):
    """The cells of the ends of the interval to which a row is transformed, int (2, k)."""
    sets = None if excluded is None else np.array([excluded])
    ends = [transformed(cells, np.array([ids]), Fixed(u), sets, **how)[0] for u in (0.0, 1 - 1e-12)]
    return np.array(ends).astype(int)


def conditional(p, drawn, column, excluded, distinct, marked):
    """The probability of ``drawn[column]``, given the ids before it and the excluded ids: by definition."""
    gone = {i for i in excluded if i >= 0}
    before = set(drawn[:column]) if distinct else set()
    if not marked:
        return p[drawn[column]] / (1 - sum(p[i] for i in gone | before))
    left = 1 - sum(p[i] for i in before)
    here = sum(p[i] for i in gone) if drawn[column] == -1 else p[drawn[column]]
    return here / left


@pytest.mark.parametrize("distinct", [True, False])
@pytest.mark.parametrize("marked", [True, False])
@pytest.mark.parametrize("excluded", [[-1, -1], [0, -1], [2, 4], [5, 0]])
def test_a_row_is_transformed_to_an_interval_as_long_as_its_conditional_probability(distinct, marked, excluded):
    """Every row of two ids of V = 6, to one part of 4,096. The intervals of column 0 do not overlap."""
    cells = cells_of_ids()
    p = cells.plan.probabilities
    ids = [i for i in range(6) if i not in excluded] + ([-1] if marked and max(excluded) >= 0 else [])
    rows = permutations(ids, 2) if distinct else product(ids, repeat=2)
    firsts = {}
    for row in rows:
        low, high = interval(cells, row, excluded, distinct=distinct, marked=marked)
        for column in range(2):
            if distinct and marked and column and row[0] == -1:
                assert low[column] == high[column] == -1  # which id was marked is not known
                continue
            length = FINE * conditional(p, row, column, excluded, distinct, marked)
            assert abs(high[column] - low[column] - length) <= 1.01, (row, column)
        firsts[row[0]] = (low[0], high[0])
    ends = sorted(firsts.values())
    assert ends[0][0] == 0
    assert ends[-1][1] == FINE - 1
    assert all(later[0] - earlier[1] in (0, 1) for earlier, later in pairwise(ends))


def test_a_draw_from_what_is_hardly_left_is_not_compared():
    cells = cells_of_ids([10**12, 1, 1])
    assert transformed(cells, np.array([[0, 1], [1, 0]]), np.random.default_rng(1), distinct=True)[0, 1] == -1


@pytest.mark.parametrize("replacement", [True, False])
def test_honest_draws_become_uniform(replacement):
    """Chi-square over 64 parts of each column with excluded ids, 60,000 rows; a false-alarm rate of 1e-5 each."""
    cells = cells_of_ids(ZIPF, replacement)
    sampler = samplers.create("alias", cells.plan.noise, rng=5, replacement=replacement)
    excluded = np.stack([np.arange(60_000) % 10, (np.arange(60_000) * 7 + 1) % 100], axis=1)
    excluded[excluded[:, 0] == excluded[:, 1], 1] = -1
    ids = sampler.sample(60_000, 4, exclude=excluded)
    bins = transformed(cells, ids, np.random.default_rng(2), excluded, distinct=not replacement)
    for column in bins.T:
        assert stats.chisquare(np.bincount(column // (FINE // 64), minlength=64)).pvalue > 1e-5
    others = np.roll(excluded, 5, axis=0)  # with the sets of other rows the draws do not become uniform
    bins = transformed(cells, ids, np.random.default_rng(2), others, distinct=not replacement)
    of_tenth = bins[::10, 0] // (FINE // 64)
    assert stats.chisquare(np.bincount(of_tenth, minlength=64)).pvalue < 1e-5


@pytest.mark.parametrize(
    "counts", [[7], [5, 4], COUNTS, ZIPF, np.ones(10**5, dtype=int), np.arange(1, 30_000), [0, 3, 0]]
)
def test_every_id_has_a_cell_and_the_masses_are_those_of_the_ids(counts):
    cells = cells_of_ids(counts)
    p = cells.plan.probabilities
    of_id = cells.of_id.astype(int)
    assert of_id.shape == p.shape
    np.testing.assert_allclose(np.bincount(of_id, weights=p), cells.cells.mass, atol=1e-15)
    assert (cells.cells.mass > 0).all()
    alone = p >= 1 / FINE
    assert (np.bincount(of_id[p > 0])[of_id[alone]] == 1).all()
    assert len(cells.cells.mass) <= 2 * FINE
    np.testing.assert_allclose(cells.before, np.concatenate([[0], np.cumsum(cells.cells.mass)[:-1]]), atol=1e-12)


def test_cells_mix_ids_of_every_residue():
    """V = 1e5 equal counts: in no cell of 24 ids do all have the same bit, for any of the low six bits."""
    of_id = cells_of_ids(np.ones(10**5, dtype=int)).of_id
    for bit in range(6):
        share = np.bincount(of_id, weights=np.arange(10**5) >> bit & 1) / np.bincount(of_id)
        assert share.min() > 0
        assert share.max() < 1
        assert share.std() > 0.01  # and the cells differ, so that a law of half of the ids is visible


@given(st.lists(st.floats(1e-6, 1), min_size=1, max_size=200), st.floats(0, 0.6), st.integers(1, 64))
def test_classes_are_large_enough_and_adjacent(weights, least, most):
    mass = np.array(weights) / np.sum(weights)
    labels = Cells(mass).merged(least, most)
    assert labels[0] == 0
    assert set(np.diff(labels)) <= {0, 1}
    classes = np.bincount(labels, weights=mass)
    assert len(classes) <= most
    assert len(classes) == 1 or classes.min() >= max(least, 1 / most) * (1 - 1e-6)


def test_equal_cells_and_seeds_that_depend_on_the_draws():
    assert EQUAL.merged(0, 32).tolist() == (np.arange(FINE) // 128).tolist()
    first, again, other = (seeded_by(np.array([[1, value]])).random() for value in (2, 2, 3))
    assert first == again != other
