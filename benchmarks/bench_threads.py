# SPDX-License-Identifier: MIT
"""Do two threads draw twice as fast? The ids are the same either way."""

from __future__ import annotations

import os

import samplers

from .questions import Question
from .suite import REPEAT, not_applicable, ready, sampler_names, why_not

ROWS, K = 65_536, 5


class Threads:
    """`ROWS` rows of five ids from English counts, for positional samplers: their rows do not depend on each other."""

    question = Question(
        "threads",
        "Threads",
        f"How much faster are two threads? {ROWS:,} rows of {K} ids of English word counts.",
        rows=ROWS,
        k=K,
    )
    params = (sampler_names(), [1, 2])
    param_names = ("sampler", "threads")
    version = "1"
    timeout = 300
    repeat = REPEAT
    warmup_time = 0.0

    @staticmethod
    def why_not(sampler: str, threads: int) -> str | None:
        """Why a sampler is not measured: it is not positional, or the machine has fewer cores than threads."""
        reason = why_not(sampler)
        if reason is None and not samplers.get(sampler).info.positional:
            return f"{sampler} is not positional: it draws on one thread"
        if reason is None and threads > (os.cpu_count() or 1):
            return f"{threads} threads on {os.cpu_count()} core"
        return reason

    def setup(self, sampler: str, threads: int) -> None:
        """Look up the sampler; n/a if it cannot be measured."""
        not_applicable(self.why_not(sampler, threads))
        self.sampler, self.out, self.number = ready(sampler, "english", ROWS, K, threads=threads)

    def time_threads(self, sampler: str, threads: int) -> None:
        """Seconds per call."""
        self.sampler.sample(ROWS, K, out=self.out)
