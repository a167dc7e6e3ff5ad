# SPDX-License-Identifier: MIT
"""Arguments that several commands take, and tables."""

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

# NAME that stands for what `samplers recommend` names.
FASTEST = "fastest"
WIDTH = 100
# MemoryError: an array that promises too much.
UNREADABLE = (OSError, TypeError, ValueError, MemoryError)


class UsageError(Exception):
    """An argument or a file that cannot be used; the message says which and why."""


def add_noise_arguments(parser: argparse.ArgumentParser) -> None:
    """What to draw from, and how many ids a row."""
    parser.add_argument(
        "--counts",
        required=True,
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


def add_sampler_arguments(parser: argparse.ArgumentParser) -> None:
    """The sampler and what it draws from."""
    parser.add_argument(
        "name", metavar="NAME", help=f"a sampler of `samplers list`, or `{FASTEST}`, the recommended one"
    )
    add_noise_arguments(parser)
    parser.add_argument("--seed", type=int, default=0, help="of the stream (default: %(default)s)")
    parser.add_argument(
        "--replacement",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="whether a row may hold an id twice (default: as the sampler does)",
    )


def sampler_of(arguments: argparse.Namespace) -> Sampler:
    """The sampler that `add_sampler_arguments` describes.

    Raises
    ------
    UsageError
        For an unknown or unavailable sampler, counts that cannot be read, or a law that it does not draw.
    """
    name, replacement = arguments.name, arguments.replacement
    if name != FASTEST:
        if name not in names():
            raise UsageError(f"there is no sampler {name!r}; there are {', '.join(names())} and {FASTEST}")
        reason = why_unavailable(name)
        if reason is not None:
            raise UsageError(f"{name} cannot run here: {reason}")
    noise = noise_of(arguments)
    if name == FASTEST:
        replacement = True if replacement is None else replacement
        # Not asked with the rows of the command: a run that is resumed must meet the same sampler.
        name = recommended(noise, k=arguments.k, replacement=replacement).name
    try:
        return create(str(name), noise, rng=arguments.seed, replacement=replacement)
    except (TypeError, ValueError) as error:
        raise UsageError(str(error)) from error


def recommended(noise: Law, **wanted: Any) -> Any:
    """What `samplers.recommend` answers.

    Raises
    ------
    UsageError
        For a request that does not fit, or that no sampler can serve here.
    """
    from ..recommendation.lookup import recommend

    try:
        return recommend(noise, **wanted)
    except (ValueError, RuntimeError) as error:
        raise UsageError(as_option(str(error))) from error


def as_option(message: str) -> str:
    """The message of a time limit, with the option in place of the argument."""
    message = message.replace("time_limit=None", "--time-limit inf").replace("leave measure out", "leave --measure out")
    return message.replace("time_limit", "--time-limit")


def as_path(text: str) -> Path:
    """A path that is not empty: ``Path("")`` is the current folder."""
    if not text:
        raise argparse.ArgumentTypeError("the path is empty; perhaps a variable of the shell is not set")
    return Path(text)


def _column(text: str) -> str | int:
    """The name of a column, or its number."""
    return int(text) if re.fullmatch("-?[0-9]+", text) else text


def noise_of(arguments: argparse.Namespace) -> NoiseDistribution:
    """The noise distribution of ``--counts``; one line on standard error tells what was read.

    Raises
    ------
    UsageError
        When the file cannot be read.
    """
    path, exponent = arguments.counts, arguments.exponent
    if not math.isfinite(exponent):
        raise UsageError(f"--exponent must be finite, got {exponent}")
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            read = read_counts(
                path,
                corpus=arguments.corpus,
                word_column=arguments.word_column,
                count_column=arguments.count_column,
            )
            noise = NoiseDistribution(read, exponent=exponent)
    except UNREADABLE as error:
        raise UsageError(about_file("--counts", path, error)) from error
    for warning in said:
        print(f"samplers: {warning.message}", file=sys.stderr)
    name = "standard input" if str(path) == "-" else path
    print(f"samplers: {name}: {told(read)}", file=sys.stderr)
    return noise


def about_file(option: str, path: Path, error: BaseException) -> str:
    """The message for a file that an option named and that cannot be used: option, path, what is wrong."""
    message = message_of(error)
    named = message.startswith((f"{path}:", f"{path},"))
    return f"{option} {message}" if named else f"{option} {path}: {message}"


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[str] = ()) -> None:
    """A table of rich without lines; the first column never wraps. ``right``: columns of figures."""
    require("rich", "a table in the terminal")
    from rich.console import Console
    from rich.table import Table

    class Piped(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # rich would end the program with 1, which here says "not faithful"

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", no_wrap=column in (columns[0], *right))
    for row in rows:
        table.add_row(*row)
    Piped(width=WIDTH, markup=False, highlight=False, emoji=False).print(table)
