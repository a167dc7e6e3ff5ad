# SPDX-License-Identifier: MIT
"""The recommendation: never of what cannot serve, the same everywhere, and measured if asked."""

from __future__ import annotations

import doctest
import importlib
import pickle
import re
import subprocess
import sys
import time

import numpy as np
import pytest

import samplers
from samplers import waiting
from samplers.kernels import rows as kernel
from samplers.recommendation.rule import Choice

# `samplers.recommend` is the function; the module of that name is found by its path.
recommend_module = importlib.import_module("samplers.recommendation.recommend")
COUNTS = [1000, 400, 30, 5]
MODES = (True, False)


@pytest.fixture
def use(monkeypatch):
    """Puts a choice of some strategies in the place of the rule."""

    def put(*names):
        monkeypatch.setattr(recommend_module, "choose", lambda noise, draws: Choice(names, "it was put there"))

    return put


def test_the_answer_needs_no_clock_and_no_particular_processor(monkeypatch):
    def refuse(*args, **options):
        raise AssertionError("without measure=True nothing is timed")

    monkeypatch.setattr(recommend_module, "take_turns", refuse)
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
    use("spectrum", "alias")
    assert samplers.recommend(np.arange(1, REFUSED)).name == "spectrum"
    found = samplers.recommend(np.arange(1, REFUSED + 1))
    assert found.name == "alias"
    assert "hardly repeat" in found.passed_over["spectrum"]
    assert "after spectrum" in found.reason
    assert "passed over: spectrum (spectrum: the weights hardly repeat" in str(found)


def test_a_winner_that_cannot_run_here_is_passed_over(use, monkeypatch):
    use("multinomial", "alias")
    torch_gone = lambda name: "torch is not installed" if name == "multinomial" else None  # noqa: E731
    monkeypatch.setattr(recommend_module, "why_unavailable", torch_gone)
    found = samplers.recommend(COUNTS, replacement=False, k=2)
    assert (found.name, dict(found.passed_over)) == ("alias", {"multinomial": "torch is not installed"})
    monkeypatch.setattr(recommend_module, "why_unavailable", lambda name: "no memory")
    with pytest.raises(RuntimeError, match="multinomial, alias, .*, uniform: no memory$"):
        samplers.recommend(COUNTS, replacement=False, k=2)


def test_a_device_that_was_not_measured_is_answered_clearly(monkeypatch):
    monkeypatch.setattr(recommend_module, "why_unavailable", lambda name: "torch sees no CUDA device")
    with pytest.raises(RuntimeError, match="device='cuda'.*cuda_multinomial: torch sees no CUDA device"):
        samplers.recommend(COUNTS, device="cuda")
    with pytest.raises(RuntimeError, match="device='cuda'.*cuda_multinomial: torch sees no CUDA device"):
        samplers.recommend(COUNTS, device="cuda", measure=True)
    monkeypatch.setattr(recommend_module, "why_unavailable", lambda name: None)
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
    use("pool", "alias")
    assert samplers.fastest(COUNTS, pool_size=17).pool_size == 17
    with pytest.raises(TypeError, match="pool has no option 'threads'"):
        samplers.fastest(COUNTS, threads=2)


@pytest.mark.parametrize("measure", [False, True])
def test_a_recommendation_reads_well_and_survives_pickling(measure):
    found = samplers.recommend(COUNTS, k=2, measure=measure)
    assert pickle.loads(pickle.dumps(found)) == found
    lines = str(found).splitlines()
    assert lines[0] == f"{found.name}: {found.reason}"
    assert len([text for text in lines if text.endswith("x")]) == len(found.figures) == 2 * measure
    assert measure is bool(re.search(rf"^  {found.name} +\S+ ns an id +1x$", str(found), re.MULTILINE))


def test_measuring_divides_by_the_ids_that_were_drawn_and_takes_the_least(monkeypatch):
    """One second a call for each: the strategy that pays for each row was asked for 64 rows, the other for 1,000."""
    if samplers.why_unavailable("multinomial"):
        pytest.skip(samplers.why_unavailable("multinomial"))
    monkeypatch.setattr(recommend_module, "SPECTRUM", "multinomial")
    monkeypatch.setattr(
        recommend_module, "take_turns", lambda calls, *_, **__: {n: np.ones(3) * len(c()) for n, c in calls.items()}
    )
    found = samplers.recommend(COUNTS, rows=1000, k=2, replacement=False, measure=True)
    assert dict(found.figures) == pytest.approx({"multinomial": 5e8, "alias": 5e8})
    monkeypatch.setattr(recommend_module, "take_turns", lambda calls, *_, **__: dict.fromkeys(calls, np.ones(3)))
    found = samplers.recommend(COUNTS, rows=1000, k=2, replacement=False, measure=True)
    assert found.name == "alias"
    assert dict(found.figures) == pytest.approx({"alias": 1e9 / 2000, "multinomial": 1e9 / 128})
    assert found.measured_at == {"V": 4, "rows": 1000, "k": 2}


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

    monkeypatch.setattr(recommend_module, "take_turns", refuse)
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
    estimate = recommend_module.estimated(sampler, 1, 2**20)
    begun = time.perf_counter()
    sampler.sample(1, 2**20)
    assert 0.2 < estimate / (time.perf_counter() - begun) < 5


def test_measuring_for_some_seconds_shows_a_bar(monkeypatch, capsys):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setattr(recommend_module, "SLOW_CALL", 0)
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
    assert found.figures.keys() | found.passed_over.keys() == {"alias", "spectrum", "uniform"}
    assert "spectrum" not in found.figures
    assert found.figures[found.name] == min(found.figures.values()) > 0
    assert "on this machine" in found.reason


def test_docstring_examples_print_what_they_say():
    result = doctest.testmod(recommend_module)
    assert result.attempted >= 5
    assert result.failed == 0


def test_a_request_of_any_size_has_an_answer():
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
