# SPDX-License-Identifier: MIT
"""Reads sparse matrices of SciPy, whose arrays are checked before compiled code uses them.

SciPy checks the arrays of a matrix when it is constructed. If they are damaged later, or if no check is done, a
conversion such as ``tocsr`` reads and writes outside the arrays, and the process crashes. So this module copies the
arrays, checks the copies, and lets SciPy convert only these.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Csr = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[Any]]

__all__ = ["as_csr", "as_vector", "cure", "is_sparse", "shape_of"]


def is_sparse(matrix: Any) -> bool:
    """Whether an object is a sparse matrix or array of SciPy, or of a package that can convert to one."""
    return hasattr(matrix, "tocsr")


def cure(matrix: Any, from_arrays: str) -> str:
    """What to write if an object is no sparse matrix of SciPy: ``from_arrays`` for a sparse tensor of torch."""
    if getattr(matrix, "is_sparse", False) or "sparse" in str(getattr(matrix, "layout", "")):
        return f"; write {from_arrays} with the crow_indices(), col_indices() and values() of matrix.to_sparse_csr()"
    return "; write scipy.sparse.csr_array(matrix)"


def shape_of(what: str, matrix: Any) -> tuple[int, int]:
    """The shape of a sparse matrix.

    Raises
    ------
    ValueError
        If it has not two dimensions; the message begins with ``what``.
    """
    shape = tuple(map(int, matrix.shape))
    if len(shape) != 2:
        cure = "; write matrix.reshape(1, -1) for a single row" if len(shape) == 1 else ""
        raise ValueError(f"{what}: a sparse matrix must have two dimensions, (rows, V), got shape {shape}{cure}")
    return shape[0], shape[1]


def as_csr(what: str, matrix: Any) -> Csr:
    """The entries of a sparse matrix by rows.

    Parameters
    ----------
    what : str
        The name of the argument, with which messages begin.
    matrix : sparse matrix or sparse array, shape (n, m)
        In any format of SciPy, or an object with ``tocsr``.

    Returns
    -------
    indptr : ndarray, int64 (n + 1,)
        The entries of row i are ``columns[indptr[i] : indptr[i + 1]]``.
    columns : ndarray, int64 (entries,)
        All in [0, m).
    values : ndarray, (entries,)
        Booleans or numbers, in native byte order; zeros may be among them. All arrays are copies.

    Raises
    ------
    TypeError, ValueError
        If the matrix has not two dimensions, or if its arrays contradict its shape or one another.
    """
    shape = shape_of(what, matrix)
    if not _of_scipy(matrix):
        matrix = matrix.tocsr()
    reading = _Reading(what, str(matrix.format), shape)
    read = _FORMATS.get(reading.format)
    if read is None:
        raise TypeError(f"{what}: a sparse matrix of the unknown format {reading.format!r}; write matrix.tocsr()")
    return read(reading, matrix)


def as_vector(what: str, sparse: Any) -> NDArray[Any]:
    """A sparse array of SciPy of one dimension, in the format csr or coo, as a dense array; errors as in `as_csr`."""
    reading = _Reading(what, str(sparse.format), (1, int(sparse.shape[0])))
    if reading.format == "csr":
        _, places, values = reading.compressed(sparse, *reading.shape)
    else:
        places = reading.indices("coords[0]", sparse.coords[0], reading.shape[1])
        values = reading.values(sparse.data, len(places))
    dense = np.zeros(reading.shape[1], values.dtype)
    np.add.at(dense, places, values)
    return dense


def _of_scipy(matrix: Any) -> bool:
    scipy_sparse = sys.modules.get("scipy.sparse")
    return scipy_sparse is not None and bool(scipy_sparse.issparse(matrix))


@dataclass(frozen=True)
class _Reading:
    """Reads and checks the arrays of one matrix: ``what`` is its name in messages."""

    what: str
    format: str
    shape: tuple[int, int]

    def fail(self, fault: str) -> NoReturn:
        raise ValueError(
            f"{self.what}: the sparse matrix of format {self.format} and shape {self.shape} is damaged: {fault}; build "
            "it again from its entries, scipy.sparse.coo_array((values, (rows, columns)), shape=shape)"
        )

    def _array(self, name: str, values: Any) -> NDArray[Any]:
        try:
            return np.array(values, order="C")
        except (TypeError, ValueError) as error:
            self.fail(f"{name} cannot be read as an array ({error})")

    def integers(self, name: str, values: Any) -> NDArray[np.integer[Any]]:
        """A copy of an array of integers of one dimension."""
        array = self._array(name, values)
        if array.ndim != 1 or (array.dtype.kind not in "iu" and array.size):
            self.fail(f"{name} must be integers of one dimension, got dtype {array.dtype} and shape {array.shape}")
        return array.astype(np.int64) if array.size == 0 else array

    def indices(self, name: str, values: Any, bound: int) -> NDArray[np.int64]:
        """A copy of an array of integers in [0, bound)."""
        array = self.integers(name, values)
        outside = (array < 0) | (array >= bound)
        if outside.any():
            at = int(outside.argmax())
            self.fail(f"{name}[{at}] = {int(array[at])} lies outside [0, {bound})")
        return array.astype(np.int64, copy=False)

    def values(self, data: Any, entries: int, ndim: int = 1) -> NDArray[Any]:
        """A copy of the values of so many entries, in native byte order."""
        array = self._array("data", data)
        if array.ndim != ndim or len(array) != entries:
            self.fail(f"data must have {entries} entries in {ndim} dimension(s), got shape {array.shape}")
        if array.dtype.kind not in "biufc":
            raise TypeError(
                f"{self.what}: the sparse matrix has entries of dtype {array.dtype}, which are no numbers; write "
                "matrix.astype(float)"
            )
        return array.astype(array.dtype.newbyteorder("="), copy=False)

    def compressed(
        self, matrix: Any, major: int, minor: int, ndim: int = 1
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[Any]]:
        """The arrays ``indptr`` (major + 1,), ``indices`` in [0, minor) and ``data``, without unused entries."""
        indptr = self.integers("indptr", matrix.indptr)
        if len(indptr) != major + 1:
            self.fail(f"indptr must have {major + 1} entries, got {len(indptr)}")
        falls = indptr[1:] < indptr[:-1]  # a difference of two integers of 64 bits may wrap around
        if indptr[0] != 0 or falls.any():
            at = int(falls.argmax()) + 1 if falls.any() else 0
            self.fail(f"indptr must rise from 0, got indptr[{at}] = {int(indptr[at])}")
        stored = self.integers("indices", matrix.indices)
        if indptr[-1] > len(stored):
            self.fail(f"indptr ends at {int(indptr[-1])}, but there are {len(stored)} indices")
        used = int(indptr[-1])
        values = self.values(matrix.data, len(stored), ndim)
        return indptr.astype(np.int64, copy=False), self.indices("indices", stored[:used], minor), values[:used]

    def converted(self, build: str, *arguments: Any) -> Csr:
        """The entries by rows of a matrix that SciPy builds of checked copies."""
        import scipy.sparse  # loaded already: the caller has a matrix of it

        try:
            csr = getattr(scipy.sparse, build)(*arguments, shape=self.shape).tocsr()
        except (TypeError, ValueError) as error:
            raise type(error)(f"{self.what}: SciPy cannot convert the sparse matrix: {error}") from error
        return csr.indptr.astype(np.int64), csr.indices.astype(np.int64), csr.data


def _of_csr(reading: _Reading, matrix: Any) -> Csr:
    return reading.compressed(matrix, *reading.shape)


def _of_csc(reading: _Reading, matrix: Any) -> Csr:
    rows, columns = reading.shape
    indptr, indices, data = reading.compressed(matrix, columns, rows)
    return reading.converted("csc_array", (data, indices, indptr))


def _of_bsr(reading: _Reading, matrix: Any) -> Csr:
    blocks = np.shape(matrix.data)[1:]
    if len(blocks) != 2 or 0 in blocks or any(size % block for size, block in zip(reading.shape, blocks, strict=True)):
        reading.fail(f"data must hold blocks whose sides divide the shape, got shape {np.shape(matrix.data)}")
    rows, columns = (size // block for size, block in zip(reading.shape, blocks, strict=True))
    indptr, indices, data = reading.compressed(matrix, rows, columns, ndim=3)
    return reading.converted("bsr_array", (data, indices, indptr))


def _of_coo(reading: _Reading, matrix: Any) -> Csr:
    return _of_entries(reading, matrix.row, matrix.col, matrix.data)


def _of_dok(reading: _Reading, matrix: Any) -> Csr:
    keys = list(matrix.keys())
    if not all(isinstance(key, tuple) and len(key) == 2 for key in keys):
        reading.fail("a key is no pair of a row and a column")
    return _of_entries(reading, [row for row, _ in keys], [column for _, column in keys], list(matrix.values()))


def _of_entries(reading: _Reading, rows: Any, columns: Any, data: Any) -> Csr:
    row = reading.indices("row", rows, reading.shape[0])
    column = reading.indices("col", columns, reading.shape[1])
    if len(row) != len(column):
        reading.fail(f"row has {len(row)} entries, and col has {len(column)}")
    return reading.converted("coo_array", (reading.values(data, len(row)), (row, column)))


def _of_lil(reading: _Reading, matrix: Any) -> Csr:
    lists, entries = list(matrix.rows), list(matrix.data)
    if len(lists) != reading.shape[0] or len(entries) != len(lists):
        reading.fail(f"it has {len(lists)} lists of columns and {len(entries)} lists of values")
    wrong = next((i for i, row in enumerate(lists) if not isinstance(row, list)), None)
    if wrong is not None:
        reading.fail(f"rows[{wrong}] must be a list of columns, got {type(lists[wrong]).__name__}")
    indptr = np.cumsum([0, *map(len, lists)], dtype=np.int64)
    columns = reading.indices("columns", list(chain.from_iterable(lists)), reading.shape[1])
    unlike = [i for i, (row, own) in enumerate(zip(lists, entries, strict=True)) if len(row) != len(own)]
    if unlike:
        reading.fail(f"row {unlike[0]} has {len(lists[unlike[0]])} columns and {len(entries[unlike[0]])} values")
    values = reading.values(list(chain.from_iterable(entries)), len(columns))
    return indptr, columns, values


def _of_dia(reading: _Reading, matrix: Any) -> Csr:
    offsets = reading.integers("offsets", matrix.offsets)
    data = reading.values(matrix.data, len(offsets), ndim=2)
    rows, columns = reading.shape
    # A diagonal outside the matrix has no entries. An offset beyond 32 bits would wrap around in SciPy.
    inside = (offsets > -rows) & (offsets < columns)
    offsets, data = offsets[inside], data[inside]
    if len(np.unique(offsets)) < len(offsets):
        reading.fail("offsets must be distinct")
    return reading.converted("dia_array", (data, offsets))


_FORMATS: dict[str, Callable[[_Reading, Any], Csr]] = {
    "csr": _of_csr,
    "csc": _of_csc,
    "coo": _of_coo,
    "bsr": _of_bsr,
    "dia": _of_dia,
    "lil": _of_lil,
    "dok": _of_dok,
}
