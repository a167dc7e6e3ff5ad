# SPDX-License-Identifier: MIT
"""``python -m benchmarks.sgns share``: how much of a training step is spent drawing negatives?

A step draws for a batch of 1,024 pairs, k = 5, V = 10,000, and trains 100 dimensions. The samplers take turns within a
training, step by step, so that each finds the caches as a step leaves them. Times are processor time of one thread.
Four optimisers are measured, because the other part of the step depends on them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from rich import box
from rich.console import Console
from rich.progress import track
from rich.table import Table

from .. import documents
from ..suite import SEED, sampler_names, why_not
from ..variants import create
from ..workloads import noise_of
from .model import DIMENSIONS
from .step import BATCH, K, TrainingStep, one_thread, random_batches
from .training import INITIAL, stream

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .windows import Examples

OPTIMISERS = ("SGD, sparse", "SGD", "SparseAdam", "Adam")
WORKLOAD = "zipf_1e4"
ROUNDS = 41
UNTIMED = 3  # steps of each sampler before the first timed one
# Draws that take a quarter of a second: their share is near 1, and a few rounds show it.
SLOW_SECONDS, SLOW_ROUNDS = 0.05, 7
Draw = Callable[[], Any]


def compared() -> list[str]:
    """The samplers of Zipf counts that run here, in the order of asv's axis; those of a GPU are left out."""
    return [name for name in sampler_names() if why_not(name) is None]


def timed_step(step: TrainingStep, batch: Examples, draw: Draw) -> tuple[float, float]:
    """Processor seconds of the draw within a step, and of the whole step."""
    drawing = 0.0

    def negatives() -> Any:
        nonlocal drawing
        start = time.thread_time()
        ids = draw()
        drawing = time.thread_time() - start
        return ids

    start = time.thread_time()
    step.run(batch, negatives)
    return drawing, time.thread_time() - start


def take_steps(
    optimiser: str, draws: dict[str, Draw], rounds: int, seen: Callable[[Iterable[int]], Iterable[int]] = iter
) -> dict[str, NDArray[np.float64]]:
    """Seconds of drawing and of the whole step, by sampler: float64 (rounds, 2), fewer rounds for slow ones."""
    noise = noise_of(WORKLOAD)
    step = TrainingStep(len(noise), optimiser, stream(SEED, INITIAL))
    batches: Iterator[Examples] = random_batches(noise)
    first = {name: [timed_step(step, next(batches), draw) for _ in range(UNTIMED)][-1] for name, draw in draws.items()}
    slow = {name for name, (drawing, _) in first.items() if drawing > SLOW_SECONDS}
    order, shuffler = list(draws), np.random.default_rng(SEED)
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in draws}
    for number in seen(range(rounds)):
        for i in shuffler.permutation(len(order)):
            name = order[i]
            if number < SLOW_ROUNDS or name not in slow:
                found[name].append(timed_step(step, next(batches), draws[name]))
    return {name: np.array(times) for name, times in found.items()}


def summary(sampler: str, optimiser: str, times: NDArray[np.float64]) -> dict[str, Any]:
    """The share and its quartiles over the rounds, JSON-ready.

    The share is that of the sums, because some samplers draw ahead in some of the rounds.
    """
    drawing, whole = times.T
    q25, q75 = (float(np.quantile(drawing / whole, q)) for q in (0.25, 0.75))
    return {
        "sampler": sampler,
        "optimiser": optimiser,
        "share": float(drawing.sum() / whole.sum()),
        "q25": q25,
        "q75": q75,
        "draw_us": float(drawing.mean() * 1e6),
        "rest_us": float(np.median(whole - drawing) * 1e6),
        "step_us": float(whole.mean() * 1e6),
        "rounds": len(times),
    }


def measure(names: list[str], rounds: int) -> list[dict[str, Any]]:
    """The share of each sampler with each optimiser."""
    noise = noise_of(WORKLOAD)
    draws: dict[str, Draw] = {name: partial(create(name, noise, rng=SEED).sample, BATCH, K) for name in names}
    results = []
    with one_thread():
        for optimiser in OPTIMISERS:
            times = take_steps(optimiser, draws, rounds, partial(track, description=f"steps of {optimiser}"))
            results += [summary(name, optimiser, found) for name, found in times.items()]
    return results


def table(results: list[dict[str, Any]]) -> Table:
    """The shares in percent: a row for each sampler, a column for each optimiser."""
    shown = Table("sampler", *OPTIMISERS, box=box.SIMPLE, pad_edge=False, title="drawing, % of a training step")
    of = {(r["sampler"], r["optimiser"]): r["share"] for r in results}
    for name in dict.fromkeys(r["sampler"] for r in results):
        shown.add_row(name, *(f"{100 * of[name, optimiser]:.3g}" for optimiser in OPTIMISERS))
    return shown


def main(arguments: list[str] | None = None) -> int:
    """Measure, write the file, and show the table; returns 0."""
    parser = documents.SHARE.parser(__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="steps of each sampler; default: %(default)s")
    parser.add_argument("--sampler", action="append", metavar="NAME", help="this sampler alone; may repeat")
    given = parser.parse_args(arguments)
    names = given.sampler or compared()
    for name in names:
        reason = why_not(name)
        if reason is not None:
            parser.error(f"--sampler {name}: {reason}")
    if given.rounds < 1:
        parser.error(f"--rounds must be at least 1, got {given.rounds}")
    start = documents.Start.now()
    results = measure(names, given.rounds)
    step = {"workload": WORKLOAD, "batch": BATCH, "k": K, "dimensions": DIMENSIONS}
    documents.write(documents.SHARE, {**step, "results": results}, given.out, start)
    Console().print(table(results))
    print(given.out)
    return 0
