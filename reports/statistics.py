# SPDX-License-Identifier: MIT
"""Measurements, ratios of their medians with bootstrap intervals, and geometric means of such ratios.

Percentile bootstrap (Efron 1979, doi:10.1214/aos/1176344552) over recorded samples, its seed fixed so that a report is
the same in every run. The samples of one process are correlated: the interval tells what this run tells apart, and
is too narrow for two runs. `reports.diff` therefore asks for more than that.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import geometric_mean
from typing import TYPE_CHECKING, Any

import numpy as np

from . import units

if TYPE_CHECKING:
    from numpy.typing import NDArray

CONFIDENCE, RESAMPLES, SEED = 0.99, 1999, 42
# The bootstrap of a median of fewer samples has almost no values to take.
FEWEST = 5
SAME, UNKNOWN = "~", "?"


@dataclass(frozen=True)
class Measurement:
    """One cell of a benchmark.

    Attributes
    ----------
    value : float or None
        Median, in the benchmark's unit; None where there is none.
    q25, q75 : float or None
        Quartiles of the samples.
    failed : bool
        True where the benchmark ran and broke; False and no value: not measured.
    samples : tuple of float
        The recorded samples, in the same unit; empty where none were kept.
    """

    value: float | None
    q25: float | None = None
    q75: float | None = None
    failed: bool = False
    samples: tuple[float, ...] = ()

    def scaled(self, factor: float) -> Measurement:
        """The same in another unit."""
        value, q25, q75 = (None if x is None else x * factor for x in (self.value, self.q25, self.q75))
        return Measurement(value, q25, q75, self.failed, tuple(sample * factor for sample in self.samples))

    def recorded(self, name: str) -> dict[str, Any]:
        """The same for summary.json, its value under a name."""
        samples = [float(f"{sample:.5g}") for sample in self.samples]
        return {name: self.value, "q25": self.q25, "q75": self.q75, "failed": self.failed, "samples": samples}


NOT_MEASURED = Measurement(None)


@dataclass(frozen=True)
class Ratio:
    """A ratio of two times.

    Attributes
    ----------
    value : float
        Of the medians; of several cells their geometric mean.
    low, high : float or None
        Ends of the bootstrap interval; None where too few samples were recorded.
    """

    value: float
    low: float | None = None
    high: float | None = None

    @property
    def told_apart(self) -> bool | None:
        """Whether the interval leaves out 1; None where there is no interval."""
        return None if self.low is None or self.high is None else not self.low <= 1 <= self.high

    @property
    def mark(self) -> str:
        """`~` where the difference is not significant, `?` where nothing tells."""
        return {True: "", False: SAME, None: UNKNOWN}[self.told_apart]

    @property
    def text(self) -> str:
        """The ratio, or `~` in its place; 1 for a sampler against itself."""
        if self.low == self.high == 1:
            return "1"
        return SAME if self.told_apart is False else f"{units.significant(self.value, 3)}×{self.mark}"

    @property
    def span(self) -> str:
        """The interval; empty where there is none, and where a sampler is set against itself."""
        if self.low is None or self.high is None or self.low == self.high == 1:
            return ""
        return units.between(units.significant(self.low, 3), units.significant(self.high, 3))


def ratio(above: Measurement, below: Measurement) -> Ratio | None:
    """How many times as large one measurement is as another; None where one is missing."""
    return mean_ratio([(above, below)])


def mean_ratio(pairs: Sequence[tuple[Measurement, Measurement]]) -> Ratio | None:
    """The geometric mean of the ratios of some pairs; None where none is complete.

    A pair that stands for itself on both sides is exactly 1.
    """
    known = [(a, b) for a, b in pairs if a.value and b.value]
    if not known:
        return None
    value = geometric_mean([a.value / b.value for a, b in known if a.value and b.value])
    varied = [(a, b) for a, b in known if a is not b]
    if not varied:
        return Ratio(1.0, 1.0, 1.0)
    samples = [measurement.samples for pair in varied for measurement in pair]
    if min(map(len, samples)) < FEWEST:
        return Ratio(value)
    low, high = interval([np.asarray(s) for s in samples], len(varied) / len(known))
    return Ratio(value, low, high)


def interval(samples: Sequence[NDArray[np.float64]], share: float = 1.0) -> tuple[float, float]:
    """The percentile bootstrap interval of a geometric mean of ratios of medians.

    Parameters
    ----------
    samples : sequence of ndarray, float64 (n,)
        Numerator and denominator of the first ratio, of the second, and so on; each is resampled by itself.
    share : float
        Which part of the averaged ratios they are; the others are exactly 1.
    """
    from scipy.stats import bootstrap

    def statistic(*resampled: NDArray[np.float64], axis: int = -1) -> Any:
        logs = [np.log(np.median(part, axis=axis)) for part in resampled]
        return share * np.mean([a - b for a, b in zip(logs[::2], logs[1::2], strict=True)], axis=0)

    with np.errstate(invalid="ignore"):  # samples all alike: scipy subtracts infinities before it looks
        found = bootstrap(
            tuple(samples),
            statistic,
            n_resamples=RESAMPLES,
            confidence_level=CONFIDENCE,
            method="percentile",
            vectorized=True,
            rng=np.random.default_rng(SEED),
        ).confidence_interval
    return math.exp(found.low), math.exp(found.high)
