# SPDX-License-Identifier: MIT
"""``python -m benchmarks.regret``: measure the regret of the recommendation at requests outside the decision grid.

The candidates of the verdict take turns, as in `benchmarks.regions`, but in more and shorter visits, because the
intervals are over the visits (`benchmarks.intervals`). The regret of a request is the time of the recommended sampler
divided by the time of the fastest. The file holds all regrets, the largest, and the geometric mean, with intervals.

A goal is reached if the upper end of the interval is at most the goal. It is missed if the measured value is above it.
Otherwise the measurement decides nothing.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track

import samplers
from samplers.commands.ending import Parser
from samplers.recommendation.lookup import why_not
from samplers.recommendation.request import features
from samplers.recommendation.verdict import candidates, verdict

from .documents import REGRET, InputError, read_json, write
from .environment import commit, environment
from .intervals import CONFIDENCE, WIDER, log_ratios, of_largest, over_visits
from .regions import FAR, QUICK_ROUND_SECONDS, ROUND_SECONDS, and_visit, fastest, race
from .suite import SEED
from .workloads import WORKLOADS, words, zipf

WORST, MEAN = 1.10, 1.03  # the goals
VISITS, ROUNDS_A_VISIT = 7, 3
Visits = dict[str, list[list[float]]]  # nanoseconds per id of each sampler, one list per visit
# Earlier measurements of the verdicts, which their files no longer hold.
REPORTED = Path(__file__).with_name("regret_reported.json")
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


def gamma(n_ids: int) -> np.ndarray[Any, Any]:
    """Weights that are all different."""
    return np.random.RandomState(9).gamma(2.0, size=n_ids)


def mixed(make: Callable[[], Any]) -> np.ndarray[Any, Any]:
    """The same counts in random order."""
    return np.random.RandomState(8).permutation(make())


@dataclass(frozen=True)
class HeldBack:
    """A workload that is not on the grid.

    Attributes
    ----------
    make : callable
        Returns the counts.
    shaped : {"", "the grid", "the rules"}
        What was changed after a miss on this workload: the cells of the grid, or the rules of the fit. The verdict is
        not independent of such a workload.
    """

    make: Callable[[], Any]
    shaped: str = ""


GRID, RULES = "the grid", "the rules"
HELD_BACK: dict[str, HeldBack] = {
    "korean": HeldBack(WORKLOADS["korean"].make, GRID),
    "english": HeldBack(WORKLOADS["english"].make, GRID),
    "english, any order": HeldBack(partial(mixed, WORKLOADS["english"].make), GRID),
    "zipf, exponent 1.2, V = 3e5": HeldBack(partial(steeper, 3 * 10**5), GRID),
    "zipf, exponent 1.2, V = 3e6": HeldBack(partial(steeper, 3 * 10**6), GRID),
    "zipf, V = 3e6": HeldBack(partial(zipf, 3 * 10**6), GRID),
    "zipf, V = 3e6, any order": HeldBack(partial(mixed, partial(zipf, 3 * 10**6)), GRID),
    "weights that never repeat, V = 3e4": HeldBack(partial(gamma, 3 * 10**4), GRID),
    "weights that never repeat, V = 5e3": HeldBack(partial(gamma, 5000), GRID),
    "one id of 99.8 % of the weight, V = 3e3": HeldBack(lambda: np.where(np.arange(3000) == 7, 10**6 * 1000, 5), GRID),
    "german": HeldBack(partial(words, "de", "large"), RULES),
    "zipf, exponent 1.2, V = 8e5": HeldBack(partial(steeper, 8 * 10**5), RULES),
    "item popularity, log-normal, V = 1.5e5, any order": HeldBack(partial(log_normal, 150_000), RULES),
    "french": HeldBack(partial(words, "fr", "large")),
    "zipf, V = 1.3e6, any order": HeldBack(partial(mixed, partial(zipf, 1_300_000))),
    "weights that never repeat, V = 2.5e5": HeldBack(partial(gamma, 250_000)),
}


def main(arguments: list[str] | None = None) -> int:
    """Measure and write the file; returns 1 if a goal is missed."""
    parser = Parser(prog=REGRET.made_by, description=__doc__)
    parser.add_argument("--out", type=Path, default=REGRET.path, help="default: %(default)s")
    parser.add_argument("--quick", action="store_true", help="shorter rounds")
    chosen = parser.parse_args(arguments)
    head, dirty = commit()
    visits = measure(QUICK_ROUND_SECONDS if chosen.quick else ROUND_SECONDS)
    results = [judged(request, rounds) for request, rounds in visits.items()]
    summary = summarised(results, overall(visits))
    write(
        chosen.out,
        {
            "schema": REGRET.schema,
            "command": REGRET.made_by,
            "commit": head,
            "dirty": dirty,
            "environment": environment(),
            "verdict_commit": verdict()["commit"],
            "visits": VISITS,
            "rounds": VISITS * ROUNDS_A_VISIT,
            "confidence": CONFIDENCE,
            "wider": WIDER,
            "goals": {"worst": WORST, "mean": MEAN},
            "workloads": {name: workload.shaped for name, workload in HELD_BACK.items()},
            "earlier": earlier(chosen.out, verdict()["commit"]),
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
        f"{len(results)} requests: largest regret {summary['worst']:.3f} (goal {WORST}; ends of the intervals up to "
        f"{summary['worst_low']:.3f} and {summary['worst_high']:.3f}), geometric mean {summary['mean']:.4f} (goal "
        f"{MEAN}; interval {summary['mean_low']:.4f} to {summary['mean_high']:.4f})\n{chosen.out}"
    )
    return 1 if summary["worst"] > WORST or summary["mean"] > MEAN else 0


def measure(seconds: float) -> dict[Request, Visits]:
    """The rounds of all requests, visit by visit; `seconds` is the duration of a round."""
    rounds: dict[Request, Visits] = {}
    for name in track([name for _ in range(VISITS) for name in HELD_BACK], description="measuring regret"):
        noise = samplers.NoiseDistribution(HELD_BACK[name].make())
        for request, ns in of_workload(name, noise, seconds, rounds):
            rounds[request] = and_visit(rounds.get(request, {}), ns)
    return rounds


def of_workload(
    name: str, noise: samplers.NoiseDistribution, seconds: float, before: Mapping[Request, Visits]
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
            yield request, race(raced, rows, k, ROUNDS_A_VISIT, seconds, cut=request not in before)[0]


def judged(request: Request, visits: Visits) -> dict[str, Any]:
    """The regret of one request with its confidence interval, JSON-ready.

    Raises
    ------
    RuntimeError
        If the recommended sampler was too slow to be timed.
    """
    if request.recommended not in visits:
        raise RuntimeError(
            f"{request.recommended}, recommended for {request}, was not timed: "
            f"it takes {FAR:g} times the best time or more"
        )
    ratios = {name: log_ratios(visits[request.recommended], ns) for name, ns in visits.items()}
    rivals = {name: logs for name, logs in ratios.items() if name != request.recommended}
    ends = of_largest(rivals) if rivals else (0.0, 0.0, 0.0)
    assert ends is not None  # there are several visits
    # A regret is at least 1: the recommended sampler is one of those among which the fastest is.
    regret, low, high = (max(1.0, math.exp(end)) for end in ends)
    return asdict(request) | {
        "at": dict(request.at),
        "best": fastest(visits),
        "regret": regret,
        "low": low,
        "high": high,
        "ns": {name: float(np.median(np.concatenate(ns))) for name, ns in visits.items()},
    }


def overall(visits: Mapping[Request, Visits]) -> tuple[float, float, float]:
    """The geometric mean of the regret over all requests, with its interval over the visits.

    The fastest sampler of a request is that of all its visits, so that the mean is a little too high, never too low.
    """
    logs = np.mean([log_ratios(ns[request.recommended], ns[fastest(ns)]) for request, ns in visits.items()], axis=0)
    ends = over_visits(logs)
    assert ends is not None  # there are several visits
    return math.exp(float(logs.mean())), math.exp(ends[0]), math.exp(ends[1])


def summarised(results: Sequence[Mapping[str, Any]], mean: tuple[float, float, float]) -> dict[str, Any]:
    """The largest regret, the geometric mean, the ends of their intervals, and whether both goals are reached.

    Parameters
    ----------
    results : sequence of mapping
        See `judged`.
    mean : (float, float, float)
        See `overall`.
    """
    worst, worst_low, worst_high = (max(result[key] for result in results) for key in ("regret", "low", "high"))
    return {
        "worst": worst,
        "worst_low": worst_low,
        "worst_high": worst_high,
        "mean": mean[0],
        "mean_low": mean[1],
        "mean_high": mean[2],
        "reached": worst_high <= WORST and mean[2] <= MEAN,
    }


def earlier(path: Path, verdict_commit: str) -> list[dict[str, Any]]:
    """Earlier measurements of the same verdict: those that were reported, and those of the file that is replaced.

    Parameters
    ----------
    path : Path
        The file that will be replaced; it may be missing or damaged.
    verdict_commit : str
    """
    runs = read_json(REPORTED, f"git checkout {REPORTED.name}")["runs"]
    try:
        before = REGRET.read(path)
    except InputError:
        before = {}
    runs += before.get("earlier", [])
    if before:
        runs.append({key: before.get(key) for key in ("verdict_commit", "commit", "worst", "mean")})
    unique = {json.dumps(run, sort_keys=True): run for run in runs if run["verdict_commit"] == verdict_commit}
    return list(unique.values())


if __name__ == "__main__":
    raise SystemExit(main())
