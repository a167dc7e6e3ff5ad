# SPDX-License-Identifier: MIT
"""Planted causes: `compare` names the stage, the item and the cause of each of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import samplers
from samplers.reproducibility import Recorder, compare

torch = pytest.importorskip("torch")

IDS, BATCH, STEPS = 120, 32, 4
COUNTS = (3000 // (np.arange(IDS) + 2)).tolist()


def train(
    path,
    *,
    seed: int = 0,
    extra: str = "",
    order: int = 1,
    counts: tuple[int, int] = (0, 0),
    strategy: str = "alias",
    exponent: float = 0.75,
    rng: int = 3,
    position: int = 40,
    optimizer: str = "Adam",
    rate: float = 0.01,
    dropped: str = "",
    activation: str = "relu",
    late_rate: float = 0.01,
    target: int = 0,
    noise: bool = False,
    weights_seed: int | None = None,
    steps: int = STEPS,
):
    """Resume a training from a checkpoint, with one thing changed."""
    changed = list(COUNTS)
    changed[counts[0]] += counts[1]
    sampler = samplers.create(strategy, samplers.NoiseDistribution(changed, exponent=exponent), rng=rng)
    sampler.position = position
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if extra == "before":
            torch.rand(1)
        recorder = Recorder(path)
        if extra == "between":
            torch.rand(1)
        generator = None if weights_seed is None else torch.Generator().manual_seed(weights_seed)
        weights = torch.empty(IDS, 8).normal_(generator=generator)
        model = torch.nn.ParameterDict({"vectors": weights, "bias": torch.zeros(8)})
        settings = {"lr": rate} if optimizer == "RMSprop" else {"lr": rate, "betas": (0.9, 0.999)}
        descent = getattr(torch.optim, optimizer)(model.parameters(), **settings)
        restore(descent, model, dropped)
        numbers = np.random.RandomState(order).permutation(BATCH * STEPS)
        recorder.sampler(sampler, rows=50)
        recorder.start(model, descent, order=numbers)
        for step in range(steps):
            batch = torch.from_numpy(numbers[step * BATCH : (step + 1) * BATCH]) % IDS
            negatives = torch.from_numpy(sampler.sample(BATCH, 5))
            for group in descent.param_groups:
                group["lr"] = rate if step == 0 else min(rate, late_rate)
            with recorder.step(batch, negatives):
                descent.zero_grad()
                one = model["vectors"][batch] + model["bias"]
                one = torch.nn.functional.dropout(one, 0.5) if noise else one
                one = getattr(torch.nn.functional, activation)(one)
                loss = (one[:, None] * model["vectors"][negatives]).sum(2).sub(target).square().mean()
                loss.backward()
                descent.step()


def restore(descent: Any, model: Any, dropped: str) -> None:
    """The moments that a checkpoint of the optimiser holds, from integers."""
    for number, parameter in enumerate(model.parameters()):
        values = np.random.RandomState(number).randint(1, 2**10, parameter.shape, np.int64) / 2**14
        moment = torch.from_numpy(values.astype(np.float32))
        descent.state[parameter] = {"step": torch.tensor(7.0), "exp_avg": moment, "exp_avg_sq": moment**2}
        if isinstance(descent, torch.optim.RMSprop):
            descent.state[parameter] = {"step": torch.tensor(7.0), "square_avg": moment**2}
        if dropped == "all":
            del descent.state[parameter]
        elif dropped:
            descent.state[parameter][dropped] = torch.zeros_like(descent.state[parameter][dropped])


PLANTED = {
    "another seed": ({"seed": 1}, "initial weights", "vectors", "another seed of torch, 0 and 1"),
    "a draw before the recorder": (
        {"extra": "before"},
        "initial weights",
        "vectors",
        "drawn from the global generator",
    ),
    "a draw before the weights": (
        {"extra": "between"},
        "initial weights",
        "vectors",
        "between the recorder and the start",
    ),
    "weights of a generator": ({"weights_seed": 5}, "initial weights", "vectors", "between the recorder and the start"),
    "shuffled data": ({"order": 2}, "order of the data", "numbers of the examples", "the same values in another order"),
    "a changed count": ({"counts": (17, 1)}, "counts", "counts", "another corpus"),
    "another exponent": ({"exponent": 1.0}, "weights of the law", "exponent", "another exponent"),
    "another strategy": ({"strategy": "spectrum"}, "table", "strategy", "another strategy"),
    "another seed of the sampler": ({"rng": 4}, "place in the stream", "key", "another seed of the sampler"),
    "a cursor off by one": ({"position": 41}, "place in the stream", "position", "another place in the stream"),
    "RMSprop": ({"optimizer": "RMSprop"}, "settings of the optimiser", "class", "other arguments"),
    "a doubled rate": ({"rate": 0.02}, "settings of the optimiser", "group 0: lr", "other arguments"),
    "a dropped field": ({"dropped": "exp_avg_sq"}, "state of the optimiser", "bias: exp_avg_sq", "another state"),
    "a checkpoint without moments": ({"dropped": "all"}, "state of the optimiser", "bias: exp_avg", "was not restored"),
    "another activation": (
        {"activation": "gelu"},
        "operators of step 1",
        "relu.default / gelu.default",
        "another program",
    ),
    "another target": ({"target": 1}, "operators of step 1", "sub", "given something else"),
    "a schedule of the rate": ({"late_rate": 0.005}, "weights after step 2", "bias", "the update was not"),
}


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    path = tmp_path_factory.mktemp("planted") / "base.json"
    train(path)
    return path


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_cause_is_named(planted, base, tmp_path):
    change, stage, item, cause = PLANTED[planted]
    train(tmp_path / "other.json", **change)
    comparison = compare(base, tmp_path / "other.json")
    assert (comparison.stage, comparison.code) == (stage, 1)
    assert item in comparison.item
    assert cause in comparison.causes[0].text
    assert not comparison.kernels


def test_the_same_program_is_the_same_and_the_file_is_small(base, tmp_path):
    train(tmp_path / "again.json")
    comparison = compare(base, tmp_path / "again.json")
    assert (comparison.outcome, comparison.code) == ("same", 0)
    assert len(comparison.same) == 21
    assert base.stat().st_size < 150_000


def test_dropout_in_another_state_is_no_kernel(tmp_path):
    for seed in (0, 1):
        train(tmp_path / f"{seed}.json", noise=True, seed=seed, weights_seed=1)
    comparison = compare(tmp_path / "0.json", tmp_path / "1.json")
    assert comparison.stage == "operators of step 1"
    assert "bernoulli" in comparison.item
    assert "a random operator" in comparison.causes[0].text


def test_fewer_steps_are_not_comparable(base, tmp_path):
    train(tmp_path / "short.json", steps=2)
    comparison = compare(tmp_path / "short.json", base)
    assert (comparison.outcome, comparison.code) == ("not comparable", 2)
    assert "ends before 'batch of step 4'" in comparison.what


def test_a_large_difference_of_initial_weights_is_never_blamed_on_a_kernel(base, tmp_path):
    train(tmp_path / "other.json", seed=1)
    one, other = (samplers.reproducibility.Recording.read(path) for path in (base, tmp_path / "other.json"))
    other.kernels["randn"] = "0" * 16
    assert compare(one, other).causes[0].kernels == ()
