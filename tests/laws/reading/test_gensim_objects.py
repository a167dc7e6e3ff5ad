# SPDX-License-Identifier: MIT
"""gensim's models, KeyedVectors and Dictionary: counts, exponent, invented counts, words that come again."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

import samplers
from samplers.laws.noise_distribution import NoiseDistribution
from samplers.laws.reading import read_counts

word2vec = pytest.importorskip("gensim.models.word2vec")
keyedvectors = pytest.importorskip("gensim.models.keyedvectors")

SENTENCES = [["the", "cat", "sat", "on", "the", "mat"], ["the", "dog", "sat"], ["a", "cat"]]
COUNTED = Counter(word for sentence in SENTENCES for word in sentence)


def trained(sentences=SENTENCES, **options):
    return word2vec.Word2Vec(sentences, vector_size=4, min_count=1, epochs=1, seed=1, workers=1, **options)


def pairs(source):
    words, counts = read_counts(source)
    return list(zip(words, counts.tolist(), strict=True))


@pytest.fixture(scope="module")
def model():
    return trained()


def loaded(folder, words, counts=None, **options):
    """KeyedVectors of a file of vectors and, if there are counts, a vocabulary file."""
    vectors, vocabulary = folder / "vectors.txt", folder / "vocab.txt"
    vectors.write_text(f"{len(words)} 1\n" + "".join(f"{word} 0.5\n" for word in words), encoding="utf-8")
    if counts is not None:
        vocabulary.write_text("".join(f"{word} {count}\n" for word, count in counts.items()), encoding="utf-8")
        options["fvocab"] = str(vocabulary)
    return keyedvectors.KeyedVectors.load_word2vec_format(str(vectors), **options)


def test_models_and_vectors_keep_the_order_of_index_to_key(model):
    expected = [(word, COUNTED[word]) for word in model.wv.index_to_key]
    assert expected[0] == ("the", 3)
    assert pairs(model) == pairs(model.wv) == expected
    assert NoiseDistribution(model).words == tuple(model.wv.index_to_key)


def test_integer_words_of_a_model_keep_their_positions():
    model = trained([["7", "2", "7"], ["7", "5", "2"]])
    assert pairs(model) == [("7", 3), ("2", 2), ("5", 1)]
    assert model.wv.index_to_key == ["7", "2", "5"]


def test_the_probabilities_are_those_of_gensim_s_own_table(model):
    # gensim rounds the cumulative distribution to 31 bits.
    table = np.diff(model.cum_table.astype(np.int64), prepend=0) / float(model.cum_table[-1])
    np.testing.assert_allclose(NoiseDistribution(model).probabilities, table, atol=2.0**-30)


@pytest.mark.parametrize("exponent", [-0.5, 0.5, 0.75, 1.0])
def test_the_exponent_is_the_model_s_unless_another_is_given(exponent):
    model = trained(ns_exponent=exponent)
    table = np.diff(model.cum_table.astype(np.int64), prepend=0) / float(model.cum_table[-1])
    assert read_counts(model).exponent == exponent
    for noise in (
        NoiseDistribution(model),
        NoiseDistribution(model, exponent=exponent),
        samplers.create("alias", model, rng=1).noise,
        samplers.fastest(model, rng=1).noise,
        NoiseDistribution(read_counts(model)),
    ):
        assert noise.exponent == exponent
        np.testing.assert_allclose(noise.probabilities, table, atol=2.0**-30)
    assert NoiseDistribution(model.wv).exponent == 0.75


def test_another_exponent_is_said():
    model = trained(ns_exponent=-0.5)
    for take in (NoiseDistribution, lambda *a, **k: samplers.fastest(*a, rng=1, **k).noise):
        with pytest.warns(UserWarning, match=r"exponent=0\.5, but the gensim model .* ns_exponent=-0\.5") as caught:
            noise = take(model, exponent=0.5)
        assert noise.exponent == 0.5
        assert caught[0].filename == __file__


def test_word2vec_vocabulary_file_of_gensim(model, tmp_path):
    path = tmp_path / "vocab.txt"
    model.wv.save_word2vec_format(str(tmp_path / "vectors.txt"), fvocab=str(path))
    assert pairs(path) == pairs(model)
    with pytest.raises(ValueError, match="word vectors, and no counts"):
        read_counts(tmp_path / "vectors.txt")


def test_vectors_without_counts_are_refused():
    keyed = keyedvectors.KeyedVectors(2)
    keyed.add_vectors(["a", "b"], np.ones((2, 2), np.float32))
    with pytest.raises(ValueError, match="hold no word counts .*pass the model, or a dict"):
        NoiseDistribution(keyed)


@pytest.mark.parametrize("size", [2, 3, 99, 200])
@pytest.mark.parametrize("options", [{}, {"limit": 2}, {"limit": 50}])
def test_counts_that_gensim_invented_are_refused(size, options, tmp_path):
    keyed = loaded(tmp_path, [f"w{i}" for i in range(size)], **options)
    with pytest.raises(ValueError, match=r"which load_word2vec_format invents if it gets no fvocab.*the dict \{word: "):
        read_counts(keyed)


def test_counts_that_gensim_invented_for_a_file_with_a_word_twice_are_refused(tmp_path):
    keyed = loaded(tmp_path, ["a", "b", "a", "c"])
    assert keyed.index_to_key[-1] is None  # what gensim leaves
    with pytest.raises(ValueError, match=r"are 4, 3, \.\.\., 2, which load_word2vec_format invents"):
        read_counts(keyed)


def test_the_cure_for_real_counts_that_look_invented_works(tmp_path):
    words = [f"w{i}" for i in range(150)]
    vectors = loaded(tmp_path, words)
    real = {word: vectors.get_vecattr(word, "count") for word in vectors.key_to_index}
    assert pairs(real) == [(word, 150 - i) for i, word in enumerate(words)]


def test_one_vector_and_a_model_are_not_suspected(tmp_path):
    assert pairs(loaded(tmp_path, ["a"])) == [("a", 1)]
    assert pairs(trained([["b", "b", "a"]])) == [("b", 2), ("a", 1)]


def test_real_counts_of_a_file_with_a_word_twice_are_read_and_said(tmp_path):
    counts = {"a": 50, "b": 10, "c": 7}
    keyed = loaded(tmp_path, ["a", "b", "a", "c", "b"], counts)
    with pytest.warns(UserWarning, match="left out 2 of the 5 vectors, because their words were repeated"):
        assert pairs(keyed) == list(counts.items())


def test_a_dictionary_gives_its_collection_frequencies(tmp_path):
    dictionary = pytest.importorskip("gensim.corpora").Dictionary(SENTENCES)
    words, counts = read_counts(dictionary)
    assert words == tuple(dictionary[i] for i in range(len(dictionary)))
    assert dict(zip(words, counts.tolist(), strict=True)) == COUNTED
    dictionary.save_as_text(str(tmp_path / "d.txt"))
    with pytest.raises(ValueError, match=r"Dictionary\.save_as_text.*pass the Dictionary itself"):
        read_counts(tmp_path / "d.txt")
    with pytest.raises(ValueError, match=r"has no count \(cfs\) of '.*loaded from text"):
        read_counts(type(dictionary).load_from_text(str(tmp_path / "d.txt")))
    del dictionary.token2id["the"]
    with pytest.raises(ValueError, match=r"are not 0 to \d+: call compactify\(\)"):
        read_counts(dictionary)
