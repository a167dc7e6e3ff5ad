# SPDX-License-Identifier: MIT
"""How many draws a wanted sensitivity takes."""

from __future__ import annotations

import numbers
from typing import TYPE_CHECKING, Any

import numpy as np

from .cells import LEAST_EXPECTED, pooled_cells
from .plan import ranked
from .power import noncentrality

if TYPE_CHECKING:
    from ..noise import NoiseDistribution

MOST_IDS = 2**50  # ten days of the fastest sampler; also where float64 counts stop being exact


def ids_to_detect(noise: NoiseDistribution, detect: Any) -> int:
    """The fewest ids with which the chi-square finds a relative error of ``detect`` with probability 0.99.

    More draws leave fewer ids merged, hence more degrees of freedom: the two are solved together by bisection.

    Raises
    ------
    TypeError, ValueError
        When ``detect`` is no number in (0, 1), or takes more than 2**50 ids.
    """
    if isinstance(detect, bool) or not isinstance(detect, numbers.Real):
        raise TypeError(f"detect must be a number, got {detect!r}")
    wanted = float(detect)
    if not 0 < wanted < 1:
        raise ValueError(f"detect must be between 0 and 1, got {detect!r}")
    few, many = 1, MOST_IDS
    if not _enough(noise, wanted, many):
        raise ValueError(f"detect={detect!r} takes more than {MOST_IDS} ids")
    while many - few > max(1, few // 1000):
        middle = (few + many) // 2
        few, many = (few, middle) if _enough(noise, wanted, middle) else (middle, many)
    return many


def _enough(noise: NoiseDistribution, detect: float, n: int) -> bool:
    expected = n * noise.probabilities
    common = int(np.count_nonzero(expected >= LEAST_EXPECTED))
    cells = common if common == noise.nonzero else int(pooled_cells(expected, ranked(noise)).max()) + 1
    return cells > 1 and noncentrality(cells - 1) <= n * detect**2
