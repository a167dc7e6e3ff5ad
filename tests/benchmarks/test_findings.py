# SPDX-License-Identifier: MIT
"""docs/findings.md says what docs/findings.json holds, and the JSON what can be computed again in a moment."""

from __future__ import annotations

import itertools
import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import samplers
from benchmarks.documents import FINDINGS
from benchmarks.findings import __main__ as command
from benchmarks.findings import expectations, page, streams, tables
from benchmarks.workloads import noise_of, zipf
from samplers.fidelity.audit import audit
from samplers.fidelity.inclusion_tests import Inclusion

DOCS = Path(__file__).resolve().parents[2] / "docs"
PUBLISHED = json.loads((DOCS / "findings.json").read_text(encoding="utf-8"))
POST = PUBLISHED["expectations"]["post"]


def rows_of(p, k):
    """Every ordered row of k distinct ids with its probability under successive sampling."""
    for row in itertools.permutations(range(len(p)), k):
        left = 1 - np.concatenate([[0], np.cumsum([p[i] for i in row])[:-1]])
        yield row, float(np.prod([p[i] for i in row] / left))


# The page.


def test_the_page_is_the_rendering_of_the_json():
    assert (DOCS / page.PAGE).read_text(encoding="utf-8") == page.render(PUBLISHED)


def test_the_template_holds_no_figure_of_its_own():
    """Percentages, decimals, thousands and powers of ten all come from the JSON; 1e8 slots are word2vec.c's code."""
    text = (page.TEMPLATES / "findings.md.j2").read_text(encoding="utf-8")
    text = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\(https?://[^)]*\)", "", text, flags=re.DOTALL)
    text = re.sub(r"zipf_1e\d|V = 1e8|1e8 = 2\^8 5\^8", "", text)
    assert re.findall(r"\d+ %|\d\.\d|\de-?\d|\d,\d{3}|\d{4,}", re.sub(r"\b(19|20)\d\d\b|#\d+", "", text)) == []


def test_the_links_of_the_page_lead_somewhere():
    links = re.findall(r"\]\((?!https?://)([^)#]+)", page.render(PUBLISHED))
    assert page.FIGURE in links
    for link in links:
        assert (DOCS / link).exists(), link


def test_the_figure_is_small_and_drawn_from_the_json():
    drawn = page.figure(PUBLISHED)
    assert drawn == page.figure(PUBLISHED)
    assert len(drawn) < 50_000
    for one in PUBLISHED["expectations"]["cases"]:
        assert f"{one['workload']}, k = {one['k']}" in drawn
    changed = json.loads(json.dumps(PUBLISHED))
    changed["expectations"]["cases"][0]["by_rank"]["ratio"][0] = 0.5
    assert page.figure(changed) != drawn


def test_the_words_of_the_page_hold_for_its_figures():
    """What the prose says outright; the measured ones as far as chance goes, at 1e-6 each."""
    assert all(one["top_ratio"] < 1 < one["rarest_ratio"] for one in PUBLISHED["expectations"]["cases"])
    assert all(one["too_rare"] < one["drawable"] / 3 for one in PUBLISHED["expectations"]["cases"])
    assert POST["rejected_at_rows_needed"] >= stats.binom.ppf(1e-6, POST["repeats"], POST["power"])
    assert POST["rejected_at_post"] <= stats.binom.isf(1e-6, POST["repeats"], POST["power_at_post"])
    assert POST["torch_p_value"] < POST["alpha"]
    assert POST["true_law_rejected"] == 0
    for one in PUBLISHED["drawing_ahead"]:
        assert (one["once"]["passed"], one["reused"]["passed"], one["once"]["repeats"]) == (True, False, 0)
        assert "repeated windows" in one["reused"]["failed"]
        assert one["reused"]["total_variation"] == pytest.approx(one["reused"]["expected_total_variation"], rel=0.3)
    assert all(abs(one["z"]) < 5 for one in PUBLISHED["duplicates"])
    for one in PUBLISHED["duplicates"]:
        assert 0 < one["repeated_share"] < 0.01
        assert max(one["variance_ratio_random"], one["variance_ratio_top"]) < 1
        (case,) = (
            c for c in PUBLISHED["expectations"]["cases"] if (c["workload"], c["k"]) == (one["workload"], one["k"])
        )
        assert one["top_shift"] > max(abs(math.log(ratio)) for ratio in case["by_rank"]["ratio"][1:])
    assert max(entry["power"] for entry in POST["power_at_post_by_level"]) < 0.5
    assert PUBLISHED["tables"]["float32_draws"]["rejected"]
    never = {(row["table"], row["V"]): row["never_drawn"] / row["V"] for row in PUBLISHED["large"]["tables"]}
    assert 0.4 < never["word2vec.c", 10**8] < 0.5
    worst = {(row["table"], row["workload"]): row["max_relative_error"] for row in PUBLISHED["tables"]["audits"]}
    for workload in tables.ON:
        assert worst["torch, float64", workload] < 1e-6 < 1e-3 < worst["torch, float32", workload]


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: page.integer(321180), "321,180"),
        (lambda: page.percent(0.12784), "12.8 %"),
        (lambda: page.off(0.985), "-1.5 %"),
        (lambda: page.scientific(1.17e11), "1.2e11"),
        (lambda: page.scientific(4.7e-10), "4.7e-10"),
        (lambda: page.deviation(1 - 1.3e-9), "-1.3e-9"),
        (lambda: page.deviation(1.5597), "+55.97 %"),
    ],
)
def test_how_figures_are_written(call, text):
    assert call() == text


