# SPDX-License-Identifier: MIT
"""The command line, ``python -m samplers`` or ``samplers``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from . import __version__
from .commands import COMMANDS, WIDTH, UsageError
from .commands.ending import UNUSABLE, Parser, ended, say

# Packages that only some commands need.
OPTIONAL = ("scipy", "rich", "torch")
EPILOG = """counts.txt: words and counts as CSV, TSV, JSON or `word count` lines, or a corpus; standard error
says what was read. `samplers COMMAND --help` says more.

exit codes: 0 done, or faithful, or the same; 1 not faithful, or parted; 2 an argument or a file that
cannot be used, recordings that cannot be compared, or not enough memory; 70 a fault of this program;
129, 130, 143 stopped by a closed terminal, Ctrl-C, SIGTERM; 141 the reader of the output closed it

examples:
  samplers recommend --counts counts.txt          which sampler is fastest for these counts?
  samplers sample fastest --counts counts.txt --rows 10 --words    ten rows of five negatives
  samplers sample alias --counts counts.txt --rows 1000000 --out negatives.npy
  samplers check alias --counts counts.txt        do its ids follow the noise distribution?
  samplers record --kernels here.json             what does this machine compute?
  samplers diff here.json there.json              where do two runs part, and which setting removes it?
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    return ended("samplers", lambda: _run(arguments))


def _run(arguments: Sequence[str] | None) -> int:
    parser = Parser(
        prog="samplers",
        description="Negative samplers: ids drawn from counts ** 0.75.",
        epilog=EPILOG,
        formatter_class=_formatter,
    )
    parser.add_argument("--version", action="version", version=__version__)
    subparsers = parser.add_subparsers(required=True, metavar="command")
    for command in COMMANDS:
        summary, _, rest = (command.__doc__ or "").partition("\n")
        sub = subparsers.add_parser(
            command.NAME,
            help=summary,
            description=f"{summary}\n{rest}",
            formatter_class=_formatter,
        )
        command.add_arguments(sub)
        sub.set_defaults(run=command.run)
    chosen = parser.parse_args(arguments)
    try:
        return int(chosen.run(chosen))
    except UsageError as error:
        say(f"samplers: {error}")
        return UNUSABLE
    except ModuleNotFoundError as error:
        if error.name not in OPTIONAL:
            raise
        say(f"samplers: {error}")
        return UNUSABLE


def _formatter(prog: str) -> argparse.HelpFormatter:
    return argparse.RawDescriptionHelpFormatter(prog, max_help_position=28, width=WIDTH)


if __name__ == "__main__":
    raise SystemExit(main())
