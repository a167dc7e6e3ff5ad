# SPDX-License-Identifier: MIT
"""The caches of this machine, and how to fill them with other data before a call is timed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np

# What is assumed where the system does not tell: as much as most processors have at the most.
ASSUMED = {"L2": 2 * 2**20, "L3": 64 * 2**20}
# How many times the size of a cache is written, so that nothing else is left in it. 6 times the L2 is below the L3.
# With an L3 of 300 MB, a call after 2 times took as long as after 3 and 5 times (V = 4e4 and 3e6, 25 calls each), and
# 2 times take 70 ms, 3 times 106 ms.
L2_TIMES, ALL_TIMES = 6, 2
UNTIMED = 2  # calls before a warm one


def sizes(folder: Path = Path("/sys/devices/system/cpu/cpu0/cache")) -> dict[str, int]:
    """Bytes of the data caches of the first core, by level ("L1", "L2", ...); empty if the system does not tell."""
    found = {}
    for index in sorted(folder.glob("index[0-9]*")):
        try:
            level, kind, size = (
                (index / name).read_text(encoding="utf-8").strip() for name in ("level", "type", "size")
            )
        except OSError:
            continue
        number, unit = size.rstrip("KMG"), size[-1]
        if kind in ("Data", "Unified") and number.isdigit():
            found[f"L{level}"] = int(number) * 2 ** {"K": 10, "M": 20, "G": 30}.get(unit, 0)
    return found


def to_write() -> dict[str, int]:
    """Bytes that are written to evict the L2 ("L2") and all caches ("all")."""
    known = sizes() or ASSUMED
    return {"L2": L2_TIMES * known.get("L2", ASSUMED["L2"]), "all": ALL_TIMES * max(known.values())}


@cache
def evict(which: str) -> Callable[[], None]:
    """A function that writes so many bytes that nothing of before is left in the L2 ("L2"), or in any cache ("all").

    The memory is kept, because new memory would be cleared by the system in each call.
    """
    memory = np.zeros(to_write()[which], np.uint8)

    def write() -> None:
        np.add(memory, 1, out=memory)

    return write


def warm(call: Callable[[], object]) -> None:
    """Call it, so that its code and its data are in the caches."""
    for _ in range(UNTIMED):
        call()
