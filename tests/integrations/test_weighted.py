# SPDX-License-Identifier: MIT
"""A weighted sampler of examples: its ranks share one sequence, and go on where they were stopped."""

from __future__ import annotations

import copy
import inspect

import numpy as np
import pytest

import samplers

pytest.importorskip("torch")

import torch
from torch.utils.data import DataLoader, WeightedRandomSampler

from samplers.integrations.torch import WeightedSampler
from samplers.integrations.torch.weighted import OTHER_KEY

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")

WEIGHTS = np.random.default_rng(1).random(200)
modes = pytest.mark.parametrize("replacement", [True, False])


def make(replacement=True, num_samples=120, rng=42, **ranks):
    return WeightedSampler(WEIGHTS, num_samples, replacement, rng=rng, **ranks)


def interleaved(parts):
    return [index for together in zip(*parts, strict=True) for index in together]


def test_it_stands_where_that_of_torch_stood():
    ours, theirs = (list(inspect.signature(kind).parameters) for kind in (WeightedSampler, WeightedRandomSampler))
    assert ours[:3] == theirs[:3]
    loader = DataLoader(
        range(1000, 1200), batch_size=50, sampler=WeightedSampler(torch.from_numpy(WEIGHTS), 120, rng=42)
    )
    assert [len(batch) for batch in loader] == [50, 50, 20]
    assert len(loader) == 3
    assert [index + 1000 for index in make()] == torch.cat(list(make_loader())).tolist()


def make_loader(**arguments):
    return DataLoader(range(1000, 1200), batch_size=50, sampler=make(), **arguments)


def test_the_indices_are_rows_of_alias():
    """So the law of the draws is that of `alias`, which other tests check."""
    law = samplers.from_weights(WEIGHTS)
    sampler = samplers.create("alias", law, rng=42)
    sampler.key ^= OTHER_KEY
    ours = WeightedSampler(law, 70_000, rng=42)  # more than one call of the kernels
    ours.set_epoch(3)
    assert list(ours) == sampler.sample_rows(range(70_000), 1, epoch=3)[:, 0].tolist()
    of_distinct = samplers.create("alias", law, rng=42, replacement=False)
    of_distinct.key ^= OTHER_KEY
    distinct = of_distinct.sample_rows([0], 120, epoch=0)[0]
    assert list(make(False)) == distinct.tolist()
    assert len(set(distinct.tolist())) == 120
    assert sorted(make(False, num_samples=200)) == list(range(200))


def test_negatives_with_the_same_seed_are_other_numbers():
    """With the key of `alias`, index i and the first negative of example i would be equal for all i."""
    order = np.array(list(WeightedSampler(np.ones(1000), 20_000, rng=42)))
    negatives = samplers.create("alias", np.ones(1000), rng=42).sample_rows(range(20_000), 1)[:, 0]
    assert np.mean(order == negatives) < 0.005  # 1 in 1,000 by chance, with a standard deviation of 0.0002


@pytest.mark.parametrize("clone", [copy.copy, copy.deepcopy])
def test_a_copy_moves_on_its_own(clone):
    sampler = make()
    twin = clone(sampler)
    twin.set_epoch(5)
    assert (sampler.epoch, twin.epoch) == (0, 5)
    assert twin._sampler._source is sampler._sampler._source


