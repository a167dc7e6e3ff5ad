# SPDX-License-Identifier: MIT
"""Do ids that stand beside each other know of each other? Contingency tables of pairs of ids."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arguments import as_array, children
from .chi_square import GUARDED, LEAST_EXPECTED, GoodnessOfFit, pooled_cells
from .marginal import bands
from .plan import Family
from .power import noncentrality

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..base import Sampler
    from .plan import Plan
    from .result import FidelityTest

# A class is a band of ranks crossed with a residue of the index: bands show ids that follow others of their
# frequency, residues show generators whose low bits alternate, and a copied id stays in its class. 32 classes
# find copies as well as 16 or 64 do (the noncentrality grows with the classes as sqrt(df) does).
BANDS = 8
RESIDUES = 4
BLOCK = 101
MOST_STREAM_ROWS = 2**17
LEAST_STREAM_ROWS = 2**14
MOST_STREAM_IDS = 2**20


def possible(ids: NDArray[Any], probabilities: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Where ``ids`` are ids of positive weight; bool, shape of ``ids``."""
    known = (ids >= 0) & (ids < len(probabilities))
    return np.asarray(known & (probabilities[np.where(known, ids, 0)] > 0))


def pair_classes(plan: Plan, pairs: int) -> NDArray[np.int16]:
    """The class of every id, int16 (V,): 32 or fewer, so large that a cell of ``pairs`` pairs is not sparse."""
    band = bands(plan.probabilities[plan.ranked], BANDS)
    fine = np.zeros(len(plan.probabilities), dtype=np.int64)
    fine[plan.ranked] = RESIDUES * band + plan.ranked % RESIDUES
    # A cell of two classes that hold sqrt(L / n) of the mass each is expected L times in n pairs.
    weight = plan.probabilities * math.sqrt(LEAST_EXPECTED * max(pairs, 1))
    merged = pooled_cells(np.bincount(fine, weights=weight).astype(np.float64, copy=False))
    return merged.astype(np.int16)[fine]


class PairTable:
    """Counts of pairs of classes, and the test whether the two are independent.

    Pearson's chi-square against the product of the margins that were seen (`scipy.stats.chi2_contingency`):
    it alarms for dependence only, and not for a wrong law, which other tests find.

    Parameters
    ----------
    plan : Plan
        Gives the law of an id.
    pairs : int
        How many are to come.
    """

    def __init__(self, plan: Plan, pairs: int) -> None:
        self._class = pair_classes(plan, pairs)
        self._classes = int(self._class.max()) + 1
        self._table = np.zeros((self._classes, self._classes), dtype=np.int64)

    def add(self, first: NDArray[np.integer[Any]], second: NDArray[np.integer[Any]]) -> None:
        """Take in pairs of ids of positive weight, two integer arrays of one shape."""
        cell = self._class[first] * np.int16(self._classes) + self._class[second]
        self._table += np.bincount(cell.reshape(-1), minlength=self._table.size).reshape(self._table.shape)

    def tests(self, name: str, partner: str, note: str = "") -> list[FidelityTest]:
        """The test, where the pairs suffice to find at least two equal ones every time.

        The bias is the share of ids that are copies of their partner. A share e makes the cells
        ``(1 - e) p_i p_j + e p_i [i = j]``, at noncentrality ``n e**2 (classes - 1)`` for any p.
        """
        from scipy import stats

        pairs = int(self._table.sum())
        table = _without_sparse_rows(_without_sparse_rows(self._table, pairs).T, pairs)
        if min(table.shape) < 2:
            return []
        pearson, _, df, _ = stats.chi2_contingency(table, correction=False)
        g = stats.chi2_contingency(table, correction=False, lambda_="log-likelihood").statistic
        per_share = pairs * (min(table.shape) - 1)
        size = math.sqrt(noncentrality(int(df)) / per_share)
        if df <= GUARDED and size < 1:
            size = max(size, _share_that_g_finds(table.sum(axis=1) / pairs, noncentrality(int(df)) / pairs))
        if size >= 1:
            return []
        found = GoodnessOfFit(float(pearson), float(g), int(df)).test(name, pairs, "pairs", "")
        return [
            replace(
                found,
                effect=math.sqrt(max(0.0, found.statistic - df) / per_share),
                detectable=size,
                detects=f"{size:.2%} of ids that copy {partner}, or a dependence as strong",
                note=note,
            )
        ]


def _share_that_g_finds(p: NDArray[np.float64], wanted: float) -> float:
    """The share of copies at which G has ``wanted`` noncentrality a pair; 1 where none has.

    That is twice the Kullback-Leibler divergence. Copies fill few cells, where it is smaller than Pearson's.
    """
    from scipy import optimize

    same = float(np.square(p).sum())

    def missing(share: float) -> float:
        x = share * (1 / p - 1)
        diagonal = np.square(p) @ ((1 + x) * np.log1p(x) - x)
        return float(2 * (diagonal + (1 - same) * ((1 - share) * np.log1p(-share) + share)) - wanted)

    return float(optimize.brentq(missing, 0.0, 1 - 1e-12)) if missing(1 - 1e-12) > 0 else 1.0


