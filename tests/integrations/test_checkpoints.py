# SPDX-License-Identifier: MIT
"""A sampler goes on, bit for bit, from the checkpoints that training loops write; copies of models share its tables."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest

import samplers
from samplers.arguments import as_array

pytest.importorskip("torch")

import torch

from samplers.integrations.torch import Negatives
from tests.conftest import COUNTS


class Model(torch.nn.Module):
    def __init__(self, sampler):
        super().__init__()
        self.embedding = torch.nn.Embedding(10, 2)
        self.sampler = sampler


def tables(sampler):
    """What the sampler holds and did not begin its stream with."""
    return {name: value for name, value in vars(sampler).items() if name not in sampler._of_stream}


def test_a_deep_copy_of_a_model_shares_the_tables_and_moves_on_its_own(make):
    model = Model(make())
    model.sampler.sample(3, 2)
    twin = copy.deepcopy(model)
    assert twin.sampler is not model.sampler
    assert tables(twin.sampler).keys() == tables(model.sampler).keys()
    assert all(value is getattr(model.sampler, name) for name, value in tables(twin.sampler).items())
    ahead = as_array(model.sampler.sample(4, 2))
    assert twin.sampler.position == 3
    np.testing.assert_array_equal(as_array(twin.sampler.sample(4, 2)), ahead)
    assert list(model.state_dict()) == ["embedding.weight"]


@pytest.mark.parametrize("name", ["alias", "spectrum"])
@pytest.mark.parametrize("through", ["torch", "safetensors"])
def test_a_checkpoint_holds_the_place_of_a_sampler(name, through, tmp_path):
    sampler = samplers.create(name, COUNTS["mixed"], rng=42)
    sampler.key, sampler.epoch = 2**64 - 1, 3  # a key that no signed integer holds
    sampler.sample(100, 5)
    state = sampler.state_dict()
    assert {type(value) for value in state.values()} <= {str, int, bool}
    weights = {"w": torch.ones(2)}
    if through == "torch":
        torch.save({"model": weights, "sampler": state}, tmp_path / "checkpoint.pt")
        loaded = torch.load(tmp_path / "checkpoint.pt", weights_only=True)["sampler"]
    else:
        files = pytest.importorskip("safetensors.torch")
        files.save_file(weights, tmp_path / "checkpoint.safetensors", metadata={"sampler": json.dumps(state)})
        with pytest.importorskip("safetensors").safe_open(tmp_path / "checkpoint.safetensors", "pt") as file:
            loaded = json.loads(file.metadata()["sampler"])
    assert loaded == state
    again = samplers.create(name, COUNTS["mixed"])
    again.load_state_dict(loaded)
    np.testing.assert_array_equal(again.sample(50, 5), sampler.sample(50, 5))


def test_a_checkpoint_holds_the_epoch_of_negatives(tmp_path):
    negatives = Negatives(samplers.create("alias", COUNTS["mixed"], rng=42), 5)
    negatives.set_epoch(7)
    torch.save(negatives.state_dict(), tmp_path / "checkpoint.pt")
    again = Negatives(samplers.create("alias", COUNTS["mixed"], rng=0), 5)
    again.load_state_dict(torch.load(tmp_path / "checkpoint.pt", weights_only=True))
    assert again.epoch == 7
    assert torch.equal(again(range(9)).ids, negatives(range(9)).ids)
    other = Negatives(samplers.create("alias", COUNTS["small"], rng=0), 5)
    with pytest.raises(ValueError, match="state: fingerprint="):
        other.load_state_dict(negatives.state_dict())
