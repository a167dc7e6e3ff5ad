# SPDX-License-Identifier: MIT
"""Words in place of ids: ids_of, log_prob, log_expected_count."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import samplers
from samplers.laws.noise_distribution import NoiseDistribution
from samplers.laws.reading import WordCounts

COUNTS = {"the": 1000, "cat": 400, "sat": 30, "\u00a0": 5, "": 2, "unseen": 0}
WORDS = list(COUNTS)


@pytest.fixture
def noise():
    return NoiseDistribution(COUNTS)


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        ("cat", 1),
        (["cat", "the", "cat"], [1, 0, 1]),
        (("sat",), [2]),
        ([["the", "unseen"], ["\u00a0", ""]], [[0, 5], [3, 4]]),
        (np.array(["the", "sat"]), [0, 2]),
        (np.array([["the"], ["sat"]], object), [[0], [2]]),
        ([], []),
        (np.zeros((2, 0), "U1"), [[], []]),
    ],
)
def test_ids_have_the_shape_of_the_words(words, ids, noise):
    found = noise.ids_of(words)
    assert found.dtype == np.int64
    assert found.tolist() == ids
    assert found.shape == np.shape(ids)


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        (["the", "dog"], ValueError, r"words\[1\] = 'dog' is not among the 6 words"),
        ([["the"], ["dog"]], ValueError, r"words\[1, 0\] = 'dog' is not"),
        ("dog", ValueError, r"words = 'dog' is not"),
        (["the ", "cat"], ValueError, r"words\[0\] = 'the ' is not"),
        ([0, 1], TypeError, r"words\[0\] must be a str, got 0"),
        ([b"the"], TypeError, r"words\[0\] must be a str, got b'the'"),
        (None, TypeError, "words must be a str, got None"),
        ([["the", "cat"], ["sat"]], TypeError, r"words\[0\] must be a str, got \['the', 'cat'\]"),
    ],
)
def test_unknown_words_are_named_with_their_place(words, error, message, noise):
    with pytest.raises(error, match=message):
        noise.ids_of(words)


def test_a_distribution_without_words_says_how_to_get_them():
    noise = NoiseDistribution([3, 1])
    with pytest.raises(
        TypeError, match="has no words, because its counts had none: create it from a mapping, or from a file"
    ):
        noise.ids_of(["the"])
    with pytest.raises(TypeError, match="has no words, because its counts had none: create it from a mapping"):
        noise.log_prob(["the"])


def test_two_ids_of_one_word_have_no_name():
    noise = NoiseDistribution(WordCounts(("a", "b", "a"), np.array([1, 2, 3])))
    with pytest.raises(ValueError, match="two ids have the word 'a'"):
        noise.ids_of("b")


def test_ids_as_words_are_found():
    noise = NoiseDistribution({7: 5, 2: 3})
    assert noise.ids_of(["7", "3"]).tolist() == [7, 3]


@pytest.mark.parametrize("words", [["cat", "unseen"], [["the"], ["sat"]], "cat", np.array(["the"], object)])
def test_log_prob_takes_words(words, noise):
    np.testing.assert_array_equal(noise.log_prob(words), noise.log_prob(noise.ids_of(words)))
    assert np.shape(noise.log_prob(words)) == np.shape(words)


def test_log_prob_names_what_is_unknown(noise):
    with pytest.raises(ValueError, match=r"ids\[1\] = 'dog'"):
        noise.log_prob(["the", "dog"])
    with pytest.raises(TypeError, match=r"ids\[1\] must be a str, got 1"):
        noise.log_prob(np.array(["the", 1], object))
    with pytest.raises(TypeError, match="ids must be integers, got dtype float64"):
        noise.log_prob([0.0])
    assert noise.log_prob([]).shape == (0,)


@pytest.mark.parametrize("replacement", [True, False])
@pytest.mark.parametrize("exclude", [None, [[0], [0]], ["the", "the"]])
def test_log_expected_count_takes_words(replacement, exclude, noise):
    sampler = samplers.create("alias", noise, rng=1, replacement=replacement)
    words = [["the", "cat"], ["unseen", "sat"]]
    found = sampler.log_expected_count(words, 2, exclude=exclude)
    np.testing.assert_array_equal(found, sampler.log_expected_count(noise.ids_of(words), 2, exclude=exclude))
    assert np.isneginf(found[1, 0])
    assert np.isneginf(found[0, 0]) == (exclude is not None)


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        (["the", "sat", "cat"], [[0], [2], [1]]),
        (np.array(["the", "sat", "cat"]), [[0], [2], [1]]),
        ([["the", "cat"], [], {"sat"}], [[0, 1], [], [2]]),
        ([["the", "cat"], ["sat", "sat"], ["cat", "the"]], [[0, 1], [2], [1, 0]]),
        (np.array([["the"], ["sat"], ["cat"]], dtype=object), [[0], [2], [1]]),
    ],
)
def test_words_are_excluded_by_name(words, ids, noise):
    for name in ("alias", "bisect"):
        sampler, other = (samplers.create(name, noise, rng=1) for _ in range(2))
        np.testing.assert_array_equal(sampler.sample(3, 4, exclude=words), other.sample(3, 4, exclude=ids))
    with pytest.raises(ValueError, match=r"exclude\[1\] = 'dog' is not among the 6 words"):
        sampler.sample(2, 4, exclude=["the", "dog"])
    with pytest.raises(ValueError, match=r"exclude: row 1 holds 'dog', which is not among the 6 words"):
        sampler.sample(3, 4, exclude=[["the"], ["cat", "dog"], []])


@pytest.mark.parametrize("clone", [copy.copy, copy.deepcopy, lambda noise: pickle.loads(pickle.dumps(noise))])
def test_copies_find_words_too_and_do_not_carry_the_index(clone, noise):
    before = len(pickle.dumps(noise))
    noise.ids_of("cat")
    assert len(pickle.dumps(noise)) == before
    assert clone(noise).ids_of(["sat"]).tolist() == [2]
