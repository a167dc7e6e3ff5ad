# SPDX-License-Identifier: MIT
"""The parts of the project that live in its checkout only: benchmarks and reports."""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
from pathlib import Path

from .common import UsageError


def add_passed_on(parser: argparse.ArgumentParser, module: str) -> None:
    """Everything after ``--``."""
    parser.add_argument(
        "options", nargs="*", metavar="-- OPTION",
        help=f"passed on to `python -m {module}`; `-- --help` lists them, and paths start at the checkout",
    )  # fmt: skip


def run_module(module: str, needs: tuple[str, ...], options: list[str]) -> int:
    """``python -m module`` in the checkout; its exit code, as a shell would give it.

    Raises
    ------
    UsageError
        Outside a checkout, or when a package of the extra "bench" is missing.
    """
    root = _checkout(module)
    missing = [package for package in needs if importlib.util.find_spec(package) is None]
    if missing:
        raise UsageError(f"python -m {module} needs {', '.join(missing)}: in {root}, pip install -e '.[bench]'")
    code = subprocess.run([sys.executable, "-m", module, *options], cwd=root, check=False).returncode
    return code if code >= 0 else 128 - code  # ended by a signal


def _checkout(module: str) -> Path:
    """The folder that holds the module: the one above this package (an editable install), or where we are."""
    for root in (Path(__file__).resolve().parents[2], Path.cwd()):
        if (root / module / "__main__.py").is_file() and (root / "asv.conf.json").is_file():
            return root
    raise UsageError(
        f"the {module} are no part of the installed library: run this in a checkout of the repository of "
        "negative-samplers (git clone it, then `make report` installs all that is needed)"
    )
