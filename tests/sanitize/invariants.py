# SPDX-License-Identifier: MIT
"""What holds for every draw of a positional strategy, whatever the configuration."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import samplers
from samplers.kernels import rows as kernel
from tests.data import audit
from tests.data import stream_model as model

from . import wrong
from .configurations import Configuration
from .drawing import Case, Ids, build, chunks_of, must

QUARTERS = {0.0: 0, 0.25: 1, 0.5: 2, 0.75: 3, 1.0: 4}


def rules_are_kept(case: Case, ids: Ids) -> None:
    """Ids in range and of positive weight, distinct where they must be, none excluded."""
    c = case.c
    marked = c.on_collision == "mark" and c.excluded.given is not None
    drawn = ids[ids >= 0] if marked else ids
    must(ids.size == 0 or ids.min() >= (-1 if marked else 0), f"id {ids.min(initial=0)}")
    must(ids.size == 0 or ids.max() < len(c.counts), f"id {ids.max(initial=0)} of V={len(c.counts)}")
    must((c.counts[drawn] > 0).all(), "an id of weight zero")
    if not c.replacement:
        ordered = np.sort(ids, axis=1)
        must(not ((ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] >= 0)).any(), "an id twice in a row")
    must(not c.excluded.holds(ids).any(), "an excluded id")


def mark_is_a_masked_draw(case: Case, ids: Ids) -> None:
    c = case.c
    if c.on_collision != "mark" or c.excluded.given is None:
        return
    expected = case.rows_of(np.arange(c.rows), c.k, "redraw")
    expected[c.excluded.holds(expected)] = -1
    must(np.array_equal(ids, expected), 'on_collision="mark" is not a draw without exclusion, masked')


def first_columns_and_rows_do_not_depend_on_the_rest(case: Case, ids: Ids) -> None:
    c = case.c
    k, rows = int(case.rng.integers(1, c.k + 1)), int(case.rng.integers(0, c.rows + 1))
    must(np.array_equal(case.rows_of(np.arange(rows), k), ids[:rows, :k]), f"other ids in {rows} rows of k={k}")


def rows_may_come_in_any_order(case: Case, ids: Ids) -> None:
    order = case.rng.permutation(case.c.rows)
    must(np.array_equal(case.rows_of(order, case.c.k), ids[order]), "other ids where the rows come in another order")


def a_call_may_be_split(case: Case, ids: Ids) -> None:
    """Into two calls of `sample`, the second of which goes on where the first stopped."""
    c, sampler = case.c, case.sampler
    if c.row_ids is not None:
        return
    cut = int(case.rng.integers(0, c.rows + 1))
    sampler.position = c.position
    parts = []
    for which in (np.arange(cut), np.arange(cut, c.rows)):
        parts.append(sampler.sample(len(which), c.k, exclude=c.excluded.of_rows(which), on_collision=c.on_collision))
    must(sampler.position == c.position + c.rows, f"position {sampler.position} after two calls")
    must(np.array_equal(np.concatenate(parts), ids), f"other ids where the call is split at row {cut}")


def small_calls_are_those_of_the_model(case: Case, ids: Ids) -> None:
    """Of the table that the model builds where it can; elsewhere a few cells, from the sampler's own table."""
    c, sampler = case.c, case.sampler
    if len(c.counts) > 3000 or not c.rows:
        return
    quarters = QUARTERS.get(c.exponent)
    table = None
    if c.small and c.counts.dtype == np.int64 and quarters is not None:
        try:
            table = model.TABLES[c.strategy](model.weights_of(c.counts.tolist(), quarters))
        except AssertionError:  # ids of less than one unit: the model has no table for them
            case.tally["tables that the model lacks"] += 1
    case.tally["compared with the model's own table" if table else "a few cells compared with the model"] += 1
    rows, k = range(c.rows), c.k
    if table is None:
        rows, k = sorted({0, c.rows // 2, c.rows - 1}), min(k, 4)
        table = dataclasses.replace(audit.as_model(sampler), masses=sampler.noise.weights.tolist())
    redrawn = c.on_collision == "redraw"
    sets = c.excluded.sets(c.rows)
    for i in rows:
        expected, used_up = table.row(c.key, c.epoch, c.row(i), k, not c.replacement, sets[i] if redrawn else ())
        case.tally["rows of the exact path compared with the model"] += used_up
        if not redrawn:
            expected = [-1 if drawn in sets[i] else drawn for drawn in expected]
        must(ids[i, :k].tolist() == expected, f"row {i}: {ids[i, :k].tolist()}, and the model has {expected}")


def wrong_arguments_move_and_write_nothing(case: Case) -> None:
    c, sampler = case.c, case.sampler
    name, changes, out = wrong.some_argument(case)
    sampler.position = c.position
    try:
        case.call(**changes)
    except (TypeError, ValueError):
        case.tally["wrong arguments, refused"] += 1
    else:
        must(False, f"{name} was accepted")
    must(sampler.position == c.position, f"{name} moved the position")
    must(not out.written(), f"{name} wrote ids")


Invariant = Callable[[Case, Ids], Any]
OF_THE_IDS: Sequence[Invariant] = (rules_are_kept, small_calls_are_those_of_the_model)
OF_OTHER_DRAWS: Sequence[Invariant] = (
    mark_is_a_masked_draw,
    first_columns_and_rows_do_not_depend_on_the_rest,
    rows_may_come_in_any_order,
    a_call_may_be_split,
)


def check(c: Configuration, forms: Sequence[str]) -> Counter[str]:
    """Draws a configuration on every form and checks what must hold; counts of what was done.

    Raises
    ------
    Violation
        Where something does not.
    """
    try:
        sampler = build(c)
    except samplers.UnsuitableNoiseError:
        return Counter({"counts that the strategy refuses": 1})
    case = Case(c, sampler, c.generator())
    with chunks_of(c.chunk):
        drawn = {}
        for form in forms:
            kernel.force(form)
            drawn[form] = case.drawn()
            wrong_arguments_move_and_write_nothing(case)
        ids = drawn[forms[0]]
        if ids is None:
            case.tally["impossible calls, refused"] += 1
            return case.tally
        for form in forms[1:]:
            must(np.array_equal(ids, drawn[form]), f"{form} draws other ids than {forms[0]}")
        for invariant in OF_THE_IDS:
            invariant(case, ids)
        for form in forms:
            kernel.force(form)
            for invariant in OF_OTHER_DRAWS:
                invariant(case, ids)
    case.tally[f"{c.strategy}, {'with' if c.replacement else 'without'} replacement"] += 1
    case.tally[f"exclude: {c.excluded.form}"] += 1
    return case.tally
