# SPDX-License-Identifier: MIT
"""Counts as they are written in text."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from .result import shown

__all__ = ["NUMBER_LIKE", "is_number", "numbers_of"]

_NUMBER = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")
#: What is a number, or was meant as one: 1,000 and 1.000,5 and +5 and 1_000 and 0x1f and nan.
NUMBER_LIKE = re.compile(
    r"[-+]?[0-9][0-9.,_'\u00a0 ]*([eE][-+]?[0-9]+)?%?|[-+]?\.[0-9]+|[-+]?(nan|inf(inity)?)|n/?a|null|none|0x[0-9a-f]+",
    re.IGNORECASE,
)
_TOO_LONG = 400  # digits: more than a float64 can hold
_DOTTED = re.compile(r"[1-9][0-9]{0,2}(\.[0-9]{3})+")  # 1.000, as German and Spanish write a thousand


def is_number(text: str) -> bool:
    """Whether a field is a count: digits, perhaps with a point or an exponent, and nothing else."""
    return _NUMBER.fullmatch(text.strip(" ")) is not None


def numbers_of(
    cells: Sequence[str], place: Callable[[int], str], words: Sequence[str] | None = None
) -> list[int | float]:
    """The counts of a column.

    Parameters
    ----------
    cells : sequence of str
        The fields of the column, as they stand in the file.
    place : callable
        The file and the line of entry i.
    words : sequence of str, optional
        What is counted, for messages.

    Returns
    -------
    list of int or float
        An int for each whole number, of any size.

    Raises
    ------
    ValueError
        For the first field that is no count, with what was wrong; for dots that separate thousands.
    """
    counts: list[int | float] = []
    for index, cell in enumerate(cells):
        text = cell.strip(" ")
        if text.isdigit() and text.isascii() and len(text) < _TOO_LONG:
            counts.append(int(text))
            continue
        value = float(text) if _NUMBER.fullmatch(text) else None
        if value is None or value == float("inf"):
            of = "" if words is None else f" of {shown(words[index])}"
            raise ValueError(
                f"{place(index)}: the count {shown(cell)}{of} is {_fault(text)}: expected a number of 0 or more in "
                "digits, such as 1000 or 2.5 or 1e3"
            )
        counts.append(value)
    if float in set(map(type, counts)):
        _refuse_dots_of_thousands(cells, place)
    return counts


def _refuse_dots_of_thousands(cells: Sequence[str], place: Callable[[int], str]) -> None:
    """Raise where a dot may separate thousands: 1.000 beside 400, and nothing that only a fraction looks like.

    A program that writes 1.000 for one writes 400.000 beside it, and one that cuts zeros off writes 1. If all counts
    have three digits after the dot, both readings differ by the factor 1000, which no distribution sees.
    """
    texts = [cell.strip(" ") for cell in cells]
    dotted = [text for text in texts if "." in text]
    whole = [text for text in texts if "." not in text]
    if not whole or not all(map(_DOTTED.fullmatch, dotted)) or not all(t.isdigit() and int(t) < 1000 for t in whole):
        return
    raise ValueError(
        f"{place(texts.index(dotted[0]))}: is the count {dotted[0]} a fraction, or are its dots separators of "
        f"thousands? Both could be, beside {whole[0]} at {place(texts.index(whole[0]))}: write {dotted[0]} without "
        f"dots if it is a whole number, and {whole[0]}.0 for {whole[0]} if it is a fraction"
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
