# SPDX-License-Identifier: MIT
"""The rule of the recommendation: which law gets which strategy, and what its reason says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import samplers
from samplers import registry
from samplers.recommendation import rule

MIXED = np.random.default_rng(1)
REFUSED = 2**14 + 1  # the fewest distinct weights that spectrum refuses if none repeats


def zipf(n_ids):
    return n_ids // np.arange(1, n_ids + 1)


def chosen(counts, draws=None):
    return rule.choose(samplers.NoiseDistribution(counts), draws)


@pytest.mark.parametrize(
    ("counts", "name", "reason"),
    [
        (np.ones(5), "uniform", "all 5 ids are equally likely"),
        ([1000, 400, 30, 5], "alias", "its table of 16 bytes fits into the level-1 cache"),
        (zipf(2**13), "alias", "its table of 32.8 kB fits into the level-1 cache"),
        (zipf(2**13 + 1), "spectrum", "in place of the 65.5 kB of alias"),
        (MIXED.permutation(zipf(2**17)), "alias", "the ids are not sorted by weight"),
        (np.arange(2**17 // 9, 0, -1).repeat(9), "alias", "the weights repeat too rarely"),
        (np.arange(REFUSED, 0, -1), "alias", "the weights hardly repeat"),
    ],
    ids=["equal", "four", "just in L1", "just beyond", "any order", "nine of each", "real"],
)
def test_each_kind_of_law_has_its_strategy_and_its_reason(counts, name, reason):
    choice = chosen(counts)
    assert choice.names[0] == name
    assert reason in choice.reason
    assert samplers.recommend(counts).name == name


def test_few_draws_are_for_the_table_that_is_built_fast():
    counts = MIXED.permutation(zipf(10_000))
    few, enough = (chosen(counts, draws) for draws in (250_000 - 1, 250_000))
    assert (few.names[0], enough.names[0]) == ("spectrum", "alias")
    assert "249,999 draws are few for 10,000 ids" in few.reason
    assert chosen(np.ones(10), 1).names[0] == "uniform"
    assert chosen(np.arange(REFUSED, 0, -1), 1).names[0] == "alias"
    assert samplers.fastest(counts, draws=1000, rng=1).name == "spectrum"
    for draws, error in ((0, ValueError), (1.5, TypeError), (-3, ValueError)):
        with pytest.raises(error, match="draws must be"):
            samplers.recommend(counts, draws=draws)


@given(
    st.lists(st.integers(0, 30), min_size=1, max_size=60).filter(any),
    st.sampled_from([0.75, 0.0, 1.0, -1.0, 0.3]),
    st.sampled_from([None, 1, 10**6]),
    st.booleans(),
)
def test_the_first_strategy_can_draw_from_the_law(counts, exponent, draws, replacement):
    noise = samplers.NoiseDistribution(counts, exponent=exponent)
    name = rule.choose(noise, draws).names[0]
    assert samplers.get(name).unsuitable(noise) is None
    assert samplers.fastest(noise, k=1, replacement=replacement, draws=draws, rng=1).sample(2, 1).shape == (2, 1)


@pytest.mark.parametrize("counts", [zipf(3), zipf(1000), MIXED.permutation(zipf(5000))], ids=["3", "1,000", "mixed"])
def test_the_memory_that_draws_read_is_part_of_the_tables(counts):
    noise = samplers.NoiseDistribution(counts)
    alias, spectrum = (samplers.create(name, noise, rng=1) for name in ("alias", "spectrum"))
    # The other half of a slot decides ties.
    assert rule.alias_reads(noise) == alias.nbytes // 2
    classes = noise.classes
    stored_besides = classes.weights.nbytes + classes.first.nbytes + classes.sizes.nbytes
    ties = 4 * rule.slots(len(classes.weights))
    assert rule.spectrum_reads(noise) + ties + stored_besides == spectrum.nbytes


@pytest.mark.parametrize(("entries", "slots"), [(1, 1), (2, 2), (3, 4), (4, 4), (5, 8), (2**20 + 1, 2**21)])
def test_slots_are_a_power_of_two(entries, slots):
    assert rule.slots(entries) == slots


CASES = [np.arange(1, REFUSED), np.arange(1, REFUSED + 1), np.arange(1, REFUSED + 1).repeat(8), np.ones(5)]


@pytest.mark.parametrize("counts", CASES, ids=["just taken", "just refused", "eight of each", "flat"])
@pytest.mark.parametrize("name", ["alias", "spectrum", "cum_table", "bisect", "multinomial", "pool"])
def test_what_a_strategy_says_of_a_distribution_is_what_it_does(name, counts, monkeypatch):
    if samplers.why_unavailable(name) is not None:
        pytest.skip(samplers.why_unavailable(name))
    limited = registry.get("multinomial")
    monkeypatch.setattr(limited, "info", replace(limited.info, max_ids=REFUSED))
    noise = samplers.NoiseDistribution(counts)
    said = samplers.get(name).unsuitable(noise)
    if said is None:
        assert len(samplers.create(name, noise, rng=1).sample(2, 2)) == 2
        return
    with pytest.raises(samplers.UnsuitableNoiseError) as caught:
        samplers.create(name, noise)
    assert str(caught.value) == said
