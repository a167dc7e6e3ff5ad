# SPDX-License-Identifier: MIT
"""Draws rows of ids: the next rows of a stream and rows by their numbers in short calls, and all other rows.

The names of the other modules are here too: pickles and benchmarks of earlier versions look for them here.
"""

import os
import sys

import numpy as np

cimport numpy as cnp
from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t

from samplers.kernels.forms cimport draw_rows
from samplers.kernels.short_calls cimport (
    LAST, SHORT_IDS, SHORT_K, array_of, as_plain, can_fill, copy_of_excluded, filled, free_copies, read_excluded,
    read_list, read_numbers, request, rules, sets_type, short_call, short_count)
from samplers.kernels.sources cimport Known, Source, Sources
from samplers.kernels.sources cimport source as c_source

from samplers.kernels import forms, sets, short_calls, sources


cnp.import_array()

cdef extern from "draw.h":
    enum:
        DRAW_NONE_LEFT

cdef extern from "short.h":
    int64_t longest_set(const rules *r, size_t n) nogil

cdef extern from "reserve.h":
    int reserve_rows(uint64_t *position, uint64_t n, uint64_t last, uint64_t *first) nogil
    int return_rows(uint64_t *position, uint64_t n, uint64_t first) nogil
    uint64_t load_position(const uint64_t *position) nogil
    void store_position(uint64_t *position, uint64_t value) nogil


ELSEWHERE = {
    forms: ("GATHER_WAYS", "GENERATE_SLACK", "SLOT_BYTES", "available", "block", "force", "gather", "generate", "simd"),
    sets: ("chosen_sets", "held", "set_filter"),
    short_calls: ("know_sets",),
    sources: ("MOST_KNOWN", "Exact", "Known", "Source", "Sources", "UniformSource", "masses"),
}
for module, names in ELSEWHERE.items():
    for name in names:
        globals()[name] = getattr(module, name)


cdef object REDRAW = sys.intern("redraw")
cdef object RAISE = sys.intern("raise")
cdef uint64_t forks = 0  # the number of forks between the import of this module and this process

cdef enum:
    ALONE = 1 << 12  # a call for more ids than this lets other threads run, if it excludes ids


def _forked():
    global forks
    forks += 1


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


