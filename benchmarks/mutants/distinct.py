# SPDX-License-Identifier: MIT
"""Mutants that draw rows of distinct ids, or rows with excluded ids, in a wrong way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .mutant import Honest, mutant

if TYPE_CHECKING:
    from numpy.typing import NDArray


@mutant("duplicates", "duplicates", "replacement=False that nobody passed on", replacement=False, rows=20_000)
class Duplicates(Honest):
    """Draws with replacement, although distinct ids are requested."""

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
    """Draws twice the needed number of distinct ids and keeps the lowest, which are the most frequent."""

    def distinct(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        wide = super().distinct(rng, rows, min(2 * k, self.noise.nonzero))
        return np.sort(wide, axis=1)[:, :k]


@mutant("inclusion_k_p", "Wald", "post 004 says that k distinct ids come k p times a row", replacement=False)
class InclusionKP(Honest):
    """The inclusion probability of each id is exactly k p, which is not that of successive sampling.

    Systematic sampling with probability proportional to size over a random order of the ids (Hartley and
    Rao 1962, https://www.jstor.org/stable/2237517). It needs k max(p) <= 1. If the base class requests longer rows,
    because ids are excluded, they are drawn correctly.
    """

    def distinct(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        if k * self._p.max() > 1:
            return super().distinct(rng, rows, k)
        order = rng.permuted(np.broadcast_to(np.arange(len(self._p)), (rows, len(self._p))), axis=1)
        cumulative = np.cumsum(k * self._p[order], axis=1)
        cumulative[:, -1] = k
        steps = np.floor(cumulative + rng.random((rows, 1)))  # rises k times per row, at id i with probability k p[i]
        picked = np.diff(steps, axis=1, prepend=0.0) > 0
        # The ids of the first column would not quite have probability p. A random order within the row corrects that.
        return rng.permuted(order[picked].reshape(rows, k), axis=1)


@mutant("positive_drawn", "excluded ids", "an exclude argument that is never read", rows=20_000)
class PositiveDrawn(Honest):
    """Excluded ids are drawn like all other ids."""

    def _draw(self, ids: Any, sets: Any, on_collision: str) -> None:
        self._fill(ids)


@mutant(
    "positive_shifted", "law under exclusion", "PyKEEN: an id that hits the positive becomes the next one", rows=40_000
)
class PositiveShifted(Honest):
    """An excluded id is replaced by the next allowed id, which is correct for uniform noise only."""

    def _draw(self, ids: Any, sets: Any, on_collision: str) -> None:
        self._fill(ids)
        rows = np.arange(len(ids))
        while sets is not None and (hit := sets.contains(rows, ids)).any():
            ids[hit] = (ids[hit] + 1) % len(self.noise)
