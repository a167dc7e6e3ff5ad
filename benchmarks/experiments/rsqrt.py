# SPDX-License-Identifier: MIT
"""The table behind RSQRTSS: that of this processor, read out, and those of Intel and of AMD.

x86 processors have an instruction that approximates 1 / sqrt(x) with a relative error of at most 1.5 / 4096. Its
result is a table's entry: 12 bits, for one of 4,096 intervals of the mantissa, for even and for odd exponents. The
manuals give the bound and not the entries, so that vendors may differ.

TensorFlow computes ``tf.math.rsqrt`` on a CPU as this entry and one step of Newton's method.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

Floats = Any  # NDArray[np.float32]
Table = Any  # NDArray[np.int32], (8192,): 12 bits for each of 4,096 intervals of [1, 2), then of [2, 4)

HERE = Path(__file__).resolve().parent
INTERVALS = 4096
FIRST, LAST = 0x3F800000, 0x40800000  # the bits of 1.0 and of 4.0
HALF = 0x3F000000  # the bits of 0.5: all entries are from 0.5 to 1


class Unavailable(Exception):
    """The instruction cannot be read here; the message says why."""


@cache
def instructions() -> ctypes.CDLL:
    """The instructions, compiled with the C compiler of this machine.

    Raises
    ------
    Unavailable
        If there is no C compiler, or if the processor is not an x86.
    """
    compiler = os.environ.get("CC", "cc")
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "rsqrtss.so"
        command = [*compiler.split(), "-O2", "-shared", "-fPIC", "-o", str(library), str(HERE / "rsqrtss.c")]
        try:
            subprocess.run(command, check=True, capture_output=True, text=True)
        except FileNotFoundError:
            raise Unavailable(f"there is no C compiler {compiler!r}: install one, or name it in CC") from None
        except subprocess.CalledProcessError as error:
            raise Unavailable(f"{compiler} cannot compile rsqrtss.c: {error.stderr.strip()}") from None
        loaded = ctypes.CDLL(str(library))
    if not hasattr(loaded, "one"):
        raise Unavailable(f"a processor of the kind {platform.machine()} has no RSQRTSS")
    return loaded


def instruction(x: Floats, name: str = "one") -> Floats:
    """What the processor gives for each float32 of `x`: "one" is RSQRTSS, "four" RSQRTPS."""
    given = np.ascontiguousarray(x, np.float32)
    result = np.empty_like(given)
    pointers = (array.ctypes.data_as(ctypes.c_void_p) for array in (given, result))
    getattr(instructions(), name)(*pointers, ctypes.c_size_t(given.size))
    return result


def all_floats() -> Floats:
    """The 16,777,216 float32 of [1, 4): one period of the table, because rsqrt(4 x) = rsqrt(x) / 2 exactly."""
    return np.arange(FIRST, LAST, dtype=np.uint32).view(np.float32)


def first_of_intervals() -> Floats:
    """The first float32 of each interval, (8192,)."""
    return np.arange(FIRST, LAST, 2**23 // INTERVALS, dtype=np.uint32).view(np.float32)


def entries(y: Floats) -> Table:
    """The 12 bits of results in [0.5, 1)."""
    return (y.view(np.int32) - HALF) >> 11


@cache
def processor() -> Table:
    """The table of this processor, read with RSQRTSS.

    Raises
    ------
    Unavailable
        If the instruction cannot be read, or if it is no table of 12 bits over 4,096 intervals.
    """
    table = entries(instruction(first_of_intervals()))
    everything = instruction(all_floats())
    if not np.array_equal(over_all_floats(table), everything):
        raise Unavailable("RSQRTSS of this processor is no table of 12 bits over 4,096 intervals")
    if not np.array_equal(instruction(all_floats(), "four"), everything):
        raise Unavailable("RSQRTPS and RSQRTSS of this processor differ")
    return table


@cache
def intel() -> Table:
    """Intel's table by rule: 1 / sqrt in the middle of one of 1,024 intervals, rounded to 12 bits.

    Source: the table of Bochs, https://github.com/bochs-emu/Bochs, cpu/sse_rcp.cc, which follows this rule.
    """
    bits = first_of_intervals().view(np.uint32)
    middle = ((bits & 0xFFFFE000) | 0x1000).view(np.float32).astype(np.float64)
    return np.rint((1 / np.sqrt(middle) * 2 - 1) * 4096).astype(np.int32)


@cache
def amd() -> Table:
    """AMD's table, as the difference of two smaller tables.

    A line of rsqrtss_amd.txt is for one of 32 intervals of [1, 2), and then of [2, 4). It has an entry for each eighth
    of the interval, and what is subtracted from it in each 16th of the eighth, as hexadecimal digits. That the table is
    such a difference was found from the entries that https://github.com/Noxoni/RivalSim lists. The hash of its 2**24
    results is the one that this project read from an AMD EPYC, family 25, model 17: `FINGERPRINTS`.
    """
    lines = [line.split() for line in (HERE / "rsqrtss_amd.txt").read_text(encoding="ascii").splitlines()]
    large = np.array([[int(entry) for entry in line[:8]] for line in lines], np.int32)
    small = np.array([[int(digit, 16) for digit in line[8]] for line in lines], np.int32)
    return (large[:, :, None] - small[:, None, :]).ravel()


# SHA-256 of the 2**24 results, the first 16 digits. Both were read from processors, an Intel Xeon (family 6, model 207)
# and an AMD EPYC (family 25, model 17).
FINGERPRINTS = {"Intel": "daa30c19851bb017", "AMD": "bf80a4b9ac32018f"}
TABLES = {"Intel": intel, "AMD": amd}


def vendor(table: Table) -> str | None:
    """Whose table it is; None if it is neither Intel's nor AMD's."""
    return next((name for name, make in TABLES.items() if np.array_equal(make(), table)), None)


def over_all_floats(table: Table) -> Floats:
    """The results of a table for `all_floats`."""
    y: Floats = ((table << 11) + HALF).astype(np.int32).view(np.float32)
    return np.repeat(y, 2**23 // INTERVALS)


def fingerprint(results: Floats) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of float32 values."""
    return hashlib.sha256(np.ascontiguousarray(results, "<f4").tobytes()).hexdigest()[:16]


def look_up(table: Table, x: Floats) -> Floats:
    """The entry of a table for each positive normal float32: x = 4**k m with m in [1, 4) has table(m) / 2**k."""
    bits = x.view(np.int32)
    exponent = (bits >> 23) - 127
    half, odd = exponent >> 1, exponent & 1
    entry = table[(odd << 12) + ((bits >> 11) & 4095)]
    result: Floats = ((entry << 11) + HALF - (half << 23)).view(np.float32)
    return result


def refined(x: Floats, y: Floats) -> Floats:
    """One step of Newton's method in float32, as Eigen and with it TensorFlow 2.12 write it."""
    result: Floats = y * (np.float32(1.5) - (np.float32(0.5) * x * y) * y)
    return result


def apart(a: Floats, b: Floats) -> tuple[float, int]:
    """The share of elements that differ, and the largest distance in units of the last place."""
    distance = np.abs(a.view(np.int32).astype(np.int64) - b.view(np.int32))
    return float(np.mean(distance != 0)), int(distance.max())
