# SPDX-License-Identifier: MIT
"""The suite itself: every benchmark runs, over the registry, and stores what the report reads."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
import time
from functools import partial

import numpy as np
import pytest

import samplers
from benchmarks import (
    bench_build,
    bench_cold,
    bench_exclusion,
    bench_large,
    bench_limit,
    bench_loader,
    bench_order,
    bench_post004,
    bench_sample,
    claims,
    fidelity,
    suite,
)
from benchmarks.workloads import WORKLOADS, noise_of
from samplers.kernels import rows as kernel
from tests.data.asv_methods import CLASSES, METHODS, usable

OVER_SAMPLERS = [kind for kind in CLASSES if kind.param_names[0] == "sampler"]


def test_the_sampler_is_the_first_axis_wherever_there_is_one():
    assert len(OVER_SAMPLERS) == len(CLASSES) - 5  # those without samplers have parts of their own
    for kind in OVER_SAMPLERS:
        assert kind.params[0] == suite.sampler_names()
    for kind in CLASSES:
        assert len(kind.params) == len(kind.param_names)


def can_gather(way: str) -> bool:
    one = np.zeros(1 + bench_limit.AHEAD, dtype=np.uint32)
    return kernel.gather(kernel.GATHER_WAYS.index(way), np.zeros(1, np.uint64), one, np.zeros(1, np.uint64))


def small(kind) -> list[tuple]:
    """Each sampler, or each method, at the first value of every other axis, and on a small workload."""
    rest = ["zipf_1e2" if axis[0] in WORKLOADS else axis[0] for axis in kind.params[1:]]
    return [(first, *rest) for first in kind.params[0]]


def reason(kind, cell) -> str | None:
    """Why a cell is n/a, as the suite says without building anything."""
    if cell[0] in kernel.GATHER_WAYS and not can_gather(cell[0]):
        return "not on this CPU"
    if hasattr(kind, "why_not"):
        return kind.why_not(*cell)
    return suite.why_not(cell[0]) if kind in OVER_SAMPLERS else None


@pytest.fixture
def small_workloads(monkeypatch):
    """English words and 2**24 ids in a test of whether a benchmark runs would take a minute."""
    monkeypatch.setattr(bench_cold, "MOST", 1)
    monkeypatch.setitem(bench_order.WORKLOAD, "sorted", "zipf_1e4")
    monkeypatch.setitem(bench_build.DISTINCT, "integers", "zipf_1e4")
    monkeypatch.setitem(bench_large.SIZES, "2**24 + 1", ("zipf_1e4", 10**4))
    monkeypatch.setattr(bench_loader, "WORKLOAD", "zipf_1e4")
    monkeypatch.setattr(bench_loader, "BATCHES", 2)
    monkeypatch.setattr(bench_loader, "SHARE_BATCHES", 2)
    monkeypatch.setattr(bench_loader, "ROUNDS", 2)
    monkeypatch.setattr(bench_exclusion, "CALLS", 2)
    monkeypatch.setattr(bench_exclusion, "USERS", 2_000)
    monkeypatch.setattr(samplers, "check_fidelity", partial(samplers.check_fidelity, rows=2_000))


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "method"), METHODS, ids=lambda x: x if isinstance(x, str) else x.__name__)
def test_every_benchmark_runs_once_or_says_why_not(kind, method, small_workloads):
    for cell in small(kind):
        bench, why_not = kind(), reason(kind, cell)
        if why_not is not None:
            with pytest.raises(NotImplementedError, match=re.escape(why_not)):
                bench.setup(*cell)
            continue
        bench.setup(*cell)
        result = getattr(bench, method)(*cell)
        assert isinstance(result, {"track": int | float | dict, "timer": str}.get(method[:5], type(None)))
        assert not isinstance(result, float) or math.isfinite(result)


def test_a_timed_call_draws_the_ids_of_its_cell():
    bench = bench_sample.Sample()
    bench.setup("cum_table", "zipf_1e2", 64, 5)
    before = bench.out.copy()
    bench.time_sample("cum_table", "zipf_1e2", 64, 5)
    assert bench.out.shape == (64, 5)
    assert (bench.out != before).any()
    assert bench.sampler.name == "cum_table"
    assert bench.sampler.noise is noise_of("zipf_1e2")
    assert bench.number >= 1


def test_a_strategy_that_pays_for_each_row_is_not_timed_on_many():
    for name in usable():
        cell = (name, "zipf_1e2", bench_sample.MANY, 5)
        if samplers.get(name).info.cost == "row":
            with pytest.raises(NotImplementedError, match=f"the cost of {name} is per row"):
                bench_sample.Sample().setup(*cell)
        else:
            bench_sample.Sample().setup(*cell)


def test_what_cannot_be_built_is_not_applicable_with_the_reason(monkeypatch):
    monkeypatch.setattr(samplers, "why_unavailable", lambda name: "no such device")
    with pytest.raises(NotImplementedError, match="no such device"):
        suite.build("pool", "zipf_1e2")


def test_post_004s_methods_draw_50_000_ids_each():
    bench = bench_post004.Post004()
    for method, function in bench_post004.METHODS.items():
        bench.setup(method)
        ids = function(bench.prob, bench.cumulative)
        assert len(ids) == 50_000
        assert all(WORKLOADS["post004"].counts()[i] > 0 for i in set(ids))


@pytest.mark.parametrize("name", list(WORKLOADS))
def test_a_workload_has_the_size_and_form_that_its_name_says(name):
    workload = WORKLOADS[name]
    counts = workload.counts()
    assert counts.dtype == (np.float64 if name.startswith("floats") else np.int64)
    assert (counts >= 0).all()
    assert workload.formula
    if name.startswith("zipf_"):
        assert len(counts) == int(float(name.removeprefix("zipf_")))
        assert (np.diff(counts) <= 0).all()
        assert counts[-1] >= 9
    np.testing.assert_array_equal(counts, workload.counts())


def test_workloads_hold_what_their_formulas_promise():
    english, korean = WORKLOADS["english"].counts(), WORKLOADS["korean"].counts()
    assert len(english) > 300_000
    assert len(korean) > 25_000
    for real in (english, korean):
        assert (np.diff(real) <= 0).all()
        assert real[0] > 10**7
        assert real[-1] >= 1
    post = WORKLOADS["post004"].counts()
    assert (len(post), post.min() >= 0, post.max() <= 999) == (100, True, True)
    assert np.unique(WORKLOADS["flat"].counts()).size == 1
    heavy = WORKLOADS["one_heavy"].noise().probabilities
    assert heavy.max() > 0.98
    zeros = WORKLOADS["zeros"].counts()
    assert (zeros[0], zeros[-1], np.count_nonzero(zeros == 0)) == (0, 0, 5001)


def test_the_fidelity_file_is_strict_json_and_says_who_failed(tmp_path, capsys, monkeypatch):
    # Processes that are spawned have all mutants; numbers of some name the same ones there.
    some = [m for m in fidelity.MUTANTS if m.kind.info.name in ("exponent_074", "duplicates")]
    monkeypatch.setattr(fidelity, "numbers", lambda: [fidelity.MUTANTS.index(m) for m in some])
    out = tmp_path / "deep" / "fidelity.json"
    assert fidelity.main(["--out", str(out), "--workloads", "post004", "--samplers", "cum_table", "pool_reuse"]) == 0
    assert "not faithful: pool, reuse=True on post004\n" in capsys.readouterr().out

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not strict JSON")

    document = json.loads(out.read_text(), parse_constant=refuse)
    assert (document["schema"], document["version"]) == ("samplers/fidelity", 3)
    passed = {r["sampler"]: r["passed"] for r in document["results"]}
    assert passed == {"cum_table": True, "pool_reuse": False}
    for result in document["results"]:
        assert sum(result["ranks"]["observed"]) == result["ids"]
        assert sum(result["ranks"]["expected"]) == pytest.approx(result["ids"])
        assert result["ranks"]["first"][0] == 1
        assert result["ranks"]["last"][-1] == noise_of("post004").nonzero
    cum_table = document["results"][0]
    assert cum_table["audit"]["total_variation"] < 1e-6
    assert {mutant["name"] for mutant in document["mutants"] if mutant["caught"]} == {"exponent_074", "duplicates"}
    assert [s["origin"] for s in document["samplers"]] == ["built-in", "variant"]


CHECKS_WITHOUT_END = """
import signal, sys, time
from benchmarks.fidelity import in_processes

