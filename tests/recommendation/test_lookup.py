# SPDX-License-Identifier: MIT
"""The recommendation: looked up by integers, never of what cannot serve, the same everywhere."""

from __future__ import annotations

import doctest
import importlib
import json
import pickle
import re
import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import samplers
from samplers import waiting
from samplers.kernels import rows as kernel
from samplers.recommendation import verdict as reader
from samplers.recommendation.request import AXES, Features

# `samplers.fastest` is the function; the module of that name is found by its path.
fastest_module = importlib.import_module("samplers.recommendation.lookup")
COUNTS = [1000, 400, 30, 5]
MODES = (True, False)


def region(winner, *others, bounds=None, replacement=True, close=False, margin=2.0):
    """A region of one cell, as the verdict writes it."""
    names = [winner, *others]
    at = dict.fromkeys(AXES, 1) | {"V": 4, "rows": 1024, "k": 5}
    return {
        "device": "cpu",
        "replacement": replacement,
        "bounds": bounds or {},
        "winner": winner,
        "runner_up": names[1] if others else None,
        "ranking": names,
        "margin": margin if others else None,
        "close": close,
        "behind": 1.0,
        "cells": [{"at": at, "ns": {n: 1.5 * 2**i for i, n in enumerate(names)}}],
    }


@pytest.fixture
def use(monkeypatch):
    """Puts a verdict of some regions in the place of the published one."""

    def put(*regions):
        document = {"schema": reader.SCHEMA, "commit": "c" * 40, "environment": {"cpu": "A CPU"}, "regions": [*regions]}
        monkeypatch.setattr(reader, "verdict", lambda: document)
        monkeypatch.setattr(fastest_module, "verdict", lambda: document)

    return put


def requests():
    sizes = st.integers(1, 2**31 - 1)
    return st.builds(Features, sizes, sizes, st.integers(0, 1), sizes, sizes, st.integers(1, 2**62))


def test_the_published_verdict_says_what_measured_it_and_names_only_what_there_is():
    document = reader.verdict()
    assert re.fullmatch(r"[0-9a-f]{40}", document["commit"])
    assert document["environment"]["cpu"]
    assert document["regions"]
    for found in document["regions"]:
        assert found["ranking"][0] == found["winner"]
        for name in found["ranking"]:
            assert found["replacement"] in samplers.get(name).info.replacement_modes
        for axis, pair in found["bounds"].items():
            assert axis in AXES
            assert any(x is not None for x in pair)
            assert all(x is None or isinstance(x, int) for x in pair)
        assert all(cell["at"].keys() == set(AXES) for cell in found["cells"])


@given(requests(), st.sampled_from(MODES))
def test_every_request_lies_in_exactly_one_published_region(request_, replacement):
    assert sum(reader.holds(r["bounds"], request_) for r in reader.regions_of(replacement, "cpu")) == 1


def test_every_cell_lies_in_its_region():
    for found in reader.verdict()["regions"]:
        for cell in found["cells"]:
            assert reader.holds(found["bounds"], Features(**cell["at"]))


@pytest.mark.parametrize(("n_ids", "name"), [(7, "alias"), (8, "alias"), (9, "spectrum")])
def test_a_break_point_belongs_to_the_left(use, n_ids, name):
    use(region("alias", bounds={"V": [None, 8]}), region("spectrum", bounds={"V": [9, None]}))
    assert samplers.recommend(np.arange(1, n_ids + 1)).name == name


@pytest.mark.parametrize(("rows", "k", "name"), [(10, 3, "pool"), (11, 3, "alias"), (10, 4, "alias"), (1, 1, "pool")])
def test_several_axes_hold_together(use, rows, k, name):
    box = {"rows": [None, 10], "k": [None, 3]}
    use(
        region("pool", bounds=box),
        region("alias", bounds={"k": [4, None]}),
        region("alias", bounds={"rows": [11, None], "k": [None, 3]}),
    )
    assert samplers.recommend(COUNTS, rows=rows, k=k).name == name


def test_the_answer_needs_no_clock_and_no_particular_processor(monkeypatch):
    def refuse(*args, **options):
        raise AssertionError("a lookup must not time anything")

    monkeypatch.setattr(fastest_module, "take_turns", refuse)
    noise = samplers.NoiseDistribution(np.random.default_rng(1).integers(0, 1000, 5000))
    first = [samplers.recommend(noise, rows=r, k=5, replacement=m) for r in (1, 64, 4096) for m in MODES]
    before = kernel.simd()
    try:
        kernel.force("scalar")
        again = [samplers.recommend(noise, rows=r, k=5, replacement=m) for r in (1, 64, 4096) for m in MODES]
    finally:
        kernel.force(before)
    assert first == again


