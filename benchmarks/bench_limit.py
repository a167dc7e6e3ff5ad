# SPDX-License-Identifier: MIT
"""What is the shortest possible time of a draw? The generator alone, and independent loads from a table.

A draw of an alias table needs 32 random bits and one load. So the slower of the two parts is the limit, with which the
report compares the samplers. It is that of a sampler without waste, which uses all words that it generates: `alias`
generates whole blocks of four words for a row, so that a row of 5 ids takes 8 words.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import cycle
from typing import Any

import numpy as np

from .questions import Question
from .suite import SEED, calls_for, needed

IDS = 81_920  # the ids of one call of Sample.time_sample: 16,384 rows of 5
# The ways of loading, in the order of `samplers.kernels.rows`. They are repeated because asv stores results by
# position, and an older version of the library must not change a position.
WAYS = ("one by one", "prefetched", "AVX-512 gather")
WINDOWS = 13
AHEAD = 64  # indices that the prefetching loop reads beyond the end


def kernels() -> Any:
    """The compiled loops; n/a if this version of the library has none."""
    return needed("samplers.kernels.rows", "GATHER_WAYS", "GENERATE_SLACK", "SLOT_BYTES", "gather", "generate")


def generator() -> Callable[[], object]:
    """A call that generates and stores 32 bits for each of `IDS` ids, by Philox4x32-10."""
    kernel = kernels()
    numbers = IDS // 2  # of 64 bits
    out = np.zeros(numbers + kernel.GENERATE_SLACK, dtype=np.uint64)
    return lambda: kernel.generate(SEED, out, numbers)


def gathers(n_ids: int) -> list[Callable[[], object]]:
    """Calls that load a slot per index from a table of 2**ceil(log2 V) slots, in every way that this CPU has.

    A slot has as many bytes as one of `alias`, and is stored in 8 bytes, as an id is.
    """
    kernel = kernels()
    rows = 1 << (n_ids - 1).bit_length()
    table, out = np.arange(rows, dtype=f"u{kernel.SLOT_BYTES}"), np.zeros(IDS, dtype=np.uint64)
    # The calls cycle over a million indices. If they repeated the same 81,920 indices, the needed lines of a large
    # table would stay in the cache. Many more indices would push a small table out of the cache.
    index = np.random.default_rng(SEED).integers(rows, size=WINDOWS * IDS + AHEAD, dtype=np.uint32)
    windows = cycle([index[i * IDS : (i + 1) * IDS + AHEAD] for i in range(WINDOWS)])
    return [
        lambda way=way: kernel.gather(way, table, next(windows), out)  # type: ignore[misc]
        for way in range(len(WAYS))
        if kernel.gather(way, table, index, out)
    ]


@cache
def ready(part: str, n_ids: int) -> tuple[Callable[[], object], int]:
    """A part, and the number of calls in one sample; cached, because asv runs ``setup`` before every call."""
    ways = dict(zip(WAYS, gathers(n_ids), strict=False)) | {"generator": generator()}
    if part not in ways:
        raise NotImplementedError(f"{part}: not on this CPU")
    return ways[part], calls_for(ways[part])


class Limit:
    """Seconds per `IDS` ids for the two parts that every draw needs."""

    question = Question(
        "limit", "The limit of a draw", "What is the shortest possible time of a draw?", rows=IDS, table=False
    )
    params = (["generator", *WAYS], [10**2, 10**4, 10**5, 10**6, 10**7])
    param_names = ("part", "V")
    version = "2"  # 1: 64 bits an id
    timeout = 300
    warmup_time = 0.0

    def setup(self, part: str, n_ids: int) -> None:
        """Look up the part with its buffers in memory; n/a if this CPU lacks the way of loading."""
        self.part, self.number = ready(part, n_ids)

    def time_part(self, part: str, n_ids: int) -> None:
        """Seconds per `IDS` ids."""
        self.part()
