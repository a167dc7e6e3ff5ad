# SPDX-License-Identifier: MIT
"""Samplers whose ids are a function of (key, epoch, row, column) alone: the stream ``philox4x32-10/v1``.

How the rows are split into calls, threads, workers or machines changes nothing, nor does the instruction set.
The layout is written down in ``docs/streams.md`` and in ``kernels/cell.h``.
"""

from __future__ import annotations

import threading
from abc import abstractmethod
from bisect import insort
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ..arguments import as_count, as_integers
from ..base import Sampler
from ..kernels import rows as kernel
from ..laws.weights import CumulativeWeights
from ..sets.id_sets import IdSets
from .threads import share

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ids = NDArray[np.int64] | NDArray[np.int32]

# Ids per kernel call. It bounds the delay until Ctrl-C is noticed, to about 1 ms, and is a thread's smallest share.
CHUNK_IDS = 1 << 18
FEW_IDS = 2**20
FEW_LEFT_OUT = 64  # ids that the exact path jumps over one by one, a microsecond each
MAX_ROWS = 2**63  # so that a row number fits an int64
LAST_EPOCH = 2**32 - 1
MAX_THREADS = 1024
# The exact path of a row draws under a key of its own, so that it shares no word with the attempts before it.
EXACT_KEY = 0x9E3779B97F4A7C15


@dataclass(slots=True)
class Draw:
    """One call: where its ids go, which rows of which stream they are, and what they must obey.

    The key and the epoch are those of the moment when the call began, whatever other threads set meanwhile.
    """

    ids: Any  # Ids
    key: int
    epoch: int
    first: int
    row_ids: NDArray[np.uint64] | None
    sets: IdSets | None
    cumulative: CumulativeWeights | None = None  # made for the first row that needs it, for all rows of the call

    def row(self, i: int) -> int:
        """The number of row i of the call."""
        return self.first + i if self.row_ids is None else int(self.row_ids[i])


