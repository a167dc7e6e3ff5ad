# SPDX-License-Identifier: MIT
"""``python -m benchmarks.findings``: measure every figure of docs/findings.md anew and write the page."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.progress import track

import samplers
from samplers.commands.ending import Parser

from ..documents import write
from ..environment import ROOT, commit, environment
from ..suite import SEED
from . import expectations, page, streams, tables

RAW = ROOT / ".asv" / "findings.json"
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
    """Measure and write."""
    parser = Parser(prog="python -m benchmarks.findings", description=__doc__)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--full", action="store_true", help="large tables too, up to V = 1e8: 5 GB, 2 minutes")
    what.add_argument("--render", action="store_true", help="measure nothing: the page from the JSON beside it")
    parser.add_argument("--docs", type=Path, default=DOCS, help="folder of the page and its JSON; default: docs")
    chosen = parser.parse_args(arguments)
    published = chosen.docs / "findings.json"
    try:
        before = read(published)
    except ValueError as error:
        parser.error(f"{published} is damaged ({error}): `git checkout` it")
    if chosen.render:
        if before is None:
            parser.error(f"--render reads findings.json, and {chosen.docs} has none")
        print(page.write_page(before, chosen.docs))
        return 0
    reason = samplers.why_unavailable("multinomial")
    if reason is not None:
        parser.error(f"torch's tables are measured too: {reason}")
    document = measure(chosen.full, None if before is None else before["large"])
    for path in (RAW, published):
        write(path, document)
    print(page.write_page(document, chosen.docs))
    return 0


def read(path: Path) -> dict[str, Any] | None:
    """The figures of an earlier run; None where there are none.

    Raises
    ------
    ValueError
        If the file holds something else.
    """
    if not path.exists():
        return None
    document = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(document, dict) or not document.keys() >= {"large", *PARTS}:
        raise ValueError("it lacks some of the figures")
    return document


def measure(full: bool, large: dict[str, Any] | None) -> dict[str, Any]:
    """All figures; those of the large tables stay as they were unless ``full``."""
    document: dict[str, Any] = {"schema": "samplers/findings/v1", "seed": SEED} | stamp()
    for name, part in track(PARTS.items(), description="measuring", total=len(PARTS)):
        document[name] = part()
    document["large"] = stamp() | {"tables": tables.big_tables()} if full else large
    return document


def stamp() -> dict[str, Any]:
    """Where and on what a figure was measured."""
    about, (head, dirty) = environment(), commit()
    packages = {name: version for name, version in about["packages"].items() if name in PACKAGES}
    return {"commit": head, "dirty": dirty, "cpu": about["cpu"], "python": about["python"], "packages": packages}


if __name__ == "__main__":
    raise SystemExit(main())
