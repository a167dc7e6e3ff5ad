# SPDX-License-Identifier: MIT
"""``python -m benchmarks.regret``: how far behind the fastest is the sampler that `samplers.recommend` names?

The regret of a request is the time of the recommended sampler divided by the time of the fastest. Each call is timed
alone, after all caches were filled with other data, as a model does in a training loop: there `bench_cold` measured the
same ratios as within a training step. The samplers take turns, in several visits, because the intervals are over the
visits (`benchmarks.intervals`). The laws were not used when the rule of the recommendation was made.

A goal is reached if the upper end of the interval is at most the goal. It is missed if the measured value is above it.
Otherwise the measurement decides nothing.
"""

from __future__ import annotations

import gc
import math
import time
import timeit
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np
from rich.progress import track

import samplers
from samplers.recommendation.recommend import why_not

from . import caches
from .documents import REGRET, Start, write
from .intervals import CONFIDENCE, WIDER, log_ratios, of_largest, over_visits
from .regions import fastest
from .suite import SEED
from .workloads import words, zipf

WORST, MEAN = 1.10, 1.02  # the goals
VISITS, MOST_ROUNDS, FEWEST_ROUNDS = 7, 7, 3
SECONDS = 600  # for the rounds: filling an L3 of 300 MB takes 70 ms, one of 32 MB less than 10
CALLS = ((1, 2), (1, 10), (16, 10), (256, 2), (256, 10), (256, 40), (4096, 10))  # rows, k
WITH_EXCLUSION = ((256, 10), (4096, 10))  # also with an excluded id a row
Calls = dict[str, Callable[[], object]]
RoundsByVisit = dict[str, list[list[float]]]  # the median seconds of a call of each sampler, one list per visit


@dataclass(frozen=True)
class Request:
    """A request; ``exclude`` says whether each row excludes an id."""

    workload: str
    rows: int
    k: int
    replacement: bool
    exclude: bool


REQUESTS = (*((*call, False) for call in CALLS), *((*call, True) for call in WITH_EXCLUSION))


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


HELD_BACK: dict[str, Callable[[], Any]] = {
    "french": partial(words, "fr", "large"),
    "german, any order": partial(mixed, partial(words, "de", "large")),
    "zipf, exponent 1.2, V = 5e3": partial(steeper, 5000),
    "zipf, exponent 1.2, V = 8e5": partial(steeper, 8 * 10**5),
    "zipf, V = 4e4": partial(zipf, 4 * 10**4),
    "zipf, V = 3e6": partial(zipf, 3 * 10**6),
    "zipf, V = 1.3e6, any order": partial(mixed, partial(zipf, 1_300_000)),
    "item popularity, log-normal, V = 1.5e5, any order": partial(log_normal, 150_000),
    "weights that never repeat, V = 5e3": partial(gamma, 5000),
    "weights that never repeat, V = 2.5e5": partial(gamma, 250_000),
    "one id of 99.8 % of the weight, V = 3e3": lambda: np.where(np.arange(3000) == 7, 10**6 * 1000, 5),
    "equal weights, V = 2e5": lambda: np.ones(200_000),
}


def main(arguments: list[str] | None = None) -> int:
    """Measure and write the file; returns 1 if a goal is missed."""
    parser = REGRET.parser(__doc__)
    parser.add_argument("--quick", action="store_true", help=f"{FEWEST_ROUNDS} rounds in a visit")
    chosen = parser.parse_args(arguments)
    start = Start.now()
    calls, recommended = build()
    rounds = FEWEST_ROUNDS if chosen.quick else that_fit(sum(map(len, calls.values())), seconds_to_evict())
    print(f"{VISITS} visits of {rounds} rounds")
    visits = measure(calls, rounds)
    results = [judged(request, recommended[request], times) for request, times in visits.items()]
    summary = summarised(results, overall(visits, recommended))
    content = {
        "visits": VISITS,
        "rounds": VISITS * rounds,
        "confidence": CONFIDENCE,
        "wider": WIDER,
        "goals": {"worst": WORST, "mean": MEAN},
        **summary,
        "results": results,
    }
    write(REGRET, content, chosen.out, start, "--quick" if chosen.quick else "")
    for result in sorted(results, key=lambda result: -result["regret"])[:5]:
        at = ", ".join(f"{key}={result[key]}" for key in ("rows", "k", "replacement", "exclude"))
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