cdef class Stream:
    """The place in a stream: a source, a key, an epoch and the next row.

    Threads may share it. Rows are reserved with an atomic operation, so that no two calls get the same rows.

    Parameters
    ----------
    source : Source or None
        None for a sampler of many laws, for which `next_rows` and `named_rows` always return None.
    key : int
    distinct : bool
    ids : int
        The number of ids of positive weight, which is the largest k of distinct ids.
    epoch, position : int
    V : int
        Excluded ids lie in [0, V). Default: 0, and calls that exclude ids are not short.
    """

    cdef public Source source
    cdef public uint64_t key
    cdef public uint32_t epoch
    cdef readonly bint distinct
    cdef readonly size_t ids
    cdef readonly size_t V
    cdef uint64_t next_row
    cdef uint64_t settled_after  # the number of forks at the last `settle`; `next_rows` works in that process only

    def __init__(
        self, Source source, uint64_t key, bint distinct, size_t ids, uint32_t epoch=0, uint64_t position=0, size_t V=0
    ):
        self.source, self.key, self.distinct, self.ids, self.V = source, key, distinct, ids, V
        self.epoch, self.next_row = epoch, position
        self.settled_after = <uint64_t>-1

    def __reduce__(self):
        return Stream, (self.source, self.key, self.distinct, self.ids, self.epoch, self.position, self.V)

    def __deepcopy__(self, memo):
        """A copy of the place in the stream. The tables are read-only and are shared."""
        return Stream(self.source, self.key, self.distinct, self.ids, self.epoch, self.position, self.V)

    @property
    def position(self):
        """The next row that is not reserved."""
        return load_position(&self.next_row)

    @position.setter
    def position(self, uint64_t value):
        store_position(&self.next_row, value)

    def settle(self):
        """Allow `next_rows` in this process."""
        self.settled_after = forks

    def reserve(self, uint64_t rows):
        """Reserve rows, and return the first; None if the stream has fewer rows."""
        cdef uint64_t first
        return first if reserve_rows(&self.next_row, rows, LAST, &first) else None

    def give_back(self, uint64_t first, uint64_t rows):
        """Give back rows that were not drawn; False if a later call has reserved rows after them."""
        return return_rows(&self.next_row, rows, first) != 0

    def next_rows(self, rows, k, exclude, on_collision, on_exhausted, out):
        """Draw the next rows in a short call: at most 1,024 rows and 64 columns, and arguments of the usual types.

        A short call for five ids takes 0.6 us in this way, and 4 us or more with all checks in Python.

        Parameters
        ----------
        rows, k, exclude, on_collision, on_exhausted, out
            As of `samplers.Sampler.sample`, not checked. ``exclude`` and ``out`` may be plain arrays, int64 or int32
            and C-contiguous, or plain tensors on the CPU; ``exclude`` may be `IdSets` too.

        Returns
        -------
        ndarray or Tensor
            ``out``, or a new int64 array (rows, k).
        None
            If the call is not short, or has a wrong argument, or if a row may have too few ids left. Nothing is drawn.
        tuple
            If the attempts of a cell are used up, and the source has no `Exact` yet or a set is large. The rows stay
            reserved, for the caller to finish: the array to fill, the key, the epoch, the number of the first row,
            None, and a copy of what is excluded.
        """
        cdef short_call call
        call.request.n, call.request.k = short_count(rows, SHORT_IDS), short_count(k, SHORT_K)
        if not call.request.n or not call.request.k or self.settled_after != forks:
            return None
        call.request.row_ids = NULL
        call.most, call.copy, call.row_ids = LAST - 1, NULL, NULL
        try:
            return self.drawn(&call, self.key, self.epoch, exclude, on_collision, on_exhausted, out)
        finally:
            free_copies(&call)

    def named_rows(self, row_ids, k, epoch, exclude, on_collision, on_exhausted, out):
        """Draw rows by their numbers in a short call, as `next_rows` draws the next ones.

        Parameters
        ----------
        row_ids, k, epoch, exclude, on_collision, on_exhausted, out
            As of `samplers.PositionalSampler.sample_rows`, not checked. ``row_ids`` may be a plain array or tensor, or
            a list of int.

        Returns
        -------
        ndarray or Tensor, or None, or tuple
            As of `next_rows`; the tuple has a copy of the numbers in place of None, and 0 in place of the first row.
        """
        if epoch is None:
            return self.named(row_ids, k, self.key, self.epoch, exclude, on_collision, on_exhausted, out)
        if type(epoch) is not int or not 0 <= epoch <= <uint32_t>-1:
            return None
        return self.named(row_ids, k, self.key, epoch, exclude, on_collision, on_exhausted, out)

    def rows_at(self, const uint64_t[::1] place, row_ids, k, one_each, on_exhausted):
        """Draw rows of another place by their numbers in a short call, as `named_rows` does.

        Parameters
        ----------
        place : ndarray, uint64 (2,)
            The key and the epoch, which may lie in memory that processes share.
        row_ids, k, on_exhausted
            As of `named_rows`.
        one_each : ndarray or Tensor, (rows,), or None
            An id for each row, which it excludes.

        Returns
        -------
        ndarray, or None, or tuple
            As of `named_rows`.
        """
        if place.shape[0] != 2 or place[1] > <uint32_t>-1:
            return None
        exclude = None
        if one_each is not None:
            exclude = as_plain(one_each)
            if exclude is None or cnp.PyArray_NDIM(<cnp.ndarray>exclude) != 1:
                return None
        return self.named(row_ids, k, place[0], place[1], exclude, "redraw", on_exhausted, None)

    cdef object named(
        self, object row_ids, object k, uint64_t key, uint32_t epoch, object exclude, object on_collision,
        object on_exhausted, object out
    ):
        cdef short_call call
        call.request.k = short_count(k, SHORT_K)
        if not call.request.k:
            return None
        call.most, call.copy, call.row_ids = LAST - 1, NULL, NULL
        try:
            if not (read_list(&call, row_ids) if type(row_ids) is list else read_numbers(&call, row_ids)):
                return None
            call.request.row_ids = call.row_ids
            return self.drawn(&call, key, epoch, exclude, on_collision, on_exhausted, out)
        finally:
            free_copies(&call)

    cdef Known known_of(self, object exclude):
        """What earlier calls have noted of sets, as `known_of` in counter_based/exact.py."""
        if type(exclude) is not sets_type or self.source.exact is None:
            return None
        left = self.source.exact.known
        return left.known if left is not None and left.belongs_to(exclude._ids) else None

    cdef object drawn(
        self, short_call *call, uint64_t key, uint32_t epoch, object exclude, object on_collision, object on_exhausted,
        object out
    ):
        """The result of a short call whose rows are known."""
        cdef request *q = &call.request
        cdef Known known
        cdef c_source c
        cdef int64_t most
        cdef int64_t done
        if self.source is None or self.distinct and q.k > self.ids or q.n * q.k > SHORT_IDS:
            return None
        # The usual words are the same objects as here. So a call that finds nothing in the caches does not read them.
        q.rules.marks = False
        if on_collision is not REDRAW:
            if type(on_collision) is not str:
                return None
            q.rules.marks = on_collision == "mark"
            if not q.rules.marks and on_collision != "redraw":
                return None
        if on_exhausted is not RAISE:
            if type(on_exhausted) is not str or on_exhausted != "raise" and on_exhausted != "mark":
                return None
        q.rules.distinct, q.rules.excluded, q.rules.each, q.rules.rising = self.distinct, NULL, 0, False
        q.rules.starts, q.rules.stops, q.rules.known, q.rules.filter = NULL, NULL, NULL, NULL
        if exclude is not None:
            if not read_excluded(call, exclude, self.V):
                return None
            # If so many ids of positive weight were excluded, a row would still have enough.
            most = <int64_t>self.ids - (q.k if self.distinct else 1)
            if not q.rules.marks and call.most > most and longest_set(&q.rules, q.n) > most:
                return None
            known = self.known_of(exclude)
            q.rules.known = NULL if known is None else &known.c
        if out is None:
            out = filled(call)
        elif not can_fill(call, out):
            return None
        if q.row_ids == NULL:
            if not reserve_rows(&self.next_row, q.n, LAST, &q.first):
                return None
        else:
            q.first = 0
        c = self.source.c
        c.key, c.epoch = key, epoch
        if exclude is not None and q.n * q.k > ALONE:
            with nogil:
                done = draw_rows(&c, q, call.out, call.wide)
        else:
            done = draw_rows(&c, q, call.out, call.wide)
        if done != <int64_t>q.n:
            numbers = None if q.row_ids == NULL else array_of(<int64_t *>call.row_ids, q.n)
            return out, c.key, epoch, q.first, numbers, copy_of_excluded(call, exclude)
        return out


