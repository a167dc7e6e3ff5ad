# SPDX-License-Identifier: MIT
"""The promised ratios."""

from __future__ import annotations

import json

import pytest

from reports.__main__ import main
from reports.sections.promises import finding, table


def row(report, text):
    return next(r for r in table(report).rows if r[0].text == text)


def test_the_sentence_counts_what_is_reached(inputs, load_report):
    gains = "tower against <table>: 41 times faster; tower against loop: 6,900 times faster."
    assert finding(load_report()) == f"{gains} 2 of 4 claimed ratios are reached, 2 missed."
    for claim in inputs.claims["results"]:
        claim["reached"] = True
    assert finding(load_report()) == f"{gains} 4 of 4 claimed ratios are reached."


@pytest.mark.parametrize(
    ("text", "promised", "measured", "quartiles"),
    [
        ("tower against <table>", "at least 40 times faster", "41.2×", "40.4–42.1"),
        ("tower against the limit", "at least 60 % of the limit's rate", "61 %", "59–62 %"),
        ("tower | distinct", "at most 1.6 times the time", "2.00×", "1.96–2.04"),
        ("tower against loop", "at least 7,000 times faster", "6,930×", "6,790–7,070"),
    ],
)
def test_promised_and_measured_in_their_units(load_report, text, promised, measured, quartiles):
    cells = row(load_report(), text)
    assert (cells[2].text, cells[3].text, cells[3].sub) == (promised, measured, quartiles)
    assert [c.text for c in cells[4:]] == ["1.70", "47.0"]


@pytest.mark.parametrize(
    ("text", "word", "kind", "by"),
    [
        ("tower against <table>", "reached", "pass", ""),
        ("tower against the limit", "reached", "pass", "goal within the quartiles"),
        ("tower | distinct", "missed", "fail", "by 25 %"),
        ("tower against loop", "missed", "fail", "by 1.0 %, goal within the quartiles"),
    ],
)
def test_missed_ones_say_so_and_by_how_much(load_report, text, word, kind, by):
    cell = row(load_report(), text)[1]
    assert (cell.text, cell.kind, cell.sub) == (word, kind, by)


def test_the_notes_tell_kernels_rounds_and_another_commit(inputs, load_report):
    assert "15 rounds; avx2 kernels" in table(load_report()).notes[0]
    assert table(load_report()).notes[1:] == ("Measured with uncommitted changes.",)
    inputs.claims["commit"] = "beef" * 10
    assert "commit beefbeef, which is not the commit of this page" in table(load_report()).notes[1]


def test_page_markdown_and_summary_show_them(published):
    page = (published / "index.html").read_text(encoding="utf-8")
    markdown = (published / "REPORT.md").read_text(encoding="utf-8")
    for text in (page, markdown):
        assert "Claimed speed ratios" in text
        assert "2 of 4 claimed ratios are reached, 2 missed." in text
    assert '<td class="fail" data-v="0.0"><span>missed</span><small>by 25 %</small></td>' in page
    assert "tower against &lt;table&gt;" in page
    assert "**missed** (by 25 %)" in markdown
    summary = json.loads((published / "summary.json").read_text(encoding="utf-8"))["claims"]
    assert (summary["reached"], summary["total"], summary["rounds"]) == (2, 4, 15)
    assert summary["results"][1]["ratio"] == pytest.approx(0.607)


def test_without_their_file_the_page_says_what_makes_it(inputs, without_figures):
    (inputs.root / "claims.json").unlink()
    assert main(inputs.arguments) == 0
    out = inputs.root / "out"
    assert "run <code>python -m benchmarks.claims</code>" in (out / "index.html").read_text("utf-8")
    assert "run `python -m benchmarks.claims`" in (out / "REPORT.md").read_text("utf-8")
    assert json.loads((out / "summary.json").read_text("utf-8"))["claims"] is None


@pytest.mark.parametrize(
    "change",
    [{"schema": "samplers/claims/v9"}, {"results": None}, {"results": [{"text": "half"}]}],
)
def test_a_damaged_file_is_named_with_its_command(inputs, capsys, change):
    inputs.claims |= change
    inputs.save()
    assert main(inputs.arguments) == 2
    error = capsys.readouterr().err
    assert "claims.json" in error
    assert "`python -m benchmarks.claims`" in error
    assert "Traceback" not in error


@pytest.mark.parametrize("change", [{"sense": "about"}, {"goal": 0}, {"ratio": None}, {"unit": None}])
def test_a_promise_that_is_none_is_refused(inputs, capsys, change):
    inputs.claims["results"][0] |= change
    inputs.save()
    assert main(inputs.arguments) == 2
    assert "is damaged" in capsys.readouterr().err
