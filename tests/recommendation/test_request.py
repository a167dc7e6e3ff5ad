# SPDX-License-Identifier: MIT
"""What decides a recommendation, against enumeration; and what a strategy says of a distribution."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import samplers
from samplers import registry
from samplers.recommendation.request import features


def test_permuted_rows_of_a_distribution_change_nothing_but_whether_it_is_sorted():
    counts = np.random.default_rng(2).permutation(1000 // np.arange(1, 500))
    one, other = (features(samplers.NoiseDistribution(c), 9, 3, False).values() for c in (counts, np.sort(counts)))
    assert (one.pop("sorted"), other.pop("sorted")) == (0, 1)
    assert one == other


@given(
    st.lists(st.integers(0, 30), min_size=1, max_size=40).filter(any),
    st.sampled_from([0.75, 0.0, 1.0, -1.0, 0.3]),
    st.data(),
)
def test_features_agree_with_enumeration(counts, exponent, data):
    noise = samplers.NoiseDistribution(counts, exponent=exponent)
    k = data.draw(st.integers(1, noise.nonzero))
    found = features(noise, 3, k, False)
    weights = [int(w) for w in noise.weights if w]
    assert found.distinct == len(set(weights)) == len(noise.classes.weights)
    assert found.sorted == (noise.classes.order is None)
    left = Fraction(sum(sorted(weights)[: len(weights) - k + 1]), sum(weights))
    assert found.redraws == int(1 / left)
    assert features(noise, 3, k, True).redraws == 1


REFUSED = 2**14 + 1  # the fewest distinct weights that spectrum refuses where none repeats
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