def _failure(int64_t code, size_t k):
    """The error of a negative result of the kernels."""
    if code == DRAW_NONE_LEFT:
        return ValueError(f"no id is left for a row of k={k} ids: excluded ids, or k, are not checked here")
    return MemoryError(f"no scratch memory for rows of k={k} ids")


def draw(
    Source s, uint64_t key, uint32_t epoch, uint64_t first, const uint64_t[::1] row_ids, out, bint distinct,
    const int64_t[::1] excluded, const int64_t[::1] starts, const int64_t[::1] stops, size_t each,
    Known known=None,
):
    """Fill ``out``, int64 or int32 (n, k), with rows first .. first + n - 1, or with the rows ``row_ids``.

    Returns
    -------
    int
        n, or the row that the caller must prepare: its attempts are used up, and the source has no `Exact` yet, or
        ``known`` does not have what is left beside its set. The rows before it are drawn.
    """
    cdef int64_t[:, ::1] wide
    cdef int32_t[:, ::1] narrow
    cdef c_source c = s.c
    cdef request q
    cdef int64_t done
    cdef void *to
    cdef bint is_wide = out.dtype == np.int64
    if is_wide:
        wide = out
        to = &wide[0, 0]
    else:
        narrow = out
        to = &narrow[0, 0]
    c.key, c.epoch = key, epoch
    q.first = first
    q.row_ids = NULL if row_ids is None else &row_ids[0]
    q.n, q.k = out.shape
    q.rules.distinct = distinct
    q.rules.excluded = NULL if excluded is None or excluded.shape[0] == 0 else &excluded[0]
    q.rules.starts = NULL if starts is None else &starts[0]
    q.rules.stops = NULL if stops is None else &stops[0]
    q.rules.each = each
    q.rules.known = NULL if known is None else &known.c
    q.rules.rising, q.rules.marks, q.rules.filter = starts is not None, False, NULL
    with nogil:
        done = draw_rows(&c, &q, to, is_wide)
    if done < 0:
        raise _failure(done, q.k)
    return done


