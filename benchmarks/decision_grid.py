# SPDX-License-Identifier: MIT
"""The requests at which the strategies are timed against each other, grouped into questions.

The full product of all axes would have 5,000 cells. A question varies only the axes that can change its answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from .workloads import zipf

if TYPE_CHECKING:
    from numpy.typing import NDArray


def shuffled(n_ids: int) -> NDArray[Any]:
    """Zipf counts in random order, as with hashed ids."""
    return np.random.RandomState(6).permutation(zipf(n_ids))


def reals(n_ids: int) -> NDArray[Any]:
    """Weights that are all different."""
    return np.random.RandomState(7).exponential(size=n_ids)


def nines(n_ids: int) -> NDArray[Any]:
    """Decreasing counts, each of nine ids: nearly the largest number of distinct weights that `spectrum` takes."""
    return np.arange(n_ids // 9 + 1, 0, -1, dtype=np.int64).repeat(9)[:n_ids]


def heavy(times: int, n_ids: int) -> NDArray[Any]:
    """Counts with one heavy id: its weight (at exponent 0.75) is `times` the total of all other weights."""
    counts = np.ones(n_ids, dtype=np.int64)
    counts[n_ids // 2] = round((times * n_ids) ** (4 / 3))
    return counts


KINDS: dict[str, Callable[[int], NDArray[Any]]] = {
    "sorted": zipf,
    "shuffled": shuffled,
    "reals": reals,
    "nines": nines,
    "heavy_10": partial(heavy, 10),
    "heavy_100": partial(heavy, 100),
    "heavy_1000": partial(heavy, 1000),
}


@dataclass(frozen=True)
class Cell:
    """A request on a kind of distribution."""

    kind: str
    V: int
    rows: int
    k: int
    replacement: bool
    device: str = "cpu"

    def key(self) -> dict[str, Any]:
        """The fields of the cell, as the JSON file stores them."""
        return asdict(self)


VISITS = 5  # with three, Student's interval over the visits would be 2.8 times as wide


@dataclass(frozen=True)
class Question:
    """Cells of one kind of distribution, for which the same strategies are timed.

    Attributes
    ----------
    asks : str
        What is asked, in a few words.
    kind : str
        A key of `KINDS`.
    sizes : tuple of int
        The values of V.
    calls : tuple of (int, int)
        The values of (rows, k).
    entry : tuple of int
        Qualifying sizes. Every strategy is timed at these, and only those within `FACTOR` of the best are timed at the
        other sizes. If empty, the qualifiers of the previous question of this kind are used.
    modes : tuple of bool
        Values of ``replacement``.
    entry_calls : tuple of (int, int)
        The values of (rows, k) at the qualifying sizes.
    visits : int
        How often its cells are measured, some minutes apart.
    """

    asks: str
    kind: str
    sizes: tuple[int, ...]
    calls: tuple[tuple[int, int], ...]
    entry: tuple[int, ...]
    modes: tuple[bool, ...] = (True, False)
    entry_calls: tuple[tuple[int, int], ...] = ((1, 5), (1024, 5))
    visits: int = VISITS

    def cells(self, replacement: bool) -> list[Cell]:
        """All cells of a mode; cells of one size follow each other, so that tables are built once."""
        product_cells = [Cell(self.kind, v, rows, k, replacement) for v, (rows, k) in product(self.sizes, self.calls)]
        return [cell for cell in product_cells if replacement or cell.k <= cell.V]

    def entries(self, replacement: bool) -> list[Cell]:
        """The qualifying cells of a mode, at which every strategy is timed."""
        return [c for c in self.cells(replacement) if c.V in self.entry and (c.rows, c.k) in self.entry_calls]


FACTOR = 3.0  # times the best time; a slower strategy is timed at the qualifying sizes only
CALLS = ((1, 1), (1, 5), (1, 64), (64, 5), (1024, 1), (1024, 5), (1024, 20), (1024, 64), (65_536, 5))
FEW_CALLS = ((1, 5), (64, 5), (1024, 1), (1024, 5), (1024, 64), (65_536, 5))
DISTINCT_CALLS = ((1, 2), (1, 5), (8, 2), (8, 5), (8, 20), (8, 64))
MANY = ((8, 64),)
# The sizes of alias tables are powers of two. So 2**24 + 1, one more than torch's limit, is the worst case.
SIZES = (100, 10**4, 10**5, 2 * 10**5, 5 * 10**5, 10**6, 2 * 10**6, 4 * 10**6, 10**7, 2**24 + 1)
ANY_ORDER = (100, 10**4, 10**5, 5 * 10**5, 10**6, 2 * 10**6, 4 * 10**6, 10**7)
BIG = 10**8


def contested(times: int, sizes: tuple[int, ...]) -> Question:
    """Distinct ids if one id has most of the weight, so that rows need many redraws."""
    calls = DISTINCT_CALLS
    asks = f"one id {times} times as heavy as the rest"
    return Question(asks, f"heavy_{times}", sizes, calls, sizes[1:2], (False,), calls)


FULL = (
    Question("ids sorted by count", "sorted", SIZES, CALLS, (100, 10**4, 10**6)),
    Question("ids in any order", "shuffled", ANY_ORDER, FEW_CALLS, (10**4, 10**7)),
    Question("weights that never repeat", "reals", (100, 10**4, 10**5, 10**6), FEW_CALLS, (10**4,)),
    Question("weights that repeat nine times", "nines", (10**5, 10**6, 4 * 10**6), FEW_CALLS, (10**5,)),
    contested(10, (100, 10**4)),
    contested(100, (100, 10**3, 10**4, 10**5)),
    contested(1000, (100, 10**3, 10**4)),
    Question("most ids of a row", "sorted", (64, 80, 100, 128, 256, 1000), MANY, (64, 80, 100), (False,), MANY),
    Question("beyond every cache", "sorted", (BIG,), FEW_CALLS, (), visits=1),  # its tables take half a minute
)
QUICK_SIZES = (100, 10**4, 10**5, 2 * 10**5, 5 * 10**5, 10**6, 4 * 10**6)
QUICK = (
    Question("ids sorted by count", "sorted", QUICK_SIZES, FEW_CALLS, (100, 10**4)),
    Question("ids in any order", "shuffled", QUICK_SIZES, FEW_CALLS, (10**4,)),
    Question("weights that never repeat", "reals", (10**4, 10**5), ((1024, 5),), (10**4,)),
    Question("weights that repeat nine times", "nines", (10**5, 10**6), ((1024, 5), (65_536, 5)), (10**5,)),
    contested(10, (100, 10**4)),
    contested(100, (100, 10**3, 10**4)),
    contested(1000, (100, 10**3, 10**4)),
    Question("most ids of a row", "sorted", (64, 100, 256), MANY, (64, 100), (False,), MANY),
)
