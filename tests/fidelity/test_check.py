# SPDX-License-Identifier: MIT
"""check_fidelity as a whole; what each test rejects is in tests/benchmarks/test_mutants.py."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import samplers
from benchmarks.mutants import SMALL, Honest
from samplers.fidelity import FidelityResult
from samplers.fidelity.power import ALPHA, MOST_TESTS, POWER

EITHER = [
    "range",
    "chi-square",
    "chi-square, too even",
    "G-test",
    "index blocks",
    "index modulo 16",
    "frequency deciles",
    "ranked distribution",
    "total variation",
    "exponent",
    "e-process",
    "repeated windows",
    "law by column",
    "law by row number",
    "law by size of call",
    "law by place in call",
    "law by form of call",
    "law over time",
    "pairs within rows",
    "pairs between rows",
    "pairs between streams",
    "overlapping streams",
    "law for other k",
    "excluded ids",
    "law under exclusion",
    "columns under exclusion",
    "pairs under exclusion",
]
TESTS = {True: set(EITHER), False: {*EITHER, "duplicates", "conditional PIT", "Wald", "Rao-Scott"}}
OF_ALIAS = {"law of far rows", "table support", "table law"}


def honest(counts=SMALL, replacement=True, kind=Honest):
    return kind(samplers.NoiseDistribution(counts), rng=1, replacement=replacement)


class OnlyZeros(Honest):
    """Nothing but an id of weight zero."""

    def _fill(self, out) -> None:
        out[...] = int(np.argmin(self.noise.probabilities))


class Forgets(Honest):
    """Writes nothing that exists."""

    def _fill(self, out) -> None:
        out[...] = -5


@pytest.mark.parametrize("replacement", [True, False])
def test_an_honest_sampler_passes_and_the_result_is_readable(replacement):
    result = samplers.check_fidelity(honest(replacement=replacement), rows=40_000, rng=3)
    assert isinstance(result, FidelityResult)
    assert result.passed
    assert {test.name for test in result.tests} == TESTS[replacement]
    text = " ".join(str(result).split())  # lines are wrapped
    assert text.startswith("honest: faithful in 40,000 rows of 5")
    for test in result.tests:
        assert test.name in text
        assert test.detects in text
        assert 0 <= test.p_value <= test.p_adjusted <= 1
        assert test.detectable > 0
        assert test.n > 0
        assert test.unit
    with pytest.raises(AttributeError):
        result.rows = 3
    with pytest.raises(KeyError, match="no test 'nonsense'"):
        result.test("nonsense")


def test_no_line_of_the_result_is_wider_than_a_terminal():
    result = samplers.check_fidelity(samplers.create("alias", SMALL, rng=1, replacement=False), rows=40_000)
    assert max(map(len, str(result).splitlines())) <= 100


def test_a_sampler_with_a_table_is_audited_too():
    result = samplers.check_fidelity(samplers.create("alias", [*SMALL, 0], rng=1), rows=40_000)
    assert {test.name for test in result.tests} == {*TESTS[True], *OF_ALIAS, "zero weights"}
    assert result.audit.never_drawn == 0
    assert str(result.audit) in str(result)


@pytest.mark.parametrize("kind", [OnlyZeros, Forgets])
@pytest.mark.parametrize("replacement", [True, False])
def test_nothing_but_impossible_ids_is_a_failure_and_no_crash(kind, replacement):
    result = samplers.check_fidelity(honest([*SMALL, 0], replacement, kind), rows=20_000, rng=3)
    name = "zero weights" if kind is OnlyZeros else "range"
    assert [test.name for test in result.tests if not test.passed] == [name]
    assert result.test(name).effect == 1
    assert "NOT faithful" in str(result)


@pytest.mark.parametrize("counts", [[10**18, 1], [0, 5], [5]])
def test_an_id_with_nearly_all_the_weight_leaves_no_law_to_test(counts):
    result = samplers.check_fidelity(honest(counts), rows=1_000, rng=1)
    assert result.passed
    assert "chi-square" not in {test.name for test in result.tests}


@pytest.mark.parametrize("replacement", [True, False])
@pytest.mark.parametrize("counts", [[3, 2, 1], [5, 5], [1] * 70, [10**6, 3, 2, 1, 1, 0], [0.1, 0.2, 0.3]])
@pytest.mark.parametrize("k", [1, 2])
def test_small_laws_of_all_kinds(counts, replacement, k):
    for seed in range(5):
        result = samplers.check_fidelity(honest(counts, replacement), k=k, rows=2_000, rng=seed)
        assert result.passed, str(result)


@pytest.mark.parametrize("replacement", [True, False])
def test_p_values_of_few_ids_and_of_a_fixed_randomisation_are_not_called_uniform(replacement):
    uniform = {"chi-square", "G-test", "exponent", "Wald", "Rao-Scott"}
    for n_ids in (2, 3, 4, 6, 100):
        result = samplers.check_fidelity(honest(np.arange(n_ids) + 1, replacement), k=2, rows=4_000, rng=1)
        calibrated = {test.name for test in result.tests if test.calibrated}
        if n_ids <= 3:
            assert not calibrated
        assert (n_ids > 6) == ("chi-square" in calibrated) == ("exponent" in calibrated)
        assert "conditional PIT" not in calibrated
    assert calibrated >= uniform & TESTS[replacement]


def test_k_may_be_all_there_are():
    assert samplers.check_fidelity(honest([4, 3, 2, 1], False), k=4, rows=2_000, rng=1).passed


@pytest.mark.parametrize("k", [1, 3, 40])
@pytest.mark.parametrize("replacement", [True, False])
def test_no_check_has_more_tests_than_its_power_is_stated_for(k, replacement):
    one = samplers.create("alias", np.concatenate([SMALL, SMALL, [0]]), rng=1, replacement=replacement)
    assert len(samplers.check_fidelity(one, k=k, rows=20_000).tests) <= MOST_TESTS


def _p_values(sampler, seeds, rows, k):
    found = {}
    for seed in range(seeds):
        result = samplers.check_fidelity(sampler, k=k, rows=rows, rng=seed)
        assert result.passed, str(result)
        for test in result.tests:
            found.setdefault((test.name, test.calibrated), []).append(test.p_value)
    return found


# A check takes 60 to 200 ms. Whether its p-values are uniform is a question about the check, and one exact sampler in
# both modes answers it; each family of tests is asked by itself too, in the files beside this one. Whether the other
# samplers pass is a question about them.
STRICT, SEEDS, FEWER_SEEDS = "alias", 100, 10


def _built_in():
    """Our samplers with each of their modes, but for those that make a call a row: hundreds of checks are too slow.

    Nor those that draw the CPU's ids with torch: tests/tensors compares their ids, and their checks take 40 s.
    """
    for name in samplers.names():
        ours = samplers.origin(name) == "built-in" and samplers.why_unavailable(name) is None
        if ours and samplers.get(name).info.cost != "row" and samplers.get(name).info.device == "cpu":
            for replacement in samplers.get(name).info.replacement_modes:
                seeds = SEEDS if name == STRICT else FEWER_SEEDS
                mode = "with" if replacement else "without"
                yield pytest.param(name, replacement, seeds, id=f"{name}-{mode}-{seeds} seeds")


@pytest.mark.slow
@pytest.mark.parametrize(("name", "replacement", "seeds"), list(_built_in()))
def test_honest_samplers_pass_fresh_seeds_with_uniform_p_values(name, replacement, seeds):
    """Kolmogorov-Smirnov at 1e-5 for each test: about 30 tests of 7 samplers, 0.3 % false alarms; seeds fixed.

    p-values of bounds lie above uniform ones, and so the one-sided test is theirs.
    """
    counts = np.ones(100) if samplers.get(name).info.laws == "uniform" else SMALL
    one = samplers.create(name, counts, rng=0, replacement=replacement)
    if one.nbytes > 2**20:
        pytest.skip(f"{name}: its table takes {one.nbytes:,} bytes, each audit of it 0.1 s")
    for (test, calibrated), p in _p_values(one, seeds, rows=1_500, k=4).items():
        side = "two-sided" if calibrated else "greater"
        if not calibrated and min(p) == 1:
            continue
        assert stats.kstest(p, "uniform", alternative=side).pvalue > 1e-5, test


def test_the_result_counts_what_was_drawn():
    one = honest()
    result = samplers.check_fidelity(one, k=3, rows=1_000, rng=9)
    expected = np.bincount(one.with_rng(9).sample(1_000, 3).reshape(-1), minlength=100)
    np.testing.assert_array_equal(result.observed, expected)


def test_streams_beside_the_samplers_own_depend_on_its_seed():
    first, second = (samplers.check_fidelity(samplers.create("alias", SMALL, rng=seed), rows=5_000) for seed in (1, 2))
    for name in ("pairs between streams", "law under exclusion"):
        assert first.test(name).p_value != second.test(name).p_value


def test_the_same_seed_gives_the_same_result():
    one = honest()
    first, second = (samplers.check_fidelity(one, rows=2_000, rng=4) for _ in range(2))
    assert first.tests == second.tests
    assert first.tests != samplers.check_fidelity(one, rows=2_000, rng=5).tests


def test_a_given_rng_leaves_the_sampler_and_none_takes_its_next_rows():
    one = honest()
    samplers.check_fidelity(one, rows=500, rng=3)
    assert one.position == 0
    samplers.check_fidelity(one, rows=500)
    assert one.position == 500


def test_progress_is_shown_on_standard_error_when_asked_for(capsys):
    samplers.check_fidelity(honest(), rows=2_000, rng=1, progress=True)
    captured = capsys.readouterr()
    assert "checking honest" in captured.err
    assert captured.out == ""
    samplers.check_fidelity(honest(), rows=2_000, rng=1)
    assert capsys.readouterr().err == ""


def test_the_false_alarm_rate_and_the_power_are_stated():
    result = samplers.check_fidelity(honest(), rows=2_000, rng=1)
    assert result.false_alarm == ALPHA
    assert f"{ALPHA:g}" in str(result)
    assert f"{POWER}" in str(result)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"sampler": [1, 2]}, TypeError, "sampler must be a samplers.Sampler, got list"),
        ({"k": 0}, ValueError, "k must be at least 1, got 0"),
        ({"rows": 0}, ValueError, "rows must be at least 1, got 0"),
        ({"rows": 1, "k": 1}, ValueError, "rows=1 of 1 are too few to test"),
        ({"rng": "x"}, (TypeError, ValueError), "rng must be"),
    ],
)
def test_bad_arguments(arguments, error, message):
    one = honest()
    with pytest.raises(error, match=message):
        samplers.check_fidelity(**({"sampler": one} | arguments))
    assert one.position == 0
