# SPDX-License-Identifier: MIT
"""Ratios and their intervals."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from reports import ratios
from reports.statistics import CONFIDENCE, PROCESSES, RESAMPLES, SEED, Measurement, Ratio, interval, mean_ratio, ratio

MEASURED = Path(__file__).resolve().parents[1] / "data" / "processes.json"


def measured(samples):
    return Measurement(float(np.median(samples)), samples=tuple(samples))


@pytest.mark.parametrize(
    ("found", "apart", "text"),
    [
        (Ratio(1.2, 1.1, 1.3), True, "1.20×"),
        (Ratio(1.2, 0.9, 1.3), False, "~"),
        (Ratio(1.2), None, "1.20×?"),
        (Ratio(0.8, 0.7, 0.9), True, "0.800×"),
        (Ratio(1.0, 1.0, 1.0), False, "1"),
        (Ratio(2.0, 1.0, 3.0), False, "~"),
    ],
)
def test_a_ratio_whose_interval_includes_1_is_a_tilde(found, apart, text):
    assert (found.told_apart, found.text) == (apart, text)


def test_the_interval_is_scipys_on_the_ratio_of_medians():
    """One pair: the same resamples through scipy's own percentile bootstrap of the ratio itself."""
    rng = np.random.default_rng(1)
    a, b = rng.gamma(50, size=9), rng.gamma(40, size=7)
    expected = stats.bootstrap(
        (a, b),
        lambda x, y, axis: np.median(x, axis=axis) / np.median(y, axis=axis),
        n_resamples=RESAMPLES,
        confidence_level=CONFIDENCE,
        method="percentile",
        vectorized=True,
        rng=np.random.default_rng(SEED),
    ).confidence_interval
    found = interval([a, b])
    # Quantiles are interpolated between resamples, here of logs.
    assert found == pytest.approx((expected.low, expected.high), rel=1e-3)
    wider = found[0] / PROCESSES, found[1] * PROCESSES
    assert ratio(measured(a), measured(b)) == Ratio(np.median(a) / np.median(b), *wider)


PROCESS_PAIRS = [
    [np.array(half) for half in (cell["samples_ns"][:5], cell["samples_ns"][5:])]
    for cell in json.loads(MEASURED.read_text(encoding="utf-8"))["cells"]
]


def test_two_processes_of_the_same_code_are_seldom_told_apart():
    """80 cells of a real run, two processes of five samples each: the true ratio is 1. The bootstrap alone fails."""
    assert len(PROCESS_PAIRS) == 80
    told_apart = [ratio(measured(a), measured(b)).told_apart for a, b in PROCESS_PAIRS]
    assert np.mean(told_apart) <= 0.03
    ends = [interval(pair) for pair in PROCESS_PAIRS]
    assert np.mean([not low <= 1 <= high for low, high in ends]) > 0.2


def test_means_over_five_workloads_are_seldom_told_apart():
    """All 16 of them, of the same processes."""
    means = [PROCESS_PAIRS[first : first + 5] for first in range(0, 80, 5)]
    found = [mean_ratio([(measured(a), measured(b)) for a, b in pairs]) for pairs in means]
    assert sum(mean.told_apart for mean in found) == 0


def test_it_holds_the_truth_about_as_often_as_it_says():
    """Coverage of the 99 % interval for lognormal samples of 15, true ratio 1: 300 runs, seed fixed.

    Fewer than 0.95 would be a broken interval; a coverage of 0.98 falls below that with probability 1e-3.
    """
    rng = np.random.default_rng(2)
    runs = [ratio(measured(x), measured(y)) for x, y in np.exp(0.05 * rng.standard_normal((300, 2, 15)))]
    assert np.mean([not r.told_apart for r in runs]) >= 0.95
    shifted = [ratio(measured(x * 1.3), measured(y)) for x, y in np.exp(0.05 * rng.standard_normal((100, 2, 15)))]
    assert np.mean([r.told_apart for r in shifted]) >= 0.95


def test_the_mean_is_geometric_and_the_fastest_against_itself_is_exactly_1():
    a, b, c = measured([4.0] * 5), measured([1.0] * 5), measured([9.0] * 5)
    assert mean_ratio([(a, b), (c, b)]) == Ratio(
        6.0, pytest.approx(6.0 / PROCESSES ** math.sqrt(0.5)), pytest.approx(6.0 * PROCESSES ** math.sqrt(0.5))
    )
    found = mean_ratio([(a, b), (b, b)])
    wider = PROCESSES**0.5  # one of the two ratios is 1 in any case
    assert (found.value, found.low, found.high) == (2.0, pytest.approx(2.0 / wider), pytest.approx(2.0 * wider))
    assert mean_ratio([(a, a), (b, b)]) == Ratio(1.0, 1.0, 1.0)


def test_without_numbers_or_samples_there_is_no_ratio_or_no_interval():
    assert ratio(Measurement(None), measured([1.0] * 5)) is None
    assert mean_ratio([]) is None
    assert ratio(Measurement(2.0), measured([1.0] * 5)) == Ratio(2.0)
    assert ratio(measured([2.0] * 4), measured([1.0] * 5)).mark == "?"


def test_mean_ratios_are_to_the_fastest_faithful_of_the_same_kind(load_report):
    report = load_report()
    found, number = ratios.overall(report, "tower")
    best = {w.name: min(report.ns(n, w.name).value for n in ("tower", "stranger")) for w in report.timed()}
    logs = [math.log(report.ns("tower", w).value / ns) for w, ns in best.items()]
    assert found.value == pytest.approx(math.exp(np.mean(logs)))
    assert number == len(best) == 5
    assert found.low < found.value < found.high
    table = ratios.table(report)
    rows = [r[0].text for r in table.rows]
    assert rows[0] == "cheat"  # failed, and shown with its number
    assert rows[-2:] == ["loop, calls=1", "loop"]
    assert next(r for r in table.rows if r[0].text == "fragile")[4].text == "4 of 5"


def test_winners_have_their_margin(load_report):
    rows = {(r[0].text, r[2].text): r for r in ratios.winners(load_report()).rows}
    found = rows["zipf_1e2", "with replacement"]
    assert [c.text for c in found[3:6]] == ["tower", "9.00", "stranger"]
    assert found[6].text == "1.22×"
