# SPDX-License-Identifier: MIT
"""The verdict that ships: the regions of `decision_tree` over the pooled rounds of some runs of the decision grid.

Only strategies that passed every fidelity check in a mode may win it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
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
from .rounds import as_cell, pooled

COMMAND = "python -m benchmarks.fitting"
MODES = (True, False)
DIGITS = 3  # of a figure: more is noise


def read_regions(path: Path) -> dict[str, Any]:
    """The measured cells.

    Raises
    ------
    InputError
        If the file is missing, of another version, or without cells.
    """
    document = REGIONS.read(path)
    if not isinstance(document.get("cells"), list) or not document["cells"]:
        raise InputError(f"{path} has no cells: make it anew with `{REGIONS.made_by}`")
    return document


def decide(runs: Sequence[Mapping[str, Any]], fidelity: Fidelity) -> dict[str, Any]:
    """The verdict of some runs, JSON-ready; commit and machine are those of the last one.

    Raises
    ------
    InputError
        If no strategy that was measured in a mode passed its checks, or if the runs are of different machines.
    """
    found, measured, every = [], runs[-1], pooled(runs)
    if any(run["environment"] != measured["environment"] for run in runs):
        raise InputError("the runs are of different machines or versions: their rounds cannot count alike")
    devices = sorted({cell["device"] for cell in every})
    for device, mode in ((device, mode) for device in devices for mode in MODES):
        chosen = [c for c in every if c["device"] == device and c["replacement"] is mode]
        able = faithful(fidelity, mode, {name for cell in chosen for name in cell["sides"]})
        cells = [cell for c in chosen if (cell := as_cell(c, able)).ns]
        if chosen and not cells:
            raise InputError(f"no strategy passed the fidelity checks with replacement={mode}: {REGIONS.made_by}")
        found += [as_written(r, device, mode) for r in decision_tree.regions(cells, AXES, able)] if cells else []
    return {
        "schema": SCHEMA,
        "command": f"{measured['command']}; {COMMAND}",
        "commit": measured["commit"],
        "dirty": measured["dirty"],
        "environment": measured["environment"],
        "fidelity_commit": fidelity.document.get("commit"),
        "runs": [run["commit"] for run in runs],
        "rounds": sum(run["rounds"] for run in runs),
        "regions": found,
    }


def faithful(fidelity: Fidelity, replacement: bool, names: Iterable[str]) -> list[str]:
    """Which strategies passed in a mode, in the registry's order."""
    order = sorted(names, key=[*BUILT_IN, *sorted(set(names) - set(BUILT_IN))].index)
    return [name for name in order if checks.faithful(name, replacement, fidelity.samplers, fidelity.checks)]


def as_written(region: Region, device: str, replacement: bool) -> dict[str, Any]:
    """A region, JSON-ready."""
    winner, others = region.ranking[0], region.ranking[1:]
    runner_up = others[0] if others else None
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
    """To the digits that a figure is good for."""
    return float(f"{value:.{DIGITS}g}")


def write(path: Path, document: Mapping[str, Any]) -> None:
    """One cell a line, so that a diff shows what changed."""
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
