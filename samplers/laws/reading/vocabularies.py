# SPDX-License-Identifier: MIT
"""Vocabularies, whose numbers are the ids of their words: they look like counts, and are none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["COUNTED", "Said", "refuse_vocabulary"]

_FEW, _SOME, _MANY = 3, 5, 100  # words
_SPECIAL = re.compile(
    r"[\[<]\|?(pad|unk|cls|sep|mask|bos|eos|sos|/?s|oov|start|end|(start|end)oftext)\|?[\]>]", re.IGNORECASE
)


class Said(NamedTuple):
    """What is known of numbers beside words, but for the numbers.

    Attributes
    ----------
    counted : bool
        That somebody counted: they were counted here, or are a Counter.
    asked : bool
        That the caller named their column.
    named : bool
        That their column has the name of counts. It may have so by chance: "n" and "num" are such names.
    cure : str
        How the caller says that they are counts.
    """

    counted: bool = False
    asked: bool = False
    named: bool = False
    cure: str = "pass collections.Counter(mapping)"


COUNTED = Said(counted=True)


def refuse_vocabulary(words: Sequence[str], counts: npt.NDArray[Any], source: str, said: Said) -> None:
    """Raise for a vocabulary.

    Raises
    ------
    ValueError
        If the numbers are ids by their values, and nothing says that they are counts.
    """
    size = len(counts)
    if said.counted or said.asked or size < (_MANY if said.named else _FEW):
        return
    how = _each_once(counts) or _rising(words, counts)
    if how:
        raise ValueError(
            f"{source}: the counts of the {size} words are {how}: this is a vocabulary, which numbers its words, and "
            "not how often they occur; count the words of the corpus (collections.Counter(words)); if these are real "
            f"counts, {said.cure}, or pass the counts alone, as an array"
        )


def _each_once(counts: npt.NDArray[Any]) -> str:
    """0 to V - 1 in any order; 1 to V rising, or in any order but falling, as counts are often sorted."""
    size, low = len(counts), counts.min()
    if low not in (0, 1) or counts.max() - low != size - 1 or (counts % 1).any() or len(np.unique(counts)) != size:
        return ""
    ends = f"{low:.0f} to {low + size - 1:.0f}, each once"
    if low == 0 or (counts[0] == 1 and np.array_equal(counts, np.arange(1, size + 1))):
        return ends
    falls = np.array_equal(counts, np.arange(size, 0, -1))
    return ends if size >= _MANY and not falls else ""


def _rising(words: Sequence[str], counts: npt.NDArray[Any]) -> str:
    """Whole numbers that rise from word to word, as ids do in their order and sorted counts do without the gaps.

    Neighbours among a hundred sorted counts are equal where they are small, and far apart where they are large.
    """
    size = len(counts)
    if not counts[0] < counts[1] < counts[2] or (counts % 1).any():
        return ""
    if not (counts[1:] > counts[:-1]).all():
        return ""
    ones = int(np.count_nonzero(counts[1:] - counts[:-1] == 1))
    ends = f"{counts[0]:.0f} to {counts[-1]:.0f}, each larger than the one before"
    if size >= _SOME and ones == size - 1:
        return f"{ends} by one"
    if size >= _MANY and 2 * ones >= size:
        return f"{ends}, most of them by one"
    special = [word for word in words if _SPECIAL.fullmatch(word)]
    if len(special) >= 2 or (special and size >= _SOME):
        return f"{ends}, and {special[0]!r} is among the words"
    return ""
