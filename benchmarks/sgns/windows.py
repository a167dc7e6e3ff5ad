# SPDX-License-Identifier: MIT
"""Examples of skip-gram from documents: subsampling, windows of random width, and padding to equal length."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

WINDOW = 5
SUBSAMPLE = 1e-3  # word2vec.c's and gensim's default
PADDING = 0  # any id will do, because the mask leaves it out


@dataclass(frozen=True)
class Examples:
    """Centres with their contexts.

    Attributes
    ----------
    centres : ndarray, int64 (n,)
    contexts : ndarray, int64 (n, length)
        `PADDING` where a centre has fewer contexts.
    mask : ndarray, bool (n, length)
        Where contexts are true.
    """

    centres: NDArray[np.int64]
    contexts: NDArray[np.int64]
    mask: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.centres)

    def pairs(self) -> Examples:
        """The same examples with one context in each, and thus without padding."""
        rows, columns = np.nonzero(self.mask)
        contexts = self.contexts[rows, columns][:, None]
        return Examples(self.centres[rows], contexts, np.ones_like(contexts, dtype=np.bool_))

    def part(self, rows: slice | NDArray[np.int64]) -> Examples:
        """Some of the examples."""
        return Examples(self.centres[rows], self.contexts[rows], self.mask[rows])

    def batches(self, size: int, first: int = 0) -> Iterator[Examples]:
        """Batches of equal size, from the batch with the number ``first``; what is left at the end is dropped."""
        for start in range(first * size, len(self) - size + 1, size):
            yield self.part(slice(start, start + size))


def kept(counts: NDArray[np.int64], sample: float = SUBSAMPLE) -> NDArray[np.float64]:
    """The probability that an occurrence of a word is kept, float64 (V,): min(1, sqrt(s / f) + s / f), f its share.

    Source: word2vec.c, and gensim's ``make_vocab``. The article (Mikolov et al. 2013) has sqrt(s / f) alone.
    """
    ratio = sample * counts.sum() / counts
    probability: NDArray[np.float64] = np.minimum(1.0, np.sqrt(ratio) + ratio)
    return probability


def examples(
    documents: Iterable[NDArray[np.int64]],
    keep: NDArray[np.float64],
    rng: np.random.Generator,
    window: int = WINDOW,
) -> Examples:
    """The examples of an epoch,: each word that is kept, with the words around it.

    The width of a window is random, from 1 to ``window`` on each side, so that near words come more often.
    """
    found = [of_document(text[rng.random(len(text)) < keep[text]], rng, window) for text in documents]
    centres, contexts, mask = (np.concatenate(parts) for parts in zip(*found, strict=True))
    everything = Examples(centres, contexts, mask)
    return everything.part(np.flatnonzero(mask.any(axis=1)))


def of_document(
    text: NDArray[np.int64], rng: np.random.Generator, window: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Centres, contexts and mask of a document, in the order of its words."""
    offsets = np.array([d for d in range(-window, window + 1) if d != 0])
    places = np.arange(len(text))[:, None] + offsets
    width = rng.integers(1, window + 1, size=(len(text), 1))
    mask = (places >= 0) & (places < len(text)) & (np.abs(offsets) <= width)
    contexts = np.full(places.shape, PADDING, dtype=np.int64)
    contexts[mask] = text[places[mask]]
    return text, contexts, mask


def shuffled(found: Examples, rng: np.random.Generator) -> Examples:
    """The examples in random order."""
    return found.part(rng.permutation(len(found)))
