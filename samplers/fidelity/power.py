# SPDX-License-Identifier: MIT
"""False-alarm rate and power of the tests.

All tests of a check together reject a faithful sampler with probability `ALPHA`. Their p-values are adjusted by Holm's
rule (1979, https://www.jstor.org/stable/4615733). If there are at most `MOST_TESTS` tests, a p-value below `LEVEL` is
always rejected. So each test states its power at `LEVEL`.
"""

from __future__ import annotations

import math
from functools import cache, partial
from typing import TYPE_CHECKING

import numpy as np

from .deviance import moments_of_cell

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

ALPHA = 1e-6
MOST_TESTS = 64
LEVEL = ALPHA / MOST_TESTS
POWER = 0.99


@cache
def noncentrality(df: int, level: float = LEVEL) -> float:
    """The noncentrality at which a chi-square test of size ``level`` rejects with probability `POWER`."""
    from scipy import optimize, stats

    critical = stats.chi2.isf(level, df)
    start = critical - df  # the power there is about one half
    return float(optimize.brentq(lambda nc: stats.ncx2.sf(critical, df, nc) - POWER, start / 2, 4 * start + 100))


# A count is summed at this many values at most: its law is smooth where it has more.
COUNTS = 256


def surplus_of_one_cell(
    expected: float, n: int, df: int, *, by_pearson: bool, by_g: bool, level: float = LEVEL
) -> float:
    """How many times too often a cell must come so that a goodness-of-fit test rejects with probability `POWER`.

    `noncentrality` gives the power if the error is spread over the cells. If one rare cell has a surplus, the power is
    lower: the count of that cell varies more, and a surplus increases G less than Pearson's statistic
    (``2 o log(o / e)`` in place of ``(o - e)**2 / e``).

    Parameters
    ----------
    expected : float
        The expected count of the cell for a faithful sampler.
    n : int
        The number of draws.
    df : int
        The degrees of freedom of the test.
    by_pearson, by_g : bool
        The statistics whose p-values must both be below ``level``.
    level : float, optional
        Default: `LEVEL`.

    Returns
    -------
    float
        The factor, above 1; inf if the test does not reject even if all draws are in the cell.

    Notes
    -----
    The count o of the cell is binomial. Given o, the other cells are those of a faithful sampler with n - o draws, and
    both statistics are a term of o plus a statistic of the other cells, which is chi-square with df - 1 degrees of
    freedom. So the power is a sum over o. The two statistics of the other cells are taken to be equal. This is right
    if these cells are large; if they are small, so is ``expected``, and G alone decides.
    """
    return _surplus(float(expected), int(n), int(df), by_pearson, by_g, level)


@cache
def _surplus(expected: float, n: int, df: int, by_pearson: bool, by_g: bool, level: float) -> float:
    from scipy import optimize, stats

    critical = float(stats.chi2.isf(level, df))
    needed = partial(_needed_from_others, critical, expected, n, by_pearson, by_g)

    def missing(factor: float) -> float:
        return POWER - _power_of_one_cell(factor * expected / n, n, df, needed)

    most = n / expected * (1 - 1e-9)
    if missing(most) > 0:
        return math.inf
    many = 2.0
    while many < most and missing(many) > 0:
        many *= 2
    return float(optimize.brentq(missing, max(1.0, many / 2), min(many, most), rtol=1e-4))


def _power_of_one_cell(p: float, n: int, df: int, needed: Callable[[NDArray[np.int64]], NDArray[np.float64]]) -> float:
    """The probability that the others add what is needed, over the counts of a cell of probability ``p``."""
    from scipy import special, stats

    mean, reach = n * p, 8 * math.sqrt(n * p * (1 - p))
    low, high = max(0, math.floor(mean - reach)), min(n, math.ceil(mean + reach + 8))
    count = np.arange(low, high + 1, 1 + (high - low) // COUNTS)
    law = stats.binom.pmf(count, n, p)
    others = needed(count)
    exceeded = special.chdtrc(df - 1, np.maximum(others, 0)) if df > 1 else others < 0
    return float(law @ exceeded / law.sum())


def _needed_from_others(
    critical: float, expected: float, n: int, by_pearson: bool, by_g: bool, count: NDArray[np.int64]
) -> NDArray[np.float64]:
    """What the other cells must add to the statistics for a rejection, given the count of the cell, float64."""
    from scipy import special

    rest, expected_rest = n - count, n - expected
    needed = np.full(len(count), -np.inf)
    if by_pearson:
        own = np.square(count - expected) * (1 / expected + 1 / expected_rest)
        # Pearson's statistic of the others is divided by n - expected, and not by their number.
        needed = np.maximum(needed, (critical - own) * expected_rest / np.maximum(rest, 1))
    if by_g:
        mean, variance = moments_of_cell(expected)
        own = 2 * (special.xlogy(count, count / expected) + special.xlogy(rest, rest / expected_rest))
        # As in `on_chi_square_scale`, if all cells are as small as this one. No other scale of G is smaller.
        needed = np.maximum(needed, critical - 1 - (own - mean) * math.sqrt(2 / variance))
    return needed


@cache
def detectable_z(level: float = LEVEL) -> float:
    """The shift, in standard deviations, that a two-sided normal test of size ``level`` detects with `POWER`."""
    from scipy import stats

    return float(stats.norm.isf(level / 2) + stats.norm.isf(1 - POWER))


def detectable_frequency(trials: int) -> float:
    """The probability of a forbidden event that occurs at least once in ``trials`` with probability `POWER`."""
    return -math.expm1(math.log1p(-POWER) / trials)


def holm(p_values: Sequence[float]) -> NDArray[np.float64]:
    """Adjusted p-values, in the given order. They are below alpha if and only if Holm's rule rejects at alpha."""
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    scaled = p[order] * np.arange(len(p), 0, -1)
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(scaled))
    return adjusted
