# SPDX-License-Identifier: MIT
"""The linear congruential step of java.util.Random, drand48, gensim and word2vec.c.

The state has 48 bits in gensim (word2vec_inner.pyx: ``& 281474976710655``), and 64 in word2vec.c.
"""

from libc.stdint cimport uint64_t


cdef inline uint64_t lcg_next(uint64_t state) noexcept nogil:
    return state * <uint64_t>25214903917 + <uint64_t>11
