# SPDX-License-Identifier: MIT
"""The regret of the recommendations, on requests that are not on the grid."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

import samplers
from benchmarks import regret
from benchmarks.decision_grid import FULL
from benchmarks.documents import REGRET
from samplers.recommendation.request import features


def test_the_held_back_requests_are_not_on_the_grid():
    calls = {(cell.rows, cell.k) for q in FULL for mode in q.modes for cell in q.cells(mode)}
    sizes = {cell.V for q in FULL for mode in q.modes for cell in q.cells(mode)}
    assert len(set(regret.REQUESTS) - calls) >= len(regret.REQUESTS) - 1
    for workload in regret.HELD_BACK.values():
        assert len(workload.make()) not in sizes
        assert workload.shaped in ("", regret.GRID, regret.RULES)


def with_regrets(*values):
    return [{"regret": r, "low": 1 + (r - 1) / 2, "high": 1 + (r - 1) * 1.5} for r in values]


def test_the_goals_are_reached_if_the_upper_ends_of_the_intervals_are_within_them():
    found = regret.summarised(with_regrets(1.0, 1.0, 1.06), (1.01, 1.0, 1.02))
    ends = (found["worst"], found["worst_low"], found["worst_high"], found["mean"], found["mean_low"])
    assert ends == (1.06, 1.03, pytest.approx(1.09), 1.01, 1.0)
    assert found["reached"]
    assert not regret.summarised(with_regrets(1.0, 1.0, 1.08), (1.01, 1.0, 1.02))["reached"]
    assert not regret.summarised(with_regrets(1.0, 1.0, 1.06), (1.01, 1.0, 1.04))["reached"]


def test_the_mean_is_geometric_and_varies_from_visit_to_visit():
    """Two requests with ratios of 1 and 1.21, the second 2 % more or less by visit."""
    visits = [[1.0], [1.02], [1 / 1.02]]
    equal, behind = asked("alias"), regret.Request("twos", 16, 10, True, "alias", ())
    times = {equal: {"alias": visits}, behind: {"alias": [[1.21 * x] for (x,) in visits], "spectrum": [[1.0]] * 3}}
    mean, low, high = regret.overall(times)
    assert mean == pytest.approx(1.1)
    # The ratio of one request of two varies. The interval is 1.2 times Student's, whose quantile is 9.925.
    assert math.log(high / mean) == pytest.approx(1.2 * 9.925 * math.log(1.02) / 2 / math.sqrt(3), rel=1e-3)
    assert low * high == pytest.approx(mean**2)


def asked(chosen):
    noise = samplers.NoiseDistribution(range(1, 50))
    at = tuple(features(noise, 16, 10, True).values().items())
    return regret.Request("ones", 16, 10, True, chosen, at)


def test_regret_sets_the_recommended_one_against_the_best():
    slow, fast = [[3.0] * 3] * 3, [[2.0] * 3] * 3
    found = regret.judged(asked("alias"), {"alias": slow, "spectrum": fast})
    assert (found["recommended"], found["best"]) == ("alias", "spectrum")
    assert [found[key] for key in ("regret", "low", "high")] == [pytest.approx(1.5)] * 3
    assert (found["workload"], found["at"]["V"], found["at"]["k"]) == ("ones", 49, 10)
    with pytest.raises(
        RuntimeError, match="alias, recommended for .*rows=16, k=10.*, was not timed: it takes 30 times"
    ):
        regret.judged(asked("alias"), {"spectrum": fast})
    assert regret.judged(asked("alias"), {"alias": slow})["high"] == 1


def test_the_fastest_that_is_recommended_may_still_have_a_regret():
    """It is the fastest of this measurement by 1 %; visits differ by more."""
    found = regret.judged(asked("alias"), {"alias": [[1.0]] * 3, "spectrum": [[1.0], [1.02], [1.01]]})
    assert (found["best"], found["regret"], found["low"]) == ("alias", 1.0, 1.0)
    assert 1.04 < found["high"] < 1.06


def test_earlier_runs_of_the_same_verdict_are_kept(tmp_path, monkeypatch):
    reported, path = tmp_path / "reported.json", tmp_path / "regret.json"
    runs = [{"verdict_commit": name, "worst": 1.2, "mean": 1.0, "during": "a test"} for name in ("this", "that")]
    reported.write_text(json.dumps({"runs": runs}))
    monkeypatch.setattr(regret, "REPORTED", reported)
    assert regret.earlier(path, "this") == runs[:1]
    before = {"schema": REGRET.schema, "verdict_commit": "this", "commit": "c", "worst": 1.1, "mean": 1.02}
    path.write_text(json.dumps(before | {"earlier": runs[:1]}))
    kept = {"verdict_commit": "this", "commit": "c", "worst": 1.1, "mean": 1.02}
    assert regret.earlier(path, "this") == [runs[0], kept]
    assert regret.earlier(path, "that") == runs[1:]
    path.write_text("half a fi")
    assert regret.earlier(path, "this") == runs[:1]


def test_each_visit_gives_its_rounds_to_the_same_sides(monkeypatch):
    raced = []

    def race(built, rows, k, rounds, seconds, cut):
        raced.append((sorted(built), rounds, cut))
        visit = float(len(raced))
        return {"alias": np.full(rounds, visit), "spectrum": np.full(rounds, 2 * visit)}, {}

    monkeypatch.setattr(regret, "race", race)
    monkeypatch.setattr(regret, "HELD_BACK", {"small": regret.HeldBack(lambda: np.arange(1, 400))})
    monkeypatch.setattr(regret, "REQUESTS", ((16, 10),))
    results = list(regret.measure(1e-5).values())
    assert len(results) == 2
    assert all(set(visits) == {"alias", "spectrum"} for visits in results)
    assert {cut for *_, cut in raced[:2]} == {True}
    more = (["alias", "spectrum"], regret.ROUNDS_A_VISIT, False)
    assert raced[2:] == [more] * 2 * (regret.VISITS - 1)
    assert results[0]["alias"] == [[1.0 + 2 * visit] * regret.ROUNDS_A_VISIT for visit in range(regret.VISITS)]


def test_the_regret_file_is_written(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(regret, "HELD_BACK", {"small": regret.HeldBack(lambda: np.arange(1, 400))})
    monkeypatch.setattr(regret, "REQUESTS", ((1, 2), (16, 10)))
    monkeypatch.setattr(regret, "QUICK_ROUND_SECONDS", 1e-5)
    out = tmp_path / "regret.json"
    code = regret.main(["--quick", "--out", str(out)])
    document = json.loads(out.read_text())
    missed = document["worst"] > document["goals"]["worst"] or document["mean"] > document["goals"]["mean"]
    assert (len(document["results"]), code) == (4, int(missed))
    assert document["worst"] == max(r["regret"] for r in document["results"]) >= 1
    assert document["mean"] == pytest.approx(math.prod(r["regret"] for r in document["results"]) ** 0.25)
    assert document["workloads"] == {"small": ""}
    assert "4 requests: largest regret" in capsys.readouterr().out
