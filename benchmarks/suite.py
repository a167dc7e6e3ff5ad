# SPDX-License-Identifier: MIT
"""What the benchmark classes share: the samplers' axis, who is left out and why, a state built once a process.

`asv run` and `asv continuous` put older versions of the library below the newest benchmarks. What such a version lacks
(a strategy, an option, a module) is n/a there with the reason, never a failure: see `why_not`, `lacks` and `needed`.
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
from .workloads import noise_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    State = tuple[samplers.Sampler, NDArray[np.int64], int]

SEED = 42
# asv's default is 10 ms for a sample; shorter ones measure the clock and the scheduler.
SAMPLE_SECONDS = 0.02
# Fewest and most samples, and seconds after which there are no more: a slow cell takes two seconds, not asv's twenty.
REPEAT = (3, 10, 2.0)
FEW = 64  # rows a call of a strategy that pays for each row
AXIS = Path(__file__).with_name("axis.json")


def sampler_names() -> list[str]:
    """The first axis of every benchmark.

    ``axis.json`` holds the order once given and is only appended to; what is not yet in it, plug-ins for example,
    comes after it. So neither a new built-in strategy nor a plug-in moves another name.
    """
    order: list[str] = json.loads(AXIS.read_text(encoding="utf-8"))
    return [*order, *(name for name in samplers.names() if name not in order)]


def why_not(sampler: str, rows: int = 0) -> str | None:
    """Why a sampler is not measured at so many rows a call, known without building it; None when it is."""
    if sampler not in samplers.names():
        return f"{sampler}: this version of the library has no such strategy"
    reason = samplers.why_unavailable(sampler)
    if reason is None and rows > FEW and samplers.get(sampler).info.cost == "row":
        return f"{sampler} pays for each row: measured at {FEW} rows"
    return reason


def lacks(sampler: str, options: Iterable[str]) -> str | None:
    """Which of the options a strategy of this version of the library does not take; None when it takes them all."""
    known = {
        *inspect.signature(samplers.get(sampler)._build).parameters,
        *inspect.signature(samplers.create).parameters,
    }
    missing = [option for option in options if option not in known]
    return f"{sampler}: this version of it takes no {', '.join(missing)}" if missing else None


def needed(module: str, *names: str) -> Any:
    """A module of the library, with some names in it; n/a with the reason where this version lacks them."""
    try:
        found = import_module(module)
    except ModuleNotFoundError as error:
        if not module.startswith(error.name or "-"):
            raise  # the module is there, and what it imports is not
        raise NotImplementedError(f"this version of the library has no {module}") from error
    missing = [name for name in names if not hasattr(found, name)]
    not_applicable(f"this version of {module} has no {', '.join(missing)}" if missing else None)
    return found


def not_applicable(reason: str | None) -> None:
    """Raise NotImplementedError, asv's word for "n/a", when there is a reason."""
    if reason is not None:
        raise NotImplementedError(reason)


def rows_for(sampler: str, rows: int) -> int:
    """Rows a call: fewer for a strategy that pays for each of them, where the number of rows is not the question."""
    return min(rows, FEW) if why_not(sampler, rows) else rows


def build(sampler: str, workload: str, **options: Any) -> samplers.Sampler:
    """A sampler over a workload, seeded; n/a with the reason where it cannot be built."""
    not_applicable(why_not(sampler) or lacks(sampler, options))
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
    """A sampler that has drawn once, its touched output, and how many calls take `SAMPLE_SECONDS`.

    asv_runner >= 0.3 runs ``setup`` before every timed call, and makes one call a sample unless ``number`` is
    set; so setup only looks this up, and the number comes from here.
    """
    built = build(sampler, workload, **options)
    out = np.zeros((rows, k), dtype=np.int64)  # touched: np.empty's pages would fault inside the timing
    return built, out, calls_for(lambda: built.sample(rows, k, out=out))


def calls_for(call: Callable[[], object]) -> int:
    """How many calls take `SAMPLE_SECONDS`, after one to warm up."""
    call()
    start = time.perf_counter()
    call()
    return max(1, round(SAMPLE_SECONDS / (time.perf_counter() - start)))
