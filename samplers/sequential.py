# SPDX-License-Identifier: MIT
"""Samplers that draw one row after another from a generator: the base class of most strategies.

A strategy declares its `samplers.Info` and implements four methods: `_build` (build the tables, draw nothing), `_seed`
(start the stream), `_fill` (write ids into a given array) and `nbytes`. Their arguments are checked before.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np

from .arguments import as_array, children
from .base import Sampler
from .sets.redraws import fill_allowed, redraw
from .torch_tools import copy_to_tensor, tensor_buffer
from .undo import undo_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from .sets.id_sets import IdSets

    Ids = NDArray[np.int64] | NDArray[np.int32]


class SequentialSampler(Sampler):
    """A sampler that draws one row after another, one caller at a time.

    Threads that share a sampler draw together the rows that one thread would draw, each row once. If a draw is
    interrupted, the stream goes back to where the draw began. If it cannot go back, the next draw raises an error.

    Parameters
    ----------
    noise : Law
        The noise distribution, over V ids.
    rng : None, int, SeedSequence, BitGenerator or Generator, optional
        Seeds the stream.
    replacement : bool, optional
        False: the k ids of a row are distinct. Default: True if the strategy has that mode.
    **options
        Options of the strategy: the arguments of its ``_build``.
    """

    @abstractmethod
    def _seed(self, rng: np.random.Generator) -> None:
        """Start a new stream from ``rng``, and drop ids that were drawn ahead."""

    @abstractmethod
    def _fill(self, out: Any) -> None:
        """Write the next ``len(out)`` rows.

        ``out`` is C-contiguous int64 or int32 (rows, k), rows >= 1: an ndarray, or a tensor on ``self.device`` if
        ``info.arrays`` is "torch".
        """

    def _undo(self, n_ids: int) -> Callable[[], None] | None:
        """A function that restores the present state of the stream, if a draw of ``n_ids`` ids fails; None if none can.

        A strategy overrides this if `_seed` stores anything but numbers and generators of NumPy, `random` and torch.
        """
        return undo_of(self.__dict__, self._moves, n_ids)

    @property
    def position(self) -> int:
        """Rows consumed so far."""
        return self._guard.rows

    @position.setter
    def position(self, value: int) -> None:
        raise AttributeError(
            f"position of {self.name} cannot be set: it draws one row after another. To continue from row {value!r}, "
            f"create it with the same rng and draw {value!r} rows first; alias, spectrum and uniform can start at any "
            "row"
        )

    def __getattr__(self, name: str) -> Any:
        if name in ("sample_rows", "epoch", "key"):
            raise AttributeError(
                f"{self.name} has no {name}: it draws one row after another; alias, spectrum and uniform draw rows by "
                "number"
            )
        if name in ("state_dict", "load_state_dict"):
            raise AttributeError(
                f"{self.name} has no {name}: a few integers cannot describe its place in the stream; pickle the "
                "sampler, or use alias, spectrum or uniform"
            )
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def _start(self, rng: np.random.Generator) -> None:
        super()._start(rng)
        self._moves = tuple(self._of_stream - {"_guard", "_own_rng"})

    def _begin(self, rng: np.random.Generator) -> None:
        # One generator is for the strategy. The other is for the exact path of exclusion, `sets.redraws.redraw`.
        strategy_rng, self._own_rng = children(rng, 2)
        self._seed(strategy_rng)

    def _advance(self, ids: Ids, sets: IdSets | None, on_collision: str) -> None:
        """Draw the next ``len(ids)`` rows, one caller after another. If that fails, the stream has not moved."""
        guard, rows = self._guard, len(ids)
        with guard.lock:
            if guard.drawing or guard.broken:
                guard.check(self.name)
            begun, undo, undo_own = False, None, None
            try:
                guard.drawing = True  # from now on no signal handler can draw and change what is read below
                first = guard.rows
                n_ids = rows * ids.shape[1]
                undo = self._undo(n_ids)
                if sets is not None:  # its exact path draws from the base's own stream
                    undo_own = undo_of(self.__dict__, ("_own_rng",), n_ids)
                begun = True
                self._draw(ids, sets, on_collision)
                guard.rows = first + rows
                guard.drawing = False
            except BaseException:
                # These come first and call no function: a second Ctrl-C may interrupt the lines after them.
                guard.drawing = False
                if begun:
                    guard.broken, guard.rows = True, first
                if undo is not None:
                    undo()
                    if undo_own is not None:
                        undo_own()
                    guard.broken = False
                raise

    def _draw(self, ids: Any, sets: IdSets | None, on_collision: str) -> None:
        array = isinstance(ids, np.ndarray)
        native = array == (self.info.arrays == "numpy")
        if sets is None and native:
            self._fill(ids)
        elif array:
            self._draw_into(ids, sets, on_collision, self._fill if native else self._fill_array)
        else:  # sets of ids lie in the memory of the host
            host = np.empty(tuple(ids.shape), np.int64)
            self._draw_into(host, sets, on_collision, self._fill_array)
            copy_to_tensor(host, ids)

    def _draw_into(self, ids: Ids, sets: IdSets | None, on_collision: str, fill: Callable[[Any], None]) -> None:
        if sets is None:
            fill(ids)
        elif on_collision == "mark":
            fill(ids)
            ids[sets.contains(np.arange(len(ids)), ids)] = -1
        elif self.replacement:
            fill(ids)
            redraw(fill, ids, sets, self.noise.probabilities, self._own_rng)
        else:
            fill_allowed(fill, ids, sets, self.noise.nonzero)

    def _fill_array(self, out: Ids) -> None:
        """`_fill` of a strategy that fills tensors, into an ndarray."""
        rows, k = out.shape
        drawn = tensor_buffer(rows, k, None, self.device)
        self._fill(drawn)
        out[...] = as_array(drawn)
