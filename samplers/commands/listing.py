# SPDX-License-Identifier: MIT
"""List the samplers, what each can do, and why one cannot run here.

rows: whether a row may hold an id twice ("any ids") or never does ("distinct"); the sampler's own
mode comes first. positional: a row depends on the seed and its number alone, so that any worker can
draw it, and a run can go on at any row.
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
    """Only the form of the output."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print the registry."""
    found = [_describe(name) for name in names()]
    if arguments.json:
        print(json.dumps(found, indent=1, allow_nan=False))
    else:
        print_table(("sampler", "rows", "positional", "what it is"), [_row(about) for about in found])
    return 0


def _row(about: dict[str, Any]) -> tuple[str, str, str, str]:
    modes = ", ".join(MODES[mode] for mode in about["replacement"] or ())
    note = f"(not here: {about['unavailable']})" if about["unavailable"] else ""
    return about["name"], modes, "yes" if about["positional"] else "", f"{about['summary'] or ''} {note}".strip()


def _describe(name: str) -> dict[str, Any]:
    about: dict[str, Any] = {"name": name, "origin": origin(name), "unavailable": why_unavailable(name)}
    try:
        strategy = get(name)
    except Exception:  # a plug-in that cannot be loaded: "unavailable" tells the reason
        return about | {"summary": None, "replacement": None, "positional": None}
    summary = (inspect.getdoc(strategy) or "").partition("\n")[0]
    return about | {
        "summary": summary,
        "replacement": list(strategy.info.replacement_modes),
        "positional": strategy.info.positional,
    }
