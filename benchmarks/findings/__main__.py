# SPDX-License-Identifier: MIT
"""``python -m benchmarks.findings``: measure every figure of docs/findings.md and write the page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.progress import track

import samplers
from samplers.commands.ending import Parser

from ..documents import FINDINGS, InputError, Start, write
from ..environment import ROOT, commit, environment
from ..suite import SEED
from . import expectations, page, streams, tables

DOCS = ROOT / "docs"
PACKAGES = ("numpy", "scipy", "torch", "wordfreq", "negative-samplers")
PARTS: dict[str, Callable[[], Any]] = {
    "expectations": expectations.expectations,
    "drawing_ahead": streams.drawing_ahead,
    "duplicates": expectations.duplicates,
    "tables": tables.tables,
    "lcg": streams.lcg,
}


def main(arguments: list[str] | None = None) -> int:
    """Measure the figures, unless only the page is asked for, and write the JSON files and the page."""
    parser = Parser(prog="python -m benchmarks.findings", description=__doc__)
    scope = parser.add_mutually_exclusive_group()
    scope.add_argument("--full", action="store_true", help="also large tables, up to V = 1e8: 5 GB, 2 minutes")
    scope.add_argument("--render", action="store_true", help="measure nothing: write the page from findings.json")
    parser.add_argument("--docs", type=Path, default=DOCS, help="folder of the page and its JSON; default: docs")
    chosen = parser.parse_args(arguments)
    published = chosen.docs / "findings.json"
    try:
        before = read(published)
    except InputError as error:
        parser.error(f"{published} is damaged ({error}): restore it with `git checkout`")
    if chosen.render:
        if before is None:
            parser.error(f"--render reads findings.json, but {chosen.docs} has none: run without --render")
        print(page.write_page(before, chosen.docs))
        return 0
    reason = samplers.why_unavailable("multinomial")
    if reason is not None:
        parser.error(f"the tables of torch cannot be measured: {reason}")
    start, options = Start.now(), "--full" if chosen.full else ""
    write(FINDINGS, measure(chosen.full, None if before is None else before["large"]), published, start, options)
    print(page.write_page(FINDINGS.read(published), chosen.docs))
    return 0


def read(path: Path) -> dict[str, Any] | None:
    """The figures of an earlier run; None if the file does not exist.

    Raises
    ------
    InputError
        If the file is no document with all figures.
    """
    if not path.exists():
        return None
    document = FINDINGS.read(path)
    if not document.keys() >= {"large", *PARTS}:
        raise InputError("it lacks some of the figures")
    return document


def measure(full: bool, large: dict[str, Any] | None) -> dict[str, Any]:
    """All figures; the large tables are only measured if ``full``, else ``large`` is taken over."""
    document: dict[str, Any] = {"seed": SEED}
    for name, part in track(PARTS.items(), description="measuring", total=len(PARTS)):
        document[name] = part()
    document["large"] = stamp() | {"tables": tables.big_tables()} if full else large
    return document


def stamp() -> dict[str, Any]:
    """The commit, the machine and the versions of the large tables, which another run may have measured."""
    machine, (head, dirty) = environment(), commit()
    packages = {name: version for name, version in machine["packages"].items() if name in PACKAGES}
    return {"commit": head, "dirty": dirty, "cpu": machine["cpu"], "python": machine["python"], "packages": packages}


if __name__ == "__main__":
    raise SystemExit(main())
