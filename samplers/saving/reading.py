# SPDX-License-Identifier: MIT
"""The fields of a file by their keys, each checked when it is asked for; what nobody asks for is an error."""

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
    """The contents of a file while they are read.

    Every method raises ValueError if the field is missing, or is not what is asked for.
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

    def integer(self, key: str, least: int, most: int) -> int:
        """An integer from ``least`` to ``most``."""
        text = self.text(key)
        if not re.fullmatch(r"0|[1-9][0-9]{0,18}", text, re.ASCII) or not least <= int(text) <= most:
            raise ValueError(f"{key} = {text!r:.60} must be an integer from {least} to {most}")
        return int(text)

    def number(self, key: str) -> float:
        """A finite number, written as Python writes it."""
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
            raise ValueError(f"{key} = {text!r:.60} is not known here: {', '.join(known)} are")
        return text

    def agree(self, key: str, own: object) -> None:
        """What is written, and what came of the other fields, must be one."""
        text = self.text(key)
        if text != str(own):
            raise ValueError(f"{key} = {text!r:.80}, but what it holds has {str(own)!r}")

    def tensor(self, name: str, *kinds: str, length: int | None = None) -> NDArray[Any]:
        """An array of one of the kinds that `samplers.saving.container.DTYPES` names, shape (length,)."""
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
        """Nothing may be left: a field that nobody reads says something that is ignored."""
        left = (self._contents.metadata.keys() | self._contents.tensors.keys()) - self._read
        if left:
            raise ValueError(f"it has fields that are not known: {', '.join(sorted(left))[:200]}")
