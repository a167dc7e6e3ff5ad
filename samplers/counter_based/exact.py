# SPDX-License-Identifier: MIT
"""The exact path, for a row whose attempts are used up: each id is found by a cumulative sum over the allowed ids."""

from __future__ import annotations

from bisect import insort
from typing import TYPE_CHECKING

import numpy as np

from ..kernels import rows as kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..laws.weights import CumulativeWeights
    from .cursor import Draw

FEW_LEFT_OUT = 64  # up to this number, ids that are left out are skipped one by one, a microsecond each
# The exact path draws under another key, so that its words are independent of the attempts before it.
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

    The law is successive sampling, as in the kernels. Each cell takes a word of 128 bits, under the key xor
    `EXACT_KEY`.

    Parameters
    ----------
    draw : Draw
        The call.
    i : int
        The index of the row in the call.
    column : int
        The first column to draw.
    replacement : bool
        False: the ids of the row are distinct.
    cumulative : CumulativeWeights
        The cumulative weights of all ids, or of the candidates.
    candidates : ndarray of int32, rising, optional
        The ids of the law of this row, if there are many laws.
    """
    row, ids = draw.row(i), draw.ids[i]
    left_out = np.empty(0, dtype=np.int64) if draw.sets is None else draw.sets.of_row(i)
    if not replacement:
        left_out = np.sort(np.concatenate([left_out, ids[:column]]))  # they are distinct: drawn ids are not excluded
    if candidates is not None:
        left_out = _places(left_out, candidates)
    skipped: list[int] = []
    if len(left_out) > FEW_LEFT_OUT:
        cumulative = cumulative.without(left_out)
    else:
        skipped = left_out.tolist()
    for c in range(column, len(ids)):
        words = kernel.block(draw.key ^ EXACT_KEY, (row & 0xFFFFFFFF, row >> 32, c, draw.epoch))
        place = cumulative.pick(sum(word << (32 * j) for j, word in enumerate(words)), skipped)
        ids[c] = place if candidates is None else candidates[place]
        if not replacement:
            insort(skipped, place)
            if len(skipped) > FEW_LEFT_OUT:  # otherwise k columns would skip up to k ids each
                cumulative, skipped = cumulative.without(skipped), []


def _places(ids: NDArray[np.int64], candidates: NDArray[np.int32]) -> NDArray[np.int64]:
    """The indices among the candidates of those ids that are candidates."""
    places: NDArray[np.int64] = np.minimum(np.searchsorted(candidates, ids), len(candidates) - 1)
    held: NDArray[np.bool_] = candidates[places] == ids
    return places[held]
