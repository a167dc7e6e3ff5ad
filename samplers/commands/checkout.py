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
        "options",
        nargs="*",
        metavar="-- OPTION",
        help=f"passed on to `python -m {module}`; `-- --help` lists them. Paths start at the root of the checkout",
    )


def run_module(module: str, needs: tuple[str, ...], options: list[str]) -> int:
    """``python -m module`` in the checkout that we are in; its exit code, as a shell would give it.

    Raises
    ------
    UsageError
        Outside a checkout, or when a package of the extra "bench" is missing.
    """
    root = _checkout(module, Path.cwd())
    missing = [package for package in needs if importlib.util.find_spec(package) is None]
    if missing:
        raise UsageError(f"python -m {module} needs {', '.join(missing)}: in {root}, pip install -e '.[bench]'")
    code = subprocess.run([sys.executable, "-m", module, *options], cwd=root, check=False).returncode
    return code if code >= 0 else 128 - code  # ended by a signal


def _checkout(module: str, here: Path) -> Path:
    """The root of the checkout that ``here`` lies in.

    The folder of an installed package is no candidate: who types the command elsewhere does not expect that files
    change there.
    """
    for folder in (here, *here.parents):
        if all(
            (folder / name).is_file() for name in ("asv.conf.json", "samplers/registry.py", f"{module}/__main__.py")
        ):
            return folder
    raise UsageError(
        f"the {module} are no part of the installed library, and {here} lies in no checkout of negative-samplers: "
        "change into one (after `git clone`, `make report` there installs all that is needed)"
    )
