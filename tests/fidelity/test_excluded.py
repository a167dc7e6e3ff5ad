# SPDX-License-Identifier: MIT
"""Draws around excluded ids: null law, power, and exclusion done wrong."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import samplers
from samplers.fidelity.excluded import LEAST_ROWS, MOST_EXCLUDED, excluded_sets, under_exclusion
from samplers.fidelity.plan import Plan
from samplers.fidelity.power import LEVEL, POWER
from samplers.sets.id_sets import IdSets

ZIPF = np.floor(1000 / (np.arange(100) + 2.7)).astype(int)


def planned(counts=ZIPF, k=5, rows=8_000, replacement=True):
    return Plan(samplers.NoiseDistribution(counts), k, rows, replacement)


def checked(kind, plan, seed=1):
    """The tests by name."""
    sampler = kind(plan.noise, rng=1, replacement=plan.replacement)
    found = {test.name: test for test in under_exclusion(sampler, plan, np.random.default_rng(seed))}
    assert sampler.position == 0
    return found


ALIAS, BISECT = samplers.get("alias"), samplers.get("bisect")


class Ignores(BISECT):
    """Takes ``exclude`` and draws as ever."""

    def _draw(self, ids, sets, on_collision):
        self._fill(ids)


class Shifts(BISECT):
    """PyKEEN's way: an id that hits the excluded one moves to the next; right for uniform laws only."""

    def _draw(self, ids, sets, on_collision):
        self._fill(ids)
        for _ in range(len(self.noise)):
            hit = sets.contains(np.arange(len(ids)), ids)
            if not hit.any():
                return
            ids[hit] = (ids[hit] + 1) % len(self.noise)


class NextRow(BISECT):
    """Excludes the set of the row after."""

    def _draw(self, ids, sets, on_collision):
        wrong = [sets.of_row((row + 1) % len(ids)) for row in range(len(ids))]
        pair = (np.cumsum([0, *map(len, wrong)]), np.concatenate(wrong))
        super()._draw(ids, IdSets._of_exclude(pair, self.noise, len(ids)), on_collision)


class FirstOnly(BISECT):
    """Excludes the first id of a set and forgets the others."""

    def _draw(self, ids, sets, on_collision):
        first = [sets.of_row(row)[:1] for row in range(len(ids))]
        pair = (np.cumsum([0, *map(len, first)]), np.concatenate(first))
        super()._draw(ids, IdSets._of_exclude(pair, self.noise, len(ids)), on_collision)


class Marks(BISECT):
    """Writes -1 where it should draw again."""

    def _draw(self, ids, sets, on_collision):
        super()._draw(ids, sets, "mark")


@pytest.mark.parametrize(
    ("kind", "failed"),
    [
        (BISECT, set()),
        (ALIAS, set()),
        (Shifts, {"law under exclusion"}),
        (Ignores, {"excluded ids"}),  # what is left keeps its proportions
        (Marks, {"excluded ids"}),
        (FirstOnly, {"excluded ids"}),
        (NextRow, {"excluded ids", "law under exclusion"}),
    ],
)
def test_each_way_to_exclude_wrongly_is_found_by_the_test_that_is_there_for_it(kind, failed):
    """One seed; the honest pass at a false-alarm rate of 3e-8."""
    tests = checked(kind, planned())
    assert {name for name, test in tests.items() if test.p_value < LEVEL} == failed


@pytest.mark.parametrize("replacement", [True, False])
def test_distinct_ids_around_a_set_that_is_ignored_are_found(replacement):
    class Deaf(ALIAS):
        def _advance(self, ids, sets, on_collision):
            super()._advance(ids, None, on_collision)

    plan = planned(replacement=replacement)
    for kind, alarm in ((ALIAS, False), (Deaf, True)):
        tests = checked(kind, plan)
        assert set(tests) == {"excluded ids", "law under exclusion"}
        assert (tests["excluded ids"].p_value == 0.0) == alarm
        assert (tests["excluded ids"].effect > tests["excluded ids"].detectable) == alarm
        assert tests["law under exclusion"].p_value > LEVEL
        assert tests["law under exclusion"].note == ("" if replacement else "first columns only")


@pytest.mark.parametrize("replacement", [True, False])
@pytest.mark.parametrize("rows", [2_000, 12_000])
@pytest.mark.slow
def test_p_values_of_an_honest_law_are_uniform(rows, replacement):
    """500 seeds, Kolmogorov-Smirnov, and no id that is excluded; false-alarm rate 1e-4, seeds fixed."""
    plan = planned(rows=rows, replacement=replacement)
    sampler, p = samplers.create("alias", plan.noise, rng=1, replacement=replacement), []
    for seed in range(500):
        excluded, law = under_exclusion(sampler, plan, np.random.default_rng(seed))
        assert (excluded.p_value, excluded.statistic) == (1.0, 0.0)
        p.append(law.p_value)
    assert stats.kstest(p, "uniform").pvalue > 1e-4
    assert min(p) > LEVEL


