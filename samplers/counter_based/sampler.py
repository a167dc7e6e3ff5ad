# SPDX-License-Identifier: MIT
"""The base class of `alias`, `spectrum` and `uniform`: counter-based samplers of one law, over its integer table."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np

from ..arguments import as_count, id_buffer
from ..base import Sampler
from ..kernels import building
from ..kernels import rows as kernel
from ..sets.id_sets import IdSets
from .cursor import LAST_EPOCH, CounterBased, Draw, row_numbers
from .exact import known_of, prepare

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..laws.law import Law

    Ids = NDArray[np.int64] | NDArray[np.int32]
    MakesTable = Callable[[NDArray[np.uint64], int, int], tuple[NDArray[np.uint32], NDArray[np.uint32]]]


kernel.know_sets(IdSets)  # the kernels are below `samplers.sets`, and cannot import it


class PositionalSampler(CounterBased, Sampler):
    """Draws rows by their numbers from the integer table of one law: the base of ``alias``, ``spectrum``, ``uniform``.

    Parameters
    ----------
    noise : Law
        The noise distribution, over V ids.
    rng : None, int, SeedSequence, BitGenerator or Generator, optional
        The `key` of the stream is drawn from it.
    replacement : bool, default True
        False: the k ids of a row are distinct.
    **options
        ``threads``, the initial value of that attribute, by default 1.
    """

    noise: Law

    def _build(self, *, threads: int = 1) -> None:
        self.threads = threads
        if "_source" not in self.__dict__:
            self._source = self._table()

    @abstractmethod
    def _table(self) -> Any:
        """The finished table as a `kernels.sources.Source`."""

    @classmethod
    def _entries(cls, noise: Law) -> int | None:
        """The number of entries of the alias table (ids or classes); None if the tables cannot be saved.

        `samplers.save` accepts a strategy that implements this, and whose `_table` calls `_alias_table`. It returns 0
        for any law if it has no table: then the law is saved alone.
        """
        return None

    def _alias_table(
        self, units: NDArray[np.uint64], bits: int, slot_bits: int
    ) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
        """Build an alias table, or return that of a file, which must have these units."""
        make: MakesTable = self.__dict__.get("_ready", building.alias_table)
        return make(units, bits, slot_bits)

    @classmethod
    def _over(cls, ready: MakesTable, noise: Law, **arguments: Any) -> Self:
        """A sampler whose alias table is not built, but returned by ``ready(units, bits, slot_bits)``."""
        sampler = cls.__new__(cls)
        sampler.__dict__["_ready"] = ready
        cls.__init__(sampler, noise, **arguments)
        del sampler.__dict__["_ready"]
        return sampler

    @classmethod
    def _of_table(cls, source: Any, noise: Law, **arguments: Any) -> Self:
        """A sampler over a finished ``kernels.sources.Source``, which must hold what ``noise`` asks for: no check.

        Parameters
        ----------
        source : kernels.sources.Source
            The finished table.
        noise : Law
            The law of the table.
        **arguments
            The keyword arguments of the class.

        Returns
        -------
        PositionalSampler
            At its first row.
        """
        sampler = cls.__new__(cls)
        sampler.__dict__["_source"] = source
        cls.__init__(sampler, noise, **arguments)
        return sampler

    def _new_stream(self, key: int) -> Any:
        return kernel.Stream(self._source, key, not self.replacement, self.noise.nonzero, V=len(self.noise))

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
        drawn = self._stream.next_rows(rows, k, exclude, on_collision, on_exhausted, out)
        if drawn is None:
            return super().sample(
                rows, k, exclude=exclude, on_collision=on_collision, on_exhausted=on_exhausted, out=out
            )
        if type(drawn) is tuple:
            return self._finish_short(on_collision, *drawn)
        return drawn  # type: ignore[no-any-return]

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
        """Draw rows by their numbers. The result depends only on the arguments and the key.

        Parameters
        ----------
        row_ids : array_like of int, shape (rows,)
            Numbers of rows, non-negative, in any order. They may be repeated.
        k : int
            Ids in each row.
        epoch : int, optional
            Default: the sampler's `epoch`.
        exclude : array_like, tuple, sequence of sets, or sparse matrix, optional
            As in `sample`, with a set for each entry of ``row_ids``.
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
            If an argument is not valid; nothing is written then.
        """
        drawn = self._stream.named_rows(row_ids, k, epoch, exclude, on_collision, on_exhausted, out)
        if type(drawn) is tuple:
            return self._finish_short(on_collision, *drawn)
        if drawn is not None:
            return drawn  # type: ignore[no-any-return]
        numbers = row_numbers(row_ids)
        chosen = self.epoch if epoch is None else as_count("epoch", epoch, minimum=0, maximum=LAST_EPOCH)
        rows, k, ids, sets, exhausted = self._checked(len(numbers), k, exclude, on_collision, on_exhausted, out)
        if rows:
            self._run(Draw(ids, self.key, chosen, 0, numbers, sets), on_collision)
            if len(exhausted):
                ids[exhausted] = -1
        return ids if out is None else out  # type: ignore[no-any-return]

    def _advance(self, ids: Ids, sets: IdSets | None, on_collision: str) -> None:
        self._next_rows(ids, sets, on_collision, None)

    def _finish_short(
        self,
        on_collision: str,
        out: Any,
        key: int,
        epoch: int,
        first: int,
        row_ids: NDArray[np.int64] | None,
        exclude: Any,
    ) -> Ids:
        """Finish a short call, in which the attempts of a cell are used up."""
        rows, k = out.shape
        ids = id_buffer(rows, k, out)
        sets = None if exclude is None else IdSets._of_exclude(exclude, self.noise, len(ids))
        if row_ids is None:
            self._draw_reserved(Draw(ids, key, epoch, first, None, sets), on_collision)
        else:
            self._run(Draw(ids, key, epoch, 0, row_ids.view(np.uint64), sets), on_collision)
        return out  # type: ignore[no-any-return]

    def _draw_part(self, draw: Draw, at: int, end: int, known: Any) -> int:
        row_ids = None if draw.row_ids is None else draw.row_ids[at:end]
        rules: tuple[Any, Any, Any, int] = (None, None, None, 0) if draw.sets is None else draw.sets._rows(at, end)
        return kernel.draw(
            self._source,
            draw.key,
            draw.epoch,
            draw.first + at,
            row_ids,
            draw.ids[at:end],
            not self.replacement,
            *rules,
            known,
        )

    def _known(self, draw: Draw) -> Any:
        return None if draw.sets is None else known_of(self._source.exact, draw.sets)

    def _prepare(self, draw: Draw, i: int) -> Any:
        source = self._source
        if source.exact is None:
            # Weights that the law has cached are shared; others are for the kernels alone.
            source.attach(kernel.Exact(self.noise._weights_once()))
        return prepare(source.exact, draw.sets, i)

    @property
    def nbytes(self) -> int:
        return int(self._source.nbytes)
