# SPDX-License-Identifier: MIT
"""Labels of counts: words or, if all labels are whole numbers, ids."""

from __future__ import annotations

import numbers
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ...arguments import warn
from ..counts import MAX_IDS, checked_counts
from .result import WordCounts, excerpt
from .vocabularies import Evidence, refuse_vocabulary

__all__ = ["by_entry", "labelled", "labels_of"]

# If there are more ids than this for each label, the labels are hashes. A word and a count for each id would fill the
# memory.
SPARSE = 100
_ID = re.compile("0|[1-9][0-9]*")
# Labels that are neither words nor ids: -1; 7.0, which pandas writes if an id is missing; 7.000e+00 of numpy.savetxt;
# 1,000 of a spreadsheet. 3.5 may be the name of a class, and is a word.
_ALMOST_ID = re.compile(r"[-+]?[0-9]+(\.0*)?|[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]{1,3}|[0-9]{1,3}(,[0-9]{3})+")
_UNKNOWN = Evidence()
_FEW_IDS = 4  # with fewer labels there is no warning that all but one are ids
_TOTAL = re.compile(r"((grand|sub) ?)?totals?( \w+)?|sum|all|summe|gesamt|insgesamt|somme|suma", re.IGNORECASE)
MISSING = ("NAType", "NaTType")  # pandas.NA, pandas.NaT, by their names, because pandas is not imported


def by_entry(index: int) -> str:
    """The place of a label in a source that has no lines."""
    return f"entry {index}"


def label_of(key: Any, source: str) -> str | int:
    """A key, or an entry of an index or of a column, as a word or an id.

    Raises
    ------
    ValueError
        If it is None, NaN, a bool, a float or bytes.
    """
    if isinstance(key, str):
        return str(key)
    if isinstance(key, (bool, np.bool_)):
        raise ValueError(f"{source}: the label {key!r} is a bool; convert the labels to words or ids first")
    if isinstance(key, numbers.Integral):
        return int(key)
    if key is None or type(key).__name__ in MISSING or (isinstance(key, numbers.Real) and key != key):
        raise ValueError(f"{source}: a label is missing ({key!r}); drop it, or give it a name")
    if isinstance(key, numbers.Real):
        raise ValueError(
            f"{source}: the label {key!r} is a float; convert the labels to words (str) or ids (int) first"
        )
    if isinstance(key, (bytes, bytearray)):
        raise ValueError(f"{source}: the label {key!r} is bytes; decode the labels first: key.decode()")
    return str(key)


def labels_of(keys: Sequence[Any], source: str) -> Sequence[str | int]:
    """Keys as words and ids; errors as in `label_of`."""
    if {str, int}.issuperset(map(type, keys)):  # the usual case; the type of True is bool
        return keys
    return [label_of(key, source) for key in keys]


def labelled(
    labels: Sequence[str | int],
    counts: Any,
    *,
    source: str,
    form: str,
    place: Callable[[int], str] = by_entry,
    merge: str = "add them up first",
    cure: str = "",
    evidence: Evidence = _UNKNOWN,
) -> WordCounts:
    """The result for labels and their counts, checked.

    Parameters
    ----------
    labels : sequence of str or int, length n
        In the order of the source. If all labels are whole numbers without sign and leading zeros, they are ids, and
        ids between them have count 0.
    counts : array_like, shape (n,)
        The count of each label.
    source : str
        For messages: the name of a file, or "counts", or "counts, pandas Series".
    form : str
        For `WordCounts.form`.
    place : callable
        Takes i and returns the place of entry i, for messages: "line 3".
    merge : str
        The cure if a label occurs twice.
    cure : str
        The cure if counts are missing or no numbers.
    evidence : Evidence
        Why the numbers are counts.

    Raises
    ------
    ValueError
        If a label occurs twice, an id is out of range, the counts are the ids of a vocabulary, the last row is a total,
        or a count is not valid.

    Warns
    -----
    UserWarning
        If nearly all labels are ids, but not all, so that all are read as words.
    """
    checked = checked_counts(
        counts,
        source=source if source.partition(",")[0] == "counts" else f"{source}: counts",
        entry=lambda i: f"{source}: the count of {str(labels[i])!r}",
        cure=cure,
    )
    if len(labels) != len(checked):
        raise ValueError(f"{source}: there are {len(labels)} labels and {len(checked)} counts; give as many of both")
    ids, words = _ids_or_words(labels, source)
    if len(set(ids or words)) < len(labels):
        _refuse_repeated(list(map(str, labels)), source, place, merge)
    if ids:
        return _by_id(ids, checked, source, f"{form}, integer labels taken as ids")
    refuse_vocabulary(words, checked, source, evidence)
    if not evidence.counted:
        _refuse_total(words, checked, source, place)
    _warn_of_ids_among_words(words, source, place)
    return WordCounts(tuple(words), checked, form=form)