@pytest.mark.slow
def test_the_stated_error_is_found_with_the_stated_power():
    """300 streams of a law tilted by what ``detectable`` says; misses are binomial, false-alarm rate 1e-4.

    Draws from ``p (1 + d s)``, s = +-1 at random, keep their relative error d under any exclusion.
    """
    plan = planned(np.full(40, 7), rows=8_000)
    size = checked(BISECT, plan)["law under exclusion"].detectable

    class Tilted(BISECT):
        def _fill(self, out):
            sign = np.where(np.random.default_rng(5).permutation(len(self.noise)) % 2, 1, -1)
            q = self.noise.probabilities * (1 + size * sign)
            out[...] = self._twin_rng.choice(len(q), size=out.shape, p=q / q.sum())

        def _seed(self, rng):
            self._twin_rng = rng

    sampler, misses, effects = Tilted(plan.noise, rng=1), 0, []
    for seed in range(300):
        law = under_exclusion(sampler, plan, np.random.default_rng(seed))[1]
        misses += law.p_value >= LEVEL
        effects.append(law.effect)
    assert np.mean(effects) == pytest.approx(size, rel=0.05)
    assert stats.binom.sf(misses - 1, 300, 1 - POWER) > 1e-4


def test_all_three_forms_are_used_and_every_set_holds_what_it_says():
    forms = []

    class Listens(BISECT):
        def sample(self, rows, k, *, exclude, **more):
            forms.append(exclude)
            return super().sample(rows, k, exclude=exclude, **more)

    plan = planned()
    tests = checked(Listens, plan)
    one, three, (indptr, indices) = forms
    assert (one.ndim, three.ndim, three.shape[1]) == (1, 2, 3)
    assert set(one) == {0, 99}
    assert {tuple(sorted(row)) for row in three.tolist()} == {(0, 1, 2), (97, 98, 99)}
    sizes = np.diff(indptr)
    half = excluded_sets(plan)[-1]
    assert set(sizes) == {0, 1, 3, len(half)}
    assert plan.probabilities[half].sum() >= 0.5 > plan.probabilities[half[:-1]].sum()
    assert indices[indptr[:-1][sizes == len(half)]].tolist() == [0] * int((sizes == len(half)).sum())
    assert (np.diff(one) != 0).sum() > len(one) / 3  # mixed rows: a set of another row would show
    rows = len(one) + len(three) + len(sizes)
    assert 0.99 * plan.rows / 4 < rows <= plan.rows / 4
    assert tests["excluded ids"].n == rows * plan.k


def test_sets_are_small_and_none_comes_twice():
    assert len(excluded_sets(planned(np.ones(10_000)))[-1]) == MOST_EXCLUDED
    assert [ids.tolist() for ids in excluded_sets(planned([10**9, 1, 1, 1]))] == [[0], [3], [0, 1, 2], [1, 2, 3]]


@pytest.mark.parametrize(
    ("counts", "k", "replacement", "sets"),
    [
        ([7], 1, True, []),
        ([0, 7, 0], 1, False, []),
        ([5, 4], 1, True, [[0], [1]]),
        ([5, 4], 1, False, [[0], [1]]),
        ([5, 4], 2, False, []),
        ([5, 0, 4, 3], 2, False, [[0], [3]]),
    ],
)
def test_a_set_must_leave_enough_ids(counts, k, replacement, sets):
    plan = planned(counts, k, 4_000, replacement)
    assert [ids.tolist() for ids in excluded_sets(plan)] == sets
    tests = checked(ALIAS, plan)
    assert set(tests) == ({"excluded ids", "law under exclusion"} if sets else set())
    assert all(test.p_value > LEVEL for test in tests.values())


@pytest.mark.parametrize("heavy", [99.0, 1e9])
@pytest.mark.parametrize("kind", [ALIAS, BISECT])
def test_an_id_with_nearly_all_the_weight_can_be_excluded(kind, heavy):
    """p_max 0.99 and 1 - 1e-9 among 100 ids; few rows for such sets, and no false alarm (3e-8)."""
    plan = planned(np.array([heavy * 99, *np.ones(99)]) ** (4 / 3), rows=40_000)
    tests = checked(kind, plan)
    assert all(test.p_value > LEVEL for test in tests.values())
    assert tests["law under exclusion"].df >= 3


def test_few_rows_are_enough_to_see_excluded_ids():
    plan = planned(rows=1, k=1)
    tests = checked(Ignores, plan)
    assert tests["excluded ids"].n <= LEAST_ROWS
    assert tests["excluded ids"].p_value == 0.0
