# SPDX-License-Identifier: MIT
"""A law that is given by its classes of ids. `samplers.load` returns it for laws that were saved by their weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..arguments import as_count
from .classes import WeightClasses
from .counts import MAX_IDS
from .law import Law, read_only

__all__ = ["Grouped"]

_LARGEST = 2**62


class Grouped(Law):
    """A law that is given by its classes of ids.

    Parameters
    ----------
    n_ids : int
        V, from 1 to ``2**31 - 1``.
    classes : WeightClasses
        The arrays are not copied, and become read-only.
    words : tuple of str, length V, or None
        The words in id order.

    Raises
    ------
    TypeError, ValueError
        If a weight is outside [1, 2**62], if a class is empty, if a class does not begin where the one before it ends,
        if the last class ends past V, or if the order is no permutation of the ids.

    Examples
    --------
    >>> import samplers
    >>> law = samplers.mixture([(1, samplers.uniform(3)), (1, samplers.from_weights([2, 1, 1]))])
    >>> Grouped(3, law.classes).fingerprint == law.fingerprint
    True
    """

    def __init__(self, n_ids: int, classes: WeightClasses, words: tuple[str, ...] | None = None) -> None:
        n_ids = as_count("V", n_ids, minimum=1, maximum=MAX_IDS)
        _check(n_ids, classes)
        if words is not None and len(words) != n_ids:
            raise ValueError(f"words and ids differ in number: {len(words)} and {n_ids}")
        self.__dict__.update(_n_ids=n_ids, classes=classes, words=words)

    def __len__(self) -> int:
        return int(self.__dict__["_n_ids"])

    def _grouped(self) -> WeightClasses:
        return self.classes

    def __reduce__(self) -> tuple[Any, ...]:
        return Grouped, (len(self), self.classes, self.words)

    def __repr__(self) -> str:
        return f"Grouped(V={len(self)}, classes={len(self.classes)}{self._known()})"


def _check(n_ids: int, classes: WeightClasses) -> None:
    weights, first, sizes, order = classes.weights, classes.first, classes.sizes, classes.order
    for name, array, kind in (("weights", weights, np.uint64), ("first", first, np.int64), ("sizes", sizes, np.int64)):
        if array.dtype != kind or array.shape != (len(weights),) or len(weights) == 0:
            raise ValueError(
                f"{name} must be {np.dtype(kind)}, with one entry for each class, "
                f"got {array.dtype}, shape {array.shape}"
            )
        read_only(array)
    if len(weights) > n_ids:
        raise ValueError(f"there are {len(weights)} classes and {n_ids} ids, but each class needs at least one id")
    _refuse("weights", weights, (weights == 0) | (weights > _LARGEST), "lies outside [1, 2**62]")
    _refuse("first", first, (first < 0) | (first >= n_ids), f"lies outside [0, {n_ids})")
    _refuse("sizes", sizes, (sizes < 1) | (sizes > n_ids), f"lies outside [1, {n_ids}]")
    ends = first + sizes  # no overflow: both are below 2**32
    _refuse("first", first[1:], first[1:] != ends[:-1], "is not where the class before it ends", skipped=1)
    if ends[-1] > n_ids:
        raise ValueError(f"sizes: the last class ends at {ends[-1]}, and there are {n_ids} ids")
    if order is not None:
        if order.dtype != np.int32 or order.shape != (n_ids,):
            raise ValueError(f"order must be int32, shape {(n_ids,)}, got {order.dtype}, shape {order.shape}")
        _refuse("order", order, (order < 0) | (order >= n_ids), f"lies outside [0, {n_ids})")
        seen = np.zeros(n_ids, np.bool_)
        seen[order] = True
        if not seen.all():
            raise ValueError(f"order: id {int(seen.argmin())} is missing, and another id occurs twice")
        read_only(order)


def _refuse(name: str, values: npt.NDArray[Any], wrong: npt.NDArray[np.bool_], fault: str, skipped: int = 0) -> None:
    if wrong.any():
        at = int(wrong.argmax())
        raise ValueError(f"{name}[{at + skipped}] = {values[at]} {fault}")
