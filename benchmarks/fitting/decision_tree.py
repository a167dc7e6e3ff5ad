# SPDX-License-Identifier: MIT
"""A decision tree over measured cells: few regions, each with one winner and integer bounds.

A region is split on one axis at a time if its winner loses more than `TOLERATED` in some cell, and if the split saves
more than `A_SPLIT`. The tree is greedy, as in CART (Breiman et al. 1984, doi:10.1201/9781315139470). The loss in
relative time takes the place of the impurity.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from statistics import fmean

TOLERATED = 0.08  # relative loss against the fastest; the goal for every request is 0.10
FEWEST = 2  # minimum cells of a region; a single cell may come from a slow phase of the machine
A_SPLIT = 0.15  # the minimum gain of a split, as a sum of logs of time; it keeps the number of regions small
EQUAL = 0.1  # gains that differ by less count as equal, and the earlier axis is split
# On these axes times jump at powers of two, and not between the measured sizes: the number of slots of an alias table
# is a power of two.
STEPPED = frozenset({"V"})
MISSING = 3.0  # the loss of a strategy that was too slow to be timed: the log of a factor of 20

Bounds = dict[str, tuple[int | None, int | None]]


@dataclass(frozen=True)
class Cell:
    """A measured request.

    Attributes
    ----------
    at : mapping of str to int
        The request, by axis.
    ns : mapping of str to float
        Nanoseconds per id of each strategy that may win.
    ratio : mapping of str to float
        Time relative to the fastest, mean over all rounds.
    worst : mapping of str to float
        The same for the least favourable visit; 1 if no visit shows a clear difference.
    refused : frozenset of str
        Strategies that refuse the distribution. They have no loss, because the lookup takes the next strategy instead.
    """

    at: Mapping[str, int]
    ns: Mapping[str, float]
    ratio: Mapping[str, float]
    worst: Mapping[str, float]
    refused: frozenset[str] = frozenset()

    def loss(self, name: str) -> float:
        """Log of `worst`; 0 if the strategy refuses the distribution, `MISSING` if it was not timed."""
        return 0.0 if name in self.refused else self._losses.get(name, MISSING)

    @cached_property
    def _losses(self) -> dict[str, float]:
        return {name: math.log(ratio) for name, ratio in self.worst.items()}


@dataclass(frozen=True)
class Region:
    """A leaf of the tree: its bounds (both included), the strategies from best to worst, and its cells."""

    bounds: Bounds
    ranking: tuple[str, ...]
    cells: tuple[Cell, ...]


def regions(cells: Sequence[Cell], axes: Sequence[str], order: Sequence[str]) -> list[Region]:
    """Partition all requests into regions.

    Parameters
    ----------
    cells : sequence of Cell
        At least one.
    axes : sequence of str
        The axes that may be split. If gains are equal, the earlier axis is split.
    order : sequence of str
        The strategies that may win. If losses are equal, the winner of the parent region comes first, then the earlier
        name.

    Returns
    -------
    list of Region
        Every request lies in exactly one region. If all parts of a region have the same winner, it is not split.
    """
    return _grown(list(cells), axes, order, {}, ranking(cells, order)[0])


def ranking(cells: Sequence[Cell], order: Sequence[str], favoured: str | None = None) -> tuple[str, ...]:
    """The strategies by their total loss over the cells; strategies that were measured in no cell are left out."""
    known = [name for name in order if any(name in cell.ns for cell in cells)]
    return tuple(sorted(known, key=lambda name: (lost(cells, name), name != favoured, order.index(name))))


def lost(cells: Iterable[Cell], name: str) -> float:
    """The total loss of a strategy; it is rounded, so that the order of the cells has no effect."""
    return round(sum(cell.loss(name) for cell in cells), 9)


def _grown(cells: list[Cell], axes: Sequence[str], order: Sequence[str], bounds: Bounds, parent: str) -> list[Region]:
    ranked = ranking(cells, order, parent)
    winner = ranked[0]
    leaf = [Region(bounds, ranked, tuple(cells))]
    if max(cell.loss(winner) for cell in cells) <= math.log1p(TOLERATED):
        return leaf
    split = best_split(cells, axes, order)
    if split is None or split[0] + A_SPLIT >= lost(cells, winner):
        return leaf
    _, axis, below, above = split
    last_left = break_point(cells, axis, (below, above), order)
    left = [cell for cell in cells if cell.at[axis] <= below]
    right = [cell for cell in cells if cell.at[axis] >= above]
    low, high = bounds.get(axis, (None, None))
    leaves = _grown(left, axes, order, bounds | {axis: (low, last_left)}, winner)
    leaves += _grown(right, axes, order, bounds | {axis: (last_left + 1, high)}, winner)
    if len({region.ranking[0] for region in leaves}) == 1:
        return leaf
    return leaves


def best_split(cells: Sequence[Cell], axes: Sequence[str], order: Sequence[str]) -> tuple[float, str, int, int] | None:
    """The best split: the loss after it, its axis, and the measured values on either side; None if there is no split.

    The loss is that after one more split of each part, because a single split cannot show that two axes decide
    together (for example k, if one id is heavy).
    """
    best: dict[str, tuple[float, str, int, int]] = {}
    for axis, below, above, parts in splits(cells, axes):
        loss = sum(after_one_split(part, axes, order) for part in parts)
        if axis not in best or loss < best[axis][0]:
            best[axis] = loss, axis, below, above
    smallest = min((loss for loss, *_ in best.values()), default=0.0)
    return next((split for split in best.values() if split[0] <= smallest + EQUAL), None)


def after_one_split(cells: Sequence[Cell], axes: Sequence[str], order: Sequence[str]) -> float:
    """The loss of a part that may be split once; such a split costs `A_SPLIT`."""
    unsplit = smallest_loss(cells, order)
    if unsplit <= A_SPLIT:
        return unsplit
    losses = (sum(smallest_loss(part, order) for part in parts) for *_, parts in splits(cells, axes))
    return min(unsplit, min(losses, default=unsplit) + A_SPLIT)


def smallest_loss(cells: Sequence[Cell], order: Sequence[str]) -> float:
    """The total loss of the best strategy for all the cells."""
    return min(lost(cells, name) for name in order)


def splits(cells: Sequence[Cell], axes: Sequence[str]) -> Iterator[tuple[str, int, int, tuple[list[Cell], list[Cell]]]]:
    """Yield all ways to split the cells on one axis: the axis, the values on either side, and the two parts."""
    for axis in axes:
        values = sorted({cell.at[axis] for cell in cells})
        for below, above in pairwise(values):
            parts = [cell for cell in cells if cell.at[axis] <= below], [c for c in cells if c.at[axis] >= above]
            if min(map(len, parts)) >= FEWEST:
                yield axis, below, above, parts


def break_point(cells: Sequence[Cell], axis: str, between: tuple[int, int], order: Sequence[str]) -> int:
    """The last value of the left part: where the times of the two winners are equal.

    The log of the ratio of the times, a mean over the cells, is known at the two measured values. Between them it is
    taken as linear in the log of the axis. If it does not change sign, the geometric mean of the values is taken.
    """
    below, above = between
    sides = [cell for cell in cells if cell.at[axis] <= below], [cell for cell in cells if cell.at[axis] >= above]
    left, right = (ranking(part, order)[0] for part in sides)
    start, end = (mean_log_ratio([c for c in cells if c.at[axis] == value], left, right) for value in between)
    middle = math.isqrt(below * above)
    if start is not None and end is not None and start < 0 < end and below > 0:
        share = start / (start - end)
        middle = math.floor(below * (above / below) ** share)
    middle = min(max(middle, below), above - 1)
    return next_step(middle, below, above) if axis in STEPPED else middle


def next_step(middle: int, below: int, above: int) -> int:
    """The power of two in [below, above) that has the smallest ratio to `middle`; `middle` if there is none."""
    powers = [1 << bits for bits in range(below.bit_length() - 1, above.bit_length() + 1)]
    between = [power for power in powers if below <= power < above]
    return min(between, key=lambda power: abs(math.log(power / middle)), default=middle)


def mean_log_ratio(cells: Sequence[Cell], name: str, reference: str) -> float | None:
    """Mean log of the time of a strategy over that of a reference; None if no cell has timed both."""
    both = [cell.ratio for cell in cells if name in cell.ratio and reference in cell.ratio]
    logs = [math.log(ratio[name] / ratio[reference]) for ratio in both]
    return fmean(logs) if logs else None
