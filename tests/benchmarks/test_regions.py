# SPDX-License-Identifier: MIT
"""The decision grid is measured in visits, and resumed after Ctrl-C."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import samplers
from benchmarks import environment, regions
from benchmarks.decision_grid import BIG, FULL, KINDS, QUICK, VISITS, Question
from benchmarks.documents import REGIONS, Start, write
from samplers.recommendation import timing
from samplers.recommendation.recommend import caller, spanning

contestants = regions.contestants  # the fixture replaces it
SMALL = (
    Question("small", "sorted", (100, 200), ((1, 5), (64, 5)), (100,)),
    Question("refused", "reals", (20_000,), ((1, 5),), (20_000,), (True,)),
)


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Runs the command over a small grid, in a repository that has no uncommitted changes."""
    monkeypatch.setattr(regions, "QUICK", SMALL)
    monkeypatch.setattr(regions, "QUICK_ROUNDS", 2 * VISITS)
    monkeypatch.setattr(regions, "QUICK_ROUND_SECONDS", 1e-5)
    monkeypatch.setattr(environment, "commit", lambda: ("c" * 40, False))
    monkeypatch.setattr(regions.gc, "collect", lambda: 0)  # 0.2 s a table, with all that the suite has imported
    able = {"alias", "spectrum", "bisect", "multinomial"}
    monkeypatch.setattr(regions, "contestants", lambda mode: [n for n in contestants(mode) if n in able])
    out = tmp_path / "regions.json"

    def call(*more):
        code = regions.main(["--quick", "--out", str(out), *more])
        return code, json.loads(out.read_text())

    return call


@pytest.mark.parametrize("grid", [FULL, QUICK], ids=["full", "quick"])
def test_the_grid_asks_each_thing_once_and_lets_everybody_enter(grid):
    cells = [cell for q in grid for mode in q.modes for cell in q.cells(mode)]
    assert len(set(cells)) == len(cells) > 90
    known = set()
    for question in grid:
        for mode in question.modes:
            assert question.entries(mode) or (question.kind, mode) in known
            assert set(question.entries(mode)) <= set(question.cells(mode))
            known.add((question.kind, mode))
    assert {cell.replacement for cell in cells} == {True, False}
    assert all(cell.replacement or cell.k <= cell.V for cell in cells)


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_kind_has_the_form_that_its_name_says(kind):
    noise = samplers.NoiseDistribution(KINDS[kind](9000))
    assert len(noise) == 9000
    np.testing.assert_array_equal(noise.counts, KINDS[kind](9000))
    distinct = {"sorted": (100, 2000), "shuffled": (100, 2000), "reals": (9000, 9000), "nines": (1000, 1000)}
    low, high = distinct.get(kind, (2, 2))
    assert low <= len(noise.classes) <= high
    assert noise.classes.sorted == (kind in ("sorted", "nines"))
    if kind.startswith("heavy_"):
        rest = 1 - noise.probabilities.max()
        assert 1 / rest == pytest.approx(1 + int(kind.removeprefix("heavy_")), rel=1e-3)


def test_contestants_are_all_that_can_run_but_no_peers():
    names = contestants(True)
    assert {"alias", "spectrum", "cum_table", "bisect", "pool", "unigram_table"} <= set(names)
    assert not {"numpy_choice", "pool_reuse", "alias_distinct"} & set(names)
    assert set(contestants(False)) >= {"alias", "spectrum"}
    assert "bisect" not in contestants(False)


def test_a_run_measures_every_cell_and_leaves_out_who_is_far_behind(run, capsys):
    code, document = run()
    assert code == 0
    cells = document["cells"]
    assert len({c["id"] for c in cells}) == len(cells) == 9
    for c in cells:
        ratios = [side["ratio"] for side in c["sides"].values()]
        assert min(s["ns"] for s in c["sides"].values()) > 0
        assert 1.0 in ratios
        assert {"alias", "spectrum"} <= c["sides"].keys() | c["refused"].keys() | c["slower"].keys()
    assert "hardly repeat" in cells[-1]["refused"]["spectrum"]
    assert "9 cells" in capsys.readouterr().out


