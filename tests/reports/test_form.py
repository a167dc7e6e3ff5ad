# SPDX-License-Identifier: MIT
"""The form of the page in a real browser, where there is one: its answers are those of `samplers.recommend`."""

from __future__ import annotations

import html
import itertools
import json
import math
import re
import shutil
import subprocess

import numpy as np
import pytest

import samplers
from reports.form import form_data
from samplers.counter_based.tables import FEW_CLASSES
from samplers.recommendation import recommend as recommendation

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
# V and the number of distinct weights, on both sides of each limit of the rule.
SIZES = [
    (1, 1),
    (300, 1),
    (300, 200),
    (8_192, 500),
    (8_193, 500),
    (8_193, 1_000),
    (20_000, FEW_CLASSES),
    (20_000, FEW_CLASSES + 1),
    (131_072 + 8, FEW_CLASSES),
    (140_000, FEW_CLASSES + 500),
    (140_000, FEW_CLASSES + 2_000),
    (300_000, 600),
    (300_000, 12_000),
]
PROBE = """
<script>
addEventListener("load", () => {
  const answers = REQUESTS.map(request => recommend(request).name);
  const points = [[100, 2], [10000, 8]];
  const times = [100, 1000, 10000, 10, 1e6].map(x => at(points, x));
  const form = document.getElementById("ask"), said = () => document.getElementById("reply").textContent;
  const set = values => {
    for (const [name, value] of Object.entries(values)) {
      const field = form.elements[name];
      if (typeof value === "boolean") field.checked = value; else field.value = value;
    }
    form.dispatchEvent(new Event("input", { bubbles: true }));
    return said();
  };
  const replies = FILLED.map(set);
  const timed = CALLS.map(([request, excluded]) => timeOf(TIMES, request, excluded));
  const prices = CALLS.map(([request, excluded]) => priceOf(TIMES.modes.with, request, excluded));
  DATA.times.push(TIMES);
  DATA.peers.push({ ...PEER, title: "a peer" });
  DATA.grid = { different: { with: [[1000, 512, 5, { alias: 7 }]], distinct: [] } };
  replies.push(...AFTER.map(set));
  const fold = document.querySelector("#fidelity > details"), link = document.querySelector('nav a[href="#fidelity"]');
  const folding = [fold.open];
  link.click();
  folding.push(fold.open);
  const all = () => [...document.querySelectorAll("details.fold")].map(part => part.open);
  const before = all();
  dispatchEvent(new Event("beforeprint"));
  const printed = all().every(open => open);
  dispatchEvent(new Event("afterprint"));
  const back = JSON.stringify(all()) === JSON.stringify(before);
  const result = { answers, times, replies, timed, prices, folding, printed, back };
  document.body.innerHTML = "";
  const out = document.createElement("pre");
  out.id = "result";
  out.textContent = JSON.stringify(result);
  document.body.append(out);
});
</script>
"""
FILLED = [
    {"V": "10000", "rows": "16384", "k": "5", "exclusion": "none"},
    {"V": "1000", "kind": "different"},
    {"V": "3", "distinct": True},
    {"V": ""},
]


def times(name, plain, small, one):
    """The times of a sampler without exclusion in two calls, and with an excluded id a row in one of them."""
    calls = [
        {"rows": 16_384, "k": 5, "excluded": "none", "sizes": [[100, plain], [10_000, plain], [100_000, plain]]},
        {"rows": 1024, "k": 5, "excluded": "none", "sizes": [[100, small], [10_000, small]]},
        {"rows": 1024, "k": 5, "excluded": "one", "sizes": [[100, one], [10_000, one]]},
    ]
    known = {"over_V": calls, "rows": [[1024, small], [16_384, plain]], "columns": [[1, 9], [5, 3]], "passes": True}
    return {"name": name, "modes": {"with": known}}


TIMES, PEER = times("alias", 2, 4, 6), times("peer", 20, 80, 160)
ASKED = {"V": 1000, "rows": 16_384, "k": 5, "distinct": False}
CALLS = [(ASKED | changed, excluded) for changed in ({}, {"k": 1}, {"V": 50_000}) for excluded in ("none", "one")]
AFTER = [
    {"V": "1000", "rows": "16384", "k": "5", "kind": "different", "exclusion": "one", "distinct": False},
    {"k": "1"},
    {"rows": "512", "k": "5", "exclusion": "none"},
    {"V": "2000000", "rows": "16384", "exclusion": "csr"},
]


