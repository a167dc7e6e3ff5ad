# SPDX-License-Identifier: MIT
"""Mutants that draw uniform ids by multiply-shift, from words of 16 bits, and handle refused words wrongly.

`uniform` has words of 32 bits, whose bias at a V that a check can count would be 1e-6 of the probability of an id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .mutant import INVENTED, Honest, mutant

if TYPE_CHECKING:
    from numpy.typing import NDArray

EQUAL = np.ones(10_000, dtype=np.int64)  # 2**16 mod 10,000: one in 12 words must be refused
BITS = 16


class MultiplyShift(Honest):
    """The high half of word * V, from words whose low half is below 2**16 mod V too."""

    def words(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        """Attempt 0 of all cells, int64 (rows, k)."""
        return rng.integers(1 << BITS, size=(rows, k))

    def is_refused(self, words: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether the low half of word * V is below 2**16 mod V."""
        V = len(self.noise)
        return words * V % (1 << BITS) < (1 << BITS) % V

    def ids_of(self, words: NDArray[np.int64]) -> NDArray[np.int64]:
        """The high half."""
        return words * len(self.noise) >> BITS


@mutant("no_word_refused", "chi-square", "multiply-shift without the rejection step", counts=EQUAL)
class NoWordRefused(MultiplyShift):
    """Multiply-shift accepts all words: some ids have 7 words of 2**16, and the others have 6."""

    def independent(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        return self.ids_of(self.words(rng, rows, k))


@mutant("refused_word_of_the_neighbour", "pairs within rows", INVENTED, counts=EQUAL)
class RefusedWordOfTheNeighbour(MultiplyShift):
    """A refused word is replaced by the word of the next column, which that column uses too."""

    def independent(self, rng: np.random.Generator, rows: int, k: int) -> NDArray[np.int64]:
        words, after = self.words(rng, rows, k), self.words(rng, 2 * rows + 64, 1)
        following = after[~self.is_refused(after)][:rows]  # an accepted word for the last column
        for column in reversed(range(k)):
            following = np.where(self.is_refused(words[:, column]), following, words[:, column])
            words[:, column] = following
        return self.ids_of(words)
