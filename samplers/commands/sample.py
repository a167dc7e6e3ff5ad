# SPDX-License-Identifier: MIT
"""Draw ids: rows of k negatives from counts ** 0.75. The same seed gives the same ids.

They are the ids of `samplers.create(NAME, counts, rng=SEED).sample(ROWS, K)`. As text, on standard
output or in FILE.txt, each line is a row of ids separated by tabs. FILE.npy is an array int64
(rows, k), which may be larger than memory. FILE appears when it is complete.

  samplers sample fastest --counts counts.txt --rows 10
  samplers sample alias --counts counts.txt --rows 10 --words
  samplers sample alias --counts counts.txt --rows 1000000 --seed 1 --out negatives.npy
  samplers sample alias --counts counts.txt --rows 500 --seed 1 --first-row 1000000 --out more.npy
  samplers sample alias --counts counts.txt --rows 4 --exclude positives.txt

Positional samplers (`samplers list` marks them) draw any row by its number; --first-row is for
these. The others draw all rows in one call, which for text needs 8 bytes of memory per id.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from .. import __version__
from ..arguments import as_count
from ..base import Sampler
from ..files import whole_or_absent
from ..laws.reading.streams import STANDARD_INPUT
from ..progress import Progress
from .common import FASTEST, UsageError, add_sampler_arguments, as_path, sampler_of
from .ending import exact_output, message_of
from .excluded import Excluded, read_excluded
from .output import ARRAY, array_on_disk, check_target, check_words, exists_already, write_lines

NAME = "sample"
# Ids drawn at once: 2 MB, which stay in the cache until they are written.
STEP_IDS = 2**18
# For this many ids or more, a bar is shown on a terminal. They take a tenth of a second to draw, and seconds as text.
LONG_IDS = 2**24


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_sampler_arguments(parser)
    parser.add_argument("--rows", type=int, required=True, help="rows to draw")
    parser.add_argument("--first-row", type=int, default=0, metavar="R", help="number of the first row, to resume")
    parser.add_argument(
        "--exclude",
        type=as_path,
        metavar="FILE",
        help="ids that a row must not hold: one line a row (words with --words), or a .npy array: ids (rows,) or "
        "(rows, m), or a mask (rows, V); .gz, .bz2 and .xz too; - is standard input",
    )
    parser.add_argument("--words", action="store_true", help="write and read words in place of ids")
    parser.add_argument("--out", type=as_path, metavar="FILE", help=".npy or .txt (default: text on standard output)")
    parser.add_argument("--force", action="store_true", help="overwrite FILE")
    parser.add_argument("--json", action="store_true", help="with --out: print what was drawn as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Draw the rows, and write them."""
    _check_files(arguments)
    sampler = sampler_of(arguments)
    words = sampler.noise.words if arguments.words else None
    if arguments.words and words is None:
        raise UsageError(f"--words: {arguments.counts} holds counts without words")
    check_words(words or ())
    try:
        rows, k = as_count("--rows", arguments.rows, minimum=1), arguments.k
        sampler.sample(0, k)  # raises for an impossible k, before a file is created
        _start_at(sampler, arguments.first_row)
        with read_excluded(arguments.exclude, rows, sampler.noise, arguments.words) as excluded:
            if arguments.name == FASTEST:
                print(f"samplers: {FASTEST} is {sampler.name}", file=sys.stderr)
            _write(Draw(sampler, rows, k, excluded, words), arguments.out, arguments.force)
    except UnicodeEncodeError as error:
        raise UsageError(
            f"--words: {error.object[error.start]!a} cannot be written to standard output as {error.encoding}: set "
            "PYTHONIOENCODING=utf-8, or write --out FILE.txt"
        ) from error
    except ValueError as error:
        raise UsageError(str(error)) from error
    if arguments.out is not None:
        _tell(arguments, sampler)
    return 0


