# SPDX-License-Identifier: MIT
"""``python -m benchmarks.claims``: the ratios that the fast samplers promise, each measured within one process.

Both sides of a ratio take turns, so that a slow spell of the machine hits both; one thread, resident output.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from rich.progress import track

import samplers
from samplers.commands.ending import Parser
from samplers.recommendation.timing import take_turns

from . import bench_limit, documents
from .environment import commit, environment
from .suite import SEED
from .variants import create
from .workloads import noise_of, zipf

Call = tuple[Callable[[], object], int]  # what to time, and how many ids (or calls) it makes
ROUNDS = 15
ROUND_SECONDS = 0.02
ROWS, K = 16_384, 5


@dataclass(frozen=True)
class Claim:
    """A promised ratio.

    Attributes
    ----------
    text : str
        What is compared.
    goal : float
    sense : {"at least", "at most"}
    unit : {"times faster", "of the limit's rate", "times the time"}
    sides : callable
        Returns the two calls: the one promised for, the one it is measured against.
    """

    text: str
    goal: float
    sense: Literal["at least", "at most"]
    unit: Literal["times faster", "of the limit's rate", "times the time"]
    sides: Callable[[], tuple[Call, Call]]

    def ratio(self, own: float, other: float) -> float:
        """From seconds an id of the two sides."""
        return own / other if self.sense == "at most" else other / own


@cache
def zipf_1e8() -> samplers.NoiseDistribution:
    """V = 1e8, beyond torch and beyond what most of the suite's samplers can hold."""
    return samplers.NoiseDistribution(zipf(10**8))


def draw(name: str, workload: str, rows: int = ROWS, k: int = K, **options: Any) -> Call:
    """``sample(rows, k)`` of a sampler into resident output."""
    noise = zipf_1e8() if workload == "zipf_1e8" else noise_of(workload)
    sampler = create(name, noise, rng=SEED, **options)
    out = np.zeros((rows, k), dtype=np.int64)
    return lambda: sampler.sample(rows, k, out=out), rows * k


def against(own: Call, other: Call) -> tuple[Call, Call]:
    return own, other


def limit(workload: str) -> Call:
    """The slower of the generator and the fastest loads from a table of the same size."""
    parts = [min(bench_limit.gathers(len(noise_of(workload))), key=once), bench_limit.generator()]
    return max(parts, key=once), bench_limit.IDS


def once(call: Callable[[], object]) -> float:
    """The best of some runs, in seconds: to choose between ways, not to report."""
    times = []
    for _ in range(9):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def tiny() -> tuple[Call, Call]:
    """A call for five ids, with all that a user's call goes through."""
    import torch

    p = torch.tensor(noise_of("zipf_1e4").probabilities)
    sampler = samplers.create("alias", noise_of("zipf_1e4"), rng=SEED)
    return (lambda: sampler.sample(1, 5), 1), (lambda: torch.multinomial(p, 5, replacement=True), 1)


BIG = 2**20 // K  # rows of a call that is worth two threads; its 8 MB of output stay in L3
CLAIMS = (
    Claim(
        "alias against cum_table (gensim's loop), V = 1e4",
        40,
        "at least",
        "times faster",
        lambda: against(draw("alias", "zipf_1e4"), draw("cum_table", "zipf_1e4")),
    ),
    Claim(
        "alias against cum_table (gensim's loop), V = 1e6",
        28,
        "at least",
        "times faster",
        lambda: against(draw("alias", "zipf_1e6"), draw("cum_table", "zipf_1e6")),
    ),
    Claim(
        "alias against torch.multinomial in one call with replacement, V = 1e4",
        50,
        "at least",
        "times faster",
        lambda: against(draw("alias", "zipf_1e4"), draw("torch_one_call", "zipf_1e4")),
    ),
    Claim(
        "alias against scipy's DiscreteAliasUrn, V = 1e4",
        10,
        "at least",
        "times faster",
        lambda: against(draw("alias", "zipf_1e4"), draw("scipy_alias_urn", "zipf_1e4")),
    ),
    Claim(
        "alias against the limit, V = 1e5",
        0.60,
        "at least",
        "of the limit's rate",
        lambda: against(draw("alias", "zipf_1e5"), limit("zipf_1e5")),
    ),
    Claim(
        "alias against the limit, V = 1e7",
        0.65,
        "at least",
        "of the limit's rate",
        lambda: against(draw("alias", "zipf_1e7"), limit("zipf_1e7")),
    ),
    Claim(
        "spectrum at V = 1e8 against its own V = 1e4",
        1.6,
        "at most",
        "times the time",
        lambda: against(draw("spectrum", "zipf_1e8"), draw("spectrum", "zipf_1e4")),
    ),
    Claim(
        "spectrum against cum_table (gensim's loop), V = 1e8",
        120,
        "at least",
        "times faster",
        lambda: against(draw("spectrum", "zipf_1e8"), draw("cum_table", "zipf_1e8")),
    ),
    Claim(
        "alias, distinct ids, against multinomial (a torch call an item), V = 1e4",
        7000,
        "at least",
        "times faster",
        lambda: against(draw("alias", "zipf_1e4", replacement=False), draw("multinomial", "zipf_1e4", rows=64)),
    ),
    Claim(
        "alias, distinct ids, against itself with replacement, V = 1e4",
        1.8,
        "at most",
        "times the time",
        lambda: against(draw("alias", "zipf_1e4", replacement=False), draw("alias", "zipf_1e4")),
    ),
    Claim(
        "one alias call for (1, 5) against one torch.multinomial(p, 5, replacement=True), V = 1e4",
        15,
        "at least",
        "times faster",
        tiny,
    ),
    Claim(
        "alias on two threads against one, V = 1e4",
        1.8,
        "at least",
        "times faster",
        lambda: against(draw("alias", "zipf_1e4", rows=BIG, threads=2), draw("alias", "zipf_1e4", rows=BIG)),
    ),
)


def measure(claim: Claim) -> dict[str, Any]:
    """The ratio in each of `ROUNDS` rounds of turns, as median and quartiles."""
    sides = dict(zip(("own", "other"), claim.sides(), strict=True))
    found = take_turns({side: call for side, (call, _) in sides.items()}, ROUNDS, ROUND_SECONDS)
    own, other = (found[side] / ids for side, (_, ids) in sides.items())  # seconds an id
    ratios = [claim.ratio(a, b) for a, b in zip(own, other, strict=True)]
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
        "own_ns": float(np.median(own) * 1e9),
        "other_ns": float(np.median(other) * 1e9),
    }


def main(arguments: list[str] | None = None) -> int:
    """Measure and write."""
    parser = Parser(prog=documents.CLAIMS.made_by, description=__doc__)
    parser.add_argument("--out", type=Path, default=documents.CLAIMS.path, help="default: %(default)s")
    out = parser.parse_args(arguments).out
    head, dirty = commit()
    results = [measure(claim) for claim in track(CLAIMS, description="measuring claims")]
    documents.write(
        out,
        {
            "schema": documents.CLAIMS.schema,
            "command": documents.CLAIMS.made_by,
            "commit": head,
            "dirty": dirty,
            "environment": environment(),
            "rounds": ROUNDS,
            "results": results,
        },
    )
    for r in results:
        mark = "reached" if r["reached"] else "MISSED"
        print(f"{mark:8} {r['ratio']:>9.3g} {r['unit']} ({r['sense']} {r['goal']:g}): {r['text']}")
    print(out)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
