# SPDX-License-Identifier: MIT
"""What decides which sampler is fastest, as integers that are equal on every machine."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..arguments import as_count
from ..laws.classes import shape, tally
from ..laws.noise_distribution import NoiseDistribution
from ..laws.weights import exact_total


@dataclass(frozen=True)
class Features:
    """A request for ids, in numbers.

    Attributes
    ----------
    V : int
        Ids.
    distinct : int
        Distinct positive weights.
    sorted : int
        1 where ids of one weight are neighbours, else 0.
    rows, k : int
        Of a call.
    redraws : int
        Without replacement: how many draws the last id of a row takes at worst, that is one over the share of
        weight that the k - 1 heaviest ids leave, rounded down. 1 with replacement.
    """

    V: int
    distinct: int
    sorted: int
    rows: int
    k: int
    redraws: int

    def values(self) -> dict[str, int]:
        """By name."""
        return asdict(self)


AXES = tuple(Features.__dataclass_fields__)


def features(noise: NoiseDistribution, rows: Any, k: Any, replacement: bool) -> Features:
    """The features of a request.

    Raises
    ------
    TypeError, ValueError
        For rows or k that are no integers of at least 1, or for more distinct ids than have a positive weight.
    """
    rows, k = as_count("rows", rows, least=1), as_count("k", k, least=1)
    if not replacement and k > noise.nonzero:
        raise ValueError(f"k={k} distinct ids asked for, but only {noise.nonzero} ids have a positive weight")
    redraws = 1 if replacement else worst_redraws(noise, k)
    found = shape(noise)
    return Features(len(noise), found.distinct, int(found.sorted), rows, k, redraws)


def worst_redraws(noise: NoiseDistribution, k: int) -> int:
    """The total weight over what is left of it after the k - 1 heaviest ids, rounded down; exact."""
    weights, sizes = tally(noise)
    order = np.argsort(weights)[::-1]
    weights, sizes = weights[order], sizes[order]
    taken = np.minimum(sizes, np.maximum(0, k - 1 - (np.cumsum(sizes) - sizes)))
    total, heaviest = total_mass(weights, sizes), total_mass(weights, taken)
    return total // (total - heaviest)


def total_mass(weights: Any, sizes: Any) -> int:
    """The exact sum of weights times sizes; the sizes sum to less than 2**31."""
    high = exact_total((weights >> np.uint64(32)) * sizes.astype(np.uint64))
    low = exact_total((weights & np.uint64(0xFFFFFFFF)) * sizes.astype(np.uint64))
    return (high << 32) + low
