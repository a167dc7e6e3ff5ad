# SPDX-License-Identifier: MIT
"""word2vec.c's sampler: a table of 1e8 slots, an id in as many of them as its share, and a 64-bit LCG.

========== ==================================================================
build      O(slots): 1e8 steps with a division each
draw       O(1) an id: one 64-bit modulo and one load, out of cache
memory     4 bytes a slot: 400 MB at any V
randomness 48 of the 64 bits of the state, an id
========== ==================================================================

Source: word2vec.c (2013, revision 20c129a), InitUnigramTable and TrainModelThread.
"""

cimport cython
from cpython.exc cimport PyErr_CheckSignals
from libc.math cimport pow
from libc.stdint cimport int32_t, int64_t, uint64_t

from samplers.kernels.lcg cimport lcg_next

from functools import partial

import numpy as np

from samplers.arguments import as_count
from samplers.base import UnsuitableNoiseError
from samplers.info import Info
from samplers.sequential import SequentialSampler

# Ids drawn between two checks for Ctrl-C: some milliseconds.
cdef Py_ssize_t BETWEEN_LOOKS = 1 << 18


class UnigramTable(SequentialSampler):
    """word2vec.c's table of 1e8 slots and its 64-bit LCG; equal draw by draw.

    The filling loop moves on by one id a slot at the most. So an id whose share is less than a slot takes a whole
    one, and the ids behind it pay. Many such ids at the end, as in a vocabulary sorted by count, use the slots up:
    the last ones get none and are never drawn, even where there are more slots than ids. ``implied_probabilities()``
    and the audit of `samplers.check_fidelity` say which. Ids of weight zero, which word2vec.c never has, get no slot.

    Parameters
    ----------
    table_size : int
        Slots; word2vec.c has 1e8.
    sentence_end : bool
        word2vec.c keeps id 0 for </s> and puts a uniform id from 1 to V - 1 in its place; here id 0 is a word
        like others unless this is set.
    """

    info = Info(name="unigram_table", source="word2vec.c, InitUnigramTable", stream="word2vec.c lcg64")
    fixed = ("table", "table_size", "sentence_end")

    def _build(self, *, table_size=100_000_000, sentence_end=False):
        self.table_size = as_count("table_size", table_size, minimum=1)
        if not isinstance(sentence_end, (bool, np.bool_)):
            raise TypeError(f"sentence_end must be True or False, got {sentence_end!r}")
        if sentence_end and len(self.noise) < 2:
            raise ValueError(f"sentence_end=True needs two ids or more, got V={len(self.noise)}")
        self.sentence_end = bool(sentence_end)
        counts = self.noise.counts
        positive = np.flatnonzero(counts > 0).astype(np.int32)
        power = np.empty(len(positive), dtype=np.float64)
        powers(counts[positive].astype(np.float64), self.noise.exponent, power)
        total = np.cumsum(power)[-1]  # from left to right, as word2vec.c adds
        if not 0.0 < total < np.inf:
            raise UnsuitableNoiseError(f"unigram_table: counts ** {self.noise.exponent} sum to {total}")
        try:
            table = np.empty(self.table_size, dtype=np.int32)
        except (MemoryError, ValueError) as error:
            raise ValueError(
                f"table_size={self.table_size}: {4 * self.table_size:,} bytes of table do not fit into memory"
            ) from error
        fill_table(positive, power / total, table)
        table.setflags(write=False)
        self.table = table

    def _seed(self, rng):
        self.state = int(rng.integers(2**64, dtype=np.uint64))

    @property
    def state(self):
        """The 64-bit state that word2vec.c calls next_random."""
        return self._state

    @state.setter
    def state(self, value):
        with self._guard.lock:
            number = as_count("state", value, minimum=0, maximum=2**64 - 1)
            self._guard.move(self.name)
            self._state = number

    def _undo(self, n_ids):
        # What the base would do, in a quarter of the time.
        return partial(self.__dict__.__setitem__, "_state", self._state)

    def _fill(self, out):
        cdef const int32_t[::1] table = self.table
        cdef uint64_t state = self._state
        cdef uint64_t others = len(self.noise) - 1 if self.sentence_end else 0
        flat = out.reshape(-1)
        for start in range(0, len(flat), BETWEEN_LOOKS):
            part = flat[start:start + BETWEEN_LOOKS]
            PyErr_CheckSignals()  # compiled code looks for Ctrl-C only where it is told to
            if out.dtype == np.int64:
                state = draw[int64_t](table, state, others, part)
            else:
                state = draw[int32_t](table, state, others, part)
        # At the end: after Ctrl-C the stream goes on from where it was. Past __setattr__, which costs 0.3 us.
        self.__dict__["_state"] = state

    def implied_probabilities(self):
        if self.sentence_end:
            return None  # the replacement reads bits that the slot has used: no product law
        first = np.searchsorted(self.table, np.arange(len(self.noise) + 1))
        # 2**48 numbers modulo the slots: the first `extra` slots have one preimage more than the others.
        each, extra = divmod(2**48, self.table_size)
        preimages = each * np.diff(first) + np.diff(np.minimum(first, extra))
        return preimages / 2.0**48

    @property
    def nbytes(self):
        return self.table.nbytes


ctypedef fused id_type:
    int32_t
    int64_t


@cython.wraparound(False)
cdef void powers(const double[::1] counts, double exponent, double[::1] out) noexcept:
    """libm's pow, as word2vec.c calls it: NumPy's differs in the last place for some counts."""
    cdef Py_ssize_t i
    with nogil:
        for i in range(counts.shape[0]):
            out[i] = pow(counts[i], exponent)


@cython.wraparound(False)
cdef void fill_table(const int32_t[::1] ids, const double[::1] shares, int32_t[::1] table) noexcept:
    """word2vec.c's InitUnigramTable, line by line; ``ids`` are those that it would know."""
    cdef Py_ssize_t slot, i = 0, slots = table.shape[0], n = ids.shape[0]
    cdef double reached = shares[0]
    with nogil:
        for slot in range(slots):
            table[slot] = ids[i]
            if slot / <double>slots > reached:
                i += 1
                if i >= n:
                    i = n - 1  # word2vec.c reads one share beyond the end first; it is never used
                else:
                    reached += shares[i]


@cython.wraparound(False)
cdef uint64_t draw(const int32_t[::1] table, uint64_t state, uint64_t others, id_type[::1] out) noexcept:
    """Fill ``out`` and return the state after it; ``others`` = V - 1 to replace id 0, or 0 to keep it."""
    cdef Py_ssize_t i
    cdef uint64_t slots = <uint64_t>table.shape[0]
    cdef int32_t drawn
    with nogil:
        for i in range(out.shape[0]):
            state = lcg_next(state)
            drawn = table[(state >> 16) % slots]
            if others and drawn == 0:
                drawn = <int32_t>(state % others) + 1
            out[i] = <id_type>drawn
    return state
