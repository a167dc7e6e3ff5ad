# SPDX-License-Identifier: MIT
"""The base class of noise distributions: V ids with exact integer weights."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from ..arguments import as_integers
from .classes import WeightClasses, check_classes

__all__ = ["Law"]

Result = TypeVar("Result")
REMEMBERED = 4  # results of each kind that are cached: checks of several samplers on the same law use them
_HASHED = 1 << 20  # weights hashed at once: 8 MB at any V


class Law(ABC):
    """A noise distribution over the ids 0 to V - 1, with exact integer weights; immutable.

    A subclass implements two methods: ``__len__``, the number of ids, and ``_grouped``, the ids by weight. All other
    properties follow from these. The constructor of a subclass writes its attributes into ``self.__dict__``, because no
    attribute of a law can be set.

    Attributes
    ----------
    words : tuple of str or None
        The words in id order, if the law has any.
    """

    words: tuple[str, ...] | None = None

    @abstractmethod
    def __len__(self) -> int:
        """V, at most 2**31 - 1."""

    @abstractmethod
    def _grouped(self) -> WeightClasses:
        """The ids grouped by weight. It is called once. Weights are at most 2**62."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(V={len(self)}{self._known()})"

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(
            f"{type(self).__name__} is immutable: cannot set {name!r}; create another law; or, in the constructor of a "
            f"class of your own, write self.__dict__[{name!r}] = value"
        )

    @cached_property
    def classes(self) -> WeightClasses:
        """The ids grouped by equal positive weight."""
        classes = self._grouped()
        check_classes(type(self).__name__, classes, len(self))
        return classes

    @cached_property
    def weights(self) -> npt.NDArray[np.uint64]:
        """Integer weights, uint64 (V,), read-only. ``samplers/laws/weights.py`` explains them."""
        return read_only(self._spread_weights())

    def _spread_weights(self) -> npt.NDArray[np.uint64]:
        """A new array of the weights, which is not cached: for a caller that needs it for a moment only.

        Returns
        -------
        ndarray, uint64 (V,)
            Equal to ``weights``, a new array.
        """
        return self.classes.spread(self.classes.weights, len(self))

    def _ungrouped_weights(self) -> npt.NDArray[np.uint64] | None:
        """A new array of the weights if that takes less time than `classes`, which are not made; else None.

        Returns
        -------
        ndarray, uint64 (V,), or None
            Equal to ``weights``.
        """
        return None

    def _weights_once(self) -> npt.NDArray[np.uint64]:
        """The cached weights, or a new array that is not cached."""
        weights: npt.NDArray[np.uint64] | None = self.__dict__.get("weights")
        return self._spread_weights() if weights is None else weights

    @cached_property
    def total_weight(self) -> int:
        """Sum of the weights, exact."""
        return self.classes.total

    @cached_property
    def nonzero(self) -> int:
        """The number of ids of positive weight."""
        return self.classes.n_ids

    @cached_property
    def support(self) -> npt.NDArray[np.bool_]:
        """Whether each id has a positive weight, bool (V,), read-only."""
        return read_only(self.classes.spread(np.ones(len(self.classes), np.bool_), len(self)))

    @cached_property
    def probabilities(self) -> npt.NDArray[np.float64]:
        """``weights / total_weight``, float64 (V,), read-only, equal on every machine."""
        return read_only(self.weights / float(self.total_weight))

    @cached_property
    def ranked(self) -> npt.NDArray[np.int64]:
        """Ids of positive weight by falling probability, and by id if equal, int64 (nonzero,), read-only."""
        return read_only(np.argsort(-self.probabilities, kind="stable")[: self.nonzero])

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of V and the weights as hex digits: equal for equal weights, on every machine."""
        import hashlib  # OpenSSL takes a twentieth of the import of the library

        digest = hashlib.sha256(b"samplers.noise/v1\n")
        digest.update(len(self).to_bytes(8, "little"))
        for part in self._weights_in_parts():
            digest.update(np.ascontiguousarray(part, "<u8").data)
        return digest.hexdigest()

    def _weights_in_parts(self) -> Iterator[npt.NDArray[np.uint64]]:
        # No array of V weights is cached for a fingerprint, and if the weights are sorted, none is made.
        classes = self.classes
        weights = None if classes.sorted else self._weights_once()
        for start in range(0, len(self), _HASHED):
            stop = min(start + _HASHED, len(self))
            yield classes._spread_part(classes.weights, start, stop) if weights is None else weights[start:stop]

    # Strategies that copy the tables of gensim and word2vec.c raise these counts to the exponent, as these programs do.

    @property
    def counts(self) -> npt.NDArray[Any]:
        """Counts (V,), read-only: the weights are proportional to ``counts ** exponent``."""
        return self.weights

    @property
    def exponent(self) -> float:
        """The power; 1 for a law that is not made of counts."""
        return 1.0

    # Ids and words.

    @cached_property
    def _id_of(self) -> dict[str, int]:
        words = self.words or ()
        ids = {word: i for i, word in enumerate(words)}
        if len(ids) < len(words):
            repeated = next(word for i, word in enumerate(words) if ids[word] != i)
            raise ValueError(f"words: two ids have the word {repeated!r}, so that it cannot stand for an id; give ids")
        return ids

    def ids_of(self, words: Any) -> npt.NDArray[np.int64]:
        """The ids of words.

        Parameters
        ----------
        words : array_like of str, any shape, or one str
            Words of the law.

        Returns
        -------
        ndarray of int64, same shape as words
            The index of each word in ``words`` of the law.

        Raises
        ------
        TypeError
            If the law has no words, or an entry is no str.
        ValueError
            If the law does not have a word; the message names the word and its index.
        """
        return self._ids_of(words, "words")

    def _ids_of(self, words: Any, what: str) -> npt.NDArray[np.int64]:
        if self.words is None:
            raise TypeError(
                f"{what}: this noise distribution has no words, because its counts had none: create it from a mapping, "
                "or from a file of words and counts, or give integers"
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

    def _as_ids(self, ids: npt.ArrayLike, what: str = "ids") -> npt.NDArray[np.integer[Any]]:
        """``ids`` as an array of integers in [0, V), checked; words become their ids.

        Parameters
        ----------
        ids : array_like of integers or words, any shape
            The argument of a user.
        what : str
            The name of the argument in messages.

        Returns
        -------
        ndarray of int64 or another integer dtype, same shape as ids
            Not copied if ``ids`` is such an array.

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
            for_marks = "; for a mark, give np.maximum(ids, 0), and ignore the result there"
            cure = for_marks if array[place] == -1 else ""
            raise ValueError(f"{_entry(what, place)} = {array[place]} is outside [0, {len(self)}){cure}")
        return array

    def log_prob(self, ids: Any) -> npt.NDArray[np.float64]:
        """Natural log of the probability of each id.

        Parameters
        ----------
        ids : array_like of integers or of words, any shape, or a single id or word
            Ids in [0, V), or words of the law.

        Returns
        -------
        ndarray of float64, same shape as ids
            ``-inf`` if the weight of an id is 0.

        Raises
        ------
        TypeError
            If the ids are neither integers nor words.
        ValueError
            If an id is outside [0, V), or a word is unknown.
        """
        array = self._as_ids(ids)
        if array.size == 0:
            return np.zeros(array.shape)
        with np.errstate(divide="ignore"):
            logs: npt.NDArray[np.float64] = np.log(self.probabilities[array])
        return logs

    def _remember(self, kind: str, key: Any, make: Callable[[], Result]) -> Result:
        """Return a cached result, or compute and cache it. For each kind the last four results are kept.

        The cache is an attribute of the law, because a cache of a module would keep all laws alive. If two threads ask
        for the same result, both may compute it; the results are equal.

        Parameters
        ----------
        kind : str
            The kind of result.
        key : hashable
            The parameters on which the result depends, besides the law.
        make : callable
            Takes no arguments and returns the result.

        Returns
        -------
        object
            The result of ``make()``.
        """
        results: dict[Any, Any] = self.__dict__.setdefault("_remembered", {}).setdefault(kind, {})
        try:
            return results[key]  # type: ignore[no-any-return]
        except KeyError:
            result = make()
        results[key] = result
        for old in list(results)[:-REMEMBERED]:
            results.pop(old, None)
        return result

    def _known(self) -> str:
        """The first digits of the fingerprint, for ``repr``, if it was computed already."""
        fingerprint = self.__dict__.get("fingerprint")
        return "" if fingerprint is None else f", fingerprint={fingerprint[:12]}"


def check_law(what: str, law: Any) -> None:
    """Raise for what is no single law.

    Raises
    ------
    TypeError
        Names what it is, and how to make a law of it.
    """
    if isinstance(law, Law):
        return
    of_counts = "make one of counts, NoiseDistribution(counts), or of weights, from_weights(weights)"
    cure = getattr(law, "_how_to_take_one", of_counts)  # `Laws` say it
    raise TypeError(f"{what} must be a NoiseDistribution or another law, got {type(law).__name__}: {cure}")


def read_only(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Make the array read-only and return it."""
    array.setflags(write=False)
    return array


def _entry(name: str, place: tuple[int, ...]) -> str:
    """The name of an entry of an array in messages, such as ``ids[0, 2]``."""
    return f"{name}[{', '.join(map(str, place))}]" if place else name
