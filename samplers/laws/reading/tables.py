# SPDX-License-Identifier: MIT
"""Reads tables of words and counts, separated by commas, semicolons, tabs or blanks, with or without a header."""

from __future__ import annotations

import csv
import re
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .columns import HOW, chosen, evidence_of, is_known, is_word_name, refuse_guess, refuse_other_names
from .corpora import AS_CORPUS
from .figures import NUMBER_LIKE, is_number, numbers_of
from .labels import labelled
from .result import Options, WordCounts, excerpt

__all__ = ["BLANKS", "COUNT_FIRST", "Separator", "bad_quotes", "delimited", "read_table", "unquoted"]

Rows = Iterator[tuple[int, str]]
_RUN = re.compile("[ \t]+")
_UNIQ = re.compile("( *[0-9]+) (.*)")
_QUOTED = re.compile('"(?:[^"]|"")*"')
_VECTORS = 10  # a table with this many columns of numbers, or more, holds word vectors


@dataclass(frozen=True)
class Separator:
    """How a line is split into fields.

    Attributes
    ----------
    form : str
        A name of the format, for `WordCounts.form`.
    split : callable
        Takes a line and returns its fields; raises csv.Error.
    raw : bool
        Whether quotes may be part of words. If all quotes of a column are those of CSV, they are removed at the end.
    exact : bool
        Whether blanks may be part of words.
    nameless : bool
        Whether the format has fixed columns without names.
    """

    form: str
    split: Callable[[str], list[str]]
    raw: bool = False
    exact: bool = True
    nameless: bool = False


def _at_blanks(text: str) -> list[str]:
    fields = text.strip(" \t").split(" ")
    return fields if "" not in fields and "\t" not in text else _RUN.split(text.strip(" \t"))


def _at_first_blank(text: str) -> list[str]:
    """Split a line of ``uniq -c``: the count, one blank, and the original line."""
    match = _UNIQ.fullmatch(text)
    return list(match.groups()) if match else [text]


def _by_csv(delimiter: str) -> Callable[[str], list[str]]:
    def split(text: str) -> list[str]:
        if '"' not in text:
            return text.split(delimiter)
        # A word cannot hold a line break. So each line is parsed alone, and an error names the right line.
        return next(csv.reader([text], delimiter=delimiter, strict=True))

    return split


BLANKS = Separator("blank-separated table", _at_blanks, raw=True, exact=False)
COUNT_FIRST = Separator("lines of count and word, as uniq -c writes them", _at_first_blank, nameless=True)


def delimited(delimiter: str) -> Separator:
    """The separator for a delimiter: a tab, a comma or a semicolon."""
    if delimiter == "\t":
        return Separator("tab-separated table", lambda text: text.split("\t"), raw=True)
    return Separator("CSV" if delimiter == "," else "CSV with semicolons", _by_csv(delimiter))


def unquoted(field: str) -> str:
    """A field without quotes of CSV around it."""
    return field[1:-1].replace('""', '"') if _QUOTED.fullmatch(field) else field


def read_table(first: tuple[int, str], rows: Rows, name: str, separator: Separator, options: Options) -> WordCounts:
    """Words and counts of the rows of a table.

    Parameters
    ----------
    first : tuple of int and str
        Number and text of the first line.
    rows : iterator of tuple of int and str
        The lines after it.
    name : str
        The name of the file, for messages.
    separator : Separator
        How lines are split.
    options : Options
        The columns, if the caller named them.

    Raises
    ------
    ValueError
        If a line cannot be read, or if it is not clear which column is which.
    """
    line, text = first
    where = f"{name}, line {line}"
    names = [unquoted(field.strip(" ")) for field in _fields(separator, text, where, None)]
    header = _is_header(names, options, where, separator)
    if len(names) > 2 and not (header and is_known(names)) and not options.columns:
        _refuse_many_columns(names, where, separator)
    word, count = chosen(names, options, where, header=header)
    labels, cells, numbers = _columns(rows, names, name, separator, (word, count), None if header else first)
    if not labels:
        raise ValueError(f"{name} has nothing below the header {excerpt(text)}: expected words and counts")
    styles = {_quotes_of_csv(column) for column in (labels, cells)} if separator.raw else set()
    quoted = True in styles and False not in styles
    if quoted:
        labels, cells = list(map(unquoted, labels)), list(map(unquoted, cells))
    swapped = False
    if word is None or count is None:
        swapped = _count_comes_first(labels, cells, where, names if header else None)
        word, count = (1, 0) if swapped else (0, 1)
        labels, cells = (cells, labels) if swapped else (labels, cells)
        if header:
            refuse_other_names(names, word, count, options, where)
    elif header and all(map(is_number, labels)):
        refuse_guess(names, count, options, where)
    if not header and not options.columns:
        _refuse_vectors_of_one(labels, cells, name, line)
    _check_words(labels, numbers, name, separator, word)
    if swapped and separator.raw and separator.exact and all(cell.endswith(" ") for cell in cells):
        raise ValueError(
            f"{where}: is the tab after {excerpt(cells[0])} part of the word? Write no blank before the tab"
        )
    return labelled(
        labels,
        numbers_of(cells, lambda i: f"{name}, line {numbers[i]}", labels),
        source=name,
        form=_form(separator, names, header, word, count) + (", quotes of CSV taken off" if quoted else ""),
        place=lambda i: f"line {numbers[i]}",
        merge="add them up, or keep one of them",
        evidence=evidence_of(names if header else None, count, options),
    )


