# SPDX-License-Identifier: MIT
"""How long does a draw from a uniform law take, which needs no table? The peers are calls for random integers."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

import samplers

from .suite import FEW, SEED, calls_for, for_uniform_laws, needed, not_applicable, sampler_names, why_not

if TYPE_CHECKING:
    from .suite import State

SIZES = (10**3, 10**4, 10**6, 10**8)
ROWS = 16_384
OF_ANY_LAW = ("alias", "spectrum")  # compared with those that draw from uniform laws alone
LARGEST_TABLE = 10**6  # `alias` has a slot for each id: 1 GB at V = 1e8


def why_not_uniform(sampler: str, n_ids: int, k: int) -> str | None:
    """Why a sampler is not measured at V ids; None if it is."""
    reason = why_not(sampler, uniform=True)
    if reason is not None:
        return reason
    if not for_uniform_laws(sampler) and sampler not in OF_ANY_LAW:
        return f"{sampler} draws from any law: of such strategies, {' and '.join(OF_ANY_LAW)} are measured here"
    return f"alias would have a table of {n_ids:,} slots" if sampler == "alias" and n_ids > LARGEST_TABLE else None


@cache
def ready(sampler: str, n_ids: int, k: int) -> State:
    """A sampler after its first draw, its output array, and the number of calls in one sample."""
    needed("samplers", "uniform")
    built = samplers.create(sampler, samplers.uniform(n_ids), rng=SEED)
    out = np.zeros((FEW if built.info.cost == "row" else ROWS, k), dtype=np.int64)
    return built, out, calls_for(lambda: built.sample(*out.shape, out=out))


class Uniform:
    """A uniform law over V ids; `ROWS` rows, or `FEW` if the cost of a strategy is per row."""

    params = (sampler_names(), list(SIZES), [1, 5])
    param_names = ("sampler", "V", "k")
    version = "1"
    timeout = 300
    warmup_time = 0.0
    why_not = staticmethod(why_not_uniform)

    def setup(self, sampler: str, n_ids: int, k: int) -> None:
        """Look up the sampler; n/a if it cannot be measured."""
        not_applicable(self.why_not(sampler, n_ids, k))
        self.sampler, self.out, self.number = ready(sampler, n_ids, k)

    def time_uniform(self, sampler: str, n_ids: int, k: int) -> None:
        """Seconds per call."""
        self.sampler.sample(*self.out.shape, out=self.out)
