# SPDX-License-Identifier: MIT

cimport numpy as cnp
from cpython.long cimport PyLong_AsLongAndOverflow
from libc.stddef cimport ptrdiff_t
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdlib cimport free

from samplers.kernels.sources cimport exact_known

cdef extern from "draw.h":
    ctypedef struct rules:
        int distinct
        const int64_t *excluded
        const int64_t *starts
        const int64_t *stops
        size_t each
        const exact_known *known
        int rising
        const uint32_t *filter
        int marks
    ctypedef struct request:
        uint64_t first
        const uint64_t *row_ids
        size_t n
        size_t k
        rules rules

cdef enum:
    SHORT_IDS = 1 << 16
    SHORT_K = 64
    SHORT_EACH = 8  # ids a row in an array (rows, m)
    SHORT_SETS = 1 << 18  # ids of a CSR pair: to copy and to check them takes 100 us

cdef uint64_t LAST
cdef object sets_type

cdef struct short_call:
    # What a short call has checked, and the copies that it frees at its end. The caller holds the arrays until then.
    request request
    void *out
    int wide
    int64_t most  # ids that a row excludes at the most, or a larger number
    int64_t *copy  # of excluded ids: first the places where the sets of a CSR pair begin, then the ids
    uint64_t *row_ids


cdef struct plain_integers:
    # The memory of an array.
    void *data
    int wide  # int64, else int32
    ptrdiff_t stride  # bytes from one item to the next
    int ndim
    const cnp.npy_intp *shape

cdef bint look_at(object array, plain_integers *of)
cdef bint are_places(object starts, object stops, plain_integers *first, plain_integers *after)
cdef object as_plain(object value)
cdef object filled(short_call *call)
cdef bint can_fill(short_call *call, object out)
cdef bint read_numbers(short_call *call, object row_ids)
cdef bint read_list(short_call *call, list numbers)
cdef bint read_excluded(short_call *call, object exclude, size_t V)
cdef object array_of(const int64_t *memory, size_t n)
cdef object copy_of_excluded(const short_call *call, object exclude)


cdef inline size_t short_count(object value, long most):
    """The value if it is an int from 1 to ``most``, else 0. Comparing Python's integers takes 0.1 us."""
    cdef int too_large = 0
    cdef long count
    if type(value) is not int:
        return 0
    count = PyLong_AsLongAndOverflow(value, &too_large)
    return <size_t>count if not too_large and 0 < count <= most else 0


cdef inline void free_copies(short_call *call):
    free(call.copy)
    free(call.row_ids)
