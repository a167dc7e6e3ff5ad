# SPDX-License-Identifier: MIT
"""Negatives of the same examples from any sampler, in one process. The positive of each example is excluded.

A sampler that draws rows by their numbers is given the numbers of the examples, as its docs say. Any other gives its
next rows to the next batch.
"""

from __future__ import annotations

import inspect
import pickle
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import samplers
from samplers.counter_based.sampler import PositionalSampler

from ..suite import SEED, sampler_names
from ..variants import MEASURED_WITH
from ..workloads import zipf
from .by_number import NumpyByNumber
from .controls import CONTROLS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ids = NDArray[np.int64]

V, K = 1000, 5
EXAMPLES, BATCH, OTHER_BATCH = 256, 64, 100
HALF = EXAMPLES // 2  # whole batches
LARGE = 60_000  # rows of a call that two threads of this library share: 2**18 ids and more
# Those that are not registered.
OWN: dict[str, Any] = {NumpyByNumber.info.name: NumpyByNumber, **CONTROLS}
# word2vec.c's table of 1e8 slots takes 400 MB and a second in each process; its size changes no answer.
SMALL = {"table_size": 10**6}


def names() -> list[str]:
    """The samplers of the benchmarks, those that run here by row numbers first; then the controls."""
    known = [*sampler_names(), NumpyByNumber.info.name]
    return [*sorted(known, key=lambda name: why_not(name) is not None or not strategy(name).info.positional), *CONTROLS]


def strategy(name: str) -> Any:
    """The class of a sampler or of a control."""
    return OWN[name] if name in OWN else samplers.get(name)


def why_not(name: str) -> str | None:
    """Why a sampler cannot run here; None if it can."""
    return None if name in OWN else samplers.why_unavailable(name)


@cache
def law(uniform: bool) -> Any:
    """The law of all draws: Zipf counts to the power of 0.75, or a uniform one."""
    return samplers.uniform(V) if uniform else samplers.NoiseDistribution(zipf(V))


@cache
def positives() -> Ids:
    """The positive of each example: one of the heaviest ids, so that many rows are drawn again. Shape (EXAMPLES,)."""
    return np.arange(EXAMPLES) % 5


def build(name: str, threads: int = 1) -> Any:
    """A sampler at the start of its stream, with threads of its own if it has this option."""
    kind = strategy(name)
    options = {"threads": threads} | SMALL
    known = inspect.signature(kind._build).parameters
    taken = {option: value for option, value in options.items() if option in known}
    return kind(law(kind.info.laws == "uniform"), rng=SEED, **MEASURED_WITH.get(name, {}), **taken)


def draw(sampler: Any, numbers: Any, excluded: Ids | None) -> Ids:
    """The negatives of some examples, int64 (len(numbers), K)."""
    if sampler.info.positional:
        return np.asarray(sampler.sample_rows(numbers, K, exclude=excluded))
    return np.asarray(sampler.sample(len(numbers), K, exclude=excluded))


def in_batches(sampler: Any, size: int, exclude: bool = True, numbers: Ids | None = None) -> Ids:
    """The negatives of all examples in their order, or of those with the given numbers."""
    numbers = np.arange(EXAMPLES) if numbers is None else numbers
    batches = [numbers[first : first + size] for first in range(0, len(numbers), size)]
    return np.concatenate([draw(sampler, batch, positives()[batch] if exclude else None) for batch in batches])


def in_one_large_call(sampler: Any) -> Ids:
    """The negatives of many examples; no more rows than in a batch, if each row costs a call of another library."""
    rows = np.arange(BATCH if sampler.info.cost == "row" else LARGE)
    return draw(sampler, rows, rows % 5)


def by_two_threads(sampler: Any) -> Ids:
    """The negatives of all examples, if two threads share a sampler, and the scheduler lets the second one begin."""
    ids = np.empty((EXAMPLES, K), np.int64)
    batches = np.arange(EXAMPLES).reshape(-1, BATCH)

    def work(first: int) -> None:
        for numbers in batches[first::2]:
            ids[numbers] = draw(sampler, numbers, positives()[numbers])

    with ThreadPoolExecutor(2) as pool:
        for first in (1, 0):
            pool.submit(work, first).result()  # raises what the thread has raised
    return ids


def save_half(name: str, folder: Path) -> None:
    """Draw the first half of the rows and save the sampler: its tables by `samplers.save`, or all of it by pickle."""
    sampler: Any = build(name)
    in_batches(sampler, BATCH, numbers=np.arange(HALF))
    if _has_tables(name):
        samplers.save(sampler, folder / f"{name}.safetensors")
        (folder / f"{name}.state").write_bytes(pickle.dumps(sampler.state_dict()))
    else:
        (folder / f"{name}.state").write_bytes(pickle.dumps(sampler))


def second_half(name: str, folder: Path) -> Ids:
    """The other half of the rows, from what `save_half` has saved, int64 (HALF, K)."""
    sampler: Any = pickle.loads((folder / f"{name}.state").read_bytes())
    if _has_tables(name):
        state, sampler = sampler, samplers.load(folder / f"{name}.safetensors")
        sampler.load_state_dict(state)
    return in_batches(sampler, BATCH, numbers=np.arange(HALF, EXAMPLES))


def _has_tables(name: str) -> bool:
    """Whether `samplers.save` takes the sampler."""
    kind = strategy(name)
    return issubclass(kind, PositionalSampler) and kind._entries(law(kind.info.laws == "uniform")) is not None
