# SPDX-License-Identifier: MIT
"""A strategy is one file, one line and `make lists`, as docs/adding-a-strategy.md says: tried in a copy of the tree."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from samplers.registry import BUILT_IN

ROOT = Path(__file__).resolve().parent.parent
NAME = "scratch_inversion"
STRATEGY = '''# SPDX-License-Identifier: MIT
"""Inversion, for a test."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..info import Info
from ..sequential import SequentialSampler


class ScratchInversion(SequentialSampler):
    """A uniform, looked up among the cumulative probabilities."""

    info = Info(
        name="scratch_inversion",
        source="a textbook: inversion",
        stream="numpy default_rng",
    )

    def _build(self) -> None:
        self._cumulative = np.cumsum(self.noise.probabilities)
        self._cumulative /= self._cumulative[-1]

    def _seed(self, rng: np.random.Generator) -> None:
        self._rng = rng

    def _fill(self, out: Any) -> None:
        out[...] = np.searchsorted(self._cumulative, self._rng.random(out.shape), side="right")

    @property
    def nbytes(self) -> int:
        return int(self._cumulative.nbytes)
'''
# Every test that goes over the registry, or over a list that follows from it; those of the contract for the new one.
TESTS = (
    "tests/test_registry.py",
    "tests/test_imports.py",
    "tests/test_docs.py",
    "tests/test_contract.py",
    "tests/test_bad_input.py",
    "tests/commands/test_command_line.py",
    "tests/benchmarks/test_lists.py",
    "tests/benchmarks/test_profiles.py",
    "tests/benchmarks/test_benchmarks.py",
    "tests/benchmarks/test_regions.py",
    "tests/benchmarks/test_variants.py",
    "tests/benchmarks/test_older_library.py",
)
CHOSEN = (
    f"{NAME} or test_registry or test_imports or test_lists or test_variants or axis or contestants or usable_sampler "
    "or the_list_is_the_registry or readme_lists or the_reference_lists or a_new_strategy or first_axis or positions"
)


@pytest.fixture(scope="module")
def tree(tmp_path_factory) -> Path:
    """A copy of the tree, built as it is, with a strategy more."""
    folder = tmp_path_factory.mktemp("tree") / "copy"
    skipped = shutil.ignore_patterns(".*", "build", "__pycache__", "*.egg-info")
    shutil.copytree(ROOT, folder, ignore=skipped)
    (folder / "samplers" / "strategies" / f"{NAME}.py").write_text(STRATEGY)
    registry = folder / "samplers" / "registry.py"
    last = f'    "{list(BUILT_IN)[-1]}": "{list(BUILT_IN.values())[-1]}",\n'
    text = registry.read_text(encoding="utf-8")
    assert text.count(last) == 1
    registry.write_text(text.replace(last, f'{last}    "{NAME}": "{NAME}:ScratchInversion",\n'), encoding="utf-8")
    return folder


def run(tree: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(tree)}
    environment.pop("PYTEST_ADDOPTS", None)
    line = [sys.executable, *command]
    return subprocess.run(line, cwd=tree, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_one_file_one_line_and_make_lists_are_enough(tree):
    stale = run(tree, "-m", "benchmarks.lists", "--check")
    assert stale.returncode == 1, stale.stderr
    assert re.findall(r"(\S+) is not up to date: run `make lists`", stale.stdout) == [
        "benchmarks/axis.json",
        "README.md",
        "docs/reference.md",
    ]
    written = run(tree, "-m", "benchmarks.lists")
    assert written.returncode == 0, written.stderr
    listed = run(tree, "-m", "samplers", "list")
    assert f"\n{NAME} " in listed.stdout
    tested = run(tree, "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS, "-k", CHOSEN)
    assert tested.returncode == 0, tested.stdout
    assert int(re.search(r"(\d+) passed", tested.stdout)[1]) > 150
    assert NAME in (tree / "README.md").read_text(encoding="utf-8")
