# SPDX-License-Identifier: MIT
"""Calls a function of this package in a process of its own, because some settings are read when a program starts.

As a script it is that process: ``python child.py MODULE FUNCTION ARGUMENTS`` prints the result as JSON. It imports this
package without ``benchmarks``, so that it also runs in an environment that has TensorFlow and not this project.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

PACKAGE = Path(__file__).resolve().parent
ROOT = PACKAGE.parent.parent
MARK = "RESULT "  # libraries print to standard output too


class ChildError(Exception):
    """The process ended without a result; the message holds the end of what it printed."""


def in_child(
    function: str, *arguments: Any, settings: Mapping[str, str | None] | None = None, python: str = sys.executable
) -> Any:
    """Call a function, and return its result.

    Parameters
    ----------
    function : str
        "module.function" within this package.
    *arguments : JSON values
    settings : mapping, optional
        Variables of the environment; None removes one.
    python : str
        The interpreter.

    Raises
    ------
    ChildError
        If the process fails.
    """
    environment = dict(os.environ) | {"PYTHONPATH": str(ROOT), "KERAS_BACKEND": "torch", "TF_CPP_MIN_LOG_LEVEL": "3"}
    for name, value in (settings or {}).items():
        environment.pop(name, None)
        if value is not None:
            environment[name] = value
    module, _, name = function.partition(".")
    command = [python, __file__, module, name, json.dumps(arguments)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith(MARK)]
    if done.returncode or not lines:
        raise ChildError(f"{function} ended with code {done.returncode}: {done.stderr.strip()[-2000:]}")
    return json.loads(lines[-1].removeprefix(MARK))


def package() -> ModuleType:
    """This package under a name of its own, without the packages above it."""
    spec = importlib.util.spec_from_file_location(
        "experiments", PACKAGE / "__init__.py", submodule_search_locations=[str(PACKAGE)]
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def main(module: str, function: str, arguments: str) -> None:
    """Call the function and print its result."""
    sys.path.pop(0)  # the folder of this script, whose files are no modules of their own
    called = getattr(importlib.import_module(f"{package().__name__}.{module}"), function)
    print(MARK + json.dumps(called(*json.loads(arguments))))


if __name__ == "__main__":
    main(*sys.argv[1:])
