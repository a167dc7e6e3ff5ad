# SPDX-License-Identifier: MIT
"""Arrays whose memory ends where a block of malloc ends: AddressSanitizer sees the first byte past it being touched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

UNTOUCHED = -77  # no id, and not the -1 of "mark"


def at_the_end(shape: int | Sequence[int], dtype: DTypeLike, before: int = 0) -> NDArray[Any]:
    """An array of a shape, C-contiguous and aligned to its items, at the end of a block of its own.

    Parameters
    ----------
    shape : int or sequence of int
    dtype : dtype
    before : int
        Items of the block before the array. malloc aligns blocks to 16 bytes, so that 0 to 15 items shift the array
        over all alignments that the kernels can meet.
    """
    items = int(np.prod(shape, dtype=np.int64))
    block = np.empty(before + items, dtype=dtype)  # NumPy asks malloc for exactly these bytes
    return block[before:].reshape(shape)


def guarded(array: NDArray[Any], before: int = 0) -> NDArray[Any]:
    """A copy of an array, as `at_the_end` places it."""
    copy = at_the_end(array.shape, array.dtype, before)
    copy[...] = array
    return copy


class Output:
    """An ``out`` of which every write is noticed: outside it, and inside it where there should be none.

    Parameters
    ----------
    rows, k : int
    dtype : dtype
        int64 or int32.
    before : int
        As in `at_the_end`; these items must keep their value too.
    """

    def __init__(self, rows: int, k: int, dtype: DTypeLike, before: int) -> None:
        self.ids = at_the_end((rows, k), dtype, before)
        self._block = self.ids if self.ids.base is None else self.ids.base
        self._before = before
        self._block[...] = UNTOUCHED

    def stray(self) -> bool:
        """Whether something was written before the array."""
        return bool((self._block.reshape(-1)[: self._before] != UNTOUCHED).any())

    def written(self) -> bool:
        """Whether something was written at all."""
        return bool((self._block != UNTOUCHED).any())