def test_another_process_gives_the_same_answer():
    code = "import samplers; print(samplers.recommend([1000, 400, 30, 5], rows=7, k=2, replacement=False))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.rstrip("\n") == str(samplers.recommend(COUNTS, rows=7, k=2, replacement=False))


REFUSED = 2**14 + 1  # the fewest distinct weights that spectrum refuses where none repeats


def test_a_winner_that_refuses_the_distribution_is_passed_over_with_its_reason(use):
    use(region("spectrum", "alias"))
    assert samplers.recommend(np.arange(1, REFUSED)).name == "spectrum"
    found = samplers.recommend(np.arange(1, REFUSED + 1))
    assert found.name == "alias"
    assert "hardly repeat" in found.passed_over["spectrum"]
    assert "after spectrum" in found.reason
    assert "passed over: spectrum (spectrum: the weights hardly repeat" in str(found)


def test_a_winner_that_cannot_run_here_is_passed_over(use, monkeypatch):
    use(region("multinomial", "alias", replacement=False))
    torch_gone = lambda name: "torch is not installed" if name == "multinomial" else None  # noqa: E731
    monkeypatch.setattr(fastest_module, "why_unavailable", torch_gone)
    found = samplers.recommend(COUNTS, replacement=False, k=2)
    assert (found.name, dict(found.passed_over)) == ("alias", {"multinomial": "torch is not installed"})
    monkeypatch.setattr(fastest_module, "why_unavailable", lambda name: "no memory")
    with pytest.raises(RuntimeError, match="multinomial: no memory; alias: no memory"):
        samplers.recommend(COUNTS, replacement=False, k=2)


def test_a_device_that_was_not_measured_is_answered_clearly(monkeypatch):
    monkeypatch.setattr(fastest_module, "why_unavailable", lambda name: "torch sees no CUDA device")
    with pytest.raises(RuntimeError, match="device='cuda'.*cuda_multinomial: torch sees no CUDA device"):
        samplers.recommend(COUNTS, device="cuda")
    with pytest.raises(RuntimeError, match="device='cuda'.*cuda_multinomial: torch sees no CUDA device"):
        samplers.recommend(COUNTS, device="cuda", measure=True)
    monkeypatch.setattr(fastest_module, "why_unavailable", lambda name: None)
    found = samplers.recommend(COUNTS, device="cuda")
    assert (found.name, found.device, dict(found.figures)) == ("spectrum_triton", "cuda", {})
    assert "not measured on device='cuda'" in found.reason
    assert samplers.recommend([5] * 9, device="cuda").name == "uniform_triton"


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"rows": 0}, ValueError, "rows must be at least 1, got 0"),
        ({"rows": 1.5}, TypeError, "rows must be an integer, got 1.5"),
        ({"k": 0}, ValueError, "k must be at least 1, got 0"),
        ({"k": 5, "replacement": False}, ValueError, "k=5 distinct ids asked for, but only 4 ids"),
        ({"replacement": "no"}, TypeError, "replacement must be True or False, got 'no'"),
        (
            {"device": "tpu"},
            ValueError,
            "device must be 'cpu', 'cuda', 'cuda:0', ... or a torch.device, got 'tpu'",
        ),
        (
            {"device": "cuda:x"},
            ValueError,
            "device must be 'cpu', 'cuda', 'cuda:0', ... or a torch.device, got 'cuda:x'",
        ),
        ({"device": 0}, ValueError, "device must be 'cpu', 'cuda', 'cuda:0', ... or a torch.device, got 0"),
        ({"exponent": np.inf}, ValueError, "exponent must be finite, got inf"),
    ],
)
def test_errors_name_the_argument_and_its_value(options, error, message):
    for function in (samplers.recommend, samplers.fastest):
        with pytest.raises(error, match=re.escape(message)):
            function(COUNTS, **options)


def test_an_exponent_beside_a_noise_distribution_is_refused():
    with pytest.raises(TypeError, match=r"exponent=0.5: the noise distribution has the exponent 0.75 already"):
        samplers.recommend(samplers.NoiseDistribution(COUNTS), exponent=0.5)


@pytest.mark.parametrize("replacement", MODES)
def test_fastest_is_the_recommended_one_created(replacement):
    options = {"rows": 64, "k": 3, "replacement": replacement}
    found = samplers.recommend(COUNTS, exponent=0.5, **options)
    one = samplers.fastest(COUNTS, exponent=0.5, rng=42, **options)
    other = samplers.create(found.name, COUNTS, exponent=0.5, rng=42, replacement=replacement)
    assert (one.name, one.replacement) == (found.name, replacement)
    np.testing.assert_array_equal(one.sample(64, 3), other.sample(64, 3))


