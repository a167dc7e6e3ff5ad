# SPDX-License-Identifier: MIT
"""A decision tree over measured cells: few regions, each with one winner, between integer break points.

A region is split, on one axis at a time, as long as its winner is more than `TOLERATED` behind somewhere, and only
where that saves time that the measurement tells apart from noise. Greedy, as in CART (Breiman et al. 1984,
doi:10.1201/9781315139470), with relative time lost in place of impurity.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from statistics import fmean

TOLERATED = 0.08  # behind the best; the goal anywhere is 0.10
FEWEST = 2  # cells of a region: one alone may be a slow spell of the machine
A_SPLIT = 0.15  # what a split must save, as a log of time: regions stay few
EQUAL = 0.1  # gains that differ by less are equal: an earlier axis explains the same cells
# Times step at the powers of two of these axes, not between the sizes that were measured: an alias table has a power of
# two of slots, 8 bytes each.
STEPPED = frozenset({"V"})
MISSING = 3.0  # log of the ratio of a strategy that was too far behind to be timed, a factor of 20

Bounds = dict[str, tuple[int | None, int | None]]


@dataclass(frozen=True)
class Cell:
    """A measured request.

    Attributes
    ----------
    at : mapping of str to int
        The request, by axis.
    ns : mapping of str to float
        Nanoseconds an id of each strategy that may win.
    ratio : mapping of str to float
        Time relative to the fastest, mean over all rounds.
    worst : mapping of str to float
        The same for the least favourable visit; 1 if no visit shows a clear difference.
    refused : frozenset of str
        Strategies that are not made for the distribution: looking them up passes on to the next one.
    """

    at: Mapping[str, int]
    ns: Mapping[str, float]
    ratio: Mapping[str, float]
    worst: Mapping[str, float]
    refused: frozenset[str] = frozenset()

    def loss(self, name: str) -> float:
        """Log of how far behind the best a strategy is at worst; 0 where that may be noise, and where it refuses."""
        return 0.0 if name in self.refused else self._losses.get(name, MISSING)

    @cached_property
    def _losses(self) -> dict[str, float]:
        return {name: math.log(ratio) for name, ratio in self.worst.items()}


@dataclass(frozen=True)
class Region:
    """A leaf: bounds, both included, the strategies from best to worst, and its cells."""

    bounds: Bounds
    ranking: tuple[str, ...]
    cells: tuple[Cell, ...]


def regions(cells: Sequence[Cell], axes: Sequence[str], order: Sequence[str]) -> list[Region]:
    """Share out all requests.

    Parameters
    ----------
    cells : sequence of Cell
        At least one.
    axes : sequence of str
        What may be split on; of equal gains the earlier axis wins.
    order : sequence of str
        The strategies that may win; of equal losses the parent's winner goes first, then the earlier name.

    Returns
    -------
    list of Region
        Every request lies in exactly one. Neighbours of one winner that a split parted are one region.
    """
    return _grown(list(cells), axes, order, {}, ranking(cells, order)[0])


def ranking(cells: Sequence[Cell], order: Sequence[str], favoured: str | None = None) -> tuple[str, ...]:
    """Strategies by the time they lose over the cells; those that were measured in none are left out."""
    known = [name for name in order if any(name in cell.ns for cell in cells)]
    return tuple(sorted(known, key=lambda name: (lost(cells, name), name != favoured, order.index(name))))


def lost(cells: Iterable[Cell], name: str) -> float:
    """The sum of the losses; rounded, so that the order of a sum decides nothing."""
    return round(sum(cell.loss(name) for cell in cells), 9)


def _grown(cells: list[Cell], axes: Sequence[str], order: Sequence[str], bounds: Bounds, parent: str) -> list[Region]:
    ranked = ranking(cells, order, parent)
    winner = ranked[0]
    leaf = [Region(bounds, ranked, tuple(cells))]
    if max(cell.loss(winner) for cell in cells) <= math.log1p(TOLERATED):
        return leaf
    found = best_split(cells, axes, order)
    if found is None or found[0] + A_SPLIT >= lost(cells, winner):
        return leaf
    _, axis, below, above = found
    at = break_point(cells, axis, (below, above), order)
    left = [cell for cell in cells if cell.at[axis] <= below]
    right = [cell for cell in cells if cell.at[axis] >= above]
    low, high = bounds.get(axis, (None, None))
    grown = _grown(left, axes, order, bounds | {axis: (low, at)}, winner)
    grown += _grown(right, axes, order, bounds | {axis: (at + 1, high)}, winner)
    if len({region.ranking[0] for region in grown}) == 1:
        return leaf
    return grown


def best_split(cells: Sequence[Cell], axes: Sequence[str], order: Sequence[str]) -> tuple[float, str, int, int] | None:
    """The loss that the best split leaves, its axis, and the measured values on either side.

    Each part may be split once more: what two axes decide together (k, where one id is heavy), no single split of a
    greedy tree finds.
    """
    best: dict[str, tuple[float, str, int, int]] = {}
    for axis, below, above, parts in splits(cells, axes):
        left = sum(after_one_split(part, axes, order) for part in parts)
        if axis not in best or left < best[axis][0]:
            best[axis] = left, axis, below, above
    least = min((left for left, *_ in best.values()), default=0.0)
    return next((found for found in best.values() if found[0] <= least + EQUAL), None)


def after_one_split(cells: Sequence[Cell], axes: Sequence[str], order: Sequence[str]) -> float:
    """The loss of a part that may be split once, at the price of `A_SPLIT`."""
    whole = least(cells, order)
    if whole <= A_SPLIT:
        return whole
    found = (sum(least(part, order) for part in parts) for *_, parts in splits(cells, axes))
    return min(whole, min(found, default=whole) + A_SPLIT)


def least(cells: Sequence[Cell], order: Sequence[str]) -> float:
    """The loss of the strategy that loses least."""
    return min(lost(cells, name) for name in order)


def splits(cells: Sequence[Cell], axes: Sequence[str]) -> Iterator[tuple[str, int, int, tuple[list[Cell], list[Cell]]]]:
    """Every way to part the cells on one axis: the axis, the values on either side, the parts."""
    for axis in axes:
        values = sorted({cell.at[axis] for cell in cells})
        for below, above in pairwise(values):
            parts = [cell for cell in cells if cell.at[axis] <= below], [c for c in cells if c.at[axis] >= above]
            if min(map(len, parts)) >= FEWEST:
                yield axis, below, above, parts


def break_point(cells: Sequence[Cell], axis: str, between: tuple[int, int], order: Sequence[str]) -> int:
    """The last value that belongs to the left: where the winners' times cross, else the geometric mean.

    The log of the ratio of their times is taken as linear in the log of the axis between the two measured values,
    at each of which it is a mean over the cells. Where it does not change sign, nothing says where to cut.
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
    """The power of two from below to above - 1 that is nearest to the middle, in ratio; the middle without any."""
    powers = [1 << bits for bits in range(below.bit_length() - 1, above.bit_length() + 1)]
    between = [power for power in powers if below <= power < above]
    return min(between, key=lambda power: abs(math.log(power / middle)), default=middle)


def mean_log_ratio(cells: Sequence[Cell], one: str, other: str) -> float | None:
    """Mean log of the ratio of two strategies' times; None where they never met."""
    pairs = [(cell.ratio[one], cell.ratio[other]) for cell in cells if one in cell.ratio and other in cell.ratio]
    found = [math.log(a / b) for a, b in pairs]
    return fmean(found) if found else None