class PositionalSampler(Sampler):
    """A sampler over an integer table, counter-based: the base of ``alias`` and ``spectrum``.

    Parameters
    ----------
    noise : Law
        What to draw from, V ids.
    rng : None, int, SeedSequence, BitGenerator or Generator, optional
        Gives the `key`.
    replacement : bool, default True
        False: the k ids of a row are distinct.
    **options
        ``threads``, the first value of that attribute, by default 1.
    """

    positional = True
    replacement_modes = (True, False)
    stream = "philox4x32-10/v1"
    max_k = 2**25  # columns are numbered in blocks of two or four, blocks in 24 bits of the counter

    def _build(self, *, threads: int = 1) -> None:
        self.threads = threads
        self._source = self._table()

    @abstractmethod
    def _table(self) -> Any:
        """The finished table as a `kernels.rows.Source`."""

    def _seed(self, rng: np.random.Generator) -> None:
        # A raw word, and not a method of the Generator: NumPy keeps raw words for ever (NEP 19).
        key = int(rng.bit_generator.random_raw())
        self._stream = kernel.Stream(self._source, key, not self.replacement, self.noise.nonzero)
        self._stream.settle()

    @property
    def threads(self) -> int:
        """Threads that share the rows of a large call, the calling one among them; the ids do not depend on it."""
        return self._threads

    @threads.setter
    def threads(self, value: int) -> None:
        self._threads = as_count("threads", value, least=1, most=MAX_THREADS)

    @property
    def key(self) -> int:
        """The 64-bit key of the stream, drawn from ``rng``; settable, to share a stream by one number."""
        return int(self._stream.key)

    @key.setter
    def key(self, value: int) -> None:
        self._stream.key = as_count("key", value, least=0, most=2**64 - 1)
        self._settle()

    @property
    def epoch(self) -> int:
        """The epoch that `sample` draws from, 0 at first; each has rows of its own. Settable, below 2**32."""
        return int(self._stream.epoch)

    @epoch.setter
    def epoch(self, value: int) -> None:
        # All workers of a loader set the same epoch: that makes the stream no process's own.
        self._stream.epoch = as_count("epoch", value, least=0, most=LAST_EPOCH)

    @property
    def position(self) -> int:
        """Rows consumed so far; set it to resume, or to leave rows to others. At most 2**63."""
        return int(self._stream.position)

    @position.setter
    def position(self, value: int) -> None:
        self._stream.position = as_count("position", value, least=0, most=MAX_ROWS)
        self._settle()

    def state_dict(self) -> dict[str, str | int]:
        """Where the sampler stands, as strings and integers: what a checkpoint stores.

        Returns
        -------
        dict
            "key", "epoch" and "position", and what they belong to: "name", "stream", "replacement" and the
            "fingerprint" of the noise distribution. ``torch.load(weights_only=True)`` takes it.
        """
        return self._belongs_to() | {"key": self.key, "epoch": self.epoch, "position": self.position}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where the sampler stood that made ``state``; nothing changes if it is refused.

        Parameters
        ----------
        state : mapping
            What `state_dict` returned.

        Raises
        ------
        TypeError, ValueError
            If it is no such mapping, or that of another strategy, mode or noise distribution.
        """
        if not isinstance(state, Mapping):
            raise TypeError(f"state must be what state_dict() returned, got {type(state).__name__}")
        own = self._belongs_to()
        wanted = {*own, "key", "epoch", "position"}
        if set(state) != wanted:
            odd = ", ".join(sorted(map(repr, wanted ^ set(state))))
            raise ValueError(f"state must have the entries of state_dict(), and no others; missing or unknown: {odd}")
        for entry, value in own.items():
            if state[entry] != value:
                raise ValueError(
                    f"state: {entry}={state[entry]!r}, and this sampler has {value!r}: the rows would be others; "
                    "create the sampler as it was created then, from the same counts"
                )
        key = as_count("state: key", state["key"], least=0, most=2**64 - 1)
        epoch = as_count("state: epoch", state["epoch"], least=0, most=LAST_EPOCH)
        position = as_count("state: position", state["position"], least=0, most=MAX_ROWS)
        self.key, self.epoch, self.position = key, epoch, position

    def _belongs_to(self) -> dict[str, str | int]:
        return {
            "name": self.name,
            "stream": self.stream,
            "replacement": self.replacement,
            "fingerprint": self.noise.fingerprint,
        }

    def _settle(self) -> None:
        """The stream was started or moved on purpose in this process."""
        self._guard.settle()
        self._stream.settle()

    def sample(
        self,
        rows: int,
        k: int,
        *,
        exclude: Any = None,
        on_collision: Literal["redraw", "mark"] = "redraw",
        on_exhausted: Literal["raise", "mark"] = "raise",
        out: Any = None,
    ) -> Ids:
        if exclude is None and out is None and on_collision == "redraw" and on_exhausted == "raise":
            few = self._stream.next_rows(rows, k)
            if type(few) is np.ndarray:
                return few
            if few is not None:
                return self._finish_few(*few)
        return super().sample(rows, k, exclude=exclude, on_collision=on_collision, on_exhausted=on_exhausted, out=out)

    sample.__doc__ = Sampler.sample.__doc__

    def sample_rows(
        self,
        row_ids: Any,
        k: int,
        *,
        epoch: int | None = None,
        exclude: Any = None,
        on_collision: Literal["redraw", "mark"] = "redraw",
        on_exhausted: Literal["raise", "mark"] = "raise",
        out: Any = None,
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
        exclude : array_like, tuple, sequence of sets, or sparse matrix, optional
            As in `sample`, a set for each entry of ``row_ids``.
        on_collision : {"redraw", "mark"}
            As in `sample`.
        on_exhausted : {"raise", "mark"}
            As in `sample`.
        out : ndarray or torch.Tensor, optional
            As in `sample`.

        Returns
        -------
        ndarray
            ``out``, or a new int64 array (rows, k). `position` does not move.

        Raises
        ------
        TypeError, ValueError
            For an argument that does not fit; nothing is written then.
        """
        numbers = row_numbers(row_ids)
        chosen = self.epoch if epoch is None else as_count("epoch", epoch, least=0, most=LAST_EPOCH)
        rows, k, ids, sets, exhausted = self._checked(len(numbers), k, exclude, on_collision, on_exhausted, out)
        if rows:
            self._run(Draw(ids, self.key, chosen, 0, numbers, sets), on_collision)
            if len(exhausted):
                ids[exhausted] = -1
        return ids if out is None else out  # type: ignore[no-any-return]

    def _fill(self, out: Ids) -> None:
        self._advance(out, None, "redraw")

    def _advance(self, ids: Ids, sets: IdSets | None, on_collision: str) -> None:
        """Reserve the next ``len(ids)`` rows, so that no other thread gets them, and draw these."""
        self._stream.settle()  # `sample` has asked the guard
        rows = len(ids)
        first = self._stream.reserve(rows)
        if first is None:
            raise ValueError(f"rows={rows} from position {self.position}: a stream ends at row 2**63")
        self._draw_reserved(Draw(ids, self.key, self.epoch, first, None, sets), on_collision)

    @property
    def rows_left(self) -> int:
        """Rows up to the end of the stream, 2**63 from its beginning."""
        return MAX_ROWS - self.position

    def _finish_few(self, ids: Ids, first: int) -> Ids:
        """The long way for the rows of a small call."""
        self._draw_reserved(Draw(ids, self.key, self.epoch, first, None, None), "redraw")
        return ids

    def _draw_reserved(self, draw: Draw, on_collision: str) -> None:
        """Draw; after a failure or Ctrl-C the rows are given back, unless another call has taken those after them."""
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
        """Rows at to end; those whose attempts are used up are finished on the exact path."""
        while at < end and not stop.is_set():
            row_ids = None if draw.row_ids is None else draw.row_ids[at:end]
            rules = (None, None, None, 0) if draw.sets is None else draw.sets.rows(at, end)
            done, column = kernel.draw(
                self._source,
                draw.key,
                draw.epoch,
                draw.first + at,
                row_ids,
                draw.ids[at:end],
                not self.replacement,
                *rules,
            )
            at += done
            if at < end:
                self._finish_exactly(draw, at, column)
                at += 1

    def _finish_exactly(self, draw: Draw, i: int, column: int) -> None:
        """Columns from ``column`` on of row i, each from what is left, by a sum over all ids.

        Successive sampling as before; only the words are others: 128 bits a cell, under `EXACT_KEY`.
        """
        row, ids = draw.row(i), draw.ids[i]
        left_out = np.empty(0, dtype=np.int64) if draw.sets is None else draw.sets.of_row(i)
        if not self.replacement:
            left_out = np.sort(np.concatenate([left_out, ids[:column]]))  # distinct: a drawn id is not excluded
        cumulative, jumped = self._cumulative_without(draw, left_out)
        for c in range(column, len(ids)):
            words = kernel.block(draw.key ^ EXACT_KEY, (row & 0xFFFFFFFF, row >> 32, c, draw.epoch))
            ids[c] = cumulative.pick(sum(word << (32 * j) for j, word in enumerate(words)), jumped)
            if not self.replacement:
                insort(jumped, int(ids[c]))
                if len(jumped) > FEW_LEFT_OUT:  # else k columns of k jumps each
                    cumulative, jumped = cumulative.without(jumped), []

    def _cumulative_without(self, draw: Draw, left_out: NDArray[np.int64]) -> tuple[CumulativeWeights, list[int]]:
        """Cumulative weights, and which ids are left out of them by jumping; many are by a weight of zero."""
        # They stay once they are made, 24 bytes an id; where ids are many, for one call and not for good.
        few = len(self.noise) <= FEW_IDS
        cumulative: CumulativeWeights | None = self.__dict__.get("_cumulative") if few else draw.cumulative
        if cumulative is None:
            made = few or "weights" in self.noise.__dict__
            weights = self.noise.weights if made else self.noise.spread_weights()
            cumulative = CumulativeWeights(weights)
            if few:
                self._cumulative = cumulative
            draw.cumulative = cumulative
        if len(left_out) > FEW_LEFT_OUT:
            return cumulative.without(left_out), []
        return cumulative, left_out.tolist()

    @property
    def nbytes(self) -> int:
        return int(self._source.nbytes)


