# SPDX-License-Identifier: MIT
"""Rows of distinct ids: null laws over many seeds, exact laws by enumeration, rejections and stated powers."""

from __future__ import annotations

from copy import deepcopy
from functools import partial
from itertools import combinations, permutations

import numpy as np
import pytest
from scipy import optimize, stats

import samplers
from samplers.fidelity import inclusion_tests
from samplers.fidelity.distinct import Distinct, transforms
from samplers.fidelity.inclusion_tests import Inclusion, divisors, merged, noncentrality_f, wald_cells, weighted_chi2_sf
from samplers.fidelity.plan import Plan
from samplers.fidelity.power import LEVEL, POWER
from samplers.laws.inclusion import inclusion_probabilities

PIT, WALD, RAO_SCOTT = "conditional PIT", "Wald", "Rao-Scott"
HEAVY = [1 - 1e-9, *[1e-10] * 10]
TWO_LEVELS = [30.0] * 6 + [1.0] * 6


def zipf(n_ids, exponent=0.75):
    return samplers.NoiseDistribution(np.floor(1e6 / (np.arange(n_ids) + 1)), exponent=exponent)


def weighted(weights):
    return samplers.NoiseDistribution(weights, exponent=1.0)


def race(p, rows, k, rng):
    """Successive samples in order of drawing: the k first of exponential clocks of rates p."""
    with np.errstate(divide="ignore"):
        clock = rng.exponential(size=(rows, len(p))) / p
    first = np.argpartition(clock, k - 1, axis=1)[:, :k]
    order = np.argsort(np.take_along_axis(clock, first, axis=1), axis=1)
    return np.take_along_axis(first, order, axis=1)


def successive(first, rest, rows, k, rng):
    """The first column from ``first``, the others from ``rest``, drawn again while the row has the id already."""
    ids = np.empty((rows, k), dtype=np.int64)
    for j in range(k):
        todo = np.arange(rows)
        while len(todo):
            ids[todo, j] = rng.choice(len(first), size=len(todo), p=first if j == 0 else rest)
            todo = todo[(ids[todo, :j] == ids[todo, j : j + 1]).any(axis=1)]
    return ids


def both(plan, ids, seed=None):
    """Both families over the same rows, by name."""
    families = [Distinct(plan) if seed is None else Distinct(plan, seed), Inclusion(plan)]
    for family in families:
        family.see(ids)
    return {test.name: test for family in families for test in family.tests()}


def enumerated(p, k):
    """Sets of k ids, (N, k), and their probabilities under successive sampling: all orders added up."""
    sets = np.array(list(combinations(range(len(p)), k)))
    chance = np.zeros(len(sets))
    for order in permutations(range(k)):
        drawn = p[sets[:, order]]
        left = 1 - np.cumsum(drawn, axis=1) + drawn
        chance += (drawn / left).prod(axis=1)
    return sets, chance


def covariance(sets, chance, n_ids):
    held = np.zeros((len(sets), n_ids))
    np.put_along_axis(held, sets, 1.0, axis=1)
    mean = chance @ held
    return held, mean, (held * chance[:, None]).T @ held - np.outer(mean, mean)


NULLS = [
    pytest.param(zipf(12), 5, 2500, {PIT, WALD, RAO_SCOTT}, id="V=12, k=5"),
    pytest.param(zipf(100), 5, 1500, {PIT, WALD, RAO_SCOTT}, id="V=100, k=5", marks=pytest.mark.slow),
    pytest.param(zipf(1000), 20, 1200, {PIT, WALD, RAO_SCOTT}, id="V=1000, k=20", marks=pytest.mark.slow),
    pytest.param(weighted(HEAVY), 4, 2000, {PIT, WALD, RAO_SCOTT}, id="one id of 1 - 1e-9"),
    pytest.param(
        weighted(TWO_LEVELS), 6, 5000, {PIT, WALD, RAO_SCOTT}, id="an eigenvalue of 1.5", marks=pytest.mark.slow
    ),
    pytest.param(zipf(8), 7, 1000, {PIT, RAO_SCOTT}, id="k = V - 1"),
    pytest.param(zipf(5), 5, 500, {PIT}, id="k = V"),
    pytest.param(zipf(12), 1, 5000, {PIT, WALD, RAO_SCOTT}, id="k = 1"),
    pytest.param(zipf(2), 1, 3000, {PIT, WALD, RAO_SCOTT}, id="V = 2"),
]


