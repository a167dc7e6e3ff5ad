# SPDX-License-Identifier: MIT
"""Word counts from what people have: text files, arrays, mappings, data frames, gensim models."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import ItemsView, Mapping
from typing import Any

import numpy as np

from ..counts import masked_entries
from .arrays import read_array, read_npy, read_structured
from .columns import is_count_name
from .corpora import count_running_text
from .frames import library_of, read_frame
from .gensim_objects import is_dictionary, keyed_vectors, read_dictionary, read_vectors
from .json_text import is_json, read_json
from .kinds import NPY, archive_cure
from .labels import labelled, labels_of
from .result import Asked, WordCounts
from .streams import lines, opened
from .text import read_text
from .vocabularies import Said

__all__ = ["WordCounts", "read_counts"]

_PAIRS = Said(cure="pass collections.Counter(dict(pairs))")


def read_counts(
    source: Any,
    *,
    corpus: bool = False,
    word_column: str | int | None = None,
    count_column: str | int | None = None,
    errors: str = "strict",
) -> WordCounts:
    """Words and their counts, ids in the order of the source.

    Parameters
    ----------
    source : str or path, array_like (V,), mapping, Series or DataFrame, gensim object, or WordCounts
        A path names a file, plain or compressed (gzip, bz2, xz), read once; ``"-"`` is standard input. Text is UTF-8:

        - a table of words and counts: CSV, also with semicolons, tabs or blanks, with or without header, the count
          before or after the word (``uniq -c``), ``word2vec -save-vocab``, GloVe's vocab.txt. Columns are told by the
          names of the header, or by their contents: one of two holds numbers. A column with the name of an id, a rank,
          a date or a price holds no counts, unless ``count_column`` says so. Blanks are no part of a word unless
          something else separates the fields.
        - JSON: an object of counts, a list of counts, a list of words and counts.
        - a corpus of one word a line, if some word comes again. Ids are in the order of first appearance.
        - a ``.npy`` array of counts.

        A mapping (dict, Counter) gives words and counts in its order, as do a pandas Series with an index of its own,
        a DataFrame of two columns, a structured array, an xarray DataArray with coordinates, a list of pairs, and a
        gensim Dictionary (``cfs``). A gensim model or KeyedVectors gives the "count" attribute of its vectors, in
        ``index_to_key`` order.
    corpus : bool, default False
        Count the words of a text file, whatever it looks like: words between ASCII white space.
    word_column, count_column : str or int, optional
        Columns of a table, by the name in its header or by number from 0, negative from the end. In a file of one
        column, ``count_column=0`` says that line i is the count of id i.
    errors : str, default "strict"
        What to do with bytes that are not UTF-8, as in ``open``. Two words that become equal are an error.

    Returns
    -------
    WordCounts
        Counts of int64, uint64 or float64, shape (V,), no count lost to rounding without a warning; ``words`` is None
        if the source has counts only. ``form`` says what was read. A WordCounts passes through as it is.

    Raises
    ------
    TypeError
        For an option or a source of another type.
    ValueError
        If it is not clear what the source means, or if it holds a bad count; the message names file and line, and what
        to do.
    OSError
        If a file cannot be opened or read.

    Warns
    -----
    UserWarning
        For labels that are nearly all ids, for a Series that may be a log of events, and for integers that are rounded.

    Notes
    -----
    If all labels (the words of a table, the keys of a mapping) are whole numbers, written without sign and leading
    zeros, they are ids: ids between them have count 0. gensim models and WordCounts keep their own order.

    Numbers that rise by one from word to word, or are 0 to V - 1, are ids of a vocabulary, and refused. A Counter and a
    column that ``count_column`` names are believed whatever they hold, a column named "count" if it is short.

    Examples
    --------
    >>> from samplers import read_counts
    >>> words, counts = read_counts({"the": 1000, "cat": 400})
    >>> words, counts.tolist()
    (('the', 'cat'), [1000, 400])
    >>> read_counts({3: 5, 1: 2}).counts.tolist()
    [0, 2, 0, 5]
    """
    asked = Asked(corpus, word_column, count_column, errors)
    if isinstance(source, WordCounts):
        asked.refuse_all("WordCounts")
        asked.refuse_columns("WordCounts")
        return source
    if isinstance(source, (str, os.PathLike)):
        return _read_file(os.fspath(source), asked)
    asked.refuse_all(type(source).__name__)
    kind = library_of(source)
    if kind is not None:
        return read_frame(source, kind, asked)
    if isinstance(source, (np.ndarray, np.void)) and source.dtype.names is not None and not _any_masked(source):
        return read_structured(np.asarray(source), asked)
    asked.refuse_columns(type(source).__name__)
    return _read_object(source)


def _any_masked(source: Any) -> bool:
    return isinstance(source, np.ma.MaskedArray) and masked_entries(source) > 0


def _read_file(path: Any, asked: Asked) -> WordCounts:
    if isinstance(path, bytes):
        raise TypeError(f"source must be a str or a path of text, got the bytes {path!r}: use os.fsdecode(path)")
    with opened(path) as (file, head, name):
        if head.startswith(NPY):
            if asked.corpus:
                raise ValueError(f"{name}: an array (.npy), and no text to count with corpus=True")
            asked.refuse_columns(f"{name}, an array,")
            return read_npy(file, name)
        if asked.corpus:
            return count_running_text(file, name, asked.errors)
        if is_json(head, name, asked.columns):
            asked.refuse_columns(f"{name}, which is JSON,")
            return read_json(file, name, asked.errors)
        return read_text(lines(file, name, asked.errors), name, asked)


def _read_object(source: Any) -> WordCounts:
    vectors = keyed_vectors(source)
    if vectors is not None:
        return read_vectors(vectors, source)
    if is_dictionary(source):
        return read_dictionary(source)
    if isinstance(source, np.lib.npyio.NpzFile):
        raise TypeError(f"counts: an archive of arrays (.npz), not one array: {archive_cure(source.files, 'file')}")
    if isinstance(source, Mapping):
        _refuse_mapping_of_columns(source)
        said = Said(counted=isinstance(source, Counter))
        return _of_pairs(list(source.keys()), list(source.values()), "mapping of words to counts", said)
    if isinstance(source, ItemsView) or _are_pairs(source):
        labels, counts = zip(*source, strict=True) if len(source) else ((), ())
        return _of_pairs(list(labels), list(counts), "pairs of word and count", _PAIRS)
    return read_array(source)


def _refuse_mapping_of_columns(source: Mapping[Any, Any]) -> None:
    """Raise for ``{"word": [...], "count": [...]}``."""
    if {int, float}.issuperset(map(type, source.values())):
        return
    columns = [key for key, value in source.items() if isinstance(value, (list, tuple)) or _has_dimensions(value)]
    if not columns:
        return
    cure = f"the value of {columns[0]!r} is a {type(source[columns[0]]).__name__}: expected a count for each word"
    if len(columns) == len(source) == 2:
        word, count = columns if is_count_name(str(columns[1])) else columns[::-1]
        cure = f"this mapping holds two columns: pass dict(zip(source[{word!r}], source[{count!r}], strict=True))"
    elif len(columns) == len(source) > 2:
        listed = ", ".join(map(repr, columns[:12]))
        cure = f"this mapping holds columns ({listed}): pass dict(zip(words, counts, strict=True)) of two of them"
    raise ValueError(f"counts must be one-dimensional: {cure}")


def _has_dimensions(value: Any) -> bool:
    """Whether it is an array, a tensor or a Series, but for those of one number."""
    dimensions = getattr(value, "ndim", 0) if hasattr(type(value), "ndim") else 0
    return isinstance(dimensions, int) and dimensions > 0


def _of_pairs(labels: list[Any], counts: list[Any], form: str, said: Said) -> WordCounts:
    keys = labels_of(labels, "counts")
    return labelled(keys, counts, source="counts", form=form, twice="make the labels differ", said=said)


def _are_pairs(source: Any) -> bool:
    """Whether it is a list of ``(word, count)``, as Counter.most_common gives; lists of two numbers are a matrix."""
    if not isinstance(source, (list, tuple)) or not source:
        return False
    if not all(isinstance(pair, (tuple, list)) and len(pair) == 2 for pair in source):
        return False
    return all(isinstance(pair, tuple) or isinstance(pair[0], str) for pair in source)
