# SPDX-License-Identifier: MIT
"""What a mutant is, and the honest sampler that most of them break."""

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


@dataclass(frozen=True)
class Mutant:
    """A broken sampler and what is to be found.

    Attributes
    ----------
    kind : type of samplers.Sampler
        ``info.flaw`` says in a sentence what is wrong.
    rejected_by : str
        The test of the check that must fail.
    replacement : bool
    counts : ndarray, int64 (V,)
        Noise counts, exponent 0.75.
    rows : int or None
        None: as many as the check takes by default.
    k : int
    """

    kind: type[samplers.Sampler]
    rejected_by: str
    replacement: bool = True
    counts: NDArray[np.int64] = field(default_factory=lambda: SMALL, compare=False, repr=False)
    rows: int | None = None
    k: int = 5

    def create(self, rng: Any) -> samplers.Sampler:
        """The sampler over its noise distribution, seeded."""
        return self.kind(samplers.NoiseDistribution(self.counts), rng=rng, replacement=self.replacement)


MUTANTS: list[Mutant] = []


def mutant(name: str, rejected_by: str, source: str, **about: Any) -> Callable[[Any], Any]:
    """Names a class, takes its docstring for its flaw, and appends it to `MUTANTS`."""

    def add(kind: Any) -> Any:
        flaw = (inspect.getdoc(kind) or "").partition("\n")[0]
        kind.info = replace(kind.info, name=name, source=source, flaw=flaw)
        MUTANTS.append(Mutant(kind, rejected_by, **about))
        return kind

    return add


class Honest(samplers.SequentialSampler):
    """Inversion with replacement, an exponential race without; the mutants break one thing of it each."""

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
        self._cumulative[np.flatnonzero(self._p)[-1] :] = 1.0  # a uniform is below 1, whatever was rounded

    def law(self, p: NDArray[np.float64]) -> NDArray[np.float64]:
        """What to draw from in place of ``p``, up to a factor."""
        return p

    def _seed(self, rng: np.random.Generator) -> None:
        self._rng = rng

    def _fill(self, out: Any) -> None:
        out[...] = self.draw(self._rng, *out.shape)

    def draw(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        """The next rows, int64 (rows, k)."""
        return self.independent(rng, rows, k) if self.replacement else self.distinct(rng, rows, k)

    def independent(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        """With replacement."""
        return np.searchsorted(self._cumulative, rng.random((rows, k)), side="right")

    def distinct(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        """Successive sampling: the k first of a race of exponentials with rates p."""
        race = rng.exponential(size=(rows, len(self._p)))
        with np.errstate(divide="ignore"):
            race /= self._p
        first = np.argpartition(race, k - 1, axis=1)[:, :k]
        order = np.argsort(np.take_along_axis(race, first, axis=1), axis=1)
        return np.take_along_axis(first, order, axis=1)

    @property
    def nbytes(self) -> int:
        return int(self._p.nbytes + self._cumulative.nbytes)
