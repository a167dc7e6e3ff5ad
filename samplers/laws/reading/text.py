# SPDX-License-Identifier: MIT
"""Finds the format of a text file from its first lines. All other lines must have the same format."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from itertools import chain, islice

from ..counts import checked_counts
from .columns import is_count_name, is_word_name
from .corpora import count_words_of_lines
from .dumps import read_fasttext_dump, refuse_other_dumps
from .figures import NUMBER_LIKE, is_number, numbers_of
from .result import Options, WordCounts, excerpt
from .tables import BLANKS, COUNT_FIRST, Separator, bad_quotes, delimited, read_table

__all__ = ["read_text"]

_LOOKED_AT = 100  # the number of lines that decide the format
_COMMAS = re.compile("[0-9]+(,[0-9]+)+")  # 1,000 with a separator of thousands, 2,5 with a decimal comma
_UNIQ = re.compile(r" *[0-9]+ [^ \t].*")


def read_text(rows: Iterator[tuple[int, str]], name: str, options: Options) -> WordCounts:
    """Words and counts of lines of text.

    Parameters
    ----------
    rows : iterator of (int, str)
        Number and text of each line that is not blank.
    name : str
        The name of the file, for messages.
    options : Options
        The options of the caller.

    Raises
    ------
    ValueError
        If a line cannot be read; the message names the line, what was expected, and the cure.
    """
    head = list(islice(rows, _LOOKED_AT))
    if not head:
        raise ValueError(f"{name}: empty: expected words and counts, or a corpus of one word a line")
    texts = [text for _, text in head]
    all_rows = chain(head, rows)
    refuse_other_dumps(texts, name)
    separator = COUNT_FIRST if _as_uniq_writes(texts) else _separator(head, name)
    if separator is not BLANKS or len(BLANKS.split(texts[0])) > 1:
        return read_table(next(all_rows), all_rows, name, separator, options)
    dump = read_fasttext_dump(all_rows, texts, name)
    if dump is not None:
        options.refuse_columns(f"{name}, a fastText dump,")
        return dump
    return _read_numbers(all_rows, name, options) if options.columns else count_words_of_lines(all_rows, name)


def _as_uniq_writes(texts: list[str]) -> bool:
    """Whether the lines are those of ``uniq -c``: counts that are aligned to the right, one blank, and text."""
    return any(text[0] == " " for text in texts) and all(map(_UNIQ.fullmatch, texts)) and not _all_numbers(texts)


def _all_numbers(texts: list[str]) -> bool:
    """Whether all fields of all lines are numbers: such a table may be aligned to the right."""
    return all(all(map(is_number, BLANKS.split(text))) for text in texts)


def _separator(head: list[tuple[int, str]], name: str) -> Separator:
    """The separator of the fields."""
    texts, line = [text for _, text in head], head[0][0]
    if "\t" in texts[0]:
        return delimited("\t")
    at_blanks = _fits(BLANKS, texts) == 2
    for delimiter in (";", ","):
        separator = delimited(delimiter)
        if _fits(separator, texts):
            if at_blanks:
                _refuse_two_readings(separator, texts, line, name)
            return separator
    if at_blanks:
        return BLANKS
    for delimiter in (";", ","):
        _refuse_open_quotes(delimited(delimiter), head, name)
        _refuse_ragged(delimited(delimiter), texts, line, name)
    # There are commas on every line, and no numbers: it may be two columns of words, but no corpus of one word a line.
    return next((s for s in map(delimited, ";,") if _sizes(s, texts) == {2}), BLANKS)


def _cut(separator: Separator, text: str) -> list[str]:
    try:
        return separator.split(text)
    except csv.Error:  # it is raised again when the line is read
        return []


def _sizes(separator: Separator, texts: list[str]) -> set[int]:
    return {len(_cut(separator, text)) for text in texts}


def _has_number(fields: list[str]) -> bool:
    return any(NUMBER_LIKE.fullmatch(field.strip(" ")) for field in fields)


def _fits(separator: Separator, texts: list[str]) -> int:
    """The number of fields, if all lines have the same number (2 or more), and a numeric field below line 1; else 0."""
    sizes = _sizes(separator, texts)
    size = min(sizes)
    below = texts[1:] or texts
    return size if len(sizes) == 1 and size >= 2 and all(_has_number(_cut(separator, t)) for t in below) else 0


def _refuse_two_readings(separator: Separator, texts: list[str], line: int, name: str) -> None:
    """Raise if a line can be split at the blank or at the delimiter: "1,5 7" and "the 2,5", but not "the, 7"."""
    # Only blanks inside a field count, because a blank after the delimiter is usual.
    inside = any(" " in field.lstrip(" ") for text in texts for field in _cut(separator, text.rstrip(" ")))
    counted = all(any(is_number(f) or _COMMAS.fullmatch(f) for f in BLANKS.split(t)) for t in texts[1:] or texts)
    named = all(is_word_name(field) or is_count_name(field) for field in _cut(separator, texts[0]))
    if inside and counted and not named:
        raise ValueError(
            f"{name}, line {line}: is {excerpt(texts[0])} split at the blank or at the comma? Both are possible: "
            "separate words and counts by a tab, or put the words in quotes; write counts without separators of "
            "thousands, and with a decimal point"
        )


def _refuse_open_quotes(separator: Separator, head: list[tuple[int, str]], name: str) -> None:
    """Raise if most lines are rows of CSV, but one has a quote that is not closed in the line."""
    rows = [(line, text, _cut(separator, text)) for line, text in head]
    parsed = [fields for _, _, fields in rows if fields]
    if len(parsed) < len(rows) and 2 * sum(len(row) > 1 and _has_number(row) for row in parsed) >= max(len(parsed), 1):
        line, text = next((line, text) for line, text, fields in rows if not fields)
        raise ValueError(bad_quotes(text, f"{name}, line {line}"))


def _refuse_ragged(separator: Separator, texts: list[str], line: int, name: str) -> None:
    """Raise if all lines have the delimiter and a number, but different numbers of fields."""
    sizes = [len(_cut(separator, text)) for text in texts]
    if min(sizes) < 2 or len(set(sizes)) == 1 or not all(_has_number(_cut(separator, text)) for text in texts[1:]):
        return
    odd, size = next((i, size) for i, size in enumerate(sizes) if size != sizes[0])
    raise ValueError(
        f"{name}: line {line} has {sizes[0]} fields and a later one {size}: {excerpt(texts[0])} and "
        f"{excerpt(texts[odd])}; a field that holds the delimiter needs quotes, "
        "and counts have no separators of thousands"
    )


def _read_numbers(rows: Iterator[tuple[int, str]], name: str, options: Options) -> WordCounts:
    """Counts without words: line i is the count of id i."""
    line, text = next(rows)
    first = text.strip(" \t")
    if options.word is not None or options.count not in (0, -1, first):
        raise ValueError(
            f"{name}: one column, {excerpt(first)}: with count_column=0 (in a shell: --count-column 0) it holds the "
            f"counts; got word_column={options.word!r}, count_column={options.count!r}"
        )
    header = options.count == first or (is_count_name(first) and not is_number(first))
    cells, start = ([], line + 1) if header else ([first], line)
    for number, text in rows:
        if number != start + len(cells):
            raise ValueError(
                f"{name}, line {start + len(cells)}: empty, between counts of ids: write 0 for an id that never occurs"
            )
        cells.append(text.strip(" \t"))
    if not cells:
        raise ValueError(f"{name}: nothing below the header {excerpt(first)}: expected counts")

    def place(index: int) -> str:
        return f"{name}, line {start + index}"

    counts = checked_counts(numbers_of(cells, place), source=f"{name}: counts", entry=place)
    return WordCounts(None, counts, form=f"counts of ids, one a line{', below a header' if header else ''}")
