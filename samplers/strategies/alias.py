# SPDX-License-Identifier: MIT
"""Walker's alias method with exact integers, counter-based and with SIMD, for any noise distribution.

========== ===========================================================================
build      O(V): about 3 ns per slot for the table, besides the units of the distinct weights
draw       O(1) per id: one of the four words of a Philox block, one 4-byte load, one comparison
memory     8 bytes per slot, of which most draws read 4; slots: V, rounded up to a power of two
randomness 32 bits per id, and 32 more bits once in 2**(32 - log2 V) ids
========== ===========================================================================

A slot of the table has a threshold of 32 bits and an alias. The high bits of a random word select the slot. The other
bits are compared with the high bits of the threshold. If they are equal, a second word decides, with the low bits. So
each id gets exactly its units, of which there are 2**32 per slot. The low bits are stored apart: the table that most
draws read has 4 bytes per slot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..counter_based.cursor import positional_info
from ..counter_based.many import LawsSampler
from ..counter_based.sampler import PositionalSampler
from ..counter_based.tables import alias_shares, alias_source

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..laws.law import Law
    from ..laws.many import Laws


class Alias(PositionalSampler):
    """Walker's alias method in exact integers, positional streams, AVX-512 / AVX2 / plain C.

    Choose it for any distribution of up to 2**31 - 1 ids. ``spectrum`` needs less memory if ids are sorted by count and
    counts repeat.

    Parameters
    ----------
    threads : int
        Threads that share the rows of a large call. The ids do not depend on it.
    """

    info = positional_info(
        name="alias",
        source="Walker 1977, doi:10.1145/355744.355749; build: Huebschle-Schneider and Sanders, doi:10.1145/3549934",
    )

    def _table(self) -> Any:
        return alias_source(self.noise, self._alias_table)

    @classmethod
    def _entries(cls, noise: Law) -> int:
        return len(noise)

    @classmethod
    def of_laws(cls, laws: Laws, **arguments: Any) -> LawsSampler:
        return AliasOfLaws(laws, **arguments)

    def implied_probabilities(self) -> NDArray[np.float64]:
        return alias_shares(self._source, self.noise)


class AliasOfLaws(LawsSampler):
    """``alias`` for many laws: each row names its law."""

    info = Alias.info
    strategy = Alias