# Expectations and duplicates.


@pytest.mark.parametrize("number", range(len(expectations.CASES)))
def test_expectations_are_those_of_the_json(number):
    published = PUBLISHED["expectations"]["cases"][number]
    anew = expectations.case(*expectations.CASES[number])
    assert set(anew) == set(published)
    assert anew["by_rank"]["rank"] == published["by_rank"]["rank"]
    assert anew["by_rank"]["ratio"] == pytest.approx(published["by_rank"]["ratio"], abs=2e-6)
    for key in ("workload", "k", "V", "drawable", "too_rare", "rows_by_top_word"):
        assert anew[key] == published[key]
    for key in ("top_p", "top_kp", "top_inclusion", "top_ratio", "rarest_ratio", "moved"):
        assert anew[key] == pytest.approx(published[key], rel=1e-9)


def test_the_rows_that_the_post_needed_are_those_of_the_json():
    each, df = expectations.noncentrality_per_row(noise_of("post004"), expectations.POST_K)
    critical = stats.chi2.isf(POST["alpha"], df)
    assert df == POST["df"]
    assert stats.ncx2.sf(critical, df, each * POST["rows_needed"]) == pytest.approx(POST["power"], abs=1e-5)
    assert stats.ncx2.sf(critical, df, each * POST["rows"]) == pytest.approx(POST["power_at_post"], rel=1e-6)
    for entry in POST["power_at_post_by_level"]:
        power = stats.ncx2.sf(stats.chi2.isf(entry["level"], df), df, each * POST["rows"])
        assert power == pytest.approx(entry["power"], rel=1e-6)


def test_the_noncentrality_is_that_of_the_exact_covariance():
    """Every row enumerated: n (pi - k p)' Cov^+ (pi - k p), of which the formula keeps the diagonal exact."""
    counts, k = [30, 28, 27, 25, 24, 22, 21, 18], 3
    noise = samplers.NoiseDistribution(counts, exponent=1.0)
    p = noise.probabilities
    pi, second = np.zeros(len(p)), np.zeros((len(p), len(p)))
    for row, probability in rows_of(p, k):
        held = np.isin(np.arange(len(p)), row).astype(float)
        pi += probability * held
        second += probability * np.outer(held, held)
    off = pi - k * p
    exact = off @ np.linalg.pinv(second - np.outer(pi, pi), hermitian=True, rcond=1e-10) @ off
    each, df = expectations.noncentrality_per_row(noise, k)
    assert df == len(p) - 1
    assert each == pytest.approx(exact, rel=0.05)


@pytest.mark.parametrize(("claimed", "true"), [(0.30, 0.27), (0.0639, 0.0624), (0.2, 0.25)])
def test_rows_by_one_word_give_the_power_that_they_promise(claimed, true):
    n = expectations.rows_by_one_word(claimed, true)
    low, high = stats.binom.ppf(5e-7, n, claimed), stats.binom.isf(5e-7, n, claimed)
    power = stats.binom.cdf(low - 1, n, true) + stats.binom.sf(high, n, true)
    assert power == pytest.approx(0.99, abs=0.003)


def test_no_row_is_needed_against_a_claim_above_one():
    assert expectations.rows_by_one_word(1.23, 0.78) is None


