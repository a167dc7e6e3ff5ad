# SPDX-License-Identifier: MIT
"""Mutants that draw rows of distinct ids, or rows with excluded ids, in a wrong way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .mutant import INVENTED, Honest, mutant

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


@mutant("rest_uniform", "conditional PIT", "a second stage without weights", replacement=False, rows=20_000)
class RestUniform(Honest):
    """The first id of a row is right, and the others are equally likely ids that remain."""

    def distinct(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        race = rng.exponential(size=(rows, len(self._p)))
        first = super().distinct(rng, rows, 1)
        race[np.arange(rows), first[:, 0]] = 0.0
        return np.argsort(race, axis=1)[:, :k]


@mutant("sums_not_cut", "conditional PIT", INVENTED, replacement=False, rows=20_000)
class SumsNotCut(Honest):
    """Drawn ids are taken out of the total, but not out of the cumulative sums in which the next id is found."""

    def distinct(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        ids = np.empty((rows, k), dtype=np.int64)
        for column in range(k):
            before = ids[:, :column]
            target = rng.random(rows) * (1.0 - self._p[before].sum(axis=1))
            ids[:, column] = np.searchsorted(self._cumulative, target, side="right")
            while (again := (before == ids[:, column, None]).any(axis=1)).any():
                ids[again, column] = (ids[again, column] + 1) % len(self._p)
        return ids


@mutant(
    "normal_keys", "conditional PIT", "log p + normal noise in place of Gumbel noise", replacement=False, rows=40_000
)
class NormalKeys(Honest):
    """The k largest of log p plus normal noise with the standard deviation of Gumbel's law."""

    def distinct(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        with np.errstate(divide="ignore"):
            keys = np.log(self._p) + rng.normal(scale=np.pi / np.sqrt(6), size=(rows, len(self._p)))
        return np.argsort(-keys, axis=1)[:, :k]


@mutant("gumbel_scaled", "exponent", "a temperature of 1.02", replacement=False)
class GumbelScaled(Honest):
    """The k largest of log p plus 1.02 times Gumbel noise."""

    def distinct(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        with np.errstate(divide="ignore"):
            keys = np.log(self._p) + 1.02 * rng.gumbel(size=(rows, len(self._p)))
        return np.argsort(-keys, axis=1)[:, :k]


@mutant("columns_rotated", "conditional PIT", "rows of a set that are read from a random place", replacement=False)
class ColumnsRotated(Honest):
    """The right set of ids, from a random one of its columns on."""

    def distinct(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        ids = super().distinct(rng, rows, k)
        order = (np.arange(k) + rng.integers(k, size=(rows, 1))) % k
        return np.take_along_axis(ids, order, axis=1)


def redrawn(sampler: Honest, ids: Any, sets: Any, draw: Any, rounds: int | None = None) -> None:
    """Replace excluded ids by those that ``draw(n)`` returns, in a limited number of rounds."""
    rows = np.arange(len(ids))
    while sets is not None and rounds != 0 and (hit := sets.contains(rows, ids)).any():
        ids[hit] = draw(int(np.count_nonzero(hit)))
        rounds = None if rounds is None else rounds - 1


@mutant("redraws_uniform", "law under exclusion", "a redraw without weights", rows=40_000)
class RedrawsUniform(Honest):
    """An excluded id is replaced by an id that is equally likely among those that are allowed."""

    def _draw(self, ids: Any, sets: Any, on_collision: str) -> None:
        self._fill(ids)
        if on_collision == "mark":
            return super()._draw(ids, sets, on_collision)
        return redrawn(self, ids, sets, lambda n: self._rng.integers(len(self.noise), size=n))


@mutant("redrawn_once", "excluded ids", "RecBole and others: one redraw, which may collide again", rows=40_000)
class RedrawnOnce(Honest):
    """An excluded id is drawn a second time, and the second id is taken."""

    def _draw(self, ids: Any, sets: Any, on_collision: str) -> None:
        if on_collision == "mark":
            return super()._draw(ids, sets, on_collision)
        self._fill(ids)
        return redrawn(self, ids, sets, lambda n: self.independent(self._rng, n, 1)[:, 0], rounds=1)


@mutant("large_sets_cut", "excluded ids", "a buffer for eight ids", rows=40_000)
class LargeSetsCut(Honest):
    """Only the first eight ids of a set are excluded."""

    def sample(self, rows: int, k: int, exclude: Any = None, **options: Any) -> Any:
        if isinstance(exclude, np.ndarray) and exclude.ndim == 2:
            exclude = exclude[:, :8]
        return super().sample(rows, k, exclude=exclude, **options)


@mutant("later_columns_unweighted", "law under exclusion", INVENTED, replacement=False, rows=40_000)
class LaterColumnsUnweighted(Honest):
    """If ids are excluded, columns 1 and later of the row are equally likely ids that remain."""

    def _draw(self, ids: Any, sets: Any, on_collision: str) -> None:
        super()._draw(ids, sets, on_collision)
        if sets is None or on_collision == "mark":
            return
        rows, k = ids.shape
        race = self._rng.random((rows, len(self.noise)))
        every = np.broadcast_to(np.arange(len(self.noise)), race.shape)
        race[sets.contains(np.arange(rows), every)] = 2.0
        race[np.arange(rows), ids[:, 0]] = -1.0
        ids[...] = np.argsort(race, axis=1)[:, :k]


@mutant("marks_too_often", "law under exclusion", "a bitmap of ids with one bit for two ids", rows=40_000)
class MarksTooOften(Honest):
    """In the mode "mark", the neighbour of an excluded id is marked too."""

    def _draw(self, ids: Any, sets: Any, on_collision: str) -> None:
        super()._draw(ids, sets, on_collision)
        if on_collision == "mark" and sets is not None:
            ids[sets.contains(np.arange(len(ids)), np.where(ids < 0, ids, ids ^ 1))] = -1
