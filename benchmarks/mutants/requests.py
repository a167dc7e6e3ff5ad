# SPDX-License-Identifier: MIT
"""Mutants whose law depends on the request: on the column, the row, the size or the form of a call, or the time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import samplers

from .mutant import INVENTED, LARGE, Honest, mutant

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Halves(Honest):
    """A base of mutants that draw ids whose bit 2 is clear, or set."""

    def _build(self) -> None:
        super()._build()
        bit = np.arange(len(self._p)) >> 2 & 1
        self._of_bit = [self.cumulative(self._p * (bit == value)) for value in (0, 1)]

    def with_bit(self, rng: np.random.Generator, shape: tuple[int, ...], bit: int) -> NDArray[np.int64]:
        """Ids whose bit 2 is ``bit``."""
        return np.searchsorted(self._of_bit[bit], rng.random(shape), side="right")


def uniform(sampler: Honest, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
    """Ids that are equally likely, int64 (rows, k)."""
    return rng.integers(len(sampler.noise), size=(rows, k))


@mutant("column_half", "law by column", "vector lanes that read different halves of a table", counts=LARGE, rows=40_000)
class ColumnHalf(Halves):
    """Column 0 has only ids whose bit 2 is clear, column 1 only those whose bit 2 is set."""

    def independent(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        ids = super().independent(rng, rows, k)
        for column in range(min(k, 2)):
            ids[:, column] = self.with_bit(rng, (rows,), column)
        return ids


@mutant(
    "row_parity_half", "law by row number", "the low bit of a counter that reaches the id", counts=LARGE, rows=40_000
)
class RowParityHalf(Halves):
    """Even rows have only ids whose bit 2 is clear, and odd rows only those whose bit 2 is set."""

    def _seed(self, rng: np.random.Generator) -> None:
        super()._seed(rng)
        self._at = 0

    def _fill(self, out: Any) -> None:
        parity = (self._at + np.arange(len(out))) % 2
        for bit in (0, 1):
            rows = np.flatnonzero(parity == bit)
            out[rows] = self.with_bit(self._rng, (len(rows), out.shape[1]), bit)
        self._at += len(out)


@mutant("column_tilted", "law by column", INVENTED, counts=LARGE)
class ColumnTilted(Honest):
    """The rarer half of the ids is 10 % too frequent in column 0, and 10 % too rare in column 1."""

    def _build(self) -> None:
        super()._build()
        rare = self._p < np.median(self._p)
        self._tilted = [self.cumulative(self._p * np.where(rare, by, 1.0)) for by in (1.1, 0.9)]

    def independent(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        ids = super().independent(rng, rows, k)
        for column in range(min(k, 2)):
            ids[:, column] = np.searchsorted(self._tilted[column], rng.random(rows), side="right")
        return ids


@mutant("training_batches", "law by size of call", INVENTED, rows=40_000)
class TrainingBatches(Honest):
    """Calls of 64 to 4,096 rows are uniform."""

    def independent(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        return uniform(self, rng, rows, k) if 64 <= rows <= 4096 else super().independent(rng, rows, k)


@mutant("single_rows", "law by size of call", "a special case for one item", rows=40_000)
class SingleRows(Honest):
    """Calls of a single row are uniform."""

    def independent(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        return uniform(self, rng, rows, k) if rows == 1 else super().independent(rng, rows, k)


@mutant("first_row_of_a_call", "law by place in call", "a loop that is entered too late", rows=40_000)
class FirstRowOfACall(Honest):
    """The first row of each call is uniform."""

    def independent(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        ids = super().independent(rng, rows, k)
        ids[:1] = uniform(self, rng, min(rows, 1), k)
        return ids


@mutant("other_k", "law for other k", "a special case for the usual number of negatives", rows=40_000)
class OtherK(Honest):
    """Rows of 5 ids are right, and rows of any other length are uniform."""

    def independent(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        return super().independent(rng, rows, k) if k == 5 else uniform(self, rng, rows, k)


@mutant("narrow_output", "law by form of call", "an int32 path that was never tested", rows=40_000)
class NarrowOutput(Honest):
    """``out=`` of int32 gets ids without the exponent: the counts themselves are the weights."""

    def _fill(self, out: Any) -> None:
        super()._fill(out)
        if out.dtype == np.int32:
            raw = self.cumulative(self.noise.probabilities ** (1 / 0.75))
            out[...] = np.searchsorted(raw, self._rng.random(out.shape), side="right")


@mutant("last_rows_of_out", "law by form of call", "a loop that ends at a multiple of four rows", rows=40_000)
class LastRowsOfOut(Honest):
    """The last rows of a call that writes into an array of the caller are not written, if they are not four."""

    def sample(self, rows: int, k: int, **arguments: Any) -> Any:
        out: Any = arguments.get("out")
        before = None if out is None else np.array(out)
        ids = super().sample(rows, k, **arguments)
        if before is not None and rows % 4:
            out[rows - rows % 4 :] = np.clip(before[rows - rows % 4 :], 0, len(self.noise) - 1)
        return ids


@mutant("drift_of_exponent", "law over time", "weights that are updated during the training", counts=LARGE)
class DriftOfExponent(Honest):
    """The exponent rises from 0.70 to 0.80 during the first million ids, and is right on average."""

    STEPS = 100

    def _build(self) -> None:
        super()._build()
        exponents = 0.70 + 0.10 * (np.arange(self.STEPS) + 0.5) / self.STEPS
        self._of_step = [self.cumulative(self._p ** (exponent / 0.75)) for exponent in exponents]

    def _seed(self, rng: np.random.Generator) -> None:
        super()._seed(rng)
        self._at = 0

    def _fill(self, out: Any) -> None:
        rows, k = out.shape
        step = np.minimum((self._at + np.arange(rows)) * k * self.STEPS // 2**20, self.STEPS - 1)
        for number in np.unique(step).tolist():
            chosen = np.flatnonzero(step == number)
            u = self._rng.random((len(chosen), k))
            out[chosen] = np.searchsorted(self._of_step[number], u, side="right")
        self._at += rows


@mutant("warm_up", "law over time", "a generator that needs a warm-up", rows=40_000)
class WarmUp(Honest):
    """The first 2,000 rows of a stream are uniform."""

    def _seed(self, rng: np.random.Generator) -> None:
        super()._seed(rng)
        self._at = 0

    def _fill(self, out: Any) -> None:
        super()._fill(out)
        early = max(0, min(len(out), 2000 - self._at))
        out[:early] = uniform(self, self._rng, early, out.shape[1])
        self._at += len(out)


@mutant("far_rows_uniform", "law of far rows", "a row number that is converted to a smaller integer", rows=40_000)
class FarRowsUniform(samplers.get("alias")):  # type: ignore[misc]
    """Rows from number 2**32 on are uniform."""

    def sample(self, rows: int, k: int, *arguments: Any, **options: Any) -> Any:
        start = self.position
        ids = super().sample(rows, k, *arguments, **options)
        far = np.arange(rows) + float(start) >= 2.0**32
        ids[far] = ids[far] * 7 % len(self.noise)
        return ids
