# SPDX-License-Identifier: MIT
"""One machine plays several: `compare` names the first stage, the operator and the setting that removes the difference.

Which kernels a setting moves depends on the processor: MKL_CBWR moves tanh on Intel and not on AMD. So each test asks
the fingerprints first, and is skipped where the machine computes the same under both settings.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from samplers.reproducibility import Recording, compare
from samplers.reproducibility.causes import apart

pytest.importorskip("torch")
ROOT = Path(__file__).resolve().parent.parent.parent
BASE = {"ATEN_CPU_CAPABILITY": "avx2", "PYTHONHASHSEED": "0"}
CHILDREN = {
    "base": BASE,
    "another": BASE | {"ATEN_CPU_CAPABILITY": "default", "PYTHONHASHSEED": "1"},
    "compatible": BASE | {"MKL_CBWR": "COMPATIBLE"},
}
pytestmark = pytest.mark.slow  # three processes that import torch


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The recordings of three processes, each in a folder of its name."""
    folder = tmp_path_factory.mktemp("recordings")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MKL_", "OMP_"))}
    for name, settings in CHILDREN.items():
        (folder / name).mkdir()
        command = [sys.executable, "-m", "tests.reproducibility.programs", str(folder / name)]
        done = subprocess.run(command, env=kept | settings, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    return folder


def pair(folder, program, one="base", other="another"):
    return folder / one / f"{program}.json", folder / other / f"{program}.json"


def need(recordings, *kernels):
    """Skip the test if none of the kernels differs between two recordings."""
    one, other = map(Recording.read, recordings)
    if not set(kernels) & set(apart(one.kernels, other.kernels)):
        pytest.skip(f"this machine computes {' and '.join(kernels)} the same under both settings")


def cures(comparison):
    return [cause.cure for cause in comparison.causes]


def test_two_identical_runs_are_the_same(folder):
    comparison = compare(folder / "base" / "dense.json", folder / "base" / "again.json")
    assert (comparison.outcome, comparison.code) == ("same", 0)
    assert comparison.same[-1] == "weights after step 2"
    assert not comparison.kernels


def test_vector_instructions_of_torch_part_at_the_initial_weights(folder):
    files = pair(folder, "dense of torch")
    need(files, "uniform")
    comparison = compare(*files)
    assert (comparison.stage, comparison.item, comparison.code) == ("initial weights", "layers.0.weight", 1)
    assert cures(comparison) == ["ATEN_CPU_CAPABILITY=default in both"]
    assert comparison.causes[0].kernels == ("randn", "uniform")
    assert 0 < comparison.distance.relative < 1e-6
    assert comparison.distance.ulps >= 1


@pytest.mark.parametrize(
    ("program", "kernel", "operator"), [("dense", "sigmoid", "sigmoid.default"), ("words", "logsigmoid", "log_sigmoid")]
)
def test_vector_instructions_of_torch_part_at_an_operator_if_the_weights_are_the_same(
    folder, program, kernel, operator
):
    files = pair(folder, program)
    need(files, kernel)
    comparison = compare(*files)
    assert (comparison.stage, comparison.code) == ("operators of step 1", 1)
    assert operator in comparison.item
    assert cures(comparison) == ["ATEN_CPU_CAPABILITY=default in both"]
    assert comparison.causes[0].kernels == (kernel,)
    assert comparison.distance.ulps <= 4


def test_the_code_path_of_mkl_parts_at_the_first_matrix_product(folder):
    files = pair(folder, "dense", other="compatible")
    need(files, "matmul 64x41x16")
    comparison = compare(*files)
    assert (comparison.stage, comparison.item) == ("operators of step 1", "operator 1, addmm.default")
    assert cures(comparison) == ["MKL_CBWR=COMPATIBLE in both"]
    assert "matmul 64x41x16" in comparison.causes[0].kernels


def test_a_number_of_threads_parts_at_the_sum(folder):
    files = folder / "base" / "one thread.json", folder / "base" / "two threads.json"
    need(files, "sum")
    comparison = compare(*files)
    assert comparison.stage == "operators of step 1"
    assert comparison.item.endswith("sum.default")
    assert cures(comparison) == ["OMP_NUM_THREADS=1 in both"]


def test_another_hash_seed_parts_at_the_counts_of_a_set_and_other_kernels_are_not_blamed(folder):
    comparison = compare(*pair(folder, "vocabulary"))
    assert (comparison.stage, comparison.item, comparison.code) == ("counts", "counts", 1)
    assert comparison.distance.reordered
    assert cures(comparison) == ["PYTHONHASHSEED=0 before Python starts, or sorted(...) of the set in both"]
    assert "hash" in comparison.kernels


def test_another_hash_seed_alone_changes_no_training(folder):
    recordings = [Recording.read(path) for path in pair(folder, "dense", other="base")]
    recordings[1].kernels["hash"] = "0" * 16
    assert compare(*recordings).outcome == "same"
    assert compare(*recordings).kernels == ("hash",)
