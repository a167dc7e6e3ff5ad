# SPDX-License-Identifier: MIT
"""What every noise distribution is: V ids with exact integer weights."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from ..arguments import as_integers
from .classes import WeightClasses

__all__ = ["Law"]

Result = TypeVar("Result")
REMEMBERED = 4  # results of one kind: checks of many samplers on one law follow each other
_HASHED = 1 << 20  # weights hashed at once: 8 MB, whatever V


class Law(ABC):
    """A noise distribution over the ids 0 to V - 1, as exact integer weights; immutable.

    A law derives from this class in a file of its own. It says how many ids it has (``__len__``) and groups them by
    weight (``_grouped``). Everything else follows from these two.

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
        """The ids by weight; called once. Weights are at most 2**62."""

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable: cannot set {name!r}")

    @cached_property
    def classes(self) -> WeightClasses:
        """The ids grouped by equal positive weight."""
        return self._grouped()

    @cached_property
    def weights(self) -> npt.NDArray[np.uint64]:
        """Integer weights, uint64 (V,), read-only: ``samplers/laws/weights.py`` says how they are made."""
        return read_only(self.spread_weights())

    def spread_weights(self) -> npt.NDArray[np.uint64]:
        """The weights once more, not kept: for a caller that needs 8 bytes an id for a moment only.

        Returns
        -------
        ndarray, uint64 (V,)
            Equal to ``weights``, a new array.
        """
        return self.classes.spread(self.classes.weights, len(self))

    def _weights_once(self) -> npt.NDArray[np.uint64]:
        """The weights, made and not kept if they are not there."""
        made: npt.NDArray[np.uint64] | None = self.__dict__.get("weights")
        return self.spread_weights() if made is None else made

    @cached_property
    def total_weight(self) -> int:
        """Sum of the weights, exact."""
        return self.classes.total

    @cached_property
    def nonzero(self) -> int:
        """How many ids have a positive weight."""
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
        """Ids of positive weight by falling probability, equal ones by id, int64 (nonzero,)."""
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
        # To ask for a fingerprint keeps no 8 bytes an id, and makes none where the weights are sorted.
        classes = self.classes
        whole = None if classes.sorted else self._weights_once()
        for start in range(0, len(self), _HASHED):
            stop = min(start + _HASHED, len(self))
            yield classes.spread_part(classes.weights, start, stop) if whole is None else whole[start:stop]

    # What tables of other projects are made of: gensim and word2vec.c raise counts to a power.

    @property
    def counts(self) -> npt.NDArray[Any]:
        """Numbers whose power ``exponent`` the weights are in proportion to, (V,), read-only."""
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
            twice = next(word for i, word in enumerate(words) if ids[word] != i)
            raise ValueError(f"words: two ids have the word {twice!r}, so that it names none")
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
            The place of each word in ``words`` of the law.

        Raises
        ------
        TypeError
            If the law has no words, or an entry is no str.
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

    def as_ids(self, ids: npt.ArrayLike, what: str = "ids") -> npt.NDArray[np.integer[Any]]:
        """``ids`` as an array of integers, each checked to lie in [0, V); words become their ids.

        Parameters
        ----------
        ids : array_like of integers or words, any shape
            What a user gave as ids.
        what : str
            What messages call them.

        Returns
        -------
        ndarray of int64 or another dtype of whole numbers, same shape as ids
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
            raise ValueError(f"{_entry(what, place)} = {array[place]} is outside [0, {len(self)})")
        return array

    def log_prob(self, ids: Any) -> npt.NDArray[np.float64]:
        """Natural log of the probability of each id.

        Parameters
        ----------
        ids : array_like of integers or of words, any shape, or one of them
            Ids in [0, V), or words of the law.

        Returns
        -------
        ndarray of float64, same shape as ids
            ``-inf`` for an id of weight 0.

        Raises
        ------
        TypeError
            If the ids are neither integers nor words that the law has.
        ValueError
            If an id is outside [0, V), or a word is unknown.
        """
        array = self.as_ids(ids)
        if array.size == 0:
            return np.zeros(array.shape)
        with np.errstate(divide="ignore"):
            logs: npt.NDArray[np.float64] = np.log(self.probabilities[array])
        return logs

    def remembered(self, kind: str, key: Any, make: Callable[[], Result]) -> Result:
        """The result of a kind under a key, made if it is not there; of each kind the last few stay.

        They stand in the law itself: a cache of a module would keep every law alive, with 8 bytes an id and more. Two
        threads at once may both make it, and get equal results.

        Parameters
        ----------
        kind : str
            What the result is, in a word.
        key : hashable
            What the result depends on beside the law.
        make : callable
            Takes nothing and returns the result.

        Returns
        -------
        object
            What ``make()`` returned, now or earlier.
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
        """The first digits of the fingerprint for ``repr``, if it is known already."""
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
    cure = getattr(law, "how_to_take_one", of_counts)  # `Laws` say it
    raise TypeError(f"{what} must be a NoiseDistribution or another law, got {type(law).__name__}: {cure}")


def read_only(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The array itself, from now on read-only."""
    array.setflags(write=False)
    return array


def _entry(name: str, place: tuple[int, ...]) -> str:
    """An entry of an array, for messages."""
    return f"{name}[{', '.join(map(str, place))}]" if place else name
