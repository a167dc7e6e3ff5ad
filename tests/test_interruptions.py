# SPDX-License-Identifier: MIT
"""A draw that is cut off leaves its sampler where it was, or a sampler that says that it is nowhere; and no draw runs
within another of the same sampler.
"""

from __future__ import annotations

import copy
import faulthandler
import pickle
import signal
import sys
from concurrent.futures import thread
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import samplers
from samplers.counter_based import threads as shared_work
from samplers.torch_tools import HeldGenerator
from samplers.undo import LEAST_IDS_TO_SAVE_STATE, undo_of
from tests.counter_based.streams import both, stream

OURS = str(Path(__file__).parent.parent)
ROWS, K = 3, 3
LONG = -(-LEAST_IDS_TO_SAVE_STATE // K)  # rows from which on the state of random.Random is kept


class CutOffError(BaseException):
    """What a signal handler may raise: no Exception."""


def interrupted(work, at):
    """Do ``work`` and raise at line ``at`` of this project's code within it; whether that many were reached."""
    left = at

    def trace(frame, event, _):
        nonlocal left
        if not frame.f_code.co_filename.startswith(OURS) or frame.f_code.co_filename == __file__:
            return None
        if event == "line":
            left -= 1
            if left == 0:
                raise CutOffError
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    except CutOffError:
        return True
    finally:
        sys.settrace(before)
    return left <= 0


def places(few=250):
    """Every line, and then some: calls of many rows pass thousands."""
    return [*range(1, few), *range(few, 20 * few, 97)]


@pytest.mark.parametrize("rows", [ROWS, LONG])
@pytest.mark.parametrize("exclude", [None, "redraw", "mark"])
def test_a_draw_cut_off_at_any_line_moves_nothing_or_says_so(make, sampler_name, replacement, rows, exclude):
    cost = samplers.get(sampler_name).info.cost
    if rows > ROWS and cost in ("row", "launch"):
        rows = 40
    call = {} if exclude is None else {"exclude": [[1, 2]] * rows, "on_collision": exclude}
    told = cut = 0
    # Calls on tensors take milliseconds, and pass the same few dozen lines again and again.
    step = 1 if cost != "launch" else 60 if rows == ROWS else 13
    for at in places(60 if rows > ROWS else 250)[::step]:
        sampler, alone = make("mixed", 5, replacement), make("mixed", 5, replacement)
        np.testing.assert_array_equal(sampler.sample(2, K), alone.sample(2, K))
        if not interrupted(lambda s=sampler: s.sample(rows, K, **call), at):
            break
        cut += 1
        if sampler.position > 2:  # all was done but the return
            alone.sample(rows, K, **call)
        assert sampler.position == alone.position
        try:
            np.testing.assert_array_equal(sampler.sample(4, K), alone.sample(4, K))
        except RuntimeError as error:
            assert "interrupted an earlier draw after" in str(error)  # noqa: PT017
            told += 1
    assert cut > 3
    if sampler_name in samplers.registry.BUILT_IN and (sampler_name, rows) != ("bisect", ROWS):
        assert told == 0


def broken_sampler():
    """A small call of bisect that fails."""
    sampler = samplers.create("bisect", [5, 3, 2], rng=1)
    sampler.sample(7, 2)
    assert any(interrupted(lambda: sampler.sample(2, 2), at) and sampler._guard.broken for at in range(30, 90))
    return sampler


@pytest.mark.parametrize("clone", [copy.copy, copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))])
def test_a_stream_that_stands_nowhere_is_refused_with_the_cure_and_so_are_its_copies(clone):
    sampler = broken_sampler()
    for which in (sampler, clone(sampler)):
        with pytest.raises(RuntimeError, match=r"bisect: .* after 7 rows.*same rng and draw 7 rows .*with_rng"):
            which.sample(1, 1)
    assert sampler.with_rng(3).sample(2, 2).shape == (2, 2)


@pytest.mark.parametrize("name", ["cum_table", "unigram_table"])
def test_a_state_that_is_set_mends_a_stream(name):
    sampler, alone = (samplers.create(name, [5, 3, 2], rng=1, **small(name)) for _ in range(2))
    sampler._guard.broken = True
    sampler.state = alone.state
    np.testing.assert_array_equal(sampler.sample(3, 3), alone.sample(3, 3))


def small(name):
    return {"table_size": 1000} if name == "unigram_table" else {}


@pytest.mark.parametrize("held", [False, True])
def test_a_generator_of_torch_is_brought_back_as_it_is_and_held_by_the_library(held):
    torch = pytest.importorskip("torch")
    generator = torch.Generator().manual_seed(3)
    undo = undo_of({"a": HeldGenerator(generator) if held else generator}, ["a"], 1)
    first = torch.rand(5, generator=generator)
    undo()
    assert torch.rand(5, generator=generator).tolist() == first.tolist()


