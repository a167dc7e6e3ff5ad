# SPDX-License-Identifier: MIT
"""Which samplers can draw from more than 2**24 ids, the limit of torch, and how long does it take?"""

from __future__ import annotations

import os
from pathlib import Path

import samplers

from .questions import Question
from .suite import REPEAT, SEED, not_applicable, ready, sampler_names, why_not
from .variants import create
from .workloads import noise_of

SIZES = {"2**24 + 1": ("zipf_2**24+1", 2**24 + 1), "1e8": ("zipf_1e8", 10**8)}
ROWS, K = 16_384, 5
BYTES_PER_ID = 80  # counts, units, probabilities, the table, and temporary arrays while it is built


def available_memory() -> int:
    """Bytes that programs can have, with the cache of files that the system would give up for them."""
    try:
        fields = dict(line.split(":") for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines())
        return int(fields["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):  # no Linux
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES")


def why_not_large(sampler: str, size: str, free: int | None = None) -> str | None:
    """Why a sampler is not built at a size; None if it is.

    Parameters
    ----------
    sampler : str
    size : str
        A key of `SIZES`.
    free : int, optional
        Free memory in bytes; default: `available_memory`.
    """
    reason, n_ids = why_not(sampler, ROWS), SIZES[size][1]
    if reason is not None:
        return reason
    info = samplers.get(sampler).info
    if info.max_ids is not None and n_ids > info.max_ids:
        return f"{sampler} takes at most {info.max_ids} ids: {info.max_ids_reason}"
    free = available_memory() if free is None else free
    if free < BYTES_PER_ID * n_ids:
        return f"{size} ids take up to {BYTES_PER_ID * n_ids / 1e9:.1f} GB, {free / 1e9:.1f} GB are free"
    return None


class Large:
    """Zipf counts; `ROWS` rows of five ids."""

    question = Question(
        "large",
        "More ids than torch supports",
        "How much time and memory do more than 2^24 ids take, the limit of `torch.multinomial`?",
        rows=ROWS,
        k=K,
    )
    params = (sampler_names(), list(SIZES))
    param_names = ("sampler", "size")
    version = "1"
    timeout = 600
    repeat = REPEAT
    warmup_time = 0.0
    why_not = staticmethod(why_not_large)

    def setup(self, sampler: str, size: str) -> None:
        """Build the sampler; n/a if it cannot be measured."""
        not_applicable(self.why_not(sampler, size))
        self.noise = noise_of(SIZES[size][0])
        self.sampler, self.out, self.number = ready(sampler, SIZES[size][0], ROWS, K)

    def time_large(self, sampler: str, size: str) -> None:
        """Seconds per call."""
        self.sampler.sample(ROWS, K, out=self.out)

    def track_nbytes_large(self, sampler: str, size: str) -> int:
        """Bytes of the sampler's tables."""
        return self.sampler.nbytes

    def time_build_large(self, sampler: str, size: str) -> None:
        """Seconds from a finished noise distribution to a sampler that is ready to draw."""
        create(sampler, self.noise, rng=SEED)

    track_nbytes_large.unit = "bytes"  # type: ignore[attr-defined]
    # asv prefers the attributes of the function to those that `setup` has set for the draws.
    time_build_large.number = 1  # type: ignore[attr-defined]
    time_build_large.repeat = (1, 3, 4.0)  # type: ignore[attr-defined]
