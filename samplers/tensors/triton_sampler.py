# SPDX-License-Identifier: MIT
"""The base class of the strategies that draw with a kernel of Triton."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from ..counter_based.cursor import Draw
from ..torch_tools import cuda_missing, torch_device
from .cells import Stream
from .draws import close
from .rules import Rules
from .sampler import TensorSampler

if TYPE_CHECKING:
    from torch import Tensor


class TritonSampler(TensorSampler):
    """Draws the ids of `alias`, `spectrum` or `uniform` with one kernel on a CUDA device.

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

    @classmethod
    def unavailable(cls) -> str | None:
        reason = cuda_missing()
        if reason is None and find_spec("triton") is None:
            reason = "triton is not installed: pip install triton"
        return reason

    def _build(self, *, device: Any = "cuda") -> None:  # type: ignore[override]
        kind = torch_device(device).type
        # Triton's interpreter, which runs the kernels in NumPy, takes tensors on the CPU. The tests use it.
        if kind != "cuda" and os.environ.get("TRITON_INTERPRET") != "1":
            rival = self.name.replace("_triton", "_torch")
            raise ValueError(f"device must be a CUDA device in {self.name}, got {device!r}; use {rival!r} there")
        super()._build(device=device)
        self._waits = False

    def _numbers(self, draw: Draw, rows: int) -> Any:
        return None if draw.row_ids is None else super()._numbers(draw, rows)

    def _draw(
        self, stream: Stream, call: Draw, numbers: Any, rules: Rules, ids: Tensor, bad: Tensor | None, tells: bool
    ) -> None:
        import torch

        from . import fused

        if not rules.distinct and rules.excluded is None:
            fused.draw_cells(self._tensors, stream, call.first, numbers, ids)
            if bad is not None:
                self._write(ids, ids, bad, tells)
            return
        drawn = torch.empty(tuple(ids.shape), dtype=torch.int64, device=ids.device)
        fused.draw_ruled(self._tensors, stream, call.first, numbers, rules.distinct, rules.excluded, drawn)
        if self._plan(ids.shape[1], rules).exact:
            rows = super()._numbers(call, len(ids)) if numbers is None else numbers
            drawn = close(drawn, self._weights_on_device(), stream, rows, rules)
        self._write(drawn, ids, bad, tells)
