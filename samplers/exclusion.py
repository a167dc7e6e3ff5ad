# SPDX-License-Identifier: MIT
"""Ids that a row must not draw: one representation for every form that ``exclude`` may take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class ExcludedSets:
    """One set of excluded ids a row, as sorted keys ``row * V + id``.

    Parameters
    ----------
    exclude : array_like or tuple or sparse matrix
        ``(rows,)`` one id a row; ``(rows, m)`` m ids a row; a tuple ``(indptr, indices)`` or any object with
        these two attributes (a SciPy CSR matrix) one set of any size a row. Integers in [0, V).
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
        indptr, indices = _as_csr(exclude, rows)
        outside = (indices < 0) | (indices >= n_ids)
        if outside.any():
            at = int(np.argmax(outside))
            row = int(np.searchsorted(indptr, at, side="right")) - 1
            raise ValueError(f"exclude: id {int(indices[at])} in row {row} lies outside [0, {n_ids})")
        row_of = np.repeat(np.arange(rows, dtype=np.int64), np.diff(indptr))
        self._n_ids = n_ids
        self._rows = rows
        self._keys = np.unique(row_of * n_ids + indices.astype(np.int64, copy=False))

    def sizes(self, of_ids: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
        """Distinct excluded ids of each row, int64 (rows,); only those for which ``of_ids`` is true."""
        keys = self._keys if of_ids is None else self._keys[of_ids[self._keys % self._n_ids]]
        return np.bincount(keys // self._n_ids, minlength=self._rows).astype(np.int64, copy=False)

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
        first, last = np.searchsorted(self._keys, [row * self._n_ids, (row + 1) * self._n_ids])
        return self._keys[first:last] - row * self._n_ids

    def check_feasible(self, positive: NDArray[np.bool_], needed: int) -> None:
        """Raise when a row has fewer than ``needed`` ids of positive weight left.

        Raises
        ------
        ValueError
            Names the first such row and how many ids are left in it.
        """
        left = int(np.count_nonzero(positive)) - self.sizes(positive)
        short = left < needed
        if short.any():
            row = int(np.argmax(short))
            raise ValueError(
                f"exclude leaves {int(left[row])} ids of positive weight in row {row}, "
                f"fewer than the {needed} that a row needs"
            )


def _as_csr(exclude: Any, rows: int) -> tuple[NDArray[np.int64], NDArray[np.integer[Any]]]:
    if isinstance(exclude, tuple) and len(exclude) == 2:
        return _checked_csr(*exclude, rows)
    if hasattr(exclude, "indptr") and hasattr(exclude, "indices"):
        return _checked_csr(exclude.indptr, exclude.indices, rows)
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
