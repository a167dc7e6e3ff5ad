# SPDX-License-Identifier: MIT
"""Ids merged into cells that are expected often enough for a chi-square."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# The usual floor is 5 (Cochran 1954, doi:10.2307/3001616); p-values of 1e-8 lie far out in the tail of the
# chi-square approximation, hence twice that.
LEAST_EXPECTED = 10.0


def pooled_cells(expected: NDArray[np.float64], order: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
    """The chi-square cell of every id, int64 (V,); -1 for an expected count of zero.

    An id expected `LEAST_EXPECTED` times or more is a cell of its own. Rarer ones are merged by rank, so that
    a tilt along the tail stays visible, into cells of `LEAST_EXPECTED` or more.

    Parameters
    ----------
    expected : ndarray, float64 (V,)
    order : ndarray, int64, optional
        The ids of positive expected count by falling count, where the caller has them: sorting takes longest.
    """
    if order is None:
        order = np.argsort(-expected, kind="stable")[: np.count_nonzero(expected > 0)]
    ranked = expected[order]
    common = int(np.count_nonzero(ranked >= LEAST_EXPECTED))
    # Cuts at multiples of 2 L through ids of less than L each leave more than L in every cell but the last.
    tail = (np.cumsum(ranked[common:]) // (2 * LEAST_EXPECTED)).astype(np.int64)
    tail = np.cumsum(np.diff(tail, prepend=tail[:1]) > 0)
    cell_of_rank = np.concatenate([np.arange(common), common + tail])
    cells = np.bincount(cell_of_rank, weights=ranked)
    if len(cells) > 1 and cells[-1] < LEAST_EXPECTED:
        cell_of_rank[cell_of_rank == len(cells) - 1] -= 1
    cell = np.full(len(expected), -1, dtype=np.int64)
    cell[order] = cell_of_rank
    return cell
