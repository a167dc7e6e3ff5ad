# SPDX-License-Identifier: MIT
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .forms import GATHER_WAYS as GATHER_WAYS
from .forms import GENERATE_SLACK as GENERATE_SLACK
from .forms import SLOT_BYTES as SLOT_BYTES
from .forms import available as available
from .forms import block as block
from .forms import force as force
from .forms import gather as gather
from .forms import generate as generate
from .forms import simd as simd
from .sets import chosen_sets as chosen_sets
from .sets import held as held
from .sets import set_filter as set_filter
from .short_calls import know_sets as know_sets
from .sources import MOST_KNOWN as MOST_KNOWN
from .sources import Exact as Exact
from .sources import Known as Known
from .sources import Source as Source
from .sources import Sources as Sources
from .sources import UniformSource as UniformSource
from .sources import masses as masses

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
