# SPDX-License-Identifier: MIT
"""``python -m benchmarks.prices``: measure what usual requests cost, as multiples of a plain draw, against goals.

A price is the time of a request over that of ``alias.sample(1024, k)`` of the same k. The calls take turns, so that a
slow phase of the machine affects all of them. Requests whose goal is a time are measured alone. All run on one thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Table

import samplers
from samplers.recommendation.timing import take_turns

from . import bench_cold, caches, documents
from .requests import REQUESTS
from .suite import SEED
from .workloads import noise_of, zipf

ROUNDS = 15
ROUND_SECONDS = 0.02
ROWS, K = 1024, 5
WORKLOAD = "zipf_1e4"
ALONE_SECONDS = 2.0  # a request that is measured alone is not started again after this time
UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}

Call = Callable[[], object]


@dataclass(frozen=True)
class Multiple:
    """A request whose price is a multiple of a plain draw.

    Attributes
    ----------
    request : str
        What is drawn, in words.
    goal : float
        The price to reach.
    call : callable
        Returns the call to time.
    rows, k : int
        Of the plain draw.
    """

    request: str
    goal: float
    call: Callable[[], Call]
    rows: int = ROWS
    k: int = K
    unit: str = "times"


@dataclass(frozen=True)
class Time:
    """A request whose goal is a time.

    Attributes
    ----------
    request : str
        What is done, in words.
    goal : float
        The time to reach, in the unit.
    unit : {"ns", "us", "ms", "s"}
    seconds : callable
        Does the work once, and returns the seconds that count, per id if the request says so.
    """

    request: str
    goal: float
    unit: str
    seconds: Callable[[], float]


def timed(call: Call) -> float:
    """Seconds of a call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


@cache
def alias(workload: str = WORKLOAD, replacement: bool = True) -> samplers.Sampler:
    """The sampler that is measured."""
    return samplers.create("alias", noise_of(workload), rng=SEED, replacement=replacement)


def usual(request: str, rows: int = ROWS, k: int = K) -> Call:
    """The call of a request of `requests.REQUESTS`."""
    return REQUESTS[request].make(alias(), rows, k, WORKLOAD)


def distinct(k: int) -> Call:
    """Distinct ids."""
    return partial(alias(replacement=False).sample, ROWS, k)


@cache
def beside_a_heavy_id(share: float) -> samplers.Sampler:
    """Distinct ids of V = 10,000, one of which has a share of the mass."""
    weights = np.full(10_000, (1 - share) / 9_999)
    weights[5_000] = share
    return samplers.create("alias", samplers.from_weights(weights), rng=SEED, replacement=False)


def per_distinct_id(share: float) -> float:
    """Seconds per distinct id beside a heavy one."""
    return timed(lambda: beside_a_heavy_id(share).sample(64, K)) / (64 * K)


@cache
def all_of_zipf() -> samplers.Sampler:
    """Distinct ids of V = 20,000."""
    noise = samplers.NoiseDistribution(zipf(20_000), exponent=0.75)
    return samplers.create("alias", noise, rng=SEED, replacement=False)


@cache
def nearly_all_excluded() -> tuple[samplers.NoiseDistribution, samplers.IdSets]:
    """V = 1e6, and a set of all ids but ten."""
    left = np.random.default_rng(SEED).choice(10**6, 10, replace=False)
    gone = np.delete(np.arange(10**6), left)
    return noise_of("zipf_1e6"), samplers.IdSets.from_csr([0, len(gone)], gone, 10**6)


def first_of_few_left() -> float:
    """Seconds of the first row of five of the ten ids that are left."""
    noise, sets = nearly_all_excluded()
    sampler = samplers.create("alias", noise, rng=SEED)
    return timed(lambda: sampler.sample(1, K, exclude=sets))


LATER_ROWS = 100


def later_of_few_left() -> float:
    """Seconds of a row after the first, the mean of `LATER_ROWS` calls of one row."""
    noise, sets = nearly_all_excluded()
    sampler = samplers.create("alias", noise, rng=SEED)
    sampler.sample(1, K, exclude=sets)
    return timed(lambda: [sampler.sample(1, K, exclude=sets) for _ in range(LATER_ROWS)]) / LATER_ROWS


