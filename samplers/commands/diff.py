# SPDX-License-Identifier: MIT
"""Say at which stage two recorded runs part, by how much, and which setting removes the difference.

The exit code is 0 if the runs are the same, 1 if they part, and 2 if they cannot be compared.

  samplers diff a.json b.json
  samplers diff a.json b.json --json
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from .common import WIDTH, UsageError, as_path, print_table

if TYPE_CHECKING:
    from ..reproducibility import Comparison, Recording

NAME = "diff"
# Of versions and settings. The rest is counted, so that the page fits on a screen.
MOST_NOTES = 8


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("a", type=as_path, metavar="A", help="a recording of `samplers record` or of a Recorder")
    parser.add_argument("b", type=as_path, metavar="B", help="another")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Compare, and print the page."""
    from ..reproducibility import compare

    comparison = compare(_read("A", arguments.a), _read("B", arguments.b))
    if arguments.json:
        print(json.dumps(dataclasses.asdict(comparison), indent=1, allow_nan=False))
    else:
        _show(comparison)
    return comparison.code


def _read(what: str, path: Path) -> Recording:
    from ..reproducibility import Recording, RecordingError

    try:
        return Recording.read(str(path))
    except RecordingError as error:
        raise UsageError(f"{what} {error}") from error
    except OSError as error:
        raise UsageError(f"{what} {path}: {error.strerror or error}") from error


def _show(comparison: Comparison) -> None:
    notes = list(comparison.notes.items())
    if notes:
        rows = [(name, *values) for name, values in notes[:MOST_NOTES]]
        rows += [(f"and {len(notes) - MOST_NOTES} more", "", "")] if len(notes) > MOST_NOTES else []
        print_table(("settings that differ", "A", "B"), rows)
        print()
    if comparison.kernels:
        _say("kernels that compute something else: ", ", ".join(comparison.kernels))
    if comparison.same:
        _say("stages that are the same: ", ", ".join(comparison.same))
    if comparison.outcome == "parted":
        _say("PARTED at ", f"{comparison.stage}: {comparison.item}")
        of = (
            f"{comparison.differing} of {comparison.items} items differ; of the first, " if comparison.items > 1 else ""
        )
        _say("  ", f"{of}{comparison.what}")
        for cause in comparison.causes:
            of_kernels = f" [{', '.join(cause.kernels)}]" if cause.kernels else ""
            _say("likely cause: ", f"{cause.text}{of_kernels}")
            _say("  to remove it: ", cause.cure)
    elif comparison.outcome == "same":
        _say("SAME", f": {comparison.what}" if comparison.what else "")
    else:
        _say("NOT COMPARABLE: ", comparison.what)


def _say(title: str, text: str) -> None:
    line = f"{title}{text}"
    print(textwrap.fill(line, WIDTH, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False))
