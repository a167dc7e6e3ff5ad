# SPDX-License-Identifier: MIT
"""Which column of a table holds the words, and which the counts."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from .result import Asked, Column, shown

__all__ = [
    "HOW",
    "chosen",
    "is_count_name",
    "is_known",
    "is_other_name",
    "is_word_name",
    "listed",
    "refuse_guess",
    "refuse_other_column",
]

HOW = "say word_column= and count_column=, by name or by number from 0 (in a shell: --word-column, --count-column)"
_WORD = re.compile(
    "(.* )?(words?|token|terms?|items?|ids?|keys?|labels?|names?|lemmas?|lemmata|forms?|wordforms?|n ?grams?|entity|"
    "entities|nodes?|products?|types?|vocab|vocabulary|index|item ?id|word ?id|token ?id)"
)
_COUNT = re.compile(
    r"(.* )?(counts?|freqs?|frequency|frequencies|n|total|totals|occurrences?|hits|cnt|num|tf|cf|size|popularity|"
    r"support|\w+(count|freq)s?)|(n|num|number of|no of|count of|frequency of) .+"
)
# Numbers that no column of counts holds, whatever stands before: "release year", "sentiment score".
_NO_COUNT = re.compile(
    r"(.* )?(idx|rank|ranking|position|line|row|year|month|day|date|time|timestamp|epoch|rating|stars|score|class|"
    r"price|length|age|tf ?idf|idf|version|lat|lon|latitude|longitude|zip|phone)|zipf.*|"
    r"(log|lg|ln)[0-9]* .*|lg[0-9]+ ?wf"
)
# But "hits per year", "views this year", "COUNT(id)", "popularity score" are counts.
_YET_A_COUNT = re.compile(r".*\b(per|by|of|this|counts?|sum|num|number|hits|views|clicks|popularity|frequency)\b.*")
_LISTED = 12  # columns in a message


def _normal(name: str) -> str:
    """A name in small letters, its parts separated by blanks: "movieId" and "MOVIE_ID" become "movie id"."""
    parted = re.sub("(?<=[a-z])(?=[A-Z])", " ", name)
    return re.sub(r"[\W_]+", " ", parted).strip().lower()


def is_word_name(name: str) -> bool:
    """Whether a column of this name holds words or ids."""
    return _WORD.fullmatch(_normal(name)) is not None and _COUNT.fullmatch(_normal(name)) is None


def is_count_name(name: str) -> bool:
    """Whether a column of this name holds counts."""
    return _COUNT.fullmatch(_normal(name)) is not None


def is_known(names: Sequence[str]) -> bool:
    """Whether any of the names is one that tables of counts have."""
    return any(is_word_name(name) or is_count_name(name) for name in names)


def chosen(
    names: Sequence[str], asked: Asked, where: str, *, header: bool, numeric: Sequence[bool] | None = None
) -> tuple[int | None, int | None]:
    """The columns of words and of counts.

    Parameters
    ----------
    names : sequence of str
        The names of the columns or, if there is no header, what stands in their first row.
    asked : Asked
        With the columns that the caller named.
    where : str
        For messages.
    header : bool
        Whether the names are names.
    numeric : sequence of bool, optional
        Which columns hold numbers, if this is known.

    Returns
    -------
    word, count : int or None
        Both None for two columns that only their contents can tell apart.

    Raises
    ------
    ValueError
        If a column is not there, or if the names do not decide; the message lists the columns.
    """
    word = _position(asked.word, "word_column", names, where, header)
    count = _position(asked.count, "count_column", names, where, header)
    if word is not None and word == count:
        raise ValueError(f"{where}: word_column and count_column are the same column, {asked.word!r}")
    if header:
        word = _only(is_word_name, names, count) if word is None else word
        count = _only(is_count_name, names, word) if count is None else count
    if len(names) == 2 and numeric is not None and word is None and count is None and numeric[0] != numeric[1]:
        count = list(numeric).index(True)
    if len(names) == 2:  # the one column is what the other is not
        word = 1 - count if word is None and count is not None else word
        count = 1 - word if count is None and word is not None else count
    if (word is None or count is None) and (len(names) != 2 or numeric is not None):
        raise ValueError(_which(names, where))
    if numeric is not None and word is not None and count is not None and numeric[word]:
        refuse_guess(names, count, asked, where)
    if header and count is not None:
        refuse_other_column(names, count, asked, where)
    return word, count


def _which(names: Sequence[str], where: str) -> str:
    return f"{where}: which column holds the words, and which the counts? There are {listed(names)}; {HOW}"


def refuse_guess(names: Sequence[str], count: int, asked: Asked, where: str) -> None:
    """Raise if both columns hold numbers, and nothing but the name of the ids says that the other one is the count.

    It may as well be a price, or the time of a click. "0" is what pandas calls the sizes of groups.
    """
    if not asked.columns and not is_count_name(names[count]) and names[count] != "0":
        raise ValueError(_which(names, where))


def is_other_name(name: str) -> bool:
    """Whether a column of this name holds numbers that are no counts."""
    normal = _normal(name)
    logarithm = re.match(r"(log|lg|ln|zipf)", normal) is not None
    if not logarithm and _YET_A_COUNT.fullmatch(normal):
        return False
    return is_word_name(name) or _NO_COUNT.fullmatch(normal) is not None


def refuse_other_column(names: Sequence[str], count: int, asked: Asked, where: str) -> None:
    """Raise if the name of the column of numbers says that it holds something else than counts: ids, ranks, years."""
    if asked.count is None and is_other_name(names[count]):
        raise ValueError(
            f"{where}: do the numbers of {shown(names[count])} tell how often something occurs? The name says "
            f"otherwise. There are {listed(names)}; {HOW}; if each row is one event, count them first "
            f"(frame[{names[count]!r}].value_counts())"
        )


def _only(known: Callable[[str], bool], names: Sequence[str], taken: int | None) -> int | None:
    """The only column, but for the one that is taken, whose name is known; else None."""
    matching = [i for i, name in enumerate(names) if i != taken and known(name)]
    return matching[0] if len(matching) == 1 else None


def _position(column: Column, option: str, names: Sequence[str], where: str, header: bool) -> int | None:
    if column is None:
        return None
    if isinstance(column, int):
        if not -len(names) <= column < len(names):
            raise ValueError(f"{where}: {option}={column}, but there are {len(names)} columns: {listed(names)}")
        return column % len(names)
    matching = [i for i, name in enumerate(names) if name == column]
    if not header or len(matching) != 1:
        fault = "more than one column has this name" if len(matching) > 1 else "no column has this name"
        raise ValueError(f"{where}: {option}={column!r}: {fault}; there are {listed(names)}")
    return matching[0]


def listed(names: Sequence[str]) -> str:
    """Columns with their numbers, for messages."""
    few = ", ".join(f"{i} {shown(name)}" for i, name in enumerate(names[:_LISTED]))
    return few if len(names) <= _LISTED else f"{few} and {len(names) - _LISTED} more"
