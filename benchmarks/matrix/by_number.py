# SPDX-License-Identifier: MIT
"""What a careful user of NumPy can write: a generator for each example. Then no change of a run matters either."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

import samplers

if TYPE_CHECKING:
    from numpy.typing import NDArray


class NumpyByNumber:
    """``numpy.random.default_rng([seed, number])``, made anew for each example, and ``choice`` over what is left."""

    info: ClassVar[samplers.Info] = samplers.Info(
        name="numpy_by_number",
        source="numpy.random.default_rng([seed, number]).choice(V, k, p=p)",
        stream="numpy default_rng",
        positional=True,
        cost="row",
    )

    def __init__(self, noise: samplers.Law, *, rng: int) -> None:
        self.noise, self.seed = noise, rng

    def _build(self) -> None:
        """It has no options."""

    def sample_rows(self, numbers: Any, k: int, exclude: Any = None) -> NDArray[np.int64]:
        """The ids of examples by their numbers, int64 (len(numbers), k), without the id of each in ``exclude``."""
        ids = np.empty((len(numbers), k), np.int64)
        for row, number in enumerate(numbers):
            p = self.noise.probabilities.copy()
            if exclude is not None:
                p[exclude[row]] = 0
            ids[row] = np.random.default_rng([self.seed, number]).choice(len(p), k, p=p / p.sum())
        return ids
