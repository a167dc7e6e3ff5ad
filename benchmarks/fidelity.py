# SPDX-License-Identifier: MIT
"""``python -m benchmarks.fidelity``: every sampler on every kind of distribution, into one JSON file."""

from __future__ import annotations

import argparse
import inspect
import json
import math
import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track

import samplers

from .environment import commit, environment
from .suite import SEED, sampler_names
from .workloads import WORKLOADS, noise_of

K = 5
# Every workload but the largest, where a million draws test next to nothing of ten million ids.
CHECKED = tuple(name for name in WORKLOADS if name != "zipf_1e7")
ORIGINS = {"built-in": "built-in", "registered": "peer", "entry point": "plug-in"}


def main(arguments: list[str] | None = None) -> int:
    """Check and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fidelity", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(".asv/fidelity.json"), help="default: %(default)s")
    parser.add_argument("--workloads", nargs="+", choices=list(WORKLOADS), default=list(CHECKED))
    parser.add_argument("--samplers", nargs="+", choices=sampler_names(), default=sampler_names())
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes; default: %(default)s")
    chosen = parser.parse_args(arguments)
    usable = [name for name in chosen.samplers if samplers.why_unavailable(name) is None]
    pairs = [(name, workload) for workload in chosen.workloads for name in usable]
    head, dirty = commit()
    document: dict[str, Any] = {
        "schema": "samplers/fidelity/v1",
        "command": "python -m benchmarks.fidelity",
        "commit": head,
        "dirty": dirty,
        "seed": SEED,
        "environment": environment(),
        "samplers": [describe(name) for name in chosen.samplers],
        "workloads": [describe_workload(name) for name in WORKLOADS],
        "results": check_all(pairs, chosen.jobs),
    }
    write(chosen.out, document)
    failed = [f"{r['sampler']} on {r['workload']}" for r in document["results"] if not r["passed"]]
    print(f"{len(pairs)} checks, not faithful: {', '.join(failed) or 'none'}\n{chosen.out}")
    return 0


def check_all(pairs: list[tuple[str, str]], jobs: int) -> list[dict[str, Any]]:
    """`check` of every pair, in order; nothing is timed here, so the processes may share the machine."""
    spawn = multiprocessing.get_context("spawn")  # forking a process that runs torch's threads can hang
    with ProcessPoolExecutor(max_workers=min(jobs, len(pairs)), mp_context=spawn) as pool:
        results = pool.map(check, *zip(*pairs, strict=True))
        return list(track(results, description="checking fidelity", total=len(pairs)))


def describe(name: str) -> dict[str, Any]:
    """What a sampler can do; what is not known of one that cannot be loaded is None."""
    about = {
        "name": name,
        "origin": origin(name),
        "unavailable": samplers.why_unavailable(name),
    }
    try:
        strategy = samplers.get(name)
    except Exception:  # a plug-in that cannot be loaded: "unavailable" tells the reason
        return about | dict.fromkeys(
            ("summary", "source", "replacement", "positional", "device", "stream", "exact_table", "limit")
        )
    return about | {
        "summary": (inspect.getdoc(strategy) or "").partition("\n")[0],
        "source": strategy.source,
        "replacement": strategy.replacement_modes[0],
        "positional": strategy.positional,
        "device": "cuda" if "cuda" in strategy.stream else "cpu",
        "stream": strategy.stream,
        "exact_table": strategy.implied_probabilities is not samplers.Sampler.implied_probabilities,
        "limit": strategy.max_ids_reason or None,
    }


def origin(name: str) -> str:
    """Built-in, a variant of a built-in strategy, a peer, or somebody's plug-in."""
    ours = [other for other in samplers.names() if samplers.origin(other) == "built-in"]
    kind = samplers.origin(name)
    if kind == "registered" and any(name.startswith(f"{other}_") for other in ours):
        return "variant"
    return ORIGINS[kind]


def describe_workload(name: str) -> dict[str, Any]:
    """Size and make-up of a workload."""
    noise = noise_of(name)
    return {
        "name": name,
        "formula": WORKLOADS[name].formula,
        "exponent": noise.exponent,
        "V": len(noise),
        "nonzero": noise.nonzero,
        "distinct": len(np.unique(noise.counts[noise.counts > 0])),
        "total": float(noise.counts.sum()),
    }


def check(sampler: str, workload: str) -> dict[str, Any]:
    """One sampler on one workload; an exception becomes a failed result with its text."""
    about = {
        "sampler": sampler,
        "workload": workload,
        "k": K,
        "passed": False,
        "error": None,
        "refused": False,
    }
    start = time.perf_counter()
    try:
        built = samplers.create(sampler, noise_of(workload), rng=SEED)
        result = samplers.check_fidelity(built, k=K)
    except Exception as error:  # whatever it is belongs into the report, and the other checks go on
        refused = isinstance(error, samplers.UnsuitableNoiseError)
        return about | {"error": f"{type(error).__name__}: {error}", "refused": refused}
    about["seconds"] = round(time.perf_counter() - start, 3)
    return about | {
        "rows": result.rows,
        "ids": int(result.observed.sum()),
        "replacement": result.replacement,
        "passed": result.passed,
        "tests": [vars(test) | {"detectable": finite(test.detectable)} for test in result.tests],
        "total_variation": result.total_variation,
        "total_variation_expected": result.total_variation_expected,
        "implied": implied(built),
        "ranks": ranks(result.observed, built.noise.probabilities),
    }


def implied(sampler: samplers.Sampler) -> dict[str, Any] | None:
    """How far the finished table is from the target, without a draw."""
    table = sampler.implied_probabilities()
    if table is None:
        return None
    target = sampler.noise.probabilities
    positive = target > 0
    return {
        "total_variation": float(np.abs(table - target).sum() / 2),
        "max_relative_error": float(np.abs(table[positive] / target[positive] - 1).max()),
        "never_drawn": int(np.count_nonzero(table[positive] == 0)),
    }


def ranks(observed: np.ndarray[Any, Any], target: np.ndarray[Any, Any]) -> dict[str, list[Any]]:
    """Counts by rank of probability (1 = most probable), in bins a tenth of a decade wide."""
    order = np.argsort(-target, kind="stable")[: np.count_nonzero(target > 0)]
    edges = np.unique(np.rint(10 ** np.arange(0, math.log10(len(order)) + 0.1, 0.1)).astype(int))
    first = edges[edges <= len(order)]
    expected = observed.sum() * target[order]
    return {
        "first": first.tolist(),
        "last": [*(first[1:] - 1).tolist(), len(order)],
        "observed": np.add.reduceat(observed[order], first - 1).tolist(),
        "expected": np.add.reduceat(expected, first - 1).tolist(),
    }


def finite(value: float) -> float | None:
    """Strict JSON knows no infinity."""
    return value if math.isfinite(value) else None


def write(path: Path, document: dict[str, Any]) -> None:
    """Write atomically: a run that is broken off leaves the last whole file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".tmp")
    draft.write_text(json.dumps(document, indent=1, allow_nan=False), encoding="utf-8")
    os.replace(draft, path)


if __name__ == "__main__":
    raise SystemExit(main())
