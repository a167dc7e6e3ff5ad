# SPDX-License-Identifier: MIT
"""Name the fastest sampler for your counts, among those that passed every fidelity check.

The answer follows from the counts by a rule, so that it is the same on every machine. --measure
times the candidates on this machine instead.

  samplers recommend --counts counts.txt
  samplers recommend --counts counts.txt --no-replacement --k 20 --measure
  samplers recommend --counts counts.txt --json
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import shlex
import textwrap
from typing import Any

from .common import WIDTH, UsageError, add_noise_arguments, noise_of, print_table, recommended

NAME = "recommend"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_noise_arguments(parser)
    parser.add_argument("--rows", type=int, default=1024, help="rows of the calls you will make (default: %(default)s)")
    parser.add_argument(
        "--replacement",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="whether a row may hold an id twice (default: it may)",
    )
    parser.add_argument("--device", default="cpu", help="where to draw: cpu or cuda (default: %(default)s)")
    parser.add_argument("--draws", type=int, metavar="N", help="ids you will draw in total (default: very many)")
    parser.add_argument("--measure", action="store_true", help="time the candidates on this machine, now")
    parser.add_argument(
        "--time-limit",
        type=float,
        metavar="SECONDS",
        help="with --measure: refuse if the estimated time is longer; inf: no limit (default: 60)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Name the sampler, and print it."""
    request = {name: getattr(arguments, name) for name in ("rows", "k", "replacement", "device", "draws", "measure")}
    if arguments.time_limit is not None:
        if not arguments.measure:
            raise UsageError("--time-limit is of use with --measure only: leave it out, or add --measure")
        request["time_limit"] = None if arguments.time_limit == math.inf else arguments.time_limit
    recommendation = recommended(noise_of(arguments), **request)
    if arguments.json:
        print(json.dumps(dataclasses.asdict(recommendation), indent=1, allow_nan=False))
    else:
        _show(recommendation)
        print(f"\nnext: samplers sample {recommendation.name} {_request(arguments)}")
    return 0


def _request(arguments: argparse.Namespace) -> str:
    mode = "--replacement" if arguments.replacement else "--no-replacement"
    numbers = f"--exponent={arguments.exponent!r} --k {arguments.k} --rows {arguments.rows}"
    return f"--counts {shlex.quote(str(arguments.counts))}{_as_read(arguments)} {numbers} {mode}"


def _as_read(arguments: argparse.Namespace) -> str:
    """The options that say how the counts are read."""
    columns = {"--word-column": arguments.word_column, "--count-column": arguments.count_column}
    options = [f" {option}={shlex.quote(str(column))}" for option, column in columns.items() if column is not None]
    return (" --corpus" if arguments.corpus else "") + "".join(options)


def _show(recommendation: Any) -> None:
    _say(f"{recommendation.name}: {recommendation.reason}")
    for name, reason in recommendation.passed_over.items():
        _say(f"passed over: {name} ({reason})")
    if recommendation.figures:
        print()
        best = min(recommendation.figures.values())
        rows = [(name, _three_digits(ns), f"{ns / best:.3g}x") for name, ns in recommendation.figures.items()]
        print_table(("sampler", "ns an id", "to the fastest"), rows, right=("ns an id", "to the fastest"))
        _say("measured at " + ", ".join(f"{name} {value}" for name, value in recommendation.measured_at.items()))


def _say(text: str) -> None:
    print(textwrap.fill(text, WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False))


def _three_digits(value: float) -> str:
    return f"{float(f'{value:.3g}'):,.10g}"
