# SPDX-License-Identifier: MIT
"""The section on samplers of other libraries."""

from __future__ import annotations

import json

import pytest

from reports.__main__ import main
from reports.sections import neighbours


def test_the_sentence_names_the_fastest_and_the_slowest_that_are_faithful(inputs, load_report):
    text = neighbours.finding(load_report())
    assert "is `slow <one>` at V = 1,000,000: it takes 11 times" in text
    assert "The slowest is `slow <one>` at V = 1,000, with 25 times." in text
    assert text.endswith(" `wrong` fails its chi-square test.")
    inputs.neighbours["failed"]["slow <one>"] = ["range"]
    assert neighbours.finding(load_report()) == "No sampler of another library follows its noise distribution."


def test_each_sampler_has_its_law_and_a_time_at_each_size(load_report):
    table = neighbours.table(load_report())
    rows = {row[0].text: [cell.text for cell in row[1:]] for row in table.rows}
    assert rows["alias"] == ["passes", "2.00", "4.00"]
    assert rows["slow <one>"] == ["passes", "50.0", "44.0"]
    assert rows["wrong"] == ["fails", "1.00", "–"]
    assert [cell.sub for cell in table.rows[1][2:]] == ["25×", "11×"]
    assert table.rows[2][1].sub == "chi-square"
    assert "slow-package 1.2" in table.notes[0]
    assert table.notes[1] == "Left out: absent: a_package is not installed."


def test_page_and_summary_have_the_section(published):
    assert "slow &lt;one&gt;" in (published / "index.html").read_text("utf-8")
    recorded = json.loads((published / "summary.json").read_text("utf-8"))["neighbours"]
    assert (len(recorded["times"]), recorded["failed"]["wrong"]) == (5, ["chi-square", "exponent"])


def test_without_its_file_the_page_says_what_makes_it(inputs, without_figures):
    (inputs.root / "neighbours.json").unlink()
    assert main(inputs.arguments) == 0
    assert "run <code>make neighbours</code>" in (inputs.root / "out" / "index.html").read_text("utf-8")


@pytest.mark.parametrize("change", [{"results": [{}]}, {"results": 3}, {"failed": []}, {"schema": "other"}])
def test_a_damaged_file_is_named_with_its_command(inputs, capsys, change):
    inputs.neighbours.update(change)
    inputs.save()
    assert main(inputs.arguments) == 2
    assert "neighbours.json" in capsys.readouterr().err
