# SPDX-License-Identifier: MIT
"""Every form of exclude, against Python sets."""

from __future__ import annotations

import array
from collections import Counter, deque
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

import samplers
from samplers import NoiseDistribution
from samplers.sets.id_sets import IdSets

SETS = st.lists(st.lists(st.integers(0, 6), max_size=5), min_size=1, max_size=8)


def vocabulary(n: int) -> NoiseDistribution:
    """A noise distribution over so many ids."""
    return NoiseDistribution([1] * n)


def as_csr(sets: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    indptr = np.cumsum([0, *map(len, sets)])
    return indptr, np.array([i for row in sets for i in row], dtype=np.int64)


@given(SETS)
def test_sets_contain_what_python_sets_contain(sets):
    excluded = IdSets._of_exclude(as_csr(sets), vocabulary(7), len(sets))
    every = np.tile(np.arange(7), (len(sets), 1))
    found = excluded.contains(np.arange(len(sets)), every)
    assert found.tolist() == [[i in set(row) for i in range(7)] for row in sets]
    assert excluded.sizes().tolist() == [len(set(row)) for row in sets]
    for row, ids in enumerate(sets):
        assert excluded.of_row(row).tolist() == sorted(set(ids))


@given(SETS, st.integers(1, 4))
def test_the_first_infeasible_row_is_named(sets, needed):
    excluded = IdSets._of_exclude(as_csr(sets), vocabulary(7), len(sets))
    noise = NoiseDistribution([1, 1, 1, 1, 1, 0, 0])
    left = [5 - len({i for i in row if i < 5}) for row in sets]
    short = [row for row, n in enumerate(left) if n < needed]
    if not short:
        excluded._check_feasible(noise, needed)
        return
    with pytest.raises(ValueError, match=f"leaves {left[short[0]]} ids of positive weight in row {short[0]},"):
        excluded._check_feasible(noise, needed)


def test_a_scipy_csr_matrix_is_taken_as_it_is():
    matrix = csr_array(np.array([[0, 1, 1], [1, 0, 0]]))
    excluded = IdSets._of_exclude(matrix, vocabulary(3), 2)
    assert excluded.of_row(0).tolist() == [1, 2]
    assert excluded.of_row(1).tolist() == [0]


@pytest.mark.parametrize("form", ["csc", "coo", "bsr", "lil"])
def test_any_sparse_matrix_is_read_by_rows(form):
    dense = np.array([[1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 1]])
    excluded = IdSets._of_exclude(csr_array(dense).asformat(form), vocabulary(4), 4)
    assert [excluded.of_row(row).tolist() for row in range(4)] == [[0], [3], [3], [3]]
    with pytest.raises(ValueError, match=r"sparse matrix needs shape \(4, 5\), got \(4, 4\)"):
        IdSets._of_exclude(csr_array(dense), vocabulary(5), 4)


def test_unsigned_and_empty_ids_are_integers():
    assert IdSets._of_exclude(np.array([1, 2], dtype=np.uint16), vocabulary(3), 2).of_row(1).tolist() == [2]
    assert IdSets._of_exclude([], vocabulary(3), 0).sizes().tolist() == []
    assert IdSets._of_exclude([[], []], vocabulary(3), 2).sizes().tolist() == [0, 0]


def test_rows_times_ids_beyond_int64_are_refused():
    class Huge:
        def __len__(self):
            return 2**62

    with pytest.raises(ValueError, match=r"below 2\*\*63, got 2 \* 4611686018427387904"):
        IdSets._of_exclude([1, 5], Huge(), 2)


@pytest.mark.parametrize("form", ["csr", "csc", "coo", "lil", "dok", "bsr", "dia"])
def test_stored_zeros_of_a_sparse_matrix_are_no_entries(form):
    matrix = csr_array(np.array([[5, 2, 0, 7], [4, 0, 1, 2]]))
    matrix.data[[1, 5]] = 0
    stored = matrix if form == "csr" else getattr(matrix, f"to{form}")()
    excluded = IdSets._of_exclude(stored, vocabulary(4), 2)
    assert [excluded.of_row(row).tolist() for row in range(2)] == [[0, 3], [0, 2]]
    assert matrix.nnz == 6  # it is the caller's


@pytest.mark.parametrize("dtype", ["int64", "uint8", "int32"])
def test_a_mask_of_integers_is_refused_and_not_read_as_the_ids_0_and_1(dtype):
    mask = np.eye(4, dtype=dtype)[[3, 1]]
    for form in (mask, mask.tolist()):
        with pytest.raises(ValueError, match=r"look like a mask.*astype\(bool\)"):
            IdSets._of_exclude(form, vocabulary(4), 2)
    excluded = IdSets._of_exclude(mask.astype(bool), vocabulary(4), 2)
    assert [excluded.of_row(row).tolist() for row in range(2)] == [[3], [1]]
    again = IdSets._of_exclude([[0, 1], [1]], vocabulary(4), 2)
    assert [again.of_row(row).tolist() for row in range(2)] == [[0, 1], [1]]


def of_width(width, rows=64, dtype=np.int64):
    """A mask of integers: a tenth of its entries are 1."""
    return (np.random.default_rng(5).random((rows, width)) < 0.1).astype(dtype)


def mask_forms():
    for width, ids in ((99, 100), (101, 100), (50, 100), (9, 1000), (7, 8), (5, 4), (4, 5)):
        for dtype in ("int64", "int32", "uint8", ">i8"):
            yield pytest.param(of_width(width, dtype=dtype), ids, id=f"{width} of {ids}, {dtype}")
        yield pytest.param(of_width(width).tolist(), ids, id=f"{width} of {ids}, lists")
        yield pytest.param(list(of_width(width)), ids, id=f"{width} of {ids}, arrays")
        yield pytest.param(np.asfortranarray(of_width(width)), ids, id=f"{width} of {ids}, Fortran")


@pytest.mark.parametrize(("mask", "ids"), list(mask_forms()))
@pytest.mark.parametrize("name", ["alias", "cum_table"])
def test_a_mask_of_integers_of_another_width_is_refused_by_every_sampler(name, mask, ids):
    """Also in short calls, which read arrays without IdSets."""
    sampler = samplers.create(name, [1] * ids, rng=1)
    with pytest.raises(ValueError, match=rf"look like a mask, which has the shape \(rows, V\) = \(64, {ids}\)"):
        sampler.sample(64, 2, exclude=mask)
    with pytest.raises(ValueError, match="look like a mask"):
        IdSets.from_padded(mask, ids, padding=0)
    assert sampler.position == 0


IDS_OF_0_AND_1 = {
    "padded with 0": [[1] + [0] * 19, [0] * 20],
    "padded with 0 at the left": [[0] * 19 + [1], [0] * 20],
    "padded with 1": [[0] + [1] * 19, [1] * 20],
    "padded with -1": [[0, 1] + [-1] * 18, [1, 0, 1] + [-1] * 17],
    "all the same": [[0] * 20] * 2,
    "two special tokens": [[0, 1]] * 2,
    "a narrow window with repeats": [[0, 1, 0, 0, 1]] * 2,
    "another id somewhere": [[0, 1] * 10, [0, 1] * 9 + [0, 2]],
    "one id for each row": [0, 1],
}


@pytest.mark.parametrize("given", IDS_OF_0_AND_1.values(), ids=IDS_OF_0_AND_1)
def test_ids_that_happen_to_be_0_and_1_are_read_as_ids(given):
    expected = [sorted({i for i in np.atleast_1d(row) if i >= 0}) for row in given]
    for form in (given, np.array(given)):
        excluded = IdSets._of_exclude(form, vocabulary(30), 2)
        assert [excluded.of_row(row).tolist() for row in range(2)] == expected
        drawn = samplers.create("alias", [1] * 30, rng=1).sample(2, 200, exclude=form)
        assert [sorted(set(range(30)) - set(row.tolist())) for row in drawn] == expected


@pytest.mark.parametrize("name", ["alias", "cum_table"])
def test_the_values_of_a_sparse_matrix_in_place_of_its_indices_are_refused(name):
    matrix = csr_array(of_width(100))
    sampler = samplers.create(name, [1] * 100, rng=1)
    for read in (lambda pair: sampler.sample(64, 2, exclude=pair), lambda pair: IdSets.from_csr(*pair, V=100)):
        with pytest.raises(ValueError, match=r"they look like the values of a sparse matrix; write \(matrix.indptr"):
            read((matrix.indptr, matrix.data))
        read((matrix.indptr, matrix.indices))
    few = np.arange(3), np.ones(2, dtype=np.int64)
    assert (sampler.sample(2, 50, exclude=few) != 1).all()


def test_rows_may_be_tensors():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    for second in ([2], [2, 3]):
        excluded = IdSets._of_exclude([torch.tensor([0, 1]), torch.tensor(second)], vocabulary(4), 2)
        assert [excluded.of_row(row).tolist() for row in range(2)] == [[0, 1], second]
    with pytest.raises(TypeError, match=r"row 0 must be a list or set of ids, got tensor\(3\)"):
        IdSets._of_exclude([torch.tensor(3), [1, 2]], vocabulary(4), 2)


def rows_of(exclude):
    excluded = IdSets._of_exclude(exclude, vocabulary(10), 2)
    return [excluded.of_row(row).tolist() for row in range(2)]


def objects(*rows):
    made = np.empty(len(rows), dtype=object)
    made[:] = rows
    return made


def masked(values, mask, dtype=np.int64):
    return np.ma.array(np.array(values, dtype=dtype), mask=mask)


# Read: each form and the sets of two rows.
READ = {
    "masked rows": ([masked([1, 2], [0, 1]), masked([3, 4], [0, 0])], [[1], [3, 4]]),
    "a masked row and one that is not": ([masked([1, 2], [0, 1]), np.array([3, 4])], [[1], [3, 4]]),
    "masked rows of unequal length": ([masked([1, 2], [0, 1]), [3]], [[1], [3]]),
    "masked, two dimensions": (masked([[1, 2], [3, 4]], [[0, 1], [0, 0]], np.int8), [[1], [3, 4]]),
    "masked, but nowhere": (masked([1, 2], [0, 0]), [[1], [2]]),
    "objects that are sets": (objects({1, 2}, {3}), [[1, 2], [3]]),
    "objects that are lists": (objects([1], [2, 3]), [[1], [2, 3]]),
    "iterators as rows": ([(x for x in [1, 2]), iter([3])], [[1, 2], [3]]),
    "a deque of lists": (deque([[1], [2, 3]]), [[1], [2, 3]]),
    "big-endian": (np.array([[1, -1], [2, 3]], dtype=">i4"), [[1], [2, 3]]),
    "a big-endian pair": ((np.array([0, 1, 2], dtype=">i8"), np.array([1, 2], dtype=">i2")), [[1], [2]]),
    "array.array": (array.array("i", [1, 2]), [[1], [2]]),
    "a range": (range(1, 3), [[1], [2]]),
    "0-d arrays": ([np.array(3), np.array(4)], [[3], [4]]),
    "rows of a mask": (list(np.eye(10, dtype=bool)[:2]), [[0], [1]]),
}

WRITE_INT = "; write int"
FLOATS = "integers, got dtype float64; fill missing values, and convert with"
# Refused: each form, the error and what it says.
REFUSED = {
    "a masked mask": (masked(np.eye(10)[:2], np.eye(10)[:2], bool), ValueError, "2 masked entries among booleans"),
    "masked, one dimension": (masked([1, 2], [0, 1]), ValueError, "1 masked entries; remove them, or fill them"),
    "masked, unsigned": (masked([[1, 2]] * 2, [[0, 1]] * 2, np.uint8), ValueError, "2 masked entries; remove them"),
    "a masked pair": ((masked([0, 1, 2], [0, 1, 0]), np.array([1, 2])), ValueError, "indptr has 1 masked entries"),
    "a masked constant": ([[1, np.ma.masked], [2]], TypeError, "row 0 must hold ids, got masked"),
    "objects that are integers": (objects(1, 2), TypeError, r"got dtype object; convert with .astype\(np.int64\)"),
    "objects and None": (objects(1, None), TypeError, r"row 1 is None; write \[\] for no id"),
    "None in rows of unequal length": (
        [[1, 2], [None]],
        TypeError,
        f"row 1 must hold ids, got None, a NoneType{WRITE_INT}",
    ),
    "None in rows of equal length": (
        [[1, 2], [3, None]],
        TypeError,
        f"row 1 must hold ids, got None, a NoneType{WRITE_INT}",
    ),
    "a generator": ((row for row in [[1], [2]]), TypeError, "entry for each row.*got generator"),
    "a mapping": ({0: [1], 1: [2]}, TypeError, "entry for each row.*got dict"),
    "mappings as rows": ([{1: 0}, {2: 6}], TypeError, r"row 0 must be .*got a dict; .*write set\(row\)"),
    "counters as rows": ([[1], Counter([2])], TypeError, r"row 1 must be .*got a Counter; .*write set\(row\)"),
    "texts": (["12", "3"], TypeError, "exclude: this noise distribution has no words, because its counts had none"),
    "texts in rows": (
        [["1"], ["2"]],
        TypeError,
        "exclude: this noise distribution has no words, because its counts had none",
    ),
    "bytes": (b"ab", TypeError, "entry for each row.*got bytes"),
    "a bytearray": (bytearray(b"\1\2"), TypeError, "entry for each row.*got bytearray"),
    "bytes as a row": ([b"\1", [3]], TypeError, "row 0 must be a list or set of ids, got b'"),
    "a bytearray as a row": ([bytearray(b"\1"), [3]], TypeError, "row 0 must be a list or set of ids, got bytearray"),
    "decimals": ([Decimal(1), Decimal(2)], TypeError, "row 0 must be a list or set of ids, got Decimal"),
    "decimals in rows": (
        [[1], [Decimal(2), 3]],
        TypeError,
        rf"row 1 must hold ids, got Decimal\('2'\), a Decimal{WRITE_INT}",
    ),
    "fractions in rows": (
        [[Fraction(1)], [2, 3]],
        TypeError,
        f"row 0 must hold ids, got Fraction.*, a Fraction{WRITE_INT}",
    ),
    "whole floats": ([1.0, 2.0], TypeError, FLOATS),
    "whole floats in rows": ([[1], [2.0, 3]], TypeError, FLOATS),
    "above 2**63": (np.array([1, 2**63 + 5], dtype=np.uint64), ValueError, "id 9223372036854775813 in row 1"),
    "above 2**63, in rows": ([[1, 2], [2**63 + 5]], ValueError, "id 9223372036854775813 in row 1 lies outside"),
    "2**64 - 1": (np.full((2, 1), 2**64 - 1, dtype=np.uint64), ValueError, "id 18446744073709551615 in row 0"),
    "2**70, in rows": ([[2**70], [1, 2]], ValueError, "id 1180591620717411303424 in row 0 lies outside"),
    "0-d": (np.array(3), ValueError, r"got shape \(\)"),
    "0-d and 1-d": ([np.array(3), np.array([4, 5])], TypeError, r"row 0 must be a list or set of ids, got array\(3\)"),
    "structured": (np.zeros(2, dtype=[("a", int)]), TypeError, r"must be integers, got dtype \[\('a'"),
    "structured rows": ([np.zeros(1, dtype=[("a", int)]), [1, 2]], TypeError, r"row 0 must hold ids, got \(0,\)"),
    "dates": (np.array([1, 2], "M8[ns]"), TypeError, r"must be integers, got dtype datetime64\[ns\]"),
    "dates as a row": ([np.array([1], "M8[ns]"), [1, 2]], TypeError, r"row 0 must be integers, got dtype datetime64"),
    "spans as a row": ([[1], np.array([1, 2], "m8[ns]")], TypeError, r"row 1 must be integers, got dtype timedelta64"),
    "a mask of another shape": (np.eye(9, dtype=bool)[:2], TypeError, r"shape \(rows, V\) = \(2, 10\), got \(2, 9\)"),
    "two histories": (
        (np.array([1, 2]), np.array([3, 4])),
        ValueError,
        "for two rows of ids, convert the tuple to a list",
    ),
    "two long histories": ((np.array([1, 2, 3]), np.array([3])), ValueError, "for two rows of ids, convert the tuple"),
}


@pytest.mark.parametrize(("exclude", "sets"), READ.values(), ids=READ)
def test_odd_forms_that_are_read(exclude, sets):
    assert rows_of(exclude) == sets


@pytest.mark.parametrize(("exclude", "error", "message"), REFUSED.values(), ids=REFUSED)
def test_odd_forms_that_are_refused_with_help(exclude, error, message):
    with pytest.raises(error, match=message):
        rows_of(exclude)


def test_tables_of_pandas_are_read_or_refused():
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    assert rows_of(pandas.Series([1, 2], dtype="Int64")) == [[1], [2]]
    assert rows_of(pandas.Series([{1}, {2, 3}], index=[7, 5])) == [[1], [2, 3]]
    assert rows_of(pandas.DataFrame({"a": [1, 2], "b": [3, -1]})) == [[1, 3], [2]]
    missing = pandas.array([1, None], dtype="Int64")
    for exclude, message in [
        (missing, FLOATS),
        ([missing, missing], FLOATS),
        ([[1, pandas.NA], [2]], f"row 0 must hold ids, got <NA>, a NAType{WRITE_INT}"),
        # Its items are the names of its columns, which here could be rows of ids.
        (
            pandas.DataFrame({(0, 1): missing, (2, 3): [1, 2]}),
            f"row 1 must hold ids, got (<NA>|nan), a NAType{WRITE_INT}",
        ),
    ]:
        with pytest.raises(TypeError, match=message):
            rows_of(exclude)


@pytest.mark.filterwarnings("ignore")  # torch warns of its nested and sparse tensors
def test_tensors_that_numpy_cannot_read_are_refused_with_the_cure():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    plain = torch.tensor([[1, 2], [3, 4]])
    never_rounded = "pass integers, in a tensor of torch.int64 that was never of a floating type"
    for tensor, cure in [
        (plain.to(torch.bfloat16), never_rounded),
        (plain.to(torch.float).to(torch.float8_e4m3fn), never_rounded),
        (torch.quantize_per_tensor(plain.float(), 0.1, 0, torch.quint8), never_rounded),
        (plain.float().requires_grad_(), never_rounded),
        (plain.to_sparse(), r"write tensor.to_dense\(\)"),
        (torch.nested.nested_tensor([plain[0], plain[1]]), r"write list\(tensor.unbind\(\)\), one tensor for each row"),
        (torch.empty(2, dtype=torch.int64, device="meta"), "a meta tensor holds no values"),
    ]:
        for exclude in (tensor, [tensor, [1]]):
            with pytest.raises(TypeError, match=f"exclude.* cannot be read.*{cure}"):
                rows_of(exclude)
