# SPDX-License-Identifier: MIT
"""Groups ids by equal weight. All other properties of a law follow from these groups.

A corpus of T tokens has at most sqrt(2 T) distinct counts, however large its vocabulary is: 44,721 for 1e9 tokens.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .weights import exact_total

_CHUNK = 1 << 16  # ids compared at once: 0.5 MB at any V, and ids in no order are found out at once


@dataclass(frozen=True)
class WeightClasses:
    """The D classes of ids of equal positive weight.

    If the weights of ids 0 to V - 1 never fall, or never rise, the classes are in id order. Otherwise they are in order
    of rising weight, and the ids of a class are in rising order. This order is part of the stream
    ``philox4x32-10/v1``. Adjacent classes differ in weight. Other classes may have equal weights: if the counts rise,
    the classes keep the order of the ids, although weights of a portable power may fall by one unit (1e-16) somewhere.

    Attributes
    ----------
    weights : ndarray, uint64 (D,)
        The weight of each id of a class; adjacent classes differ.
    first, sizes : ndarray, int64 (D,)
        The ids of class d are ``order[first[d] : first[d] + sizes[d]]``, or these numbers themselves if ``order`` is
        None. A class begins where the class before it ends.
    order : ndarray, int32 (V,), or None
        Ids in class order; None if the weights are sorted, so that no memory of size V is needed.
    """

    weights: npt.NDArray[np.uint64]
    first: npt.NDArray[np.int64]
    sizes: npt.NDArray[np.int64]
    order: npt.NDArray[np.int32] | None

    def __len__(self) -> int:
        return len(self.weights)

    @property
    def sorted(self) -> bool:
        """Whether the ids are sorted by weight, rising or falling."""
        return self.order is None

    @property
    def n_ids(self) -> int:
        """How many ids have a positive weight."""
        return int(self.sizes.sum())

    @property
    def total(self) -> int:
        """The sum of the weights of all ids, exact."""
        return self._mass(self.sizes)

    def _mass(self, sizes: npt.NDArray[np.int64]) -> int:
        """The exact total weight of some ids of each class.

        Parameters
        ----------
        sizes : ndarray, int64 (D,)
            The number of ids of each class. They sum to less than ``2**31``.

        Returns
        -------
        int
            The sum of ``weights * sizes``.
        """
        high = exact_total((self.weights >> np.uint64(32)) * sizes.astype(np.uint64))
        low = exact_total((self.weights & np.uint64(0xFFFFFFFF)) * sizes.astype(np.uint64))
        return (high << 32) + low

    def _heaviest(self, n: int) -> npt.NDArray[np.int64]:
        """How the n heaviest ids are spread over the classes.

        Parameters
        ----------
        n : int
            The number of ids; if there are fewer, all are taken.

        Returns
        -------
        ndarray, int64 (D,)
            How many of them are in each class.
        """
        falling = np.argsort(self.weights)[::-1]
        sizes = self.sizes[falling]
        taken = np.empty_like(sizes)
        taken[falling] = np.minimum(sizes, np.maximum(0, n - (np.cumsum(sizes) - sizes)))
        return taken

    def ids(self, d: int) -> npt.NDArray[np.int64]:
        """The ids of a class.

        Parameters
        ----------
        d : int
            The number of the class, 0 to D - 1.

        Returns
        -------
        ndarray, int64
            In rising order.
        """
        members = np.arange(self.first[d], self.first[d] + self.sizes[d])
        return members if self.order is None else np.sort(self.order[members]).astype(np.int64)

    def spread(self, values: npt.NDArray[Any], n_ids: int) -> npt.NDArray[Any]:
        """Give each id the value of its class.

        Parameters
        ----------
        values : ndarray, shape (D,)
            A value for each class.
        n_ids : int
            V.

        Returns
        -------
        ndarray, dtype of values, shape (V,)
            0 for ids of weight 0.
        """
        if self.order is None and int(self.sizes.sum()) == n_ids:
            return np.repeat(values, self.sizes)  # a third of the time: no second array
        spread = np.zeros(n_ids, dtype=values.dtype)
        if self.order is not None and values.dtype.kind in "iuf" and values.itemsize == 8:
            _spread_in_order(values, self, self.order, spread)
            return spread
        members = slice(int(self.first[0]), int(self.first[0] + self.sizes.sum()))
        where: Any = members if self.order is None else self.order[members]
        spread[where] = np.repeat(values, self.sizes)
        return spread

    def _spread_part(self, values: npt.NDArray[Any], start: int, stop: int) -> npt.NDArray[Any]:
        """A part of the result of `spread`, if the classes are in id order; no array has size V.

        Parameters
        ----------
        values : ndarray, shape (D,)
            A value for each class.
        start, stop : int
            The first id of the part, and the id after its last.

        Returns
        -------
        ndarray, dtype of values, shape (stop - start,)
            The values of the ids from ``start`` to ``stop - 1``.
        """
        ends = self.first + self.sizes
        among = slice(int(np.searchsorted(ends, start, "right")), int(np.searchsorted(self.first, stop, "left")))
        first, ends = np.maximum(self.first[among], start), np.minimum(ends[among], stop)
        part = np.zeros(stop - start, dtype=values.dtype)
        if len(first):
            part[first[0] - start : ends[-1] - start] = np.repeat(values[among], ends - first)
        return part


def check_classes(law: str, classes: Any, n_ids: int) -> None:
    """Raise for classes from which an id outside [0, V) would be drawn: a law of somebody else may make them.

    Raises
    ------
    TypeError, ValueError
        If they are no classes, or do not fit V; the message names the law.
    """
    what = f"{law}._grouped()"
    if not isinstance(classes, WeightClasses):
        raise TypeError(
            f"{what} must return WeightClasses, such as classes_of_weights(w); got {type(classes).__name__}"
        )
    for name, dtype in (("weights", np.uint64), ("first", np.int64), ("sizes", np.int64)):
        array = getattr(classes, name)
        if array.dtype != dtype or array.shape != (len(classes.weights),):
            raise TypeError(f"{what}: {name} must be {np.dtype(dtype)}, one a class, got {array.dtype}, {array.shape}")
    if not len(classes) or not 0 < int(classes.weights.min()) <= int(classes.weights.max()) <= 2**62:
        raise ValueError(f"{what}: a law has one class at least, and weights from 1 to 2**62")
    ends = classes.first + classes.sizes
    if classes.first[0] < 0 or classes.sizes.min() < 1 or (ends[:-1] != classes.first[1:]).any():
        raise ValueError(f"{what}: a class has one id at least, and begins where the one before it ends")
    if ends[-1] > n_ids:
        raise ValueError(f"{what}: the classes have places for {ends[-1]} ids, and len() of the law is {n_ids}")
    order = classes.order
    if order is not None and (len(order) < ends[-1] or order.min() < 0 or order.max() >= n_ids):
        raise ValueError(f"{what}: order must have {ends[-1]} ids or more, all of them in [0, {n_ids})")


def classes_of_weights(weights: npt.NDArray[np.uint64]) -> WeightClasses:
    """Group ids by their weights.

    Parameters
    ----------
    weights : ndarray, uint64 (V,)
        From 0 to ``2**62``; at least one is positive.

    Returns
    -------
    WeightClasses
        What ``_grouped`` of a `Law` returns.

    Raises
    ------
    TypeError, ValueError
        If the weights are no such array.

    Examples
    --------
    >>> import numpy as np
    >>> classes_of_weights(np.array([3, 1, 3, 0], np.uint64)).ids(1).tolist()
    [0, 2]
    """
    if not isinstance(weights, np.ndarray) or weights.dtype != np.uint64 or weights.ndim != 1:
        got = f"{weights.dtype}, shape {weights.shape}" if isinstance(weights, np.ndarray) else type(weights).__name__
        raise TypeError(
            f"weights must be an array of uint64 of one dimension, got {got}: convert with astype(np.uint64)"
        )
    if not len(weights) or not 0 < int(weights.max()) <= 2**62:
        largest = f"the largest weight {int(weights.max())}" if len(weights) else "no weight"
        raise ValueError(f"weights must be at most 2**62, and one of them positive, got {largest}")
    starts = _runs(weights)
    if starts is not None:
        return _of_runs(weights[starts], starts, len(weights), None)
    order, starts, distinct = _sorted_runs(weights)
    return _of_runs(distinct, starts, len(weights), order)


def classes_of_counts(
    counts: npt.NDArray[Any],
    weigh: Callable[[npt.NDArray[Any]], npt.NDArray[np.uint64]],
    order: npt.NDArray[np.int32] | None = None,
) -> WeightClasses:
    """Group ids by the weights of their counts, computing one weight for each distinct count.

    Parameters
    ----------
    counts : ndarray, (V,)
        At least one is positive.
    weigh : callable
        Returns the weights of an array of counts, uint64. A weight depends only on its count and on the extreme counts.
        Count 0 has weight 0.
    order : ndarray, int32 (V,), optional
        The ids by rising count, and by id if counts are equal, if the caller has them. The order is checked, which is
        faster than sorting. If it is wrong, the ids are sorted.
    """
    starts = _runs(counts)
    if starts is not None:
        return _of_runs(weigh(counts[starts]), starts, len(counts), None)
    starts = None if order is None else _runs_in_order(counts, order)
    if order is None or starts is None:
        order, starts, distinct = _sorted_runs(counts)
    else:
        distinct = counts[order[starts]]
    weights = weigh(distinct)
    if (weights[1:] > weights[:-1]).all():  # then ids of equal weight have equal counts
        return _of_runs(weights, starts, len(counts), order)
    by_count = WeightClasses(weights, starts, np.diff(starts, append=len(counts)), order)
    return classes_of_weights(by_count.spread(weights, len(counts)))


def _sorted_runs(
    values: npt.NDArray[Any],
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64], npt.NDArray[Any]]:
    """The ids by value, and by id if values are equal; where runs of equal values start, and their values.

    Parameters
    ----------
    values : ndarray of int64, uint64 or float64, shape (V,)
        Finite, non-negative.

    Returns
    -------
    (ndarray int32 (V,), ndarray int64 (D,), ndarray, dtype of values (D,))
        The order of a stable sort, the starts of runs in it, and the value of each run.
    """
    from ..kernels import building  # loaded here: it takes a tenth of the import of the library

    # The bits of non-negative floats are in the order of the floats. Without its sign, -0.0 is 0.
    keys = np.ascontiguousarray(values).view(np.uint64)
    order, starts, distinct = building.sorted_runs(keys, int(values.dtype.kind == "f"))
    return order, starts, distinct.view(values.dtype)


def _spread_in_order(
    values: npt.NDArray[Any], classes: WeightClasses, order: npt.NDArray[np.int32], spread: npt.NDArray[Any]
) -> None:
    """Write values of 8 bytes into ``spread``; a third of the time of NumPy, and no array of size V for the values."""
    from ..kernels import building

    building.spread(
        np.ascontiguousarray(values).view(np.uint64),
        np.ascontiguousarray(classes.first),
        np.ascontiguousarray(classes.sizes),
        np.ascontiguousarray(order, np.int32),
        spread.view(np.uint64),
    )


def _runs_in_order(counts: npt.NDArray[Any], order: npt.NDArray[np.int32]) -> npt.NDArray[np.int64] | None:
    """Where runs of equal counts start in this order, if it is the order of a stable sort; else None."""
    if order.shape != counts.shape or order.min() < 0 or order.max() >= len(counts):
        return None
    in_order: npt.NDArray[Any] = counts[order]
    for start in range(0, len(order), _CHUNK):
        part = slice(start, start + _CHUNK + 1)  # with the first id of the next part, to compare it too
        values, ids = in_order[part], order[part]
        # Ids of equal count must rise, so that no id can occur twice.
        if not ((values[1:] > values[:-1]) | ((values[1:] == values[:-1]) & (ids[1:] > ids[:-1]))).all():
            return None
    return np.flatnonzero(np.concatenate([[True], in_order[1:] != in_order[:-1]]))


def _of_runs(
    weights: npt.NDArray[np.uint64], starts: npt.NDArray[np.int64], n_ids: int, order: npt.NDArray[np.int32] | None
) -> WeightClasses:
    """The classes of runs of ids. Adjacent runs of equal weight are merged, and runs of weight 0 are left out."""
    sizes = np.empty_like(starts)  # np.diff(starts, append=n_ids) copies them first
    np.subtract(starts[1:], starts[:-1], out=sizes[:-1])
    sizes[-1] = n_ids - starts[-1]
    if not weights.all():
        positive = weights > 0
        weights, starts, sizes = weights[positive], starts[positive], sizes[positive]
    # Adjacent counts may round to the same weight; at exponent 0 all do. Runs of weight 0 are at one end, so that the
    # other classes have no gaps between them.
    new = weights[1:] != weights[:-1]
    if new.all():
        return WeightClasses(weights, starts, sizes, order)
    first = np.flatnonzero(np.concatenate([[True], new]))
    return WeightClasses(weights[first], starts[first], np.add.reduceat(sizes, first), order)


def are_sorted(values: npt.NDArray[Any]) -> bool:
    """Whether values rise or fall all the way, so that their classes need no sort.

    Parameters
    ----------
    values : ndarray, shape (V,)
        Finite.
    """
    return _runs(values) is not None


def _runs(values: npt.NDArray[Any]) -> npt.NDArray[np.int64] | None:
    """Where runs of equal values start; None if the values are not sorted, neither rising nor falling."""
    starts, rises, falls = [np.zeros(1, dtype=np.int64)], False, False
    for start in range(1, len(values), _CHUNK):
        part, before = values[start : start + _CHUNK], values[start - 1 : start - 1 + _CHUNK]
        before = before[: len(part)]
        rises = rises or bool((part > before).any())
        falls = falls or bool((part < before).any())
        if rises and falls:
            return None
        starts.append(np.flatnonzero(part != before) + start)
    return np.concatenate(starts)
