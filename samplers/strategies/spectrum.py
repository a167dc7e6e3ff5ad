# SPDX-License-Identifier: MIT
"""The alias method over the distinct weights, then a uniform id among the ids of that weight.

========== =============================================================================
build      O(V) reads of the counts, O(D log D) for the D distinct weights
draw       O(1) per id: half a Philox block, loads of 4 and 8 bytes from tables that fit into the cache
memory     16 bytes per class if ids are sorted by count; 4 bytes per id more if not
randomness 64 bits per id, and rarely 32 more bits
========== =============================================================================

A corpus of T tokens has at most sqrt(2 T) distinct counts. So the tables for 1e8 words in a corpus of 1e9 tokens take
less than a megabyte. All classes together have 2**62 units.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..base import UnsuitableNoiseError
from ..counter_based.cursor import positional_info
from ..counter_based.sampler import PositionalSampler
from ..kernels import rows as kernel
from ..laws.quantise import quantise_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..laws.law import Law

TOTAL_BITS = 62
# With fewer classes the tables are small at any V. With more, the strategy has no advantage if weights hardly repeat.
FEW_CLASSES = 2**14


def hardly_repeat(distinct: int, n_ids: int) -> str | None:
    """Why there are too many distinct weights for the number of ids; None if there are not."""
    if distinct <= max(FEW_CLASSES, n_ids // 8):
        return None
    return (
        f"spectrum: the weights hardly repeat ({distinct} distinct ones among {n_ids} ids), "
        "so that it would be larger and slower than 'alias'; use 'alias'"
    )


class Spectrum(PositionalSampler):
    """Alias over the distinct counts, then a uniform id inside the class: exact, small at any V.

    Choose it for counts, especially if V is large. If ids are sorted by count, as in word2vec and gensim, no array of
    size V is needed. It refuses real-valued weights that hardly repeat; use ``alias`` for these.

    Parameters
    ----------
    threads : int
        Threads that share the rows of a large call. The ids do not depend on it.
    """

    info = positional_info(
        name="spectrum",
        source="the frequency spectrum of a corpus; alias as in `alias`, Lemire 2019, doi:10.1145/3230636",
    )

    @classmethod
    def unsuitable(cls, noise: Law) -> str | None:
        return super().unsuitable(noise) or hardly_repeat(len(noise.classes), len(noise))

    def _table(self) -> Any:
        self._classes = classes = self.noise.classes
        count = len(classes.weights)
        reason = hardly_repeat(count, len(self.noise))
        if reason is not None:
            raise UnsuitableNoiseError(reason)
        units = quantise_weights(classes.weights, classes.sizes, TOTAL_BITS, joined=True).per_id
        bits = (count - 1).bit_length()
        hot, cold = self._alias_table(units, bits, TOTAL_BITS - bits)
        members = classes.first.astype(np.uint64) | classes.sizes.astype(np.uint64) << np.uint64(32)
        return kernel.Source(hot, cold, bits, members, classes.order)

    @classmethod
    def _entries(cls, noise: Law) -> int:
        return len(noise.classes)

    def implied_probabilities(self) -> NDArray[np.float64]:
        masses = kernel.masses(self._source, len(self._classes.weights), TOTAL_BITS - self._source.bits)
        return self._classes.spread(masses / (self._classes.sizes * 2.0**TOTAL_BITS), len(self.noise))

    @property
    def nbytes(self) -> int:
        classes = self._classes  # the array `order` is counted by the source
        return super().nbytes + classes.weights.nbytes + classes.first.nbytes + classes.sizes.nbytes
