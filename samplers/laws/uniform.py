# SPDX-License-Identifier: MIT
"""The uniform law: the noise distribution of most recommenders and graph loaders."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from ..arguments import as_count
from .classes import WeightClasses
from .counts import MAX_IDS
from .law import Law
from .weights import integer_weights

__all__ = ["Uniform", "uniform"]


class Uniform(Law):
    """Each of V ids with probability 1 / V; no array of size V is allocated.

    Parameters
    ----------
    n_ids : int
        V, from 1 to ``2**31 - 1``.

    Notes
    -----
    Arrays of size V, such as `probabilities`, are views of a single number (`numpy.broadcast_to`).
    """

    def __init__(self, n_ids: int) -> None:
        self.__dict__["_n_ids"] = as_count("V", n_ids, minimum=1, maximum=MAX_IDS)

    def __len__(self) -> int:
        return int(self.__dict__["_n_ids"])

    def _grouped(self) -> WeightClasses:
        # `NoiseDistribution` gives the same weight to equal counts, so that equal laws have equal fingerprints.
        weight = integer_weights(np.ones(1, np.int64), 1.0)
        return WeightClasses(weight, np.zeros(1, np.int64), np.array([len(self)]), None)

    @cached_property
    def weights(self) -> npt.NDArray[np.uint64]:
        return np.broadcast_to(self.classes.weights[0], len(self))

    @cached_property
    def support(self) -> npt.NDArray[np.bool_]:
        return np.broadcast_to(np.True_, len(self))

    @cached_property
    def probabilities(self) -> npt.NDArray[np.float64]:
        return np.broadcast_to(self.classes.weights[0] / float(self.total_weight), len(self))

    def _weights_in_parts(self) -> Iterator[npt.NDArray[np.uint64]]:
        # A broadcast array has no memory that can be hashed. All parts are views of this one.
        part = np.full(min(len(self), 1 << 16), self.classes.weights[0])
        for start in range(0, len(self), len(part)):
            yield part[: len(self) - start]

    def __reduce__(self) -> tuple[Any, ...]:
        return Uniform, (len(self),)

    def __repr__(self) -> str:
        return f"uniform(V={len(self)}{self._known()})"


def uniform(V: int) -> Uniform:  # the letter V is customary in the field
    """The uniform law over V ids.

    Parameters
    ----------
    V : int
        From 1 to ``2**31 - 1``.

    Returns
    -------
    Law
        It holds a single weight, and no array of size V.

    Raises
    ------
    TypeError, ValueError
        If V is no such integer.

    Examples
    --------
    >>> uniform(4).probabilities.tolist()
    [0.25, 0.25, 0.25, 0.25]
    """
    return Uniform(V)