def correction() -> float:
    """Seconds for the logs of the expected counts of 8,192 distinct ids, V = 793,471."""
    noise = samplers.NoiseDistribution(zipf(793_471), exponent=0.75)
    sampler = samplers.create("alias", noise, rng=SEED, replacement=False)
    return timed(lambda: sampler.log_expected_count(np.arange(8192), 8192))


def building(weights: Callable[[], Any]) -> float:
    """Seconds from weights to a sampler."""
    made = weights()
    return timed(lambda: samplers.create("alias", samplers.from_weights(made), rng=SEED))


def real_weights() -> Any:
    """A million real weights."""
    return np.random.default_rng(SEED).exponential(size=10**6)


def distinct_integers() -> Any:
    """A million distinct integers in random order."""
    return np.random.default_rng(SEED).permutation(10**6) + 1


@cache
def of_uniform(n_ids: int) -> tuple[samplers.Sampler, Any]:
    """A sampler of the uniform law, and an output array of a large call."""
    return samplers.create("uniform", samplers.uniform(n_ids), rng=SEED), np.zeros((16_384, K), np.int64)


def uniform(n_ids: int) -> float:
    """Seconds per id in a large call over the uniform law."""
    sampler, out = of_uniform(n_ids)
    seconds = timed(lambda: sampler.sample(*out.shape, out=out))
    return seconds / int(out.size)


def after_other_work() -> float:
    """Seconds of a plain draw after all caches were filled with other data, in processor time of the thread."""
    sampler = alias()
    caches.evict("all")()
    return bench_cold.timed(partial(sampler.sample, ROWS, K))[0]


LINES: tuple[Multiple | Time, ...] = (
    *(Multiple(r.text, r.goal, partial(usual, name)) for name, r in REQUESTS.items() if r.goal is not None),
    Multiple("out= int64, a row of 5 ids (multiple of sample(1, 5))", 1.05, partial(usual, "out int64", 1), rows=1),
    Multiple("distinct, k = 5", 1.2, partial(distinct, 5)),
    Multiple("distinct, k = 20", 1.8, partial(distinct, 20), k=20),
    Multiple("distinct, k = 64", 2.5, partial(distinct, 64), k=64),
    Multiple("the uniform distribution, V = 1e7", 0.6, lambda: partial(of_uniform(10**7)[0].sample, ROWS, K)),
    Time("distinct beside an id of 50 % of the mass, V = 1e4, per id", 30, "ns", partial(per_distinct_id, 0.5)),
    Time("distinct beside an id of 99.9 % of the mass, V = 1e4, per id", 30, "ns", partial(per_distinct_id, 0.999)),
    Time("all of 20,000 ids in random order", 5, "ms", lambda: timed(lambda: all_of_zipf().sample(1, 20_000))),
    Time("10 of 1,000,000 ids left by exclusion, the first row", 5, "ms", first_of_few_left),
    Time("10 of 1,000,000 ids left by exclusion, a later row", 20, "us", later_of_few_left),
    Time("log_expected_count of 8,192 distinct ids, V = 793,471", 1, "s", correction),
    Time("building alias from 1e6 real weights", 0.1, "s", partial(building, real_weights)),
    Time("building alias from 1e6 distinct integers", 0.1, "s", partial(building, distinct_integers)),
    Time("the uniform distribution, V = 1e4, per id", 0.6, "ns", partial(uniform, 10**4)),
    Time("the uniform distribution, V = 1e7, per id", 0.6, "ns", partial(uniform, 10**7)),
    Time("the first sample(1024, 5) after other work", 60, "us", after_other_work),
)


