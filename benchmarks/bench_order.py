# SPDX-License-Identifier: MIT
"""Does the order of the ids matter? If they are sorted by frequency, the frequent ids share cache lines."""

from __future__ import annotations

from .questions import Question
from .suite import FEW, REPEAT, not_applicable, ready, rows_for, sampler_names, why_not

WORKLOAD = {"sorted": "english", "unsorted": "english_unsorted"}
ROWS, K = 16_384, 5


class Order:
    """English counts, sorted or shuffled; `suite.FEW` rows if the strategy's cost is per row."""

    question = Question(
        "order",
        "Order of the ids",
        "Does it matter whether ids are sorted by count? English word counts, sorted and in random order.",
        rows=ROWS,
        k=K,
        few=FEW,
    )
    params = (sampler_names(), list(WORKLOAD))
    param_names = ("sampler", "order")
    version = "1"
    timeout = 300
    repeat = REPEAT
    warmup_time = 0.0

    def setup(self, sampler: str, order: str) -> None:
        """Look up the sampler; n/a if it cannot be measured."""
        not_applicable(why_not(sampler))
        self.rows = rows_for(sampler, ROWS)
        self.sampler, self.out, self.number = ready(sampler, WORKLOAD[order], self.rows, K)

    def time_order(self, sampler: str, order: str) -> None:
        """Seconds per call."""
        self.sampler.sample(self.rows, K, out=self.out)