def check(started):
    open(started, "w").close()
    time.sleep(300)

def end(*_):
    sys.exit(143)

if __name__ == "__main__":
    signal.signal(signal.SIGTERM, end)
    in_processes(check, [(sys.argv[1],)] * 4, 1, "sleeping")
"""


def is_gone(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.skipif(os.name != "posix", reason="needs SIGTERM")
def test_a_signal_ends_the_processes_of_the_checks(tmp_path):
    (tmp_path / "checks.py").write_text(CHECKS_WITHOUT_END)
    started = tmp_path / "started"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, sys.path))}
    command = [sys.executable, str(tmp_path / "checks.py"), str(started)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, start_new_session=True) as parent:
        while not started.exists():
            assert parent.poll() is None
            time.sleep(0.05)
        parent.terminate()
        assert parent.wait(60) == 143  # without the end of its processes it would wait for 300 s
        assert any(is_gone(parent.pid) or time.sleep(0.1) for _ in range(100))  # the last one needs a moment to end


def test_a_check_that_raises_becomes_a_failed_result(monkeypatch):
    def broken(*args, **options):
        raise RuntimeError("out of luck")

    monkeypatch.setattr(samplers, "check_fidelity", broken)
    result = fidelity.check("cum_table", "post004", 5)
    assert (result["passed"], result["error"]) == (False, "RuntimeError: out of luck")


def test_a_sampler_that_cannot_run_is_described_with_its_reason(monkeypatch):
    monkeypatch.setattr(samplers, "why_unavailable", lambda name: "no such device")
    described = fidelity.describe("cuda_multinomial")
    assert described["unavailable"] == "no such device"
    assert described["device"] == "cuda"


def test_the_gathers_load_what_the_indices_say():
    table, index = (
        np.arange(1000, dtype=np.uint64) * 3,
        np.arange(80 + bench_limit.AHEAD, dtype=np.uint32) * 5,
    )
    for way in range(len(kernel.GATHER_WAYS)):
        out = np.zeros(80, dtype=np.uint64)
        if kernel.gather(way, table, index, out):
            np.testing.assert_array_equal(out, index[:80] * 3)


def test_a_claim_measures_its_two_sides_in_turns(monkeypatch):
    """Own side 2, other side 10 seconds an id: 5 times faster, or 0.2 times the time."""
    monkeypatch.setattr(
        claims, "take_turns", lambda calls, n, _: {side: np.full(n, call()) for side, call in calls.items()}
    )
    sides = ((lambda: 4.0, 2), (lambda: 10.0, 1))
    faster = claims.measure(claims.Claim("text", 4.9, lambda: sides))
    assert (faster["ratio"], faster["reached"], faster["own_ns"]) == (5.0, True, 2e9)
    missed = claims.measure(claims.Claim("text", 5.1, lambda: sides))
    assert not missed["reached"]
    slower = claims.measure(claims.Claim("text", 0.3, lambda: sides, "times the time"))
    assert (slower["ratio"], slower["reached"]) == (0.2, True)


def test_the_claims_file_is_written(monkeypatch, tmp_path, capsys):
    small_claims = tuple(c for c in claims.CLAIMS if "1e7" not in c.text and "1e8" not in c.text)
    assert 6 < len(small_claims) < len(claims.CLAIMS)
    monkeypatch.setattr(claims, "CLAIMS", small_claims)
    monkeypatch.setattr(claims, "ROUNDS", 1)
    monkeypatch.setattr(claims, "ROUND_SECONDS", 0.001)
    out = tmp_path / "claims.json"
    assert claims.main(["--out", str(out)]) == 0
    document = json.loads(out.read_text())
    assert (document["schema"], document["version"]) == ("samplers/claims", 2)
    assert [r["text"] for r in document["results"]] == [c.text for c in small_claims]
    assert all(r["ratio"] > 0 for r in document["results"])
    assert document["machine"]["simd"] == kernel.simd()
    assert small_claims[0].text in capsys.readouterr().out


def test_a_refused_distribution_is_told_from_a_failure():
    refused = fidelity.check("spectrum", "floats_1e5", 5)
    assert refused["refused"]
    assert "use 'alias'" in refused["error"]
    assert not refused["passed"]
