# SPDX-License-Identifier: MIT
"""The figure of inclusion probabilities over k p."""

from __future__ import annotations

import math

import pytest

from benchmarks.checks import Ranks
from reports.figures.inclusion import chosen, inclusion, merged, points

FIRST = (1, 2, 3, 4, 6, 10)
LAST = (1, 2, 3, 5, 9, 10)
EXPECTED = (9_000.0, 5_000.0, 4_000.0, 6_000.0, 8_000.0, 3_000.0)
INDEPENDENT = (10_000.0, 5_200.0, 4_000.0, 5_800.0, 7_200.0, 2_800.0)
OBSERVED = (9_100, 4_900, 4_100, 6_000, 8_050, 2_950)
RANKS = Ranks(FIRST, LAST, OBSERVED, EXPECTED, INDEPENDENT)


def test_points_are_counts_over_k_p_with_binomial_errors():
    found = points(RANKS, 20_000)
    # Quarter decades begin at 1, 1.78, 3.16, 5.62 and 10: ids 2 and 3 share a bin.
    assert merged(RANKS) == [[0], [1, 2], [3], [4], [5]]
    x, ratio, error = found[1]
    assert x == pytest.approx(math.sqrt(2 * 3))
    assert ratio == pytest.approx((4_900 + 4_100) / (5_200 + 4_000))
    share = 9_000 / (2 * 20_000)
    assert error == pytest.approx(math.sqrt(2 * 20_000 * share * (1 - share)) / 9_200)


def test_points_that_say_little_are_left_out():
    few = Ranks(FIRST, LAST, *(tuple(c // 100 for c in counts) for counts in (OBSERVED, EXPECTED, INDEPENDENT)))
    assert points(few, 200) == []


def test_workloads_with_several_k_are_drawn_and_the_title_names_the_largest_gap(load_report):
    report = load_report()
    assert {name: sorted({check.k for check, _ in drawn}) for name, drawn in chosen(report).items()} == {
        "english": [5, 20],
        "zipf_1e2": [5, 20],
    }
    title = inclusion(report).title
    # The inputs take 20 % from the first id at k = 20.
    assert "is drawn 20 % less often at k = 20" in title
    assert title.endswith("2 of 2 samplers of distinct ids pass every test")


def test_a_failed_sampler_is_counted_and_hollow(inputs, load_report):
    inputs.fidelity["results"][-1]["passed"] = False
    assert inclusion(load_report()).title.endswith("1 of 2 samplers of distinct ids pass every test")


def test_with_one_k_the_headlines_workload_is_drawn_and_without_distinct_ids_nothing(inputs, load_report):
    inputs.fidelity["results"] = [r for r in inputs.fidelity["results"] if r["k"] == 5]
    assert list(chosen(load_report())) == ["english"]
    inputs.fidelity["results"] = [r for r in inputs.fidelity["results"] if r["sampler"] not in ("loop", "one_call")]
    assert inclusion(load_report()) is None
