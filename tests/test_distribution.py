# SPDX-License-Identifier: MIT
"""The source distribution holds the whole repository: who unpacks it can build, test and measure."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# What the repository alone needs, and what nobody needs to run anything.
LEFT_OUT = (".ci/", ".gitignore", ".pre-commit-config.yaml", "reports/published/latest/")
# What setuptools adds.
ADDED = ("negative_samplers.egg-info/", "setup.cfg")


def tracked() -> set[str]:
    """The files under version control."""
    listed = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("no repository: an unpacked distribution cannot be compared with it")
    return set(listed.stdout.split("\0")) - {""}


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_the_source_distribution_is_the_repository(tmp_path):
    names = {name for name in tracked() if (ROOT / name).exists()}
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    # Built by an earlier run, and not under version control.
    (tmp_path / "samplers" / "kernels" / "rows.so").touch()
    (tmp_path / "tests" / "__pycache__").mkdir()
    (tmp_path / "tests" / "__pycache__" / "conftest.pyc").touch()
    built = subprocess.run([sys.executable, "setup.py", "-q", "egg_info"], cwd=tmp_path, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    sources = set((tmp_path / "negative_samplers.egg-info" / "SOURCES.txt").read_text().split("\n")) - {""}
    distributed = {name for name in sources if not name.startswith(ADDED)}
    assert distributed == {name for name in names if not name.startswith(LEFT_OUT)}


def test_a_folder_that_is_not_compiled_names_the_cure(tmp_path):
    names = [name for name in tracked() if name.startswith("samplers/") and name.endswith(".py")]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    code = "import samplers; samplers.create('alias', [3, 2, 1])"
    ended = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    said = f"ImportError: the C code of samplers is not compiled in {tmp_path.resolve()}: run `pip install -e .` there"
    assert said in ended.stderr
