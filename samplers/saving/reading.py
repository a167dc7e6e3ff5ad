# SPDX-License-Identifier: MIT
"""Access to the fields of a file, with checks. A field that is never read is an error."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from .container import DTYPES, Contents

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Reading:
    """The contents of a file, and which of its fields were read.

    Each method raises ValueError if the field is missing or not valid.
    """

    def __init__(self, contents: Contents) -> None:
        self._contents = contents
        self._read: set[str] = set()

    def __contains__(self, tensor: str) -> bool:
        return tensor in self._contents.tensors

    def text(self, key: str) -> str:
        """A string of the metadata."""
        self._read.add(key)
        try:
            return self._contents.metadata[key]
        except KeyError:
            raise ValueError(f"its metadata lack {key!r}") from None

    def integer(self, key: str, minimum: int, maximum: int) -> int:
        """An integer from ``minimum`` to ``maximum``."""
        text = self.text(key)
        if not re.fullmatch(r"0|[1-9][0-9]{0,18}", text, re.ASCII) or not minimum <= int(text) <= maximum:
            raise ValueError(f"{key} = {text!r:.60} must be an integer from {minimum} to {maximum}")
        return int(text)

    def number(self, key: str) -> float:
        """A finite number, as ``repr`` of a Python float writes it."""
        text = self.text(key)
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value) or repr(value) != text:
            raise ValueError(f"{key} = {text!r:.60} must be a finite number")
        return value

    def choice(self, key: str, known: Iterable[str]) -> str:
        """One of the known words."""
        text = self.text(key)
        if text not in known:
            raise ValueError(f"{key} = {text!r:.60} is unknown; known are {', '.join(known)}")
        return text

    def agree(self, key: str, expected: object) -> None:
        """Raise if a field differs from the value that follows from the other fields."""
        text = self.text(key)
        if text != str(expected):
            raise ValueError(f"{key} = {text!r:.80}, but {str(expected)!r} is expected")

    def tensor(self, name: str, *kinds: str, length: int | None = None) -> NDArray[Any]:
        """An array, shape (length,), of one of the kinds, which are keys of `samplers.saving.container.DTYPES`."""
        self._read.add(name)
        try:
            array = self._contents.tensors[name]
        except KeyError:
            raise ValueError(f"tensor {name!r} is missing") from None
        if array.dtype not in [np.dtype(DTYPES[kind]).newbyteorder("=") for kind in kinds]:
            raise ValueError(f"tensor {name!r} must be {' or '.join(kinds)}, got {array.dtype}")
        if length is not None and len(array) != length:
            raise ValueError(f"tensor {name!r} must have {length} entries, got {len(array)}")
        return array

    def end(self) -> None:
        """Raise if a field was not read: its meaning would be ignored."""
        unread = (self._contents.metadata.keys() | self._contents.tensors.keys()) - self._read
        if unread:
            raise ValueError(f"it has unknown fields: {', '.join(sorted(unread))[:200]}")