@modes
@pytest.mark.parametrize("ranks", [1, 2, 3, 8])
def test_the_ranks_together_draw_what_one_process_draws(replacement, ranks):
    alone = make(replacement)
    parts = [make(replacement, rank=rank, world_size=ranks) for rank in range(ranks)]
    for _ in range(2):
        expected = list(alone)
        drawn = [list(part) for part in parts]
        assert interleaved(drawn) == expected
        assert {len(part) for part in parts} == {120 // ranks}


@modes
def test_each_pass_draws_another_epoch_and_a_set_epoch_comes_again(replacement):
    """Without set_epoch, DistributedSampler repeats itself, silently."""
    sampler = make(replacement)
    passes = [list(sampler) for _ in range(3)]
    assert passes[0] != passes[1] != passes[2] != passes[0]
    assert sampler.epoch == 2
    for epoch in (1, 1, 0):
        sampler.set_epoch(epoch)
        assert list(sampler) == passes[epoch]
    assert list(sampler) == passes[1]


@modes
@pytest.mark.parametrize(("before", "after"), [(1, 1), (2, 2), (4, 3)])
def test_a_run_goes_on_in_the_middle_of_an_epoch_on_any_number_of_ranks(replacement, before, after, tmp_path):
    alone = make(replacement)
    alone.set_epoch(5)
    fifth, sixth = list(alone), list(alone)
    ranks = [make(replacement, rank=rank, world_size=before) for rank in range(before)]
    heads = []
    for sampler in ranks:
        sampler.set_epoch(5)
        heads.append([index for index, _ in zip(sampler, range(36 // before), strict=False)])
    assert interleaved(heads) == fifth[:36]
    torch.save(ranks[0].state_dict(consumed=36), tmp_path / "state.pt")
    state = torch.load(tmp_path / "state.pt", weights_only=True)
    again = [make(replacement, rng=0, rank=rank, world_size=after) for rank in range(after)]
    for sampler in again:
        sampler.load_state_dict(state)
        sampler.set_epoch(5)  # a loop sets it at the start of each epoch
        assert (sampler.epoch, sampler.position) == (5, 36)
        assert len(sampler) == 120 // after
    assert interleaved([list(sampler) for sampler in again]) == fifth[36:]
    assert interleaved([list(sampler) for sampler in again]) == sixth


def test_a_loader_draws_ahead_and_the_state_does_not():
    loader = make_loader(num_workers=2, prefetch_factor=1)
    batches = iter(loader)
    next(batches)
    state = loader.sampler.state_dict(consumed=50)
    again = make_loader(num_workers=2)
    again.sampler.load_state_dict(state)
    assert torch.cat(list(again)).tolist() == torch.cat(list(batches)).tolist()


def test_another_epoch_after_a_load_begins_at_its_start():
    sampler = make()
    sampler.load_state_dict(make().state_dict(consumed=10))
    sampler.set_epoch(1)
    assert sampler.position == 0
    sampler.load_state_dict(make().state_dict(consumed=10))
    assert len(list(sampler)) == 110
    sampler.set_epoch(0)
    assert len(list(sampler)) == 120


def test_more_weights_than_torch_can_draw_from():
    """torch.multinomial, and so WeightedRandomSampler, takes at most 2**24."""
    weights = np.zeros(2**24 + 3, dtype=np.uint8)
    weights[[7, -1]] = 1
    assert set(WeightedSampler(weights, 100, rng=1)) == {7, 2**24 + 2}


def test_a_permutation_of_many():
    n = 100_000
    weights = np.random.default_rng(2).random(n)
    drawn = list(WeightedSampler(weights, n, False, rng=1, rank=1, world_size=2))
    assert len(drawn) == len(set(drawn)) == n // 2
    # Heavy indices come early: the mean weight of the first tenth exceeds that of all by far (16 standard errors).
    assert weights[drawn[: n // 20]].mean() > 0.6 > weights.mean()


def test_torchrun_without_a_process_group_is_refused(monkeypatch):
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "1")
    with pytest.raises(ValueError, match=r"every process of torchrun would draw the same indices; call init_process"):
        make()
    assert len(make(rank=0, world_size=1)) == 120


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: make(num_samples=0), ValueError, "num_samples must be at least 1, got 0"),
        (
            lambda: make(num_samples=100, rank=0, world_size=3),
            ValueError,
            "num_samples=100 is no multiple of world_size=3, .* write 99",
        ),
        (lambda: make(num_samples=2, rank=0, world_size=3), ValueError, "write 3"),
        (lambda: make(rng=None, rank=0, world_size=2), ValueError, "rng=None with world_size=2: .* write an integer"),
        (
            lambda: make(rng=np.random.default_rng(1), rank=0, world_size=2),
            ValueError,
            "each rank would draw another sequence",
        ),
        (
            lambda: make(rng=np.random.SeedSequence(), rank=0, world_size=2),
            ValueError,
            "each rank would draw another sequence",
        ),
        (lambda: make(rank=2, world_size=2), ValueError, "rank must be at most 1, got 2"),
        (lambda: make(rank=0), ValueError, "rank=0, world_size=None: give both, or neither"),
        (
            lambda: make(False, num_samples=201),
            ValueError,
            "num_samples=201, replacement=False: k=201 distinct ids asked for, but only 200",
        ),
        (lambda: WeightedSampler([1.0, -1.0], 2), ValueError, "-1"),
        (lambda: make().set_epoch(2**32), ValueError, "epoch must be at most"),
        (lambda: make().state_dict(), TypeError, "consumed"),
        (lambda: make().state_dict(121), ValueError, "consumed must be at most 120, got 121"),
        (
            lambda: make(rank=0, world_size=2).state_dict(3),
            ValueError,
            "consumed must be a multiple of world_size=2, got 3",
        ),
        (lambda: WeightedSampler([1, -1], 3), ValueError, r"weights: counts\[1\] = -1 is negative"),
        (lambda: make().load_state_dict(make(num_samples=60).state_dict(0)), ValueError, "num_samples=60, but"),
        (lambda: make().load_state_dict(make(False).state_dict(0)), ValueError, "replacement=False"),
        (
            lambda: make(rank=0, world_size=8).load_state_dict(make().state_dict(3)),
            ValueError,
            "state: position must be a multiple of world_size=8, got 3",
        ),
        (lambda: make().load_state_dict([1]), TypeError, "state must be what state_dict"),
    ],
)
def test_a_wrong_argument_is_named_with_the_cure(call, error, message):
    with pytest.raises(error, match=message):
        call()
