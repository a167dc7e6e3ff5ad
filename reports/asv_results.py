# SPDX-License-Identifier: MIT
"""Reads asv's results: the only file that knows their format.

asv's result files are not strict JSON: NaN stands for "not measured" or "skipped", null for "failed", and
intervals may be infinite. Values lie in the order of ``itertools.product`` over the parameters, which are
stored as Python literals; trailing nulls of a row are cut off.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace
from itertools import product, zip_longest
from pathlib import Path
from typing import Any

from benchmarks.documents import InputError, finite, read_json

from .model import Speed
from .statistics import NOT_MEASURED, Measurement

SAMPLE = "bench_sample.Sample.time_sample"
BUILD = "bench_build.Build.time_build"
NBYTES = "bench_build.Build.track_nbytes"
PEAK = "bench_build.Build.peakmem_build"
FIRST_CALL = "bench_build.FirstCall.time_first_call"
POST004 = "bench_post004.Post004.time_method"
LIMIT = "bench_limit.Limit.time_part"
LIMIT_IDS = 81_920  # ids of one timed call of `LIMIT`
# One question each; `reports.axes` says what their parameters are.
ROWS = "bench_shape.Rows.time_rows"
COLUMNS = "bench_shape.Columns.time_columns"
EXCLUSION = "bench_exclusion.Exclusion.time_exclusion"
ORDER = "bench_order.Order.time_order"
LARGE = "bench_large.Large.time_large"
LARGE_NBYTES = "bench_large.Large.track_nbytes_large"
LARGE_BUILD = "bench_large.Large.time_build_large"
LOADER = "bench_loader.Loader.time_loader"
THREADS = "bench_threads.Threads.time_threads"
IMPORT = "bench_import.Import.timeraw_import"
AXES = (ROWS, COLUMNS, EXCLUSION, ORDER, LARGE, LARGE_NBYTES, LARGE_BUILD, LOADER, THREADS, IMPORT)

RESULT_VERSION = 2
MAKE_ASV = "python -m benchmarks"

Cells = dict[tuple[Any, ...], Measurement]


def read_run(asv_dir: Path, commit: str | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """The result file to show, and the facts of its machine.

    The newest commit counts. Of its files, that of an existing environment comes first, which `python -m benchmarks`
    writes and fidelity.json belongs to: asv's own environments have no torch. Then the one with most numbers.
    """
    paths = [p for p in sorted(asv_dir.glob("*/*.json")) if p.name != "machine.json"]
    runs = [(path, read_json(path, MAKE_ASV)) for path in paths]
    runs = [(path, run) for path, run in runs if "results" in run and "commit_hash" in run]
    if not runs:
        raise InputError(f"no asv results in {asv_dir}: make them with `{MAKE_ASV}`")
    hashes = sorted({run["commit_hash"] for _, run in runs})
    if commit is not None:
        runs = [(path, run) for path, run in runs if run["commit_hash"].startswith(commit)]
        if not runs:
            short = ", ".join(h[:8] for h in hashes)
            raise InputError(f"no asv results for commit {commit} in {asv_dir}; there are some for {short}")
    newest = max(runs, key=lambda one: (one[1].get("date") or 0, started(one[1])))[1]["commit_hash"]
    runs = [(path, run) for path, run in runs if run["commit_hash"] == newest]
    path, run = max(runs, key=lambda one: (is_existing(one[1]), numbers_in(one[1]), started(one[1])))
    if run.get("version") != RESULT_VERSION:
        raise InputError(f"{path} has asv's result format {run.get('version')}, this reads {RESULT_VERSION}")
    drop_outdated(run, asv_dir / "benchmarks.json")
    facts = path.parent / "machine.json"
    return run, read_json(facts, MAKE_ASV) if facts.exists() else {}


def is_existing(run: dict[str, Any]) -> bool:
    """Whether asv used an installed environment and made none of its own."""
    return str(run.get("env_name", "")).startswith("existing")


def drop_outdated(run: dict[str, Any], benchmarks: Path) -> None:
    """Leave out results of another version of a benchmark, as asv does: they answer another question."""
    if not benchmarks.exists():
        return
    known = read_json(benchmarks, MAKE_ASV)
    for name in list(run["results"]):
        now, then = known.get(name), columns(run, name).get("version")
        if isinstance(now, dict) and then is not None and then != now.get("version"):
            del run["results"][name]


def columns(run: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The row of a benchmark by column; those cut off at its end are None."""
    return dict(zip_longest(run["result_columns"], run["results"][name] or []))


def started(run: Mapping[str, Any]) -> float:
    """When the last benchmark of a file began, milliseconds."""
    return max((columns(run, name).get("started_at") or 0 for name in run["results"]), default=0)


def numbers_in(run: Mapping[str, Any]) -> int:
    """How many cells of a file hold a number."""
    rows = (columns(run, name).get("result") or [] for name in run["results"])
    return sum(finite(value) is not None for row in rows for value in row)


def read_cells(run: Mapping[str, Any], name: str) -> Cells:
    """The measurements of a benchmark by their parameters."""
    row = columns(run, name)
    keys = list(product(*([literal(text) for text in axis] for axis in row.get("params") or [])))
    size = len(keys)
    # A column of None means None throughout: asv stores neither a list of failures nor absent statistics.
    names = ("result", "stats_q_25", "stats_q_75", "samples")
    cells = zip(*([*(row.get(name) or []), *[None] * size][:size] for name in names), strict=True)
    return {
        key: Measurement(finite(value), finite(q25), finite(q75), value is None, samples_of(samples))
        for key, (value, q25, q75, samples) in zip(keys, cells, strict=True)
    }


def samples_of(found: Any) -> tuple[float, ...]:
    """The samples of a cell, which asv keeps with ``--record-samples``."""
    return tuple(sample for value in found or () if (sample := finite(value)))


def literal(text: Any) -> Any:
    """The value of a parameter from its repr; what is no literal stays text."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def headline_speeds(cells: Cells) -> dict[tuple[str, str], Speed]:
    """Nanoseconds an id at the largest number of rows that was measured."""
    chosen: dict[tuple[str, str], Speed] = {}
    for (sampler, workload, rows, k), seconds in sorted(cells.items(), key=lambda one: one[0][2]):
        pair, speed = (sampler, workload), Speed(seconds.scaled(1e9 / (rows * k)), rows, k)
        if seconds.value is not None or (seconds.failed and pair not in chosen):
            chosen[pair] = speed
        elif (
            seconds.failed and chosen[pair].ns.value is not None
        ):  # not measured at more rows is by design, a failure there is news
            chosen[pair] = replace(chosen[pair], failed_rows=rows)
    return chosen


def by_pair(cells: Cells) -> dict[tuple[str, str], Measurement]:
    """Cells of a benchmark over (sampler, workload)."""
    return {(str(key[0]), str(key[1])): cell for key, cell in cells.items() if cell != NOT_MEASURED}


def limit_parts(cells: Cells) -> dict[tuple[str, int], Measurement]:
    """Nanoseconds an id of what nothing can go without, by part and V."""
    return {(str(part), int(n_ids)): cell.scaled(1e9 / LIMIT_IDS) for (part, n_ids), cell in cells.items()}