@pytest.mark.parametrize(("noise", "k", "rows", "names"), NULLS)
def test_p_values_of_a_faithful_sampler_are_uniform(noise, k, rows, names):
    """250 seeds and Kolmogorov-Smirnov at 1e-4 a test: finds a wrong null law whose p-values are 0.14 off somewhere."""
    plan = Plan(noise, k, rows, replacement=False)
    rng = np.random.default_rng(20)
    p = noise.probabilities
    draw = partial(race, p) if len(p) < 200 else partial(successive, p, p)  # 20 times faster there
    seen = [both(plan, draw(rows, k, rng), seed) for seed in range(250)]
    assert {name for name in seen[0] if name != "duplicates"} == names
    for name in names:
        p_values = [tests[name].p_value for tests in seen]
        assert stats.kstest(p_values, "uniform").pvalue > 1e-4, name
    assert all(tests["duplicates"].p_value == 1.0 for tests in seen if k > 1)


def test_pearson_against_the_inclusion_law_alone_would_be_far_too_even():
    """What the divisors are for: at V=12, k=5 the plain statistic has mean 6.88 and rejects at 0.2 %, not 5 %."""
    noise, rows = zipf(12), 3000
    family = Inclusion(Plan(noise, 5, rows, replacement=False))
    rng = np.random.default_rng(6)
    expected = rows * family.inclusion
    plain = np.zeros(400)
    for i in range(400):
        observed = np.bincount(race(noise.probabilities, rows, 5, rng).ravel(), minlength=12)
        plain[i] = (np.square(observed - expected) / expected).sum()
    assert plain.mean() == pytest.approx((1 - family.inclusion).sum(), rel=0.1)
    assert (plain > stats.chi2.isf(0.05, 11)).mean() < 0.015


@pytest.mark.parametrize("weights", [np.arange(12, 0, -1), TWO_LEVELS, 3.0 ** np.arange(9), [50, 50, *[1] * 8]])
@pytest.mark.parametrize("k", [1, 2, 5])
def test_the_divisors_make_the_mean_eigenvalue_one(weights, k):
    """By enumeration of the exact covariance; for k = 1 they are p, and all eigenvalues are 1."""
    p = np.array(weights, dtype=float) / np.sum(weights)
    *_, exact = covariance(*enumerated(p, k), len(p))
    b = divisors(np.diag(exact))
    eigenvalues = np.linalg.eigvalsh(exact / np.sqrt(np.outer(b, b)))[1:]
    assert eigenvalues.mean() == pytest.approx(1, abs=1e-6)
    assert eigenvalues.std() < 0.19  # 50, 50, 1, ... at k = 2 is among the worst that were found
    if k == 1:
        np.testing.assert_allclose(b, p, rtol=1e-6)


def test_divisors_of_two_ids_leave_one_normal_square():
    """Two counts of a fixed total: (N - n pi)**2 must be divided by n v once, whatever rounding does to v."""
    for other in (0.25, 0.25 * (1 + 1e-15), 0.25 * (1 - 1e-12)):
        b = divisors(np.array([0.25, other]))
        assert (1 / b).sum() == pytest.approx(4, rel=1e-5)


@pytest.mark.parametrize("df", [1, 3, 11, 9999])
def test_the_saddlepoint_agrees_with_scipy_where_weights_are_equal(df):
    for p_value in (0.999, 0.6, 0.5, 0.1, 1e-4, 1e-8, 1e-100):
        x = stats.chi2.isf(p_value, df)
        error = {1: 0.15, 3: 0.05}.get(df, 0.01)
        assert weighted_chi2_sf(x, np.ones(1), np.array([float(df)])) == pytest.approx(p_value, rel=error)


def test_the_saddlepoint_at_its_mean_and_far_from_it():
    weights, counts = np.array([1.5, 0.95]), np.array([1.0, 10.0])
    near = [weighted_chi2_sf(x, weights, counts) for x in (10.99, 10.999, 11.0, 11.001, 11.01)]
    assert np.ptp(near) < 2e-3
    assert weighted_chi2_sf(0.0, weights, counts) == 1.0
    assert weighted_chi2_sf(1e300, weights, counts) == 0.0


