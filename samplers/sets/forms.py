# SPDX-License-Identifier: MIT
"""Converts every form of ``exclude`` to a CSR pair."""

from __future__ import annotations

import numbers
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import sparse
from ..arguments import as_csr_pair, as_integers, shortened, tensor_cure

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..laws.law import Law

    Csr = tuple[NDArray[np.int64], NDArray[np.int64]]

PADDING = -1
# Rows of so many integers that are all 0 or 1 are hardly ids: they would repeat the ids 0 and 1. The short calls of the
# kernels read no array of so many columns (SHORT_EACH), so that it is checked here.
WIDE = 9
_A_PAIR = "; a tuple of two is always a CSR pair: for two rows of ids, convert the tuple to a list"
# In a list of these, NumPy drops the mask of the array, converts the bytes to integers, or keeps the mappings as
# objects.
_BY_HAND = (np.ma.MaskedArray, bytearray, Mapping)


@dataclass(frozen=True)
class Reader:
    """Reads sets of ids, one for each row.

    Attributes
    ----------
    n_ids : int
        V: ids lie in [0, V).
    rows : int or None
        The required number of sets; None for any.
    noise : Law or None
        The law whose words may stand for ids; None if there are no words.
    what : str
        The name of the argument in messages.
    """

    n_ids: int
    rows: int | None = None
    noise: Law | None = None
    what: str = "exclude"

    def any_form(self, sets: Any) -> Csr:
        """Read the sets in any form of ``exclude``.

        Parameters
        ----------
        sets : array_like, tuple, sequence of sets, or sparse matrix
            - integers (rows,): one id for each row;
            - integers (rows, m): m ids for each row, where -1 stands for no id;
            - a sequence with a list, set or array of ids for each row, of any sizes, where -1 and masked entries stand
              for no id;
            - a tuple of two arrays, ``(indptr, indices)``: a CSR pair, with a set of any size for each row;
            - a SciPy sparse matrix (rows, V), in which entries other than 0 mark ids of the set;
            - booleans (rows, V): True for an id of the set. Integers of this shape are refused if all are 0 or 1, and
              so are wide rows of another width in which 0 and 1 are mixed.

            If the law has words, a string stands for its id in all but the CSR pair.

        Returns
        -------
        tuple of two ndarrays, int64 (rows + 1,) and (any number,)
            ``indptr`` and ``ids``: set i is ``ids[indptr[i] : indptr[i + 1]]``, in the given order. Both are copies.

        Raises
        ------
        TypeError
            If the ids are neither integers nor words.
        ValueError
            If there is not one set for each row, or an id lies outside [0, V); the first such row is named.
        """
        if isinstance(sets, tuple) and len(sets) == 2:
            self._refuse_two_rows(sets)
            return self.pair(*sets)
        if sparse.is_sparse(sets):
            return self.sparse(sets)
        return self._in_range(*self._of_rows(sets))

    def pair(self, indptr: Any, indices: Any) -> Csr:
        """Read a CSR pair; returns and errors as in `any_form`."""
        return self._in_range(*self._of_pair(indptr, indices))

    def sequence(self, sets: Any) -> Csr:
        """Read a list, set, array or tensor for each row; returns and errors as in `any_form`."""
        if isinstance(sets, (str, bytes, bytearray, Mapping, set, frozenset)) or not isinstance(sets, Iterable):
            raise TypeError(f"{self.what} must be a sequence of lists or sets of ids, got {type(sets).__name__}")
        return self._in_range(*self._of_sequence(list(sets)))

    def padded(self, array: Any, padding: int) -> Csr:
        """Read integers (rows, m), where ``padding`` stands for no id; returns and errors as in `any_form`."""
        ids = np.array(as_integers(self.what, array), order="C")
        if ids.ndim != 2:
            raise ValueError(f"{self.what} must have shape (rows, m), got {ids.shape}")
        indptr = np.arange(len(ids) + 1, dtype=np.int64) * ids.shape[1]
        flat = ids.reshape(-1)
        self._refuse_wide_mask(ids)
        return self._in_range(*_only(flat != padding, indptr, flat))

    def sparse(self, matrix: Any) -> Csr:
        """Read a SciPy sparse matrix (rows, V); returns and errors as in `any_form`."""
        got = sparse.shape_of(self.what, matrix)
        rows = got[0] if self.rows is None else self.rows
        if got != (rows, self.n_ids):
            shape = ("rows" if self.rows is None else rows, self.n_ids)
            raise ValueError(f"{self.what} as a sparse matrix needs shape {shape}, got {got}")
        indptr, ids, values = sparse.as_csr(self.what, matrix)
        # A stored zero is not an entry: SciPy's nonzero() leaves it out too.
        return (indptr, ids) if values.all() else self._in_range(*_only(values != 0, indptr, ids))

    def _in_range(self, indptr: NDArray[np.int64], ids: NDArray[np.integer[Any]]) -> Csr:
        if len(ids) and not 0 <= int(ids.min()) <= int(ids.max()) < self.n_ids:
            at = int(np.argmax((ids < 0) | (ids >= self.n_ids)))
            row = int(np.searchsorted(indptr, at, side="right")) - 1
            hint = "; only in arrays of shape (rows, m) does -1 stand for no id" if ids[at] == PADDING else ""
            raise ValueError(f"{self.what}: id {int(ids[at])} in row {row} lies outside [0, {self.n_ids}){hint}")
        return indptr, np.ascontiguousarray(ids, dtype=np.int64)

    def _refuse_two_rows(self, pair: tuple[Any, Any]) -> None:
        """Raise for a tuple of two lists or sets: ``zip(*batch)`` gives such a tuple for the histories of two users."""
        if not all(hasattr(part, "__array__") for part in pair):
            first, second = (type(part).__name__ for part in pair)
            raise TypeError(
                f"{self.what}: a tuple of two is a CSR pair of arrays, (indptr, indices), got {first} and {second}: "
                "convert them to arrays; or, for two rows of ids, convert the tuple to a list"
            )

    def _of_pair(self, indptr: Any, indices: Any) -> tuple[NDArray[np.int64], NDArray[np.integer[Any]]]:
        starts, ids = as_csr_pair(self.what, indptr, indices, self.rows, _A_PAIR)
        if self.n_ids > 2 and len(ids) >= WIDE and (ids == 1).all() and np.diff(starts).max() >= WIDE:
            raise ValueError(
                f"{self.what}: the indices of the CSR pair are all 1, {int(np.diff(starts).max())} of them in one row: "
                "they look like the values of a sparse matrix; write (matrix.indptr, matrix.indices), or pass the "
                "matrix; if they are ids, write each id of a row once"
            )
        return starts, ids

    def _of_rows(self, exclude: Any) -> tuple[NDArray[np.int64], Any]:
        """Read a form that has an entry for each row."""
        if isinstance(exclude, (str, bytes, bytearray, Mapping, set, frozenset)) or not hasattr(exclude, "__len__"):
            raise TypeError(
                f"{self.what} must have an entry for each row, such as [[3], [], [7, 2]], got "
                f"{type(exclude).__name__}; for one set in all rows write [[...]] * rows"
            )
        array = self._as_array(exclude)
        if array is None:
            # Iterating over a DataFrame would give the names of its columns.
            return self._of_sequence(np.asarray(exclude) if hasattr(exclude, "__array__") else exclude)
        if array.ndim not in (1, 2) or (self.rows is not None and len(array) != self.rows):
            raise ValueError(
                f"{self.what} must have shape (rows,) or (rows, m)"
                f"{'' if self.rows is None else f' with rows={self.rows}'}, or be a sequence of sets, one for each "
                f"row, or a CSR pair (indptr, indices), got shape {array.shape}"
            )
        if array.dtype.kind == "b":
            self._refuse_odd_mask(array)
            row, excluded = np.nonzero(array.copy())  # a copy: if another thread wrote meanwhile, NumPy would overflow
            return np.searchsorted(row, np.arange(len(array) + 1)), excluded
        ids = self._ids(array)
        self._refuse_mask_of_integers(ids)
        indptr = np.arange(len(ids) + 1, dtype=np.int64) * (1 if ids.ndim == 1 else ids.shape[1])
        return (indptr, ids) if ids.ndim == 1 else _without_padding(indptr, ids.reshape(-1))

    def _refuse_odd_mask(self, mask: NDArray[np.bool_]) -> None:
        if mask.shape != (len(mask), self.n_ids):
            raise TypeError(
                f"{self.what} must be integers, got dtype bool; a mask must have shape (rows, V) = "
                f"({len(mask)}, {self.n_ids}), got {mask.shape}"
            )
        if np.ma.getmaskarray(mask).any():
            raise ValueError(
                f"{self.what} has {int(np.ma.getmaskarray(mask).sum())} masked entries among booleans; write "
                "exclude.filled(False), or True"
            )

    def _refuse_mask_of_integers(self, ids: NDArray[np.integer[Any]]) -> None:
        """Raise for a mask of integers (`torch.nn.functional.one_hot`, `toarray`): its 0 and 1 would be read as ids."""
        if self.n_ids > 2 and ids.size and ids.shape[1:] == (self.n_ids,) and 0 <= ids.min() <= ids.max() <= 1:
            raise ValueError(
                f"{self.what}: integers of shape (rows, V) = {ids.shape} that are all 0 or 1 look like a mask: write "
                "exclude.astype(bool); if they are the ids 0 and 1, write a list for each row: [[0, 1], [1], ...]"
            )
        self._refuse_wide_mask(ids)

    def _refuse_wide_mask(self, ids: NDArray[np.integer[Any]]) -> None:
        """Raise for a mask of integers whose width is not V.

        A list of the single id 0 or 1 that is filled up at one end, with 0 or 1, is none: 0 and 1 must be mixed between
        the first and the last column.
        """
        if ids.ndim != 2 or self.n_ids <= 2 or not ids.size or not 0 <= ids.min() <= ids.max() <= 1:
            return
        width, inner = ids.shape[1], ids[:, 1:-1]
        of_ids = width < WIDE and abs(width - self.n_ids) > 1
        if of_ids or not (inner != inner[:, :1]).any():
            return
        raise ValueError(
            f"{self.what}: integers of shape (rows, m) = {ids.shape} that are all 0 or 1 look like a mask, which has "
            f"the shape (rows, V) = ({len(ids)}, {self.n_ids}): give it this shape, and write exclude.astype(bool); if "
            "they are the ids 0 and 1, write each once, in a list for each row: [[0, 1], [1], ...]"
        )

    def _as_array(self, exclude: Any) -> NDArray[Any] | None:
        """``exclude`` as an array, with -1 for masked entries; None if rows have unequal lengths or are sets."""
        if isinstance(exclude, np.ma.MaskedArray) and exclude.ndim == 2 and exclude.dtype.kind == "i":
            return np.asarray(exclude.filled(PADDING))
        if isinstance(exclude, (list, tuple)) and any(isinstance(row, _BY_HAND) for row in exclude):
            return None
        try:
            array = np.asarray(exclude)
        except ValueError:  # rows of unequal length, or a list of tensors
            return None
        except (TypeError, RuntimeError) as error:  # a tensor on a GPU
            first = (
                next((row for row in exclude if tensor_cure(row)), None)
                if isinstance(exclude, (list, tuple))
                else exclude
            )
            raise TypeError(f"{self.what} cannot be read as an array: {error}{tensor_cure(first)}") from error
        if array.dtype.kind == "U" and not isinstance(exclude, np.ndarray):
            array = np.asarray(exclude, dtype=object)  # keeps numbers among words as numbers, so that `_ids` can refuse
        elif array.dtype.kind == "O" and not all(isinstance(item, (str, numbers.Integral)) for item in array.flat):
            return None  # lists or sets
        elif array.dtype.kind in "iu" and isinstance(exclude, (list, tuple)):
            self._refuse_truth_values(exclude)  # NumPy converts [True, 3] to [1, 3]
        return exclude if isinstance(exclude, np.ndarray) else array

    def _of_sequence(self, exclude: Iterable[Any]) -> tuple[NDArray[np.int64], Any]:
        sets: list[list[Any]] = []
        missing = next((row for row, members in enumerate(exclude) if members is None), None)
        if missing is not None:
            raise TypeError(f"{self.what}: row {missing} is None; write [] for no id, and a list for each other row")
        for row, members in enumerate(exclude):
            plain = self._plain(row, members)
            if isinstance(plain, (str, bytes, bytearray)) or not isinstance(plain, Iterable):
                raise TypeError(
                    f"{self.what}: row {row} must be a list or set of ids, got {members!r}; write [] for no id"
                )
            sets.append(list(plain))
            self._refuse_truth_values(sets[-1])
        if self.rows is not None and len(sets) != self.rows:
            raise ValueError(f"{self.what} must have an entry for each of the {self.rows} rows, got {len(sets)}")
        indptr = np.cumsum([0, *map(len, sets)], dtype=np.int64)
        for row, members in enumerate(sets):
            for member in members:
                if isinstance(member, Iterable) and not isinstance(member, str):
                    raise TypeError(f"{self.what}: row {row} must hold ids, got {member!r}")
        flat = _flat(sets)
        if flat.dtype.kind in "fO":
            self._refuse_member(sets)
        return _without_padding(indptr, self._ids(flat))

    def _plain(self, row: int, members: Any) -> Any:
        """A row as a list of Python numbers, without masked entries, because ``list(tensor)`` would hold tensors."""
        if isinstance(members, Mapping):
            raise TypeError(
                f"{self.what}: row {row} must be a list or set of ids, got a {type(members).__name__}; for its keys "
                "write set(row)"
            )
        if isinstance(members, np.ndarray) and members.dtype.kind in "mM":  # tolist() would convert times to integers
            raise TypeError(f"{self.what}: row {row} must be integers, got dtype {members.dtype}")
        if isinstance(members, np.ma.MaskedArray) and members.ndim:
            members = members.compressed()
        try:
            return members.tolist() if hasattr(type(members), "tolist") else members
        except (TypeError, RuntimeError) as error:
            raise TypeError(f"{self.what}: row {row} cannot be read: {error}{tensor_cure(members)}") from error

    def _refuse_member(self, sets: list[list[Any]]) -> None:
        """Raise for the first member that is neither an integer of 64 bits nor a float nor a known word."""
        for row, member in ((row, member) for row, members in enumerate(sets) for member in members):
            if isinstance(member, numbers.Integral):
                if not -(2**63) <= int(member) < 2**63:
                    raise ValueError(
                        f"{self.what}: id {shortened(int(member))} in row {row} lies outside [0, {self.n_ids})"
                    )
            elif isinstance(member, str):
                if self.noise is not None and self.noise.words is not None and member not in self.noise._id_of:
                    raise ValueError(
                        f"{self.what}: row {row} holds {member!r}, which is not among the {self.n_ids} words"
                    )
            elif not isinstance(member, (float, np.floating)):
                like = f"{member!r}, a {type(member).__name__}"
                raise TypeError(f"{self.what}: row {row} must hold ids, got {like}; write int(...), or leave it out")

    def _refuse_truth_values(self, members: Iterable[Any]) -> None:
        """Raise for a bool in a list, or in a list of lists."""
        for nested in (members, *(inner for inner in members if isinstance(inner, (list, tuple)))):
            if not {bool, np.bool_}.isdisjoint(map(type, nested)):
                raise TypeError(
                    f"{self.what} holds True or False among ids; a mask is an array of booleans of shape (rows, V), "
                    "numpy.stack(masks)"
                )

    def _ids(self, array: NDArray[Any]) -> NDArray[np.integer[Any]]:
        """A copy of an array of ids, or the ids of an array of words."""
        if array.dtype.kind == "U":
            return self._of_words(array)
        if array.dtype.kind == "O" and any(isinstance(member, str) for member in array.flat):
            number = next((member for member in array.flat if not isinstance(member, str)), None)
            if number is not None:
                raise TypeError(f"{self.what} holds words and {number!r}; give ids or words, and not both")
            return self._of_words(array)
        return np.array(as_integers(self.what, array), order="C")

    def _of_words(self, array: NDArray[Any]) -> NDArray[np.int64]:
        if self.noise is None:
            raise TypeError(
                f"{self.what} must hold ids, got words: the NoiseDistribution of their counts gives their ids, "
                "NoiseDistribution(counts).ids_of(words)"
            )
        return self.noise._ids_of(array, self.what)


def _flat(sets: list[list[Any]]) -> NDArray[Any]:
    members = list(chain.from_iterable(sets))
    words = any(isinstance(member, str) for member in members)
    return np.array(members, dtype=object) if words else np.array(members)


def _without_padding(
    indptr: NDArray[np.int64], ids: NDArray[np.integer[Any]]
) -> tuple[NDArray[np.int64], NDArray[np.integer[Any]]]:
    return _only(ids != PADDING, indptr, ids) if len(ids) and ids.min() < 0 else (indptr, ids)


def _only(
    mask: NDArray[np.bool_], indptr: NDArray[np.int64], ids: NDArray[np.integer[Any]]
) -> tuple[NDArray[np.int64], NDArray[np.integer[Any]]]:
    """The CSR pair of the ids at which ``mask`` is True."""
    return np.concatenate([[0], np.cumsum(mask)])[indptr], ids[mask]
