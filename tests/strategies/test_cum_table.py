# SPDX-License-Identifier: MIT
"""`cum_table` against gensim's own table and a plain-Python model of its loop."""

from __future__ import annotations

from bisect import bisect_left

import numpy as np
import pytest

import samplers
from benchmarks.workloads import WORKLOADS

DOMAIN = 2**31 - 1


def gensim_table(counts: np.ndarray, exponent: float) -> np.ndarray:
    """The table that a real gensim model builds from these counts."""
    word2vec = pytest.importorskip("gensim.models.word2vec", reason="gensim is not installed")
    model = word2vec.Word2Vec(vector_size=1, min_count=1, negative=5, ns_exponent=exponent)
    model.build_vocab_from_freq({f"w{i}": int(c) for i, c in enumerate(counts)})
    # gensim sorts by count; give its vocabulary the order of ours, which is any order.
    wanted = [f"w{i}" for i in range(len(counts))]
    model.wv.index_to_key = wanted
    model.wv.key_to_index = {word: i for i, word in enumerate(wanted)}
    model.wv.expandos["count"] = np.asarray(counts)
    model.make_cum_table()
    return model.cum_table


def real_counts(n_ids: int) -> np.ndarray:
    return WORKLOADS["english"].counts()[:n_ids]


@pytest.mark.parametrize("exponent", [0.75, 0.5, 1.0, 0.0, -0.5, 0.9])
def test_the_table_equals_gensims_entry_by_entry(exponent):
    counts = np.random.default_rng(1).permutation(real_counts(20_000))
    sampler = samplers.create("cum_table", counts, exponent=exponent)
    expected = gensim_table(counts, exponent)
    assert sampler.table.dtype == expected.dtype == np.uint32
    np.testing.assert_array_equal(sampler.table, expected)


@pytest.mark.slow
def test_the_table_of_all_english_words_equals_gensims():
    counts = WORKLOADS["english"].counts()
    np.testing.assert_array_equal(samplers.create("cum_table", counts).table, gensim_table(counts, 0.75))


def model(table: list[int], state: int, n: int) -> tuple[list[int], int]:
    """gensim's loop in plain Python: ``word2vec_inner.pyx``, w2v_fast_sentence_sg_neg."""
    ids = []
    for _ in range(n):
        ids.append(bisect_left(table, (state >> 16) % table[-1]))
        state = (state * 25214903917 + 11) & (2**48 - 1)
    return ids, state


def test_a_million_ids_in_a_row_equal_gensims_loop():
    sampler = samplers.create("cum_table", real_counts(50_000), rng=2)
    ids, state = model(sampler.table.tolist(), sampler.state, 10**6)
    assert sampler.sample(200_000, 5).reshape(-1).tolist() == ids
    assert sampler.state == state


def test_a_state_can_be_taken_over_from_gensim():
    sampler = samplers.create("cum_table", [5, 3, 2])
    sampler.state = 2**48 - 1
    ids, _ = model(sampler.table.tolist(), 2**48 - 1, 30)
    assert sampler.sample(10, 3).reshape(-1).tolist() == ids
    before = sampler.state
    for bad, error in ((-1, ValueError), (2**48, ValueError), (1.5, TypeError), (None, TypeError), ("x", TypeError)):
        with pytest.raises(error, match=r"state must be"):
            sampler.state = bad
    assert sampler.state == before


def brute_force(table: list[int], head: int) -> list[int]:
    """32-bit numbers that lead to each id, counted one residue at a time; the last id gets the rest."""
    counts = [0] * len(table)
    for residue in range(head):
        counts[bisect_left(table, residue)] += len(range(residue, 2**32, DOMAIN))
    counts[-1] += 2**32 - sum(counts)
    return counts


@pytest.mark.parametrize(
    "table",
    [[0, 1, 2, 3, 40, DOMAIN], [5, 5, 9, DOMAIN], [0, DOMAIN], [DOMAIN], [1, DOMAIN], [2, 3, 3, DOMAIN]],
)
def test_implied_probabilities_are_the_exact_law(table):
    sampler = samplers.create("cum_table", [1] * len(table))
    sampler.__dict__["table"] = np.array(table, dtype=np.uint32)  # past the guard that keeps finished tables
    head = table[-2] + 1 if len(table) > 1 else 0
    np.testing.assert_array_equal(sampler.implied_probabilities() * 2**32, brute_force(table, head))


def test_a_last_id_of_width_one_is_never_drawn():
    """The off-by-one of bisect_left: residues end at DOMAIN - 1, which the id before the last owns."""
    sampler = samplers.create("cum_table", [2**31 - 2, 1], exponent=1.0)
    assert sampler.table.tolist() == [DOMAIN - 1, DOMAIN]
    assert sampler.implied_probabilities().tolist() == [1.0, 0.0]
    assert bisect_left([DOMAIN - 1, DOMAIN], DOMAIN - 1) == 0


def test_powers_that_overflow_are_refused():
    with pytest.raises(ValueError, match=r"counts \*\* 400\.0 sum to inf"):
        samplers.create("cum_table", [1000, 1], exponent=400.0)
