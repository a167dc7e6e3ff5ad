# SPDX-License-Identifier: MIT
"""Run the benchmarks of the checkout: asv, the promised ratios, then the fidelity checks.

To be started inside of the checkout. Options after -- go to `python -m benchmarks`. The quick
profile takes minutes, the full one much longer.

  samplers bench
  samplers bench -- --profile full
"""

from __future__ import annotations

import argparse

from .checkout import add_passed_on, run_module

NAME = "bench"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing of its own."""
    add_passed_on(parser, "benchmarks")


def run(arguments: argparse.Namespace) -> int:
    """Run ``python -m benchmarks``."""
    return run_module("benchmarks", ("asv", "wordfreq"), arguments.options)