def _refuse_repeated(words: list[str], source: str, place: Callable[[int], str], merge: str) -> None:
    first: dict[str, int] = {}
    for index, word in enumerate(words):
        before = first.setdefault(word, index)
        if before != index:
            raise ValueError(f"{source}: {word!r} has two counts, {place(before)} and {place(index)}: {merge}")


def _ids_or_words(labels: Sequence[str | int], source: str) -> tuple[list[int], list[str]]:
    """The labels as ids, or as words; the other list is empty."""
    if not any(isinstance(label, str) for label in labels):
        return list(map(int, labels)), []
    words = list(map(str, labels))
    if all(map(_ID.fullmatch, words)):
        return list(map(int, words)), []
    if all(map(_ALMOST_ID.fullmatch, words)):
        odd = next((word for word in words if not word.isdigit()), None)  # 007 is a word
        if odd is not None:
            raise ValueError(
                f"{source}: {odd!r} among labels that are numbers is neither a word nor an id; "
                f"ids are whole numbers from 0 on, such as 7; or convert all labels to words ('id{odd}')"
            )
    return [], words


def _refuse_total(words: Sequence[str], counts: npt.NDArray[Any], source: str, place: Callable[[int], str]) -> None:
    """Raise if the last row is the total of the others, as in a spreadsheet or a pivot table."""
    last = len(words) - 1
    if last < 2 or not _TOTAL.fullmatch(words[last]):
        return
    if np.isclose(counts[last], counts[:last].sum(dtype=np.float64), rtol=1e-9):
        raise ValueError(
            f"{source}: the count of {words[last]!r} ({place(last)}) is the sum of all others: this is a total, and no "
            "word: leave it out; if it is a word, move it to another place"
        )


def _warn_of_ids_among_words(words: Sequence[str], source: str, place: Callable[[int], str]) -> None:
    """Warn if ids are read as words because some label is no id, unless the place of each is equal to its id."""
    size, numbers = len(words), sum(map(str.isdigit, words))
    non_ids = size - numbers
    if size < _FEW_IDS or not non_ids or (non_ids > 1 and 10 * non_ids > size):
        return
    odd = next(i for i, word in enumerate(words) if not word.isdigit())
    if not all(_ID.fullmatch(word) for word in words if word.isdigit()):  # codes, such as 007
        return
    moved = next((i for i, word in enumerate(words) if word.isdigit() and word != str(i)), None)
    if moved is not None:
        warn(
            f"{source}: {numbers} of {size} labels are whole numbers, but {excerpt(words[odd])} ({place(odd)}) is "
            f"none: all are read as words, and {words[moved]!r} gets the id {moved}, its place; if the numbers are "
            f"ids, leave {excerpt(words[odd])} out, or number it"
        )


def _by_id(ids: list[int], checked: npt.NDArray[Any], source: str, form: str) -> WordCounts:
    low, high = min(ids), max(ids)
    if low < 0 or high >= MAX_IDS:
        bad = low if low < 0 else high
        raise ValueError(
            f"{source}: integer labels are ids and must lie in [0, 2**31 - 1), got {bad}; number them 0, 1, 2, ... "
            f"first, or convert them to words ('id{bad}')"
        )
    if high > SPARSE * max(len(ids), 10**5):
        raise ValueError(
            f"{source}: integer labels are ids: {len(ids)} of them, up to {high}, would give {high + 1} ids; "
            f"number them 0, 1, 2, ... first, or convert them to words ('id{high}')"
        )
    counts = np.zeros(high + 1, checked.dtype)
    counts[ids] = checked
    return WordCounts(tuple(map(str, range(high + 1))), counts, form=form)
