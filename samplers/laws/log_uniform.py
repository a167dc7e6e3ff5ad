# SPDX-License-Identifier: MIT
"""The log-uniform law, close to Zipf's: the noise distribution of TensorFlow's and PyTorch's sampled softmax."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..arguments import as_count
from .classes import WeightClasses, classes_of_weights
from .counts import MAX_IDS
from .law import Law

__all__ = ["LogUniform", "log_uniform"]

_CHUNK = 1 << 15  # three temporary float64 arrays of this length fit into a cache of 2 MB
_SCALE = 2.0**62
_TERMS = 21  # of the series in `_log_of_ratio`; the next term is below 1e-21 of the sum


class LogUniform(Law):
    """Id r with probability ``log((r + 2) / (r + 1)) / log(V + 1)``.

    Parameters
    ----------
    n_ids : int
        V, from 1 to ``2**31 - 1``.

    Notes
    -----
    The formula is that of `tf.random.log_uniform_candidate_sampler`. The weights are the logarithms, scaled so that id
    0 has 2**62, and rounded down. The error of a weight is below one unit plus 1e-15 of the weight. Only correctly
    rounded operations are used, so that the weights are equal on every machine. They are computed on first use, and
    take 8 bytes for each id.
    """

    def __init__(self, n_ids: int) -> None:
        self.__dict__["_n_ids"] = as_count("V", n_ids, minimum=1, maximum=MAX_IDS)

    def __len__(self) -> int:
        return int(self.__dict__["_n_ids"])

    def _grouped(self) -> WeightClasses:
        weights = np.empty(len(self), np.uint64)
        largest = _log_of_ratio(np.zeros(1))
        for start in range(0, len(self), _CHUNK):
            ids = np.arange(start, min(start + _CHUNK, len(self)), dtype=np.float64)
            weights[start : start + _CHUNK] = np.floor(_log_of_ratio(ids) / largest * _SCALE)
        return classes_of_weights(weights)

    def __reduce__(self) -> tuple[Any, ...]:
        return LogUniform, (len(self),)

    def __repr__(self) -> str:
        return f"log_uniform(V={len(self)}{self._known()})"


def log_uniform(V: int) -> LogUniform:  # the letter V is customary in the field
    """The log-uniform law over V ids, which must be sorted by falling frequency.

    Parameters
    ----------
    V : int
        From 1 to ``2**31 - 1``.

    Returns
    -------
    Law
        Id r has a probability in proportion to ``log((r + 2) / (r + 1))``.

    Raises
    ------
    TypeError, ValueError
        If V is no such integer.

    Examples
    --------
    >>> log_uniform(3).probabilities.round(3).tolist()
    [0.5, 0.292, 0.208]
    """
    return LogUniform(V)


def _log_of_ratio(ids: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """``log((r + 2) / (r + 1))`` as ``2 atanh(1 / (2 r + 3))``, which has no cancellation and calls no log."""
    z = 1.0 / (2.0 * ids + 3.0)  # at most 1/3
    square = z * z
    series = np.full_like(z, 1.0 / (2 * _TERMS + 1))
    for n in range(2 * _TERMS - 1, 0, -2):
        series = series * square + 1.0 / n
    return 2.0 * z * series
