# SPDX-License-Identifier: MIT
"""How far apart two arrays are, from their hashes and the elements that were kept."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .items import BITS_OF_TORCH, BLOCK_BYTES, Item, block_bounds

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_ULPS = 2**22


@dataclass(frozen=True)
class Distance:
    """The distance of two arrays of the same type and shape.

    Attributes
    ----------
    kept, differing : int
        Elements that were kept of both, and how many of them differ.
    ulps : int or None
        The largest distance in units in the last place: the number of floats of that type from one to the other. None
        for integers, and if no kept element differs.
    relative : float or None
        The largest difference relative to the largest absolute value; None if no kept element differs, or if all that
        differ are not finite.
    first_block : tuple of int, or None
        The elements, from and to, of the first block that differs, if the array is large.
    reordered : bool
        Whether both hold the same elements in another order.
    example : str
        The first kept elements that differ.
    """

    kept: int
    differing: int
    ulps: int | None
    relative: float | None
    first_block: tuple[int, int] | None
    reordered: bool
    example: str

    @property
    def text(self) -> str:
        """All of it as a sentence."""
        where = ""
        if self.first_block is not None and self.differing < self.kept:
            where = f"; the first that differs is one of {self.first_block[0]:,} to {self.first_block[1] - 1:,}"
        if self.reordered:
            return f"the same values in another order{where}"
        if not self.differing:
            return f"none of the {self.kept} elements kept differs{where}"
        share = f"{self.differing / self.kept:.0%} of the elements differ ({self.differing:,} of {self.kept:,} kept)"
        # Beyond that, a count of floats says nothing that the size does not say.
        by = "" if self.ulps is None or self.ulps > MOST_ULPS else f", by up to {self.ulps:,} ulp"
        size = "" if self.relative is None else f", {self.relative:.1e} of the largest"
        return f"{share}{by}{size}: {self.example}{where}"


def distance(ours: Item, theirs: Item) -> Distance | None:
    """The distance of two arrays; None if one of them is a value, or if their types or shapes differ.

    Parameters
    ----------
    ours, theirs : Item
        Two items that differ.

    Returns
    -------
    Distance or None
        Over the elements that were kept.
    """
    if not ours.sha256 or (ours.dtype, ours.shape) != (theirs.dtype, theirs.shape):
        return None
    a, b = ours.bits(), theirs.bits()
    if len(a) != len(b):  # one of them stood further behind in its stage
        a = b = a[:0]
    different = _words(a) != _words(b)
    x, y = _values(a, ours.dtype), _values(b, theirs.dtype)
    return Distance(
        kept=len(a),
        differing=int(different.sum()),
        ulps=_ulps(a[different], b[different]) if _is_float(ours.dtype) and different.any() else None,
        relative=None if x is None or y is None else _relative(x, y, different),
        first_block=_first_block(ours, theirs),
        reordered=bool(ours.bag) and ours.bag == theirs.bag,
        example=_example(a if x is None else x, b if y is None else y, different),
    )


def _is_float(dtype: str) -> bool:
    return dtype.startswith(("float", "bfloat"))


def _words(bits: NDArray[Any]) -> NDArray[Any]:
    """The bits as integers or bytes, so that a NaN equals itself and -0 is not 0."""
    width = bits.dtype.itemsize
    return bits.view(f"<i{width}") if width in (1, 2, 4, 8) else bits.view(f"S{width}")


def _ulps(a: NDArray[Any], b: NDArray[Any]) -> int | None:
    words = [_words(bits) for bits in (a, b)]
    if words[0].dtype.kind != "i":
        return None  # long double
    lowest = int(np.iinfo(words[0].dtype).min)
    # Floats are ordered as integers of sign and magnitude; Python's integers do not overflow.
    places = [[word if word >= 0 else lowest - word for word in one.tolist()] for one in words]
    return int(max(abs(x - y) for x, y in zip(*places, strict=True)))


def _values(bits: NDArray[Any], dtype: str) -> NDArray[Any] | None:
    """The elements as numbers; None for strings."""
    if dtype in BITS_OF_TORCH:
        return (bits.astype(np.int32) << 16).view(np.float32).astype(np.float64)
    if bits.dtype.kind in "c":
        return bits
    return bits.astype(np.float64) if bits.dtype.kind in "biuf" else None


def _relative(a: NDArray[Any], b: NDArray[Any], different: NDArray[np.bool_]) -> float | None:
    finite = np.isfinite(a) & np.isfinite(b)
    if not (finite & different).any():
        return None
    largest = max(float(np.abs(values[finite]).max()) for values in (a, b))
    with np.errstate(over="ignore"):
        size = float(np.abs(a - b)[finite].max()) / largest if largest else 0.0
    return size if math.isfinite(size) else None


def _first_block(ours: Item, theirs: Item) -> tuple[int, int] | None:
    if not ours.blocks or len(ours.blocks) != len(theirs.blocks):
        return None
    hashes = [np.frombuffer(item.blocks, np.uint8).reshape(-1, BLOCK_BYTES) for item in (ours, theirs)]
    blocks = np.flatnonzero((hashes[0] != hashes[1]).any(1))
    bounds = block_bounds(ours.size)
    return (bounds[blocks[0]], bounds[blocks[0] + 1]) if len(blocks) else None


def _example(a: NDArray[Any], b: NDArray[Any], different: NDArray[np.bool_]) -> str:
    if not different.any():
        return ""
    place = int(different.argmax())
    return f"{_shown(a[place])} and {_shown(b[place])}"


def _shown(value: Any) -> str:
    plain = value.item() if hasattr(value, "item") else value
    if isinstance(plain, float):
        return f"{int(plain)}" if plain.is_integer() and abs(plain) < 2**53 else f"{plain:.9g}"
    return str(plain)
