# SPDX-License-Identifier: MIT
"""The stream ``philox4x32-10/v1``: the ids of a row are a function of (key, epoch, row, column) alone.

They do not depend on how rows are split into calls, threads, workers or machines, nor on the instruction set.
``docs/streams.md`` and ``kernels/cell.h`` define the stream.
"""

from __future__ import annotations

import threading
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

from ..arguments import as_count, as_integers, children
from ..info import Info
from ..streaming import Streaming
from .threads import share

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..laws.law import Law
    from ..laws.many import Laws
    from ..sets.id_sets import IdSets

    Ids = NDArray[np.int64] | NDArray[np.int32]

# Ids per kernel call. It limits the delay until Ctrl-C is noticed to about 1 ms, and is the smallest share of a thread.
CHUNK_IDS = 1 << 18
MAX_ROWS = 2**63  # so that row numbers fit into int64
LAST_EPOCH = 2**32 - 1
MAX_THREADS = 1024
PLACE = ("key", "epoch", "position")  # the entries of a state that are not of the tables


def positional_info(name: str, source: str, instead: str = "") -> Info:
    """The properties that all strategies of this kind share."""
    return Info(
        name=name,
        source=source,
        stream="philox4x32-10/v1",
        positional=True,
        replacement_modes=(True, False),
        instead=instead,
        max_k=2**25,  # the counter has 24 bits for the block, and a block has two columns or more
    )


class StreamState(TypedDict):
    """Where a counter-based sampler stands, and what that belongs to: what `CounterBased.state_dict` returns."""

    name: str
    stream: str
    replacement: bool
    fingerprint: str
    key: int
    epoch: int
    position: int


@dataclass(slots=True)
class Draw:
    """A call: the array to fill, the rows of the stream, and the rules for their ids.

    The key and the epoch are copied when the call begins, because other threads may set them meanwhile.
    """

    ids: Any  # Ids
    key: int
    epoch: int
    first: int
    row_ids: NDArray[np.uint64] | None
    sets: IdSets | None
    which: NDArray[np.int64] | None = None  # the number of the law of each row, if there are many laws


