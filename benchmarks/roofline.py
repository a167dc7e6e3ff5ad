# SPDX-License-Identifier: MIT
"""``python -m benchmarks.roofline``: how near is each strategy to what the parts of a draw take alone?

A draw makes a random number, loads a slot of a table and stores an id. `bench_limit` times the first two alone; the
store is NumPy's, of one number into all cells of the same array. If a processor did all three at once, a draw would
take as long as the slowest part; if it did one after another, as long as their sum. The parts and the strategies take
turns in one process and on one thread, and their times are processor times.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from rich import box
from rich.console import Console
from rich.progress import track
from rich.table import Table

import samplers
from samplers.recommendation.timing import take_turns

from . import bench_limit, documents
from .bench_sample import MANY
from .suite import SEED, why_not
from .workloads import zipf

SIZES = (10**3, 10**4, 10**6)  # V, with Zipf counts
STRATEGIES = ("alias", "spectrum", "cum_table", "scipy_alias_urn", "numpy_choice")
PARTS = ("generator", "gather", "store")
K = 5
ROUNDS, ROUND_SECONDS = 15, 0.02


def store() -> Callable[[], object]:
    """A call that stores `bench_limit.IDS` ids of 8 bytes."""
    out = np.zeros(bench_limit.IDS, dtype=np.int64)
    return lambda: out.fill(7)


def parts(size: int) -> dict[str, Callable[[], object]]:
    """The parts of a draw at a V; the ways of loading that this processor has are told apart by a number."""
    ways = {f"gather {number}": call for number, call in enumerate(bench_limit.gathers(size))}
    return {"generator": bench_limit.generator(), "store": store(), **ways}


def strategies(size: int) -> dict[str, Callable[[], object]]:
    """Large calls of the strategies that can run, into arrays that are in memory."""
    noise = samplers.NoiseDistribution(zipf(size))
    calls: dict[str, Callable[[], object]] = {}
    for name in STRATEGIES:
        if why_not(name) is None:
            sampler, out = samplers.create(name, noise, rng=SEED), np.zeros((MANY, K), dtype=np.int64)
            calls[name] = lambda sampler=sampler, out=out: sampler.sample(MANY, K, out=out)  # type: ignore[misc]
    return calls


def measure(size: int) -> dict[str, Any]:
    """Nanoseconds an id of the parts and of the strategies at a V, JSON-ready."""
    of_parts, of_strategies = parts(size), strategies(size)
    times = take_turns(of_parts | of_strategies, ROUNDS, ROUND_SECONDS, time.process_time)
    ns = {name: seconds * 1e9 / ids(name) for name, seconds in times.items()}
    gather = min((name for name in ns if name.startswith("gather")), key=lambda name: float(np.median(ns[name])))
    alone = {"generator": ns["generator"], "gather": ns[gather], "store": ns["store"]}
    slowest = np.max(list(alone.values()), axis=0)
    total = np.sum(list(alone.values()), axis=0)
    return {
        "V": size,
        "parts": {name: float(np.median(values)) for name, values in alone.items()},
        "slowest": float(np.median(slowest)),
        "sum": float(np.median(total)),
        "strategies": [
            {
                "sampler": name,
                "ns": float(np.median(ns[name])),
                "of_slowest": float(np.median(ns[name] / slowest)),
                "of_sum": float(np.median(ns[name] / total)),
                "q25": float(np.quantile(ns[name] / total, 0.25)),
                "q75": float(np.quantile(ns[name] / total, 0.75)),
            }
            for name in of_strategies
        ],
    }


def ids(name: str) -> int:
    """The ids of a call of a part or of a strategy."""
    return MANY * K if name in STRATEGIES else bench_limit.IDS


def table(results: Sequence[dict[str, Any]]) -> Table:
    """The parts, then the strategies with their time as a multiple of the sum of the parts."""
    shown = Table(box=box.SIMPLE, pad_edge=False, title="ns an id (times the sum of the parts)", title_style="")
    shown.add_column("")
    for result in results:
        shown.add_column(f"V = {result['V']:,}", justify="right")
    for part in PARTS:
        shown.add_row(part, *(f"{result['parts'][part]:.3g}" for result in results))
    for key, title in (("slowest", "slowest part"), ("sum", "sum of the parts")):
        shown.add_row(title, *(f"{result[key]:.3g}" for result in results))
    for number, entry in enumerate(results[0]["strategies"]):
        cells = [result["strategies"][number] for result in results]
        shown.add_row(entry["sampler"], *(f"{cell['ns']:.3g} ({cell['of_sum']:.3g})" for cell in cells))
    return shown


def main(arguments: list[str] | None = None) -> int:
    """Measure, print the table and write the file; returns 0."""
    document = documents.ROOFLINE
    parser = document.parser(__doc__)
    given = parser.parse_args(arguments)
    start = documents.Start.now()
    results = [measure(size) for size in track(SIZES, "measuring")]
    documents.write(document, {"rounds": ROUNDS, "results": results}, given.out, start)
    Console().print(table(results))
    print(given.out)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