def test_the_saddlepoint_agrees_with_simulation_where_weights_differ():
    """Four million sums: the upper tail down to 1e-4, where Satterthwaite's is a third too small."""
    rng = np.random.default_rng(3)
    x = 1.5 * rng.chisquare(1, 4 * 10**6) + 0.95 * rng.chisquare(10, 4 * 10**6)
    for p_value in (0.5, 0.05, 1e-3, 1e-4):
        at = np.quantile(x, 1 - p_value)
        found = weighted_chi2_sf(float(at), np.array([1.5, 0.95]), np.array([1.0, 10.0]))
        assert found == pytest.approx(p_value, rel=0.12)


@pytest.mark.parametrize("weights", [[0.4, 0.3, 0.2, 0.1], [1 - 1e-15, 9e-16, 7e-17, 3e-17], [1e-12, 1.0, 1e-6, 3.0]])
def test_transforms_against_exact_fractions(weights):
    """Every order of every length, in rational arithmetic: no cancellation after an id of 1 - 1e-15."""
    from fractions import Fraction

    mass = np.sort(np.array(weights) / np.sum(weights))[::-1]
    exact = [Fraction(m) for m in mass]
    tail = np.append(np.cumsum(mass[::-1])[::-1], 0.0)
    orders = np.array(list(permutations(range(4)))).T
    u = np.random.default_rng(1).random(orders.shape)
    got = transforms(orders, u, mass, tail)
    for row in range(orders.shape[1]):
        left = [0, 1, 2, 3]
        for j, rank in enumerate(orders[:, row]):
            rarer = sum((exact[r] for r in left if r > rank), Fraction(0))
            want = (rarer + Fraction(u[j, row]) * exact[rank]) / sum(exact[r] for r in left)
            assert got[j, row] == pytest.approx(float(want), rel=1e-14, abs=1e-15)
            left.remove(rank)


def test_the_tests_do_not_depend_on_where_batches_divide():
    noise, rows = zipf(30), 20_000
    ids = race(noise.probabilities, rows, 4, np.random.default_rng(2))
    plan = Plan(noise, 4, rows, replacement=False)
    whole = both(plan, ids)
    families = [Distinct(plan), Inclusion(plan)]
    for part in np.split(ids, [1, 2, 17, 8192, 8193, 19_000]):
        for family in families:
            family.see(part)
    assert whole == {test.name: test for family in families for test in family.tests()}


def failed(noise, ids):
    tests = both(Plan(noise, ids.shape[1], len(ids), replacement=False), ids)
    return {name for name, test in tests.items() if test.p_value < LEVEL}


def test_an_honest_sampler_passes_and_an_id_twice_does_not():
    noise = zipf(100)
    ids = race(noise.probabilities, 50_000, 5, np.random.default_rng(1))
    assert failed(noise, ids) == set()
    ids[7, 4] = ids[7, 0]
    ids[49_999, 2] = ids[49_999, 1]
    tests = both(Plan(noise, 5, 50_000, replacement=False), ids)
    assert (tests["duplicates"].p_value, tests["duplicates"].statistic) == (0.0, 2.0)
    assert "2 rows" in tests[PIT].note
    assert tests[PIT].n == 49_998 * 5


def test_rows_sorted_by_id_fail_in_order_alone():
    noise = zipf(100)
    ids = np.sort(race(noise.probabilities, 50_000, 5, np.random.default_rng(2)), axis=1)
    assert failed(noise, ids) == {PIT}


def test_a_wrong_exponent_fails():
    noise = zipf(1000)
    ids = race(zipf(1000, 0.70).probabilities, 20_000, 5, np.random.default_rng(3))
    assert failed(noise, ids) >= {PIT, WALD}


def test_one_wrong_later_column_fails():
    """The columns after the first drawn from p ** 0.95: the first column alone, which is faithful, would not show."""
    noise = zipf(100)
    p = noise.probabilities
    flatter = p**0.95 / (p**0.95).sum()
    ids = successive(p, flatter, 50_000, 5, np.random.default_rng(4))
    assert failed(noise, ids) >= {PIT, WALD}


def test_a_second_column_that_forgets_what_was_left_fails():
    """The second id by the next free rank where it hits the first, in place of a new draw."""
    noise = zipf(100)
    rng = np.random.default_rng(5)
    ids = rng.choice(100, size=(50_000, 2), p=noise.probabilities)
    ids[:, 1] += ids[:, 1] == ids[:, 0]
    ids %= 100
    assert PIT in failed(noise, ids)


