# SPDX-License-Identifier: MIT
"""The exact path of a row whose attempts are used up: each id from what is left, by a sum over all ids."""

from __future__ import annotations

from bisect import insort
from typing import TYPE_CHECKING

import numpy as np

from ..kernels import rows as kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..laws.weights import CumulativeWeights
    from .cursor import Draw

FEW_LEFT_OUT = 64  # ids that are jumped over one by one, a microsecond each
# A row draws under a key of its own here, so that it shares no word with the attempts before it.
EXACT_KEY = 0x9E3779B97F4A7C15


def finish_row(
    draw: Draw,
    i: int,
    column: int,
    replacement: bool,
    cumulative: CumulativeWeights,
    candidates: NDArray[np.int32] | None = None,
) -> None:
    """Draw the columns from ``column`` on of row i.

    Successive sampling as before; only the words are others: 128 bits a cell, under `EXACT_KEY`.

    Parameters
    ----------
    draw : Draw
        The call.
    i : int
        The row, counted from the first of the call.
    column : int
        The first column that is not drawn yet.
    replacement : bool
        False: the ids of the row are distinct.
    cumulative : CumulativeWeights
        Those of all ids, or of the candidates.
    candidates : ndarray of int32, rising, optional
        The ids that the law of this row has, if the weights are theirs alone.
    """
    row, ids = draw.row(i), draw.ids[i]
    left_out = np.empty(0, dtype=np.int64) if draw.sets is None else draw.sets.of_row(i)
    if not replacement:
        left_out = np.sort(np.concatenate([left_out, ids[:column]]))  # distinct: a drawn id is not excluded
    if candidates is not None:
        left_out = _places(left_out, candidates)
    jumped: list[int] = []
    if len(left_out) > FEW_LEFT_OUT:
        cumulative = cumulative.without(left_out)
    else:
        jumped = left_out.tolist()
    for c in range(column, len(ids)):
        words = kernel.block(draw.key ^ EXACT_KEY, (row & 0xFFFFFFFF, row >> 32, c, draw.epoch))
        place = cumulative.pick(sum(word << (32 * j) for j, word in enumerate(words)), jumped)
        ids[c] = place if candidates is None else candidates[place]
        if not replacement:
            insort(jumped, place)
            if len(jumped) > FEW_LEFT_OUT:  # else k columns of k jumps each
                cumulative, jumped = cumulative.without(jumped), []


def _places(ids: NDArray[np.int64], candidates: NDArray[np.int32]) -> NDArray[np.int64]:
    """Where those of the ids that are candidates stand among them."""
    places: NDArray[np.int64] = np.minimum(np.searchsorted(candidates, ids), len(candidates) - 1)
    held: NDArray[np.bool_] = candidates[places] == ids
    return places[held]
