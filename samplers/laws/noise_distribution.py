# SPDX-License-Identifier: MIT
"""The noise distribution of word2vec, proportional to ``counts ** exponent``."""

from __future__ import annotations

import math
import numbers
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..arguments import warn
from .classes import WeightClasses, are_sorted, classes_of_counts
from .counts import checked_counts
from .law import Law, read_only
from .weights import are_whole, exact_total, integer_weights

if TYPE_CHECKING:
    from .reading import WordCounts

__all__ = ["NoiseDistribution", "as_law", "from_weights"]

EXPONENT = 0.75  # word2vec's
SUM_TO_ONE = 1e-5  # the sum of probabilities in float32 may differ from 1 by this

_PROBABILITIES = (
    "counts sum to 1, as probabilities do, and are raised to the power {power}: if they are probabilities, write "
    "exponent=1; if the power is intended, write exponent={power}"
)


class NoiseDistribution(Law):
    """A law with probabilities proportional to ``counts ** exponent``, as exact integer weights; immutable.

    Parameters
    ----------
    counts : array_like, shape (V,), or anything that `read_counts` takes
        Integers or floats in any order, finite and non-negative, at least one positive.
        V is at most ``2**31 - 1``. If `read_counts` needs an option, call it and pass its result.
    exponent : float, optional
        Any finite number. word2vec uses 0.75 and fastText 0.5. Default: the ``ns_exponent`` of a gensim model, else
        0.75. At any exponent, a count of 0 has probability 0, and a positive count has a positive probability.

    Attributes
    ----------
    counts : ndarray of int64, uint64 or float64, shape (V,)
        A read-only copy.
    exponent : float
    words : tuple of str or None
        The words in id order, if the source has words.

    Raises
    ------
    TypeError, ValueError, OSError
        As `read_counts`; the message names the first entry that is not valid.

    Warns
    -----
    UserWarning
        If the exponent differs from that of the gensim model; if no exponent is given and the counts sum to 1, so that
        they may be probabilities.

    Examples
    --------
    >>> noise = NoiseDistribution([16, 1, 0], exponent=0.75)
    >>> noise.probabilities.round(3).tolist()
    [0.889, 0.111, 0.0]
    """

    def __init__(self, counts: Any, *, exponent: float | None = None) -> None:
        from .reading import read_counts  # loaded here: it takes a fifth of the import of the library

        read = read_counts(counts)
        # Counts that were read just now are checked, and no one else holds the array. A WordCounts of the caller may be
        # neither.
        checked = checked_counts(read.counts) if read is counts else read.counts
        if read.words is not None and len(read.words) != len(checked):
            raise ValueError(f"words and counts differ in length: {len(read.words)} and {len(checked)}")
        self.__dict__.update(_counts=read_only(checked), _exponent=_exponent(exponent, read), words=read.words)
        if exponent is None and read.exponent is None and _are_probabilities(checked):
            warn(_PROBABILITIES.format(power=f"{self.exponent:g}"))

    @classmethod
    def _of_checked(
        cls,
        counts: npt.NDArray[Any],
        exponent: float,
        words: tuple[str, ...] | None = None,
        order: npt.NDArray[np.int32] | None = None,
    ) -> NoiseDistribution:
        """The law of counts that are checked, but not copied.

        Parameters
        ----------
        counts : ndarray of int64, uint64 or float64, shape (V,)
            The array is not copied, and becomes read-only.
        exponent : float
            As for the class.
        words : tuple of str, length V, or None
            The words in id order.
        order : ndarray, int32 (V,), optional
            The ``classes.order`` of this law, if it is known: as for ``samplers.laws.classes.classes_of_counts``.

        Returns
        -------
        NoiseDistribution
            Equal to what the constructor returns.

        Raises
        ------
        TypeError, ValueError
            As the class.
        """
        law = cls.__new__(cls)
        checked = checked_counts(counts, copy=False)
        if words is not None and len(words) != len(checked):
            raise ValueError(f"words and counts differ in length: {len(words)} and {len(checked)}")
        law.__dict__.update(_counts=read_only(checked), _exponent=_checked_exponent(exponent), words=words)
        if order is not None:
            law.__dict__["classes"] = classes_of_counts(checked, law._weigh, order)
        return law

    @property
    def counts(self) -> npt.NDArray[Any]:
        """The counts, int64, uint64 or float64 (V,), read-only."""
        return self.__dict__["_counts"]  # type: ignore[no-any-return]

    @property
    def exponent(self) -> float:
        """The power to which the counts are raised."""
        return self.__dict__["_exponent"]  # type: ignore[no-any-return]

    def __len__(self) -> int:
        return len(self.counts)

    def _grouped(self) -> WeightClasses:
        return classes_of_counts(self.counts, self._weigh)

    @property
    def _is_ungrouped(self) -> bool:
        """Whether `classes` are not made yet, and no subclass makes others."""
        return "classes" not in self.__dict__ and type(self)._grouped is NoiseDistribution._grouped

    def _ungrouped_weights(self) -> npt.NDArray[np.uint64] | None:
        # Real numbers in no order hardly repeat: a million are weighed in 5 ms, and grouped and spread in 30.
        if not self._is_ungrouped or are_whole(self.counts) or are_sorted(self.counts):
            return None
        return self._weigh(self.counts)

    def _spread_weights(self) -> npt.NDArray[np.uint64]:
        weights = self._ungrouped_weights()
        return super()._spread_weights() if weights is None else weights

    @cached_property
    def nonzero(self) -> int:
        """The number of ids of positive weight."""
        return int(np.count_nonzero(self.counts)) if self._is_ungrouped else super().nonzero

    def _weigh(self, counts: npt.NDArray[Any]) -> npt.NDArray[np.uint64]:
        return integer_weights(counts, self.exponent)

    def __reduce__(self) -> tuple[Any, ...]:
        from .reading import WordCounts

        # Through the constructor: arrays come back read-only, and a manipulated pickle is checked again.
        source = self.counts if self.words is None else WordCounts(self.words, self.counts)
        return partial(type(self), exponent=self.exponent), (source,)

    def __repr__(self) -> str:
        total: Any = None
        if self.counts.dtype.kind in "iu":
            total = exact_total(self.counts.view(np.uint64))
        # No corpus has 2**53 tokens. Without a power, such integers are weights that were scaled, as those of `Laws`.
        if total is None or (self.exponent == 1 and total >= 2**53):
            with np.errstate(over="ignore"):
                total = f"total={self.counts.sum(dtype=np.float64):.6g}"
        else:
            total = f"tokens={total}"
        return f"NoiseDistribution(V={len(self)}, exponent={self.exponent:g}, {total}{self._known()})"


