# SPDX-License-Identifier: MIT
"""List the samplers, their properties, and why some cannot run on this machine.

rows: whether a row may hold an id twice ("any ids") or never does ("distinct"); the default comes
first. positional: a row depends only on the seed and its number, so that any worker can draw it,
and a run can continue at any row.
"""

from __future__ import annotations

import argparse
import inspect
import json
from typing import Any

from ..registry import get, names, origin, why_unavailable
from .common import print_table

NAME = "list"
MODES = {True: "any ids", False: "distinct"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print the registry."""
    entries = [_describe(name) for name in names()]
    if arguments.json:
        print(json.dumps(entries, indent=1, allow_nan=False))
    else:
        print_table(("sampler", "rows", "positional", "what it is"), [_row(entry) for entry in entries])
    return 0


def _row(entry: dict[str, Any]) -> tuple[str, str, str, str]:
    modes = ", ".join(MODES[mode] for mode in entry["replacement"] or ())
    note = f"(not here: {entry['unavailable']})" if entry["unavailable"] else ""
    return entry["name"], modes, "yes" if entry["positional"] else "", f"{entry['summary'] or ''} {note}".strip()


def _describe(name: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": name, "origin": origin(name), "unavailable": why_unavailable(name)}
    try:
        strategy = get(name)
    except Exception:  # a plug-in that cannot be loaded: "unavailable" has the reason
        return entry | {"summary": None, "replacement": None, "positional": None}
    summary = (inspect.getdoc(strategy) or "").partition("\n")[0]
    return entry | {
        "summary": summary,
        "replacement": list(strategy.info.replacement_modes),
        "positional": strategy.info.positional,
    }
