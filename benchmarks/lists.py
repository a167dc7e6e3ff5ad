# SPDX-License-Identifier: MIT
"""``python -m benchmarks.lists``: write the files that follow from the list of strategies, `samplers.registry`.

These are ``benchmarks/axis.json``, the order of asv's first axis, the table of strategies in README.md, with the first
lines of the docstrings, and the strategies of docs/reference.md. Names are only appended to the axis, never moved. It
is stored and not computed at run time, because asv also runs these benchmarks with older versions of the library, whose
list is shorter.
"""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path

import samplers
from samplers.commands.ending import Parser
from samplers.files import write_text
from samplers.registry import BUILT_IN

from .repository import ROOT
from .suite import AXIS

README = ROOT / "README.md"
REFERENCE = ROOT / "docs" / "reference.md"
BEGIN, END = "<!-- strategies:begin -->", "<!-- strategies:end -->"


def main(arguments: list[str] | None = None) -> int:
    """Write the files that are not up to date; ``--check`` writes nothing and returns 1 if there are any."""
    parser = Parser(prog="python -m benchmarks.lists", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 if a list is not up to date")
    chosen = parser.parse_args(arguments)
    stale = outdated()
    for path, text in stale.items():
        if not chosen.check:
            write_text(path, text)
        print(f"{path.relative_to(ROOT)} {'is not up to date: run `make lists`' if chosen.check else 'is written'}")
    return int(chosen.check and bool(stale))


def outdated() -> dict[Path, str]:
    """The files that are not up to date, each with its new text."""
    current = {path: path.read_text(encoding="utf-8") for path in (AXIS, README, REFERENCE)}
    updated = {path: write(current[path]) for path, write in ((AXIS, axis), (README, readme), (REFERENCE, reference))}
    return {path: text for path, text in updated.items() if current[path] != text}


def axis(before: str) -> str:
    """The axis as JSON, with new names at the end.

    Plug-ins are left out, because they are installed on one machine only.
    """
    order: list[str] = json.loads(before)
    ours = [name for name in samplers.names() if samplers.origin(name) != "entry point"]
    return json.dumps([*order, *(name for name in ours if name not in order)], indent=1) + "\n"


def readme(before: str) -> str:
    """The text of README.md with the present table of strategies.

    Raises
    ------
    ValueError
        If the text does not hold both markers once, in order.
    """
    if not re.fullmatch(f"(?s).*{BEGIN}.*{END}.*", before) or before.count(BEGIN) + before.count(END) != 2:
        raise ValueError(f"{README.name} must hold {BEGIN} and, after it, {END}, once each")
    head, rest = before.split(BEGIN)
    return f"{head}{BEGIN}\n\n{table()}\n\n{END}{rest.split(END)[1]}"


def reference(before: str) -> str:
    """The text of docs/reference.md with the present strategies.

    Raises
    ------
    ValueError
        If the text does not hold the list of strategies once.
    """
    names = "".join(f"   {name}\n" for name in BUILT_IN)
    text, lists = re.subn(r"(:template: strategy\.rst\n\n)(?: +\w+\n)*", rf"\g<1>{names}", before)
    if lists != 1:
        raise ValueError(
            f"{REFERENCE.name} must hold one list under `:template: strategy.rst` and an empty line, got {lists}"
        )
    return text


def table() -> str:
    """A Markdown table with one row per strategy: its name and the first line of its docstring."""
    rows = ["| name | what it is |", "|---|---|"]
    for name in BUILT_IN:
        summary = inspect.getdoc(samplers.get(name)).partition("\n")[0]  # type: ignore[union-attr]
        rows.append(f"| `{name}` | {summary.rstrip('.').replace('|', chr(92) + '|')} |")
    return "\n".join(rows)


if __name__ == "__main__":
    raise SystemExit(main())
