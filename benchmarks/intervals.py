# SPDX-License-Identifier: MIT
"""Confidence intervals of ratios of times that were measured in visits.

The rounds of a visit are measured within a second and share the state of the caches and the load of the machine, so
that they are not independent. The visits are minutes apart. So the interval is Student's over the means of the visits.
It is wider by a factor, because the load of a machine changes slowly, so that visits are not quite independent.
`benchmarks.coverage` measures how often it includes the true ratio.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Visits = Sequence[ArrayLike]

CONFIDENCE = 0.99
# With this factor an interval of nominal 99 % includes the true ratio in 97 % or more of simulated measurements in each
# of the measured cells, and in 99.3 % in the mean (`benchmarks.coverage`). Without it, 90 % in the worst cell.
WIDER = 1.5


def log_ratios(above: Visits, below: Visits) -> NDArray[np.float64]:
    """The mean log ratio of two times, by visit.

    Parameters
    ----------
    above, below : sequence of ndarray, float64 (rounds,)
        The times of both sides in the same rounds, one array per visit.

    Returns
    -------
    ndarray, float64 (visits,)
    """
    return np.array([float(np.log(np.divide(a, b)).mean()) for a, b in zip(above, below, strict=True)])


def over_visits(means: NDArray[np.float64], confidence: float = CONFIDENCE) -> tuple[float, float] | None:
    """Student's interval for the mean of the logs of ratios, made wider by the factor `WIDER`.

    Parameters
    ----------
    means : ndarray, float64 (visits,)
        The mean log ratio of each visit.
    confidence : float
        Two-sided.

    Returns
    -------
    tuple of float or None
        Both ends, as logs. None for a single visit, which does not show how much visits differ.
    """
    if len(means) < 2:
        return None
    middle = float(means.mean())
    half = factor(len(means), confidence) * float(means.std(ddof=1)) / math.sqrt(len(means))
    return middle - half, middle + half


def of_largest(
    means: Mapping[str, NDArray[np.float64]], confidence: float = CONFIDENCE
) -> tuple[float, float, float] | None:
    """The largest of several log ratios, with an interval that allows for the choice of the largest.

    The true largest ratio is that of some rival. The upper end is at least that of this rival's own interval, so that
    it needs no correction. The lower end is the largest of the lower ends. It is too high if any of them is, so that
    each has an equal part of the error.

    Parameters
    ----------
    means : mapping of str to ndarray, float64 (visits,)
        The mean log ratio to each rival, by visit; one rival or more.
    confidence : float
        Two-sided.

    Returns
    -------
    tuple of float or None
        The largest mean, the lower and the upper end, as logs. None for a single visit.
    """
    shared = 1 - (1 - confidence) / len(means)
    upper = [over_visits(logs, confidence) for logs in means.values()]
    lower = [over_visits(logs, shared) for logs in means.values()]
    largest = max(float(logs.mean()) for logs in means.values())
    if any(pair is None for pair in upper):
        return None
    return largest, max(pair[0] for pair in lower if pair), max(pair[1] for pair in upper if pair)


@cache
def factor(visits: int, confidence: float) -> float:
    """The half width of a two-sided interval over so many visits, in standard errors of their mean."""
    from scipy.stats import t

    return WIDER * float(t.ppf((1 + confidence) / 2, visits - 1))
