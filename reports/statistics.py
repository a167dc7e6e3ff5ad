# SPDX-License-Identifier: MIT
"""Measurements, ratios of their medians with bootstrap intervals, and geometric means of such ratios.

The intervals are percentile bootstrap intervals (Efron 1979, doi:10.1214/aos/1176344552) over the recorded samples,
widened by the factor `PROCESSES`. The samples of one process are correlated, and two processes of the same code differ
by more than their samples do. The bootstrap alone included the true ratio of two such processes, 1, in 70 % of 80
cells, and the widened interval in 99 % (``tests/data/processes.json``). Two runs, hours apart, differ by more:
`reports.programs.diff` adds a threshold. The seed is fixed, so that the same inputs give the same report.
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
PROCESSES = 1.1  # by which two processes of the same code may differ beyond their samples
FEWEST = 5  # with fewer samples the bootstrapped median has almost no different values
SAME, UNKNOWN = "~", "?"


@dataclass(frozen=True)
class Measurement:
    """One cell of a benchmark.

    Attributes
    ----------
    value : float or None
        Median, in the unit of the benchmark; None if the benchmark failed or was not run.
    q25, q75 : float or None
        Quartiles of the samples.
    failed : bool
        Whether the benchmark failed.
    samples : tuple of float
        The recorded samples, in the same unit; empty if asv recorded none.
    """

    value: float | None
    q25: float | None = None
    q75: float | None = None
    failed: bool = False
    samples: tuple[float, ...] = ()

    def scaled(self, factor: float) -> Measurement:
        """The measurement in another unit."""
        value, q25, q75 = (None if x is None else x * factor for x in (self.value, self.q25, self.q75))
        return Measurement(value, q25, q75, self.failed, tuple(sample * factor for sample in self.samples))

    def recorded(self, name: str) -> dict[str, Any]:
        """The measurement for summary.json; `name` is the key of the value."""
        samples = [float(f"{sample:.5g}") for sample in self.samples]
        return {name: self.value, "q25": self.q25, "q75": self.q75, "failed": self.failed, "samples": samples}


NOT_MEASURED = Measurement(None)


@dataclass(frozen=True)
class Ratio:
    """A ratio of two times.

    Attributes
    ----------
    value : float
        The ratio of two medians, or the geometric mean of several such ratios.
    low, high : float or None
        Ends of the interval; None if too few samples were recorded.
    """

    value: float
    low: float | None = None
    high: float | None = None

    @property
    def told_apart(self) -> bool | None:
        """Whether the interval does not include 1; None if there is no interval."""
        return None if self.low is None or self.high is None else not self.low <= 1 <= self.high

    @property
    def mark(self) -> str:
        """`~` if the difference is not significant, `?` if there is no interval, else ""."""
        return {True: "", False: SAME, None: UNKNOWN}[self.told_apart]

    @property
    def text(self) -> str:
        """The ratio, or `~` if the difference is not significant; "1" for a sampler compared with itself."""
        if self.low == self.high == 1:
            return "1"
        return SAME if self.told_apart is False else f"{units.significant(self.value, 3)}×{self.mark}"

    @property
    def span(self) -> str:
        """The interval; "" if there is none, and for a sampler compared with itself."""
        if self.low is None or self.high is None or self.low == self.high == 1:
            return ""
        return units.between(units.significant(self.low, 3), units.significant(self.high, 3))


def recorded_margin(margin: Ratio | None) -> dict[str, float | None]:
    """The lead of a winner for summary.json; of a winner without a rival, None."""
    value, low, high = (None, None, None) if margin is None else (margin.value, margin.low, margin.high)
    return {"margin": value, "low": low, "high": high}


def ratio(above: Measurement, below: Measurement) -> Ratio | None:
    """One measurement divided by another; None if one has no value."""
    return mean_ratio([(above, below)])


def mean_ratio(pairs: Sequence[tuple[Measurement, Measurement]]) -> Ratio | None:
    """The geometric mean of the ratios of pairs; None if no pair has both values.

    The ratio of a measurement to itself is exactly 1.
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
    share = len(varied) / len(known)
    low, high = interval([np.asarray(s) for s in samples], share)
    wider = PROCESSES ** (share / math.sqrt(len(varied)))  # the processes of different ratios are independent
    return Ratio(value, low / wider, high * wider)


def interval(samples: Sequence[NDArray[np.float64]], share: float = 1.0) -> tuple[float, float]:
    """The percentile bootstrap interval of a geometric mean of ratios of medians.

    Parameters
    ----------
    samples : sequence of ndarray, float64 (n,)
        Numerator and denominator of the first ratio, of the second, and so on. Each is resampled separately.
    share : float
        The share of these ratios in the mean; the remaining ratios are exactly 1.
    """
    from scipy.stats import bootstrap

    def statistic(*resampled: NDArray[np.float64], axis: int = -1) -> Any:
        logs = [np.log(np.median(part, axis=axis)) for part in resampled]
        return share * np.mean([a - b for a, b in zip(logs[::2], logs[1::2], strict=True)], axis=0)

    with np.errstate(invalid="ignore"):  # if all samples are equal, scipy subtracts infinities
        of_logs = bootstrap(
            tuple(samples),
            statistic,
            n_resamples=RESAMPLES,
            confidence_level=CONFIDENCE,
            method="percentile",
            vectorized=True,
            rng=np.random.default_rng(SEED),
        ).confidence_interval
    return math.exp(of_logs.low), math.exp(of_logs.high)
