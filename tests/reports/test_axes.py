# SPDX-License-Identifier: MIT
"""Benchmarks of one question each, break-even and the front of error and time."""

from __future__ import annotations

import dataclasses
import itertools
import math

import pytest

from reports import axes, break_even
from reports.derived import Plan
from reports.figures.shape import scaling
from reports.figures.speed import ranking
from reports.figures.style import COLOURS, MARKERS, MOST_SERIES, looks
from reports.sections.costs import costs
from reports.sections.errors import error_of, front, pareto, points
from reports.sections.settings import of_exclusion, of_loader
from reports.statistics import Measurement
from reports.verdict import home
from tests.reports.documents import questions

AXES = {question.key: question for question in questions()}


def cell(report, key, name, setting):
    table = axes.table(report, AXES[key])
    row = next(r for r in table.rows if r[0].text == name)
    return row[[c.title for c in table.columns].index(setting)]


def test_nanoseconds_an_id_are_seconds_over_what_a_call_draws(load_report):
    report = load_report()
    # A call takes 1 us and 9 ns per id, tower's time at V = 100.
    assert cell(report, "rows", "tower", "english, 1").sort == pytest.approx(9 + 1000 / 5)
    assert cell(report, "rows", "tower", "english, 65,536").sort == pytest.approx(9 + 1000 / (5 * 65_536))
    assert cell(report, "columns", "tower", "zipf_1e4, 64").sort == pytest.approx(9 + 1000 / (1024 * 64))
    assert cell(report, "large", "tower", "1e8").sort == pytest.approx(4e-3 * 3 * 1e9 / (16_384 * 5))


def test_a_sampler_that_pays_for_each_row_is_divided_by_the_rows_that_it_was_asked_for(load_report):
    report = load_report()
    assert cell(report, "columns", "loop", "english, 5").sort == pytest.approx(2500 + 1000 / (64 * 5))
    assert cell(report, "exclusion", "loop", "english, none").sort == pytest.approx(2500 + 1000 / (64 * 5))


def test_settings_stand_beside_the_first_of_their_workload(load_report):
    report = load_report()
    assert cell(report, "exclusion", "tower", "english, none").sub == ""
    assert cell(report, "exclusion", "tower", "english, one").sub == "~"
    expected = (1e-6 + 1.8 * 9e-9 * 5120) / (1e-6 + 9e-9 * 5120)
    assert cell(report, "exclusion", "tower", "zipf_1e4, csr").sub == f"{expected:.2f}×"


def test_large_tables_have_their_bytes_and_import_needs_no_sampler(load_report):
    report = load_report()
    assert cell(report, "large", "tower", "tables, 1e8").text == "12.0 MB"
    names = [row[0].text for row in axes.table(report, AXES["large"]).rows]
    assert names == ["tower", "stranger"]
    assert cell(report, "import", "samplers", "time").text == "80.0 ms"


def test_what_was_not_measured_names_its_command(load_report, published):
    assert axes.table(load_report(), AXES["threads"]) is None
    markdown = (published / "REPORT.md").read_text("utf-8")
    assert "Not measured; to measure it, run `.venv/bin/asv run" in markdown
    assert '--bench "bench_threads.Threads"`' in markdown


def test_the_scaling_figure_has_a_panel_for_each_axis_and_few_lines(load_report):
    picture = scaling(load_report())
    panels = [a for a in picture.figure.axes if a.get_visible()]
    assert [a.get_title(loc="left") for a in panels] == ["english"] * 2
    able = [n for n in load_report().measured["rows"] if n != "gpu"]
    assert len(panels[0].lines) == min(len(able), MOST_SERIES)


PLANS = [
    Plan("a", "a", 0.0, 100.0),
    Plan("b", "b", 1e-3, 10.0),
    Plan("c", "c", 1.0, 1.0),
    Plan("d", "d", 2.0, 50.0),
    Plan("e", "e", 0.9e-3, 99.0),
]


def test_break_even_is_where_both_have_taken_the_same_time():
    for slow, quick in itertools.permutations(PLANS, 2):
        ids = break_even.break_even(slow, quick)
        if 0 < ids < math.inf:
            assert slow.seconds(ids) == pytest.approx(quick.seconds(ids))
            assert slow.seconds(2 * ids) < quick.seconds(2 * ids)
    assert break_even.break_even(PLANS[3], PLANS[2]) == math.inf
    assert break_even.break_even(PLANS[2], PLANS[3]) == 0.0


