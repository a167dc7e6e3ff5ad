# SPDX-License-Identifier: MIT
"""How long do ids take? Seconds a call of ``sample(rows, k)``; the report divides by rows * k."""

from __future__ import annotations

from .suite import FEW, not_applicable, ready, sampler_names, why_not
from .workloads import WORKLOADS

MANY = 16_384


class Sample:
    """Steady state: tables built, output resident and touched, one thread."""

    params = (sampler_names(), list(WORKLOADS), [FEW, MANY], [5])
    param_names = ("sampler", "workload", "rows", "k")
    version = "1"
    timeout = 300
    warmup_time = 0.0  # `ready` has warmed it up

    @staticmethod
    def why_not(sampler: str, workload: str, rows: int, k: int) -> str | None:
        """A strategy that pays for each row is measured on few rows only."""
        return why_not(sampler, rows)

    def setup(self, sampler: str, workload: str, rows: int, k: int) -> None:
        """Fetch the sampler, or say n/a."""
        not_applicable(self.why_not(sampler, workload, rows, k))
        self.sampler, self.out, self.number = ready(sampler, workload, rows, k)

    def time_sample(self, sampler: str, workload: str, rows: int, k: int) -> None:
        """One call."""
        self.sampler.sample(rows, k, out=self.out)