@pytest.mark.parametrize(
    "change",
    [
        lambda document: "half a fi",
        lambda document: "null",
        lambda document: "[]",
        lambda document: json.dumps({key: value for key, value in document.items() if key != "cells"}),
        lambda document: json.dumps(document | {"cells": None}),
        lambda document: json.dumps(document | {"cells": [5]}),
        lambda document: json.dumps(document | {"cells": [{"id": "a cell"}]}),
    ],
    ids=["half", "null", "list", "no cells", "cells: null", "cells: [5]", "a cell without rounds"],
)
def test_of_a_damaged_file_no_cell_counts(monkeypatch, tmp_path, change):
    monkeypatch.setattr(environment, "commit", lambda: ("c" * 40, False))
    path, settings, start = tmp_path / "regions.json", regions.settings(quick=True), Start.now()
    cell = {"id": "a cell", "visits": 1, "rounds_ns": {}, "sides": {}, "slower": {}}
    write(REGIONS, settings | {"cells": [cell]}, path, start)
    assert regions.resumed(path, start, settings) == {"a cell": cell}
    path.write_text(change(json.loads(path.read_text())))
    assert regions.resumed(path, start, settings) == {}


@pytest.mark.slow
def test_a_run_of_the_same_commit_measures_nothing_twice(run, monkeypatch):
    _, before = run()

    def refuse(*args):
        raise AssertionError("measured again")

    measure = regions.Bench.measure
    monkeypatch.setattr(regions.Bench, "measure", refuse)
    again = run()[1]
    assert again.keys() == before.keys()
    assert all(again[key] == before[key] for key in before.keys() - {"time", "noise"})
    for change in (("d" * 40, False), ("c" * 40, True)):
        monkeypatch.setattr(environment, "commit", lambda change=change: change)
        with pytest.raises(AssertionError, match="measured again"):
            run()
    monkeypatch.setattr(environment, "commit", lambda: ("c" * 40, False))
    with pytest.raises(AssertionError, match="measured again"):
        run("--fresh")
    monkeypatch.setattr(regions.Bench, "measure", measure)
    monkeypatch.setattr(environment, "environment", lambda: {"cpu": "another"})
    assert run()[1]["machine"] == {"cpu": "another"}


def test_after_ctrl_c_the_next_run_goes_on(run, monkeypatch, capsys):
    measure, done = regions.Bench.measure, []

    def stop_at_the_fourth(bench, cell, names, before):
        if len(done) == 3:
            raise KeyboardInterrupt
        done.append(cell)
        return measure(bench, cell, names, before)

    monkeypatch.setattr(regions.Bench, "measure", stop_at_the_fourth)
    code, document = run()
    assert (code, len(document["cells"])) == (130, 3)
    assert "stopped; 3 cells" in capsys.readouterr().out
    kept = document["cells"]
    later = []
    monkeypatch.setattr(
        regions.Bench, "measure", lambda b, cell, names, before: later.append(cell) or measure(b, cell, names, before)
    )
    code, document = run()
    assert (code, len(document["cells"]), len(later)) == (0, 9, 6 + (VISITS - 1) * 9)
    assert not set(later[:6]) & set(done)
    for old, new in zip(kept, document["cells"], strict=False):
        assert (old["visits"], new["visits"]) == (1, VISITS)
        for name, rounds in old["rounds_ns"].items():
            assert new["rounds_ns"][name][: len(rounds)] == rounds


def test_the_ratio_is_that_of_each_round_with_an_interval_that_covers_it():
    """Rounds slow down tenfold, both sides alike: the ratio of every round is 2, whatever the machine does."""
    spell = np.geomspace(1, 10, 15)
    found = regions.sides({"slow": in_visits(2 * spell), "fast": in_visits(spell)})
    quartiles = [pytest.approx(np.quantile(spell, q)) for q in (0.5, 0.25, 0.75)]
    assert list(found["fast"].values()) == [*quartiles, 1.0, 1.0, 1.0]
    assert [found["slow"][key] for key in ("ratio", "low", "high")] == [pytest.approx(2.0)] * 3


def in_visits(rounds, visits=5):
    return [part.tolist() for part in np.array_split(rounds, visits)]


def test_a_single_visit_has_no_interval():
    found = regions.sides({"slow": [[2.0, 2.1]], "fast": [[1.0, 1.0]]})
    assert found["slow"]["ratio"] == pytest.approx(2.05, rel=1e-3)
    assert (found["slow"]["low"], found["slow"]["high"]) == (None, None)


def test_visits_with_few_rounds_count_as_much_as_the_others():
    """If a visit finds the calls slow, it has fewer rounds."""
    found = regions.sides({"slow": [[2.0] * 7, [8.0] * 3], "fast": [[1.0] * 7, [1.0] * 3]})
    assert found["slow"]["ratio"] == pytest.approx(4.0)


def test_a_slow_visit_of_three_counts_for_its_share():
    """The median would not see it: 0.9 in two visits and 1.8 in one are 1.13 in the geometric mean."""
    rounds = np.repeat([0.9, 1.8, 0.9], 7)
    found = regions.sides({"large": in_visits(rounds, 3), "small": in_visits(np.ones(21), 3)})
    assert found["small"]["ratio"] == 1.0
    assert found["large"]["ratio"] == pytest.approx((0.9 * 1.8 * 0.9) ** (1 / 3))
    assert found["large"]["ns"] == 0.9


