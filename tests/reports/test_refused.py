# SPDX-License-Identifier: MIT
"""A sampler that says it is not made for a distribution has not failed."""

from __future__ import annotations

import json

from reports.fidelity.details import all_of, failed
from reports.fidelity.gate import by_workload
from reports.figures.ranks import rank_title
from reports.tables import overview
from reports.verdict import verdict

REASON = "the weights <hardly> repeat"


def row(table, name):
    return next(r for r in table.rows if r[0].text == name)


def test_the_gate_says_refused_with_the_reason(load_report):
    table = by_workload(load_report())
    cell = row(table, "picky")[-1]
    assert (cell.text, cell.kind, cell.title) == ("refused", "refused", REASON)
    assert any(note.startswith("Refused:") for note in table.notes)


def test_it_is_counted_apart_and_is_no_failure(load_report):
    report = load_report()
    assert report.status("picky") == "pass"
    cell = row(overview(report), "picky")[1]
    assert (cell.text, cell.sub) == ("pass", "4 of 4\n1 refused")
    paragraphs = dict(verdict(report).paragraphs)
    assert "picky" not in paragraphs["Not faithful"]
    assert paragraphs["Refused"] == "`picky` on `flat`: the weights <hardly> repeat."


def test_it_may_win_elsewhere_and_not_there(inputs, load_report):
    values, *_ = inputs.run["results"]["bench_sample.Sample.time_sample"]
    values[-12:] = [1e-9 * 16_384 * 5] * 12  # the last sampler: 6 workloads at 2 numbers of rows
    report = load_report()
    won = {w.workload.name for w in verdict(report).wins if w.winner == "picky"}
    assert won == {"english", "post004", "zipf_1e2", "zipf_1e4", "zipf_1e6"}
    assert not report.eligible("picky", "flat")


def test_a_refusal_alone_is_no_check(inputs, load_report):
    inputs.fidelity["results"] = [
        r for r in inputs.fidelity["results"] if r["sampler"] != "picky" or r["workload"] == "flat"
    ]
    report = load_report()
    assert report.status("picky") == "unchecked"
    # Where nobody but a refuser was asked, the others are trusted for passing elsewhere.
    inputs.fidelity["results"] = [
        r for r in inputs.fidelity["results"] if r["sampler"] == "picky" or r["workload"] != "flat"
    ]
    assert load_report().eligible("tower", "flat")


def test_the_details_hold_the_reason_and_the_failures_do_not(load_report):
    report = load_report()
    refusals = [r for r in all_of(report, "flat").rows if r[8].text == "refused"]
    assert [(r[0].text, r[-1].text) for r in refusals] == [("picky", REASON)]
    assert "picky" not in {r[0].text for r in failed(report).rows}


def test_a_speed_that_a_refusal_leaves_out_says_so(inputs, load_report):
    result = next(r for r in inputs.fidelity["results"] if r["sampler"] == "picky" and r["workload"] == "english")
    result |= {"refused": True, "passed": False, "error": "ValueError: picky: no"}
    values, *_ = inputs.run["results"]["bench_sample.Sample.time_sample"]
    values[-12:] = [float("nan")] * 12
    table = overview(load_report())
    column = [c.title for c in table.columns].index("english")
    assert row(table, "picky")[column].text == "refused"
    assert row(table, "picky")[column].title == "no"


def test_the_title_by_rank_leaves_refusers_out(load_report):
    report = load_report()
    checks = {s.name: next(iter(report.checks_of(s.name, "flat")), None) for s in report.samplers}
    title = rank_title(report, checks, "flat")
    assert title.startswith("5 of 7 samplers")
    assert "picky" not in title


def test_page_and_summary_show_it(published):
    page = (published / "index.html").read_text(encoding="utf-8")
    assert f'title="{REASON.replace("<", "&lt;").replace(">", "&gt;")}"><span>refused</span>' in page
    checks = json.loads((published / "summary.json").read_text(encoding="utf-8"))["fidelity"]
    assert [(c["sampler"], c["workload"]) for c in checks if c["refused"]] == [("picky", "flat")]
