# SPDX-License-Identifier: MIT
"""The test that knows what to look for: an exponent that is not the one asked for.

A chi-square spreads its power over V - 1 directions; this one has a single direction, and finds an exponent of
0.74 in place of 0.75 in about a twentieth of the draws.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from .plan import Family, Plan
from .power import detectable_z
from .result import FidelityTest

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Scores are cut where the ids beyond, on either side, are expected fewer times than the first of these that tames
# their tails: one id expected 0.01 times would else flag a faithful sampler in 1 % of the checks.
CUTS = (10, 30, 100, 300, 1000)
# Tame is a fourth moment up to n / 400 of the squared variance. The sum is then skewed by 0.05 at most (skewness**2
# < kurtosis), and the normal tail at 5.5 deviations at most exp(0.05 * 5.5**3 / 6) = 4 times too light.
LEAST_DRAWS_A_KURTOSIS = 400
# With less of the mass left than this, what is left is mostly rounding: such draws of a row are not looked at.
LEAST_LEFT = 1e-6


class Exponent(Family):
    """Score test of p**(1 + d) against p.

    T sums log p(x) less its mean over what is left in the row: the derivative of the log-likelihood in d at 0
    (Rao 1948, doi:10.1017/S0305004100023987; without replacement that of Plackett 1975, doi:10.2307/2346567).
    Given the earlier ids of a row each term has mean 0 and a known variance; T over the root of their sum is
    normal.
    """

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self._score = _scores(plan)
        self._counts: NDArray[np.int64] = np.zeros(len(plan.noise), dtype=np.int64)
        # T, its variance, and the slope of its mean in d.
        self._sums: NDArray[np.float64] = np.zeros(3)
        if self._score is not None and not plan.replacement:
            self._moments = _moments(plan.probabilities, self._score)
            self._totals = self._moments.sum(axis=0)

    def see(self, ids: NDArray[np.int64]) -> None:
        """Count, or with distinct ids add up row by row."""
        if self._score is None:
            return
        if self.plan.replacement:
            self._counts += np.bincount(ids.reshape(-1), minlength=len(self._counts))
        else:
            self._sums += self._of_rows(self._score, ids)

    def tests(self) -> list[FidelityTest]:
        """One test; none where all ids are alike, or too few are expected often enough."""
        if self._score is None:
            return []
        sums = self._of_counts(self._score) if self.plan.replacement else self._sums
        total, variance, slope = map(float, sums)
        if not variance > 0:  # each row was a complete permutation of what could differ
            return []
        return [_test(total, variance, slope, self.plan.rows * self.plan.k)]

    def _of_counts(self, score: NDArray[np.float64]) -> NDArray[np.float64]:
        """The three sums of independent draws; all from the counts, so that no batch leaves a trace."""
        n, p = int(self._counts.sum()), self.plan.probabilities
        per_draw = _spread(_moments(p, score).sum(axis=0))
        return np.array([self._counts @ score - n * float(p @ score), n * per_draw[0], n * per_draw[1]])

    def _of_rows(self, score: NDArray[np.float64], ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """The three sums of rows of distinct ids, given the earlier ids of each row."""
        own = self._moments[ids]
        left = self._totals - (np.cumsum(own, axis=1) - own)
        known = left[..., 0] > LEAST_LEFT
        left = left[known]
        mean = left[:, 1] / left[:, 0]
        variance, slope = _spread(left.T)
        return np.array([(score[ids[known]] - mean).sum(), np.maximum(variance, 0).sum(), slope.sum()])


def _scores(plan: Plan) -> NDArray[np.float64] | None:
    """log p of each id less its mean, cut at both ends, float64 (V,); None where that leaves no differences."""
    p, n = plan.probabilities[plan.ranked], plan.rows * plan.k
    logs, from_top, from_end = np.log(p), n * np.cumsum(p), n * np.cumsum(p[::-1])
    for least in CUTS:
        first, last = np.searchsorted(from_top, least), np.searchsorted(from_end, least)
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
    """p times 1, s, s**2, log p and s log p of each id, float64 (V, 5)."""
    logs = np.log(p, out=np.zeros_like(p), where=p > 0)
    return np.stack([p, p * score, p * score**2, p * logs, p * score * logs], axis=1)


def _spread(moments: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Variance of the score and its covariance with log p, from sums over what is left, float64 (5, ...)."""
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
