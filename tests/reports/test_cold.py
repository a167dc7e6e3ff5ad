# SPDX-License-Identifier: MIT
"""The section on single calls, warm and cold: lower quartiles, winners, and what is said without data."""

from __future__ import annotations

import json
import math

import pytest

from benchmarks import bench_cold
from reports.asv_results import COLD
from reports.sections import cold
from tests.data.asv_methods import METHODS, name_of
from tests.reports.asv_document import SPREAD

# The statistics of asv_document over the median.
LOW, HIGH = 0.97, 1.04


def row(report, name, size):
    return next(r for r in cold.table(report).rows if (r[0].text, r[1].text) == (name, size))


def test_the_section_knows_the_benchmark_its_states_and_its_ids(load_report):
    assert COLD in {name_of(kind, method) for kind, method in METHODS}
    assert list(cold.STATES) == list(bench_cold.STATES)
    assert cold.call(load_report()) == (bench_cold.ROWS, bench_cold.K)


def test_cells_are_lower_quartiles_with_the_spread_above(load_report):
    """tower: 9 ns * 100**0.12 at V = 1e4 warm, nine times that with all caches evicted."""
    ns = 9 * 100**0.12
    cells = row(load_report(), "tower", "10,000")
    assert cells[2].sort == pytest.approx(LOW * ns)
    assert cells[2].sub == f"{ns:.1f}–{HIGH * ns:.1f}"
    assert cells[4].sort == pytest.approx(9 * LOW * ns)
    assert (cells[6].text, cells[6].sort) == ("6.0×", pytest.approx(6.0))


def test_the_fastest_faithful_sampler_of_a_state_is_marked_and_named(load_report):
    """stranger needs 11 ns in every state. It loses to nobody in a training step; cheat fails its checks."""
    report = load_report()
    assert row(report, "stranger", "10,000")[5].kind == "best"
    assert row(report, "cheat", "10,000")[5].kind == ""
    assert row(report, "stranger", "10,000")[2].kind == "best"
    assert cold.fastest(report, 10**4, "warm") == "stranger"
    text = cold.paragraph(report)
    assert "V = 10,000: `stranger` is the fastest in a training step, with 10.7 ns per id (10.7 ns warm)." in text
    assert "There `loop, calls=1` takes 31,000 times as long, and 5,200 times as long if both are warm." in text


def test_a_winner_that_changes_is_said(inputs, load_report):
    names, sizes, states = ([repr(x) for x in axis] for axis in (["tower", "stranger"], [10**4], cold.STATES))
    inputs.run["results"][COLD][:2] = [[1e-5, 1e-5, 1e-5, 9e-5, 2e-5, 2e-5, 2e-5, 2e-5], [names, sizes, states]]
    for at in (7, 8):
        inputs.run["results"][COLD][at] = inputs.run["results"][COLD][0]
    text = cold.paragraph(load_report())
    assert "`stranger` is the fastest in a training step, with 3.91 ns per id (3.91 ns warm)" in text
    assert "; warm, the fastest is `tower`." in text


def test_the_figure_has_a_point_for_each_state_of_each_line(load_report):
    report = load_report()
    picture = cold.dots(report)
    marks = [line for line in picture.figure.axes[0].lines if line.get_marker() not in (None, "None", "")]
    assert len(marks) == 4 * len(cold.lines(report)) == 4 * 10
    assert "tower at V = 10,000: warm 15.2 ns" in picture.alt


def test_page_markdown_and_summary_show_it(published):
    for name in ("index.html", "REPORT.md"):
        text = (published / name).read_text(encoding="utf-8")
        assert "A call as training finds it" in text
        assert "is the fastest in a training step" in text
    recorded = json.loads((published / "summary.json").read_text(encoding="utf-8"))["cold"]
    assert len(recorded) == 40
    assert {len(cell["samples"]) for cell in recorded} == {len(SPREAD)}
    assert all(math.isfinite(cell["ns_per_id"]) for cell in recorded)


def test_without_data_the_section_says_so(inputs, load_report):
    del inputs.run["results"][COLD]
    report = load_report()
    assert cold.paragraph(report) == cold.MISSING
    assert cold.table(report) is None
    assert cold.dots(report) is None


def test_who_was_not_timed_at_a_size_is_said():
    assert cold.absent({(100, "a"): {}, (100, "b"): {}, (10_000, "a"): {}}) == [
        "Not timed in single calls: `b` at V = 10,000."
    ]
    assert cold.absent({(100, "a"): {}}) == []
