# SPDX-License-Identifier: MIT
"""Write the comparison report of the checkout from what `samplers bench` measured.

index.html, REPORT.md, and summary.json for scripts. To be started inside of the checkout. Options
after -- go to `python -m reports`.

  samplers report
  samplers report -- --out ../my-report
"""

from __future__ import annotations

import argparse

from .checkout import add_passed_on, run_module

NAME = "report"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing of its own."""
    add_passed_on(parser, "reports")


def run(arguments: argparse.Namespace) -> int:
    """Run ``python -m reports``."""
    return run_module("reports", ("matplotlib", "jinja2"), arguments.options)
