# SPDX-License-Identifier: MIT
"""Write what a run begins with, and what this machine computes, into a file for `samplers diff`.

FILE is JSON of a few kilobytes. With --counts it holds the generators, the counts, the weights, the
table, the first rows of the sampler, and the kernels; without --counts the generators and the kernels;
with --kernels the kernels alone, which two colleagues can mail to compare their machines. It holds no
name of a user or a machine and no path, and of the counts at most 256.

The stages of a training are written by three lines in the training: samplers.reproducibility.Recorder,
docs/reproducibility.md.

  samplers record here.json --kernels
  samplers record run.json --counts counts.txt --name alias --seed 1
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..arguments import as_count
from .common import FASTEST, UsageError, add_sampler_arguments, as_path, sampler_of
from .ending import message_of
from .output import exists_already

NAME = "record"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("file", type=as_path, metavar="FILE", help="the recording to write, .json")
    parser.add_argument("--kernels", action="store_true", help="record what this machine computes, and no more")
    add_sampler_arguments(parser, required=False)
    parser.add_argument("--rows", type=int, default=200, help="rows to draw (default: %(default)s)")
    parser.add_argument("--force", action="store_true", help="overwrite FILE")


def run(arguments: argparse.Namespace) -> int:
    """Record, and write the file."""
    from ..reproducibility import Recorder, Recording

    path = arguments.file
    _check_options(arguments)
    _check_file(path, arguments.force, arguments.counts)
    if arguments.kernels:
        recording = Recording.of_this_process()
    else:
        recorder = Recorder()
        if arguments.counts is not None:
            _record_sampler(recorder, arguments)
        recording = recorder.recording
    try:
        recording.write(path, overwrite=arguments.force)
    except FileExistsError as error:  # another program created it meanwhile
        raise UsageError(_exists_already(path)) from error
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or message_of(error)}") from error
    stages = f"{len(recording.stages)} stages and " if recording.stages else ""
    print(f"{path}: {stages}{len(recording.kernels)} kernels, {path.stat().st_size:,} bytes")
    print(f"next: samplers diff {path} OTHER")
    return 0


def _check_options(arguments: argparse.Namespace) -> None:
    """Options that say something of the sampler are refused if there is none."""
    if arguments.kernels and arguments.counts is not None:
        raise UsageError("--kernels records the machine alone: leave it out, or leave --counts out")
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    apart = ("file", "kernels", "force", "run")
    given = [name for name, value in vars(arguments).items() if name not in apart and value != parser.get_default(name)]
    if given and arguments.counts is None:
        raise UsageError(
            f"--{given[0].replace('_', '-')} is of use with --counts FILE only: leave it out, or add --counts"
        )


def _check_file(path: Path, force: bool, counts: Path | None) -> None:
    if path.suffix != ".json":
        raise UsageError(f"FILE must end in .json, got {path}")
    if not path.parent.is_dir():
        raise UsageError(f"{path}: there is no folder {path.parent}")
    if path.exists() and not path.is_file():
        raise UsageError(f"{path} is not a regular file")
    if path.exists() and not force:
        raise UsageError(_exists_already(path))
    if path.exists() and counts is not None and counts.exists() and path.samefile(counts):
        raise UsageError(f"{path} is the file of --counts: write to another file")


def _exists_already(path: Path) -> str:
    return exists_already(path).removeprefix("--out ")


def _record_sampler(recorder: Any, arguments: argparse.Namespace) -> None:
    arguments.name = arguments.name or FASTEST
    try:
        rows, k = as_count("--rows", arguments.rows, minimum=1), as_count("--k", arguments.k, minimum=1)
        recorder.sampler(sampler_of(arguments), rows=rows, k=k)
    except ValueError as error:
        raise UsageError(str(error)) from error
