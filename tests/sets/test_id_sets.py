# SPDX-License-Identifier: MIT
"""Sets that are prepared once: against Python sets, and against the same ids given as a CSR pair."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

import samplers
from samplers import IdSets
from samplers.arguments import as_array

V = 7
SETS = st.lists(st.lists(st.integers(0, V - 1), max_size=5), min_size=1, max_size=8)
COUNTS = [1000, 400, 90, 30, 5, 7, 200]
HISTORIES = [[0, 3], [], [2, 1, 2], [6], [0, 1, 2, 3], [5, 5, 5]]


def csr(lists):
    indptr = np.cumsum([0, *map(len, lists)])
    return indptr, np.array([i for row in lists for i in row], dtype=np.int64)


def members(sets: IdSets) -> list[list[int]]:
    return [sets.of_row(row).tolist() for row in range(len(sets))]


@given(SETS, st.integers(-9, -1))
def test_every_way_to_make_them_gives_the_same_sets(lists, padding):
    wanted = [sorted(set(row)) for row in lists]
    width = max(map(len, lists))
    padded = np.array([row + [padding] * (width - len(row)) for row in lists]).reshape(len(lists), width)
    dense = np.array([[i in row for i in range(V)] for row in lists])
    for sets in (
        IdSets.from_csr(*csr(lists), V),
        IdSets.from_lists(lists, V),
        IdSets.from_lists([set(row) for row in lists], V),
        IdSets.from_lists((np.array(row, dtype=np.int32) for row in lists), V),
        IdSets.from_padded(padded.astype(np.int64), V, padding=padding),
        IdSets.from_sparse(csr_array(dense)),
        IdSets.from_sparse(csr_array(dense).tocsc()),
    ):
        assert members(sets) == wanted
        assert sets.sizes().tolist() == [len(row) for row in wanted]
        assert len(sets) == len(lists)


@given(SETS, st.data())
def test_rows_are_views_that_may_be_chosen_again(lists, data):
    sets = IdSets.from_lists(lists, V)
    wanted = [sorted(set(row)) for row in lists]
    rows = data.draw(st.lists(st.integers(0, len(lists) - 1), max_size=9))
    for chosen in (sets[rows], sets[np.array(rows, dtype=np.int32)], copy.copy(sets)[rows]):
        assert members(chosen) == [wanted[row] for row in rows]
        indptr, ids = chosen._csr
        assert indptr.tolist() == np.cumsum([0, *(len(wanted[row]) for row in rows)]).tolist()
        assert ids.tolist() == [i for row in rows for i in wanted[row]]
        assert chosen._ids is sets._ids
        again = pickle.loads(pickle.dumps(chosen))
        assert members(again) == members(chosen)
    assert members(sets[1:][::-1]) == wanted[1:][::-1]
    assert members(sets[len(lists) - 1]) == [wanted[-1]]
    numbers = np.arange(len(rows))
    every = np.tile(np.arange(V), (len(rows), 1))
    for dtype in (np.int64, np.int32):
        hit = sets[rows].contains(numbers, every.astype(dtype))
        assert hit.tolist() == [[i in wanted[row] for i in range(V)] for row in rows]
    sums = sets[rows]._sums(sets[rows]._csr[1].astype(np.uint64) ** np.uint64(3))
    assert sums.tolist() == [sum(i**3 for i in wanted[row]) for row in rows]


@pytest.mark.parametrize("on_collision", ["redraw", "mark"])
def test_views_exclude_what_the_same_csr_pair_does(make, replacement, on_collision):
    """Sets of one size, of none, of many ids; rows in any order, some of them twice."""
    sets = IdSets.from_lists(HISTORIES, 10)
    for users in (
        np.arange(6),
        np.array([4, 0, 0, 2, 5, 1, 3] * 30),
        np.array([0, 2, 0]),
        np.array([3, 5]),
        np.array([1]),
    ):
        pair = csr([HISTORIES[user] for user in users])
        one, other = (
            as_array(
                make("mixed", rng=6, replacement=replacement).sample(
                    len(users), 2, exclude=exclude, on_collision=on_collision
                )
            )
            for exclude in (sets[users], pair)
        )
        np.testing.assert_array_equal(one, other)
        sampler = make("mixed", rng=6, replacement=replacement)
        np.testing.assert_array_equal(
            sampler.expected_counts(2, exclude=sets[users]), sampler.expected_counts(2, exclude=pair)
        )
        np.testing.assert_array_equal(
            sampler.log_expected_count(np.abs(one), 2, exclude=sets[users]),
            sampler.log_expected_count(np.abs(one), 2, exclude=pair),
        )


@pytest.mark.parametrize("name", ["alias", "spectrum"])
def test_rows_by_number_and_the_exact_path_take_views(name):
    """Nearly all of the mass excluded: attempts are used up, and the row is drawn from what is left."""
    sampler = samplers.create(name, [10**15, 10**14, 3, 2, 1, 1, 1], exponent=1.0, rng=3)
    sets = IdSets.from_lists([[0, 1], [0, 1, 2], []], V)
    users = np.array([1, 0, 2, 1])
    ids = sampler.sample_rows([7, 8, 9, 10], 3, exclude=sets[users])
    np.testing.assert_array_equal(
        ids, sampler.sample_rows([7, 8, 9, 10], 3, exclude=csr([[0, 1, 2], [0, 1], [], [0, 1, 2]]))
    )
    assert not sets[users].contains(np.arange(4), ids).any()


def test_what_the_caller_changes_later_changes_nothing():
    indptr, indices = np.array([0, 2, 3]), np.array([4, 1, 2])
    sets = IdSets.from_csr(indptr, indices, V)
    view = sets[[1, 0]]
    indptr[:], indices[:] = 0, 6
    assert members(view) == [[2], [1, 4]]
    with pytest.raises(ValueError, match="read-only"):
        view.of_row(0)[0] = 5


def test_no_sets_and_empty_sets_exclude_nothing():
    sampler = samplers.create("alias", COUNTS, rng=1)
    plain = sampler.with_rng(5).sample(3, 4)
    np.testing.assert_array_equal(sampler.with_rng(5).sample(3, 4, exclude=IdSets.from_lists([[], [], []], V)), plain)
    assert sampler.sample(0, 4, exclude=IdSets.from_lists([], V)).shape == (0, 4)


def test_a_row_with_nothing_left_is_marked_if_asked_for(make, replacement):
    """The other rows are drawn as if that row excluded nothing."""
    everything = list(range(10))
    sampler = make("mixed", rng=4, replacement=replacement)
    lists = [[2], everything, [], np.flatnonzero(sampler.noise.weights).tolist(), [5]]  # row 3 leaves ids of weight 0
    with pytest.raises(ValueError, match="exclude leaves 0 ids of positive weight in row 1"):
        sampler.sample(5, 2, exclude=lists)
    assert sampler.position == 0
    ids = sampler.sample(5, 2, exclude=lists, on_exhausted="mark")
    assert (ids[[1, 3]] == -1).all()
    others = make("mixed", rng=4, replacement=replacement).sample(5, 2, exclude=[[2], [], [], [], [5]])
    np.testing.assert_array_equal(ids[[0, 2, 4]], others[[0, 2, 4]])
    assert sampler.position == 5
    with pytest.raises(ValueError, match="on_exhausted must be 'raise' or 'mark', got 'skip'"):
        sampler.sample(5, 2, on_exhausted="skip")
    if sampler.info.positional:
        by_number = sampler.sample_rows(np.arange(5), 2, exclude=lists, on_exhausted="mark")
        np.testing.assert_array_equal(by_number, ids)


@pytest.mark.parametrize(
    ("make_sets", "kind", "message"),
    [
        (lambda: IdSets.from_csr([0, 2], [1, 9], V), ValueError, r"IdSets: id 9 in row 0 lies outside \[0, 7\)"),
        (lambda: IdSets.from_csr([0, 2, 1], [1, 2], V), ValueError, "IdSets: indptr must rise .* it falls in between"),
        (lambda: IdSets.from_csr([[0, 2]], [1, 2], V), ValueError, "IdSets as a CSR pair needs indptr of shape"),
        (lambda: IdSets.from_csr([0.0, 2.0], [1, 2], V), TypeError, "IdSets: indptr must be integers"),
        (lambda: IdSets.from_lists([[0], [7]], V), ValueError, r"IdSets: id 7 in row 1 lies outside \[0, 7\)"),
        (lambda: IdSets.from_lists([[0], None], V), TypeError, "IdSets: row 1 is None; write \\[\\]"),
        (lambda: IdSets.from_lists([[0], 3], V), TypeError, "IdSets: row 1 must be a list or set of ids, got 3"),
        (lambda: IdSets.from_lists([["the"]], V), TypeError, "IdSets must hold ids, got words"),
        (lambda: IdSets.from_lists([[True, 2]], V), TypeError, "IdSets holds True or False among ids"),
        (
            lambda: IdSets.from_lists({0: [1]}, V),
            TypeError,
            "IdSets must be a sequence of lists or sets of ids, got dict",
        ),
        (lambda: IdSets.from_lists("abc", V), TypeError, "IdSets must be a sequence of lists or sets of ids, got str"),
        (lambda: IdSets.from_padded([1, 2], V), ValueError, r"IdSets must have shape \(rows, m\), got \(2,\)"),
        (lambda: IdSets.from_padded([[1, -2]], V), ValueError, r"IdSets: id -2 in row 0 lies outside \[0, 7\)"),
        (lambda: IdSets.from_padded([[1, 0]], V, padding=None), TypeError, "padding must be an integer, got None"),
        (lambda: IdSets.from_sparse([[1, 0]]), TypeError, "IdSets: matrix must be a SciPy sparse matrix, got list"),
        (lambda: IdSets.from_lists([[0]], 0), ValueError, "V must be at least 1, got 0"),
        (lambda: IdSets.from_lists([[0]], 2.5), TypeError, "V must be an integer, got 2.5"),
        (lambda: IdSets.from_lists([[0]], V)[[0, 1]], IndexError, r"sets\[rows\]: rows\[1\] = 1, but there are 1 sets"),
        (lambda: IdSets.from_lists([[0]], V)[-1], IndexError, r"rows\[0\] = -1, but there are 1 sets"),
        (lambda: IdSets.from_lists([[0]], V)[[0.5]], TypeError, r"sets\[rows\]: rows must be integers"),
        (lambda: IdSets.from_lists([[0]], V)[[[0]]], ValueError, r"one dimension, got shape \(1, 1\)"),
        (lambda: IdSets.from_lists([[0]], V)["a"], TypeError, r"sets\[rows\]: rows must be integers"),
    ],
)
def test_bad_arguments(make_sets, kind, message):
    with pytest.raises(kind, match=message):
        make_sets()


def test_sets_that_do_not_fit_the_draw_are_refused():
    sampler = samplers.create("alias", COUNTS, rng=1)
    sets = IdSets.from_lists(HISTORIES, V)
    with pytest.raises(
        ValueError, match="exclude: 6 sets for 3 rows; write sets\\[numbers\\], one number for each row"
    ):
        sampler.sample(3, 2, exclude=sets)
    with pytest.raises(ValueError, match="exclude: IdSets of V=9, but the noise distribution has V=7"):
        sampler.sample(1, 2, exclude=IdSets.from_lists([[8]], 9))
    assert sampler.position == 0
    assert repr(sets) == "IdSets(6 sets of 10 ids, V=7)"


@pytest.mark.parametrize("row", [2, -1, 10**9])
def test_a_set_that_there_is_not_is_refused(row):
    """To search in set 10**9 read outside the memory of the sets."""
    sets = IdSets.from_lists([[0, 3], [1]], V=5)
    with pytest.raises(IndexError, match=f"row must be from 0 to 1, the number of a set, got {row}"):
        sets.of_row(row)
    with pytest.raises(IndexError, match=rf"rows\[1\] = {row}, but there are 2 sets"):
        sets.contains(np.array([0, row]), np.zeros((2, 3), np.int64))


@pytest.mark.parametrize(
    ("rows", "ids", "error", "message"),
    [
        ([0], [1, 2], ValueError, r"ids must have shape \(r, k\) for r rows, got \(2,\) for rows of shape \(1,\)"),
        ([0, 1, 0], [[1], [2]], ValueError, r"got \(2, 1\) for rows of shape \(3,\)"),
        ([0.5], [[1]], TypeError, "rows must be integers, got dtype float64"),
        ([0], [[1.0]], TypeError, "ids must be integers, got dtype float64"),
    ],
)
def test_what_is_searched_has_a_row_of_ids_for_each_set(rows, ids, error, message):
    with pytest.raises(error, match=message):
        IdSets.from_lists([[0, 3], [1]], V=5).contains(rows, ids)


def test_sets_are_iterated_by_their_ids_and_hold_no_single_id():
    """``3 in sets[0]`` would always be False, as the sets of a sequence are no ids."""
    sets = IdSets.from_lists([[0, 3], [], [2, 1]], V=5)
    assert [ids.tolist() for ids in sets] == [[0, 3], [], [1, 2]]
    assert IdSets.from_lists(list(sets), V=5).sizes().tolist() == [2, 0, 2]
    for item in (3, [0, 3]):
        with pytest.raises(TypeError, match=r"of which set\? Write sets\.contains\(rows, ids\)"):
            item in sets[0]  # noqa: B015
    with pytest.raises(TypeError, match="IdSets"):
        sets | np.array([1, 2, 3])