def counts_of(n_ids, distinct, in_order):
    """Counts with so many distinct values, as sorted ones or in random order."""
    counts = np.maximum(distinct - np.arange(n_ids), 1)
    return counts if in_order else np.random.RandomState(0).permutation(counts)


def requests():
    """What the form asks of its rule."""
    for (n_ids, distinct), in_order, apart, k in itertools.product(SIZES, (True, False), (False, True), (1, 64, 2**26)):
        if k <= n_ids or not apart:
            # One distinct weight, or an order of two ids, is always sorted.
            ordered = in_order or distinct == 1
            yield {"V": n_ids, "classes": distinct, "sorted": ordered, "k": k, "distinct": apart, "device": "cpu"}


def named(request, device):
    """The name that the library gives; "" if no strategy can serve the request."""
    counts = counts_of(request["V"], request["classes"], request["sorted"])
    try:
        found = samplers.recommend(counts, k=request["k"], replacement=not request["distinct"], device=device)
    except RuntimeError:
        return ""
    return found.name


@pytest.fixture
def asked(published, tmp_path):
    """What the browser says; None of it needs a network."""
    if CHROMIUM is None:
        pytest.skip("no chromium on PATH")

    def ask(of_rule, filled):
        page = (published / "index.html").read_text(encoding="utf-8")
        probe = PROBE.replace("REQUESTS", json.dumps(of_rule)).replace("FILLED", json.dumps(filled))
        for name, value in {"CALLS": CALLS, "TIMES": TIMES, "PEER": PEER, "AFTER": AFTER}.items():
            probe = probe.replace(name, json.dumps(value))
        path = tmp_path / "asked.html"
        path.write_text(page.replace("</body>", probe + "</body>"), encoding="utf-8")
        command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
        command += ["--virtual-time-budget=5000", "--dump-dom", path.as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        match = re.search(r'<pre id="result">(.+?)</pre>', done.stdout, re.DOTALL)
        assert match, done.stderr[-2000:]
        return json.loads(html.unescape(match[1]))

    return ask


def test_the_form_answers_as_the_library_does(asked, monkeypatch):
    # A machine without a GPU is asked for one: the names depend on the request alone.
    on_gpu = [request | {"device": "cuda"} for request in requests() if request["sorted"] and request["V"] <= 20_000]
    of_rule = [*requests(), *on_gpu]
    monkeypatch.setattr(recommendation, "why_unavailable", lambda name: None)
    monkeypatch.setattr(recommendation, "cuda_missing", lambda: None)
    expected = [named(request, request["device"]) for request in of_rule]
    assert {"alias", "spectrum", "uniform", "pool", "alias_triton", "spectrum_triton"} <= set(expected)
    result = asked(of_rule, FILLED)
    wrong = [(r, e, a) for r, e, a in zip(of_rule, expected, result["answers"], strict=True) if e != a]
    assert wrong == []
    assert [(t["how"], t["at"]) for t in result["times"]] == [
        ("measured", 100),
        ("between", [100, 10_000]),
        ("measured", 10_000),
        ("nearest", 100),
        ("nearest", 10_000),
    ]
    assert [t["value"] for t in result["times"]] == pytest.approx([2, 4, 8, 2, 8])  # 1,000 is halfway on a log scale
    # The inputs have no strategy that the rule names, which is said.
    assert result["replies"][0].startswith("spectrum: ")
    assert "Its time was not measured in this run." in result["replies"][0]
    assert result["replies"][1].startswith("alias: ")
    assert "k = 5 distinct ids cannot be drawn from 3 ids." in result["replies"][2]
    assert result["replies"][3].startswith("V, number of ids: ")
    priced(result)
    assert result["folding"] == [False, True]
    assert result["printed"]
    assert result["back"]


def priced(result):
    """Exclusion is priced by the benchmark that draws with and without it, and not where that did not measure it."""
    plain, excluded = result["timed"][::2], result["timed"][1::2]
    assert [t["ns"] for t in plain] == pytest.approx([2, 6, 2])  # at k = 1 three times the time at k = 5
    # Six of four nanoseconds in calls of 1,024 rows: 1.5 times the time of the other call.
    assert [t and t["ns"] for t in excluded] == [pytest.approx(3), None, None]
    assert [p and (p["ns"], p["plain"], p["same"]) for p in result["prices"][1::2]] == [
        (6, 4, True),
        (6, 4, False),
        (6, 4, False),
    ]
    assert result["prices"][3]["where"] == "calls of 1,024 × 5"
    assert result["prices"][5]["where"] == "calls of 1,024 × 5 and V = 10,000"
    with_one, other_k, of_grid, far = result["replies"][len(FILLED) :]
    # 20 ns grow to 40 by the ratio of the peer, 2 to 3 by that of alias: 13 times, not 160 / 3.
    assert "a peer: 13 times slower: 40 ns per id" in with_one
    assert "drawn again, by further calls" in with_one
    assert "nearest measured request is V = 1,000, 512 × 5, without exclusion: 7 ns per id." in with_one
    assert "(without exclusion; with it, calls of 1,024 × 5 take 6 ns per id, and 4 ns without;" in other_k
    assert "a peer: 10 times slower: 60 ns per id (both without exclusion" in other_k
    assert "Its time: 7 ns per id" in of_grid
    assert "(with weights like yours)" in of_grid
    assert "Its time was not measured at V = 2,000,000; at V = 100,000 it was 2 ns per id" in far
    assert "seen = samplers.IdSets.from_lists(histories, V=2000000)" in far
    assert "negatives = sampler.sample(16384, 5, exclude=seen[users])" in far


def test_the_line_of_a_history_serves_more_than_one_batch():
    histories, users = [[0, 3], [], [2, 1]], np.array([2, 0, 0, 1])
    seen = samplers.IdSets.from_lists(histories, V=5)
    sampler = samplers.create("alias", samplers.from_weights([5, 4, 3, 2, 1]), rng=42)
    for _ in range(2):
        negatives = sampler.sample(4, 8, exclude=seen[users])
        met = zip(users, negatives, strict=True)
        assert not any(set(row) & set(histories[user]) for user, row in met)


def test_the_data_have_the_requests_of_the_decision_grid(load_report, monkeypatch):
    monkeypatch.setattr("reports.form.ALIAS", "tower")
    monkeypatch.setattr("reports.form.limits_of", lambda name: {})
    monkeypatch.setattr("reports.form.ON_GRID", {"different": "sorted"})
    found = form_data(load_report())["grid"]["different"]
    assert [cell[:3] for cell in found["with"]] == [(v, rows, 5) for v in (100, 200, 10**4) for rows in (1, 1024)]
    assert all(set(cell[3]) == {"tower"} for cell in found["with"])
    assert len(found["distinct"]) == 6


def test_the_data_hold_the_measured_times_and_the_limits_of_the_strategies(published):
    page = (published / "index.html").read_text(encoding="utf-8")
    data = json.loads(re.search(r'<script id="form-data" type="application/json">(.+?)</script>', page)[1])
    assert {"uniform", "spectrum", "alias", *data["rule"]["fallbacks"]["cpu"]} <= set(data["strategies"])
    for name, limits in data["strategies"].items():
        info = samplers.get(name).info
        assert (limits["max_ids"], limits["max_k"]) == (info.max_ids, info.max_k)
        assert limits["repeating_only"] is name.startswith("spectrum")
    assert data["times"] == []  # nothing that the form can name was timed in these inputs


def test_times_by_v_are_those_of_the_tables(load_report, monkeypatch):
    monkeypatch.setattr("reports.form.ALIAS", "tower")
    monkeypatch.setattr("reports.form.limits_of", lambda name: {})
    report = load_report()
    (tower,) = form_data(report)["times"]
    assert tower["name"] == "tower"
    calls = {(call["rows"], call["excluded"]): dict(call["sizes"]) for call in tower["modes"]["with"]["over_V"]}
    places = ("english", "zipf_1e2", "zipf_1e4", "zipf_1e6")
    expected = {report.workload(w).V: report.ns("tower", w).value for w in places}
    assert calls[16_384, "none"] == pytest.approx(expected, rel=1e-3)
    assert set(calls) == {(16_384, "none"), (1024, "none"), (1024, "one"), (1024, "csr")}
    assert math.isclose(calls[1024, "csr"][321_180] - calls[1024, "one"][321_180], 9.0 * 0.799, rel_tol=1e-2)
    assert [k for k, _ in tower["modes"]["with"]["columns"]] == [1, 5, 64]
