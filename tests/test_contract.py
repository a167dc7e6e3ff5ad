# SPDX-License-Identifier: MIT
"""What every strategy must do; no test here names one."""

from __future__ import annotations

import inspect
import random
from itertools import permutations

import numpy as np
import pytest
from scipy import stats

import samplers

# The smallest p-value that a test below may see: its false-alarm rate. Seeds are fixed.
ALPHA = 1e-6


def test_ids_come_as_a_contiguous_int64_array_of_rows_and_columns(make, replacement):
    ids = make(replacement=replacement).sample(7, 3)
    assert ids.shape == (7, 3)
    assert ids.dtype == np.int64
    assert ids.flags.c_contiguous


def test_no_rows_give_an_empty_array(make):
    assert make().sample(0, 3).shape == (0, 3)


def test_numpy_integers_are_integers(make):
    assert make().sample(np.int32(2), np.uint8(3)).shape == (2, 3)


def test_ids_of_zero_weight_are_never_drawn(make, replacement):
    sampler = make("mixed", replacement=replacement)
    drawn = np.unique(sampler.sample(2000, 5))
    assert set(drawn) <= set(np.flatnonzero(sampler.noise.counts))
    assert len(drawn) == sampler.noise.nonzero


def test_a_single_id_is_drawn_always(make):
    assert (make("one").sample(5, 1) == 0).all()


def test_the_same_rng_gives_the_same_ids_and_another_gives_others(make, replacement):
    first, second, third = (make(rng=rng, replacement=replacement).sample(50, 5) for rng in (1, 1, 2))
    np.testing.assert_array_equal(first, second)
    assert (first != third).any()


def test_create_and_with_rng_start_the_same_stream(make, sampler_name, options):
    sampler = make(rng=7)
    created = samplers.create(sampler_name, sampler.noise, rng=7, **options)
    np.testing.assert_array_equal(created.sample(20, 5), sampler.sample(20, 5))


def test_a_generator_is_as_good_as_its_seed(make):
    by_seed, by_generator = make(rng=5), make(rng=np.random.default_rng(5))
    np.testing.assert_array_equal(by_seed.sample(20, 5), by_generator.sample(20, 5))


def test_with_rng_leaves_the_sampler_where_it_is(make):
    alone, disturbed = make(rng=1), make(rng=1)
    head = alone.sample(10, 5), disturbed.sample(10, 5)
    disturbed.with_rng(9).sample(10, 5)
    np.testing.assert_array_equal(*head)
    np.testing.assert_array_equal(alone.sample(10, 5), disturbed.sample(10, 5))


def test_calls_go_on_in_the_stream_and_position_counts_rows(make):
    sampler = make()
    first, second = sampler.sample(40, 5), sampler.sample(40, 5)
    assert (first != second).any()
    assert sampler.position == 80


def test_out_is_filled_and_returned(make, replacement):
    expected = make(replacement=replacement).sample(30, 5)
    for dtype in (np.int64, np.int32):
        out = np.full((30, 5), -7, dtype=dtype)
        assert make(replacement=replacement).sample(30, 5, out=out) is out
        np.testing.assert_array_equal(out, expected)


def test_a_torch_tensor_is_filled_in_place(make):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    for dtype in (torch.int64, torch.int32):
        out = torch.zeros((30, 5), dtype=dtype)
        memory = out.data_ptr()
        assert make().sample(30, 5, out=out) is out
        assert out.data_ptr() == memory
        np.testing.assert_array_equal(out.numpy(), make().sample(30, 5))
    with pytest.raises(TypeError, match="out must be int64 or int32.*float32"):
        make().sample(30, 5, out=torch.zeros((30, 5)))
    with pytest.raises(ValueError, match="C-contiguous"):
        make().sample(30, 5, out=torch.zeros((5, 30), dtype=torch.int64).T)


def test_no_global_generator_is_read_or_written(make):
    python = random.getstate()
    ids = make(rng=3).sample(20, 5)
    assert random.getstate() == python  # NumPy's is held by conftest.py
    random.seed(99)
    np.testing.assert_array_equal(make(rng=3).sample(20, 5), ids)
    random.setstate(python)


def test_rows_hold_distinct_ids_exactly_without_replacement(make, replacement):
    ids = np.sort(make("small", replacement=replacement).sample(500, 4), axis=1)
    distinct = (ids == np.arange(4)).all(axis=1)
    assert distinct.any()
    assert distinct.all() == (not replacement)


def test_an_excluded_id_is_never_drawn_in_any_form_of_exclude(make, replacement):
    sampler = make("mixed", replacement=replacement)
    one = np.full(400, 2)
    several = np.tile([5, 2, 5], (400, 1))
    csr = (np.arange(401) * 2, np.tile([2, 5], 400))
    assert 2 in sampler.sample(400, 3)
    assert 2 not in sampler.sample(400, 3, exclude=one)
    assert not np.isin(sampler.sample(400, 3, exclude=several), [2, 5]).any()
    assert not np.isin(sampler.sample(400, 3, exclude=csr), [2, 5]).any()


