# SPDX-License-Identifier: MIT
"""Draws with excluded ids, for sequential strategies. The kernels of the positional samplers have their own code."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .id_sets import IdSets

    Ids = NDArray[np.int64] | NDArray[np.int32]
    Fill = Callable[[Any], None]

# A cell with an excluded id is drawn again this often. Then the exact path takes over, so that the time is bounded. If
# the allowed ids have a share a of the mass, that happens with probability (1 - a)**REDRAWS: 1e-4 at a = 25 %.
REDRAWS = 32
# Ids of the temporary array for distinct ids with exclusion: 32 MB.
WIDE = 2**22


def redraw(fill: Fill, ids: Ids, sets: IdSets, probabilities: NDArray[np.float64], rng: np.random.Generator) -> None:
    """Draw cells with excluded ids again. Cells are independent, so that each follows p, restricted to allowed ids."""
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
        # u is below the total, and side="right" skips ids of probability 0. Because of rounding, the index may still be
        # past the last id.
        last = int(np.searchsorted(cumulative, cumulative[-1], side="left"))
        ids[r, at] = np.minimum(np.searchsorted(cumulative, u, side="right"), last)


def fill_allowed(fill: Fill, ids: Ids, sets: IdSets, nonzero: int) -> None:
    """Draw distinct ids with m excluded ids: draw k + m distinct ids, and keep the first k that are allowed.

    This is exact: if ids are removed from a successive sample, the rest is a successive sample of the allowed ids. (The
    order of the ids is that of independent exponential clocks, the Plackett-Luce model; Yellott 1977,
    doi:10.1016/0022-2496(77)90026-8.)
    """
    k = ids.shape[1]
    widths = np.minimum(k + sets.sizes(), nonzero)
    # Rows of similar widths are drawn together, so that a large set does not widen the rows of small sets.
    order = np.argsort(widths, kind="stable")
    rising = widths[order]
    start = 0
    while start < len(order):
        widest = 2 * int(rising[start])  # so at most twice as many ids are drawn as are needed
        similar = int(np.searchsorted(rising, widest, side="right")) - start
        rows = order[start : start + min(similar, max(1, WIDE // widest))]
        wide = np.empty((len(rows), int(widths[rows[-1]])), dtype=ids.dtype)
        fill(wide)
        keep = np.argsort(sets.contains(rows, wide), axis=1, kind="stable")[:, :k]
        ids[rows] = np.take_along_axis(wide, keep, axis=1)
        start += len(rows)
