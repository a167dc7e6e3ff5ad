# SPDX-License-Identifier: MIT
"""Ids of a uniform law by multiply-shift with rejection, counter-based and with SIMD; no table.

========== ===========================================================================
build      O(1): two integers
draw       O(1) per id: one of the four words of a Philox block, one multiplication, one comparison
memory     8 bytes at any V, with distinct ids and exclusion too
randomness 32 bits per id, and 32 more bits for each refused word: 2**32 mod V of 2**32 words are refused
========== ===========================================================================

The id is the high half of word * V. A word is refused if the low half is below 2**32 mod V, and the next attempt of
the cell follows. So each id has exactly floor(2**32 / V) words. If V is a power of two, no word is refused.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..counter_based.cursor import positional_info
from ..counter_based.sampler import PositionalSampler
from ..counter_based.tables import uniform_shares, uniform_source

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..laws.law import Law


class Uniform(PositionalSampler):
    """Uniform ids by multiply-shift with exact rejection, positional streams, no table at any V.

    Choose it if all ids are equally likely: `samplers.uniform` of up to 2**31 - 1 ids, or any law whose weights are
    equal and positive. It refuses other laws; use ``alias`` or ``spectrum`` for these.

    Parameters
    ----------
    threads : int
        Threads that share the rows of a large call. The ids do not depend on it.
    """

    info = replace(positional_info(name="uniform", source="Lemire 2019, doi:10.1145/3230636"), laws="uniform")

    def _table(self) -> Any:
        return uniform_source(self.noise)

    @classmethod
    def _entries(cls, noise: Law) -> int:
        return 0

    def implied_probabilities(self) -> NDArray[np.float64]:
        return uniform_shares(self._source)
