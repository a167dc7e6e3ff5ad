# SPDX-License-Identifier: MIT
"""A strategy of distinct ids only."""

import numpy as np

import samplers


class ScratchRace(samplers.SequentialSampler):
    """The k first of a race of exponentials with rates p: distinct ids, O(V) work a row."""

    info = samplers.Info(
        name="scratch_race",
        source="a textbook: the exponential race",
        stream="numpy default_rng",
        replacement_modes=(False,),
        cost="row",
    )

    def _build(self):
        self._drawable = np.flatnonzero(self.noise.probabilities)
        self._rates = self.noise.probabilities[self._drawable]

    def _seed(self, rng):
        self._rng = rng

    def _fill(self, out):
        for row in out:
            times = self._rng.exponential(size=len(self._rates)) / self._rates
            first = np.argpartition(times, len(row) - 1)[: len(row)]
            row[:] = self._drawable[first[np.argsort(times[first])]]

    @property
    def nbytes(self):
        return self._rates.nbytes + self._drawable.nbytes
