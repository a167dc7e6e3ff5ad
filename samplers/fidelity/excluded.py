# SPDX-License-Identifier: MIT
"""Tests of draws with excluded ids: no excluded id is drawn, and the other ids keep their proportions."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arguments import as_array, children
from ..sets.id_sets import IdSets
from .arrangement import counts_by_group, possible
from .cells import EQUAL, CellsOfIds, transformed
from .contingency import by_group, dependence
from .result import never

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..base import Sampler
    from .contingency import Pairs
    from .plan import Plan
    from .result import FidelityTest

    Sets = NDArray[np.int64]  # (rows, m), padded by -1

# The kernels compare up to 8 ids one by one, and search larger sets.
SIZES = (1, 1, 2, 5, 8, 9, 20, 33, 100)
MOST_IN_HALF = 32
MOST_IDS = 2**18
MOST_EXCLUDED = 2**16  # excluded ids of a kind: the time of a kind grows with them, its power with its rows
LEAST_ROWS = 64
# If a set leaves less probability than this, sequential samplers take a path that costs O(V) per row
# (`samplers.sets.redraws`). At most `LEAST_ROWS` rows of each kind of set do so: 0.3 s at V = 1e6.
ENOUGH_LEFT = 0.25
CALL_ROWS = (1, 64, 1024)
CALLS = (8, 2, 1)  # calls of each of these sizes; one large call draws the other rows
MARKED = 3  # every third kind of set is drawn a second time with "mark"
LAGS = (1, 2, 3, 8)


@dataclass(frozen=True)
class Kind:
    """A kind of excluded sets.

    Attributes
    ----------
    sets : ndarray, int64 (rows, m)
        The excluded ids of each row, padded by -1.
    marked : bool
        Whether ``on_collision`` is "mark".
    """

    sets: Sets
    marked: bool


def under_exclusion(sampler: Sampler, plan: Plan, rng: np.random.Generator) -> list[FidelityTest]:
    """ "excluded ids", and the law, the columns and pairs under exclusion: draws with ``exclude`` in all of its forms.

    The sets hold the most probable id, the rarest id, up to 32 ids that have half of the probability, and 1 to 100 ids
    of all frequencies, which are different in each row. The draws are transformed to uniform numbers, so that the law
    of every column can be compared for every set. Every third kind is drawn with ``on_collision="mark"`` too.

    Parameters
    ----------
    sampler : Sampler
        It does not move, because a copy is tested.
    plan : Plan
        A quarter of its rows is drawn, but 64 or more of each kind of set, and 2**18 ids or fewer.
    rng : numpy.random.Generator
        Seeds the draws and the sets.

    Returns
    -------
    list of FidelityTest
        Empty if no set leaves enough ids for a row.
    """
    stream, order, places = children(rng, 3)
    twin, cells = sampler.with_rng(stream), CellsOfIds(plan)
    kinds = list(kinds_of_sets(plan, order))
    if not kinds:
        return []
    violations = n = 0
    binned, numbers = [], []
    for number, kind in enumerate(kinds):
        ids = _drawn(twin, plan, kind)
        n += ids.size
        wrong = _wrong(ids, kind, plan)
        violations += int(np.count_nonzero(wrong))
        clean = ~wrong.any(axis=1)
        if clean.any():
            bins = transformed(
                cells, ids[clean], places, kind.sets[clean], distinct=not plan.replacement, marked=kind.marked
            )
            binned.append(bins)
            numbers.append(np.full(len(bins), number))
    tests = [never("excluded ids", violations, n, "ids", "an id that is excluded or cannot be")]
    if not binned:
        return tests
    flat, of_kind = np.concatenate(binned), np.concatenate(numbers)[:, None]
    of_column = np.arange(plan.k)[None, :]
    for name, groups, what in (
        ("law under exclusion", of_kind, "kinds of sets"),
        ("columns under exclusion", of_column, "columns"),
    ):
        tests += by_group(name, counts_by_group(flat, groups, EQUAL), EQUAL, what, against_law=True)

    def pairs(draws: NDArray[np.int16]) -> Iterator[Pairs]:
        yield from ((draws[:-lag], draws[lag:]) for lag in LAGS)
        if plan.k > 1:
            yield draws[:, :-1], draws[:, 1:]

    tests += dependence("pairs under exclusion", [flat], pairs, EQUAL, len(flat) - max(LAGS), "an earlier id")
    return tests


def kinds_of_sets(plan: Plan, rng: np.random.Generator) -> Iterator[Kind]:
    """Yield the kinds of sets that leave enough ids for a row.

    Parameters
    ----------
    plan : Plan
        The noise distribution and the shape of the check.
    rng : numpy.random.Generator
        Draws the sets.

    Yields
    ------
    Kind
        With all rows that are to be drawn.
    """
    ranked = plan.ranked
    mass = np.cumsum(plan.probabilities[ranked[:MOST_IN_HALF]])
    half = ranked[: int(np.searchsorted(mass, 0.5)) + 1][:MOST_IN_HALF]
    max_size = len(ranked) - (1 if plan.replacement else plan.k)
    fixed = {tuple(sorted(ids.tolist())): ids for ids in (ranked[:1], ranked[-1:], half) if len(ids) <= max_size}
    sizes = [size for size in SIZES if size <= max_size]
    rows = plan.rows // 4 // max(1, len(fixed) + len(sizes))
    rows = max(LEAST_ROWS, min(rows, MOST_IDS // plan.k // max(1, len(fixed) + len(sizes))))
    sets = [np.broadcast_to(ids, (rows, len(ids))) for ids in fixed.values()]
    sets += [_random_sets(ranked, size, max(LEAST_ROWS, min(rows, MOST_EXCLUDED // size)), rng) for size in sizes]
    for number, of_rows in enumerate(sets):
        kept = _enough_left(of_rows, plan)
        yield Kind(of_rows[kept], marked=False)
        if number % MARKED == 0:
            yield Kind(of_rows[kept], marked=True)


def _random_sets(ranked: NDArray[np.int64], size: int, rows: int, rng: np.random.Generator) -> Sets:
    """Sets of ids of all frequencies: the ranks are uniform, or their logarithms are. Repeated ids become -1."""
    n = len(ranked)
    ranks = rng.integers(n, size=(rows, size))
    by_log = rng.random((rows, size)) < 0.5
    u = rng.random(int(np.count_nonzero(by_log)))
    ranks[by_log] = np.minimum(np.exp(u * math.log(n)).astype(np.int64), n) - 1
    in_order = np.sort(ranked[ranks], axis=1)
    in_order[:, 1:][in_order[:, 1:] == in_order[:, :-1]] = -1
    return rng.permuted(in_order, axis=1)


def _enough_left(sets: Sets, plan: Plan) -> NDArray[np.intp]:
    """The rows to draw: all whose set leaves enough probability, and `LEAST_ROWS` others."""
    left = 1 - np.where(sets >= 0, plan.probabilities[sets], 0.0).sum(axis=1)
    scarce = left < ENOUGH_LEFT
    return np.flatnonzero(~scarce | (np.cumsum(scarce) <= LEAST_ROWS))


def _drawn(sampler: Sampler, plan: Plan, kind: Kind) -> NDArray[np.int64]:
    """Draw the rows of a kind by calls of several sizes, each in the next form of ``exclude``."""
    rows = len(kind.sets)
    sizes = [size for size, calls in zip(CALL_ROWS, CALLS, strict=True) for _ in range(calls)]
    parts, at = [], 0
    for number, size in enumerate([*sizes, rows]):
        stop = min(rows, at + size)
        if stop > at:
            exclude = FORMS[number % len(FORMS)](kind.sets[at:stop], len(plan.noise))
            drawn = sampler.sample(stop - at, plan.k, exclude=exclude, on_collision="mark" if kind.marked else "redraw")
            parts.append(as_array(drawn))
            at = stop
    return np.concatenate(parts).astype(np.int64, copy=False)


def _padded(sets: Sets, n_ids: int) -> Any:
    return sets[:, 0] if sets.shape[1] == 1 and (sets >= 0).all() else sets


def _csr(sets: Sets, n_ids: int) -> Any:
    used = sets >= 0
    return np.concatenate([[0], np.cumsum(used.sum(axis=1))]), sets[used]


def _prepared(sets: Sets, n_ids: int) -> Any:
    indptr, indices = _csr(sets, n_ids)
    return IdSets.from_csr(indptr, indices, V=n_ids)


FORMS = (_padded, _csr, _prepared)


def _wrong(ids: NDArray[np.int64], kind: Kind, plan: Plan) -> NDArray[np.bool_]:
    """Whether ids are excluded, or are not in the noise distribution; bool, shape of ``ids``."""
    wrong = ~possible(ids, plan)
    if kind.marked:
        wrong &= ids != -1
    for excluded in kind.sets.T:
        wrong |= (ids == excluded[:, None]) & (ids >= 0)
    return wrong
