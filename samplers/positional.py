# SPDX-License-Identifier: MIT
"""Samplers whose ids are a function of (key, epoch, row, column) alone: the stream ``philox4x32-10/v1``.

How the rows are split into calls, threads, workers or machines changes nothing, nor does the instruction set.
The layout is written down in ``docs/streams.md`` and in ``kernels/cell.h``.
"""

from __future__ import annotations

import copy
import os
import threading
from abc import abstractmethod
from bisect import insort
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from .arguments import as_count
from .base import Sampler
from .exclusion import ExcludedSets
from .kernels import rows as kernel
from .weights import CumulativeWeights, integer_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ids = NDArray[np.int64] | NDArray[np.int32]

# Ids between two looks at the keyboard, about a millisecond; also the smallest share of a thread.
CHUNK_IDS = 1 << 18
# Columns are numbered in blocks of two or four, blocks in 24 bits of the counter.
MAX_K = 2**25
FEW_IDS = 2**20
FEW_LEFT_OUT = 64  # ids that the exact path jumps over one by one, a microsecond each
MAX_ROWS = 2**63  # so that a row number fits an int64
# The exact path of a row draws under a key of its own, so that it shares no word with the attempts before it.
EXACT_KEY = 0x9E3779B97F4A7C15


@dataclass(frozen=True)
class Draw:
    """One call: where its ids go, which rows they are of, and what they must obey."""

    ids: Any  # Ids
    epoch: int
    first: int
    row_ids: NDArray[np.uint64] | None
    sets: ExcludedSets | None

    def row(self, i: int) -> int:
        """The number of row i of the call."""
        return self.first + i if self.row_ids is None else int(self.row_ids[i])


