# SPDX-License-Identifier: MIT
"""Numbers as text, in the same notation in every table, figure and sentence."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Protocol

NONE = "–"


class Notation(Protocol):
    """A function that writes a quantity: `seconds`, `size`, `per_id`."""

    def __call__(self, value: float | None, digits: int = 3, /) -> str: ...


def significant(value: float, digits: int) -> str:
    """A number with `digits` significant digits and thousands separators, without an exponent.

    Examples
    --------
    >>> significant(65_123.4, 2), significant(1.2345, 3), significant(118.0, 2)
    ('65,000', '1.23', '120')
    """
    if value == 0:
        return "0"
    decimals = digits - 1 - math.floor(math.log10(abs(value)))
    rounded = round(value, decimals)
    # Rounding can reach the next decade: 9.96 with two digits is 10, not 10.0.
    decimals = digits - 1 - math.floor(math.log10(abs(rounded)))
    return f"{rounded:,.{max(decimals, 0)}f}"


def ns(value: float | None, digits: int = 3) -> str:
    """Nanoseconds without their unit."""
    return NONE if value is None else significant(value, digits)


def ratio(value: float) -> str:
    """A ratio with two significant digits; more digits would be noise."""
    return significant(value, 2)


def times(value: float) -> str:
    """A ratio with a sign of multiplication."""
    return f"{ratio(value)}×"


def _prefixed(value: float, units: tuple[tuple[float, str], ...], digits: int) -> str:
    size, unit = next((u for u in units if value >= u[0] * 0.9995), units[-1])
    return f"{significant(value / size, digits)} {unit}"


def seconds(value: float | None, digits: int = 3) -> str:
    """A duration with its unit."""
    if value is None:
        return NONE
    return _prefixed(value, ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")), digits)


def per_id(nanoseconds: float | None, digits: int = 3) -> str:
    """Time per id with a unit that suits it, from nanoseconds."""
    return NONE if nanoseconds is None else seconds(nanoseconds * 1e-9, digits)


def size(value: float | None, digits: int = 3) -> str:
    """Bytes with a decimal unit."""
    if value is None:
        return NONE
    return _prefixed(value, ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B")), digits)


def between(low: str, high: str) -> str:
    """A range of two texts; if they have the same unit, it is written once.

    Examples
    --------
    >>> between("18.8 ms", "20.1 ms"), between("980 µs", "1.02 ms")
    ('18.8–20.1 ms', '980 µs–1.02 ms')
    """
    number, _, unit = low.partition(" ")
    return f"{number if unit and high.endswith(' ' + unit) else low}–{high}"


def binary(size: int) -> str:
    """Bytes of a cache with a binary unit.

    Examples
    --------
    >>> binary(32768), binary(1048576), binary(34603008)
    ('32 KiB', '1 MiB', '33 MiB')
    """
    factor, unit = next((u for u in ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")) if size >= u[0]), (1, "B"))
    return f"{significant(size / factor, 3).rstrip('0').rstrip('.') if size % factor else size // factor} {unit}"


def caches(sizes: Mapping[str, float]) -> str:
    """The names of caches with their bytes."""
    return ", ".join(f"{name} {binary(int(size))}" for name, size in sizes.items())


def percent(share: float) -> str:
    """A share in percent with two significant digits; a tiny share has an exponent."""
    return f"{significant(100 * share, 2)} %" if share == 0 or share >= 1e-5 else f"{100 * share:.0e} %"


def probability(value: float | None) -> str:
    """A p-value; 0 if it underflowed."""
    if value is None:
        return NONE
    if value == 0 or value == 1:
        return f"{value:.0f}"
    return f"{value:.2g}" if value >= 1e-3 else f"{value:.0e}"


def scientific(value: float | None, digits: int = 2) -> str:
    """A number without an exponent from 0.001 to 1e6, and with an exponent outside of this range.

    Examples
    --------
    >>> scientific(123_103_537_398.8), scientific(2.6e-5), scientific(0.04183), scientific(1038575.0)
    ('1.2e11', '2.6e-5', '0.042', '1.0e6')
    """
    if value is None:
        return NONE
    if value == 0 or 1e-3 <= abs(value) < 1e6:
        return count(value) if value == int(value) else significant(value, digits)
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def count(value: float | None) -> str:
    """An integer with thousands separators."""
    return NONE if value is None else f"{value:,.0f}"


def short(value: float, digits: int = 3) -> str:
    """A number for a crowded axis.

    Examples
    --------
    >>> short(64), short(65_536), short(2**24 + 1), short(10**8)
    ('64', '65.5k', '16.8M', '100M')
    """
    size, unit = next((u for u in ((1e9, "G"), (1e6, "M"), (1e3, "k")) if value >= u[0]), (1.0, ""))
    text = significant(value / size, digits)
    return (text.rstrip("0").rstrip(".") if "." in text else text) + unit


def listed(names: list[str]) -> str:
    """Names as ``a, b and c``; with semicolons if a name contains a comma and has no backticks.

    Examples
    --------
    >>> listed(["a", "b", "c"]), listed(["`a, x=1`", "b", "c"]), listed(["a, x=1", "b", "c"])
    ('a, b and c', '`a, x=1`, b and c', 'a, x=1; b and c')
    """
    if len(names) < 2:
        return "".join(names)
    bare = any("," in name and not name.startswith("`") for name in names)
    return f"{('; ' if bare else ', ').join(names[:-1])} and {names[-1]}"


def unbroken(text: str) -> str:
    """The text with a no-break space between a number and its unit."""
    return re.sub(r"(\d) (?=([nµm]?s|[kMG]?B|%)(?!\w))", "\\1\u00a0", text)
