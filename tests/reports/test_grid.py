# SPDX-License-Identifier: MIT
"""Who is fastest where, and the regret of the recommendations."""

from __future__ import annotations

import json

import pytest
from matplotlib.patches import Rectangle

from reports.__main__ import main
from reports.grid import regret, winners
from reports.grid.figure import CLOSE_HATCH, heat_map
from reports.sections import promises as claims
from tests.reports.asv_document import COMMIT, SAMPLERS
from tests.reports.documents import fidelity_result


def at(report, v, rows):
    """The cell of sorted ids with replacement."""
    wanted = ("sorted", v, rows, True)
    found = [o for o in winners.won(report) if (o.cell.kind, o.cell.V, o.cell.rows, o.cell.replacement) == wanted]
    assert len(found) == 1
    return found[0]


def test_what_failed_its_checks_wins_nothing_and_ratios_are_to_the_winner(load_report):
    report = load_report()
    assert {one.winner for one in winners.won(report)} == {"tower", "stranger", "one_call"}
    found = at(report, 100, 1)
    assert (found.winner, found.runner_up) == ("tower", "stranger")
    assert found.margin.value == pytest.approx(11 / 9)
    assert found.margin.low == pytest.approx(11 / 9 * 0.99)
    assert at(report, 10**4, 1).winner == "stranger"


def test_an_interval_that_includes_1_is_too_close(load_report):
    report = load_report()
    assert not at(report, 100, 1).close
    assert at(report, 200, 1).close
    cell = next(r for r in winners.table(report).rows if r[2].text == "200" and r[1].text == "with replacement")[-1]
    assert cell.text == "~"
    assert cell.sub


def test_a_mode_is_checked_as_a_variant(inputs, load_report):
    """tower draws distinct ids too; without a check of that variant nothing says that it does so faithfully."""
    cells = [cell for cell in inputs.regions["cells"] if not cell["replacement"]]
    for cell in cells:
        cell["sides"]["tower"] = {"ns": 1.0, "ratio": 0.1, "low": 0.09, "high": 0.11}
    assert "tower" not in {one.winner for one in winners.won(load_report()) if not one.cell.replacement}
    described = next(s for s in inputs.fidelity["samplers"] if s["name"] == "tower")
    variant = described | {"name": "apart", "replacement": False, "variant_of": "tower"}
    inputs.fidelity["results"].append(fidelity_result("loop", "english", 5) | {"sampler": "apart"})
    for options, able in (({"replacement": False}, True), ({"replacement": False, "fast": True}, False), ({}, True)):
        inputs.fidelity["samplers"] = [*inputs.fidelity["samplers"][: len(SAMPLERS)], variant | {"options": options}]
        won = {one.winner for one in winners.won(load_report()) if not one.cell.replacement}
        assert won == {"tower"} if able else "tower" not in won


def test_the_sentence_counts_cells(load_report):
    text = winners.finding(load_report())
    assert text.startswith(
        "With replacement, `tower` is fastest in 4 and `stranger` is fastest in 2 of 6 requests; 2 are"
    )


def test_the_map_has_a_square_for_each_cell_of_the_questions_asked_both_ways(load_report):
    picture = heat_map(load_report())
    axes = picture.figure.axes
    assert len(axes) == 2  # heavy was asked for distinct ids only
    squares = [p for p in axes[0].patches if isinstance(p, Rectangle)]
    assert len(squares) == 6
    assert sum(p.get_hatch() == CLOSE_HATCH for p in squares) == 2
    texts = [t.get_text() for t in axes[0].texts]
    assert texts.count("~") == 2
    assert texts.count("1.22×") == 2
    assert [t.get_text() for t in axes[0].get_xticklabels()] == ["100", "200", "10k"]
    assert "ids <sorted>, with replacement: tower 4 and stranger 2, 2 too close" in picture.alt


def test_the_table_has_every_cell(load_report):
    table = winners.table(load_report())
    assert len(table.rows) == 13
    assert {r[0].text for r in table.rows} == {"ids <sorted>", "ids <heavy>"}


def test_the_regret_stands_beside_its_goals(inputs, load_report):
    report = load_report()
    text = regret.finding(report)
    assert "geometric mean is 1.049 (goal: at most 1.03) and its maximum is 1.21 (goal: at most 1.1)" in text
    assert "The goal for the mean is missed. The goal for the maximum is missed." in text
    assert "The confidence interval is above this goal completely in 1 of the requests." in text
    row = regret.by_workload(report).rows[0]
    assert [c.text for c in row] == ["held <back>", "2", "1.100", "1.21", "rows 1, k 2, with replacement"]
    assert row[3].kind == "fail"
    assert regret.worst(report).rows[0][4].sub == "1.19–1.23"


