# SPDX-License-Identifier: MIT
"""Compares the finished table of a sampler with its noise distribution, without drawing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from .chi_square import LEAST_EXPECTED, pooled_cells
from .power import ALPHA, detectable_frequency, noncentrality
from .result import FidelityTest, TableAudit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..base import Sampler

# A table fails if this many draws would show its error. The number is a choice: the fastest sampler draws as many in
# two seconds, and an epoch of word2vec over a billion words needs thirty times as many.
TABLE_DRAWS = 10**9


def audit(sampler: Sampler) -> TableAudit | None:
    """Compare ``sampler.implied_probabilities()`` with the noise distribution.

    Parameters
    ----------
    sampler : Sampler
        Nothing is drawn from it.

    Returns
    -------
    TableAudit or None
        The differences; None if the sampler has no table.

    Raises
    ------
    ValueError
        If ``implied_probabilities()`` does not return V probabilities.
    """
    q = sampler.implied_probabilities()
    if q is None:
        return None
    p = sampler.noise.probabilities
    # The error of a sum of V rounded doubles is at most V * 1.1e-16, which is below 1e-7 for every possible V.
    if q.shape != p.shape or not (q.min() >= 0 and abs(q.sum() - 1) < 1e-7):
        raise ValueError(
            f"implied_probabilities() of {sampler.name} must be {p.shape} probabilities, "
            f"got shape {q.shape} with sum {q.sum()}"
        )
    order = sampler.noise.ranked
    target, implied = p[order], q[order]
    relative = np.abs(implied / target - 1)
    worst = int(relative.argmax())
    never, impossible = implied == 0, q[p == 0]
    return TableAudit(
        n_ids=len(p),
        nonzero=len(order),
        total_variation=float(np.abs(q - p).sum() / 2),
        max_relative_error=float(relative[worst]),
        worst_id=int(order[worst]),
        worst_implied=float(implied[worst]),
        worst_target=float(target[worst]),
        never_drawn=int(np.count_nonzero(never)),
        never_drawn_mass=float(target[never].sum()),
        impossible=int(np.count_nonzero(impossible)),
        impossible_mass=float(impossible.sum()),
        draws_to_notice=_draws_to_notice(target, implied),
    )


def _draws_to_notice(p: NDArray[np.float64], q: NDArray[np.float64]) -> float:
    """The number n of draws at which the noncentrality of the chi-square, n sum((q - p)**2 / p), suffices; p falls."""
    few, many = 1.0, 2 * LEAST_EXPECTED / float(p[-1])
    needed = _needed(p, q)
    if needed * p[-1] >= LEAST_EXPECTED:  # no id is so rare that it is merged with others
        return needed
    # Merged ids count only through the sum of their cell: word2vec.c's table at V = 1e7 then takes ten times the draws.
    while many > 1.02 * few:
        n = math.sqrt(few * many)
        starts = np.flatnonzero(np.diff(pooled_cells(n * p, np.arange(len(p))), prepend=-1))
        enough = _needed(np.add.reduceat(p, starts), np.add.reduceat(q, starts)) <= n
        few, many = (few, n) if enough else (n, many)
    return many


def _needed(p: NDArray[np.float64], q: NDArray[np.float64]) -> float:
    """The same for given cells; inf if there is no difference."""
    divergence = float((np.square(q - p) / p).sum())
    return noncentrality(len(p) - 1, ALPHA) / divergence if len(p) > 1 and divergence else math.inf


def audit_tests(table: TableAudit) -> list[FidelityTest]:
    """The audit as two tests. There is no chance in them, so that p is 0 or 1.

    "table support" fails if `TABLE_DRAWS` draws would show, with probability 0.99, ids of weight zero, or the absence
    of ids that are never drawn. "table law" fails if as many draws would show the error of the probabilities. Smaller
    errors are in the audit, but are no failure: gensim draws id 0 of weight zero once in 1.4e9 draws, and nobody
    misses an id of probability 1e-10.
    """
    wrong = max(table.never_drawn_mass, table.impossible_mass)
    smallest = detectable_frequency(TABLE_DRAWS)
    # The relative error that `TABLE_DRAWS` draws show, and the relative error of this table.
    size = math.sqrt(noncentrality(table.nonzero - 1, ALPHA) / TABLE_DRAWS) if table.nonzero > 1 else 0.0
    effect = size * math.sqrt(TABLE_DRAWS / table.draws_to_notice)
    return [
        FidelityTest(
            "table support",
            wrong,
            None,
            float(wrong < smallest),
            n=table.n_ids,
            unit="ids",
            effect=wrong,
            detectable=smallest,
            detects=f"a probability of {smallest:.1e} on ids never drawn, or on ids of weight zero",
            note=f"{table.never_drawn:,} ids are never drawn, {table.impossible:,} of weight zero are"
            if table.never_drawn or table.impossible
            else "",
            calibrated=False,
        ),
        FidelityTest(
            "table law",
            table.total_variation,
            None,
            float(table.draws_to_notice >= TABLE_DRAWS),
            n=table.n_ids,
            unit="ids",
            effect=effect,
            detectable=size,
            calibrated=False,
            detects=f"relative error {size:.2%} (rms), as 1e9 draws show it",
        ),
    ]