def _form(separator: Separator, names: list[str], header: bool, word: int, count: int) -> str:
    """The description of the table, for `WordCounts.form`."""
    if separator.nameless:
        return separator.form
    columns = list(map(excerpt, names)) if header else [f"column {i}" for i in range(len(names))]
    kind = f"{separator.form} {'with' if header else 'without'} header"
    return f"{kind}, words in {columns[word]}, counts in {columns[count]}"


def _fields(separator: Separator, text: str, where: str, expected: int | None) -> list[str]:
    try:
        fields = separator.split(text)
    except csv.Error as error:
        raise ValueError(bad_quotes(text, where)) from error
    if expected is not None and len(fields) != expected:
        if separator.exact and text.startswith('"') and text.count('"') % 2:
            raise ValueError(bad_quotes(text, where))
        kind = "a word and its count" if expected == 2 else f"{expected} fields, as on the first line"
        cure = "a field that holds the delimiter needs quotes, and counts have no separators of thousands"
        if not separator.exact:
            cure = f"words may hold blanks only if the separator is a tab, a comma or a semicolon; {AS_CORPUS}"
        raise ValueError(f"{where}: expected {kind}, got {excerpt(text)}; {cure}")
    return fields


def bad_quotes(text: str, where: str) -> str:
    """The message for a line that the csv module cannot parse."""
    return (
        f"{where}: the quotes of {excerpt(text)} are not those of CSV: a field in quotes must end in the same line, "
        "and a quote inside it must be doubled; words with line breaks can be read from a DataFrame (pandas.read_csv)"
    )


def _is_header(names: list[str], options: Options, where: str, separator: Separator) -> bool:
    """Whether the first line holds the names of columns."""
    if isinstance(options.word, str) or isinstance(options.count, str):
        return True
    if separator.exact and len(names) == 2 and _is_header_of_pandas(*names):
        return True
    if any(map(is_number, names)):
        _refuse_word_or_name(names, options, where, separator)
        return False
    if any(map(NUMBER_LIKE.fullmatch, names)):  # 1,000 or nan is a count that cannot be read, and no name
        return False
    if is_known(names):
        return True
    few = ", ".join(map(excerpt, names[:4])) + (", ..." if len(names) > 4 else "")
    raise ValueError(
        f"{where}: expected a word and its count, or a header with names such as word and count, got {few}: if this "
        f"is a header, {HOW}; a count is written in digits, as 1000 or 2.5; {AS_CORPUS}"
    )


def _is_header_of_pandas(index: str, column: str) -> bool:
    """Whether pandas writes such a header for a Series: an empty name and a name, or the name of an index and "0"."""
    if not index:  # otherwise the line would be a count without a word
        return column == "0" or (column != "" and not is_number(column))
    return column == "0" and is_word_name(index)


def _refuse_word_or_name(names: list[str], options: Options, where: str, separator: Separator) -> None:
    """Raise if the first line is ambiguous: "word,2020" or "query,0" may be a header or a word and its count."""
    if len(names) != 2 or not separator.exact or options.columns:
        return
    if " " not in names[0] and (is_word_name(names[0]) or (names[1] == "0" and names[0].isidentifier())):
        raise ValueError(
            f"{where}: is {excerpt(names[0])} a word that occurs {names[1]} times, or the name of a column? Say "
            f"count_column={names[1]!r} if it is a name, count_column=1 if it is a word (in a shell: --count-column 1)"
        )


