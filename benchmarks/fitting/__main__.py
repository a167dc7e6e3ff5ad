# SPDX-License-Identifier: MIT
"""``python -m benchmarks.fitting``: fit the verdict that the library ships.

It reads the files of ``python -m benchmarks.regions`` and ``python -m benchmarks.fidelity``, and writes
``samplers/recommendation/verdict.json``. No other command writes into the library.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from samplers.commands.ending import Parser, ended
from samplers.recommendation.lookup import bound_in_words

from ..checks import read_fidelity
from ..documents import FIDELITY, REGIONS, InputError
from .verdict import COMMAND, decide, read_regions, write

OUT = Path("samplers/recommendation/verdict.json")


def main(arguments: list[str] | None = None) -> int:
    """Fit the verdict and write it; returns 0, or 2 if an input is missing or the output cannot be written."""
    words = sys.argv[1:] if arguments is None else arguments
    return ended(COMMAND, lambda: fit(words))


def fit(arguments: list[str]) -> int:
    """Read the inputs, write the verdict, and print one line per region."""
    parser = Parser(prog=COMMAND, description=__doc__)
    parser.add_argument(
        "--regions",
        type=Path,
        nargs="+",
        default=[REGIONS.path],
        metavar="FILE",
        help=f"files of one or more runs on the same machine, whose rounds are pooled (default: {REGIONS.path})",
    )
    parser.add_argument("--fidelity", type=Path, default=FIDELITY.path, help="default: %(default)s")
    parser.add_argument("--out", type=Path, default=OUT, help="default: %(default)s")
    chosen = parser.parse_args(arguments)
    try:
        document = decide([read_regions(path) for path in chosen.regions], read_fidelity(chosen.fidelity))
    except InputError as error:
        print(f"{COMMAND}: {error}", file=sys.stderr)
        return 2
    write(chosen.out, document)
    for region in document["regions"]:
        print(line(region))
    print(chosen.out)
    return 0


def line(region: Mapping[str, Any]) -> str:
    """A region in one line of text."""
    bounds = "; ".join(bound_in_words(axis, low, high) for axis, (low, high) in region["bounds"].items())
    mode = "with replacement" if region["replacement"] else "distinct ids"
    margin = f"{region['margin']}x {region['runner_up']}" if region["margin"] else "alone"
    close = ", too close to call" if region["close"] else ""
    return (
        f"{region['winner']:<12} {region['device']}, {mode}, {bounds or 'any'}: {margin}{close}, "
        f"{len(region['cells'])} cells"
    )


if __name__ == "__main__":
    raise SystemExit(main())
