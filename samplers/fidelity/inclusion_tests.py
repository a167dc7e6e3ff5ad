# SPDX-License-Identifier: MIT
"""Tests of rows of distinct ids against the exact inclusion probabilities, without regard to the order in a row.

The ids of a row exclude each other, so that their counts vary less than those of independent draws. A plain chi-square
has a wrong null law (for V=12 and k=5 its mean is 6.9 in place of 11). With k * p, the expected counts are wrong too.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from ..laws.inclusion import inclusion_probabilities
from .chi_square import GUARDED, LEAST_EXPECTED, MOST_DISCRETE, TAIL, chi_square_test, pooled_cells, with_rarest_cell
from .marginal import bands
from .plan import Family, Plan
from .power import LEVEL, POWER
from .result import FidelityTest

if TYPE_CHECKING:
    from numpy.typing import NDArray

BANDS = 8
# The minimum expected hits, and misses, of a cell of the Wald test. The variance is estimated from the same rows, and
# is too small for rare cells: with a single cell below this, there are 3 times as many false alarms at 3.1e-8.
LEAST_IN_CELL = 1000.0
ROWS_AT_ONCE = 2**14
# The count of a cell that is in at most this share of the rows is nearly binomial, as of independent draws.
RARE = 0.1


class Inclusion(Family):
    """Wald's test over cells of ids, and Pearson's test by id, corrected for the covariance of distinct ids.

    Both compare the counts of ids in all columns with rows * pi, where pi are the exact inclusion probabilities
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
        """Two tests, or fewer: if k is the number of ids, the counts are certain."""
        return [test for test in (self._wald(), self._rao_scott()) if test is not None]

    def _wald(self) -> FidelityTest | None:
        """Hotelling's T**2 of the mean counts of a row (1931, doi:10.1214/aoms/1177732979).

        The counts of a row add up to k, so that the first cell is left out. Moments are around the exact mean. Then
        T**2 / (n - 1) = q / (1 - q), where q has a beta distribution on [0, 1]. If all rows are equal, q is 1, and no
        special case for a singular matrix is needed.
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
            calibrated=m > MOST_DISCRETE,
        )

    def _rao_scott(self) -> FidelityTest | None:
        """Pearson's statistic by id, ``sum((N - n pi)**2 / (n b))``, where b are the `divisors`.

        It is a weighted sum of chi-squares. The weights are the eigenvalues of the covariance of a row, scaled by b on
        both sides (Rao and Scott 1981, doi:10.1080/01621459.1981.10477633). With these b, their mean is one.
        """
        n, k, ranked = self._rows, self.plan.k, self.plan.ranked
        # Ids that are in nearly every row have too few misses for a chi-square.
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
        # It is exact for a cell of one id. Merged ids are so rare that their covariance, about -pi pi' / k, can be
        # neglected: it is less than 30 / n of the variance.
        b = divisors(mean - squares - (mean**2 - squares) / k)
        statistic = float((np.square(observed - n * mean) / (n * b)).sum())
        of_cell = np.zeros(self.cells)
        np.add.at(of_cell, self.cell[ids], self.inclusion[ids] * (b / mean)[cell[ids]])
        test = chi_square_test("Rao-Scott", statistic, df, n * k, "ids", f"{df + 1:,} cells of ids")
        eigenvalues = self._eigenvalues(of_cell, df)
        p_value = weighted_chi2_sf(statistic, *eigenvalues)
        if p_value < TAIL and df <= GUARDED:  # for the reason that `GoodnessOfFit.test` gives
            p_value = max(p_value, weighted_chi2_sf(deviance(observed, n, mean, b), *eigenvalues))
        test = replace(test, p_value=p_value)
        if mean.min() > RARE:
            return test
        return with_rarest_cell(test, n * float(mean.min()), n * k, by_pearson=True, by_g=df <= GUARDED)

    def _eigenvalues(self, b: NDArray[np.float64], df: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Distinct eigenvalues and their multiplicities, ``df`` in total.

        The numbers of common and rare ids in a row may vary more than `divisors` assumes: if 6 ids are 30 times as
        heavy as 6 others, there is an eigenvalue of 1.5 at k = 6. The eigenvalues between groups of cells, at most 7,
        are estimated from the rows; they are few, so that chance does not spread them. All others are equal.
        """
        group = np.zeros((self.cells, min(BANDS, self.cells)))
        group[np.arange(self.cells), np.arange(self.cells) * group.shape[1] // self.cells] = 1.0
        mean = np.bincount(self.cell, self.observed) / self._rows
        covariance = group.T @ (self._joint / self._rows - np.outer(mean, mean)) @ group
        scale = np.sqrt(group.T @ b)
        between = np.linalg.eigvalsh(covariance / np.outer(scale, scale))[1:]  # the total does not vary
        between = np.maximum(between, 0.1)[:df]
        equal_count = df - len(between)
        equal_value = max(df - between.sum(), 0.1 * equal_count) / max(equal_count, 1)
        values, counts = np.append(between, equal_value), np.append(np.ones(len(between)), equal_count)
        return values * (df / (values @ counts)), counts


def deviance(observed: NDArray[np.float64], n: int, mean: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """A statistic like G: ``sum((N - n m)**2 / (n b))`` with binomial deviances.

    The deviance of N in n replaces ``(N - n m)**2 / (n m (1 - m))``. They are equal near the mean, and the tails of the
    deviance are right.
    """
    from scipy import special

    missed, share = np.maximum(n - observed, 0), np.minimum(mean, 1 - 1e-12)  # more than n: ids twice in a row
    g = 2 * (special.xlogy(observed, observed / (n * share)) + special.xlogy(missed, missed / (n * (1 - share))))
    return float((g * share * (1 - share) / b).sum())


def wald_cells(inclusion: NDArray[np.float64], ranked: NDArray[np.int64], minimum: float) -> NDArray[np.int64]:
    """The cell of each id, int64 (V,): `BANDS` bands of equal mass by rank, each in `BANDS` blocks by index.

    So faults that depend on the frequency of an id and faults that depend on its index are both detected.

    Parameters
    ----------
    inclusion : ndarray, float64 (V,)
        Inclusion probabilities.
    ranked : ndarray, int64
        The ids of positive probability by falling probability.
    minimum : float
        The minimum expected count of a cell in a row. Ids that are missing from a row less often hardly vary; they are
        in the first cell, which the test leaves out.
    """
    cell = np.zeros(len(inclusion), dtype=np.int64)
    varying = ranked[1 - inclusion[ranked] >= minimum]
    if not len(varying):
        return cell
    band = bands(inclusion[varying] / inclusion[varying].sum(), BANDS)
    order = np.lexsort((varying, band))
    ids, band = varying[order], band[order]
    mass = inclusion[ids]
    block = np.zeros(len(ids), dtype=np.int64)
    for number in range(BANDS):
        inside = band == number
        if inside.any():
            block[inside] = number * BANDS + bands(mass[inside] / mass[inside].sum(), BANDS)
    cell[ids] = merged(block, mass, minimum)
    return cell


def merged(block: NDArray[np.int64], mass: NDArray[np.float64], minimum: float) -> NDArray[np.int64]:
    """Blocks, numbered from 0. Consecutive blocks are joined until each has a mass of ``minimum``."""
    _, block = np.unique(block, return_inverse=True)
    number, cell, held = [], 0, 0.0
    for size in np.bincount(block, weights=mass):
        number.append(cell)
        held += size
        if held >= minimum:
            cell, held = cell + 1, 0.0
    # Blocks at the end that are too small are joined with the last full cell.
    joined: NDArray[np.int64] = np.minimum(number, max(cell - 1, 0))[block]
    return joined


def _pairs(cells: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """The number of ordered pairs of columns of a row in each pair of cells, int64 (count, count)."""
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
