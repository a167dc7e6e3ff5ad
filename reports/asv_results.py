# SPDX-License-Identifier: MIT
"""Reads asv's results; no other file knows their format.

asv's result files are not strict JSON: NaN means "not measured" or "skipped", null means "failed", and intervals may be
infinite. The values are in the order of ``itertools.product`` over the parameters, which are stored as Python literals.
Trailing nulls of a row are cut off.
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
# Benchmarks with a table each; their questions describe their parameters.
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
COLD = "bench_cold.Cold.track_call"

RESULT_VERSION = 2
MAKE_ASV = "python -m benchmarks"

Cells = dict[tuple[Any, ...], Measurement]


def read_run(asv_dir: Path, commit: str | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """The result file that the report shows, and the description of its machine.

    The newest commit is chosen, or the given one. If it has several files, one of an existing environment is preferred,
    because `python -m benchmarks` writes it together with fidelity.json. Then the file with the most numbers is
    preferred.

    Raises
    ------
    InputError
        If there are no results, or if they have another format.
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
            raise InputError(f"no asv results for commit {commit} in {asv_dir}; there are results for {short}")
    newest = max(runs, key=lambda pair: (pair[1].get("date") or 0, started(pair[1])))[1]["commit_hash"]
    runs = [(path, run) for path, run in runs if run["commit_hash"] == newest]
    path, run = max(runs, key=lambda pair: (is_existing(pair[1]), numbers_in(pair[1]), started(pair[1])))
    if run.get("version") != RESULT_VERSION:
        raise InputError(
            f"{path} has asv's result format {run.get('version')}, but {RESULT_VERSION} is needed: "
            f"run `{MAKE_ASV}` again with the asv of this environment"
        )
    drop_outdated(run, asv_dir / "benchmarks.json")
    facts = path.parent / "machine.json"
    return run, read_json(facts, MAKE_ASV) if facts.exists() else {}


def is_existing(run: dict[str, Any]) -> bool:
    """Whether asv used an installed environment instead of creating one."""
    return str(run.get("env_name", "")).startswith("existing")


def drop_outdated(run: dict[str, Any], benchmarks: Path) -> None:
    """Remove the results of other versions of a benchmark, as asv does: they measured something else."""
    if not benchmarks.exists():
        return
    known = read_json(benchmarks, MAKE_ASV)
    for name in list(run["results"]):
        current, version = known.get(name), columns(run, name).get("version")
        if isinstance(current, dict) and version is not None and version != current.get("version"):
            del run["results"][name]


def columns(run: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The row of a benchmark as a dict by column; columns that asv cut off are None."""
    return dict(zip_longest(run["result_columns"], run["results"][name] or []))


def started(run: Mapping[str, Any]) -> float:
    """The start of the last benchmark of a file, in milliseconds since 1970."""
    return max((columns(run, name).get("started_at") or 0 for name in run["results"]), default=0)


def numbers_in(run: Mapping[str, Any]) -> int:
    """The number of cells of a file that have a number."""
    rows = (columns(run, name).get("result") or [] for name in run["results"])
    return sum(finite(value) is not None for row in rows for value in row)


def read_cells(run: Mapping[str, Any], name: str) -> Cells:
    """The measurements of a benchmark, by their parameters."""
    row = columns(run, name)
    keys = list(product(*([literal(text) for text in axis] for axis in row.get("params") or [])))
    size = len(keys)
    # If a whole column is None, every value of it is None: asv stores no list then.
    names = ("result", "stats_q_25", "stats_q_75", "samples")
    cells = zip(*([*(row.get(name) or []), *[None] * size][:size] for name in names), strict=True)
    return {
        key: Measurement(finite(value), finite(q25), finite(q75), value is None, samples_of(samples))
        for key, (value, q25, q75, samples) in zip(keys, cells, strict=True)
    }


def samples_of(values: Any) -> tuple[float, ...]:
    """The samples of a cell; asv stores them if it runs with ``--record-samples``."""
    return tuple(sample for value in values or () if (sample := finite(value)))


def literal(text: Any) -> Any:
    """The value of a parameter from its repr; text that is no literal is returned as it is."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def headline_speeds(cells: Cells) -> dict[tuple[str, str], Speed]:
    """Nanoseconds per id at the largest number of rows that was measured, by sampler and workload."""
    chosen: dict[tuple[str, str], Speed] = {}
    for (sampler, workload, rows, k), seconds in sorted(cells.items(), key=lambda item: item[0][2]):
        pair, speed = (sampler, workload), Speed(seconds.scaled(1e9 / (rows * k)), rows, k)
        if seconds.value is not None or (seconds.failed and pair not in chosen):
            chosen[pair] = speed
        # Slow samplers are not measured at more rows on purpose. A failure at more rows is reported.
        elif seconds.failed and chosen[pair].ns.value is not None:
            chosen[pair] = replace(chosen[pair], failed_rows=rows)
    return chosen


def by_pair(cells: Cells) -> dict[tuple[str, str], Measurement]:
    """The measured cells of a benchmark, by sampler and workload."""
    return {(str(key[0]), str(key[1])): cell for key, cell in cells.items() if cell != NOT_MEASURED}


def limit_parts(cells: Cells, ids: int) -> dict[tuple[str, int], Measurement]:
    """Nanoseconds per id of the two parts of every draw, by part and V; a call is of so many ids."""
    return {(str(part), int(n_ids)): cell.scaled(1e9 / ids) for (part, n_ids), cell in cells.items()}
