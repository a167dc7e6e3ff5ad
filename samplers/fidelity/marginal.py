# SPDX-License-Identifier: MIT
"""Tests on how often each id comes, of draws that are independent with law p.

With replacement these are all ids, without it those of the first column: the other columns follow another law.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from .chi_square import LEAST_EXPECTED, MANY_CELLS, chi_square_test, goodness_of_fit, pooled_cells, too_even
from .plan import Family, Plan
from .power import LEVEL, POWER
from .result import FidelityTest

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCKS = 64
# 16 shows what depends on the low bits of an id, 105 = 3 * 5 * 7 what depends on its residues.
MODULI = (16, 105)
DECILES = 10


class Marginal(Family):
    """Chi-square and G by id and over coarser cells, the largest deviation of the distribution function, distance.

    One chi-square over all ids spreads its power over V - 1 directions. The coarser ones see what moves many ids
    together: blocks of neighbours, residues of the index, and bands of equal frequency.
    """

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.observed: NDArray[np.int64] = np.zeros(len(plan.noise), dtype=np.int64)

    def see(self, ids: NDArray[np.int64]) -> None:
        """Count."""
        draws = ids.reshape(-1) if self.plan.replacement else ids[:, 0]
        self.observed += np.bincount(draws, minlength=len(self.observed))

    def tests(self) -> list[FidelityTest]:
        """By id first, then by group, then the two bounds."""
        n = int(self.observed.sum())
        unit = "ids" if self.plan.replacement else "rows"
        tests = [*self._by_id(n, unit), *self._by_group(n, unit)]
        return [*tests, ranked_distribution(self, n, unit), total_variation(self, n, unit)]

    def _by_id(self, n: int, unit: str) -> Iterator[FidelityTest]:
        fit = goodness_of_fit(self.observed, n * self.plan.probabilities, self.plan.ranked)
        if fit.df == 0:
            return
        cells = f"{fit.df + 1:,} cells of ids"
        yield fit.test("chi-square", n, unit, cells)
        if fit.df + 1 >= MANY_CELLS:
            yield too_even(fit.pearson, fit.df, n, unit)
        yield chi_square_test("G-test", fit.g, fit.df, n, unit, cells)

    def _by_group(self, n: int, unit: str) -> Iterator[FidelityTest]:
        p = self.plan.probabilities
        for name, group in self._groupings():
            expected = n * np.bincount(group, weights=p).astype(np.float64)
            observed = np.bincount(group, weights=self.observed)
            fit = goodness_of_fit(observed, expected)
            if fit.df:
                yield fit.test(name, n, unit, f"{fit.df + 1} groups")

    def _groupings(self) -> Iterator[tuple[str, NDArray[np.int64]]]:
        """Names and the group of each id."""
        p, n_ids = self.plan.probabilities, len(self.observed)
        if n_ids > BLOCKS:
            yield "index blocks", bands(p, BLOCKS)
        for m in MODULI:
            if n_ids > m:
                yield f"index modulo {m}", np.arange(n_ids) % m
        if self.plan.noise.nonzero > DECILES:
            decile = np.zeros(n_ids, dtype=np.int64)
            decile[self.plan.ranked] = bands(p[self.plan.ranked], DECILES)
            yield "frequency deciles", decile


def bands(p: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Consecutive entries in ``count`` bands of about equal mass: the band of each by its middle, int64 (V,)."""
    middle = np.cumsum(p) - p / 2
    return np.minimum((middle * count).astype(np.int64), count - 1)


def too_few(plan: Plan, n: int) -> bool:
    """Whether n draws leave nothing to compare, though they would if there were more.

    One id may hold nearly all of the weight; then no number of draws within reach leaves a second cell.
    """
    expected = n * plan.probabilities
    if pooled_cells(expected, plan.ranked).max() > 0:
        return False
    return n < LEAST_EXPECTED or n - expected.max() >= LEAST_EXPECTED


def ranked_distribution(family: Marginal, n: int, unit: str) -> FidelityTest:
    """The largest gap between the distribution functions over ids in order of probability.

    ``P(gap > t) <= 2 exp(-2 n t**2)`` for every law (Dvoretzky, Kiefer and Wolfowitz; the constant is
    Massart's, 1990, doi:10.1214/aop/1176990746).
    """
    order = family.plan.ranked
    gap = np.cumsum(family.observed[order]) / n - np.cumsum(family.plan.probabilities[order])
    distance = float(np.abs(gap).max())
    size = _hoeffding(2 / LEVEL, n) + _hoeffding(1 / (1 - POWER), n)
    return FidelityTest(
        "ranked distribution",
        distance,
        None,
        min(1.0, 2 * math.exp(-2 * n * distance**2)),
        n=n,
        unit=unit,
        effect=distance,
        detectable=min(size, 1.0),
        calibrated=False,
        detects=f"{min(size, 1.0):.2%} of the mass moved up or down the ranks",
    )


def total_variation(family: Marginal, n: int, unit: str) -> FidelityTest:
    """Total variation of the frequencies from p against its exact mean for a faithful sampler.

    One draw moves the distance by 1/n at most, so it leaves its mean by t with probability 2 exp(-2 n t**2)
    at most, for every law (McDiarmid 1989, doi:10.1017/CBO9781107359949.008).
    """
    p = family.plan.probabilities
    distance = float(np.abs(family.observed / n - p).sum() / 2)
    mean = expected_total_variation(n, p)
    # A law at distance d shows d or more on average (Jensen); it must clear the threshold despite chance.
    size = min(1.0, mean + _hoeffding(2 / LEVEL, n) + _hoeffding(1 / (1 - POWER), n))
    return FidelityTest(
        "total variation",
        distance,
        None,
        min(1.0, 2 * math.exp(-2 * n * (distance - mean) ** 2)),
        n=n,
        unit=unit,
        effect=distance - mean,
        detectable=size,
        calibrated=False,
        detects=f"a total variation of {size:.2%}",
        note=f"a faithful sampler shows {mean:.4%} on average",
    )


def expected_total_variation(n: int, p: NDArray[np.float64]) -> float:
    """What n independent draws from ``p`` show on average.

    De Moivre's formula for the mean absolute deviation of a binomial: 2 m (1 - p) P(X = m), m = floor(np) + 1
    (Diaconis and Zabell 1991, doi:10.1214/ss/1177011699).
    """
    from scipy import stats

    m = np.floor(n * p) + 1
    deviation = 2 * m * (1 - p) * stats.binom.pmf(m, n, p)
    return float(deviation.sum() / (2 * n))


def _hoeffding(odds: float, n: int) -> float:
    """The deviation of a mean of n bounded terms that chance exceeds once in ``odds``."""
    return math.sqrt(math.log(odds) / (2 * n))
