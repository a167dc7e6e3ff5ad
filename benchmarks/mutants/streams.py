# SPDX-License-Identifier: MIT
"""Mutants whose streams have something in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .mutant import INVENTED, Honest, mutant

if TYPE_CHECKING:
    from numpy.typing import NDArray


@mutant("later_columns_shared", "pairs between streams", INVENTED, replacement=False, rows=40_000)
class LaterColumnsShared(Honest):
    """Columns 1 and later of every stream come from the same generator."""

    def _seed(self, rng: np.random.Generator) -> None:
        super()._seed(rng)
        self._shared = np.random.default_rng(99)

    def distinct(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        # Successive sampling by inversion: the uniform numbers of columns 1 and later are shared.
        u = np.concatenate([rng.random((rows, 1)), self._shared.random((rows, k))[:, 1:]], axis=1)
        ids = np.empty((rows, k), dtype=np.int64)
        weights = np.repeat(self._p[None, :], rows, axis=0)
        for column in range(k):
            cumulative = np.cumsum(weights, axis=1)
            target = u[:, column, None] * cumulative[:, -1:]
            ids[:, column] = np.minimum((cumulative <= target).sum(axis=1), len(self._p) - 1)
            weights[np.arange(rows), ids[:, column]] = 0.0
        return ids


@mutant("last_column_shared", "pairs between streams", "a counter to which the key is not applied", rows=40_000)
class LastColumnShared(Honest):
    """The last column of every stream is the same."""

    def _seed(self, rng: np.random.Generator) -> None:
        super()._seed(rng)
        self._shared = np.random.default_rng(99)

    def independent(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        ids = super().independent(rng, rows, k)
        ids[:, -1] = super().independent(self._shared, rows, 1)[:, 0]
        return ids


@mutant("streams_opposed", "pairs between streams", "antithetic draws of two workers", rows=40_000)
class StreamsOpposed(Honest):
    """All streams are drawn with the same u, or with 1 - u."""

    def _seed(self, rng: np.random.Generator) -> None:
        self._rng, self._opposed = np.random.default_rng(7), bool(rng.integers(2))

    def independent(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        u = rng.random((rows, k))
        return np.searchsorted(self._cumulative, 1 - u if self._opposed else u, side="right")


@mutant("streams_far_apart", "overlapping streams", "streams that are stretches of one sequence")
class StreamsFarApart(Honest):
    """A stream starts at one of 100 places, 5,000 rows apart, of a sequence that all streams share."""

    def _seed(self, rng: np.random.Generator) -> None:
        self._rng = np.random.default_rng(7)
        self._rng.random(25_000 * int(rng.integers(100)))


@mutant(
    "seed_of_32_bits_halved",
    "pairs between streams",
    "seeds rounded to float32: numbers above 2**24 are even",
    rows=40_000,
)
class SeedHalved(Honest):
    """The seeds s and s + 1 give the same stream if they are large, for they are rounded to float32."""

    def with_rng(self, rng: Any = None) -> Any:
        return super().with_rng(int(np.float32(rng)) if isinstance(rng, int) else rng)
