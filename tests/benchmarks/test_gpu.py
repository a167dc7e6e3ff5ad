# SPDX-License-Identifier: MIT
"""`python -m benchmarks.gpu`, with its tensors on the CPU where there is no GPU."""

from __future__ import annotations

import json

import numpy as np
import pytest

import samplers
from benchmarks import gpu

torch = pytest.importorskip("torch", reason="torch is not installed")
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


@pytest.fixture
def small(monkeypatch):
    """A few short rounds of two small workloads."""
    for name, value in {
        "WORKLOADS": ("zipf_1e2",),
        "DISTINCT_WORKLOADS": ("zipf_1e2",),
        "CHECKED": ("zipf_1e2",),
        "ROWS": 64,
        "DISTINCT_ROWS": 16,
        "ROUNDS": 3,
        "ROUND_SECONDS": 0.001,
    }.items():
        monkeypatch.setattr(gpu, name, value)


def test_it_writes_what_it_measured_and_a_page(small, tmp_path, capsys):
    assert gpu.main(["--out", str(tmp_path / "out"), "--device", DEVICE]) == 0
    document = json.loads((tmp_path / "out" / "gpu.json").read_text())
    assert document["schema"] == "samplers/gpu/v1"
    assert [(cell["replacement"], cell["rows"]) for cell in document["cells"]] == [(True, 64), (False, 16)]
    for cell in document["cells"]:
        assert set(cell["ns"]) == set(gpu.SIDES)
        assert all(len(ns) == 3 and min(ns) > 0 for ns in cell["ns"].values())
    assert [check["passed"] for check in document["fidelity"]] == [True, True]
    page = (tmp_path / "out" / "GPU.md").read_text()
    assert page in capsys.readouterr().out
    table = [line for line in page.splitlines() if line.startswith("| zipf_1e2")]
    assert len(table) == 4
    assert f"{np.median(document['cells'][0]['ns']['alias']):.3g}" in table[0]
    assert "faithful" in table[2]


@pytest.mark.parametrize("replacement", [True, False])
def test_every_side_draws_the_ids_that_it_is_timed_for(replacement, monkeypatch):
    """The calls return when the ids are there: what they drew is in range, and rows are distinct where they must be."""
    drawn = []
    for name in ("multinomial",):
        original = getattr(torch, name)
        monkeypatch.setattr(torch, name, lambda *a, o=original, **k: drawn.append(o(*a, **k)) or drawn[-1])
    for name, call in gpu.sides("zipf_1e2", replacement, 8, DEVICE).items():
        drawn.clear()
        ids = call()
        if name == "torch on device":
            assert sum(part.numel() for part in drawn) == 8 * gpu.K
        if ids is not None:
            ids = np.asarray(ids)
            assert ids.shape == (8, gpu.K)
            assert 0 <= ids.min() <= ids.max() < 100
            assert replacement or all(len(set(row)) == gpu.K for row in ids.tolist())


def test_without_a_gpu_the_reason_is_told(tmp_path, capsys):
    if samplers.why_unavailable("cuda_multinomial") is None:
        pytest.skip("this machine has a CUDA device")
    assert gpu.main(["--out", str(tmp_path / "out")]) == 2
    assert "sees no CUDA device" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
