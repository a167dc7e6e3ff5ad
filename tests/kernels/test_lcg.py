# SPDX-License-Identifier: MIT
"""The linear congruential generators of gensim and word2vec.c: how soon their low bits repeat, and that ours do so.

That `cum_table` and `unigram_table` give gensim's and word2vec.c's ids is tested in ``tests/strategies``; here
their tables are set so that an id is some bits of the word, and nothing is left between the two.
"""

from __future__ import annotations

import itertools
from functools import cache

import numpy as np
import pytest
from scipy import stats

import samplers
from benchmarks.findings.streams import lcg_states
from samplers.kernels import rows as kernel

A, C = 25214903917, 11
SEED = 0x5DEECE66D_1234567 % 2**64
FALSE_ALARM = 1e-6


@cache
def states(n: int) -> np.ndarray:
    """The n states of the 64-bit generator after `SEED`, step by step in plain Python, uint64 (n,)."""
    state, found = SEED, np.empty(n, dtype=np.uint64)
    for i in range(n):
        state = (state * A + C) % 2**64
        found[i] = state
    return found


N = 3 * 2**18


@pytest.mark.parametrize("bit", range(18))
def test_bit_j_of_the_state_has_period_two_to_the_j_plus_1(bit):
    """Half a period later it is the opposite: the period is no shorter."""
    bits = states(N) >> np.uint64(bit) & np.uint64(1)
    period = 2 ** (bit + 1)
    np.testing.assert_array_equal(bits[period:], bits[:-period])
    np.testing.assert_array_equal(bits[period // 2 :], 1 - bits[: -(period // 2)])


def test_the_low_16_bits_repeat_after_65536_draws_and_no_sooner():
    """word2vec.c subsamples with them (``next_random & 0xFFFF``): each value comes once in a period."""
    low = states(N) & np.uint64(0xFFFF)
    np.testing.assert_array_equal(low[2**16 :], low[: -(2**16)])
    assert len(np.unique(low[: 2**16])) == 2**16


def test_gensims_states_are_the_low_48_bits_of_word2vec_cs():
    state = SEED % 2**48
    for wide in states(N)[:10_000].tolist():
        state = (state * A + C) % 2**48
        assert state == wide % 2**48


def with_table(sampler: samplers.Sampler, table: np.ndarray) -> None:
    """Put another table in the place of the one that a user cannot set."""
    assert sampler.table.dtype == table.dtype
    vars(sampler)["table"] = table


def gensim_low(bits: int, n: int) -> np.ndarray:
    """The lowest bits of the next n 32-bit values of the compiled `cum_table`, int64 (n,)."""
    sampler = samplers.create("cum_table", np.ones(2**bits + 1, dtype=int))
    # bisect_left of x in 0, 1, ..., 2**bits is x, which is the value modulo the last entry.
    with_table(sampler, np.arange(2**bits + 1, dtype=np.uint32))
    sampler.state = SEED % 2**48
    return sampler.sample(n, 1).ravel()


def word2vec_low(bits: int, n: int) -> np.ndarray:
    """The lowest bits of the next n slot numbers of the compiled `unigram_table`, int64 (n,)."""
    sampler = samplers.create("unigram_table", np.ones(2**bits, dtype=int), table_size=2**bits)
    with_table(sampler, np.arange(2**bits, dtype=np.int32))
    sampler.state = SEED
    return sampler.sample(n, 1).ravel()


@pytest.mark.parametrize("bits", [1, 12])
def test_the_compiled_generators_give_the_words_of_the_formula(bits):
    """gensim draws from the state before the step, word2vec.c from the one after."""
    expected = (states(N) >> np.uint64(16)) % np.uint64(2**bits)
    np.testing.assert_array_equal(word2vec_low(bits, N), expected)
    assert gensim_low(bits, 1)[0] == (SEED % 2**48 >> 16) % 2**bits
    np.testing.assert_array_equal(gensim_low(bits, N)[1:], expected[:-1])


@pytest.mark.parametrize("name", ["cum_table", "unigram_table"])
def test_the_state_after_many_draws_is_where_the_formula_leads(name):
    """n steps in closed form with Python integers: A**n s + C (A**n - 1) / (A - 1), modulo the states."""
    options = {"table_size": 1000} if name == "unigram_table" else {}
    sampler = samplers.create(name, [5, 3, 2], **options)
    modulus = 2**48 if name == "cum_table" else 2**64
    sampler.state = SEED % modulus
    n = 1_000_003
    sampler.sample(n, 1)
    power = pow(A, n, modulus * (A - 1))
    assert sampler.state == (power * SEED + C * ((power - 1) // (A - 1))) % modulus


@pytest.mark.parametrize("low", [gensim_low, word2vec_low], ids=["cum_table", "unigram_table"])
def test_the_lowest_bit_of_a_draw_repeats_after_131072_draws(low):
    """So does the parity of a slot, or of gensim's value: bit 16 of the state."""
    drawn = low(1, N)
    np.testing.assert_array_equal(drawn[2**17 :], drawn[: -(2**17)])
    np.testing.assert_array_equal(drawn[2**16 :], 1 - drawn[: -(2**16)])


@pytest.mark.parametrize("state", [0, 1, 2**64 - 1, 0x0123456789ABCDEF])
@pytest.mark.parametrize("n", [1, 2, 3, 1000])
def test_states_in_one_go_are_those_of_single_steps(state, n):
    expected = []
    for _ in range(n):
        state = (state * A + C) % 2**64
        expected.append(state)
    assert lcg_states(expected[0], n)[: n - 1].tolist() == expected[1:]


LAGS = 2 ** np.arange(16, 20)
FIRST = 2**16
# Which bit of the state is the lowest of the word: gensim draws from bits 16 to 47, word2vec.c subsamples by 0 to 31.
SHIFTS = {"gensim": 16, "word2vec_high": 32, "word2vec_low": 0}


def repetition(words: np.ndarray) -> float:
    """p-value of 16 tests: bits 0 to 3 against themselves 2**16 to 2**19 words later.

    Equal bits of 2**16 pairs are binomial with chance 1/2; exact, two-sided, Bonferroni. Finds a bit that repeats
    in 51.6 % of the pairs with probability 0.99.
    """
    p = []
    for bit, lag in itertools.product(range(4), LAGS):
        bits = words >> np.uint32(bit) & np.uint32(1)
        equal = np.count_nonzero(bits[:FIRST] == bits[lag : lag + FIRST])
        p.append(stats.binomtest(int(equal), FIRST).pvalue)
    return min(1.0, len(p) * min(p))


def stream(name: str) -> np.ndarray:
    """Enough words of a generator, uint32."""
    n = FIRST + LAGS[-1]
    if name == "philox":
        words = np.empty(n + 64 + kernel.GENERATE_SLACK, dtype=np.uint64)
        kernel.generate(3, words, -(-n // 128) * 64)
        return words.view(np.uint32)[:n]
    return (lcg_states(SEED, n) >> np.uint64(SHIFTS[name])).astype(np.uint32)


def test_a_repetition_test_rejects_the_lcg_and_passes_philox():
    """False-alarm rate 1e-6, seeds fixed; see `repetition` for what it finds."""
    assert repetition(stream("philox")) > FALSE_ALARM
    assert repetition(stream("gensim")) < FALSE_ALARM
    assert repetition(stream("word2vec_low")) < FALSE_ALARM


def test_the_top_half_of_word2vec_cs_draw_outlives_the_same_test():
    """Bits 32 to 35 have periods of 2**33 and more: what fails is the low end, and the test is not just harsh."""
    assert repetition(stream("word2vec_high")) > FALSE_ALARM


def test_the_repetition_test_finds_what_it_says():
    """A bit that is copied from 2**17 words before it with probability 0.032 is equal in 51.6 % of the pairs.

    100 simulations, of which each misses with probability 0.01 at most: more than 6 misses come once in 1e5 runs.
    """
    rng = np.random.default_rng(8)
    missed = 0
    for _ in range(100):
        words = rng.integers(2**32, size=FIRST + LAGS[-1], dtype=np.uint32)
        later = slice(2**17, 2**17 + FIRST)
        copied = np.where(rng.random(FIRST) < 0.032, words[:FIRST] & 1, words[later] & 1)
        words[later] = words[later] & ~np.uint32(1) | copied
        missed += repetition(words) >= FALSE_ALARM
    assert missed <= 6
