# SPDX-License-Identifier: MIT
"""A mixture of laws over the same ids, each with a share: for example popularity and a uniform part."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np
import numpy.typing as npt

from .classes import WeightClasses, classes_of_weights
from .law import Law, check_law, read_only

__all__ = ["Mixture", "mixture"]

_BITS = 62


class Mixture(Law):
    """A law whose probabilities are the weighted mean of those of several laws, as exact integers.

    Parameters
    ----------
    parts : iterable of (share, Law)
        Shares are positive numbers; they need not sum to 1. The value of a float is its exact binary value:
        ``Fraction(1, 5)`` is exactly a fifth, and 0.2 is 1e-17 more.

    Notes
    -----
    The weight of an id is the sum of ``share * w[id] / total`` over the laws, as a fraction without rounding. The
    weights are scaled so that the largest is 2**62, and rounded down; a positive weight becomes at least 1.
    """

    def __init__(self, parts: Iterable[tuple[Any, Law]]) -> None:
        checked = _checked(parts)
        self.__dict__["_parts"] = checked
        named = {law.words for _, law in checked if law.words is not None}
        if len(named) > 1:
            raise ValueError(
                "mixture: two laws have different words for the same ids; bring their ids into the same order first"
            )
        self.__dict__["words"] = named.pop() if named else None

    @property
    def parts(self) -> tuple[tuple[Fraction, Law], ...]:
        """The shares, which sum to 1, and the laws."""
        shared: tuple[tuple[Fraction, Law], ...] = self.__dict__["_parts"]
        total = sum((share for share, _ in shared), Fraction())
        return tuple((share / total, law) for share, law in shared)

    def __len__(self) -> int:
        return len(self.__dict__["_parts"][0][1])

    def _grouped(self) -> WeightClasses:
        parts = self.parts
        # The weight is computed once for all ids that have equal weights in every law.
        codes = np.stack([_class_numbers(law) for _, law in parts])
        kinds, of_id = np.unique(codes, axis=1, return_inverse=True)
        factors = [share / law.total_weight for share, law in parts]
        common = lcm(*(factor.denominator for factor in factors))
        scaled = [int(factor * common) for factor in factors]
        columns = [_weights_of(law, row) for (_, law), row in zip(parts, kinds, strict=True)]
        masses = [sum(map(int.__mul__, scaled, column)) for column in zip(*columns, strict=True)]
        largest = max(masses)
        weights = np.array([max(1, (mass << _BITS) // largest) if mass else 0 for mass in masses], np.uint64)
        return classes_of_weights(weights[of_id.reshape(-1)])

    def __reduce__(self) -> tuple[Any, ...]:
        return Mixture, (self.__dict__["_parts"],)

    def __repr__(self) -> str:
        inside = ", ".join(f"({float(share):.4g}, {law!r})" for share, law in self.parts)
        return f"mixture([{inside}]{self._known()})"


def mixture(parts: Iterable[tuple[Any, Law]]) -> Mixture:
    """A mixture of laws over the same ids.

    Parameters
    ----------
    parts : iterable of (share, Law)
        One or more. Shares are positive numbers of any sum. All laws have the same V.

    Returns
    -------
    Law
        The probability of an id is the mean of its probabilities in the laws, weighted with the shares.

    Raises
    ------
    TypeError, ValueError
        If a part is not such a pair, or if the laws differ in V or in their words.

    Examples
    --------
    >>> import samplers
    >>> smoothed = mixture([(0.25, samplers.uniform(4)), (0.75, samplers.from_weights([3, 1, 0, 0]))])
    >>> smoothed.probabilities.tolist()
    [0.625, 0.25, 0.0625, 0.0625]
    """
    return Mixture(parts)


def _checked(parts: Any) -> tuple[tuple[Fraction, Law], ...]:
    try:
        pairs = [(share, law) for share, law in parts]
    except (TypeError, ValueError) as error:
        raise TypeError(f"parts must be pairs (share, law), such as [(0.2, uniform(9)), (0.8, law)]: {error}") from None
    if not pairs:
        raise ValueError("parts is empty: a mixture needs at least one law")
    checked = []
    for i, (share, law) in enumerate(pairs):
        check_law(f"parts[{i}]: the law", law)
        if len(law) != len(pairs[0][1]):
            raise ValueError(f"parts[{i}] has V={len(law)}, but the first law has V={len(pairs[0][1])}")
        checked.append((_share(i, share), law))
    return tuple(checked)


def _share(i: int, share: Any) -> Fraction:
    if isinstance(share, (bool, np.bool_)):
        raise TypeError(f"parts[{i}]: the share must be a number, got {share!r}")
    try:
        exact = Fraction(share.item() if isinstance(share, np.generic) else share)
    except (TypeError, ValueError, OverflowError):
        exact = Fraction()
    if exact <= 0:
        raise ValueError(f"parts[{i}]: the share must be a positive, finite number, got {share!r}; leave the law out")
    return exact


def _class_numbers(law: Law) -> npt.NDArray[np.int32]:
    """The class of each id, counted from 1, or 0 if its weight is zero, int32 (V,)."""
    numbers = np.arange(1, len(law.classes) + 1, dtype=np.int32)
    return read_only(law.classes.spread(numbers, len(law)))


def _weights_of(law: Law, numbers: npt.NDArray[np.int32]) -> list[int]:
    weights = np.concatenate([np.zeros(1, np.uint64), law.classes.weights])
    listed: list[int] = weights[numbers].tolist()
    return listed
