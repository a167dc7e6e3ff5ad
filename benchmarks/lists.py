# SPDX-License-Identifier: MIT
"""``python -m benchmarks.lists``: write what follows from the list of strategies, `samplers.registry.BUILT_IN`.

The order of asv's first axis (``benchmarks/axis.json``), to which names are only ever appended, and the table of
strategies in README.md, whose words are the first lines of the docstrings. Both are files, not computed when they are
used: asv puts older versions of the library, with shorter lists, below these benchmarks.
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
BEGIN, END = "<!-- strategies:begin -->", "<!-- strategies:end -->"


def main(arguments: list[str] | None = None) -> int:
    """Write what is not up to date; with ``--check`` write nothing, 1 when something is not."""
    parser = Parser(prog="python -m benchmarks.lists", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; 1 when a list is not up to date")
    chosen = parser.parse_args(arguments)
    stale = outdated()
    for path, text in stale.items():
        if not chosen.check:
            write_text(path, text)
        print(f"{path.relative_to(ROOT)} {'is not up to date: run `make lists`' if chosen.check else 'is written'}")
    return int(chosen.check and bool(stale))


def outdated() -> dict[Path, str]:
    """The files that are not what they should be, each with what it should be."""
    wanted = {AXIS: axis(AXIS.read_text(encoding="utf-8")), README: readme(README.read_text(encoding="utf-8"))}
    return {path: text for path, text in wanted.items() if path.read_text(encoding="utf-8") != text}


def axis(before: str) -> str:
    """The names in their order, those that are new at the end; plug-ins are of one machine and never among them."""
    order: list[str] = json.loads(before)
    ours = [name for name in samplers.names() if samplers.origin(name) != "entry point"]
    return json.dumps([*order, *(name for name in ours if name not in order)], indent=1) + "\n"


def readme(before: str) -> str:
    """The page with the table of the present strategies.

    Raises
    ------
    ValueError
        If the page does not hold both markers once, in order.
    """
    if not re.fullmatch(f"(?s).*{BEGIN}.*{END}.*", before) or before.count(BEGIN) + before.count(END) != 2:
        raise ValueError(f"{README.name} must hold {BEGIN} and, after it, {END}, once each")
    head, rest = before.split(BEGIN)
    return f"{head}{BEGIN}\n\n{table()}\n\n{END}{rest.split(END)[1]}"


def table() -> str:
    """A strategy a line: its name and the first line of its docstring."""
    rows = ["| name | what it is |", "|---|---|"]
    for name in BUILT_IN:
        summary = inspect.getdoc(samplers.get(name)).partition("\n")[0]  # type: ignore[union-attr]
        rows.append(f"| `{name}` | {summary.rstrip('.').replace('|', chr(92) + '|')} |")
    return "\n".join(rows)


if __name__ == "__main__":
    raise SystemExit(main())
