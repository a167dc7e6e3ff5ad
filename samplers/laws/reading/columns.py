# SPDX-License-Identifier: MIT
"""Finds the columns of a table that hold the words and the counts."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from shlex import quote as shell_word

from .result import Column, Options, excerpt
from .vocabularies import Evidence

__all__ = [
    "HOW",
    "chosen",
    "evidence_of",
    "is_count_name",
    "is_known",
    "is_other_name",
    "is_word_name",
    "listed",
    "refuse_guess",
    "refuse_other_names",
]

HOW = "say word_column= and count_column=, by name or by number from 0 (in a shell: --word-column, --count-column)"
_WORD = re.compile(
    "(.* )?(words?|token|terms?|items?|ids?|keys?|labels?|names?|lemmas?|lemmata|forms?|wordforms?|n ?grams?|entity|"
    "entities|nodes?|products?|types?|vocab|vocabulary|index|(item|word|token|user|movie|doc|product|track|song|u)ids?)"
)
_COUNT = re.compile(
    r"(.* )?(counts?|freqs?|frequency|frequencies|n|total|totals|occurrences?|hits|cnt|num|tf|cf|size|popularity|"
    r"support|\w+(count|freq)s?)|(n|num|count|sum|number of|no of|frequency of) .+"  # COUNT(id), as SQL has it
)
# Names of numbers that are neither counts nor proportional to counts. "len" is not among them, because polars uses it
# for counts; nor are "hits per day" and "views this year".
_OTHER = re.compile(
    r"time|(?!.*\b(per|by|this|last|each|every|all)\b)(.* )?(idx|rank|ranking|pos|position|offset|line|row|"
    r"(line|row) ?(no|number)|year|month|day|week|date|datetime|timestamp|ts|rating|stars?|score|price|cost|length|age|"
    r"class|target|code|lat|lon|lng|latitude|longitude|similarity|distance|sentiment|pmi|entropy|idf|tf ?idf|\w+ed at|"
    r"user|customer|session|category|cluster|group|topic|std|p ?value|ao ?a|valence|arousal|dominance|concreteness)"
)
_LOGARITHM = re.compile(
    r"(.* )?(lg|log|ln|zipf) ?(2|10)?( ?(wf|cd|freqs?|frequency|counts?|values?|prob|probability|p))?"
)
_LISTED = 12  # columns in a message


def _normal(name: str) -> str:
    """A name in lower case, its parts separated by blanks: "movieId" and "MOVIE_ID" become "movie id"."""
    parted = re.sub("(?<=[a-z])(?=[A-Z])", " ", name)
    return re.sub(r"[\W_]+", " ", parted).strip().lower()


def is_word_name(name: str) -> bool:
    """Whether a column of this name holds words or ids."""
    return _WORD.fullmatch(_normal(name)) is not None and _COUNT.fullmatch(_normal(name)) is None


def is_other_name(name: str) -> bool:
    """Whether a column of this name holds other numbers than counts: ranks, dates, prices, logarithms."""
    normal = _normal(name)
    if _LOGARITHM.fullmatch(normal):
        return True
    # "popularity score" is accepted as a name of counts.
    return _OTHER.fullmatch(normal) is not None and not is_count_name(normal.removesuffix(" score"))


def is_count_name(name: str) -> bool:
    """Whether a column of this name holds counts."""
    normal = _normal(name)
    return _COUNT.fullmatch(normal) is not None and not _LOGARITHM.fullmatch(normal)


def is_known(names: Sequence[str]) -> bool:
    """Whether any of the names is a name of words or of counts."""
    return any(is_word_name(name) or is_count_name(name) for name in names)


def chosen(
    names: Sequence[str], options: Options, where: str, *, header: bool, numeric: Sequence[bool] | None = None
) -> tuple[int | None, int | None]:
    """Find the columns of words and of counts.

    Parameters
    ----------
    names : sequence of str
        The names of the columns or, if there is no header, the fields of the first row.
    options : Options
        The options of the caller.
    where : str
        The place in the source, for messages.
    header : bool
        Whether there is a header.
    numeric : sequence of bool, optional
        Which columns hold numbers, if this is known.

    Returns
    -------
    tuple of two int, or of two None
        The columns of words and of counts. None if there are two columns and only their contents can decide.

    Raises
    ------
    ValueError
        If a column is missing, or if the names are ambiguous; the message lists the columns.
    """
    word = _position(options.word, "word_column", names, where, header)
    count = _position(options.count, "count_column", names, where, header)
    if word is not None and word == count:
        raise ValueError(f"{where}: word_column and count_column are the same column, {options.word!r}")
    if header:
        word = _only(is_word_name, names, count) if word is None else word
        count = _only(is_count_name, names, word) if count is None else count
    if len(names) == 2 and numeric is not None and word is None and count is None and numeric[0] != numeric[1]:
        count = list(numeric).index(True)
    if len(names) == 2:  # one column is known, so that the other is known too
        word = 1 - count if word is None and count is not None else word
        count = 1 - word if count is None and word is not None else count
    if (word is None or count is None) and (len(names) != 2 or numeric is not None):
        raise ValueError(_ambiguous(names, where))
    if numeric is not None and word is not None and count is not None and numeric[word]:
        refuse_guess(names, count, options, where)
    if header and word is not None and count is not None:
        refuse_other_names(names, word, count, options, where)
    return word, count


def _ambiguous(names: Sequence[str], where: str) -> str:
    return f"{where}: which column holds the words, and which the counts? There are {listed(names)}; {HOW}"


def refuse_guess(names: Sequence[str], count: int, options: Options, where: str) -> None:
    """Raise if both columns hold numbers, and only the name of the ids suggests that the other column is the count.

    The other column may be a price, or the time of a click. The name "0" is accepted: pandas gives it to group sizes.
    """
    if not options.columns and not is_count_name(names[count]) and names[count] != "0":
        raise ValueError(_ambiguous(names, where))


def refuse_other_names(names: Sequence[str], word: int, count: int, options: Options, where: str) -> None:
    """Raise if the only column that can hold the counts has another name: that of an id, a rank, a price, a time.

    The words may be named "index": ``value_counts().reset_index()`` of pandas before 2.0 wrote so, and gave the name of
    the words to the counts.
    """
    name = names[count]
    events = is_word_name(name) and names[word] not in ("index", "")
    if options.count is not None or not (events or is_other_name(name)):
        return
    count_them = f"; if each row is an event, frame[{name!r}].value_counts() of pandas counts them" if events else ""
    raise ValueError(
        f"{where}: which column holds the counts? There are {listed(names)}, and {excerpt(name)} is a name of "
        f"something else{count_them}; {HOW}: count_column={name!r} if it does hold counts"
    )


def _say(column: str | int) -> str:
    return f"say count_column={column!r} (in a shell: --count-column {shell_word(str(column))})"


def evidence_of(names: Sequence[str] | None, count: int, options: Options) -> Evidence:
    """The evidence that a column holds counts: its name, if the columns have names, or the caller's option."""
    column = count if names is None else names[count]
    named = names is not None and is_count_name(names[count])
    return Evidence(column_given=options.count is not None, named=named, cure=_say(column))


def _only(known: Callable[[str], bool], names: Sequence[str], taken: int | None) -> int | None:
    """The column whose name is known, if there is exactly one besides the column that is taken; else None."""
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
    """A list of columns with their numbers, for messages."""
    few = ", ".join(f"{i} {excerpt(name)}" for i, name in enumerate(names[:_LISTED]))
    return few if len(names) <= _LISTED else f"{few} and {len(names) - _LISTED} more"
