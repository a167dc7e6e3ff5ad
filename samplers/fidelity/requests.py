# SPDX-License-Identifier: MIT
"""Tests of requests that differ from those of the main stream: other numbers of ids in a row, and rows far away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..arguments import as_array, children
from .arrangement import MOST_COLUMNS, cells_of, possible
from .cells import EQUAL, CellsOfIds
from .contingency import by_group

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..base import Sampler
    from .plan import Plan
    from .result import FidelityTest

OTHER_K = (1, 2, 3, 17, 64)
# The carries of 31-bit, 32-bit and 53-bit integers are in the middle of the rows that are drawn around these numbers.
FAR = (2**31, 2**32, 2**40, 2**53, 2**62)
# Each k, and each far place, gets this share of the ids of the check.
SHARE = 32


def other_k(sampler: Sampler, plan: Plan, rng: np.random.Generator) -> list[FidelityTest]:
    """ "law for other k": rows of other lengths than those of the main stream follow the same law.

    Parameters
    ----------
    sampler : Sampler
        It does not move, because copies are tested.
    plan : Plan
        The noise distribution and the shape of the check.
    rng : numpy.random.Generator
        Draws the seeds.

    Returns
    -------
    list of FidelityTest
        One test; none if there is a single id.
    """
    longest = min(sampler.info.max_k or 2**62, 2**62 if plan.replacement else plan.noise.nonzero)
    lengths = [k for k in dict.fromkeys((*OTHER_K, plan.k + 1, 2 * plan.k + 1)) if k != plan.k and k <= longest]
    drawn = []
    for k, child in zip(lengths, children(rng, len(lengths) + 1)[1:], strict=True):
        rows = max(1, plan.rows * plan.k // (SHARE * k))
        if sampler.info.cost == "row":
            rows = min(rows, plan.rows // SHARE + 1)
        drawn.append(as_array(sampler.with_rng(int(child.integers(2**63))).sample(rows, k)))
    return _same_law("law for other k", drawn, plan, rng, "lengths of rows")


def far_rows(sampler: Sampler, plan: Plan, rng: np.random.Generator) -> list[FidelityTest]:
    """ "law of far rows": rows with large numbers follow the same law. None if rows are not addressed by number.

    Parameters
    ----------
    sampler : Sampler
        It does not move, because a copy is tested.
    plan : Plan
        The noise distribution and the shape of the check.
    rng : numpy.random.Generator
        Seeds the copy.

    Returns
    -------
    list of FidelityTest
        One test, or none.
    """
    if not sampler.info.positional:
        return []
    twin: Any = sampler.with_rng(children(rng, 1)[0])
    rows = max(2, plan.rows // SHARE)
    drawn = []
    for place in FAR:
        twin.position = place - rows // 2
        drawn.append(as_array(twin.sample(rows, plan.k)))
    return _same_law("law of far rows", drawn, plan, rng, "places in the stream")


def _same_law(
    name: str, drawn: list[NDArray[Any]], plan: Plan, rng: np.random.Generator, what: str
) -> list[FidelityTest]:
    """Compare each array of rows with the law. Rows with ids that cannot be drawn are left out."""
    cells = CellsOfIds(plan)
    law = cells.cells if plan.replacement else EQUAL
    counts = np.zeros((len(drawn), len(law.mass)), dtype=np.int64)
    for number, ids in enumerate(drawn):
        clean = ids[possible(ids, plan).all(axis=1), :MOST_COLUMNS]
        binned = cells_of(cells, clean, rng)
        counts[number] = np.bincount(binned[binned >= 0], minlength=len(law.mass))
    return by_group(name, counts, law, what, against_law=True)
