# SPDX-License-Identifier: MIT
"""What does a sampler cost before its first id, and what does it hold?"""

from __future__ import annotations

from .suite import SEED, build, sampler_names
from .variants import create
from .workloads import noise_of

WORKLOADS_BUILT = ["english", "zipf_1e4", "zipf_1e6", "zipf_1e7"]


class Build:
    """From a finished noise distribution to a sampler that is ready to draw."""

    params = (sampler_names(), WORKLOADS_BUILT)
    param_names = ("sampler", "workload")
    version = "1"
    timeout = 300
    number = 1
    repeat = (3, 7, 3.0)  # fewest, most samples, seconds
    warmup_time = 0.0

    def setup(self, sampler: str, workload: str) -> None:
        """Make the noise distribution with all that it computes once; say n/a where nothing can be built."""
        build(sampler, workload)
        self.noise = noise_of(workload)

    def time_build(self, sampler: str, workload: str) -> None:
        """Seconds to create a sampler; the noise distribution has computed its weights before."""
        create(sampler, self.noise, rng=SEED)

    def peakmem_build(self, sampler: str, workload: str) -> None:
        """Peak bytes of the process, with the interpreter and the libraries that the sampler imports."""
        create(sampler, self.noise, rng=SEED)

    def track_nbytes(self, sampler: str, workload: str) -> int:
        """Bytes held by the tables of the sampler, those of the noise distribution not counted."""
        return create(sampler, self.noise, rng=SEED).nbytes

    track_nbytes.unit = "bytes"  # type: ignore[attr-defined]


class FirstCall:
    """The first five ids of a sampler that has never drawn: what an interactive user waits for."""

    params = (sampler_names(), WORKLOADS_BUILT)
    param_names = ("sampler", "workload")
    version = "1"
    timeout = 300
    number = 1
    repeat = (3, 7, 3.0)
    warmup_time = 0.0

    def setup(self, sampler: str, workload: str) -> None:
        """A fresh sampler for every call."""
        self.sampler = build(sampler, workload)

    def time_first_call(self, sampler: str, workload: str) -> None:
        """Seconds for ``sample(1, 5)``."""
        self.sampler.sample(1, 5)