def test_the_envelope_is_the_cheapest_at_every_number_of_ids():
    stretches = break_even.envelope(PLANS)
    assert [s.plan.sampler for s in stretches] == ["a", "b", "c"]
    for exponent in range(1, 100):
        ids = 10 ** (exponent / 9)
        here = [s for s in stretches if s.start <= ids][-1].plan
        assert here.seconds(ids) == min(plan.seconds(ids) for plan in PLANS)


def test_the_table_of_break_even_says_who_is_cheapest(load_report):
    report = load_report()
    rows = {r[0].text: r for r in break_even.table(report).rows}
    assert set(rows) == {"table", "tower", "stranger", "picky", "loop", "loop, calls=1"}  # those that pass
    build = {name: report.build[name, "english"].value for name in ("table", "stranger")}
    ns = {name: report.ns(name, "english").value for name in ("table", "stranger")}
    ids = (build["stranger"] - build["table"]) / ((ns["table"] - ns["stranger"]) * 1e-9)
    assert rows["stranger"][4].sort == pytest.approx(ids)
    assert rows["stranger"][6].text.endswith("on")


def test_the_error_is_the_tables_else_what_the_test_leaves_and_of_a_failure_what_was_seen(load_report):
    report = load_report()

    def found(name):
        return error_of(report.checks_of(name, "english"))

    assert found("stranger") == (1e-4, "exact")
    assert found("tower") == (0.019 / 2, "at most")
    assert found("cheat") == (0.19 / 2, "seen")
    assert error_of([]) is None


def test_nobody_on_the_front_is_beaten_in_both(load_report):
    report = load_report()
    every = points(report, home(report), True)
    best = front(every)
    able = [p for p in every if p.passed]
    for point in able:
        beaten = any(p.ns <= point.ns and p.error <= point.error and p != point for p in able)
        assert (point in best) is not beaten
    assert "cheat" not in {p.sampler for p in best}
    assert "cheat 0.300 ns, FAILED, error 0.095" in pareto(report).alt


def test_pictures_leave_out_what_refuses_counts_and_gpus_that_are_absent(load_report):
    # They would stand there as "not measured".
    report = load_report()

    def changed(name, **values):
        return tuple(dataclasses.replace(s, **values) if s.name == name else s for s in report.samplers)

    for picture in (ranking, costs):
        before = labels(picture(report))
        for name, values in (("table", {"laws": "uniform"}), ("gpu", {"device": "cuda"})):
            assert name in before
            after = labels(picture(dataclasses.replace(report, samplers=changed(name, **values))))
            assert after == [x for x in before if x != name]


def labels(picture):
    return [label.get_text() for label in picture.figure.axes[0].get_yticklabels()]


def test_a_price_within_the_noise_is_no_price(load_report):
    report = load_report()
    known = report.measured["exclusion"]

    def cell(ns):
        return Measurement(ns, ns, ns, samples=tuple(ns * x for x in (0.95, 0.97, 0.98, 1.0, 1.02, 1.04, 1.06)))

    known["tower"] = {("zipf_1e4", "none"): cell(1.0), ("zipf_1e4", "one"): cell(0.99)}
    assert of_exclusion(report).startswith(
        "The price of one excluded id per row is within the noise of these times in a call of `tower` on `zipf_1e4`"
    )
    known["tower"] = {("zipf_1e4", "none"): cell(0.1), ("zipf_1e4", "one"): cell(0.3)}
    assert of_exclusion(report).startswith("One excluded id per row takes 3.0 times the time of a plain call")


def test_the_section_on_the_loader_says_what_to_do(load_report):
    report = load_report()
    axis = next(axis for axis in report.tables if axis.key == "loader")
    report.measured["loader"].clear()
    assert of_loader(report, axis) == ""
    report.measured["loader"]["tower"] = {(0,): Measurement(0.0135), (2,): Measurement(0.0658)}
    report.measured["loader"]["stranger"] = {(0,): Measurement(0.3), (2,): Measurement(0.2)}
    text = of_loader(report, axis)
    assert text.startswith("With `tower` an epoch takes 13.5 ms with 0 workers and 65.8 ms with 2 workers: draw in the")
    assert text.endswith("Of the others, `stranger` had a shorter epoch the other way.")


def test_samplers_of_one_picture_have_colours_of_their_own(load_report):
    """Seven colours gave `cum_table` and `scipy_alias_urn`, which are seven apart, the same pink."""
    known = list(looks(load_report()).values())
    assert len({look.colour for look in known}) == len(known)  # of nine samplers
    assert math.gcd(len(COLOURS), len(MARKERS)) == 1  # each colour has each marker once
