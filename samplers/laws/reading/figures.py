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
_GROUPED = re.compile(r"[1-9][0-9]{0,2}(\.[0-9]{3})+")  # 1.000
_TOO_LONG = 400  # digits: more than a float64 can hold


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
        For the first field that is no count, with what was wrong.
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
    _refuse_dots_of_thousands(cells, place)
    return counts


def _refuse_dots_of_thousands(cells: Sequence[str], place: Callable[[int], str]) -> None:
    """Raise for 1.000 beside 400 and 5: with a dot as separator of thousands it is 1000.

    Where every count has three decimals, ``printf("%.3f")`` has written them. Where some have none, and are below a
    thousand, the dots stand where a German or Spanish program puts them.
    """
    dotted = [index for index, cell in enumerate(cells) if "." in cell]
    if not dotted or len(dotted) == len(cells) or not all(_GROUPED.fullmatch(cells[i].strip(" ")) for i in dotted):
        return
    plain = (cell.strip(" ") for cell in cells if "." not in cell)
    if all(cell.isdigit() and len(cell.lstrip("0")) <= 3 for cell in plain):
        raise ValueError(
            f"{place(dotted[0])}: is the dot in {shown(cells[dotted[0]])} a separator of thousands? All counts with a "
            "dot have three digits after it, and the others are below 1000: write them without separators, or, if "
            "they are decimals, write all counts with three decimals (400.000)"
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
