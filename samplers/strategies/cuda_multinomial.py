# SPDX-License-Identifier: MIT
"""``torch.multinomial`` on a CUDA device, in as few calls as the memory allows.

========== ==================================================================
build      O(V): the probabilities copied to the device
draw       O(V + rows k) per call with replacement, O(rows V) without
memory     8 bytes per id on the device, and up to 1 GiB while drawing
randomness Philox4x32-10; the ids depend on the GPU model (pytorch/pytorch#196613)
========== ==================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..info import Info
from ..sequential import SequentialSampler
from ..torch_tools import MAX_CATEGORIES, MAX_CATEGORIES_REASON, cuda_missing, torch_device, torch_generator

if TYPE_CHECKING:
    import numpy as np

# float64 values per call of torch: 1 GiB. Without replacement, torch draws (rows, V) exponentials.
CHUNK = 2**27


class CudaMultinomial(SequentialSampler):
    """torch.multinomial on a CUDA device, one call for many rows; the ids stay on the device.

    Parameters
    ----------
    device : str or torch.device
        Any torch device. "cpu" runs the same calls on the CPU, for tests without a GPU.
    """

    info = Info(
        name="cuda_multinomial",
        source="torch.multinomial on a GPU",
        stream="torch cuda philox4x32-10",
        device="cuda",
        arrays="torch",
        replacement_modes=(True, False),
        cost="call",
        max_ids=MAX_CATEGORIES,
        max_ids_reason=MAX_CATEGORIES_REASON,
    )

    @classmethod
    def unavailable(cls) -> str | None:
        return cuda_missing()

    def _build(self, *, device: Any = "cuda") -> None:
        import torch

        where = torch_device(device)
        self.device = str(where)
        self._p = torch.tensor(self.noise.probabilities, device=where)

    def _seed(self, rng: np.random.Generator) -> None:
        self._held = torch_generator(rng, self.device)

    @property
    def generator(self) -> Any:
        """The torch.Generator that every draw reads."""
        return self._held.generator

    def _fill(self, out: Any) -> None:
        import torch

        rows, k = out.shape
        step = max(1, CHUNK // (k if self.replacement else len(self.noise)))
        for first in range(0, rows, step):
            n = min(step, rows - first)
            if self.replacement:
                flat = torch.multinomial(self._p, n * k, replacement=True, generator=self.generator)
                ids = flat.view(n, k)
            else:
                ids = torch.multinomial(self._p.expand(n, -1), k, generator=self.generator)
            out[first : first + n] = ids

    @property
    def nbytes(self) -> int:
        return int(self._p.nbytes)
