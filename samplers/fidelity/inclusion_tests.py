# SPDX-License-Identifier: MIT
"""Tests of rows of distinct ids against the exact inclusion probabilities, whatever the order within a row.

The ids of a row compete, so their counts vary less than those of independent draws: a plain chi-square has the
wrong null law (V=12, k=5: mean 6.9 in place of 11), and against k * p the wrong mean as well.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from ..laws.inclusion import inclusion_probabilities
from .chi_square import GUARDED, LEAST_EXPECTED, TAIL, chi_square_test, pooled_cells
from .marginal import bands
from .plan import Family, Plan
from .power import LEVEL, POWER
from .result import FidelityTest

if TYPE_CHECKING:
    from numpy.typing import NDArray

BANDS = 8
# The fewest expected hits, and misses, of a cell of the Wald test. The variance is estimated from the same rows, and is
# too small for rare cells: with a single cell below this, there are 3 times as many false alarms at 3.1e-8.
LEAST_IN_CELL = 1000.0
ROWS_AT_ONCE = 2**14


class Inclusion(Family):
    """Wald's test over cells of ids, and Pearson's by id with the covariance of distinct draws allowed for.

    Both compare counts of ids in all columns with rows * pi, pi the exact inclusion probabilities
    (`samplers.laws.inclusion`).
    """

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.inclusion = inclusion_probabilities(plan.noise, plan.k, time_limit=plan.time_limit)
        self.observed: NDArray[np.int64] = np.zeros(len(plan.noise), dtype=np.int64)
        self.cell = wald_cells(self.inclusion, plan.ranked, LEAST_IN_CELL / plan.rows)
        self.cells = int(self.cell.max()) + 1
        self._rows = 0
        self._joint: NDArray[np.int64] = np.zeros((self.cells, self.cells), dtype=np.int64)

    def see(self, ids: NDArray[np.int64]) -> None:
        """Count ids, and pairs of cells within rows."""
        self._rows += len(ids)
        self.observed += np.bincount(ids.reshape(-1), minlength=len(self.observed))
        if self.cells > 1:
            for start in range(0, len(ids), ROWS_AT_ONCE):
                self._joint += _pairs(self.cell[ids[start : start + ROWS_AT_ONCE]], self.cells)

    def tests(self) -> list[FidelityTest]:
        """One, two or none: k = V leaves nothing to chance."""
        return [test for test in (self._wald(), self._rao_scott()) if test is not None]

    def _wald(self) -> FidelityTest | None:
        """Hotelling's T**2 of the mean counts of a row (1931, doi:10.1214/aoms/1177732979).

        The counts of a row add up to k, so the first cell is left out. Moments are taken around the exact mean:
        with them T**2 / (n - 1) = q / (1 - q), where q is in [0, 1] and beta distributed, and rows that never
        vary give q = 1 and no singular matrix to look out for.
        """
        from scipy import stats

        n, m = self._rows, self.cells - 1
        if m < 1 or n <= m:
            return None
        exact = np.bincount(self.cell, weights=self.inclusion)[1:]
        mean = np.bincount(self.cell, weights=self.observed)[1:] / n
        moments = self._joint[1:, 1:] / n - np.outer(exact, mean) - np.outer(mean, exact) + np.outer(exact, exact)
        off = mean - exact
        q = min(float(off @ np.linalg.pinv(moments, rcond=1e-10, hermitian=True) @ off), 1.0)
        statistic = (n - 1) * q / max(1 - q, np.finfo(float).eps)
        size = math.sqrt(noncentrality_f(m, n - m) / n)
        return FidelityTest(
            "Wald",
            statistic,
            m,
            float(stats.beta.sf(q, m / 2, (n - m) / 2)),
            n=n,
            unit="rows",
            effect=math.sqrt(max(0.0, statistic - m) / n),
            detectable=size,
            detects=f"means of {m + 1} cells off by {size:.2%} of the deviation between rows",
        )

    def _rao_scott(self) -> FidelityTest | None:
        """Pearson's statistic by id, ``sum((N - n pi)**2 / (n b))``, b its `divisors`.

        It is a sum of chi-squares weighted with the eigenvalues of the covariance of a row, scaled by b on both
        sides (Rao and Scott 1981, doi:10.1080/01621459.1981.10477633). b makes their mean one.
        """
        n, k, ranked = self._rows, self.plan.k, self.plan.ranked
        # Ids that come in nearly every row: their misses are too few for a chi-square, as rare ids are.
        certain = int(np.count_nonzero(n * (1 - self.inclusion[ranked]) < LEAST_EXPECTED))
        if certain == len(ranked):
            return None
        expected = n * self.inclusion
        expected[ranked[:certain]] = 0.0
        cell = pooled_cells(expected, ranked[certain:])
        ids = np.flatnonzero(cell >= 0)
        mean, squares, observed = (
            np.bincount(cell[ids], weights=values[ids]).astype(np.float64)
            for values in (self.inclusion, self.inclusion**2, self.observed)
        )
        df = len(mean) - 1
        if df < 1:
            return None
        # Exact for a cell of one id. Ids that share one are so rare that their covariance, about -pi pi' / k,
        # hardly counts: it is less than 30 / n of the variance.
        b = divisors(mean - squares - (mean**2 - squares) / k)
        statistic = float((np.square(observed - n * mean) / (n * b)).sum())
        of_cell = np.zeros(self.cells)
        np.add.at(of_cell, self.cell[ids], self.inclusion[ids] * (b / mean)[cell[ids]])
        test = chi_square_test("Rao-Scott", statistic, df, n * k, "ids", f"{df + 1:,} cells of ids")
        eigenvalues = self._eigenvalues(of_cell, df)
        p_value = weighted_chi2_sf(statistic, *eigenvalues)
        if p_value < TAIL and df <= GUARDED:  # as of independent draws: see `GoodnessOfFit.test`
            p_value = max(p_value, weighted_chi2_sf(deviance(observed, n, mean, b), *eigenvalues))
        return replace(test, p_value=p_value)

    def _eigenvalues(self, b: NDArray[np.float64], df: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Distinct eigenvalues and how often each comes, ``df`` in all.

        How many common and how many rare ids a row holds may vary more than `divisors` takes for granted: 6
        ids 30 times as heavy as 6 others have an eigenvalue of 1.5 at k = 6. Those between groups of cells are
        estimated from the rows, 7 at most, so that they are not spread by chance; the others are equal.
        """
        group = np.zeros((self.cells, min(BANDS, self.cells)))
        group[np.arange(self.cells), np.arange(self.cells) * group.shape[1] // self.cells] = 1.0
        mean = np.bincount(self.cell, self.observed) / self._rows
        covariance = group.T @ (self._joint / self._rows - np.outer(mean, mean)) @ group
        scale = np.sqrt(group.T @ b)
        between = np.linalg.eigvalsh(covariance / np.outer(scale, scale))[1:]  # the total does not vary
        between = np.maximum(between, 0.1)[:df]
        others = df - len(between)
        each = max(df - between.sum(), 0.1 * others) / max(others, 1)
        values, counts = np.append(between, each), np.append(np.ones(len(between)), others)
        return values * (df / (values @ counts)), counts


def deviance(observed: NDArray[np.float64], n: int, mean: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """What G is to Pearson's: ``sum((N - n m)**2 / (n b))`` with binomial deviances.

    The deviance of N in n stands in place of ``(N - n m)**2 / (n m (1 - m))``: near the mean they are equal, and
    its tails are right.
    """
    from scipy import special

    missed, share = np.maximum(n - observed, 0), np.minimum(mean, 1 - 1e-12)  # more than n: ids twice in a row
    g = 2 * (special.xlogy(observed, observed / (n * share)) + special.xlogy(missed, missed / (n * (1 - share))))
    return float((g * share * (1 - share) / b).sum())


def wald_cells(inclusion: NDArray[np.float64], ranked: NDArray[np.int64], least: float) -> NDArray[np.int64]:
    """The cell of every id, int64 (V,): `BANDS` bands of equal mass by rank, each in `BANDS` blocks by index.

    So both what goes wrong with the frequency and what goes wrong with the index of an id shows.

    Parameters
    ----------
    inclusion : ndarray, float64 (V,)
        Inclusion probabilities.
    ranked : ndarray, int64
        The ids of positive probability by falling probability.
    least : float
        The least expected count of a cell in a row; ids that are missing less often go with the first cell, which
        the test leaves out, as they hardly vary.
    """
    cell = np.zeros(len(inclusion), dtype=np.int64)
    varying = ranked[1 - inclusion[ranked] >= least]
    if not len(varying):
        return cell
    band = bands(inclusion[varying] / inclusion[varying].sum(), BANDS)
    order = np.lexsort((varying, band))
    ids, band = varying[order], band[order]
    mass = inclusion[ids]
    block = np.zeros(len(ids), dtype=np.int64)
    for one in range(BANDS):
        here = band == one
        if here.any():
            block[here] = one * BANDS + bands(mass[here] / mass[here].sum(), BANDS)
    cell[ids] = merged(block, mass, least)
    return cell


def merged(block: NDArray[np.int64], mass: NDArray[np.float64], least: float) -> NDArray[np.int64]:
    """Blocks renumbered from 0; consecutive ones are joined until they hold ``least``, or are one."""
    _, block = np.unique(block, return_inverse=True)
    number, cell, held = [], 0, 0.0
    for size in np.bincount(block, weights=mass):
        number.append(cell)
        held += size
        if held >= least:
            cell, held = cell + 1, 0.0
    # What is left over at the end goes with the last full cell.
    joined: NDArray[np.int64] = np.minimum(number, max(cell - 1, 0))[block]
    return joined


def _pairs(cells: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """How often two columns of a row are in two cells, all ordered pairs of columns, int64 (count, count)."""
    k = cells.shape[1]
    joint = np.zeros((count, count), dtype=np.int64)
    for lag in range(k):
        code = cells[:, : k - lag] * count + cells[:, lag:]
        table = np.bincount(code.reshape(-1), minlength=count * count).reshape(count, count)
        joint += table if lag == 0 else table + table.T
    return joint


def divisors(variance: NDArray[np.float64]) -> NDArray[np.float64]:
    """The b for which ``diag(b) - b b' / sum(b)`` has these variances on its diagonal, float64 (C,).

    Counts of a fixed total without further structure have nearly that covariance (Hajek 1964,
    doi:10.1214/aoms/1177700375; in this form Deville and Tille 2005, J. Statist. Plann. Inference 128, 569-591);
    multinomial counts (k = 1, and the missing id of k = V - 1) have it exactly, with b = p. Scaled by b it
    is a projection, and all eigenvalues are 1. Those of successive samples have mean 1 exactly; for 12 ids of
    Zipf's law their squared coefficient of variation is below 2e-4 at every k and the largest 1.04 (by
    enumeration; with b = pi at k = 5 these are 0.13 and 1.3, after division by a mean of 0.64).

    Notes
    -----
    With S = sum(b), ``b = S (1 - sqrt(1 - 4 v / S)) / 2``; the largest may need the other root. Its sum is S for
    one S, found by Brent's method. As one id varies less than all others together, S exists; where they are equal up to
    rounding (two ids), b of the largest grows without bound, and its term in a statistic vanishes.
    """
    from scipy import optimize

    low, high = 4 * float(variance.max()), 4e9 * float(variance.max())
    # Whether the largest needs the other root.
    beyond = float(_shares(variance, low, False).sum()) < 1

    def excess(total: float) -> float:
        return float(_shares(variance, total, beyond).sum()) - 1

    at_low = excess(low)
    crosses = at_low * excess(high) < 0
    total = float(optimize.brentq(excess, low, high)) if crosses else high if at_low else low
    return total * _shares(variance, total, beyond)


def _shares(variance: NDArray[np.float64], total: float, beyond: bool) -> NDArray[np.float64]:
    root = np.sqrt(np.maximum(0.0, 1 - 4 * variance / total))
    share: NDArray[np.float64] = 2 * variance / total / (1 + root)
    if beyond:
        top = int(variance.argmax())
        share[top] = (1 + root[top]) / 2
    return share


@cache
def noncentrality_f(df: int, df_rows: int) -> float:
    """The noncentrality at which an F test of size `LEVEL` rejects with probability `POWER`."""
    from scipy import optimize, stats

    critical = stats.f.isf(LEVEL, df, df_rows)
    start = df * critical
    return float(
        optimize.brentq(lambda nc: stats.ncf.sf(critical, df, df_rows, nc) - POWER, start / 2, 8 * start + 100)
    )


def weighted_chi2_sf(x: float, weights: NDArray[np.float64], counts: NDArray[np.float64]) -> float:
    """P(sum of weights times chi-squares of ``counts`` degrees of freedom > x), by saddlepoint.

    Kuonen 1999 (doi:10.1093/biomet/86.4.929): the relative error stays small however far out, where that of
    Satterthwaite's scaled chi-square does not.

    Parameters
    ----------
    x : float
        The value of the sum that is to be exceeded.
    weights, counts : ndarray, float64 (m,)
        Positive weights; degrees of freedom, at least one of them positive.
    """
    from scipy import optimize, stats

    mean = float(weights @ counts)
    if x <= 0 or x > 1e5 * mean:  # beyond, it is below exp(-50,000)
        return float(x <= 0)
    step = 1e-3 * math.sqrt(float(2 * counts @ np.square(weights)))
    if abs(x - mean) < step:  # the formula is 0 / 0 at the mean; half a step there moves p by 4e-4
        x = mean + step

    def slope(s: float) -> float:
        return float((counts * weights / (1 - 2 * s * weights)).sum()) - x

    used = weights[counts > 0]
    high = 1 / (2 * float(used.max()))
    low = -float(counts.sum()) / x  # slope is below counts.sum() / (-2 s) - x there
    s = float(optimize.brentq(slope, low, high * (1 - 0.1 / x * float(used.min())), xtol=1e-15))
    shrunk = 1 - 2 * s * weights
    w = math.copysign(math.sqrt(2 * s * x + float((counts * np.log(shrunk)).sum())), s)
    v = s * math.sqrt(float((2 * counts * np.square(weights / shrunk)).sum()))
    return float(stats.norm.sf(w + math.log(v / w) / w))
