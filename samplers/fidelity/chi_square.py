# SPDX-License-Identifier: MIT
"""Pearson's chi-square and related tests, over cells of ids whose expected counts are large enough."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .deviance import on_chi_square_scale
from .power import LEVEL, POWER, noncentrality, surplus_of_one_cell
from .result import FidelityTest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# A few cells can fit exactly by chance: two cells with expected counts of 2**19 do so once in 1,300 checks. For 50
# cells and more, the rate of the lower tail is right: 0.95 to 1.1 of 1e-3 and 1e-4, in 400,000 simulations.
MANY_CELLS = 50
TAIL = 1e-3
GUARDED = 300
# With so few degrees of freedom there are so few cells that a statistic takes few values: its p-values are not uniform.
MOST_DISCRETE = 5
# The usual minimum is 5 (Cochran 1954, doi:10.2307/3001616). It is doubled here, because p-values of 1e-8 are far in
# the tail of the chi-square approximation.
LEAST_EXPECTED = 10.0


def pooled_cells(expected: NDArray[np.float64], order: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
    """The chi-square cell of each id, int64 (V,); -1 if the expected count is zero.

    An id with an expected count of `LEAST_EXPECTED` or more is a cell. Rarer ids are merged by rank into cells of
    `LEAST_EXPECTED` or more, so that a tilt along the tail stays visible.

    Parameters
    ----------
    expected : ndarray, float64 (V,)
        The expected count of each id in all draws.
    order : ndarray, int64, optional
        The ids of positive expected count by falling count, if the caller has them, because sorting is slow.
    """
    if order is None:
        order = np.argsort(-expected, kind="stable")[: np.count_nonzero(expected > 0)]
    ranked = expected[order]
    common = int(np.count_nonzero(ranked >= LEAST_EXPECTED))
    # Each id is below L. So if cells are cut at multiples of 2 L, each cell but the last has more than L.
    tail = (np.cumsum(ranked[common:]) // (2 * LEAST_EXPECTED)).astype(np.int64)
    tail = np.cumsum(np.diff(tail, prepend=tail[:1]) > 0)
    cell_of_rank = np.concatenate([np.arange(common), common + tail])
    cells = np.bincount(cell_of_rank, weights=ranked)
    if len(cells) > 1 and cells[-1] < LEAST_EXPECTED:
        cell_of_rank[cell_of_rank == len(cells) - 1] -= 1
    cell = np.full(len(expected), -1, dtype=np.int64)
    cell[order] = cell_of_rank
    return cell


def chi_square_test(
    name: str,
    statistic: float,
    df: int,
    n: int,
    unit: str,
    between: str,
    note: str = "",
    *,
    calibrated: bool = True,
    level: float = LEVEL,
) -> FidelityTest:
    """A test whose statistic is chi-square with ``df`` degrees of freedom for a faithful sampler.

    Under a wrong law q, the noncentrality is n sum((q - p)**2 / p): n times the mean square of the relative error over
    the draws. Effect and detectable are the root of this mean square. It gives the power if the error is spread over
    the cells. If one rare cell has all of it, see `GoodnessOfFit`.
    """
    from scipy import stats

    size = math.sqrt(noncentrality(df, level) / n)
    return FidelityTest(
        name,
        float(statistic),
        df,
        float(stats.chi2.sf(statistic, df)),
        n=n,
        unit=unit,
        effect=math.sqrt(max(0.0, statistic - df) / n),
        detectable=size,
        detects=f"relative error {size:.2%} (rms) spread over {between}",
        note=note,
        calibrated=calibrated and df > MOST_DISCRETE,
    )


def with_rarest_cell(
    test: FidelityTest,
    expected: float,
    draws: int,
    *,
    by_pearson: bool = False,
    by_g: bool = False,
    level: float = LEVEL,
) -> FidelityTest:
    """A chi-square test that also states which surplus of the rarest cell it detects.

    Parameters
    ----------
    test : FidelityTest
        The test.
    expected : float
        The expected count of the cell.
    draws : int
        The draws that may be in the cell.
    by_pearson, by_g : bool
        See `samplers.fidelity.power.surplus_of_one_cell`.
    level : float, optional
        The p-value below which the test rejects.
    """
    df = test.df or 0
    factor = surplus_of_one_cell(expected, draws, df, by_pearson=by_pearson, by_g=by_g, level=level)
    rms = (factor - 1) * math.sqrt(expected / test.n / (1 - expected / draws))
    words = f"the rarest of them {factor:.3g} times as often" if factor < math.inf else "no surplus of the rarest alone"
    return replace(test, detectable_rare=rms, detects=f"{test.detects}, or {words}")


@dataclass(frozen=True)
class GoodnessOfFit:
    """Pearson's X**2, and Wilks' G on the scale of a chi-square (`samplers.fidelity.deviance`), of raw counts.

    Attributes
    ----------
    pearson, g : float
        The statistics; 0 if there is a single cell.
    df : int
        Their degrees of freedom.
    rarest : float, optional
        The expected count of the rarest cell. nan if the power for it is not stated.
    draws : int, optional
        The draws that may be in the rarest cell.
    """

    pearson: float
    g: float
    df: int
    rarest: float = math.nan
    draws: int = 0

    def test(self, name: str, n: int, unit: str, between: str, level: float = LEVEL) -> FidelityTest:
        """Pearson's test. Up to `GUARDED` degrees of freedom the larger of Pearson's and G's p-value is reported.

        With few degrees of freedom the chi-square approximation raises too many false alarms in the far tail, as
        Poisson tails are heavier than normal ones. At a p-value of 3e-8, with expected counts of 10 in all cells, exact
        convolutions give these factors:

        =================== == == === ===
        degrees of freedom   1 10 100 300
        false alarms, times 72 41   7   4
        =================== == == === ===

        G keeps to the approximation: 28 where 10 are expected have a probability of 2e-6; G says 4e-6, Pearson 1e-8.
        Beyond `GUARDED` Pearson's factor is at most 4, and 2.1 with 1e6 cells or more.
        """
        from scipy import stats

        guarded = self.df <= GUARDED
        test = chi_square_test(name, self.pearson, self.df, n, unit, between, level=level)
        if guarded and test.p_value <= TAIL:
            test = replace(test, p_value=max(test.p_value, float(stats.chi2.sf(self.g, self.df))))
        return self._with_rarest(test, by_pearson=True, by_g=guarded, level=level)

    def g_test(self, name: str, n: int, unit: str, between: str) -> FidelityTest:
        """The test of G alone. It detects ids that are never drawn with fewer draws than Pearson's test."""
        return self._with_rarest(chi_square_test(name, self.g, self.df, n, unit, between), by_g=True)

    def _with_rarest(
        self, test: FidelityTest, *, by_pearson: bool = False, by_g: bool = False, level: float = LEVEL
    ) -> FidelityTest:
        if not self.rarest > 0:
            return test
        return with_rarest_cell(test, self.rarest, self.draws, by_pearson=by_pearson, by_g=by_g, level=level)


