# SPDX-License-Identifier: MIT
"""The update of gensim and word2vec.c, step by step: a reference for what their tables do to a gradient.

They read the sigmoid from a table of 1,000 entries on [-6, 6), each of which holds the value at the left edge of its
cell. A product has the cell ``(product + 6) * (1000 / 6 / 2)``, in which C divides whole numbers: the factor is 83 and
not 83.33. So the last four entries are never read, and the sigmoid is up to 0.0091 too small. Beyond the table they
make no update at all, where the gradient of a wrong pair is 1.

Source: gensim 4.4, gensim/models/word2vec_inner.pyx, ``w2v_fast_sentence_sg_neg`` and ``init``.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

EXP_TABLE_SIZE, MAX_EXP = 1000, 6
CELLS_PER_UNIT = EXP_TABLE_SIZE // MAX_EXP // 2  # whole numbers, as the C compiler has them
ONE = np.float32(1)


@cache
def exp_table() -> Floats:
    """The sigmoid at the left edges of the cells, float32 (1000,)."""
    edges = (np.arange(EXP_TABLE_SIZE) / EXP_TABLE_SIZE * 2 - 1) * MAX_EXP
    grown = np.exp(edges).astype(np.float32)
    return grown / (grown + ONE)


def sigmoid(product: float) -> float | None:
    """The sigmoid as the table has it; None where there is no update."""
    if product <= -MAX_EXP or product >= MAX_EXP:
        return None
    return float(exp_table()[cell(product)])


def cell(product: float) -> int:
    """The entry of the table for a product within (-6, 6)."""
    return int(np.float32(product + MAX_EXP) * np.float32(CELLS_PER_UNIT))


def update(
    centres: Floats, contexts: Floats, centre: int, context: int, negatives: Sequence[int], rate: float
) -> float:
    """Update both tables for a centre, a true context and its negatives, one after another; returns the loss.

    Parameters
    ----------
    centres, contexts : ndarray, float32 (V, dimensions)
        Gensim calls them syn0 and syn1neg. Both are changed.
    centre, context : int
    negatives : sequence of int
        A negative that is the context is skipped.
    rate : float
        The learning rate, which gensim calls alpha.

    Returns
    -------
    float
        The sum of -log sigmoid over the cells that were updated, from the table.
    """
    vector = centres[centre]
    gathered, loss = np.zeros_like(vector), 0.0
    targets = [(context, 1), *((negative, 0) for negative in negatives if negative != context)]
    for target, label in targets:
        product = float(vector @ contexts[target])
        share = sigmoid(product)
        if share is None:
            continue
        loss -= float(np.log(exp_table()[cell(product if label else -product)]))
        gradient = np.float32((label - share) * rate)
        gathered += gradient * contexts[target]
        contexts[target] += gradient * vector
    vector += gathered
    return loss
