# SPDX-License-Identifier: MIT
"""The usual requests besides a plain draw: into an array, rows by their numbers, excluded ids in every form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from .bench_exclusion import excluded_sets
from .suite import SEED, needed, not_applicable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Makes = Callable[[Any, int, int, str], Callable[[], object]]  # of a sampler, rows, k and a workload


@dataclass(frozen=True)
class Request:
    """A usual request, for asv (`bench_requests`) and for the price list (`prices`).

    Attributes
    ----------
    text : str
        What is drawn, in words.
    goal : float or None
        The price to reach, as a multiple of a plain draw; None: it has no price.
    make : callable
        Returns the call of a sampler, rows, k and a workload.
    """

    text: str
    goal: float | None
    make: Makes


def plain(sampler: Any, rows: int, k: int, workload: str) -> Callable[[], object]:
    """``sample(rows, k)``."""
    return partial(sampler.sample, rows, k)


def into(make: Callable[[int, int], Any], sampler: Any, rows: int, k: int, workload: str) -> Callable[[], object]:
    """The same into the array or tensor that ``make(rows, k)`` returns."""
    return partial(sampler.sample, rows, k, out=make(rows, k))


def tensor(rows: int, k: int) -> Any:
    """A tensor of torch, int64 (rows, k), on the CPU; n/a without torch."""
    return needed("torch", "zeros").zeros((rows, k), dtype=needed("torch", "int64").int64)


def zeros(dtype: type, rows: int, k: int) -> NDArray[Any]:
    """An array (rows, k) that is in memory."""
    return np.zeros((rows, k), dtype=dtype)


def named(sampler: Any, rows: int, k: int, workload: str) -> Callable[[], object]:
    """``sample_rows`` of shuffled rows; n/a if the strategy does not draw rows by their numbers."""
    not_applicable(None if sampler.info.positional else f"{sampler.name} does not draw rows by their numbers")
    return partial(sampler.sample_rows, np.random.default_rng(SEED).permutation(rows), k)


def excluding(kind: str, on_collision: str, sampler: Any, rows: int, k: int, workload: str) -> Callable[[], object]:
    """``exclude=`` of a kind of `bench_exclusion.excluded_sets`."""
    return partial(sampler.sample, rows, k, exclude=excluded_sets(kind, workload, rows), on_collision=on_collision)


def histories(on_collision: str, sampler: Any, rows: int, k: int, workload: str) -> Callable[[], object]:
    """Histories of users, 20 ids on average, checked once, from which each call takes those of its users."""
    sets = needed("samplers", "IdSets").IdSets
    indptr, ids = excluded_sets("csr", workload, rows)
    seen = sets.from_csr(indptr, ids, len(sampler.noise))
    users = np.random.default_rng(SEED).permutation(rows)
    return lambda: sampler.sample(rows, k, exclude=seen[users], on_collision=on_collision)


# asv stores results by position: new requests are appended, and none is moved.
REQUESTS: dict[str, Request] = {
    "plain": Request("sample(rows, k)", None, plain),
    "out int64": Request("out= int64", 1.05, partial(into, partial(zeros, np.int64))),
    "out int32": Request("out= int32", 1.05, partial(into, partial(zeros, np.int32))),
    "out tensor": Request("out= a tensor of torch", 1.05, partial(into, tensor)),
    "named rows": Request("sample_rows of shuffled rows", 1.3, named),
    "one id": Request("exclude= one id a row", 1.5, partial(excluding, "one", "redraw")),
    "one id, mark": Request('exclude= one id a row, "mark"', 1.5, partial(excluding, "one", "mark")),
    "history, CSR pair": Request("a history a row, mean 20 ids, CSR pair", 10, partial(excluding, "csr", "redraw")),
    "history, IdSets": Request("a history a row, mean 20 ids, sets[users]", 2.5, partial(histories, "redraw")),
    "history, IdSets, mark": Request(
        'a history a row, mean 20 ids, sets[users], "mark"', 2.5, partial(histories, "mark")
    ),
}
