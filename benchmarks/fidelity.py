# SPDX-License-Identifier: MIT
"""``python -m benchmarks.fidelity``: check the fidelity of every sampler on every workload, and write one JSON file."""

from __future__ import annotations

import math
import multiprocessing
import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np
from rich.progress import track

import samplers
from samplers.commands.ending import ended

from .describe import FAILURES, describe, describe_workload, label, why_failed
from .documents import FIDELITY, Start, write
from .mutants import MUTANTS
from .suite import SEED, sampler_names, why_not
from .variants import create, mode
from .workloads import UNIFORM, WORKLOADS, noise_of

K = 5
# Longer rows of distinct ids, for which the inclusion probabilities differ much from k p.
MANY, MANY_ON = 20, ("english", "zipf_1e2")
# All workloads but the largest: a million draws cannot test the probabilities of ten million ids.
CHECKED = tuple(name for name in WORKLOADS if name != "zipf_1e7")


def main(arguments: list[str] | None = None) -> int:
    """Run the checks and write the file; returns 1 if a broken sampler was not caught."""
    parser = FIDELITY.parser(__doc__)
    parser.add_argument("--workloads", nargs="+", choices=list(WORKLOADS), default=list(CHECKED))
    parser.add_argument("--samplers", nargs="+", choices=sampler_names(), default=sampler_names())
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes; default: %(default)s")
    chosen = parser.parse_args(arguments)
    usable = [name for name in chosen.samplers if why_not(name) is None]
    tasks = [
        (name, workload, K)
        for workload in chosen.workloads
        for name in chosen.samplers
        if why_not(name, uniform=workload in UNIFORM) is None
    ]
    distinct = [name for name in usable if not mode(name)]
    tasks += [(name, workload, MANY) for workload in MANY_ON if workload in chosen.workloads for name in distinct]
    start = Start.now()
    document: dict[str, Any] = {
        "seed": SEED,
        "samplers": [describe(name) for name in chosen.samplers],
        "workloads": [describe_workload(name) for name in WORKLOADS],
        "results": in_processes(check, tasks, chosen.jobs, "checking fidelity"),
        "mutants": in_processes(check_mutant, [(number,) for number in numbers()], chosen.jobs, "broken samplers"),
    }
    write(FIDELITY, document, chosen.out, start)
    bad = [result for result in document["results"] if not result["passed"] and not result["refused"]]
    failed = [f"{label(result['sampler'])} on {result['workload']}" for result in bad]
    missed = [mutant["name"] for mutant in document["mutants"] if not mutant["caught"]]
    print(f"{len(tasks)} checks, not faithful: {'; '.join(failed) or 'none'}")
    print(f"{len(document['mutants'])} broken samplers, not caught: {', '.join(missed) or 'none'}\n{chosen.out}")
    return 1 if missed else 0


def in_processes(
    work: Callable[..., dict[str, Any]], tasks: list[tuple[Any, ...]], jobs: int, description: str
) -> list[dict[str, Any]]:
    """The results of ``work(*task)`` in the order of the tasks; they run in parallel because nothing is timed."""
    spawn = multiprocessing.get_context("spawn")  # forking a process that runs torch's threads can hang
    with ProcessPoolExecutor(max_workers=min(jobs, len(tasks)), mp_context=spawn) as pool:
        try:
            results = pool.map(work, *zip(*tasks, strict=True))
            return list(track(results, description=description, total=len(tasks)))
        except BaseException:  # after Ctrl-C or SIGTERM, the pool would wait for checks that take up to a minute
            for process in multiprocessing.active_children():
                process.terminate()
            raise


def check(sampler: str, workload: str, k: int, noise: samplers.NoiseDistribution | None = None) -> dict[str, Any]:
    """Check one sampler on one workload; an exception becomes a failed result with its message.

    The noise distribution is needed if the workload is none of `workloads`, whose name alone is then used.
    """
    outcome = {"sampler": sampler, "workload": workload, "k": k, "passed": False, "error": None, "refused": False}
    start = time.perf_counter()
    try:
        built = create(sampler, noise or noise_of(workload), rng=SEED)
        result = samplers.check_fidelity(built, k=k)
        outcome["seconds"] = round(time.perf_counter() - start, 3)
        shown = ranks(built, k, result.rows, result.observed)
    except FAILURES as error:  # the report shows every error, and the other checks continue
        refused = isinstance(error, samplers.UnsuitableNoiseError)
        return outcome | {"error": why_failed(error), "refused": refused}
    return outcome | result.to_dict() | {"ids": int(result.observed.sum()), "ranks": shown}


def ranks(sampler: samplers.Sampler, k: int, rows: int, observed: np.ndarray[Any, Any]) -> dict[str, list[Any]]:
    """Counts by rank of probability (1 = most probable), in bins a tenth of a decade wide.

    ``expected`` are the expected counts under the sampler's law, ``independent`` those of draws with replacement.
    """
    p = sampler.noise.probabilities
    order = np.argsort(-p, kind="stable")[: sampler.noise.nonzero]
    first, last = rank_bins(len(order))
    starts = np.array(first) - 1
    return {
        "first": first,
        "last": last,
        "observed": np.add.reduceat(observed[order], starts).tolist(),
        "expected": np.add.reduceat(rows * sampler.expected_counts(k)[order], starts).tolist(),
        "independent": np.add.reduceat(rows * k * p[order], starts).tolist(),
    }


def rank_bins(n_ids: int) -> tuple[list[int], list[int]]:
    """First and last rank of bins a tenth of a decade wide."""
    edges = np.unique(np.rint(10 ** np.arange(0, math.log10(n_ids) + 0.1, 0.1)).astype(int))
    first = edges[edges <= n_ids].tolist()
    return first, [*(rank - 1 for rank in first[1:]), n_ids]


def numbers() -> list[int]:
    """The positions of the broken samplers in `MUTANTS`; their classes cannot be sent to a process."""
    return list(range(len(MUTANTS)))


def check_mutant(number: int) -> dict[str, Any]:
    """Check one broken sampler; the result names the tests that reject it."""
    mutant = MUTANTS[number]
    built = mutant.create(rng=SEED)
    result = samplers.check_fidelity(built, k=mutant.k, rows=mutant.rows)
    named = result.test(mutant.rejected_by)
    return {
        "name": built.name,
        "flaw": built.info.flaw,
        "source": built.info.source,
        "replacement": built.replacement,
        "n_ids": result.n_ids,
        "k": result.k,
        "rows": result.rows,
        "rejected": not result.passed,
        "rejected_by": mutant.rejected_by,
        "caught": not named.passed,
        "p_adjusted": named.p_adjusted,
        "failed": [test.name for test in result.tests if not test.passed],
    }


if __name__ == "__main__":
    raise SystemExit(ended(FIDELITY.made_by, main))
