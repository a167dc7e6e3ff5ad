# SPDX-License-Identifier: MIT
"""Sets of ids that are checked and sorted once, to be excluded in many draws: histories of users, for example."""

from __future__ import annotations

import operator
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import sparse
from ..arguments import as_count, as_integers
from ..laws.counts import MAX_IDS
from .forms import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from ..laws.law import Law
    from .forms import Csr

__all__ = ["IdSets"]

FEW = 8  # the largest size of sets that the kernels compare one by one


class Filter:
    """A filter of sets, by which a draw finds most ids that are in no set of theirs, whatever the size of the sets.

    Parameters
    ----------
    ids, starts, stops : ndarray, int64
        The sets, none of which overlaps another.
    """

    def __init__(self, ids: NDArray[np.int64], starts: NDArray[np.int64], stops: NDArray[np.int64]) -> None:
        self._sets = ids, starts, stops

    @cached_property
    def words(self) -> NDArray[np.uint32]:
        """What the kernels read, made by the first draw: 4 bytes for each id."""
        return _kernel().set_filter(*self._sets)  # type: ignore[no-any-return]

    @cached_property
    def longest(self) -> int:
        """The size of the largest set."""
        _, starts, stops = self._sets
        return int((stops - starts).max(initial=0))


class IdSets:
    """A sequence of sets of ids from 0 to V - 1; immutable.

    It is created by `from_csr`, `from_lists`, `from_padded` or `from_sparse`. ``sets[numbers]`` is a view of the sets
    with these numbers: the ids are neither copied nor checked again. For example, ``sample(..., exclude=sets[users])``
    excludes from row i the ids that user ``users[i]`` has seen.

    The arrays of the caller are copied. So the sets do not change if another thread, or a draw into the same memory,
    changes these arrays later.

    Parameters
    ----------
    ids : ndarray, int64 (m,)
        The ids of all sets, rising in each set. The constructor is not for users: it checks nothing.
    starts, stops : ndarray, int64 (n,)
        Set i is ``ids[starts[i] : stops[i]]``.
    V : int
        Ids lie in [0, V).
    of : Filter, optional
        Of the sets of which these are views. Default: these are no views.

    Examples
    --------
    >>> import samplers
    >>> seen = IdSets.from_lists([[0, 3], [], [2, 1, 2]], V=5)
    >>> seen
    IdSets(3 sets of 4 ids, V=5)
    >>> seen[[2, 0]].of_row(0).tolist()
    [1, 2]
    >>> samplers.create("alias", [9, 9, 9, 1, 1], rng=1).sample(2, 3, exclude=seen[[2, 0]]).shape
    (2, 3)
    """

    def __init__(
        self,
        ids: NDArray[np.int64],
        starts: NDArray[np.int64],
        stops: NDArray[np.int64],
        V: int,
        of: Filter | None = None,
    ) -> None:
        self._ids, self._starts, self._stops, self._n_ids = ids, starts, stops, V
        self._filter = Filter(ids, starts, stops) if of is None else of

    @classmethod
    def from_csr(cls, indptr: Any, indices: Any, V: int) -> IdSets:
        """Create sets from a CSR pair.

        Parameters
        ----------
        indptr : array_like of int, shape (n + 1,)
            Rising from 0 to ``len(indices)``.
        indices : array_like of int
            Set i is ``indices[indptr[i] : indptr[i + 1]]``, in any order. An id may be repeated.
        V : int
            Ids lie in [0, V).

        Returns
        -------
        IdSets
            Of n sets.

        Raises
        ------
        TypeError, ValueError
            If the arrays are no CSR pair, or an id lies outside [0, V); the message names the set.
        """
        return cls._of(_reader(V).pair(indptr, indices), V)

    @classmethod
    def from_lists(cls, lists: Any, V: int) -> IdSets:
        """Create sets from a sequence that has a list, set, array or tensor of ids for each set.

        Parameters
        ----------
        lists : sequence of list, set, array or tensor
            Set i is entry i, in any order. An id may be repeated.
        V : int
            Ids lie in [0, V).

        Returns
        -------
        IdSets
            Of n sets.

        Raises
        ------
        TypeError, ValueError
            If an entry has another type, or an id lies outside [0, V); the message names the row.
        """
        return cls._of(_reader(V).sequence(lists), V)

    @classmethod
    def from_padded(cls, array: Any, V: int, *, padding: int = -1) -> IdSets:
        """Create sets from a two-dimensional array, in which a padding value fills unused cells.

        Parameters
        ----------
        array : array_like of int, shape (n, m)
            Row i has the ids of set i, in any order. An id may be repeated.
        V : int
            Ids lie in [0, V).
        padding : int, default -1
            The value of unused cells. If it is an id, that id is in no set.

        Returns
        -------
        IdSets
            Of n sets.

        Raises
        ------
        TypeError, ValueError
            If the array is not of this kind, or an id lies outside [0, V); the message names the row.
        """
        return cls._of(_reader(V).padded(array, as_count("padding", padding, minimum=-(2**63))), V)

    @classmethod
    def from_sparse(cls, matrix: Any) -> IdSets:
        """Create sets from a SciPy sparse matrix (n, V): set i has the columns of row i that are not 0.

        Parameters
        ----------
        matrix : sparse matrix or sparse array of SciPy, shape (n, V)
            Any format with ``tocsr``.

        Returns
        -------
        IdSets
            Of n sets.

        Raises
        ------
        TypeError, ValueError
            If it is no sparse matrix of SciPy, or if its arrays contradict its shape or one another.
        """
        if not sparse.is_sparse(matrix):
            raise TypeError(
                f"IdSets: matrix must be a SciPy sparse matrix, got {type(matrix).__name__}"
                f"{sparse.cure(matrix, 'IdSets.from_csr(indptr, indices, V=V)')}"
            )
        _, n_ids = sparse.shape_of("IdSets", matrix)
        return cls._of(_reader(n_ids).sparse(matrix), n_ids)

    @classmethod
    def _of_exclude(cls, exclude: Any, noise: Law, rows: int | None = None) -> IdSets:
        """Read ``exclude`` of a draw, in any form that `Sampler.sample` takes.

        Parameters
        ----------
        exclude : IdSets, array_like, tuple, sequence of sets, or sparse matrix
            A set of ids for each row.
        noise : Law
            The noise distribution, over V ids; its words may stand for ids.
        rows : int, optional
            Rows of the draw. Default: as many as ``exclude`` has.

        Returns
        -------
        IdSets
            One set for each row; ``exclude`` itself if it is IdSets.

        Raises
        ------
        TypeError
            If the ids are neither integers nor words.
        ValueError
            If there is not one set for each row, or an id lies outside [0, V); the first such row is named.
        """
        return cls._read(exclude, len(noise), rows, noise)

    @classmethod
    def _read(cls, exclude: Any, V: int, rows: int | None = None, noise: Law | None = None) -> IdSets:
        """Read ``exclude`` of a draw over ids from 0 to V - 1.

        Parameters
        ----------
        exclude : IdSets, array_like, tuple, sequence of sets, or sparse matrix
            Ids in any form that `Sampler.sample` takes.
        V : int
            Ids lie in [0, V).
        rows : int, optional
            Rows of the draw. Default: as many as ``exclude`` has.
        noise : Law, optional
            The law whose words may stand for ids.

        Returns
        -------
        IdSets
            One set for each row; ``exclude`` itself if it is IdSets.

        Raises
        ------
        TypeError
            If the ids are neither integers nor words.
        ValueError
            If there is not one set for each row, or an id lies outside [0, V); the first such row is named.
        """
        if not isinstance(exclude, IdSets):
            return cls._of(Reader(V, rows, noise).any_form(exclude), V)
        if exclude._n_ids != V:
            raise ValueError(f"exclude: IdSets of V={exclude._n_ids}, but the noise distribution has V={V}")
        if rows is not None and len(exclude) != rows:
            raise ValueError(
                f"exclude: {len(exclude)} sets for {rows} rows; write sets[numbers], one number for each row"
            )
        return exclude

    @classmethod
    def _of(cls, csr: Csr, n_ids: int) -> IdSets:
        indptr, ids = csr
        if len(indptr) - 1 > (2**63 - 1) // n_ids:
            raise ValueError(f"rows with exclude: rows * V must stay below 2**63, got {len(indptr) - 1} * {n_ids}")
        indptr, ids = _rising(indptr, ids, n_ids)
        return cls(ids, indptr[:-1], indptr[1:], int(n_ids))

    def __len__(self) -> int:
        return len(self._starts)

    def __getitem__(self, rows: Any) -> IdSets:
        """The sets with these numbers: an array_like of int (n,), a slice, or an int for a single set."""
        # The kernels read a usual array in one pass. They return None for all that is checked below.
        chosen = _kernel().chosen_sets(rows, self._starts, self._stops)
        if chosen is not None:
            return self._view(*chosen)
        if isinstance(rows, slice):
            return self._view(self._starts[rows].copy(), self._stops[rows].copy())
        try:
            numbers: Any = [operator.index(rows)]
        except TypeError:
            numbers = rows
        numbers = as_integers("sets[rows]: rows", numbers)
        if numbers.ndim != 1:
            raise ValueError(f"sets[rows]: rows must be one number or have one dimension, got shape {numbers.shape}")
        if len(numbers) and not 0 <= int(numbers.min()) <= int(numbers.max()) < len(self):
            at = int(np.argmax((numbers < 0) | (numbers >= len(self))))
            raise IndexError(f"sets[rows]: rows[{at}] = {int(numbers[at])}, but there are {len(self)} sets")
        return self._view(self._starts[numbers], self._stops[numbers])

    def __iter__(self) -> Iterator[NDArray[np.int64]]:
        """The ids of each set, as `of_row` gives them."""
        return (self.of_row(row) for row in range(len(self)))

    def __contains__(self, item: Any) -> bool:
        raise TypeError(
            f"{item!r} in sets: of which set? Write sets.contains(rows, ids), one number of a set for each id, or "
            "id in sets.of_row(row)"
        )

    # `sets | array` and `sets == array` are then errors of Python, and no array of objects.
    __array_ufunc__ = None

    def _view(self, starts: NDArray[np.int64], stops: NDArray[np.int64]) -> IdSets:
        """Sets that are each one of these sets, or empty."""
        return IdSets(self._ids, starts, stops, self._n_ids, self._filter)

    def sizes(self) -> NDArray[np.int64]:
        """The number of distinct ids of each set.

        Returns
        -------
        ndarray, int64 (n,)
            A new array.
        """
        return self._stops - self._starts

    def of_row(self, row: int) -> NDArray[np.int64]:
        """The ids of a single set.

        Parameters
        ----------
        row : int
            The number of the set, 0 to n - 1.

        Returns
        -------
        ndarray, int64 (m,)
            In rising order, read-only.

        Raises
        ------
        IndexError
            If there is no such set.
        """
        row = as_count("row", row, minimum=-(2**63))
        if not 0 <= row < len(self):
            raise IndexError(f"row must be from 0 to {len(self) - 1}, the number of a set, got {row}")
        ids = self._ids[self._starts[row] : self._stops[row]]
        ids.setflags(write=False)
        return ids

    def contains(self, rows: Any, ids: Any) -> NDArray[np.bool_]:
        """Whether set ``rows[i]`` has ``ids[i, j]``.

        Parameters
        ----------
        rows : array_like of int, shape (r,)
            Numbers of sets.
        ids : array_like of int, shape (r, k)
            Ids to search for.

        Returns
        -------
        ndarray, bool (r, k)
            True if the set has the id.

        Raises
        ------
        TypeError, ValueError
            If the arrays are not of these shapes and types.
        IndexError
            If there is no set of such a number.
        """
        numbers, ids = as_integers("rows", rows), as_integers("ids", ids)
        if numbers.ndim != 1 or ids.ndim != 2 or len(ids) != len(numbers):
            raise ValueError(
                f"ids must have shape (r, k) for r rows, got {ids.shape} for rows of shape {numbers.shape}"
            )
        # The kernel checks no bounds.
        if len(numbers) and not 0 <= int(numbers.min()) <= int(numbers.max()) < len(self):
            at = int(np.argmax((numbers < 0) | (numbers >= len(self))))
            raise IndexError(f"rows[{at}] = {int(numbers[at])}, but there are {len(self)} sets")
        cells = np.ascontiguousarray(ids, dtype=ids.dtype if ids.dtype in (np.int64, np.int32) else np.int64)
        at_sets = np.ascontiguousarray(numbers, np.int64)
        return _kernel().held(self._ids, self._starts, self._stops, at_sets, cells)  # type: ignore[no-any-return]

    def _sums(self, values: NDArray[np.uint64]) -> NDArray[np.uint64]:
        """The sum of the values of each set.

        Parameters
        ----------
        values : ndarray, uint64 (m,)
            A number for each of the ids in `_csr`.

        Returns
        -------
        ndarray, uint64 (n,)
            The sums, modulo 2**64.
        """
        cumulative = np.zeros(len(values) + 1, dtype=np.uint64)
        np.cumsum(values, out=cumulative[1:])
        return np.diff(cumulative[self._csr[0]])

    @cached_property
    def _csr(self) -> Csr:
        """The sets as a CSR pair: ``indptr`` (n + 1,) and ``ids``, both int64."""
        sizes = self.sizes()
        indptr = np.concatenate([[0], np.cumsum(sizes)])
        if self._contiguous:
            first = int(self._starts[0]) if len(self) else 0
            return indptr, self._ids[first : first + int(indptr[-1])]
        at = np.arange(indptr[-1]) + np.repeat(self._starts - indptr[:-1], sizes)
        return indptr, self._ids[at]

    @cached_property
    def _contiguous(self) -> bool:
        return bool((self._starts[1:] == self._stops[:-1]).all())

    def _rows(self, start: int, stop: int) -> tuple[Any, Any, Any, int]:
        """Consecutive sets in the form that the kernels read.

        Parameters
        ----------
        start, stop : int
            The number of the first set, and of the set after the last.

        Returns
        -------
        tuple
            ``(ids, starts, stops, 0)``; ``(ids, None, None, m)`` if every set has the same number m of ids, at most 8.
        """
        m = self._same_size
        if m is not None:
            return self._csr[1][start * m : stop * m], None, None, m
        return self._ids, self._starts[start:stop], self._stops[start:stop], 0

    @cached_property
    def _same_size(self) -> int | None:
        """The size of all sets, if it is equal and at most `FEW`; else None."""
        if not len(self):
            return 0
        m = int(self._stops[0] - self._starts[0])
        return m if m <= FEW and bool((self.sizes() == m).all()) else None

    def _short_rows(self, noise: Law, needed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Find the rows for which too few ids of positive weight remain.

        Parameters
        ----------
        noise : Law
            The noise distribution, over V ids.
        needed : int
            The number of ids that a row needs.

        Returns
        -------
        rows : ndarray, int64 (s,)
            The numbers of these rows.
        remaining : ndarray, int64 (s,)
            The number of ids of positive weight that remain for each.
        """
        suspects = np.flatnonzero(self.sizes() > noise.nonzero - needed)
        remaining = np.array(
            [noise.nonzero - np.count_nonzero(noise.support[self.of_row(row)]) for row in suspects.tolist()], np.int64
        )
        return suspects[remaining < needed], remaining[remaining < needed]

    def _emptied(self, rows: NDArray[np.int64]) -> IdSets:
        """The same sets, but some of them empty.

        Parameters
        ----------
        rows : ndarray, int64 (s,)
            The numbers of the sets that become empty.

        Returns
        -------
        IdSets
            Of n sets. The ids are not copied.
        """
        stops = self._stops.copy()
        stops[rows] = self._starts[rows]
        return self._view(self._starts, stops)

    def _check_feasible(self, noise: Law, needed: int) -> None:
        """Raise if too few ids of positive weight remain for a row.

        Parameters
        ----------
        noise : Law
            The noise distribution, over V ids.
        needed : int
            The number of ids that a row needs.

        Raises
        ------
        ValueError
            The message names the first such row, and the number of ids that remain for it.
        """
        rows, remaining = self._short_rows(noise, needed)
        if len(rows):
            raise ValueError(
                f"exclude leaves {remaining[0]} ids of positive weight in row {rows[0]}, fewer than the {needed} that "
                "a row needs"
            )

    def __copy__(self) -> IdSets:
        return self  # it is immutable

    def __deepcopy__(self, memo: Any) -> IdSets:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        indptr, ids = self._csr
        return IdSets.from_csr, (indptr, ids, self._n_ids)

    def __repr__(self) -> str:
        return f"IdSets({len(self):,} sets of {int(self.sizes().sum()):,} ids, V={self._n_ids})"


@cache
def _kernel() -> Any:
    """The kernels, loaded by the first draw: they would make `import samplers` a tenth slower."""
    from ..kernels import sets

    return sets


def _reader(V: Any) -> Reader:
    return Reader(as_count("V", V, minimum=1, maximum=MAX_IDS), what="IdSets")


def _rising(
    indptr: NDArray[np.int64], ids: NDArray[np.int64], n_ids: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The sets with distinct ids in rising order; unchanged if they are so already."""
    if len(ids) == len(indptr) - 1 and (indptr[1:] > indptr[:-1]).all():
        return indptr, ids  # one id in each set
    starts = indptr[1:-1]
    between = starts[(starts > 0) & (starts < len(ids))] - 1  # the last id of a set and the first of the next
    new, rises = ids[1:] != ids[:-1], ids[1:] >= ids[:-1]
    new[between] = rises[between] = True
    if new.all() and rises.all():
        return indptr, ids
    if rises.all():
        new = np.concatenate([[True], new])
        return np.concatenate([[0], np.cumsum(new)])[indptr], ids[new]
    row_of = np.repeat(np.arange(len(indptr) - 1, dtype=np.int64), np.diff(indptr))
    keys = row_of * n_ids + ids
    keys.sort()  # 0.2 s for 1e7 keys; the hash table of np.unique takes 13 s (NumPy 2.4)
    keys = keys[np.concatenate([[True], keys[1:] != keys[:-1]])]
    return np.searchsorted(keys, np.arange(len(indptr), dtype=np.int64) * n_ids), keys % n_ids
