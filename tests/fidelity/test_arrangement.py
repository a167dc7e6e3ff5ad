# SPDX-License-Identifier: MIT
"""Groups and pairs of draws: the null law, the stated power, and the faults that the tests are for."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

import samplers
from samplers.fidelity.arrangement import Arrangement, between_streams, possible
from samplers.fidelity.cells import EQUAL, CellsOfIds
from samplers.fidelity.contingency import by_group, dependence
from samplers.fidelity.plan import Plan
from samplers.fidelity.power import LEVEL, POWER, noncentrality
from samplers.fidelity.requests import far_rows, other_k
from samplers.fidelity.stream import CALL_ROWS, LARGE, Batch, batches

ZIPF = np.floor(1000 / (np.arange(100) + 2.7)).astype(int)
GROUPS = ["column", "row number", "size of call", "place in call", "form of call", "time"]
PAIRS = ["pairs within rows", "pairs between rows"]


def planned(counts=ZIPF, k=5, rows=20_000, replacement=True):
    return Plan(samplers.NoiseDistribution(counts), k, rows, replacement)


def honest(plan, rng, rows=None):
    """Independent ids, or successive samples as an exponential race (Yellott 1977)."""
    p, rows = plan.probabilities, rows or plan.rows
    if plan.replacement:
        return rng.choice(len(p), size=(rows, plan.k), p=p)
    return np.argsort(rng.exponential(size=(rows, len(p))) / np.maximum(p, 1e-300), axis=1)[:, : plan.k]


def batch_of(ids, call=1):
    number = np.arange(len(ids))
    size = CALL_ROWS[call]
    kinds = (np.full(len(ids), call, dtype=np.int8), (number // size % 3).astype(np.int8), number % size == 0)
    return Batch(ids, number, *kinds)


def results(plan, ids):
    arrangement = Arrangement(plan)
    arrangement.see(batch_of(ids))
    return {test.name: test for test in arrangement.tests()}


@pytest.mark.parametrize("replacement", [True, False])
@pytest.mark.slow
def test_honest_draws_raise_no_alarm(replacement):
    """150 seeds: p-values of bounds lie above uniform ones (one-sided Kolmogorov-Smirnov, 1e-5 for each of 8 tests).

    It detects wrong degrees of freedom, cells that are too sparse, and pairs whose terms are correlated.
    """
    plan, rng = planned(rows=3_000, replacement=replacement), np.random.default_rng(1)
    p = {}
    for _ in range(150):
        for name, test in results(plan, honest(plan, rng)).items():
            p.setdefault(name, []).append(test.p_value)
            assert test.p_value > LEVEL
    assert len(p) >= 6
    for name, values in p.items():
        assert stats.kstest(values, "uniform", alternative="greater").pvalue > 1e-5, name


@pytest.mark.parametrize(("name", "groups"), [("law", 4), ("law", 1)])
def test_groups_have_scipys_statistic(name, groups):
    """Counts of equal cells against scipy: with the law, and between groups, whose margins are the law's."""
    rng = np.random.default_rng(3)
    counts = rng.multinomial(50_000, EQUAL.mass, size=groups)
    (test,) = by_group(name, counts, EQUAL, "groups", against_law=True)
    coarse = counts.reshape(groups, 32, 128).sum(axis=2)
    fine = [stats.chisquare(row.reshape(-1, 2).sum(axis=1)) for row in counts]
    by_hand = [sum(stats.chisquare(row).statistic for row in coarse), sum(fit.statistic for fit in fine)]
    assert test.statistic in [pytest.approx(value) for value in by_hand]
    assert by_group(name, counts[:1], EQUAL, "groups", against_law=False) == []


def test_a_law_that_all_groups_share_is_no_difference_between_groups():
    rng = np.random.default_rng(4)
    tilted = EQUAL.mass * np.where(np.arange(len(EQUAL.mass)) % 2, 1.3, 0.7)
    counts = rng.multinomial(100_000, tilted / tilted.sum(), size=5)
    (between,) = by_group("law", counts, EQUAL, "groups", against_law=False)
    (with_law,) = by_group("law", counts, EQUAL, "groups", against_law=True)
    assert between.p_value > LEVEL
    assert with_law.p_value < LEVEL


