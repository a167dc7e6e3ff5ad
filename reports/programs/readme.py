# SPDX-License-Identifier: MIT
"""``python -m reports readme``: write the verdict and two figures of the published report into README.md."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from benchmarks.documents import InputError, read_json
from samplers.commands.ending import Parser
from samplers.files import write_text

from ..page import markdown_text
from .publish import PUBLISHED
from .series import MAKE, read_summary

BEGIN, END = "<!-- report:begin -->", "<!-- report:end -->"
# The first `N_PICTURES` of these that the report has are shown.
PICTURES = ("regions", "throughput", "ranking")
N_PICTURES = 2


def main(arguments: list[str]) -> int:
    """Write README.md.

    Returns
    -------
    int
        0; 1 if ``--check`` is given and the text is not up to date.
    """
    parser = Parser(
        prog="python -m reports readme",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        description="Write the verdict and two figures of the published report into README.md.",
    )
    parser.add_argument("--report", type=Path, default=PUBLISHED, help="folder of the report")
    parser.add_argument("--readme", type=Path, default=Path("README.md"), help="file with the markers")
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 if the text is not up to date")
    chosen = parser.parse_args(arguments)
    before = read_text(chosen.readme)
    after = replaced(before, section(chosen.report, chosen.readme.parent), chosen.readme)
    if chosen.check:
        print(f"{chosen.readme} {'is up to date' if before == after else 'is not up to date: run `make readme`'}")
        return int(before != after)
    write_text(chosen.readme, after)
    print(chosen.readme)
    return 0


def read_text(path: Path) -> str:
    """The text of a file; InputError if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None


def replaced(text: str, section: str, path: Path) -> str:
    """The text with the section between the markers.

    Raises
    ------
    InputError
        If the text does not hold both markers once, in order.
    """
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise InputError(f"{path} must hold {BEGIN} and, after it, {END}, once each")
    head, _, rest = text.partition(BEGIN)
    return f"{head}{BEGIN}\n\n{section}\n\n{END}{rest.partition(END)[2]}"


def section(report: Path, beside: Path) -> str:
    """The section in Markdown, with links relative to the folder `beside`."""
    summary = read_summary(report)
    pictures = read_json(report / "summary.json", MAKE).get("pictures")
    described: dict[str, Any] = pictures if isinstance(pictures, dict) else {}
    folder = Path(os.path.relpath(report, beside)).as_posix()
    names = [name for name in PICTURES if name in described and (report / "figures" / f"{name}.svg").exists()]
    parts = [f"**{markdown_text(summary.headline)}**"]
    parts += [f"![{markdown_text(described[name]['alt'])}]({folder}/figures/{name}.svg)" for name in names[:N_PICTURES]]
    parts.append(
        f"Measured {in_words(summary.origin)}. [The whole report]({folder}/REPORT.md); "
        "`python -m reports readme` writes this section."
    )
    return "\n\n".join(parts)


def in_words(origin: Any) -> str:
    """The time, the processor and the commit of a measurement."""
    cpu = (origin.get("environment") or {}).get("cpu")
    commit = f"at commit `{origin['commit'][:8]}`" if origin.get("commit") else ""
    parts = [origin.get("measured") or "", f"on {markdown_text(str(cpu))}" if cpu else "", commit]
    return " ".join(part for part in parts if part)
