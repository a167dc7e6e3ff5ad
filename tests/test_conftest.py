# SPDX-License-Identifier: MIT
"""Warnings are errors in these tests, but for those of plug-ins of pytest that somebody else has installed."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PLUG_IN = """
import warnings
import pytest
from loud.kinds import LoudWarning

def warn(when):
    warnings.warn(f"a warning at {when}")                  # of its module, of a class of Python
    warnings.warn(LoudWarning(f"its own warning at {when}"))

def pytest_configure(config):
    warn("configure")

def pytest_sessionstart(session):
    warn("start")
    session.config.issue_config_time_warning(LoudWarning("told by pytest"), stacklevel=1)

def pytest_collection_modifyitems(items):
    warn("collection")

@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    warn("call")
    item.warn(LoudWarning("about the test"))               # of the file of the test, of a class of the plug-in
    return (yield)
"""
KINDS = "import pytest\nclass LoudWarning(pytest.PytestWarning):\n    pass\n"


def test_a_warning_of_ours_is_an_error():
    for kind in (UserWarning, DeprecationWarning, pytest.PytestWarning):
        with pytest.raises(kind, match="ours"):
            warnings.warn("ours", kind, stacklevel=1)


@pytest.fixture
def site(tmp_path) -> Path:
    """A plug-in that warns wherever it can, as pip leaves it behind."""
    package, info = tmp_path / "loud", tmp_path / "pytest_loud-1.0.dist-info"
    package.mkdir()
    info.mkdir()
    (package / "__init__.py").touch()
    (package / "plugin.py").write_text(PLUG_IN)
    (package / "kinds.py").write_text(KINDS)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: pytest-loud\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[pytest11]\nloud = loud.plugin\n")
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("processes", ["0", "2"])
def test_warnings_of_another_plug_in_pass_and_ours_stay_errors_beside_it(site, processes):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(site)])}
    environment.pop("PYTEST_ADDOPTS", None)
    chosen = [f"{Path(__file__).relative_to(ROOT)}::test_a_warning_of_ours_is_an_error", "tests/reports/test_units.py"]
    line = [sys.executable, "-m", "pytest", "-q", "-n", processes, "-p", "no:cacheprovider", *chosen]
    done = subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    for words in ("a warning at call", "its own warning at call", "about the test"):
        assert words in done.stdout


TOUCHES = """
import numpy as np
import random

def test_that_draws_from_the_global_state():
    np.random.random()  # noqa: NPY002

def test_that_does_not():
    np.random.default_rng(1).random()
"""


@pytest.mark.slow
def test_a_test_that_touches_the_global_random_state_fails(tmp_path):
    tests = tmp_path / "tests"
    tests.mkdir()
    (tests / "test_state.py").write_text(TOUCHES)
    (tests / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text(encoding="utf-8"))
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    environment.pop("PYTEST_ADDOPTS", None)
    line = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib", "tests"]
    done = subprocess.run(line, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert "1 failed, 1 passed" in done.stdout
    assert "FAILED tests/test_state.py::test_that_draws_from_the_global_state" in done.stdout
