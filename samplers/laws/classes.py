# SPDX-License-Identifier: MIT
"""Ids grouped by equal weight: the frequency spectrum of a noise distribution.

A corpus of T tokens has at most sqrt(2 T) distinct counts, whatever its vocabulary: 1e9 tokens at most 44,721.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .kept import kept
from .noise_distribution import NoiseDistribution
from .weights import integer_weights

_CHUNK = 1 << 20  # ids looked at together: 8 MB, whatever V


@dataclass(frozen=True)
class WeightClasses:
    """The D classes of ids of equal positive weight.

    Two classes may have the same weight, but no neighbours: counts that rise all the way keep their order, although the
    weights of a portable power may fall by a unit of 1e-16 somewhere.

    Attributes
    ----------
    weights : ndarray, uint64 (D,)
        The weight of each id of a class; neighbours differ.
    first, sizes : ndarray, int64 (D,)
        The ids of class d are ``order[first[d] : first[d] + sizes[d]]``, or these numbers themselves; a class
        begins where the one before it ends.
    order : ndarray, int32 (V,), or None
        Ids in class order; None when the counts are sorted, so that no memory of size V is needed.
    """

    weights: npt.NDArray[np.uint64]
    first: npt.NDArray[np.int64]
    sizes: npt.NDArray[np.int64]
    order: npt.NDArray[np.int32] | None

    def ids(self, d: int) -> npt.NDArray[np.int64]:
        """The ids of class d, ascending."""
        members = np.arange(self.first[d], self.first[d] + self.sizes[d])
        return members if self.order is None else np.sort(self.order[members]).astype(np.int64)

    def spread(self, values: npt.NDArray[Any], n_ids: int) -> npt.NDArray[Any]:
        """A value for each class to one for each id, shape (V,); 0 for ids of weight zero."""
        spread = np.zeros(n_ids, dtype=values.dtype)
        members = slice(int(self.first[0]), int(self.first[0] + self.sizes.sum()))
        where: Any = members if self.order is None else self.order[members]
        spread[where] = np.repeat(values, self.sizes)
        return spread


def weight_classes(noise: NoiseDistribution) -> WeightClasses:
    """Group the ids of a noise distribution by weight.

    Where the weights rise or fall all the way, classes stand in id order; otherwise by rising weight, ids in
    rising order within. That order is part of the stream ``philox4x32-10/v1``, and it depends on the weights
    alone. Sorted counts need no array of size V.
    """
    counts, order = noise.counts, None
    starts = _runs(counts)
    if starts is not None:
        # A weight is a monotone function of its count, and of one extreme count that is among these.
        weights, sizes = integer_weights(counts[starts], noise.exponent), np.diff(starts, append=len(counts))
    else:
        every = integer_weights(counts, noise.exponent)
        starts = _runs(every)
        if starts is None:
            order = np.argsort(every, kind="stable").astype(np.int32)
            every = every[order]
            starts = np.flatnonzero(np.concatenate([[True], every[1:] != every[:-1]]))
        weights, sizes = every[starts], np.diff(starts, append=len(counts))
    positive = weights > 0
    weights, starts, sizes = weights[positive], starts[positive], sizes[positive]
    # Neighbouring counts may round to one weight, at exponent 0 all do. Zeros lie at an end, so classes touch.
    new = np.flatnonzero(np.concatenate([[True], weights[1:] != weights[:-1]]))
    return WeightClasses(weights[new], starts[new], np.add.reduceat(sizes, new), order)


@dataclass(frozen=True)
class Shape:
    """How often weights repeat.

    Attributes
    ----------
    distinct : int
        Distinct positive weights.
    sorted : bool
        Whether ids of one weight are neighbours, the weights rising or falling all the way.
    """

    distinct: int
    sorted: bool


def shape(noise: NoiseDistribution) -> Shape:
    """How often weights repeat; looked up once a noise distribution, cheaper than `weight_classes`."""
    return kept(noise, ("shape",), lambda: _tally(noise)[0])


def tally(noise: NoiseDistribution) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    """The distinct positive weights and how many ids have each: uint64 (D,) and int64 (D,), rising or falling.

    The weights are those of the distinct counts, so that a million ids in any order take a sort and no root each.
    """
    _, weights, sizes = _tally(noise)
    return weights, sizes


def _tally(noise: NoiseDistribution) -> tuple[Shape, npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    counts = noise.counts
    starts = _runs(counts)
    in_order = starts is not None
    kept, sizes = _distinct(counts) if starts is None else (counts[starts], np.diff(starts, append=len(counts)))
    weights = integer_weights(kept, noise.exponent)
    positive = weights > 0
    # Neighbouring counts may round to one weight, at exponent 0 all do.
    weights, sizes = weights[positive], sizes[positive]
    new = np.flatnonzero(np.concatenate([[True], weights[1:] != weights[:-1]]))
    if not in_order and len(new) < len(weights):  # then the weights may be sorted although the counts are not
        in_order = _runs(integer_weights(counts, noise.exponent)) is not None
    return Shape(len(new), in_order), weights[new], np.add.reduceat(sizes, new)


def _distinct(counts: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
    """The distinct counts, rising, and how often each occurs."""
    if counts.dtype.kind == "i" and int(counts.max()) <= 4 * len(counts):  # a tenth of the time of a sort
        times = np.bincount(counts)
        kept = np.flatnonzero(times)
        return kept, times[kept]
    kept, times = np.unique(counts, return_counts=True)
    return kept, times


def _runs(counts: npt.NDArray[Any]) -> npt.NDArray[np.int64] | None:
    """Where runs of equal counts start; None when the counts neither rise nor fall all the way."""
    found, rises, falls = [np.zeros(1, dtype=np.int64)], False, False
    for start in range(1, len(counts), _CHUNK):
        here, before = counts[start : start + _CHUNK], counts[start - 1 : start - 1 + _CHUNK]
        before = before[: len(here)]
        rises = rises or bool((here > before).any())
        falls = falls or bool((here < before).any())
        if rises and falls:
            return None
        found.append(np.flatnonzero(here != before) + start)
    return np.concatenate(found)
