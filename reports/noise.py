# SPDX-License-Identifier: MIT
"""The noise stamp of a run: what disturbed its times, and whether they are indicative only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from benchmarks.documents import NOISE, finite

from . import units
from .model import Noise, Report
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


def read_noise(path: Path, commit: str | None) -> Noise | None:
    """The stamp of a commit; None if there is none, or if it is of another commit.

    Raises
    ------
    InputError
        If the file is damaged.
    """
    if not path.exists():
        return None
    document = NOISE.read(path)
    if document.get("commit") != commit:
        return None
    try:
        steps = [
            (finite(step["busy_cores"]), finite(step["stolen"]), finite(step["load"]))
            for step in document["steps"].values()
        ]
        known = [step for step in steps if None not in step]
    except (AttributeError, KeyError, TypeError) as error:
        raise NOISE.damaged(path, repr(error)) from None
    if not known:
        return None
    busy, stolen, load = (median(values) for values in zip(*known, strict=True))  # type: ignore[type-var]
    return Noise(busy_cores=float(busy), stolen=float(stolen), load=float(load), steps=len(known))  # type: ignore[arg-type]


def spread(report: Report) -> float | None:
    """The 90 % quantile, over the times, of the distance of their quartiles as a share of the median.

    None if fewer than `FEWEST_CELLS` times have quartiles.
    """
    return apart([report.ns(s.name, w.name) for s in report.samplers for w in report.workloads])


def apart(cells: Iterable[Measurement]) -> float | None:
    """The same of given times."""
    spreads = [(c.q75 - c.q25) / c.value for c in cells if c.value and c.q25 is not None and c.q75 is not None]
    return quantiles(spreads, n=10)[-1] if len(spreads) >= FEWEST_CELLS else None


def reasons(report: Report) -> list[str]:
    """Why the times are indicative only; empty if nothing says so."""
    return why_indicative(report.noise, spread(report))


def why_indicative(noise: Noise | None, quartiles_apart: float | None) -> list[str]:
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


def warning(report: Report) -> str:
    """The sentence above the times; "" if nothing disturbed them."""
    return in_a_sentence(reasons(report))


def in_a_sentence(why: list[str]) -> str:
    """That the times are indicative only, and why; "" without a reason."""
    return f"Indicative only: {units.listed(why)}." if why else ""


def stamp(report: Report) -> str:
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


def record(report: Report) -> dict[str, Any]:
    """The stamp for summary.json."""
    return recorded(report.noise, spread(report))


def recorded(noise: Noise | None, quartiles_apart: float | None) -> dict[str, Any]:
    """A stamp, JSON-ready."""
    return {
        "indicative_only": why_indicative(noise, quartiles_apart),
        "other_busy_cores": None if noise is None else noise.others,
        "stolen": None if noise is None else noise.stolen,
        "load": None if noise is None else noise.load,
        "steps": 0 if noise is None else noise.steps,
        "quartiles_apart": quartiles_apart,
    }
