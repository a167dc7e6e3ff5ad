# SPDX-License-Identifier: MIT
"""Random draws of the positional strategies: configuration N of a seed is always the same one, under one NumPy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import exclusions
from .exclusions import Excluded

LAST_ROW = 2**63
# Around powers of two, where tables, vectors and hash sets end; 2**17 + 1 ids leave the L2 cache.
SMALL_SIZES = (1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257, 511, 512, 513)
MIDDLE_SIZES = (1000, 1023, 1024, 1025, 2047, 2048, 2049, 4095, 4096, 4097)
LARGE_SIZES = (65_535, 65_536, 65_537, 131_073)
# Around the ends of a vector, of the scans' short ways (8, 16), of a hash set's use (16, 64) and of a tile (512, 1024).
EDGE_WIDTHS = (511, 512, 513, 514, 1023, 1024, 1025, 1026, 2047, 2049, 3000)
EXPONENTS = (0.75, 0.75, 0.75, 0.0, 0.25, 0.5, 1.0, 0.3, -2.0, 5.0, 1e3, -1e3)


def _with_one(rng: np.random.Generator, counts: NDArray[Any], values: list[float]) -> NDArray[Any]:
    counts[rng.integers(len(counts))] = values[rng.integers(len(values))]
    return counts


COUNTS: dict[str, Callable[[np.random.Generator, int], NDArray[Any]]] = {
    "equal": lambda rng, n: np.full(n, [1, 7, 2**62][rng.integers(3)]),
    "few values": lambda rng, n: rng.integers(0, 6, n),
    "zipf": lambda rng, n: (1e9 / np.arange(1, n + 1)).astype(np.int64) + 1,
    "one heavy": lambda rng, n: _with_one(rng, np.ones(n, np.int64), [10**3, 10**6, 10**18, 2**62, 2**63 - 1]),
    "one id": lambda rng, n: _with_one(rng, np.zeros(n, np.int64), [1, 2**62]),
    "mostly zero": lambda rng, n: rng.integers(0, 100, n) * (rng.random(n) < 0.1),
    "floats": lambda rng, n: rng.random(n) * 10.0 ** rng.integers(-300, 300),
    "above 2**61": lambda rng, n: rng.integers(2**61, 2**63 - 1, n),
    "uint64": lambda rng, n: rng.integers(1, 2**64 - 1, n, dtype=np.uint64),
    "rising": lambda rng, n: np.sort(rng.integers(0, 50, n)),
    "falling": lambda rng, n: np.sort(rng.integers(0, 50, n))[::-1].copy(),
    "halving": lambda rng, n: 2.0 ** -np.minimum(np.arange(n), 1000.0),
    "1 to 1e300": lambda rng, n: _with_one(rng, np.ones(n), [1e300]),
}
# Where an id may hold nearly all of the mass: rows of distinct ids then take the exact path.
UNEVEN = {"zipf", "one heavy", "floats", "above 2**61", "uint64", "halving", "1 to 1e300"}


@dataclass(frozen=True)
class Configuration:
    """What is drawn, from which sampler, and how."""

    seed: int
    number: int
    strategy: str
    counts: NDArray[Any]
    counts_kind: str
    exponent: float
    replacement: bool
    threads: int
    chunk: int  # ids a chunk, of which threads take one at a time
    rows: int
    k: int
    key: int
    epoch: int
    position: int
    row_ids: NDArray[Any] | None  # drawn by `sample_rows`; None: by `sample`
    excluded: Excluded
    on_collision: str
    out: str  # dtype of ``out``, or "" for none
    before: int  # items before ``out`` in its block

    @property
    def small(self) -> bool:
        """Whether the plain model draws all of it in some milliseconds."""
        return len(self.counts) <= 40 and self.rows * self.k <= 60

    def generator(self) -> np.random.Generator:
        """For the choices of the checks."""
        return np.random.default_rng([self.seed, self.number, 1])

    def row(self, i: int) -> int:
        """The number of row i of the call."""
        return self.position + i if self.row_ids is None else int(self.row_ids[i])

    def __str__(self) -> str:
        mode = "with" if self.replacement else "without"
        rows = f"from row {self.position}" if self.row_ids is None else "by number"
        return (
            f"{self.strategy} over V={len(self.counts)} {self.counts_kind}, exponent {self.exponent:g}, {mode} "
            f"replacement, {self.rows} rows of k={self.k} {rows}, key {self.key}, epoch {self.epoch}, excluded: "
            f"{self.excluded.form} ({self.on_collision}), out: {self.out or 'none'}, {self.threads} threads, "
            f"{self.chunk} ids a chunk"
        )


def _vocabulary(rng: np.random.Generator) -> int:
    share = rng.random()
    if share < 0.3:
        return int(rng.integers(1, 41))
    if share < 0.72:
        return int(rng.choice(SMALL_SIZES))
    if share < 0.9:
        return int(rng.choice(MIDDLE_SIZES))
    return int(rng.choice(LARGE_SIZES)) if share > 0.99 else int(rng.integers(1, 3000))


def _shape(rng: np.random.Generator, n_ids: int, nonzero: int, replacement: bool, costly: bool) -> tuple[int, int]:
    """Rows and k; rows that may take the exact path are few."""
    if n_ids <= 40 and rng.random() < 0.6:
        k = int(rng.integers(1, 10))
        rows = int(rng.integers(1, 60 // k + 1))
    else:
        widths = [rng.integers(1, 18), rng.integers(1, 71), rng.choice(EDGE_WIDTHS)]
        k = int(rng.choice(widths, p=[0.5, 0.3, 0.2]))
        rows = int(rng.choice([0, 1, 2, 3, rng.integers(41), rng.integers(3000)]))
    if not replacement and rng.random() < 0.97:  # now and then more distinct ids than there are
        k = min(k, nonzero)
    if costly:
        rows = min(rows, max(1, 3_000 // k))
    return min(rows, max(1, (200_000 if rng.random() < 0.05 else 25_000) // k)), k


def _excluded(rng: np.random.Generator, rows: int, counts: NDArray[Any]) -> Excluded:
    n_ids = len(counts)
    share = rng.random()
    if share < 0.3:
        return exclusions.nothing(n_ids)
    if share < 0.35 and n_ids <= 5000:
        return exclusions.same_id(rows, n_ids, int(np.argmax(counts)))
    return exclusions.some(rng, str(rng.choice(list(exclusions.FORMS))), rows, n_ids)


def _position(rng: np.random.Generator, rows: int) -> int:
    """Where row numbers need a second word, where they end, and anywhere."""
    places = [0, 1, 2**32 - 2, 2**32 - rows // 2, 2**40, LAST_ROW - rows, LAST_ROW - rows // 2 - 1]
    return int([*places, int(rng.integers(2**62))][rng.integers(len(places) + 1)])


def _row_ids(rng: np.random.Generator, rows: int) -> NDArray[Any]:
    """In any order, repeats among them."""
    pool = [0, 2**32 - 1, 2**32, LAST_ROW - 1, *rng.integers(2**62, size=4).tolist(), *range(20)]
    return rng.choice(np.array(pool, dtype=np.uint64), rows).astype(rng.choice(["u8", "i8"]))


def configuration(seed: int, number: int) -> Configuration:
    """Configuration ``number`` of a seed."""
    rng = np.random.default_rng([seed, number])
    n_ids = _vocabulary(rng)
    kind = str(rng.choice(list(COUNTS)))
    counts = COUNTS[kind](rng, n_ids)
    if not counts.any():
        counts[rng.integers(n_ids)] = 1
    exponent = float(rng.choice(EXPONENTS))
    replacement = bool(rng.random() < 0.5)
    strategies = ["alias", "spectrum", *(["uniform"] if (counts == counts[0]).all() else [])]
    costly = kind in UNEVEN or abs(exponent) > 1
    rows, k = _shape(rng, n_ids, int(np.count_nonzero(counts)), replacement, costly)
    by_number = rng.random() < 0.35
    return Configuration(
        seed=seed,
        number=number,
        strategy=str(rng.choice(strategies)),
        counts=counts,
        counts_kind=kind,
        exponent=exponent,
        replacement=replacement,
        threads=int(rng.choice([1, 1, 2, 3])),
        chunk=int(rng.choice([64, 1000, 2**18])),
        rows=rows,
        k=k,
        key=int(rng.choice(np.array([0, 2**64 - 1, rng.integers(2**63)], dtype=np.uint64))),
        epoch=int(rng.choice([0, 1, 2**32 - 1])),
        position=_position(rng, rows),
        row_ids=_row_ids(rng, rows) if by_number else None,
        excluded=_excluded(rng, rows, counts),
        on_collision="mark" if rng.random() < 0.25 else "redraw",
        out=str(rng.choice(["", "i8", "i4"])),
        before=int(rng.integers(16)),
    )
