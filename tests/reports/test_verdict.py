# SPDX-License-Identifier: MIT
"""The verdict in words."""

from __future__ import annotations

import pytest

from reports.tables import overview
from reports.verdict import family, verdict


def said(report, title):
    return dict(verdict(report).paragraphs)[title]


def winners(report):
    return {(w.workload.name, w.replacement): w.winner for w in verdict(report).wins}


def test_a_sampler_that_failed_a_check_cannot_win(load_report):
    report = load_report()
    assert report.ns("cheat", "english").value < report.ns("stranger", "english").value
    assert "cheat" not in winners(report).values()
    assert winners(report)["english", True] == "stranger"
    assert said(report, "Not faithful").startswith(
        "`cheat` fails on all 5 workloads: chi-square fails, adjusted p = 0; the probabilities are off by 19 % "
        "(root mean square over the draws), 10 times the detectable bias (a <bias> of 0.019), worst on `english`. "
    )


def test_one_failed_workload_is_enough(load_report):
    report = load_report()
    assert report.status("fragile") == "fail"
    assert "`fragile` fails on `flat` (ValueError" in said(report, "Not faithful")


def test_a_sampler_without_a_check_cannot_win(inputs, load_report):
    inputs.fidelity["results"] = [r for r in inputs.fidelity["results"] if r["sampler"] != "stranger"]
    report = load_report()
    assert winners(report)["english", True] == "tower"
    assert "`stranger`" in said(report, "Not checked")


def test_a_sampler_unchecked_on_a_workload_that_others_were_checked_on_cannot_win_there(inputs, load_report):
    gone = ("stranger", "english")
    inputs.fidelity["results"] = [r for r in inputs.fidelity["results"] if (r["sampler"], r["workload"]) != gone]
    by_cell = winners(load_report())
    assert by_cell["english", True] == "tower"
    assert by_cell["zipf_1e6", True] == "stranger"


def test_ratios_have_two_digits_and_the_right_direction(load_report):
    report = load_report()
    text = verdict(report).headline
    assert text == (
        "`stranger` is the fastest faithful sampler on real English word counts (321,180 ids): 11.0 ns per id "
        "with replacement."
    )
    ahead = report.ns("tower", "english").value / 11.0
    assert f"{ahead:.1f} times faster than the runner-up `tower`" in said(report, "With replacement")
    assert "which draws without replacement" in said(report, "With replacement")


def test_a_positional_winner_is_set_against_the_fastest_that_is_not(inputs, load_report):
    words = "sampler that is not positional"
    assert words not in said(load_report(), "With replacement")  # the winner is not positional itself
    for sampler in inputs.fidelity["samplers"]:
        sampler["positional"] = sampler["name"] in ("stranger", "tower")
    report = load_report()
    ahead = report.ns("picky", "english").value / report.ns("stranger", "english").value
    text = said(report, "With replacement")
    assert f"{ahead:.1f} times faster than the fastest {words}, `picky`" in text
    assert words not in said(report, "Without replacement")
    for sampler in inputs.fidelity["samplers"]:
        sampler["positional"] = sampler["name"] == "stranger"
    assert words not in said(load_report(), "With replacement")  # the runner-up, named already


def test_the_winner_may_change_with_the_number_of_ids(load_report):
    text = said(load_report(), "Across vocabulary sizes")
    assert "With replacement, the winner changes with V: `tower` at V = 100 (9.00 ns)" in text
    assert "`stranger` from V = 10,000 (11.0 ns) to 1,000,000 (11.0 ns)" in text


TOWER_ON_ENGLISH = 6 * 2 * 3 + 1  # at 16,384 rows


def beside_the_winner(inputs, report, factor):
    """Scale tower on english, samples and all, to this many times the winner's time."""
    values = inputs.run["results"]["bench_sample.Sample.time_sample"]
    scale = report.ns("stranger", "english").value / report.ns("tower", "english").value * factor
    for column in (0, 7, 8):
        values[column][TOWER_ON_ENGLISH] *= scale
    values[11][TOWER_ON_ENGLISH] = [sample * scale for sample in values[11][TOWER_ON_ENGLISH]]
    return values


