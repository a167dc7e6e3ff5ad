# SPDX-License-Identifier: MIT
"""Reads and writes files in the safetensors format: strings and arrays, but no code.

The format is that of https://github.com/huggingface/safetensors: the length of the header (8 bytes, little endian), the
header in JSON, and the arrays. The package `safetensors` can read all files that are written here. This module reads
only files in which each array has one dimension and a type of `DTYPES`, and begins at a multiple of its item size.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: The types of arrays that are read and written, by their names in the format.
DTYPES = {"U64": "<u8", "I64": "<i8", "F64": "<f8", "U32": "<u4", "I32": "<i4", "U8": "|u1"}
_NAMES = {np.dtype(code): name for name, code in DTYPES.items()}

_ALIGNED = 8  # the header is padded, so that the arrays begin at a multiple of this
_LONGEST_HEADER = 2**20  # bytes; the header of a few arrays and strings has less than 2 kB
_DIGEST = '"sha256":"{}"'
_NO_DIGEST = "0" * 64


@dataclass(frozen=True)
class Contents:
    """The contents of a file: strings by their keys, and read-only arrays, shape (n,), by their names."""

    metadata: dict[str, str]
    tensors: dict[str, NDArray[Any]]


def write(file: IO[bytes], contents: Contents) -> None:
    """Write a file. Its metadata have the entry "sha256", the digest of the file.

    The digest is computed with 64 zeros in place of the digest itself.
    """
    # Arrays with larger items come first. Then each array begins at a multiple of its item size, without gaps.
    names = sorted(contents.tensors, key=lambda name: (-contents.tensors[name].itemsize, name))
    arrays = [_little_endian(contents.tensors[name]) for name in names]
    header = {"__metadata__": {**contents.metadata, "sha256": _NO_DIGEST}} | _entries(names, arrays)
    text = json.dumps(header, separators=(",", ":")).encode("ascii")
    text += b" " * (-len(text) % _ALIGNED)
    parts: list[bytes | memoryview] = [len(text).to_bytes(8, "little"), text]
    parts += [array.view(np.uint8).data for array in arrays]
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    parts[1] = text.replace(_DIGEST.format(_NO_DIGEST).encode(), _DIGEST.format(digest.hexdigest()).encode())
    for part in parts:
        file.write(part)


def parse(data: NDArray[np.uint8]) -> Contents:
    """Parse the bytes of a file. The arrays are views of ``data``. Nothing outside ``data`` is read.

    Raises
    ------
    ValueError
        If the header or the place of an array is not valid. `check_digest` finds other changes.
    """
    header, start = _header(data)
    fields = _json(header)
    metadata = fields.pop("__metadata__", None)
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise ValueError("its header has no __metadata__ of strings: samplers.save did not write it")
    tensors = _arrays(fields, data[start:])
    return Contents(metadata, tensors)


def check_digest(data: NDArray[np.uint8], metadata: dict[str, str]) -> None:
    """Refuse a file if a byte was changed after it was written.

    Raises
    ------
    ValueError
    """
    header, start = _header(data)
    stated = metadata.get("sha256", "")
    written = _DIGEST.format(stated).encode()
    if len(stated) != len(_NO_DIGEST) or header.count(written) != 1:
        raise ValueError("its metadata have no digest sha256 of 64 digits")
    digest = hashlib.sha256(data[:8].data)
    digest.update(header.replace(written, _DIGEST.format(_NO_DIGEST).encode()))
    digest.update(data[start:].data)
    if digest.hexdigest() != stated:
        raise ValueError("its SHA-256 is not the one that was written: the file is damaged")


def _little_endian(array: NDArray[Any]) -> NDArray[Any]:
    return np.ascontiguousarray(array, array.dtype.newbyteorder("<"))


def _entries(names: list[str], arrays: list[NDArray[Any]]) -> dict[str, Any]:
    entries, end = {}, 0
    for name, array in zip(names, arrays, strict=True):
        begin, end = end, end + array.nbytes
        entries[name] = {"dtype": _NAMES[array.dtype], "shape": list(array.shape), "data_offsets": [begin, end]}
    return entries


def _header(data: NDArray[np.uint8]) -> tuple[bytes, int]:
    """The header, and the offset of the arrays."""
    if len(data) < 8:
        raise ValueError(f"it has {len(data)} bytes, but the length of the header alone takes 8")
    length = int.from_bytes(data[:8].tobytes(), "little")
    if length > min(_LONGEST_HEADER, len(data) - 8) or length % _ALIGNED:
        raise ValueError(
            f"its first 8 bytes announce a header of {length} bytes, but the file has {len(data)} bytes: samplers.save "
            "did not write it, or it is incomplete"
        )
    return data[8 : 8 + length].tobytes(), 8 + length


def _json(header: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(header.decode("utf-8"), object_pairs_hook=_distinct, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise ValueError(f"its header is no JSON that can be read: {error}") from error
    if not isinstance(fields, dict):
        raise ValueError(f"its header must be a JSON object, and is a {type(fields).__name__}")
    return fields


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("a key occurs twice")
    return fields


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def _arrays(entries: dict[str, Any], data: NDArray[np.uint8]) -> dict[str, NDArray[Any]]:
    """The arrays. In some order, they must fill ``data`` without gaps."""
    placed = sorted((*_place(name, entry), name) for name, entry in entries.items())
    arrays, end = {}, 0
    for begin, stop, code, name in placed:
        if begin != end:
            raise ValueError(f"tensor {name!r} begins at byte {begin}, but the tensor before it ends at {end}")
        if stop > len(data):
            raise ValueError(f"tensor {name!r} ends at byte {stop} of {len(data)}: the file is incomplete")
        dtype = np.dtype(code)
        if begin % dtype.itemsize:
            raise ValueError(f"tensor {name!r} begins at byte {begin}, no multiple of its item size {dtype.itemsize}")
        arrays[name] = data[begin:stop].view(dtype).astype(dtype.newbyteorder("="), copy=False)
        end = stop
    if end != len(data):
        raise ValueError(f"{len(data) - end} bytes after the last tensor belong to none")
    return arrays


def _place(name: str, entry: Any) -> tuple[int, int, str]:
    """Begin and end of an array, and the code of its type, checked against its shape."""
    if not isinstance(entry, dict) or entry.keys() != {"dtype", "shape", "data_offsets"}:
        raise ValueError(f"tensor {name!r} must have dtype, shape and data_offsets, and nothing else")
    code = DTYPES.get(entry["dtype"]) if isinstance(entry["dtype"], str) else None
    if code is None:
        raise ValueError(f"tensor {name!r}: dtype {entry['dtype']!r} is none of {', '.join(DTYPES)}")
    (length,) = _integers(name, "shape", entry["shape"], 1)
    begin, end = _integers(name, "data_offsets", entry["data_offsets"], 2)
    if end - begin != length * np.dtype(code).itemsize:
        raise ValueError(f"tensor {name!r}: {length} items of {entry['dtype']} do not take bytes {begin} to {end}")
    return begin, end, code


def _integers(name: str, key: str, values: Any, count: int) -> list[int]:
    if not isinstance(values, list) or len(values) != count or not all(type(value) is int for value in values):
        raise ValueError(f"tensor {name!r}: {key} must be {count} integers, got {values!r:.60}")
    if min(values) < 0:
        raise ValueError(f"tensor {name!r}: {key} must not be negative, got {values!r:.60}")
    return values