class CounterBased(Streaming):
    """Draws rows by their numbers, and stores the key, the epoch and the position of the next row.

    A subclass has tables, from which `_draw_part` draws, and ``noise``, the law or laws of the tables.
    """

    noise: Law | Laws
    replacement: bool

    @abstractmethod
    def _new_stream(self, key: int) -> Any:
        """A `kernels.rows.Stream` at its first row."""

    @abstractmethod
    def _draw_part(self, draw: Draw, at: int, end: int, known: Any) -> int:
        """Draw rows ``at`` to ``end`` with the kernels. Return how many are drawn.

        Fewer are drawn if a column of the next row has used up its attempts, and the kernels need `_prepare` for it.
        ``known`` is what `_prepare` returned.
        """

    @abstractmethod
    def _prepare(self, draw: Draw, i: int) -> Any:
        """Give the kernels what row i needs on the exact path: the weights, or what is left beside its large set.

        The result is the `kernels.sources.Known` for `_draw_part`, or None.
        """

    @abstractmethod
    def _known(self, draw: Draw) -> Any:
        """What earlier calls have noted of the sets of this one, as the result of `_prepare`."""

    def _begin(self, rng: np.random.Generator) -> None:
        # All samplers take two children, so that later numbers of the generator do not depend on the kind of sampler.
        rng, _ = children(rng, 2)
        # NumPy guarantees the stream of raw words for ever, but not that of Generator methods (NEP 19).
        self._stream = self._new_stream(int(rng.bit_generator.random_raw()))
        self._stream.settle()

    @property
    def threads(self) -> int:
        """Threads that share the rows of a large call, including the calling thread. The ids do not depend on it."""
        return self._threads

    @threads.setter
    def threads(self, value: int) -> None:
        self._threads = as_count("threads", value, minimum=1, maximum=MAX_THREADS)

    @property
    def key(self) -> int:
        """The 64-bit key of the stream, drawn from ``rng``. It can be set, to share a stream between machines."""
        return int(self._stream.key)

    @key.setter
    def key(self, value: int) -> None:
        self._stream.key = as_count("key", value, minimum=0, maximum=2**64 - 1)
        self._settle()

    @property
    def epoch(self) -> int:
        """The epoch that `sample` draws from, at first 0. Each epoch has other rows. It can be set, below 2**32."""
        return int(self._stream.epoch)

    @epoch.setter
    def epoch(self, value: int) -> None:
        # No `_settle`: all workers of a loader set the same epoch, and would still draw the same rows.
        self._stream.epoch = as_count("epoch", value, minimum=0, maximum=LAST_EPOCH)

    @property
    def position(self) -> int:
        """Rows consumed so far. It can be set, to resume a stream or to skip rows. At most 2**63."""
        return int(self._stream.position)

    @position.setter
    def position(self, value: int) -> None:
        self._stream.position = as_count("position", value, minimum=0, maximum=MAX_ROWS)
        self._settle()

    def state_dict(self) -> StreamState:
        """Where the sampler stands, as strings and integers: what a checkpoint stores.

        Returns
        -------
        dict
            "key", "epoch" and "position", and "name", "stream", "replacement" and the "fingerprint" of the noise
            distribution, to which they belong. ``torch.load(weights_only=True)`` can load it.
        """
        return {
            "name": self.name,
            "stream": self.info.stream,
            "replacement": self.replacement,
            "fingerprint": self.noise.fingerprint,
            "key": self.key,
            "epoch": self.epoch,
            "position": self.position,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Set the place in the stream to that of ``state``. If an error is raised, nothing changes.

        Parameters
        ----------
        state : mapping
            The result of `state_dict`.

        Raises
        ------
        TypeError, ValueError
            If it is not such a mapping, or is that of another strategy, mode or noise distribution.
        """
        if not isinstance(state, Mapping):
            raise TypeError(f"state must be what state_dict() returned, got {type(state).__name__}")
        own = self.state_dict()
        if state.keys() != own.keys():
            odd = ", ".join(sorted(map(repr, own.keys() ^ state.keys())))
            raise ValueError(f"state must have the entries of state_dict(), and no others; missing or unknown: {odd}")
        for entry, value in own.items():
            if entry not in PLACE and state[entry] != value:
                raise ValueError(
                    f"state: {entry}={state[entry]!r}, but this sampler has {value!r}, and would draw other rows; "
                    "create the sampler from the same counts and with the same arguments as before"
                )
        key = as_count("state: key", state["key"], minimum=0, maximum=2**64 - 1)
        epoch = as_count("state: epoch", state["epoch"], minimum=0, maximum=LAST_EPOCH)
        position = as_count("state: position", state["position"], minimum=0, maximum=MAX_ROWS)
        self.key, self.epoch, self.position = key, epoch, position

    def _settle(self) -> None:
        """Note that this process started the stream, or moved it on purpose: a draw gives no warning."""
        self._guard.settle()
        self._stream.settle()

    @property
    def rows_left(self) -> int:
        """Rows up to the end of the stream, which has 2**63 rows."""
        return MAX_ROWS - self.position

    def _next_rows(self, ids: Ids, sets: IdSets | None, on_collision: str, which: NDArray[np.int64] | None) -> None:
        """Reserve the next ``len(ids)`` rows, so that no other thread gets them, and draw them."""
        self._stream.settle()  # the caller, `sample`, has called the guard
        rows = len(ids)
        first = self._stream.reserve(rows)
        if first is None:
            raise ValueError(
                f"rows={rows} from position {self.position}: the stream ends at row 2**63; set another epoch, or start "
                "another stream with with_rng()"
            )
        self._draw_reserved(Draw(ids, self.key, self.epoch, first, None, sets, which), on_collision)

    def _draw_reserved(self, draw: Draw, on_collision: str) -> None:
        """Draw reserved rows. After an error or Ctrl-C they are given back, unless a later call has reserved rows."""
        try:
            self._run(draw, on_collision)
        except BaseException:
            self._stream.give_back(draw.first, len(draw.ids))
            raise

    def _run(self, draw: Draw, on_collision: str) -> None:
        if on_collision == "mark" and draw.sets is not None:
            sets = draw.sets
            self._run(replace(draw, sets=None), "redraw")
            draw.ids[sets.contains(np.arange(len(draw.ids)), draw.ids)] = -1
            return
        rows, k = draw.ids.shape
        share(rows, max(1, CHUNK_IDS // k), self.threads, lambda *span: self._span(draw, *span))

    def _span(self, draw: Draw, at: int, end: int, stop: threading.Event) -> None:
        """Draw rows ``at`` to ``end``."""
        known = self._known(draw)
        while at < end and not stop.is_set():
            at += self._draw_part(draw, at, end, known)
            if at < end:
                known = self._prepare(draw, at) or known


def row_numbers(row_ids: Any) -> NDArray[np.uint64]:
    """The ``row_ids`` of a call, checked, uint64 (rows,). They are copied, so that no thread can change them."""
    cure = _cure(row_ids)
    if cure is not None:
        raise TypeError(f"row_ids must be the numbers of rows, an array of integers, got {_short(row_ids)}: {cure}")
    numbers = as_integers("row_ids", row_ids)
    if numbers.ndim != 1:
        single = f"; for one row write [{int(numbers)}]" if numbers.ndim == 0 else ""
        raise ValueError(f"row_ids must have one dimension, got shape {numbers.shape}{single}")
    if len(numbers) and not 0 <= int(numbers.min()) <= int(numbers.max()) < MAX_ROWS:
        at = int(((numbers < 0) | (numbers > np.uint64(MAX_ROWS - 1))).argmax())
        raise ValueError(f"row_ids[{at}] = {int(numbers[at])} lies outside [0, 2**63)")
    return np.array(numbers, dtype=np.uint64, order="C")


def _cure(row_ids: Any) -> str | None:
    """What to write in place of ``row_ids`` that NumPy cannot read, or would misread; None if they are readable."""
    if row_ids is None:
        return "sample(rows, k) draws the next rows; rows 0 to 99 are np.arange(100)"
    if isinstance(row_ids, slice):
        first, step = (0 if row_ids.start is None else row_ids.start), (1 if row_ids.step is None else row_ids.step)
        stop = "..." if row_ids.stop is None else row_ids.stop
        return f"write np.arange({first}, {stop}{'' if step == 1 else f', {step}'})"
    if isinstance(row_ids, Set):
        return "a set has no order: write sorted(row_ids)"
    if isinstance(row_ids, Mapping):
        return "write list(row_ids)"
    if isinstance(row_ids, (str, bytes)):
        return "write [int(row_ids)] for one row"
    if isinstance(row_ids, (list, tuple)):
        truth = not {bool, np.bool_}.isdisjoint(map(type, row_ids))
        return "True and False are no row numbers; for a mask write np.flatnonzero(mask)" if truth else None
    if not hasattr(row_ids, "dtype"):
        return "write list(row_ids)" if isinstance(row_ids, Iterator) else None
    kind = getattr(row_ids.dtype, "kind", None)  # dtypes of torch have no kind
    if kind == "b" or str(row_ids.dtype) == "torch.bool":
        return "for a mask write np.flatnonzero(row_ids)"
    return "write row_ids.astype(np.int64)" if kind == "O" else None


def _short(value: Any) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else f"{text[:50]}..., a {type(value).__name__}"
