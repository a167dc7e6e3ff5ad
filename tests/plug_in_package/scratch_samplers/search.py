# SPDX-License-Identifier: MIT
"""The strategy of docs/adding-a-strategy.md, as it stands there."""

import numpy as np
import samplers


class ScratchSearch(samplers.SequentialSampler):
    """numpy.searchsorted over the cumulative probabilities."""

    info = samplers.Info(
        name="scratch_search",  # lower case; this name is used everywhere
        source="a textbook: inversion",  # where the idea comes from
        stream="numpy default_rng",  # the generator behind it
    )

    def _build(self):  # build tables from self.noise; draw nothing
        self._cumulative = np.cumsum(self.noise.probabilities)
        self._cumulative /= self._cumulative[-1]

    def _seed(self, rng):  # start a new stream from a numpy Generator
        self._rng = rng

    def _fill(self, out):  # write ids into out: (rows, k), int64 or int32, C-contiguous
        out[...] = np.searchsorted(self._cumulative, self._rng.random(out.shape), side="right")

    @property
    def nbytes(self):  # bytes of the tables
        return self._cumulative.nbytes
