# SPDX-License-Identifier: MIT
"""``python -m benchmarks.matrix``: which changes of a run leave the negatives of its examples the same? Every sampler.

The samplers of the benchmarks and gensim's own loop draw the negatives of the same 256 examples, again under each
change. About a minute on one core.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

import samplers
from samplers.commands.ending import UNUSABLE

from .. import documents
from ..suite import SEED
from . import drawing, gensim_loop
from .controls import CONTROLS
from .measure import Measured, blind, measure, temporary_folder
from .settings import SETTINGS

BLIND = 1
STEPS = 8  # before the workers of a DataLoader, with three forms of the kernels


def main(arguments: list[str] | None = None) -> int:
    """Measure, write the document, and print the table.

    Returns
    -------
    int
        0; 1 if a comparison overlooked what differs on purpose; 2 if torch is missing.
    """
    document = documents.MATRIX
    parser = document.parser(__doc__)
    parser.add_argument("--samplers", nargs="+", metavar="NAME", help="default: all, and gensim")
    given = parser.parse_args(arguments)
    reason = samplers.why_unavailable("torch_one_call")
    if reason is not None:
        print(f"{document.made_by}: the DataLoader cannot be measured: {reason}", file=sys.stderr)
        return UNUSABLE
    known = [*drawing.names(), gensim_loop.NAME]
    subjects = known if given.samplers is None else [name for name in known if name in given.samplers]
    unknown = [name for name in given.samplers or () if name not in known]
    if unknown:
        parser.error(f"--samplers: {', '.join(unknown)} is unknown; known are {', '.join(known)}")
    start = documents.Start.now()
    found = watched(list(dict.fromkeys([*subjects, *CONTROLS])))
    overlooked = blind(found.cells)
    documents.write(document, content(found, overlooked), given.out, start)
    console = Console()
    console.print(table_of(found))
    for number, setting in enumerate(SETTINGS, 1):
        console.print(f"{number:2} {setting.title}: {setting.how}")
    for sentence in overlooked:
        console.print(f"the comparison is blind: {sentence}")
    console.print(str(given.out))
    return BLIND if overlooked else 0


def watched(subjects: Sequence[str]) -> Measured:
    """Measure, with a progress bar."""
    with Progress(transient=True) as bar, temporary_folder() as folder:
        task = bar.add_task("", total=STEPS + len(subjects))
        return measure(subjects, Path(folder), lambda step: bar.update(task, advance=1, description=step, refresh=True))


def content(found: Measured, overlooked: Sequence[str]) -> dict[str, Any]:
    """The document; controls are in a list of their own."""
    return {
        "seed": SEED,
        "examples": drawing.EXAMPLES,
        "V": drawing.V,
        "k": drawing.K,
        "settings": [asdict(setting) for setting in SETTINGS],
        "variables": found.variables,
        "controls": {name: list(control.differs) for name, control in CONTROLS.items()},
        "overlooked": list(overlooked),
        "cells": [asdict(cell) for cell in found.cells if cell.sampler not in CONTROLS],
        "runs": [asdict(run) for run in found.runs if run.sampler not in CONTROLS],
    }


def table_of(found: Measured) -> Table:
    """A row for each sampler, a column for each setting by its number."""
    shown = Table("sampler", *map(str, range(1, len(SETTINGS) + 1)), title="same ids (=), or others (≠)")
    of: dict[str, list[str]] = {}
    for cell in found.cells:
        of.setdefault(cell.sampler, []).append("n/a" if cell.same is None else "=" if cell.same else "≠")
    for name, signs in of.items():
        if name not in CONTROLS:
            shown.add_row(name, *signs)
    return shown


if __name__ == "__main__":
    raise SystemExit(main())
