# SPDX-License-Identifier: MIT
"""Random draws of `cum_table` and `unigram_table` against their loops in plain Python."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import samplers

from . import exclusions
from .arrays import Output
from .configurations import COUNTS, SMALL_SIZES
from .drawing import Violation, must
from .exclusions import Excluded

A, C = 25214903917, 11


@dataclass(frozen=True)
class Sequence:
    """What is drawn, from which sampler, and how."""

    seed: int
    number: int
    strategy: str
    counts: NDArray[Any]
    counts_kind: str
    exponent: float
    options: dict[str, Any]
    state: int
    rows: int
    k: int
    excluded: Excluded
    on_collision: str
    out: str
    before: int

    def __str__(self) -> str:
        return (
            f"{self.strategy} {self.options} over V={len(self.counts)} {self.counts_kind}, exponent "
            f"{self.exponent:g}, state {self.state}, {self.rows} rows of k={self.k}, excluded: "
            f"{self.excluded.form} ({self.on_collision}), out: {self.out or 'none'}"
        )


def sequence(seed: int, number: int) -> Sequence:
    """Configuration ``number`` of a seed."""
    rng = np.random.default_rng([seed, number])
    n_ids = int(rng.choice(SMALL_SIZES)) if rng.random() < 0.6 else int(rng.integers(1, 3000))
    kind = str(rng.choice(list(COUNTS)))
    counts = COUNTS[kind](rng, n_ids)
    if not counts.any():
        counts[rng.integers(n_ids)] = 1
    rows, k = int(rng.integers(0, 41)), int(rng.integers(1, 40))
    strategy = str(rng.choice(["cum_table", "unigram_table"]))
    options: dict[str, Any] = {}
    if strategy == "unigram_table":
        size = [rng.integers(1, 40), rng.integers(1, 5000), n_ids][rng.integers(3)]
        options = {"table_size": int(size), "sentence_end": bool(n_ids > 1 and rng.random() < 0.4)}
    states = 2**48 if strategy == "cum_table" else 2**64
    excluded = exclusions.nothing(n_ids)
    if rng.random() < 0.5:
        excluded = exclusions.some(rng, str(rng.choice(list(exclusions.FORMS))), rows, n_ids)
    return Sequence(
        seed=seed,
        number=number,
        strategy=strategy,
        counts=counts,
        counts_kind=kind,
        exponent=float(rng.choice([0.75, 0.75, 0.0, 0.5, 1.0, 0.3, -2.0])),
        options=options,
        state=int([0, states - 1, int(rng.integers(2**48))][rng.integers(3)]),
        rows=rows,
        k=k,
        excluded=excluded,
        on_collision="mark" if rng.random() < 0.6 else "redraw",
        out=str(rng.choice(["", "i8", "i4"])),
        before=int(rng.integers(16)),
    )


def cum_table_loop(table: list[int], state: int, n: int) -> tuple[list[int], int]:
    """gensim's ids and the state after them."""
    ids = []
    for _ in range(n):
        ids.append(bisect_left(table, (state >> 16) % table[-1]))
        state = (state * A + C) % 2**48
    return ids, state


def unigram_table_loop(table: list[int], state: int, n: int, others: int) -> tuple[list[int], int]:
    """word2vec.c's ids and the state after them; ``others``: V - 1 where id 0 ends a sentence, else 0."""
    ids = []
    for _ in range(n):
        state = (state * A + C) % 2**64
        drawn = table[(state >> 16) % len(table)]
        ids.append(state % others + 1 if others and drawn == 0 else drawn)
    return ids, state


def _loop(c: Sequence, sampler: Any) -> tuple[NDArray[np.int64], int]:
    table = sampler.table.tolist()
    if c.strategy == "cum_table":
        ids, state = cum_table_loop(table, c.state, c.rows * c.k)
    else:
        others = len(c.counts) - 1 if c.options["sentence_end"] else 0
        ids, state = unigram_table_loop(table, c.state, c.rows * c.k, others)
    return np.array(ids, dtype=np.int64).reshape(c.rows, c.k), state


def check(c: Sequence) -> Counter[str]:
    """Draws and compares; counts of what was done.

    Raises
    ------
    Violation
        Where the ids, the state or an invariant is not what it should be.
    """
    noise = samplers.NoiseDistribution(c.counts, exponent=c.exponent)
    try:
        sampler: Any = samplers.create(c.strategy, noise, rng=1, **c.options)
    except samplers.UnsuitableNoiseError:
        return Counter({"counts that the strategy refuses": 1})
    sampler.state = c.state
    out = Output(c.rows, c.k, c.out, c.before) if c.out else None
    redrawn = c.excluded.given is not None and c.on_collision == "redraw"
    refused = redrawn and c.rows > 0 and c.excluded.left(noise.counts > 0, c.rows) < 1
    arguments = {"exclude": c.excluded.given, "on_collision": c.on_collision, "out": None if out is None else out.ids}
    try:
        ids = sampler.sample(c.rows, c.k, **arguments)
    except ValueError as error:
        if not refused:
            raise Violation(f"an error where there is nothing wrong: {error}") from error
        must(sampler.state == c.state and sampler.position == 0, "a refused call moved the stream")
        must(out is None or not out.written(), "a refused call wrote ids")
        return Counter({"impossible calls, refused": 1})
    must(not refused, "a call that cannot be obeyed was not refused")
    must(out is None or not out.stray(), "something was written before `out`")
    must(sampler.position == c.rows, f"position {sampler.position} after {c.rows} rows")
    ids = ids.astype(np.int64)
    must(not c.excluded.holds(ids).any(), "an excluded id")
    expected, state = _loop(c, sampler)
    if not redrawn:
        expected[c.excluded.holds(expected)] = -1
        must(np.array_equal(ids, expected), "other ids than those of the loop in Python")
        must(sampler.state == state, f"state {sampler.state} after the draw, not {state}")
    else:
        kept = ~c.excluded.holds(expected)
        must(np.array_equal(ids[kept], expected[kept]), "an id that nothing excludes was drawn again")
    return Counter({c.strategy: 1})
