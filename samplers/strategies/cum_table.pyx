# SPDX-License-Identifier: MIT
"""gensim's negative sampler: a uint32 cumulative table, a 48-bit LCG and a binary search.

========== ==================================================================
build      O(V): one power, one sum and one rounding an id
draw       O(log V) an id: one 64-bit modulo, log2(V) dependent loads
memory     4 bytes an id
randomness 32 of the 48 bits of the state, an id
========== ==================================================================

Source: gensim 4.4, gensim/models/word2vec.py (make_cum_table) and word2vec_inner.pyx
(w2v_fast_sentence_sg_neg).
"""

cimport cython
from cpython.exc cimport PyErr_CheckSignals
from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t

from samplers.kernels.lcg cimport lcg_next

from functools import partial

import numpy as np

from samplers.arguments import as_count
from samplers.base import UnsuitableNoiseError
from samplers.info import Info
from samplers.sequential import SequentialSampler

# Ids drawn between two checks for Ctrl-C: some milliseconds.
cdef Py_ssize_t BETWEEN_LOOKS = 1 << 18
# gensim's domain: the last entry of every table.
DOMAIN = 2**31 - 1
STATES = 2**48


class CumTable(SequentialSampler):
    """gensim's loop in C: uint32 cumulative table, 48-bit LCG, bisect_left; equal draw by draw.

    The table is that of ``Word2Vec.make_cum_table`` entry by entry and a given ``state`` yields gensim's ids.
    With them come gensim's limits, which ``implied_probabilities()`` states: an id whose probability is below
    2**-32 or so is never drawn, the last id loses one unit of 2**-31 to the first (one of width 1 is never
    drawn), and an id 0 of weight zero still comes with probability 3 / 2**32.
    """

    info = Info(
        name="cum_table",
        source="gensim 4.4, word2vec.py make_cum_table and word2vec_inner.pyx",
        stream="gensim lcg48",
    )
    fixed = ("table",)

    def _build(self):
        counts = self.noise.counts
        power = np.zeros(len(counts), dtype=np.float64)
        # gensim raises NumPy scalars one by one; the same ufunc over the array gives the same doubles
        # (0 of 200,000 integers differ), and cumsum adds from left to right as its loop does.
        with np.errstate(over="ignore"):  # an infinite sum is refused below, with the exponent
            np.power(counts, self.noise.exponent, out=power, where=counts > 0, casting="unsafe")
        cumulative = np.cumsum(power)
        if not 0.0 < cumulative[-1] < np.inf:
            raise UnsuitableNoiseError(
                f"cum_table: counts ** {self.noise.exponent} sum to {cumulative[-1]}, "
                "which gensim's float64 table cannot hold"
            )
        self.table = np.rint(cumulative / cumulative[-1] * DOMAIN).astype(np.uint32)
        self.table.setflags(write=False)

    def _seed(self, rng):
        # gensim: 2**24 * randint(0, 2**24) + randint(0, 2**24), any 48-bit number.
        self.state = int(rng.integers(STATES))

    @property
    def state(self):
        """The 48-bit state that gensim calls next_random; set it to go on where gensim stopped."""
        return self._state

    @state.setter
    def state(self, value):
        with self._guard.lock:
            number = as_count("state", value, minimum=0, maximum=STATES - 1)
            self._guard.move(self.name)
            self._state = number

    def _undo(self, n_ids):
        # What the base would do, in a quarter of the time.
        return partial(self.__dict__.__setitem__, "_state", self._state)

    def _fill(self, out):
        cdef const uint32_t[::1] table = self.table
        cdef uint64_t state = self._state
        flat = out.reshape(-1)
        for start in range(0, len(flat), BETWEEN_LOOKS):
            part = flat[start:start + BETWEEN_LOOKS]
            PyErr_CheckSignals()  # compiled code looks for Ctrl-C only where it is told to
            if out.dtype == np.int64:
                state = draw[int64_t](table, state, part)
            else:
                state = draw[int32_t](table, state, part)
        # At the end: after Ctrl-C the stream goes on from where it was. Past __setattr__, which costs 0.3 us.
        self.__dict__["_state"] = state

    def implied_probabilities(self):
        # x = (32-bit number) % DOMAIN: 2**32 = 2 * DOMAIN + 2, so the residues 0 and 1 have three preimages
        # and the others two. bisect_left gives id i the residues cum[i-1] + 1 .. cum[i], and id 0 also 0.
        upto = np.minimum(self.table.astype(np.int64), DOMAIN - 1) + 1  # residues that reach id i or less
        preimages = 2 * upto + np.minimum(upto, 2)
        return np.diff(preimages, prepend=0) / 2.0**32

    @property
    def nbytes(self):
        return self.table.nbytes


ctypedef fused id_type:
    int32_t
    int64_t


@cython.wraparound(False)
cdef uint64_t draw(const uint32_t[::1] table, uint64_t state, id_type[::1] out) noexcept:
    """Fill ``out`` and return the state after it; the GIL is released for all of it."""
    cdef Py_ssize_t i, n = out.shape[0]
    cdef uint64_t size = <uint64_t>table.shape[0], total = table[table.shape[0] - 1]
    cdef uint64_t x, low, high, middle
    with nogil:
        for i in range(n):
            x = (state >> 16) % total
            low = 0
            high = size
            while high > low:
                middle = (low + high) >> 1
                if table[middle] >= x:
                    high = middle
                else:
                    low = middle + 1
            out[i] = <id_type>low
            state = lcg_next(state) & <uint64_t>0xFFFFFFFFFFFF
    return state
