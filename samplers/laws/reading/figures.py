# SPDX-License-Identifier: MIT
"""Parses counts in text."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from .result import excerpt

__all__ = ["NUMBER_LIKE", "is_number", "numbers_of"]

_NUMBER = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
#: A number, or text that was meant as one: 1,000 and 1.000,5 and +5 and 1_000 and 0x1f and nan.
NUMBER_LIKE = re.compile(
    r"[-+]?[0-9][0-9.,_'\u00a0 ]*([eE][-+]?[0-9]+)?%?|[-+]?\.[0-9]+|[-+]?(nan|inf(inity)?)|n/?a|null|none|0x[0-9a-f]+",
    re.IGNORECASE,
)
_TOO_LONG = 400  # digits; a float64 has at most 309
_DOTTED = re.compile(r"[1-9][0-9]{0,2}(\.[0-9]{3})+")  # 1.000 is a thousand in German and Spanish


def is_number(text: str) -> bool:
    """Whether a field is a count: digits with an optional decimal point and exponent."""
    return _NUMBER.fullmatch(text.strip(" ")) is not None


def numbers_of(
    cells: Sequence[str], place: Callable[[int], str], words: Sequence[str] | None = None
) -> list[int | float]:
    """The counts of a column.

    Parameters
    ----------
    cells : sequence of str
        The fields of the column.
    place : callable
        Takes i and returns the file and the line of entry i.
    words : sequence of str, optional
        The words, for messages.

    Returns
    -------
    list of int or float
        An int if the field has digits only, of any size; else a float.

    Raises
    ------
    ValueError
        If a field is no count; if dots may separate thousands.
    """
    counts: list[int | float] = []
    for index, cell in enumerate(cells):
        text = cell.strip(" ")
        if text.isdigit() and text.isascii() and len(text) < _TOO_LONG:
            counts.append(int(text))
            continue
        value = float(text) if _NUMBER.fullmatch(text) else None
        if value is None or value == float("inf"):
            of_word = "" if words is None else f" of {excerpt(words[index])}"
            raise ValueError(
                f"{place(index)}: the count {excerpt(cell)}{of_word} is {_fault(text)}: expected a number of 0 or more "
                "in digits, such as 1000 or 2.5 or 1e3"
            )
        counts.append(value)
    if float in set(map(type, counts)):
        _refuse_dots_of_thousands(cells, place)
    return counts


def _refuse_dots_of_thousands(cells: Sequence[str], place: Callable[[int], str]) -> None:
    """Raise if dots may separate thousands: 1.000 and 400 occur, and no number that must be a fraction.

    A program that writes fractions writes either 1.000 and 400.000, or 1 and 400. If all counts have three digits after
    the dot, the two readings differ by the factor 1000 only, and give the same noise distribution.
    """
    texts = [cell.strip(" ") for cell in cells]
    dotted = [text for text in texts if "." in text]
    plain = [text for text in texts if "." not in text]
    if not plain or not all(map(_DOTTED.fullmatch, dotted)) or not all(t.isdigit() and int(t) < 1000 for t in plain):
        return
    raise ValueError(
        f"{place(texts.index(dotted[0]))}: is the count {dotted[0]} a fraction, or do its dots separate thousands? "
        f"Both are possible, because {place(texts.index(plain[0]))} has {plain[0]}: if {dotted[0]} is a whole number, "
        f"write it without dots; if it is a fraction, write {plain[0]}.0 for {plain[0]}"
    )


def _fault(text: str) -> str:
    if not text:
        return "missing"
    if text.startswith("-") and is_number(text[1:]):
        return "negative"
    if text.startswith("+") and is_number(text[1:]):
        return "written with a sign"
    if is_number(text):
        return "above the largest float64, 1.8e308"
    if re.fullmatch(r"[0-9]{1,3}([.,'_\u00a0 ][0-9]{3})+([.,][0-9]+)?|[0-9]+(_[0-9]+)+|[0-9]+,[0-9]*", text):
        return "written with a separator of thousands or a decimal comma"
    return "not a finite, non-negative number"
