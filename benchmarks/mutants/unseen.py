# SPDX-License-Identifier: MIT
"""Broken samplers that `samplers.check_fidelity` passes at its default size, and the reasons.

They show the limits of the check. If a better check rejects one of them, it belongs to the other mutants.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import samplers
from samplers.kernels import rows as kernel

from .mutant import LARGE, Broken, Honest, declared

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class Unseen(Broken):
    """A broken sampler that passes.

    Attributes
    ----------
    reason : str
        Why the check does not see it.
    """

    reason: str


UNSEEN: list[Unseen] = []


def unseen(name: str, reason: str, **settings: Any) -> Callable[[Any], Any]:
    """A class decorator that appends the class to `UNSEEN`."""
    source = "made up, to show a limit"
    return declared(name, source, lambda kind: UNSEEN.append(Unseen(kind=kind, reason=reason, **settings)))


@unseen("one_rare_id_doubled", "The error of one id of 29 expected draws is below the stated power.", counts=LARGE)
class OneRareIdDoubled(Honest):
    """One of the rarest ids comes twice as often as it should."""

    def law(self, p: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(np.arange(len(p)) == len(p) - 7, 2 * p, p)


@unseen("four_rare_ids_missing", "Four ids of 29 expected draws each are below the stated power.", counts=LARGE)
class FourRareIdsMissing(Honest):
    """Four of the rarest ids are never drawn. The check of a sampler that has a table would see it there."""

    def law(self, p: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(np.isin(np.arange(len(p)), [9_100, 9_300, 9_500, 9_700]), 0.0, p)


@unseen("half_precision", "A relative error of 0.02 % needs about 1e9 draws.", counts=LARGE)
class HalfPrecision(Honest):
    """The weights are rounded to 11 bits."""

    def law(self, p: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray((p / p.max() * 2**10).astype(np.float16), dtype=np.float64)


@unseen("cold_half_lost", "One draw in 2**18 is decided by these bits, and 1e14 draws would show it.", counts=LARGE)
class ColdHalfLost(samplers.get("alias")):  # type: ignore[misc]
    """`alias` with thresholds of 18 bits: the half of its slots that only ties read is zero."""

    def _table(self) -> Any:
        source = super()._table()
        return kernel.Source(source.hot, np.zeros_like(source.cold), source.bits)


@unseen("three_columns", "Pairs of draws are compared, and no triples.")
class ThreeColumns(Honest):
    """Any two columns are independent, but the uniform number of column 2 is the sum of the others modulo 1."""

    def independent(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        u = rng.random((rows, k))
        if k > 2:
            u[:, 2] = (u[:, 0] + u[:, 1]) % 1.0
        return np.searchsorted(self._cumulative, u, side="right")


@unseen("late_drift", "A check of 2**20 ids does not reach it; ask for more rows.")
class LateDrift(Honest):
    """From row 300,000 on, ids are equally likely."""

    def _seed(self, rng: np.random.Generator) -> None:
        super()._seed(rng)
        self._at = 0

    def _fill(self, out: Any) -> None:
        super()._fill(out)
        late = np.arange(self._at, self._at + len(out)) >= 300_000
        out[late] = self._rng.integers(len(self.noise), size=(int(late.sum()), out.shape[1]))
        self._at += len(out)


@unseen("odd_lag", "Rows at a distance of 11 are not compared with each other.")
class OddLag(Honest):
    """One row in 20 has the first id of the row that is 11 rows before it."""

    def independent(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        ids = super().independent(rng, rows, k)
        copies = 11 + np.flatnonzero(rng.random(max(0, rows - 11)) < 0.05)
        ids[copies, 0] = ids[copies - 11, 0]
        return ids


@unseen("large_sets_forgotten", "Sets of more than 100 ids are not drawn.", counts=LARGE)
class LargeSetsForgotten(Honest):
    """Sets of more than 200 ids are not excluded."""

    def _draw(self, ids: Any, sets: Any, on_collision: str) -> None:
        if sets is not None and max(len(sets.of_row(row)) for row in range(len(ids))) > 200:
            sets = None
        super()._draw(ids, sets, on_collision)


@unseen("gumbel_slightly_scaled", "Below the stated power of the test of the exponent.", replacement=False)
class GumbelSlightlyScaled(Honest):
    """The k largest of log p plus 1.003 times Gumbel noise."""

    def distinct(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        with np.errstate(divide="ignore"):
            keys = np.log(self._p) + 1.003 * rng.gumbel(size=(rows, len(self._p)))
        return np.argsort(-keys, axis=1)[:, :k]


@unseen("one_seed_in_a_thousand", "Two streams are compared in full, and the beginnings of 127 others.")
class OneSeedInAThousand(Honest):
    """One stream in a thousand is uniform."""

    def _seed(self, rng: np.random.Generator) -> None:
        super()._seed(rng)
        self._uniform = int(rng.integers(1000)) == 7

    def independent(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        if self._uniform:
            return rng.integers(len(self.noise), size=(rows, k))
        return super().independent(rng, rows, k)
