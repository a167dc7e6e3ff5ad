# SPDX-License-Identifier: MIT
"""Files in the safetensors format: strings and arrays, and no code that a reader would run.

The format is that of https://github.com/huggingface/safetensors: the length of the header (8 bytes, little endian), the
header in JSON, the arrays one after another. The package `safetensors` reads every file that is written here. Of its
own files fewer are read here: arrays have one dimension, a type of `DTYPES`, and begin at a multiple of their item
size.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: What the format calls the types of arrays that are written.
DTYPES = {"U64": "<u8", "I64": "<i8", "F64": "<f8", "U32": "<u4", "I32": "<i4", "U8": "|u1"}
_NAMES = {np.dtype(code): name for name, code in DTYPES.items()}

_ALIGNED = 8  # the header is filled up, so that the arrays begin at a multiple of this
_LONGEST_HEADER = 2**20  # a few arrays and strings take less than 2 kB
_DIGEST = '"sha256":"{}"'
_NO_DIGEST = "0" * 64


@dataclass(frozen=True)
class Contents:
    """What a file holds: strings by their keys, and read-only arrays, shape (n,), by their names."""

    metadata: dict[str, str]
    tensors: dict[str, NDArray[Any]]


def write(file: IO[bytes], contents: Contents) -> None:
    """Write a file, and in its metadata under "sha256" the digest of all its bytes.

    The digest is that of the file with 64 zeros in the place of the digest.
    """
    # Larger items first: then every array begins at a multiple of its item size, without holes.
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
    """What the bytes of a file hold; the arrays are views of ``data`` and not copied.

    Raises
    ------
    ValueError
        If these are not the bytes of such a file, whole and unchanged. Nothing outside ``data`` is read.
    """
    header, start = _header(data)
    fields = _json(header)
    metadata = fields.pop("__metadata__", None)
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise ValueError("its header has no __metadata__ of strings: samplers.save did not write it")
    tensors = _arrays(fields, data[start:])
    return Contents(metadata, tensors)


def check_digest(data: NDArray[np.uint8], metadata: dict[str, str]) -> None:
    """Refuse a file of which a byte has changed since it was written.

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
        raise ValueError("its bytes are not those that were written (their SHA-256 is another): the file is damaged")


def _little_endian(array: NDArray[Any]) -> NDArray[Any]:
    return np.ascontiguousarray(array, array.dtype.newbyteorder("<"))


def _entries(names: list[str], arrays: list[NDArray[Any]]) -> dict[str, Any]:
    entries, end = {}, 0
    for name, array in zip(names, arrays, strict=True):
        begin, end = end, end + array.nbytes
        entries[name] = {"dtype": _NAMES[array.dtype], "shape": list(array.shape), "data_offsets": [begin, end]}
    return entries


def _header(data: NDArray[np.uint8]) -> tuple[bytes, int]:
    """The header, and where the arrays begin."""
    if len(data) < 8:
        raise ValueError(f"it has {len(data)} bytes, fewer than the length of a header takes")
    length = int.from_bytes(data[:8].tobytes(), "little")
    if length > min(_LONGEST_HEADER, len(data) - 8) or length % _ALIGNED:
        raise ValueError(
            f"its first 8 bytes announce a header of {length} bytes, in a file of {len(data)}: samplers.save did not "
            "write it, or it was cut off"
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
        raise ValueError("a key is there twice")
    return fields


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def _arrays(entries: dict[str, Any], data: NDArray[np.uint8]) -> dict[str, NDArray[Any]]:
    """The arrays, which must fill ``data`` from end to end, in any order."""
    placed = sorted((*_place(name, entry), name) for name, entry in entries.items())
    arrays, end = {}, 0
    for begin, stop, code, name in placed:
        if begin != end:
            raise ValueError(f"tensor {name!r} begins at byte {begin}, and the one before it ends at {end}")
        if stop > len(data):
            raise ValueError(f"tensor {name!r} ends at byte {stop} of {len(data)}: the file was cut off")
        dtype = np.dtype(code)
        if begin % dtype.itemsize:
            raise ValueError(f"tensor {name!r} begins at byte {begin}, no multiple of its item size {dtype.itemsize}")
        arrays[name] = data[begin:stop].view(dtype).astype(dtype.newbyteorder("="), copy=False)
        end = stop
    if end != len(data):
        raise ValueError(f"{len(data) - end} bytes after the last tensor belong to none")
    return arrays


def _place(name: str, entry: Any) -> tuple[int, int, str]:
    """Where an array begins and ends, and the code of its type; the numbers fit each other."""
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
