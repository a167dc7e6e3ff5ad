# SPDX-License-Identifier: MIT
"""How fast could an id be? The generator alone, and independent loads from a table of the same size.

A draw needs both, so the slower of the two is the limit that the report compares a sampler with.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import cycle
from typing import Any

import numpy as np

from .suite import SEED, calls_for, needed

IDS = 81_920  # as many as a call of Sample.time_sample draws: 16,384 rows of 5
# The ways of loading, as `samplers.kernels.rows` calls them. They are written down because asv stores results by
# position: an older version of the library must not move them.
WAYS = ("one by one", "prefetched", "AVX-512 gather")
WINDOWS = 13
AHEAD = 64  # indices that the prefetching loop reads beyond the end


def kernels() -> Any:
    """The compiled loops; n/a where this version of the library has none."""
    return needed("samplers.kernels.rows", "GATHER_WAYS", "GENERATE_SLACK", "gather", "generate")


def generator() -> Callable[[], object]:
    """Philox4x32-10, 64 bits an id, stored."""
    kernel = kernels()
    out = np.zeros(IDS + kernel.GENERATE_SLACK, dtype=np.uint64)
    return lambda: kernel.generate(SEED, out, IDS)


def gathers(n_ids: int) -> list[Callable[[], object]]:
    """8-byte loads from a table of 2**ceil(log2 V) rows, indices given: every way that this CPU has."""
    kernel = kernels()
    rows = 1 << (n_ids - 1).bit_length()
    table, out = np.arange(rows, dtype=np.uint64), np.zeros(IDS, dtype=np.uint64)
    # A million indices in turn: the same 81,920 again and again would find their lines of a large table in the
    # cache, and many more would push a small table out of it.
    index = np.random.default_rng(SEED).integers(rows, size=WINDOWS * IDS + AHEAD, dtype=np.uint32)
    windows = cycle([index[i * IDS : (i + 1) * IDS + AHEAD] for i in range(WINDOWS)])
    return [
        lambda way=way: kernel.gather(way, table, next(windows), out)  # type: ignore[misc]
        for way in range(len(WAYS))
        if kernel.gather(way, table, index, out)
    ]


@cache
def ready(part: str, n_ids: int) -> tuple[Callable[[], object], int]:
    """A part and how many calls of it make a sample; once a process, as asv runs ``setup`` before every call."""
    ways = dict(zip(WAYS, gathers(n_ids), strict=False)) | {"generator": generator()}
    if part not in ways:
        raise NotImplementedError(f"{part}: not on this CPU")
    return ways[part], calls_for(ways[part])


class Limit:
    """Seconds for `IDS` ids' worth of what nothing can go without."""

    params = (["generator", *WAYS], [10**2, 10**4, 10**5, 10**6, 10**7])
    param_names = ("part", "V")
    version = "1"
    timeout = 300
    warmup_time = 0.0

    def setup(self, part: str, n_ids: int) -> None:
        """Resident buffers; n/a for a way of loading that this CPU has not."""
        self.part, self.number = ready(part, n_ids)

    def time_part(self, part: str, n_ids: int) -> None:
        """One pass over `IDS` ids."""
        self.part()
