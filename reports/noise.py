# SPDX-License-Identifier: MIT
"""The noise stamp of a run: what disturbed its times, and whether they are indicative only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from statistics import median, quantiles
from typing import Any

from benchmarks.documents import NOISE, Document, Header, Noise, finite

from . import units
from .machines.records import Machine
from .model import Inputs, Source
from .statistics import Measurement

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
    """What disturbed the steps of asv, by step."""

    header: Header
    steps: Mapping[str, Noise]


@dataclass(frozen=True)
class Disturbance:
    """What disturbed the parts of a run; the properties are medians over the parts."""

    steps: tuple[Noise, ...]

    @property
    def others(self) -> float:
        """The mean number of cores that other programs kept busy."""
        return max(0.0, median(step.busy_cores for step in self.steps) - 1)  # the benchmark keeps one busy

    @property
    def stolen(self) -> float:
        """The time that the host took away, as a share of the wanted time."""
        return median(step.stolen for step in self.steps)

    @property
    def load(self) -> float:
        """The load average of a minute."""
        return median(step.load for step in self.steps)


SOURCE = Source(NOISE, Stamps)


def of_run(report: Inputs) -> Disturbance | None:
    """What disturbed the commit of the report; None if that was not recorded."""
    found = SOURCE.of(report)
    if found is None or not found.steps or found.header.commit != report.origin.commit:
        return None
    return Disturbance(tuple(found.steps.values()))


def of_document(document: Document, header: Header) -> list[str]:
    """Why the times of a document are indicative only; empty if nothing says so, or if it has no times."""
    found = header.noise
    if found is None or not document.cores:
        return []
    measured = Disturbance((replace(found, busy_cores=found.busy_cores - document.cores + 1),))
    return [f"while `{header.command}` ran, {why}" for why in why_indicative(measured, None)]


def spread(report: Inputs) -> float | None:
    """The 90 % quantile, over the times, of the distance of their quartiles as a share of the median.

    None if fewer than `FEWEST_CELLS` times have quartiles.
    """
    return apart([report.ns(s.name, w.name) for s in report.samplers for w in report.workloads])


def apart(cells: Iterable[Measurement]) -> float | None:
    """The same of given times."""
    spreads = [(c.q75 - c.q25) / c.value for c in cells if c.value and c.q25 is not None and c.q75 is not None]
    return quantiles(spreads, n=10)[-1] if len(spreads) >= FEWEST_CELLS else None


def reasons(report: Inputs) -> list[str]:
    """Why the times are indicative only; empty if nothing says so."""
    return why_indicative(of_run(report), spread(report))


def why_indicative(noise: Disturbance | None, quartiles_apart: float | None) -> list[str]:
    """The same of a stamp and the distance of the quartiles."""
    found = []
    if noise is not None and noise.others > OTHERS:
        found.append(f"other programs kept {units.significant(noise.others, 2)} cores busy (bound: {OTHERS:g})")
    if noise is not None and noise.stolen > STOLEN:
        found.append(f"the host took away {units.percent(noise.stolen)} of the time (bound: {units.percent(STOLEN)})")
    if quartiles_apart is not None and quartiles_apart > STEADY:
        found.append(
            f"for one time in ten the quartiles differ by more than {units.percent(quartiles_apart)} of the median "
            f"(bound: {units.percent(STEADY)})"
        )
    return found


def warning(report: Inputs) -> str:
    """The sentence above the times; "" if nothing disturbed them."""
    return in_a_sentence(reasons(report))


def in_a_sentence(why: list[str]) -> str:
    """That the times are indicative only, and why; "" without a reason."""
    return f"Indicative only: {units.listed(why)}." if why else ""


def stamp(report: Inputs) -> str:
    """The noise in one line."""
    return in_words(record(report))


def in_words(stamped: Mapping[str, Any]) -> str:
    """The stamp of a summary or of a machine in one line."""
    others, stolen, load, quartiles = (
        finite(stamped.get(key)) for key in ("other_busy_cores", "stolen", "load", "quartiles_apart")
    )
    parts = []
    if others is not None:
        parts.append(f"other programs kept {units.significant(others, 2)} cores busy")
    if stolen is not None:
        parts.append(f"the host took away {units.percent(stolen)} of the time")
    if load is not None:
        parts.append(f"load {units.significant(load, 2)}")
    parts = parts or ["noise was not recorded"]
    if quartiles is not None:
        parts.append(f"nine times in ten the quartiles are within {units.percent(quartiles)} of the median")
    return "; ".join(parts)


def record(report: Inputs) -> dict[str, Any]:
    """The stamp for summary.json."""
    return recorded(of_run(report), spread(report))


def of_machine(machine: Machine) -> dict[str, Any]:
    """The stamp of the file of a machine."""
    found = machine.header.noise
    return recorded(
        None if found is None else Disturbance((found,)), apart(time.measurement for _, time in machine.times)
    )


def recorded(noise: Disturbance | None, quartiles_apart: float | None) -> dict[str, Any]:
    """A stamp, JSON-ready."""
    return {
        "indicative_only": why_indicative(noise, quartiles_apart),
        "other_busy_cores": None if noise is None else noise.others,
        "stolen": None if noise is None else noise.stolen,
        "load": None if noise is None else noise.load,
        "steps": 0 if noise is None else len(noise.steps),
        "quartiles_apart": quartiles_apart,
    }
