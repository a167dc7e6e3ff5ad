# SPDX-License-Identifier: MIT
"""Draws around excluded ids for any strategy that can fill rows; the compiled ones have a way of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .id_sets import IdSets

    Ids = NDArray[np.int64] | NDArray[np.int32]
    Fill = Callable[[Any], None]

# A colliding cell is redrawn this often; then the exact path takes over. A row that keeps a share a of the
# mass gets there with probability (1 - a)**REDRAWS: 1e-4 at a = 25 %, and nothing ever spins.
REDRAWS = 32
# Ids held at once beside the result when distinct ids are drawn around an excluded set: 32 MB.
WIDE = 2**22


def redraw(fill: Fill, ids: Ids, sets: IdSets, probabilities: NDArray[np.float64], rng: np.random.Generator) -> None:
    """Draw colliding cells again: independent cells, so each follows p restricted to what is allowed."""
    row, column = np.nonzero(sets.contains(np.arange(len(ids)), ids))
    for _ in range(REDRAWS):
        if not len(row):
            return
        fresh = np.empty((len(row), 1), dtype=ids.dtype)
        fill(fresh)
        ids[row, column] = fresh[:, 0]
        bad = sets.contains(row, fresh)[:, 0]
        row, column = row[bad], column[bad]
    for r in np.unique(row):
        cumulative = probabilities.copy()
        cumulative[sets.of_row(int(r))] = 0.0
        np.cumsum(cumulative, out=cumulative)
        at = column[row == r]
        u = rng.random(len(at)) * cumulative[-1]
        # u < total, and side="right" steps over ids of no width; rounding can still reach the end.
        last = int(np.searchsorted(cumulative, cumulative[-1], side="left"))
        ids[r, at] = np.minimum(np.searchsorted(cumulative, u, side="right"), last)


def fill_allowed(fill: Fill, ids: Ids, sets: IdSets, nonzero: int) -> None:
    """Distinct ids beside an excluded set: draw k + m distinct ones and keep the first k allowed.

    Deleting items from a successive sample leaves a successive sample of the rest (the order is
    Plackett-Luce, that of an exponential race, whose runners do not know of each other;
    Yellott 1977, doi:10.1016/0022-2496(77)90026-8).
    """
    k = ids.shape[1]
    widths = np.minimum(k + sets.sizes(), nonzero)
    # Rows of like sizes together: one large set among small ones then widens its own few rows, and no others.
    order = np.argsort(widths, kind="stable")
    rising = widths[order]
    start = 0
    while start < len(order):
        most = 2 * int(rising[start])  # at most twice as many ids are drawn as are needed
        alike = int(np.searchsorted(rising, most, side="right")) - start
        rows = order[start : start + min(alike, max(1, WIDE // most))]
        wide = np.empty((len(rows), int(widths[rows[-1]])), dtype=ids.dtype)
        fill(wide)
        keep = np.argsort(sets.contains(rows, wide), axis=1, kind="stable")[:, :k]
        ids[rows] = np.take_along_axis(wide, keep, axis=1)
        start += len(rows)
