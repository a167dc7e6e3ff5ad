# SPDX-License-Identifier: MIT
"""Draws around excluded ids: none of them comes, and the rest keeps its proportions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arguments import as_array, children
from .chi_square import GoodnessOfFit, goodness_of_fit
from .pairs import possible
from .result import never

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..base import Sampler
    from .plan import Plan
    from .result import FidelityTest

    Sets = list[NDArray[np.int64]]

# More ids than the kernels compare one by one (8), and few enough to write down for every row.
MOST_EXCLUDED = 32
MOST_IDS = 2**20
LEAST_ROWS = 64
# A set that leaves less of the mass sends samplers onto an exact path that costs O(V) a row
# (`samplers.sets.redraws`): it gets `LEAST_ROWS` rows, 0.3 s at V = 1e6.
ENOUGH_LEFT = 0.25


def under_exclusion(sampler: Sampler, plan: Plan, rng: np.random.Generator) -> list[FidelityTest]:
    """ "excluded ids" and "law under exclusion": draws with ``exclude`` in each of its three forms.

    Excluded are the most probable id, the rarest, the three most probable, the three rarest, and up to 32
    that hold half of the mass; rows of different sets come mixed in one call, so that a set of another row
    shows. What is drawn must follow ``p / (1 - p(set))``: Pearson's chi-square for each set, rare ids merged;
    the sets' statistics add, for their draws are independent. Without replacement that is the law of the first
    column, and only it is compared; that no excluded id comes is tested in all columns. Ids that must not come
    are left out of the comparison, so that each test says one thing.

    Parameters
    ----------
    sampler : Sampler
        Its own stream does not move.
    plan : Plan
        A quarter of its rows is drawn, but 64 or more, and 2**20 ids or fewer.
    rng : numpy.random.Generator
        Seeds the draws and the order of the rows.

    Returns
    -------
    list of FidelityTest
        None where no set leaves enough ids for a row; no law where there are too few draws for two cells.
    """
    sets = excluded_sets(plan)
    if not sets:
        return []
    stream, order = children(rng, 2)
    twin = sampler.with_rng(stream)
    rows = max(1, min(max(plan.rows // 4, LEAST_ROWS), MOST_IDS // plan.k))
    calls = [call for call in _calls(sets) if call]
    drawn, of_set = [], []
    for call in calls:
        which = _shuffled_rows(sets, call, rows // len(calls), plan, order)
        ids = twin.sample(len(which), plan.k, exclude=_form(sets, which, csr=call is calls[-1]))
        drawn.append(as_array(ids))
        of_set.append(which)
    ids, which = np.concatenate(drawn), np.concatenate(of_set)
    found, fits = 0, []
    for number, excluded in enumerate(_with_none(sets)):
        wrong, fit = _one_set(excluded, ids[which == number], plan)
        found += wrong
        fits.append(fit)
    return [never("excluded ids", found, ids.size, "ids", "an id that is excluded or cannot be"), *_law(fits, plan)]


def excluded_sets(plan: Plan) -> Sets:
    """The sets that leave enough ids for a row, each int64 (any number,)."""
    ranked = plan.ranked
    mass = np.cumsum(plan.probabilities[ranked[:MOST_EXCLUDED]])
    half = ranked[: int(np.searchsorted(mass, 0.5)) + 1][:MOST_EXCLUDED]
    most = len(ranked) - (1 if plan.replacement else plan.k)
    sets = (ranked[:1], ranked[-1:], ranked[:3], ranked[-3:], half)
    different = {tuple(sorted(ids.tolist())): ids for ids in sets if len(ids) <= most}
    return list(different.values())


def _with_none(sets: Sets) -> Sets:
    return [*sets, np.empty(0, dtype=np.int64)]


def _calls(sets: Sets) -> list[list[int]]:
    """The numbers of the sets that go into one call: one id a row, three a row, any, none included."""
    of_size = [[number for number, ids in enumerate(sets) if len(ids) == size] for size in (1, 3)]
    return [*of_size, list(range(len(sets) + 1))]


def _shuffled_rows(sets: Sets, call: list[int], rows: int, plan: Plan, rng: np.random.Generator) -> NDArray[np.int64]:
    """Which set each row of a call excludes, int64 (rows,)."""
    p = plan.probabilities
    each = max(1, rows // len(call))
    left = [1 - float(p[ids].sum()) for ids in _with_none(sets)]
    numbers = [each if left[number] >= ENOUGH_LEFT else min(each, LEAST_ROWS) for number in call]
    return rng.permutation(np.repeat(call, numbers))


def _form(sets: Sets, which: NDArray[np.int64], *, csr: bool) -> Any:
    """What ``exclude`` gets: (rows,), (rows, m), or a CSR pair for sets of several sizes."""
    if not csr:
        sized = np.array([sets[number] for number in which])
        return sized[:, 0] if sized.shape[1] == 1 else sized
    ids = [_with_none(sets)[number] for number in which]
    return np.cumsum([0, *map(len, ids)]), np.concatenate(ids)


def _one_set(excluded: NDArray[np.int64], ids: NDArray[Any], plan: Plan) -> tuple[int, tuple[GoodnessOfFit, int]]:
    """How many ids are not allowed beside a set, and the fit of the others to what it leaves; their number too."""
    law = plan.probabilities.copy()
    law[excluded] = 0.0
    law /= law.sum()
    allowed = possible(ids, law)
    wrong = allowed.size - int(np.count_nonzero(allowed))
    compared = ids[allowed] if plan.replacement else ids[allowed[:, 0], 0]
    n = len(compared)
    if not n:
        return wrong, (GoodnessOfFit(0.0, 0.0, 0), 0)
    order = plan.ranked[law[plan.ranked] > 0]
    return wrong, (goodness_of_fit(np.bincount(compared, minlength=len(law)), n * law, order), n)


def _law(fits: list[tuple[GoodnessOfFit, int]], plan: Plan) -> list[FidelityTest]:
    """One chi-square over all sets."""
    some = [(fit, n) for fit, n in fits if fit.df]
    if not some:
        return []
    df = sum(fit.df for fit, _ in some)
    total = GoodnessOfFit(sum(fit.pearson for fit, _ in some), sum(fit.g for fit, _ in some), df)
    between = f"{df + len(some):,} cells of {len(some)} sets"
    test = total.test("law under exclusion", sum(n for _, n in some), "ids" if plan.replacement else "rows", between)
    return [replace(test, note="" if plan.replacement or plan.k == 1 else "first columns only")]
