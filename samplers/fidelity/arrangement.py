# SPDX-License-Identifier: MIT
"""Tests whether the law of a draw, or its relation to others, depends on its place: column, row, call, time, stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arguments import as_array, children
from .cells import EQUAL, CellsOfIds, seeded_by, transformed
from .contingency import by_group, dependence
from .stream import LARGE
from .windows import beginnings_of_streams, overlapping_streams

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..base import Sampler
    from .cells import Cells
    from .plan import Plan
    from .result import FidelityTest
    from .stream import Batch

    Pairs = tuple[NDArray[np.int16], NDArray[np.int16]]

MOST_IDS = 2**24
MOST_COLUMNS = 64
# Powers of two are the usual numbers of lanes and workers; 5 and 7 stand for all others.
LAGS = (1, 2, 3, 4, 5, 7, 8, 16, 32, 64, 256, 1024)
FEW_COLUMNS = 6
DISTANCES = (1, 2, 3, 4, 5, 6, 7, 8, 16, 32)
ROW_NUMBERS = 16
STRETCHES = 16
MOST_STREAM_ROWS = 2**17
LEAST_STREAM_ROWS = 2**14
MOST_STREAM_IDS = 2**20


class Arrangement:
    """The laws of groups of rows and columns of the main stream, and pairs of its draws.

    With replacement the cells of ids are compared. Without, the draws are transformed first, so that all columns can be
    compared (`samplers.fidelity.cells`). The first 2**24 ids are used, and the first 64 columns.

    Parameters
    ----------
    plan : Plan
        The noise distribution and the shape of the check.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.ids_of_cells = CellsOfIds(plan)
        self.cells = self.ids_of_cells.cells if plan.replacement else EQUAL
        self._columns = min(plan.k, MOST_COLUMNS)
        self._left = MOST_IDS // self._columns
        self._rng: np.random.Generator | None = None
        self._parts: list[tuple[NDArray[np.int16], Batch]] = []

    def see(self, batch: Batch) -> None:
        """Store the cells of the next rows. All ids must have a positive weight."""
        if self._left < len(batch.ids):
            batch = batch[np.arange(self._left)]
        if len(batch.ids):
            self._left -= len(batch.ids)
            if self._rng is None:
                self._rng = seeded_by(batch.ids[:256])
            self._parts.append((cells_of(self.ids_of_cells, batch.ids[:, : self._columns], self._rng), batch))

    def tests(self) -> list[FidelityTest]:
        """The tests by group, then those of pairs; none for groups or pairs of which there are too few draws."""
        if not self._parts:
            return []
        binned = np.concatenate([part for part, _ in self._parts])
        tests = []
        for name, what, groups in self._groupings(binned.shape):
            tests += by_group(name, counts_by_group(binned, groups, self.cells), self.cells, what, against_law=False)
        return [*tests, *self._pairs_within_rows(binned), *self._pairs_between_rows(binned)]

    def _groupings(self, shape: tuple[int, ...]) -> Iterator[tuple[str, str, NDArray[np.integer[Any]]]]:
        """Yield the name of each test, what its groups are, and the group of each draw, which can be broadcast."""
        batches = [batch for _, batch in self._parts]
        number, call, form, first = (
            np.concatenate([getattr(batch, name) for batch in batches]) for name in ("number", "call", "form", "first")
        )
        yield "law by column", "columns", np.arange(shape[1])[None, :]
        yield "law by row number", "residues of the row number", (number % ROW_NUMBERS)[:, None]
        yield "law by size of call", "sizes of calls", call[:, None]
        several = (call > 0) & (call < LARGE)
        yield "law by place in call", "places in a call", np.where(several, 1 - first, -1)[:, None]
        yield "law by form of call", "forms of a call", np.where(call < LARGE, form, -1)[:, None]
        yield "law over time", "stretches of the stream", (number * STRETCHES // self.plan.rows)[:, None]

    def _pairs_within_rows(self, binned: NDArray[np.int16]) -> list[FidelityTest]:
        """ "pairs within rows": any two columns; those of more than six by their distance."""
        rows, k = binned.shape
        if k < 2:
            return []

        def pairs(draws: NDArray[np.int16]) -> list[Pairs]:
            if k <= FEW_COLUMNS:
                return [(draws[:, i], draws[:, j]) for i, j in combinations(range(k), 2)]
            return [(draws[:, :-distance], draws[:, distance:]) for distance in DISTANCES if distance < k]

        return dependence("pairs within rows", [binned], pairs, self.cells, rows, "an earlier column")

    def _pairs_between_rows(self, binned: NDArray[np.int16]) -> list[FidelityTest]:
        """ "pairs between rows": the same column of two rows, by their distance, and each id with the next one."""
        rows, k = binned.shape
        lags = [lag for lag in LAGS if lag <= rows // 2]
        if not lags:
            return []

        def pairs(draws: NDArray[np.int16]) -> Iterator[Pairs]:
            yield from ((draws[:-lag], draws[lag:]) for lag in lags)
            if k > 1:
                one_after_another = draws.reshape(-1)
                yield one_after_another[:-1], one_after_another[1:]

        return dependence("pairs between rows", [binned], pairs, self.cells, rows * k, "an earlier row")


def cells_of(cells: CellsOfIds, ids: NDArray[Any], rng: np.random.Generator) -> NDArray[np.int16]:
    """The cells of rows without excluded ids, int16 (rows, k): of ids, or without replacement of transformed draws."""
    if cells.plan.replacement:
        return np.asarray(cells.of_id[ids])
    return transformed(cells, ids, rng, distinct=True)


def counts_by_group(binned: NDArray[np.int16], groups: NDArray[np.integer[Any]], cells: Cells) -> NDArray[np.int64]:
    """The number of draws of each group in each cell.

    Parameters
    ----------
    binned : ndarray, int16 (rows, k)
        The cell of each draw; below 0 for draws that are left out.
    groups : ndarray, integers (rows, 1) or (1, k)
        The group of each row, or of each column; below 0 for rows that are left out.
    cells : Cells
        The cells.

    Returns
    -------
    ndarray, int64 (groups, cells)
        The counts.
    """
    n_cells, n_groups = len(cells.mass), int(groups.max(initial=0)) + 1
    if groups.min(initial=0) < 0:
        rows = groups[:, 0] >= 0
        binned, groups = binned[rows], groups[rows]
    flat = groups.astype(np.int64) * n_cells + binned
    if binned.min(initial=0) < 0:
        flat = flat[binned >= 0]
    return np.bincount(flat.reshape(-1), minlength=n_groups * n_cells).reshape(n_groups, n_cells)


def between_streams(sampler: Sampler, plan: Plan, rng: np.random.Generator) -> list[FidelityTest]:
    """ "pairs between streams" and "overlapping streams": streams of a sampler with different seeds.

    The first test compares the ids at the same place of two streams, whose seeds are s and s + 1. It fails if workers
    have the same stream, or the same part of their columns, because a generator was forked, or because the seed is
    ignored. The second looks for runs of ids that occur twice in these streams and the beginnings of up to 128 others.

    Parameters
    ----------
    sampler : Sampler
        It does not move, because copies are tested.
    plan : Plan
        A quarter of its rows is drawn from each stream, but at least 2**14 (or all rows) and at most 2**17 rows and
        2**20 ids. If ``info.cost`` is "row", there is no minimum.
    rng : numpy.random.Generator
        Draws the seeds.

    Returns
    -------
    list of FidelityTest
        The first test is left out if there is a single id, or if there are too few rows.
    """
    rows = plan.rows // 4 if sampler.info.cost == "row" else max(plan.rows // 4, min(plan.rows, LEAST_STREAM_ROWS))
    rows = max(1, min(rows, MOST_STREAM_ROWS, MOST_STREAM_IDS // plan.k))
    seed, (places, others) = int(rng.integers(2**31)), children(rng, 2)
    streams = [as_array(sampler.with_rng(seed + i).sample(rows, plan.k)) for i in range(2)]
    kept = possible(streams[0], plan).all(axis=1) & possible(streams[1], plan).all(axis=1)
    cells = CellsOfIds(plan)
    binned = [cells_of(cells, stream[kept, :MOST_COLUMNS], places) for stream in streams]
    law = cells.cells if plan.replacement else EQUAL

    def pairs(first: NDArray[np.int16], second: NDArray[np.int16]) -> Iterable[Pairs]:
        return zip(first.T, second.T, strict=True)

    tests = dependence("pairs between streams", binned, pairs, law, int(kept.sum()), "the other stream")
    return [*tests, overlapping_streams([*beginnings_of_streams(sampler, plan, others), *streams], plan)]


def possible(ids: NDArray[Any], plan: Plan) -> NDArray[np.bool_]:
    """Whether ids are valid and have a positive weight; bool, shape of ``ids``."""
    known = (ids >= 0) & (ids < len(plan.probabilities))
    return np.asarray(known & (plan.probabilities[np.where(known, ids, 0)] > 0))