def test_the_test_of_kp_rejects_distinct_draws_and_the_exact_law_does_not():
    """60,000 rows on zipf_1e2, three times what a rejection at 1e-6 takes; seed fixed."""
    for family, rejects in ((expectations.AgainstKP, True), (Inclusion, False)):
        sampler = samplers.create("alias_distinct", noise_of("zipf_1e2"), rng=3)
        assert (expectations.rao_scott(sampler, 60_000, family).p_value < 1e-6) == rejects


@pytest.mark.parametrize(
    ("p", "k"), [([0.5, 0.3, 0.2], 3), ([0.25] * 4, 2), ([0.4, 0.3, 0.2, 0.1], 4), ([0.6, 0.4], 3)]
)
def test_duplicates_by_enumeration(p, k):
    rows = itertools.product(range(len(p)), repeat=k)
    exact = sum(math.prod(p[i] for i in row) for row in rows if len(set(row)) < k)
    assert expectations.duplicate_probability(np.array(p), k) == pytest.approx(exact, rel=1e-12)


@pytest.mark.parametrize("number", range(len(expectations.DUPLICATES)))
def test_duplicates_on_english_are_those_of_the_json(number):
    """Against k! e_k(p) added up id by id, which nothing cancels in."""
    workload, k = expectations.DUPLICATES[number]
    published = PUBLISHED["duplicates"][number]
    p = noise_of(workload).probabilities
    polynomial = np.zeros(k + 1)
    polynomial[0] = 1
    for one in p.tolist():
        polynomial[1:] += one * polynomial[:-1]
    assert published["exact"] == pytest.approx(1 - math.factorial(k) * polynomial[k], rel=1e-9)
    assert published["exact"] == pytest.approx(expectations.duplicate_probability(p, k), rel=1e-9)
    deviation = math.sqrt(published["exact"] * (1 - published["exact"]) / published["rows"])
    assert published["measured"] == published["seen"] / published["rows"]
    assert published["z"] == pytest.approx((published["measured"] - published["exact"]) / deviation)
    assert published["top_shift"] == pytest.approx(-math.log(published["top_ratio"]))
    assert published["repeated_share"] == pytest.approx(expectations.repeated_share(p, k), rel=1e-9)
    ratios = published["variance_ratio_random"], published["variance_ratio_top"]
    assert ratios == pytest.approx(expectations.variance_ratios(noise_of(workload), k), rel=1e-9)


@pytest.mark.parametrize(("p", "k"), [([0.5, 0.3, 0.2], 2), ([0.4, 0.3, 0.2, 0.1], 3)])
def test_repeated_draws_by_enumeration(p, k):
    rows = itertools.product(range(len(p)), repeat=k)
    exact = sum(math.prod(p[i] for i in row) * (k - len(set(row))) / k for row in rows)
    assert expectations.repeated_share(np.array(p), k) == pytest.approx(exact, rel=1e-12)


def test_variances_by_enumeration():
    """Every row enumerated, with and without replacement. A mean over random f is the mean over the unit vectors."""
    noise, k = samplers.NoiseDistribution([50, 30, 15, 5], exponent=1.0), 2
    p = noise.probabilities
    pi = sum(probability * np.isin(range(4), row) for row, probability in rows_of(p, k))
    distinct, independent = [], []
    for f in np.eye(4):
        sums = [(sum(f[i] * k * p[i] / pi[i] for i in row), probability) for row, probability in rows_of(p, k)]
        draws = [(f[i] + f[j], p[i] * p[j]) for i, j in itertools.product(range(4), repeat=2)]
        for values, variances in ((sums, distinct), (draws, independent)):
            mean = sum(value * probability for value, probability in values)
            assert mean == pytest.approx(k * p @ f)
            variances.append(sum((value - mean) ** 2 * probability for value, probability in values))
    found = expectations.variance_ratios(noise, k)
    assert found == pytest.approx((sum(distinct) / sum(independent), distinct[0] / independent[0]))


# Pools and generators.


def test_a_reused_pool_is_noticed_when_the_json_says_so():
    published = PUBLISHED["drawing_ahead"][1]["reused"]
    noise, n = noise_of(PUBLISHED["drawing_ahead"][1]["workload"]), published["noticed_after"]
    ids = samplers.create("pool_reuse", noise, rng=PUBLISHED["seed"]).sample(n, 1)
    assert streams.windows_of(noise, ids).p_value < 1e-6
    assert streams.windows_of(noise, ids[:-1]).p_value == 1.0
    assert published["pool_size"] < n < published["pool_size"] + 20
    assert published["distinct"] == len(np.unique(ids))