def test_inclusion_probabilities_of_k_p_fail():
    """Systematic sampling from a random order has inclusion probabilities k p exactly, and no id twice."""
    noise, k, rows = zipf(100), 5, 30_000
    rng = np.random.default_rng(7)
    order = rng.permuted(np.tile(np.arange(100), (rows, 1)), axis=1)
    bounds = np.cumsum(k * noise.probabilities[order], axis=1)
    bounds[:, -1] = k
    starts = rng.random(rows)
    ids = np.stack([order[np.arange(rows), (bounds > (starts + j)[:, None]).argmax(axis=1)] for j in range(k)], axis=1)
    ids = rng.permuted(ids, axis=1)
    assert failed(noise, ids) >= {WALD, RAO_SCOTT}


def test_one_row_for_ever_fails_and_raises_nothing():
    noise = zipf(100)
    ids = np.tile(race(noise.probabilities, 1, 5, np.random.default_rng(8)), (20_000, 1))
    assert failed(noise, ids) == {PIT, WALD, RAO_SCOTT}


def test_rows_that_all_hold_an_id_twice_leave_no_transform():
    noise = zipf(100)
    tests = both(Plan(noise, 3, 2000, replacement=False), np.zeros((2000, 3), dtype=np.int64))
    assert tests["duplicates"].p_value == 0.0
    assert PIT not in tests


def test_too_few_rows_are_not_both():
    noise = zipf(100)
    tests = both(Plan(noise, 2, 3, replacement=False), race(noise.probabilities, 3, 2, np.random.default_rng(9)))
    assert set(tests) == {"duplicates"}


def test_long_rows_are_transformed_up_to_the_64th_column():
    noise = zipf(300)
    ids = race(noise.probabilities, 1000, 80, np.random.default_rng(10))
    tests = both(Plan(noise, 80, 1000, replacement=False), ids)
    assert tests[PIT].n == 64_000
    assert "first 64 columns" in tests[PIT].note
    assert min(test.p_value for test in tests.values()) > 1e-4


def test_the_size_that_the_transform_states_is_found_with_the_power_stated():
    """Bins whose probabilities are off by the stated relative error: 300 checks find it at 0.99 +- 0.02 (3.5 sd)."""
    n_ids, k, rows = 6400, 2, 4000
    plan = Plan(weighted([1] * n_ids), k, rows, replacement=False)
    size = both(plan, np.tile([[0, 1]], (rows, 1)))[PIT].detectable
    rng = np.random.default_rng(11)
    found = 0
    for _ in range(300):
        part = rng.integers(16, size=(rows, k)) * 2 + (rng.random((rows, k)) < (1 + size) / 2)
        u = (part + rng.random((rows, k))) / 32
        first = (u[:, 0] * n_ids).astype(np.int64)
        second = (u[:, 1] * (n_ids - 1)).astype(np.int64)
        family = Distinct(plan)
        family.see(np.stack([first, second + (second >= first)], axis=1))
        found += next(test for test in family.tests() if test.name == PIT).p_value < LEVEL
    assert found / 300 == pytest.approx(POWER, abs=0.02)


def test_the_size_that_wald_states_is_found_with_the_power_stated():
    """Sets of ids tilted so that the mean moves by the stated size, exactly: found at 0.99 +- 0.02 in 400 checks."""
    noise, k, rows = zipf(12), 5, 6000
    sets, chance = enumerated(noise.probabilities, k)
    plan = Plan(noise, k, rows, replacement=False)
    family = Inclusion(plan)
    cells = np.eye(family.cells)[family.cell]
    held, mean, exact = covariance(sets, chance, 12)
    held, mean, exact = (held @ cells)[:, 1:], (mean @ cells)[1:], (cells.T @ exact @ cells)[1:, 1:]
    rng = np.random.default_rng(12)
    family.see(sets[rng.choice(len(sets), size=rows, p=chance)])
    size = next(test for test in family.tests() if test.name == WALD).detectable
    direction = rng.normal(size=len(mean))
    direction *= size / np.sqrt(direction @ np.linalg.solve(exact, direction))
    tilted = chance * (1 + (held - mean) @ np.linalg.solve(exact, direction))
    assert tilted.min() > 0
    np.testing.assert_allclose(tilted @ held - mean, direction)
    found = 0
    for _ in range(400):
        family = Inclusion(plan)
        family.see(sets[rng.choice(len(sets), size=rows, p=tilted)])
        found += next(test for test in family.tests() if test.name == WALD).p_value < LEVEL
    assert found / 400 == pytest.approx(POWER, abs=0.02)


