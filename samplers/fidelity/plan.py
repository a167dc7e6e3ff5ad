# SPDX-License-Identifier: MIT
"""What a check draws, and what its families of tests share.

A family is a class built from a `Plan`. It sees the main stream batch by batch, each a valid int64 (rows, k)
array of ids of positive weight, and then states its tests. The batches divide the rows anywhere; no family may
depend on where.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ..kept import kept

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..noise import NoiseDistribution
    from .result import FidelityTest


@dataclass(frozen=True)
class Plan:
    """The law and the shape of a check.

    Attributes
    ----------
    noise : NoiseDistribution
    k, rows : int
        The shape of the main stream.
    replacement : bool
    time_limit : float or None
        Seconds that the work before the first draw may take; None for any.
    """

    noise: NoiseDistribution
    k: int
    rows: int
    replacement: bool
    time_limit: float | None = None

    @property
    def probabilities(self) -> NDArray[np.float64]:
        """The noise distribution, float64 (V,)."""
        return self.noise.probabilities

    @cached_property
    def ranked(self) -> NDArray[np.int64]:
        """Ids of positive weight by falling probability, equal ones by id, int64 (nonzero,)."""
        return ranked(self.noise)

    @cached_property
    def collision(self) -> float:
        """The probability that two independent draws are equal, sum(p**2)."""
        return float(np.square(self.probabilities).sum())


def ranked(noise: NoiseDistribution) -> NDArray[np.int64]:
    """Ids of positive weight by falling probability, equal ones by id, int64 (nonzero,)."""
    return kept(noise, ("ranked",), lambda: np.argsort(-noise.probabilities, kind="stable")[: noise.nonzero])


class Family(ABC):
    """Tests that look at the same draws."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    @abstractmethod
    def see(self, ids: NDArray[np.int64]) -> None:
        """Take in the next rows, int64 (any number, k); they must not be written to."""

    @abstractmethod
    def tests(self) -> list[FidelityTest]:
        """The tests, after the last row; an empty list where there is nothing to test."""
