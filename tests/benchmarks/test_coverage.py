# SPDX-License-Identifier: MIT
"""The intervals of the regions and of the regret hold under the dependence that a machine has shown."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from benchmarks import coverage, intervals, steadiness
from benchmarks.decision_grid import Cell
from benchmarks.documents import ROUNDS

ROOT = Path(__file__).resolve().parents[2]
MEASURED = ROOT / "tests" / "data" / "rounds.json"


@pytest.fixture(scope="module")
def cells():
    return coverage.read(MEASURED)


@pytest.fixture(scope="module")
def rates(cells):
    return coverage.coverages(cells)


@pytest.mark.parametrize("way", coverage.WAYS)
@pytest.mark.parametrize("design", [design.name for design in coverage.DESIGNS])
def test_the_intervals_of_the_report_include_the_truth(rates, design, way):
    """Of a nominal 99 %: 98.5 % over the cells, 97 % in each of them. The bootstrap of the rounds fails both.

    Each cell has 4,000 simulated measurements; the seed is fixed.
    """
    student, rounds = (rates[design, way, name] for name in ("1.5 times Student's, over visits", "bootstrap, rounds"))
    assert np.mean(student) >= 0.985
    assert min(student) >= 0.97
    assert np.mean(rounds) < 0.95
    assert min(rounds) < 0.9


def test_the_simulated_interval_is_the_one_of_the_report():
    simulated = np.random.default_rng(1).standard_normal((5, 7, 3))
    low, high = coverage.over_visits(simulated)
    for run, ends in zip(simulated, zip(low, high, strict=True), strict=True):
        means = intervals.log_ratios(np.exp(run), np.ones_like(run))
        assert intervals.over_visits(means) == pytest.approx(ends)


def test_the_interval_is_students_and_wider():
    """The tables have t(2, 0.995) = 9.925."""
    low, high = intervals.over_visits(np.array([0.0, 0.3, 0.6]))
    assert (low + high) / 2 == pytest.approx(0.3)
    assert (high - low) / 2 == pytest.approx(1.5 * 9.925 * 0.3 / np.sqrt(3), rel=1e-4)
    assert intervals.over_visits(np.array([0.3])) is None


@pytest.mark.parametrize("truth", [(0.0, 0.0, 0.0), (0.0, -0.02, -0.05), (-0.1,)], ids=["equal", "near", "one"])
def test_the_interval_of_the_largest_allows_for_the_choice(truth):
    """7 visits, 3,000 measurements, seed fixed: a coverage of 98.5 % falls below 98 % with probability 0.02."""
    rng, inside = np.random.default_rng(4), []
    for noise in rng.normal(0, 0.05, (3000, len(truth), 7)):
        found = intervals.of_largest(
            {str(i): mean + logs for i, (mean, logs) in enumerate(zip(truth, noise, strict=True))}
        )
        value, low, high = found
        assert low <= value <= high
        inside.append(low <= max(truth) <= high)
    assert np.mean(inside) >= 0.98
    assert intervals.of_largest({"one visit": np.array([0.1])}) is None


@pytest.mark.parametrize(
    "known",
    [coverage.Dependence(0.1, 0.05, 0.3, 0.5), coverage.Dependence(0.2, 0.0, 0.0, 0.0)],
    ids=["dependent", "independent"],
)
def test_the_dependence_is_recovered(known):
    """From 300 visits of seven rounds two minutes apart; seed fixed."""
    design = coverage.Design("long", 300, 7, 2.0)
    (logs,) = coverage.autoregressive(known, design, 1, np.random.default_rng(2))
    found = coverage.dependence(coverage.Measured(logs, design.minutes))
    assert found.within == pytest.approx(known.within, rel=0.05)
    assert found.rounds_lag == pytest.approx(known.rounds_lag, abs=0.05)
    assert found.between == pytest.approx(known.between, abs=0.012)
    assert known.between == 0 or found.visits_lag == pytest.approx(known.visits_lag, abs=0.2)


def test_independent_rounds_would_need_no_visits():
    """The bootstrap of rounds is right where its assumption holds, so that the simulation blames the dependence."""
    independent = coverage.Dependence(0.1, 0.0, 0.0, 0.0)
    simulated = coverage.autoregressive(independent, coverage.DESIGNS[0], 4000, np.random.default_rng(3))
    assert coverage.covered(coverage.over_rounds, simulated) > 0.97
    # Student's distribution with 4 degrees of freedom is below 1.5 times its 99.5 % quantile with probability 0.9988.
    assert coverage.covered(coverage.over_visits, simulated) == pytest.approx(2 * 0.9988 - 1, abs=0.002)


def figures(line):
    return [float(number) for number in re.findall(r"(\d+\.\d) %", line)]


def test_the_method_page_has_the_figures_of_the_program(cells, rates):
    """The seed is fixed, so that they can differ only by rounding errors of another processor."""
    page = (ROOT / "docs" / "method.md").read_text(encoding="utf-8").splitlines()
    lines = [*coverage.coverage_table(rates)]
    assert len(lines) == 6
    for line in lines:
        (written,) = [other for other in page if re.sub(r"[\d.]+ %", "", other) == re.sub(r"[\d.]+ %", "", line)]
        assert figures(written) == pytest.approx(figures(line), abs=0.11)


def test_the_rounds_are_measured_and_read(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(steadiness, "CELLS", (Cell("sorted", 100, 1, 5, True), Cell("sorted", 100, 8, 5, False)))
    monkeypatch.setattr(steadiness, "ROUND_SECONDS", 1e-5)
    out = tmp_path / "rounds.json"
    assert steadiness.main(["--out", str(out), "--visits", "5", "--minutes", "0.001"]) == 0
    document = json.loads(out.read_text())
    assert document["schema"] == ROUNDS.schema
    assert [{n: np.shape(v) for n, v in cell["rounds_ns"].items()} for cell in document["cells"]] == [
        {"alias": (5, 7), "spectrum": (5, 7)}
    ] * 2
    monkeypatch.setattr(coverage, "RUNS", 10)
    assert coverage.main(["--rounds", str(out)]) == 0
    assert "| sorted, V = 100, 8 x 5, distinct |" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (["--visits", "4"], "--visits is 4: the variance between visits needs 5 visits or more"),
        (["--minutes", "0"], "--minutes is 0: the visits must be apart"),
        (["--minutes", "nan"], "--minutes is nan"),
    ],
)
def test_wrong_settings_are_refused_before_anything_is_measured(monkeypatch, capsys, option, message):
    monkeypatch.setattr(steadiness, "tables", lambda cell: pytest.fail("measured"))
    with pytest.raises(SystemExit):
        steadiness.main(option)
    assert message in capsys.readouterr().err


def test_missing_or_damaged_rounds_are_named_with_their_command(tmp_path, capsys):
    path = tmp_path / "rounds.json"
    for text in (None, "half a fi", json.dumps({"schema": ROUNDS.schema, "version": ROUNDS.version, "cells": []})):
        if text is not None:
            path.write_text(text)
        assert coverage.main(["--rounds", str(path)]) == 2
        assert "`python -m benchmarks.steadiness`" in capsys.readouterr().err


def test_a_visit_with_few_rounds_is_not_left_out():
    logs = coverage.logs_of({"a": [[2.0] * 4, [8.0, 4.0, 2.0]], "b": [[1.0] * 4, [1.0] * 3]})
    np.testing.assert_allclose(np.exp(logs), [[2] * 4, [8, 4, 2, 8]])
