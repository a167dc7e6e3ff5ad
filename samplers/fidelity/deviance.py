# SPDX-License-Identifier: MIT
"""Exact moments of G, and a scale on which its p-values are those of a chi-square.

The mean of G is larger than its degrees of freedom. Williams' factor (1976, doi:10.1093/biomet/63.1.33) corrects this
to order 1 / e, where e is the expected count of a cell. At e = 10 the mean is still 0.0021 per cell too high. So at a
p-value of 3.1e-8, there are 2.6 times as many false alarms with 1e4 cells, 1.6e3 times with 1e6, and 8e6 times with 1e7
(a quarter of all checks). With the exact mean and variance, the factor is 1.16 at most with 30 cells, 1.1 with 100, and
1.01 with 1e4 or more (`tests/fidelity/test_deviance.py`).

G is kept with many cells, because it detects ids that are never drawn with half as many draws as Pearson's statistic
needs: a cell of expected count e that stays empty adds e to Pearson's statistic, and 2 e to G.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.interpolate import CubicSpline

# The moments are smooth in 1 / e. They are summed at equal steps of 1 / e. A cubic spline between these steps differs
# from the sums by less than 1e-8.
LEAST_TABLED = 5.0
STEPS = 256
CELLS_AT_ONCE = 2**20


def poisson_moments(e: float) -> tuple[float, float]:
    """Mean and variance of ``2 (o log(o / e) - (o - e))`` for a Poisson count o of mean e, by summation."""
    from scipy import special, stats

    o = np.arange(int(e + 12 * math.sqrt(e) + 60))
    probability = stats.poisson.pmf(o, e)
    terms = 2 * (special.xlogy(o, o / e) - (o - e))
    mean = float(probability @ terms)
    return mean, float(probability @ np.square(terms - mean))


@cache
def _table() -> CubicSpline:
    """The two moments as a function of 1 / e in [0, 1 / `LEAST_TABLED`]."""
    from scipy.interpolate import CubicSpline

    inverse = np.linspace(0, 1 / LEAST_TABLED, STEPS + 1)
    return CubicSpline(inverse, [(1.0, 2.0), *(poisson_moments(1 / u) for u in inverse[1:])])


def moments_of_cell(e: float) -> tuple[float, float]:
    """Mean and variance of the deviance of a Poisson count of mean e, `LEAST_TABLED` or more."""
    mean, variance = _table()(1 / e)
    return float(mean), float(variance)


def moments(e: NDArray[np.float64]) -> tuple[float, float]:
    """Mean and variance of G over multinomial cells.

    The deviance of independent Poisson counts is the sum of G given their total, and of the deviance of the total. So
    the moments of G are those of the cells less those of the total. That G depends slightly on the total is neglected,
    which is 2.4e-5 of the variance if e is 10 in all cells.

    Parameters
    ----------
    e : ndarray, float64 (C,)
        The expected count of each cell, `LEAST_TABLED` or more.
    """
    table = _table()
    sums = -table(1 / e.sum())
    for start in range(0, len(e), CELLS_AT_ONCE):
        sums += table(1 / e[start : start + CELLS_AT_ONCE]).sum(axis=0)
    return float(sums[0]), float(sums[1])


def on_chi_square_scale(g: float, e: NDArray[np.float64]) -> float:
    """G, shifted and scaled to the mean and the variance of a chi-square with C - 1 degrees of freedom.

    Parameters
    ----------
    g : float
        ``2 sum(o log(o / e))``.
    e : ndarray, float64 (C,)
        See `moments`; at least two cells.
    """
    df = len(e) - 1
    mean, variance = moments(e)
    return df + (g - mean) * math.sqrt(2 * df / variance)