def row_numbers(row_ids: Any) -> NDArray[np.uint64]:
    """The ``row_ids`` of a call, checked, uint64 (rows,): a copy, which nobody else can change during the draw."""
    cure = _cure(row_ids)
    if cure is not None:
        raise TypeError(f"row_ids must be the numbers of rows, an array of integers, got {_short(row_ids)}: {cure}")
    numbers = as_integers("row_ids", row_ids)
    if numbers.ndim != 1:
        one = f"; for one row write [{int(numbers)}]" if numbers.ndim == 0 else ""
        raise ValueError(f"row_ids must have one dimension, got shape {numbers.shape}{one}")
    if len(numbers) and not 0 <= int(numbers.min()) <= int(numbers.max()) < MAX_ROWS:
        at = int(((numbers < 0) | (numbers > np.uint64(MAX_ROWS - 1))).argmax())
        raise ValueError(f"row_ids[{at}] = {int(numbers[at])} lies outside [0, 2**63)")
    return np.array(numbers, dtype=np.uint64, order="C")


def _cure(row_ids: Any) -> str | None:
    """What to write in place of something that NumPy cannot read as integers, or reads as others; else None."""
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
        return "True and False among them are no numbers; of a mask write np.flatnonzero(mask)" if truth else None
    if not hasattr(row_ids, "dtype"):
        return "write list(row_ids)" if isinstance(row_ids, Iterator) else None
    kind = getattr(row_ids.dtype, "kind", None)  # of torch it has none
    if kind == "b" or str(row_ids.dtype) == "torch.bool":
        return "of a mask write np.flatnonzero(row_ids)"
    return "write row_ids.astype(np.int64)" if kind == "O" else None


def _short(value: Any) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else f"{text[:50]}..., a {type(value).__name__}"
