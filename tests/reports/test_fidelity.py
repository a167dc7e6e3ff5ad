# SPDX-License-Identifier: MIT
"""Verdicts by test and by workload, failures in words, the tables' audit, the broken samplers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import samplers
from benchmarks.checks import Sampler
from benchmarks.documents import FINDINGS
from benchmarks.variants import create
from reports.__main__ import main
from reports.about import facts
from reports.caveats import is_pool
from reports.fidelity import audit, details, float32, gate, mutants, words
from reports.fidelity.float32 import of_pool
from reports.sections.faithful import home
from reports.verdict import verdict
from tests.reports.asv_document import COMMIT
from tests.reports.documents import header


def result(inputs, sampler, workload, k=5):
    return next(
        r for r in inputs.fidelity["results"] if (r["sampler"], r["workload"], r["k"]) == (sampler, workload, k)
    )


def cells(table):
    """By the first cell of the row and the title of the column."""
    return {(row[0].text, c.title): cell for row in table.rows for c, cell in zip(table.columns, row, strict=True)}


def test_the_matrix_has_the_worst_check_of_each_test(inputs, load_report):
    result(inputs, "tower", "flat")["tests"][1] |= {"p_value": 2e-4, "p_adjusted": 6e-4}
    table = cells(gate.by_test(load_report(), "english"))
    cell = table["chi-square", "tower"]
    assert (cell.text, cell.sub, cell.kind) == ("✓", "6e-04", "pass")
    assert "all 5 checks pass. Worst on flat (k = 5)" in cell.title
    assert "observed bias 0.0040, detectable 0.019, 327,680 ids; detects a <bias> of 0.019" in cell.title


def test_a_single_failed_check_fails_the_cell(inputs, load_report):
    broken = result(inputs, "loop", "zipf_1e2", 20)
    broken["passed"] = False
    broken["tests"][1] |= {"p_value": 0.0, "p_adjusted": 0.0, "passed": False, "effect": 0.5}
    report = load_report()
    cell = cells(gate.by_test(report, "english"))["duplicates", "loop"]
    assert (cell.text, cell.sub, cell.kind) == ("✗ FAIL", "0", "fail")
    assert "1 of 7 checks fail. Worst on zipf_1e2 (k = 20)" in cell.title
    assert cells(gate.by_test(report, "english"))["duplicates", "loop, calls=1"].text == "✓"


def test_a_test_that_does_not_apply_is_a_dash_and_a_sampler_without_checks_no_column(load_report):
    table = gate.by_test(load_report(), "english")
    assert cells(table)["duplicates", "tower"].text == "–"
    assert "gpu" not in {c.title for c in table.columns}
    assert any("gpu: no <GPU> | here" in note for note in table.notes)


def test_an_exception_is_a_row_of_its_own(inputs, load_report):
    table = cells(gate.by_test(load_report(), "english"))
    assert table[gate.NO_ERROR, "fragile"].kind == "fail"
    assert "ValueError" in table[gate.NO_ERROR, "fragile"].title
    assert table[gate.NO_ERROR, "tower"].kind == table[gate.NO_ERROR, "picky"].kind == "pass"
    inputs.fidelity["results"] = [r for r in inputs.fidelity["results"] if r["sampler"] != "fragile"]
    assert gate.NO_ERROR not in {row for row, _ in cells(gate.by_test(load_report(), "english"))}


def test_tests_stand_where_they_follow_another(load_report):
    names = [row[0].text for row in gate.by_test(load_report(), "english").rows]
    assert names == [gate.NO_ERROR, "range", "duplicates", "chi-square", "table law"]


def test_the_detectable_bias_in_words_is_that_of_the_headlines_workload(inputs, load_report):
    result(inputs, "tower", "english")["tests"][1] |= {"n": 10**6, "detects": "a tiny bias"}
    result(inputs, "tower", "flat")["tests"][1] |= {"n": 10**7, "detects": "a tinier bias"}
    row = next(row for row in gate.by_test(load_report(), "english").rows if row[0].text == "chi-square")
    assert (row[-1].text, row[-1].sub) == ("a tiny bias", "1,000,000 ids")


def test_the_gate_by_workload_has_p_and_the_weakest_power(inputs, load_report):
    result(inputs, "loop", "english", 20)["tests"][2]["detectable"] = 0.2
    table = cells(gate.by_workload(load_report()))
    assert (table["tower", "english"].text, table["tower", "english"].sub) == ("pass", "p 0.36\ndetects 1.9 %")
    assert table["loop", "english"].sub == "p 0.36\ndetects 20 %"
    result(inputs, "loop", "english", 20)["tests"][2]["detectable_rare"] = 0.3
    assert cells(gate.by_workload(load_report()))["loop", "english"].sub == "p 0.36\ndetects 20 % / 30 %"
    assert table["loop", "english"].title == "k = 5: 65,536 rows; k = 20: 65,536 rows"
    assert table["cheat", "flat"].sub == "p 0 (chi-square)\ndetects 1.9 %"
    assert table["fragile", "flat"].sub == "ValueError: <b>weights</b> | none"
    assert {cell.text for (row, title), cell in table.items() if row == "gpu" and title != "sampler"} == {"skipped"}


def test_failures_are_one_row_a_test_with_bias_and_power(load_report):
    table = details.failed(load_report())
    assert [(row[0].text, row[1].text) for row in table.rows] == [("cheat", "chi-square"), ("fragile", "exception")]
    by_sampler = cells(table)
    assert by_sampler["cheat", "failed on"].text == "5 of 5 checks"
    assert by_sampler["cheat", "failed on"].sub == "english, post004 and 3 more"
    biases = [by_sampler["cheat", column].text for column in ("observed bias", "detectable bias")]
    assert biases == ["0.19", "0.019"]


def test_the_page_lists_the_tests_of_one_workload_and_the_summary_all(inputs, published):
    counted = {r["workload"]: 0 for r in inputs.fidelity["results"]}
    for r in inputs.fidelity["results"]:
        counted[r["workload"]] += len(r.get("tests", []))
    page = (published / "index.html").read_text(encoding="utf-8")
    assert f"All {counted['english']} tests on english" in page
    summary = json.loads((published / "summary.json").read_text(encoding="utf-8"))
    assert sum(len(check["tests"]) for check in summary["fidelity"]) == sum(counted.values())


def test_an_id_that_can_never_come_is_told_in_words(inputs, load_report):
    broken = result(inputs, "stranger", "flat")
    broken["passed"] = False
    broken["audit"]["never_drawn"] = 10_345
    failed = {"name": "table support", "p_value": 0.0, "p_adjusted": 0.0, "passed": False}
    broken["tests"].append(broken["tests"][-1] | failed)
    report = load_report()
    paragraphs = dict(verdict(report).paragraphs)
    assert "`stranger` fails on `flat`: 10,345 ids can never be drawn (table support)." in paragraphs["Not faithful"]
    assert report.status("stranger") == "fail"
    cell = cells(audit.table(report))["stranger", "flat"]
    assert (cell.text, cell.kind) == ("FAIL 1.0e-4", "fail")
    assert "10,345 never drawn (3.0e-9)" in cell.sub.splitlines()


def test_failures_that_one_test_does_not_explain_are_told_apart(inputs, load_report):
    for workload, name in (("flat", "table law"), ("zipf_1e4", "chi-square"), ("zipf_1e2", "chi-square")):
        broken = result(inputs, "stranger", workload)
        broken["passed"] = False
        test = next(t for t in broken["tests"] if t["name"] == name)
        test |= {"passed": False, "p_value": 1e-9, "p_adjusted": 3e-9, "effect": 0.038}
    sentences = words.failures(load_report().checks_of("stranger"))
    assert sentences == [
        "on `zipf_1e2` and `zipf_1e4`: chi-square fails, adjusted p = 3e-09; the probabilities are off by 3.8 % "
        "(root mean square over the draws), 2 times the detectable bias (a <bias> of 0.019), worst on `zipf_1e2`",
        "on `flat`: the total variation distance of its table from the noise distribution is 0.010 %, which 1.2e11 "
        "draws detect "
        "(table law)",
    ]


def test_the_audit_has_the_error_its_place_and_the_draws_that_show_it(inputs, load_report):
    exact = {"total_variation": 0.0, "max_relative_error": 0.0, "draws_to_notice": None}
    result(inputs, "stranger", "post004")["audit"] |= exact
    table = cells(audit.table(load_report()))
    cell = table["stranger", "english"]
    assert (cell.text, cell.sub.splitlines()) == ("1.0e-4", ["worst −13 %, id 99", "1.2e11 draws"])
    assert (table["stranger", "post004"].text, table["stranger", "post004"].sub) == ("exact", "no number of draws")


def test_samplers_with_the_same_tables_share_a_row(inputs, load_report):
    for r in inputs.fidelity["results"]:
        if r["sampler"] in ("tower", "table"):
            r["audit"] = result(inputs, "stranger", "english")["audit"] | {"total_variation": 1e-9}
    result(inputs, "table", "flat")["audit"]["total_variation"] = 2e-4
    assert [row[0].text for row in audit.table(load_report()).rows] == ["table", "tower", "stranger"]
    result(inputs, "tower", "flat")["audit"]["total_variation"] = 2e-4
    assert [row[0].text for row in audit.table(load_report()).rows] == ["table; tower", "stranger"]


@pytest.mark.parametrize(("commit", "told"), [("f" * 40, "f" * 40), (None, "unknown"), (COMMIT, None)])
def test_checks_of_another_commit_or_of_none_are_told(inputs, load_report, commit, told):
    inputs.fidelity["commit"] = commit
    found = dict(facts(load_report())).get("commit checked")
    assert found == (told and f"{told}: not the commit that was timed")


def test_without_an_audit_there_is_no_table(inputs, load_report):
    for r in inputs.fidelity["results"]:
        r["audit"] = None
    assert audit.table(load_report()) is None


def test_power_is_told_of_the_largest_sample_and_of_the_smallest(inputs, load_report):
    slow = result(inputs, "loop", "english")
    slow["ids"] = 2_560
    slow["tests"][1]["detects"] = "one row in nine"
    both, distinct, fewer = words.power(load_report().checks, "english", str)
    assert both == (
        "A pass with 327,680 ids (rows of 5) on `english` excludes each of these biases with probability 0.99: "
        "a <bias> of 0.019 (chi-square)."
    )
    assert "327,680 distinct ids" in distinct
    assert "a <bias> of 7e-05 (duplicates)" in distinct
    assert fewer.startswith("With fewer draws a pass excludes less. `loop` drew 2,560 ids, which exclude only: ")
    assert "one row in nine (duplicates)" in fewer


def test_all_broken_samplers_rejected_is_one_quiet_sentence(load_report):
    report = load_report()
    text = dict(verdict(report).paragraphs)["Test of the tests"]
    assert text == "3 of 3 broken samplers are rejected by the test made for them."
    table = cells(mutants.table(report))
    assert table["shifted", "result"].text == "rejected"
    assert table["shifted", "other tests that reject it"].text == "1"
    assert table["shifted", "rows"].sub == "k = 5"


@pytest.mark.parametrize(("rejected", "sub", "silent"), [(True, "by its test", False), (False, "by every test", True)])
def test_a_missed_broken_sampler_is_loud(inputs, capsys, load_report, rejected, sub, silent, without_figures):
    inputs.fidelity["mutants"][2] |= {"caught": False, "rejected": rejected, "p_adjusted": 0.4, "failed": []}
    report = load_report()
    title, text = verdict(report).paragraphs[0]
    assert title == "Test of the tests"
    assert text.startswith(f"{words.ALARM}: 2 of 3 broken samplers")
    assert "Missed: `cycled` (windows)." in text
    assert ("No test at all rejects `cycled`." in text) is silent
    first = mutants.table(report).rows[0]
    assert (first[0].text, first[3].text, first[3].sub) == ("cycled", "MISSED", sub)
    assert main(inputs.arguments) == 0
    assert words.ALARM in capsys.readouterr().out
    page = (inputs.root / "out" / "index.html").read_text(encoding="utf-8")
    assert page.index('class="alarm" role="alert"') < page.index("<header>")
    assert f"**{words.ALARM}" in (inputs.root / "out" / "REPORT.md").read_text(encoding="utf-8")


def test_no_broken_samplers_at_all_is_said(inputs, load_report):
    inputs.fidelity["mutants"] = []
    report = load_report()
    assert mutants.table(report) is None
    assert "nothing shows that the tests can fail" in dict(verdict(report).paragraphs)["Test of the tests"]


def test_the_page_marks_verdicts_by_shape_and_word_and_is_not_alarmed(published):
    page = (published / "index.html").read_text(encoding="utf-8")
    assert "<span>✗ FAIL</span><small>0</small>" in page
    assert "<span>✓</span><small>0.36</small>" in page
    assert 'class="alarm"' not in page
    assert "is &lt;wrong&gt;." in page


def test_the_summary_holds_the_broken_samplers_and_every_key_is_documented(published):
    summary = json.loads((published / "summary.json").read_text(encoding="utf-8"))
    assert (summary["mutants"]["caught"], summary["mutants"]["total"]) == (3, 3)
    schema = (Path(main.__code__.co_filename).parent / "schema.md").read_text(encoding="utf-8")
    check = next(c for c in summary["fidelity"] if c["audit"])
    keys = {*check, *check["tests"][0], *check["audit"], *check["ranks"], *summary["mutants"]["results"][0]}
    assert not [key for key in keys if f"`{key}`" not in schema]


def findings(draws):
    """The part of docs/findings.json that the report reads."""
    worst = {"max_relative_error": 0.5597, "worst_implied": 1.8e-7, "worst_target": 1.1e-7}
    audit = {"table": "torch, float32", "workload": "english", "total_variation": 2.56e-3, "draws_to_notice": draws}
    return header(FINDINGS) | {"tables": {"audits": [audit | worst, audit | worst | {"table": "alias"}]}}


def test_the_section_says_with_which_weights_torch_was_checked(inputs, load_report):
    def of_float32():
        report = load_report()
        return float32.said(report, home(report))

    assert of_float32() == []
    (inputs.root / "findings.json").write_text(json.dumps(findings(1.08e7)))
    (text,) = of_float32()
    assert text.startswith("A row of torch passes here with float64 weights. With float32, the default of torch, ")
    assert "0.26 % of the draws go to a wrong id (total variation 0.0026)" in text
    assert "the worst id is 56 % too high. 1.1e7 draws detect it." in text
    (inputs.root / "findings.json").write_text(json.dumps(findings(None)))
    assert "detect it" not in of_float32()[0]


def test_the_row_of_torch_has_float64_weights(monkeypatch):
    torch = pytest.importorskip("torch")
    draw, types = torch.multinomial, []
    monkeypatch.setattr(
        torch, "multinomial", lambda p, *more, **named: types.append(p.dtype) or draw(p, *more, **named)
    )
    create("torch_one_call", samplers.from_weights([3.0, 2.0, 1.0]), rng=1).sample(200, 5)
    assert set(types) == {torch.float64}


def test_of_failed_tables_the_one_farthest_from_its_law_is_stated(inputs, load_report):
    for workload, distance, p in (("flat", 1.6e-3, 1e-7), ("zipf_1e2", 5e-4, 0.0)):
        broken = result(inputs, "stranger", workload)
        broken["passed"] = False
        broken["audit"] |= {"total_variation": distance, "draws_to_notice": 1e8}
        test = next(t for t in broken["tests"] if t["name"] == "table law")
        test |= {"passed": False, "p_value": p, "p_adjusted": p}
    (sentence,) = words.failures(load_report().checks_of("stranger"))
    assert "noise distribution is 0.16 %" in sentence
    assert sentence.endswith("worst on `flat`")


def test_a_pool_that_is_used_again_has_its_size_in_words(inputs, load_report):
    pool = {"pool_size": 10_000, "drawable": 321_180, "distinct": 6_224}
    pool |= {"never_drawn_mass": 0.49993, "total_variation": 0.54855}
    document = findings(1e7) | {"drawing_ahead": [{"workload": "english", "reused": pool}]}
    assert of_pool(load_report(), "english") == ""
    (inputs.root / "findings.json").write_text(json.dumps(document))
    text = of_pool(load_report(), "english")
    assert "holds 6,224 of 321,180 ids: 50 % of the probability is never drawn, and 55 % of the draws" in text
    assert is_pool(Sampler("pool_reuse", variant_of="pool", options={"reuse": True}))
    assert not is_pool(Sampler("pool"))
