# SPDX-License-Identifier: MIT
"""Draws around excluded ids: null law, power, and exclusion done wrong."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import samplers
from samplers.fidelity.excluded import LEAST_ROWS, MOST_IN_HALF, kinds_of_sets, under_exclusion
from samplers.fidelity.plan import Plan
from samplers.fidelity.power import LEVEL
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


class Redraws(BISECT):
    """Draws again where it should mark."""

    def _draw(self, ids, sets, on_collision):
        super()._draw(ids, sets, "redraw")


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
        (Ignores, {"excluded ids"}),  # the other ids keep their proportions
        (Marks, {"excluded ids"}),
        (Redraws, {"law under exclusion"}),
        (FirstOnly, {"excluded ids"}),
        (NextRow, {"excluded ids"}),
    ],
)
def test_each_way_to_exclude_wrongly_is_found_by_the_test_that_is_there_for_it(kind, failed):
    """One seed; the honest pass at a false-alarm rate of 3e-8."""
    tests = checked(kind, planned(rows=40_000))
    rejected_by = {name for name, test in tests.items() if test.p_value < LEVEL}
    assert rejected_by >= failed
    assert bool(rejected_by) == bool(failed)


@pytest.mark.parametrize("replacement", [True, False])
def test_distinct_ids_around_a_set_that_is_ignored_are_found(replacement):
    class Deaf(ALIAS):
        def _advance(self, ids, sets, on_collision):
            super()._advance(ids, None, on_collision)

    plan = planned(replacement=replacement)
    for kind, alarm in ((ALIAS, False), (Deaf, True)):
        tests = checked(kind, plan)
        assert set(tests) == {"excluded ids", "law under exclusion", "columns under exclusion", "pairs under exclusion"}
        assert (tests["excluded ids"].p_value == 0.0) == alarm
        assert (tests["excluded ids"].effect > tests["excluded ids"].detectable) == alarm


@pytest.mark.parametrize("replacement", [True, False])
@pytest.mark.slow
def test_an_honest_law_raises_no_alarm(replacement):
    """100 seeds; the p-values are bounds (one-sided Kolmogorov-Smirnov, 1e-4), and no excluded id is drawn."""
    plan = planned(rows=12_000, replacement=replacement)
    sampler, p = samplers.create("alias", plan.noise, rng=1, replacement=replacement), []
    for seed in range(100):
        excluded, *others = under_exclusion(sampler, plan, np.random.default_rng(seed))
        assert (excluded.p_value, excluded.statistic) == (1.0, 0.0)
        p.append([test.p_value for test in others])
    assert len(p[0]) == 3
    for values in zip(*p, strict=True):
        assert stats.kstest(values, "uniform", alternative="greater").pvalue > 1e-4
        assert min(values) > LEVEL


@pytest.mark.parametrize("column", range(3))
@pytest.mark.parametrize("replacement", [True, False])
def test_a_wrong_law_of_any_column_is_detected(column, replacement):
    """A tenth of the ids of a column are one of the rarer half, if ids are excluded; false-alarm rate 3e-8."""

    class Wrong(ALIAS):
        def sample(self, rows, k, *, exclude, on_collision):
            ids = super().sample(rows, k, exclude=exclude, on_collision=on_collision)
            if on_collision == "redraw":
                sets = IdSets._of_exclude(exclude, self.noise, rows)
                rng = np.random.default_rng(rows)
                chosen = np.flatnonzero(rng.random(rows) < 0.1)
                new = 50 + rng.integers(50, size=len(chosen))
                free = ~sets.contains(chosen, new[:, None])[:, 0] & (ids[chosen] != new[:, None]).all(axis=1)
                ids[chosen[free], column] = new[free]
            return ids

    plan = planned(k=3, rows=40_000, replacement=replacement)
    assert checked(Wrong, plan)["columns under exclusion"].p_value < LEVEL


def test_all_forms_sizes_of_calls_and_modes_are_used():
    calls = []

    class Listens(BISECT):
        def sample(self, rows, k, *, exclude, on_collision):
            calls.append(
                (type(exclude), np.ndim(exclude) if isinstance(exclude, np.ndarray) else 0, rows, on_collision)
            )
            return super().sample(rows, k, exclude=exclude, on_collision=on_collision)

    plan = planned(rows=200_000)
    tests = checked(Listens, plan)
    assert {(kind.__name__, dimensions) for kind, dimensions, *_ in calls} == {
        ("ndarray", 1),
        ("ndarray", 2),
        ("tuple", 0),
        ("IdSets", 0),
    }
    assert {1, 64, 1024} < {rows for *_, rows, _ in calls}
    assert {mode for *_, mode in calls} == {"redraw", "mark"}
    assert sum(rows for *_, rows, _ in calls) * plan.k == tests["excluded ids"].n


def test_kinds_of_sets_hold_what_they_say():
    plan = planned(rows=100_000)
    kinds = list(kinds_of_sets(plan, np.random.default_rng(1)))
    plain = [kind.sets for kind in kinds if not kind.marked]
    assert plain[0][:2].tolist() == [[0], [0]]
    assert plain[1][:2].tolist() == [[99], [99]]
    half = plain[2][0]
    assert plan.probabilities[half].sum() >= 0.5 > plan.probabilities[half[:-1]].sum()
    ids = np.unique(np.concatenate([sets[sets >= 0] for sets in plain[3:]]))
    assert ids.tolist() == list(range(100))  # ids of every frequency
    for sets in plain:
        for row in sets[:50]:
            members = row[row >= 0]
            assert len(np.unique(members)) == len(members)
        scarce = 1 - np.where(sets >= 0, plan.probabilities[sets], 0).sum(axis=1) < 0.25
        assert scarce.sum() <= LEAST_ROWS
    assert len({len(sets[0]) for sets in plain}) >= 6
    assert sum(kind.marked for kind in kinds) >= 3


def test_half_of_the_mass_is_limited_to_few_ids():
    kinds = list(kinds_of_sets(planned(np.ones(10_000)), np.random.default_rng(1)))
    assert max(kind.sets.shape[1] for kind in kinds[:4]) == MOST_IN_HALF


@pytest.mark.parametrize(
    ("counts", "k", "replacement", "sizes"),
    [
        ([7], 1, True, set()),
        ([0, 7, 0], 1, False, set()),
        ([5, 4], 1, True, {1}),
        ([5, 4], 1, False, {1}),
        ([5, 4], 2, False, set()),
        ([5, 0, 4, 3], 2, False, {1}),
        ([5, 4, 3, 2], 1, True, {1, 2}),
    ],
)
def test_a_set_must_leave_enough_ids(counts, k, replacement, sizes):
    plan = planned(counts, k, 4_000, replacement)
    assert {kind.sets.shape[1] for kind in kinds_of_sets(plan, np.random.default_rng(1))} == sizes
    tests = checked(ALIAS, plan)
    assert ("excluded ids" in tests) == bool(sizes)
    assert all(test.p_value > LEVEL for test in tests.values())


@pytest.mark.parametrize("heavy", [99.0, 1e9])
@pytest.mark.parametrize("kind", [ALIAS, BISECT])
def test_an_id_with_nearly_all_the_weight_can_be_excluded(kind, heavy):
    """p_max 0.99 and 1 - 1e-9 among 100 ids; few rows for such sets, and no false alarm (3e-8)."""
    plan = planned(np.array([heavy * 99, *np.ones(99)]) ** (4 / 3), rows=40_000)
    tests = checked(kind, plan)
    assert all(test.p_value > LEVEL for test in tests.values())


def test_few_rows_are_enough_to_see_excluded_ids():
    plan = planned(rows=1, k=1)
    tests = checked(Ignores, plan)
    assert tests["excluded ids"].p_value == 0.0
