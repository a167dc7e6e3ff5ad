# SPDX-License-Identifier: MIT
"""Ids that a row must not draw: one representation for every form that ``exclude`` may take."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .noise import NoiseDistribution


class ExcludedSets:
    """One set of excluded ids a row.

    Parameters
    ----------
    exclude : array_like or tuple or sparse matrix
        ``(rows,)`` one id a row; ``(rows, m)`` m ids a row; a tuple ``(indptr, indices)`` or a SciPy sparse
        matrix (rows, V), whose stored entries count, one set of any size a row. Integers in [0, V). A tuple
        of two is always a CSR pair: give m ids a row as a list or an array.
    rows : int
        Rows of the draw.
    n_ids : int
        Size V of the vocabulary.

    Raises
    ------
    TypeError
        When the ids are not integers.
    ValueError
        When the shape does not fit ``rows``, or an id lies outside [0, V); the first such row is named.
    """

    def __init__(self, exclude: Any, rows: int, n_ids: int) -> None:
        if rows and rows > (2**63 - 1) // n_ids:
            raise ValueError(f"rows with exclude: rows * V must stay below 2**63, got {rows} * {n_ids}")
        indptr, indices = _as_csr(exclude, rows, n_ids)
        if len(indices) and not 0 <= int(indices.min()) <= int(indices.max()) < n_ids:
            at = int(np.argmax((indices < 0) | (indices >= n_ids)))
            row = int(np.searchsorted(indptr, at, side="right")) - 1
            raise ValueError(f"exclude: id {int(indices[at])} in row {row} lies outside [0, {n_ids})")
        self._n_ids = n_ids
        self._rows = rows
        self._indptr, self._ids = _rising(indptr, np.ascontiguousarray(indices, dtype=np.int64), n_ids)

    @cached_property
    def _keys(self) -> NDArray[np.int64]:
        """``row * V + id`` of every excluded id, rising."""
        return np.repeat(np.arange(self._rows, dtype=np.int64) * self._n_ids, self.sizes()) + self._ids

    def sizes(self, of_ids: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
        """Distinct excluded ids of each row, int64 (rows,); only those for which ``of_ids`` is true."""
        if of_ids is None:
            return np.diff(self._indptr)
        counted = np.concatenate([[0], np.cumsum(of_ids[self._ids])])
        return np.diff(counted[self._indptr])

    def contains(self, row_index: NDArray[np.int64], ids: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
        """Whether ``ids[i, j]`` is excluded from row ``row_index[i]``; bool, shape of ``ids``."""
        if not len(self._keys):
            return np.zeros(ids.shape, dtype=bool)
        keys = row_index[:, None] * self._n_ids + ids
        at = np.searchsorted(self._keys, keys)
        at[at == len(self._keys)] = 0  # beyond the last key: compare with any other, which is not equal
        return np.asarray(self._keys[at] == keys)

    def of_row(self, row: int) -> NDArray[np.int64]:
        """The distinct excluded ids of one row, ascending, int64 (m,)."""
        return self._ids[self._indptr[row] : self._indptr[row + 1]]

    def rows(self, start: int, stop: int) -> tuple[NDArray[np.int64], NDArray[np.int64] | None, int]:
        """Rows start to stop as the kernels read them: (ids, starts into ids, 0), or (ids, None, m a row)."""
        m = self._each
        if m is not None:
            return self._ids[start * m : stop * m], None, m
        return self._ids, self._indptr[start : stop + 1], 0

    @cached_property
    def _each(self) -> int | None:
        """Ids a row where all rows have the same few; these the kernels compare one by one."""
        m, rest = divmod(len(self._ids), self._rows)
        return m if rest == 0 and m <= 8 and bool((self.sizes() == m).all()) else None

    def check_feasible(self, noise: NoiseDistribution, needed: int) -> None:
        """Raise when a row has fewer than ``needed`` ids of positive weight left.

        Raises
        ------
        ValueError
            Names the first such row and how many ids are left in it.
        """
        if not self._rows or noise.nonzero - int(self.sizes().max()) >= needed:
            return
        left = noise.nonzero - self.sizes(noise.counts > 0)
        short = left < needed
        if short.any():
            row = int(np.argmax(short))
            raise ValueError(
                f"exclude leaves {int(left[row])} ids of positive weight in row {row}, "
                f"fewer than the {needed} that a row needs"
            )


def _rising(
    indptr: NDArray[np.int64], ids: NDArray[np.int64], n_ids: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The sets with their ids in rising order, each once; untouched where they are so already."""
    starts = indptr[1:-1]
    between = starts[(starts > 0) & (starts < len(ids))] - 1  # from one set to the next anything goes
    new, rises = ids[1:] != ids[:-1], ids[1:] >= ids[:-1]
    new[between] = rises[between] = True
    if new.all() and rises.all():
        return indptr, ids
    if rises.all():
        new = np.concatenate([[True], new])
        return np.concatenate([[0], np.cumsum(new)])[indptr], ids[new]
    row_of = np.repeat(np.arange(len(indptr) - 1, dtype=np.int64), np.diff(indptr))
    keys = row_of * n_ids + ids
    keys.sort()  # and not np.unique, whose hash table takes 13 s for 1e7 keys (NumPy 2.4), against 0.2 s
    keys = keys[np.concatenate([[True], keys[1:] != keys[:-1]])]
    return np.searchsorted(keys, np.arange(len(indptr), dtype=np.int64) * n_ids), keys % n_ids


