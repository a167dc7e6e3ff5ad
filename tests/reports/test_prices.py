# SPDX-License-Identifier: MIT
"""The section on prices: goals, results, refusals, and files that are missing or damaged."""

from __future__ import annotations

import json

import pytest

from benchmarks.requests import REQUESTS
from reports.__main__ import main
from reports.sections import prices


def row(report, request):
    return next(r for r in prices.table(report).rows if r[0].text == request)


@pytest.mark.parametrize(
    ("request_text", "result", "by", "goal", "price", "quartiles"),
    [
        ("into an <array> | row", "reached", "", "1.05×", "1.00×", "0.900–1.10"),
        ("a history a row", "missed", "2.0 times the goal", "2.50×", "5.00×", "4.50–5.50"),
        ("building", "reached", "", "0.100 s", "0.0912 s", "0.0821–0.100"),
        ("of all ids", "missed", "", "5.00 ms", "refused", ""),
    ],
)
def test_each_request_has_its_goal_its_price_and_the_result(
    load_report, request_text, result, by, goal, price, quartiles
):
    cells = row(load_report(), request_text)
    assert (cells[1].text, cells[1].sub, cells[2].text) == (result, by, goal)
    assert (cells[3].text, cells[3].sub) == (price, quartiles)


def test_the_sentence_counts_what_is_reached(inputs, load_report):
    assert prices.finding(load_report()) == "2 of 4 goals for the prices of requests are reached, 2 missed."
    inputs.prices["results"] = inputs.prices["results"][:1]
    assert prices.finding(load_report()) == "1 of 1 goals for the prices of requests are reached."


def test_the_notes_tell_the_plain_draw_the_rounds_and_another_commit(inputs, load_report):
    (note,) = prices.table(load_report()).notes
    assert "tower.sample(1024, k), zipf_1e4" in note
    assert "5 rounds" in note
    inputs.prices["commit"] = "beef" * 10
    assert "commit beefbeef, which is not the commit of this page" in prices.table(load_report()).notes[1]


def test_page_markdown_and_summary_show_them(published):
    page, markdown = ((published / name).read_text(encoding="utf-8") for name in ("index.html", "REPORT.md"))
    assert "into an &lt;array&gt; | row" in page
    assert "about 9 &lt;minutes&gt;" in page
    assert "**missed** (2.0 times the goal)" in markdown
    recorded = json.loads((published / "summary.json").read_text(encoding="utf-8"))["prices"]
    assert (recorded["reached"], recorded["total"]) == (2, 4)
    assert recorded["results"][3]["price"] is None


def test_without_their_file_the_page_says_what_makes_it(inputs, without_figures):
    (inputs.root / "prices.json").unlink()
    assert main(inputs.arguments) == 0
    out = inputs.root / "out"
    assert "run <code>python -m benchmarks.prices</code>" in (out / "index.html").read_text("utf-8")
    assert json.loads((out / "summary.json").read_text("utf-8"))["prices"] is None


@pytest.mark.parametrize(
    "change", [{"price": None}, {"goal": 0}, {"unit": None}, {"refused": "no"}, {"request": 5}, {"price": "1"}]
)
def test_a_damaged_price_is_refused_with_the_command(inputs, capsys, change):
    inputs.prices["results"][0] |= change
    inputs.save()
    assert main(inputs.arguments) == 2
    error = capsys.readouterr().err
    assert "is damaged" in error
    assert "`python -m benchmarks.prices`" in error


def test_the_sentence_begins_with_what_a_user_pays(inputs, load_report):
    known = {request.text for request in REQUESTS.values()} | {"distinct, k = 5"}
    assert set(prices.PAID) <= known
    for request, price in zip(prices.PAID, (1.43, 2.69, 1.29), strict=True):
        inputs.prices["results"].append(inputs.prices["results"][0] | {"request": request, "price": price})
    assert prices.finding(load_report()).startswith(
        "Beside a plain draw, excluding one id a row takes 1.4 times, excluding a history of 20 ids a row 2.7 times "
        "and distinct ids in rows of 5 1.3 times the time. "
    )
