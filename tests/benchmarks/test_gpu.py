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
    """A few short rounds of small calls."""
    for name, value in {
        "WORKLOADS": ("zipf_1e2",),
        "UNIFORM_IDS": (300,),
        "ON_HOST": 64,
        "STEP": 64,
        "LARGE": 64,
        "CHECKED_IDS": 256,
        "COPIED": 2**16,
        "ROUNDS": 2,
        "ROUND_SECONDS": 0.0,
    }.items():
        monkeypatch.setattr(gpu, name, value)


def test_it_writes_what_it_measured_and_a_page(small, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(gpu, "check", lambda name, workload, device: faithful(name, workload))
    assert gpu.main(["--out", str(tmp_path / "out"), "--device", DEVICE]) == 0
    document = json.loads((tmp_path / "out" / "gpu.json").read_text())
    assert (document["schema"], document["version"]) == ("samplers/gpu", 3)
    assert document["copy_bytes_per_second"] > 0
    cells = {(cell["law"], cell["mode"], cell["dtype"]): cell for cell in document["cells"]}
    assert len(cells) == 8
    called = {call["name"]: call for call in cells["zipf_1e2", "any", "int32"]["calls"]}
    assert {"alias_torch", "spectrum_torch", "torch.multinomial", "cuda_multinomial"} <= set(called)
    assert called["alias_torch"]["bytes"] == 4
    rate = float(np.median(called["alias_torch"]["ids_per_second"]))
    assert called["alias_torch"]["share"] == pytest.approx(rate * 4 / document["copy_bytes_per_second"])
    assert {"uniform_torch", "torch.randint"} <= {
        call["name"] for call in cells["uniform_300", "any", "int64"]["calls"]
    }
    assert {entry["mode"] for entry in document["ids"]} == set(gpu.MODES)
    assert all(entry["equal"] for entry in document["ids"])
    page = (tmp_path / "out" / "GPU.md").read_text()
    assert page in capsys.readouterr().out
    assert f"| `alias_torch` | {gpu.spread([r / 1e9 for r in called['alias_torch']['ids_per_second']])} | 4 |" in page
    assert "equal, bit for bit" in page


def faithful(name, workload):
    """The entry of a strategy that passed all of 3 tests."""
    return dict(name=name, workload=workload, rows=5, tests=3, passed=True, failed=[], seconds=0.1)


def test_wrong_ids_are_told_and_fail_the_command(small, tmp_path, capsys, monkeypatch):
    original = samplers.get("alias_torch")._write

    def wrong(self, drawn, ids, bad, tells):
        original(self, drawn ^ 1, ids, bad, tells)

    monkeypatch.setattr(samplers.get("alias_torch"), "_write", wrong)
    monkeypatch.setattr(gpu, "check", lambda name, workload, device: faithful(name, workload))
    assert gpu.main(["--out", str(tmp_path), "--device", DEVICE, "--minutes", "0"]) == 1
    document = json.loads((tmp_path / "gpu.json").read_text())
    assert {entry["name"] for entry in document["ids"] if not entry["equal"]} == {"alias_torch"}
    assert document["cells"] == []
    assert len(document["left_out"]) == 8
    assert "NOT EQUAL" in capsys.readouterr().out


def test_fidelity_is_checked_on_the_device():
    checked = gpu.check("alias_torch", "zipf_1e2", DEVICE)
    assert (checked["passed"], checked["failed"], checked["tests"] > 5) == (True, [], True)


def test_a_table_beyond_the_cache_costs_a_sector():
    law = samplers.NoiseDistribution(np.arange(1, 1001))
    assert [gpu.bytes_of("alias_triton", law, 8, l2) for l2 in (None, 3999, 4000)] == [8, 40, 8]
    assert [gpu.bytes_of(name, law, 4, 100) for name in ("uniform_torch", "torch.randint")] == [4, None]


def test_without_a_gpu_the_reason_is_told(tmp_path, capsys):
    if samplers.why_unavailable("cuda_multinomial") is None:
        pytest.skip("this machine has a CUDA device")
    assert gpu.main(["--out", str(tmp_path / "out")]) == 2
    assert "sees no CUDA device" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
