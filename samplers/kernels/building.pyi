# SPDX-License-Identifier: MIT
import numpy as np
from numpy.typing import NDArray

POWERS: list[str]

def alias_table(
    units: NDArray[np.uint64], bits: int, slot_bits: int
) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]: ...
def shared_units(
    masses: NDArray[np.uint64], sizes: NDArray[np.int64] | None, total_bits: int, joined: bool = False
) -> tuple[NDArray[np.uint64], int, int] | None: ...
def alias_tables(
    masses: NDArray[np.uint64], first: NDArray[np.int64]
) -> tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.uint8], list[int]]: ...
def quarter_roots(counts: NDArray[np.uint64], q: int, shift: int) -> NDArray[np.uint64]: ...
def ratio_powers(
    counts: NDArray[np.float64], extreme: float, exponent: float, weights: NDArray[np.uint64], form: str | None = None
) -> None: ...
def sorted_runs(
    keys: NDArray[np.uint64], left: int
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.uint64]]: ...
def spread(
    values: NDArray[np.uint64],
    first: NDArray[np.int64],
    sizes: NDArray[np.int64],
    order: NDArray[np.int32],
    out: NDArray[np.uint64],
) -> None: ...
