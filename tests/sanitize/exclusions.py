# SPDX-License-Identifier: MIT
"""Excluded ids in every form that ``exclude`` takes, and what they mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

import samplers

from .arrays import guarded

Keys = NDArray[np.int64]
Given = tuple[Any, Keys]  # what a caller hands over, and row * V + id of every id in it


@dataclass(frozen=True)
class Excluded:
    """Sets of ids, one a row.

    Attributes
    ----------
    form : str
    given : Any
        The argument ``exclude``; None where nothing is excluded.
    keys : ndarray, int64
        ``row * V + id`` of every excluded id, each once, rising.
    n_ids : int
        V.
    """

    form: str
    given: Any
    keys: Keys
    n_ids: int

    def holds(self, ids: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether a row holds an id that it must not, bool (rows, k)."""
        keys = np.arange(len(ids), dtype=np.int64)[:, None] * self.n_ids + ids
        return np.isin(keys, self.keys) & (ids >= 0)

    def sets(self, rows: int) -> list[list[int]]:
        """The set of each row."""
        starts = self._starts(np.arange(rows + 1))
        ids = self.keys % self.n_ids
        return [ids[a:b].tolist() for a, b in pairwise(starts)]

    def of_rows(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
        """The sets of some rows, in this order, as a CSR pair; None where nothing is excluded."""
        if self.given is None:
            return None
        first, beyond = self._starts(rows), self._starts(rows + 1)
        ids = [self.keys[a:b] % self.n_ids for a, b in zip(first, beyond, strict=True)]
        starts = np.concatenate([[0], np.cumsum(beyond - first)]).astype(np.int64)
        return guarded(starts), guarded(np.concatenate(ids) if ids else np.empty(0, dtype=np.int64))

    def left(self, positive: NDArray[np.bool_], rows: int) -> int:
        """How many ids of positive weight the poorest row may draw."""
        row, gone = np.divmod(self.keys, self.n_ids)
        lost = np.bincount(row[positive[gone]], minlength=rows)
        return int(np.count_nonzero(positive) - lost.max(initial=0))

    def _starts(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.searchsorted(self.keys, rows * self.n_ids)


def _keys(ids: NDArray[Any], n_ids: int) -> Keys:
    """Of ids (rows, m)."""
    return (np.arange(len(ids), dtype=np.int64)[:, None] * n_ids + ids.astype(np.int64)).reshape(-1)


def _one_id(rng: np.random.Generator, rows: int, n_ids: int) -> Given:
    ids = rng.integers(0, n_ids, rows)
    return guarded(ids, int(rng.integers(8))), _keys(ids[:, None], n_ids)


def _first_or_last(rng: np.random.Generator, rows: int, n_ids: int) -> Given:
    ids = rng.choice([0, n_ids - 1], rows)
    return guarded(ids, int(rng.integers(8))), _keys(ids[:, None], n_ids)


def _equal_sizes(rng: np.random.Generator, rows: int, n_ids: int) -> Given:
    kinds = ["i8", "i4", "u8", ">i8", *(["u1"] if n_ids <= 256 else [])]
    width = int(rng.choice([0, 1, 2, 3, 7, 8, 9, 10, 20, 70]))
    ids = rng.integers(0, n_ids, (rows, width)).astype(rng.choice(kinds))
    if n_ids > 2 and ids.size and ids.max() < 2:
        ids[0, 0] = 2  # wide rows of 0 and 1 alone are refused as a mask
    return guarded(ids, int(rng.integers(8))), _keys(ids, n_ids)


def _lists(rng: np.random.Generator, rows: int, n_ids: int) -> Given:
    ids = rng.integers(0, n_ids, (rows, 2))
    return ids.tolist() if rows else ids, _keys(ids, n_ids)  # [] has no second dimension


def _random_sets(rng: np.random.Generator, rows: int, n_ids: int) -> tuple[NDArray[np.int64], NDArray[np.int64], Keys]:
    """Starts, ids and keys; most sets small, some empty, a few of all ids; half of them unsorted or with repeats."""
    sizes = rng.integers(0, rng.choice([1, 2, 5, 9, 10, 40]), rows)
    if rng.random() < 0.3:
        sizes[:] = rng.choice([0, 1, 5, 8, 9])
    everything = int(rng.integers(rows)) if rows and n_ids <= 2000 and rng.random() < 0.15 else -1
    if everything >= 0:
        sizes[everything] = n_ids
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    row = np.repeat(np.arange(rows, dtype=np.int64), sizes)
    keys = row * n_ids + rng.integers(0, n_ids, starts[-1])
    if everything >= 0:
        keys[starts[everything] : starts[everything + 1]] = everything * n_ids + np.arange(n_ids)
    if rng.random() < 0.5:
        keys.sort()
    return starts, keys % n_ids, keys


def _csr(rng: np.random.Generator, rows: int, n_ids: int) -> Given:
    starts, ids, keys = _random_sets(rng, rows, n_ids)
    kind = rng.choice(["i8", "i4"])
    before = rng.integers(8, size=2).tolist()
    return (guarded(starts.astype(kind), before[0]), guarded(ids.astype(kind), before[1])), keys


def _sparse(rng: np.random.Generator, rows: int, n_ids: int) -> Given:
    from scipy import sparse

    starts, ids, keys = _random_sets(rng, rows, n_ids)
    matrix = sparse.csr_matrix((np.ones(len(ids)), ids, starts), shape=(rows, n_ids))
    return getattr(matrix, str(rng.choice(["tocsr", "tocsc", "tocoo"])))(), keys


def _prepared(rng: np.random.Generator, rows: int, n_ids: int) -> Given:
    """`IdSets` in another order than that of the rows, as a view by their numbers."""
    starts, ids, keys = _random_sets(rng, rows, n_ids)
    order = rng.permutation(rows)
    shuffled = [ids[starts[row] : starts[row + 1]] for row in order.tolist()]
    return samplers.IdSets.from_lists(shuffled, n_ids)[guarded(np.argsort(order))], keys


FORMS: dict[str, Callable[[np.random.Generator, int, int], Given]] = {
    "one id": _one_id,
    "first or last": _first_or_last,
    "equal sizes": _equal_sizes,
    "lists": _lists,
    "csr": _csr,
    "sparse": _sparse,
    "prepared": _prepared,
}


def nothing(n_ids: int) -> Excluded:
    """No ``exclude`` at all."""
    return Excluded("nothing", None, np.empty(0, dtype=np.int64), n_ids)


def same_id(rows: int, n_ids: int, excluded_id: int) -> Excluded:
    """One id in every row; with the heaviest, attempts are used up."""
    ids = np.full(rows, excluded_id, dtype=np.int64)
    return Excluded("the same id", guarded(ids), _keys(ids[:, None], n_ids), n_ids)


def some(rng: np.random.Generator, form: str, rows: int, n_ids: int) -> Excluded:
    """Random sets in a form of `FORMS`."""
    given, keys = FORMS[form](rng, rows, n_ids)
    return Excluded(form, given, np.unique(keys), n_ids)
