# SPDX-License-Identifier: MIT
"""Converts counts to integer weights that are equal on every machine.

``counts ** 0.75`` by ``np.power`` differs between processors, because C does not require correct rounding of ``pow``:
of 21,973 integers, 1,164 differ between AVX-512 and libm on one machine. So this module never calls ``pow``, ``exp`` or
``log``. If the exponent is a multiple of 1/4, weights are exact integer roots. Other exponents use IEEE operations that
are correctly rounded everywhere, and that the compiler must not fuse (kernels/powers.h). No result depends on the order
of a sum.

``NoiseDistribution.fingerprint`` is the hash of these weights. They never change; a better formula would be a v2.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["exact_total", "integer_weights"]

_BITS = 62  # weights are at most 2**62, so that sums of a few do not overflow int64 and uint64
_CHUNK = 1 << 15


def integer_weights(counts: npt.NDArray[Any], exponent: float) -> npt.NDArray[np.uint64]:
    """Integers proportional to ``counts ** exponent``, the same on every machine.

    Parameters
    ----------
    counts : ndarray of int64, uint64 or float64, shape (V,)
        Finite, non-negative, at least one positive. They are not checked again.
    exponent : float
        Finite, of any sign.

    Returns
    -------
    ndarray of uint64, shape (V,)
        0 if the count is 0, at any exponent; else from 1 to ``2**62``.

    Notes
    -----
    *Exact*, if the exponent is q/4 for q in 0..4, and the counts are integers or floats that are all whole numbers
    below ``2**53``: ``max(1, floor(count**(q/4) * 2**s))``. Here s is the largest shift that keeps the weight of the
    largest count, C, below ``2**62``: ``s = (248 - bit_length(C**q)) // 4``.

    *Portable*, otherwise: ``floor(2**62 * (count / r)**exponent)``, limited to [1, 2**62]. Here r is the count of the
    largest weight: the largest count or, if the exponent is negative, the smallest positive count. The error is below
    one unit plus ``2e-15 * max(1, abs(exponent))`` of the weight, for any counts. Integers of ``2**53`` and more are
    first rounded to float64.

    In both cases a weight depends only on its count and on one extreme count. So a permutation of the counts permutes
    the weights, and additional zero counts change no weight.
    """
    quarters = 4.0 * exponent
    if quarters in (0.0, 1.0, 2.0, 3.0, 4.0) and are_whole(counts):
        return _exact(counts, int(quarters))
    return _portable(counts, exponent)


def exact_total(weights: npt.NDArray[np.uint64]) -> int:
    """The exact sum of uint64 values, as a Python int.

    Parameters
    ----------
    weights : ndarray of uint64, shape (V,)
        V below ``2**32``, so that the sum of the 32-bit halves fits in 64 bits.

    Returns
    -------
    int
        Exact.
    """
    high = int((weights >> np.uint64(32)).sum(dtype=np.uint64))
    low = int((weights & np.uint64(0xFFFFFFFF)).sum(dtype=np.uint64))
    return (high << 32) + low


def are_whole(counts: npt.NDArray[Any]) -> bool:
    """Whether every count is an integer that its dtype holds exactly."""
    if counts.dtype.kind in "iu":
        return True
    # In parts, because real numbers differ from their integers at once: 4 ms of a million weights.
    parts = (counts[start : start + _CHUNK] for start in range(0, len(counts), _CHUNK))
    return all(part.max() < 2.0**53 and np.array_equal(part, np.rint(part)) for part in parts)


def _exact(counts: npt.NDArray[Any], q: int) -> npt.NDArray[np.uint64]:
    from ..kernels import building  # loaded here: it takes a tenth of the import of the library

    shift = (4 * _BITS - (int(counts.max()) ** q).bit_length()) // 4
    return building.quarter_roots(counts.astype(np.uint64, copy=False), q, shift)


def _portable(counts: npt.NDArray[Any], exponent: float) -> npt.NDArray[np.uint64]:
    from ..kernels import building  # loaded here: it takes a tenth of the import of the library

    # At |exponent| = 2**64, adjacent float64 counts already differ by a factor of 2**2900. So the limit changes no
    # weight, and keeps the products below finite.
    exponent = min(max(exponent, -(2.0**64)), 2.0**64)
    extreme = float(counts.max() if exponent >= 0 else counts.min(where=counts > 0, initial=counts.max()))
    weights = np.empty(len(counts), np.uint64)
    for start in range(0, len(counts), _CHUNK):  # so that integer counts need no float64 copy of the whole array
        part = slice(start, start + _CHUNK)
        building.ratio_powers(np.ascontiguousarray(counts[part], np.float64), extreme, exponent, weights[part])
    return weights