def test_rows_exclude_their_own_ids_only(make, replacement):
    sampler = make("small", replacement=replacement)
    own = np.arange(3000) % 4
    ids = sampler.sample(3000, 2, exclude=own)
    assert not (ids == own[:, None]).any()
    for row in range(4):
        assert set(np.unique(ids[row::4])) == set(range(4)) - {row}


def test_excluding_nothing_changes_nothing(make, replacement):
    plain = make(rng=1, replacement=replacement).sample(20, 3)
    empty = (np.zeros(21, dtype=np.int64), np.zeros(0, dtype=np.int64))
    np.testing.assert_array_equal(make(rng=1, replacement=replacement).sample(20, 3, exclude=empty), plain)


def law_of_rows(p: np.ndarray, k: int, replacement: bool) -> dict[tuple[int, ...], float]:
    """Exact probability of every ordered row by enumeration."""
    ids = np.flatnonzero(p)
    if replacement:
        rows = [(a, b) for a in ids for b in ids]
        return {row: float(np.prod(p[list(row)])) for row in rows}
    law = {}
    for row in permutations(ids, k):
        left, probability = 1.0, 1.0
        for i in row:
            probability *= p[i] / left
            left -= p[i]
        law[row] = probability
    return law


@pytest.mark.parametrize("excluded", [None, 0, 3])
def test_rows_follow_their_exact_law(make, replacement, excluded):
    """Chi-square over ordered pairs at V = 4; detects, at 1e-6, a total variation of 2 % with power 0.99."""
    sampler, rows = make("small", rng=2026, replacement=replacement), 20_000
    p = sampler.noise.probabilities.copy()
    exclude = None
    if excluded is not None:
        p[excluded] = 0.0
        p /= p.sum()
        exclude = np.full(rows, excluded)
    ids = sampler.sample(rows, 2, exclude=exclude)
    law = law_of_rows(p, 2, replacement)
    seen = {row: 0 for row in law}
    for row in ids:
        seen[tuple(row)] += 1  # a row of another law is a KeyError
    expected = rows * np.array(list(law.values()))
    assert stats.chisquare(list(seen.values()), expected).pvalue > ALPHA


def test_mark_writes_minus_one_where_a_plain_draw_collides(make, replacement):
    plain = make(rng=4, replacement=replacement).sample(300, 4)
    marked = make(rng=4, replacement=replacement).sample(300, 4, exclude=np.full(300, 2), on_collision="mark")
    np.testing.assert_array_equal(marked, np.where(plain == 2, -1, plain))
    assert (marked == -1).any()


def test_a_row_that_keeps_next_to_nothing_ends_and_is_right(make):
    """All but the rarest id excluded: plain redraws would take about 1e5 rounds here."""
    sampler = make("mixed", exponent=2.0)
    counts = sampler.noise.counts
    rarest = int(np.argmin(np.where(counts > 0, counts, counts.max() + 1)))
    others = np.delete(np.arange(len(counts)), rarest)
    ids = sampler.sample(3, 1, exclude=np.tile(others, (3, 1)))
    assert (ids == rarest).all()


def test_implied_probabilities_are_a_law_close_to_the_target(make):
    sampler = make("mixed")
    table = sampler.implied_probabilities()
    if table is None:
        pytest.skip("no table that states a law")
    assert table.sum() == pytest.approx(1.0, abs=1e-12)
    np.testing.assert_allclose(table, sampler.noise.probabilities, atol=1e-6)


def test_expected_counts_are_k_p_with_replacement_and_compete_without(make, replacement):
    sampler = make(replacement=replacement)
    p, expected = sampler.noise.probabilities, sampler.expected_counts(5)
    np.testing.assert_allclose(sampler.expected_counts(1), p)
    np.testing.assert_allclose(expected[p > 0], np.exp(sampler.log_expected_count(np.flatnonzero(p), 5)))
    assert expected.sum() == pytest.approx(5, rel=1e-12)
    if replacement:
        np.testing.assert_allclose(expected, 5 * p)
    else:
        assert expected.max() < 1 < 5 * p.max()


def test_draws_pass_the_fidelity_check_unless_the_strategy_states_a_flaw(make, sampler_name):
    result = samplers.check_fidelity(make("mixed", rng=1))
    assert result.passed == (samplers.get(sampler_name).flaw == ""), str(result)


def test_a_strategy_describes_itself(make, sampler_name):
    strategy = samplers.get(sampler_name)
    summary = (inspect.getdoc(strategy) or "").partition("\n")[0]
    assert 10 < len(summary) <= 110
    assert summary.endswith(".")
    assert strategy.source
    assert strategy.stream
    assert strategy.name == sampler_name
    sampler = make()
    assert sampler_name in repr(sampler)
    assert isinstance(sampler.nbytes, int)
    assert sampler.nbytes > 0
    assert sampler.device == "cpu" or sampler.device.startswith("cuda")
