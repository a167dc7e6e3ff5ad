# SPDX-License-Identifier: MIT
"""Tests of rows of distinct ids: no id is repeated, and each follows the law of the ids that remain.

`Distinct` uses the order in which the ids of a row were drawn. `samplers.fidelity.inclusion_tests` does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .chi_square import LEAST_EXPECTED, chi_square_test
from .plan import Family, Plan
from .result import never

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .result import FidelityTest

BINS = 32
# For each pair of columns a mass is added, which at 64 columns is 32 additions per id.
MOST_COLUMNS = 64
ROWS_AT_ONCE = 2**13  # five columns of float64 stay in a level-2 cache: 1.5 times faster than 2**17 rows
# Seed of the randomised probability integral transform. It is fixed, so that the same draws always get the same
# verdict, and no caller is likely to use the same seed. If heavy ids remain, the p-value depends mostly on this
# randomisation: then it is uniform over seeds, and not over draws.
SEED = 0x9D15_71C7_0B5E_55ED


class Distinct(Family):
    """Duplicates, and the probability integral transform of each column, given the columns before it.

    Let R be the ids that remain after the columns before, by rising probability. The transform of an id x is
    ``(mass of R below x + U * p[x]) / (mass of R)``, where U is uniform on [0, 1). For a faithful sampler the k
    transforms of a row are independent and uniform (Rosenblatt 1952, doi:10.1214/aoms/1177729394; for discrete laws
    with U, Brockwell 2007, doi:10.1016/j.spl.2007.02.008). So the counts in equal bins are multinomial, for any noise
    distribution. The test compares each column alone; `samplers.fidelity.arrangement`
    compares them with each other.

    Parameters
    ----------
    plan : Plan
        The noise distribution and the shape of the check.
    seed : int, optional
        The seed of U.
    """

    def __init__(self, plan: Plan, seed: int = SEED) -> None:
        super().__init__(plan)
        self.columns = min(plan.k, MOST_COLUMNS)
        self.bins = max(1, min(BINS, int(plan.rows // (2 * LEAST_EXPECTED))))
        self._rank = np.zeros(len(plan.noise), dtype=np.int64)
        self._rank[plan.ranked] = np.arange(len(plan.ranked))
        self._mass = plan.probabilities[plan.ranked]
        # Mass of this rank and all rarer ones. It is added from the rarest on, so that its relative error is small.
        self._tail = np.append(np.cumsum(self._mass[::-1])[::-1], 0.0)
        self._rng = np.random.default_rng(seed)
        self._rows = self._repeated = 0
        self._singles = np.zeros((self.columns, self.bins), dtype=np.int64)

    def see(self, ids: NDArray[np.int64]) -> None:
        """Count rows with a repeated id, and the transforms of all other rows."""
        for start in range(0, len(ids), ROWS_AT_ONCE):
            self._see(ids[start : start + ROWS_AT_ONCE])

    def _see(self, ids: NDArray[np.int64]) -> None:
        uniform = self._rng.random((len(ids), self.columns))  # row by row: the same however rows are split
        in_order = np.sort(ids, axis=1)
        distinct = (in_order[:, 1:] != in_order[:, :-1]).all(axis=1)
        self._rows += len(ids)
        self._repeated += int(np.count_nonzero(~distinct))
        ranks = self._rank[ids[distinct, : self.columns].T]
        u = transforms(ranks, uniform[distinct].T, self._mass, self._tail)
        offset = np.arange(self.columns)[:, None] * self.bins
        self._singles += _counted(_bin(u, self.bins) + offset, self._singles)

    def tests(self) -> list[FidelityTest]:
        """Duplicates if k > 1; the transforms if there are enough rows for two bins."""
        tests = []
        if self.plan.k > 1:
            tests.append(never("duplicates", self._repeated, self._rows, "rows", "a row with an id twice"))
        n = self._rows - self._repeated
        if self.bins > 1 and n >= LEAST_EXPECTED * self.bins:
            tests.append(self._by_column(n))
        return tests

    def _note(self) -> str:
        seen = [] if self.columns == self.plan.k else [f"the first {self.columns} columns"]
        seen += [f"{self._repeated:,} rows with an id twice are left out"] if self._repeated else []
        return "; ".join(seen)

    def _by_column(self, rows: int) -> FidelityTest:
        from scipy import stats

        statistic = float(stats.chisquare(self._singles, axis=1).statistic.sum())
        df = self.columns * (self.bins - 1)
        between = f"{self.bins} parts of what is left, by column"
        n = rows * self.columns
        return chi_square_test("conditional PIT", statistic, df, n, "ids", between, self._note(), calibrated=False)


def transforms(
    ranks: NDArray[np.int64], uniform: NDArray[np.float64], mass: NDArray[np.float64], tail: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The conditional transforms of rows of distinct ids, float64 (k, rows), in [0, 1].

    Parameters
    ----------
    ranks : ndarray, int64 (k, rows)
        Ranks by falling probability, distinct in each column of this array.
    uniform : ndarray, float64 (k, rows)
        U, in [0, 1).
    mass : ndarray, float64 (N,)
        Probabilities by rank.
    tail : ndarray, float64 (N + 1,)
        ``mass[r:].sum()``, each with a small relative error.

    Notes
    -----
    After an id of probability 1 - 1e-9, 1e-9 is left, and 1 minus the sum of the drawn ids would be mostly rounding
    error. Let
    ``lead`` be the first rank not drawn yet. ``tail[lead]`` holds ``mass[lead]``, which is left and as large as
    anything after it; the at most k ids to subtract from it cost a factor of k + 1 in relative accuracy at most.
    """
    lead = np.zeros(ranks.shape[1], dtype=np.int64)
    drawn = np.zeros(ranks.shape[1])  # mass of the drawn ids that are rarer than `lead`
    masses, u = mass[ranks], np.empty(ranks.shape)
    for j, rank in enumerate(ranks):
        rarer = tail[rank + 1]
        for earlier, its_mass in zip(ranks[:j], masses[:j], strict=True):
            rarer -= its_mass * (earlier > rank)
        u[j] = (rarer + uniform[j] * masses[j]) / (tail[lead] - drawn)
        drawn += masses[j]
        moved = np.flatnonzero(rank == lead)
        advance(lead, ranks[: j + 1], moved)
        drawn[moved] = np.where(ranks[: j + 1, moved] > lead[moved], masses[: j + 1, moved], 0.0).sum(axis=0)
    return np.clip(u, 0.0, 1.0, out=u)


def advance(lead: NDArray[np.int64], drawn: NDArray[np.int64], rows: NDArray[np.intp]) -> None:
    """Move ``lead[rows]`` to the first rank that is not among ``drawn[:, rows]``."""
    while len(rows):
        lead[rows] += 1
        rows = rows[(drawn[:, rows] == lead[rows]).any(axis=0)]


def _bin(u: NDArray[np.float64], bins: int) -> NDArray[np.int64]:
    return np.minimum((u * bins).astype(np.int64), bins - 1)


def _counted(cells: NDArray[np.int64], table: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.bincount(cells.reshape(-1), minlength=table.size).reshape(table.shape)
