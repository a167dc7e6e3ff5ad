# SPDX-License-Identifier: MIT
"""How well vectors agree with people: wordsim353 and simlex999, as gensim ships them.

The measure is Spearman's rank correlation between the cosines of pairs of words and the scores that people gave them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from .corpus import gensim_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

FILES = {"wordsim353": "wordsim353.tsv", "simlex999": "simlex999.txt"}
LEAST_PAIRS = 10


@dataclass(frozen=True)
class Judged:
    """Pairs of words that people judged, and that a vocabulary has.

    Attributes
    ----------
    name : str
    first, second : ndarray, int64 (pairs,)
        The ids of both words.
    scores : ndarray, float64 (pairs,)
    of : int
        The pairs of the whole list.
    """

    name: str
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    scores: NDArray[np.float64]
    of: int

    @cached_property
    def ranks(self) -> NDArray[np.float64]:
        """The ranks of the scores; equal scores share the mean of their ranks."""
        return ranked(self.scores)

    def cosines(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        """The cosine of each pair, float64 (pairs,), of vectors (V, dimensions)."""
        length = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.finfo(np.float32).tiny)
        unit = vectors / length
        found: NDArray[np.float64] = np.einsum("pd,pd->p", unit[self.first], unit[self.second], dtype=np.float64)
        return found

    def agreement(self, cosines: NDArray[np.float64], pairs: NDArray[np.int64] | None = None) -> float:
        """Spearman's correlation of cosines with the scores; of some of the pairs if their positions are given."""
        if pairs is None:
            return correlation(ranked(cosines), self.ranks)
        return correlation(ranked(cosines[pairs]), ranked(self.scores[pairs]))


def ranked(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks from 1; equal values share the mean of their ranks."""
    from scipy.stats import rankdata

    ranks: NDArray[np.float64] = rankdata(values)
    return ranks


def correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Pearson's correlation; 0 if one side is constant, because equal ranks tell nothing."""
    x, y = a - a.mean(), b - b.mean()
    scale = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / scale if scale else 0.0


def judged(name: str, words: Sequence[str]) -> Judged:
    """Read a list of pairs, without those that have a word outside the vocabulary.

    Raises
    ------
    ValueError
        If gensim has no such list, or if fewer than `LEAST_PAIRS` pairs are left.
    """
    ids = {word: number for number, word in enumerate(words)}
    lines = gensim_file(FILES[name]).read_text(encoding="utf-8").lower().splitlines()
    rows = [line.split("\t")[:3] for line in lines if line.strip() and not line.startswith("#")]
    known: list[Any] = [(ids[a], ids[b], float(score)) for a, b, score in rows if a in ids and b in ids]
    if len(known) < LEAST_PAIRS:
        raise ValueError(
            f"the vocabulary has both words of {len(known)} of the {len(rows)} pairs of {name}, and at least "
            f"{LEAST_PAIRS} are needed: give a longer English text in lower case"
        )
    first, second, scores = zip(*known, strict=True)
    return Judged(name, np.array(first), np.array(second), np.array(scores), len(rows))
