# SPDX-License-Identifier: MIT
"""G against its exact moments, and the false-alarm rate of Pearson's test and of G where there are many cells.

A check of V cells has one Pearson test and one G-test over ids, and about 20 tests in all. So the false-alarm rate of
the whole check exceeds 1e-6 by about a twentieth of what these tests are off by.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize, special, stats

from samplers.fidelity.chi_square import goodness_of_fit
from samplers.fidelity.deviance import LEAST_TABLED, moments, on_chi_square_scale, poisson_moments
from samplers.fidelity.power import ALPHA, LEVEL


def of_g(o, e):
    """The term of a cell in the deviance of Poisson counts."""
    return 2 * (special.xlogy(o, o / e) - (o - e))


def of_pearson(o, e):
    return (o - e) ** 2 / e


def far_tail(term, expected, cells, threshold):
    """P(sum of ``cells`` independent terms > threshold), Poisson counts, by Lugannani and Rice's saddlepoint formula.

    The cumulants are sums over all counts. If a further cell is large, multinomial counts have this law.
    """
    o = np.arange(400)
    x, log_p = term(o, expected), stats.poisson.logpmf(o, expected)

    def tilted(s):
        log_mean = special.logsumexp(log_p + s * x)
        return log_mean, np.exp(log_p + s * x - log_mean)

    s = optimize.brentq(lambda s: cells * (tilted(s)[1] @ x) - threshold, 0, 0.06, xtol=1e-16)
    log_mean, q = tilted(s)
    w = np.sqrt(2 * (s * threshold - cells * log_mean))
    u = s * np.sqrt(cells * (q @ (x - q @ x) ** 2))
    return stats.norm.sf(w) + stats.norm.pdf(w) * (1 / u - 1 / w)


def test_the_tabled_moments_are_the_sums():
    rng = np.random.default_rng(1)
    for e in np.exp(rng.uniform(np.log(LEAST_TABLED), np.log(1e4), 100)):
        total = 1e9 * e  # its moments are 1 and 2
        mean, variance = moments(np.array([e, total - e]))
        assert (mean, variance) == pytest.approx(poisson_moments(e), abs=1e-8)


@pytest.mark.parametrize(("n", "p"), [(1_000, 0.01), (1_000, 0.5), (40, 0.25), (100, 0.1), (5_000, 0.003)])
def test_the_moments_of_two_cells_are_those_of_a_binomial_law(n, p):
    o = np.arange(n + 1)
    e = np.array([n * p, n - n * p])
    g = 2 * (special.xlogy(o, o / e[0]) + special.xlogy(n - o, (n - o) / e[1]))
    law = stats.binom.pmf(o, n, p)
    mean = law @ g
    assert moments(e) == pytest.approx((mean, law @ (g - mean) ** 2), rel=5e-3)


@pytest.mark.parametrize("cells", [10**4, 10**6, 10**7])
@pytest.mark.parametrize("expected", [10.0, 15.0, 30.0])
def test_the_false_alarm_rate_of_many_cells_by_exact_moments(cells, expected):
    """At p = 3.1e-8, G raises at most 1.02 times as many alarms as stated, and Pearson's test at most 2.4 times.

    With Williams' factor, G would raise 2.6, 1.6e3 and 8e6 times as many at e = 10.
    """
    threshold = stats.chi2.isf(LEVEL, cells)
    mean, variance = poisson_moments(expected)
    of_scaled_g = cells * mean + (threshold - cells) * np.sqrt(variance / 2)
    g = far_tail(of_g, expected, cells, of_scaled_g) / LEVEL
    pearson = far_tail(of_pearson, expected, cells, threshold) / LEVEL
    assert 0.98 < g < 1.02
    assert 1.0 < pearson < 2.4
    assert ALPHA * (18 + g + pearson) / 20 < 1.1e-6  # of the whole check: a test of m fails at 1e-6 / m
    if (cells, expected) == (10**6, 10.0):
        williams = 1 + 1 / (6 * expected)
        assert far_tail(of_g, expected, cells, threshold * williams) > 1e3 * LEVEL


def honest_statistics(cells, expected, checks):
    """Pearson's statistic and the raw G of ``checks`` honest multinomial samples of equal cells, float64 (checks,).

    The numbers of cells with 0, 1, 2, ... draws are multinomial if the counts are independent Poisson counts. Given
    their total, these counts are multinomial. So 2e7 cells cost as much as ten.
    """
    o, rng = np.arange(80), np.random.default_rng(cells)
    with_count = rng.multinomial(cells, stats.poisson.pmf(o, expected), checks)
    n = with_count @ o
    e = n / cells
    pearson = with_count @ np.square(o) / e - n
    return pearson, 2 * (with_count @ special.xlogy(o, o) - n * np.log(e))


@pytest.mark.parametrize("cells", [10**4, 10**6, 10**7, 2 * 10**7])
def test_the_false_alarm_rate_of_many_cells_by_simulation(cells):
    """20,000 honest samples, 10.05 draws per cell: both p-values are uniform (Kolmogorov-Smirnov at 1e-5).

    It detects a mean that is 0.06 deviations too high. With Williams' factor that of G is 0.15 deviations too high with
    1e4 cells, and 6.6 with 2e7, where most honest samplers failed.
    """
    expected, df, level = 10.05, cells - 1, 1e-3
    pearson, g = honest_statistics(cells, expected, 20_000)
    zero, one = (on_chi_square_scale(x, np.broadcast_to(expected, cells)) for x in (0.0, 1.0))
    for statistic in (pearson, zero + (one - zero) * g):
        p = stats.chi2.sf(statistic, df)
        assert stats.kstest(p, "uniform").pvalue > 1e-5
        assert 1e-5 < stats.binom.cdf((p < level).sum(), len(p), level) < 1 - 1e-5
    p = stats.chi2.sf(g / (1 + 1 / (6 * expected)), df)
    assert stats.kstest(p, "uniform").pvalue < 1e-5
    if cells == 2 * 10**7:
        assert (p < LEVEL).mean() > 0.5


@pytest.mark.parametrize(("cells", "checks"), [(10**4, 100), (10**6, 5)])
def test_counts_of_many_cells_are_no_alarm(cells, checks):
    """z of both statistics, over all samples, is normal; it detects a mean that is off by 5.5 / sqrt(checks)."""
    n, rng = round(10.05 * cells), np.random.default_rng(cells)
    p = np.full(cells, 1 / cells)
    order = np.arange(cells)
    fits = [goodness_of_fit(rng.multinomial(n, p), n * p, order) for _ in range(checks)]
    for x in np.array([(fit.pearson, fit.g) for fit in fits]).T:
        z = (x - (cells - 1)) / np.sqrt(2 * (cells - 1))
        assert abs(z.sum()) / np.sqrt(checks) < 5.5
