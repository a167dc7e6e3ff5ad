# SPDX-License-Identifier: MIT
"""Who may move a stream: one draw at a time, and the process that started it.

A stream that is copied into another process, by fork or by pickle, goes on there from the same row: both processes
draw the same ids. Loading a checkpoint does that on purpose. A worker of a data loader does it by accident, so that
`StreamGuard` warns there, once.
"""

from __future__ import annotations

import os
import sys
import threading
from typing import Any

from .arguments import warn


class SharedStreamWarning(UserWarning):
    """A child process draws from a stream that its parent started: both draw the same rows."""


class _Forks:
    """How many forks lie between the import of this module and this process."""

    def __init__(self) -> None:
        self.count = 0
        self.renewal = threading.RLock()  # reentrant: a signal handler may draw

    def in_child(self) -> None:
        """After a fork, in the child, which has one thread: a lock that another thread held stays locked for ever."""
        self.count += 1
        self.renewal = threading.RLock()


_forks = _Forks()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forks.in_child)


class StreamGuard:
    """Lets one draw at a time move a stream, and warns where a child process draws from its parent's."""

    def __init__(self) -> None:
        self._pid = os.getpid()
        self._forks: int | None = _forks.count
        self._lock, self._lock_made_after = threading.RLock(), _forks.count
        #: Rows drawn from a sequential stream so far.
        self.rows = 0
        #: A draw from a sequential stream is under way.
        self.drawing = False
        #: A draw was cut off, and the stream could not be brought back to where it began.
        self.broken = False

    @property
    def lock(self) -> threading.RLock:
        """Held while ids are drawn from a sequential stream. Reentrant, as that of numpy.random.Generator.

        Each process has one of its own: a thread that held it at a fork does not exist in the child, and would never
        release it there.
        """
        if self._lock_made_after != _forks.count:
            with _forks.renewal:
                if self._lock_made_after != _forks.count:
                    self._lock, self._lock_made_after = threading.RLock(), _forks.count
                    self.drawing = False  # a thread of the parent was
        return self._lock

    def check(self, name: str) -> None:
        """Raise where the stream cannot be moved or copied now. The caller holds the lock."""
        if self.drawing:
            raise RuntimeError(_WITHIN.format(name=name))
        if self.broken:
            raise RuntimeError(_BROKEN.format(name=name, rows=self.rows))

    def move(self, name: str) -> None:
        """A user sets the state of a sequential stream. The caller holds the lock."""
        if self.drawing:
            raise RuntimeError(_WITHIN.format(name=name))
        self.broken = False
        self.settle()

    def settle(self) -> None:
        """This process starts the stream, or moves it on purpose: it is this process's own from now on."""
        self._pid, self._forks = os.getpid(), _forks.count

    def arrive(self, name: str) -> None:
        """Called before a draw: warn where the stream came from a parent process and was not moved since."""
        if self._forks == _forks.count:
            return
        inherited = self._is_the_parents()
        self.settle()
        if inherited:
            warn(_ADVICE.format(name=name, where=_where()), SharedStreamWarning)

    def _is_the_parents(self) -> bool:
        if self._forks is not None:
            return True  # it was in memory when this process was forked
        # It was unpickled here: the pickle of a running parent, or a file of a process that has ended.
        module = sys.modules.get("multiprocessing")  # it is there in every process that it has started
        parent = None if module is None else module.parent_process()
        return parent is not None and parent.pid == self._pid != os.getpid()

    def __deepcopy__(self, memo: Any) -> StreamGuard:
        twin = StreamGuard()
        twin._pid, twin._forks, twin.rows, twin.broken = self._pid, self._forks, self.rows, self.broken
        return twin

    def __getstate__(self) -> dict[str, Any]:
        return {"_pid": self._pid, "_forks": None, "rows": self.rows, "drawing": False, "broken": self.broken}

    def __setstate__(self, state: dict[str, Any]) -> None:
        fresh = {"drawing": False, "broken": False, "_lock": threading.RLock(), "_lock_made_after": _forks.count}
        self.__dict__.update(fresh | state)  # a pickle of an older version lacks some


_WITHIN = (
    "{name}: a signal handler, or what else runs within a draw, cannot draw from the sampler that is drawing, nor copy "
    "it or set its state: give it a sampler of its own, `sampler.with_rng(...)`"
)
_BROKEN = (
    "{name}: an earlier draw was cut off, by Ctrl-C or an error, when {rows} rows had been drawn, and its stream no "
    "longer stands at row {rows}. To go on there, create it again with the same rng and draw {rows} rows first. For "
    "other rows take a new stream: `sampler = sampler.with_rng(...)`"
)
_ADVICE = (
    "{name}: `sample` is called in {where} on a stream that was started in the parent process. The parent and every "
    "other worker draw these rows too. Draw in the parent; or draw rows by their numbers with `sample_rows` (`alias`, "
    "`spectrum`); or give this process a stream of its own: `sampler = sampler.with_rng([seed, 1 + worker])`. "
    "docs/choosing.md, section Workers, shows each of them"
)


def _where() -> str:
    """What this process is, in words."""
    data = sys.modules.get("torch.utils.data")
    worker = None if data is None else data.get_worker_info()
    if worker is not None:
        return f"worker {worker.id} of {worker.num_workers} of a DataLoader"
    return f"a child process (pid {os.getpid()})"
