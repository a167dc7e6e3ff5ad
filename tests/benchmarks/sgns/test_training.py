# SPDX-License-Identifier: MIT
"""Trainings: each optimiser and sampler learns, streams are apart, and a checkpoint continues bit by bit."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

import samplers  # noqa: E402
from benchmarks.sgns import checkpoint, step  # noqa: E402
from benchmarks.sgns.corpus import numbered  # noqa: E402
from benchmarks.sgns.resume import fingerprint  # noqa: E402
from benchmarks.sgns.training import Training  # noqa: E402
from tests.conftest import small_options  # noqa: E402


@pytest.fixture(scope="module")
def text():
    """Documents of words that come in fixed pairs, and of frequent words between them."""
    rng = np.random.default_rng(1)
    documents = []
    for _ in range(40):
        pairs = rng.integers(20, size=60)
        documents.append([word for p in pairs for word in (f"a{p}", f"b{p}", f"the{rng.integers(3)}")])
    return numbered("pairs of words", documents, 1)


def begin(text, optimiser="Adam", seed=0, name="alias", **options):
    noise = samplers.NoiseDistribution(text.counts)
    chosen = {"batch": 64, "dimensions": 12} | options
    return Training.begin(
        text, lambda rng: samplers.create(name, noise, rng=rng, **small_options(name)), optimiser, seed, **chosen
    )


def after(training, steps):
    """The fingerprint of the weights after some more steps."""
    assert len(list(islice(training.steps(10**6), steps))) == steps
    return fingerprint(training)


@pytest.mark.parametrize("pairs", [True, False], ids=["pairs", "windows"])
@pytest.mark.parametrize("optimiser", step.OPTIMISERS)
def test_each_optimiser_learns(text, optimiser, pairs, monkeypatch):
    kind = step.OPTIMISERS[optimiser]
    faster = step.Optimiser(kind.kind, 4.0 if kind.kind == "SGD" else 0.02, kind.sparse, kind.options)
    monkeypatch.setitem(step.OPTIMISERS, optimiser, faster)
    training = begin(text, optimiser, pairs=pairs)
    losses = list(islice(training.steps(10**6), 80))
    # From 6 log 2 on, as all products are zero at first; from 5 negatives of V = 43, some are the context.
    assert losses[0] == pytest.approx(6 * np.log(2), rel=0.05)
    assert np.mean(losses[-10:]) < 0.8 * losses[0]


def test_each_sampler_draws_for_a_training(sampler_name, text):
    info = samplers.get(sampler_name).info
    uniform = info.laws == "uniform"
    flat = numbered("flat", [[f"w{i}" for i in range(10)]] * 99, 1)
    training = begin(flat if uniform else text, name=sampler_name)
    (loss,) = islice(training.steps(1), 1)
    assert loss == pytest.approx(6 * np.log(2), rel=0.12)
    assert training.done == 1


def test_trainings_of_a_seed_share_weights_and_examples_and_differ_in_negatives(text):
    one, other = begin(text, name="alias"), begin(text, name="pool")
    assert fingerprint(one) == fingerprint(other) != fingerprint(begin(text, seed=1))
    assert (one.examples().contexts == other.examples().contexts).all()
    assert after(one, 3) != after(other, 3)
    assert (one.examples().contexts == other.examples().contexts).all()  # draws and steps move no example
    one.epoch = 1
    assert (one.examples().centres[:99] != other.examples().centres[:99]).any()
    assert after(begin(text), 3) == after(begin(text), 3)


@pytest.fixture
def saved(tmp_path):
    pytest.importorskip("safetensors", reason="safetensors is not installed")
    return tmp_path / "training.safetensors"


@pytest.mark.parametrize("optimiser", step.OPTIMISERS)
def test_a_checkpoint_continues_bit_by_bit(text, saved, optimiser):
    training = begin(text, optimiser)
    an_epoch = len(training.examples()) // 64
    for steps in (5, an_epoch):  # within an epoch, and beyond its end
        after(training, steps)
        checkpoint.save(training, saved)
        resumed = begin(text, optimiser)
        checkpoint.restore(resumed, saved)
        assert (resumed.epoch, resumed.done) == (training.epoch, training.done)
        assert after(resumed, 6) == after(training, 6)
    assert training.epoch == 1


@pytest.mark.parametrize("left_out", [{"optimiser": False}, {"cursor": False}, {"optimiser": False, "cursor": False}])
def test_a_part_of_a_checkpoint_continues_otherwise(text, saved, left_out):
    training = begin(text)
    after(training, 5)
    checkpoint.save(training, saved)
    resumed = begin(text)
    checkpoint.restore(resumed, saved, **left_out)
    assert fingerprint(resumed) == fingerprint(training)  # the weights are there
    assert after(resumed, 3) != after(training, 3)


def test_sgd_has_no_state_so_that_weights_and_cursor_are_enough(text, saved):
    training = begin(text, "SGD")
    after(training, 5)
    checkpoint.save(training, saved)
    resumed = begin(text, "SGD")
    checkpoint.restore(resumed, saved, optimiser=False)
    assert after(resumed, 3) == after(training, 3)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"seed": 1}, "is of seed 0, and the training has seed 1"),
        ({"dimensions": 13}, r"centres has shape \(43, 12\), and the model has \(43, 13\)"),
        ({"optimiser": "SGD"}, "is of an optimiser with the settings"),
        ({"name": "spectrum"}, "spectrum"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_checkpoint_of_another_training_is_refused(text, saved, other, message):
    checkpoint.save(begin(text), saved)
    with pytest.raises(ValueError, match=message):
        checkpoint.restore(begin(text, **other), saved)


def test_what_cannot_be_stored_or_read_is_refused(text, saved):
    with pytest.raises(TypeError, match="cum_table has no state_dict.*use a positional sampler, such as 'alias'"):
        checkpoint.save(begin(text, name="cum_table"), saved)
    assert not saved.exists()
    saved.write_bytes(b"no tensors")
    with pytest.raises(ValueError, match="is no checkpoint"):
        checkpoint.restore(begin(text), saved)
    from safetensors.torch import save_file

    save_file({"x": torch.zeros(1)}, saved)
    with pytest.raises(ValueError, match="has format None"):
        checkpoint.restore(begin(text), saved)


def test_a_text_of_less_than_a_batch_is_refused():
    training = begin(numbered("short", [["a", "b"]], 1))
    with pytest.raises(ValueError, match=r"short: \d examples an epoch after subsampling, and a batch has 64"):
        next(training.steps(1))


def test_an_unknown_optimiser_is_refused():
    with pytest.raises(ValueError, match="optimiser must be one of SGD, .*got 'Adagrad'"):
        step.TrainingStep(10, "Adagrad")


def test_the_number_of_threads_is_set_back_after_an_error():
    before = torch.get_num_threads()
    with pytest.raises(RuntimeError, match="1 thread"), step.one_thread():
        raise RuntimeError(f"{torch.get_num_threads()} thread")
    assert torch.get_num_threads() == before
