# SPDX-License-Identifier: MIT
"""The noise distribution, ``counts ** exponent``, and the word counts it is made from."""

import gzip
import hashlib
import math
import numbers
import os
import re
from collections.abc import Iterator, Mapping
from functools import cached_property, partial
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .weights import checked_counts, exact_total, integer_weights

__all__ = ["NoiseDistribution", "WordCounts", "read_counts"]

_NUMBER = re.compile(r"-?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
# load_word2vec_format without fvocab invents the counts V, V-1, ..., 1. Below this many words real
# counts may look the same.
_INVENTED_FROM = 100


class WordCounts(NamedTuple):
    """Words and how often each occurs, in id order."""

    words: tuple[str, ...]
    counts: npt.NDArray[Any]  # int64, uint64 or float64, shape (V,)


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
        if _is_word_source(counts):
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
        array = np.asarray(ids)
        if array.size == 0:
            return np.zeros(array.shape)
        if array.dtype.kind not in "iu":
            raise TypeError(f"ids must be integers, got dtype {array.dtype}")
        outside = (array < 0) | (array >= len(self))
        if outside.any():
            where = np.unravel_index(int(outside.argmax()), array.shape)
            at = f"ids[{', '.join(map(str, where))}]" if where else "ids"
            raise ValueError(f"{at} = {array[where]} is outside [0, {len(self)})")
        with np.errstate(divide="ignore"):
            logs: npt.NDArray[np.float64] = np.log(self.probabilities[array])
        return logs

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


def read_counts(source: Any) -> WordCounts:
    """Words and their counts, ids in the order of the source.

    Parameters
    ----------
    source : str or path, mapping, gensim model or KeyedVectors, or WordCounts
        A path names a UTF-8 text file, gzipped if it ends in ``.gz``, of one of two forms. Its first
        line that is not blank decides which, and every other line must agree:

        - ``word count``, separated by a tab or spaces, as ``word2vec -save-vocab`` writes it. Only with a
          tab may words contain spaces. One count that is not a whole number below ``2**64`` makes all
          of them float64.
        - one word: a corpus, whose words are counted; ids in the order of first appearance.

        The keys of a mapping (dict, Counter) become words through ``str``. A gensim model gives the
        "count" attribute of its vectors, in ``index_to_key`` order.

    Returns
    -------
    WordCounts
        Of int64, uint64 or float64 counts; a WordCounts passes through as it is.

    Raises
    ------
    TypeError
        If the source is none of these.
    ValueError
        If a line cannot be read, a word has two counts, or the vectors come without counts.
    """
    if isinstance(source, WordCounts):
        return source
    if isinstance(source, (str, os.PathLike)):
        return _read_file(os.fspath(source))
    if isinstance(source, Mapping):
        return WordCounts(tuple(map(str, source)), checked_counts(list(source.values())))
    vectors = _keyed_vectors(source)
    if vectors is None:
        raise TypeError(f"source must be {_WORD_SOURCES}; got {type(source).__name__}")
    return _read_vectors(vectors)


_WORD_SOURCES = "a path, a mapping of words to counts, a gensim model or KeyedVectors, or WordCounts"


def _is_word_source(source: Any) -> bool:
    kinds = (WordCounts, str, os.PathLike, Mapping)
    return isinstance(source, kinds) or _keyed_vectors(source) is not None


def _keyed_vectors(source: Any) -> Any:
    """The gensim KeyedVectors that source is or holds, else None; gensim itself is not imported."""
    for vectors in (source, getattr(source, "wv", None)):
        # Asked of the type: a pandas Series answers attributes with its own labels.
        if hasattr(type(vectors), "get_vecattr") and hasattr(vectors, "index_to_key"):
            return vectors
    return None


def _read_vectors(vectors: Any) -> WordCounts:
    words = vectors.index_to_key
    try:
        counts = [vectors.get_vecattr(word, "count") for word in words]
    except KeyError as error:
        raise ValueError("source: these KeyedVectors hold no word counts (no 'count' attribute)") from error
    if len(words) >= _INVENTED_FROM and counts == list(range(len(words), 0, -1)):
        raise ValueError(
            f"source: the counts of these KeyedVectors are {len(words)}, {len(words) - 1}, ..., 1, which "
            "gensim invents when load_word2vec_format gets no fvocab; pass fvocab or the vocabulary file"
        )
    return WordCounts(tuple(map(str, words)), checked_counts(counts))


def _read_file(path: str) -> WordCounts:
    lines = _lines(path)
    first = next(lines, None)
    if first is None:
        raise ValueError(f"{path} is empty: expected one word, or a word and its count, per line")
    counted = len(first[1]) > 1 and _NUMBER.fullmatch(first[1][-1]) is not None
    found: dict[str, Any] = {}
    seen_on: dict[str, int] = {}
    for line, fields in chain([first], lines):
        if len(fields) != 1 + counted:
            form = "a word and its count, separated by a tab or (one word) spaces" if counted else "one word"
            raise ValueError(f"{path}, line {line}: expected {form}, got {' '.join(fields)!r}")
        word = fields[0]
        if not counted:
            found[word] = found.get(word, 0) + 1
            continue
        if word in found:
            raise ValueError(f"{path}: {word!r} has two counts, on lines {seen_on[word]} and {line}")
        found[word], seen_on[word] = _number(fields[1], f"{path}, line {line}"), line
    return WordCounts(tuple(found), checked_counts(list(found.values())))


def _lines(path: str) -> Iterator[tuple[int, list[str]]]:
    """Number and fields of each line that is not blank."""
    with gzip.open(path, "rb") if path.endswith(".gz") else open(path, "rb") as file:
        for number, raw in enumerate(file, 1):
            try:
                text = raw.decode("utf-8-sig" if number == 1 else "utf-8").strip(" \t\r\n")
            except UnicodeDecodeError as error:
                raise ValueError(f"{path}, line {number}: not UTF-8: {error}") from error
            if text:
                # Not split(): it would also cut words at no-break spaces, which word2vec keeps.
                fields = text.split("\t" if "\t" in text else " ")
                yield number, [field.strip(" ") for field in fields if field]


def _number(text: str, where: str) -> int | float:
    value = float(text) if _NUMBER.fullmatch(text) else math.nan  # float() alone also takes "nan", "1_0"
    if not 0 <= value < math.inf:
        raise ValueError(f"{where}: count {text!r} is not a finite, non-negative number")
    return int(text) if text.isdigit() and value < 2.0**64 else value


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