@pytest.mark.slow
def test_the_stated_error_of_a_group_is_detected_with_the_stated_power():
    """300 trials with errors of random signs in every cell, of the size of ``detectable``; false-alarm rate 1e-4."""
    rng, classes = np.random.default_rng(5), 32
    cells = SimpleNamespace(mass=np.full(classes, 1 / classes), merged=lambda least, most: np.arange(classes))
    sizes = [20_000] * 4
    (test,) = by_group("law", np.stack([rng.multinomial(n, cells.mass) for n in sizes]), cells, "g", against_law=True)
    misses = 0
    for _ in range(300):
        signs = [rng.permutation(np.repeat([1, -1], classes // 2)) for _ in sizes]
        laws = [cells.mass * (1 + test.detectable * sign) for sign in signs]
        counts = np.stack([rng.multinomial(n, law) for n, law in zip(sizes, laws, strict=True)])
        misses += by_group("law", counts, cells, "g", against_law=True)[0].p_value >= LEVEL
    assert stats.binom.sf(misses - 1, 300, 1 - POWER) > 1e-4


@pytest.mark.slow
def test_the_stated_error_holds_although_the_p_value_is_doubled():
    """300 trials of two resolutions, with errors of random signs in 4,096 cells; misses are binomial (1e-4)."""
    rng, n = np.random.default_rng(7), 400_000

    def test_of(law):
        return by_group("law", rng.multinomial(n, law, size=2), EQUAL, "groups", against_law=True)[0]

    stated = np.sqrt(noncentrality(2 * (4_096 - 1), LEVEL / 2) / (2 * n))
    misses, fine = 0, []
    for _ in range(300):
        signs = rng.permutation(np.repeat([1, -1], 2_048))
        test = test_of(EQUAL.mass * (1 + stated * signs))
        misses += test.p_value >= LEVEL
        fine += [test.detectable] if test.df == 2 * (4_096 - 1) else []
    assert fine
    assert fine == [pytest.approx(stated)] * len(fine)
    assert stats.binom.sf(misses - 1, 300, 1 - POWER) > 1e-4


def test_pairs_have_scipys_statistic():
    plan, rng = planned([3, 2, 2], k=2), np.random.default_rng(1)
    ids = honest(plan, rng)
    of_ids = CellsOfIds(plan)
    binned = of_ids.of_id[ids]
    columns = lambda draws: [(draws[:, 0], draws[:, 1])]  # noqa: E731
    (test,) = dependence("pairs", [binned], columns, of_ids.cells, len(ids), "the other")
    table = np.zeros((3, 3))
    np.add.at(table, (ids[:, 0], ids[:, 1]), 1)
    oracle = stats.chi2_contingency(table, correction=False)
    assert (test.statistic, test.p_value, test.df) == pytest.approx((oracle.statistic, oracle.pvalue, 4))


@pytest.mark.parametrize("rows", [4_000, 40_000])
@pytest.mark.slow
def test_the_stated_share_of_copies_is_detected_with_the_stated_power(rows):
    """150 streams with as many copies in one pair of columns as ``detectable`` says; misses are binomial (1e-4)."""
    plan, rng = planned(k=3, rows=rows), np.random.default_rng(2)
    size = results(plan, honest(plan, rng))["pairs within rows"].detectable
    misses = 0
    for _ in range(150):
        ids = honest(plan, rng)
        ids[:, 2] = np.where(rng.random(rows) < size, ids[:, 0], ids[:, 2])
        misses += results(plan, ids)["pairs within rows"].p_value >= LEVEL
    assert stats.binom.sf(misses - 1, 150, 1 - POWER) > 1e-4


def column_copies(ids, rng, column=1):
    """3 % of the ids of a column are copies of those of column 0."""
    ids[:, column] = np.where(rng.random(len(ids)) < 0.03, ids[:, 0], ids[:, column])


def row_copies(ids, rng, lag=1):
    """3 % of the rows are copies of an earlier row."""
    ids[lag:] = np.where(rng.random((len(ids) - lag, 1)) < 0.03, ids[:-lag], ids[lag:])


def end_copies(ids, rng):
    """6 % of the rows begin with the end of the row before."""
    ids[1:, 0] = np.where(rng.random(len(ids) - 1) < 0.06, ids[:-1, -1], ids[1:, 0])


@pytest.mark.parametrize(
    ("fault", "name"),
    [(lambda ids, rng, c=c: column_copies(ids, rng, c), PAIRS[0]) for c in (1, 2, 4)]
    + [(lambda ids, rng, lag=lag: row_copies(ids, rng, lag), PAIRS[1]) for lag in (1, 2, 5, 7, 64, 1024)]
    + [(end_copies, PAIRS[1])],
)
def test_dependent_pairs_are_detected(fault, name):
    """Seeds are fixed. The honest draws before the fault pass, at a false-alarm rate of 3e-8."""
    plan, rng = planned(rows=100_000), np.random.default_rng(3)
    ids = honest(plan, rng)
    assert results(plan, ids)[name].p_value > LEVEL
    fault(ids, rng)
    assert results(plan, ids)[name].p_value < LEVEL


@pytest.mark.parametrize("column", [1, 2])
def test_distinct_columns_that_depend_on_each_other_are_detected(column):
    """The id of a column is the next rank after that of column 0 in 4 % of the rows; each column alone hardly moves."""
    plan, rng = planned(k=3, rows=100_000, replacement=False), np.random.default_rng(6)
    ids = honest(plan, rng)
    assert results(plan, ids)["pairs within rows"].p_value > LEVEL
    copies = (ids[:4_000, 0] + 1) % 100
    free = (ids[:4_000] != copies[:, None]).all(axis=1)
    ids[:4_000][free, column] = copies[free]
    assert results(plan, ids)["pairs within rows"].p_value < LEVEL


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("replacement", [True, False])
def test_a_law_that_depends_on_the_place_is_detected_by_the_test_of_that_place(group, replacement):
    """One draw in four of a group is one of the ten rarest ids. Only the tests of related groups may fail as well."""
    plan, rng = planned(rows=30_000, replacement=replacement), np.random.default_rng(3)
    ids = honest(plan, rng)
    number = np.arange(len(ids))
    call = np.digitize(number, np.arange(1, 7) * 3_000)
    first = np.array([n % CALL_ROWS[c] == 0 if c < LARGE else False for n, c in zip(number, call, strict=True)])
    form = np.array([n // CALL_ROWS[c] % 3 if c < LARGE else 0 for n, c in zip(number, call, strict=True)])
    wrong = {
        "column": np.zeros(len(ids), dtype=bool),
        "row number": number % 16 == 3,
        "size of call": call == 3,
        "place in call": first & (call > 0),
        "form of call": (form == 2) & (call < LARGE),
        "time": number < 2_500,
    }[group]
    batch = Batch(ids, number, call.astype(np.int8), form.astype(np.int8), first)

    def p_values():
        arrangement = Arrangement(plan)
        arrangement.see(batch)
        return {test.name: test.p_value for test in arrangement.tests()}

    assert min(p_values().values()) > LEVEL
    rare = np.flatnonzero(wrong & (rng.random(len(ids)) < 0.25)) if group != "column" else np.arange(0, len(ids), 4)
    ids[rare, 3 if group == "column" else 0] = 90 + rng.integers(10, size=len(rare))
    if not replacement:
        assert (np.diff(np.sort(ids, axis=1), axis=1) == 0).any(axis=1).mean() < 0.01
    name = "law over time" if group == "time" else f"law by {group}"
    assert p_values()[name] < LEVEL


def test_the_main_stream_has_calls_of_all_sizes_and_forms():
    """A tenth of the rows in calls of each size; the rows are those of one large call."""
    plan = planned(rows=50_000)
    sampler = samplers.create("alias", plan.noise, rng=4)
    drawn = list(batches(sampler, plan))
    assert np.array_equal(np.concatenate([batch.ids for batch in drawn]), sampler.with_rng(4).sample(50_000, 5))
    assert [int(batch.call[0]) for batch in drawn] == [0, 1, 2, 3, 4, 5, LARGE]
    assert [len(batch.ids) for batch in drawn] == [5_000] * 6 + [20_000]
    assert [int(batch.first.sum()) for batch in drawn] == [-(-5_000 // size) for size in CALL_ROWS] + [1]
    assert set(drawn[2].form.tolist()) == {0, 1, 2}
    np.testing.assert_array_equal(np.concatenate([batch.number for batch in drawn]), np.arange(50_000))


def test_a_strategy_that_pays_for_each_call_gets_few_calls():
    calls = []

    class Counting(samplers.get("bisect")):
        info = samplers.Info(name="counting", cost="call")

        def _fill(self, out):
            calls.append(len(out))
            super()._fill(out)

    plan = planned(np.ones(2**20, dtype=int), rows=60_000)
    list(batches(Counting(plan.noise, rng=1), plan))
    assert sum(calls) == 60_000
    assert calls.count(1) == calls.count(3) == 16


def test_few_rows_are_drawn_in_one_call_and_leave_nothing_to_compare():
    plan = planned(rows=3, k=1)
    drawn = list(batches(samplers.create("alias", plan.noise, rng=4), plan))
    assert sum(len(batch.ids) for batch in drawn) == 3
    assert results(plan, np.zeros((3, 1), dtype=np.int64)) == {}


@pytest.mark.parametrize(
    ("name", "replacement"), [("alias", True), ("alias", False), ("bisect", True), ("multinomial", False)]
)
def test_one_seed_for_two_streams_is_detected(name, replacement):
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
        tests = between_streams(sampler, plan, np.random.default_rng(7))
        assert [test.name for test in tests] == ["pairs between streams", "overlapping streams"]
        assert [test.p_value < LEVEL for test in tests] == [alarm, alarm]
        assert sampler.position == 0


def test_ids_that_do_not_exist_are_left_out_of_the_streams():
    plan = planned([5, 3, 0, 2], rows=2_000)

    class Wild(samplers.get("bisect")):
        def _fill(self, out):
            super()._fill(out)
            out[:9] = [[-1], [4], [2], [10**9], [0], [1], [3], [-(2**40)], [0]]

    test = between_streams(Wild(plan.noise, rng=1), plan, np.random.default_rng(1))[0]
    assert test.n in ((plan.rows - 5) * columns for columns in (1, 5))
    assert possible(np.array([-1, 0, 2, 3, 4]), plan).tolist() == [False, True, False, True, False]


@pytest.mark.parametrize("replacement", [True, False])
@pytest.mark.parametrize("counts", [[7], [0, 7, 0]])
def test_a_single_id_leaves_nothing_to_compare(counts, replacement):
    plan = planned(counts, k=1, rows=2_000, replacement=replacement)
    ids = np.full((plan.rows, 1), int(np.argmax(counts)))
    tests = results(plan, ids)
    assert set(tests) == (set() if replacement else set(tests))
    assert all(test.p_value > LEVEL for test in tests.values())
    sampler = samplers.create("alias", plan.noise, rng=1, replacement=replacement)
    assert all(test.p_value > LEVEL for test in between_streams(sampler, plan, np.random.default_rng(1)))


@pytest.mark.parametrize(("counts", "rows"), [([7, 6], 2_000), ([99 ** (4 / 3), 1], 60_000), ([10**18, 1], 2_000)])
@pytest.mark.parametrize("replacement", [True, False])
def test_two_ids_are_enough_and_a_heavy_one_is_no_alarm(counts, rows, replacement):
    """p_max 0.53, 0.99 and nearly 1; 20 seeds each at a false-alarm rate of 3e-8."""
    plan, rng = planned(counts, k=2, rows=rows, replacement=replacement), np.random.default_rng(13)
    for _ in range(20):
        assert all(test.p_value > LEVEL for test in results(plan, honest(plan, rng)).values())
    if replacement and counts[0] == 7:
        copied = np.repeat(honest(plan, rng)[: rows // 2], 2, axis=0)
        assert results(plan, copied)["pairs between rows"].p_value < LEVEL


def test_a_costly_sampler_is_asked_for_a_quarter_of_its_rows():
    asked = []
    plan = planned(rows=400)

    def with_rng(rng):
        return SimpleNamespace(
            sample=lambda rows, k: asked.append((rows, k)) or honest(plan, np.random.default_rng(1), rows)
        )

    for cost in ("row", "id"):
        info = samplers.Info(name="counted", cost=cost)
        between_streams(SimpleNamespace(info=info, with_rng=with_rng), plan, np.random.default_rng(1))
    long = [shape for shape in asked if shape[0] >= 100]
    assert long == [(100, 5)] * 2 + [(400, 5)] * 2


@pytest.mark.parametrize("replacement", [True, False])
def test_other_lengths_and_far_rows_of_an_honest_sampler_pass(replacement):
    """False-alarm rate 3e-8 for each of 10 seeds."""
    plan = planned(rows=50_000, replacement=replacement)
    sampler = samplers.create("alias", plan.noise, rng=1, replacement=replacement)
    for seed in range(10):
        for make_tests in (other_k, far_rows):
            (test,) = make_tests(sampler, plan, np.random.default_rng(seed))
            assert test.p_value > LEVEL
    assert sampler.position == 0


def test_rows_without_numbers_are_not_looked_for_far_away():
    plan = planned()
    assert far_rows(samplers.create("bisect", plan.noise, rng=1), plan, np.random.default_rng(1)) == []


def test_lengths_are_limited_by_the_ids_and_by_the_strategy():
    lengths = []

    class Listens(samplers.get("alias")):
        def sample(self, rows, k, **options):
            lengths.append(k)
            return super().sample(rows, k, **options)

    plan = planned([5, 4, 3, 2, 1, 1], k=2, replacement=False)
    other_k(Listens(plan.noise, rng=1, replacement=False), plan, np.random.default_rng(1))
    assert lengths == [1, 3, 5]
