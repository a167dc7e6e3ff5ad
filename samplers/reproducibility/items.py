# SPDX-License-Identifier: MIT
"""Items of a recording: an array by its hashes and some of its elements, or a plain value."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Elements of an array that are kept, evenly spread: they tell ulps and signs, and 256 floats are 1.4 kB of JSON.
KEPT = 256
# From this item of a stage on, fewer are kept, so that a model of many tensors gives a file that can be mailed.
MANY_ITEMS, KEPT_OF_MANY = 64, 32
BLOCKS, BLOCK_BYTES = 64, 3
# What a file may name: numpy.dtype reads more, structured types among it.
TYPE_NAME = re.compile(r"bool|bfloat16|(u?int|float|complex)[1-9][0-9]*|[<|][US][1-9][0-9]{0,6}")
# A value that is written as it is.
Value = str | int | float | bool | None
# Types of torch that NumPy lacks: their bits, as integers of the same size.
BITS_OF_TORCH = {"bfloat16": ("int16", np.int16)}


@dataclass(frozen=True)
class Item:
    """An array or a value of a recording.

    Attributes
    ----------
    name : str
        Its name in its stage.
    value : str, int, float, bool or None
        The value; "" for an array.
    dtype, shape, sha256 : str, tuple of int, str
        Of an array, in C order and little-endian; "", () and "" for a value.
    kept : bytes
        Up to 256 evenly spread elements.
    blocks : bytes
        Three bytes of the SHA-256 of each of 64 blocks; empty if all elements are kept.
    bag : str
        A hash that does not depend on the order of the elements; "" if it was not asked for.
    inputs : str
        Of an operator: a hash of all that it was given.
    device : str
        Where the array lay.
    """

    name: str
    value: Value = ""
    dtype: str = ""
    shape: tuple[int, ...] = ()
    sha256: str = ""
    kept: bytes = b""
    blocks: bytes = b""
    bag: str = ""
    inputs: str = ""
    device: str = "cpu"

    @property
    def size(self) -> int:
        """The number of elements of the array."""
        return int(np.prod(self.shape, dtype=np.int64))

    def equals(self, other: Item) -> bool:
        """Whether both hold the same bits; their names, and where they lay, may differ."""
        return (self.dtype, self.shape, self.sha256) == (other.dtype, other.shape, other.sha256) and (
            type(self.value) is type(other.value) and self.value == other.value
        )

    def bits(self) -> NDArray[Any]:
        """The elements that were kept."""
        return np.frombuffer(self.kept, _kept_dtype(self.dtype))

    def to_json(self) -> dict[str, Any]:
        """As it is written."""
        if not self.sha256:
            return {"name": self.name, "value": self.value}
        written: dict[str, Any] = {
            "name": self.name,
            "dtype": self.dtype,
            "shape": list(self.shape),
            "sha256": self.sha256,
            "kept": _as_text(self.kept),
        }
        written |= {"blocks": _as_text(self.blocks)} if self.blocks else {}
        written |= {key: getattr(self, key) for key in ("bag", "inputs") if getattr(self, key)}
        return written | ({"device": self.device} if self.device != "cpu" else {})

    @classmethod
    def from_json(cls, written: Any) -> Item:
        """The item that `to_json` wrote; ValueError, which says what is wrong, for anything else."""
        if not isinstance(written, dict) or not isinstance(written.get("name"), str):
            raise ValueError("an item has no name")
        name = written["name"]
        if "value" in written:
            if not isinstance(written["value"], str | int | float | bool | None):
                raise ValueError(f"the value of {name!r} is {type(written['value']).__name__}")
            return cls(name, value=written["value"])
        texts = {key: written.get(key, "") for key in ("dtype", "sha256", "kept", "blocks", "bag", "inputs")}
        shape, device = written.get("shape"), written.get("device", "cpu")
        if not all(isinstance(text, str) for text in (*texts.values(), device)) or len(texts["sha256"]) != 64:
            raise ValueError(f"{name!r} lacks a type or a hash")
        if not isinstance(shape, list) or not all(type(n) is int and 0 <= n < 2**63 for n in shape):
            raise ValueError(f"the shape of {name!r} is {shape!r}")
        kept, blocks = _as_bytes(name, texts.pop("kept")), _as_bytes(name, texts.pop("blocks"))
        item = cls(name, shape=tuple(shape), kept=kept, blocks=blocks, device=device, **texts)
        try:
            rest = len(kept) % _kept_dtype(item.dtype).itemsize
        except TypeError:
            raise ValueError(f"the type of {name!r} is {item.dtype!r}") from None
        if rest or len(blocks) not in (0, BLOCKS * BLOCK_BYTES):
            raise ValueError(f"the elements of {name!r} are cut off")
        return item


def _as_text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _as_bytes(name: str, text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"the elements of {name!r} are not base64") from None


def _kept_dtype(name: str) -> np.dtype[Any]:
    """The type of kept elements; TypeError if there is none of this name."""
    if not TYPE_NAME.fullmatch(name):
        raise TypeError(name)
    return np.dtype(BITS_OF_TORCH[name][1] if name in BITS_OF_TORCH else name).newbyteorder("<")


def item_of(name: str, value: Any, *, number: int = 0, ordered: bool = True, inputs: str = "") -> Item:
    """Describe an array, a tensor or a plain value.

    Parameters
    ----------
    name : str
        Its name in its stage.
    value : array_like, torch.Tensor, str, int, float, bool or None
        What to describe. A tensor is copied to the CPU.
    number : int, default 0
        The number of the item in its stage: of many items, fewer elements are kept.
    ordered : bool, default True
        False: also hash the elements without their order.
    inputs : str, default ""
        A hash of what an operator was given.

    Returns
    -------
    Item
        The description.

    Raises
    ------
    TypeError
        If the value is neither.
    """
    if isinstance(value, Value):
        return Item(name, value=value)
    dtype, array, device = _array_of(name, value)
    flat = np.ascontiguousarray(array).reshape(-1)
    flat = flat.astype(flat.dtype.newbyteorder("<"), copy=False)
    most = KEPT if number < MANY_ITEMS else KEPT_OF_MANY
    # Integers only, so that the same places are kept on every machine.
    places = np.arange(min(most, flat.size)) * max(flat.size - 1, 0) // max(min(most, flat.size) - 1, 1)
    return Item(
        name,
        dtype=dtype,
        shape=tuple(array.shape),
        sha256=hashlib.sha256(flat.tobytes() if flat.dtype.kind in "US" else flat.view(np.uint8).data).hexdigest(),
        kept=flat[places].tobytes(),
        blocks=_blocks(flat) if flat.size > most else b"",
        bag="" if ordered else _bag(flat),
        inputs=inputs,
        device=device,
    )


def _array_of(name: str, value: Any) -> tuple[str, NDArray[Any], str]:
    """The name of the type, the elements as NumPy can hold them, and the device."""
    device = "cpu"
    if hasattr(value, "detach") and hasattr(value, "data_ptr"):
        tensor, device = value.detach().cpu(), value.device.type
        kind = str(tensor.dtype).removeprefix("torch.")
        if kind in BITS_OF_TORCH:
            import torch

            return kind, tensor.contiguous().view(getattr(torch, BITS_OF_TORCH[kind][0])).numpy(), device
        value = tensor.resolve_conj().resolve_neg().numpy()
    array = np.asarray(value)
    if array.dtype.kind not in "biufcUS":
        raise TypeError(f"{name} must be an array of numbers, strings or booleans, got {type(value).__name__}")
    # Of strings the length is a part of the type: "<U5".
    kind = array.dtype.name if array.dtype.kind in "biufc" else array.dtype.newbyteorder("<").str
    return kind, array, device


def _blocks(flat: NDArray[Any]) -> bytes:
    bounds = block_bounds(flat.size)
    return b"".join(
        hashlib.sha256(flat[start:stop].tobytes()).digest()[:BLOCK_BYTES] for start, stop in pairwise(bounds)
    )


def block_bounds(size: int) -> list[int]:
    """Where the blocks of an array begin, and the end of the last."""
    return [size * block // BLOCKS for block in range(BLOCKS + 1)]


def _bag(flat: NDArray[Any]) -> str:
    """A hash of the elements without their order: the sum of SplitMix64's finaliser over their bits, modulo 2**64."""
    width = flat.dtype.itemsize
    if width not in (1, 2, 4, 8):
        return ""
    total = 0
    for start in range(0, flat.size, 2**20):
        word = flat[start : start + 2**20].view(f"<u{width}").astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        total += int((word ^ (word >> np.uint64(31))).sum(dtype=np.uint64))
    return f"{total % 2**64:016x}"


def named_leaves(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The arrays and values of nested dicts, lists and tuples, each with its path; sparse tensors as their parts."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from named_leaves(f"{name}.{key}" if name else str(key), inner)
    elif isinstance(value, list | tuple) and any(_is_array(inner) or isinstance(inner, Mapping) for inner in value):
        for number, inner in enumerate(value):
            yield from named_leaves(f"{name}.{number}" if name else str(number), inner)
    elif getattr(value, "is_sparse", False) is True and hasattr(value, "_indices"):
        yield f"{name}.indices", value._indices()
        yield f"{name}.values", value._values()
    else:
        yield name, value


def _is_array(value: Any) -> bool:
    return hasattr(value, "shape") or isinstance(value, list | tuple)
