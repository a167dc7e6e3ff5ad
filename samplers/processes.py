# SPDX-License-Identifier: MIT
"""Guards a stream: one draw at a time moves it, and a child process that draws from it gets a warning.

If a stream is copied into another process, by fork or by pickle, both processes draw the same ids. To load a
checkpoint is to do so on purpose. A worker of a data loader does it by accident: there `StreamGuard` warns once.
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
    """Counts the forks between the import of this module and this process."""

    def __init__(self) -> None:
        self.count = 0
        self.renewal = threading.RLock()  # reentrant: a signal handler may draw

    def in_child(self) -> None:
        """Called in the child after a fork. It makes a new lock: nobody would release one that a thread held."""
        self.count += 1
        self.renewal = threading.RLock()


_forks = _Forks()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forks.in_child)


class StreamGuard:
    """Lets one draw at a time move a stream, and warns if a child process draws from a stream of its parent."""

    def __init__(self) -> None:
        self._pid = os.getpid()
        self._forks: int | None = _forks.count
        self._lock, self._lock_made_after = threading.RLock(), _forks.count
        #: Rows drawn from a sequential stream so far.
        self.rows = 0
        #: Whether a sequential stream is drawing now.
        self.drawing = False
        #: Whether a draw was interrupted and the stream could not go back to where the draw began.
        self.broken = False

    @property
    def lock(self) -> threading.RLock:
        """The lock that a draw from a sequential stream holds. It is reentrant, as that of numpy.random.Generator.

        A forked child gets a new lock: if a thread of the parent held the old one, nothing would release it there.
        """
        if self._lock_made_after != _forks.count:
            with _forks.renewal:
                if self._lock_made_after != _forks.count:
                    self._lock, self._lock_made_after = threading.RLock(), _forks.count
                    self.drawing = False  # it was true of a thread of the parent
        return self._lock

    def check(self, name: str) -> None:
        """Raise RuntimeError if the stream cannot be moved or copied now. The caller holds the lock."""
        if self.drawing:
            raise RuntimeError(_WITHIN.format(name=name))
        if self.broken:
            raise RuntimeError(_BROKEN.format(name=name, rows=self.rows))

    def move(self, name: str) -> None:
        """Called before a user sets the state of a sequential stream. The caller holds the lock."""
        if self.drawing:
            raise RuntimeError(_WITHIN.format(name=name))
        self.broken = False
        self.settle()

    def settle(self) -> None:
        """Called if this process starts the stream or moves it on purpose. From now on a draw here gives no warning."""
        self._pid, self._forks = os.getpid(), _forks.count

    def arrive(self, name: str) -> None:
        """Called before a draw. It warns if the stream came from a parent process and was not moved since."""
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
        self.__dict__.update(fresh | state)  # a pickle of an older version lacks some attributes


_WITHIN = (
    "{name}: the sampler is drawing now. A signal handler, or other code that runs within a draw, cannot draw from it, "
    "copy it or set its state: use another sampler there, `sampler.with_rng(...)`"
)
_BROKEN = (
    "{name}: Ctrl-C or an error interrupted an earlier draw after {rows} rows, and the stream could not go back to row "
    "{rows}. To continue there, create the sampler again with the same rng and draw {rows} rows first. If other rows "
    "will do, start a new stream: `sampler = sampler.with_rng(...)`"
)
_ADVICE = (
    "{name}: `sample` is called in {where}, on a stream that the parent process started. The parent and all other "
    "workers draw the same rows. Draw in the parent; or draw rows by their numbers with `sample_rows` (`alias`, "
    "`spectrum`, `uniform`); or start a stream for this process: `sampler = sampler.with_rng([seed, 1 + process])`, "
    "and in a worker of a DataLoader `sampler.with_rng([torch.initial_seed(), rank])`, because an epoch may have new "
    "workers. "
    "docs/choosing.md, section Workers, shows each of them"
)


def _where() -> str:
    """A description of this process, for the warning."""
    data = sys.modules.get("torch.utils.data")
    worker = None if data is None else data.get_worker_info()
    if worker is not None:
        return f"worker {worker.id} of {worker.num_workers} of a DataLoader"
    return f"a child process (pid {os.getpid()})"