def test_the_options_of_fastest_reach_the_strategy(use):
    use(region("pool", "alias"))
    assert samplers.fastest(COUNTS, pool_size=17).pool_size == 17
    with pytest.raises(TypeError, match="pool has no option 'threads'"):
        samplers.fastest(COUNTS, threads=2)


def test_the_figures_are_those_of_the_nearest_cell(use):
    found = region("alias", "spectrum")
    near = {"at": found["cells"][0]["at"] | {"V": 1000, "rows": 64}, "ns": {"spectrum": 4.0, "alias": 3.0}}
    use(found | {"cells": [*found["cells"], near]})
    answer = samplers.recommend(np.arange(1, 901), rows=100)
    assert list(answer.figures.items()) == [("alias", 3.0), ("spectrum", 4.0)]
    assert (answer.measured_at["V"], answer.measured_at["cpu"]) == (1000, "A CPU")
    assert samplers.recommend(COUNTS).measured_at["V"] == 4


def test_the_reason_tells_where_and_by_how_much(use):
    use(region("alias", "spectrum", bounds={"V": [None, 5000], "sorted": [1, None], "rows": [2, 2000]}))
    reason = samplers.recommend(COUNTS).reason
    where = "(with replacement, V up to 5,000, ids sorted by weight, rows from 2 to 2,000)"
    assert f"{where}; spectrum takes 2 times as long there on average" in reason
    use(region("alias", "spectrum", close=True))
    assert "too close to call against spectrum (with replacement, any request)" in samplers.recommend(COUNTS).reason
    use(region("alias"))
    assert "the only one" in samplers.recommend(COUNTS).reason
    use(region("alias", "spectrum"))
    assert (
        "only one" in samplers.recommend(np.random.default_rng(1).exponential(size=20_000)).reason
    )  # spectrum refuses


def test_a_recommendation_reads_well_and_survives_pickling():
    found = samplers.recommend(COUNTS, k=2)
    assert pickle.loads(pickle.dumps(found)) == found
    lines = str(found).splitlines()
    assert lines[0] == f"{found.name}: {found.reason}"
    assert len([text for text in lines if text.endswith("x")]) == len(found.figures) >= 2
    assert re.search(rf"^  {found.name} +\S+ ns an id +1x$", str(found), re.MULTILINE)


def test_measuring_divides_by_the_ids_that_were_drawn_and_takes_the_least(use, monkeypatch):
    """One second a call for each: the strategy that pays for each row was asked for 64 rows, the other for 1,000."""
    if samplers.why_unavailable("multinomial"):
        pytest.skip(samplers.why_unavailable("multinomial"))
    use(region("multinomial", "alias", replacement=False))
    monkeypatch.setattr(
        fastest_module, "take_turns", lambda calls, *_, **__: {n: np.ones(3) * len(c()) for n, c in calls.items()}
    )
    found = samplers.recommend(COUNTS, rows=1000, k=2, replacement=False, measure=True)
    assert dict(found.figures) == pytest.approx({"multinomial": 5e8, "alias": 5e8})
    monkeypatch.setattr(fastest_module, "take_turns", lambda calls, *_, **__: dict.fromkeys(calls, np.ones(3)))
    found = samplers.recommend(COUNTS, rows=1000, k=2, replacement=False, measure=True)
    assert found.name == "alias"
    assert dict(found.figures) == pytest.approx({"alias": 1e9 / 2000, "multinomial": 1e9 / 128})
    assert found.measured_at["rows"] == 1000


LONG = [
    {"rows": 1, "k": 2**25 + 1},
    {"rows": 2**40},
    {"rows": 2**62, "k": 2**62},
    {"rows": 2**40, "k": 3, "replacement": False},
    {"rows": 2**20, "k": 2**11},
]


@pytest.mark.parametrize("options", LONG, ids=str)
def test_measuring_that_takes_long_is_refused_before_it_starts(options, monkeypatch):
    def refuse(*args, **options):
        raise AssertionError("measured, and not estimated")

    monkeypatch.setattr(fastest_module, "take_turns", refuse)
    at = f"at rows={options['rows']:,}, k={options.get('k', 5):,} would take about"
    begun = time.monotonic()
    with pytest.raises(ValueError, match="^measuring [a-z_, ]+ " + re.escape(at)) as found:
        samplers.recommend(COUNTS, measure=True, time_limit=1, **options)
    assert "time_limit is 1 s: ask for fewer rows or fewer ids a row, or leave measure out" in str(found.value)
    assert time.monotonic() - begun < 20
    with pytest.raises(AssertionError, match="measured, and not estimated"):
        samplers.recommend(COUNTS, measure=True, time_limit=None, **options)


def test_the_estimate_is_near_the_truth():
    """Of a call 500 times as long as the longest trial may be at first, on a machine that does other things too."""
    sampler = samplers.create("bisect", COUNTS, rng=0)
    estimate = fastest_module.estimated(sampler, 1, 2**20)
    begun = time.perf_counter()
    sampler.sample(1, 2**20)
    assert 0.2 < estimate / (time.perf_counter() - begun) < 5


