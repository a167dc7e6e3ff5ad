# SPDX-License-Identifier: MIT
"""``python -m benchmarks.claims``: measure the speed ratios that this project claims, each within one process.

The two calls of a ratio take turns, so that a slow phase of the machine affects both. They run on one thread, and
write into arrays that are already in memory.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
from rich.progress import track

import samplers
from samplers.recommendation.timing import take_turns

from . import bench_limit, documents
from .suite import SEED
from .variants import create
from .workloads import noise_of, zipf

Call = tuple[Callable[[], object], int]  # the call to time, and the number of ids (or of calls) that it makes
ROUNDS = 15
ROUND_SECONDS = 0.02
ROWS, K = 16_384, 5


@dataclass(frozen=True)
class Claim:
    """A claimed ratio of two times.

    Attributes
    ----------
    text : str
        What is compared.
    goal : float
    sides : callable
        Returns the two calls: the subject of the claim, and the reference.
    unit : {"times faster", "of the limit's rate", "times the time"}
    """

    text: str
    goal: float
    sides: Callable[[], tuple[Call, Call]]
    unit: Literal["times faster", "of the limit's rate", "times the time"] = "times faster"

    @property
    def sense(self) -> str:
        """ "at least" or "at most"."""
        return "at most" if self.unit == "times the time" else "at least"

    def ratio(self, subject: float, reference: float) -> float:
        """The ratio, from the seconds per id of the two calls."""
        return subject / reference if self.sense == "at most" else reference / subject


@cache
def zipf_1e8() -> samplers.NoiseDistribution:
    """Zipf counts of V = 1e8 ids, more than torch supports and more than most samplers can hold in memory."""
    return samplers.NoiseDistribution(zipf(10**8))


def draw(name: str, workload: str, rows: int = ROWS, k: int = K, **options: Any) -> Call:
    """``sample(rows, k)`` of a sampler into an array that is already in memory."""
    noise = zipf_1e8() if workload == "zipf_1e8" else noise_of(workload)
    sampler = create(name, noise, rng=SEED, **options)
    out = np.zeros((rows, k), dtype=np.int64)
    return lambda: sampler.sample(rows, k, out=out), rows * k


def limit(workload: str) -> Call:
    """The slower of the two parts of `bench_limit`, with the fastest way of loading."""
    parts = [min(bench_limit.gathers(len(noise_of(workload))), key=once), bench_limit.generator()]
    return max(parts, key=once), bench_limit.IDS


def once(call: Callable[[], object]) -> float:
    """Seconds of the fastest of nine runs; good enough to choose a way of loading, but not reported."""
    times = []
    for _ in range(9):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def tiny() -> tuple[Call, Call]:
    """One call for five ids, including the checks and the allocation of a user's call."""
    import torch

    p = torch.tensor(noise_of("zipf_1e4").probabilities)
    sampler = samplers.create("alias", noise_of("zipf_1e4"), rng=SEED)
    return (lambda: sampler.sample(1, 5), 1), (lambda: torch.multinomial(p, 5, replacement=True), 1)


BIG = 2**20 // K  # rows per call, enough for two threads; the 8 MB of output fit into the L3 cache
CLAIMS = (
    Claim(
        "alias against cum_table (gensim's loop), V = 1e4",
        40,
        lambda: (draw("alias", "zipf_1e4"), draw("cum_table", "zipf_1e4")),
    ),
    Claim(
        "alias against cum_table (gensim's loop), V = 1e6",
        28,
        lambda: (draw("alias", "zipf_1e6"), draw("cum_table", "zipf_1e6")),
    ),
    Claim(
        "alias against torch.multinomial in one call with replacement, V = 1e4",
        50,
        lambda: (draw("alias", "zipf_1e4"), draw("torch_one_call", "zipf_1e4")),
    ),
    Claim(
        "alias against scipy's DiscreteAliasUrn, V = 1e4",
        10,
        lambda: (draw("alias", "zipf_1e4"), draw("scipy_alias_urn", "zipf_1e4")),
    ),
    Claim(
        "alias against the limit, V = 1e4",
        0.45,
        lambda: (draw("alias", "zipf_1e4"), limit("zipf_1e4")),
        "of the limit's rate",
    ),
    Claim(
        "alias against the limit, V = 1e5",
        0.60,
        lambda: (draw("alias", "zipf_1e5"), limit("zipf_1e5")),
        "of the limit's rate",
    ),
    Claim(
        "alias against the limit, V = 1e7",
        0.65,
        lambda: (draw("alias", "zipf_1e7"), limit("zipf_1e7")),
        "of the limit's rate",
    ),
    Claim(
        "spectrum at V = 1e8 against its own V = 1e4",
        1.6,
        lambda: (draw("spectrum", "zipf_1e8"), draw("spectrum", "zipf_1e4")),
        "times the time",
    ),
    Claim(
        "spectrum against cum_table (gensim's loop), V = 1e8",
        120,
        lambda: (draw("spectrum", "zipf_1e8"), draw("cum_table", "zipf_1e8")),
    ),
    Claim(
        "alias, distinct ids, against multinomial (one torch call per item), V = 1e4",
        7000,
        lambda: (draw("alias", "zipf_1e4", replacement=False), draw("multinomial", "zipf_1e4", rows=64)),
    ),
    Claim(
        "alias, distinct ids, against itself with replacement, V = 1e4",
        1.8,
        lambda: (draw("alias", "zipf_1e4", replacement=False), draw("alias", "zipf_1e4")),
        "times the time",
    ),
    Claim("one alias call for (1, 5) against one torch.multinomial(p, 5, replacement=True), V = 1e4", 15, tiny),
    Claim(
        "alias on two threads against one, V = 1e4",
        1.8,
        lambda: (draw("alias", "zipf_1e4", rows=BIG, threads=2), draw("alias", "zipf_1e4", rows=BIG)),
    ),
)


def measure(claim: Claim) -> dict[str, Any]:
    """Median and quartiles of the ratio over `ROUNDS` rounds, JSON-ready."""
    sides = dict(zip(("subject", "reference"), claim.sides(), strict=True))
    times = take_turns({side: call for side, (call, _) in sides.items()}, ROUNDS, ROUND_SECONDS)
    subject, reference = (times[side] / ids for side, (_, ids) in sides.items())  # seconds per id
    ratios = [claim.ratio(a, b) for a, b in zip(subject, reference, strict=True)]
    q25, median, q75 = (float(np.quantile(ratios, q)) for q in (0.25, 0.5, 0.75))
    return {
        "text": claim.text,
        "goal": claim.goal,
        "sense": claim.sense,
        "unit": claim.unit,
        "ratio": median,
        "q25": q25,
        "q75": q75,
        "reached": median <= claim.goal if claim.sense == "at most" else median >= claim.goal,
        "own_ns": float(np.median(subject) * 1e9),
        "other_ns": float(np.median(reference) * 1e9),
    }


def main(arguments: list[str] | None = None) -> int:
    """Measure all claims and write the file; returns 0, also if a claim is missed."""
    out = documents.CLAIMS.parser(__doc__).parse_args(arguments).out
    start = documents.Start.now()
    results = [measure(claim) for claim in track(CLAIMS, description="measuring claims")]
    documents.write(documents.CLAIMS, {"rounds": ROUNDS, "results": results}, out, start)
    for r in results:
        mark = "reached" if r["reached"] else "MISSED"
        print(f"{mark:8} {r['ratio']:>9.3g} {r['unit']} ({r['sense']} {r['goal']:g}): {r['text']}")
    print(out)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
