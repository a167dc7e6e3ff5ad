# SPDX-License-Identifier: MIT
"""``python -m reports.regions``: from the measured cells and the fidelity gate to the verdict that ships.

Only strategies that passed every fidelity check in a mode may win it. The regions are those of `decision_tree`.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from samplers.commands.ending import Parser
from samplers.files import write_text
from samplers.recommendation.request import AXES
from samplers.recommendation.verdict import SCHEMA
from samplers.registry import BUILT_IN

from . import decision_tree, units
from .decision_tree import Region
from .fidelity.read import Fidelity, read_fidelity
from .inputs import InputError, check_schema, read_json
from .model import Origin, Report
from .rounds import as_cell, pooled

REGIONS_SCHEMA, MAKE_REGIONS = "samplers/regions/v1", "python -m benchmarks.regions"
OUT = Path("samplers/recommendation/verdict.json")
MODES = (True, False)
DIGITS = 3  # of a figure: more is noise


def main(arguments: list[str] | None = None) -> int:
    """Decide and write; 0, or 2 when an input is missing."""
    parser = Parser(prog="python -m reports.regions", description=__doc__)
    parser.add_argument(
        "--regions",
        type=Path,
        nargs="+",
        default=[Path(".asv/regions.json")],
        metavar="FILE",
        help="of one run, or of several on one machine, whose rounds count alike (default: .asv/regions.json)",
    )
    parser.add_argument("--fidelity", type=Path, default=Path(".asv/fidelity.json"), help="default: %(default)s")
    parser.add_argument("--out", type=Path, default=OUT, help="default: %(default)s")
    chosen = parser.parse_args(arguments)
    try:
        document = decide([read_regions(path) for path in chosen.regions], read_fidelity(chosen.fidelity))
    except InputError as error:
        print(f"python -m reports.regions: {error}", file=sys.stderr)
        return 2
    write(chosen.out, document)
    for region in document["regions"]:
        print(line(region))
    print(chosen.out)
    return 0


def read_regions(path: Path) -> dict[str, Any]:
    """The measured cells, their shape checked."""
    document = read_json(path, MAKE_REGIONS)
    check_schema(path, document, REGIONS_SCHEMA, MAKE_REGIONS)
    if not isinstance(document.get("cells"), list) or not document["cells"]:
        raise InputError(f"{path} has no cells: make it anew with `{MAKE_REGIONS}`")
    return document


def decide(runs: Sequence[Mapping[str, Any]], fidelity: Fidelity) -> dict[str, Any]:
    """The verdict of some runs, JSON-ready; commit and machine are those of the last one.

    Raises
    ------
    InputError
        When no strategy that was measured in a mode passed its checks.
    """
    report = checks_only(fidelity)
    found, measured, every = [], runs[-1], pooled(runs)
    if any(run["environment"] != measured["environment"] for run in runs):
        raise InputError("the runs are of different machines or versions: their rounds cannot count alike")
    devices = sorted({cell["device"] for cell in every})
    for device, mode in ((device, mode) for device in devices for mode in MODES):
        chosen = [c for c in every if c["device"] == device and c["replacement"] is mode]
        able = faithful(report, mode, {name for cell in chosen for name in cell["sides"]})
        cells = [cell for c in chosen if (cell := as_cell(c, able)).ns]
        if chosen and not cells:
            raise InputError(f"no strategy passed the fidelity checks with replacement={mode}: {MAKE_REGIONS}")
        found += [as_written(r, device, mode) for r in decision_tree.regions(cells, AXES, able)] if cells else []
    return {
        "schema": SCHEMA,
        "command": f"{measured['command']}; python -m reports.regions",
        "commit": measured["commit"],
        "dirty": measured["dirty"],
        "environment": measured["environment"],
        "fidelity_commit": fidelity.document.get("commit"),
        "runs": [run["commit"] for run in runs],
        "rounds": sum(run["rounds"] for run in runs),
        "regions": found,
    }


def checks_only(fidelity: Fidelity) -> Report:
    """The fidelity document as a report without times: its `status` is the gate."""
    document = fidelity.document
    origin = Origin("", None, None, document.get("command") or "", document.get("commit"), False, None)
    return Report(
        samplers=fidelity.samplers,
        workloads=(),
        speed={},
        build={},
        nbytes={},
        peak={},
        first_call={},
        post004={},
        origin=origin,
        checks=fidelity.checks,
    )


def faithful(report: Report, replacement: bool, names: Iterable[str]) -> list[str]:
    """Which strategies passed in a mode, in the registry's order."""
    order = sorted(names, key=[*BUILT_IN, *sorted(set(names) - set(BUILT_IN))].index)
    return [name for name in order if report.faithful(name, replacement)]


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


def line(region: Mapping[str, Any]) -> str:
    """A region for the terminal."""
    bounds = ", ".join(
        f"{axis} {units.NONE if low is None else low}..{units.NONE if high is None else high}"
        for axis, (low, high) in region["bounds"].items()
    )
    mode = "with replacement" if region["replacement"] else "distinct ids"
    margin = f"{region['margin']}x {region['runner_up']}" if region["margin"] else "alone"
    close = ", too close to call" if region["close"] else ""
    return (
        f"{region['winner']:<12} {region['device']}, {mode}, {bounds or 'any'}: {margin}{close}, "
        f"{len(region['cells'])} cells"
    )


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


if __name__ == "__main__":
    raise SystemExit(main())
