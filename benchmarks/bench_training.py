# SPDX-License-Identifier: MIT
"""How much of a training step of word2vec is spent drawing, with each optimiser?

As in `bench_cold`, the benchmark takes the times itself, because the step must fill the caches between two calls.
"""

from __future__ import annotations

from functools import partial
from importlib.util import find_spec
from typing import Any

from .bench_cold import UNTIMED, repeated
from .sgns.share import OPTIMISERS, WORKLOAD, timed_step
from .sgns.step import BATCH, K, TrainingStep, one_thread, random_batches
from .sgns.training import INITIAL, stream
from .suite import SEED, build, not_applicable, sampler_names, why_not
from .workloads import noise_of


class Training:
    """The share of ``sample(1024, 5)`` in the processor time of a step, V = 10,000, by optimiser."""

    params = (sampler_names(), list(OPTIMISERS))
    param_names = ("sampler", "optimiser")
    version = "1"
    timeout = 300
    unit = "share of the step"

    @staticmethod
    def why_not(sampler: str, optimiser: str) -> str | None:
        """Why a cell is not measured."""
        return why_not(sampler) if find_spec("torch") else "torch is not installed"

    def setup(self, sampler: str, optimiser: str) -> None:
        """Build the sampler; n/a if it cannot be measured."""
        not_applicable(self.why_not(sampler, optimiser))
        self.sampler = build(sampler, WORKLOAD)

    def track_share(self, sampler: str, optimiser: str) -> dict[str, Any]:
        """The share of each timed step, in asv's format of samples."""
        noise = noise_of(WORKLOAD)
        step, batches = TrainingStep(len(noise), optimiser, stream(SEED, INITIAL)), random_batches(noise)

        def once() -> float:
            drawing, whole = timed_step(step, next(batches), partial(self.sampler.sample, BATCH, K))
            return drawing / whole

        with one_thread():
            for _ in range(UNTIMED):
                once()
            return {"samples": repeated(once), "number": 1}
