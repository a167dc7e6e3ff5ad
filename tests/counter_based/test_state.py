# SPDX-License-Identifier: MIT
"""The place of a sampler as strings and integers: saved, loaded, and refused where it does not belong."""

from __future__ import annotations

import json

import numpy as np
import pytest

import samplers

COUNTS = [1000, 400, 90, 30, 5]


@pytest.fixture(params=["alias", "spectrum", "uniform"])
def sampler(request):
    return sampler_of(request.param, 42)


def sampler_of(name, rng):
    return samplers.create(name, [7] * len(COUNTS) if name == "uniform" else COUNTS, rng=rng)


def test_a_sampler_goes_on_where_another_stood(sampler):
    sampler.epoch = 3
    sampler.sample(1500, 5)
    state = json.loads(json.dumps(sampler.state_dict()))
    assert {type(value) for value in state.values()} <= {str, int, bool}
    following = sampler.sample(2000, 5)
    other = sampler_of(sampler.name, 7)
    other.load_state_dict(state)
    assert (other.position, other.epoch, other.key) == (1500, 3, sampler.key)
    np.testing.assert_array_equal(other.sample(2000, 5), following)


def test_torch_loads_it_with_weights_only(sampler, tmp_path):
    torch = pytest.importorskip("torch")
    torch.save({"sampler": sampler.state_dict()}, tmp_path / "c.pt")
    sampler.load_state_dict(torch.load(tmp_path / "c.pt", weights_only=True)["sampler"])


def test_the_largest_numbers_are_kept(sampler):
    sampler.key, sampler.epoch, sampler.position = 2**64 - 1, 2**32 - 1, 2**63
    again = sampler.with_rng(1)
    again.load_state_dict(sampler.state_dict())
    assert (again.key, again.epoch, again.position) == (2**64 - 1, 2**32 - 1, 2**63)


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        ({"name": "cum_table"}, ValueError, "state: name='cum_table', but this sampler has"),
        ({"stream": "philox4x32-10/v2"}, ValueError, "state: stream='philox4x32-10/v2', but this sampler has"),
        (
            {"replacement": False},
            ValueError,
            "state: replacement=False, but this sampler has True, and would draw other",
        ),
        ({"fingerprint": "0" * 64}, ValueError, "state: fingerprint='0000.*from the same counts"),
        ({"key": -1}, ValueError, "state: key must be at least 0, got -1"),
        ({"epoch": 2**32}, ValueError, "state: epoch must be at most"),
        ({"position": 1.5}, TypeError, "state: position must be an integer, got 1.5"),
        ({"more": 1}, ValueError, "missing or unknown: 'more'"),
        ({"key": None}, TypeError, "state: key must be an integer, got None"),
    ],
)
def test_another_state_is_refused_and_changes_nothing(sampler, change, kind, message):
    sampler.sample(7, 5)
    before = sampler.state_dict()
    with pytest.raises(kind, match=message):
        sampler.load_state_dict(before | {"key": 5, "epoch": 6, "position": 8} | change)
    assert sampler.state_dict() == before


@pytest.mark.parametrize("state", [None, 5, [("key", 1)], "abc"])
def test_what_is_no_mapping_is_refused(sampler, state):
    with pytest.raises(TypeError, match=r"state must be what state_dict\(\) returned, got"):
        sampler.load_state_dict(state)
    with pytest.raises(ValueError, match="missing or unknown: 'epoch', 'fingerprint', 'key', 'name'"):
        sampler.load_state_dict({})


def test_a_sequential_stream_says_what_to_do_instead():
    with pytest.raises(AttributeError, match="cum_table has no state_dict: .*pickle"):
        _ = samplers.create("cum_table", COUNTS).state_dict
