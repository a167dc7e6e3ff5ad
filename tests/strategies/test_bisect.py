# SPDX-License-Identifier: MIT
"""`bisect` against a loop over the cumulative sums."""

from __future__ import annotations

import random

import numpy as np

import samplers

COUNTS = [0, 50, 0, 9, 4, 0]


def test_an_id_is_the_first_whose_cumulative_probability_reaches_the_uniform():
    sampler = samplers.create("bisect", COUNTS, rng=1)
    generator = random.Random()
    generator.setstate(sampler.random.getstate())
    cumulative = np.cumsum(sampler.noise.probabilities)
    expected = [int(np.count_nonzero(cumulative < 1.0 - generator.random())) for _ in range(1000)]
    assert sampler.sample(200, 5).reshape(-1).tolist() == expected


class Extreme(random.Random):
    """Uniforms at the two ends of [0, 1)."""

    def __init__(self, value: float) -> None:
        super().__init__()
        self.value = value

    def random(self) -> float:
        return self.value


def test_ids_of_no_width_are_not_drawn_even_at_the_ends():
    sampler = samplers.create("bisect", COUNTS)
    for value, drawn in ((0.0, 4), (1 - 2**-53, 1)):
        sampler.random = Extreme(value)
        assert (sampler.sample(2, 2) == drawn).all()
