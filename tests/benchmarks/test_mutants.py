# SPDX-License-Identifier: MIT
"""Every mutant has the flaw that it says, and the check rejects it by the test that is there for it.

All seeds are fixed. An honest sampler fails a check with probability 1e-6 (`samplers.fidelity.power.ALPHA`).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

import numpy as np
import pytest
from scipy import stats

import samplers
from benchmarks.mutants import LARGE, MUTANTS, SMALL, UNSEEN, Honest

NAMES = [mutant.kind.info.name for mutant in MUTANTS]
P = SMALL**0.75 / (SMALL**0.75).sum()
FALSE_ALARM = 1e-6


def build(name: str, rng: int = 11) -> samplers.Sampler:
    """A mutant by its name."""
    return MUTANTS[NAMES.index(name)].create(rng)


def fits(ids: np.ndarray, law: np.ndarray) -> bool:
    """Whether a chi-square finds independent ids to follow a law; false-alarm rate 1e-6, both tails."""
    law = law / law.sum()
    observed = np.bincount(ids.ravel(), minlength=len(law))
    if len(observed) > len(law) or observed[law == 0].any():
        return False
    p = stats.chisquare(observed[law > 0], observed.sum() * law[law > 0]).pvalue
    return FALSE_ALARM < p < 1 - FALSE_ALARM


@pytest.mark.parametrize("mutant", MUTANTS, ids=NAMES)
def test_a_mutant_is_rejected_by_the_test_that_is_there_for_it(mutant):
    result = samplers.check_fidelity(mutant.create(5), k=mutant.k, rows=mutant.rows)
    assert not result.passed
    assert mutant.rejected_by in {test.name for test in result.tests if not test.passed}, str(result)


@pytest.mark.parametrize("unseen", UNSEEN, ids=[unseen.kind.info.name for unseen in UNSEEN])
def test_what_the_check_is_said_not_to_see_passes(unseen):
    """Default settings. If this fails, the check became better: move the sampler to the mutants that are rejected."""
    result = samplers.check_fidelity(unseen.create(5))
    assert result.passed, str(result)
    assert unseen.reason.endswith(".")
    assert unseen.kind.info.flaw.endswith(".")


@pytest.mark.parametrize("counts", [SMALL, LARGE[:1000], np.append(SMALL, [0, 0]), np.ones(500, dtype=int)])
@pytest.mark.parametrize("replacement", [True, False])
def test_the_honest_sampler_under_the_mutants_passes(counts, replacement):
    """One check each, false-alarm rate 1e-6."""
    sampler = Honest(samplers.NoiseDistribution(counts), rng=5, replacement=replacement)
    result = samplers.check_fidelity(sampler, rows=20_000)
    assert result.passed, str(result)


def test_no_mutant_is_registered_and_each_says_what_is_wrong_and_where_it_comes_from():
    assert not set(NAMES) & set(samplers.names())
    assert Honest.info.name not in samplers.names()
    assert len(set(NAMES)) == len(NAMES) >= 32
    for mutant in MUTANTS:
        assert mutant.kind.info.flaw.endswith("."), mutant.kind.info.name
        assert mutant.kind.info.source


CLAIMED = {
    "exponent_074": SMALL**0.74,
    "counts_unused": np.ones(100),
    "last_id_ignored": np.append(P[:-1], 0),
    "top_word_dropped": np.append(0, P[1:]),
    "columns_dependent": P,
    "rows_dependent": P,
    "seed_ignored": P,
    "two_workers": P,
}


@pytest.mark.parametrize("name", CLAIMED)
def test_the_law_of_an_id_is_the_one_claimed(name):
    """Every 64th row: those are independent, whatever the mutant does to its neighbours. A law off by 5 % shows."""
    assert fits(
        build(name).sample(2**18, 5)[::64] if name == "two_workers" else build(name).sample(60_000, 1), CLAIMED[name]
    )


def test_the_rare_half_and_the_even_ids_come_more_often_by_as_much_as_claimed():
    """Binomial shares within 5 standard deviations of what is claimed; false-alarm rate 6e-7 each."""
    p = LARGE**0.75 / (LARGE**0.75).sum()
    n = 500_000
    ids = build("rare_half").sample(n, 1)
    rare = p < np.median(p)
    shares = {"rare_half": (rare[ids].mean(), 1.1 * p[rare].sum() / (p[~rare].sum() + 1.1 * p[rare].sum()))}
    even, odd = 1.03 * p[::2].sum(), p[1::2].sum()
    shares["even_ids"] = ((build("even_ids").sample(n, 1) % 2 == 0).mean(), even / (even + odd))
    for name, (found, claimed) in shares.items():
        assert abs(found - claimed) < 5 * np.sqrt(claimed * (1 - claimed) / n), name


def test_a_word_modulo_v_has_the_preimages_of_16_bits():
    assert fits(build("word_modulo_v").sample(400_000, 1), np.bincount(np.arange(2**16) % 10_000))


def test_bisect_right_gives_v_for_one_word_of_65536_and_bisect_left_for_none():
    """By enumeration of the words; then how often V came, 2**22 draws, exact binomial limits at 1e-6."""
    table = np.rint(np.cumsum(P) * 2**16).astype(int).tolist()
    assert [sum(bisect(table, r) == 100 for r in range(1, 2**16 + 1)) for bisect in (bisect_left, bisect_right)] == [
        0,
        1,
    ]
    ids = build("bisect_right").sample(2**20, 4)
    assert ids.max() == 100
    low, high = stats.binom.ppf([5e-7, 1 - 5e-7], ids.size, 2**-16)
    assert low <= (ids == 100).sum() <= high


def test_off_by_one_and_zero_weights():
    """One draw in 10,000; exact binomial limits at 1e-6."""
    assert fits(build("off_by_one").sample(50_000, 1) - 1, P)
    ids = build("zero_weights").sample(200_000, 5)
    assert (ids == 101).sum() == 0
    low, high = stats.binom.ppf([5e-7, 1 - 5e-7], ids.size, 1e-4)
    assert low <= (ids == 100).sum() <= high


def test_the_small_tables_are_word2vec_cs():
    for name, slots in (("small_table", 100_000), ("tiny_table", 50)):
        assert len(build(name).table) == slots
    assert (build("tiny_table").implied_probabilities()[-40:] == 0).all()


def test_too_even_counts_are_within_one_of_what_is_expected():
    observed = np.bincount(build("too_even").sample(10_000, 5).ravel(), minlength=100)
    assert np.abs(observed - 50_000 * P).max() < 1


def test_repeating_streams_repeat_however_they_are_split_into_calls():
    rows = build("frozen_row").sample(500, 5)
    assert (rows == rows[0]).all()
    assert len(set(rows[0].tolist())) > 1
    pool = build("pool_reused").sample(6_000, 5).ravel()
    np.testing.assert_array_equal(pool[10_000:20_000], pool[:10_000])
    constant = build("constant_lcg").sample(50, 5).ravel()
    assert (constant[1:] == 0).all()
    whole, parts = build("two_workers"), build("two_workers")
    ids = whole.sample(640, 5)
    batches = ids.reshape(10, 2, 32, 5)
    np.testing.assert_array_equal(batches[:, 0], batches[:, 1])
    assert (batches[0] != batches[1]).any()
    np.testing.assert_array_equal(np.concatenate([parts.sample(n, 5) for n in (1, 31, 33, 500, 75)]), ids)


def test_a_seed_is_ignored_by_one_mutant_and_by_no_other():
    def moved(name: str) -> bool:
        one = build(name)
        return bool((one.with_rng(1).sample(40, 5) != one.with_rng(2).sample(40, 5)).any())

    assert [name for name in NAMES if not moved(name)] == ["seed_ignored", "streams_opposed"]


@pytest.mark.parametrize("name", ["columns_dependent", "rows_dependent"])
def test_copies_come_in_2_percent_of_the_rows(name):
    """Equal pairs, of which chance gives sum(p**2); exact binomial limits at 1e-6."""
    ids = build(name).sample(200_000, 5)
    # Every other pair of rows, so that the trials are independent.
    equal = ids[:, 0] == ids[:, 1] if name == "columns_dependent" else ids[:-1:2, 0] == ids[1::2, 0]
    low, high = stats.binom.ppf([5e-7, 1 - 5e-7], len(equal), 0.02 + 0.98 * np.square(P).sum())
    assert low <= equal.sum() <= high


def test_rows_that_should_be_distinct():
    ids = build("duplicates").sample(1_000, 5)
    assert fits(build("duplicates").sample(20_000, 5), P)
    assert any(len(set(row)) < 5 for row in ids.tolist())
    for name in ("sorted_rows", "unique_then_truncate"):
        assert (np.diff(build(name).sample(1_000, 5), axis=1) > 0).all()


def test_truncated_rows_hold_the_lowest_five_of_ten():
    """Frequencies of the ids against the same rule over torch's successive samples; false-alarm rate about 1e-6."""
    torch = pytest.importorskip("torch", reason="torch is not installed")
    generator = torch.Generator().manual_seed(3)
    wide = torch.multinomial(torch.tensor(P).expand(20_000, -1), 10, generator=generator).numpy()
    expected = np.sort(wide, axis=1)[:, :5].ravel()
    found = build("unique_then_truncate").sample(20_000, 5).ravel()
    counts = np.stack([np.bincount(ids, minlength=100) for ids in (expected, found)])
    # The ids of a row are distinct, hence vary less than independent ones: the statistic is smaller than chi-square.
    assert stats.chi2_contingency(counts[:, counts.sum(axis=0) >= 20]).pvalue > FALSE_ALARM


def test_the_inclusion_probabilities_of_inclusion_k_p_are_k_p():
    """65,536 rows: each id's rows are binomial; false-alarm rate 100 * 4e-8. The head differs by 9 % from the law."""
    n, k = 65_536, 5
    ids = build("inclusion_k_p").sample(n, k)
    assert (np.diff(np.sort(ids, axis=1), axis=1) > 0).all()
    z = (np.bincount(ids.ravel(), minlength=100) - n * k * P) / np.sqrt(n * k * P * (1 - k * P))
    assert np.abs(z).max() < 5.5
    for column in ids.T:
        assert fits(column, P)


def test_exclusion_is_ignored_or_shifted():
    positives = np.zeros(20_000, dtype=np.int64)
    assert fits(build("positive_drawn").sample(20_000, 3, exclude=positives), P)
    shifted = np.append([0, P[0] + P[1]], P[2:])
    assert fits(build("positive_shifted").sample(20_000, 3, exclude=positives), shifted)
