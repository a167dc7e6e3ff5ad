# SPDX-License-Identifier: MIT
"""A test for a wrong exponent.

The power of a chi-square is spread over V - 1 directions. This test has a single direction, and detects an exponent of
0.74 in place of 0.75 with about a twentieth of the draws.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from .chi_square import MOST_DISCRETE
from .plan import Family, Plan
from .power import detectable_z
from .result import FidelityTest

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Scores are clipped at both ends, beyond which ids have together an expected count of one of these numbers: the first
# that gives light enough tails. Without clipping, an id of expected count 0.01 would give a false alarm in 1 % of the
# checks.
CUTS = (10, 30, 100, 300, 1000)
# The tails are light enough if the fourth moment is at most n / 400 of the squared variance. Then the skewness of the
# sum is at most 0.05 (skewness**2 < kurtosis), and the false-alarm rate at 5.5 standard deviations is at most exp(0.05
# * 5.5**3 / 6) = 4 times that of the normal law.
LEAST_DRAWS_A_KURTOSIS = 400
# If the remaining probability of a row is below this, it is mostly rounding error, and the draws are not used.
LEAST_LEFT = 1e-6
ROWS_AT_ONCE = 2**13  # the sums of so many rows stay in cache


class Exponent(Family):
    """Score test of p**(1 + d) against p.

    T is the sum of log p(x) minus its mean over the ids that remain for the row. It is the derivative of the
    log-likelihood in d at 0 (Rao 1948, doi:10.1017/S0305004100023987; without replacement Plackett 1975,
    doi:10.2307/2346567). Given the earlier ids of the row, each term has mean 0 and a known variance. T over the root
    of the sum of the variances is normal.
    """

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self._score = _scores(plan)
        self._counts: NDArray[np.int64] = np.zeros(len(plan.noise), dtype=np.int64)
        # T, its variance, and the slope of its mean in d.
        self._sums: NDArray[np.float64] = np.zeros(3)
        if self._score is not None and not plan.replacement:
            self._moments = _moments(plan.probabilities, self._score)
            self._totals = self._moments.sum(axis=1)

    def see(self, ids: NDArray[np.int64]) -> None:
        """Count the ids with replacement; without, add up the sums of the rows."""
        if self._score is None:
            return
        if self.plan.replacement:
            self._counts += np.bincount(ids.reshape(-1), minlength=len(self._counts))
        else:
            for start in range(0, len(ids), ROWS_AT_ONCE):
                self._sums += self._of_rows(self._score, ids[start : start + ROWS_AT_ONCE])

    def tests(self) -> list[FidelityTest]:
        """One test. None if all ids have equal probabilities, or if too few have large enough expected counts."""
        if self._score is None:
            return []
        sums = self._of_counts(self._score) if self.plan.replacement else self._sums
        total, variance, slope = map(float, sums)
        if not variance > 0:  # each row held all ids whose scores differ
            return []
        test = _test(total, variance, slope, self.plan.rows * self.plan.k)
        return [replace(test, calibrated=self.plan.noise.nonzero - 1 > MOST_DISCRETE)]

    def _of_counts(self, score: NDArray[np.float64]) -> NDArray[np.float64]:
        """The three sums of independent draws, from the counts, so that they do not depend on the batches."""
        n, p = int(self._counts.sum()), self.plan.probabilities
        per_draw = _spread(_moments(p, score).sum(axis=1))
        return np.array([self._counts @ score - n * float(p @ score), n * per_draw[0], n * per_draw[1]])

    def _of_rows(self, score: NDArray[np.float64], ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """The three sums of rows of distinct ids, given the earlier ids of each row."""
        left = np.repeat(self._totals[:, None], len(ids), axis=1)  # float64 (5, rows): what remains in each row
        sums = np.zeros(3)
        for drawn in ids.T:
            known = left[0] > LEAST_LEFT
            remaining, scores = (left, score[drawn]) if known.all() else (left[:, known], score[drawn[known]])
            variance, slope = _spread(remaining)
            sums += ((scores - remaining[1] / remaining[0]).sum(), np.maximum(variance, 0).sum(), slope.sum())
            left -= self._moments[:, drawn]
        return sums


def _scores(plan: Plan) -> NDArray[np.float64] | None:
    """log p of each id minus its mean, clipped at both ends, float64 (V,); None if all scores become equal."""
    p, n = plan.probabilities[plan.ranked], plan.rows * plan.k
    logs, from_top, from_end = np.log(p), n * np.cumsum(p), n * np.cumsum(p[::-1])
    for expected in CUTS:
        first, last = np.searchsorted(from_top, expected), np.searchsorted(from_end, expected)
        if max(first, last) >= len(p) or p[first] <= p[-1 - last]:
            return None
        cut = np.clip(logs, logs[-1 - last], logs[first])
        cut -= p @ cut
        if p @ cut**4 <= (p @ cut**2) ** 2 * n / LEAST_DRAWS_A_KURTOSIS:
            score = np.zeros(len(plan.noise))
            score[plan.ranked] = cut
            return score
    return None


def _moments(p: NDArray[np.float64], score: NDArray[np.float64]) -> NDArray[np.float64]:
    """p times 1, s, s**2, log p and s log p of each id, float64 (5, V)."""
    logs = np.log(p, out=np.zeros_like(p), where=p > 0)
    return np.stack([p, p * score, p * score**2, p * logs, p * score * logs])


def _spread(moments: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Variance of the score, and its covariance with log p, from sums over the remaining ids, float64 (5, ...)."""
    mass, s, squared, logs, product = moments
    return squared / mass - (s / mass) ** 2, product / mass - s * logs / mass**2


def _test(total: float, variance: float, slope: float, n: int) -> FidelityTest:
    from scipy import stats

    z = total / math.sqrt(variance)
    size = detectable_z() * math.sqrt(variance) / slope
    return FidelityTest(
        "exponent",
        z,
        None,
        float(2 * stats.norm.sf(abs(z))),
        n=n,
        unit="ids",
        effect=total / slope,
        detectable=size,
        detects=f"an exponent off by {size:.2%}",
    )
