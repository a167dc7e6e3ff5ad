# SPDX-License-Identifier: MIT
"""False-alarm rate and power of the tests.

All tests of a check together reject a faithful sampler with probability `ALPHA`. Their p-values are adjusted by Holm's
rule (1979, https://www.jstor.org/stable/4615733). If there are at most `MOST_TESTS` tests, a p-value below `LEVEL` is
always rejected. So each test states its power at `LEVEL`.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

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
