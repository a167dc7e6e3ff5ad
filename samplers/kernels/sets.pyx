# SPDX-License-Identifier: MIT
"""Loops over sets of ids: their filter, the choice of some by their numbers, and whether cells hold ids of theirs."""

import numpy as np

cimport cython
cimport numpy as cnp
from libc.stddef cimport ptrdiff_t
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t

from samplers.kernels.short_calls cimport are_places, as_plain, look_at, plain_integers


cnp.import_array()

cdef extern from "filter.h":
    void make_filter(
        const int64_t *ids, const int64_t *starts, const int64_t *stops, size_t n, uint32_t *words) nogil

cdef extern from "short.h":
    int choose_sets(
        const void *numbers, int wide, ptrdiff_t stride, size_t n, const int64_t *starts, const int64_t *stops,
        size_t sets, int64_t *chosen_starts, int64_t *chosen_stops) nogil


def set_filter(const int64_t[::1] ids, const int64_t[::1] starts, const int64_t[::1] stops):
    """The filter of sets, as `make_filter` in filter.h writes it, uint32 (len(ids) + 1,).

    Set i is ``ids[starts[i]:stops[i]]``. No two sets may overlap.
    """
    made = np.zeros(ids.shape[0] + 1, np.uint32)
    cdef uint32_t[::1] words = made
    if ids.shape[0] and starts.shape[0]:
        with nogil:
            make_filter(&ids[0], &starts[0], &stops[0], starts.shape[0], &words[0])
    return made


def chosen_sets(numbers, starts, stops):
    """The entries of ``starts`` and ``stops``, int64 (sets,), at plain ``numbers``, int64 or int32 (n,).

    Returns
    -------
    (ndarray int64 (n,), ndarray int64 (n,)), or None
        None if ``numbers`` is no such array, if a number is out of range, or if n is 0.
    """
    cdef plain_integers chosen
    cdef plain_integers first
    cdef plain_integers after
    cdef cnp.npy_intp n
    plain = as_plain(numbers)
    if plain is None or not look_at(plain, &chosen) or chosen.ndim != 1 or chosen.shape[0] == 0:
        return None
    if not are_places(starts, stops, &first, &after):
        return None
    n = chosen.shape[0]
    of_starts, of_stops = cnp.PyArray_EMPTY(1, &n, cnp.NPY_INT64, 0), cnp.PyArray_EMPTY(1, &n, cnp.NPY_INT64, 0)
    if not choose_sets(
            chosen.data, chosen.wide, chosen.stride, n, <const int64_t *>first.data, <const int64_t *>after.data,
            first.shape[0], <int64_t *>cnp.PyArray_DATA(<cnp.ndarray>of_starts),
            <int64_t *>cnp.PyArray_DATA(<cnp.ndarray>of_stops)):
        return None
    return of_starts, of_stops


def held(const int64_t[::1] ids, const int64_t[::1] starts, const int64_t[::1] stops, const int64_t[::1] rows, cells):
    """Whether each cell holds an id of the set of its row: bool, shape of ``cells``.

    Row i of ``cells``, int64 or int32 (n, k), belongs to set r = ``rows[i]``: ``ids[starts[r]:stops[r]]``, rising.
    """
    cdef const int64_t[:, ::1] wide
    cdef const int32_t[:, ::1] narrow
    hit = np.empty((cells.shape[0], cells.shape[1]), dtype=np.bool_)
    cdef uint8_t[:, ::1] out = hit.view(np.uint8)
    if hit.size == 0 or ids.shape[0] == 0:
        hit[...] = False
    elif cells.dtype == np.int64:
        wide = cells
        with nogil:
            mark_held(&ids[0], starts, stops, rows, wide, out)
    else:
        narrow = cells
        with nogil:
            mark_held(&ids[0], starts, stops, rows, narrow, out)
    return hit


ctypedef fused cell_type:
    const int64_t
    const int32_t


@cython.wraparound(False)
cdef void mark_held(
    const int64_t *ids, const int64_t[::1] starts, const int64_t[::1] stops, const int64_t[::1] rows,
    cell_type[:, ::1] cells, uint8_t[:, ::1] out,
) noexcept nogil:
    cdef Py_ssize_t i, j
    cdef int64_t row, low, high, middle, end
    for i in range(cells.shape[0]):
        row = rows[i]
        end = stops[row]
        for j in range(cells.shape[1]):
            low = starts[row]
            high = end
            while low < high:
                middle = low + (high - low) // 2
                if ids[middle] < cells[i, j]:
                    low = middle + 1
                else:
                    high = middle
            out[i, j] = low < end and ids[low] == cells[i, j]
