# SPDX-License-Identifier: MIT
"""The regret of the recommendations, on requests that are not on the grid."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

import samplers
from benchmarks import regret
from benchmarks.decision_grid import FULL, VISITS
from samplers.recommendation.request import features


def test_the_held_back_requests_are_not_on_the_grid():
    calls = {(cell.rows, cell.k) for q in FULL for mode in q.modes for cell in q.cells(mode)}
    sizes = {cell.V for q in FULL for mode in q.modes for cell in q.cells(mode)}
    assert len(set(regret.REQUESTS) - calls) >= len(regret.REQUESTS) - 1
    for make in regret.HELD_BACK.values():
        assert len(make()) not in sizes


def with_regrets(*values):
    return [{"regret": r, "low": 1 + (r - 1) / 2} for r in values]


def test_regret_is_summed_up_by_its_worst_and_its_geometric_mean():
    found = regret.summarised(with_regrets(1.0, 1.0, 1.08))
    assert (found["worst"], found["worst_low"], found["mean"]) == (1.08, 1.04, pytest.approx(1.08 ** (1 / 3)))
    assert found["reached"]
    assert not regret.summarised(with_regrets(1.0, 1.0, 1.0, 1.0, 1.11))["reached"]
    assert not regret.summarised(with_regrets(1.05, 1.05))["reached"]


def asked(chosen):
    noise = samplers.NoiseDistribution(range(1, 50))
    at = tuple(features(noise, 16, 10, True).values().items())
    return regret.Request("ones", 16, 10, True, chosen, at)


def test_regret_sets_the_recommended_one_against_the_best():
    found = regret.judged(asked("alias"), {"alias": np.full(9, 3.0), "spectrum": np.full(9, 2.0)})
    assert (found["recommended"], found["best"]) == ("alias", "spectrum")
    assert (found["regret"], found["low"]) == (pytest.approx(1.5), pytest.approx(1.5))
    assert (found["workload"], found["at"]["V"], found["at"]["k"]) == ("ones", 49, 10)
    with pytest.raises(
        RuntimeError, match="alias, recommended for .*rows=16, k=10.*, was not timed: it takes 30 times"
    ):
        regret.judged(asked("alias"), {"spectrum": np.full(9, 2.0)})


def test_each_visit_gives_a_third_of_the_rounds_to_the_same_sides(monkeypatch):
    raced = []

    def race(built, rows, k, rounds, seconds, cut):
        raced.append((sorted(built), rounds, cut))
        visit = float(len(raced))
        return {"alias": np.full(rounds, visit), "spectrum": np.full(rounds, 2 * visit)}, {}

    monkeypatch.setattr(regret, "race", race)
    monkeypatch.setattr(regret, "HELD_BACK", {"small": lambda: np.arange(1, 400)})
    monkeypatch.setattr(regret, "REQUESTS", ((16, 10),))
    results = regret.measure(1e-5)
    assert len(results) == 2
    assert all(set(r["ns"]) == {"alias", "spectrum"} for r in results)
    assert {cut for *_, cut in raced[:2]} == {True}
    assert raced[2:] == [(["alias", "spectrum"], regret.ROUNDS // VISITS, False)] * 2 * (VISITS - 1)
    assert results[0]["ns"]["alias"] == np.median([1.0, 3.0, 5.0])


def test_the_regret_file_is_written(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(regret, "HELD_BACK", {"small": lambda: np.arange(1, 400)})
    monkeypatch.setattr(regret, "REQUESTS", ((1, 2), (16, 10)))
    monkeypatch.setattr(regret, "QUICK_ROUND_SECONDS", 1e-5)
    out = tmp_path / "regret.json"
    code = regret.main(["--quick", "--out", str(out)])
    document = json.loads(out.read_text())
    assert (len(document["results"]), code) == (4, int(not document["reached"]))
    assert document["worst"] == max(r["regret"] for r in document["results"]) >= 1
    assert document["mean"] == pytest.approx(math.prod(r["regret"] for r in document["results"]) ** 0.25)
    assert "4 requests: largest regret" in capsys.readouterr().out