def test_measuring_for_some_seconds_shows_a_bar(monkeypatch, capsys):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setattr(fastest_module, "SLOW_CALL", 0)
    said = []
    for shown_from in (0, 1e9):
        monkeypatch.setattr(waiting, "SHOWN_FROM", shown_from)
        samplers.recommend(COUNTS, measure=True)
        said.append(capsys.readouterr().err)
    assert "measuring" in said[0]
    assert said[1] == ""


@pytest.mark.parametrize(
    ("limit", "error"), [(0, ValueError), (-1, ValueError), (np.nan, ValueError), ("5", TypeError), (True, TypeError)]
)
@pytest.mark.parametrize("measure", [True, False])
def test_a_time_limit_is_a_positive_number_or_none(limit, error, measure):
    with pytest.raises(error, match="time_limit must be a"):
        samplers.recommend(COUNTS, measure=measure, time_limit=limit)


def test_measuring_here_shows_a_table_of_every_candidate():
    noise = samplers.NoiseDistribution(np.arange(1, REFUSED + 1))
    found = samplers.recommend(noise, rows=64, measure=True)
    assert found.figures.keys() | found.passed_over.keys() == set(reader.candidates(True, "cpu"))
    assert "spectrum" not in found.figures
    assert found.figures[found.name] == min(found.figures.values()) > 0
    assert "on this machine" in found.reason


def test_a_verdict_of_another_version_is_refused(monkeypatch, tmp_path):
    (tmp_path / "verdict.json").write_text(json.dumps({"schema": "samplers/verdict/v0", "regions": []}))
    monkeypatch.setattr(reader, "files", lambda package: tmp_path)
    with pytest.raises(
        RuntimeError, match=r"schema 'samplers/verdict/v0', but this version reads 'samplers/verdict/v1'"
    ):
        reader.verdict.__wrapped__()


def test_docstring_examples_print_what_they_say():
    result = doctest.testmod(fastest_module)
    assert result.attempted >= 5
    assert result.failed == 0


def test_a_request_of_any_size_has_a_nearest_cell():
    assert samplers.recommend([5, 3, 2], rows=2**63 - 1).name in samplers.names()


def test_a_recommendation_can_be_a_key():
    found = samplers.recommend(COUNTS)
    assert {found: 1}[samplers.recommend(COUNTS)] == 1


def test_measure_is_true_or_false():
    with pytest.raises(TypeError, match="measure must be True or False, got 'no'"):
        samplers.recommend(COUNTS, measure="no")


def test_devices_of_torch_are_devices():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    for device in ("cpu", "cpu:0", torch.device("cpu"), torch.device("cpu", 0)):
        assert samplers.recommend(COUNTS, device=device) == samplers.recommend(COUNTS)
        assert samplers.fastest(COUNTS, device=device, rng=1).device == "cpu"


def test_one_cuda_device_of_several_is_passed_on(monkeypatch):
    """Built on the CPU here: what matters is that the sampler is asked for the device that the user named."""
    asked = []
    kind = samplers.get("cuda_multinomial")
    monkeypatch.setattr(kind, "unavailable", classmethod(lambda cls: None))

    def build(self, *, device="cuda"):
        asked.append(device)
        original(self, device="cpu")

    original = kind._build
    monkeypatch.setattr(kind, "_build", build)
    for device in ("cuda:1", "cuda"):
        assert samplers.recommend(COUNTS, device=device).device == device
        samplers.fastest(COUNTS, device=device, rng=1)
    assert asked == ["cuda:1", "cuda"]


@pytest.mark.parametrize("device", ["nonsense", "cuda:99", 1.5])
def test_a_device_that_torch_does_not_know_is_an_error_that_names_it(device):
    pytest.importorskip("torch", reason="torch is not installed")
    with pytest.raises(ValueError, match=f"device.*{device}"):
        samplers.get("cuda_multinomial")(samplers.NoiseDistribution(COUNTS), device=device)


def test_no_sampler_is_named_for_more_ids_a_row_than_it_draws():
    """2**25 is the most of `alias` and `spectrum`."""
    assert samplers.recommend(COUNTS, rows=1, k=2**25).name in ("alias", "spectrum")
    beyond = samplers.recommend(COUNTS, rows=1, k=2**25 + 1)
    assert samplers.get(beyond.name).info.max_k is None
    assert beyond.passed_over["alias"] == "alias draws at most 33,554,432 ids in a row"
    with pytest.raises(ValueError, match=r"k must be at most 2\*\*25 in alias, got 33554433"):
        samplers.create("alias", COUNTS).sample(1, 2**25 + 1)
