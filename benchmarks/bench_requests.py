# SPDX-License-Identifier: MIT
"""What do usual requests cost besides a plain draw? An output array, rows by their numbers, excluded ids."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from .requests import REQUESTS
from .suite import REPEAT, build, calls_for, not_applicable, rows_for, sampler_names, why_not

WORKLOAD = "zipf_1e4"
ROWS, K = 1024, 5


@cache
def prepared(sampler: str, request: str, rows: int) -> tuple[Callable[[], object], int]:
    """A call, and the number of calls in one sample of asv."""
    rows = rows_for(sampler, rows)
    call = REQUESTS[request].make(build(sampler, WORKLOAD), rows, K, WORKLOAD)
    return call, calls_for(call)


class Requests:
    """Seconds per call of a row, and of `ROWS` rows; of `suite.FEW` rows if the strategy's cost is per row."""

    params = (sampler_names(), list(REQUESTS), [1, ROWS])
    param_names = ("sampler", "request", "rows")
    version = "1"
    timeout = 300
    repeat = REPEAT
    warmup_time = 0.0

    def setup(self, sampler: str, request: str, rows: int) -> None:
        """Look up the call; n/a if the sampler cannot be measured, or does not have the request."""
        not_applicable(why_not(sampler))
        self.call, self.number = prepared(sampler, request, rows)

    def time_request(self, sampler: str, request: str, rows: int) -> None:
        """Seconds per call, including the checks of its arguments."""
        self.call()
