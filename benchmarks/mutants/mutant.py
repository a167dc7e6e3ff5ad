# SPDX-License-Identifier: MIT
"""The record of a mutant, and the correct sampler from which most mutants are derived."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

import samplers

if TYPE_CHECKING:
    from numpy.typing import NDArray

INVENTED = "made up, to test the test"
SMALL = np.floor(1000 / (np.arange(100) + 2.7)).astype(np.int64)
LARGE = np.floor(1e6 / (np.arange(10_000) + 1)).astype(np.int64)


@dataclass(frozen=True, kw_only=True)
class Broken:
    """A broken sampler.

    Attributes
    ----------
    kind : type of samplers.Sampler
        ``info.flaw`` says in one sentence what is wrong.
    replacement : bool
    counts : ndarray, int64 (V,)
        Noise counts; the exponent is 0.75.
    """

    kind: type[samplers.Sampler]
    replacement: bool = True
    counts: NDArray[np.int64] = field(default_factory=lambda: SMALL, compare=False, repr=False)

    def create(self, rng: Any) -> samplers.Sampler:
        """The sampler over its noise distribution, seeded."""
        return self.kind(samplers.NoiseDistribution(self.counts), rng=rng, replacement=self.replacement)


@dataclass(frozen=True, kw_only=True)
class Mutant(Broken):
    """A broken sampler, and the test that must reject it.

    Attributes
    ----------
    rejected_by : str
        The test of the fidelity check that must fail.
    rows : int or None
        Rows that the check draws; None for its default.
    k : int
    """

    rejected_by: str
    rows: int | None = None
    k: int = 5


MUTANTS: list[Mutant] = []


def mutant(name: str, rejected_by: str, source: str, **settings: Any) -> Callable[[Any], Any]:
    """A class decorator that appends the class to `MUTANTS`."""
    return declared(name, source, lambda kind: MUTANTS.append(Mutant(kind=kind, rejected_by=rejected_by, **settings)))


def declared(name: str, source: str, append: Callable[[Any], None]) -> Callable[[Any], Any]:
    """A class decorator that describes a broken sampler: the first line of its docstring becomes ``info.flaw``."""

    def add(kind: Any) -> Any:
        flaw = (inspect.getdoc(kind) or "").partition("\n")[0]
        kind.info = replace(kind.info, name=name, source=source, flaw=flaw)
        append(kind)
        return kind

    return add


class Honest(samplers.SequentialSampler):
    """A correct sampler: inversion with replacement, an exponential race without. Each mutant breaks one part of it."""

    info = samplers.Info(
        name="honest",
        source="a textbook: inversion, and an exponential race",
        stream="numpy default_rng",
        replacement_modes=(True, False),
    )

    def _build(self) -> None:
        self._p = self.law(self.noise.probabilities)
        self._p = self._p / self._p.sum()
        self._cumulative = np.cumsum(self._p)
        self._cumulative[np.flatnonzero(self._p)[-1] :] = 1.0  # rounding must not put a uniform number above the end

    def law(self, p: NDArray[np.float64]) -> NDArray[np.float64]:
        """The weights to draw from instead of ``p``, up to a factor."""
        return p

    def _seed(self, rng: np.random.Generator) -> None:
        self._rng = rng

    def _fill(self, out: Any) -> None:
        out[...] = self.draw(self._rng, *out.shape)

    def draw(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        """The next rows, int64 (rows, k)."""
        return self.independent(rng, rows, k) if self.replacement else self.distinct(rng, rows, k)

    def independent(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        """Rows drawn with replacement, int64 (rows, k)."""
        return np.searchsorted(self._cumulative, rng.random((rows, k)), side="right")

    def distinct(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        """Rows of distinct ids, int64 (rows, k): the first k ids of a race of exponentials with rates p."""
        race = rng.exponential(size=(rows, len(self._p)))
        with np.errstate(divide="ignore"):
            race /= self._p
        first = np.argpartition(race, k - 1, axis=1)[:, :k]
        order = np.argsort(np.take_along_axis(race, first, axis=1), axis=1)
        return np.take_along_axis(first, order, axis=1)

    @staticmethod
    def cumulative(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """The distribution function of a law, float64 (V,)."""
        return np.cumsum(weights / weights.sum())

    @property
    def nbytes(self) -> int:
        return int(self._p.nbytes + self._cumulative.nbytes)
