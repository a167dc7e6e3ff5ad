# SPDX-License-Identifier: MIT
"""Tests whether adjacent ids are independent, by contingency tables of pairs of ids."""

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

# A class is a band of ranks crossed with a residue of the index. Bands detect ids that follow ids of similar frequency,
# residues detect generators whose low bits alternate, and a copied id is in the same class. 32 classes detect copies as
# well as 16 or 64, because the noncentrality grows with the number of classes as sqrt(df) does.
BANDS = 8
RESIDUES = 4
BLOCK = 101
MOST_STREAM_ROWS = 2**17
LEAST_STREAM_ROWS = 2**14
MOST_STREAM_IDS = 2**20


def possible(ids: NDArray[Any], probabilities: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether ids are valid and have a positive weight; bool, shape of ``ids``."""
    known = (ids >= 0) & (ids < len(probabilities))
    return np.asarray(known & (probabilities[np.where(known, ids, 0)] > 0))


def pair_classes(plan: Plan, pairs: int) -> NDArray[np.int16]:
    """The class of each id, int16 (V,). There are at most 32, so that no cell has a small expected count."""
    band = bands(plan.probabilities[plan.ranked], BANDS)
    fine = np.zeros(len(plan.probabilities), dtype=np.int64)
    fine[plan.ranked] = RESIDUES * band + plan.ranked % RESIDUES
    # If two classes have a mass of sqrt(L / n) each, the expected count of their cell in n pairs is L.
    weight = plan.probabilities * math.sqrt(LEAST_EXPECTED * max(pairs, 1))
    merged = pooled_cells(np.bincount(fine, weights=weight).astype(np.float64, copy=False))
    return merged.astype(np.int16)[fine]


class PairTable:
    """Counts of pairs of classes, and a test of independence.

    It is Pearson's chi-square against the product of the observed margins (`scipy.stats.chi2_contingency`). So it
    detects dependence, and not a wrong law, which other tests detect.

    Parameters
    ----------
    plan : Plan
        The noise distribution and the shape of the check.
    pairs : int
        The number of pairs that will be added.
    """

    def __init__(self, plan: Plan, pairs: int) -> None:
        self._class = pair_classes(plan, pairs)
        self._classes = int(self._class.max()) + 1
        self._table = np.zeros((self._classes, self._classes), dtype=np.int64)

    def add(self, first: NDArray[np.integer[Any]], second: NDArray[np.integer[Any]]) -> None:
        """Count pairs of ids of positive weight, two integer arrays of the same shape."""
        cell = self._class[first] * np.int16(self._classes) + self._class[second]
        self._table += np.bincount(cell.reshape(-1), minlength=self._table.size).reshape(self._table.shape)

    def tests(self, name: str, partner: str, note: str = "") -> list[FidelityTest]:
        """The test, if there are enough pairs to detect that all ids are copies; else none.

        The bias is the share of ids that are copies of their partner. With a share e, the cells have probabilities
        ``(1 - e) p_i p_j + e p_i [i = j]``, and the noncentrality is ``n e**2 (classes - 1)`` for any p.
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
        test = GoodnessOfFit(float(pearson), float(g), int(df)).test(name, pairs, "pairs", "")
        return [
            replace(
                test,
                effect=math.sqrt(max(0.0, test.statistic - df) / per_share),
                detectable=size,
                detects=f"{size:.2%} of ids that copy {partner}, or a dependence as strong",
                note=note,
            )
        ]


def _share_that_g_finds(p: NDArray[np.float64], noncentrality_per_pair: float) -> float:
    """The share of copies at which G has this noncentrality per pair; 1 if no share has it.

    The noncentrality is twice the Kullback-Leibler divergence. Copies are in few cells, so that it is smaller than that
    of Pearson's statistic.
    """
    from scipy import optimize

    same = float(np.square(p).sum())

    def missing(share: float) -> float:
        x = share * (1 / p - 1)
        diagonal = np.square(p) @ ((1 + x) * np.log1p(x) - x)
        divergence = diagonal + (1 - same) * ((1 - share) * np.log1p(-share) + share)
        return float(2 * divergence - noncentrality_per_pair)

    return float(optimize.brentq(missing, 0.0, 1 - 1e-12)) if missing(1 - 1e-12) > 0 else 1.0


def _without_sparse_rows(table: NDArray[np.int64], pairs: int) -> NDArray[np.int64]:
    """Merge rows of a table until each has sqrt(L n) pairs: the expected count of a cell of such margins is L."""
    cell = pooled_cells(table.sum(axis=1) * math.sqrt(LEAST_EXPECTED / max(pairs, 1)))
    merged = np.zeros((int(cell.max()) + 1, table.shape[1]), dtype=np.int64)
    np.add.at(merged, cell[cell >= 0], table[cell >= 0])
    return merged


class PairsWithinRows(Family):
    """ "pairs within rows": columns 0 and 1, 2 and 3, ... of even rows, 1 and 2, 3 and 4, ... of odd ones.

    So all adjacent columns are compared, and each id is used once. Without replacement there is no test, because the
    ids of a row must depend on each other.
    """

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self._starts = ((0, 0) if plan.k == 2 else (0, 1)) if plan.replacement else (plan.k, plan.k)
        width = sum((plan.k - start) // 2 for start in self._starts)
        self._pairs = PairTable(plan, plan.rows * width // 2)
        self._seen = 0

    def see(self, ids: NDArray[np.int64]) -> None:
        """Count the pairs of the next rows, int64 (any number, k)."""
        for parity, start in enumerate(self._starts):
            rows = ids[(parity - self._seen) % 2 :: 2, start:]
            width = rows.shape[1] // 2 * 2
            self._pairs.add(rows[:, 0:width:2], rows[:, 1:width:2])
        self._seen += len(ids)

    def tests(self) -> list[FidelityTest]:
        """One test; none if k is 1, if there is a single id, or without replacement."""
        return self._pairs.tests("pairs within rows", "the column before")


class PairsBetweenRows(Family):
    """ "pairs between rows": the same column of two consecutive rows, each row in one pair.

    Every `BLOCK`-th row is left out. `BLOCK` is odd, so that an even row is the first of a pair in one block, and the
    second in the next. Without replacement only the first column is used: the other columns depend on it, so that their
    pairs are not independent.
    """

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self._columns = plan.k if plan.replacement else 1
        self._pairs = PairTable(plan, plan.rows // 2 * self._columns)
        self._left_over = np.empty((0, self._columns), dtype=np.int64)
        self._seen = 0

    def see(self, ids: NDArray[np.int64]) -> None:
        """Count the pairs of the next rows, int64 (any number, k). A single last row waits for the next batch."""
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
        """One test; none if there is a single id, or too few rows."""
        return self._pairs.tests("pairs between rows", "the row before", _columns_note(self.plan))


def between_streams(sampler: Sampler, plan: Plan, rng: np.random.Generator) -> list[FidelityTest]:
    """ "pairs between streams": the ids at the same place of two streams of a sampler.

    It fails if workers have the same stream, because a generator was forked, or because the seed is ignored. Without
    replacement only the first column is used, as between rows.

    Parameters
    ----------
    sampler : Sampler
        It does not move, because copies are tested.
    plan : Plan
        A quarter of its rows is drawn from each stream, but at least 2**14 (or all rows) and at most 2**17 rows and
        2**20 ids. If ``info.cost`` is "row", there is no minimum.
    rng : numpy.random.Generator
        Seeds the two streams.

    Returns
    -------
    list of FidelityTest
        One test; none if there is a single id, or too few rows.
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
