# SPDX-License-Identifier: MIT
"""What decides which sampler is fastest, as integers that are equal on every machine."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ..arguments import as_count
from ..laws.law import Law


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


def features(noise: Law, rows: Any, k: Any, replacement: bool) -> Features:
    """The features of a request.

    Raises
    ------
    TypeError, ValueError
        For rows or k that are no integers of at least 1, or for more distinct ids than have a positive weight.
    """
    rows, k = as_count("rows", rows, minimum=1), as_count("k", k, minimum=1)
    if not replacement and k > noise.nonzero:
        raise ValueError(f"k={k} distinct ids asked for, but only {noise.nonzero} ids have a positive weight")
    redraws = 1 if replacement else worst_redraws(noise, k)
    return Features(len(noise), len(noise.classes), int(noise.classes.sorted), rows, k, redraws)


def worst_redraws(noise: Law, k: int) -> int:
    """The total weight over what is left of it after the k - 1 heaviest ids, rounded down; exact."""
    heaviest = noise.classes.mass(noise.classes.heaviest(k - 1))
    return noise.total_weight // (noise.total_weight - heaviest)