@pytest.mark.parametrize("number", range(len(streams.POOLED)))
def test_what_a_pool_leaves_out_on_average(number):
    """Means of 200 multinomial pools, within 5 standard errors (6e-7 each)."""
    published = PUBLISHED["drawing_ahead"][number]["reused"]
    p = noise_of(streams.POOLED[number]).probabilities
    pools = np.random.default_rng(0).choice(len(p), p=p / p.sum(), size=(200, published["pool_size"]))
    seen = []
    for pool in pools:
        ids, counts = np.unique(pool, return_counts=True)
        missed = 1 - p[ids].sum()
        seen.append([len(ids), missed, (np.abs(counts / len(pool) - p[ids]).sum() + missed) / 2])
    mean, error = np.mean(seen, axis=0), np.std(seen, axis=0) / math.sqrt(len(seen))
    # Words that are missing at times only: 200 pools may show none, and their number is then about Poisson.
    error[0] = max(error[0], math.sqrt((published["drawable"] - published["expected_distinct"]) / len(seen)))
    names = ("expected_distinct", "expected_never_drawn_mass", "expected_total_variation")
    np.testing.assert_array_less(np.abs(mean - [published[name] for name in names]), 5 * error + 1e-5)


def test_the_generators_are_those_of_the_json():
    assert json.loads(json.dumps(streams.lcg())) == PUBLISHED["lcg"]


def test_the_posts_rule_is_constant_and_gensims_is_not():
    constants, state, seen = PUBLISHED["lcg"], 1, set()
    assert constants["post_returns"] == [11]
    assert constants["mask"] == 2**48 - 1
    assert (12345 * constants["mask"] + 11) % constants["mask"] == 11
    for _ in range(1000):
        state = (state * constants["multiplier"] + constants["increment"]) & constants["mask"]
        seen.add(state)
    assert len(seen) == 1000


@pytest.mark.parametrize("bits", [1, 2, 5, 10])
def test_low_bits_return_when_a_plain_loop_does(bits):
    state, steps = streams.SEED, 0
    while True:
        state, steps = (state * 25214903917 + 11) % 2**64, steps + 1
        if state % 2**bits == streams.SEED % 2**bits:
            break
    assert streams.low_period(bits) == steps == 2**bits


def test_a_period_is_the_smallest_one():
    """Asked to start from eight times the period, it comes down to it."""
    assert streams.smallest(2**12, 8, 1) == 2**9 == streams.bit_period(8)
    assert streams.differs(2**10, 2**8, np.uint64(8), np.uint64(1))
    assert not streams.differs(2**10, 2**9, np.uint64(8), np.uint64(1))


# Tables.


@pytest.mark.parametrize("dtype", tables.DTYPES)
def test_the_sums_are_torchs_draw_by_draw(dtype):
    torch = pytest.importorskip("torch")
    sampler = tables.TorchSums(samplers.NoiseDistribution(zipf(100_000)), rng=1, dtype=dtype)
    weights = torch.tensor(sampler.noise.probabilities, dtype=getattr(torch, dtype))
    first, second = torch.Generator().manual_seed(5), torch.Generator().manual_seed(5)
    ids = torch.multinomial(weights, 100_000, replacement=True, generator=first).numpy()
    uniforms = torch.rand(100_000, dtype=torch.float64, generator=second).numpy()
    np.testing.assert_array_equal(np.searchsorted(sampler.sums(), uniforms), ids)


@pytest.mark.parametrize("table", ["gensim", "torch, float32", "torch, float64", "alias"])
def test_audits_on_english_are_those_of_the_json(table):
    pytest.importorskip("torch")
    noise = noise_of("english")
    sampler = {
        "gensim": lambda: samplers.create("cum_table", noise),
        "alias": lambda: samplers.create("alias", noise),
        "torch, float32": lambda: tables.TorchSums(noise, dtype="float32"),
        "torch, float64": lambda: tables.TorchSums(noise, dtype="float64"),
    }[table]()
    published = next(r for r in PUBLISHED["tables"]["audits"] if (r["table"], r["workload"]) == (table, "english"))
    anew = tables.audited(table, "english", sampler)
    for key in ("never_drawn", "worst_id", "nonzero"):
        assert anew[key] == published[key]
    # A sum of float64 rounding errors is the same to a few digits only, where NumPy adds in another order.
    assert anew["total_variation"] == pytest.approx(published["total_variation"], rel=1e-3)
    assert anew["draws_to_notice"] == pytest.approx(published["draws_to_notice"], rel=1e-2)


