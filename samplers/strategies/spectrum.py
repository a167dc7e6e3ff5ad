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

from ..counter_based.cursor import positional_info
from ..counter_based.sampler import PositionalSampler
from ..counter_based.tables import hardly_repeat, spectrum_shares, spectrum_source

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..laws.law import Law


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
        instead="alias",
    )

    @classmethod
    def unsuitable(cls, noise: Law) -> str | None:
        return super().unsuitable(noise) or hardly_repeat(cls.info, len(noise.classes), len(noise))

    def _table(self) -> Any:
        return spectrum_source(self.noise, self._alias_table, self.info)

    @classmethod
    def _entries(cls, noise: Law) -> int:
        return len(noise.classes)

    def implied_probabilities(self) -> NDArray[np.float64]:
        return spectrum_shares(self._source, self.noise)

    @property
    def nbytes(self) -> int:
        classes = self.noise.classes  # the array `order` is counted by the source
        return super().nbytes + classes.weights.nbytes + classes.first.nbytes + classes.sizes.nbytes
