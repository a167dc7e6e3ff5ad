# SPDX-License-Identifier: MIT
"""``python -m reports``: write the report and print its verdict; the subcommands ``diff`` and ``readme`` read it.

``compare`` writes the page of a few strategies, which ``python -m benchmarks compare`` has measured.
"""

from __future__ import annotations

import argparse
import sys
import textwrap
from pathlib import Path

from benchmarks.documents import (
    CLAIMS,
    FIDELITY,
    INSTRUCTIONS,
    NEIGHBOURS,
    NOISE,
    PRICES,
    QUALITY,
    REGIONS,
    REGRET,
    ROOFLINE,
    SHARE,
    STRATA,
    InputError,
)
from samplers.commands.ending import Parser, ended

from .load import load

OUT = Path("reports/published/latest")


def main(arguments: list[str] | None = None) -> int:
    """Write the report or run a subcommand.

    Returns
    -------
    int
        0; 2 if an input is missing or an output cannot be written; 130 after Ctrl-C.
    """
    words = sys.argv[1:] if arguments is None else arguments
    subcommand = SUBCOMMANDS.get(words[0]) if words else None
    return ended("python -m reports", lambda: write_report(words) if subcommand is None else subcommand(words[1:]))


def diff(arguments: list[str]) -> int:
    """Compare two summaries."""
    from .diff import main as compare

    return compare(arguments)


def compare(arguments: list[str]) -> int:
    """Write the page of a few strategies."""
    from .compare import main as of_few

    return of_few(arguments)


def readme(arguments: list[str]) -> int:
    """Show the published report in README.md."""
    from .readme import main as show

    return show(arguments)


SUBCOMMANDS = {"compare": compare, "diff": diff, "readme": readme}


def write_report(arguments: list[str]) -> int:
    """Read the inputs, write the report and print the verdict."""
    parser = Parser(
        prog="python -m reports",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        description="Write the comparison report: index.html, REPORT.md, summary.json and figures. "
        "`python -m reports diff A B` compares two reports, `python -m reports readme` shows one in README.md.",
    )
    parser.add_argument("--asv-dir", type=Path, default=Path(".asv/results"), help="results of asv")
    parser.add_argument("--fidelity", type=Path, default=FIDELITY.path, help="results of the checks")
    parser.add_argument("--claims", type=Path, default=CLAIMS.path, help="claimed ratios; may be missing")
    parser.add_argument("--prices", type=Path, default=PRICES.path, help="prices of requests; may be missing")
    parser.add_argument("--neighbours", type=Path, default=NEIGHBOURS.path, help="other libraries; may be missing")
    parser.add_argument("--noise", type=Path, default=NOISE.path, help="noise of the run; may be missing")
    parser.add_argument("--regions", type=Path, default=REGIONS.path, help="decision grid; may be missing")
    parser.add_argument("--regret", type=Path, default=REGRET.path, help="regret; may be missing")
    parser.add_argument("--share", type=Path, default=SHARE.path, help="share of a training step; may be missing")
    parser.add_argument("--quality", type=Path, default=QUALITY.path, help="quality of vectors; may be missing")
    parser.add_argument("--instructions", type=Path, default=INSTRUCTIONS.path, help="may be missing")
    parser.add_argument("--roofline", type=Path, default=ROOFLINE.path, help="parts of a draw; may be missing")
    parser.add_argument("--strata", type=Path, default=STRATA.path, help="where draws fall; may be missing")
    parser.add_argument("--out", type=Path, default=OUT, help="folder to write into")
    parser.add_argument(
        "--command", default="make report", help="the command that produced the inputs, as the page shows it"
    )
    parser.add_argument("--commit", help="hash of the commit or its beginning; if not given, the newest in the results")
    chosen = parser.parse_args(arguments)
    try:
        report = load(
            chosen.asv_dir,
            chosen.fidelity,
            chosen.command,
            chosen.commit,
            chosen.claims,
            chosen.regions,
            chosen.regret,
            chosen.prices,
            chosen.neighbours,
            chosen.share,
            chosen.quality,
            chosen.noise,
            chosen.instructions,
            chosen.roofline,
            chosen.strata,
        )
    except InputError as error:
        print(f"python -m reports: {error}", file=sys.stderr)
        return 2
    # The import of matplotlib takes a second. It is late, so that the error about a wrong path comes at once.
    from .page import write

    page, verdict = write(report, chosen.out)
    for line in verdict.text().splitlines():
        print(textwrap.fill(line, 100, break_long_words=False, break_on_hyphens=False))
    print(f"\n{page.resolve()}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
