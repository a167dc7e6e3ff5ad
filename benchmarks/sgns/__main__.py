# SPDX-License-Identifier: MIT
"""``python -m benchmarks.sgns share|quality|resume``: measure with a training of word2vec."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.util import find_spec

from samplers.commands.ending import UNUSABLE, Parser, ended

from . import quality, resume, share

PROGRAM = "python -m benchmarks.sgns"
# Each command, and the packages that it needs.
COMMANDS: dict[str, tuple[Callable[[list[str]], int], tuple[str, ...]]] = {
    "share": (share.main, ("torch",)),
    "quality": (quality.main, ("torch", "gensim", "scipy")),
    "resume": (resume.main, ("torch", "gensim", "safetensors")),
}


def main(arguments: list[str] | None = None) -> int:
    """Run a command.

    Returns
    -------
    int
        0; 2 if a package or an input is missing; 130 after Ctrl-C.
    """
    words = sys.argv[1:] if arguments is None else arguments
    parser = Parser(prog=PROGRAM, description=__doc__)
    parser.add_argument("command", choices=COMMANDS, help="`%(prog)s COMMAND --help` describes its options")
    chosen = parser.parse_args(words[:1])
    run, needed = COMMANDS[chosen.command]
    missing = [name for name in needed if not find_spec(name)]
    if missing:
        print(f"{PROGRAM}: not installed: {', '.join(missing)}: `pip install {' '.join(missing)}`", file=sys.stderr)
        return UNUSABLE
    return ended(PROGRAM, lambda: run(words[1:]))


if __name__ == "__main__":
    raise SystemExit(main())
