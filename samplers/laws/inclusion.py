# SPDX-License-Identifier: MIT
"""Inclusion probabilities of successive sampling: the probability that an id is among k distinct ids of a row.

The method of this file is exact but for rounding, and slow for large k. `contour.py` has that for large k.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..arguments import as_count, require
from ..waiting import Wait
from . import contour, some_excluded
from .clocks import jacobi_matrix, log_chernoff
from .law import check_law
from .one_excluded import OneExcluded

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from .law import Law

    Classes = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Advance = Callable[[float], None]

_LOG_NEGLIGIBLE = math.log(1e-20)  # the probability of the part of the integral that is cut off at each end is below it
# Weights up to _HEAD / (last time) are the tail. For them exp(w t) - 1 <= 0.22. The function log(1 + (exp(w t) - 1) z)
# of w is analytic up to w t = log 2 for |z| <= 1: a Bernstein ellipse of parameter 11.7. So Gauss's rule of 8 nodes is
# exact to 11.7**-16 = 8e-18, and a Chebyshev series of 20 terms to 11.7**-20. (4 nodes and 9 terms gave 1e-13 in all
# cases that were tried, because the last times contribute little.)
_HEAD, _ATOMS, _CHEBYSHEV = 0.2, 8, 20
_PANEL_NODES = 16
_CHUNK = 1 << 15  # float64 values that are computed together: 256 KB, which fit into the cache
_TABLE_BYTES = 1 << 26  # of a table of rows that exclude one id each
_SOON = 1.0  # seconds: work that would take longer is done on contours


def inclusion_probabilities(
    noise: Law, k: int, excluded: ArrayLike | None = None, *, time_limit: float | None = 60.0
) -> Floats:
    """The probability that an id is in a row of k distinct ids, of which each is drawn from the ids that remain.

    This is the law of ``torch.multinomial(replacement=False)``, of the Plackett-Luce model, and of the first k of V
    exponential clocks whose rates are the weights.

    Parameters
    ----------
    noise : Law
        The noise distribution, over V ids.
    k : int
        From 1 to the number of ids of positive weight that are not excluded.
    excluded : array_like of integers (m,), optional
        Ids that cannot be drawn. The other ids keep their weights.
    time_limit : float or None, default 60
        Seconds; None for no limit. If the estimated time exceeds it, an error is raised before the work begins.

    Returns
    -------
    ndarray, float64 (V,), read-only
        The sum is k. For k = 1 it is ``noise.probabilities``, for k = ``noise.nonzero`` it is 1 for each id of positive
        weight. Excluded ids have 0.

    Raises
    ------
    TypeError
        If excluded ids are not integers.
    ValueError
        If excluded ids have another shape or are outside [0, V), if fewer than k ids remain, or if it would take longer
        than ``time_limit``.

    Notes
    -----
    Let N(t) be the number of clocks, other than that of id i, that have rung by time t. It is a Poisson-binomial
    variable, and

        pi_i = integral of w_i exp(-w_i t) P(N(t) <= k - 1) over t >= 0,

    This is the integral of Wallenius' noncentral hypergeometric law (Fog 2008,
    https://doi.org/10.1080/03610910701790269) for one id against all others. The terms of all sums are positive, or
    they alternate and fall. So the relative error of small probabilities is as small as that of large ones.

    The relative error against exact enumeration is 1.3e-15, for V <= 8 and weights over up to 18 decades. For V up to
    1e6 and k up to 200, the sum differs from k by 5e-15 at most, and twice as many panels change no probability by more
    than 2e-15 of its value. The time of this method grows faster than k**2.

    If it would take more than a second, P(N(t) <= k - 1) is computed from a contour integral of the generating function
    of N(t), for any k in about a second (``samplers/laws/contour.py``). The relative error is below 1e-9: each call
    computes a bound, from a second computation with fewer points of all kinds, and bounds on rounding and on the ends
    that are cut off. It is 1e-12 for k = 8,192 of a million ids. If the bound is not below 1e-9, the first method is
    used, or refused by ``time_limit``. The last four results without exclusion are cached in the noise distribution.
    """
    check_law("noise", noise)
    k = as_count("k", k, minimum=1)
    if excluded is None:
        if k > noise.nonzero:
            raise ValueError(f"k={k} distinct ids asked for, but only {noise.nonzero} ids have a positive weight")
        return noise._remember("inclusion", k, lambda: _of_all(noise, k, time_limit))
    ids = noise._as_ids(excluded, "excluded")
    if ids.ndim != 1:
        raise ValueError(f"excluded must be ids of shape (m,), got shape {ids.shape}")
    distinct = np.unique(ids.astype(np.int64))
    remaining = noise.nonzero - int(np.count_nonzero(noise.support[distinct]))
    if remaining < k:
        raise ValueError(f"excluded leaves {remaining} ids of positive weight, fewer than the {k} that a row needs")
    by_weight = InclusionByWeight(noise, k)
    ((_, values),) = by_weight.of_sets([by_weight.index_of_ids(distinct)], time_limit)
    probabilities = by_weight.spread(values[0])
    probabilities[distinct] = 0.0
    probabilities.setflags(write=False)
    return probabilities


LIMIT_CURE = "draw with replacement, or fewer distinct ids"


def _of_all(noise: Law, k: int, time_limit: float | None) -> Floats:
    if k == 1:
        return noise.probabilities
    return inclusion_probabilities(noise, k, np.zeros(0, dtype=np.int64), time_limit=time_limit)


class InclusionByWeight:
    """Inclusion probabilities in a row of k distinct ids, one for each distinct weight.

    Parameters
    ----------
    noise : Law
        The noise distribution, over V ids.
    k : int
        The number of distinct ids in a row.
    """

    def __init__(self, noise: Law, k: int) -> None:
        self._noise, self._k = noise, k
        self.what = f"the expected counts of k={k} distinct ids among V={len(noise)}"
        self._classes = noise.classes
        # Two classes may have equal weights: if counts rise, weights of a portable power rise too, but with exceptions.
        self._weights, self._of_class = np.unique(self._classes.weights, return_inverse=True)
        self._sizes = np.bincount(self._of_class, weights=self._classes.sizes).astype(np.int64)

    def index_of(self, weights: NDArray[np.uint64]) -> NDArray[np.int64]:
        """The index of each positive weight among the distinct weights, which rise; int64, same shape."""
        return np.searchsorted(self._weights, weights)

    def index_of_ids(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """The index of the weight of each id; ids of weight 0 are left out."""
        return self.index_of(self._noise.weights[ids[self._noise.support[ids]]])

    def spread(self, values: Floats) -> Floats:
        """Give each id the value of its weight, float64 (V,)."""
        return self._classes.spread(values[self._of_class], len(self._noise))

    def of_sets(self, excluded: Sequence[Classes], time_limit: float | None) -> Iterator[tuple[list[int], Floats]]:
        """The inclusion probability of an id that is not excluded, for each set of excluded ids and each weight.

        Parameters
        ----------
        excluded : sequence of ndarray, int64
            For each set the index of the weight of each of its ids. At least k ids remain.
        time_limit : float or None
            As for `inclusion_probabilities`; for all sets together.

        Yields
        ------
        numbers : list of int
            Numbers of sets, each of them once.
        values : ndarray, float64 (len(numbers), distinct weights)
            If all ids of a weight are excluded, its value has no meaning.
        """
        everything = list(range(len(excluded)))
        what = f"{self.what}, of {len(excluded)} different rows of excluded ids," if len(excluded) > 1 else self.what
        if not excluded or len(excluded) * self._exact_seconds(excluded[0]) <= _SOON:
            yield from self._exact(everything, excluded, what, time_limit)
        else:
            yield from self._within_tolerance(excluded, what, time_limit)

    def _within_tolerance(
        self, excluded: Sequence[Classes], what: str, time_limit: float | None
    ) -> Iterator[tuple[list[int], Floats]]:
        """All sets on contours, and those whose error is too large there one after the other."""
        left: list[int] = []
        for number, values, bound in self._on_contours(excluded, what, time_limit):
            fine = bound <= contour.TOLERANCE
            left += [n for n, good in zip(number, fine, strict=True) if not good]
            if fine.any():
                yield [n for n, good in zip(number, fine, strict=True) if good], values[fine]
        yield from self._exact(left, excluded, f"{what} to the relative error of {contour.TOLERANCE:g},", time_limit)

    def with_one_excluded(self, ids: Classes, excluded: Classes, time_limit: float | None) -> Floats | None:
        """The inclusion probabilities of ids in rows that exclude one other id each, from a table.

        Parameters
        ----------
        ids, excluded : ndarray of int64, of one shape
            The indices of the weights.
        time_limit : float or None
            For the table, which is made once for a law and a k.

        Returns
        -------
        ndarray of float64, same shape, or None
            None if few rows are asked for, so that `of_sets` has no need of a table, or if the table would be too large
            or interpolation too coarse. A result depends on the request and on the law alone.
        """
        last, all_ids = len(self._weights) - 1, int(self._sizes.sum())
        one = self._noise._remember("seconds", self._k, lambda: self._exact_seconds(np.zeros(0, dtype=np.int64)))
        if self._k == 1 or self._k + 1 >= all_ids or len(np.unique(excluded)) * one <= _SOON:
            return None
        table = self._noise._remember("one excluded", self._k, lambda: self._table_of_one(time_limit))
        return None if table is None else table.at(last - ids, last - excluded)

    def with_some_excluded(
        self, ids: Classes, excluded: Sequence[Classes], time_limit: float | None
    ) -> tuple[Floats, NDArray[np.bool_]] | None:
        """The inclusion probabilities of single ids in rows that exclude some other ids each.

        Parameters
        ----------
        ids : ndarray of int64, (rows, cells)
            The indices of the weights.
        excluded : sequence of ndarray, int64
            For each row the index of the weight of each excluded id. At least k ids remain.
        time_limit : float or None
            For all rows together.

        Returns
        -------
        (values, fine) or None
            The probabilities, float64 (rows, cells), and whether the bound on the error of a cell is below the
            tolerance. None if `of_sets` is as good: if the different rows are few, or k is large.
        """
        nobody = np.zeros(0, dtype=np.int64)
        # `of_sets` computes equal rows once.
        by_sets = len({np.sort(members).tobytes() for members in excluded}) * self._exact_seconds(nobody)
        if not 1 < self._k <= some_excluded.MOST_K or by_sets <= _SOON / 10:
            return None
        weights, sizes, _ = self._without(nobody)
        share, last, all_ids = weights / float(weights @ sizes), len(self._weights) - 1, int(self._sizes.sum())
        able = np.array([len(e) <= min(some_excluded.MOST_EXCLUDED, all_ids - self._k - 1) for e in excluded])
        rows = np.flatnonzero(able)
        values, fine = np.zeros(ids.shape), np.zeros(ids.shape, np.bool_)
        if not len(rows):
            return None
        falling = [last - excluded[row] for row in rows.tolist()]
        edges = contour.edges(share, sizes, self._k, falling)
        if not some_excluded.is_possible(share, falling, edges):
            return None
        seconds = some_excluded.seconds(len(rows), ids.shape[1], self._k, 16 * len(edges))
        if by_sets <= seconds:
            return None
        with Wait(f"{self.what}, of {len(rows)} rows of excluded ids,", seconds, time_limit, LIMIT_CURE) as wait:
            values[rows], bounds = some_excluded.of_cells(
                share,
                sizes,
                self._k,
                lambda t: _law_of_all(share, sizes, self._k, t),
                last - ids[rows],
                falling,
                edges,
                wait.advance,
            )
        fine[rows] = bounds <= contour.TOLERANCE
        return values, fine

    def _table_of_one(self, time_limit: float | None) -> OneExcluded | None:
        weights, sizes, _ = self._without(np.zeros(0, dtype=np.int64))
        table = OneExcluded(weights, sizes, self._k)
        if table.nbytes > _TABLE_BYTES:
            return None
        excluded = [np.array([len(weights) - 1 - row]) for row in table.rows]
        for rows, values in self._within_tolerance(excluded, f"{self.what}, without one id each,", time_limit):
            table.put(rows, values[:, ::-1])
        return table if table.error() <= contour.TOLERANCE / 10 else None

    def _exact(
        self, numbers: list[int], excluded: Sequence[Classes], what: str, time_limit: float | None
    ) -> Iterator[tuple[list[int], Floats]]:
        """One set after the other. The estimate is that of the first set times their number: they differ by few ids."""
        seconds = len(numbers) * self._exact_seconds(excluded[numbers[0]]) if numbers else 0.0
        with Wait(what, seconds, time_limit, LIMIT_CURE) as wait:
            for number in numbers:
                weights, sizes, used = self._without(excluded[number])
                values = np.zeros((1, len(self._sizes)))
                values[0, used] = _of_classes(
                    weights, sizes, self._k, advance=lambda share: wait.advance(share / len(numbers))
                )
                yield [number], values

    def _on_contours(
        self, excluded: Sequence[Classes], what: str, time_limit: float | None
    ) -> Iterator[tuple[list[int], Floats, Floats]]:
        """All sets together; those that leave k ids only need no work."""
        all_ids, last = int(self._sizes.sum()), len(self._sizes) - 1
        full = [number for number, members in enumerate(excluded) if self._k + len(members) == all_ids]
        others = [number for number, members in enumerate(excluded) if self._k + len(members) < all_ids]
        weights, sizes, _ = self._without(np.zeros(0, dtype=np.int64))
        falling = [last - excluded[number] for number in others]
        seconds = contour.seconds(weights, sizes, self._k, falling) if others else 0.0
        with Wait(what, seconds, time_limit, LIMIT_CURE) as wait:
            if full:
                yield full, np.ones((len(full), len(self._sizes))), np.zeros(len(full))
            if others:
                for rows, values, bounds in contour.of_rows(weights, sizes, self._k, falling, wait.advance):
                    yield [others[row] for row in rows], values[:, ::-1], bounds

    def _exact_seconds(self, excluded: Classes) -> float:
        """The estimated time of a set in `_exact`: from 1 s on it is right to a factor of 2, measured to k = 2000."""
        weights, sizes, _ = self._without(excluded)
        return _seconds(weights, sizes, self._k)

    def _without(self, excluded: Classes) -> tuple[Floats, Classes, Classes]:
        """The weights that are left, falling, their numbers of ids, and their indices."""
        sizes = self._sizes - np.bincount(excluded, minlength=len(self._sizes))
        used = np.flatnonzero(sizes)[::-1]
        return self._weights[used].astype(np.float64), sizes[used], used


def _seconds(weights: Floats, sizes: NDArray[np.int64], k: int) -> float:
    """The estimated time of `_of_classes`: the number of its multiplications times 0.9 ns, which was measured."""
    if k == sizes.sum() or k == 1 or len(weights) == 1:
        return 0.0
    share = weights / float(weights @ sizes)
    _, times, _ = _times(share, sizes, k, 1)
    heads = int(np.searchsorted(-share, -_HEAD / times[-1]))
    ids, levels = float(sizes[:heads].sum()), 1 + math.log2(max(heads, 1))
    parts = max(1.0, float(-np.expm1(-times[-1] * share) @ sizes) / 500)
    steps = len(times) * k * (_CHEBYSHEV + 3 * ids * levels + k * _ATOMS / 2 * parts)
    return 0.02 + 0.9e-9 * steps


def _of_classes(
    weights: Floats,
    sizes: NDArray[np.int64],
    k: int,
    finer: int = 1,
    advance: Advance = lambda share: None,
) -> Floats:
    """The inclusion probability of an id of each class, float64 (D,).

    Parameters
    ----------
    weights : ndarray, float64 (D,)
        Positive, falling.
    sizes : ndarray, int64 (D,)
        The number of ids of each class.
    k : int
        From 1 to ``sizes.sum()``.
    finer : int
        A factor of the number of panels of the integral. Tests compare the results of 1 and 2.
    advance : callable
        Called after each step with the share of the work that the step was.
    """
    if k == sizes.sum():
        return np.ones(len(weights))
    share = weights / float(weights @ sizes)
    if k == 1 or len(share) == 1:  # exact; if all weights are equal, for any k
        return k * share
    start, times, steps = _times(share, sizes, k, finer)
    n_head = int(np.searchsorted(-share, -_HEAD / times[-1]))
    head, tail = (share[:n_head], sizes[:n_head]), (share[n_head:], sizes[n_head:])
    atoms = _tail_atoms(*tail)
    top = tail[0][0] if len(tail[0]) else 0.0
    nodes = np.polynomial.chebyshev.chebpts1(_CHEBYSHEV)
    integral, at_nodes = np.zeros(n_head), np.zeros(_CHEBYSHEV)
    width = max(1, _CHUNK // k)
    for first in range(0, len(times), width):
        t, dt = times[first : first + width], steps[first : first + width]
        law = _law_of_tail(*atoms, t, k)
        integral += _heads(*head, law, t, dt)
        at_nodes += _tail(top / 2 * (1 + nodes), _with_heads(*head, law, t), t, dt)
        advance(len(t) / len(times))
    if len(tail[0]):
        series = np.polynomial.chebyshev.Chebyshev.fit(nodes, at_nodes, _CHEBYSHEV - 1, domain=[-1, 1])
        integral = np.concatenate([integral, series(2 / top * tail[0] - 1)])
    # Before the first time the row is not full, so that this part of the integral has a closed form.
    return np.minimum(1.0, share * integral - np.expm1(-share * start))


def _times(share: Floats, sizes: NDArray[np.int64], k: int, finer: int) -> tuple[float, Floats, Floats]:
    """The start of the integral, and the nodes and weights of Gauss-Legendre panels from there to its end."""
    require("scipy", "the expected count of distinct ids")
    from scipy import optimize

    # Weights that are rounded down or up to 2**(j/4) bound the law of the number of drawn ids from below and above.
    quarter, of_class = np.unique(np.floor(4 * np.log2(share)), return_inverse=True)
    ids = np.bincount(of_class, weights=sizes).astype(np.float64)
    slow, fast = np.exp2(quarter / 4), np.exp2((quarter + 1) / 4)
    log_r = np.sinh(np.linspace(0, 5, 200))  # 0 to 74, dense at 0

    def few(log_t: float) -> float:  # log of a bound on the probability that k - 1 or fewer clocks have rung
        return log_chernoff(slow, ids, log_t, -log_r, k - 1) - _LOG_NEGLIGIBLE

    def many(log_t: float) -> float:  # ... that k or more have rung
        return log_chernoff(fast, ids, log_t, log_r, k) - _LOG_NEGLIGIBLE

    first = optimize.brentq(many, -60.0, 60.0 - math.log(slow[0]), xtol=0.01)
    last = optimize.brentq(few, -60.0, 60.0 - math.log(slow[0]), xtol=0.01)
    # As a function of log t, the integrand changes over a length of 1. As a function of the square root of the mean
    # number of clocks that have rung (its standard deviation is at most 1/2), it changes over 1/2.
    log_t = np.linspace(first, last, 1000)
    mean = -np.expm1(-np.exp(log_t)[:, None] * slow) @ ids
    length = log_t - first + np.sqrt(mean)
    panels = finer * math.ceil(length[-1] - length[0])
    edges = np.interp(np.linspace(length[0], length[-1], panels + 1), length, log_t)
    x, gauss = np.polynomial.legendre.leggauss(_PANEL_NODES)
    half = np.diff(edges)[:, None] / 2
    times = np.exp(edges[:-1, None] + half * (1 + x)).ravel()
    return math.exp(first), times, times * (half * gauss).ravel()


def _tail_atoms(weights: Floats, sizes: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """A few weights, with fractional numbers of ids, that have the same moments as the many weights of the tail."""
    if len(weights) <= _ATOMS:
        return weights, sizes.astype(np.float64)
    nodes, vectors = np.linalg.eigh(jacobi_matrix(weights / weights[0], sizes.astype(np.float64), _ATOMS))
    return nodes * weights[0], vectors[0] ** 2 * sizes.sum()


def _law_of_all(share: Floats, sizes: NDArray[np.int64], k: int, t: Floats) -> Floats:
    """The probabilities that 0 to k - 1 clocks of all ids have rung by each of some rising times, (k, T)."""
    n_head = int(np.searchsorted(-share, -_HEAD / t[-1]))
    return _with_heads(
        share[:n_head], sizes[:n_head], _law_of_tail(*_tail_atoms(share[n_head:], sizes[n_head:]), t, k), t
    )


def _law_of_tail(weights: Floats, ids: Floats, t: Floats, k: int) -> Floats:
    """The probabilities that 0 to k - 1 clocks of the tail have rung by each time, (k, T)."""
    law = np.zeros((k, len(t)))
    law[0] = 1.0
    for weight, n in zip(weights, ids, strict=True):
        odds = np.expm1(weight * t)
        parts = math.ceil(n * weight * t[-1] / 500)  # exp(-500) is far from underflow
        for _ in range(parts):
            term, added = np.exp(-n / parts * weight * t), np.zeros_like(law)
            for m in range(k):
                added[m:] += term * law[: k - m]
                term = term * odds * ((n / parts - m) / (m + 1))
            law = added
    return law


def _with_heads(weights: Floats, sizes: NDArray[np.int64], law: Floats, t: Floats) -> Floats:
    """The law of the number of clocks that have rung, after the clocks of the head are added, (k, T)."""
    law = law.copy()
    for weight, n in zip(weights, sizes, strict=True):
        silent, rung = np.exp(-weight * t), -np.expm1(-weight * t)
        for _ in range(n):
            moved = law[:-1] * rung
            law *= silent
            law[1:] += moved
    return law


def _heads(weights: Floats, sizes: NDArray[np.int64], law: Floats, t: Floats, dt: Floats) -> Floats:
    """The integral of exp(-w t) P(N <= k - 1) for each class of the head, (D,).

    To remove the clock of an id from the finished law is a division, which is unstable if the clock has probably rung.
    To add the clocks of all other ids is stable. By recursion over halves of the classes, that takes log2(D) times the
    work of adding all clocks once.
    """
    if len(weights) == 0:
        return np.zeros(0)
    if len(weights) == 1:
        without_id = _with_heads(weights, sizes - 1, law, t)
        return np.array([(np.exp(-weights[0] * t) * without_id.sum(axis=0)) @ dt])
    middle = len(weights) // 2
    left, right = (weights[:middle], sizes[:middle]), (weights[middle:], sizes[middle:])
    return np.concatenate(
        [_heads(*left, _with_heads(*right, law, t), t, dt), _heads(*right, _with_heads(*left, law, t), t, dt)]
    )


def _tail(weights: Floats, law: Floats, t: Floats, dt: Floats) -> Floats:
    """The integral of exp(-w t) P(N <= k - 1) at any weights of the tail, from the law of all clocks.

    Let x = exp(w t) - 1 be the odds that a clock of weight w has rung, and F the distribution function. Then
    exp(-w t) P(N <= k - 1) = F(k - 1) - x F(k - 2) + x**2 F(k - 3) - ..., which is analytic in w.
    """
    odds = np.expm1(weights[:, None] * t)
    integrand = np.zeros_like(odds)
    for distribution in np.cumsum(law, axis=0):
        integrand = distribution - odds * integrand
    return integrand @ dt
