# SPDX-License-Identifier: MIT
"""`unigram_table` against a line-by-line Python model of word2vec.c."""

from __future__ import annotations

import math

import numpy as np
import pytest

import samplers


def word2vec_table(counts: list[int], size: int, power: float = 0.75) -> list[int]:
    """InitUnigramTable of word2vec.c, with a zero count beyond the end, as its calloc'ed vocabulary has."""
    vocab = [*counts, 0]
    total = 0.0
    for count in counts:
        total += math.pow(count, power)
    table = [0] * size
    i = 0
    d1 = math.pow(vocab[i], power) / total
    for a in range(size):
        table[a] = i
        if a / float(size) > d1:
            i += 1
            d1 += math.pow(vocab[i], power) / total
        if i >= len(counts):
            i = len(counts) - 1
    return table


def model(table: list[int], state: int, n: int, vocab_size: int | None) -> list[int]:
    """The draw of TrainModelThread; ``vocab_size`` to replace id 0."""
    ids = []
    for _ in range(n):
        state = (state * 25214903917 + 11) % 2**64
        target = table[(state >> 16) % len(table)]
        if vocab_size is not None and target == 0:
            target = state % (vocab_size - 1) + 1
        ids.append(target)
    return ids


SETS = [[1000, 300, 30, 30, 5, 1], [7], [3, 3, 3], list(range(500, 0, -1))]


@pytest.mark.parametrize("counts", SETS, ids=len)
@pytest.mark.parametrize("size", [1, 10, 1000, 99_991])
def test_the_table_equals_word2vec_c(counts, size):
    sampler = samplers.create("unigram_table", counts, table_size=size)
    assert sampler.table.tolist() == word2vec_table(counts, size)


@pytest.mark.parametrize("sentence_end", [False, True])
def test_the_ids_equal_word2vec_c(sentence_end):
    counts = [1000, 300, 30, 30, 5, 1]
    sampler = samplers.create("unigram_table", counts, rng=4, table_size=1000, sentence_end=sentence_end)
    ids = model(sampler.table.tolist(), sampler.state, 10_000, 6 if sentence_end else None)
    assert sampler.sample(2_000, 5).reshape(-1).tolist() == ids
    assert (0 in ids) != sentence_end


def test_implied_probabilities_count_the_preimages_of_every_slot():
    sampler = samplers.create("unigram_table", [9, 4, 1], table_size=7)
    preimages = [len(range(slot, 2**48, 7)) for slot in range(7)]
    expected = np.bincount(sampler.table, weights=preimages, minlength=3) / 2**48
    np.testing.assert_array_equal(sampler.implied_probabilities(), expected)
    assert samplers.create("unigram_table", [9, 4], table_size=7, sentence_end=True).implied_probabilities() is None


@pytest.mark.slow
def test_the_table_of_1e8_slots_that_word2vec_c_has_is_faithful():
    """The contract is tested over a tenth of the slots: they take a second and 400 MB."""
    sampler = samplers.create("unigram_table", [0, 30, 1000, 7, 0, 400, 90, 3, 55, 0], rng=1)
    assert (sampler.table_size, sampler.nbytes) == (10**8, 4 * 10**8)
    np.testing.assert_allclose(sampler.implied_probabilities(), sampler.noise.probabilities, atol=1e-7)
    result = samplers.check_fidelity(sampler)
    assert result.passed, str(result)
    assert result.audit is not None


def test_a_table_smaller_than_the_vocabulary_never_draws_the_last_ids():
    """The trap of deeplearning4j/deeplearning4j#920, found without a draw."""
    sampler = samplers.create("unigram_table", [10] * 50, table_size=20)
    implied = sampler.implied_probabilities()
    assert (implied[:19] > 0).all()  # id 0 has two slots, as a > d1 is strict
    assert (implied[19:] == 0).all()


def test_ids_of_zero_weight_get_no_slot():
    sampler = samplers.create("unigram_table", [0, 10, 0, 10, 0], table_size=100)
    assert set(sampler.table.tolist()) == {1, 3}


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"table_size": 0}, ValueError, "table_size must be at least 1, got 0"),
        ({"sentence_end": 1}, TypeError, "sentence_end must be True or False, got 1"),
    ],
)
def test_bad_options(options, error, message):
    with pytest.raises(error, match=message):
        samplers.create("unigram_table", [1, 2], **options)


def test_a_single_id_has_no_other_to_replace_it():
    """word2vec.c divides by vocab_size - 1 = 0 here."""
    with pytest.raises(ValueError, match="sentence_end=True needs two ids or more, got V=1"):
        samplers.create("unigram_table", [5], table_size=10, sentence_end=True)
    sampler = samplers.create("unigram_table", [5, 1], table_size=10)
    for bad in (-1, 2**64, 1.5, None):
        with pytest.raises((TypeError, ValueError), match="state must be"):
            sampler.state = bad


# An id of nearly all weight, many of hardly any, zeros: sorted by count, the other way round, and mixed.
AUDITED = {
    "rare ids last": [10**6, *[1] * 300],
    "rare ids first": [*[1] * 300, 10**6],
    "rare ids between": [10**5, *[1] * 150, 10**5, *[1] * 150],
    "zeros between": [0, 10**5, 0, *[1, 0] * 100, 0],
    "no id is rare": [5, 4, 3, 0, 2],
}


@pytest.mark.parametrize("size", [100, 1000, 20_000])
@pytest.mark.parametrize("counts", AUDITED.values(), ids=AUDITED)
def test_which_ids_get_more_than_their_share_and_which_get_none(counts, size):
    """What the docstring says, of the law of the table and the law of the noise."""
    sampler = samplers.create("unigram_table", counts, table_size=size)
    law, noise = sampler.implied_probabilities(), sampler.noise.probabilities
    positive = np.flatnonzero(noise)
    assert set(np.flatnonzero(law)) <= set(positive)  # weight zero: no slot
    drawn = law[positive] > 0
    assert drawn[: drawn.sum()].all()  # those that get none are the last
    # The ids in front have together at least their share, less what is cut off at a slot; those behind pay.
    slot = 1 / size + 1e-12
    assert (np.cumsum(law) >= np.cumsum(noise) - slot).all()
    rare = (noise[positive] < 1 / size) & drawn
    assert (law[positive][rare][:-1] >= (1 - 1e-9) / size).all()  # a whole slot each
    assert 0.5 * np.abs(law - noise).sum() <= (len(positive) + 1) * slot


def test_more_slots_than_ids_and_still_an_id_is_never_drawn():
    sampler = samplers.create("unigram_table", AUDITED["rare ids last"], table_size=1000)
    law = sampler.implied_probabilities()
    assert len(law) < sampler.table_size
    assert np.flatnonzero(law).tolist() == list(range(9))
    result = samplers.check_fidelity(sampler, progress=False)
    assert not result.passed
    assert result.audit.never_drawn == 292
