# SPDX-License-Identifier: MIT
"""Reads asv's results and the fidelity results: the only file that knows their formats.

asv's result files are not strict JSON: NaN stands for "not measured" or "skipped", null for "failed", and
intervals may be infinite. Values lie in the order of ``itertools.product`` over the parameters, which are
stored as Python literals; trailing nulls of a row are cut off.
"""

from __future__ import annotations

import ast
import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime
from itertools import product, zip_longest
from pathlib import Path
from typing import Any, TypeVar

from .model import (
    NOT_MEASURED,
    Check,
    Measurement,
    Origin,
    Ranks,
    Report,
    Sampler,
    Speed,
    Test,
    Workload,
)  # fmt: skip

SAMPLE = "bench_sample.Sample.time_sample"
BUILD = "bench_build.Build.time_build"
NBYTES = "bench_build.Build.track_nbytes"
PEAK = "bench_build.Build.peakmem_build"
FIRST_CALL = "bench_build.FirstCall.time_first_call"
POST004 = "bench_post004.Post004.time_method"

RESULT_VERSION = 2
FIDELITY_SCHEMA = "samplers/fidelity/v1"
MAKE_ASV, MAKE_FIDELITY = "python -m benchmarks", "python -m benchmarks.fidelity"

Cells = dict[tuple[Any, ...], Measurement]
Record = TypeVar("Record")


class InputError(Exception):
    """An input that is missing or unreadable; the message says which, and what makes it."""


def load(asv_dir: Path, fidelity: Path, command: str, commit: str | None = None) -> Report:
    """Read both inputs.

    Parameters
    ----------
    asv_dir : Path
        asv's results directory.
    fidelity : Path
        The file of ``python -m benchmarks.fidelity``.
    command : str
        What produced them, for the page.
    commit : str, optional
        A hash or the beginning of one; default the newest of the results.

    Raises
    ------
    InputError
        When an input is missing, or not what it should be.
    """
    run, machine = read_run(asv_dir, commit)
    document = read_fidelity(fidelity)
    cells = {name: read_cells(run, name) for name in run["results"]}
    speed = headline_speeds(cells.get(SAMPLE, {}))
    names = [str(key[0]) for name in (SAMPLE, BUILD, FIRST_CALL) for key in cells.get(name, {})]
    samplers = [record(Sampler, s) for s in document["samplers"]]
    samplers += [Sampler(name) for name in dict.fromkeys(names) if name not in {s.name for s in samplers}]
    order = [str(key[1]) for name in (SAMPLE, BUILD) for key in cells.get(name, {})]
    return Report(
        samplers=tuple(samplers),
        workloads=tuple(read_workloads(document["workloads"], order)),
        speed=speed,
        build=by_pair(cells.get(BUILD, {})),
        nbytes=by_pair(cells.get(NBYTES, {})),
        peak=by_pair(cells.get(PEAK, {})),
        first_call=by_pair(cells.get(FIRST_CALL, {})),
        post004={str(key[0]): cell for key, cell in cells.get(POST004, {}).items()},
        checks={(c["sampler"], c["workload"]): read_check(c) for c in document["results"]},
        origin=read_origin(run, machine, document, command),
    )


def read_run(asv_dir: Path, commit: str | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """The result file to show, and the facts of its machine.

    The newest commit counts; of its files, from several environments or machines, the one with most numbers.
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
    path, run = max(runs, key=lambda one: (numbers_in(one[1]), started(one[1])))
    if run.get("version") != RESULT_VERSION:
        raise InputError(f"{path} has asv's result format {run.get('version')}, this reads {RESULT_VERSION}")
    drop_outdated(run, asv_dir / "benchmarks.json")
    facts = path.parent / "machine.json"
    return run, read_json(facts, MAKE_ASV) if facts.exists() else {}


def drop_outdated(run: dict[str, Any], benchmarks: Path) -> None:
    """Leave out results of another version of a benchmark, as asv does: they answer another question."""
    if not benchmarks.exists():
        return
    known = read_json(benchmarks, MAKE_ASV)
    for name in list(run["results"]):
        now, then = known.get(name), columns(run, name).get("version")
        if isinstance(now, dict) and then is not None and then != now.get("version"):
            del run["results"][name]


def read_json(path: Path, made_by: str) -> dict[str, Any]:
    """A JSON object; Python's reader takes asv's NaN and Infinity."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path} does not exist: make it with `{made_by}`") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read ({error}): make it anew with `{made_by}`") from None
    if not isinstance(found, dict):
        raise InputError(f"{path} holds no JSON object: make it anew with `{made_by}`")
    return found


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
    values, low, high = (
        [*(row.get(c) or []), *[None] * size][:size] for c in ("result", "stats_q_25", "stats_q_75")
    )
    return {
        key: Measurement(finite(value), finite(q25), finite(q75), failed=value is None)
        for key, value, q25, q75 in zip(keys, values, low, high, strict=True)
    }


