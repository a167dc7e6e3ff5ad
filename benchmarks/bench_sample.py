# SPDX-License-Identifier: MIT
"""How long does a draw take? Seconds per call of ``sample(rows, k)``; the report divides by rows * k."""

from __future__ import annotations

from .suite import FEW, not_applicable, ready, sampler_names, why_not
from .workloads import UNIFORM, WORKLOADS

MANY = 16_384


class Sample:
    """Steady state on one thread: the tables are built, and the pages of the output are in memory."""

    params = (sampler_names(), list(WORKLOADS), [FEW, MANY], [5])
    param_names = ("sampler", "workload", "rows", "k")
    version = "1"
    timeout = 300
    warmup_time = 0.0  # `ready` has warmed it up

    @staticmethod
    def why_not(sampler: str, workload: str, rows: int, k: int) -> str | None:
        """Why a sampler is not measured; a strategy whose cost is per row is measured at `FEW` rows only."""
        return why_not(sampler, rows, uniform=workload in UNIFORM)

    def setup(self, sampler: str, workload: str, rows: int, k: int) -> None:
        """Look up the sampler; n/a if it cannot be measured."""
        not_applicable(self.why_not(sampler, workload, rows, k))
        self.sampler, self.out, self.number = ready(sampler, workload, rows, k)

    def time_sample(self, sampler: str, workload: str, rows: int, k: int) -> None:
        """Seconds per call."""
        self.sampler.sample(rows, k, out=self.out)
