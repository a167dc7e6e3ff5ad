# SPDX-License-Identifier: MIT
"""Inclusion probabilities of single cells of rows that exclude some ids each, such as the history of a user.

Let o_j = exp(w_j t) - 1 be the odds that the clock of id j has rung by time t (see `inclusion.py`), and C(n) the
probability that at most n of the clocks of all ids have rung. To leave out a set of ids E and the id i divides the
generating function of their number by the product of (1 + o_j z) exp(-w_j t). As a power series, the inverse of the
product of (1 + o_j z) has the coefficients (-1)**m h_m: h_m is the complete homogeneous polynomial of the odds. So

    pi_i = w_i times the integral of exp(W t) (C(k - 1) - h_1 C(k - 2) + h_2 C(k - 3) - ...) over t,

where W is the sum of the rates of E. The h_m of E follow from sums of powers of the odds, by additions alone. All rows
share the C(n), and k**2 operations a row and time are left. The terms alternate: with all signs positive, the sum
bounds the rounding. If E holds ids that have probably rung, the bound is large, and the row needs another method.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..arguments import require

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Classes = NDArray[np.int64]
    Advance = Callable[[float], None]

_COARSE, _FINE = 7, 9  # points of a panel of t; both are computed, and the second must agree with the first
_VALUES = 1 << 20  # float64 values of an array of some rows and all times: 8 MB
_LARGEST = 300.0  # exponents of a cell that is computed; exp(700) is infinite
MOST_EXCLUDED = 256  # ids of a row
MOST_K = 32  # up to 20, no row of 1,024 histories of 20 ids needed another method; of k = 64, a quarter and all did


def seconds(rows: int, cells: int, k: int, times: int) -> float:
    """The estimated time, from 2 ns for a multiplication of a row at a time, which was measured."""
    return 0.05 + 2e-9 * rows * times * (k * k + 3 * k * cells)


def of_cells(
    share: Floats,
    sizes: Classes,
    k: int,
    law_at: Callable[[Floats], Floats],
    ids: Classes,
    excluded: Sequence[Classes],
    edges: Floats,
    advance: Advance = lambda share: None,
) -> tuple[Floats, Floats]:
    """The probabilities that ids are in rows of k distinct ids, each row without the ids of a set.

    Parameters
    ----------
    share : ndarray, float64 (D,)
        Positive, falling rates: the sum over all ids is 1.
    sizes : ndarray, int64 (D,)
        The number of ids of each rate.
    k : int
        From 2 to `MOST_K`.
    law_at : callable
        Takes times (T,) that rise, and returns the probabilities that 0 to k - 1 clocks of all ids have rung, (k, T).
    ids : ndarray, int64 (rows, cells)
        The indices of the rates of the ids.
    excluded : sequence of ndarray, int64
        For each row the indices of the rates of its set. More than k ids remain.
    edges : ndarray, float64
        The ends of panels of t, of `contour.edges`.
    advance : callable
        Called after each step with the share of the work that the step was.

    Returns
    -------
    values : ndarray, float64 (rows, cells)
        If the set of a row holds the id of a cell, its value has no meaning.
    bounds : ndarray, float64 (rows, cells)
        A bound on the relative error: the difference from a computation at fewer times, and a bound on rounding.
    """
    require("scipy", "the expected count of distinct ids")
    values, bounds = np.empty((2, *ids.shape))
    one_by_one = int(sizes[share * edges[-1] > 0.1].sum())  # clocks whose law is computed one after the other
    rounding = np.finfo(np.float64).eps * (16 * k + 2 * one_by_one)
    rules = [_rule(edges, points) for points in (_COARSE, _FINE)]
    laws = [np.cumsum(law_at(t), axis=0) * dt for t, dt in rules]
    step = max(1, _VALUES // len(rules[1][0]))
    for first in range(0, len(ids), step):
        some = slice(first, first + step)
        with np.errstate(over="ignore", invalid="ignore"):
            (coarse, _), (fine, size) = (
                _of_rule(share, k, t, law, ids[some], excluded[some])
                for (t, _), law in zip(rules, laws, strict=True)
            )  # fmt: skip
            start = -np.expm1(-share[ids[some]] * edges[0])  # before the first time, no row is full
            values[some] = np.minimum(1.0, start + fine)
            bounds[some] = (np.abs(coarse - fine) + rounding * size) / (start + fine)
        advance(len(ids[some]) / len(ids))
    bounds[~(np.isfinite(bounds) & (values > 0))] = np.inf
    return values, bounds


def is_possible(share: Floats, excluded: Sequence[Classes], edges: Floats) -> bool:
    """Whether no power of the odds of an excluded id, or of any other, is near the largest number."""
    heaviest = float(share[0]) + max(float(share[members].sum()) for members in excluded)
    return heaviest * float(edges[-1]) < _LARGEST


def _rule(edges: Floats, points: int) -> tuple[Floats, Floats]:
    """Gauss's nodes and weights in all panels, float64 (T,) each."""
    x, gauss = np.polynomial.legendre.leggauss(points)
    half = np.diff(edges)[:, None] / 2
    return (edges[:-1, None] + half * (1 + x)).ravel(), (half * gauss).ravel()


def _of_rule(
    share: Floats, k: int, t: Floats, law: Floats, ids: Classes, excluded: Sequence[Classes]
) -> tuple[Floats, Floats]:
    """The integrals from the first time on, (rows, cells), and with all terms positive."""
    homogeneous, growth = _without(share, k, t, excluded)
    terms = [growth * law[k - 1 - m] for m in range(k)]  # of the integral, but for the coefficients
    values, sizes = np.empty((2, *ids.shape))
    for cell in range(ids.shape[1]):
        rate = share[ids[:, cell]]
        odds = np.expm1(rate[:, None] * t)
        own, total, size = homogeneous[0], terms[0].copy(), terms[0].copy()
        for m in range(1, k):
            own = homogeneous[m] + odds * own  # the coefficient of the set and the id
            term = own * terms[m]
            size += term
            total += term if m % 2 == 0 else -term
        values[:, cell], sizes[:, cell] = rate * total.sum(axis=1), rate * size.sum(axis=1)
    return values, sizes


def _without(share: Floats, k: int, t: Floats, excluded: Sequence[Classes]) -> tuple[list[Floats], Floats]:
    """The polynomials h_0 to h_{k - 1} of the odds of each set, (rows, T) each, and exp(W t), (rows, T)."""
    from scipy import sparse

    used, place = np.unique(np.concatenate(excluded), return_inverse=True)
    starts = np.concatenate([[0], np.cumsum([len(members) for members in excluded])])
    members = sparse.csr_matrix((np.ones(len(place)), place, starts), (len(excluded), len(used)))
    odds = np.expm1(share[used][:, None] * t)
    homogeneous, sums, power = [np.ones((len(excluded), len(t)))], [], np.ones_like(odds)
    for m in range(1, k):
        power = power * odds
        sums.append(members @ power)
        homogeneous.append(sum(sums[i - 1] * homogeneous[m - i] for i in range(1, m + 1)) / m)
    return homogeneous, np.exp((members @ share[used])[:, None] * t)
