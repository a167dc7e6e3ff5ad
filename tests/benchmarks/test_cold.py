# SPDX-License-Identifier: MIT
"""Single calls as training finds them: what is evicted, what is timed, and the training step around a call."""

from __future__ import annotations

import gc

import numpy as np
import pytest

from benchmarks import bench_cold, caches
from benchmarks.workloads import noise_of


@pytest.fixture
def machine(monkeypatch):
    """A machine with an L2 of 1 MiB and an L3 of 32 MiB."""
    monkeypatch.setattr(caches, "sizes", lambda: {"L1": 2**15, "L2": 2**20, "L3": 2**25})


def test_more_than_the_l2_but_less_than_the_l3_is_written_to_evict_the_l2(machine):
    assert caches.to_write() == {"L2": 6 * 2**20, "all": 2 * 2**25}


def test_caches_that_the_system_does_not_tell_are_assumed(monkeypatch):
    monkeypatch.setattr(caches, "sizes", dict)
    assert caches.to_write() == {"L2": 12 * 2**20, "all": 128 * 2**20}
    monkeypatch.setattr(caches, "sizes", lambda: {"L1": 2**15, "L2": 2**21})  # no L3
    assert caches.to_write()["all"] == 2 * 2**21


def test_evicting_writes_every_byte_into_memory_that_is_kept(machine, monkeypatch):
    written = []
    monkeypatch.setattr(caches.np, "add", lambda a, b, out: written.append((a.nbytes, out is a, out.ctypes.data)))
    caches.evict.cache_clear()
    for _ in range(2):
        caches.evict("L2")()
    caches.evict.cache_clear()
    assert written[0][:2] == (6 * 2**20, True)
    assert written[0] == written[1]


def test_only_the_call_is_timed_and_in_every_round_after_the_preparation(monkeypatch):
    clock, order = [0.0], []

    def takes(name, seconds):
        order.append(name)
        clock[0] += seconds

    monkeypatch.setattr(bench_cold.time, "thread_time", lambda: clock[0])
    seconds = bench_cold.after(lambda: takes("prepare", 100.0), lambda: takes("call", 1.0))
    assert order == ["call", *["prepare", "call"] * bench_cold.MOST]
    assert seconds == [1.0] * bench_cold.MOST
    assert gc.isenabled()


def test_slow_calls_are_made_fewer_times(monkeypatch):
    monkeypatch.setattr(bench_cold, "SECONDS", 0.0)
    assert len(bench_cold.repeated(lambda: 1.0)) == bench_cold.LEAST
    monkeypatch.setattr(bench_cold, "SECONDS", 60.0)
    assert len(bench_cold.repeated(lambda: 1.0)) == bench_cold.MOST


def test_garbage_is_collected_again_after_an_error():
    def fails():
        raise RuntimeError("in the call")

    with pytest.raises(RuntimeError, match="in the call"):
        bench_cold.repeated(fails)
    assert gc.isenabled()


def test_a_training_step_draws_once_and_changes_the_rows_of_its_ids_alone():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    from benchmarks.sgns.step import BATCH, K, TrainingStep, random_batches

    noise = noise_of("zipf_1e4")
    step, first = TrainingStep(len(noise), "SGD, sparse"), next(random_batches(noise))
    centres, contexts = step.model.tensors().values()
    with torch.no_grad():
        centres.fill_(0.1)
        contexts.fill_(0.1)
    ids, calls = np.full((BATCH, K), 9_999), []
    step.run(first, lambda: calls.append(1) or ids)
    assert len(calls) == 1
    changed = (contexts != 0.1).any(1).nonzero().ravel().tolist()
    assert set(changed) == {9_999, *first.contexts.ravel().tolist()}
    # A context of the batch comes nearer to the centres, a negative id gets further away.
    assert (contexts[9_999] < 0.1).all()
    pushed = sorted(set(first.contexts.ravel().tolist()) - {9_999})
    assert (contexts[pushed] > 0.1).all()


def test_the_call_in_a_training_step_is_the_one_that_is_timed(monkeypatch):
    pytest.importorskip("torch", reason="torch is not installed")
    monkeypatch.setattr(bench_cold, "MOST", 3)
    bench = bench_cold.Cold()
    bench.setup("alias", 10**4, "training step")
    before = bench.sampler.position
    result = bench.track_call("alias", 10**4, "training step")
    assert bench.sampler.position - before == (bench_cold.UNTIMED + 3) * bench_cold.ROWS
    assert (len(result["samples"]), result["number"]) == (3, 1)
    assert min(result["samples"]) > 0


def test_strategies_that_pay_for_each_row_are_not_measured():
    assert "cost of multinomial is per row" in bench_cold.Cold.why_not("multinomial", 10**4, "warm")
