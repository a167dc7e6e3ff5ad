# SPDX-License-Identifier: MIT
"""The sections on trainings: the share of drawing, the quality of vectors, and files that are missing or damaged."""

from __future__ import annotations

import json

import pytest

from benchmarks.documents import QUALITY, SHARE
from reports.__main__ import main
from reports.sections import quality, share


def row(table, name):
    return next(r for r in table.rows if r[0].text == name)


def test_each_sampler_has_its_share_with_each_optimiser(load_report):
    report = load_report()
    table = share.table(report)
    assert [r[0].text for r in table.rows] == ["multinomial", "loop, calls=1", "tower", "cheat"]
    # 40 us of a step of 4,040 and 12,040 us; cheat is faster, and fails its checks.
    assert [(c.text, c.sub, c.kind) for c in row(table, "tower")[1:]] == [
        ("0.99 %", "40.0 µs", "best"),
        ("0.33 %", "40.0 µs", "best"),
    ]
    assert {c.kind for c in row(table, "cheat")[1:]} == {""}
    assert "1,024 pairs, k = 5, 100 dimensions, zipf_1e4" in table.notes[0]


def test_the_sentence_compares_shares_and_whole_steps(load_report):
    # (196 + 4) / (0.04 + 4) = 49.5 and (196 + 12) / (0.04 + 12) = 17.3.
    assert share.finding(load_report()) == (
        "Drawing takes 94–98 % of a step with `multinomial` and 0.33–0.99 % of a step with `tower`. "
        "With `multinomial`, a whole step takes 17 to 50 times as long as with `tower`."
    )


def test_a_share_that_was_not_measured_is_left_open(inputs, load_report):
    inputs.share["results"] = [r for r in inputs.share["results"] if r["optimiser"] == "SGD" or r["sampler"] == "cheat"]
    report = load_report()
    assert [c.text for c in row(share.table(report), "tower")] == ["tower", "0.99 %", "–"]
    assert "takes 50 to 50 times" in share.finding(report)
    assert share.dots(report) is not None


def test_a_difference_counts_if_its_interval_excludes_zero(load_report):
    report = load_report()
    text = quality.finding(report)
    assert text == (
        "Without <replacement> does not differ from with replacement beyond the spread of the seeds: loss +0.0000 and "
        "wordsim353 +0.0010. A pool, cycled differs from with replacement: loss −0.3500 and wordsim353 −0.0600."
    )
    cells = row(quality.table(report), "a pool, cycled")
    assert [c.text for c in cells[1:]] == ["1.9050", "−0.3500", "0.4300", "−0.0600"]
    assert cells[4].sub == "−0.0800 to −0.0400\nwords ±0.0200"
    assert row(quality.table(report), "with replacement")[2].text == "–"


def test_the_figure_has_a_dot_for_each_seed_and_says_what_is_clear(inputs, load_report):
    picture = quality.differences(load_report())
    assert picture.title == (
        "A pool, cycled: the training loss is 0.35 lower, and the vectors agree 0.060 less with wordsim353"
    )
    (panel, _) = picture.figure.axes
    assert len(panel.get_title(loc="left")) > 0
    dots = [line for line in panel.lines if line.get_marker() == "o"]
    assert [len(line.get_xdata()) for line in dots] == [2, 2]
    assert dots[1].get_xdata() == pytest.approx([-0.35, -0.35])
    inputs.quality["differences"][3] |= {"low": -0.2, "high": 0.1}
    text = "2 seeds do not show what that does to the agreement with wordsim353"
    assert text in quality.headline(quality.SOURCE.of(load_report()))
    inputs.quality["differences"][2] |= {"low": None, "high": None}
    found = quality.SOURCE.of(load_report())
    assert quality.headline(found).startswith("What the way of drawing negatives changes")
    assert quality.gap_cell(found.gap("a pool, cycled", "loss")).sub == "one seed"


def test_page_and_summary_show_them(published):
    page = (published / "index.html").read_text(encoding="utf-8")
    assert "Without &lt;replacement&gt; does not differ" in page
    assert "a text | &lt;two&gt;" in page
    recorded = json.loads((published / "summary.json").read_text(encoding="utf-8"))
    assert recorded["quality"]["differences"][2]["each"] == pytest.approx([-0.35, -0.35])
    assert len(recorded["share"]["results"]) == 8


def test_without_their_files_the_page_says_what_makes_them(inputs, without_figures):
    for document in (SHARE, QUALITY):
        (inputs.root / document.path.name).unlink()
    assert main(inputs.arguments) == 0
    page = (inputs.root / "out" / "index.html").read_text("utf-8")
    for document in (SHARE, QUALITY):
        assert f"run <code>{document.made_by}</code>" in page


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("share", {"results": [{"sampler": "tower"}]}),
        ("share", {"batch": None}),
        ("quality", {"corpus": {}}),
        ("quality", {"runs": [{"way": "with replacement", "seed": 0, "epochs": []}]}),
        ("quality", {"reference": "another"}),
        ("quality", {"lists": {"wordsim353": {"known": "many", "of": 1}}}),
    ],
)
def test_damaged_files_are_refused_with_the_command(inputs, capsys, name, change):
    getattr(inputs, name).update(change)
    inputs.save()
    assert main(inputs.arguments) == 2
    error = capsys.readouterr().err
    assert f"{name}.json is damaged" in error
    assert f"`python -m benchmarks.sgns {name}`" in error
