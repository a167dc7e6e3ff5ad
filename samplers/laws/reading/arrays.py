# SPDX-License-Identifier: MIT
"""Reads counts from arrays: .npy files, masked, structured and sparse arrays, and all that NumPy can convert."""

from __future__ import annotations

from collections.abc import Iterator, ValuesView
from collections.abc import Set as AbstractSet
from tokenize import TokenError
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from ...sparse import as_vector
from ..counts import checked_counts
from .columns import chosen, evidence_of
from .labels import labelled, labels_of
from .result import Options, WordCounts

__all__ = ["read_array", "read_npy", "read_structured"]

_COUNTED = "collections.Counter(words) counts the words of a list"


def read_npy(file: IO[bytes], name: str) -> WordCounts:
    """The counts of a ``.npy`` file, which must hold numbers in one dimension. Nothing is unpickled.

    Raises
    ------
    ValueError
        If the file is damaged, or holds anything else.
    """
    try:
        array: npt.NDArray[Any] = np.lib.format.read_array(file, allow_pickle=False)
    except (ValueError, TypeError, EOFError, TokenError, SyntaxError) as error:
        raise ValueError(f"{name}: no array of counts: {error}") from error
    if array.dtype.names is not None:
        raise ValueError(
            f"{name}: records with the fields {', '.join(array.dtype.names)}: pass numpy.load(path) itself, or "
            "save the field of the counts"
        )
    if array.dtype.kind not in "iuf":
        cure = "numpy.unique(words, return_counts=True) counts them" if array.dtype.kind in "US" else "save numbers"
        raise ValueError(f"{name}: entries of dtype {array.dtype}, and no counts: {cure}")
    if array.ndim != 1:
        raise ValueError(f"{name}: an array of shape {array.shape}, but counts have one dimension{_flat(array.shape)}")
    counts = checked_counts(array, source=f"{name}: counts", entry=lambda i: f"{name}: entry {i}", copy=False)
    return WordCounts(None, counts, form="array of counts")


def read_array(source: Any) -> WordCounts:
    """The counts of an array, or of an object that NumPy can convert to one.

    Raises
    ------
    TypeError, ValueError
        If the source has no order (a set), can be read only once (a generator), has missing entries, or has more than
        one dimension.
    """
    cure = _unread(source)
    if cure:
        raise TypeError(f"counts must be an array, or what read_counts takes; got {type(source).__name__}: {cure}")
    source = _dense(source)
    return WordCounts(None, checked_counts(source, cure=_cure(source)), form="array of counts")


def _unread(source: Any) -> str:
    """The cure for an object that NumPy would convert to an array of dimension 0; "" for others."""
    if isinstance(source, ValuesView):
        return "pass the mapping itself, which holds the words too"
    if isinstance(source, AbstractSet):
        return "a set has neither counts nor an order; pass a mapping of words to counts"
    if hasattr(type(source), "read"):
        return "pass the path of the file"
    if isinstance(source, Iterator):
        return "pass list(...) of it"
    return "a path is a str or a Path" if isinstance(source, (bytes, bytearray)) else ""


def _dense(source: Any) -> Any:
    """A sparse array of one dimension as a dense one. Other objects are returned unchanged."""
    if getattr(type(source), "is_nested", None) is not None and source.is_nested is True:
        raise ValueError(
            "counts must be one-dimensional, got a nested tensor of torch: torch.cat(counts.unbind()) has one dimension"
        )
    if type(source).__module__.partition(".")[0] not in ("scipy", "sparse") or not hasattr(type(source), "nnz"):
        return source
    if len(source.shape) == 1 and type(source).__module__.startswith("scipy."):
        return as_vector("counts", source)
    if len(source.shape) == 1:
        return source.toarray() if hasattr(type(source), "toarray") else source.todense()
    raise ValueError(
        f"counts: a sparse matrix of shape {source.shape}: counts have one dimension: the sums of its columns are "
        "numpy.asarray(matrix.sum(axis=0)).ravel()"
    )


def _cure(source: Any) -> str:
    """The end of the message if the source is no array of counts."""
    if isinstance(source, (list, tuple)) and source and not isinstance(source[0], (int, float)):
        return f": {_COUNTED}, and dict(zip(words, counts, strict=True)) joins two sequences"
    shape = getattr(source, "shape", None)
    if isinstance(shape, tuple):
        return _flat(shape) or (f": {_COUNTED}" if getattr(source, "ndim", 0) == 1 else "")
    return ""


def _flat(shape: tuple[int, ...]) -> str:
    return ": numpy.asarray(counts).ravel() has one" if sum(size != 1 for size in shape) == 1 and len(shape) > 1 else ""


def read_structured(array: npt.NDArray[Any], options: Options) -> WordCounts:
    """Words and counts from two fields of a structured array.

    Raises
    ------
    ValueError
        If it is not clear which field is which.
    """
    source = "counts"
    if array.ndim != 1:
        raise ValueError(f"counts must be one-dimensional, got records of shape {array.shape}")
    names = list(array.dtype.names or ())
    numeric = [array.dtype[name].kind in "iuf" for name in names]
    word, count = chosen(names, options, "counts, a structured array", header=True, numeric=numeric)
    if word is None or count is None:
        raise AssertionError("two fields whose kinds are known are always told apart")
    labels = labels_of(array[names[word]].tolist(), source)
    form = f"structured array, words in {names[word]!r}, counts in {names[count]!r}"
    return labelled(labels, array[names[count]], source=source, form=form, evidence=evidence_of(names, count, options))
