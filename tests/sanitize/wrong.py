# SPDX-License-Identifier: MIT
"""Arguments that every call must refuse before anything is drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from .arrays import Output, guarded

if TYPE_CHECKING:
    from .drawing import Case

Changes = dict[str, Any]


def _outside(case: Case) -> Changes:
    """An excluded id that is none, in the last row."""
    ids = np.zeros(max(1, case.c.rows), dtype=np.int64)
    ids[-1] = case.rng.choice([-1, len(case.c.counts), 2**31, -(2**63), 2**63 - 1])
    return {"exclude": guarded(ids)}


def _rows_missing(case: Case) -> Changes:
    return {"exclude": guarded(np.zeros(case.c.rows + 1, dtype=np.int64))}


def _falling(case: Case) -> Changes:
    """A CSR pair whose starts fall in the middle, or end beyond the ids."""
    starts = np.zeros(case.c.rows + 1, dtype=np.int64)
    starts[len(starts) // 2] = 3
    return {"exclude": (guarded(starts), guarded(np.zeros(0, dtype=np.int64)))}


def _wrapping(case: Case) -> Changes:
    """A CSR pair whose sets have 2**62 ids each, four of them together 0 modulo 2**64."""
    sizes = np.zeros(case.c.rows + 1, dtype=np.int64)
    sizes[-4:] = 2**62
    starts = np.cumsum(sizes)
    return {"exclude": (guarded(starts), guarded(np.zeros(0, dtype=np.int64)))}


def _out_of_another_type(case: Case) -> Changes:
    kind = case.rng.choice(["f8", "i2", "u4", ">i8"])
    return {"out": np.zeros((case.c.rows, case.c.k), dtype=kind)}


def _out_of_another_shape(case: Case) -> Changes:
    return {"out": np.zeros((case.c.rows, case.c.k + 1), dtype=np.int64)}


def _out_with_gaps(case: Case) -> Changes:
    return {"out": np.zeros((max(2, case.c.rows), 2 * case.c.k), dtype=np.int64)[:, ::2]}


def _no_columns(case: Case) -> Changes:
    return {"k": int(case.rng.choice([0, -1]))}


def _half_a_column(case: Case) -> Changes:
    return {"k": 1.5}


def _too_many_columns(case: Case) -> Changes:
    return {"k": 2**25 + 1}


def _unknown_mode(case: Case) -> Changes:
    return {"on_collision": "skip"}


def _impossible_rows(case: Case) -> Changes:
    if case.c.row_ids is None:
        return {"rows": [-1, 2.5][case.rng.integers(2)]}
    bad = [np.array([-1]), np.array([2**63], dtype=np.uint64), np.array([0.0]), np.zeros((1, 1), dtype=np.int64)]
    return {"row_ids": bad[case.rng.integers(len(bad))]}


WRONG: dict[str, Callable[[Case], Changes]] = {
    "an excluded id outside [0, V)": _outside,
    "exclude of another length": _rows_missing,
    "an indptr that falls": _falling,
    "an indptr that wraps around": _wrapping,
    "out of another type": _out_of_another_type,
    "out of another shape": _out_of_another_shape,
    "out with gaps": _out_with_gaps,
    "k below 1": _no_columns,
    "k=1.5": _half_a_column,
    "k above 2**25": _too_many_columns,
    "an unknown on_collision": _unknown_mode,
    "rows that cannot be": _impossible_rows,
}


def some_argument(case: Case) -> tuple[str, Changes, Output]:
    """What is wrong, the changes that make it so, and an ``out`` that must stay as it is."""
    name = list(WRONG)[case.rng.integers(len(WRONG))]
    changes = WRONG[name](case)
    out = Output(case.c.rows, case.c.k, "i8", case.c.before)
    return name, {"out": out.ids, **changes}, out
