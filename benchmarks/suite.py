# SPDX-License-Identifier: MIT
"""What the benchmark classes share: the samplers' axis and a state that is built once a process."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

import samplers

from .workloads import noise_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    State = tuple[samplers.Sampler, NDArray[np.int64], int]

SEED = 42
# asv's default is 10 ms for a sample; shorter ones measure the clock and the scheduler.
SAMPLE_SECONDS = 0.02


def sampler_names() -> list[str]:
    """The first axis of every benchmark: asv addresses parameters by position, so names are only appended."""
    return samplers.names()


def build(sampler: str, workload: str) -> samplers.Sampler:
    """A sampler over a workload, seeded; NotImplementedError, asv's word for "n/a", where it cannot be."""
    reason = samplers.why_unavailable(sampler)
    if reason is not None:
        raise NotImplementedError(reason)
    try:
        noise = noise_of(workload)
    except ImportError as error:
        raise NotImplementedError(f"{workload}: {error}") from error
    try:
        return samplers.create(sampler, noise, rng=SEED)
    except samplers.UnsuitableNoiseError as error:
        raise NotImplementedError(str(error)) from error


@cache
def ready(sampler: str, workload: str, rows: int, k: int) -> State:
    """A sampler that has drawn once, its touched output, and how many calls take `SAMPLE_SECONDS`.

    asv_runner >= 0.3 runs ``setup`` before every timed call, and makes one call a sample unless ``number`` is
    set; so setup only looks this up, and the number comes from here.
    """
    built = build(sampler, workload)
    out = np.zeros((rows, k), dtype=np.int64)  # touched: np.empty's pages would fault inside the timing
    return built, out, calls_for(lambda: built.sample(rows, k, out=out))


def calls_for(call: Callable[[], object]) -> int:
    """How many calls take `SAMPLE_SECONDS`, after one to warm up."""
    call()
    start = time.perf_counter()
    call()
    return max(1, round(SAMPLE_SECONDS / (time.perf_counter() - start)))
