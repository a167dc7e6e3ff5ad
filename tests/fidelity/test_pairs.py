# SPDX-License-Identifier: MIT
"""Pairs of ids: null law, power and the faults that they are there for; test_windows.py has the windows."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import samplers
from samplers.fidelity.chi_square import LEAST_EXPECTED
from samplers.fidelity.pairs import (
    BANDS,
    RESIDUES,
    PairsBetweenRows,
    PairsWithinRows,
    between_streams,
    pair_classes,
    possible,
)
from samplers.fidelity.plan import Plan
from samplers.fidelity.power import LEVEL, POWER
from samplers.fidelity.windows import RepeatedWindows

ZIPF = np.floor(1000 / (np.arange(100) + 2.7)).astype(int)
FAMILIES = [PairsWithinRows, PairsBetweenRows, RepeatedWindows]


def planned(counts=ZIPF, k=5, rows=2_000, replacement=True):
    return Plan(samplers.NoiseDistribution(counts), k, rows, replacement)


def honest(plan, rng, rows=None):
    """Independent ids, or successive samples as an exponential race (Yellott 1977)."""
    p, rows = plan.probabilities, rows or plan.rows
    if plan.replacement:
        return rng.choice(len(p), size=(rows, plan.k), p=p)
    return np.argsort(rng.exponential(size=(rows, len(p))) / np.maximum(p, 1e-300), axis=1)[:, : plan.k]


def all_of(family, plan, ids, cuts=()):
    one = family(plan)
    for batch in np.split(ids, cuts):
        batch.setflags(write=False)
        one.see(batch)
    return one.tests()


def one_of(family, plan, ids, cuts=()):
    (test,) = all_of(family, plan, ids, cuts)
    return test


@pytest.mark.parametrize(
    ("family", "replacement"), [(PairsWithinRows, True), (PairsBetweenRows, True), (PairsBetweenRows, False)]
)
@pytest.mark.parametrize("rows", [300, 1_000])
@pytest.mark.slow
def test_p_values_of_honest_pairs_are_uniform(family, replacement, rows):
    """600 seeds, Kolmogorov-Smirnov, and no p below the level; false-alarm rate 1e-4, seeds fixed.

    Detects a wrong number of degrees of freedom, cells that are too sparse and pairs that share an id.
    """
    plan, rng = planned(rows=rows, replacement=replacement), np.random.default_rng(rows)
    p = [one_of(family, plan, honest(plan, rng)).p_value for _ in range(600)]
    assert stats.kstest(p, "uniform").pvalue > 1e-4
    assert min(p) > LEVEL


@pytest.mark.slow
def test_p_values_of_honest_streams_are_uniform():
    """500 seeds, Kolmogorov-Smirnov; false-alarm rate 1e-4, seeds fixed. Detects children that are related."""
    plan = planned(rows=800)
    sampler = samplers.create("alias", plan.noise, rng=1)
    p = [between_streams(sampler, plan, np.random.default_rng(seed))[0].p_value for seed in range(500)]
    assert stats.kstest(p, "uniform").pvalue > 1e-4
    assert sampler.position == 0


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("replacement", [True, False])
@given(cuts=st.lists(st.integers(0, 401), max_size=12))
def test_the_batches_divide_the_rows_anywhere(family, replacement, cuts):
    plan = planned(rows=401, replacement=replacement)
    ids = honest(plan, np.random.default_rng(5))
    assert all_of(family, plan, ids, sorted(cuts)) == all_of(family, plan, ids)


@pytest.mark.parametrize("counts", [ZIPF, [5, 0, 3, 0, 2], np.arange(1, 3_000), [10**6, *[1] * 99]])
@pytest.mark.parametrize("pairs", [50, 10_000, 10**6])
def test_classes_are_few_and_expected_often_enough(counts, pairs):
    plan = planned(counts)
    label = pair_classes(plan, pairs)[plan.probabilities > 0]
    share = np.bincount(label, weights=plan.probabilities[plan.probabilities > 0])
    assert len(share) <= BANDS * RESIDUES
    assert len(share) == 1 or pairs * share.min() ** 2 >= LEAST_EXPECTED * (1 - 1e-9)


def test_the_statistic_is_scipys_where_nothing_is_merged():
    plan, rng = planned([3, 2, 2]), np.random.default_rng(1)
    ids = honest(plan, rng)
    table = np.zeros((3, 3))
    for row, of_row in enumerate(ids):
        for column in range(row % 2, 4, 2):  # 0 and 1, 2 and 3; 1 and 2, 3 and 4 in odd rows
            table[of_row[column], of_row[column + 1]] += 1
    test = one_of(PairsWithinRows, plan, ids)
    oracle = stats.chi2_contingency(table, correction=False)
    assert (test.statistic, test.p_value, test.df) == pytest.approx((oracle.statistic, oracle.pvalue, 4))
    assert test.n == table.sum()


@pytest.mark.parametrize("rows", [2_000, 20_000])
@pytest.mark.slow
def test_the_stated_share_of_copies_is_found_with_the_stated_power(rows):
    """500 streams with as many copies as ``detectable`` says; misses are binomial, false-alarm rate 1e-4."""
    plan, rng = planned(k=2, rows=rows), np.random.default_rng(2)
    size = one_of(PairsWithinRows, plan, honest(plan, rng)).detectable
    misses, effects = 0, []
    for _ in range(500):
        ids = honest(plan, rng)
        ids[:, 1] = np.where(rng.random(rows) < size, ids[:, 0], ids[:, 1])
        test = one_of(PairsWithinRows, plan, ids)
        misses += test.p_value >= LEVEL
        effects.append(test.effect)
    assert stats.binom.sf(misses - 1, 500, 1 - POWER) > 1e-4
    assert np.mean(effects) == pytest.approx(size, rel=0.05)


def column_copies(ids, rng):
    """2 % of the ids of column 1 copy column 0."""
    ids[:, 1] = np.where(rng.random(len(ids)) < 0.02, ids[:, 0], ids[:, 1])


def parity_alternates(ids, rng):
    """Low bits that alternate: a sixth of column 1 takes the other parity than column 0."""
    flip = rng.random(len(ids)) < 1 / 6
    ids[:, 1] = np.where(flip, ids[:, 1] // 2 * 2 + 1 - ids[:, 0] % 2, ids[:, 1])


def row_copies(ids, rng):
    """Row r + 1 copies row r one time in 50."""
    ids[1:] = np.where(rng.random((len(ids) - 1, 1)) < 0.02, ids[:-1], ids[1:])


def workers_in_turn(ids, rng):
    """Two workers on one stream, a row each in turn."""
    ids[...] = np.repeat(ids[: (len(ids) + 1) // 2], 2, axis=0)[: len(ids)]


@pytest.mark.parametrize(
    ("fault", "family", "rows"),
    [
        (column_copies, PairsWithinRows, 200_000),
        (parity_alternates, PairsWithinRows, 200_000),
        (row_copies, PairsBetweenRows, 200_000),
        (workers_in_turn, PairsBetweenRows, 500),
    ],
)
def test_dependent_pairs_are_found(fault, family, rows):
    """Seeds fixed; an honest stream before the fault passes, at a false-alarm rate of 3e-8."""
    plan, rng = planned(rows=rows), np.random.default_rng(3)
    ids = honest(plan, rng)
    assert one_of(family, plan, ids.copy()).p_value > LEVEL
    fault(ids, rng)
    test = one_of(family, plan, ids)
    assert test.p_value < LEVEL
    assert test.effect > test.detectable / 2


def test_copied_rows_are_found_without_replacement():
    """Seeds fixed; false-alarm rate 3e-8. First columns: fewer pairs, so a larger share of copies."""
    plan, rng = planned(k=3, rows=20_000, replacement=False), np.random.default_rng(4)
    ids = honest(plan, rng)
    test = one_of(PairsBetweenRows, plan, ids.copy())
    assert (test.n, test.note) == ((20_000 - 20_000 // 101) // 2, "first columns only")
    assert test.p_value > LEVEL
    for first in (0, 1):  # pairs begin at even rows and at odd ones
        ids[1 + first :: 2] = np.where(
            rng.random((10_000 - first, 1)) < 2 * test.detectable, ids[first:-1:2], ids[1 + first :: 2]
        )
    assert one_of(PairsBetweenRows, plan, ids).p_value < LEVEL


def test_a_wrong_law_is_no_dependence():
    """Uniform, and a law for each of two columns; 20 seeds, false-alarm rate 3e-8 each."""
    plan, rng = planned(k=2, rows=20_000), np.random.default_rng(6)
    for _ in range(20):
        ids = rng.integers(0, 100, size=(20_000, 2))
        assert one_of(PairsBetweenRows, plan, ids.copy()).p_value > LEVEL
        assert one_of(PairsWithinRows, plan, ids // np.array([1, 3])).p_value > LEVEL


@pytest.mark.parametrize(
    ("name", "replacement"), [("alias", True), ("alias", False), ("bisect", True), ("multinomial", False)]
)
def test_one_seed_for_two_streams_is_found(name, replacement):
    """Against the honest sampler of the same name; false-alarm rate 3e-8, seeds fixed."""
    kind = samplers.get(name)
    if samplers.why_unavailable(name):
        pytest.skip(f"{name}: {samplers.why_unavailable(name)}")

    class Deaf(kind):
        """with_rng ignores the seed."""

        def _begin(self, rng):
            super()._begin(np.random.default_rng(1))

    plan = planned(rows=4_000, replacement=replacement)
    for this, alarm in ((kind, False), (Deaf, True)):
        sampler = this(plan.noise, rng=1, replacement=replacement)
        (test,) = between_streams(sampler, plan, np.random.default_rng(7))
        assert (test.p_value < LEVEL) == alarm
        assert (test.effect > 0.99) == alarm


def test_ids_that_do_not_exist_are_left_out_of_the_streams():
    plan = planned([5, 3, 0, 2])

    class Wild(samplers.get("bisect")):
        def _fill(self, out):
            super()._fill(out)
            out[:9] = [[-1], [4], [2], [10**9], [0], [1], [3], [-(2**40)], [0]]

    (test,) = between_streams(Wild(plan.noise, rng=1), plan, np.random.default_rng(1))
    assert test.n == plan.rows * 5 - 5 * 5
    assert possible(np.array([-1, 0, 2, 3, 4]), plan.probabilities).tolist() == [False, True, False, True, False]


@pytest.mark.parametrize("replacement", [True, False])
@pytest.mark.parametrize("counts", [[7], [0, 7, 0]])
def test_a_single_id_leaves_nothing_to_test(counts, replacement):
    plan = planned(counts, k=1, replacement=replacement)
    ids = np.full((plan.rows, 1), int(np.argmax(counts)))
    assert all_of(PairsWithinRows, plan, ids) == all_of(PairsBetweenRows, plan, ids) == []
    test = one_of(RepeatedWindows, plan, ids)
    assert (test.p_value, test.detectable) == (1.0, np.inf)
    assert test.detects.startswith("nothing: ")
    sampler = samplers.create("alias", plan.noise, rng=1, replacement=replacement)
    assert between_streams(sampler, plan, np.random.default_rng(1)) == []


@pytest.mark.parametrize(("counts", "rows"), [([7, 6], 2_000), ([99 ** (4 / 3), 1], 60_000), ([10**18, 1], 2_000)])
def test_two_ids_are_enough_and_a_heavy_one_is_no_alarm(counts, rows):
    """p_max 0.53, 0.99 and nearly 1; 20 seeds each at a false-alarm rate of 3e-8."""
    plan, rng = planned(counts, rows=rows), np.random.default_rng(13)
    for _ in range(20):
        ids = honest(plan, rng)
        assert all(test.p_value > LEVEL for family in FAMILIES for test in all_of(family, plan, ids))
    copied = np.repeat(honest(plan, rng)[: rows // 2], 2, axis=0)
    found = [test.p_value < LEVEL for test in all_of(PairsBetweenRows, plan, copied)]
    assert found == ([] if counts[0] == 10**18 else [True])


@pytest.mark.parametrize("family", [PairsWithinRows, PairsBetweenRows])
def test_every_neighbour_is_looked_at(family):
    """Ids that copy their neighbour in one place only; a third of the ids of every place, false alarms 3e-8."""
    plan, rng = planned(rows=20_000), np.random.default_rng(8)
    for place in range(4 if family is PairsWithinRows else 2):
        ids = honest(plan, rng)
        here = rng.random(plan.rows) < 1 / 3
        if family is PairsWithinRows:
            ids[here, place + 1] = ids[here, place]
        else:
            here = np.flatnonzero(here & (np.arange(plan.rows) % 2 == place))
            here = here[here + 1 < plan.rows]
            ids[here + 1] = ids[here]
        assert one_of(family, plan, ids).p_value < LEVEL


@pytest.mark.parametrize("rows", [1, 2, 3, 9])
def test_too_few_rows_are_no_crash(rows):
    plan = planned(rows=rows, k=1)
    ids = honest(plan, np.random.default_rng(1))
    assert all_of(PairsWithinRows, plan, ids) == all_of(PairsBetweenRows, plan, ids) == []
    assert one_of(RepeatedWindows, plan, ids).detects.startswith("nothing: ")


def test_a_costly_sampler_is_asked_for_a_quarter_of_its_rows():
    asked = []
    plan = planned(rows=400)

    def with_rng(rng):
        return SimpleNamespace(sample=lambda rows, k: asked.append((rows, k)) or honest(plan, rng, rows))

    for cost in ("row", "id"):
        info = samplers.Info(name="counted", cost=cost)
        between_streams(SimpleNamespace(info=info, with_rng=with_rng), plan, np.random.default_rng(1))
    assert asked == [(100, 5)] * 2 + [(400, 5)] * 2
