# SPDX-License-Identifier: MIT
"""One configuration drawn: what comes out of a call, what it moved and what it wrote."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

import samplers
from samplers.counter_based import cursor as positional

from .arrays import Output, guarded
from .configurations import Configuration

Ids = NDArray[np.int64]


class Violation(AssertionError):
    """A draw broke an invariant; the message tells which."""


def must(holds: object, what: str) -> None:
    """`Violation` unless it holds; `python -O` keeps it, and not an assert."""
    if not holds:
        raise Violation(what)


def build(c: Configuration) -> samplers.Sampler:
    """The sampler of a configuration, at its position.

    Raises
    ------
    UnsuitableNoiseError
        Where the strategy is not made for these counts.
    """
    noise = samplers.NoiseDistribution(c.counts, exponent=c.exponent)
    sampler = samplers.create(c.strategy, noise, rng=1, replacement=c.replacement, threads=c.threads)
    sampler.key, sampler.epoch, sampler.position = c.key, c.epoch, c.position
    return sampler


def impossible(c: Configuration, sampler: samplers.Sampler) -> bool:
    """Whether the call must be refused."""
    nonzero = sampler.noise.nonzero
    too_wide = not c.replacement and c.k > nonzero
    beyond = c.row_ids is None and c.position + c.rows > 2**63
    needed = 1 if c.replacement else c.k
    empty = (
        c.excluded.given is not None
        and c.on_collision == "redraw"
        and c.rows > 0
        and c.excluded.left(sampler.noise.counts > 0, c.rows) < needed
    )
    return too_wide or beyond or empty


@dataclass
class Case:
    """A configuration, its sampler and what the invariants need."""

    c: Configuration
    sampler: samplers.Sampler
    rng: np.random.Generator
    tally: Counter[str] = field(default_factory=Counter)

    @property
    def numbers(self) -> NDArray[np.uint64]:
        """The row numbers of the call."""
        c = self.c
        if c.row_ids is not None:
            return c.row_ids.astype(np.uint64)
        return np.uint64(c.position) + np.arange(c.rows, dtype=np.uint64)

    def call(self, **changes: Any) -> Any:
        """The call of the configuration; ``changes`` replace arguments of it."""
        c = self.c
        arguments = {"exclude": c.excluded.given, "on_collision": c.on_collision, "k": c.k, **changes}
        if c.row_ids is not None:
            numbers = arguments.pop("row_ids", c.row_ids)
            return self.sampler.sample_rows(guarded(np.asarray(numbers), c.before % 8), arguments.pop("k"), **arguments)
        rows = arguments.pop("rows", c.rows)
        return self.sampler.sample(rows, arguments.pop("k"), **arguments)

    def rows_of(self, which: NDArray[np.int64], k: int, on_collision: str | None = None) -> Ids:
        """Some of the call's rows, drawn by their numbers."""
        c = self.c
        excluded = c.excluded.of_rows(which) if on_collision is None else None
        mode = on_collision or c.on_collision
        return self.sampler.sample_rows(guarded(self.numbers[which]), k, exclude=excluded, on_collision=mode)

    def drawn(self) -> Ids | None:
        """The ids of the call, int64 (rows, k), or None where it must be refused and was."""
        c, sampler = self.c, self.sampler
        sampler.position = c.position
        out = Output(c.rows, c.k, c.out, c.before) if c.out else None
        refused = impossible(c, sampler)
        try:
            ids = self.call() if out is None else self.call(out=out.ids)
        except ValueError as error:
            must(refused, f"an error where there is nothing wrong: {error}")
            must(sampler.position == c.position, "a refused call moved the position")
            must(out is None or not out.written(), "a refused call wrote ids")
            return None
        must(not refused, "a call that cannot be obeyed was not refused")
        must(out is None or ids is out.ids, "the result is not `out`")
        must(out is None or not out.stray(), "something was written before `out`")
        must(ids.shape == (c.rows, c.k), f"shape {ids.shape}")
        moved = c.rows if c.row_ids is None else 0
        must(sampler.position == c.position + moved, f"position {sampler.position} after the call")
        return ids.astype(np.int64)


@contextmanager
def chunks_of(ids: int) -> Iterator[None]:
    """Threads take `ids` ids at a time, and share calls that are not large too."""
    before, positional.CHUNK_IDS = positional.CHUNK_IDS, ids
    try:
        yield
    finally:
        positional.CHUNK_IDS = before
