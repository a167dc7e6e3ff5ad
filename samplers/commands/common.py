# SPDX-License-Identifier: MIT
"""Arguments that several commands take, and tables."""

from __future__ import annotations

import argparse
import math
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from tokenize import TokenError
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ..base import Sampler
from ..noise import NoiseDistribution
from ..registry import create, names, why_unavailable

if TYPE_CHECKING:
    from numpy.typing import NDArray

# NAME that stands for what `samplers recommend` names.
FASTEST = "fastest"
WIDTH = 100
# EOFError and zlib.error: gzip files that are cut or damaged; TokenError: .npy files whose header is none; MemoryError:
# one that promises too much.
UNREADABLE = (OSError, TypeError, ValueError, EOFError, zlib.error, TokenError, MemoryError)


class UsageError(Exception):
    """An argument or a file that cannot be used; the message says which and why."""


def add_noise_arguments(parser: argparse.ArgumentParser) -> None:
    """What to draw from, and how many ids a row."""
    parser.add_argument(
        "--counts", required=True, type=Path, metavar="FILE",
        help="`word count` lines or a corpus of one word a line (.gz too), or counts in a .npy array",
    )  # fmt: skip
    parser.add_argument("--exponent", type=float, default=0.75, help="power of the counts (default: %(default)s)")
    parser.add_argument("--k", type=int, default=5, help="ids a row (default: %(default)s)")


def add_sampler_arguments(parser: argparse.ArgumentParser) -> None:
    """The sampler and what it draws from."""
    parser.add_argument(
        "name", metavar="NAME", help=f"a sampler of `samplers list`, or `{FASTEST}`, the recommended one"
    )
    add_noise_arguments(parser)
    parser.add_argument("--seed", type=int, default=0, help="of the stream (default: %(default)s)")
    parser.add_argument(
        "--replacement", action=argparse.BooleanOptionalAction, default=None,
        help="whether a row may hold an id twice (default: as the sampler does)",
    )  # fmt: skip


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
    noise = noise_of(arguments.counts, arguments.exponent)
    if name == FASTEST:
        replacement = True if replacement is None else replacement
        # Not asked with the rows of the command: a run that is resumed must meet the same sampler.
        name = recommended(noise, k=arguments.k, replacement=replacement).name
    try:
        return create(name, noise, rng=arguments.seed, replacement=replacement)
    except (TypeError, ValueError) as error:
        raise UsageError(str(error)) from error


def recommended(noise: NoiseDistribution, **wanted: Any) -> Any:
    """What `samplers.recommend` answers.

    Raises
    ------
    UsageError
        For a request that does not fit, or that no sampler can serve here.
    """
    from ..fastest import recommend

    try:
        return recommend(noise, **wanted)
    except (ValueError, RuntimeError) as error:
        raise UsageError(str(error)) from error


def noise_of(path: Path, exponent: float) -> NoiseDistribution:
    """The noise distribution of a file of counts.

    Raises
    ------
    UsageError
        When the file cannot be read.
    """
    if not math.isfinite(exponent):
        raise UsageError(f"--exponent must be finite, got {exponent}")
    try:
        source: Any = path
        if path.suffix == ".npy":
            source = array_of(path)
        return NoiseDistribution(source, exponent=exponent)
    except UNREADABLE as error:
        raise UsageError(f"--counts {path}: {error or type(error).__name__}") from error


def array_of(path: Path, mmap_mode: Literal["r"] | None = None) -> NDArray[Any]:
    """The array of a ``.npy`` file.

    Raises
    ------
    One of UNREADABLE
        When it cannot be read, or holds more than one array.
    """
    with path.open("rb") as file:
        if file.read(2) == b"PK":  # which np.load takes for an .npz
            raise ValueError("an archive of arrays, not one array")
    found: NDArray[Any] = np.load(path, mmap_mode=mmap_mode, allow_pickle=False)
    return found


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[str] = ()) -> None:
    """A table of rich without lines; the first column never wraps. ``right``: columns of figures."""
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