def draw_each(
    Sources m, const int64_t[::1] which, uint64_t key, uint32_t epoch, uint64_t first, const uint64_t[::1] row_ids, out,
    bint distinct, const int64_t[::1] excluded, const int64_t[::1] starts, const int64_t[::1] stops, size_t each,
    Known known=None,
):
    """Like `draw`, but row i of ``out`` is drawn from law ``which[i]``, which must have enough ids."""
    cdef int64_t[:, ::1] wide
    cdef int32_t[:, ::1] narrow
    cdef c_source c
    cdef request q
    cdef size_t n = which.shape[0], i = 0, size
    cdef int64_t done = 0, w
    cdef char *to
    cdef bint is_wide = out.dtype == np.int64
    if is_wide:
        wide = out
        to, q.k, size = <char *>&wide[0, 0], wide.shape[1], sizeof(int64_t)
    else:
        narrow = out
        to, q.k, size = <char *>&narrow[0, 0], narrow.shape[1], sizeof(int32_t)
    for i in range(n):
        if not 0 <= which[i] < m.widths.shape[0] or m.of_law[which[i]] == m.of_law[which[i] + 1]:
            raise ValueError(f"law {which[i]} of row {i} is none of {len(m)}, or has no ids")
    c.key, c.epoch, c.classes, c.ids, c.refused, c.certain = key, epoch, NULL, 0, 0, 0
    q.rules.distinct, q.rules.each = distinct, each
    q.rules.rising, q.rules.marks, q.rules.filter = starts is not None, False, NULL
    q.rules.known = NULL if known is None else &known.c
    with nogil:
        i = 0
        while i < n:
            w = which[i]
            q.n = 1
            while i + q.n < n and which[i + q.n] == w:
                q.n += 1
            c.bits, c.order = m.widths[w], &m.ids[m.of_law[w]]
            c.hot, c.cold = &m.hots[m.begins[w]], &m.colds[m.begins[w]]
            c.exact = NULL if m.exact == NULL else m.exact[w]
            q.first = first + i
            q.row_ids = NULL if row_ids is None else &row_ids[i]
            q.rules.excluded = NULL
            if excluded is not None and excluded.shape[0] != 0:
                q.rules.excluded = &excluded[i * each]
            q.rules.starts = NULL if starts is None else &starts[i]
            q.rules.stops = NULL if stops is None else &stops[i]
            done = draw_rows(&c, &q, to + i * q.k * size, is_wide)
            if done < 0:
                break
            i += done
            if done < <int64_t>q.n:
                break
    if done < 0:
        raise _failure(done, q.k)
    return i
