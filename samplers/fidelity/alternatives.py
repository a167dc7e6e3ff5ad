# SPDX-License-Identifier: MIT
"""The wrong laws that the e-process tests against: those that a broken sampler may follow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..laws.law import Law

    Tilt = Callable[[NDArray[np.int64]], NDArray[np.float64]]


class Alternative(NamedTuple):
    """A wrong law q: ``q / p = tilt(ids) / total`` for ids of positive weight."""

    name: str
    tilt: Tilt
    total: float

    def ratio(self, ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """``q / p`` of ids of positive weight, same shape."""
        return self.tilt(ids) / self.total


def alternatives(noise: Law) -> list[Alternative]:
    """Wrong exponents, shifted or dropped ids, and tilted groups of ids, if they differ from the noise distribution.

    They are functions of ids, because 20 vectors of size V would take 160 MB at V = 1e6.
    """
    p = noise.probabilities
    ids = np.flatnonzero(p)
    different = []
    for name, tilt in (*_exponents(noise), *_displaced(noise), *_tilted(noise)):
        with np.errstate(over="ignore", invalid="ignore"):  # 1.1 times an exponent of 1e308 overflows
            tilts = tilt(ids)
        if np.isfinite(tilts).all() and np.ptp(tilts) > 1e-12 * tilts.max():
            different.append(Alternative(name, tilt, float(p[ids] @ tilts)))
    return different


def _exponents(noise: Law) -> Iterator[tuple[str, Tilt]]:
    """Exponents that are 1 %, 10 % and 0.01 off, and the exponents 0 and 1."""
    e, possible = noise.exponent, noise.counts > 0
    logs = np.log(noise.counts, out=np.zeros(len(noise)), where=possible)
    smallest, largest = logs[possible].min(), logs[possible].max()

    def power(ids: NDArray[np.int64], by: float, top: float) -> NDArray[np.float64]:
        raised: NDArray[np.float64] = np.exp(by * (logs[ids] - top))
        return raised

    exponents = (0.9 * e, 0.99 * e, 1.01 * e, 1.1 * e, e - 0.01, e + 0.01, 0.0, 1.0)
    for exponent in dict.fromkeys(round(value, 12) for value in exponents):
        by = exponent - e
        # The largest tilt is 1, so that nothing overflows.
        yield f"exponent {exponent:.6g}", partial(power, by=by, top=largest if by > 0 else smallest)


def _displaced(noise: Law) -> Iterator[tuple[str, Tilt]]:
    p, n_ids = noise.probabilities, len(noise)
    top, last = int(p.argmax()), int(np.flatnonzero(p)[-1])
    yield "ids one too large", lambda ids: p[ids - 1] / p[ids]  # index -1 is the last id
    yield "ids one too small", lambda ids: p[(ids + 1) % n_ids] / p[ids]
    yield "top id dropped", lambda ids: (ids != top).astype(np.float64)
    yield "last id dropped", lambda ids: (ids != last).astype(np.float64)


def _tilted(noise: Law) -> Iterator[tuple[str, Tilt]]:
    rare = np.zeros(len(noise), dtype=bool)
    rare[noise.ranked[noise.nonzero // 2 :]] = True

    def rarer_half(ids: NDArray[np.int64], by: float) -> NDArray[np.float64]:
        return 1 + by * rare[ids]

    def odd(ids: NDArray[np.int64], by: float) -> NDArray[np.float64]:
        return 1.0 + by * (ids & 1).astype(np.float64)

    for by in (0.1, -0.1, 0.01, -0.01):
        yield f"rarer half {by:+.0%}", partial(rarer_half, by=by)
        yield f"odd ids {by:+.0%}", partial(odd, by=by)
