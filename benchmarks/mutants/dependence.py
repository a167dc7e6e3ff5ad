# SPDX-License-Identifier: MIT
"""Mutants whose draws depend on each other or repeat."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Any

import numpy as np

import samplers

from .mutant import INVENTED, LARGE, Honest, mutant

if TYPE_CHECKING:
    from numpy.typing import NDArray

ISSUE_5059 = "pytorch/pytorch#5059: forked workers share NumPy's state"


@mutant("too_even", "chi-square, too even", "systematic sampling, quasi-random points")
class TooEven(Honest):
    """Every id is drawn exactly as often as expected, in random order."""

    def independent(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        points = (np.arange(rows * k) + rng.random()) / (rows * k)
        return rng.permutation(np.searchsorted(self._cumulative, points, side="right")).reshape(rows, k)


@mutant("frozen_row", "repeated windows", "negatives drawn once for all items", rows=40_000)
class FrozenRow(Honest):
    """Every row is the same."""

    def _seed(self, rng: np.random.Generator) -> None:
        self._rng, self._first = rng, int(rng.integers(2**63))

    def draw(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        row = super().draw(np.random.default_rng(self._first), 1, k)
        return np.repeat(row, rows, axis=0)


@mutant("pool_reused", "repeated windows", "code that draws its negatives once and slices them in every epoch")
class PoolReused(samplers.get("pool")):  # type: ignore[misc]
    """A pool of 10,000 ids is used again and again."""

    def _build(self) -> None:
        super()._build(reuse=True)


@mutant("constant_lcg", "repeated windows", "post 004 as printed: (previous * MAX + 11) % MAX", rows=20_000)
class ConstantLcg(Honest):
    """The generator always returns 11, which is id 0."""

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
    """Batches of 32 rows come in turn from two workers, whose generators have the same seed."""

    BATCH = 32

    def _seed(self, rng: np.random.Generator) -> None:
        self._seed_of_both, self._at = int(rng.integers(2**63)), 0

    def _fill(self, out: Any) -> None:
        # Batch b is batch b // 2 of its worker. Each batch has its own generator, so that a call may end within it.
        done = 0
        while done < len(out):
            batch, start = divmod(self._at, self.BATCH)
            n = min(self.BATCH - start, len(out) - done)
            rng = np.random.default_rng([self._seed_of_both, batch // 2])
            out[done : done + n] = self.draw(rng, self.BATCH, out.shape[1])[start : start + n]
            done, self._at = done + n, self._at + n


@mutant("seed_ignored", "pairs between streams", "a generator made once, at import", rows=40_000)
class SeedIgnored(Honest):
    """with_rng starts the same stream for every seed."""

    def _seed(self, rng: np.random.Generator) -> None:
        self._rng = np.random.default_rng(42)


@mutant("columns_dependent", "pairs within rows", INVENTED, rows=40_000)
class ColumnsDependent(Honest):
    """In one row of 50 the second id is a copy of the first."""

    def independent(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        ids = super().independent(rng, rows, k)
        copies = rng.random(rows) < 0.02
        ids[copies, 1:2] = ids[copies, :1]
        return ids


@mutant("rows_dependent", "pairs between rows", "workers that take turns row by row", rows=100_000)
class RowsDependent(Honest):
    """One row in 50 is a copy of the row before it."""

    def independent(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        ids = super().independent(rng, rows, k)
        copies = 1 + np.flatnonzero(rng.random(rows - 1) < 0.02)
        ids[copies] = ids[copies - 1]
        return ids


@mutant("begins_anew", "repeated windows", "a generator made from the seed inside the sampling function")
class BeginsAnew(Honest):
    """Every call starts the stream again, so that all batches of a training loop are equal."""

    def _seed(self, rng: np.random.Generator) -> None:
        self._start_of_all = int(rng.integers(2**63))

    def _fill(self, out: Any) -> None:
        out[...] = self.draw(np.random.default_rng(self._start_of_all), *out.shape)


@mutant("small_batches", "chi-square", INVENTED)
class SmallBatches(Honest):
    """Calls of 32 rows or fewer, as in training loops, return id 0 only."""

    def independent(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        ids = super().independent(rng, rows, k)
        return ids if rows > 32 else np.zeros_like(ids)


@mutant("opposed_columns", "pairs within rows", "antithetic draws")
class OpposedColumns(Honest):
    """Column 2 is drawn with 1 - u if column 1 is drawn with u; the same for columns 4 and 3."""

    def independent(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        u = rng.random((rows, k))
        u[:, 2::2] = 1 - u[:, 1 : k - 1 : 2]
        return np.searchsorted(self._cumulative, u, side="right")


@mutant("one_sequence", "overlapping streams", "streams that are stretches of one sequence")
class OneSequence(Honest):
    """A stream starts at one of 10,000 positions of a sequence that all streams share."""

    def _seed(self, rng: np.random.Generator) -> None:
        self._rng = np.random.default_rng(7)
        self._rng.random(int(rng.integers(10_000)))


@mutant("short_seeds", "overlapping streams", "a seed taken modulo a small number")
class ShortSeeds(Honest):
    """Seeds are taken modulo 1,000, so that two of a few dozen workers probably have the same stream."""

    def _seed(self, rng: np.random.Generator) -> None:
        self._rng = np.random.default_rng(int(rng.integers(2**63)) % 1000)


@mutant("sorted_with_replacement", "law by column", "numpy.sort on each row", rows=40_000)
class SortedWithReplacement(Honest):
    """Every row is sorted by id."""

    def independent(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        return np.sort(super().independent(rng, rows, k), axis=1)


@mutant("no_neighbour_repeated", "pairs within rows", "a redraw of an id that equals the one before it", rows=40_000)
class NoNeighbourRepeated(Honest):
    """An id never equals the one in the column before it."""

    def independent(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        ids = super().independent(rng, rows, k)
        for column in range(1, k):
            while (same := np.flatnonzero(ids[:, column] == ids[:, column - 1])).size:
                ids[same, column] = super().independent(rng, len(same), 1)[:, 0]
        return ids


@mutant("columns_0_and_2", "pairs within rows", "vector lanes that share a word of the generator", rows=40_000)
class Columns0And2(Honest):
    """In one row of ten, column 2 is drawn with the uniform number of column 0."""

    def independent(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        u = rng.random((rows, k))
        tied = rng.random(rows) < 0.1
        u[tied, 2:3] = u[tied, :1]
        return np.searchsorted(self._cumulative, u, side="right")


@mutant("antithetic_rows", "pairs between rows", "antithetic draws", rows=40_000)
class AntitheticRows(Honest):
    """Row r + 2 is drawn with 1 - u if row r is drawn with u."""

    def independent(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        u = rng.random((rows, k))
        row = np.arange(rows)
        second = np.flatnonzero(row % 4 >= 2)
        u[second] = 1 - u[second - 2]
        return np.searchsorted(self._cumulative, u, side="right")


@mutant("lag_7", "pairs between rows", "a generator with a short lag", rows=100_000)
class Lag7(Honest):
    """One row in ten is a copy of the row seven rows before it."""

    LAG = 7

    def independent(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        ids = super().independent(rng, rows, k)
        copies = self.LAG + np.flatnonzero(rng.random(max(0, rows - self.LAG)) < 0.1)
        ids[copies] = ids[copies - self.LAG]
        return ids


@mutant("lag_256", "pairs between rows", "a batch that begins with rows of the batch before it", rows=40_000)
class Lag256(Lag7):
    """One row in ten is a copy of the row 256 rows before it."""

    LAG = 256


@mutant("row_end_copied", "pairs between rows", "a buffer that is read once too often at its end", rows=40_000)
class RowEndCopied(Honest):
    """In one row of 20, the first id is the last id of the row before."""

    def independent(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        ids = super().independent(rng, rows, k)
        copies = 1 + np.flatnonzero(rng.random(rows - 1) < 0.05)
        ids[copies, 0] = ids[copies - 1, -1]
        return ids


@mutant("low_bit_alternates", "law by row number", "the low bits of a linear congruential generator", counts=LARGE)
class LowBitAlternates(Honest):
    """Bit 2 of the ids of column 0 alternates from row to row, from a random start in each call."""

    def independent(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        ids = super().independent(rng, 4 * rows, k)
        bit = (np.arange(rows) + rng.integers(2)) % 2
        right = (ids[:, 0].reshape(rows, 4) >> 2 & 1) == bit[:, None]
        return np.asarray(ids.reshape(rows, 4, k)[np.arange(rows), right.argmax(axis=1)])
