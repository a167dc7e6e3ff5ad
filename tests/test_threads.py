# SPDX-License-Identifier: MIT
"""Threads that share a sampler together draw what one thread would have drawn, each row once."""

from __future__ import annotations

import _thread
import copy
import os
import pickle
import signal
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import samplers
from samplers.arguments import as_array
from samplers.counter_based import threads as shared_work
from samplers.counter_based.threads import share
from tests.counter_based.streams import both, modes, stream

THREADS = 8


@pytest.fixture(autouse=True)
def _switch_often():
    """Python changes threads after 5 ms by default: too seldom for a race to show in a short test."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def in_threads(work, arguments):
    """``work`` of every argument, in eight threads that begin together."""
    begin = threading.Barrier(THREADS)

    def run(mine):
        begin.wait()
        return [work(argument) for argument in mine]

    with ThreadPoolExecutor(THREADS) as pool:
        parts = pool.map(run, [arguments[i::THREADS] for i in range(THREADS)])
    return [result for part in parts for result in part]


@pytest.mark.parametrize("rows", [3, 700, 3000])
def test_eight_threads_draw_the_calls_of_one(make, sampler_name, replacement, rows):
    """32 calls of one shape: as a multiset they are the 32 calls that one thread makes. Rows beyond 1,024 take the
    long way of alias and spectrum, 3,000 x 3 ids refill a pool, and every call of cum_table lets other threads run.
    """
    if samplers.get(sampler_name).info.cost in ("row", "launch"):
        rows = min(rows, 40)
    alone, together = make("mixed", 7, replacement), make("mixed", 7, replacement)
    expected = [as_array(alone.sample(rows, 3)).tobytes() for _ in range(32)]
    drawn = [as_array(ids).tobytes() for ids in in_threads(lambda _: together.sample(rows, 3), range(32))]
    assert Counter(drawn) == Counter(expected)
    assert together.position == alone.position == 32 * rows


@pytest.mark.parametrize("clone", [copy.copy, copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))])
def test_a_copy_made_while_another_thread_draws_goes_on_at_its_position(make, sampler_name, replacement, clone):
    rows = 5 if samplers.get(sampler_name).info.cost in ("row", "launch") else 100
    calls = 10 if samplers.get(sampler_name).info.cost == "launch" else 50
    sampler = make("mixed", 7, replacement)

    def after(calls):
        """The rows after so many calls: those of `torch_one_call_distinct` depend on how rows are split (torch 2.2)."""
        alone = make("mixed", 7, replacement)
        for _ in range(calls):
            alone.sample(rows, 3)
        return alone.sample(3, 3)

    thread = threading.Thread(target=lambda: [sampler.sample(rows, 3) for _ in range(calls)])
    thread.start()
    for _ in range(calls * 2 // 5):
        twin = clone(sampler)
        assert twin.position % rows == 0
        np.testing.assert_array_equal(twin.sample(3, 3), after(twin.position // rows))
    thread.join()
    assert sampler.position == calls * rows
    twin = clone(sampler)
    twin.sample(rows, 3)
    np.testing.assert_array_equal(sampler.sample(3, 3), after(calls))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.parametrize("name", ["cum_table", "unigram_table", "bisect", "pool"])
def test_a_child_never_waits_for_the_lock_of_a_thread_that_it_does_not_have(name):
    sampler = samplers.create(name, [5, 3, 2], rng=1)
    held, done = threading.Event(), threading.Event()

    def hold():
        with sampler._guard.lock:
            held.set()
            done.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        copy.copy(sampler)
        pickle.dumps(sampler)
        if name.endswith("table"):
            sampler.state = 5
        sampler.with_rng(1).sample(1, 1)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    done.set()
    thread.join()
    assert status == 0


@pytest.mark.parametrize("name", ["cum_table", "unigram_table"])
def test_ctrl_c_ends_a_compiled_draw_before_its_end(name):
    """Else the state would have moved."""
    sampler = samplers.create(name, [5, 3, 2], rng=1)
    state = sampler.state
    out = np.empty((40_000_000, 1), np.int32)
    timer = threading.Timer(0.01, _thread.interrupt_main)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        sampler.sample(*out.shape, out=out)
    timer.join()
    assert (sampler.state, sampler.position) == (state, 0)
    np.testing.assert_array_equal(sampler.sample(9, 5), samplers.create(name, [5, 3, 2], rng=1).sample(9, 5))


@both
@modes
@pytest.mark.parametrize("threads", [1, 3])
def test_calls_of_any_size_and_kind_take_each_row_once(name, replacement, threads):
    """Rows are told apart by their ids: 40,000 of nine ids each."""
    calls = [(rows, kind) for rows in (1, 5, 64, 1000, 1500, 7430) for kind in ("plain", "out", "exclude", "narrow")]
    total = sum(rows for rows, _ in calls)
    expected = stream(name, replacement).sample_rows(np.arange(total), 9)
    sampler = stream(name, replacement, threads)

    def draw(call):
        rows, kind = call
        if kind == "plain":
            return sampler.sample(rows, 9)
        if kind == "exclude":  # of nothing that can come: the long way through the rules
            return sampler.sample(rows, 9, exclude=[[]] * rows)
        return sampler.sample(rows, 9, out=np.empty((rows, 9), np.int64 if kind == "out" else np.int32))

    drawn = np.concatenate([np.asarray(ids, dtype=np.int64) for ids in in_threads(draw, calls)])
    assert sampler.position == total
    assert Counter(map(bytes, drawn)) == Counter(map(bytes, expected))


def test_excluded_rows_of_a_sequential_stream_are_drawn_one_caller_after_another():
    alone, together = (samplers.create("cum_table", [50, 30, 9, 4, 2], rng=3) for _ in range(2))
    exclude = np.arange(2000) % 5
    expected = [alone.sample(2000, 4, exclude=exclude).tobytes() for _ in range(16)]
    drawn = [ids.tobytes() for ids in in_threads(lambda _: together.sample(2000, 4, exclude=exclude), range(16))]
    assert Counter(drawn) == Counter(expected)


def test_a_failed_call_gives_its_rows_back_unless_others_have_gone_on(monkeypatch):
    """Of more than 2**16 ids: a shorter call is drawn in one step."""
    sampler = stream("alias", True)
    expected = sampler.sample_rows(np.arange(120_000), 5)

    def fails(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(type(sampler), "_run", fails)
        with pytest.raises(KeyboardInterrupt):
            sampler.sample(50_000, 5)
        assert sampler.position == 0
        in_between = []

        def draws_another_call_and_fails(self, draw, on_collision):
            broken.undo()
            in_between.append(sampler.sample(40_000, 5))
            raise MemoryError

        broken.setattr(type(sampler), "_run", draws_another_call_and_fails)
        with pytest.raises(MemoryError):
            sampler.sample(50_000, 5)
    assert sampler.position == 90_000  # rows 0 to 49,999 belong to the call that failed: nobody else may get them
    np.testing.assert_array_equal(in_between[0], expected[50_000:90_000])
    np.testing.assert_array_equal(sampler.sample(30_000, 5), expected[90_000:])


@both
def test_many_threads_are_as_few(name):
    """More threads than chunks, than cores, and than the system may start."""
    expected = stream(name, True).sample(60_000, 9)
    np.testing.assert_array_equal(stream(name, True, threads=1024).sample(60_000, 9), expected)
    with pytest.raises(ValueError, match="threads must be at most 1,024, got 1025"):
        stream(name, True, threads=1025)


def test_a_system_that_starts_no_more_threads_only_slows_a_draw_down(monkeypatch):
    class Full(ThreadPoolExecutor):
        def submit(self, *_):
            raise RuntimeError("can't start new thread")

    monkeypatch.setattr(shared_work, "ThreadPoolExecutor", Full)
    monkeypatch.setattr(shared_work, "_pools", shared_work._Pools())
    expected = stream("alias", True).sample(200_000, 9)
    np.testing.assert_array_equal(stream("alias", True, threads=3).sample(200_000, 9), expected)


def test_the_first_failure_of_any_thread_stops_all_and_is_raised():
    began, release = [], threading.Event()

    def work(start, end, stop):
        began.append(start)
        if start == 0:
            release.wait(10)
            raise OSError("of the thread that took the first chunk")
        release.set()
        while not stop.is_set():
            time.sleep(0.001)

    with pytest.raises(OSError, match="took the first chunk"):
        share(1000, 10, 3, work)
    assert len(began) <= 3


def test_nobody_works_on_after_the_call_has_returned():
    """Also where the calling thread fails at once, while others are in the middle of a chunk."""
    active = []

    def work(start, end, stop):
        active.append(start)
        if threading.current_thread() is threading.main_thread():
            while len(active) < 3:
                time.sleep(0.001)
            raise KeyboardInterrupt
        time.sleep(0.1)
        active.remove(start)

    with pytest.raises(KeyboardInterrupt):
        share(1000, 10, 3, work)
    assert len(active) == 1  # the chunk that failed


def test_a_pool_that_is_busy_with_another_call_holds_nobody_up():
    """The helpers of the second call wait behind those of the first, and are not waited for."""
    hold, entered = threading.Event(), threading.Event()

    def long(start, end, stop):
        entered.set()
        hold.wait(30)

    first = threading.Thread(target=share, args=(2, 1, 2, long))
    first.start()
    entered.wait(10)
    done = []
    share(4, 1, 2, lambda start, end, stop: done.append(start))
    assert sorted(done) == [0, 1, 2, 3]
    hold.set()
    first.join(30)
    assert not first.is_alive()


class Slow(samplers.SequentialSampler):
    """Blocks in any thread but the main one, so that a fork finds the lock of its stream held."""

    info = samplers.Info(name="slow")
    entered, release = threading.Event(), threading.Event()

    def _build(self):
        pass

    def _seed(self, rng):
        pass

    def _fill(self, out):
        if threading.current_thread() is not threading.main_thread():
            self.entered.set()
            self.release.wait(30)
        out[...] = 0

    @property
    def nbytes(self):
        return 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore::samplers.SharedStreamWarning", "ignore::DeprecationWarning")
def test_a_child_does_not_wait_for_a_thread_of_its_parent():
    """Forked while another thread is inside a draw: its lock is never released in the child."""
    sampler = Slow(samplers.NoiseDistribution([1]))
    long_draw = threading.Thread(target=sampler.sample, args=(1, 1))
    long_draw.start()
    assert sampler.entered.wait(10)
    child = os.fork()
    if child == 0:
        ok = (sampler.sample(2, 3) == 0).all() and sampler.position == 2
        # A pool of the parent has no threads here.
        ok = ok and stream("alias", True, threads=2).sample(60_000, 9).shape == (60_000, 9)
        os._exit(0 if ok else 1)
    for _ in range(600):
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            break
        time.sleep(0.05)
    else:
        os.kill(child, 9)
        os.waitpid(child, 0)
        pytest.fail("the child waits for ever")
    sampler.release.set()
    long_draw.join(10)
    assert os.waitstatus_to_exitcode(status) == 0
