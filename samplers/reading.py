# SPDX-License-Identifier: MIT
"""Word counts from what people have: text files, mappings, gensim models."""

import gzip
import math
import numbers
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, NamedTuple

import numpy.typing as npt

from .weights import MAX_IDS, checked_counts

__all__ = ["WordCounts", "is_word_source", "read_counts"]

_NUMBER = re.compile(r"-?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
# load_word2vec_format without fvocab invents the counts V, V-1, ..., 1. Below this many words real
# counts may look the same.
_INVENTED_FROM = 100
_ONE_WORD = "one word (a corpus has one a line: tr -s '[:space:]' '\\n' < text > corpus.txt)"
# Ids of a mapping for each key, beyond which they are taken for hashes: a word and a count each would fill the memory.
SPARSE = 100


class WordCounts(NamedTuple):
    """Words and how often each occurs, in id order."""

    words: tuple[str, ...]
    counts: npt.NDArray[Any]  # int64, uint64 or float64, shape (V,)


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

        The keys of a mapping (dict, Counter) become words through ``str``, in its order; but where all keys
        are integers they are the ids, and ids between them have count 0. A gensim model gives the "count"
        attribute of its vectors, in ``index_to_key`` order.

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
        return _read_mapping(source)
    vectors = _keyed_vectors(source)
    if vectors is None:
        raise TypeError(f"source must be {_WORD_SOURCES}; got {type(source).__name__}")
    return _read_vectors(vectors)


_WORD_SOURCES = "a path, a mapping of words to counts, a gensim model or KeyedVectors, or WordCounts"


def is_word_source(source: Any) -> bool:
    """Whether `read_counts` takes it."""
    kinds = (WordCounts, str, os.PathLike, Mapping)
    return isinstance(source, kinds) or _keyed_vectors(source) is not None


def _read_mapping(source: Mapping[Any, Any]) -> WordCounts:
    if source and all(isinstance(key, numbers.Integral) and not isinstance(key, bool) for key in source):
        low, high = int(min(source)), int(max(source))
        if low < 0 or high >= MAX_IDS:
            bad = low if low < 0 else high
            raise ValueError(f"counts: integer keys are ids and must lie in [0, 2**31 - 1), got {bad}")
        if high > SPARSE * max(len(source), 10**5):
            raise ValueError(
                f"counts: integer keys are ids, and {len(source)} of them up to {high} would make {high + 1} ids; "
                "number them 0, 1, 2, ... first"
            )
        counts: list[Any] = [0] * (high + 1)
        for key, count in source.items():
            counts[int(key)] = count
        return WordCounts(tuple(map(str, range(high + 1))), checked_counts(counts))
    words = tuple(map(str, source))
    if len(set(words)) < len(words):
        twice = next(word for word, times in Counter(words).items() if times > 1)
        raise ValueError(f"counts: two keys of the mapping read {twice!r}")
    return WordCounts(words, checked_counts(list(source.values())))


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
            form = "a word and its count, separated by a tab or (one word) spaces" if counted else _ONE_WORD
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
