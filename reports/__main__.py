# SPDX-License-Identifier: MIT
"""``python -m reports``: write the report and print its verdict; ``SUBCOMMANDS`` do the rest."""

from __future__ import annotations

import argparse
import sys
import textwrap
from importlib import import_module
from pathlib import Path

from benchmarks.documents import DOCUMENTS, FINDINGS, FOLDER, InputError
from benchmarks.machines.cells import FOLDER as MACHINES
from samplers.commands.ending import Parser, ended

from .load import load
from .programs.publish import LOCAL


def main(arguments: list[str] | None = None) -> int:
    """Write the report or run a subcommand.

    Returns
    -------
    int
        0; 2 if an input is missing or an output cannot be written; 130 after Ctrl-C. Subcommands have more.
    """
    words = sys.argv[1:] if arguments is None else arguments
    name = words[0] if words and words[0] in SUBCOMMANDS else ""
    program = " ".join(filter(None, ("python -m reports", name)))
    return ended("python -m reports", lambda: run(program, name, words[1:] if name else words))


def run(program: str, name: str, arguments: list[str]) -> int:
    """Run a subcommand, or write the report if there is none; an input that cannot be read is an error in one line."""
    try:
        code: int = import_module(SUBCOMMANDS[name]).main(arguments) if name else write_report(arguments)
    except InputError as error:
        print(f"{program}: {error}", file=sys.stderr)
        return 2
    return code


# The module of each, whose `main` is imported late: matplotlib takes a second.
SUBCOMMANDS = {
    "compare": "reports.programs.compare",
    "diff": "reports.programs.diff",
    "publish": "reports.programs.publish",
    "readme": "reports.programs.readme",
    "submit": "benchmarks.machines.measure",
    "verify": "reports.machines.verify",
}


def named(text: str) -> tuple[str, Path]:
    """A name of `DOCUMENTS` and an existing file, from ``NAME=PATH``."""
    name, _, path = text.partition("=")
    if name not in DOCUMENTS:
        raise argparse.ArgumentTypeError(f"{text!r} must be NAME=PATH with one of the names {', '.join(DOCUMENTS)}")
    if not Path(path).is_file():
        raise argparse.ArgumentTypeError(f"{path!r} is no file: make it with `{DOCUMENTS[name].made_by}`")
    return name, Path(path)


def write_report(arguments: list[str]) -> int:
    """Read the inputs, write the report and print the verdict."""
    parser = Parser(
        prog="python -m reports",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        description="Write the comparison report: index.html, REPORT.md, summary.json and figures. "
        "`python -m reports diff A B` compares two reports, `publish` copies one into reports/published/latest, "
        "`readme` shows that in README.md, `submit` writes the file of a machine, `verify FILE` checks one.",
    )
    parser.add_argument("--documents", type=Path, default=FOLDER, help="folder of what the benchmarks wrote")
    parser.add_argument(
        "--document",
        type=named,
        action="append",
        default=[],
        metavar="NAME=PATH",
        help=f"a file elsewhere; may repeat; names: {', '.join(DOCUMENTS)}",
    )
    parser.add_argument("--asv-dir", type=Path, help="results of asv; if not given, results in the folder of documents")
    parser.add_argument("--machines", type=Path, default=MACHINES, help="folder of files of machines; may be missing")
    parser.add_argument("--out", type=Path, default=LOCAL, help="folder to write into")
    parser.add_argument(
        "--command", default="make report", help="the command that produced the inputs, as the page shows it"
    )
    parser.add_argument("--commit", help="hash of the commit or its beginning; if not given, the newest in the results")
    chosen = parser.parse_args(arguments)
    paths = {name: chosen.documents / f"{name}.json" for name in DOCUMENTS}
    paths[FINDINGS.name] = Path(__file__).parents[1] / "docs" / "findings.json"  # git has it, beside its page
    paths |= dict(chosen.document)
    results = chosen.asv_dir or chosen.documents / "results"
    inputs = load(results, paths, chosen.command, chosen.commit, chosen.machines)
    # The import of matplotlib takes a second. It is late, so that the error about a wrong path comes at once.
    from .analysis import analyse
    from .page import write

    report = analyse(inputs)
    page = write(report, chosen.out)
    for line in report.verdict.text().splitlines():
        print(textwrap.fill(line, 100, break_long_words=False, break_on_hyphens=False))
    print(f"\n{page.resolve()}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