def test_gensims_last_word_is_that_of_the_json():
    assert tables.last_word() == PUBLISHED["tables"]["last_word"]
    assert PUBLISHED["tables"]["last_word"]["implied"][-1] == 0


def test_float32_loses_half_of_the_categories_of_the_torch_issue():
    pytest.importorskip("torch")
    found = {one["dtype"]: one["seen"] for one in map(tables.upper_half, tables.DTYPES)}
    assert found["float32"] == 0
    assert stats.binomtest(found["float64"], tables.HALF_DRAWS, 1 / 3).pvalue > 1e-6
    assert [one["seen"] for one in PUBLISHED["tables"]["halves"]] == pytest.approx(list(found.values()), abs=1000)


@pytest.mark.parametrize("name", ["cum_table", "alias"])
def test_a_big_table_is_summed_as_the_audit_does(monkeypatch, name):
    monkeypatch.setattr(tables, "IDS_AT_ONCE", 999)
    found = tables.big_table(name, 5_000)
    exact = audit(samplers.create(name, samplers.NoiseDistribution(zipf(5_000))))
    assert found["never_drawn"] == exact.never_drawn
    assert found["total_variation"] == pytest.approx(exact.total_variation)
    assert max(1 - found["least_ratio"], found["most_ratio"] - 1) == pytest.approx(exact.max_relative_error, rel=1e-6)


def test_a_sampler_without_a_table_cannot_be_audited():
    with pytest.raises(ValueError, match="pool has no implied probabilities to audit"):
        tables.audited("pool", "none", samplers.create("pool", [1, 2]))


# The command.


def test_render_writes_the_page_of_the_json_beside_it(tmp_path, capsys):
    (tmp_path / "findings.json").write_text(json.dumps(PUBLISHED), encoding="utf-8")
    assert command.main(["--render", "--docs", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"{tmp_path / page.PAGE}\n"
    assert (tmp_path / page.PAGE).read_text(encoding="utf-8") == page.render(PUBLISHED)
    assert (tmp_path / page.FIGURE).read_text(encoding="utf-8") == page.figure(PUBLISHED)


def test_render_without_a_json_is_an_error(tmp_path, capsys):
    with pytest.raises(SystemExit):
        command.main(["--render", "--docs", str(tmp_path)])
    assert "has none" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["half a fi", "null", "{}"])
def test_a_damaged_file_of_figures_is_named_before_anything_is_measured(monkeypatch, tmp_path, capsys, text):
    monkeypatch.setattr(command, "PARTS", {"expectations": lambda: pytest.fail("measured")})
    (tmp_path / "findings.json").write_text(text)
    with pytest.raises(SystemExit, match="2"):
        command.main(["--docs", str(tmp_path)])
    assert f"{tmp_path / 'findings.json'} is damaged" in capsys.readouterr().err
    assert (tmp_path / "findings.json").read_text() == text


@pytest.mark.parametrize("full", [False, True])
def test_a_run_keeps_the_large_tables_unless_it_measures_them(monkeypatch, tmp_path, full):
    parts = {name: lambda name=name: PUBLISHED[name] for name in command.PARTS}
    monkeypatch.setattr(command, "PARTS", parts)
    monkeypatch.setattr(tables, "BIG", (("cum_table", 1000),))
    (tmp_path / "findings.json").write_text(json.dumps(PUBLISHED), encoding="utf-8")
    assert command.main(["--docs", str(tmp_path), *(["--full"] if full else [])]) == 0
    written = json.loads((tmp_path / "findings.json").read_text(encoding="utf-8"))
    assert (written["schema"], written["command"]) == ("samplers/findings", FINDINGS.made_by + full * " --full")
    assert {name: written[name] for name in parts} == {name: PUBLISHED[name] for name in parts}
    assert (written["large"] == PUBLISHED["large"]) != full
    assert not full or [row["V"] for row in written["large"]["tables"]] == [1000]
    assert (tmp_path / page.PAGE).read_text(encoding="utf-8") == page.render(written)