def _refuse_many_columns(names: list[str], where: str, separator: Separator) -> None:
    numbers = sum(map(is_number, names))
    if numbers >= _VECTORS:
        raise ValueError(
            f"{where}: {numbers} numbers on a line are a word vector, and no counts: counts are in the vocabulary file "
            "(word2vec -save-vocab, GloVe's vocab.txt)"
        )
    listed = ", ".join(f"{i} {excerpt(field)}" for i, field in enumerate(names[:12])) + (
        ", ..." if len(names) > 12 else ""
    )
    text = f"; {AS_CORPUS}" if not separator.exact else ""
    raise ValueError(f"{where}: expected a word and its count, got {len(names)} columns: {listed}; {HOW}{text}")


def _refuse_vectors_of_one(labels: list[str], cells: list[str], name: str, line: int) -> None:
    """Raise for word vectors of dimension 1: the first line holds the number of vectors, and 1."""
    promised = labels[0].isdigit() and cells[0] == "1" and labels[0] == str(len(labels) - 1)
    if promised and not all(cell.isdigit() for cell in cells):
        raise ValueError(
            f"{name}, line {line}: these look like {labels[0]} word vectors of dimension 1, and not like counts: "
            "counts are in the vocabulary file; if these are counts, say count_column=1 (in a shell: --count-column 1)"
        )


def _columns(
    rows: Rows,
    names: list[str],
    name: str,
    separator: Separator,
    columns: tuple[int | None, int | None],
    first: tuple[int, str] | None,
) -> tuple[list[str], list[str], array[int]]:
    """The fields of the two columns, and the line numbers."""
    size = len(names)
    word, count = (0, 1) if None in columns else columns
    labels: list[str] = []
    cells: list[str] = []
    numbers = array("q")
    if first is not None:
        rows = _chained(first, rows)
    split = separator.split
    for number, text in rows:
        try:
            fields = split(text)
        except csv.Error:
            fields = []
        if len(fields) != size:
            _fields(separator, text, f"{name}, line {number}", size)
        labels.append(fields[word])  # type: ignore[index]
        cells.append(fields[count])  # type: ignore[index]
        numbers.append(number)
    return labels, cells, numbers


def _chained(first: tuple[int, str], rows: Rows) -> Rows:
    yield first
    yield from rows


def _quotes_of_csv(column: list[str]) -> bool | None:
    """Whether the quotes are those of CSV: around all fields, or around fields that hold doubled quotes.

    None if there are no quotes.
    """
    with_quotes = [field for field in column if '"' in field]
    if not with_quotes:
        return None
    if not all(map(_QUOTED.fullmatch, with_quotes)):
        return False
    return len(with_quotes) == len(column) or all('""' in field[1:-1] for field in with_quotes)


def _count_comes_first(left: list[str], right: list[str], where: str, names: list[str] | None) -> bool:
    """Whether the first of two columns holds the counts."""
    in_left, in_right = (sum(map(is_number, column)) for column in (left, right))
    if in_left == in_right == len(left):
        columns = (
            f"{excerpt(names[0])} and {excerpt(names[1])}"
            if names
            else f"of {excerpt(left[0])} and {excerpt(right[0])}"
        )
        raise ValueError(f"{where}: which of the two columns {columns} is the count? Both hold numbers; {HOW}")
    if in_left == in_right:  # neither can be read: take the column that looks more like numbers
        in_left, in_right = (sum(map(bool, map(NUMBER_LIKE.fullmatch, column))) for column in (left, right))
    return in_left > in_right


def _are_padded(labels: list[str]) -> bool:
    """Whether words are padded: all end in a blank, or all have the same width and some end in a blank."""
    if all(label.endswith(" ") for label in labels):
        return True
    return len(set(map(len, labels))) == 1 and any(label.endswith(" ") for label in labels)


def _check_words(labels: list[str], numbers: array[int], name: str, separator: Separator, column: int) -> None:
    for index, label in enumerate(labels):
        if not label:
            raise ValueError(
                f"{name}, line {numbers[index]}: the word of this count is empty; delete the line, or write a word"
            )
    if separator is BLANKS:
        ends = {label[-1] for label in labels}
        if len(ends) == 1 and ends <= set(",;:=|") and max(map(len, labels)) > 1:
            raise ValueError(
                f"{name}: every word ends in {ends.pop()!r}, as in {excerpt(labels[0])}: if it separates words and "
                "counts, write a tab, a comma without blank, or a blank in its place"
            )
    if separator.exact and len(labels) > 1 and _are_padded(labels):
        raise ValueError(
            f"{name}: the words are padded with blanks, such as {excerpt(labels[0])}: write no blank before the "
            "delimiter; if the blanks are part of the words, write JSON"
        )
    if separator.exact and column > 0 and all(label.startswith(" ") for label in labels):
        raise ValueError(
            f"{name}: every word begins with a blank, as {excerpt(labels[0])} does: write no blank after the delimiter"
        )
