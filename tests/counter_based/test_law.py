# SPDX-License-Identifier: MIT
"""Rows of distinct ids and beside excluded ones, of positional samplers: the law, on the exact path too."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest
from scipy import stats

from samplers.counter_based import cursor as positional
from tests.counter_based.streams import ALPHA, ROWS, K, both, excluded_of, make, modes, of_any_law, stream


def successive(p: np.ndarray, k: int) -> dict[tuple[int, ...], float]:
    """The exact law of an ordered row of k distinct ids."""
    law = {}
    for row in permutations(np.flatnonzero(p).tolist(), k):
        left, probability = 1.0, 1.0
        for i in row:
            probability *= p[i] / left
            left -= p[i]
        law[row] = probability
    return law


def rows_follow(ids: np.ndarray, law: dict[tuple[int, ...], float]) -> float:
    """p-value of the rows under their law, rare ones together; a row of no law is a KeyError."""
    seen = dict.fromkeys(law, 0)
    for row, n in zip(*np.unique(ids, axis=0, return_counts=True), strict=True):
        seen[tuple(row.tolist())] += int(n)
    expected = len(ids) * np.array(list(law.values()))
    observed = np.array(list(seen.values()))
    rare = expected < 10
    if rare.any():
        expected = np.append(expected[~rare], expected[rare].sum())
        observed = np.append(observed[~rare], observed[rare].sum())
        if expected[-1] < 10:
            assert stats.poisson.sf(observed[-1] - 1, expected[-1]) > ALPHA
            expected, observed = expected[:-1], observed[:-1]
    if len(expected) == 1:
        return 1.0
    return float(stats.chisquare(observed, expected * observed.sum() / expected.sum()).pvalue)


DISTINCT = {
    "all of four": ([60, 25, 10, 5], 4),
    "three of five, one zero": ([60, 0, 25, 10, 5], 3),
    "all of five alike": ([1, 1, 1, 1, 1], 5),
    "one of 1 - 1e-6": ([3_000_000, 1, 1, 1], 4),
    "one of 1 - 1e-6, others apart": ([6_000_000, 3, 2, 1], 3),
}


@of_any_law
@pytest.mark.parametrize("case", DISTINCT)
def test_distinct_rows_follow_successive_sampling(name, case):
    """Chi-square over ordered rows; false alarms 1e-6. In the skewed ones the exact path does the work."""
    counts, k = DISTINCT[case]
    sampler = make(name, counts, 5, replacement=False)
    ids = sampler.sample(5000 if "1e-6" in case else 20_000, k)
    p = sampler.noise.probabilities
    assert rows_follow(ids, successive(p, k)) > ALPHA


@of_any_law
def test_rows_on_the_exact_path_are_the_same_in_any_split(name, monkeypatch):
    sampler = make(name, [10**7, 4, 3, 2, 1], 6, replacement=False)
    whole = sampler.sample(3000, 5)
    assert (np.sort(whole, axis=1) == np.arange(5)).all()
    sampler.position = 0
    np.testing.assert_array_equal(np.concatenate([sampler.sample(n, 5) for n in (1, 1000, 1999)]), whole)
    order = np.random.default_rng(1).permutation(3000)
    np.testing.assert_array_equal(sampler.sample_rows(order, 5), whole[order])
    for k in (1, 2, 3, 4):
        np.testing.assert_array_equal(sampler.sample_rows(range(300), k), whole[:300, :k])
    monkeypatch.setattr(positional, "CHUNK_IDS", 999)
    threaded = make(name, [10**7, 4, 3, 2, 1], 6, replacement=False, threads=3)
    np.testing.assert_array_equal(threaded.sample(3000, 5), whole)


EXCLUDED = {
    "one": ([60, 25, 10, 5], [0]),
    "all but two": ([60, 25, 10, 5, 1], [0, 1, 4]),
    "none": ([60, 25, 10, 5], []),
    "zero weight": ([60, 0, 25, 10, 5], [1]),
    "nearly everything": ([10**7, 5, 3, 1], [0]),
}


@both
@modes
@pytest.mark.parametrize("case", EXCLUDED)
def test_rows_beside_an_excluded_set_follow_p_of_what_is_left(name, replacement, case):
    """p / (1 - p(E)), and successive sampling of the same; false alarms 1e-6."""
    counts, out = EXCLUDED[case]
    sampler = make(name, counts, 7, replacement=replacement)
    rows = 4000 if case == "nearly everything" else 20_000
    ids = sampler.sample(rows, 2, exclude=np.tile(np.array(out, dtype=np.int64), (rows, 1)))
    p = sampler.noise.probabilities.copy()
    p[out] = 0
    p /= p.sum()
    left = np.flatnonzero(p).tolist()
    law = {row: p[row[0]] * p[row[1]] for row in product(left, left)} if replacement else successive(p, 2)
    assert rows_follow(ids, law) > ALPHA


@both
@modes
@pytest.mark.parametrize("light", [[1000, 1], [10, 1]])
def test_light_ids_keep_their_proportions_where_all_heavy_ones_are_excluded(name, replacement, light):
    """All that is left has 1e-15 of the mass, less than the resolution of the table: the law still holds."""
    counts = [10**18, *light]
    sampler = make(name, counts, 8, replacement=replacement)
    ids = sampler.sample(4000, 1, exclude=np.zeros(4000, dtype=np.int64))[:, 0]
    expected = 4000 * np.array(light) / sum(light)
    assert stats.binomtest(int((ids == 2).sum()), 4000, float(expected[1] / 4000)).pvalue > ALPHA


@both
@modes
def test_classes_of_less_than_a_unit_an_id_are_still_drawn_when_nothing_else_is_left(name, replacement):
    """A thousand light ids share one unit of 2**62."""
    counts = np.concatenate([np.full(2000, 2.0**62), np.ones(1000)])
    sampler = make(name, counts, 8, replacement=replacement)
    ids = sampler.sample(20, 5, exclude=np.tile(np.arange(2000), (20, 1)))
    assert ids.min() >= 2000
    assert ids.max() < 3000
    assert len(np.unique(ids)) > 80


@both
@modes
def test_a_row_that_keeps_one_id_of_next_to_no_weight_gets_it(name, replacement):
    sampler = make(name, [10**9, 1, 10**9, 10**9], 9, replacement=replacement)
    assert (sampler.sample(50, 1, exclude=np.tile([0, 2, 3], (50, 1))) == 1).all()
    if replacement:
        assert (sampler.sample(3, 4, exclude=np.tile([0, 2, 3], (3, 1))) == 1).all()


@of_any_law
@modes
def test_all_forms_of_exclude_give_the_same_ids(name, replacement, form):
    rng = np.random.default_rng(3)
    table = rng.integers(100, size=(3000, 3))
    sets = [sorted(set(row)) for row in table.tolist()]
    starts = np.cumsum([0, *map(len, sets)])
    shuffled = [list(rng.permutation(s)) for s in sets]
    twice = [s + s[::-1] for s in shuffled]
    forms = [
        table,
        table.astype(np.int32),
        np.hstack([table, table[:, ::-1]]),
        (starts, np.array([i for s in sets for i in s])),
        (starts, np.array([i for s in shuffled for i in s], dtype=np.uint8)),
        (2 * starts, np.array([i for s in twice for i in s])),
    ]
    drawn = [stream(name, replacement).sample(3000, 5, exclude=exclude) for exclude in forms]
    for ids in drawn[1:]:
        np.testing.assert_array_equal(ids, drawn[0])
    one = [
        stream(name, replacement).sample(3000, 5, exclude=e)
        for e in (table[:, 0], table[:, :1], table[:, [0, 0]], (np.arange(3001), table[:, 0]))
    ]
    for ids in one[1:]:
        np.testing.assert_array_equal(ids, one[0])
    plain = stream(name, replacement).sample(3000, 5)
    nothing = stream(name, replacement).sample(3000, 5, exclude=np.zeros((3000, 0), dtype=np.int64))
    np.testing.assert_array_equal(plain, nothing)


@of_any_law
@modes
def test_a_row_with_nothing_excluded_is_the_plain_row_beside_others_that_exclude(name, replacement):
    plain = stream(name, replacement).sample(1000, 5)
    sizes = np.arange(1000) % 2 * 12
    exclude = (np.concatenate([[0], np.cumsum(sizes)]), np.tile(np.arange(12), 500))
    beside = stream(name, replacement).sample(1000, 5, exclude=exclude)
    np.testing.assert_array_equal(beside[::2], plain[::2])
    assert beside[1::2].min() >= 12


@of_any_law
@modes
def test_mark_leaves_every_other_id_as_it_is(name, replacement):
    plain = stream(name, replacement).sample(ROWS, K)
    exclude = excluded_of("sets", 0, ROWS)
    marked = stream(name, replacement, threads=2).sample(ROWS, K, exclude=exclude, on_collision="mark")
    np.testing.assert_array_equal(plain[marked >= 0], marked[marked >= 0])
    row, column = np.nonzero(marked == -1)
    starts, ids = exclude
    assert len(row) > 300
    for r, c in zip(row[:500].tolist(), column[:500].tolist(), strict=True):
        assert plain[r, c] in ids[starts[r] : starts[r + 1]]