def _check_files(arguments: argparse.Namespace) -> None:
    if str(arguments.counts) == str(arguments.exclude) == STANDARD_INPUT:
        raise UsageError("--counts - and --exclude - are both standard input, which is read once: give one as a file")
    if arguments.out is None:
        if arguments.json or arguments.force:
            option = "--json" if arguments.json else "--force"
            raise UsageError(f"{option} is of use with --out FILE only: leave it out, or add --out FILE")
        return
    check_target(arguments.out, arguments.force)
    for option in ("counts", "exclude"):
        path = getattr(arguments, option)
        if path is not None and path.exists() and arguments.out.exists() and path.samefile(arguments.out):
            raise UsageError(f"--out {arguments.out} is the file of --{option}: write to another file")
    if arguments.words and arguments.out.suffix == ARRAY:
        raise UsageError(f"--words are text, and --out {arguments.out} is an array of ids; write a .txt file")


def _start_at(sampler: Any, first_row: int) -> None:
    first_row = as_count("--first-row", first_row, minimum=0)
    if first_row and not sampler.info.positional:
        raise UsageError(f"--first-row: {sampler.name} is not positional and can start at row 0 only, got {first_row}")
    if sampler.info.positional:
        sampler.position = first_row


@dataclass(frozen=True)
class Draw:
    """A draw of many rows, in parts."""

    sampler: Sampler
    rows: int
    k: int
    excluded: Excluded
    words: tuple[str, ...] | None

    def steps(self, bar_allowed: bool = True) -> Iterator[tuple[int, int]]:
        """Yield the first row of each part, and the row after its last. A bar is shown if there are many ids.

        If the sampler is not positional, there is a single part, because its ids may depend on how rows are split.
        """
        step = max(1, STEP_IDS // self.k) if self.sampler.info.positional else self.rows
        long = bar_allowed and self.rows * self.k >= LONG_IDS
        with Progress(None if long else False, self.rows, "rows drawn") as bar:
            for start in range(0, self.rows, step):
                stop = min(start + step, self.rows)
                yield start, stop
                bar.advance(stop - start)

    def ids(self, start: int, stop: int, out: Any = None) -> Any:
        """The ids of a part. Parts must be drawn in order."""
        try:
            return self.sampler.sample(stop - start, self.k, exclude=self.excluded(start, stop), out=out)
        except ValueError as error:
            raise ValueError(f"{error} (rows counted from {start})" if start else str(error)) from error

    def lines_to(self, file: TextIO, bar_allowed: bool = True) -> None:
        """Write the rows as text."""
        for start, stop in self.steps(bar_allowed):
            write_lines(file, self.ids(start, stop), self.words)


def _write(draw: Draw, out: Path | None, force: bool) -> None:
    if out is None:
        with exact_output():
            draw.lines_to(sys.stdout, bar_allowed=not sys.stdout.isatty())
        return
    try:
        with whole_or_absent(out, replace=force) as draft:
            if out.suffix == ARRAY:
                array = array_on_disk(draft, draw.rows, draw.k)
                for start, stop in draw.steps():
                    draw.ids(start, stop, array[start:stop])
                return
            with draft.open("w", encoding="utf-8", newline="\n") as file:
                draw.lines_to(file)
    except FileExistsError as error:  # another program created it meanwhile
        raise UsageError(exists_already(out)) from error
    except OSError as error:
        raise UsageError(f"--out {out}: {error.strerror or message_of(error)}") from error


def _tell(arguments: argparse.Namespace, sampler: Sampler) -> None:
    """Print what was drawn: enough to draw it again, or to continue."""
    after = sampler.position if sampler.info.positional else None
    if not arguments.json:
        next_row = "" if after is None else f"; --first-row {after} continues"
        print(
            f"{arguments.out}: {arguments.rows:,} rows of {arguments.k} by {sampler}, seed {arguments.seed}{next_row}"
        )
        return
    record = {
        "out": str(arguments.out),
        "sampler": sampler.name,
        "stream": sampler.info.stream,
        "seed": arguments.seed,
        "rows": arguments.rows,
        "k": arguments.k,
        "replacement": sampler.replacement,
        "first_row": arguments.first_row,
        "next_row": after,
        "V": len(sampler.noise),
        "exponent": sampler.noise.exponent,
        "fingerprint": sampler.noise.fingerprint,
        "version": __version__,
        "exclude": None if arguments.exclude is None else str(arguments.exclude),
        "words": arguments.words,
    }
    print(json.dumps(record, indent=1, allow_nan=False))
