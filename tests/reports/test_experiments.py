# SPDX-License-Identifier: MIT
"""The section on the experiments of the posts, and files of them that are missing or damaged."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.documents import LAB, InputError
from reports.sections import experiments


def test_the_finding_counts_the_claims_of_the_posts_alone(load_report):
    report = load_report()
    assert experiments.finding(report) == (
        "Of 2 claims of the posts, 1 came out as the posts say and 1 did not. The causes are in the table."
    )
    table = experiments.table(report)
    assert [[cell.text for cell in row] for row in table.rows][1] == [
        "post002",
        "It *differs*",
        "<measured> It *differs*",
        "differs",
        "a [table]",
    ]
    assert "A <CPU>, whose RSQRTSS has Intel's table" in table.notes[0]
    assert table.notes[1] == "Left out: post001 (Keras): not installed: keras; `pip install keras`."
    assert [row["verdict"] for row in experiments.SECTION.record(report)["experiments"][0]["rows"]] == [
        "same",
        "differs",
        "added",
    ]


def test_experiments_that_were_not_run_are_left_open(load_report):
    report = replace(load_report(), documents={})
    assert experiments.finding(report) == f"The claims of the posts were not measured: run `{LAB.made_by}`."
    assert experiments.table(report) is None
    assert experiments.SECTION.record(report) is None


@pytest.mark.parametrize("change", [{"verdict": "perhaps"}, {"claim": 3}])
def test_a_damaged_claim_is_an_error_that_names_the_command(change, inputs, load_report):
    inputs.experiments["experiments"][0]["rows"][0] |= change
    inputs.save()
    with pytest.raises(InputError, match=f"is damaged .*: run `{LAB.made_by}` again"):
        load_report()
