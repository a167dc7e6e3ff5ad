# SPDX-License-Identifier: MIT
"""`alias_triton`, `spectrum_triton`, `uniform_triton`: in Triton's interpreter, compiled without a GPU, and on one."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import samplers

HERE = Path(__file__).resolve().parent
needs_triton = pytest.mark.skipif(find_spec("triton") is None, reason="triton is not installed")
KINDS = ("alias", "spectrum", "uniform")


def output_of(program: str, folder: Path, *arguments: str) -> str:
    """A process of its own, because Triton reads TRITON_INTERPRET when it is imported."""
    environment = os.environ | {"TRITON_CACHE_DIR": str(folder), "TRITON_DEFAULT_FP_FUSION": "1"}
    command = [sys.executable, str(HERE / program), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()[-1]


@needs_triton
def test_the_kernels_draw_the_ids_of_the_cpu_in_the_interpreter(tmp_path):
    assert int(output_of("in_interpreter.py", tmp_path)) > 80


@needs_triton
def test_every_kernel_compiles_for_an_h100(tmp_path):
    assert int(output_of("compile_kernels.py", tmp_path, "90")) == 12


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_gpu_the_reason_is_told(kind):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    if torch.cuda.is_available():
        pytest.skip("there is a CUDA device")
    assert "sees no CUDA device" in samplers.why_unavailable(f"{kind}_triton")
    law = samplers.uniform(9)
    with pytest.raises(ValueError, match=f"a CUDA device in {kind}_triton, got 'cpu'; use '{kind}_torch'"):
        samplers.get(f"{kind}_triton")(law, device="cpu")


@pytest.mark.cuda
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", ["torch", "triton"])
@pytest.mark.parametrize("replacement", [True, False])
def test_on_a_gpu_the_ids_are_those_of_the_cpu_also_in_a_graph(kind, form, replacement):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    if not torch.cuda.is_available():
        pytest.skip("torch sees no CUDA device")
    if samplers.why_unavailable(f"{kind}_{form}") is not None:
        pytest.skip(samplers.why_unavailable(f"{kind}_{form}"))
    law = samplers.uniform(10**6) if kind == "uniform" else (10**9 / np.arange(1, 10**5)).astype(np.int64)
    cpu = samplers.create(kind, law, rng=5, replacement=replacement)
    gpu = samplers.create(f"{kind}_{form}", cpu.noise, rng=5, replacement=replacement, device="cuda")
    excluded = torch.arange(1000, device="cuda") % 7
    drawn = gpu.sample(1000, 5, exclude=excluded)
    assert drawn.is_cuda
    np.testing.assert_array_equal(drawn.cpu(), cpu.sample(1000, 5, exclude=excluded.cpu()))
    rows = torch.arange(1000, device="cuda")
    out = torch.empty((1000, 5), dtype=torch.int32, device="cuda")
    gpu.sample_rows(rows, 5, out=out)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        gpu.sample_rows(rows, 5, out=out)
        rows.add_(1000)
    for first in (0, 1000):
        graph.replay()
        np.testing.assert_array_equal(out.cpu(), cpu.sample_rows(np.arange(first, first + 1000), 5))
    assert gpu.faults == 0
