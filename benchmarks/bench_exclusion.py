# SPDX-License-Identifier: MIT
"""How much time does excluding ids take? Nothing excluded, the positive of each row, the history of each user.

`Histories` asks what a recommender asks: a negative for each positive that the user of the positive has not met.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np

import samplers
from samplers.recommendation.timing import timed

from .questions import Question
from .suite import FEW, REPEAT, SEED, calls_for, not_applicable, ready, rows_for, sampler_names, why_not
from .workloads import noise_of, zipf

ROWS, K = 1024, 5
LONGEST = 40  # ids in the longest history; the mean is 20


def excluded_sets(kind: str, workload: str, rows: int) -> Any:
    """The excluded ids of each row, drawn from the noise distribution, so that collisions are frequent.

    Returns
    -------
    None, int64 (rows,), or a CSR pair (int64 (rows + 1,), int64 (m,))
        For the kinds "none", "one" and "csr".
    """
    rng, p = np.random.default_rng(SEED), noise_of(workload).probabilities
    sizes = {
        "none": np.zeros(rows, dtype=np.int64),
        "one": np.ones(rows, dtype=np.int64),
        "csr": rng.integers(LONGEST + 1, size=rows),
    }[kind]
    ids = rng.choice(len(p), size=sizes.sum(), p=p / p.sum())
    return {"none": None, "one": ids, "csr": (np.concatenate([[0], np.cumsum(sizes)]), ids)}[kind]


@cache
def prepared(sampler: str, workload: str, excluded: str) -> tuple[Callable[[], object], int]:
    """A call, and the number of calls in one sample of asv."""
    rows = rows_for(sampler, ROWS)
    built, out, _ = ready(sampler, workload, rows, K)
    sets = excluded_sets(excluded, workload, rows)

    def call() -> object:
        return built.sample(rows, K, exclude=sets, out=out)

    return call, calls_for(call)


class Exclusion:
    """`ROWS` rows of five ids with excluded ids redrawn; `suite.FEW` rows if the strategy's cost is per row."""

    question = Question(
        "exclusion",
        "Excluded ids",
        "How much time does it take to exclude ids? `one`: one id per row; `csr`: a set of ids per row.",
        rows=ROWS,
        k=K,
        few=FEW,
    )
    params = (sampler_names(), ["english", "zipf_1e4", "zipf_1e6"], ["none", "one", "csr"])
    param_names = ("sampler", "workload", "excluded")
    version = "1"
    timeout = 300
    repeat = REPEAT
    warmup_time = 0.0

    def setup(self, sampler: str, workload: str, excluded: str) -> None:
        """Look up the call; n/a if the sampler cannot be measured."""
        not_applicable(why_not(sampler))
        self.call, self.number = prepared(sampler, workload, excluded)

    def time_exclusion(self, sampler: str, workload: str, excluded: str) -> None:
        """Seconds per call, including the conversion of the excluded ids."""
        self.call()


USERS, ITEMS = 20_000, 100_000
HISTORY = (4.0, 1.0)  # the mean and the deviation of the log of the size: about 90 items a user, and 240 a positive
CALLS = 20  # batches of an epoch that are measured, one after the other


@cache
def interactions() -> tuple[Any, Any]:
    """The CSR pair of the items that each user has met, popular items more often, each row rising and distinct."""
    from scipy import sparse

    rng = np.random.default_rng(SEED)
    sizes = rng.lognormal(*HISTORY, USERS).astype(np.int64) + 1
    popularity = zipf(ITEMS).astype(float) ** 0.75
    items = rng.choice(ITEMS, int(sizes.sum()), p=popularity / popularity.sum())
    met = sparse.csr_matrix((np.ones(len(items)), items, np.concatenate([[0], np.cumsum(sizes)])), (USERS, ITEMS))
    met.sum_duplicates()
    return met.indptr.astype(np.int64), met.indices.astype(np.int64)


def users_of_positives(rows: int) -> list[Any]:
    """`CALLS` batches of the users of positives in random order, int64 (rows,) each."""
    indptr, items = interactions()
    users = np.random.default_rng(SEED).permutation(np.repeat(np.arange(USERS), np.diff(indptr)))
    return [users[start : start + rows] for start in np.linspace(0, len(items) - rows, CALLS).astype(int)]


def by_hand() -> Callable[[Any], object]:
    """A peer in NumPy: draw uniform ids, look up which pairs are known, and draw again for these."""
    indptr, items = interactions()
    rng = np.random.default_rng(SEED)
    pairs = np.repeat(np.arange(USERS), np.diff(indptr)) * ITEMS + items

    def call(users: Any) -> object:
        ids, left = rng.integers(ITEMS, size=len(users)), np.arange(len(users))
        while True:
            wanted = users[left] * ITEMS + ids[left]
            met = pairs[np.minimum(np.searchsorted(pairs, wanted), len(pairs) - 1)] == wanted
            left = left[met]
            if not len(left):
                return ids
            ids[left] = rng.integers(ITEMS, size=len(left))

    return call


def with_sets(name: str) -> Callable[[Any], object]:
    """The call of a sampler, with the sets of the users made once."""
    indptr, items = interactions()
    sets = samplers.IdSets.from_csr(indptr, items, ITEMS)
    law = samplers.uniform(ITEMS) if samplers.get(name).info.laws == "uniform" else np.bincount(items, minlength=ITEMS)
    sampler = samplers.create(name, law, rng=SEED)
    return lambda users: sampler.sample(len(users), 1, exclude=sets[users])


WAYS: dict[str, Callable[[], Callable[[Any], object]]] = {
    "alias": lambda: with_sets("alias"),
    "spectrum": lambda: with_sets("spectrum"),
    "uniform": lambda: with_sets("uniform"),
    "NumPy by hand": by_hand,
}


class Histories:
    """A negative for each positive, which the user of the positive has not met; the users come in random order."""

    params = (list(WAYS), [1024, 8192, 65536])
    param_names = ("way", "rows")
    unit = "ns a positive"
    version = "1"
    timeout = 300

    def setup(self, way: str, rows: int) -> None:
        """Make the call and the batches; n/a if this version of the library has no sets."""
        not_applicable(None if hasattr(samplers, "IdSets") else "this version of the library has no IdSets")
        self.call, self.batches = WAYS[way](), users_of_positives(rows)

    def track_histories(self, way: str, rows: int) -> float:
        """Nanoseconds a positive: the median of `CALLS` batches, after one pass over them."""
        for users in self.batches:
            self.call(users)
        seconds = [timed(partial(self.call, users), 1) for users in self.batches]
        return float(np.median(seconds)) / rows * 1e9
