# SPDX-License-Identifier: MIT
"""The noise distribution of word2vec, ``counts ** exponent``, and the word counts it is made from."""

from __future__ import annotations

import math
import numbers
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..arguments import warn
from .classes import WeightClasses, classes_of_counts
from .counts import checked_counts
from .law import Law, read_only
from .weights import exact_total, integer_weights

if TYPE_CHECKING:
    from .reading import WordCounts

__all__ = ["NoiseDistribution", "as_law", "from_weights"]

EXPONENT = 0.75  # word2vec's
SUM_TO_ONE = 1e-5  # what probabilities that were made in float32 may miss

_PROBABILITIES = (
    "counts sum to 1, as probabilities do, and are raised to the power {power}: exponent=1 draws from them as they "
    "are; if the power is meant, write exponent={power}"
)


class NoiseDistribution(Law):
    """Probabilities proportional to ``counts ** exponent``, held as exact integers; immutable.

    Parameters
    ----------
    counts : array_like, shape (V,), or anything that `read_counts` takes
        Integers or floats in any order, finite and non-negative, at least one positive.
        V is at most ``2**31 - 1``. If `read_counts` needs an option, call it, and pass what it returns.
    exponent : float, optional
        Any finite number; 0.75 is word2vec's, 0.5 fastText's. Default: the ``ns_exponent`` of a gensim model, 0.75 of
        anything else. A zero count keeps probability 0 and a positive one a positive probability, whatever the
        exponent.

    Attributes
    ----------
    counts : ndarray of int64, uint64 or float64, shape (V,)
        A read-only copy.
    exponent : float
    words : tuple of str or None
        The words in id order, if the source had any.

    Raises
    ------
    TypeError, ValueError, OSError
        As `read_counts`; naming the first bad entry.

    Warns
    -----
    UserWarning
        If the exponent is another one than that of the gensim model; if the counts sum to 1, so that they may be
        probabilities to draw from as they are, and no exponent is given.

    Examples
    --------
    >>> noise = NoiseDistribution([16, 1, 0], exponent=0.75)
    >>> noise.probabilities.round(3).tolist()
    [0.889, 0.111, 0.0]
    """

    def __init__(self, counts: Any, *, exponent: float | None = None) -> None:
        from .reading import read_counts  # loaded here: it takes a fifth of the import of the library

        read = read_counts(counts)
        # What was read just now is checked and nobody else's; a WordCounts may be of any make.
        checked = checked_counts(read.counts) if read is counts else read.counts
        if read.words is not None and len(read.words) != len(checked):
            raise ValueError(f"words and counts differ in length: {len(read.words)} and {len(checked)}")
        self.__dict__.update(_counts=read_only(checked), _exponent=_exponent(exponent, read), words=read.words)
        if exponent is None and read.exponent is None and _are_probabilities(checked):
            warn(_PROBABILITIES.format(power=f"{self.exponent:g}"))

    @classmethod
    def of_checked(
        cls,
        counts: npt.NDArray[Any],
        exponent: float,
        words: tuple[str, ...] | None = None,
        order: npt.NDArray[np.int32] | None = None,
    ) -> NoiseDistribution:
        """The law of counts that are nobody else's: they are checked and not copied, however many they are.

        Parameters
        ----------
        counts : ndarray of int64, uint64 or float64, shape (V,)
            They are kept and not copied, and are read-only afterwards.
        exponent : float
            As for the class.
        words : tuple of str, length V, or None
            The words in id order.
        order : ndarray, int32 (V,), optional
            The ``classes.order`` of this law, if it is known: as for ``samplers.laws.classes.classes_of_counts``.

        Returns
        -------
        NoiseDistribution
            What the class would make of a copy.

        Raises
        ------
        TypeError, ValueError
            As the class.
        """
        law = cls.__new__(cls)
        checked = checked_counts(counts, own=True)
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

    def _weigh(self, counts: npt.NDArray[Any]) -> npt.NDArray[np.uint64]:
        return integer_weights(counts, self.exponent)

    def __reduce__(self) -> tuple[Any, ...]:
        from .reading import WordCounts

        # Through the constructor: arrays come back read-only, and a doctored pickle is checked again.
        source = self.counts if self.words is None else WordCounts(self.words, self.counts)
        return partial(type(self), exponent=self.exponent), (source,)

    def __repr__(self) -> str:
        if self.counts.dtype.kind == "f":
            with np.errstate(over="ignore"):
                total = f"total={self.counts.sum():.6g}"
        else:
            total = f"tokens={exact_total(self.counts.view(np.uint64))}"
        return f"NoiseDistribution(V={len(self)}, exponent={self.exponent:g}, {total}{self._known()})"


def from_weights(weights: Any) -> NoiseDistribution:
    """A noise distribution of weights as they are: probabilities proportional to them.

    Parameters
    ----------
    weights : array_like, shape (V,), or anything that `read_counts` takes
        Integers or floats, finite and non-negative, at least one positive. They need not sum to 1.

    Returns
    -------
    NoiseDistribution
        With ``exponent=1``.

    Raises
    ------
    TypeError, ValueError, OSError
        As `NoiseDistribution`.

    Examples
    --------
    >>> from_weights([0.5, 0.25, 0.25]).probabilities.tolist()
    [0.5, 0.25, 0.25]
    """
    return NoiseDistribution(weights, exponent=1.0)


def as_law(noise: Any, exponent: float | None) -> Law:
    """``noise`` as a law: one already, or what `NoiseDistribution` takes.

    Parameters
    ----------
    noise : Law, or anything that `NoiseDistribution` takes
        A law passes through as it is.
    exponent : float or None
        Of `NoiseDistribution`; None for a law.

    Returns
    -------
    Law
        What to draw from.

    Raises
    ------
    TypeError
        For both a law and an exponent; and as `NoiseDistribution`.
    """
    if not isinstance(noise, Law):
        return NoiseDistribution(noise, exponent=exponent)
    if exponent is not None:
        raise TypeError(f"exponent={exponent!r}: the noise distribution has its own, {noise.exponent}")
    return noise


def _exponent(exponent: float | None, read: WordCounts) -> float:
    """The exponent that was given, else the one of the source, else word2vec's."""
    if exponent is None:
        return _checked_exponent(EXPONENT if read.exponent is None else read.exponent)
    value = _checked_exponent(exponent)
    if read.exponent is not None and read.exponent != value:
        warn(
            f"exponent={value}, but the {read.form} was trained with ns_exponent={read.exponent}: its own is used if "
            "exponent is left out"
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
    """Whether they look so: fractions that sum to 1, and not all alike, whose power is alike too."""
    if counts.dtype.kind != "f" or counts.max() >= 1 or abs(float(counts.sum()) - 1) > SUM_TO_ONE:
        return False
    positive = counts[counts > 0]
    return bool(positive.min() < positive.max())
