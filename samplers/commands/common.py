# SPDX-License-Identifier: MIT
"""Arguments that several commands share, and tables."""

from __future__ import annotations

import argparse
import math
import re
import sys
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ..arguments import require
from ..base import Sampler
from ..laws.law import Law
from ..laws.noise_distribution import EXPONENT, NoiseDistribution
from ..laws.reading import read_counts
from ..registry import create, names, why_unavailable
from .ending import message_of
from .told import told

# This NAME stands for the sampler that `samplers recommend` names.
FASTEST = "fastest"
WIDTH = 100
# MemoryError: the header of a .npy file may announce any size.
UNREADABLE = (OSError, TypeError, ValueError, MemoryError)


class UsageError(Exception):
    """An argument or a file that cannot be used; the message names it and the reason."""


def add_noise_arguments(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """Add the options of the noise distribution, and ``--k``."""
    parser.add_argument(
        "--counts",
        required=required,
        type=as_path,
        metavar="FILE",
        help="words and counts: CSV, TSV, `word count` lines, uniq -c, JSON; or counts in a .npy array, or a corpus of "
        "one word a line; .gz, .bz2 and .xz too; - is standard input",
    )
    parser.add_argument("--corpus", action="store_true", help="FILE is running text: count its words")
    for option, what in (("--word-column", "the words"), ("--count-column", "the counts")):
        parser.add_argument(
            option, type=_column, metavar="C", help=f"column of {what}: its name, or its number from 0 (-1: the last)"
        )
    parser.add_argument("--exponent", type=float, default=EXPONENT, help="power of the counts (default: %(default)s)")
    parser.add_argument("--k", type=int, default=5, help="ids a row (default: %(default)s)")


def add_sampler_arguments(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """Add the name of the sampler, and its options. If they are not required, the name is an option too."""
    of_name: dict[str, Any] = {
        "metavar": "NAME",
        "help": f"a sampler of `samplers list`, or `{FASTEST}`, the recommended one",
    }
    if required:
        parser.add_argument("name", **of_name)
    else:
        parser.add_argument("--name", **of_name)
    add_noise_arguments(parser, required=required)
    parser.add_argument("--seed", type=_seed, default=0, help="of the stream (default: %(default)s)")
    parser.add_argument(
        "--replacement",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="whether a row may hold an id twice (default: as the sampler does)",
    )


def sampler_of(arguments: argparse.Namespace) -> Sampler:
    """Create the sampler that the arguments of `add_sampler_arguments` describe.

    Raises
    ------
    UsageError
        If the sampler is unknown or unavailable, if the counts cannot be read, or if it cannot draw from them.
    """
    name, replacement = arguments.name, arguments.replacement
    if name != FASTEST:
        if name not in names():
            raise UsageError(f"there is no sampler {name!r}; the names are {', '.join(names())} and {FASTEST}")
        reason = why_unavailable(name)
        if reason is not None:
            raise UsageError(f"{name} cannot run here: {reason}")
    noise = noise_of(arguments)
    if name == FASTEST:
        replacement = True if replacement is None else replacement
        # The rows of the command are not passed, so that a resumed run gets the same sampler.
        name = recommended(noise, k=arguments.k, replacement=replacement).name
    try:
        return create(str(name), noise, rng=arguments.seed, replacement=replacement)
    except (TypeError, ValueError) as error:
        raise UsageError(str(error)) from error


def recommended(noise: Law, **request: Any) -> Any:
    """The result of `samplers.recommend`.

    Raises
    ------
    UsageError
        If the request is not valid, or if no sampler can serve it on this machine.
    """
    from ..recommendation.recommend import recommend

    try:
        return recommend(noise, **request)
    except (ValueError, RuntimeError) as error:
        raise UsageError(as_option(str(error))) from error


def as_option(message: str) -> str:
    """Replace names of arguments in a message by those of options."""
    message = message.replace("time_limit=None", "--time-limit inf").replace("leave measure out", "leave --measure out")
    return message.replace("time_limit", "--time-limit")


def as_path(text: str) -> Path:
    """A path. An empty one is refused, because ``Path("")`` is the current folder."""
    if not text:
        raise argparse.ArgumentTypeError("the path is empty; perhaps a variable of the shell is not set")
    return Path(text)


def _seed(text: str) -> int:
    """A seed, an integer >= 0."""
    if not re.fullmatch("[0-9]+", text):
        raise argparse.ArgumentTypeError(f"must be an integer >= 0, got {text!r}")
    return int(text)


def _column(text: str) -> str | int:
    """The name of a column, or its number."""
    return int(text) if re.fullmatch("-?[0-9]+", text) else text


def noise_of(arguments: argparse.Namespace) -> NoiseDistribution:
    """The noise distribution of ``--counts``. One line on standard error describes what was read.

    Raises
    ------
    UsageError
        If the file cannot be read.
    """
    path, exponent = arguments.counts, arguments.exponent
    if not math.isfinite(exponent):
        raise UsageError(f"--exponent must be finite, got {exponent}")
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            word_counts = read_counts(
                path,
                corpus=arguments.corpus,
                word_column=arguments.word_column,
                count_column=arguments.count_column,
            )
            noise = NoiseDistribution(word_counts, exponent=exponent)
    except UNREADABLE as error:
        raise UsageError(about_file("--counts", path, error)) from error
    for warning in caught:
        print(f"samplers: {warning.message}", file=sys.stderr)
    name = "standard input" if str(path) == "-" else path
    print(f"samplers: {name}: {told(word_counts)}", file=sys.stderr)
    return noise


def about_file(option: str, path: Path, error: BaseException) -> str:
    """The message for a file that cannot be used: the option, the path, and the fault."""
    message = message_of(error)
    named = message.startswith((f"{path}:", f"{path},"))
    return f"{option} {message}" if named else f"{option} {path}: {message}"


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[str] = ()) -> None:
    """Print a table without lines. The first column never wraps. The columns in ``right`` are aligned to the right."""
    require("rich", "a table in the terminal")
    from rich.console import Console
    from rich.table import Table

    class Piped(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # rich would exit with 1, which means "not faithful"

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", no_wrap=column in (columns[0], *right))
    for row in rows:
        table.add_row(*row)
    Piped(width=WIDTH, markup=False, highlight=False, emoji=False).print(table)
