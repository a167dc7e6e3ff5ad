# SPDX-License-Identifier: MIT
"""The size of a check, and the base class of its families of tests.

A family is a class that is built from a `Plan`. It gets the main stream in batches, valid int64 (rows, k) arrays of ids
of positive weight, and then returns its tests. They must not depend on how the batches divide the rows.
"""

from __future__ import annotations

import numbers
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from .chi_square import LEAST_EXPECTED, pooled_cells
from .power import noncentrality

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..laws.law import Law
    from .result import FidelityTest

MOST_IDS = 2**50  # ten days of the fastest sampler; far below 2**53, up to which float64 counts are exact


@dataclass(frozen=True)
class Plan:
    """The noise distribution and the shape of a check.

    Attributes
    ----------
    noise : Law
    k, rows : int
        The shape of the main stream.
    replacement : bool
    time_limit : float or None
        Seconds that the work before the first draw may take; None for no limit.
    """

    noise: Law
    k: int
    rows: int
    replacement: bool
    time_limit: float | None = None

    @property
    def probabilities(self) -> NDArray[np.float64]:
        """The noise distribution, float64 (V,)."""
        return self.noise.probabilities

    @property
    def ranked(self) -> NDArray[np.int64]:
        """Ids of positive weight by falling probability, and by id if equal, int64 (nonzero,)."""
        return self.noise.ranked

    @cached_property
    def collision(self) -> float:
        """The probability that two independent draws are equal, sum(p**2)."""
        return float(np.square(self.probabilities).sum())


class Family(ABC):
    """A group of tests of the same draws."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    @abstractmethod
    def see(self, ids: NDArray[np.int64]) -> None:
        """Process the next rows, int64 (any number, k), which must not be changed."""

    @abstractmethod
    def tests(self) -> list[FidelityTest]:
        """The tests, after the last row; an empty list if there is nothing to test."""


def ids_to_detect(noise: Law, detect: Any) -> int:
    """The minimum number of ids with which the chi-square detects a relative error of ``detect`` with probability 0.99.

    The error must be spread over the ids (`samplers.fidelity.power.surplus_of_one_cell`). With more draws fewer ids
    are merged, so that there are more degrees of freedom. The number is found by bisection.

    Raises
    ------
    TypeError, ValueError
        If ``detect`` is no number in (0, 1), or requires more than 2**50 ids.
    """
    if isinstance(detect, bool) or not isinstance(detect, numbers.Real):
        raise TypeError(f"detect must be a number, got {detect!r}")
    error = float(detect)
    if not 0 < error < 1:
        raise ValueError(f"detect must be between 0 and 1, got {detect!r}")
    few, many = 1, MOST_IDS
    if not _enough(noise, error, many):
        raise ValueError(f"detect={detect!r} takes more than {MOST_IDS} ids; choose a larger error")
    while many - few > max(1, few // 1000):
        middle = (few + many) // 2
        few, many = (few, middle) if _enough(noise, error, middle) else (middle, many)
    return many


def _enough(noise: Law, detect: float, n: int) -> bool:
    expected = n * noise.probabilities
    common = int(np.count_nonzero(expected >= LEAST_EXPECTED))
    cells = common if common == noise.nonzero else int(pooled_cells(expected, noise.ranked).max()) + 1
    return cells > 1 and noncentrality(cells - 1) <= n * detect**2
