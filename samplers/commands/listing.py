# SPDX-License-Identifier: MIT
"""List the samplers, and why one cannot run here."""

from __future__ import annotations

import argparse
import inspect
import json

from ..registry import get, names, origin, why_unavailable

NAME = "list"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Only the form of the output."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print the registry."""
    found = [_describe(name) for name in names()]
    if arguments.json:
        print(json.dumps(found, indent=1))
        return 0
    width = max(len(str(about["name"])) for about in found)
    for about in found:
        note = f"  (not here: {about['unavailable']})" if about["unavailable"] else ""
        print(f"{about['name']:{width}}  {about['summary'] or ''}{note}")
    return 0


def _describe(name: str) -> dict[str, object]:
    about: dict[str, object] = {"name": name, "origin": origin(name), "unavailable": why_unavailable(name)}
    try:
        strategy = get(name)
    except Exception:  # a plug-in that cannot be loaded: "unavailable" tells the reason
        return about | {"summary": None, "replacement": None}
    summary = (inspect.getdoc(strategy) or "").partition("\n")[0]
    return about | {"summary": summary, "replacement": list(strategy.replacement_modes)}