def test_who_is_far_behind_is_left_out_and_nobody_else(monkeypatch):
    """One row of `slow` already takes longer than 30 of the best's calls, `late` shows it in a whole call only, and
    `pool` in no single one."""
    asked = []
    monkeypatch.setattr(regions, "once", lambda call: asked.append(call[0]) or call[1])
    monkeypatch.setattr(regions, "timed", lambda call, n: call[1] + 600 / n)
    calls = {
        "pool": ("pool", 1.0),
        "best": ("best", 1.0),
        "near": ("near", 29.0),
        "late": ("late", 31.0),
        "slow": ("slow", 1e9),
    }
    rows = {"pool": ("", 0.15), "best": ("", 0.1), "near": ("", 0.2), "late": ("", 0.3), "slow": ("", 40.0)}
    found = regions.far_behind(calls, dict.fromkeys(calls, 10), rows, dict.fromkeys(calls, 1) | {"pool": 15})
    assert found == pytest.approx({"late": 3.1e9, "slow": 4e9, "pool": 4.1e9})
    assert "slow" not in asked


def test_who_is_near_the_best_anywhere_goes_on():
    cells = [{"sides": {"a": {"ratio": 1.0}, "b": {"ratio": 3.1}}}, {"sides": {"b": {"ratio": 3.0}, "c": {"ratio": 4}}}]
    assert regions.near_the_best(["c", "b", "a"], cells) == ["b", "a"]


def test_who_goes_on_is_decided_by_the_first_visit():
    """A run that goes on has met later visits already: with their rounds, b would be 2.9 times as slow and go on."""
    cell = {"visits": 3, "rounds_ns": {"a": [[1.0] * 2] * 3, "b": [[3.5] * 2, [2.6] * 2, [2.6] * 2]}}
    assert regions.near_the_best(["a", "b"], [{"sides": regions.sides(cell["rounds_ns"])}]) == ["a", "b"]
    assert regions.near_the_best(["a", "b"], [regions.first_visit(cell)]) == ["a"]


def test_only_the_largest_size_needs_the_memory_to_be_free(monkeypatch):
    monkeypatch.setattr(regions.os, "sysconf", lambda name: 1)
    assert [max(q.sizes) for q in FULL if not regions.fits(q)] == [BIG]


def test_a_strategy_that_pays_for_each_row_is_asked_for_few(monkeypatch):
    shapes = []
    monkeypatch.setattr(regions, "far_behind", lambda *_: {})
    monkeypatch.setattr(
        regions,
        "take_turns",
        lambda calls, *_: shapes.append({n: c().shape for n, c in calls.items()}) or {n: np.ones(3) for n in calls},
    )
    noise = samplers.NoiseDistribution(range(1, 50))
    built = {n: samplers.create(n, noise, replacement=False) for n in ("alias", "alias_distinct")}
    vars(built["alias_distinct"])["info"] = replace(built["alias_distinct"].info, cost="row")
    ns, _ = regions.race(built, 1000, 2, 3, 0.0)
    assert shapes == [{"alias": (1000, 2), "alias_distinct": (64, 2)}]
    np.testing.assert_allclose(ns["alias_distinct"] / ns["alias"], 1000 / 64)


def test_what_is_prepared_ahead_is_timed_with_its_preparation(monkeypatch):
    """A pool of 50 ids, 10 ids a call: turns of 8 ms may fall between two refills, turns of 15 calls do not."""
    noise, drawn = samplers.NoiseDistribution(range(1, 50)), []
    pool = samplers.create("pool", noise, pool_size=50)
    refill = pool._refill
    monkeypatch.setattr(pool, "_refill", lambda: (drawn.append("refill"), refill()))
    call = caller(pool, 2, 5)
    least = spanning(pool, 10)
    assert least == 15
    timing.take_turns({"pool": call}, 4, 0.0, min_calls={"pool": least})
    assert len(drawn) >= 4 * 3
    assert spanning(samplers.create("alias", noise), 10) == 1
    assert spanning(samplers.create("pool", noise, reuse=True), 10) == 1


def test_the_sides_take_turns_in_orders_that_no_scheduler_knows():
    order = []
    calls = {name: (lambda name=name: order.append(name)) for name in "ab"}
    found = timing.take_turns(calls, 20, 0.0)
    turns = [tuple(order[i : i + 2]) for i in range(len(order) - 40, len(order), 2)]
    assert set(turns) == {("a", "b"), ("b", "a")}
    assert found["a"].shape == found["b"].shape == (20,)
    assert (found["a"] > 0).all()
