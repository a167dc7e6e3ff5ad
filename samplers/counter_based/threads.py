# SPDX-License-Identifier: MIT
"""Shares the rows of a large call among threads, in chunks."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

# Draws rows start to end. It checks the event between two steps, and stops if it is set.
Work = Callable[[int, int, threading.Event], None]
_NEVER = threading.Event()  # never set


def share(rows: int, step: int, threads: int, work: Work) -> None:
    """Call ``work`` for rows 0 to ``rows``, in chunks of about ``step`` rows.

    Parameters
    ----------
    rows, step : int
        1 or more.
    threads : int
        The maximum number of threads, including the calling thread. Fewer are used if there are fewer chunks, or if the
        system cannot start more.
    work : callable
        ``work(start, end, stop)``. The first error in any thread, or Ctrl-C, sets ``stop``. It is raised after all
        threads have left ``work``.
    """
    count = -(-rows // step)
    threads = min(threads, count)
    if threads == 1:
        for start in range(0, rows, step):
            work(start, min(start + step, rows), _NEVER)
        return
    count = -(-count // threads) * threads  # so that all threads get equally many chunks of the same size
    chunks = _Chunks(rows, -(-rows // count), work)
    try:
        _start(chunks.help, threads - 1)
        chunks.work()
    except BaseException:
        chunks.stop.set()
        raise
    finally:
        chunks.wait_for_helpers()
    if chunks.failure is not None:
        raise chunks.failure


class _Chunks:
    """The chunks that are not taken yet, and the number of helper threads that work on one.

    No thread may write into the output of a call that has returned. If a helper starts late, because its thread was
    busy with another call, there is no chunk for it.
    """

    def __init__(self, rows: int, step: int, work: Work) -> None:
        self.stop = threading.Event()
        self.failure: BaseException | None = None
        self._rows, self._step, self._work = rows, step, work
        self._starts = iter(range(0, rows, step))
        self._changed = threading.Condition()
        self._helping = 0

    def work(self) -> None:
        """What the calling thread does: take chunks until there are none."""
        while (start := self._take(0)) is not None:
            self._do(start)

    def help(self) -> None:
        """What a helper thread does: the same, but errors are stored for the calling thread."""
        while (start := self._take(1)) is not None:
            try:
                self._do(start)
            except BaseException as error:
                self.failure = error
                self.stop.set()
            finally:
                with self._changed:
                    self._helping -= 1
                    self._changed.notify_all()

    def wait_for_helpers(self) -> None:
        """Return when no helper works. Ctrl-C makes them stop soon, and is raised afterwards."""
        interrupt: KeyboardInterrupt | None = None
        while self._helping:
            try:
                with self._changed:
                    self._changed.wait_for(lambda: not self._helping)
            except KeyboardInterrupt as error:
                self.stop.set()
                interrupt = error
        if interrupt is not None:
            raise interrupt

    def _take(self, helpers: int) -> int | None:
        # The lock is needed: without a global interpreter lock, next() may return a chunk twice, or skip one.
        with self._changed:
            start = None if self.stop.is_set() else next(self._starts, None)
            if start is not None:
                self._helping += helpers
            return start

    def _do(self, start: int) -> None:
        self._work(start, min(start + self._step, self._rows), self.stop)


class _Starting(threading.local):
    """Whether this thread may hold the locks of a pool, which are not reentrant."""

    now = False


_starting = _Starting()


class _Pools:
    """The thread pools of this process, by their size. They are kept: starting two threads takes 0.2 ms."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Called in a forked child, which does not have the threads of its parent."""
        self._lock = threading.Lock()
        self._pools: dict[int, ThreadPoolExecutor] = {}
        _starting.now = False

    def of(self, threads: int) -> ThreadPoolExecutor:
        """The pool with ``threads`` threads."""
        with self._lock:
            if threads not in self._pools:
                self._pools[threads] = ThreadPoolExecutor(threads, thread_name_prefix="samplers")
            return self._pools[threads]


_pools = _Pools()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pools.forget)


def _start(work: Callable[[], None], threads: int) -> None:
    """Let ``threads`` other threads call ``work``, or fewer if the system cannot start more."""
    if _starting.now:  # a signal handler draws within this function: to wait for the lock would be a deadlock
        return
    try:
        _starting.now = True
        pool = _pools.of(threads)
        for _ in range(threads):
            pool.submit(work)
    except RuntimeError:  # can't start new thread; or the interpreter is shutting down
        return
    finally:
        _starting.now = False