def literal(text: Any) -> Any:
    """The value of a parameter from its repr; what is no literal stays text."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def finite(value: Any) -> float | None:
    """A number, or None for anything that is none: null, NaN, infinity."""
    known = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if known else None


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


def read_fidelity(path: Path) -> dict[str, Any]:
    """The fidelity document, its shape checked."""
    document = read_json(path, MAKE_FIDELITY)
    if document.get("schema") != FIDELITY_SCHEMA:
        raise InputError(
            f"{path} has schema {document.get('schema')!r}, this reads {FIDELITY_SCHEMA!r}: "
            f"make it anew with `{MAKE_FIDELITY}`"
        )
    missing = [key for key in ("samplers", "workloads", "results") if not isinstance(document.get(key), list)]
    if missing:
        raise InputError(f"{path} lacks {', '.join(missing)}: make it anew with `{MAKE_FIDELITY}`")
    return document


def record(kind: type[Record], found: Mapping[str, Any]) -> Record:
    """A dataclass from the keys that it knows."""
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    return kind(**{key: value for key, value in found.items() if key in known})


def read_workloads(described: Iterable[Mapping[str, Any]], timed: Iterable[str]) -> list[Workload]:
    """All workloads, in the benchmarks' order; the fidelity run describes only those that it checked."""
    known = {w["name"]: record(Workload, w) for w in described}
    names = dict.fromkeys([*timed, *known])
    return [known.get(name) or Workload(name, V=size_in(name)) for name in names]


def size_in(name: str) -> int | None:
    """V from a name such as zipf_1e6."""
    match = re.search(r"_(\d+(?:e\d+)?)$", name)
    return int(float(match[1])) if match else None


def read_check(found: Mapping[str, Any]) -> Check:
    """A fidelity result; one with an error has little but that."""
    tests = tuple(
        Test(
            t["name"], finite(t.get("statistic")), t.get("df"), finite(t.get("p_value")), bool(t["passed"]),
            t.get("detects") or "", finite(t.get("detectable")), t.get("note") or "",
        )
        for t in found.get("tests") or ()
    )  # fmt: skip
    ranks, implied = found.get("ranks"), found.get("implied")
    return Check(
        sampler=found["sampler"], workload=found["workload"], error=found.get("error"),
        passed=bool(found.get("passed")) and not found.get("error"),
        k=found.get("k"), rows=found.get("rows"), ids=found.get("ids"), replacement=found.get("replacement"),
        seconds=finite(found.get("seconds")), tests=tests,
        total_variation=finite(found.get("total_variation")),
        total_variation_expected=finite(found.get("total_variation_expected")),
        implied=None if implied is None else {key: finite(value) for key, value in implied.items()},
        ranks=None if ranks is None else Ranks(*(tuple(ranks[f.name]) for f in fields(Ranks))),
    )  # fmt: skip


def read_origin(
    run: Mapping[str, Any], machine: Mapping[str, Any], document: Mapping[str, Any], command: str
) -> Origin:
    """What made the numbers. Names of hosts and paths, which asv stores too, stay behind."""
    environment = dict(document.get("environment") or {})
    packages = environment.pop("packages", None) or {}
    ram = finite(float(machine["ram"])) if str(machine.get("ram", "")).isdigit() else None
    facts = {"cpu": machine.get("cpu"), "cores": machine.get("num_cpu"), "os": machine.get("os"),
             "ram_gib": None if ram is None else round(ram / 2**30, 1)}  # fmt: skip
    environment = {k: v for k, v in (facts | environment).items() if v not in (None, "")}
    milliseconds = started(run)
    measured = datetime.fromtimestamp(milliseconds / 1000, UTC) if milliseconds else None
    return Origin(
        command=command, commit=run["commit_hash"],
        measured=None if measured is None else f"{measured:%Y-%m-%d %H:%M} UTC",
        fidelity_command=document.get("command") or MAKE_FIDELITY,
        fidelity_commit=document.get("commit"), dirty=bool(document.get("dirty")),
        seed=document.get("seed"), environment=environment, packages=packages,
    )  # fmt: skip
