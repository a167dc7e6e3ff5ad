# SPDX-License-Identifier: MIT
"""Shared by the benchmark classes: the axis of samplers, reasons for n/a, and samplers that are built once per process.

`asv run` and `asv continuous` run these benchmarks also with older versions of the library. If such a version lacks a
strategy, an option or a module, the cell is n/a with a reason and does not fail: see `why_not`, `lacks` and `needed`.
"""

from __future__ import annotations

import inspect
import json
import time
from collections.abc import Callable, Iterable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import samplers

from .variants import create
from .workloads import UNIFORM, noise_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    State = tuple[samplers.Sampler, NDArray[np.int64], int]

SEED = 42
# Duration of a sample. asv's default is 10 ms; in shorter samples the clock and the scheduler dominate.
SAMPLE_SECONDS = 0.02
# Minimum and maximum number of samples, and seconds after which no sample starts: asv's default is twenty seconds.
REPEAT = (3, 10, 2.0)
FEW = 64  # rows per call of a strategy whose cost is per row
AXIS = Path(__file__).with_name("axis.json")


def sampler_names() -> list[str]:
    """The first axis of every benchmark.

    asv stores results by position, so that a name must never move. ``axis.json`` holds the order, and new names are
    appended to it. Names that are not in it, for example of plug-ins, come last.
    """
    order: list[str] = json.loads(AXIS.read_text(encoding="utf-8"))
    return [*order, *(name for name in samplers.names() if name not in order)]


def why_not(sampler: str, rows: int = 0, *, uniform: bool = False) -> str | None:
    """Why a sampler is not measured; None if it is. The sampler is not built for this.

    Parameters
    ----------
    sampler : str
        A name of the registry, or of another version of the library.
    rows : int
        Rows of a call.
    uniform : bool
        Whether the law gives all ids the same probability.
    """
    if sampler not in samplers.names():
        return f"{sampler}: this version of the library has no such strategy"
    reason = samplers.why_unavailable(sampler) or for_gpus(sampler)
    if reason is None and rows > FEW and samplers.get(sampler).info.cost == "row":
        return f"the cost of {sampler} is per row: it is measured at {FEW} rows"
    if reason is None and not uniform and for_uniform_laws(sampler):
        return f"{sampler} draws from uniform laws alone"
    return reason


def for_gpus(sampler: str) -> str | None:
    """Why a sampler that draws on any device is not measured here; None for a sampler of one device."""
    return (
        f"{sampler} is for a GPU: `make bench-gpu` measures it" if samplers.get(sampler).info.device == "any" else None
    )


def for_uniform_laws(sampler: str) -> bool:
    """Whether a sampler refuses laws that are not uniform. An older version of the library has no such strategies."""
    return getattr(samplers.get(sampler).info, "laws", "any") == "uniform"


def lacks(sampler: str, options: Iterable[str]) -> str | None:
    """A message that names the options that this version of a strategy does not take; None if it takes them all."""
    known = {
        *inspect.signature(samplers.get(sampler)._build).parameters,
        *inspect.signature(samplers.create).parameters,
    }
    missing = [option for option in options if option not in known]
    return f"this version of {sampler} has no option {', '.join(missing)}" if missing else None


def needed(module: str, *names: str) -> Any:
    """A module of the library that has the given names; n/a if this version lacks the module or a name."""
    try:
        imported = import_module(module)
    except ModuleNotFoundError as error:
        if not module.startswith(error.name or "-"):
            raise  # the module exists, but one that it imports does not
        raise NotImplementedError(f"this version of the library has no {module}") from error
    missing = [name for name in names if not hasattr(imported, name)]
    not_applicable(f"this version of {module} has no {', '.join(missing)}" if missing else None)
    return imported


def not_applicable(reason: str | None) -> None:
    """Raise NotImplementedError if there is a reason; asv records the cell as n/a."""
    if reason is not None:
        raise NotImplementedError(reason)


def rows_for(sampler: str, rows: int) -> int:
    """Rows per call in benchmarks that do not vary the rows: at most `FEW` if the strategy's cost is per row."""
    return min(rows, FEW) if why_not(sampler, rows) else rows


def build(sampler: str, workload: str, **options: Any) -> samplers.Sampler:
    """A seeded sampler over a workload; n/a with a reason if it cannot be built."""
    not_applicable(why_not(sampler, uniform=workload in UNIFORM) or lacks(sampler, options))
    try:
        noise = noise_of(workload)
    except ImportError as error:
        raise NotImplementedError(f"{workload}: {error}") from error
    try:
        return create(sampler, noise, rng=SEED, **options)
    except samplers.UnsuitableNoiseError as error:
        raise NotImplementedError(str(error)) from error


@cache
def ready(sampler: str, workload: str, rows: int, k: int, **options: Any) -> State:
    """A sampler after its first draw, its output array, and the number of calls that take `SAMPLE_SECONDS`.

    The result is cached because asv_runner >= 0.3 runs ``setup`` before every timed call. Without ``number`` it would
    time one call per sample.
    """
    built = build(sampler, workload, **options)
    out = np.zeros((rows, k), dtype=np.int64)
    # The warm-up call writes to every page of `out`, so that no page fault is timed.
    return built, out, calls_for(lambda: built.sample(rows, k, out=out))


def calls_for(call: Callable[[], object]) -> int:
    """The number of calls that take `SAMPLE_SECONDS`, from one timed call after one to warm up."""
    call()
    start = time.perf_counter()
    call()
    return max(1, round(SAMPLE_SECONDS / (time.perf_counter() - start)))
