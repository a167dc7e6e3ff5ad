# SPDX-License-Identifier: MIT
"""A summary of word counts in one line: the form, V, the tokens, the most frequent words."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from ..laws.weights import exact_total

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..laws.reading import WordCounts

__all__ = ["most_frequent", "told"]

_SHOWN = 3  # words
_LONGEST = 40  # characters of a word


def told(word_counts: WordCounts) -> str:
    """The summary, for people."""
    counts = word_counts.counts
    top = ", ".join(f"{_name(word_counts, i)} {_figure(counts[i])}" for i in most_frequent(counts, _SHOWN))
    if counts.dtype.kind == "f":
        with np.errstate(over="ignore"):
            total = f"total {_figure(counts.sum())}"
    else:
        total = f"{exact_total(counts.view(np.uint64)):,} tokens"
    return f"{word_counts.form}; V={len(counts):,}, {total}; most frequent: {top}"


def most_frequent(counts: NDArray[Any], n: int) -> list[int]:
    """The ids of the n largest counts; if counts are equal, the lower id is first. No array of size V is allocated."""
    chosen: list[int] = []
    for _ in range(min(n, len(counts))):
        bounds = [-1, *sorted(chosen), len(counts)]
        gaps = [(low + 1, high) for low, high in pairwise(bounds) if high - low > 1]
        best = [low + int(counts[low:high].argmax()) for low, high in gaps]
        chosen.append(max(best, key=lambda i: (counts[i], -i)))
    return chosen


def _figure(count: Any) -> str:
    return f"{count:,}" if isinstance(count, np.integer) else f"{count:,.6g}"


def _name(word_counts: WordCounts, index: int) -> str:
    if word_counts.words is None:
        return f"id {index}"
    word = word_counts.words[index]
    word = word if len(word) <= _LONGEST else word[:_LONGEST] + "..."
    return word if word.isprintable() and word == word.strip() else repr(word)
