# SPDX-License-Identifier: MIT
"""The cases of gensim's tests of word2vec, doc2vec and fastText that touch counts and negatives, asked of samplers."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("gensim", reason="gensim is not installed")

from gensim.models import Doc2Vec, FastText, KeyedVectors, Word2Vec
from gensim.models.doc2vec import TaggedDocument
from gensim.test.utils import common_texts, datapath

import samplers
from samplers import NoiseDistribution

from .suites import Suite, refused

SUITE = Suite(
    files=("gensim/test/test_word2vec.py", "gensim/test/test_doc2vec.py", "gensim/test/test_fasttext.py"),
    not_applicable={},
)


def model_of(**arguments):
    model = Word2Vec(vector_size=4, min_count=1, workers=1, seed=42, **arguments)
    model.build_vocab(common_texts)
    return model


def again(model, folder):
    model.save(str(folder / "model"))
    return Word2Vec.load(str(folder / "model"))


@SUITE.case("test_vocab")
def test_the_table_of_a_model():
    """The end of gensim's table is that of its domain, and the shares are ours to one unit of it."""
    model = model_of()
    ours = samplers.create("cum_table", model, exponent=model.ns_exponent)
    assert (model.cum_table.shape, model.cum_table[-1]) == ((12,), 2**31 - 1)
    theirs = np.diff(model.cum_table.astype(np.int64), prepend=0) / (2**31 - 1)
    np.testing.assert_allclose(ours.implied_probabilities(), theirs, rtol=0, atol=2e-9)


@SUITE.case("test_negative_ns_exp", {str(exponent): exponent for exponent in (-1, 0, 0.5, 1.0)})
@pytest.mark.parametrize("name", ["alias", "cum_table"])
def test_negative_ns_exp(name, given, tmp_path):
    model = model_of(ns_exponent=given)
    first, second = (
        samplers.create(name, source, exponent=source.ns_exponent, rng=1) for source in (model, again(model, tmp_path))
    )
    assert (first.sample(9, 5) == second.sample(9, 5)).all()
    powers = np.array([model.wv.get_vecattr(i, "count") for i in range(12)], float) ** given
    np.testing.assert_allclose(first.noise.probabilities, powers / powers.sum(), rtol=0, atol=1e-12)


@SUITE.case("test_online_learning")
def test_online_learning():
    model = model_of()
    before = NoiseDistribution(model)
    model.build_vocab([["artificial", "graph", "graph", "brandnew"]], update=True)
    after = NoiseDistribution(model)
    assert (len(before), len(after)) == (12, 14)
    assert after.counts[after.ids_of(["graph"])].tolist() == [before.counts[before.ids_of(["graph"])][0] + 2]


@SUITE.case("test_online_learning_after_save")
def test_online_learning_after_save(tmp_path):
    model = again(model_of(), tmp_path)
    model.build_vocab([["artificial", "brandnew"]], update=True)
    assert len(NoiseDistribution(model)) == 14


@SUITE.case("test_load_old_model", {"word2vec_old": "word2vec_old"})
@pytest.mark.filterwarnings("default")
def test_load_old_model(given):
    loaded(given)


@SUITE.case("test_load_old_model_separates", {"word2vec_old_sep": "word2vec_old_sep"})
@pytest.mark.filterwarnings("default")
def test_load_old_model_separates(given):
    loaded(given)


def loaded(file):
    model = Word2Vec.load(datapath(file))
    sampler = samplers.fastest(model, exponent=model.ns_exponent, rng=1)
    assert len(sampler.noise) == len(model.cum_table) == 12


@SUITE.case("test_build_vocab_warning")
def test_a_model_without_words():
    refused(lambda: NoiseDistribution(Word2Vec(vector_size=4, min_count=1)))


@SUITE.case("test_max_final_vocab")
def test_max_final_vocab():
    model = Word2Vec(common_texts, vector_size=4, min_count=0, max_final_vocab=5, seed=42)
    assert 0 < len(NoiseDistribution(model)) == len(model.wv) <= 5


@SUITE.case("test_vocab", {"sorted_vocab=0": 0})
def test_vocab(given):
    model = Word2Vec(vector_size=4, min_count=1, sorted_vocab=given)
    model.build_vocab(common_texts)
    assert NoiseDistribution(model).words == tuple(model.wv.index_to_key)


@SUITE.case("test_training", {"FastText": FastText})
def test_fasttext(given):
    model = given(vector_size=4, min_count=1, bucket=10)
    model.build_vocab(common_texts)
    assert len(NoiseDistribution(model)) == 12


@SUITE.case("test_training", {"Doc2Vec": Doc2Vec})
def test_doc2vec(given):
    model = given(vector_size=4, min_count=1)
    model.build_vocab([TaggedDocument(text, [i]) for i, text in enumerate(common_texts)])
    assert len(NoiseDistribution(model)) == 12


@SUITE.case("test_build_vocab_from_freq")
def test_build_vocab_from_freq():
    model = Word2Vec(vector_size=4, min_count=1)
    model.build_vocab_from_freq({"a": 5, "b": 3, "c": 1})
    law = NoiseDistribution(model)
    assert (law.words, law.counts.tolist()) == (("a", "b", "c"), [5, 3, 1])


@SUITE.case("test_sg_hs")
def test_sg_hs():
    """A model of hierarchical softmax has counts, and no table of negatives."""
    assert len(NoiseDistribution(model_of(hs=1, negative=0))) == 12


@SUITE.case("test_no_training_c_format")
def test_vectors_without_counts():
    """A file of vectors has no counts, and gensim invents them."""
    vectors = KeyedVectors(2)
    vectors.add_vectors([f"w{i}" for i in range(200)], np.ones((200, 2), np.float32))
    refused(lambda: NoiseDistribution(vectors))