def within_both_goals(document):
    """Measured values within the goals, with intervals that end at the goals."""
    document |= {"worst": 1.05, "worst_high": 1.1, "mean": 1.01, "mean_high": 1.03}
    for result in document["results"]:
        result |= {"regret": 1.05, "low": 1.0, "high": 1.1}


def test_a_goal_is_reached_only_if_the_whole_interval_is_within_it(inputs, load_report):
    within_both_goals(inputs.regret)
    assert "Both goals are reached: the intervals end below them." in regret.finding(load_report())
    assert regret.REGRETS.of(load_report()).reached
    inputs.regret["worst_high"] = inputs.regret["results"][0]["high"] = 1.16
    text = regret.finding(load_report())
    assert "Both goals" not in text
    assert "The goal for the mean is reached. The goal for the maximum is not shown to be reached: " in text
    assert "the measured maximum is within it, but the 99 % interval ends at 1.16." in text
    assert "The confidence interval is above this goal partly in 1 of the requests." in text
    assert not regret.REGRETS.of(load_report()).reached


def test_a_cell_of_a_single_visit_has_no_interval(inputs, load_report):
    for side in inputs.regions["cells"][0]["sides"].values():
        side |= {"low": None, "high": None} if side["ratio"] != 1 else {}
    found = at(load_report(), 100, 1)
    assert (found.close, found.unknown) == (False, True)
    assert "1.22×?" in [row[-1].text for row in winners.table(load_report()).rows]
    assert "; 1 have no interval, because they were measured in a single visit" in winners.finding(load_report())


def test_page_and_summary_show_both(published):
    page = (published / "index.html").read_text("utf-8")
    assert "held &lt;back&gt;" in page
    summary = json.loads((published / "summary.json").read_text("utf-8"))
    assert len(summary["regions"]) == 13
    assert summary["regions"][0]["sides"]["cheat"]["ratio"] == 1.0
    assert (summary["regret"]["reached"], len(summary["regret"]["requests"])) == (False, 3)


def test_without_their_files_the_page_says_what_makes_them(inputs, without_figures):
    for name in ("regions", "regret"):
        (inputs.root / f"{name}.json").unlink()
    assert main(inputs.arguments) == 0
    page = (inputs.root / "out" / "index.html").read_text("utf-8")
    assert "run <code>python -m benchmarks.regions</code>" in page
    assert "run <code>python -m benchmarks.regret</code>" in page
    summary = json.loads((inputs.root / "out" / "summary.json").read_text("utf-8"))
    assert (summary["regions"], summary["regret"]) == (None, None)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("regions", {"schema": "samplers/regions/v9"}),
        ("regions", {"cells": [{"V": 1}]}),
        ("regions", {"cells": 3}),
        ("regret", {"goals": None}),
        ("regret", {"results": [{}]}),
        ("regret", {"worst": "bad"}),
    ],
)
def test_a_damaged_file_is_named_with_its_command(inputs, capsys, name, change):
    getattr(inputs, name).update(change)
    inputs.save()
    assert main(inputs.arguments) == 2
    error = capsys.readouterr().err
    assert f"{name}.json" in error
    assert f"`python -m benchmarks.{name}`" in error


def test_the_rule_stands_beside_its_regret(published):
    for name in ("index.html", "REPORT.md"):
        text = (published / name).read_text("utf-8")
        assert text.count("So the answer is the same on every machine") == 1
    assert (
        "would read more than 32.8 kB, a level-1 cache, and those of `spectrum` read at most 1/5 of that" in regret.RULE
    )


def test_a_request_with_exclusion_says_so(inputs, load_report):
    inputs.regret["results"][0]["exclude"] = True
    row = regret.by_workload(load_report()).rows[0]
    assert row[4].text == "rows 1, k 2, with replacement, an id excluded in each row"


ELSEWHERE, CHANGED = (
    "Measured at commit abcdef01, which is not the commit of this page.",
    "Measured with uncommitted changes.",
)


@pytest.mark.parametrize(
    ("document", "table"),
    [("claims", claims.table), ("regions", winners.table), ("regret", regret.by_workload)],
    ids=["claims", "regions", "regret"],
)
def test_numbers_of_another_commit_or_of_uncommitted_changes_are_told(inputs, load_report, document, table):
    found = getattr(inputs, document)
    for commit, dirty, told in ((COMMIT, False, []), (COMMIT, True, [CHANGED]), ("abcdef01" * 5, True, [ELSEWHERE])):
        found |= {"commit": commit, "dirty": dirty}
        assert [note for note in table(load_report()).notes if note in (ELSEWHERE, CHANGED)] == told


def test_the_map_names_its_axes_and_says_what_a_number_is(words_of_figures):
    words = words_of_figures["regions"]
    assert any("time of the runner-up divided by that of the fastest" in text for text in words[:-3])
    assert {"V, number of ids", "rows × k of a call"} <= set(words)
    assert any("time of the runner-up" in text for text in words[-2:])  # README has the alternative text alone