@pytest.mark.parametrize(("n_ids", "rows"), [(100, 2_000), (500, 10_000)])
def test_the_surplus_of_the_rarest_id_that_rao_scott_states_is_found_with_the_power_stated(n_ids, rows):
    """The rarest id is in rows as many times too often as stated: found at 0.99 +- 0.03 (4 sd) in 200 checks."""
    noise, k = zipf(n_ids), 5
    plan = Plan(noise, k, rows, replacement=False)
    empty = Inclusion(plan)

    def rao_scott(sampler):
        family = deepcopy(empty)
        family.see(sampler.sample(rows, k))
        return next(test for test in family.tests() if test.name == RAO_SCOTT)

    def tilted(times):
        weights = noise.probabilities.copy()
        weights[-1] *= times
        return weighted(weights)

    honest = rao_scott(samplers.create("alias", noise, rng=0, replacement=False))
    share = empty.inclusion[-1]
    assert rows * share > 10  # the rarest id is a cell
    wanted = 1 + honest.detectable_rare / np.sqrt(share / k / (1 - share / k))
    times = optimize.brentq(
        lambda times: inclusion_probabilities(tilted(times), k)[-1] / share - wanted, 1, 2 * wanted, rtol=1e-3
    )
    sampler = samplers.create("alias", tilted(times), rng=1, replacement=False)
    found = np.mean([rao_scott(sampler).p_value < LEVEL for _ in range(200)])
    assert found == pytest.approx(POWER, abs=0.03)


@pytest.mark.parametrize(("df", "df_rows"), [(1, 999), (11, 2000), (63, 2**16)])
def test_the_noncentrality_of_f_gives_the_power_by_simulation(df, df_rows):
    """Ratios of simulated chi-squares against the threshold: 20,000 find 0.99 +- 0.004 (5 sd)."""
    rng = np.random.default_rng(df)
    above = rng.noncentral_chisquare(df, noncentrality_f(df, df_rows), 20_000) / df
    ratio = above / (rng.chisquare(df_rows, 20_000) / df_rows)
    assert (ratio > stats.f.isf(LEVEL, df, df_rows)).mean() == pytest.approx(POWER, abs=0.004)


def test_wald_cells_hold_enough_and_follow_rank_and_index():
    noise = weighted(np.random.default_rng(13).permutation(1 / np.arange(1, 2001)))
    inclusion = samplers.laws.inclusion.inclusion_probabilities(noise, 5)
    plan = Plan(noise, 5, 2**16, replacement=False)
    cell = wald_cells(inclusion, plan.ranked, inclusion_tests.LEAST_IN_CELL / plan.rows)
    mass = np.bincount(cell, weights=inclusion)
    assert 40 < len(mass) <= 64
    assert mass.min() * plan.rows >= inclusion_tests.LEAST_IN_CELL
    rank = np.empty(2000, dtype=np.int64)
    rank[plan.ranked] = np.arange(2000)
    last = np.flatnonzero(cell == len(mass) - 1)
    before = np.flatnonzero(cell == len(mass) - 2)
    assert rank[last].min() > 200  # the last band holds rare ids alone
    assert before.max() < last.min()  # and is cut by index


def test_blocks_are_joined_until_they_hold_enough():
    np.testing.assert_array_equal(merged(np.arange(6), np.full(6, 0.4), 1.0), [0, 0, 0, 1, 1, 1])
    np.testing.assert_array_equal(merged(np.array([0, 3, 9, 9]), np.array([2.0, 0.1, 0.5, 0.3]), 1.0), [0] * 4)
    np.testing.assert_array_equal(merged(np.arange(2), np.array([0.1, 0.1]), 1.0), [0, 0])


@pytest.mark.parametrize("expected", [10.05, 15.0, 40.0])
def test_a_rare_id_keeps_the_false_alarm_rate_of_the_whole_check(expected):
    """Exact, over how often the rare one of two ids comes: Rao-Scott is below 3.1e-8 at most 3 times as often.

    Pearson's statistic alone is so 200 times as often where the id is expected 10 times.
    """
    rows = 65_536
    plan = Plan(samplers.NoiseDistribution([1 - expected / rows, expected / rows], exponent=1.0), 1, rows, False)
    alarms = 0.0
    for times in range(int(expected) + 100):
        family = Inclusion(plan)
        family.see((np.arange(rows) < times).astype(np.int64)[:, None])
        p_value = next(test.p_value for test in family.tests() if test.name == "Rao-Scott")
        alarms += stats.binom.pmf(times, rows, plan.probabilities[1]) * (p_value < LEVEL)
    assert alarms < 3 * LEVEL