def test_an_interval_that_includes_1_is_too_close_to_call(inputs, load_report):
    beside_the_winner(inputs, load_report(), 1.01)
    win = next(w for w in verdict(load_report()).wins if w.workload.name == "english" and w.replacement)
    assert win.runner_up == "tower"
    assert win.close
    assert win.margin.low < 1 < win.margin.high
    text = said(load_report(), "With replacement")
    assert "too close to call against the runner-up `tower` (11.1 ns)" in text
    assert f"the 99 % interval of the ratio is {win.margin.span}" in text


def test_a_clear_win_has_its_interval(inputs, load_report):
    beside_the_winner(inputs, load_report(), 1.5)
    win = next(w for w in verdict(load_report()).wins if w.workload.name == "english" and w.replacement)
    assert not win.close
    assert 1.2 < win.margin.low < 1.5 < win.margin.high < 1.85
    assert f"1.5 times faster than the runner-up `tower` (99 % interval {win.margin.span})" in said(
        load_report(), "With replacement"
    )


@pytest.mark.parametrize(("factor", "close"), [(1.01, True), (1.5, False)])
def test_without_samples_overlapping_quartiles_are_too_close_to_call(inputs, load_report, factor, close):
    values = beside_the_winner(inputs, load_report(), factor)
    values[11][:] = [None] * len(values[11])
    win = next(w for w in verdict(load_report()).wins if w.workload.name == "english" and w.replacement)
    assert (win.margin.told_apart, win.close) == (None, close)
    assert ("their quartiles overlap" in said(load_report(), "With replacement")) is close


def test_what_the_table_says_beyond_the_checks_is_told_of_the_winner(load_report):
    text = said(load_report(), "Exact errors of the tables")
    assert "the largest relative error of a probability in the table of `stranger` is 13 %" in text
    assert "1.2e11 draws would detect it" in text


def test_skipped_and_broken_are_told_with_their_reasons(load_report):
    assert said(load_report(), "Skipped") == "`gpu`: no <GPU> | here."
    assert "`fragile` on `zipf_1e6`" in said(load_report(), "Failed benchmarks")


def test_nothing_timed_and_nothing_faithful_are_said(inputs, load_report):
    for result in inputs.fidelity["results"]:
        result["passed"] = False
    assert "there is no winner" in verdict(load_report()).headline
    inputs.run["results"] = {}
    assert verdict(load_report()).headline == "Nothing was timed: there is no winner."


def test_the_family_is_the_largest_group_that_differs_in_size_alone(load_report):
    assert family(load_report().timed()) == ["zipf_1e2", "zipf_1e4", "zipf_1e6"]


@pytest.mark.parametrize(("sampler", "text"), [("tower", "9.00"), ("loop", "2,500*"), ("gpu", "–")])
def test_the_overview_has_nanoseconds_an_id(load_report, sampler, text):
    table = overview(load_report())
    column = [c.title for c in table.columns].index("zipf_1e2")
    row = next(r for r in table.rows if r[0].text == sampler)
    assert row[column].text == text


@pytest.mark.parametrize(("spread", "told"), [(0.1, False), (0.4, True)])
def test_a_machine_that_did_something_else_is_told(inputs, load_report, spread, told):
    """Every time gets quartiles that are so far apart, as a share of it."""
    row = inputs.run["results"]["bench_sample.Sample.time_sample"]
    for i, value in enumerate(row[0]):
        if isinstance(value, float) and row[7][i] is not None:
            row[7][i], row[8][i] = value * (1 - spread / 2), value * (1 + spread / 2)
    paragraphs = dict(verdict(load_report()).paragraphs)
    assert ("Unsteady" in paragraphs) == told
    if told:
        assert "one time in ten the quartiles differ by more than 40 %" in paragraphs["Unsteady"]
