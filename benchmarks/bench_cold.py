# SPDX-License-Identifier: MIT
"""How long does a call take as a training loop finds it, when other data is in the caches?

All other benchmarks repeat a call, so that its code and its table are in the caches. Here each call is timed alone,
after the caches were filled with other data. asv cannot do that between two calls of a sample. So this benchmark takes
the times itself, and hands them to asv as samples.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from typing import Any

from . import caches
from .questions import Question
from .sgns.step import BATCH, K, TrainingStep, random_batches
from .suite import build, not_applicable, sampler_names, why_not
from .workloads import noise_of

WORKLOADS = {10**4: "zipf_1e4", 10**5: "zipf_1e5", 10**6: "zipf_1e6", 10**7: "zipf_1e7"}
ROWS = BATCH
MOST = 41  # timed calls
LEAST, SECONDS = 9, 2.5  # after the seconds, no more calls are made than the least number
UNTIMED = 5  # training steps before the first timed one

Call = Callable[[], Any]


def timed(call: Call) -> tuple[float, Any]:
    """Seconds of processor time of this thread, and the result.

    Processor time leaves out other programs, which a single call cannot average out. It takes 0.3 us to read.
    """
    start = time.thread_time()
    result = call()
    return time.thread_time() - start, result


def repeated(once: Callable[[], float]) -> list[float]:
    """The results of up to `MOST` calls, without garbage collections in between."""
    gc.collect()
    gc.disable()
    try:
        results: list[float] = []
        stop = time.perf_counter() + SECONDS
        while len(results) < MOST and (len(results) < LEAST or time.perf_counter() < stop):
            results.append(once())
    finally:
        gc.enable()
    return results


def after(prepare: Callable[[], None], call: Call) -> list[float]:
    """Seconds of a call, each time after ``prepare()``."""

    def once() -> float:
        prepare()
        return timed(call)[0]

    call()
    return repeated(once)


def in_a_training_step(workload: str, call: Call) -> list[float]:
    """Seconds of a call within a training step; the rest of the step is not in them."""
    noise = noise_of(workload)
    step, batches = TrainingStep(len(noise), "SGD, sparse"), random_batches(noise)
    taken: list[float] = []

    def negatives() -> Any:
        seconds, ids = timed(call)
        taken.append(seconds)
        return ids

    def once() -> float:
        step.run(next(batches), negatives)
        return taken[-1]

    for _ in range(UNTIMED):
        once()
    return repeated(once)


# What is in the caches when a call begins: a function of the workload and the call, which returns the seconds of calls.
STATES: dict[str, Callable[[str, Call], list[float]]] = {
    "warm": lambda workload, call: after(partial(caches.warm, call), call),
    "L2 evicted": lambda workload, call: after(caches.evict("L2"), call),
    "all caches evicted": lambda workload, call: after(caches.evict("all"), call),
    "training step": in_a_training_step,
}


class Cold:
    """One call ``sample(1024, 5)`` at a time, by what is in the caches."""

    question = Question(
        "cold",
        "Cold calls",
        "How long does a call take as a training loop finds it?",
        rows=ROWS,
        k=K,
        table=False,
    )
    params = (sampler_names(), list(WORKLOADS), list(STATES))
    param_names = ("sampler", "V", "state")
    version = "2"  # 2: the step multiplies contexts and negatives in one product, and masks negatives that are contexts
    timeout = 300
    unit = "seconds"

    @staticmethod
    def why_not(sampler: str, n_ids: int, state: str) -> str | None:
        """Why a cell is not measured; a call of a strategy whose cost is per row takes milliseconds in any state."""
        if state == "training step" and not find_spec("torch"):
            return "torch is not installed"
        return why_not(sampler, ROWS)

    def setup(self, sampler: str, n_ids: int, state: str) -> None:
        """Build the sampler; n/a if it cannot be measured."""
        not_applicable(self.why_not(sampler, n_ids, state))
        self.sampler = build(sampler, WORKLOADS[n_ids])

    def track_call(self, sampler: str, n_ids: int, state: str) -> dict[str, Any]:
        """Seconds of each timed call, in asv's format of samples."""
        samples = STATES[state](WORKLOADS[n_ids], partial(self.sampler.sample, ROWS, K))
        return {"samples": samples, "number": 1}
