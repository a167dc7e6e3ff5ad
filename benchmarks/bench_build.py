# SPDX-License-Identifier: MIT
"""How much time does building a sampler take, and how much memory do its tables take?"""

from __future__ import annotations

from .suite import SEED, build, sampler_names
from .variants import create
from .workloads import EXTRA, WORKLOADS, noise_of

WORKLOADS_BUILT = ["english", "zipf_1e4", "zipf_1e6", "zipf_1e7"]
# A million counts of which no two are equal: the most work for the weights, and for the order of the ids.
DISTINCT = {"integers": "integers_1e6", "reals": "floats_1e6"}


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
        """Make the noise distribution, with all that it caches; n/a if the sampler cannot be built."""
        build(sampler, workload)
        self.noise = noise_of(workload)

    def time_build(self, sampler: str, workload: str) -> None:
        """Seconds to create a sampler; the weights of the noise distribution are computed before."""
        create(sampler, self.noise, rng=SEED)

    def peakmem_build(self, sampler: str, workload: str) -> None:
        """Peak bytes of the process, including the interpreter and the libraries that the sampler imports."""
        create(sampler, self.noise, rng=SEED)

    def track_nbytes(self, sampler: str, workload: str) -> int:
        """Bytes of the sampler's tables, without those of the noise distribution."""
        return create(sampler, self.noise, rng=SEED).nbytes

    track_nbytes.unit = "bytes"  # type: ignore[attr-defined]


class FromCounts:
    """From an array of a million distinct counts to a sampler that is ready to draw, with the noise distribution."""

    params = (sampler_names(), list(DISTINCT))
    param_names = ("sampler", "counts")
    version = "1"
    timeout = 300
    number = 1
    repeat = (3, 7, 3.0)
    warmup_time = 0.0

    def setup(self, sampler: str, counts: str) -> None:
        """Make the counts; n/a if the sampler cannot be built."""
        build(sampler, DISTINCT[counts])
        self.counts = (WORKLOADS | EXTRA)[DISTINCT[counts]].counts()

    def time_from_counts(self, sampler: str, counts: str) -> None:
        """Seconds to create a sampler, at the exponent 0.75."""
        create(sampler, self.counts, rng=SEED)


class FirstCall:
    """The first five ids of a new sampler: the time that an interactive user waits."""

    params = (sampler_names(), WORKLOADS_BUILT)
    param_names = ("sampler", "workload")
    version = "1"
    timeout = 300
    number = 1
    repeat = (3, 7, 3.0)
    warmup_time = 0.0

    def setup(self, sampler: str, workload: str) -> None:
        """Build a new sampler for every call, because only its first call counts."""
        self.sampler = build(sampler, workload)

    def time_first_call(self, sampler: str, workload: str) -> None:
        """Seconds for ``sample(1, 5)``."""
        self.sampler.sample(1, 5)
