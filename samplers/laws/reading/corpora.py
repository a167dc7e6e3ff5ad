# SPDX-License-Identifier: MIT
"""Counts the words of a corpus: running text, if the caller asks for it, or a file of one word a line."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Iterable
from typing import IO

from .columns import is_count_name, is_word_name
from .figures import NUMBER_LIKE
from .labels import labelled
from .result import WordCounts, excerpt
from .streams import LIMIT, checked_text
from .vocabularies import COUNTED

__all__ = ["AS_CORPUS", "count_running_text", "count_words_of_lines"]

AS_CORPUS = "running text is counted with corpus=True (in a shell: --corpus)"
_WORD_AND_NUMBER = re.compile(r".+[^\w\s.][ ]*[0-9][0-9.,]*")  # "the,1000", "the: 5"
_SPACES = (b" ", b"\n", b"\t", b"\r", b"\v", b"\f")  # where bytes.split() cuts


def count_words_of_lines(rows: Iterable[tuple[int, str]], name: str) -> WordCounts:
    """Count the words of a file that has one word on each line.

    Raises
    ------
    ValueError
        If the file may be something else: a line has two fields, most lines are numbers, or no word is repeated.
    """
    counted: Counter[str] = Counter()
    for line, text in rows:
        word = text
        if (" " in text or "\t" in text) and (" " in (word := text.strip(" \t")) or "\t" in word):
            raise ValueError(
                f"{name}, line {line}: expected one word, as on the lines before, got {excerpt(text)}; {AS_CORPUS}; "
                "a table needs a word and its count on every line"
            )
        counted[word] += 1
    _check_is_corpus(counted, name)
    return labelled(
        list(counted), list(counted.values()), source=name, form="corpus of one word a line", evidence=COUNTED
    )


def _check_is_corpus(counted: Counter[str], name: str) -> None:
    lines = counted.total()
    first = next(iter(counted))
    numbers = sum(count for word, count in counted.items() if NUMBER_LIKE.fullmatch(word))
    pairs = sum(count for word, count in counted.items() if _WORD_AND_NUMBER.fullmatch(word))
    as_words = "with corpus=True (in a shell: --corpus) each line is counted as a word"
    if 2 * numbers >= lines or (is_count_name(first) and numbers == lines - 1):
        raise ValueError(
            f"{name}: numbers, one a line ({_few(counted)}): with count_column=0 (in a shell: --count-column 0) "
            f"line i is the count of id i; {as_words}"
        )
    if 2 * pairs >= lines:
        raise ValueError(
            f"{name}: the lines look like words and counts ({_few(counted)}), but not all have the same separator: "
            f"write them as CSV, or separated by a tab or a blank; {as_words}"
        )
    if len(counted) == lines:
        raise ValueError(
            f"{name}: {lines:,} different words, one a line ({_few(counted)}), and no counts: give a file of "
            f"words and counts, or the corpus; {as_words}, here all of them once"
        )
    if is_word_name(first) and counted[first] == 1:
        raise ValueError(
            f"{name}, line 1: {excerpt(first)} looks like a header, and would be counted as a word: if it is one, "
            f"remove it (tail -n +2); if it is a word: {as_words}"
        )


def _few(counted: Counter[str]) -> str:
    first = [excerpt(word) for word, _ in zip(counted, range(3), strict=False)]
    return ", ".join(first) + (", ..." if len(counted) > 3 else "")


def count_running_text(file: IO[bytes], name: str, errors: str) -> WordCounts:
    """Count the words of a text. Words are separated by ASCII white space only.

    The file is read in blocks, because a corpus may be one line of 100 MB, as text8 is.
    """
    counted: Counter[bytes] = Counter()
    line, rest = 1, b""
    while block := file.read(LIMIT):
        block = rest + block if rest else block.removeprefix(BOM_UTF8) if line == 1 and not counted else block
        end = max(map(block.rfind, _SPACES)) + 1
        text, rest = block[:end], block[end:]
        line = _count(counted, text, name, line, errors)
        if len(rest) > LIMIT:
            checked_text(rest, name, line, "ignore")  # its error is more precise if there are NUL bytes
            raise ValueError(f"{name}, line {line}: a word is longer than {LIMIT:,} bytes: this is no text")
    _count(counted, rest, name, line, errors)
    if not counted:
        raise ValueError(f"{name}: empty: expected text")
    words = [word.decode("utf-8", errors) for word in counted]
    merge = f"errors={errors!r} made two words equal; convert the file to UTF-8 first"
    form = "corpus of running text"
    return labelled(words, list(counted.values()), source=name, form=form, merge=merge, evidence=COUNTED)


def _count(counted: Counter[bytes], text: bytes, name: str, line: int, errors: str) -> int:
    """Count the words of a block that ends between two words; return the number of the line after it."""
    checked_text(text, name, line, errors)
    counted.update(text.split())
    return line + text.count(b"\n")
