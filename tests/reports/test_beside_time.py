# SPDX-License-Identifier: MIT
"""The sections on instructions, on the parts of a draw, and on where negatives fall."""

from __future__ import annotations

import json

import pytest

from reports.__main__ import main
from reports.sections import instructions, roofline, strata


def test_instructions_name_the_fewest_and_the_counter(inputs, load_report):
    report = load_report()
    assert instructions.finding(report) == (
        "`alias` takes 20.0 instructions an id with avx2 kernels; `cum_table` takes 7.0 times as many."
    )
    table = instructions.table(report)
    assert [[cell.text for cell in row] for row in table.rows] == [
        ["alias", "20.0", "1.0×"],
        ["cum_table", "140", "7.0×"],
    ]
    assert "Counted with valgrind, because perf counts no instructions on this machine" in table.notes[0]


def test_a_machine_without_a_counter_says_why(inputs, load_report):
    reason = "perf is not installed; valgrind is not installed"
    inputs.instructions.update(counter=None, results=[], reason=reason)
    report = load_report()
    assert instructions.finding(report) == f"Instructions were not counted: {reason}."
    assert instructions.table(report) is None


def test_the_parts_name_the_nearest_sampler_and_the_slowest_part(load_report):
    report = load_report()
    assert roofline.finding(report) == (
        "At V = 1,000, `alias` takes 2.0 times the sum of the parts (1.00 ns per id); the slowest part is the "
        "generator. At V = 1,000,000, `alias` takes 1.5 times the sum of the parts (2.00 ns per id); the slowest "
        "part is the gather."
    )
    rows = {row[0].text: [(cell.text, cell.sub) for cell in row[1:]] for row in roofline.table(report).rows}
    assert rows["sum of the parts"] == [("1.00", ""), ("2.00", "")]
    assert rows["slowest part"] == [("0.500", ""), ("1.25", "")]
    assert rows["cum_table"] == [("100", "100×"), ("150", "75×")]


def test_the_strata_are_told_for_the_usual_law(inputs, load_report):
    report = load_report()
    assert strata.finding(report) == (
        "`counts ** 0.75` draws 20 % of its negatives from the 10 ids that hold the first third of the tokens, and "
        "50 % from the 900 that hold the last. 1.0 % of them are in the window of their row, "
        "0.20 % with the uniform distribution."
    )
    assert len(strata.table(report).rows) == 2
    assert len(strata.curves(report).figure.axes[0].get_lines()) == 2 + 2  # two laws, and two ends of strata


KEYS = ("instructions", "roofline", "strata")


def test_a_missing_file_is_named_with_its_command(inputs, without_figures):
    for key in KEYS:
        (inputs.root / f"{key}.json").unlink()
    assert main(inputs.arguments) == 0
    page = (inputs.root / "out" / "index.html").read_text("utf-8")
    assert all(f"run <code>python -m benchmarks.{key}</code>" in page for key in KEYS)
    summary = json.loads((inputs.root / "out" / "summary.json").read_text("utf-8"))
    assert [summary[key] for key in KEYS] == [None] * 3


@pytest.mark.parametrize("key", KEYS)
def test_a_damaged_file_is_refused(inputs, capsys, key):
    getattr(inputs, key)["results"] = [{}]
    inputs.save()
    assert main(inputs.arguments) == 2
    assert f"{key}.json is damaged" in capsys.readouterr().err
