# SPDX-License-Identifier: MIT
"""The verdict that the library ships: the regions of `decision_tree` over the pooled rounds of the decision grid.

A strategy may win in a mode only if it passed every fidelity check in that mode.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from samplers.files import write_text
from samplers.recommendation.request import AXES
from samplers.recommendation.verdict import SCHEMA
from samplers.registry import BUILT_IN

from .. import checks
from ..checks import Fidelity
from ..documents import REGIONS, InputError
from . import decision_tree
from .decision_tree import Region
from .rounds import as_cell, false_alarms, pooled

COMMAND = "python -m benchmarks.fitting"
MODES = (True, False)
DIGITS = 3  # significant digits of a time; more would be noise


def read_regions(path: Path) -> dict[str, Any]:
    """Read the file of ``python -m benchmarks.regions``.

    Raises
    ------
    InputError
        If the file is missing, of another version, or without cells.
    """
    document = REGIONS.read(path)
    if not isinstance(document.get("cells"), list) or not document["cells"]:
        raise InputError(f"{path} has no cells: run `{REGIONS.made_by}` again")
    return document


def decide(runs: Sequence[Mapping[str, Any]], fidelity: Fidelity) -> dict[str, Any]:
    """The verdict from one or more runs, JSON-ready; its commit and machine are those of the last run.

    Raises
    ------
    InputError
        If no strategy that was measured in a mode passed its checks, or if the runs are from different machines.
    """
    regions, last, pooled_cells = [], runs[-1], pooled(runs)
    if any(run["environment"] != last["environment"] for run in runs):
        raise InputError("the runs are from different machines or versions: their rounds cannot be pooled")
    devices = sorted({cell["device"] for cell in pooled_cells})
    for device, mode in ((device, mode) for device in devices for mode in MODES):
        in_mode = [c for c in pooled_cells if c["device"] == device and c["replacement"] is mode]
        able = faithful(fidelity, mode, {name for cell in in_mode for name in cell["sides"]})
        cells = [cell for c in in_mode if (cell := as_cell(c, able)).ns]
        if in_mode and not cells:
            raise InputError(f"no strategy passed the fidelity checks with replacement={mode}: {REGIONS.made_by}")
        if cells:
            regions += [as_written(r, device, mode) for r in decision_tree.regions(cells, AXES, able)]
    return {
        "schema": SCHEMA,
        "command": f"{last['command']}; {COMMAND}",
        "commit": last["commit"],
        "dirty": last["dirty"],
        "environment": last["environment"],
        "fidelity_commit": fidelity.document.get("commit"),
        "runs": [run["commit"] for run in runs],
        "rounds": sum(run["rounds"] for run in runs),
        "false_alarms": asdict(false_alarms(pooled_cells)),
        "regions": regions,
    }


def faithful(fidelity: Fidelity, replacement: bool, names: Iterable[str]) -> list[str]:
    """The strategies that passed their checks in a mode, in the order of the registry."""
    order = sorted(names, key=[*BUILT_IN, *sorted(set(names) - set(BUILT_IN))].index)
    return [name for name in order if checks.faithful(name, replacement, fidelity.samplers, fidelity.checks)]


def as_written(region: Region, device: str, replacement: bool) -> dict[str, Any]:
    """A region, JSON-ready."""
    winner, *losers = region.ranking
    runner_up = losers[0] if losers else None
    log_ratio = None if runner_up is None else decision_tree.mean_log_ratio(region.cells, runner_up, winner)
    told_apart = any(runner_up in cell.ns and cell.loss(runner_up) > 0 for cell in region.cells if runner_up)
    return {
        "device": device,
        "replacement": replacement,
        "bounds": {axis: list(pair) for axis, pair in region.bounds.items()},
        "winner": winner,
        "runner_up": runner_up,
        "ranking": list(region.ranking),
        "margin": None if log_ratio is None else rounded(math.exp(log_ratio)),
        "close": log_ratio is not None and (log_ratio <= 0.0 or not told_apart),
        "behind": rounded(math.exp(max(cell.loss(winner) for cell in region.cells))),
        "cells": [{"at": dict(c.at), "ns": {n: rounded(v) for n, v in sorted(c.ns.items())}} for c in region.cells],
    }


def rounded(value: float) -> float:
    """A number rounded to `DIGITS` significant digits."""
    return float(f"{value:.{DIGITS}g}")


def write(path: Path, document: Mapping[str, Any]) -> None:
    """Write the verdict with one cell per line, so that a diff shows what changed."""
    cells: list[str] = []
    shell = json.loads(json.dumps(document))
    for region in shell["regions"]:
        written = [json.dumps(cell, allow_nan=False) for cell in region["cells"]]
        region["cells"] = [f"@{len(cells) + i}@" for i in range(len(written))]
        cells += written
    text = json.dumps(shell, indent=1, allow_nan=False)
    for i, cell in enumerate(cells):
        text = text.replace(f'"@{i}@"', cell, 1)
    write_text(path, text + "\n")
