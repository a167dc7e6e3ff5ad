# SPDX-License-Identifier: MIT
"""The noise stamp of a run: what disturbed its times, and whether they are indicative only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

from benchmarks.documents import NOISE, Header, Noise

from . import units
from .model import Inputs, Source

# The 90 % quantile of (q75 - q25) / median over the cells was 3.5 % and 8.6 % in two runs on an idle machine, and 28 %
# in a run beside a compiler.
STEADY = 0.15
FEWEST_CELLS = 10
# A benchmark keeps one core busy, and asv and the system about a tenth of another. A program that keeps half a core
# busy shares the caches and the memory with the benchmark for half of the time.
OTHERS = 0.5
# The host took a core away for one second in fifty: as long as ten thousand calls that are timed.
STOLEN = 0.02


@dataclass(frozen=True)
class Stamps:
    """What disturbed the steps of asv, by step; the properties are medians over the steps."""

    header: Header
    steps: Mapping[str, Noise]

    @property
    def others(self) -> float:
        """The mean number of cores that other programs kept busy."""
        return max(0.0, median(step.busy_cores for step in self.steps.values()) - 1)  # the benchmark keeps one busy

    @property
    def stolen(self) -> float:
        """The time that the host took away, as a share of the wanted time."""
        return median(step.stolen for step in self.steps.values())

    @property
    def load(self) -> float:
        """The load average of a minute."""
        return median(step.load for step in self.steps.values())


SOURCE = Source(NOISE, Stamps)


def of_run(report: Inputs) -> Stamps | None:
    """The stamps of the commit of the report; None if there are none."""
    found = SOURCE.of(report)
    return found if found is not None and found.steps and found.header.commit == report.origin.commit else None


def spread(report: Inputs) -> float | None:
    """The 90 % quantile, over the times, of the distance of their quartiles as a share of the median.

    None if fewer than `FEWEST_CELLS` times have quartiles.
    """
    cells = [report.ns(s.name, w.name) for s in report.samplers for w in report.workloads]
    spreads = [(c.q75 - c.q25) / c.value for c in cells if c.value and c.q25 is not None and c.q75 is not None]
    return quantiles(spreads, n=10)[-1] if len(spreads) >= FEWEST_CELLS else None


def reasons(report: Inputs) -> list[str]:
    """Why the times are indicative only; empty if nothing says so."""
    noise, apart = of_run(report), spread(report)
    found = []
    if noise is not None and noise.others > OTHERS:
        found.append(f"other programs kept {units.significant(noise.others, 2)} cores busy (bound: {OTHERS:g})")
    if noise is not None and noise.stolen > STOLEN:
        found.append(f"the host took away {units.percent(noise.stolen)} of the time (bound: {units.percent(STOLEN)})")
    if apart is not None and apart > STEADY:
        found.append(
            f"for one time in ten the quartiles differ by more than {units.percent(apart)} of the median (bound: "
            f"{units.percent(STEADY)})"
        )
    return found


def warning(report: Inputs) -> str:
    """The sentence above the times; "" if nothing disturbed them."""
    found = reasons(report)
    return f"Indicative only: {units.listed(found)}." if found else ""


def stamp(report: Inputs) -> str:
    """The noise in one line."""
    noise, apart = of_run(report), spread(report)
    parts = ["noise was not recorded"] if noise is None else []
    if noise is not None:
        parts.append(f"other programs kept {units.significant(noise.others, 2)} cores busy")
        parts.append(f"the host took away {units.percent(noise.stolen)} of the time")
        parts.append(f"load {units.significant(noise.load, 2)}")
    if apart is not None:
        parts.append(f"nine times in ten the quartiles are within {units.percent(apart)} of the median")
    return "; ".join(parts)


def record(report: Inputs) -> dict[str, Any]:
    """The stamp for summary.json."""
    noise = of_run(report)
    return {
        "indicative_only": reasons(report),
        "other_busy_cores": None if noise is None else noise.others,
        "stolen": None if noise is None else noise.stolen,
        "load": None if noise is None else noise.load,
        "steps": 0 if noise is None else len(noise.steps),
        "quartiles_apart": spread(report),
    }