def _as_csr(exclude: Any, rows: int, n_ids: int) -> tuple[NDArray[np.int64], NDArray[np.integer[Any]]]:
    if isinstance(exclude, tuple) and len(exclude) == 2:
        return _checked_csr(*exclude, rows)
    if hasattr(exclude, "tocsr"):  # any sparse matrix of SciPy; CSC has an indptr too, of columns
        if tuple(exclude.shape) != (rows, n_ids):
            raise ValueError(f"exclude as a sparse matrix needs shape {(rows, n_ids)}, got {exclude.shape}")
        matrix = exclude.tocsr()
        return _checked_csr(matrix.indptr, matrix.indices, rows)
    ids = _integers("exclude", exclude)
    if ids.ndim not in (1, 2) or len(ids) != rows:
        raise ValueError(
            f"exclude must have shape (rows,) or (rows, m) with rows={rows}, or be a CSR pair "
            f"(indptr, indices), got shape {ids.shape}"
        )
    width = 1 if ids.ndim == 1 else ids.shape[1]
    return np.arange(rows + 1, dtype=np.int64) * width, ids.reshape(-1)


def _checked_csr(indptr: Any, indices: Any, rows: int) -> tuple[NDArray[np.int64], NDArray[np.integer[Any]]]:
    starts = _integers("exclude: indptr", indptr)
    ids = _integers("exclude: indices", indices)
    if starts.shape != (rows + 1,) or ids.ndim != 1:
        raise ValueError(
            f"exclude as a CSR pair needs indptr of shape ({rows + 1},) and indices of one dimension, "
            f"got {starts.shape} and {ids.shape}"
        )
    starts = starts.astype(np.int64, copy=False)
    if starts[0] != 0 or starts[-1] != len(ids) or (np.diff(starts) < 0).any():
        raise ValueError(
            f"exclude: indptr must rise from 0 to len(indices)={len(ids)}, "
            f"got {int(starts[0])} to {int(starts[-1])}{' with a fall between' if len(starts) > 2 else ''}"
        )
    return np.asarray(starts), ids


def _integers(what: str, values: Any) -> NDArray[np.integer[Any]]:
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{what}: rows of unequal length; use a CSR pair (indptr, indices)") from error
    if array.size == 0 and array.dtype == np.float64:
        array = array.astype(np.int64)  # np.asarray([]) is float64 and stands for "no ids"
    if array.dtype.kind not in "iu":
        raise TypeError(f"{what} must be integers, got dtype {array.dtype}")
    return array
