# SPDX-License-Identifier: MIT
"""Exponential clocks whose rates are the weights: the number that has rung, and few rates that stand for many."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def log_chernoff(rates: Floats, ids: Floats, log_t: float, log_r: Floats, count: float) -> float:
    """The log of Chernoff's bound, min E[r**N] / r**count, where N is the number of clocks that have rung."""
    rung, silent = -np.expm1(-rates * math.exp(log_t)), -rates * math.exp(log_t)
    with np.errstate(divide="ignore"):
        log_moment = np.logaddexp(silent, np.log(rung) + log_r[:, None]) @ ids
    return float((log_moment - count * log_r).min())


def jacobi_matrix(x: Floats, ids: Floats, most: int) -> Floats:
    """The Jacobi matrix of the moments of ``ids`` at the points ``x``, float64 (n, n).

    Its eigenvalues are the points of Gauss's rule, and the squares of the first entries of its eigenvectors the shares
    of all ids. Its first rows and columns give the rules of fewer points. It is computed by Lanczos' recurrence (Golub
    and Welsch, https://doi.org/10.1090/S0025-5718-69-99647-1). Its size n is ``most``, or less if the points are few.
    """
    before, vector = np.zeros(len(x)), np.sqrt(ids / ids.sum())
    jacobi, beta = np.zeros((most, most)), 0.0
    for n in range(most):
        following = x * vector
        following -= beta * before
        jacobi[n, n] = vector @ following
        following -= jacobi[n, n] * vector
        beta = float(np.linalg.norm(following))
        if n + 1 == most or beta < 1e-15:
            break
        jacobi[n, n + 1] = jacobi[n + 1, n] = beta
        before, vector = vector, following / beta
    return jacobi[: n + 1, : n + 1]
