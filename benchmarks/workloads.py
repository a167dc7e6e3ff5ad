# SPDX-License-Identifier: MIT
"""Named count vectors, on which every sampler is measured.

asv stores results by position. So the order of `WORKLOADS` never changes, and new workloads are appended. If the counts
of a workload change, it gets a new name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np

import samplers

if TYPE_CHECKING:
    from numpy.typing import NDArray

# wordfreq gives the share of each word in all tokens, rounded to about 1 % (whole centibels). The counts are those of a
# corpus of this many tokens. The rarest English word (share 1e-8) then has count 10.
TOKENS = 10**9


@dataclass(frozen=True)
class Workload:
    """A count vector with a name.

    Attributes
    ----------
    name : str
    formula : str
        How the counts are computed, in one line.
    make : callable
        Returns the counts, int64 or float64 (V,), the same on every call and machine.
    exponent : float
        The weights are the counts to this power.
    """

    name: str
    formula: str
    make: Callable[[], NDArray[Any]]
    exponent: float = 0.75

    def counts(self) -> NDArray[Any]:
        """The counts, int64 or float64 (V,)."""
        return self.make()

    def noise(self) -> samplers.NoiseDistribution:
        """The noise distribution of these counts."""
        return samplers.NoiseDistribution(self.make(), exponent=self.exponent)


def words(language: str, wordlist: str) -> NDArray[np.int64]:
    """Counts of the words of a language, most frequent first, in a corpus of `TOKENS` tokens."""
    import wordfreq

    shares = wordfreq.get_frequency_dict(language, wordlist=wordlist)
    shares_sorted = np.sort(np.fromiter(shares.values(), dtype=np.float64))[::-1]
    counts: NDArray[np.int64] = np.maximum(1, np.rint(shares_sorted * TOKENS)).astype(np.int64)
    return counts


def post004() -> NDArray[np.int64]:
    """Weights of the same distribution as in post 004, which used no seed, so that its own weights are lost."""
    # The legacy generator is frozen (NEP 19): its numbers never change.
    return np.random.RandomState(4).randint(0, 1000, size=100).astype(np.int64)


def zipf(n_ids: int) -> NDArray[np.int64]:
    """Zipf-Mandelbrot counts; the smallest is about 10."""
    counts: NDArray[np.int64] = np.floor(10.0 * n_ids / (np.arange(n_ids) + 2.7)).astype(np.int64)
    return counts


def unsorted() -> NDArray[np.int64]:
    """The counts of `english` in random order, as from a hash table."""
    return np.random.RandomState(6).permutation(words("en", "large"))


def floats(n_ids: int = 10**5) -> NDArray[np.float64]:
    """Real-valued weights without ties, as in recommender systems."""
    return np.random.RandomState(5).exponential(size=n_ids)


def integers(n_ids: int) -> NDArray[np.int64]:
    """Distinct integers in random order."""
    return np.random.RandomState(8).permutation(7 * np.arange(1, n_ids + 1, dtype=np.int64))


def flat(n_ids: int) -> NDArray[np.int64]:
    """Equal counts."""
    return np.full(n_ids, 7, dtype=np.int64)


def one_heavy(n_ids: int) -> NDArray[np.int64]:
    """Counts with one heavy id, whose weight is about a hundred times the total of all other weights."""
    counts = np.ones(n_ids, dtype=np.int64)
    counts[n_ids // 2] = 10**8
    return counts


def zeros(n_ids: int) -> NDArray[np.int64]:
    """Zipf counts, with zero for every second id, for the first and for the last."""
    counts = zipf(n_ids)
    counts[::2] = 0
    counts[-1] = 0
    return counts


WORKLOADS = {
    w.name: w
    for w in (
        Workload("english", "max(1, round(1e9 f)), f of wordfreq 'en' large", partial(words, "en", "large")),
        Workload("korean", "max(1, round(1e9 f)), f of wordfreq 'ko' best", partial(words, "ko", "best")),
        Workload("post004", "100 weights, uniform integers 0 to 999, exponent 1", post004, exponent=1.0),
        Workload("zipf_1e2", "floor(10 V / (i + 2.7)), V = 1e2", partial(zipf, 10**2)),
        Workload("zipf_1e4", "floor(10 V / (i + 2.7)), V = 1e4", partial(zipf, 10**4)),
        Workload("zipf_1e6", "floor(10 V / (i + 2.7)), V = 1e6", partial(zipf, 10**6)),
        Workload("zipf_1e7", "floor(10 V / (i + 2.7)), V = 1e7", partial(zipf, 10**7)),
        Workload("flat", "7 for each of 1e4 ids", partial(flat, 10**4)),
        Workload("one_heavy", "1e8 for the middle of 1e4 ids, 1 for all others", partial(one_heavy, 10**4)),
        Workload("zeros", "zipf_1e4 with zero for every even id and the last", partial(zeros, 10**4)),
        Workload("zipf_1e5", "floor(10 V / (i + 2.7)), V = 1e5", partial(zipf, 10**5)),
        Workload("floats_1e5", "1e5 exponential random weights, no two alike, exponent 1", floats, exponent=1.0),
    )
}

UNIFORM = ("flat",)  # the workloads in which all ids are equally likely

# Workloads of one benchmark each. They are too large, or too similar to another one, for the common axis.
EXTRA = {
    w.name: w
    for w in (
        Workload("english_unsorted", "english, permuted", unsorted),
        Workload("zipf_2**24+1", "floor(10 V / (i + 2.7)), V = 2**24 + 1", partial(zipf, 2**24 + 1)),
        Workload("zipf_1e8", "floor(10 V / (i + 2.7)), V = 1e8", partial(zipf, 10**8)),
        Workload("integers_1e6", "7, 14, ... 7e6, permuted", partial(integers, 10**6)),
        Workload("floats_1e6", "1e6 exponential random weights, no two alike", partial(floats, 10**6)),
    )
}


@cache
def noise_of(name: str) -> samplers.NoiseDistribution:
    """The noise distribution of a workload, made once per process.

    Raises
    ------
    ImportError
        If the workload has real words and wordfreq is not installed.
    """
    return (WORKLOADS | EXTRA)[name].noise()
