# SPDX-License-Identifier: MIT
"""The main stream of a check: rows that are drawn by calls as users make them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
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
FORMS = ("a new array", "out= of int64", "out= of int32")
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
    form = np.empty(rows, dtype=np.int8)
    narrow = np.empty((size, plan.k), dtype=np.int32)
    starts = np.arange(0, rows, size)
    for number, start in enumerate(starts.tolist()):
        part = ids[start : start + size]
        form[start : start + size] = number % len(FORMS)
        _draw(sampler, part, narrow[: len(part)], FORMS[number % len(FORMS)])
    first = np.zeros(rows, dtype=np.bool_)
    first[starts] = True
    return Batch(ids, np.arange(at, at + rows), np.full(rows, kind, dtype=np.int8), form, first)


def _draw(sampler: Sampler, ids: NDArray[np.int64], narrow: NDArray[np.int32], form: str) -> None:
    """Fill ``ids`` by a call, in one of `FORMS`."""
    rows, k = ids.shape
    if form == "a new array":
        drawn: Any = sampler.sample(rows, k)
        ids[...] = as_array(drawn)
    elif form == "out= of int64":
        sampler.sample(rows, k, out=ids)
    else:
        ids[...] = sampler.sample(rows, k, out=narrow)
