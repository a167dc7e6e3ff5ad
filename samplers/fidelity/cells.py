# SPDX-License-Identifier: MIT
"""Cells of ids, and draws as independent uniform numbers: the common form in which draws of any request are compared.

With replacement the cell of a draw is a function of its id. The law of an id changes with the ids that a row holds
already, and with the ids that are excluded. Then a draw is transformed to a number that is uniform on [0, 1) for a
faithful sampler, and independent of the other draws (`transformed`). Its cell is one of `FINE` equal parts.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from .marginal import bands

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .plan import Plan

FINE = 4096
BANDS = 8
# An odd multiplier of splitmix64 (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195). Its high bits depend on all
# bits of an id, so that no fault in a bit of the id is in the same proportion in all cells.
MIX = np.uint64(0xBF58476D1CE4E5B9)
# If less probability than this remains for a draw, rounding errors would be visible, and the draw is not compared.
LEAST_LEFT = 1e-6
ROWS_AT_ONCE = 2**12  # the arrays of a column of so many rows stay in cache


@dataclass(frozen=True)
class Cells:
    """A partition of all draws into ordered cells.

    Attributes
    ----------
    mass : ndarray, float64 (C,)
        The probability of each cell; positive.
    """

    mass: NDArray[np.float64]

    def merged(self, least: float, most: int) -> NDArray[np.int64]:
        """Merge adjacent cells into classes.

        Parameters
        ----------
        least : float
            The minimum probability of a class, unless there is a single class.
        most : int
            Classes get a probability of 1 / most or more, so that there are at most so many.

        Returns
        -------
        ndarray, int64 (C,)
            The class of each cell, from 0.
        """
        up_to = np.cumsum(self.mass).tolist()
        step = max(least, 1 / most) * (1 - 1e-9)
        sizes, start, before = [], 0, 0.0
        while (end := bisect_left(up_to, before + step, start)) < len(up_to):
            sizes.append(end + 1 - start)
            start, before = end + 1, up_to[end]
        # The cells after the last class have too little probability for a class of their own.
        sizes = [*sizes[:-1], len(up_to) - sum(sizes[:-1])]
        return np.repeat(np.arange(len(sizes)), sizes)


EQUAL = Cells(np.full(FINE, 1 / FINE))


@dataclass(frozen=True)
class CellsOfIds:
    """The cell of each id: ids of probability 1 / 4096 or more alone, the others by frequency and by a hash.

    Attributes
    ----------
    plan : Plan
        The noise distribution and the shape of the check.
    """

    plan: Plan

    @cached_property
    def of_id(self) -> NDArray[np.int16]:
        """The cell of each id, int16 (V,). Ids of weight zero are in cell 0, and are never looked up."""
        ranked = self.plan.ranked
        p = self.plan.probabilities[ranked]
        frequent = int(np.count_nonzero(p >= 1 / FINE))
        cell = np.arange(len(p))
        rare = p[frequent:]
        if len(rare):
            band = bands(rare / rare.sum(), BANDS)
            parts = np.maximum(1, np.bincount(band, weights=rare, minlength=BANDS) * FINE).astype(np.int64)
            starts = frequent + np.concatenate([[0], np.cumsum(parts)[:-1]])
            hashed = (ranked[frequent:].astype(np.uint64) + np.uint64(1)) * MIX >> np.uint64(40)
            cell[frequent:] = starts[band] + hashed.astype(np.int64) % parts[band]
        numbers = np.unique(cell, return_inverse=True)[1] if len(rare) else cell
        of_id = np.zeros(len(self.plan.probabilities), dtype=np.int16)
        of_id[ranked] = numbers
        return of_id

    @cached_property
    def cells(self) -> Cells:
        """The cells, and their probabilities."""
        p = self.plan.probabilities[self.plan.ranked]
        return Cells(np.bincount(self.of_id[self.plan.ranked], weights=p).astype(np.float64))

    @cached_property
    def before(self) -> NDArray[np.float64]:
        """The probability of all cells before each cell, float64 (C,)."""
        return np.cumsum(self.cells.mass) - self.cells.mass


def transformed(
    cells: CellsOfIds,
    ids: NDArray[Any],
    rng: np.random.Generator,
    excluded: NDArray[np.int64] | None = None,
    *,
    distinct: bool,
    marked: bool = False,
) -> NDArray[np.int16]:
    """The cells of draws after a transform to independent uniform numbers.

    The law of the cell of a draw, given the ids before it in the row and the excluded ids, is known. Its distribution
    function, at a random place between the values before and at the drawn cell, is uniform on [0, 1)
    (Rosenblatt 1952, doi:10.1214/aoms/1177729394; for discrete laws Brockwell 2007, doi:10.1016/j.spl.2007.02.008).

    Parameters
    ----------
    cells : CellsOfIds
        The cells of the noise distribution.
    ids : ndarray, int64 or int32 (rows, k)
        Ids of positive weight; -1 if ``marked``.
    rng : numpy.random.Generator
        Draws the random places.
    excluded : ndarray, int64 (rows, m), optional
        The excluded ids of each row, each once, padded by -1.
    distinct : bool
        Whether the rows hold distinct ids.
    marked : bool
        Whether an excluded id is replaced by -1, and not drawn again.

    Returns
    -------
    ndarray, int16 (rows, k)
        From 0 to 4095. -1 for a draw that is not compared: because less than 1e-6 of the probability remains, or
        because a marked id before it in a row of distinct ids is not known.
    """
    bins = np.full(ids.shape, -1, dtype=np.int16)
    for start in range(0, len(ids), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        sets = None if excluded is None else excluded[rows]
        _transform(cells, ids[rows], rng, sets, distinct=distinct, marked=marked, into=bins[rows])
    return bins


def _transform(
    cells: CellsOfIds,
    ids: NDArray[Any],
    rng: np.random.Generator,
    excluded: NDArray[np.int64] | None,
    *,
    distinct: bool,
    marked: bool,
    into: NDArray[np.int16],
) -> None:
    """Write the cells of some rows of `transformed`; the cells of draws that are not compared stay as they are."""
    rows, k = ids.shape
    p, of_id, mass = cells.plan.probabilities, cells.of_id, cells.cells.mass
    known: list[tuple[NDArray[np.int16], NDArray[np.float64]]] = []  # the cell and the mass of ids that cannot come
    left, comparable = np.ones(rows), np.ones(rows, dtype=bool)
    for ids_out in () if excluded is None else excluded.T:
        gone = np.where(ids_out >= 0, p[ids_out], 0.0)
        known.append((of_id[ids_out], gone))
        left -= gone
    if marked:  # -1 has the probability of all excluded ids, and is put behind all cells
        total = np.ones(rows)
    for column in range(k):
        drawn = ids[:, column]
        valid = drawn >= 0
        cell = of_id[drawn]
        lower, width = cells.before[cell], mass[cell]
        for other, gone in known:
            lower -= gone * (other < cell)
            width -= gone * (other == cell)
        of_all = total if marked else left
        if marked:
            lower, width = np.where(valid, lower, left), np.where(valid, width, of_all - left)
        compared = comparable & (of_all > LEAST_LEFT)
        with np.errstate(divide="ignore", invalid="ignore"):
            u = (lower + rng.random(rows) * np.maximum(width, 0.0)) / of_all
        into[compared, column] = np.clip(u[compared] * FINE, 0, FINE - 1)
        if distinct:
            gone = np.where(valid, p[drawn], 0.0)
            known.append((cell, gone))
            left = left - gone
            if marked:
                total = total - gone
                comparable &= valid


def seeded_by(ids: NDArray[Any]) -> np.random.Generator:
    """A generator whose seed depends on drawn ids.

    The random places of `transformed` must not depend on the draws in a way that a sampler could have, and must be the
    same in every check of the same draws.
    """
    return np.random.default_rng(list(hashlib.sha256(np.ascontiguousarray(ids).data).digest()))
