# SPDX-License-Identifier: MIT
"""Who can draw from more ids than torch takes (2**24), and at what cost?"""

from __future__ import annotations

import os

import samplers

from .suite import REPEAT, SEED, not_applicable, ready, sampler_names, why_not
from .variants import create
from .workloads import noise_of

SIZES = {"2**24 + 1": ("zipf_2**24+1", 2**24 + 1), "1e8": ("zipf_1e8", 10**8)}
ROWS, K = 16_384, 5
BYTES_AN_ID = 80  # counts, units, probabilities, the table and what is sorted while it is built


def why_not_large(sampler: str, size: str, free: int | None = None) -> str | None:
    """Why a sampler is not built over so many ids, from what its class says and the memory that is free (bytes)."""
    reason, n_ids = why_not(sampler, ROWS), SIZES[size][1]
    if reason is not None:
        return reason
    strategy = samplers.get(sampler)
    about = strategy.info
    if about.max_ids is not None and n_ids > about.max_ids:
        return f"{sampler} takes at most {about.max_ids} ids: {about.max_ids_reason}"
    free = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES") if free is None else free
    if free < BYTES_AN_ID * n_ids:
        return f"{size} ids take up to {BYTES_AN_ID * n_ids / 1e9:.1f} GB, {free / 1e9:.1f} GB are free"
    return None


class Large:
    """Zipf counts; `ROWS` rows of five."""

    params = (sampler_names(), list(SIZES))
    param_names = ("sampler", "size")
    version = "1"
    timeout = 600
    repeat = REPEAT
    warmup_time = 0.0
    why_not = staticmethod(why_not_large)

    def setup(self, sampler: str, size: str) -> None:
        """Build the sampler, or say n/a."""
        not_applicable(self.why_not(sampler, size))
        self.noise = noise_of(SIZES[size][0])
        self.sampler, self.out, self.number = ready(sampler, SIZES[size][0], ROWS, K)

    def time_large(self, sampler: str, size: str) -> None:
        """Seconds a call."""
        self.sampler.sample(ROWS, K, out=self.out)

    def track_nbytes_large(self, sampler: str, size: str) -> int:
        """Bytes held by the tables."""
        return self.sampler.nbytes

    def time_build_large(self, sampler: str, size: str) -> None:
        """Seconds from a finished noise distribution to a sampler that is ready to draw."""
        create(sampler, self.noise, rng=SEED)

    track_nbytes_large.unit = "bytes"  # type: ignore[attr-defined]
    # asv looks at the function first, then at what `setup` has set for the draws.
    time_build_large.number = 1  # type: ignore[attr-defined]
    time_build_large.repeat = (1, 3, 4.0)  # type: ignore[attr-defined]
