# SPDX-License-Identifier: MIT
from typing import Any

import numpy as np
from numpy.typing import NDArray

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

def masses(s: Source, n: int, slot_bits: int) -> NDArray[np.uint64]: ...
