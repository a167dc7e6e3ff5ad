# SPDX-License-Identifier: MIT
"""The noise distribution, ``counts ** exponent``, and the word counts it is made from."""

import hashlib
import math
import numbers
from functools import cached_property, partial
from typing import Any

import numpy as np
import numpy.typing as npt

from .arguments import as_integers, warn
from .counts import checked_counts
from .reading import WordCounts, read_counts
from .weights import exact_total, integer_weights

__all__ = ["NoiseDistribution", "WordCounts", "read_counts"]

EXPONENT = 0.75  # word2vec's
SUM_TO_ONE = 1e-5  # what probabilities that were made in float32 may miss

_PROBABILITIES = (
    "counts sum to 1, as probabilities do, and are raised to the power {power}: exponent=1 draws from them as they "
    "are; if the power is meant, write exponent={power}"
)


class NoiseDistribution:
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

    counts: npt.NDArray[Any]
    exponent: float
    words: tuple[str, ...] | None

    def __init__(self, counts: Any, *, exponent: float | None = None) -> None:
        read = read_counts(counts)
        # What was read just now is checked and nobody else's; a WordCounts may be of any make.
        checked = checked_counts(read.counts) if read is counts else read.counts
        if read.words is not None and len(read.words) != len(checked):
            raise ValueError(f"words and counts differ in length: {len(read.words)} and {len(checked)}")
        self.__dict__.update(counts=_read_only(checked), exponent=_exponent(exponent, read), words=read.words)
        if exponent is None and read.exponent is None and _are_probabilities(checked):
            warn(_PROBABILITIES.format(power=f"{self.exponent:g}"))

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

    @cached_property
    def _id_of(self) -> dict[str, int]:
        words = self.words or ()
        ids = {word: i for i, word in enumerate(words)}
        if len(ids) < len(words):
            twice = next(word for i, word in enumerate(words) if ids[word] != i)
            raise ValueError(f"words: two ids have the word {twice!r}, so that it names none")
        return ids

    def ids_of(self, words: Any) -> npt.NDArray[np.int64]:
        """The ids of words.

        Parameters
        ----------
        words : array_like of str, any shape, or one str

        Returns
        -------
        ndarray of int64, same shape as words

        Raises
        ------
        TypeError
            If the distribution has no words, or an entry is no str.
        ValueError
            For a word that it does not have; the message names the word and its place.
        """
        return self._ids_of(words, "words")

    def _ids_of(self, words: Any, what: str) -> npt.NDArray[np.int64]:
        if self.words is None:
            raise TypeError(
                f"{what}: this noise distribution was made of counts without words: make it of a mapping, or of a file "
                "of words and counts, or give integers"
            )
        array = np.asarray(words, dtype=object)
        ids = np.empty(array.shape, np.int64)
        for place, word in np.ndenumerate(array):
            if not isinstance(word, str):
                raise TypeError(f"{_entry(what, place)} must be a str, got {word!r}")
            index = self._id_of.get(word)
            if index is None:
                raise ValueError(f"{_entry(what, place)} = {word!r} is not among the {len(self)} words")
            ids[place] = index
        return ids

    def log_prob(self, ids: Any) -> npt.NDArray[np.float64]:
        """Natural log of the probability of each id.

        Parameters
        ----------
        ids : array_like of integers or of words, any shape, or one of them

        Returns
        -------
        ndarray of float64, same shape as ids
            ``-inf`` for an id of count 0.

        Raises
        ------
        TypeError
            If the ids are neither integers nor words that the distribution has.
        ValueError
            If an id is outside [0, V), or a word is unknown.
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
        words = ids if isinstance(ids, np.ndarray) else np.asarray(ids)
        if words.size and (words.dtype.kind in "UT" or (words.dtype.kind == "O" and self.words is not None)):
            return self._ids_of(ids, what)
        array = as_integers(what, ids)
        outside = (array < 0) | (array >= len(self))
        if outside.any():
            place = tuple(map(int, np.unravel_index(int(outside.argmax()), array.shape)))
            raise ValueError(f"{_entry(what, place)} = {array[place]} is outside [0, {len(self)})")
        return array

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


def _entry(name: str, place: tuple[int, ...]) -> str:
    """An entry of an array, for messages."""
    return f"{name}[{', '.join(map(str, place))}]" if place else name


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


def _read_only(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    array.setflags(write=False)
    return array