def _without_sparse_rows(table: NDArray[np.int64], pairs: int) -> NDArray[np.int64]:
    """Rows of a table merged until each holds sqrt(L n) pairs: a cell of two such margins is expected L times."""
    cell = pooled_cells(table.sum(axis=1) * math.sqrt(LEAST_EXPECTED / max(pairs, 1)))
    merged = np.zeros((int(cell.max()) + 1, table.shape[1]), dtype=np.int64)
    np.add.at(merged, cell[cell >= 0], table[cell >= 0])
    return merged


class PairsWithinRows(Family):
    """ "pairs within rows": columns 0 and 1, 2 and 3, ... of even rows, 1 and 2, 3 and 4, ... of odd ones.

    So all neighbours are looked at, and no id twice. Without replacement the ids of a row depend on each other by
    law, and there is nothing to test here.
    """

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self._starts = ((0, 0) if plan.k == 2 else (0, 1)) if plan.replacement else (plan.k, plan.k)
        width = sum((plan.k - start) // 2 for start in self._starts)
        self._pairs = PairTable(plan, plan.rows * width // 2)
        self._seen = 0

    def see(self, ids: NDArray[np.int64]) -> None:
        """Take in the next rows, int64 (any number, k)."""
        for parity, start in enumerate(self._starts):
            rows = ids[(parity - self._seen) % 2 :: 2, start:]
            width = rows.shape[1] // 2 * 2
            self._pairs.add(rows[:, 0:width:2], rows[:, 1:width:2])
        self._seen += len(ids)

    def tests(self) -> list[FidelityTest]:
        """One test or, for k = 1, a single id or without replacement, none."""
        return self._pairs.tests("pairs within rows", "the column before")


class PairsBetweenRows(Family):
    """ "pairs between rows": the same column of a row and the next, each row in one pair.

    Every `BLOCK`-th row is left out: that number is odd, so even rows are the first of a pair in one block and
    the second in the next. Without replacement the first column only: the other columns depend on it, and their
    pairs would not count as many independent ones.
    """

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self._columns = plan.k if plan.replacement else 1
        self._pairs = PairTable(plan, plan.rows // 2 * self._columns)
        self._left_over = np.empty((0, self._columns), dtype=np.int64)
        self._seen = 0

    def see(self, ids: NDArray[np.int64]) -> None:
        """Take in the next rows, int64 (any number, k); an odd one waits for the next batch."""
        place = np.arange(self._seen, self._seen + len(ids)) % BLOCK
        self._seen += len(ids)
        ids = ids[place < BLOCK - 1, : self._columns]
        if len(self._left_over) and len(ids):
            self._pairs.add(self._left_over, ids[:1])
            self._left_over, ids = self._left_over[:0], ids[1:]
        if len(ids):
            even = len(ids) // 2 * 2
            self._pairs.add(ids[0:even:2], ids[1:even:2])
            self._left_over = ids[even:].copy()

    def tests(self) -> list[FidelityTest]:
        """One test or, for a single id or too few rows, none."""
        return self._pairs.tests("pairs between rows", "the row before", _columns_note(self.plan))


def between_streams(sampler: Sampler, plan: Plan, rng: np.random.Generator) -> list[FidelityTest]:
    """ "pairs between streams": two streams over the tables of a sampler, id by id beside each other.

    Workers whose streams are one (a fork of one generator, a seed that is not read) fail. Without replacement
    the first column only, as between rows.

    Parameters
    ----------
    sampler : Sampler
        Its own stream does not move.
    plan : Plan
        A quarter of its rows is drawn from each stream, but 2**14 where it has as many, and at most 2**17 rows
        and 2**20 ids; the quarter of a sampler that pays for each row.
    rng : numpy.random.Generator
        Seeds the two.

    Returns
    -------
    list of FidelityTest
        One, or none for a single id or too few rows.
    """
    rows = plan.rows // 4 if sampler.info.cost == "row" else max(plan.rows // 4, min(plan.rows, LEAST_STREAM_ROWS))
    rows = max(1, min(rows, MOST_STREAM_ROWS, MOST_STREAM_IDS // plan.k))
    columns = plan.k if plan.replacement else 1
    first, second = (as_array(sampler.with_rng(child).sample(rows, plan.k))[:, :columns] for child in children(rng, 2))
    both = possible(first, plan.probabilities) & possible(second, plan.probabilities)
    pairs = PairTable(plan, rows * columns)
    pairs.add(first[both], second[both])
    return pairs.tests("pairs between streams", "the other stream", _columns_note(plan))


def _columns_note(plan: Plan) -> str:
    return "" if plan.replacement or plan.k == 1 else "first columns only"
