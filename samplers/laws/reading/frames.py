# SPDX-License-Identifier: MIT
"""Reads counts from objects of pandas, polars and xarray. None of these libraries is imported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...arguments import warn
from ..counts import checked_counts
from .columns import HOW, chosen, evidence_of, is_count_name, is_other_name, is_word_name
from .labels import labelled, labels_of
from .result import Options, WordCounts
from .vocabularies import Evidence

__all__ = ["library_of", "read_frame"]

_NAMES = ("Series", "DataFrame", "LazyFrame", "DataArray", "Dataset", "Table", "ChunkedArray")
_LIKE_PANDAS = ("pandas", "modin", "cudf")
_MISSING = ": fillna(0) or dropna() first"
_OTHERS = ("polars", "xarray", "dask", "pyarrow", "pyspark", "vaex", "narwhals", "ibis")


def library_of(source: Any) -> tuple[str, str] | None:
    """The library and the class of a Series, a DataFrame or a similar object; None for anything else."""
    for base in type(source).__mro__:
        library = base.__module__.partition(".")[0]
        if base.__name__ in _NAMES and library in (*_LIKE_PANDAS, *_OTHERS):
            return library, base.__name__
    return None


def read_frame(source: Any, kind: tuple[str, str], options: Options) -> WordCounts:
    """Words and counts of a Series with words in its index, a DataFrame of two columns, or a DataArray.

    Raises
    ------
    ValueError, TypeError
        If labels are missing, repeated or of several levels; if it is not clear which column is which.
    """
    library, name = kind
    what = f"{library} {name}"
    if library in _LIKE_PANDAS and name == "Series":
        options.refuse_columns(what)
        return _of_series(source, what)
    if library in _LIKE_PANDAS and name == "DataFrame":
        return _of_pandas_frame(source, what, options)
    if what == "polars DataFrame":
        return _of_columns([source.get_column(column) for column in source.columns], source.columns, what, options)
    options.refuse_columns(what)
    if what == "polars Series":
        return _alone(source, what)
    if what == "xarray DataArray":
        return _of_data_array(source, what)
    raise TypeError(
        f"counts: {what} is not supported: convert it to a pandas Series of counts with the words in its index, or to "
        "a dict of words and counts"
    )


def _alone(values: Any, what: str) -> WordCounts:
    """Counts without words: the index is 0, 1, 2, ..."""
    cure = f"{_MISSING}, or, if these are words, value_counts() counts them"
    counts = checked_counts(values, entry=lambda i: f"counts: entry {i} of the {what}", cure=cure)
    return WordCounts(None, counts, form=f"{what} of counts")


def _of_series(source: Any, what: str) -> WordCounts:
    index = source.index
    if _is_default(index):
        _warn_of_events(source, what)
        return _alone(source, what)
    return labelled(
        _labels(index, what),
        np.asarray(source),
        source=f"counts, {what}",
        form=f"{what}, words in its index",
        merge="series.groupby(level=0).sum() adds them up",
        cure=_MISSING,
        evidence=Evidence(named=is_count_name(str(source.name)), cure="pass collections.Counter(series.to_dict())"),
    )


def _warn_of_events(source: Any, what: str) -> None:
    """Warn, and do not refuse, if a Series has a name of ids: ``groupby().count()`` gives such names to real counts."""
    name = source.name
    if type(source.index).__name__ == "RangeIndex" and isinstance(name, str) and is_word_name(name):
        warn(
            f"counts: {what} {name!r} is read as counts of the ids 0 to {len(source) - 1}: if each row is an event, "
            "series.value_counts() counts them; series.to_numpy() is read as counts without this warning"
        )


def _is_default(index: Any) -> bool:
    """Whether an index is the default one: 0, 1, 2, ..., V - 1."""
    if getattr(index, "nlevels", 1) > 1:
        return False
    values = np.asarray(index)
    return bool(values.dtype.kind in "iu" and np.array_equal(values, np.arange(len(values))))


def _labels(index: Any, what: str) -> Sequence[str | int]:
    if getattr(index, "nlevels", 1) > 1:
        raise ValueError(
            f"counts: the index of the {what} has {index.nlevels} levels: make one label of them, "
            "series.index = series.index.map(str)"
        )
    return labels_of(index.tolist(), f"counts, {what}")


def _of_pandas_frame(source: Any, what: str, options: Options) -> WordCounts:
    if getattr(source.columns, "nlevels", 1) > 1:
        raise ValueError(f"counts: the columns of the {what} have {source.columns.nlevels} levels: {HOW}")
    names = list(map(str, source.columns))
    columns = [source.iloc[:, i] for i in range(len(names))]
    default = _is_default(source.index)
    if len(names) == 1 and not options.columns:
        _refuse_other_name(names[0], what, default)
        return _of_series(columns[0], what)
    if default or options.word is not None:
        return _of_columns(columns, names, what, options)
    # If no column holds the words, the index may.
    words = [name for name in names if is_word_name(name)]
    if words and options.count is None:
        return _of_columns(columns, names, what, options)
    if not words and options.count is not None:
        _, count = chosen([*names, "index"], Options(count=options.count, word="index"), f"counts, {what}", header=True)
        return _of_series(columns[count or 0], what)
    raise ValueError(
        f"counts: are the words of the {what} in its index, or in one of its columns ({', '.join(map(repr, names))})? "
        "Pass the Series of counts, frame['count'], if they are in the index, and frame.reset_index(drop=True) if not"
    )


def _of_columns(columns: list[Any], names: list[str], what: str, options: Options) -> WordCounts:
    numeric = [np.asarray(column).dtype.kind in "iuf" for column in columns]
    if len(names) == 1 and not options.columns:
        _refuse_other_name(names[0], what, True)
        return _alone(columns[0], what)
    word, count = chosen(names, options, f"counts, {what}", header=True, numeric=numeric)
    if word is None or count is None:
        raise AssertionError("columns whose kinds are known are always told apart")
    source = f"counts, {what}"
    labels = labels_of(_list_of(columns[word]), source)
    form = f"{what}, words in {names[word]!r}, counts in {names[count]!r}"
    return labelled(
        labels,
        np.asarray(columns[count]),
        source=source,
        form=form,
        merge="frame.groupby(...).sum() adds them up",
        cure=_MISSING,
        evidence=evidence_of(names, count, options),
    )


def _refuse_other_name(name: str, what: str, default: bool) -> None:
    """Raise if the only column has a name of ids and no index (a log of events), or of prices, ranks or dates."""
    events = default and is_word_name(name)
    if events or is_other_name(name):
        count_them = f"frame[{name!r}].value_counts() counts the rows; " if events else ""
        raise ValueError(
            f"counts: the only column of the {what} is {name!r}, which is no name of counts: {count_them}pass the "
            f"Series frame[{name!r}] if it holds counts"
        )


def _list_of(column: Any) -> list[Any]:
    values: list[Any] = column.tolist() if hasattr(type(column), "tolist") else column.to_list()
    return values


def _of_data_array(source: Any, what: str) -> WordCounts:
    if source.ndim != 1:
        raise ValueError(f"counts must be one-dimensional, got {what} of shape {source.shape}")
    (dimension,) = source.dims
    if dimension not in source.coords or _is_default(source.coords[dimension].values):
        return _alone(source, what)
    labels = labels_of(source.coords[dimension].values.tolist(), f"counts, {what}")
    form = f"{what}, words in its coordinate {dimension!r}"
    evidence = Evidence(cure="pass collections.Counter(array.to_series().to_dict())")
    return labelled(labels, np.asarray(source), source=f"counts, {what}", form=form, evidence=evidence)
