# SPDX-License-Identifier: MIT
"""The main stream of a check: rows that are drawn by calls as users make them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arguments import as_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..base import Sampler
    from .plan import Plan

IDS_AT_ONCE = 2**20
# Rows in a call. Each kind of call draws a tenth of the rows, and large calls draw the rest.
CALL_ROWS = (1, 3, 64, 256, 1024, 4096)
SHARE = 10
LARGE = len(CALL_ROWS)
# If each call costs O(V), calls * V is limited to this, which is a few seconds, but there are at least so many calls.
WEIGHTS_IN_CALLS, LEAST_CALLS = 2**24, 16


@dataclass(frozen=True)
class Batch:
    """Consecutive rows of the main stream, and how they were drawn.

    Attributes
    ----------
    ids : ndarray, int64 (rows, k)
    number : ndarray, int64 (rows,)
        The number of each row in the stream.
    call : ndarray, int8 (rows,)
        The kind of call: an index of `CALL_ROWS`, or `LARGE`.
    form : ndarray, int8 (rows,)
        An index of `FORMS`.
    first : ndarray, bool (rows,)
        Whether the row is the first of its call.
    """

    ids: NDArray[np.int64]
    number: NDArray[np.int64]
    call: NDArray[np.int8]
    form: NDArray[np.int8]
    first: NDArray[np.bool_]

    def __getitem__(self, rows: NDArray[np.intp]) -> Batch:
        return Batch(self.ids[rows], self.number[rows], self.call[rows], self.form[rows], self.first[rows])


def batches(sampler: Sampler, plan: Plan) -> Iterator[Batch]:
    """Yield the rows of the main stream: calls of each small size, as in training loops, and then large calls.

    Parameters
    ----------
    sampler : Sampler
        It moves by ``plan.rows`` rows.
    plan : Plan
        The noise distribution and the shape of the check.

    Yields
    ------
    Batch
        All calls of a size, or a large call.
    """
    at, most_calls = 0, _most_calls(sampler)
    for kind, size in enumerate(CALL_ROWS):
        rows = min(plan.rows // SHARE, size * most_calls)
        if rows >= size:
            yield _calls(sampler, plan, at, rows, size, kind)
            at += rows
    while at < plan.rows:
        rows = min(plan.rows - at, max(1, IDS_AT_ONCE // plan.k))
        yield _calls(sampler, plan, at, rows, rows, LARGE)
        at += rows


def _most_calls(sampler: Sampler) -> int:
    if sampler.info.cost == "launch":
        return LEAST_CALLS
    if sampler.info.cost != "call":
        return 2**40  # no limit
    return max(LEAST_CALLS, WEIGHTS_IN_CALLS // len(sampler.noise))


def _calls(sampler: Sampler, plan: Plan, at: int, rows: int, size: int, kind: int) -> Batch:
    """Draw rows by calls of ``size`` rows; the last call may be smaller."""
    ids = np.empty((rows, plan.k), dtype=np.int64)
    narrow = np.empty((size, plan.k), dtype=np.int32)
    calls = zip(range(0, rows, size), cycle(FORMS.values()))
    for start, draw in calls:
        draw(sampler, ids[start : start + size], narrow)
    number = np.arange(rows)
    form = (number // size % len(FORMS)).astype(np.int8)
    return Batch(ids, at + number, np.full(rows, kind, dtype=np.int8), form, number % size == 0)


def _new_array(sampler: Sampler, ids: NDArray[np.int64], narrow: NDArray[np.int32]) -> None:
    drawn: Any = sampler.sample(*ids.shape)
    ids[...] = as_array(drawn)


def _into_int64(sampler: Sampler, ids: NDArray[np.int64], narrow: NDArray[np.int32]) -> None:
    sampler.sample(*ids.shape, out=ids)


def _into_int32(sampler: Sampler, ids: NDArray[np.int64], narrow: NDArray[np.int32]) -> None:
    drawn: Any = sampler.sample(*ids.shape, out=narrow[: len(ids)])
    ids[...] = drawn


# The forms of a call: each fills ``ids``.
FORMS = {"a new array": _new_array, "out= of int64": _into_int64, "out= of int32": _into_int32}
