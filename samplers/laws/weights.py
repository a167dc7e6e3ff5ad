# SPDX-License-Identifier: MIT
"""Converts counts to integer weights that are equal on every machine.

``counts ** 0.75`` by ``np.power`` differs between processors, because C does not require correct rounding of ``pow``:
of 21,973 integers, 1,164 differ between AVX-512 and libm on one machine. So this module never calls ``pow``, ``exp`` or
``log``. If the exponent is a multiple of 1/4, weights are exact integer roots. Other exponents use IEEE operations that
are correctly rounded everywhere (frexp, + - * /, ldexp, rint). Each is a ufunc of its own, so that no compiler can fuse
two of them. No result depends on the order of a sum.

``NoiseDistribution.fingerprint`` is the hash of these weights. They never change; a better formula would be a v2.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["exact_total", "integer_weights"]

_BITS = 62  # weights are at most 2**62, so that sums of a few do not overflow int64 and uint64
_LN2 = 0.6931471805599453
_SQRT_HALF = 0.7071067811865476
_CHUNK = 1 << 15  # a dozen temporary float64 arrays of this length fit into a cache of 4 MB


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
    if quarters in (0.0, 1.0, 2.0, 3.0, 4.0) and _whole(counts):
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


def _whole(counts: npt.NDArray[Any]) -> bool:
    """Whether every count is an integer that its dtype holds exactly."""
    if counts.dtype.kind in "iu":
        return True
    return bool(counts.max() < 2.0**53 and np.all(counts == np.rint(counts)))


def _exact(counts: npt.NDArray[Any], q: int) -> npt.NDArray[np.uint64]:
    from ..kernels import building  # loaded here: it takes a tenth of the import of the library

    shift = (4 * _BITS - (int(counts.max()) ** q).bit_length()) // 4
    return building.quarter_roots(counts.astype(np.uint64, copy=False), q, shift)


def _portable(counts: npt.NDArray[Any], exponent: float) -> npt.NDArray[np.uint64]:
    # At |exponent| = 2**64, adjacent float64 counts already differ by a factor of 2**2900. So the limit changes no
    # weight, and keeps the products below finite.
    exponent = min(max(exponent, -(2.0**64)), 2.0**64)
    extreme = counts.max() if exponent >= 0 else counts.min(where=counts > 0, initial=counts.max())
    reference = _log2(np.array([extreme], np.float64))
    weights = np.empty(len(counts), np.uint64)
    for start in range(0, len(counts), _CHUNK):
        part = counts[start : start + _CHUNK].astype(np.float64)
        scaled = _ratio_power(np.where(part > 0, part, 1.0), reference, exponent)
        weights[start : start + _CHUNK] = np.where(part > 0, np.clip(scaled, 1.0, 2.0**_BITS), 0.0)
    return weights


def _ratio_power(
    x: npt.NDArray[np.float64],
    reference: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]],
    exponent: float,
) -> npt.NDArray[np.float64]:
    """2**62 * (x / r)**exponent, where ``reference`` is log2 of r; float64, same shape as x."""
    # log2(x / r) is an exact integer and a fraction of at most 1. The farther x is from r, the larger is the rounding
    # error of the product. But for weights below 2**-16 of the largest, it is less than one unit of the weight.
    fraction, integer = _log2(x)
    fraction, integer = fraction - reference[0], integer - reference[1]
    product = exponent * integer
    power = np.rint(product)
    rest = (product - power) + exponent * fraction
    carry = np.rint(rest)
    power, rest = power + carry, rest - carry
    y = rest * _LN2  # at most 0.35, so that the next term of Taylor's series is below 5e-18
    series = np.ones_like(y)
    for n in range(13, 0, -1):
        series = 1.0 + series * y / n
    # If the shift is clipped, the weight is 1 or 2**62 in any case.
    shift = np.clip(power + _BITS, -2, _BITS + 1).astype(np.int32)
    scaled: npt.NDArray[np.float64] = np.ldexp(series, shift)
    return scaled


def _log2(x: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Log2 of positive x as a fraction in [-0.5, 0.5] and an integer, each float64."""
    mantissa, exponent = np.frexp(x)
    low = mantissa < _SQRT_HALF
    mantissa = np.where(low, 2.0 * mantissa, mantissa)
    z = (mantissa - 1.0) / (mantissa + 1.0)  # at most 0.172; log(mantissa) = 2 atanh(z)
    square = z * z
    series = np.full_like(z, 1.0 / 21)  # the next term is below 1e-18
    for n in range(19, 0, -2):
        series = series * square + 1.0 / n
    return 2.0 * z * series / _LN2, (exponent - low).astype(np.float64)