def build() -> tuple[dict[Request, Calls], dict[Request, str]]:
    """The calls of all requests, and the sampler that is recommended for each."""
    recommended: dict[Request, str] = {}
    calls: dict[Request, Calls] = {}
    for name in track(HELD_BACK, description="building the samplers"):
        for request, chosen, of_request in of_workload(name, samplers.NoiseDistribution(HELD_BACK[name]())):
            recommended[request], calls[request] = chosen, of_request
    return calls, recommended


def seconds_to_evict() -> float:
    """The median seconds that it takes to fill all caches with other data."""
    evict = caches.evict("all")
    return float(np.median(timeit.repeat(evict, number=1, repeat=5)))


def that_fit(n_calls: int, eviction: float) -> int:
    """The rounds in a visit that fit into `SECONDS`, if each of so many calls waits for an eviction of such length."""
    return min(MOST_ROUNDS, max(FEWEST_ROUNDS, int(SECONDS / (VISITS * n_calls * eviction))))


def measure(calls: Mapping[Request, Calls], rounds: int) -> dict[Request, RoundsByVisit]:
    """The rounds of all requests, visit by visit."""
    visits: dict[Request, RoundsByVisit] = {}
    gc.collect()
    gc.disable()
    try:
        for request in track([r for _ in range(VISITS) for r in calls], description="measuring regret"):
            for name, taken in cold(calls[request], rounds).items():
                # The median: one call alone has outliers, such as page faults, which no mean of seven evens out.
                visits.setdefault(request, {}).setdefault(name, []).append([float(np.median(taken))])
    finally:
        gc.enable()
    return visits


def of_workload(name: str, noise: samplers.NoiseDistribution) -> Iterator[tuple[Request, str, Calls]]:
    """Yield every request on a workload, its recommended sampler, and the call of each sampler that can serve it."""
    for replacement in (True, False):
        able = [n for n in candidates() if why_not(n, noise, replacement) is None]
        built = {n: samplers.create(n, noise, rng=SEED, replacement=replacement) for n in able}
        for rows, k, exclude in REQUESTS:
            request = Request(name, rows, k, replacement, exclude)
            chosen = samplers.recommend(noise, rows=rows, k=k, replacement=replacement).name
            excluded = np.arange(rows) % len(noise) if exclude else None
            yield request, chosen, {n: partial(s.sample, rows, k, exclude=excluded) for n, s in built.items()}


def candidates() -> list[str]:
    """The positional strategies that draw on the CPU.

    In such calls the others took 1.3 to 600 times as long as the fastest (four of the laws, all requests).
    """
    infos = [samplers.get(name).info for name in samplers.registry.BUILT_IN]
    return [info.name for info in infos if info.device == "cpu" and info.positional]


def cold(calls: Calls, rounds: int) -> dict[str, list[float]]:
    """Seconds of processor time of each call, in turns, each time after all caches were filled with other data."""
    evict = caches.evict("all")
    times: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        call()  # what a sampler prepares once is not a part of the time
    for _ in range(rounds):
        for name, call in calls.items():
            evict()
            start = time.thread_time()
            call()
            times[name].append(float(f"{time.thread_time() - start:.4g}"))
    return times


def judged(request: Request, recommended: str, visits: RoundsByVisit) -> dict[str, Any]:
    """The regret of one request with its confidence interval, JSON-ready."""
    ratios = {name: log_ratios(visits[recommended], seconds) for name, seconds in visits.items()}
    rivals = {name: logs for name, logs in ratios.items() if name != recommended}
    ends = of_largest(rivals) if rivals else (0.0, 0.0, 0.0)
    assert ends is not None  # there are several visits
    # A regret is at least 1: the recommended sampler is one of those among which the fastest is.
    regret, low, high = (max(1.0, math.exp(end)) for end in ends)
    ids = request.rows * request.k
    return asdict(request) | {
        "recommended": recommended,
        "best": fastest(visits),
        "regret": regret,
        "low": low,
        "high": high,
        "ns": {name: float(np.median(np.concatenate(rounds))) / ids * 1e9 for name, rounds in visits.items()},
    }


def overall(visits: Mapping[Request, RoundsByVisit], recommended: Mapping[Request, str]) -> tuple[float, float, float]:
    """The geometric mean of the regret over all requests, with its interval over the visits.

    The fastest sampler of a request is that of all its visits, so that the mean is a little too high, never too low.
    """
    logs = np.mean([log_ratios(v[recommended[request]], v[fastest(v)]) for request, v in visits.items()], axis=0)
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


if __name__ == "__main__":
    raise SystemExit(main())
