# SPDX-License-Identifier: MIT
"""Reads counts from gensim's models, KeyedVectors and Dictionary. gensim is not imported."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from ...arguments import warn
from ..counts import checked_counts
from .result import WordCounts

__all__ = ["is_dictionary", "keyed_vectors", "read_dictionary", "read_vectors"]


def keyed_vectors(source: Any) -> Any:
    """``source`` itself if it is KeyedVectors, the KeyedVectors of a model, or None."""
    for vectors in (source, getattr(source, "wv", None)):
        # The type is inspected, because a pandas Series returns its labels as attributes.
        if hasattr(type(vectors), "get_vecattr") and hasattr(vectors, "index_to_key"):
            return vectors
    return None


def is_dictionary(source: Any) -> bool:
    """Whether it is a gensim.corpora.Dictionary, a mapping from ids to words."""
    return any(
        base.__name__ == "Dictionary" and base.__module__.partition(".")[0] == "gensim" for base in type(source).__mro__
    )


def read_vectors(vectors: Any, model: Any) -> WordCounts:
    """Words and counts in the order of ``index_to_key``, and the exponent of a model.

    Parameters
    ----------
    vectors : KeyedVectors
        The words, with their counts as an attribute.
    model : object
        The argument of the caller: the vectors themselves, or a model that holds them.

    Raises
    ------
    ValueError
        If there are no counts, if gensim invented the counts, or if a word has none.
    """
    keys = list(vectors.index_to_key)
    # If a word is repeated in a file, gensim keeps its first vector, and leaves None at the end.
    size = keys.index(None) if None in keys else len(keys)
    if any(key is not None for key in keys[size:]):
        raise ValueError("source: index_to_key of these KeyedVectors has None between words: rebuild them without gaps")
    try:
        counts = [vectors.get_vecattr(word, "count") for word in keys[:size]]
    except KeyError as error:
        raise ValueError(
            "source: these KeyedVectors hold no word counts (no 'count' attribute): pass the model, or a dict of words "
            "and counts"
        ) from error
    if model is vectors and len(keys) >= 2 and counts == list(range(len(keys), len(keys) - size, -1)):
        first = ", ".join(map(str, counts[:2])) + (f", ..., {counts[-1]}" if size > 2 else "")
        raise ValueError(
            f"source: the counts of these KeyedVectors are {first}, which load_word2vec_format "
            "invents if it gets no fvocab: pass the vocabulary file, or load with fvocab=; if they are real, pass "
            "the dict {word: vectors.get_vecattr(word, 'count') for word in vectors.key_to_index}"
        )
    words = tuple(map(str, keys[:size]))
    if len(set(words)) < size:
        repeated = Counter(words).most_common(1)[0][0]
        raise ValueError(f"source: two keys of these KeyedVectors become the word {repeated!r}; rename one of them")
    checked = checked_counts(counts, source="source: counts", entry=lambda i: f"source: the count of {words[i]!r}")
    if size < len(keys):
        warn(
            f"source: gensim left out {len(keys) - size} of the {len(keys)} vectors, because their words were "
            f"repeated: ids are those of the {size} words of index_to_key before None"
        )
    form = "gensim KeyedVectors" if model is vectors else "gensim model"
    return WordCounts(words, checked, form=form, exponent=_exponent(model))


def _exponent(model: Any) -> float | None:
    exponent = getattr(model, "ns_exponent", None)
    return None if exponent is None else float(exponent)


def read_dictionary(source: Any) -> WordCounts:
    """Words and counts (``cfs``) of a gensim Dictionary, by id.

    Raises
    ------
    ValueError
        If it was loaded from text, which has no counts, or if there are gaps between ids.
    """
    words = {index: word for word, index in source.token2id.items()}
    size = len(words)
    if not size or set(words) != set(range(size)):
        raise ValueError(f"source: the ids of this gensim Dictionary are not 0 to {size - 1}: call compactify()")
    missing = next((words[i] for i in range(size) if i not in source.cfs), None)
    if missing is not None:
        raise ValueError(
            f"source: this gensim Dictionary has no count (cfs) of {missing!r}: a Dictionary that was loaded from text "
            "has document frequencies only; create it from the corpus, or load it with Dictionary.load"
        )
    ordered = tuple(str(words[i]) for i in range(size))
    counts = checked_counts(np.array([source.cfs[i] for i in range(size)]), source="source: counts")
    return WordCounts(ordered, counts, form="gensim Dictionary, counts in cfs")
