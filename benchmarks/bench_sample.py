# SPDX-License-Identifier: MIT
"""How long do ids take? Seconds a call of ``sample(rows, k)``; the report divides by rows * k."""

from __future__ import annotations

import samplers

from .suite import ready, sampler_names
from .workloads import WORKLOADS

FEW, MANY = 64, 16_384


class Sample:
    """Steady state: tables built, output resident and touched, one thread."""

    params = (sampler_names(), list(WORKLOADS), [FEW, MANY], [5])
    param_names = ("sampler", "workload", "rows", "k")
    version = "1"
    timeout = 300
    warmup_time = 0.0  # `ready` has warmed it up

    def setup(self, sampler: str, workload: str, rows: int, k: int) -> None:
        """Fetch the sampler, or say n/a: a strategy that pays for each row is measured on few rows only."""
        if rows > FEW and samplers.why_unavailable(sampler) is None and samplers.get(sampler).per_row_call:
            raise NotImplementedError(f"{sampler} pays for each row: measured at {FEW} rows")
        self.sampler, self.out, self.number = ready(sampler, workload, rows, k)

    def time_sample(self, sampler: str, workload: str, rows: int, k: int) -> None:
        """One call."""
        self.sampler.sample(rows, k, out=self.out)