class PositionalSampler(Sampler):
    """A sampler over an integer table, counter-based: the base of `alias` and `spectrum`."""

    positional = True
    replacement_modes = (True, False)
    stream = "philox4x32-10/v1"
    _cumulative: CumulativeWeights  # of the exact path, made when the first row needs it

    def _build(self, *, threads: int = 1) -> None:
        self.threads = as_count("threads", threads, least=1)
        self._source = self._table()

    @abstractmethod
    def _table(self) -> Any:
        """The finished table as a `kernels.rows.Source`."""

    def _seed(self, rng: np.random.Generator) -> None:
        # A raw word, and not a method of the Generator: NumPy keeps raw words for ever (NEP 19).
        key = int(rng.bit_generator.random_raw())
        self._stream = kernel.Stream(self._source, key, not self.replacement, self.noise.nonzero)

    @property
    def key(self) -> int:
        """The 64-bit key of the stream, drawn from ``rng``; settable, to share a stream by one number."""
        return int(self._stream.key)

    @key.setter
    def key(self, value: int) -> None:
        self._stream.key = _below("key", value, 64)

    @property
    def epoch(self) -> int:
        """The epoch that `sample` draws from, 0 at first; each has rows of its own. Settable, below 2**32."""
        return int(self._stream.epoch)

    @epoch.setter
    def epoch(self, value: int) -> None:
        self._stream.epoch = _below("epoch", value, 32)

    @property
    def position(self) -> int:
        """Rows consumed so far; set it to resume, or to leave rows to others. At most 2**63."""
        return int(self._stream.position)

    @position.setter
    def position(self, value: int) -> None:
        position = as_count("position", value, least=0)
        if position > MAX_ROWS:
            raise ValueError(f"position must be at most 2**63, got {position}")
        self._stream.position = position

    _position = position  # the base counts here

    def __copy__(self) -> PositionalSampler:
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        twin._stream = copy.copy(self._stream)  # tables are shared, the place in the stream is not
        return twin

    def sample(
        self,
        rows: int,
        k: int,
        *,
        exclude: Any = None,
        on_collision: Literal["redraw", "mark"] = "redraw",
        out: Ids | None = None,
    ) -> Ids:
        if exclude is None and out is None and on_collision == "redraw":
            few: Ids | None = self._stream.next_rows(rows, k)
            if few is not None:
                return few
        return super().sample(rows, k, exclude=exclude, on_collision=on_collision, out=out)

    sample.__doc__ = Sampler.sample.__doc__

    def sample_rows(
        self,
        row_ids: Any,
        k: int,
        *,
        epoch: int | None = None,
        exclude: Any = None,
        on_collision: Literal["redraw", "mark"] = "redraw",
        out: Ids | None = None,
    ) -> Ids:
        """Draw rows by their numbers; the result depends on nothing but the arguments and the key.

        Parameters
        ----------
        row_ids : array_like of int, shape (rows,)
            Non-negative, in any order, repeats allowed.
        k : int
            Ids a row.
        epoch : int, optional
            Default: the sampler's `epoch`.
        exclude, on_collision, out
            As in `sample`.

        Returns
        -------
        ndarray
            ``out``, or a new int64 array (rows, k). `position` does not move.
        """
        numbers = np.asarray(row_ids)
        if numbers.size == 0 and numbers.ndim == 1:
            numbers = numbers.astype(np.int64)
        if numbers.dtype.kind not in "iu":
            raise TypeError(f"row_ids must be integers, got dtype {numbers.dtype}")
        if numbers.ndim != 1:
            raise ValueError(f"row_ids must have one dimension, got shape {numbers.shape}")
        if len(numbers) and not 0 <= int(numbers.min()) <= int(numbers.max()) < MAX_ROWS:
            at = int(((numbers < 0) | (numbers > np.uint64(MAX_ROWS - 1))).argmax())
            raise ValueError(f"row_ids[{at}] = {int(numbers[at])} lies outside [0, 2**63)")
        chosen = self.epoch if epoch is None else _below("epoch", epoch, 32)
        rows, k, ids, sets = self._checked(len(numbers), k, exclude, on_collision, out)
        if rows:
            numbers = np.ascontiguousarray(numbers, dtype=np.uint64)
            self._run(Draw(ids, chosen, 0, numbers, sets), on_collision)
        return ids if out is None else out

    def _fill(self, out: Ids) -> None:
        self._check_end(len(out))
        self._run(Draw(out, self.epoch, self.position, None, None), "redraw")

    def _draw(self, ids: Ids, sets: ExcludedSets | None, on_collision: str) -> None:
        self._check_end(len(ids))
        self._run(Draw(ids, self.epoch, self.position, None, sets), on_collision)

    def _check_end(self, rows: int) -> None:
        if self.position + rows > MAX_ROWS:
            raise ValueError(f"rows={rows} from position {self.position}: a stream ends at row 2**63")

    def _check_k(self, k: int) -> None:
        super()._check_k(k)
        if k > MAX_K:
            raise ValueError(f"k must be at most 2**25 in the stream {self.stream}, got {k}")

    def _run(self, draw: Draw, on_collision: str) -> None:
        if on_collision == "mark" and draw.sets is not None:
            sets = draw.sets
            self._run(Draw(draw.ids, draw.epoch, draw.first, draw.row_ids, None), "redraw")
            draw.ids[sets.contains(np.arange(len(draw.ids)), draw.ids)] = -1
            return
        rows, k = draw.ids.shape
        step = max(1, CHUNK_IDS // k)
        if rows <= step:
            self._span(draw, 0, rows)
        elif self.threads == 1:
            for start in range(0, rows, step):
                self._span(draw, start, min(start + step, rows))
        else:
            self._share(draw, step)

    def _share(self, draw: Draw, step: int) -> None:
        """Chunks to whoever is free, the calling thread among them; the first failure, Ctrl-C too, stops all."""
        rows, stop = len(draw.ids), threading.Event()
        chunks = -(-rows // (step * self.threads)) * self.threads  # as many for each thread, and of one size
        step = -(-rows // chunks)
        starts = iter(range(0, rows, step))  # next() holds the GIL: no chunk is taken twice

        def work() -> None:
            for start in starts:
                self._span(draw, start, min(start + step, rows), stop)

        futures = [_pool(self.threads - 1).submit(work) for _ in range(self.threads - 1)]
        try:
            work()
            for future in futures:
                future.result()
        finally:
            stop.set()
            wait(futures)  # nobody may go on writing into the output after this returns

    def _span(self, draw: Draw, at: int, end: int, stop: threading.Event | None = None) -> None:
        """Rows at to end; those whose attempts are used up are finished on the exact path."""
        while at < end and not (stop is not None and stop.is_set()):
            row_ids = None if draw.row_ids is None else draw.row_ids[at:end]
            excluded, starts, each = (None, None, 0) if draw.sets is None else draw.sets.rows(at, end)
            done, column = kernel.draw(
                self._source, self.key, draw.epoch, draw.first + at, row_ids, draw.ids[at:end],
                not self.replacement, excluded, starts, each,
            )  # fmt: skip
            at += done
            if at < end:
                self._finish_exactly(draw, at, column)
                at += 1

    def _finish_exactly(self, draw: Draw, i: int, column: int) -> None:
        """Columns from ``column`` on of row i, each from what is left, by a sum over all ids.

        Successive sampling as before; only the words are others: 128 bits a cell, under `EXACT_KEY`.
        """
        row, ids = draw.row(i), draw.ids[i]
        left_out = np.empty(0, dtype=np.int64) if draw.sets is None else np.unique(draw.sets.of_row(i))
        if not self.replacement:
            left_out = np.union1d(left_out, ids[:column])
        cumulative, jumped = self._cumulative_without(left_out)
        for c in range(column, len(ids)):
            words = kernel.block(self.key ^ EXACT_KEY, (row & 0xFFFFFFFF, row >> 32, c, draw.epoch))
            ids[c] = cumulative.pick(sum(word << (32 * j) for j, word in enumerate(words)), jumped)
            if not self.replacement:
                insort(jumped, int(ids[c]))

    def _cumulative_without(self, left_out: NDArray[np.int64]) -> tuple[CumulativeWeights, list[int]]:
        """Cumulative weights, and which ids are left out of them by jumping; many are by a weight of zero."""
        if len(left_out) <= FEW_LEFT_OUT and "_cumulative" in self.__dict__:
            return self._cumulative, left_out.tolist()
        # These stay once they are made, 24 bytes an id: not for the sake of one row where ids are many.
        few = len(self.noise) <= FEW_IDS
        made = few or "weights" in self.noise.__dict__
        weights = self.noise.weights if made else integer_weights(self.noise.counts, self.noise.exponent)
        if len(left_out) > FEW_LEFT_OUT:
            weights = weights.copy()
            weights[left_out] = 0
            return CumulativeWeights(weights), []
        cumulative = CumulativeWeights(weights)
        if few:
            self._cumulative = cumulative
        return cumulative, left_out.tolist()

    @property
    def nbytes(self) -> int:
        return int(self._source.nbytes)


_pools: dict[tuple[int, int], ThreadPoolExecutor] = {}


def _pool(threads: int) -> ThreadPoolExecutor:
    """The threads of this process: starting two anew costs 0.2 ms, as much as 200,000 ids."""
    key = (os.getpid(), threads)  # a forked child has none of its parent's threads
    if key not in _pools:
        _pools[key] = ThreadPoolExecutor(max_workers=threads)
    return _pools[key]


def _below(what: str, value: Any, bits: int) -> int:
    number = as_count(what, value, least=0)
    if number >= 1 << bits:
        raise ValueError(f"{what} must be below 2**{bits}, got {number}")
    return number
