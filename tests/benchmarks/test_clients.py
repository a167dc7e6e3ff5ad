# SPDX-License-Identifier: MIT
"""``python -m benchmarks.clients`` times each pair with the classes of the page, and says what it needs."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import clients


def test_a_ratio_is_our_time_divided_by_theirs(monkeypatch):
    times = {"ours": np.array([1.0, 2.0, 3.0]), "theirs": np.array([2.0, 2.0, 2.0])}
    monkeypatch.setattr(clients, "take_turns", lambda calls, rounds, seconds: times)
    assert clients.ratios({}, 3) == {"theirs": (0.75, 1.0, 1.25)}


def test_without_pyg_it_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setattr(clients, "find_spec", lambda name: None)
    assert clients.main([]) == 2
    assert capsys.readouterr().out == "torch_geometric is not installed: pip install torch_geometric\n"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")
def test_it_prints_a_row_for_each_case_and_peer(monkeypatch, capsys):
    pytest.importorskip("torch_geometric", reason="torch_geometric is not installed")
    for name, value in {"NODES": 300, "EDGES": 6000, "WALK_BATCHES": 1, "WALK_STEPS": 1, "LINK_BATCHES": 1}.items():
        monkeypatch.setattr(clients, name, value)
    clients.graph.cache_clear()
    monkeypatch.setattr(
        clients,
        "take_turns",
        lambda calls, rounds, seconds: {name: np.full(rounds, bool(call() is None)) for name, call in calls.items()},
    )
    assert clients.main(["--rounds", "2"]) == 0
    clients.graph.cache_clear()
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("│")]
    assert [line.split("│")[1].strip() for line in lines] == [case for case in clients.CASES for _ in range(2)]
