# SPDX-License-Identifier: MIT
"""Tests of draws with excluded ids: no excluded id is drawn, and the other ids keep their proportions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arguments import as_array, children
from .chi_square import GoodnessOfFit, added, goodness_of_fit
from .pairs import possible
from .result import never

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..base import Sampler
    from .plan import Plan
    from .result import FidelityTest

    Sets = list[NDArray[np.int64]]

# More than the 8 ids that the kernels compare one by one, and few enough to list them for every row.
MOST_EXCLUDED = 32
MOST_IDS = 2**20
LEAST_ROWS = 64
# If a set leaves less probability than this, samplers take the exact path, which costs O(V) per row
# (`samplers.sets.redraws`). Such a set gets `LEAST_ROWS` rows: 0.3 s at V = 1e6.
ENOUGH_LEFT = 0.25


def under_exclusion(sampler: Sampler, plan: Plan, rng: np.random.Generator) -> list[FidelityTest]:
    """ "excluded ids" and "law under exclusion": draws with ``exclude`` in each of its three forms.

    The sets are the most probable id, the rarest id, the three most probable, the three rarest, and up to 32 ids that
    hold half of the probability. Rows of different sets are mixed in one call, so that using the set of another row is
    detected. The ids must follow ``p / (1 - p(set))``: there is a chi-square for each set, and the statistics are
    added, because the draws are independent. Without replacement only the first column has that law, and only it is
    compared. Excluded ids are searched in all columns. They are left out of the chi-square, so that each test detects
    one fault.

    Parameters
    ----------
    sampler : Sampler
        It does not move, because a copy is tested.
    plan : Plan
        A quarter of its rows is drawn, but 64 or more, and 2**20 ids or fewer.
    rng : numpy.random.Generator
        Seeds the draws and the order of the rows.

    Returns
    -------
    list of FidelityTest
        Empty if no set leaves enough ids for a row. Without "law under exclusion" if there are too few draws.
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
        numbers = _shuffled_rows(sets, call, rows // len(calls), plan, order)
        ids = twin.sample(len(numbers), plan.k, exclude=_form(sets, numbers, csr=call is calls[-1]))
        drawn.append(as_array(ids))
        of_set.append(numbers)
    ids, numbers = np.concatenate(drawn), np.concatenate(of_set)
    violations, fits = 0, []
    for number, excluded in enumerate(_with_none(sets)):
        wrong, fit = _one_set(excluded, ids[numbers == number], plan)
        violations += wrong
        fits.append(fit)
    tests = [never("excluded ids", violations, ids.size, "ids", "an id that is excluded or cannot be")]
    return [*tests, *_law(fits, plan)]


def excluded_sets(plan: Plan) -> Sets:
    """The sets that leave enough ids for a row, each int64 (any number,)."""
    ranked = plan.ranked
    mass = np.cumsum(plan.probabilities[ranked[:MOST_EXCLUDED]])
    half = ranked[: int(np.searchsorted(mass, 0.5)) + 1][:MOST_EXCLUDED]
    max_size = len(ranked) - (1 if plan.replacement else plan.k)
    sets = (ranked[:1], ranked[-1:], ranked[:3], ranked[-3:], half)
    different = {tuple(sorted(ids.tolist())): ids for ids in sets if len(ids) <= max_size}
    return list(different.values())


def _with_none(sets: Sets) -> Sets:
    return [*sets, np.empty(0, dtype=np.int64)]


def _calls(sets: Sets) -> list[list[int]]:
    """The numbers of the sets of each call: sets of one id, sets of three ids, and all sets with the empty one."""
    of_size = [[number for number, ids in enumerate(sets) if len(ids) == size] for size in (1, 3)]
    return [*of_size, list(range(len(sets) + 1))]


def _shuffled_rows(sets: Sets, call: list[int], rows: int, plan: Plan, rng: np.random.Generator) -> NDArray[np.int64]:
    """The number of the set that each row of a call excludes, int64 (rows,)."""
    p = plan.probabilities
    per_set = max(1, rows // len(call))
    remaining = [1 - float(p[ids].sum()) for ids in _with_none(sets)]
    sizes = [per_set if remaining[number] >= ENOUGH_LEFT else min(per_set, LEAST_ROWS) for number in call]
    return rng.permutation(np.repeat(call, sizes))


def _form(sets: Sets, numbers: NDArray[np.int64], *, csr: bool) -> Any:
    """The argument ``exclude``: (rows,), (rows, m), or a CSR pair if the sets have different sizes."""
    if not csr:
        sized = np.array([sets[number] for number in numbers])
        return sized[:, 0] if sized.shape[1] == 1 else sized
    ids = [_with_none(sets)[number] for number in numbers]
    return np.cumsum([0, *map(len, ids)]), np.concatenate(ids)


def _one_set(excluded: NDArray[np.int64], ids: NDArray[Any], plan: Plan) -> tuple[int, tuple[GoodnessOfFit, int]]:
    """The number of ids that are not allowed with a set, the fit of the others, and their number."""
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
    """A chi-square over all sets."""
    used = [(fit, n) for fit, n in fits if fit.df]
    if not used:
        return []
    total = added([fit for fit, _ in used])
    between = f"{total.df + len(used):,} cells of {len(used)} sets"
    test = total.test("law under exclusion", sum(n for _, n in used), "ids" if plan.replacement else "rows", between)
    return [replace(test, note="" if plan.replacement or plan.k == 1 else "first columns only")]
