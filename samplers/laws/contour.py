# SPDX-License-Identifier: MIT
"""Inclusion probabilities of successive sampling for large k, with a bound on their error that is computed.

The clock of id j rings at rate w_j. By time t it has rung with probability r_j = 1 - exp(-w_j t). If id i is left out,
the number of clocks that have rung has the generating function

    G_i(z, t) = product of (1 + r_j (z - 1)) over j other than i.

The k-th of them rings at the time T_i. Its density at t is the coefficient of z**(k - 1) in G_i(z, t) H_i(z, t), where

    H_i(z, t) = sum of w_j exp(-w_j t) / (1 + r_j (z - 1)) over j other than i,

because dG/dt = (z - 1) G H. Id i is in the row if its clock rings before T_i, so that pi_i = E[1 - exp(-w_i T_i)]. This
is an integral over t and over a circle of z. On the circle through the saddle point, the trapezoidal rule needs about
20 points for any k. The factor and the summand of id i are removed from G and H at each point. This is stable, because
the points that count are near the positive axis, where no factor is close to zero. Excluded ids are removed in the same
way, so that all rows share the values of G and H of all ids.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..arguments import require
from .clocks import jacobi_matrix, log_chernoff

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Complexes = NDArray[np.complex128]
    Classes = NDArray[np.int64]
    Advance = Callable[[float], None]

TOLERANCE = 1e-9  # of the relative error
_LOG_NEGLIGIBLE = math.log(1e-16)  # the relative error of each end of the integral over t that is cut off is below it
_OCTAVE = 32  # the bounds of the ends take rates that are rounded to this part of an octave
_CERTAIN = 60.0  # a clock of this rate has rung by time 1, but for a probability of 1e-26
_TAIL = 0.25
_MOST_EXCLUDED = 256  # ids of a row that shares a contour
_ROWS = 1024  # rows that are computed together, for a few weights
_VALUES = 1 << 23  # probabilities of these rows, for all weights, that are in memory at once: 64 MB
_FACTORS = 4  # factors whose product is far from the largest and the smallest number
_CHUNK = 1 << 17  # complex numbers of an array that are computed together: 2 MB


@dataclass(frozen=True)
class Rule:
    """The numbers of points of all sums. Both rules are computed, and the second must agree with the first.

    Attributes
    ----------
    gauss : int
        Points of a panel of t.
    atoms : int
        Weights that stand for all weights of a panel in G and H.
    series : int
        Weights of a panel at which the probabilities are computed; those of other weights are interpolated.
    period, window : float
        Of the integral over the circle, in standard deviations of the number of clocks that have rung: the trapezoidal
        rule adds coefficients at multiples of the period, and points beyond the window are left out.
    """

    gauss: int
    atoms: int
    series: int
    period: float
    window: float


COARSE = Rule(gauss=10, atoms=10, series=16, period=9.0, window=9.0)
FINE = Rule(gauss=14, atoms=12, series=20, period=10.5, window=10.0)


@dataclass(frozen=True)
class _Circles:
    """Points (t, z) of the double integral, each an array (P,), and the weight of each point."""

    t: Floats
    log_radius: Floats
    angle: Floats
    weight: Floats

    def __len__(self) -> int:
        return len(self.t)

    def part(self, start: int, stop: int) -> _Circles:
        """The points from ``start`` to ``stop - 1``."""
        among = slice(start, stop)
        return _Circles(self.t[among], self.log_radius[among], self.angle[among], self.weight[among])

    @property
    def log_z(self) -> Complexes:
        """The log of z."""
        return self.log_radius + 1j * self.angle

    def less_one(self, sign: int) -> tuple[Floats, Floats]:
        """The real and imaginary part of z - 1 or, for the sign -1, of 1 / z - 1, without cancellation."""
        real = np.expm1(sign * self.log_radius) * np.cos(self.angle) - 2 * np.sin(self.angle / 2) ** 2
        return real, np.exp(sign * self.log_radius) * np.sin(sign * self.angle)


def of_rows(
    weights: Floats, sizes: Classes, k: int, excluded: Sequence[Classes], advance: Advance = lambda share: None
) -> Iterator[tuple[list[int], Floats, Floats]]:
    """The inclusion probabilities of rows of k distinct ids, each without a few excluded ids.

    Parameters
    ----------
    weights : ndarray, float64 (D,)
        Positive, falling.
    sizes : ndarray, int64 (D,)
        The number of ids of each weight.
    k : int
        At least 2.
    excluded : sequence of ndarray, int64
        For each row the index of the weight of each excluded id. More than k ids remain.
    advance : callable
        Called after each step with the share of the work that the step was.

    Yields
    ------
    rows : list of int
        Numbers of rows, each of them once.
    values : ndarray, float64 (len(rows), D)
        The probability of an id of each weight that is not excluded. If all are excluded, the value has no meaning.
    bounds : ndarray, float64 (len(rows),)
        A bound on the relative error of each row: the largest difference between two computations, of which the first
        is the coarser in all numbers of points, plus bounds on rounding and on the ends that are cut off.
    """
    share = weights / float(weights @ sizes)
    sets = _Sets(share, excluded)
    batches = _batches(share, sizes, k, sets)
    for rows, target in batches:
        values, bounds, all_of = _of_batch(
            share, sizes, k, sets, rows, target, lambda part: advance(part / len(batches))
        )
        step = max(1, _VALUES // len(share))
        for start in range(0, len(rows), step):
            some = slice(start, start + step)
            yield rows[some], all_of(values[some]), bounds[some]


def panels(weights: Floats, sizes: Classes, k: int) -> list[slice]:
    """Slices of falling weights in which pi is a polynomial of the weight of an excluded id, but for 1e-14 of it."""
    share = weights / float(weights @ sizes)
    edges = _edges(share, sizes, k, _Sets(share, [np.array([0])]))
    return _panels(share, _TAIL / edges[-1])


def edges(share: Floats, sizes: Classes, k: int, excluded: Sequence[Classes]) -> Floats:
    """The ends of panels of t outside of which each probability of a row has a part below 1e-16 only.

    Parameters are those of `of_rows`, but for ``share``: the sum of the rates of all ids is 1.
    """
    return _edges(share, sizes, k, _Sets(share, excluded))


def seconds(weights: Floats, sizes: Classes, k: int, excluded: Sequence[Classes]) -> float:
    """The estimated time of `of_rows`, from measured times of its steps and the points of the first batch."""
    share = weights / float(weights @ sizes)
    sets = _Sets(share, excluded)
    batches = _batches(share, sizes, k, sets)
    rows, target = batches[0]
    contour = _Contour(share, sizes, k, sets.some(rows[:1]), target)
    points = 18 * (COARSE.gauss + FINE.gauss) * contour.panels_of_time
    per_point = sum(map(len, contour.points(FINE)))
    of_batch = 0.05 + 5e-7 * len(share) + 4e-7 * points * per_point
    together = [row for rows, _ in batches if len(rows) > 1 for row in rows]
    ids = sum(len(excluded[row]) for row in together)
    return len(batches) * of_batch + 1e-9 * points * (len(together) * (6 * per_point + 400) + 100 * ids)


def _of_batch(
    share: Floats, sizes: Classes, k: int, sets: _Sets, rows: list[int], target: float, advance: Advance
) -> tuple[Floats, Floats, Callable[[Floats], Floats]]:
    """pi / w of some rows at the points of the fine rule, the bounds, and what makes of them the values of all weights.

    A row that shares its contour with no other is that of the law without its excluded ids.
    """
    used = np.ones(len(share), np.bool_)
    if len(rows) == 1:
        sizes = sizes - np.bincount(sets.members[rows[0]], minlength=len(sizes))
        used = sizes > 0
        share = share[used] / float(share @ sizes)
        sizes, sets, rows, target = sizes[used], _Sets(share, [np.zeros(0, dtype=np.int64)]), [0], k - 1.0
    contour = _Contour(share, sizes, k, sets.some(rows), target)
    coarse, fine = (contour.at_points(rule, lambda part: advance(part / 2)) for rule in (COARSE, FINE))
    there = contour.interpolated(COARSE, coarse[0], contour.points(FINE))
    bounds = np.abs(there / fine[0] - 1).max(axis=1) + fine[1] + 2 * math.exp(_LOG_NEGLIGIBLE)
    bounds[~np.isfinite(bounds)] = np.inf

    def all_of(values: Floats) -> Floats:
        found = np.zeros((len(values), len(used)))
        found[:, used] = contour.at_all(values)
        return found

    return fine[0], bounds, all_of


class _Sets:
    """The rates of the excluded ids of rows."""

    def __init__(self, share: Floats, excluded: Sequence[Classes]) -> None:
        self._share, self.members = share, excluded
        self.most = max(map(len, excluded))
        self.rates = share[np.concatenate(excluded)]
        self._row = np.repeat(np.arange(len(excluded)), [len(row) for row in excluded])

    def __len__(self) -> int:
        return len(self.members)

    def some(self, rows: list[int]) -> _Sets:
        """Those of some rows."""
        return _Sets(self._share, [self.members[row] for row in rows])

    def rung(self, t: float | Floats) -> Floats:
        """For each row the expected number of its excluded clocks that have rung by its time, (rows,)."""
        times = np.broadcast_to(t, (len(self),))
        rung = -np.expm1(-self.rates * times[self._row])
        return np.bincount(self._row, weights=rung, minlength=len(self)).astype(np.float64)


def _batches(share: Floats, sizes: Classes, k: int, sets: _Sets) -> list[tuple[list[int], float]]:
    """Rows that share a contour, and the number of clocks of all ids that have rung when one of them ends.

    The saddle point of a row moves with the number of its excluded clocks that have rung. In rows that share a contour,
    that number differs by one standard deviation at most. A row with many excluded ids shares none: the work of
    removing these is larger than that of a contour of its own.
    """
    rates, ids = _binned(share, sizes)
    # By time t, at most t clocks are expected to have rung. By the last time, each has, with probability 1 - e**-50.
    log_t = np.linspace(math.log(k), math.log(50 / share[-1]), 2000)
    silent = np.exp(-np.exp(log_t)[:, None] * rates)
    rung = (1 - silent) @ ids
    low, high = np.full((2, len(sets)), [[log_t[0]], [log_t[-1]]])
    for _ in range(30):
        middle = (low + high) / 2
        early = np.interp(middle, log_t, rung) - sets.rung(np.exp(middle)) < k
        low, high = np.where(early, middle, low), np.where(early, high, middle)
    shift = sets.rung(np.exp(low))
    deviation = np.sqrt(np.maximum(1.0, np.interp(low, log_t, (silent * (1 - silent)) @ ids)))
    alike: dict[int, list[int]] = {}
    for row, steps in enumerate((shift / deviation).astype(np.int64).tolist()):
        alike.setdefault(steps if len(sets.members[row]) <= _MOST_EXCLUDED else -1 - row, []).append(row)
    parts = [rows[start : start + _ROWS] for rows in alike.values() for start in range(0, len(rows), _ROWS)]
    return [(rows, k - 1 + float(shift[rows].mean())) for rows in parts]


class _Contour:
    """The double integral of one batch of rows."""

    def __init__(self, share: Floats, sizes: Classes, k: int, sets: _Sets, target: float) -> None:
        self._edges = _edges(share, sizes, k, sets)
        self._k, self._sets, self._target = k, sets, target
        self._share = np.minimum(share, _CERTAIN / self._edges[0])
        self._panels = _panels(self._share, _TAIL / self._edges[-1])
        self._moments = [_moments(self._share[panel], sizes[panel], FINE.atoms) for panel in self._panels]

    @property
    def panels_of_time(self) -> int:
        """The number of panels of t."""
        return len(self._edges) - 1

    def at_all(self, values: Floats) -> Floats:
        """The probabilities at all weights, (rows, D), from pi / w at the points of the fine rule."""
        found = self.interpolated(FINE, values, [self._share[panel] for panel in self._panels])
        found *= self._share
        return np.minimum(1.0, found, out=found)

    def _atoms(self, count: int) -> tuple[Floats, Floats]:
        pairs = [moments.atoms(count) for moments in self._moments]
        return np.concatenate([weights for weights, _ in pairs]), np.concatenate([ids for _, ids in pairs])

    def points(self, rule: Rule) -> list[Floats]:
        """For each panel the weights at which probabilities are computed: all of them if they are few."""
        return [_chebyshev(self._share[panel], rule.series) for panel in self._panels]

    def interpolated(self, rule: Rule, values: Floats, at: list[Floats]) -> Floats:
        """Values, (rows, weights), at the weights ``at`` of each panel, from those at the points of the rule."""
        found, start = [], 0
        for panel, points, wanted in zip(self._panels, self.points(rule), at, strict=True):
            part = values[:, start : start + len(points)]
            found.append(part if len(points) == panel.stop - panel.start else _series(points, part, wanted))
            start += len(points)
        return np.concatenate(found, axis=1)

    def at_points(self, rule: Rule, advance: Advance) -> tuple[Floats, Floats]:
        """pi / w of each row at the points of the rule, (rows, points), and a bound on its error by rounding, (rows,).

        The rounding of log G is relative to the size of its terms. It is weighted as the points of a small weight are.
        """
        weights, ids = self._atoms(rule.atoms)
        points, rows = np.concatenate(self.points(rule)), len(self._sets)
        circles = _circles(rule, weights, ids, self._edges, self._target)
        total, mean, rounded = np.zeros((rows, len(points))), np.zeros(rows), np.zeros(rows)
        step = max(1, _CHUNK // max(len(weights), len(points)))
        for start in range(0, len(circles), step):
            part = circles.part(start, start + step)
            log_g, h, size = _of_all(part, weights, ids, self._k - 1)
            rung, silent, factor = _clocks(part, points)
            kernel, own = rung / factor, rung * points * silent / factor**2
            g, g_h = np.empty((2, rows, len(part)), np.complex128)
            for row, members in enumerate(self._sets.members):
                log_without, without = _of_excluded(part, self._share[members])
                g[row], g_h[row] = log_g - log_without, h - without
            np.exp(g, out=g)
            g *= part.weight
            g_h *= g
            total += g_h.view(np.float64) @ _conjugate(kernel) - g.view(np.float64) @ _conjugate(own)
            mean += g_h.real @ part.t
            rounded += np.abs(g_h) @ (part.t * size)
            advance(len(part) / len(circles))
        return total / points, 16 * np.finfo(np.float64).eps * (1 + rounded / mean)


def _conjugate(columns: Complexes) -> Floats:
    """Each real part, and below it the negative imaginary part: a product with it is the real part of the product."""
    parts = np.empty((len(columns), 2, columns.shape[1]))
    parts[:, 0], parts[:, 1] = columns.real, -columns.imag
    return parts.reshape(2 * len(columns), -1)


def _clocks(circles: _Circles, weights: Floats) -> tuple[Floats, Floats, Complexes]:
    """For each point and weight the probability that a clock has rung, that it has not, and its factor of G."""
    exponent = -circles.t[:, None] * weights
    rung, silent = -np.expm1(exponent), np.exp(exponent)
    factor = np.exp(circles.log_z)[:, None] * rung
    factor += silent
    return rung, silent, factor


def _of_all(circles: _Circles, weights: Floats, ids: Floats, power: int) -> tuple[Complexes, Complexes, Floats]:
    """Log of G / z**power, and H, of all ids at each point, and the sum of the sizes of the terms of the log.

    Many factors are close to 1, or, if their clock has probably rung, to z. So the log is that of factor - 1, or that
    of factor / z - 1 plus that of z. The terms are small, and their rounding too.
    """
    rung, silent, factor = _clocks(circles, weights)
    (real, imaginary), (real_inverse, imaginary_inverse) = circles.less_one(1), circles.less_one(-1)
    close_to_z = rung > 0.5
    a = np.where(close_to_z, real_inverse[:, None] * silent, real[:, None] * rung)
    b = np.where(close_to_z, imaginary_inverse[:, None] * silent, imaginary[:, None] * rung)
    log_size, angle = 0.5 * np.log1p(2 * a + a * a + b * b), np.arctan2(b, 1 + a)
    of_z = (close_to_z @ ids - power) * circles.log_z
    log_g = log_size @ ids + 1j * (angle @ ids) + of_z
    return log_g, (silent / factor) @ (weights * ids), (np.abs(log_size) + np.abs(angle)) @ ids + np.abs(of_z)


def _of_excluded(circles: _Circles, weights: Floats) -> tuple[Complexes | float, Complexes | float]:
    """What the excluded ids of a row add to log G and to H."""
    if not len(weights):
        return 0.0, 0.0
    log_g = np.zeros(len(circles), np.complex128)
    h = np.zeros(len(circles), np.complex128)
    step = max(1, _CHUNK // len(circles))
    for start in range(0, len(weights), step):
        some = weights[start : start + step]
        _, silent, factor = _clocks(circles, some)
        h += (silent / factor) @ some
        products = np.multiply.reduceat(factor, range(0, len(some), _FACTORS), axis=1)
        log_g += np.log(products).sum(axis=1)
    return log_g, h


def _circles(rule: Rule, weights: Floats, ids: Floats, edges: Floats, target: float) -> _Circles:
    """The points of the double integral. Those of negative angle are conjugates: they double the other weights."""
    x, gauss = np.polynomial.legendre.leggauss(rule.gauss)
    half = np.diff(edges)[:, None] / 2
    times, steps = (edges[:-1, None] + half * (1 + x)).ravel(), (half * gauss).ravel()
    log_radius, deviation = _saddle(weights, ids, times, target)
    # 20 more, because the tail of a law of few clocks is longer than that of the normal law. The number is odd, so
    # that no point is on the negative axis.
    period = 2 * np.ceil((rule.period * deviation + 20) / 2) + 1
    angle = 2 * np.pi / period
    last = np.minimum(np.ceil(rule.window / deviation / angle), (period - 1) / 2)
    number = np.arange(int(last.max()) + 1)
    weight = np.where(number == 0, 1.0, 2.0) * (steps / period)[:, None]
    used = number <= last[:, None]
    of_time = np.nonzero(used)[0]
    return _Circles(times[of_time], log_radius[of_time], (angle[:, None] * number)[used], weight[used])


def _saddle(weights: Floats, ids: Floats, times: Floats, target: float) -> tuple[Floats, Floats]:
    """For each time the log of the radius at which the tilted law has the mean ``target``, and its deviation, (T,)."""
    exponent = -times[:, None] * weights
    log_odds = np.log(-np.expm1(exponent)) - exponent
    low, high = np.full(len(times), -200.0), np.full(len(times), 200.0)
    for _ in range(40):
        middle = (low + high) / 2
        below = _logistic(log_odds + middle[:, None]) @ ids < target
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    rung = _logistic(log_odds + low[:, None])
    return low, np.sqrt(np.maximum((rung * (1 - rung)) @ ids, 1e-4))


def _logistic(x: Floats) -> Floats:
    return 0.5 + 0.5 * np.tanh(x / 2)


# The range of t.


def _binned(share: Floats, sizes: Classes) -> tuple[Floats, Floats]:
    """Rates that are rounded down to a part of an octave, and the number of ids of each."""
    steps = np.floor(_OCTAVE * np.log2(share))
    starts = np.flatnonzero(np.diff(steps, prepend=np.inf))
    return np.exp2(steps[starts] / _OCTAVE), np.add.reduceat(sizes, starts).astype(np.float64)


def _edges(share: Floats, sizes: Classes, k: int, sets: _Sets) -> Floats:
    """The ends of the panels of t. What is outside has less than 1e-16 of each probability, by Chernoff's bound.

    To exclude an id that has rung with probability p divides E[r**N] by 1 - p + p r, which is at least r**p. So the
    bound for a row is that of all ids for a count that is larger by the expected number of its excluded clocks that
    have rung. One id more is left out. If a row has not ended by the time t, its expected further time is below k over
    the rate of the slowest ids that must be left.
    """
    require("scipy", "the expected count of distinct ids")
    from scipy import optimize

    slow, ids = _binned(share, sizes)
    fast = slow * 2 ** (1 / _OCTAVE)
    log_r = np.concatenate([[0.0], np.geomspace(1e-4, 400, 70)])
    from_slowest = np.cumsum(sizes[::-1]) - sizes[::-1]
    must_be_left = int(sizes.sum()) - sets.most - k
    slowest = float(np.clip(must_be_left - from_slowest, 0, sizes[::-1]) @ share[::-1])
    latest = 100.0 - math.log(share[-1])

    def many(log_t: float) -> float:
        return log_chernoff(fast, ids, log_t, log_r, k + float(sets.rung(math.exp(log_t)).min())) - _LOG_NEGLIGIBLE

    first: float = optimize.brentq(many, -60.0, latest, xtol=1e-3)

    def few(log_t: float) -> float:
        bound = log_chernoff(slow, ids, log_t, -log_r, k + float(sets.rung(math.exp(log_t)).max()))
        return bound + math.log1p(k / slowest / math.exp(log_t)) + (log_t - first) - _LOG_NEGLIGIBLE

    last: float = optimize.brentq(few, first, latest, xtol=1e-3)
    log_t = np.linspace(first, last, 1000)
    silent = np.exp(-np.exp(log_t)[:, None] * slow)
    left, deviation = silent @ ids, np.sqrt((silent * (1 - silent)) @ ids + 0.25)
    # The density changes over a length of 1 if the mean number of clocks is measured in standard deviations. While few
    # clocks have rung, it is about a power of t, and while few have not, a power of their number.
    length = np.cumsum(-np.diff(left, prepend=left[0]) / deviation) + 2 * (log_t - first) + 2 * np.log(left[0] / left)
    count = math.ceil(length[-1] / 2)
    edges: Floats = np.exp(np.interp(np.linspace(0, length[-1], count + 1), length, log_t))
    return edges


# Many weights by a few. As functions of w, log G, H and pi / w are analytic but where a factor is zero. In a panel, the
# weights differ by a factor of 2 at most, or all are close to zero, so that the zeros are far in units of its length.


def _panels(falling: Floats, tail: float) -> list[slice]:
    """Slices of weights that differ by a factor of 2 at most; the last has all weights below ``tail``."""
    panels, start = [], 0
    while start < len(falling):
        bottom = falling[start] / 2 if falling[start] > tail else 0.0
        stop = int(np.searchsorted(-falling, -bottom, side="right"))
        panels.append(slice(start, stop))
        start = stop
    return panels


@dataclass(frozen=True)
class _Moments:
    """The weights of a panel, the number of ids of each, and, if they are many, the matrix of their moments."""

    weights: Floats
    ids: Floats
    jacobi: Floats | None

    def atoms(self, count: int) -> tuple[Floats, Floats]:
        """At most ``count`` weights, with fractional numbers of ids, that have the same first moments: Gauss's rule."""
        if self.jacobi is None or len(self.weights) <= count:
            return self.weights, self.ids
        nodes, vectors = np.linalg.eigh(self.jacobi[:count, :count])
        return nodes * self.weights[0], vectors[0] ** 2 * self.ids.sum()


