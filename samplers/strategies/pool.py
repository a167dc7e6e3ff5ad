# SPDX-License-Identifier: MIT
"""A pool of ids that are drawn ahead in one call, and used in order.

========== ===========================================================
build      O(V): a Python list of cumulative weights
draw       O(log V) per id when the pool is refilled, a copy otherwise
memory     32 to 40 bytes per id (list and floats), and the pool
randomness one 53-bit uniform per id
========== ===========================================================
"""

from __future__ import annotations

import random
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arguments import as_count
from ..info import Info
from ..sequential import SequentialSampler

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


class Pool(SequentialSampler):
    """random.choices draws pool_size ids ahead; rows take them in order, each once.

    To draw ahead is exact, because the ids are independent and each is used once. To cycle a pool (``reuse=True``) is
    not: after ``pool_size`` ids the same ids follow again, and `samplers.check_fidelity` fails.

    Parameters
    ----------
    pool_size : int
        Ids drawn at once, from 1 to 2**27. random.choices returns a list of Python integers, 4 GB for 2**27.
    reuse : bool
        Cycle the first pool for ever, as programs do that draw a pool only once.
    """

    info = Info(
        name="pool",
        source="post 004, method 2; random.choices(population, weights, k=10000)",
        stream="python random mt19937",
    )
    fixed = ("pool_size", "reuse", "ids_ahead")

    def _build(self, *, pool_size: int = 10_000, reuse: bool = False) -> None:
        self.pool_size = as_count("pool_size", pool_size, minimum=1, maximum=2**27)
        if not isinstance(reuse, (bool, np.bool_)):
            raise TypeError(f"reuse must be True or False, got {reuse!r}")
        self.reuse = bool(reuse)
        self.ids_ahead = 0 if self.reuse else self.pool_size
        self._ids = range(len(self.noise))
        self._cumulative = list(accumulate(self.noise.probabilities.tolist()))

    def _seed(self, rng: np.random.Generator) -> None:
        #: The generator that every refill reads.
        self.random = random.Random(int(rng.integers(2**63)))
        self._pool: NDArray[np.int64] = np.empty(0, dtype=np.int64)
        self._used = 0
        self._before_refill: Any = None

    def _undo(self, n_ids: int) -> Callable[[], None]:
        # The generator moves only in a refill. So `_refill` saves its state, which takes as long as a small call.
        pool, used = self._pool, self._used
        self._before_refill = None

        def undo() -> None:
            if self._before_refill is not None:
                self.random.setstate(self._before_refill)
            self._pool, self._used = pool, used

        return undo

    def _fill(self, out: Any) -> None:
        flat = out.reshape(-1)
        done = 0
        while done < len(flat):
            if self._used == len(self._pool):
                self._refill()
            n = min(len(flat) - done, len(self._pool) - self._used)
            flat[done : done + n] = self._pool[self._used : self._used + n]
            self._used += n
            done += n

    def _refill(self) -> None:
        if not (self.reuse and len(self._pool)):
            if self._before_refill is None:
                self._before_refill = self.random.getstate()
            drawn = self.random.choices(self._ids, cum_weights=self._cumulative, k=self.pool_size)
            self._pool = np.array(drawn, dtype=np.int64)
        self._used = 0

    @property
    def nbytes(self) -> int:
        # V pointers of a list, V float objects of 24 bytes, and the pool.
        return len(self._cumulative) * (8 + 24) + 8 * self.pool_size
