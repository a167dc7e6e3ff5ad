# SPDX-License-Identifier: MIT
"""Draws depend on each other, or come again."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Any

import numpy as np

import samplers

from .mutant import INVENTED, Honest, mutant

if TYPE_CHECKING:
    from numpy.typing import NDArray

ISSUE_5059 = "pytorch/pytorch#5059: forked workers share NumPy's state"


@mutant("too_even", "chi-square, too even", "systematic sampling, quasi-random points")
class TooEven(Honest):
    """Every id as often as expected, in random order."""

    def independent(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        points = (np.arange(rows * k) + rng.random()) / (rows * k)
        return rng.permutation(np.searchsorted(self._cumulative, points, side="right")).reshape(rows, k)


@mutant("frozen_row", "repeated windows", "negatives drawn once for all items", rows=40_000)
class FrozenRow(Honest):
    """One row for ever."""

    def _seed(self, rng: np.random.Generator) -> None:
        self._rng, self._first = rng, int(rng.integers(2**63))

    def draw(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        row = super().draw(np.random.default_rng(self._first), 1, k)
        return np.repeat(row, rows, axis=0)


@mutant("pool_reused", "repeated windows", "code that draws its negatives once and slices them in every epoch")
class PoolReused(samplers.get("pool")):  # type: ignore[misc]
    """A pool of 10,000 ids is cycled."""

    def _build(self) -> None:
        super()._build(reuse=True)


@mutant("constant_lcg", "repeated windows", "post 004 as printed: (previous * MAX + 11) % MAX", rows=20_000)
class ConstantLcg(Honest):
    """The generator returns 11 for ever, which is id 0."""

    MAX = 2**48 - 1

    def _seed(self, rng: np.random.Generator) -> None:
        self._rng, self._state = rng, int(rng.integers(self.MAX))
        self._table = np.rint(self._cumulative * (2**31 - 1)).astype(np.int64).tolist()

    def draw(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        ids = np.empty(rows * k, dtype=np.int64)
        for i in range(len(ids)):
            ids[i] = bisect_left(self._table, (self._state >> 16) % self._table[-1])
            self._state = (self._state * self.MAX + 11) % self.MAX
        return ids.reshape(rows, k)


@mutant("two_workers", "repeated windows", ISSUE_5059, rows=100_000)
class TwoWorkers(Honest):
    """Batches of 32 rows come from two workers in turn, whose generators have one seed."""

    BATCH = 32

    def _seed(self, rng: np.random.Generator) -> None:
        self._seed_of_both, self._at = int(rng.integers(2**63)), 0

    def _fill(self, out: Any) -> None:
        # Batch b is number b // 2 of its worker; a generator for each, so that calls may end anywhere.
        done = 0
        while done < len(out):
            batch, start = divmod(self._at, self.BATCH)
            n = min(self.BATCH - start, len(out) - done)
            rng = np.random.default_rng([self._seed_of_both, batch // 2])
            out[done : done + n] = self.draw(rng, self.BATCH, out.shape[1])[start : start + n]
            done, self._at = done + n, self._at + n


@mutant("seed_ignored", "pairs between streams", "a generator made once, at import", rows=40_000)
class SeedIgnored(Honest):
    """with_rng starts the same stream whatever it is given."""

    def _seed(self, rng: np.random.Generator) -> None:
        self._rng = np.random.default_rng(42)


@mutant("columns_dependent", "pairs within rows", INVENTED)
class ColumnsDependent(Honest):
    """One row in 50 has its first id again in the second column."""

    def independent(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        ids = super().independent(rng, rows, k)
        copies = rng.random(rows) < 0.02
        ids[copies, 1:2] = ids[copies, :1]
        return ids


@mutant("rows_dependent", "pairs between rows", "workers that take turns row by row", rows=100_000)
class RowsDependent(Honest):
    """One row in 50 is the row before it."""

    def independent(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        ids = super().independent(rng, rows, k)
        copies = 1 + np.flatnonzero(rng.random(rows - 1) < 0.02)
        ids[copies] = ids[copies - 1]
        return ids
