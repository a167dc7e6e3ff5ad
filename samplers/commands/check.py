# SPDX-License-Identifier: MIT
"""Test whether a sampler follows its noise distribution: verdict, tests, and their power.

The exit code is 0 if all tests pass, and 1 if a test fails.

  samplers check alias --counts counts.txt
  samplers check alias --counts counts.txt --no-replacement --k 20 --detect 0.01 --seed 1
  samplers check fastest --counts counts.txt --json
"""

from __future__ import annotations

import argparse
import json
import math

from ..fidelity import check_fidelity
from .common import UsageError, add_sampler_arguments, as_option, sampler_of

NAME = "check"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_sampler_arguments(parser)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--rows", type=int, help="rows to draw (default: about 2**20 ids, or 2**16 distinct rows)")
    size.add_argument(
        "--detect",
        type=float,
        metavar="E",
        help="draw as many rows as the chi-square (without replacement: the Rao-Scott test) needs to detect a relative "
        "error E, spread over the ids, with probability 0.99",
    )
    parser.add_argument(
        "--time-limit",
        type=float,
        default=3600.0,
        metavar="SECONDS",
        help="refuse a check whose estimated time is longer; inf: no limit (default: %(default)g)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Check the sampler, and print the result."""
    sampler = sampler_of(arguments)
    limit = None if arguments.time_limit == math.inf else arguments.time_limit
    try:
        result = check_fidelity(sampler, k=arguments.k, rows=arguments.rows, detect=arguments.detect, time_limit=limit)
    except ValueError as error:
        raise UsageError(as_option(str(error))) from error
    print(json.dumps(result.to_dict(), indent=1, allow_nan=False) if arguments.json else result)
    return 0 if result.passed else 1
