# SPDX-License-Identifier: MIT
"""What a count belongs to: a word or, if every label is a whole number, an id."""

from __future__ import annotations

import numbers
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ...arguments import warn
from ..counts import MAX_IDS, checked_counts
from .result import WordCounts

__all__ = ["by_entry", "labelled", "labels_of"]

# More ids than this for each label: the labels are hashes, and a word and a count for each id would fill the memory.
SPARSE = 100
_ID = re.compile("0|[1-9][0-9]*")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)?")
_LONGEST = 40  # digits of a label that may be an id
# Below this many words, counts may rise by one from line to line by chance.
_MANY = 100
# The special tokens of tokenizers, which open the vocabulary that numbers them.
_SPECIAL = re.compile(
    r"\[(PAD|UNK|CLS|SEP|MASK|BOS|EOS|unused\d+)\]|<\|?(pad|unk|s|/s|bos|eos|mask|oov|endoftext)\|?>", re.IGNORECASE
)
MISSING = ("NAType", "NaTType")  # pandas.NA, pandas.NaT: asked by name, as pandas is not imported


def by_entry(index: int) -> str:
    """Where a label stands in what has no lines."""
    return f"entry {index}"


def label_of(key: Any, source: str) -> str | int:
    """A key, an entry of an index or of a column, as a word or an id.

    Raises
    ------
    ValueError
        For what is no label: None, NaN, a bool, a float, bytes.
    """
    if isinstance(key, str):
        return str(key)
    if isinstance(key, (bool, np.bool_)):
        raise ValueError(f"{source}: the label {key!r} is a truth value; make words or ids of the labels first")
    if isinstance(key, numbers.Integral):
        return int(key)
    if key is None or type(key).__name__ in MISSING or (isinstance(key, numbers.Real) and key != key):
        raise ValueError(f"{source}: a label is missing ({key!r}); drop it, or give it a name")
    if isinstance(key, numbers.Real):
        raise ValueError(f"{source}: the label {key!r} is a float; make words (str) or ids (int) of the labels first")
    if isinstance(key, (bytes, bytearray)):
        raise ValueError(f"{source}: the label {key!r} is bytes; decode the labels first: key.decode()")
    return str(key)


def labels_of(keys: Sequence[Any], source: str) -> Sequence[str | int]:
    """Keys as words and ids; errors as in `label_of`."""
    if {str, int}.issuperset(map(type, keys)):  # as most are; a bool is of another type
        return keys
    return [label_of(key, source) for key in keys]


def labelled(
    labels: Sequence[str | int],
    counts: Any,
    *,
    source: str,
    form: str,
    place: Callable[[int], str] = by_entry,
    twice: str = "add them up first",
    cure: str = "",
    numbered_from: int = _MANY,
) -> WordCounts:
    """Words and counts of labels and counts that belong together.

    Parameters
    ----------
    labels : sequence of str or int, length n
        In the order of the source. If all of them are whole numbers without sign and leading zeros, they are ids,
        and ids between them have count 0.
    counts : array_like, shape (n,)
    source : str
        For messages: the name of a file, or "counts", perhaps with a comma and what they are.
    form : str
        For `WordCounts.form`.
    place : callable
        The place of entry i, for messages: "line 3".
    twice : str
        The cure if a label comes twice.
    cure : str
        The cure if counts are missing or no numbers.
    numbered_from : int
        From how many words on the counts 1, 2, 3, ... are taken for the numbers of the words; 0 if they are counts
        for sure.

    Raises
    ------
    ValueError
        For a label that comes twice, an id out of range, counts that number the words, or a bad count.
    """
    checked = checked_counts(
        counts,
        source=source if source.partition(",")[0] == "counts" else f"{source}: counts",
        entry=lambda i: f"{source}: the count of {str(labels[i])!r}",
        cure=cure,
    )
    if len(labels) != len(checked):
        raise ValueError(f"{source}: {len(labels)} labels and {len(checked)} counts")
    ids, words = _ids_or_words(labels, source)
    if len(set(ids or words)) < len(labels):
        _refuse_twice(list(map(str, labels)), source, place, twice)
    if ids:
        return _by_id(ids, checked, source, f"{form}, integer labels taken as ids")
    if numbered_from:
        _refuse_numbers_of_words(words, checked, source, numbered_from)
    return WordCounts(tuple(words), checked, form=form)


