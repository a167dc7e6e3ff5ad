# SPDX-License-Identifier: MIT
"""The result of `read_counts`, its options, and how messages show text."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy.typing as npt

__all__ = ["Options", "WordCounts", "excerpt"]

_EXCERPT = 60  # characters of a line in a message


class _Pair(NamedTuple):
    words: tuple[str, ...] | None
    counts: npt.NDArray[Any]


class WordCounts(_Pair):
    """Words and how often each occurs, in id order; unpacks as ``words, counts``.

    Parameters
    ----------
    words : tuple of str, or None
        The word of each id; None if the source has counts only.
    counts : ndarray of int64, uint64 or float64, shape (V,)
        How often the word of each id occurs.
    form : str, optional
        A description of the source: "CSV with header, words in 'word', counts in 'count'".
    exponent : float, optional
        The ``ns_exponent`` of a gensim model; `samplers.NoiseDistribution` uses it if no other is given.
    """

    form: str = "words and counts"
    exponent: float | None = None

    def __new__(
        cls,
        words: tuple[str, ...] | None,
        counts: npt.NDArray[Any],
        *,
        form: str = form,
        exponent: float | None = None,
    ) -> WordCounts:
        word_counts = super().__new__(cls, words, counts)
        word_counts.form, word_counts.exponent = form, exponent
        return word_counts


Column = int | str | None


@dataclass(frozen=True)
class Options:
    """The options of `read_counts`, checked."""

    corpus: bool = False
    word: Column = None
    count: Column = None
    errors: str = "strict"

    def __post_init__(self) -> None:
        if not isinstance(self.corpus, bool):
            raise TypeError(f"corpus must be True or False, got {self.corpus!r}")
        for option, column in (("word_column", self.word), ("count_column", self.count)):
            if isinstance(column, bool) or not isinstance(column, (int, str, type(None))):
                raise TypeError(f"{option} must be the name or the number of a column, counted from 0, got {column!r}")
        if self.corpus and self.columns:
            raise ValueError("corpus=True counts the words of a text, which has no columns: leave out one of the two")
        if self.columns and self.word == self.count:
            raise ValueError(f"word_column and count_column are both {self.word!r}: they must differ")
        try:
            codecs.lookup_error(self.errors)
        except (LookupError, TypeError) as error:
            raise ValueError(
                f"errors must be 'strict', 'replace' or as open() takes it, got {self.errors!r}"
            ) from error

    @property
    def columns(self) -> bool:
        """Whether a column was named."""
        return self.word is not None or self.count is not None

    def refuse_columns(self, what: str) -> None:
        """Raise if a column was named for a source that has none."""
        if self.columns:
            raise ValueError(f"word_column and count_column are for tables; {what} has no columns")

    def refuse_all(self, what: str) -> None:
        """Raise TypeError if an option is set that only applies to files."""
        if self.corpus:
            raise TypeError(f"corpus=True is for files; got {what}: count its words with collections.Counter(words)")
        if self.errors != "strict":
            raise TypeError(f"errors={self.errors!r} is for files of text; got {what}")


def excerpt(text: str) -> str:
    """Text for a message: in quotes, cut to 60 characters."""
    return repr(text if len(text) <= _EXCERPT else text[: _EXCERPT - 3] + "...")
