# SPDX-License-Identifier: MIT
"""Ids that a row must not draw: one representation for every form that ``exclude`` may take."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from .forms import read_exclude

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..laws.law import Law


class ExcludedSets:
    """One set of excluded ids a row.

    The arrays of the caller are copied: nothing that is changed later, by another thread or by a draw into an array
    that shares their memory, reaches what was checked.

    Parameters
    ----------
    exclude : array_like, tuple, sequence of sets, or sparse matrix
        One of the forms that `samplers.sets.forms.read_exclude` lists.
    noise : Law
        V ids, which may have words.
    rows : int, optional
        Rows of the draw. Default: as many as ``exclude`` has.

    Raises
    ------
    TypeError
        When the ids are neither integers nor words.
    ValueError
        When the shape does not fit ``rows``, or an id lies outside [0, V); the first such row is named.
    """

    def __init__(self, exclude: Any, noise: Law, rows: int | None = None) -> None:
        n_ids = len(noise)
        self._indptr, ids = read_exclude(exclude, noise, rows)
        self.n_rows = len(self._indptr) - 1
        if self.n_rows and self.n_rows > (2**63 - 1) // n_ids:
            raise ValueError(f"rows with exclude: rows * V must stay below 2**63, got {self.n_rows} * {n_ids}")
        self._n_ids = n_ids
        self._indptr, self._ids = _rising(self._indptr, ids, n_ids)

    @cached_property
    def _keys(self) -> NDArray[np.int64]:
        """``row * V + id`` of every excluded id, rising."""
        return np.repeat(np.arange(self.n_rows, dtype=np.int64) * self._n_ids, self.sizes()) + self._ids

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

    def sums(self, values: NDArray[np.uint64]) -> NDArray[np.uint64]:
        """The sum of ``values[id]`` over the ids of each row, modulo 2**64; uint64 (rows,)."""
        upto = np.zeros(len(self._ids) + 1, dtype=np.uint64)
        np.cumsum(values[self._ids], out=upto[1:])
        return np.diff(upto[self._indptr])

    def rows(self, start: int, stop: int) -> tuple[Any, Any, Any, int]:
        """Rows start to stop as the kernels read them: (ids, starts, stops, 0), or (ids, None, None, m a row)."""
        m = self._same_size
        if m is not None:
            return self._ids[start * m : stop * m], None, None, m
        return self._ids, self._indptr[start:stop], self._indptr[start + 1 : stop + 1], 0

    @cached_property
    def _same_size(self) -> int | None:
        """Ids a row where all rows have the same few; these the kernels compare one by one."""
        m, rest = divmod(len(self._ids), self.n_rows)
        return m if rest == 0 and m <= 8 and bool((self.sizes() == m).all()) else None

    def check_feasible(self, noise: Law, needed: int) -> None:
        """Raise when a row has fewer than ``needed`` ids of positive weight left.

        Raises
        ------
        ValueError
            Names the first such row and how many ids are left in it.
        """
        if not self.n_rows or noise.nonzero - int(self.sizes().max()) >= needed:
            return
        left = noise.nonzero - self.sizes(noise.support)
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
    if len(ids) == len(indptr) - 1 and (indptr[1:] > indptr[:-1]).all():
        return indptr, ids  # one id a row
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
