# SPDX-License-Identifier: MIT
"""The base class of the strategies that draw the stream ``philox4x32-10/v1`` into tensors on a device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from ..arguments import as_count, check_choices
from ..base import Sampler
from ..counter_based.cursor import LAST_EPOCH, Draw, row_numbers
from ..counter_based.sampler import PositionalSampler
from ..counter_based.tables import (
    alias_shares,
    alias_source,
    hardly_repeat,
    spectrum_shares,
    spectrum_source,
    uniform_shares,
    uniform_source,
)
from ..torch_tools import torch_device, torch_missing
from .cells import Stream
from .draws import Plan, draw, plan
from .exact import Weights, weights_of
from .excluded import Unchecked, as_numbers, as_unchecked, on_device, padded
from .rules import Rules, is_in
from .tables import Kind, table_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from ..laws.law import Law
    from ..sets.id_sets import IdSets


class TensorSampler(PositionalSampler):
    """Draws the ids of `alias`, `spectrum` or `uniform` on a device of torch.

    In a draw nothing is copied from the device to the host, if ``out``, ``exclude`` and ``row_ids`` are left out or lie
    on the device.

    Parameters
    ----------
    noise : Law
        The noise distribution, over V ids.
    rng : None, int, SeedSequence, BitGenerator or Generator, optional
        The `key` of the stream is drawn from it.
    replacement : bool, default True
        False: the k ids of a row are distinct.
    **options
        ``device``, where the ids are drawn.
    """

    #: The strategy of the CPU that has the same ids.
    kind: ClassVar[Kind]

    @classmethod
    def unavailable(cls) -> str | None:
        return torch_missing()

    @classmethod
    def unsuitable(cls, noise: Law) -> str | None:
        reason = super().unsuitable(noise)
        if reason is None and cls.kind == "spectrum":
            reason = hardly_repeat(cls.info, len(noise.classes), len(noise))
        return reason

    def _build(self, *, device: Any = "cpu") -> None:  # type: ignore[override]
        super()._build()
        import torch

        where = torch_device(device)
        self.device = str(where)
        self._place_of_tensors = torch.empty(0, device=where).device  # "cuda" as "cuda:0"
        self._tensors = table_of(self._source, len(self.noise), self._place_of_tensors)
        self._faults = torch.zeros((), dtype=torch.int64, device=where)
        self._weights: Weights | None = None
        self._plans: dict[int, Plan] = {}  # by the number of ids that are barred from a row
        self._waits = where.type == "cpu"

    def _table(self) -> Any:
        if self.kind == "uniform":
            return uniform_source(self.noise)
        if self.kind == "alias":
            return alias_source(self.noise, self._alias_table)
        return spectrum_source(self.noise, self._alias_table, self.info)

    def implied_probabilities(self) -> NDArray[np.float64]:
        if self.kind == "uniform":
            return uniform_shares(self._source)
        return (alias_shares if self.kind == "alias" else spectrum_shares)(self._source, self.noise)

    @property
    def faults(self) -> int:
        """Rows of -1 that draws have written without an error, since the tables were built; 0 if all is well.

        A draw that lies on the device cannot raise an error, because the host would have to wait for it. Such a row
        has a negative number in ``row_ids``, an id outside [0, V) in ``exclude``, too few ids that are left (if
        ``on_exhausted`` is "raise"), or a cell that needs more attempts than the draw reads, which has a chance below
        2**-64. To read this property, the host waits for the device.
        """
        return int(self._faults.item())

    @property
    def nbytes(self) -> int:
        return super().nbytes + self._tensors.nbytes + (0 if self._weights is None else self._weights.nbytes)

    def sample(
        self,
        rows: int,
        k: int,
        *,
        exclude: Any = None,
        on_collision: Literal["redraw", "mark"] = "redraw",
        on_exhausted: Literal["raise", "mark"] = "raise",
        out: Any = None,
    ) -> Any:
        self._refuse_capture()
        if not on_device(exclude):
            return Sampler.sample(
                self, rows, k, exclude=exclude, on_collision=on_collision, on_exhausted=on_exhausted, out=out
            )
        rows = as_count("rows", rows, minimum=0)
        sets: Any
        ids, sets = self._checked_on_device(rows, k, exclude, on_collision, on_exhausted, out)
        self._guard.arrive(self.name)
        if rows:
            self._next_rows(ids, sets, on_collision, None)
        return ids if out is None else out

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
    ) -> Any:
        numbers: Any = as_numbers(row_ids, self._place_of_tensors) if on_device(row_ids) else row_numbers(row_ids)
        chosen = self.epoch if epoch is None else as_count("epoch", epoch, minimum=0, maximum=LAST_EPOCH)
        sets: Any
        exhausted: Any = ()
        if on_device(exclude):
            ids, sets = self._checked_on_device(len(numbers), k, exclude, on_collision, on_exhausted, out)
        else:
            _, k, ids, sets, exhausted = self._checked(len(numbers), k, exclude, on_collision, on_exhausted, out)
        if len(numbers):
            self._run(Draw(ids, self.key, chosen, 0, numbers, sets), on_collision)
            if len(exhausted):
                ids[exhausted] = -1
        return ids if out is None else out

    sample_rows.__doc__ = PositionalSampler.sample_rows.__doc__

    def _checked_on_device(
        self, rows: int, k: Any, exclude: Any, on_collision: str, on_exhausted: str, out: Any
    ) -> tuple[Any, Unchecked]:
        """The tensor to fill and the excluded ids of a draw whose ``exclude`` lies on the device."""
        k = as_count("k", k, minimum=1)
        self._check_k(k)
        check_choices(on_collision, on_exhausted)
        sets = as_unchecked(exclude, rows, self._place_of_tensors, on_exhausted == "raise")
        return self._buffer(rows, k, out), sets

    def _refuse_capture(self) -> None:
        import torch

        if self._place_of_tensors.type == "cuda" and torch.cuda.is_current_stream_capturing():
            raise RuntimeError(
                "sample() in a CUDA graph would draw the same rows at each replay, because the position lies on the "
                "host; use sample_rows(row_ids, k), where row_ids is a tensor on the device that the graph moves on"
            )

    def _advance(self, ids: Any, sets: IdSets | None, on_collision: str) -> None:
        self._next_rows(ids, sets, on_collision, None)

    def _run(self, draw: Draw, on_collision: str) -> None:
        """Draw rows on the device, and write them into the array or tensor of the draw."""
        if hasattr(draw.ids, "data_ptr") and draw.ids.device == self._place_of_tensors:
            self._fill(draw, draw.ids, on_collision)
            return
        import torch

        drawn = torch.empty(tuple(draw.ids.shape), dtype=torch.int64, device=self._place_of_tensors)
        self._fill(draw, drawn, on_collision)
        if hasattr(draw.ids, "data_ptr"):
            draw.ids.copy_(drawn)
        else:
            draw.ids[...] = drawn.cpu().numpy()

    def _fill(self, draw: Draw, ids: Tensor, on_collision: str) -> None:
        numbers = self._numbers(draw, len(ids))
        sets: Any = draw.sets
        tells = not isinstance(sets, Unchecked) or sets.tells
        excluded, bad = self._excluded(sets)
        if hasattr(draw.row_ids, "data_ptr"):
            negative = numbers < 0
            bad = negative if bad is None else bad | negative
            numbers = numbers.clamp(min=0)
        marks = on_collision == "mark"
        rules = Rules(not self.replacement, None if marks else excluded)
        self._draw(Stream(draw.key, draw.epoch), draw, numbers, rules, ids, bad, tells)
        if marks and excluded is not None:
            ids.masked_fill_(is_in(ids.long(), excluded), -1)

    def _numbers(self, draw: Draw, rows: int) -> Tensor:
        """The numbers of the rows, int64 on the device."""
        import torch

        if draw.row_ids is None:
            return torch.arange(rows, device=self._place_of_tensors) + draw.first
        given: Any = draw.row_ids
        if hasattr(given, "data_ptr"):
            return given  # type: ignore[no-any-return]
        return torch.from_numpy(given.view("int64")).to(self._place_of_tensors)

    def _excluded(self, sets: Any) -> tuple[Any, Any]:
        """The excluded ids on the device, and the rows whose excluded ids are not valid, which only it knows."""
        if sets is None:
            return None, None
        if not isinstance(sets, Unchecked):
            return padded(sets, self._place_of_tensors), None
        outside = (sets.ids < -1) | (sets.ids >= len(self.noise))
        return sets.ids.masked_fill(outside, -1), outside.any(1)

    def _plan(self, k: int, rules: Rules) -> Plan:
        n_out = 0 if rules.excluded is None else int(rules.excluded.shape[1])
        refusal = self._tensors.refusal if self.kind == "uniform" else 0
        n_out += k - 1 if rules.distinct else 0
        if n_out not in self._plans:
            self._plans[n_out] = plan(self.noise, refusal, n_out)
        return self._plans[n_out]

    def _weights_on_device(self) -> Weights:
        if self._weights is None:
            self._weights = weights_of(self.noise, self._place_of_tensors)
        assert self._weights is not None
        return self._weights

    def _draw(
        self, stream: Stream, call: Draw, numbers: Tensor, rules: Rules, ids: Tensor, bad: Tensor | None, tells: bool
    ) -> None:
        """Write the rows into ``ids``; those of ``bad`` are -1."""
        k = ids.shape[1]
        drawn = draw(
            self._tensors, stream, numbers, k, rules, self._plan(k, rules), self._weights_on_device, self._waits
        )
        self._write(drawn, ids, bad, tells)

    def _write(self, drawn: Tensor, ids: Tensor, bad: Tensor | None, tells: bool) -> None:
        """Write drawn rows; one that is bad, or has a cell without an id, becomes -1 and is counted."""
        unfinished = (drawn < 0).any(1)
        wrong = unfinished if bad is None else bad | unfinished
        ids.copy_(drawn.masked_fill(wrong[:, None], -1))
        counted = wrong if tells or bad is None else bad
        self._faults.add_(counted.sum())
