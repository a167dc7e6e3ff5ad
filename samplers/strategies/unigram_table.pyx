# SPDX-License-Identifier: MIT
"""word2vec.c's sampler: a table of 1e8 slots, in which each id has slots in proportion to its weight, and a 64-bit LCG.

========== ==================================================================
build      O(slots): 1e8 steps with a division in each
draw       O(1) per id: one 64-bit modulo and one load from main memory
memory     4 bytes per slot: 400 MB at any V
randomness 48 of the 64 bits of the state per id
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

# Ids between two checks for Ctrl-C: a few milliseconds.
cdef Py_ssize_t CHUNK_IDS = 1 << 18


class UnigramTable(SequentialSampler):
    """word2vec.c's table of 1e8 slots and its 64-bit LCG; equal draw by draw.

    The loop that fills the table moves on by at most one id per slot. So an id whose share is below one slot gets a
    full slot, at the cost of the ids after it. If many such ids are at the end, as in a vocabulary that is sorted by
    count, the last ids get no slot and are never drawn, even if there are more slots than ids.
    ``implied_probabilities()`` and the audit of `samplers.check_fidelity` show them. word2vec.c has no ids of weight
    zero; here they get no slot.

    Parameters
    ----------
    table_size : int
        The number of slots; word2vec.c has 1e8.
    sentence_end : bool
        True: id 0 is the end of a sentence, </s>, and is replaced by a uniform id from 1 to V - 1, as in word2vec.c.
        False: id 0 is a word like all others.
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
            raise UnsuitableNoiseError(
                f"unigram_table: counts ** {self.noise.exponent} sum to {total}, which float64 cannot hold; use 'alias'"
            )
        try:
            table = np.empty(self.table_size, dtype=np.int32)
        except (MemoryError, ValueError) as error:
            raise ValueError(
                f"table_size={self.table_size}: {4 * self.table_size:,} bytes of table do not fit into memory; "
                "choose a smaller table_size"
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
        # The same as in the base class, in a quarter of the time.
        return partial(self.__dict__.__setitem__, "_state", self._state)

    def _fill(self, out):
        cdef const int32_t[::1] table = self.table
        cdef uint64_t state = self._state
        cdef uint64_t replacements = len(self.noise) - 1 if self.sentence_end else 0
        flat = out.reshape(-1)
        for start in range(0, len(flat), CHUNK_IDS):
            part = flat[start:start + CHUNK_IDS]
            PyErr_CheckSignals()  # compiled code does not check for Ctrl-C by itself
            if out.dtype == np.int64:
                state = draw[int64_t](table, state, replacements, part)
            else:
                state = draw[int32_t](table, state, replacements, part)
        # The state is set last, so that Ctrl-C leaves the stream where it was. __setattr__ would take 0.3 us.
        self.__dict__["_state"] = state

    def implied_probabilities(self):
        if self.sentence_end:
            return None  # the replacement of id 0 depends on bits that also select the slot: there is no simple formula
        first = np.searchsorted(self.table, np.arange(len(self.noise) + 1))
        # Slots are 2**48 numbers modulo their number: the first `extra` slots have one preimage more than the others.
        per_slot, extra = divmod(2**48, self.table_size)
        preimages = per_slot * np.diff(first) + np.diff(np.minimum(first, extra))
        return preimages / 2.0**48

    @property
    def nbytes(self):
        return self.table.nbytes


ctypedef fused id_type:
    int32_t
    int64_t


@cython.wraparound(False)
cdef void powers(const double[::1] counts, double exponent, double[::1] out) noexcept:
    """libm's pow, as in word2vec.c. NumPy's power differs in the last digit for some counts."""
    cdef Py_ssize_t i
    with nogil:
        for i in range(counts.shape[0]):
            out[i] = pow(counts[i], exponent)


@cython.wraparound(False)
cdef void fill_table(const int32_t[::1] ids, const double[::1] shares, int32_t[::1] table) noexcept:
    """word2vec.c's InitUnigramTable, line by line; ``ids`` are the ids of positive weight."""
    cdef Py_ssize_t slot, i = 0, slots = table.shape[0], n = ids.shape[0]
    cdef double reached = shares[0]
    with nogil:
        for slot in range(slots):
            table[slot] = ids[i]
            if slot / <double>slots > reached:
                i += 1
                if i >= n:
                    i = n - 1  # word2vec.c reads one share past the end before this, and never uses it
                else:
                    reached += shares[i]


@cython.wraparound(False)
cdef uint64_t draw(const int32_t[::1] table, uint64_t state, uint64_t replacements, id_type[::1] out) noexcept:
    """Fill ``out`` and return the state after it. ``replacements`` is V - 1 to replace id 0, or 0 to keep it."""
    cdef Py_ssize_t i
    cdef uint64_t slots = <uint64_t>table.shape[0]
    cdef int32_t drawn
    with nogil:
        for i in range(out.shape[0]):
            state = lcg_next(state)
            drawn = table[(state >> 16) % slots]
            if replacements and drawn == 0:
                drawn = <int32_t>(state % replacements) + 1
            out[i] = <id_type>drawn
    return state
