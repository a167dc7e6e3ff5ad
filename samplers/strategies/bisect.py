# SPDX-License-Identifier: MIT
"""A uniform and a binary search over the cumulative probabilities, in plain Python.

========== ==========================================
build      O(V): a Python list of cumulative sums
draw       O(log V) per id, in interpreted Python
memory     32 bytes per id: 8 in the list, 24 for the float
randomness one 53-bit uniform per id
========== ==========================================
"""

from __future__ import annotations

import random
from bisect import bisect_left
from typing import Any

import numpy as np

from ..info import Info
from ..sequential import SequentialSampler


class Bisect(SequentialSampler):
    """A uniform and bisect_left over the cumulative list in plain Python, for scale.

    It is gensim's algorithm in plain Python, as tutorials write it; ``cum_table`` is the compiled one.
    """

    info = Info(name="bisect", source="post 004, method 3", stream="python random mt19937")

    def _build(self) -> None:
        cumulative = np.cumsum(self.noise.probabilities)
        self._cumulative = (cumulative / cumulative[-1]).tolist()  # the last entry is 1.0 exactly

    def _seed(self, rng: np.random.Generator) -> None:
        #: The generator that every draw reads.
        self.random = random.Random(int(rng.integers(2**63)))

    def _fill(self, out: Any) -> None:
        cumulative, uniform = self._cumulative, self.random.random
        # 1 - u lies in (0, 1], so that bisect_left never returns an id of probability 0, even if it is id 0.
        flat = [bisect_left(cumulative, 1.0 - uniform()) for _ in range(out.size)]
        out[...] = np.array(flat, dtype=out.dtype).reshape(out.shape)

    @property
    def nbytes(self) -> int:
        return len(self._cumulative) * (8 + 24)  # a list of pointers to float objects of 24 bytes
