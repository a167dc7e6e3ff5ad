# SPDX-License-Identifier: MIT
"""The section on what changes the ids of a run."""

from __future__ import annotations

import json

import pytest

from reports.__main__ import main
from reports.sections import same_ids


def test_the_sentence_counts_the_samplers_that_never_change_and_names_what_changes_the_others(inputs, load_report):
    text = same_ids.finding(load_report())
    assert text.startswith("1 of 2 samplers draw the same negatives under all 3 changes of a run, `tower` among them.")
    assert text.endswith("The change that alters most of the other 1 is “batch size”: it alters 1.")
    inputs.matrix["overlooked"] = ["control_restart differs on purpose"]
    assert "cannot be trusted" in same_ids.finding(load_report())
    assert "Overlooked: control_restart" in " ".join(same_ids.table(load_report()).notes)


def test_each_cell_has_a_sign_beside_its_colour_and_each_gap_its_reason(load_report):
    table = same_ids.table(load_report())
    rows = {row[0].text: row[1:] for row in table.rows}
    assert [cell.text for cell in rows["tower"]] == ["=", "=", "="]
    assert [(cell.text, cell.kind) for cell in rows["table"]] == [("=", "pass"), ("≠", "fail"), ("n/a", "refused")]
    assert rows["table"][1].title == "60 of 256 rows are the same"
    assert "gpu" not in rows
    notes = " ".join(table.notes)
    assert "n/a, workers: table: it has no | workers." in notes
    assert "n/a, gpu: not measured here, because no <GPU> | here." in notes
    assert "each was found out" in notes


def test_training_runs_show_the_share_of_examples_with_the_same_negatives(load_report):
    table = same_ids.runs(load_report())
    assert [column.title for column in table.columns] == ["run", "alias", "cum_table"]
    assert [[cell.text for cell in row] for row in table.rows] == [
        ["2 workers, batch of 64", "100 %", "25 %"],
        ["1 worker, batch of 64", "–", "100 %"],
    ]


def test_page_and_summary_have_the_section(published):
    page = (published / "index.html").read_text("utf-8")
    assert "another &lt;process&gt;" in page
    assert "<p>another &lt;process&gt;: How &lt;restart&gt; is.</p>" in page
    recorded = json.loads((published / "summary.json").read_text("utf-8"))["same-ids"]
    assert (len(recorded["cells"]), len(recorded["runs"])) == (9, 3)


def test_without_its_file_the_page_says_what_makes_it(inputs, without_figures):
    (inputs.root / "matrix.json").unlink()
    assert main(inputs.arguments) == 0
    assert "run <code>python -m benchmarks.matrix</code>" in (inputs.root / "out" / "index.html").read_text("utf-8")


@pytest.mark.parametrize(
    "change",
    [
        {"cells": [{}]},
        {"cells": [{"sampler": "a", "setting": "restart", "same": True, "rows_same": 3, "rows": 4, "reason": ""}]},
        {"cells": [{"sampler": "a", "setting": "restart", "same": True, "rows_same": 4, "rows": 4, "reason": ""}]},
        {"cells": [{"sampler": "a", "setting": "restart", "same": None, "rows_same": 4, "rows": 4, "reason": ""}]},
        {"runs": 3},
        {"schema": "other"},
    ],
)
def test_a_damaged_file_is_named_with_its_command(inputs, capsys, change):
    inputs.matrix.update(change)
    inputs.save()
    assert main(inputs.arguments) == 2
    assert "python -m benchmarks.matrix" in capsys.readouterr().err
