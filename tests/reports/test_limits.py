# SPDX-License-Identifier: MIT
"""How far samplers are from the limit."""

from __future__ import annotations

import json
import math

import pytest

from reports import limits
from reports.figures.speed import GATHER, GENERATOR, throughput

NAME = "bench_limit.Limit.time_part"


def test_the_limit_is_the_slower_of_generator_and_fastest_gather(load_report):
    found = limits.limits(load_report())
    assert [b.V for b in found] == [10**2, 10**4, 10**5, 10**6, 10**7]
    assert [b.ns for b in found] == pytest.approx([0.6, 0.6, 0.7, 2.5, 6.0])
    assert [b.way for b in found] == ["one by one"] * 3 + ["prefetched"] * 2


def test_a_part_that_this_cpu_lacks_does_not_count(load_report):
    report = load_report()
    assert report.limits["AVX-512 gather", 100].value is None
    assert limits.limits(report)[0].gather == pytest.approx(0.5)


def test_without_the_generator_or_every_gather_there_is_no_limit(inputs, load_report):
    inputs.run["results"][NAME][0][:5] = [math.nan] * 5
    report = load_report()
    assert [b.ns for b in limits.limits(report)] == [None] * 5
    assert limits.table(report) is None
    inputs.run["results"][NAME][0][:5] = [0.6 * 81_920e-9] * 5
    inputs.run["results"][NAME][0][5:] = [math.nan] * 15
    assert limits.table(load_report()) is None


def test_shares_are_of_the_limits_rate_at_the_same_number_of_ids(load_report):
    report = load_report()
    of = limits.shares(report)
    assert of["stranger"] == pytest.approx({100: 0.6 / 11, 10**4: 0.6 / 11, 10**6: 2.5 / 11})
    assert limits.mean(of["stranger"].values()) == pytest.approx((0.6 * 0.6 * 2.5) ** (1 / 3) / 11)


def test_rows_are_the_limit_then_by_share_with_replacement_only(load_report):
    table = limits.table(load_report())
    names = [row[0].text for row in table.rows]
    assert names[:2] == ["limit", "cheat"]
    assert sorted(names[1:]) == ["cheat", "fragile", "picky", "stranger", "table", "tower"]
    overall = [row[-1].sort for row in table.rows[1:]]
    assert overall == sorted(overall, reverse=True)
    first = table.rows[0][2]
    assert (first.text, first.sub, first.title) == (
        "0.600",
        "generator 0.600\ngather 0.500",
        "gather: one by one",
    )


def test_cells_are_nanoseconds_and_percent_and_failures_are_marked(load_report):
    table = limits.table(load_report())
    rows = {row[0].text: row for row in table.rows}
    assert (rows["tower"][2].text, rows["tower"][2].sub) == ("9.00", "6.7 %")
    assert rows["cheat"][1].text == "FAIL"
    assert rows["tower"][1].text == "pass"
    assert (rows["tower"][4].text, rows["tower"][4].sub) == ("–", "")  # V = 1e5 was not timed


def test_a_page_without_limits_says_what_measures_them(inputs, without_figures):
    from reports.__main__ import main

    del inputs.run["results"][NAME]
    inputs.save()
    assert main(inputs.arguments) == 0
    page = (inputs.root / "out" / "index.html").read_text(encoding="utf-8")
    assert "The limit was not measured" in page
    assert "--bench &#34;bench_limit.Limit&#34;" in page


def test_page_markdown_and_summary_show_them(published):
    for name in ("index.html", "REPORT.md"):
        text = (published / name).read_text(encoding="utf-8")
        assert "Comparison with the speed limit" in text
        assert "6.7 %" in text
    found = json.loads((published / "summary.json").read_text(encoding="utf-8"))["limit"]
    assert found["sizes"][3]["ns_per_id"] == pytest.approx(2.5)
    assert found["sizes"][3]["workload"] == "zipf_1e6"
    assert found["sizes"][2]["workload"] is None
    assert found["sizes"][0]["parts_ns"]["AVX-512 gather"] is None
    tower = next(s for s in found["samplers"] if s["sampler"] == "tower")
    assert tower["share"]["100"] == pytest.approx(0.6 / 9)
    assert next(s for s in found["samplers"] if s["sampler"] == "cheat")["status"] == "fail"


def test_the_figure_over_v_draws_both_parts_of_the_limit_and_names_them(inputs, load_report):
    def drawn():
        return throughput(load_report())

    picture = drawn()
    axes = picture.figure.axes[0]
    alone = {tuple(x.get_ydata()): x for x in axes.lines if list(x.get_xdata()) == [10**2, 10**4, 10**5, 10**6]}
    assert sorted(alone) == [pytest.approx((0.5, 0.5, 0.7, 2.5)), pytest.approx((0.6, 0.6, 0.6, 0.6))]
    labels = [text.get_text() for text in axes.texts]
    assert {GENERATOR, GATHER} <= set(labels)
    assert "the limit 2.50 ns" in picture.alt
    assert "Dashed" in picture.caption
    del inputs.run["results"][NAME]
    assert not {GENERATOR, GATHER} & {text.get_text() for text in drawn().figure.axes[0].texts}


def test_caches_are_drawn_where_their_size_is_that_of_an_alias_table(inputs, load_report):
    def drawn():
        return throughput(load_report())

    lines = [x for x in drawn().figure.axes[0].lines if len({*x.get_xdata()}) == 1 and list(x.get_ydata()) == [0, 1]]
    assert [x.get_xdata()[0] for x in lines] == [32768 / 4, 1048576 / 4]
    assert "Cache sizes marked: L1, L2" in drawn().alt
    inputs.fidelity["machine"]["caches"] = {"L3": 2**40}  # beyond what was timed
    assert "Cache" not in drawn().alt
    del inputs.fidelity["machine"]["caches"]
    assert "Cache" not in drawn().alt
