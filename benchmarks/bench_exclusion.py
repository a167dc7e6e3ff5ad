# SPDX-License-Identifier: MIT
"""How much time does excluding ids take? Nothing excluded, the positive of each row, the history of each user."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from .suite import REPEAT, SEED, calls_for, not_applicable, ready, rows_for, sampler_names, why_not
from .workloads import noise_of

ROWS, K = 1024, 5
LONGEST = 40  # ids in the longest history; the mean is 20


def excluded_sets(kind: str, workload: str, rows: int) -> Any:
    """The excluded ids of each row, drawn from the noise distribution, so that collisions are frequent.

    Returns
    -------
    None, int64 (rows,), or a CSR pair (int64 (rows + 1,), int64 (m,))
        For the kinds "none", "one" and "csr".
    """
    rng, p = np.random.default_rng(SEED), noise_of(workload).probabilities
    sizes = {
        "none": np.zeros(rows, dtype=np.int64),
        "one": np.ones(rows, dtype=np.int64),
        "csr": rng.integers(LONGEST + 1, size=rows),
    }[kind]
    ids = rng.choice(len(p), size=sizes.sum(), p=p / p.sum())
    return {"none": None, "one": ids, "csr": (np.concatenate([[0], np.cumsum(sizes)]), ids)}[kind]


@cache
def prepared(sampler: str, workload: str, excluded: str) -> tuple[Callable[[], object], int]:
    """A call, and the number of calls in one sample of asv."""
    rows = rows_for(sampler, ROWS)
    built, out, _ = ready(sampler, workload, rows, K)
    sets = excluded_sets(excluded, workload, rows)

    def call() -> object:
        return built.sample(rows, K, exclude=sets, out=out)

    return call, calls_for(call)


class Exclusion:
    """`ROWS` rows of five ids with excluded ids redrawn; `suite.FEW` rows if the strategy's cost is per row."""

    params = (sampler_names(), ["english", "zipf_1e4", "zipf_1e6"], ["none", "one", "csr"])
    param_names = ("sampler", "workload", "excluded")
    version = "1"
    timeout = 300
    repeat = REPEAT
    warmup_time = 0.0

    def setup(self, sampler: str, workload: str, excluded: str) -> None:
        """Look up the call; n/a if the sampler cannot be measured."""
        not_applicable(why_not(sampler))
        self.call, self.number = prepared(sampler, workload, excluded)

    def time_exclusion(self, sampler: str, workload: str, excluded: str) -> None:
        """Seconds per call, including the conversion of the excluded ids."""
        self.call()
