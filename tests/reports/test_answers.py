# SPDX-License-Identifier: MIT
"""The first screen: three usual loops, each with a name, a time, a gain and a line of code that runs."""

from __future__ import annotations

import numpy as np
import pytest

import samplers
from benchmarks.checks import Sampler, Workload
from reports.answers import LOOPS, answers, in_training, recommended
from reports.asv_results import EXCLUSION
from reports.model import Inputs, Origin, Speed
from reports.statistics import Measurement
from tests.reports.documents import questions

WORKLOADS = (Workload("english", V=321_180, distinct=535), Workload("zipf_1e4", V=10**4, distinct=600))
LARGE = Workload("zipf_1e6", V=10**6, distinct=6_000)
MODES = {"spectrum": True, "spectrum_distinct": False, "cum_table": True, "multinomial": False, "numpy_choice": True}
TORCH = "torch_one_call"
NS = {
    "spectrum": 2.0,
    TORCH: 200.0,
    "spectrum_distinct": 4.0,
    "cum_table": 90.0,
    "multinomial": 2e6,
    "numpy_choice": 300.0,
}


def report_of(workloads=(*WORKLOADS, LARGE), excluded=(), names=MODES):
    """A report with the times `NS` everywhere, and with one excluded id per row twice those times."""
    described = [
        Sampler(name, replacement=MODES.get(name, True))
        if name != "spectrum_distinct"
        else Sampler(name, variant_of="spectrum", options={"replacement": False}, replacement=False)
        for name in names
    ]
    cells = {
        (name, place, kind): Measurement(NS[name] * factor * 1024 * 5 * 1e-9)
        for name, place in excluded
        for kind, factor in (("none", 1.0), ("one", 2.0))
    }
    return Inputs(
        samplers=tuple(described),
        workloads=workloads,
        speed={(name, w.name): Speed(Measurement(NS[name]), 16_384, 5) for name in names for w in workloads},
        build={},
        nbytes={},
        peak={},
        first_call={},
        post004={},
        checks=(),
        origin=Origin("make report", None, None, "", None, False, None),
        axes={EXCLUSION: cells},
        questions=questions(),
    )


def test_time_and_gain_are_with_exclusion_where_both_were_measured_with_it():
    both = [(name, "english") for name in ("spectrum", "cum_table", "spectrum_distinct")] + [("spectrum", "zipf_1e6")]
    first, distinct, large = answers(report_of(excluded=both))
    assert [a.title for a in (first, distinct, large)] == [loop.title for loop in LOOPS]
    assert (first.name, first.time) == ("spectrum", "4.00 ns per id, 20 µs per call, with one excluded id per row")
    assert first.gain == "45 times faster than gensim's `cum_table`"
    assert first.setting.endswith("calls of 1,024 × 5")
    # The peer was measured without exclusion only, so that the ratio is of the plain times.
    assert distinct.time.startswith("8.00 ns per id")
    assert distinct.gain.startswith("500,000 times faster than a loop over `torch.multinomial`")
    assert distinct.gain.endswith(", both without exclusion")
    assert large.gain == "150 times faster than `numpy.random.Generator.choice`, both without exclusion"


def test_each_peer_that_was_timed_has_its_ratio():
    first, *_ = answers(report_of(names=("spectrum", "cum_table", TORCH)))
    gensim, torch = first.gain.split("; ")
    assert gensim.endswith("times faster than gensim's `cum_table`")
    assert torch.startswith("100 times faster than `torch.multinomial`, one call for all rows")
    assert first.reason.startswith("its draws read ")


def test_what_was_not_measured_is_said():
    first, *_ = answers(report_of())
    assert first.time == "2.00 ns per id without exclusion, which was not measured for it"
    assert first.setting.endswith("calls of 16,384 × 5")
    (alone, *_) = answers(report_of(names=("cum_table",)))
    assert (alone.name, alone.time, alone.gain) == ("spectrum", "not measured in this run", "")
    assert [a.title for a in answers(report_of(workloads=(LARGE,)))] == [LOOPS[2].title]
    assert answers(report_of(workloads=())) == ()


@pytest.mark.parametrize("replacement", [True, False])
def test_the_code_of_a_row_runs_and_excludes(replacement):
    found = answers(report_of(excluded=[("spectrum", "english"), ("spectrum_distinct", "english")]))
    row = next(a for a, loop in zip(found, LOOPS, strict=True) if loop.replacement is replacement)
    positives = np.arange(1024) % 7
    names = {"samplers": samplers, "counts": np.arange(900, 0, -1) // 9 + 1, "positives": positives}
    exec(row.code, names)
    ids = names["negatives"]
    assert ids.shape == (1024, 5)
    assert not (ids == positives[:, None]).any()
    assert replacement or all(len(set(of_row)) == 5 for of_row in ids.tolist())


def test_the_code_of_a_row_is_the_call_that_was_measured():
    excluded, _, large = answers(report_of(excluded=[("spectrum", "english")]))
    assert excluded.code.endswith("negatives = sampler.sample(1024, 5, exclude=positives)")
    assert large.code.endswith("negatives = sampler.sample(16384, 5)")
    assert large.setting.endswith("calls of 16,384 × 5")


def test_a_training_loop_is_told_what_to_take_and_why():
    found = answers(report_of())
    assert in_training(found) == "In a training loop, take `spectrum`, for the reason on its card."
    assert in_training(()) == ""


def test_the_recommendation_is_for_counts_of_that_size_and_repetition():
    assert recommended(321_180, 535, True, (1024, 5)).name == "spectrum"
    assert recommended(5_000, 535, True, (1024, 5)).name == "alias"  # its table fits into the level-1 cache
    assert recommended(50_000, 40_000, True, (1024, 5)).name == "alias"  # the weights hardly repeat
    assert recommended(1_000, 1, True, (1024, 5)).name == "uniform"