def _moments(weights: Floats, sizes: Classes, most: int) -> _Moments:
    """What a panel needs for rules of up to ``most`` atoms."""
    ids = sizes.astype(np.float64)
    if len(weights) <= COARSE.atoms:
        return _Moments(weights, ids, None)
    return _Moments(weights, ids, jacobi_matrix(weights / weights[0], ids, min(most, len(weights))))


def _chebyshev(falling: Floats, count: int) -> Floats:
    """The Chebyshev points of the range of some weights, falling; if these are not more, themselves."""
    if len(falling) <= count:
        return falling
    if falling[0] == falling[-1]:
        return falling[:1]
    middle, half = (falling[0] + falling[-1]) / 2, (falling[0] - falling[-1]) / 2
    points: Floats = middle + half * np.polynomial.chebyshev.chebpts1(count)[::-1]
    return points


def _series(points: Floats, values: Floats, at: Floats) -> Floats:
    """The polynomials of which each has a row of values, (rows, points), at its Chebyshev points; (rows, len(at))."""
    count = len(points)
    if count == 1:
        return np.repeat(values, len(at), axis=1)
    nodes = np.polynomial.chebyshev.chebpts1(count)[::-1]
    transform = np.polynomial.chebyshev.chebvander(nodes, count - 1) * (2 / count)
    transform[:, 0] /= 2
    coefficients = values @ transform
    scale = (nodes[0] - nodes[-1]) / (points[0] - points[-1])
    found = np.empty((len(values), len(at)))
    for start in range(0, len(at), _CHUNK):
        some = slice(start, start + _CHUNK)
        x = np.clip(nodes[0] + (at[some] - points[0]) * scale, -1, 1)
        found[:, some] = coefficients @ np.polynomial.chebyshev.chebvander(x, count - 1).T
    return found
