# SPDX-License-Identifier: MIT
"""Mutants that draw single ids with wrong probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import samplers

from .mutant import INVENTED, LARGE, SMALL, Honest, mutant

if TYPE_CHECKING:
    from numpy.typing import NDArray


@mutant("exponent_074", "exponent", "a rounded constant")
class Exponent074(Honest):
    """The exponent is 0.74."""

    def law(self, p: NDArray[np.float64]) -> NDArray[np.float64]:
        return p ** (0.74 / 0.75)


@mutant("counts_unused", "chi-square", "libraries whose negatives are uniform by default", rows=20_000)
class Uniform(Honest):
    """The counts are not used."""

    def law(self, p: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.ones_like(p)


@mutant("last_id_ignored", "chi-square", "an off-by-one: randint(V - 1)", rows=40_000)
class LastIdIgnored(Honest):
    """The last id is never drawn."""

    def law(self, p: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.append(p[:-1], 0.0)


@mutant("top_word_dropped", "frequency deciles", "word2vec.c replaces id 0, which it takes for </s>", rows=40_000)
class TopWordDropped(Honest):
    """The most frequent word is never drawn."""

    def law(self, p: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(np.arange(len(p)) == p.argmax(), 0.0, p)


@mutant("rare_half", "frequency deciles", INVENTED, counts=LARGE)
class RareHalf(Honest):
    """The rarer half of the ids is drawn 10 % too often."""

    def law(self, p: NDArray[np.float64]) -> NDArray[np.float64]:
        return p * np.where(p < np.median(p), 1.1, 1.0)


@mutant("even_ids", "index modulo 16", INVENTED, counts=LARGE)
class EvenIds(Honest):
    """Even ids are drawn 3 % too often, which a chi-square test by id does not detect at V = 10,000."""

    def law(self, p: NDArray[np.float64]) -> NDArray[np.float64]:
        return p * np.where(np.arange(len(p)) % 2, 1.0, 1.03)


@mutant("every_third", "index modulo 105", INVENTED, counts=LARGE)
class EveryThird(Honest):
    """Multiples of 3 are drawn 3 % too often."""

    def law(self, p: NDArray[np.float64]) -> NDArray[np.float64]:
        return p * np.where(np.arange(len(p)) % 3, 1.0, 1.03)


@mutant("word_modulo_v", "index blocks", "rand() % V", counts=np.ones(10_000, dtype=np.int64), rows=100_000)
class WordModuloV(Honest):
    """A random word of 16 bits modulo V: it maps to the first ids once more often than to the other ids."""

    def independent(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        return rng.integers(2**16, size=(rows, k)) % len(self.noise)


@mutant("off_by_one", "range", "ids counted from 1", rows=40_000)
class OffByOne(Honest):
    """Every id is one too large."""

    def independent(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        return super().independent(rng, rows, k) + 1


@mutant("bisect_right", "range", "gensim's cum_table read with bisect_right")
class BisectRight(Honest):
    """bisect_right instead of bisect_left: once in 65,536 draws the id is V, and there is no other sign."""

    def independent(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        table = np.rint(self._cumulative * 2**16).astype(np.int64)
        return np.searchsorted(table, rng.integers(1, 2**16 + 1, size=(rows, k)), side="right")


@mutant("zero_weights", "zero weights", "a floor of one slot for every id", counts=np.append(SMALL, [0, 0]))
class ZeroWeights(Honest):
    """One draw in 10,000 is an id of weight zero."""

    def independent(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        ids = super().independent(rng, rows, k)
        ids[rng.random(ids.shape) < 1e-4] = int(self.noise.counts.argmin())
        return ids


@mutant("small_table", "chi-square", "word2vec.c with 1e5 slots in place of 1e8", counts=LARGE)
class SmallTable(samplers.get("unigram_table")):  # type: ignore[misc]
    """A table of 100,000 slots for 10,000 ids: a rare id has an integer number of slots, one to three."""

    def _build(self) -> None:
        super()._build(table_size=100_000)


@mutant("tiny_table", "table support", "deeplearning4j/deeplearning4j#920: a table smaller than the vocabulary")
class TinyTable(samplers.get("unigram_table")):  # type: ignore[misc]
    """A table of 50 slots for 100 ids: the last ids have none."""

    def _build(self) -> None:
        super()._build(table_size=50)
