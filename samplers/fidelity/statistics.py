# SPDX-License-Identifier: MIT
"""The tests of a fidelity check, each on raw counts and with its power stated.

False-alarm rates. The chi-square is flagged below `ALPHA`, and with `MANY_CELLS` or more above 1 - `ALPHA` (too
good to be true: ids allotted in proportion, frequencies in place of counts): 2e-6 in all, as far as the
chi-square approximation holds. Cells expected ten times each stretch it: at 1e-4 the lower half was up to 1.7
times its nominal rate in simulations, and one such cell against one large one reaches 1.5e-5 (a binomial sum).
The total variation is flagged at `ALPHA` or less. The other tests never flag a faithful sampler.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from .result import FidelityTest

if TYPE_CHECKING:
    from numpy.typing import NDArray

ALPHA = 1e-6
POWER = 0.99
# The usual floor is 5 (Cochran 1954, doi:10.2307/3001616); p-values of 1e-6 lie far out in the tail of the
# chi-square approximation, hence twice that.
LEAST_EXPECTED = 10.0
# Few cells can fit exactly by chance: two, expected 2**19 times each, do so once in 1,300 checks. From 50 cells
# on the upper tail keeps its rate (0.95 to 1.1 of it at 1e-3 and 1e-4 in 400,000 simulations).
MANY_CELLS = 50


def pooled_cells(expected: NDArray[np.float64]) -> NDArray[np.int64]:
    """The chi-square cell of every id, int64 (V,); -1 for an expected count of zero.

    An id expected `LEAST_EXPECTED` times or more is a cell of its own. Rarer ones are merged by rank, so that
    a tilt along the tail stays visible, into cells of `LEAST_EXPECTED` or more.
    """
    order = np.argsort(-expected, kind="stable")[: np.count_nonzero(expected > 0)]
    ranked = expected[order]
    common = int(np.count_nonzero(ranked >= LEAST_EXPECTED))
    # Cuts at multiples of 2 L through ids of less than L each leave more than L in every cell but the last.
    tail = (np.cumsum(ranked[common:]) // (2 * LEAST_EXPECTED)).astype(np.int64)
    _, tail = np.unique(tail, return_inverse=True)
    cell_of_rank = np.concatenate([np.arange(common), common + tail])
    cells = np.bincount(cell_of_rank, weights=ranked)
    if len(cells) > 1 and cells[-1] < LEAST_EXPECTED:
        cell_of_rank[cell_of_rank == len(cells) - 1] -= 1
    cell = np.full(len(expected), -1, dtype=np.int64)
    cell[order] = cell_of_rank
    return cell


def chi_square(name: str, observed: NDArray[np.int64], probabilities: NDArray[np.float64], n: int) -> FidelityTest:
    """Pearson's chi-square of the raw counts of ``n`` draws, rare ids merged.

    Raises
    ------
    ValueError
        When so few draws are compared that no second cell is expected often enough.
    """
    from scipy import stats

    expected = n * probabilities
    cell = pooled_cells(expected)
    drawable = cell >= 0
    cell_expected = np.bincount(cell[drawable], weights=expected[drawable])
    cell_observed = np.bincount(cell[drawable], weights=observed[drawable])
    df = len(cell_expected) - 1
    if not cell_observed.any():
        return FidelityTest(name, float(n), df, 0.0, False, 1.0, "draws of which none is possible")
    if df == 0 and n >= LEAST_EXPECTED and n - expected.max() < LEAST_EXPECTED:
        return FidelityTest(name, 0.0, 0, 1.0, True, math.inf, "nothing: one id has all the weight or nearly so")
    if df == 0:
        raise ValueError(f"{n} ids are too few to test: no two cells are expected {LEAST_EXPECTED:g} times")
    # scipy insists on equal sums; draws of impossible ids are missing here and fail in a test of their own.
    cell_expected *= cell_observed.sum() / cell_expected.sum()
    statistic, p_value = stats.chisquare(cell_observed, cell_expected)
    too_good = df + 1 >= MANY_CELLS and p_value > 1 - ALPHA
    size = math.sqrt(noncentrality(df) / n)
    return FidelityTest(
        name, float(statistic), df, float(p_value), bool(p_value >= ALPHA and not too_good), size,
        f"a relative error of {size:.2%} (root mean square over the draws) between {df + 1:,} cells",
    )  # fmt: skip


def noncentrality(df: int) -> float:
    """The noncentrality at which a chi-square test of size ALPHA rejects with probability POWER."""
    from scipy import optimize, stats

    critical = stats.chi2.isf(ALPHA, df)
    start = critical - df  # the power there is about one half
    return float(optimize.brentq(lambda nc: stats.ncx2.sf(critical, df, nc) - POWER, start / 2, 4 * start + 100))


def expected_total_variation(n: int, probabilities: NDArray[np.float64]) -> float:
    """What n independent draws from ``probabilities`` show on average.

    De Moivre's formula for the mean absolute deviation of a binomial: 2 m (1 - p) P(X = m), m = floor(np) + 1
    (Diaconis and Zabell 1991, doi:10.1214/ss/1177011699).
    """
    from scipy import stats

    m = np.floor(n * probabilities) + 1
    deviation = 2 * m * (1 - probabilities) * stats.binom.pmf(m, n, probabilities)
    return float(deviation.sum() / (2 * n))


def total_variation(
    name: str, observed: NDArray[np.int64], probabilities: NDArray[np.float64], n: int
) -> tuple[FidelityTest, float]:
    """Total variation of the frequencies from p against its expectation; the test and that expectation.

    One draw moves the distance by 1/n at most, so it leaves its mean by t with probability 2 exp(-2 n t**2)
    at most, for every law (McDiarmid 1989, doi:10.1017/CBO9781107359949.008): a bound, hence conservative.
    """
    distance = float(np.abs(observed / n - probabilities).sum() / 2)
    mean = expected_total_variation(n, probabilities)
    p_value = min(1.0, 2 * math.exp(-2 * n * (distance - mean) ** 2))
    # A law at distance d shows d or more on average (Jensen); it must clear the threshold despite chance.
    size = mean + math.sqrt(math.log(2 / ALPHA) / (2 * n)) + math.sqrt(math.log(1 / (1 - POWER)) / (2 * n))
    test = FidelityTest(
        name, distance, None, p_value, p_value >= ALPHA, min(size, 1.0),
        f"a total variation of {min(size, 1.0):.2%}", f"a faithful sampler shows {mean:.4%} on average",
    )  # fmt: skip
    return test, mean


def never(name: str, found: int, of: int, what: str) -> FidelityTest:
    """A thing that must not happen at all: ``found`` times in ``of`` trials."""
    size = 1 - (1 - POWER) ** (1 / of)
    return FidelityTest(
        name,
        float(found),
        None,
        float(found == 0),
        found == 0,
        size,
        f"{what} with a probability of {size:.1e}",
    )
