# SPDX-License-Identifier: MIT

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t

cdef extern from "exact.h":
    ctypedef struct exact_law:
        size_t n
        const uint64_t *weights
        const int32_t *ids
    ctypedef struct exact_entry:
        const exact_law *of
        const int64_t *set
        size_t count
        const exact_law *left
    ctypedef struct exact_known:
        uint64_t n
        exact_entry *entry

cdef extern from "cell.h":
    ctypedef struct source:
        uint64_t key
        uint32_t epoch
        int bits
        const uint32_t *hot
        const uint32_t *cold
        const uint64_t *classes
        const int32_t *order
        const exact_law *exact
        uint32_t ids
        uint32_t refused
        uint32_t certain


cdef class Exact:
    cdef readonly object weights, ids
    cdef public object known  # what is left of this law beside large sets: see counter_based/exact.py
    cdef uint64_t[:, ::1] upto
    cdef uint32_t[::1] guide
    cdef exact_law c


cdef class Known:
    cdef list laws
    cdef exact_known c


cdef class Source:
    cdef readonly object hot, cold, members, order
    cdef readonly Exact exact
    cdef readonly int bits
    cdef source c


cdef class UniformSource(Source):
    pass


cdef class Sources:
    cdef readonly object hot, cold, bits, order, first, starts
    cdef dict attached
    cdef const exact_law **exact  # of each law, NULL if it has none yet; NULL: none has one
    cdef const uint32_t[::1] hots
    cdef const uint32_t[::1] colds
    cdef const uint8_t[::1] widths
    cdef const int32_t[::1] ids
    cdef const int64_t[::1] of_law
    cdef const int64_t[::1] begins