def multiples(lines: list[Multiple], rounds: int, seconds: float) -> dict[str, dict[str, Any]]:
    """Measure requests in turns with the plain draws of the same shapes; results by request."""
    plain = {(line.rows, line.k): f"plain {line.rows} x {line.k}" for line in lines}
    calls = {name: partial(alias().sample, rows, k) for (rows, k), name in plain.items()}
    times = take_turns(calls | {line.request: line.call() for line in lines}, rounds, seconds)
    results = {}
    for line in lines:
        own, reference = times[line.request], times[plain[line.rows, line.k]]
        results[line.request] = summary(line, own / reference) | {
            "own_us": float(np.median(own) * 1e6),
            "plain_us": float(np.median(reference) * 1e6),
        }
    return results


def alone(line: Time, rounds: int) -> dict[str, Any]:
    """Measure a request that is not a multiple; a request that is refused because it takes too long has no price."""
    seconds: list[float] = []
    try:
        while len(seconds) < rounds and sum(seconds) < ALONE_SECONDS:
            seconds.append(line.seconds())
    except ValueError as error:
        if "time_limit" not in str(error):
            raise
        return {"request": line.request, "goal": line.goal, "unit": line.unit, "price": None, "refused": str(error)}
    if len(seconds) > 1:
        del seconds[0]  # it may include work that is done once
    return summary(line, np.array(seconds) / UNITS[line.unit])


def summary(line: Multiple | Time, prices: Any) -> dict[str, Any]:
    """Median and quartiles, and whether the goal is reached, JSON-ready."""
    q25, median, q75 = (float(np.quantile(prices, q)) for q in (0.25, 0.5, 0.75))
    return {
        "request": line.request,
        "goal": line.goal,
        "unit": line.unit,
        "price": median,
        "q25": q25,
        "q75": q75,
        "times_measured": len(prices),
    }


def reached(result: dict[str, Any]) -> bool:
    """Whether the median is at most the goal."""
    return result["price"] is not None and result["price"] <= result["goal"]


def measure(lines: list[Multiple | Time], rounds: int, seconds: float) -> list[dict[str, Any]]:
    """Measure all lines, in their order."""
    turns = [line for line in lines if isinstance(line, Multiple)]
    results = multiples(turns, rounds, seconds) if turns else {}
    rest = [line for line in lines if isinstance(line, Time)]
    results |= {line.request: alone(line, rounds) for line in track(rest, description="goals that are times")}
    return [results[line.request] | {"reached": reached(results[line.request])} for line in lines]


def table(results: list[dict[str, Any]]) -> Table:
    """The prices as a table that fits a terminal of 80 columns."""
    shown = Table(box=box.SIMPLE, pad_edge=False)
    shown.add_column("request", max_width=46)
    for name in ("price", "quartiles", "goal", ""):
        shown.add_column(name, justify="right", no_wrap=True)
    for r in results:
        unit = "" if r["unit"] == "times" else f" {r['unit']}"
        refused = r["price"] is None
        price, spread = ("refused", "") if refused else (f"{r['price']:.3g}", f"{r['q25']:.3g} {r['q75']:.3g}")
        mark = "[green]reached[/]" if r["reached"] else "[red]MISSED[/]"
        shown.add_row(escape(r["request"]), price, spread, f"{r['goal']:g}{unit}", mark)
    return shown


def main(arguments: list[str] | None = None) -> int:
    """Measure the lines, write the file, and show the table; returns 0, also if a goal is missed."""
    parser = documents.PRICES.parser(__doc__)
    parser.add_argument("--only", default="", metavar="TEXT", help="measure only requests that have this text")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="turns of each request; default: %(default)s")
    given = parser.parse_args(arguments)
    lines = [line for line in LINES if given.only in line.request]
    if not lines:
        parser.error(f"--only {given.only!r}: no request has this text: {', '.join(line.request for line in LINES)}")
    if given.rounds < 1:
        parser.error(f"--rounds must be at least 1, got {given.rounds}")
    start = documents.Start.now()
    results = measure(lines, given.rounds, ROUND_SECONDS)
    content = {"rounds": given.rounds, "plain": f"alias.sample({ROWS}, k), {WORKLOAD}", "results": results}
    documents.write(documents.PRICES, content, given.out, start)
    Console().print(table(results))
    print(given.out)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
