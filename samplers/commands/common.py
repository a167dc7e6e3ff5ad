# SPDX-License-Identifier: MIT
"""Arguments that several commands take."""

from __future__ import annotations

import argparse
import math
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from ..base import Sampler
from ..noise import NoiseDistribution
from ..registry import create, names, why_unavailable


class UsageError(Exception):
    """An argument or a file that cannot be used; the message says which and why."""


def add_sampler_arguments(parser: argparse.ArgumentParser) -> None:
    """The sampler and what it draws from."""
    parser.add_argument("name", metavar="NAME", help="a sampler of `samplers list`")
    parser.add_argument(
        "--counts", required=True, type=Path, metavar="FILE",
        help="`word count` lines or a corpus of one word a line (.gz too), or counts in a .npy array",
    )  # fmt: skip
    parser.add_argument("--exponent", type=float, default=0.75, help="power of the counts (default: %(default)s)")
    parser.add_argument("--k", type=int, default=5, help="ids a row (default: %(default)s)")
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
    if arguments.name not in names():
        raise UsageError(f"there is no sampler {arguments.name!r}; there are {', '.join(names())}")
    reason = why_unavailable(arguments.name)
    if reason is not None:
        raise UsageError(f"{arguments.name} cannot run here: {reason}")
    noise = noise_of(arguments.counts, arguments.exponent)
    try:
        return create(arguments.name, noise, rng=arguments.seed, replacement=arguments.replacement)
    except (TypeError, ValueError) as error:
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
            source = np.load(path, allow_pickle=False)
            if not isinstance(source, np.ndarray):
                raise ValueError("an archive of arrays, not one array")
        return NoiseDistribution(source, exponent=exponent)
    # EOFError and zlib.error: gzip files that are cut or damaged; MemoryError: a header that promises too much.
    except (OSError, TypeError, ValueError, EOFError, zlib.error, MemoryError) as error:
        raise UsageError(f"--counts {path}: {error or type(error).__name__}") from error
