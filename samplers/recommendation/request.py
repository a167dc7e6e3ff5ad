# SPDX-License-Identifier: MIT
"""The features of a request that decide which sampler is fastest. They are integers, equal on every machine."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ..arguments import as_count
from ..laws.law import Law


@dataclass(frozen=True)
class Features:
    """The features of a request for ids.

    Attributes
    ----------
    V : int
        The number of ids.
    distinct : int
        The number of distinct positive weights.
    sorted : int
        1 if the ids are sorted by weight, else 0.
    rows, k : int
        The shape of a call.
    redraws : int
        Without replacement: the largest expected number of draws for the last id of a row. It is the total weight over
        the weight that remains after the k - 1 heaviest ids, rounded down. With replacement: 1.
    """

    V: int
    distinct: int
    sorted: int
    rows: int
    k: int
    redraws: int

    def values(self) -> dict[str, int]:
        """The features by name."""
        return asdict(self)


AXES = tuple(Features.__dataclass_fields__)


def features(noise: Law, rows: Any, k: Any, replacement: bool) -> Features:
    """Compute the features of a request.

    Raises
    ------
    TypeError, ValueError
        If rows or k is no integer of 1 or more, or if k distinct ids are more than the ids of positive weight.
    """
    rows, k = as_count("rows", rows, minimum=1), as_count("k", k, minimum=1)
    if not replacement and k > noise.nonzero:
        raise ValueError(f"k={k} distinct ids asked for, but only {noise.nonzero} ids have a positive weight")
    redraws = 1 if replacement else worst_redraws(noise, k)
    return Features(len(noise), len(noise.classes), int(noise.classes.sorted), rows, k, redraws)


def worst_redraws(noise: Law, k: int) -> int:
    """The total weight over the weight that remains after the k - 1 heaviest ids, rounded down; exact."""
    heaviest = noise.classes._mass(noise.classes._heaviest(k - 1))
    return noise.total_weight // (noise.total_weight - heaviest)
