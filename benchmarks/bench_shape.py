# SPDX-License-Identifier: MIT
"""What does the shape of a request cost? Seconds a call over rows, and over ids a row."""

from __future__ import annotations

from .suite import REPEAT, not_applicable, ready, rows_for, sampler_names, why_not

WORKLOADS_SHAPED = ["english", "zipf_1e4"]
K = 5
ROWS = 1024  # of a call whose columns are counted; `suite.FEW` for strategies that pay for each row


class Rows:
    """Five ids for one row, a small batch, a batch, a large one: what a call costs and where that no longer shows."""

    params = (sampler_names(), WORKLOADS_SHAPED, [1, 64, 1024, 65_536])
    param_names = ("sampler", "workload", "rows")
    version = "1"
    timeout = 300
    repeat = REPEAT
    warmup_time = 0.0  # `ready` has warmed it up

    @staticmethod
    def why_not(sampler: str, workload: str, rows: int) -> str | None:
        """A strategy that pays for each row is measured on few rows only."""
        return why_not(sampler, rows)

    def setup(self, sampler: str, workload: str, rows: int) -> None:
        """Fetch the sampler, or say n/a."""
        not_applicable(self.why_not(sampler, workload, rows))
        self.sampler, self.out, self.number = ready(sampler, workload, rows, K)

    def time_rows(self, sampler: str, workload: str, rows: int) -> None:
        """Seconds a call."""
        self.sampler.sample(rows, K, out=self.out)


class Columns:
    """One to 64 ids a row, in calls of `ROWS` rows."""

    params = (sampler_names(), WORKLOADS_SHAPED, [1, 5, 20, 64])
    param_names = ("sampler", "workload", "k")
    version = "1"
    timeout = 300
    repeat = REPEAT
    warmup_time = 0.0

    def setup(self, sampler: str, workload: str, k: int) -> None:
        """Fetch the sampler, or say n/a."""
        not_applicable(why_not(sampler))
        self.rows = rows_for(sampler, ROWS)
        self.sampler, self.out, self.number = ready(sampler, workload, self.rows, k)

    def time_columns(self, sampler: str, workload: str, k: int) -> None:
        """Seconds a call."""
        self.sampler.sample(self.rows, k, out=self.out)
