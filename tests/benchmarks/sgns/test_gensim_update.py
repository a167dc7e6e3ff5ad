# SPDX-License-Identifier: MIT
"""gensim's update in plain Python, against gensim itself, and against the exact gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import samplers
from benchmarks.sgns import gensim_update
from benchmarks.sgns.gensim_update import MAX_EXP, sigmoid, update

DIMENSIONS, WINDOW, K, RATE = 16, 2, 5, 0.05


@dataclass
class Trained:
    """Tables before and after gensim has trained a batch of sentences, and gensim's loss."""

    before: tuple[Any, Any]
    after: tuple[Any, Any]
    loss: float
    sentences: list[list[int]]
    counts: Any
    state: int


@pytest.fixture(scope="module")
def trained() -> Trained:
    """A batch of gensim, from vectors that are so long that some products are beyond the table."""
    word2vec = pytest.importorskip("gensim.models.word2vec", reason="gensim is not installed")
    rng = np.random.default_rng(3)
    sentences = [[str(w) for w in rng.zipf(1.5, size=12) % 30] for _ in range(20)]
    model = word2vec.Word2Vec(
        vector_size=DIMENSIONS, window=WINDOW, negative=K, sg=1, min_count=1, sample=0, workers=1, shrink_windows=False
    )
    model.build_vocab(sentences)
    n_ids = len(model.wv)
    model.wv.vectors[...] = rng.normal(size=(n_ids, DIMENSIONS))
    model.syn1neg[...] = rng.normal(size=(n_ids, DIMENSIONS))
    before = model.wv.vectors.copy(), model.syn1neg.copy()
    model.random, twin = np.random.RandomState(5), np.random.RandomState(5)
    state = 2**24 * int(twin.randint(0, 2**24)) + int(twin.randint(0, 2**24))  # as init_w2v_config
    model.compute_loss, model.running_training_loss = True, 0.0
    word2vec.train_batch_sg(model, sentences, RATE, np.zeros(DIMENSIONS, np.float32), True)
    return Trained(
        before,
        (model.wv.vectors, model.syn1neg),
        float(model.running_training_loss),
        [[model.wv.key_to_index[word] for word in sentence] for sentence in sentences],
        [model.wv.get_vecattr(word, "count") for word in model.wv.index_to_key],
        state,
    )


def pairs(sentences):
    """(context, centre) in gensim's order: each word is the context of its neighbours, whose vectors it updates."""
    for sentence in sentences:
        for i, word in enumerate(sentence):
            for j in range(max(0, i - WINDOW), min(len(sentence), i + WINDOW + 1)):
                if i != j:
                    yield word, sentence[j]


def repeated(trained):
    """The same batch by the reference, with the ids of `cum_table` from gensim's state."""
    sampler = samplers.create("cum_table", trained.counts)
    sampler.state = trained.state
    centres, contexts = (table.copy() for table in trained.before)
    loss = sum(
        update(centres, contexts, centre, context, sampler.sample(1, K)[0].tolist(), RATE)
        for context, centre in pairs(trained.sentences)
    )
    return centres, contexts, loss


def test_the_reference_trains_as_gensim_does(trained):
    centres, contexts, loss = repeated(trained)
    for ours, theirs, before in zip((centres, contexts), trained.after, trained.before, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=2e-5)
        assert np.abs(theirs - before).max() > 0.1
    assert loss == pytest.approx(trained.loss, rel=1e-4)


@pytest.mark.parametrize("name", ["CELLS_PER_UNIT", "MAX_EXP", "exp_table"])
def test_another_table_trains_otherwise(trained, monkeypatch, name):
    """The tolerance above tells each of these: a factor of 83.33, no update from 5 on, the exact sigmoid."""
    exact = (1 / (1 + np.exp(-(np.arange(1000) / 83 - 6)))).astype(np.float32)
    wrong = {"CELLS_PER_UNIT": 1000 / 12, "MAX_EXP": 5, "exp_table": lambda: exact}
    monkeypatch.setattr(gensim_update, name, wrong[name])
    centres, _, _ = repeated(trained)
    assert np.abs(centres - trained.after[0]).max() > 1e-3


@pytest.mark.parametrize(("cells", "worst", "mean"), [(83, 0.00912, -0.0025), (1000 / 12, 0.0030, -0.0005)])
def test_the_table_has_a_bias_to_the_left(monkeypatch, cells, worst, mean):
    """In whole numbers, and as the source reads: the error of the sigmoid on (-6, 6)."""
    monkeypatch.setattr(gensim_update, "CELLS_PER_UNIT", cells)
    products = np.linspace(-5.999, 5.999, 20_001)
    errors = np.array([sigmoid(x) for x in products]) - 1 / (1 + np.exp(-products))
    assert np.abs(errors).max() == pytest.approx(worst, abs=5e-5)
    assert errors.mean() == pytest.approx(mean, abs=5e-5)


def test_there_is_no_update_from_6_on_where_a_wrong_pair_has_a_gradient_of_1():
    assert sigmoid(MAX_EXP) is None
    assert sigmoid(-MAX_EXP) is None
    assert sigmoid(5.999) is not None
    tables = np.full((2, 1), 2.5, np.float32), np.full((2, 1), 2.5, np.float32)  # products of 6.25
    assert update(*tables, 0, 0, [1], 0.1) == 0
    assert all((table == 2.5).all() for table in tables)


def test_a_small_step_is_that_of_the_exact_gradient_within_the_error_of_the_table():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    from benchmarks.sgns.model import SkipGram, joined
    from benchmarks.sgns.windows import Examples

    rng = np.random.default_rng(4)
    model = SkipGram(6, sparse=False, rng=rng, dimensions=8)
    with torch.no_grad():
        for weight in model.tensors().values():
            weight.copy_(torch.from_numpy(rng.normal(size=(6, 8))))
    centres, contexts = (weight.detach().numpy().copy() for weight in model.tensors().values())
    before = np.array([centres, contexts])
    one = np.ones((1, 1), dtype=np.bool_)
    # Different ids: gensim updates one after another, and a batch all at once. 3 is the context, and skipped.
    batch = joined(Examples(np.array([0]), np.array([[3]]), one), np.array([[1, 2, 3, 4]]))
    exact = torch.autograd.grad(model.loss(batch), list(model.tensors().values()))
    update(centres, contexts, 0, 3, [1, 2, 3, 4], 1e-3)
    for after, start, gradient in zip((centres, contexts), before, exact, strict=True):
        within = 4 * 0.00912 * np.abs(before).max()  # four targets, each with the worst error of the table
        np.testing.assert_allclose((start - after) / 1e-3, gradient.numpy(), atol=within)
        assert np.abs(gradient.numpy()).max() > 0.5
