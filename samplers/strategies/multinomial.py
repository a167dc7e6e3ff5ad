# SPDX-License-Identifier: MIT
"""One call of ``torch.multinomial`` for each row, as in many first implementations of word2vec in torch.

========== =======================================================
build      O(V): the probabilities as a float64 tensor
draw       O(V) per row, and a few microseconds for the call
memory     8 bytes per id
randomness k uniforms per row with replacement, V exponentials without
========== =======================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..info import Info
from ..sequential import SequentialSampler
from ..torch_tools import MAX_CATEGORIES, MAX_CATEGORIES_REASON, torch_generator, torch_missing

if TYPE_CHECKING:
    import numpy as np


class Multinomial(SequentialSampler):
    """A Python loop of torch.multinomial(p, k, replacement), one call an item.

    The ids are those of such a loop with the same ``generator`` and the same float64 probabilities. Choose it to
    reproduce a loop; ``torch_one_call`` of the benchmarks shows what a single call for all rows would save.
    """

    info = Info(
        name="multinomial",
        source="post 004, method 1",
        stream="torch cpu mt19937",
        replacement_modes=(True, False),
        cost="row",
        max_ids=MAX_CATEGORIES,
        max_ids_reason=MAX_CATEGORIES_REASON,
    )

    @classmethod
    def unavailable(cls) -> str | None:
        return torch_missing()

    def _build(self) -> None:
        import torch

        self._p = torch.tensor(self.noise.probabilities)

    def _seed(self, rng: np.random.Generator) -> None:
        self._held = torch_generator(rng, "cpu")

    @property
    def generator(self) -> Any:
        """The torch.Generator that every draw reads."""
        return self._held.generator

    def _fill(self, out: Any) -> None:
        import torch

        k = out.shape[1]
        for row in out:
            row[:] = torch.multinomial(self._p, k, self.replacement, generator=self.generator).numpy()

    @property
    def nbytes(self) -> int:
        return int(self._p.nbytes)
