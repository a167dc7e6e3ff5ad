# SPDX-License-Identifier: MIT
"""``python -m reports submit``: time the declared cells on this machine, prove tables and ids, and write one file.

The samplers of a cell take turns in one process, so that a slow phase of the machine affects all of them. The clock is
the processor time of the process. The file names no user, host or path.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track

import samplers
from samplers.commands.ending import Parser
from samplers.files import write_text
from samplers.recommendation.timing import take_turns

# `peers` and `variants` register the samplers of other libraries and those of distinct ids.
from .. import peers  # noqa: F401
from ..documents import InputError, read_json
from ..environment import commit, environment
from ..noise import between, reading
from ..requests import REQUESTS
from ..variants import create
from . import cells
from .proofs import faster_than, middle, proof, rounded

COMMAND = cells.MACHINE.made_by
ROUNDS, ROUND_SECONDS = 15, 0.02
FEWEST_ROUNDS = 5  # with fewer, no interval can be computed
IDENTITY = ("cpu", "cores", "caches", "simd")
NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")


def main(arguments: list[str] | None = None) -> int:
    """Measure this machine and write its file; returns 0."""
    parser = Parser(prog=COMMAND, description=(__doc__ or "").partition(": ")[2])
    parser.add_argument("--name", help="of the entry; default: the processor and the kernels")
    parser.add_argument("--out", type=Path, default=cells.FOLDER, help="folder of the file (default: %(default)s)")
    parser.add_argument("--force", action="store_true", help="replace the earlier file of this machine")
    parser.add_argument(
        "--rounds", type=int, default=ROUNDS, help="turns of each sampler in each cell; default: %(default)s"
    )
    chosen = parser.parse_args(arguments)
    if chosen.rounds < FEWEST_ROUNDS:
        parser.error(f"--rounds is {chosen.rounds}: an interval needs {FEWEST_ROUNDS} rounds or more")
    described = environment()
    name = chosen.name or default_name(described)
    if not NAME.fullmatch(name):
        parser.error(f"--name is {name!r}: write 1 to 64 lower-case letters, digits, dots and hyphens")
    path = chosen.out / f"{name}.json"
    reason = not_replaced(path, described, chosen.force)
    if reason:
        parser.error(f"--name {name}: {path} {reason}")
    path.parent.mkdir(parents=True, exist_ok=True)  # fails before the first measurement
    document = submission(name, described, chosen.rounds)
    write_text(path, compact(document) + "\n")
    print(path)
    print(f"Check it with `python -m reports verify {path}`.")
    return 0


def default_name(described: Mapping[str, Any]) -> str:
    """The processor and the kernels, such as ``amd-epyc-avx512``."""
    cpu = re.sub(r"\([^)]*\)|\b(?:processor|cpu)\b|@.*", " ", str(described["cpu"]).lower())
    return "-".join([*re.findall(r"[a-z0-9]+", cpu), str(described["simd"])])[-64:]


def not_replaced(path: Path, described: Mapping[str, Any], force: bool) -> str:
    """Why an existing file is not replaced, and the cure; "" if it is, or if there is none."""
    if not path.exists():
        return ""
    try:
        before = read_json(path, COMMAND)
    except InputError:
        before = {}
    if before.get("schema") != cells.MACHINE.schema or not isinstance(before.get("machine"), dict):
        return "exists already, and is no file of a machine: give another name, or remove it"
    known = before["machine"]
    other = ", ".join(f"{key} {known.get(key)}" for key in IDENTITY if known.get(key) != described[key])
    if other:
        return f"is of another machine ({other}): give another name"
    return "" if force else f"has this machine already, measured {before.get('time')}; --force replaces it"


def command_of(name: str) -> str:
    """The command that measures the same again."""
    simd = os.environ.get("SAMPLERS_SIMD")
    return f"{f'SAMPLERS_SIMD={simd} ' if simd else ''}{COMMAND} --name {name}"


def submission(name: str, described: Mapping[str, Any], rounds: int) -> dict[str, Any]:
    """The content of the file, JSON-ready."""
    head, dirty = commit()
    when = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    start = reading()
    timed, left_out = times(cells.CELLS, rounds)
    noise = between(start, reading())
    proved = [proof(case) for case in track(cells.CASES, description="tables and ids")]
    return {
        "schema": cells.MACHINE.schema,
        "version": cells.MACHINE.version,
        "name": name,
        "command": command_of(name),
        "commit": head,
        "dirty": dirty,
        "time": when,
        "machine": dict(described),
        "noise": None if noise is None else asdict(noise),
        "rounds": rounds,
        "round_seconds": ROUND_SECONDS,
        "clock": cells.CLOCK,
        "cells": timed,
        "left_out": left_out,
        "tables": proved,
    }


def times(declared: Iterable[cells.Cell], rounds: int) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """The times of all cells, and the samplers that cannot run here with their reasons."""
    missing: dict[str, str] = {}
    timed = []
    for cell in track(list(declared), description="times"):
        missing |= {name: reason for name in cell.samplers if (reason := samplers.why_unavailable(name)) is not None}
        timed.append(timing(cell, [name for name in cell.samplers if name not in missing], rounds))
    return timed, [{"sampler": name, "reason": reason} for name, reason in missing.items()]


def timing(cell: cells.Cell, names: list[str], rounds: int) -> dict[str, Any]:
    """The times of a cell: nanoseconds per id, and how many times faster ours are than each peer."""
    calls = {name: call(cell, name) for name in names}
    per_id = {
        name: np.array([rounded(ns) for ns in seconds * 1e9 / (cell.rows * cell.k)])
        for name, seconds in take_turns(calls, rounds, ROUND_SECONDS, time.process_time).items()
    }
    return {
        "law": cell.law,
        "rows": cell.rows,
        "k": cell.k,
        "request": cell.request,
        "times": [
            {"sampler": name, "ns": middle(ns), "faster_than": faster_than(name, per_id), "rounds_ns": ns.tolist()}
            for name, ns in per_id.items()
        ],
    }


def call(cell: cells.Cell, name: str) -> Callable[[], object]:
    """The call that is timed."""
    sampler = create(name, cells.LAWS[cell.law](), rng=cells.SEED)
    return REQUESTS[cell.request].make(sampler, cell.rows, cell.k, cell.law)


def compact(value: Any, depth: int = 0) -> str:
    """Strict JSON with a list of plain values on one line, and with one member a line else."""
    inner, outer = " " * (depth + 1), " " * depth
    if isinstance(value, dict) and value:
        members = [f"{inner}{json.dumps(str(key))}: {compact(item, depth + 1)}" for key, item in value.items()]
        return "{\n" + ",\n".join(members) + f"\n{outer}}}"
    if isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        return "[\n" + ",\n".join(f"{inner}{compact(item, depth + 1)}" for item in value) + f"\n{outer}]"
    return json.dumps(value, allow_nan=False)


if __name__ == "__main__":
    raise SystemExit(main())
