# SPDX-License-Identifier: MIT
"""The noise distribution, ``counts ** exponent``, and the word counts it is made from."""

import hashlib
import math
import numbers
from functools import cached_property, partial
from typing import Any

import numpy as np
import numpy.typing as npt

from .arguments import as_integers
from .reading import WordCounts, is_word_source, read_counts
from .weights import checked_counts, exact_total, integer_weights

__all__ = ["NoiseDistribution", "WordCounts", "read_counts"]


class NoiseDistribution:
    """Probabilities proportional to ``counts ** exponent``, held as exact integers; immutable.

    Parameters
    ----------
    counts : array_like, shape (V,), or anything that `read_counts` takes
        Integers or floats in any order, finite and non-negative, at least one positive.
        V is at most ``2**31 - 1``.
    exponent : float, default 0.75
        Any finite number; 0.75 is word2vec's, 0.5 fastText's. A zero count keeps probability 0 and a
        positive one a positive probability, whatever the exponent.

    Attributes
    ----------
    counts : ndarray of int64, uint64 or float64, shape (V,)
        A read-only copy.
    exponent : float
    words : tuple of str or None
        The words in id order, if the source had any.

    Raises
    ------
    TypeError, ValueError
        Naming the first bad entry.

    Examples
    --------
    >>> noise = NoiseDistribution([16, 1, 0], exponent=0.75)
    >>> noise.probabilities.round(3).tolist()
    [0.889, 0.111, 0.0]
    """

    counts: npt.NDArray[Any]
    exponent: float
    words: tuple[str, ...] | None

    def __init__(self, counts: Any, *, exponent: float = 0.75) -> None:
        words = None
        if is_word_source(counts):
            words, counts = read_counts(counts)
        counts = _read_only(checked_counts(counts))
        if words is not None and len(words) != len(counts):
            raise ValueError(f"words and counts differ in length: {len(words)} and {len(counts)}")
        exponent = _checked_exponent(exponent)
        self.__dict__.update(counts=counts, exponent=exponent, words=words)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"NoiseDistribution is immutable: cannot set {name!r}")

    def __reduce__(self) -> tuple[Any, ...]:
        # Through the constructor: arrays come back read-only, and a doctored pickle is checked again.
        source = self.counts if self.words is None else WordCounts(self.words, self.counts)
        return partial(type(self), exponent=self.exponent), (source,)

    @cached_property
    def weights(self) -> npt.NDArray[np.uint64]:
        """Integer weights, uint64 (V,), read-only: see `samplers.weights.integer_weights`."""
        return _read_only(integer_weights(self.counts, self.exponent))

    @cached_property
    def total_weight(self) -> int:
        """Sum of the weights, exact."""
        return exact_total(self.weights)

    @cached_property
    def nonzero(self) -> int:
        """How many ids have a positive count."""
        return int(np.count_nonzero(self.counts))

    @cached_property
    def probabilities(self) -> npt.NDArray[np.float64]:
        """``weights / total_weight``, float64 (V,), read-only, equal on every machine."""
        return _read_only(self.weights / float(self.total_weight))

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of V and the weights as hex digits: equal for equal weights, on every machine."""
        digest = hashlib.sha256(b"samplers.noise/v1\n")
        digest.update(len(self).to_bytes(8, "little"))
        digest.update(self.weights.astype("<u8", copy=False).data)
        return digest.hexdigest()

    def log_prob(self, ids: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Natural log of the probability of each id.

        Parameters
        ----------
        ids : array_like of integers, any shape, or one integer

        Returns
        -------
        ndarray of float64, same shape as ids
            ``-inf`` for an id of count 0.

        Raises
        ------
        TypeError
            If the ids are not integers.
        ValueError
            If an id is outside [0, V).
        """
        array = self.as_ids(ids)
        if array.size == 0:
            return np.zeros(array.shape)
        with np.errstate(divide="ignore"):
            logs: npt.NDArray[np.float64] = np.log(self.probabilities[array])
        return logs

    def as_ids(self, ids: npt.ArrayLike, what: str = "ids") -> npt.NDArray[np.integer[Any]]:
        """``ids`` as an array of integers, each checked to lie in [0, V); words become their ids.

        Parameters
        ----------
        ids : array_like of integers or words, any shape
        what : str
            What messages call them.

        Raises
        ------
        TypeError
            If they are neither integers nor words.
        ValueError
            If an id is outside [0, V), or a word is unknown.
        """
        array = as_integers(what, ids)
        outside = (array < 0) | (array >= len(self))
        if outside.any():
            where = np.unravel_index(int(outside.argmax()), array.shape)
            at = f"{what}[{', '.join(map(str, where))}]" if where else what
            raise ValueError(f"{at} = {array[where]} is outside [0, {len(self)})")
        return array

    def ids_of(self, words: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Placeholder until the reading branch is merged."""
        raise TypeError("no words")

    def __len__(self) -> int:
        return len(self.counts)

    def __repr__(self) -> str:
        if self.counts.dtype.kind == "f":
            with np.errstate(over="ignore"):
                total = f"total={self.counts.sum():.6g}"
        else:
            total = f"tokens={exact_total(self.counts.view(np.uint64))}"
        known = self.__dict__.get("fingerprint")
        mark = "" if known is None else f", fingerprint={known[:12]}"
        return f"NoiseDistribution(V={len(self)}, exponent={self.exponent:g}, {total}{mark})"


def _checked_exponent(exponent: Any) -> float:
    if isinstance(exponent, bool) or not isinstance(exponent, numbers.Real):
        raise TypeError(f"exponent must be a number, got {exponent!r}")
    try:
        value = float(exponent)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise ValueError(f"exponent must be finite, got {value}")
    return value


def _read_only(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    array.setflags(write=False)
    return array
