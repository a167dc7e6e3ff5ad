# SPDX-License-Identifier: MIT
"""gensim's negative sampler: a uint32 cumulative table, a 48-bit LCG and a binary search.

========== ==================================================================
build      O(V): one power, one sum and one rounding per id
draw       O(log V) per id: one 64-bit modulo, log2(V) dependent loads
memory     4 bytes per id
randomness 32 of the 48 bits of the state per id
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

# Ids between two checks for Ctrl-C: a few milliseconds.
cdef Py_ssize_t CHUNK_IDS = 1 << 18
# gensim's domain: the last entry of every table.
DOMAIN = 2**31 - 1
STATES = 2**48


class CumTable(SequentialSampler):
    """gensim's loop in C: uint32 cumulative table, 48-bit LCG, bisect_left; equal draw by draw.

    The table is equal to that of ``Word2Vec.make_cum_table``, and the same ``state`` gives gensim's ids. The errors are
    those of gensim too, and ``implied_probabilities()`` shows them: an id of probability below about 2**-32 is never
    drawn; the last id loses one unit of 2**-31 to the first, and is never drawn if it has only one unit; an id 0 of
    weight zero has probability 3 / 2**32.
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
        # gensim raises NumPy scalars one by one. The same ufunc over an array gives the same doubles (none of 200,000
        # integers differs), and cumsum adds from left to right, as gensim's loop does.
        with np.errstate(over="ignore"):  # an infinite sum is refused below
            np.power(counts, self.noise.exponent, out=power, where=counts > 0, casting="unsafe")
        cumulative = np.cumsum(power)
        if not 0.0 < cumulative[-1] < np.inf:
            raise UnsuitableNoiseError(
                f"cum_table: counts ** {self.noise.exponent} sum to {cumulative[-1]}, "
                "which gensim's float64 table cannot hold; use 'alias'"
            )
        self.table = np.rint(cumulative / cumulative[-1] * DOMAIN).astype(np.uint32)
        self.table.setflags(write=False)

    def _seed(self, rng):
        # gensim's seed is also any 48-bit number: 2**24 * randint(0, 2**24) + randint(0, 2**24).
        self.state = int(rng.integers(STATES))

    @property
    def state(self):
        """The 48-bit state that gensim calls next_random. Set it to continue a stream of gensim."""
        return self._state

    @state.setter
    def state(self, value):
        with self._guard.lock:
            number = as_count("state", value, minimum=0, maximum=STATES - 1)
            self._guard.move(self.name)
            self._state = number

    def _undo(self, n_ids):
        # The same as in the base class, in a quarter of the time.
        return partial(self.__dict__.__setitem__, "_state", self._state)

    def _fill(self, out):
        cdef const uint32_t[::1] table = self.table
        cdef uint64_t state = self._state
        flat = out.reshape(-1)
        for start in range(0, len(flat), CHUNK_IDS):
            part = flat[start:start + CHUNK_IDS]
            PyErr_CheckSignals()  # compiled code does not check for Ctrl-C by itself
            if out.dtype == np.int64:
                state = draw[int64_t](table, state, part)
            else:
                state = draw[int32_t](table, state, part)
        # The state is set last, so that Ctrl-C leaves the stream where it was. __setattr__ would take 0.3 us.
        self.__dict__["_state"] = state

    def implied_probabilities(self):
        # x = (32-bit number) % DOMAIN, and 2**32 = 2 * DOMAIN + 2: residues 0 and 1 have three preimages, all others
        # have two. bisect_left gives id i the residues cum[i-1] + 1 .. cum[i], and id 0 also the residue 0.
        residues = np.minimum(self.table.astype(np.int64), DOMAIN - 1) + 1  # number of residues of ids 0 to i
        preimages = 2 * residues + np.minimum(residues, 2)
        return np.diff(preimages, prepend=0) / 2.0**32

    @property
    def nbytes(self):
        return self.table.nbytes


ctypedef fused id_type:
    int32_t
    int64_t


@cython.wraparound(False)
cdef uint64_t draw(const uint32_t[::1] table, uint64_t state, id_type[::1] out) noexcept:
    """Fill ``out`` and return the state after it. The GIL is released."""
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
