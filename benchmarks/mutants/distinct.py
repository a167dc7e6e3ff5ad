# SPDX-License-Identifier: MIT
"""Rows of distinct ids, and rows beside excluded ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .mutant import Honest, mutant

if TYPE_CHECKING:
    from numpy.typing import NDArray


@mutant("duplicates", "duplicates", "replacement=False that nobody passed on", replacement=False, rows=20_000)
class Duplicates(Honest):
    """Draws with replacement, asked for distinct ids."""

    def distinct(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        return self.independent(rng, rows, k)


@mutant("sorted_rows", "conditional PIT", "numpy.unique on each row", replacement=False, rows=20_000)
class SortedRows(Honest):
    """The right set of ids, in ascending order."""

    def distinct(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        return np.sort(super().distinct(rng, rows, k), axis=1)


@mutant(
    "unique_then_truncate",
    "conditional PIT",
    "Merlin's LogUniformSampler: multinomial(...).unique()[:n]",
    replacement=False,
    rows=20_000,
)
class UniqueThenTruncate(Honest):
    """Draws twice as many distinct ids as needed and keeps the lowest, which are the frequent ones."""

    def distinct(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        wide = super().distinct(rng, rows, min(2 * k, self.noise.nonzero))
        return np.sort(wide, axis=1)[:, :k]


@mutant("inclusion_k_p", "Wald", "post 004 says that k distinct ids come k p times a row", replacement=False)
class InclusionKP(Honest):
    """Each id is in a row with probability k p exactly, which is not the law of successive sampling.

    Systematic sampling with probability proportional to size over a random order of the ids (Hartley and
    Rao 1962, https://www.jstor.org/stable/2237517). It needs k max(p) <= 1; longer rows, which the base asks for
    around excluded ids, are honest.
    """

    def distinct(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        if k * self._p.max() > 1:
            return super().distinct(rng, rows, k)
        order = rng.permuted(np.broadcast_to(np.arange(len(self._p)), (rows, len(self._p))), axis=1)
        upto = np.cumsum(k * self._p[order], axis=1)
        upto[:, -1] = k
        reached = np.floor(upto + rng.random((rows, 1)))  # rises by one k times a row, at id i with k p[i]
        picked = np.diff(reached, axis=1, prepend=0.0) > 0
        # Ids that come first in the random order are not quite p; a row in random order has p in every column.
        return rng.permuted(order[picked].reshape(rows, k), axis=1)


@mutant("positive_drawn", "excluded ids", "an exclude argument that is never read", rows=20_000)
class PositiveDrawn(Honest):
    """Excluded ids come like others."""

    def _draw(self, ids: Any, sets: Any, on_collision: str) -> None:
        self._fill(ids)


@mutant(
    "positive_shifted", "law under exclusion", "PyKEEN: an id that hits the positive becomes the next one", rows=40_000
)
class PositiveShifted(Honest):
    """An excluded id is replaced by the next allowed one: the right law for uniform noise only."""

    def _draw(self, ids: Any, sets: Any, on_collision: str) -> None:
        self._fill(ids)
        rows = np.arange(len(ids))
        while sets is not None and (hit := sets.contains(rows, ids)).any():
            ids[hit] = (ids[hit] + 1) % len(self.noise)
