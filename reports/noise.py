# SPDX-License-Identifier: MIT
"""The noise stamp of a run: what disturbed its times, and whether they are indicative only."""

from __future__ import annotations

from pathlib import Path
from statistics import median, quantiles
from typing import Any

from benchmarks.documents import NOISE, finite

from . import units
from .model import Noise, Report

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
    cells = [report.ns(s.name, w.name) for s in report.samplers for w in report.workloads]
    spreads = [(c.q75 - c.q25) / c.value for c in cells if c.value and c.q25 is not None and c.q75 is not None]
    return quantiles(spreads, n=10)[-1] if len(spreads) >= FEWEST_CELLS else None


def reasons(report: Report) -> list[str]:
    """Why the times are indicative only; empty if nothing says so."""
    noise, apart = report.noise, spread(report)
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


def warning(report: Report) -> str:
    """The sentence above the times; "" if nothing disturbed them."""
    found = reasons(report)
    return f"Indicative only: {units.listed(found)}." if found else ""


def stamp(report: Report) -> str:
    """The noise in one line."""
    noise, apart = report.noise, spread(report)
    parts = ["noise was not recorded"] if noise is None else []
    if noise is not None:
        parts.append(f"other programs kept {units.significant(noise.others, 2)} cores busy")
        parts.append(f"the host took away {units.percent(noise.stolen)} of the time")
        parts.append(f"load {units.significant(noise.load, 2)}")
    if apart is not None:
        parts.append(f"nine times in ten the quartiles are within {units.percent(apart)} of the median")
    return "; ".join(parts)


def record(report: Report) -> dict[str, Any]:
    """The stamp for summary.json."""
    noise = report.noise
    return {
        "indicative_only": reasons(report),
        "other_busy_cores": None if noise is None else noise.others,
        "stolen": None if noise is None else noise.stolen,
        "load": None if noise is None else noise.load,
        "steps": 0 if noise is None else noise.steps,
        "quartiles_apart": spread(report),
    }
