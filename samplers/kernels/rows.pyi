# SPDX-License-Identifier: MIT
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

GATHER_WAYS: tuple[str, ...]
GENERATE_SLACK: int
SLOT_BYTES: int

def available() -> list[str]: ...
def simd() -> str: ...
def force(name: str | None) -> None: ...

MOST_KNOWN: int

class Exact:
    weights: NDArray[np.uint64]
    ids: NDArray[np.int32] | None
    known: Any
    def __init__(self, weights: NDArray[np.uint64], ids: NDArray[np.int32] | None = None) -> None: ...
    def is_large(self, count: int) -> bool: ...
    def without(self, excluded: NDArray[np.int64]) -> Exact: ...
    @property
    def nbytes(self) -> int: ...

class Known:
    def add(self, of: Exact, excluded: NDArray[np.int64], left: Exact) -> bool: ...

class Source:
    hot: NDArray[np.uint32]
    cold: NDArray[np.uint32]
    members: NDArray[np.uint64] | None
    order: NDArray[np.int32] | None
    bits: int
    exact: Exact | None
    def __init__(
        self,
        hot: NDArray[np.uint32],
        cold: NDArray[np.uint32],
        bits: int,
        members: NDArray[np.uint64] | None = None,
        order: NDArray[np.int32] | None = None,
    ) -> None: ...
    def attach(self, exact: Exact) -> None: ...
    @property
    def nbytes(self) -> int: ...

class UniformSource(Source):
    n_ids: int
    def __init__(self, n_ids: int) -> None: ...
    def accepted(self, out: NDArray[np.uint64]) -> None: ...

class Sources:
    hot: NDArray[np.uint32]
    cold: NDArray[np.uint32]
    bits: NDArray[np.uint8]
    order: NDArray[np.int32]
    first: NDArray[np.int64]
    def __init__(
        self,
        hot: NDArray[np.uint32],
        cold: NDArray[np.uint32],
        bits: NDArray[np.uint8],
        order: NDArray[np.int32],
        first: NDArray[np.int64],
    ) -> None: ...
    def __len__(self) -> int: ...
    def one(self, w: int) -> Source: ...
    def exact_of(self, w: int) -> Exact | None: ...
    def attach(self, w: int, exact: Exact) -> None: ...
    @property
    def nbytes(self) -> int: ...

class Stream:
    source: Source | None
    key: int
    position: int
    epoch: int
    distinct: bool
    ids: int
    V: int
    def __init__(
        self,
        source: Source | None,
        key: int,
        distinct: bool,
        ids: int,
        epoch: int = 0,
        position: int = 0,
        V: int = 0,
    ) -> None: ...
    def settle(self) -> None: ...
    def reserve(self, rows: int) -> int | None: ...
    def give_back(self, first: int, rows: int) -> bool: ...
    def next_rows(self, rows: Any, k: Any, exclude: Any, on_collision: Any, on_exhausted: Any, out: Any) -> Any: ...
    def named_rows(
        self, row_ids: Any, k: Any, epoch: Any, exclude: Any, on_collision: Any, on_exhausted: Any, out: Any
    ) -> Any: ...
    def rows_at(self, place: NDArray[np.uint64], row_ids: Any, k: Any, one_each: Any, on_exhausted: Any) -> Any: ...

def know_sets(kind: type) -> None: ...
def set_filter(ids: NDArray[np.int64], starts: NDArray[np.int64], stops: NDArray[np.int64]) -> NDArray[np.uint32]: ...
def chosen_sets(
    numbers: Any, starts: NDArray[np.int64], stops: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None: ...
def draw(
    s: Source,
    key: int,
    epoch: int,
    first: int,
    row_ids: NDArray[np.uint64] | None,
    out: Any,
    distinct: bool,
    excluded: NDArray[np.int64] | None,
    starts: NDArray[np.int64] | None,
    stops: NDArray[np.int64] | None,
    each: int,
    known: Known | None = None,
) -> int: ...
def draw_each(
    m: Sources,
    which: NDArray[np.int64],
    key: int,
    epoch: int,
    first: int,
    row_ids: NDArray[np.uint64] | None,
    out: Any,
    distinct: bool,
    excluded: NDArray[np.int64] | None,
    starts: NDArray[np.int64] | None,
    stops: NDArray[np.int64] | None,
    each: int,
    known: Known | None = None,
) -> int: ...
def held(
    ids: NDArray[np.int64],
    starts: NDArray[np.int64],
    stops: NDArray[np.int64],
    rows: NDArray[np.int64],
    cells: NDArray[np.integer[Any]],
) -> NDArray[np.bool_]: ...
def block(key: int, counter: Sequence[int]) -> tuple[int, int, int, int]: ...
def masses(s: Source, n: int, slot_bits: int) -> NDArray[np.uint64]: ...
def generate(key: int, out: NDArray[np.uint64], n: int) -> None: ...
def gather(
    way: int, table: NDArray[np.uint32] | NDArray[np.uint64], index: NDArray[np.uint32], out: NDArray[np.uint64]
) -> bool: ...
