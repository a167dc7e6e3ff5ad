# SPDX-License-Identifier: MIT
"""``python -m benchmarks.regret``: measure the regret of the recommendation at requests outside the decision grid.

The candidates of the verdict take turns, as in `benchmarks.regions`. The regret of a request is the time of the
recommended sampler divided by the time of the fastest. The file holds all regrets, the largest, and the geometric mean.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
from rich.progress import track

import samplers
from samplers.commands.ending import Parser
from samplers.recommendation.lookup import why_not
from samplers.recommendation.request import features
from samplers.recommendation.verdict import candidates, verdict

from .decision_grid import VISITS
from .documents import REGRET, write
from .environment import commit, environment
from .regions import CONFIDENCE, FAR, QUICK_ROUND_SECONDS, ROUND_SECONDS, ROUNDS, merged, race, sides
from .suite import SEED
from .workloads import WORKLOADS, words, zipf

WORST, MEAN = 1.10, 1.03  # the goals
REQUESTS = ((1, 2), (1, 10), (16, 10), (256, 2), (256, 10), (256, 40), (4096, 10))  # rows, k


@dataclass(frozen=True)
class Request:
    """A request, the sampler that `recommend` returns for it, and the features of the request."""

    workload: str
    rows: int
    k: int
    replacement: bool
    recommended: str
    at: tuple[tuple[str, int], ...]


def steeper(n_ids: int) -> np.ndarray[Any, Any]:
    """Zipf counts with exponent 1.2, the rarest 1; the grid has Zipf-Mandelbrot counts with exponent 1."""
    counts: np.ndarray[Any, Any] = (n_ids**1.2 * (np.arange(n_ids) + 1.0) ** -1.2).round().astype(np.int64)
    return counts


def log_normal(n_ids: int) -> np.ndarray[Any, Any]:
    """Counts with median 50 over four decades in random order, like the sales of items in a shop."""
    return np.ceil(np.random.RandomState(10).lognormal(np.log(50), 1.5, size=n_ids)).astype(np.int64)


def mixed(make: Callable[[], Any]) -> np.ndarray[Any, Any]:
    """The same counts in random order."""
    return np.random.RandomState(8).permutation(make())


HELD_BACK: dict[str, Callable[[], Any]] = {
    "korean": WORKLOADS["korean"].make,
    "english": WORKLOADS["english"].make,
    "english, any order": partial(mixed, WORKLOADS["english"].make),
    "zipf, exponent 1.2, V = 3e5": partial(steeper, 3 * 10**5),
    "zipf, exponent 1.2, V = 3e6": partial(steeper, 3 * 10**6),
    "zipf, V = 3e6": partial(zipf, 3 * 10**6),
    "zipf, V = 3e6, any order": partial(mixed, partial(zipf, 3 * 10**6)),
    "weights that never repeat, V = 3e4": lambda: np.random.RandomState(9).gamma(2.0, size=3 * 10**4),
    "weights that never repeat, V = 5e3": lambda: np.random.RandomState(9).gamma(2.0, size=5000),
    "one id of 99.8 % of the weight, V = 3e3": lambda: np.where(np.arange(3000) == 7, 10**6 * 1000, 5),
    # Cells were added to the grid after the workloads above were measured. The ones below are newer than the grid.
    "german": partial(words, "de", "large"),
    "zipf, exponent 1.2, V = 8e5": partial(steeper, 8 * 10**5),
    "item popularity, log-normal, V = 1.5e5, any order": partial(log_normal, 150_000),
}


def main(arguments: list[str] | None = None) -> int:
    """Measure and write the file; returns 1 if a goal is missed."""
    parser = Parser(prog=REGRET.made_by, description=__doc__)
    parser.add_argument("--out", type=Path, default=REGRET.path, help="default: %(default)s")
    parser.add_argument("--quick", action="store_true", help="shorter rounds")
    chosen = parser.parse_args(arguments)
    head, dirty = commit()
    results = measure(QUICK_ROUND_SECONDS if chosen.quick else ROUND_SECONDS)
    summary = summarised(results)
    write(
        chosen.out,
        {
            "schema": REGRET.schema,
            "command": REGRET.made_by,
            "commit": head,
            "dirty": dirty,
            "environment": environment(),
            "verdict_commit": verdict()["commit"],
            "rounds": ROUNDS,
            "confidence": CONFIDENCE,
            "goals": {"worst": WORST, "mean": MEAN},
            **summary,
            "results": results,
        },
    )
    for result in sorted(results, key=lambda result: -result["regret"])[:5]:
        at = ", ".join(f"{key}={result[key]}" for key in ("rows", "k", "replacement"))
        print(
            f"{result['regret']:6.3f} ({result['low']:.3f} to {result['high']:.3f})  {result['recommended']}, fastest "
            f"{result['best']}: {result['workload']}, {at}"
        )
    print(
        f"{len(results)} requests: largest regret {summary['worst']:.3f} (goal {WORST}; largest lower end of an "
        f"interval {summary['worst_low']:.3f}), geometric mean {summary['mean']:.4f} (goal {MEAN})\n{chosen.out}"
    )
    return 0 if summary["reached"] else 1


def measure(seconds: float) -> list[dict[str, Any]]:
    """The results of all requests; each of the three visits measures a third of the rounds."""
    rounds: dict[Request, dict[str, Any]] = {}
    for visit, name in track([(v, n) for v in range(VISITS) for n in HELD_BACK], description="measuring regret"):
        noise = samplers.NoiseDistribution(HELD_BACK[name]())
        for request, ns in of_workload(name, noise, seconds, rounds):
            rounds[request] = merged(rounds[request], ns) if visit else ns
    return [judged(request, ns) for request, ns in rounds.items()]


def of_workload(
    name: str, noise: samplers.NoiseDistribution, seconds: float, before: Mapping[Request, Mapping[str, Any]]
) -> Iterator[tuple[Request, dict[str, Any]]]:
    """Yield every request on a workload with its rounds; the tables are built once per mode.

    Parameters
    ----------
    name : str
    noise : samplers.NoiseDistribution
    seconds : float
        Duration of a round.
    before : mapping of Request to mapping
        The rounds of earlier visits. They decide which samplers are timed again.
    """
    for replacement in (True, False):
        able = [n for n in candidates(replacement, "cpu") if why_not(n, noise, replacement) is None]
        built = {n: samplers.create(n, noise, rng=SEED, replacement=replacement) for n in able}
        for rows, k in REQUESTS:
            at = tuple(features(noise, rows, k, replacement).values().items())
            chosen = samplers.recommend(noise, rows=rows, k=k, replacement=replacement).name
            request = Request(name, rows, k, replacement, chosen, at)
            raced = {n: built[n] for n in before.get(request, built)}
            yield request, race(raced, rows, k, ROUNDS // VISITS, seconds, cut=request not in before)[0]


def judged(request: Request, ns: Mapping[str, Any]) -> dict[str, Any]:
    """The regret of one request with its confidence interval, JSON-ready.

    Raises
    ------
    RuntimeError
        If the recommended sampler was too slow to be timed.
    """
    measured = sides(ns)
    if request.recommended not in measured:
        raise RuntimeError(
            f"{request.recommended}, recommended for {request}, was not timed: "
            f"it takes {FAR:g} times the best time or more"
        )
    side, best = measured[request.recommended], min(measured, key=lambda n: measured[n]["ratio"])
    return asdict(request) | {
        "at": dict(request.at),
        "best": best,
        "regret": max(1.0, side["ratio"]),
        "low": side["low"],
        "high": side["high"],
        "ns": {n: side["ns"] for n, side in measured.items()},
    }


def summarised(results: list[dict[str, Any]]) -> dict[str, Any]:
    """The largest regret, the largest lower end of an interval, the geometric mean, whether both goals are reached."""
    regrets = [result["regret"] for result in results]
    worst, mean = max(regrets), math.exp(fmean(map(math.log, regrets)))
    worst_low = max(1.0, *(result["low"] for result in results))
    return {"worst": worst, "worst_low": worst_low, "mean": mean, "reached": worst <= WORST and mean <= MEAN}


if __name__ == "__main__":
    raise SystemExit(main())
