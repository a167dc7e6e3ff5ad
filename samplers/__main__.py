# SPDX-License-Identifier: MIT
"""The command line, ``python -m samplers`` or ``samplers``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from . import __version__
from .commands import COMMANDS, UsageError

EPILOG = """exit codes: 0 done, or faithful; 1 not faithful; 2 an argument or a file that cannot be used

examples:
  samplers list
  samplers check alias --counts counts.txt
  samplers check alias --counts counts.txt --no-replacement --k 20 --detect 0.01 --seed 1
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit code."""
    parser = argparse.ArgumentParser(
        prog="samplers", description="Negative samplers: ids drawn from counts ** 0.75.", epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--version", action="version", version=__version__)
    subparsers = parser.add_subparsers(required=True, metavar="command")
    for command in COMMANDS:
        summary, _, rest = (command.__doc__ or "").partition("\n")
        sub = subparsers.add_parser(
            command.NAME, help=summary, description=f"{summary}\n{rest}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip
        command.add_arguments(sub)
        sub.set_defaults(run=command.run)
    chosen = parser.parse_args(arguments)
    try:
        code = int(chosen.run(chosen))
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # Nobody reads on, as `head` does. What is left in the buffer goes nowhere, or Python complains at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + 13  # as a shell reports SIGPIPE: 1 would say "not faithful"
    except OSError as error:  # a full disk behind `>`
        print(f"samplers: {error}", file=sys.stderr)
        return 2
    except UsageError as error:
        print(f"samplers: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("samplers: stopped", file=sys.stderr)
        return 130


if __name__ == "__main__":
    raise SystemExit(main())
