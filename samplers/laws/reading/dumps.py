# SPDX-License-Identifier: MIT
"""Text files of other programs that are not plain tables: reads fastText dumps, and refuses others by their names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .figures import is_number, numbers_of
from .labels import labelled
from .result import WordCounts, excerpt
from .tables import BLANKS
from .vocabularies import COUNTED

__all__ = ["read_fasttext_dump", "refuse_other_dumps"]

_COMPONENT = re.compile(r"-?([0-9]+\.?[0-9]*|\.[0-9]+)(e[-+]?[0-9]+)?")
_PICKED = "grep ' word$' FILE | cut -d' ' -f1,2"


def refuse_other_dumps(texts: list[str], name: str) -> None:
    """Raise if the first two lines are those of word vectors or of a gensim Dictionary.

    Raises
    ------
    ValueError
        The message says what the file is, and where the counts are.
    """
    if len(texts) < 2:
        return
    first, second = BLANKS.split(texts[0]), texts[1].split("\t")
    if len(first) == 1 and first[0].isdigit() and len(second) == 3 and second[0].isdigit() and second[2].isdigit():
        raise ValueError(
            f"{name}: this looks like gensim's Dictionary.save_as_text, which holds the number of documents with a "
            "word, and not its count: pass the Dictionary itself, whose cfs are read"
        )
    fields = BLANKS.split(texts[1])
    vector = len(fields) > 2 and all(map(_COMPONENT.fullmatch, fields[1:]))
    if len(first) == 2 and all(map(str.isdigit, first)) and vector and int(first[1]) == len(fields) - 1:
        raise ValueError(
            f"{name}: word vectors, and no counts: counts are in the vocabulary file (word2vec -save-vocab, or "
            "gensim's save_word2vec_format(..., fvocab=...))"
        )


def read_fasttext_dump(rows: Iterator[tuple[int, str]], texts: list[str], name: str) -> WordCounts | None:
    """Words and counts of ``fasttext dump MODEL dict``; None if the file is no such dump.

    The first line holds the number of entries. An entry is a word, its count, and ``word`` or ``label``.
    """
    size = texts[0].strip(" \t")
    if len(texts) < 2 or not size.isdigit() or not re.fullmatch(r"\S+ [0-9]+ (word|label)", texts[1]):
        return None
    next(rows)
    labels, cells, numbers = [], [], []
    for number, text in rows:
        fields = text.split(" ")
        if len(fields) != 3 or not is_number(fields[1]) or fields[2] != "word":
            raise ValueError(
                f"{name}, line {number}: expected a word, its count and 'word', as fasttext dumps them, got "
                f"{excerpt(text)}; labels have counts of their own: keep the words ({_PICKED})"
            )
        labels.append(fields[0])
        cells.append(fields[1])
        numbers.append(number)
    if len(labels) != int(size):
        raise ValueError(f"{name}: line 1 announces {size} words, but {len(labels)} follow: the file is incomplete")
    counts = numbers_of(cells, lambda i: f"{name}, line {numbers[i]}", labels)
    return labelled(
        labels,
        counts,
        source=name,
        form="fastText dump of words and counts",
        place=lambda i: f"line {numbers[i]}",
        evidence=COUNTED,
    )
