# SPDX-License-Identifier: MIT
"""Laws to save, saved files, and files that are taken apart and put together again."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import samplers
from samplers.laws.classes import classes_of_weights
from samplers.saving.container import Contents, write

SAVABLE = ("alias", "spectrum")
COUNTS = [0, 30, 1000, 7, 0, 400, 90, 3, 30, 0]


class Halving(samplers.Law):
    """A law of a user's own, with words."""

    words = ("a", "b", "c", "d")

    def __len__(self):
        return 4

    def _grouped(self):
        return classes_of_weights(np.array([4, 1, 2, 1], np.uint64))


def laws() -> dict[str, samplers.Law]:
    rng = np.random.default_rng(5)
    counts = samplers.NoiseDistribution(COUNTS)
    return {
        "counts": counts,
        "sorted": samplers.NoiseDistribution([1000, 400, 30, 30, 5, 0]),
        "one": samplers.NoiseDistribution([3], exponent=-0.3),
        "words": samplers.NoiseDistribution({"the": 9, "": 1, "한국": 4, "\udc80": 2, "\x00": 2, '"': 8}, exponent=0.5),
        "uint64": samplers.NoiseDistribution(np.array([2**64 - 1, 5, 2**63], np.uint64), exponent=1.0),
        "weights": samplers.from_weights([0.5, 0.0, 0.25, 0.125]),
        # Weights of a portable power, some of which may be in another order than their counts.
        "portable": samplers.NoiseDistribution(rng.integers(2**60, 2**60 + 5000, 3000), exponent=0.3),
        "flat": samplers.NoiseDistribution([3, 9, 1], exponent=0.0),
        "uniform": samplers.uniform(11),
        "log_uniform": samplers.log_uniform(9),
        "mixture": samplers.mixture([(1, samplers.uniform(10)), (4, counts)]),
        "own": Halving(),
    }


def rows_of(sampler: samplers.Sampler) -> np.ndarray:
    return np.concatenate([sampler.sample(40, 1), sampler.sample(3000, 1)])


def saved(name: str, law: samplers.Law, path: Path) -> bytes:
    samplers.save(samplers.create(name, law), path, overwrite=True)
    return path.read_bytes()


def refused(path: Path, data: bytes, *, mmap: bool = False) -> str:
    path.write_bytes(data)
    with pytest.raises(ValueError, match=re.escape(str(path))) as caught:
        samplers.load(path, mmap=mmap)
    return str(caught.value)


def taken_apart(data: bytes) -> tuple[dict[str, Any], bytes]:
    length = int.from_bytes(data[:8], "little")
    return json.loads(data[8 : 8 + length]), data[8 + length :]


def put_together(header: dict[str, Any] | str, arrays: bytes) -> bytes:
    """A file with this header and a digest that is right, if it has one."""
    text = (header if isinstance(header, str) else json.dumps(header)).encode()
    text = re.sub(rb'"sha256": ?"[^"]*"', b'"sha256":"' + b"0" * 64 + b'"', text)
    text += b" " * (-len(text) % 8)
    start = len(text).to_bytes(8, "little")
    digest = hashlib.sha256(start + text + arrays).hexdigest()
    return start + text.replace(b'"sha256":"' + b"0" * 64, b'"sha256":"' + digest.encode()) + arrays


def parts(name: str, law: samplers.Law, path: Path) -> tuple[dict[str, str], dict[str, np.ndarray]]:
    """The strings and arrays of a saved file, to change."""
    header, data = taken_apart(saved(name, law, path))
    strings = header.pop("__metadata__")
    kinds = {"U64": "<u8", "I64": "<i8", "F64": "<f8", "U32": "<u4", "I32": "<i4", "U8": "|u1"}
    return strings, {
        key: np.frombuffer(data[slice(*entry["data_offsets"])], kinds[entry["dtype"]]).copy()
        for key, entry in header.items()
    }


def refuse_parts(path: Path, strings: dict[str, str], arrays: dict[str, np.ndarray]) -> str:
    with open(path, "wb") as file:
        write(file, Contents(strings, arrays))
    with pytest.raises(ValueError, match=re.escape(str(path))) as caught:
        samplers.load(path)
    return str(caught.value)
