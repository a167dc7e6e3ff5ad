# SPDX-License-Identifier: MIT
"""``python -m reports publish``: copy a report into ``reports/published/latest``, which is in git.

A local page holds its figures, so that it is one file that can be sent. The published page links to the files of its
figures instead, so that git stores each figure once.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.documents import InputError
from samplers.commands.ending import Parser

LOCAL, PUBLISHED = Path("reports/local"), Path("reports/published/latest")


def main(arguments: list[str]) -> int:
    """Copy a report; returns 0."""
    parser = Parser(
        prog="python -m reports publish",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        description="Copy a report into the published one, which is in git. The page links to its figures.",
    )
    parser.add_argument("--report", type=Path, default=LOCAL, help="folder of the report")
    parser.add_argument("--out", type=Path, default=PUBLISHED, help="folder to copy to")
    chosen = parser.parse_args(arguments)
    files = published(chosen.report)
    from ..page import replace

    replace(chosen.out, files)
    print(chosen.out)
    return 0


def published(report: Path) -> dict[str, bytes]:
    """The files of a report by name; the page links to its figures.

    Raises
    ------
    InputError
        If a file is missing, or if a figure is not that of the page.
    """
    from ..page import FIGURES, PAGE, data_uri

    figures = {f"{FIGURES}/{path.name}": path.read_bytes() for path in sorted((report / FIGURES).glob("*.svg"))}
    try:
        texts = {name: (report / name).read_bytes() for name in (PAGE, "REPORT.md", "summary.json")}
    except FileNotFoundError as error:
        raise InputError(f"{error.filename} does not exist: make it with `python -m reports`") from None
    page = texts[PAGE].decode("utf-8")
    for name, svg in figures.items():
        if f'src="{data_uri(svg)}"' not in page:
            raise InputError(f"{report / name} is not a figure of {report / PAGE}: run `python -m reports` again")
        page = page.replace(f'src="{data_uri(svg)}"', f'src="{name}"')
    return figures | texts | {PAGE: page.encode("utf-8")}
