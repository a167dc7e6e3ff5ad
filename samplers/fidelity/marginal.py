# SPDX-License-Identifier: MIT
"""Tests of the counts of ids, for draws that are independent with law p.

With replacement these are all ids. Without, they are the ids of the first column, because the others follow another
law.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from .chi_square import LEAST_EXPECTED, MANY_CELLS, goodness_of_fit, pooled_cells, too_even
from .plan import Family, Plan
from .power import LEVEL, POWER
from .result import FidelityTest

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCKS = 64
# 16 detects faults that depend on the low bits of an id, 105 = 3 * 5 * 7 those that depend on its residues.
MODULI = (16, 105)
DECILES = 10


class Marginal(Family):
    """Chi-square and G by id and over groups of ids, the distance of distribution functions, the total variation.

    The power of a chi-square over all ids is spread over V - 1 directions. Those over groups detect small errors that
    many ids share. Groups are blocks of adjacent ids, residues of the index, and bands of frequency.
    """

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.observed: NDArray[np.int64] = np.zeros(len(plan.noise), dtype=np.int64)

    def see(self, ids: NDArray[np.int64]) -> None:
        """Count the ids."""
        draws = ids.reshape(-1) if self.plan.replacement else ids[:, 0]
        self.observed += np.bincount(draws, minlength=len(self.observed))

    def tests(self) -> list[FidelityTest]:
        """The tests by id, then by group, then the two bounds."""
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
        yield fit.g_test("G-test", n, unit, cells)

    def _by_group(self, n: int, unit: str) -> Iterator[FidelityTest]:
        p = self.plan.probabilities
        for name, group in self._groupings():
            expected = n * np.bincount(group, weights=p).astype(np.float64)
            observed = np.bincount(group, weights=self.observed)
            fit = goodness_of_fit(observed, expected)
            if fit.df:
                yield fit.test(name, n, unit, f"{fit.df + 1} groups")

    def _groupings(self) -> Iterator[tuple[str, NDArray[np.int64]]]:
        """Yield the name of each grouping, and the group of each id."""
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
    """Divide consecutive entries into ``count`` bands of about equal mass; the band of each entry, int64 (V,)."""
    middle = np.cumsum(p) - p / 2
    return np.minimum((middle * count).astype(np.int64), count - 1)


def too_few(plan: Plan, n: int) -> bool:
    """Whether n draws are too few for two cells, and more draws would help.

    If one id has nearly all of the weight, no possible number of draws gives a second cell: the result is False.
    """
    expected = n * plan.probabilities
    if pooled_cells(expected, plan.ranked).max() > 0:
        return False
    return n < LEAST_EXPECTED or n - expected.max() >= LEAST_EXPECTED


def ranked_distribution(family: Marginal, n: int, unit: str) -> FidelityTest:
    """The largest difference of the distribution functions over ids in order of probability.

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
    """The total variation distance of the frequencies from p, compared with its exact mean for a faithful sampler.

    A draw changes the distance by at most 1/n. So the probability that it differs from its mean by t is at most
    2 exp(-2 n t**2), for every law (McDiarmid 1989, doi:10.1017/CBO9781107359949.008).
    """
    p = family.plan.probabilities
    distance = float(np.abs(family.observed / n - p).sum() / 2)
    mean = expected_total_variation(n, p)
    # If the law is at distance d, the mean of the observed distance is at least d (Jensen). It must exceed the
    # threshold with probability `POWER`.
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
    """The mean total variation distance of n independent draws from ``p``.

    It uses De Moivre's formula for the mean absolute deviation of a binomial variable: 2 m (1 - p) P(X = m), where
    m = floor(np) + 1 (Diaconis and Zabell 1991, doi:10.1214/ss/1177011699).
    """
    from scipy import stats

    m = np.floor(n * p) + 1
    deviation = 2 * m * (1 - p) * stats.binom.pmf(m, n, p)
    return float(deviation.sum() / (2 * n))


def _hoeffding(odds: float, n: int) -> float:
    """The deviation of a mean of n bounded terms that is exceeded with probability 1 / ``odds`` at most."""
    return math.sqrt(math.log(odds) / (2 * n))
