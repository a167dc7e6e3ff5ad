# SPDX-License-Identifier: MIT
"""Reads word counts from text files, arrays, mappings, data frames and gensim models."""

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
from .result import Options, WordCounts
from .streams import lines, opened
from .text import read_text
from .vocabularies import Evidence

__all__ = ["WordCounts", "read_counts"]

_PAIRS = Evidence(cure="pass collections.Counter(dict(pairs))")


def read_counts(
    source: Any,
    *,
    corpus: bool = False,
    word_column: str | int | None = None,
    count_column: str | int | None = None,
    errors: str = "strict",
) -> WordCounts:
    """Read words and their counts; ids are in the order of the source.

    Parameters
    ----------
    source : str or path, array_like (V,), mapping, Series or DataFrame, gensim object, or WordCounts
        A path names a file, plain or compressed (gzip, bz2, xz), read once; ``"-"`` is standard input. Text is UTF-8:

        - a table of words and counts: CSV, also with semicolons, tabs or blanks, with or without a header, and with
          the count before or after the word (``uniq -c``); ``word2vec -save-vocab``; GloVe's vocab.txt. The names in
          the header, or the contents, decide which column is which. A column whose name is that of an id, a rank, a
          date or a price is not read as counts, unless ``count_column`` names it. Words may hold blanks only if
          another character separates the fields.
        - JSON: an object of counts, a list of counts, a list of words and counts.
        - a corpus of one word on each line, if some word is repeated. Ids are in the order of first appearance.
        - a ``.npy`` array of counts.

        A mapping (dict, Counter) gives words and counts in its order. So do a pandas Series with an index that is not
        the default one, a DataFrame of two columns, a structured array, an xarray DataArray with coordinates, a list
        of pairs, and a gensim Dictionary (``cfs``). A gensim model or KeyedVectors gives the "count" attribute of its
        vectors, in ``index_to_key`` order.
    corpus : bool, default False
        Count the words of a text file, which ASCII white space separates, even if it looks like a table.
    word_column, count_column : str or int, optional
        Columns of a table: a name in its header, or a number from 0 (negative numbers count from the end). For a file
        of one column, ``count_column=0`` means that line i is the count of id i.
    errors : str, default "strict"
        How to treat bytes that are not UTF-8, as in ``open``. If two words become equal, that is an error.

    Returns
    -------
    WordCounts
        Counts of int64, uint64 or float64, shape (V,); a warning says if a count is rounded. ``words`` is None if the
        source has counts only. ``form`` describes the source. A WordCounts is returned unchanged.

    Raises
    ------
    TypeError
        If an option or the source has a wrong type.
    ValueError
        If the source is ambiguous, or if a count is not valid; the message names the file, the line and the cure.
    OSError
        If a file cannot be opened or read.

    Warns
    -----
    UserWarning
        If nearly all labels are ids, but not all; if a Series may be a log of events; if integers are rounded.

    Notes
    -----
    If all labels (the words of a table, the keys of a mapping) are whole numbers without sign and leading zeros, they
    are ids, and ids between them have count 0. gensim models and WordCounts keep their order.

    If the counts rise by one from word to word, or are 0 to V - 1, they are the ids of a vocabulary, and are refused.
    This check is skipped for a Counter, for a column that ``count_column`` names, and for a short column named "count".

    Examples
    --------
    >>> from samplers import read_counts
    >>> words, counts = read_counts({"the": 1000, "cat": 400})
    >>> words, counts.tolist()
    (('the', 'cat'), [1000, 400])
    >>> read_counts({3: 5, 1: 2}).counts.tolist()
    [0, 2, 0, 5]
    """
    options = Options(corpus, word_column, count_column, errors)
    if isinstance(source, WordCounts):
        options.refuse_all("WordCounts")
        options.refuse_columns("WordCounts")
        return source
    if isinstance(source, (str, os.PathLike)):
        return _read_file(os.fspath(source), options)
    options.refuse_all(type(source).__name__)
    kind = library_of(source)
    if kind is not None:
        return read_frame(source, kind, options)
    if isinstance(source, (np.ndarray, np.void)) and source.dtype.names is not None and not _any_masked(source):
        return read_structured(np.asarray(source), options)
    options.refuse_columns(type(source).__name__)
    return _read_object(source)


def _any_masked(source: Any) -> bool:
    return isinstance(source, np.ma.MaskedArray) and masked_entries(source) > 0


def _read_file(path: Any, options: Options) -> WordCounts:
    if isinstance(path, bytes):
        raise TypeError(f"source must be a str or a path, got the bytes {path!r}: use os.fsdecode(path)")
    with opened(path) as (file, head, name):
        if head.startswith(NPY):
            if options.corpus:
                raise ValueError(f"{name} is an array (.npy), and no text to count with corpus=True: leave corpus out")
            options.refuse_columns(f"{name}, an array,")
            return read_npy(file, name)
        if options.corpus:
            return count_running_text(file, name, options.errors)
        if is_json(head, name, options.columns):
            options.refuse_columns(f"{name}, which is JSON,")
            return read_json(file, name, options.errors)
        return read_text(lines(file, name, options.errors), name, options)


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
        evidence = Evidence(counted=isinstance(source, Counter))
        return _of_pairs(list(source.keys()), list(source.values()), "mapping of words to counts", evidence)
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
    """Whether it is an array, a tensor or a Series of one dimension or more."""
    dimensions = getattr(value, "ndim", 0) if hasattr(type(value), "ndim") else 0
    return isinstance(dimensions, int) and dimensions > 0


def _of_pairs(labels: list[Any], counts: list[Any], form: str, evidence: Evidence) -> WordCounts:
    keys = labels_of(labels, "counts")
    return labelled(keys, counts, source="counts", form=form, merge="make the labels differ", evidence=evidence)


def _are_pairs(source: Any) -> bool:
    """Whether it is a list of ``(word, count)``, as Counter.most_common gives; lists of two numbers are a matrix."""
    if not isinstance(source, (list, tuple)) or not source:
        return False
    if not all(isinstance(pair, (tuple, list)) and len(pair) == 2 for pair in source):
        return False
    return all(isinstance(pair, tuple) or isinstance(pair[0], str) for pair in source)
