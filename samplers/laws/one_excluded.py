# SPDX-License-Identifier: MIT
"""Inclusion probabilities of rows that exclude one id each, such as the positive of a batch's row, from a table.

The probability of an id is an analytic function of the weight of the excluded id, as it is of its own weight (see
`contour.py`). So it is computed for about 100 weights of excluded ids, and interpolated for all others. The table is
made once for a law and a k; a batch of 1,024 different positives then takes milliseconds and not seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from . import contour

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Classes = NDArray[np.int64]

__all__ = ["OneExcluded"]

_NODES = 20  # weights of a panel between which is interpolated; all, if they are fewer
_CHECKS = 5  # weights of a panel at which the polynomial is compared with the computed row


class OneExcluded:
    """The probability that an id is in a row of k distinct ids, by its weight and by that of the excluded id.

    Parameters
    ----------
    weights : ndarray, float64 (D,)
        Positive, falling.
    sizes : ndarray, int64 (D,)
        The number of ids of each weight. More than k + 1 ids in all.
    k : int
        From 2.

    Attributes
    ----------
    rows : list of int
        The indices of the excluded weights whose rows are to be computed, and `put` into the table.
    """

    def __init__(self, weights: Floats, sizes: Classes, k: int) -> None:
        nodes, self._checks, self._first, self._basis = _plan(weights, sizes, k)
        self.rows = nodes + self._checks
        self._sizes, self._nodes = sizes, len(nodes)
        self._table = np.empty((0, len(weights)))

    @property
    def nbytes(self) -> int:
        """The size of the table in bytes."""
        return 8 * len(self.rows) * len(self._sizes)

    def put(self, numbers: list[int], values: Floats) -> None:
        """Put the probabilities at all weights, (len(numbers), D), into the rows with these numbers."""
        if not len(self._table):
            self._table = np.empty((len(self.rows), len(self._sizes)))
        self._table[numbers] = values

    def error(self) -> float:
        """Four times the largest relative difference of interpolated and computed rows, where they differ most.

        Infinite, if a row between which is interpolated lacks the value of its own weight, because it was computed
        without its only id.
        """
        if not self._table[self._between()].all():
            return np.inf
        everything, largest = np.arange(len(self._sizes)), 0.0
        for row, values in zip(self._checks, self._table[self._nodes :], strict=True):
            others = everything[(everything != row) | (self._sizes[row] > 1)]
            interpolated = self.at(others, np.full(len(others), row))
            largest = max(largest, float(np.abs(interpolated / values[others] - 1).max()))
        return 4 * largest

    def at(self, ids: Classes, excluded: Classes) -> Floats:
        """The probabilities of ids, by the indices of their weights and of those of the excluded ids; same shape."""
        rows = np.minimum(self._first[excluded][..., None] + np.arange(_NODES), self._nodes - 1)
        found: Floats = (self._table[rows, ids[..., None]] * self._basis[excluded]).sum(axis=-1)
        return np.minimum(1.0, found)

    def _between(self) -> NDArray[np.int64]:
        mixed = np.count_nonzero(self._basis, axis=1) > 1
        weight, place = np.nonzero(self._basis[mixed])
        return np.unique(self._first[mixed][weight] + place)


def _plan(weights: Floats, sizes: Classes, k: int) -> tuple[list[int], list[int], Classes, Floats]:
    """Which weights are computed, and which of them to check; by weight its first row and the shares of its rows."""
    rows: list[int] = []
    checks: list[int] = []
    first, basis = np.empty(len(weights), np.int64), np.zeros((len(weights), _NODES))
    for panel in contour.panels(weights, sizes, k):
        own = weights[panel]
        if len(own) <= _NODES:
            first[panel], basis[panel, 0] = len(rows) + np.arange(len(own)), 1.0
            rows += range(panel.start, panel.stop)
            continue
        leja = _leja(own, _NODES + _CHECKS)
        chosen = np.sort(leja[:_NODES])
        first[panel], basis[panel, : len(chosen)] = len(rows), _lagrange(own[chosen], own)
        rows += (panel.start + chosen).tolist()
        checks += (panel.start + leja[_NODES:]).tolist()
    return rows, checks, first, basis


def _leja(points: Floats, count: int) -> Classes:
    """The indices of Leja points: each is the farthest from those before, by the product of the distances.

    They are good nodes of a polynomial on any set of points, such as weights that are sparse at one end; Chebyshev
    points would have no weights near them there. The next ones are where the error is largest, so that they check it.
    """
    chosen = [0, len(points) - 1]
    scale = 4 / (points[0] - points[-1])
    product = np.abs((points - points[0]) * (points - points[-1]) * scale**2)
    while len(chosen) < min(count, len(points)):
        chosen.append(int(product.argmax()))
        product *= np.abs(points - points[chosen[-1]]) * scale
    return np.array(chosen)


def _lagrange(nodes: Floats, at: Floats) -> Floats:
    """The shares of the values at ``nodes`` in the value of their polynomial at other points, (points, nodes)."""
    scale = 4 / (nodes[0] - nodes[-1])  # the capacity of the range is then 1, so that products stay near 1
    apart = (nodes[:, None] - nodes) * scale
    np.fill_diagonal(apart, 1.0)
    distance = (at[:, None] - nodes) * scale
    hit = distance == 0
    with np.errstate(divide="ignore", invalid="ignore"):
        shares: Floats = 1 / apart.prod(axis=1) / distance
        shares /= shares.sum(axis=1, keepdims=True)
    shares[hit.any(axis=1)] = 0.0
    shares[hit] = 1.0
    return shares