def test_a_stream_of_an_unknown_kind_cannot_be_brought_back():
    assert undo_of({"a": [1]}, ["a"], 10**6) is None
    values = {"a": 1, "b": np.random.default_rng(3)}
    undo = undo_of(values, ["a", "b"], 10**6)
    expected = copy.deepcopy(values["b"]).random()
    values["a"] = 7
    values["b"].random(9)
    undo()
    assert (values["a"], values["b"].random()) == (1, expected)


def within(work, other, at, also=OURS):
    """Do ``work`` and, at line ``at`` of it, ``other``, as a signal handler would. Lines are of files in `OURS` or of
    the module ``also``.
    """
    left = at

    def trace(frame, event, _):
        nonlocal left
        if not frame.f_code.co_filename.startswith((OURS, also)) or frame.f_code.co_filename == __file__:
            return None
        if event == "line":
            left -= 1
            if left == 0:
                sys.settrace(None)
                other()
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        return work()
    finally:
        sys.settrace(before)


def test_a_draw_within_a_draw_is_refused_or_draws_rows_of_its_own(make, sampler_name, replacement):
    """Rows of both draws are rows of the stream, none twice; what is refused leaves the outer draw as it is."""
    lines = 150
    for at in range(1, lines):
        sampler, inner, refused = make("mixed", 5, replacement), [], []

        def handler(sampler=sampler, inner=inner, refused=refused):
            try:
                inner.append(sampler.sample(2, K))
            except RuntimeError as error:
                assert "the sampler is drawing now" in str(error)  # noqa: PT017
                refused.append(error)

        outer = within(lambda s=sampler: s.sample(ROWS, K), handler, at)
        if not inner and not refused:
            break
        alone = make("mixed", 5, replacement)
        if sampler.info.positional and inner:
            rows = sampler.sample_rows(np.arange(ROWS + 2), K)
            first = [rows[:2], rows[2:]], [rows[ROWS:], rows[:ROWS]]
            assert any(np.array_equal(a, inner[0]) and np.array_equal(b, outer) for a, b in first)
        else:
            if inner:
                early = np.array_equal(alone.sample(2, K), inner[0])
                if not early:
                    alone = make("mixed", 5, replacement)
            np.testing.assert_array_equal(outer, alone.sample(ROWS, K))
            if inner and not early:
                np.testing.assert_array_equal(inner[0], alone.sample(2, K))
        assert sampler.position == ROWS + 2 * len(inner)
    assert at > 3


@pytest.mark.parametrize("name", ["cum_table", "unigram_table"])
def test_within_a_draw_nothing_is_copied_and_no_state_set(name, monkeypatch):
    sampler = samplers.create(name, [5, 3, 2], rng=1, **small(name))
    asked = []

    def fill(self, out):
        for act in (lambda: copy.copy(self), lambda: pickle.dumps(self), lambda: setattr(self, "state", 3)):
            with pytest.raises(RuntimeError, match="the sampler is drawing now.* cannot draw from it, copy it or set"):
                act()
            asked.append(act)

    with monkeypatch.context() as patch:
        patch.setattr(type(sampler), "_fill", fill)
        sampler.sample(1, 1)
    assert len(asked) == 3


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no timers")
def test_signals_that_draw_neither_hang_nor_double_rows(make, sampler_name):
    """Real ones, every few milliseconds, through a call that takes some."""
    sampler, refused, inner = make("mixed", 5), [], []
    cost = samplers.get(sampler_name).info.cost
    rows = 200 if cost in ("row", "launch") else 60_000
    every = 0.05 if cost == "launch" else 0.001  # a draw in the handler must end before the next signal

    def handler(*_):
        try:
            inner.append(sampler.sample(1, K))
        except RuntimeError as error:
            refused.append(error)

    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, every, every)
    try:
        for _ in range(3):
            sampler.sample(rows, K)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert sampler.position == 3 * rows + len(inner)


@both
def test_a_handler_may_draw_while_helping_threads_are_started(name, monkeypatch):
    """The thread pools of the standard library are behind locks that wait for their own thread for ever."""
    monkeypatch.setattr("samplers.counter_based.cursor.CHUNK_IDS", 64)
    faulthandler.dump_traceback_later(60, exit=True)
    rows = 1100
    for at in range(1, 500):
        monkeypatch.setattr(shared_work, "_pools", shared_work._Pools())
        sampler, calls = stream(name, True, threads=2), []
        draw = partial(sampler.sample, rows, np.int64(5))  # the long way
        within(draw, lambda c=calls, d=draw: c.append(d()), at, also=thread.__file__)
        assert sampler.position == rows * (1 + len(calls))
        if not calls:
            break
    faulthandler.cancel_dump_traceback_later()
    assert at > 50
