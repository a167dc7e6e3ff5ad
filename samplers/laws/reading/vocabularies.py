# SPDX-License-Identifier: MIT
"""Refuses vocabularies: files of words with their ids, which look like counts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["COUNTED", "Evidence", "refuse_vocabulary"]

_FEWEST, _FEW, _SOME, _MANY = 2, 3, 5, 100  # words; two are a vocabulary if their numbers are 0 and 1
_SPECIAL = re.compile(
    r"[\[<]\|?(pad|unk|cls|sep|mask|bos|eos|sos|/?s|oov|start|end|(start|end)oftext)\|?[\]>]", re.IGNORECASE
)


class Evidence(NamedTuple):
    """Why numbers beside words are counts, besides their values.

    Attributes
    ----------
    counted : bool
        They were counted here, or come from a Counter.
    column_given : bool
        The caller named their column.
    named : bool
        Their column has a name that counts often have. This may be chance: "n" and "num" are such names.
    cure : str
        How the caller can declare that they are counts.
    """

    counted: bool = False
    column_given: bool = False
    named: bool = False
    cure: str = "pass collections.Counter(mapping)"


COUNTED = Evidence(counted=True)


def refuse_vocabulary(words: Sequence[str], counts: npt.NDArray[Any], source: str, evidence: Evidence) -> None:
    """Raise if the numbers are the ids of a vocabulary.

    Raises
    ------
    ValueError
        If the numbers look like ids, and nothing shows that they are counts.
    """
    size = len(counts)
    from_0 = size > 0 and counts.dtype.kind in "iu" and counts.min() == 0
    fewest = _MANY if evidence.named else _FEWEST if from_0 else _FEW
    if evidence.counted or evidence.column_given or size < fewest:
        return
    how = _each_once(counts) or _rising(words, counts)
    if how:
        raise ValueError(
            f"{source}: the counts of the {size} words are {how}: this is a vocabulary, whose numbers are ids and not "
            "counts; count the words of the corpus (collections.Counter(words)); if these are real counts, "
            f"{evidence.cure}, or pass the counts alone, as an array"
        )


def _each_once(counts: npt.NDArray[Any]) -> str:
    """A description if the numbers are 0 to V - 1 or 1 to V; else "".

    They may have any order but the falling one, which sorted counts may have. Few numbers from 1 to V must rise.
    """
    size, low = len(counts), counts.min()
    if low not in (0, 1) or counts.max() - low != size - 1 or (counts % 1).any() or len(np.unique(counts)) != size:
        return ""
    ends = f"{low:.0f} to {low + size - 1:.0f}, each once"
    if (counts[1:] < counts[:-1]).all():
        return ""
    return ends if low == 0 or size >= _MANY or (counts[1:] > counts[:-1]).all() else ""


def _rising(words: Sequence[str], counts: npt.NDArray[Any]) -> str:
    """A description if the numbers are integers that rise from word to word as ids do; else "".

    Sorted counts rise too. But among a hundred of them, small neighbours are equal and large ones are far apart.
    """
    size = len(counts)
    if size < _FEW or not counts[0] < counts[1] < counts[2] or (counts % 1).any():
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
    if len(special) >= 2 or (special and (size >= _SOME or counts[0] == 0)):
        return f"{ends}, and {special[0]!r} is among the words"
    return ""