def from_weights(weights: Any) -> NoiseDistribution:
    """A noise distribution with probabilities proportional to the weights: no power is taken.

    Parameters
    ----------
    weights : array_like, shape (V,), or anything that `read_counts` takes
        Integers or floats, finite and non-negative, at least one positive. They need not sum to 1.

    Returns
    -------
    NoiseDistribution
        Its exponent is 1.

    Raises
    ------
    TypeError, ValueError, OSError
        As `NoiseDistribution`.

    Examples
    --------
    >>> from_weights([0.5, 0.25, 0.25]).probabilities.tolist()
    [0.5, 0.25, 0.25]
    """
    try:
        return NoiseDistribution(weights, exponent=1.0)
    except TypeError as error:
        raise TypeError(f"weights: {error}") from error
    except ValueError as error:
        raise ValueError(f"weights: {error}") from error


def as_law(noise: Any, exponent: float | None) -> Law:
    """``noise`` itself if it is a law, else a `NoiseDistribution` of it.

    Parameters
    ----------
    noise : Law, or anything that `NoiseDistribution` takes
        A law is returned unchanged.
    exponent : float or None
        The exponent of `NoiseDistribution`; it must be None for a law.

    Returns
    -------
    Law
        The noise distribution.

    Raises
    ------
    TypeError
        If an exponent is given with a law; and as `NoiseDistribution`.
    """
    if not isinstance(noise, Law):
        return NoiseDistribution(noise, exponent=exponent)
    if exponent is not None:
        raise TypeError(
            f"exponent={exponent!r}: the noise distribution has the exponent {noise.exponent} already; leave it out"
        )
    return noise


def _exponent(exponent: float | None, source: WordCounts) -> float:
    """The exponent of the caller, else that of the source, else word2vec's."""
    if exponent is None:
        return _checked_exponent(EXPONENT if source.exponent is None else source.exponent)
    value = _checked_exponent(exponent)
    if source.exponent is not None and source.exponent != value:
        warn(
            f"exponent={value}, but the {source.form} was trained with ns_exponent={source.exponent}: leave exponent "
            "out to use that"
        )
    return value


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


def _are_probabilities(counts: npt.NDArray[Any]) -> bool:
    """Whether counts look like probabilities: fractions that sum to 1 and are not all equal.

    (If all are equal, the exponent changes nothing.)
    """
    if counts.dtype.kind != "f" or counts.max() >= 1 or abs(float(counts.sum()) - 1) > SUM_TO_ONE:
        return False
    positive = counts[counts > 0]
    return bool(positive.min() < positive.max())
