# SPDX-License-Identifier: MIT
"""How does the time depend on the shape of a request? Seconds per call over rows, and over ids per row."""

from __future__ import annotations

from .questions import Question
from .suite import FEW, REPEAT, not_applicable, ready, rows_for, sampler_names, why_not

WORKLOADS_SHAPED = ["english", "zipf_1e4"]
K = 5
ROWS = 1024  # rows per call of `Columns`; `suite.FEW` if the strategy's cost is per row


class Rows:
    """Five ids per row, one to 65,536 rows per call: shows the fixed time of a call, and where it is negligible."""

    question = Question(
        "rows",
        "Rows per call",
        f"How does the time per id depend on the number of rows per call? k = {K}.",
        rows="rows",
        k=K,
    )
    params = (sampler_names(), WORKLOADS_SHAPED, [1, 64, 1024, 65_536])
    param_names = ("sampler", "workload", "rows")
    version = "1"
    timeout = 300
    repeat = REPEAT
    warmup_time = 0.0  # `ready` has warmed it up

    @staticmethod
    def why_not(sampler: str, workload: str, rows: int) -> str | None:
        """Why a sampler is not measured; a strategy whose cost is per row is measured at `suite.FEW` rows at most."""
        return why_not(sampler, rows)

    def setup(self, sampler: str, workload: str, rows: int) -> None:
        """Look up the sampler; n/a if it cannot be measured."""
        not_applicable(self.why_not(sampler, workload, rows))
        self.sampler, self.out, self.number = ready(sampler, workload, rows, K)

    def time_rows(self, sampler: str, workload: str, rows: int) -> None:
        """Seconds per call."""
        self.sampler.sample(rows, K, out=self.out)


class Columns:
    """One to 64 ids per row, in calls of `ROWS` rows."""

    question = Question(
        "columns",
        "Ids per row",
        "How does the time per id depend on k? "
        f"Calls have {ROWS:,} rows, or {FEW} rows if the sampler's cost is per row.",
        rows=ROWS,
        k="k",
        few=FEW,
    )
    params = (sampler_names(), WORKLOADS_SHAPED, [1, 5, 20, 64])
    param_names = ("sampler", "workload", "k")
    version = "1"
    timeout = 300
    repeat = REPEAT
    warmup_time = 0.0

    def setup(self, sampler: str, workload: str, k: int) -> None:
        """Look up the sampler; n/a if it cannot be measured."""
        not_applicable(why_not(sampler))
        self.rows = rows_for(sampler, ROWS)
        self.sampler, self.out, self.number = ready(sampler, workload, self.rows, k)

    def time_columns(self, sampler: str, workload: str, k: int) -> None:
        """Seconds per call."""
        self.sampler.sample(self.rows, k, out=self.out)
