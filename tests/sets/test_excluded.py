# SPDX-License-Identifier: MIT
"""ExcludedSets against Python sets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from samplers import NoiseDistribution
from samplers.sets.excluded import ExcludedSets

SETS = st.lists(st.lists(st.integers(0, 6), max_size=5), min_size=1, max_size=8)


def vocabulary(n: int) -> NoiseDistribution:
    """A noise distribution over so many ids."""
    return NoiseDistribution([1] * n)


def as_csr(sets: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    indptr = np.cumsum([0, *map(len, sets)])
    return indptr, np.array([i for row in sets for i in row], dtype=np.int64)


@given(SETS, st.integers(0, 2**7 - 1))
def test_sets_contain_what_python_sets_contain(sets, positive_bits):
    excluded = ExcludedSets(as_csr(sets), vocabulary(7), len(sets))
    every = np.tile(np.arange(7), (len(sets), 1))
    found = excluded.contains(np.arange(len(sets)), every)
    assert found.tolist() == [[i in set(row) for i in range(7)] for row in sets]
    assert excluded.sizes().tolist() == [len(set(row)) for row in sets]
    positive = np.array([bool(positive_bits >> i & 1) for i in range(7)])
    assert excluded.sizes(positive).tolist() == [sum(positive[i] for i in set(row)) for row in sets]
    for row, ids in enumerate(sets):
        assert excluded.of_row(row).tolist() == sorted(set(ids))


@given(SETS, st.integers(1, 4))
def test_the_first_infeasible_row_is_named(sets, needed):
    excluded = ExcludedSets(as_csr(sets), vocabulary(7), len(sets))
    noise = NoiseDistribution([1, 1, 1, 1, 1, 0, 0])
    left = [5 - len({i for i in row if i < 5}) for row in sets]
    short = [row for row, n in enumerate(left) if n < needed]
    if not short:
        excluded.check_feasible(noise, needed)
        return
    with pytest.raises(ValueError, match=f"leaves {left[short[0]]} ids of positive weight in row {short[0]},"):
        excluded.check_feasible(noise, needed)


def test_a_scipy_csr_matrix_is_taken_as_it_is():
    matrix = csr_array(np.array([[0, 1, 1], [1, 0, 0]]))
    excluded = ExcludedSets(matrix, vocabulary(3), 2)
    assert excluded.of_row(0).tolist() == [1, 2]
    assert excluded.of_row(1).tolist() == [0]


@pytest.mark.parametrize("form", ["csc", "coo", "bsr", "lil"])
def test_any_sparse_matrix_is_read_by_rows(form):
    dense = np.array([[1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 1]])
    excluded = ExcludedSets(csr_array(dense).asformat(form), vocabulary(4), 4)
    assert [excluded.of_row(row).tolist() for row in range(4)] == [[0], [3], [3], [3]]
    with pytest.raises(ValueError, match=r"sparse matrix needs shape \(4, 5\), got \(4, 4\)"):
        ExcludedSets(csr_array(dense), vocabulary(5), 4)


def test_unsigned_and_empty_ids_are_integers():
    assert ExcludedSets(np.array([1, 2], dtype=np.uint16), vocabulary(3), 2).of_row(1).tolist() == [2]
    assert ExcludedSets([], vocabulary(3), 0).sizes().tolist() == []
    assert ExcludedSets([[], []], vocabulary(3), 2).sizes().tolist() == [0, 0]


def test_rows_times_ids_beyond_int64_are_refused():
    class Huge:
        def __len__(self):
            return 2**62

    with pytest.raises(ValueError, match=r"below 2\*\*63, got 2 \* 4611686018427387904"):
        ExcludedSets([1, 5], Huge(), 2)


@pytest.mark.parametrize("form", ["csr", "csc", "coo", "lil", "dok", "bsr", "dia"])
def test_stored_zeros_of_a_sparse_matrix_are_no_entries(form):
    matrix = csr_array(np.array([[5, 2, 0, 7], [4, 0, 1, 2]]))
    matrix.data[[1, 5]] = 0
    stored = matrix if form == "csr" else getattr(matrix, f"to{form}")()
    excluded = ExcludedSets(stored, vocabulary(4), 2)
    assert [excluded.of_row(row).tolist() for row in range(2)] == [[0, 3], [0, 2]]
    assert matrix.nnz == 6  # it is the caller's


@pytest.mark.parametrize("dtype", ["int64", "uint8", "int32"])
def test_a_mask_of_integers_is_refused_and_not_read_as_the_ids_0_and_1(dtype):
    mask = np.eye(4, dtype=dtype)[[3, 1]]
    for form in (mask, mask.tolist()):
        with pytest.raises(ValueError, match=r"look like a mask.*astype\(bool\)"):
            ExcludedSets(form, vocabulary(4), 2)
    excluded = ExcludedSets(mask.astype(bool), vocabulary(4), 2)
    assert [excluded.of_row(row).tolist() for row in range(2)] == [[3], [1]]
    again = ExcludedSets([[0, 1], [1]], vocabulary(4), 2)
    assert [again.of_row(row).tolist() for row in range(2)] == [[0, 1], [1]]


def test_rows_may_be_tensors():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    for second in ([2], [2, 3]):
        excluded = ExcludedSets([torch.tensor([0, 1]), torch.tensor(second)], vocabulary(4), 2)
        assert [excluded.of_row(row).tolist() for row in range(2)] == [[0, 1], second]
    with pytest.raises(TypeError, match=r"row 0 is tensor\(3\), where a list or set of ids is wanted"):
        ExcludedSets([torch.tensor(3), [1, 2]], vocabulary(4), 2)
