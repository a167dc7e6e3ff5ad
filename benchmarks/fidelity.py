# SPDX-License-Identifier: MIT
"""``python -m benchmarks.fidelity``: every sampler on every kind of distribution, into one JSON file."""

from __future__ import annotations

import math
import multiprocessing
import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track

import samplers
from samplers.commands.ending import Parser

from .describe import describe, describe_workload, label
from .documents import FIDELITY, write
from .environment import commit, environment
from .mutants import MUTANTS
from .suite import SEED, sampler_names, why_not
from .variants import create, mode
from .workloads import WORKLOADS, noise_of

K = 5
# Distinct rows of many ids, where the exact law and k p lie far apart.
MANY, MANY_ON = 20, ("english", "zipf_1e2")
# Every workload but the largest, where a million draws test next to nothing of ten million ids.
CHECKED = tuple(name for name in WORKLOADS if name != "zipf_1e7")


def main(arguments: list[str] | None = None) -> int:
    """Check and write."""
    parser = Parser(prog=FIDELITY.made_by, description=__doc__)
    parser.add_argument("--out", type=Path, default=FIDELITY.path, help="default: %(default)s")
    parser.add_argument("--workloads", nargs="+", choices=list(WORKLOADS), default=list(CHECKED))
    parser.add_argument("--samplers", nargs="+", choices=sampler_names(), default=sampler_names())
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes; default: %(default)s")
    chosen = parser.parse_args(arguments)
    usable = [name for name in chosen.samplers if why_not(name) is None]
    tasks = [(name, workload, K) for workload in chosen.workloads for name in usable]
    distinct = [name for name in usable if not mode(name)]
    tasks += [(name, workload, MANY) for workload in MANY_ON if workload in chosen.workloads for name in distinct]
    head, dirty = commit()
    document: dict[str, Any] = {
        "schema": FIDELITY.schema,
        "command": FIDELITY.made_by,
        "commit": head,
        "dirty": dirty,
        "seed": SEED,
        "environment": environment(),
        "samplers": [describe(name) for name in chosen.samplers],
        "workloads": [describe_workload(name) for name in WORKLOADS],
        "results": in_processes(check, tasks, chosen.jobs, "checking fidelity"),
        "mutants": in_processes(check_mutant, [(number,) for number in numbers()], chosen.jobs, "broken samplers"),
    }
    write(chosen.out, document)
    bad = [result for result in document["results"] if not result["passed"] and not result["refused"]]
    failed = [f"{label(result['sampler'])} on {result['workload']}" for result in bad]
    missed = [mutant["name"] for mutant in document["mutants"] if not mutant["caught"]]
    print(f"{len(tasks)} checks, not faithful: {'; '.join(failed) or 'none'}")
    print(f"{len(document['mutants'])} broken samplers, not caught: {', '.join(missed) or 'none'}\n{chosen.out}")
    return 1 if missed else 0


def in_processes(
    work: Callable[..., dict[str, Any]], tasks: list[tuple[Any, ...]], jobs: int, what: str
) -> list[dict[str, Any]]:
    """``work`` of every task, in order; nothing is timed here, so the processes may share the machine."""
    spawn = multiprocessing.get_context("spawn")  # forking a process that runs torch's threads can hang
    with ProcessPoolExecutor(max_workers=min(jobs, len(tasks)), mp_context=spawn) as pool:
        results = pool.map(work, *zip(*tasks, strict=True))
        return list(track(results, description=what, total=len(tasks)))


def check(sampler: str, workload: str, k: int) -> dict[str, Any]:
    """One sampler on one workload; an exception becomes a failed result with its text."""
    about = {"sampler": sampler, "workload": workload, "k": k, "passed": False, "error": None, "refused": False}
    start = time.perf_counter()
    try:
        built = create(sampler, noise_of(workload), rng=SEED)
        result = samplers.check_fidelity(built, k=k)
    except Exception as error:  # whatever it is belongs into the report, and the other checks go on
        refused = isinstance(error, samplers.UnsuitableNoiseError)
        return about | {"error": f"{type(error).__name__}: {error}", "refused": refused}
    about["seconds"] = round(time.perf_counter() - start, 3)
    ids = int(result.observed.sum())
    return about | result.to_dict() | {"ids": ids, "ranks": ranks(built, k, result.rows, result.observed)}


def ranks(sampler: samplers.Sampler, k: int, rows: int, observed: np.ndarray[Any, Any]) -> dict[str, list[Any]]:
    """Counts by rank of probability (1 = most probable), in bins a tenth of a decade wide.

    ``expected`` is what the sampler's law says, ``independent`` what draws with replacement would give.
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
    """The broken samplers to check, by their place in the list: their classes do not travel to a process."""
    return list(range(len(MUTANTS)))


def check_mutant(number: int) -> dict[str, Any]:
    """One broken sampler: which tests reject it?"""
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
    raise SystemExit(main())