def added(fits: Sequence[GoodnessOfFit]) -> GoodnessOfFit:
    """The sum of independent fits. The rarest cell is that of all."""
    rarest = min(fits, key=lambda fit: fit.rarest)
    pearson, g, df = (sum(getattr(fit, name) for fit in fits) for name in ("pearson", "g", "df"))
    return GoodnessOfFit(pearson, g, df, rarest.rarest, rarest.draws)


def goodness_of_fit(
    observed: NDArray[Any], expected: NDArray[np.float64], order: NDArray[np.int64] | None = None
) -> GoodnessOfFit:
    """Compare raw counts with expected counts, after rare ids are merged.

    Parameters
    ----------
    observed, expected : ndarray, (C,)
        The count and the expected count of each category.
    order : ndarray, int64, optional
        See `pooled_cells`.
    """
    from scipy import stats

    cell = pooled_cells(expected, order)
    drawable = cell >= 0
    e = np.bincount(cell[drawable], weights=expected[drawable]).astype(np.float64, copy=False)
    o = np.bincount(cell[drawable], weights=observed[drawable])
    df = len(e) - 1
    if df == 0:
        return GoodnessOfFit(0.0, 0.0, 0)
    e *= o.sum() / e.sum()  # scipy requires equal sums
    g = float(stats.power_divergence(o, e, lambda_="log-likelihood").statistic)
    pearson = float(stats.chisquare(o, e).statistic)
    return GoodnessOfFit(pearson, on_chi_square_scale(g, e), df, float(e.min()), int(o.sum()))


def too_even(statistic: float, df: int, n: int, unit: str) -> FidelityTest:
    """A test of the lower tail of a chi-square. It detects ids in fixed proportions and quasi-random points."""
    from scipy import stats

    share = float(stats.chi2.ppf(LEVEL, df) / stats.chi2.ppf(POWER, df))
    return FidelityTest(
        "chi-square, too even",
        statistic,
        df,
        float(stats.chi2.cdf(statistic, df)),
        n=n,
        unit=unit,
        effect=max(0.0, 1 - statistic / df),
        detectable=1 - share,
        detects=f"counts that vary {1 - share:.0%} less than by chance",
    )