def _refuse_twice(words: list[str], source: str, place: Callable[[int], str], twice: str) -> None:
    first: dict[str, int] = {}
    for index, word in enumerate(words):
        before = first.setdefault(word, index)
        if before != index:
            raise ValueError(f"{source}: {word!r} has two counts, {place(before)} and {place(index)}: {twice}")


def _ids_or_words(labels: Sequence[str | int], source: str) -> tuple[list[int], list[str]]:
    """The labels as ids, or as words; the other list is empty."""
    if not any(isinstance(label, str) for label in labels):
        return list(map(int, labels)), []
    words = list(map(str, labels))
    if all(map(_ID.fullmatch, words)):
        return list(map(int, words)), []
    if all(map(_is_almost_id, words)):
        odd = next(word for word in words if not _ID.fullmatch(word))
        if not odd.isdigit():  # 007 is a word
            raise ValueError(
                f"{source}: {odd!r} among labels that are numbers is neither a word nor an id; "
                "ids are whole numbers from 0 on, such as 7"
            )
    _say_if_ids_become_words(labels, words, source)
    return [], words


def _is_almost_id(word: str) -> bool:
    """Whether it is an id, or -1, 7.0, 7e0, 7.000e+00: what pandas, a spreadsheet or numpy.savetxt makes of ids."""
    return _NUMBER.fullmatch(word) is not None and len(word) < _LONGEST and float(word).is_integer()


def _say_if_ids_become_words(labels: Sequence[str | int], words: list[str], source: str) -> None:
    """Warn if most labels are ids: one that is none makes words of all, which are numbered in their order."""
    ids = sum(map(bool, map(_ID.fullmatch, words)))
    if 2 * ids > len(words):
        odd = next(word for word in words if not _ID.fullmatch(word))
        place = next(i for i, word in enumerate(words) if _ID.fullmatch(word))
        warn(
            f"{source}: {ids} of {len(words)} labels are whole numbers, but {odd!r} is none: all are taken as words, "
            f"and ids are their places ({words[place]} has id {place}); leave {odd!r} out if the others are ids"
        )


def _by_id(ids: list[int], checked: npt.NDArray[Any], source: str, form: str) -> WordCounts:
    low, high = min(ids), max(ids)
    if low < 0 or high >= MAX_IDS:
        bad = low if low < 0 else high
        raise ValueError(
            f"{source}: integer labels are ids and must lie in [0, 2**31 - 1), got {bad}; number them 0, 1, 2, ... "
            f"first, or make words of them ('id{bad}')"
        )
    if high > SPARSE * max(len(ids), 10**5):
        raise ValueError(
            f"{source}: integer labels are ids, and {len(ids)} of them up to {high} would make {high + 1} ids; "
            f"number them 0, 1, 2, ... first, or make words of them ('id{high}')"
        )
    counts = np.zeros(high + 1, checked.dtype)
    counts[ids] = checked
    return WordCounts(tuple(map(str, range(high + 1))), counts, form=form)


def _refuse_numbers_of_words(words: Sequence[str], counts: npt.NDArray[Any], source: str, numbered_from: int) -> None:
    """Raise for a vocabulary, whose numbers are ids.

    These are 0 to V - 1 in any order; 1, 2, 3, ... in this order; or whole numbers that rise all the way, most of them
    by one: a vocabulary with gaps, as that of a tokenizer.
    """
    size = len(counts)
    steps = np.diff(counts.astype(np.float64))
    from_0 = size >= 3 and counts.min() == 0 and counts.max() == size - 1 and len(np.unique(counts)) == size
    from_1 = size >= numbered_from and counts[0] == 1 and bool((steps == 1).all())
    special = any(map(_SPECIAL.fullmatch, words[:10]))
    gaps = (
        size >= (3 if special else max(10, numbered_from))
        and bool((steps > 0).all())
        and 2 * int((steps == 1).sum()) >= len(steps)
        and bool((counts == np.floor(counts)).all())
    )
    if from_0 or from_1 or gaps:
        numbers = f"{counts.min():.0f} to {counts.max():.0f}"
        how = "each once" if from_0 or from_1 else "rising all the way"
        raise ValueError(
            f"{source}: the counts of the {size} words are {numbers}, {how}: this is a vocabulary, which numbers its "
            "words, and not how often they occur; count the words of the corpus (collections.Counter), or, if they are "
            "real counts, pass collections.Counter(mapping), or the counts alone as an array"
        )
