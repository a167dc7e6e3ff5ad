# SPDX-License-Identifier: MIT
"""What ids are drawn from: a finished table or two integers, and the weights for rows whose attempts are used up."""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free


cdef extern from "exact.h":
    ctypedef struct halves:
        uint64_t low
    enum:
        EXACT_KNOWN
    size_t exact_blocks(size_t n) nogil
    void exact_build(exact_law *e, halves *upto, uint32_t *guide) nogil
    size_t exact_left(const exact_law *e, const int64_t *set, size_t count, int32_t *ids, uint64_t *weights) nogil
    int exact_large(const exact_law *e, size_t count) nogil
    void exact_count_entry(exact_known *known) nogil

cdef extern from "cell.h":
    void note_heavy(source *s) nogil

cdef extern from "build.h":
    int alias_mass(
        const uint32_t *hot, const uint32_t *cold, int bits, int slot_bits, size_t n, uint64_t *out) nogil
    size_t tables_in_range(
        const uint32_t *hot, const uint32_t *cold, size_t length, const uint8_t *bits, const int64_t *first,
        size_t n) nogil
    int alias_in_range(const uint32_t *hot, const uint32_t *cold, int bits, size_t n) nogil
    int classes_in_range(const uint64_t *classes, size_t n, uint64_t limit) nogil


cdef class Exact:
    """The weights of a law and their sums, for rows whose attempts are used up. The arrays are not copied.

    Parameters
    ----------
    weights : ndarray, uint64 (n,)
        At most 2**62; fewer than 2**31.
    ids : ndarray, int32 (n,), rising, or None
        The id of each weight; None: its index.
    """

    def __init__(self, const uint64_t[::1] weights, ids=None):
        cdef const int32_t[::1] ids_view
        cdef size_t n = weights.shape[0]
        if n == 0 or n >> 31:
            raise ValueError(f"weights: 1 to 2**31 - 1 of them, got {n}")
        if ids is not None:
            ids_view = ids
            if <size_t>ids_view.shape[0] != n:
                raise ValueError(f"ids must have an id for each of {n} weights, got {ids_view.shape[0]}")
            self.c.ids = &ids_view[0]
        self.weights, self.ids = weights.base, ids
        self.upto, self.guide = np.empty((exact_blocks(n) + 1, 2), np.uint64), np.empty(exact_blocks(n) + 1, np.uint32)
        self.c.n, self.c.weights = n, &weights[0]
        with nogil:
            exact_build(&self.c, <halves *>&self.upto[0, 0], &self.guide[0])

    def is_large(self, size_t count):
        """Whether the kernels ask for what is left beside a set of ``count`` ids, in place of leaving them out."""
        return exact_large(&self.c, count) != 0

    def without(self, const int64_t[::1] excluded):
        """What is left beside the ids of ``excluded``, int64 (m,), rising and without repeats; at least one is left."""
        cdef const int64_t *set = &excluded[0] if excluded.shape[0] else NULL
        cdef size_t count = excluded.shape[0], left
        cdef int32_t[::1] ids = np.empty(self.c.n, np.int32)
        cdef uint64_t[::1] weights = np.empty(self.c.n, np.uint64)
        with nogil:
            left = exact_left(&self.c, set, count, &ids[0], &weights[0])
        return Exact(weights.base[:left].copy(), ids.base[:left].copy())

    @property
    def nbytes(self):
        """Bytes of the sums, of the guide to them, and of the ids."""
        return self.upto.nbytes + self.guide.nbytes + (0 if self.ids is None else self.ids.nbytes)


MOST_KNOWN = EXACT_KNOWN  # sets for which a `Known` has room


cdef class Known:
    """What is left of laws beside large sets.

    It holds the laws but not the sets, which must be alive while it is used.
    """

    def __init__(self):
        self.laws = []

    def add(self, Exact of, const int64_t[::1] excluded, Exact left):
        """Note what is left beside a set, a view of the array that the draws get; False if there is no room."""
        cdef size_t n = self.c.n
        if n == EXACT_KNOWN:
            return False
        self.laws.append((of, left))
        self.c.entry[n].of, self.c.entry[n].left = &of.c, &left.c
        self.c.entry[n].set, self.c.entry[n].count = &excluded[0], excluded.shape[0]
        exact_count_entry(&self.c)
        return True


cdef class Source:
    """A finished table and, if it is over classes, the ids of the classes. The arrays are not copied.

    Parameters
    ----------
    hot : ndarray, uint32 (2**bits,)
        Of each slot of the table, the high 32 - bits bits of the threshold, and below them the alias.
    cold : ndarray, uint32 (2**bits,)
        The other bits of the thresholds, highest first.
    bits : int
        From 0 to 31.
    members : ndarray, uint64 (classes,), or None
        The first id of each class in the low 32 bits, its size in the high 32 bits.
    order : ndarray, int32, or None
        Ids in class order; without members, the id of each entry of the table.

    Raises
    ------
    ValueError
        If a draw would read past the end of an array, because the kernels check nothing. `masses` checks whether the
        table belongs to a law.
    """

    def __init__(self, const uint32_t[::1] hot, const uint32_t[::1] cold, int bits, members=None, order=None):
        cdef const uint64_t[::1] members_view
        cdef const int32_t[::1] order_view
        cdef uint64_t limit = <uint64_t>1 << 31
        cdef int fits
        if not 0 <= bits <= 31:
            raise ValueError(f"bits={bits} must lie between 0 and 31")
        if hot.shape[0] != <Py_ssize_t>1 << bits:
            raise ValueError(f"a table of 2**{bits} slots was announced, got {hot.shape[0]}")
        if cold.shape[0] != hot.shape[0]:
            raise ValueError(f"cold must have a place for each of {hot.shape[0]} slots, got {cold.shape[0]}")
        self.hot, self.cold, self.members, self.order, self.bits = hot.base, cold.base, members, order, bits
        self.c.bits = bits
        self.c.hot, self.c.cold = &hot[0], &cold[0]
        if order is not None:
            order_view = order
            if order_view.shape[0] == 0:
                raise ValueError("order is empty")
            limit = order_view.shape[0]
            self.c.order = &order_view[0]
        if members is not None:
            members_view = members
            if members_view.shape[0] == 0:
                raise ValueError("members is empty: a table needs a class at least")
            self.c.classes = &members_view[0]
            with nogil:
                fits = classes_in_range(&members_view[0], members_view.shape[0], limit)
            if not fits:
                raise ValueError(f"members: a class is empty, or ends past the {limit} places that there are")
            with nogil:
                fits = alias_in_range(self.c.hot, self.c.cold, bits, members_view.shape[0])
            if not fits:
                raise ValueError(f"the table gives mass to a class past the {members_view.shape[0]} of members")
        elif order is not None:
            with nogil:
                fits = alias_in_range(self.c.hot, self.c.cold, bits, limit)
            if not fits:
                raise ValueError(f"the table gives mass to an id past the {limit} of order")

    def attach(self, Exact exact):
        """Give it the weights of its law, for rows whose attempts are used up. The first ones stay: draws use them."""
        if self.exact is None:
            self.exact = exact
            self.c.exact = &exact.c
            if self.c.hot != NULL:
                note_heavy(&self.c)

    @property
    def nbytes(self):
        """Bytes of all arrays."""
        return sum(a.nbytes for a in (self.hot, self.cold, self.members, self.order) if a is not None)

    def __reduce__(self):
        return Source, (self.hot, self.cold, self.bits, self.members, self.order)


cdef class UniformSource(Source):
    """What a draw from a uniform law needs: two integers, and no table.

    Parameters
    ----------
    n_ids : int
        From 1 to ``2**31 - 1``.
    """

    def __init__(self, uint32_t n_ids):
        if not 0 < n_ids < <uint32_t>1 << 31:
            raise ValueError(f"n_ids: 1 to 2**31 - 1 ids, got {n_ids}")
        self.c.ids = n_ids
        self.c.refused = <uint32_t>((<uint64_t>1 << 32) % n_ids)

    @property
    def n_ids(self):
        """Ids of the law."""
        return self.c.ids

    def accepted(self, uint64_t[::1] out):
        """Write how many of the 2**32 words of an attempt give each id: uint64 (n_ids,)."""
        cdef uint64_t n = self.c.ids, i
        if <uint64_t>out.shape[0] != n:
            raise ValueError(f"out must have a place for each of {n} ids, got {out.shape[0]}")
        with nogil:
            # Words for which word * n, divided by 2**32, is i, with a rest that is not below `refused`.
            for i in range(n):
                out[i] = ((i + 1 << 32) + n - 1) // n - ((i << 32) + self.c.refused + n - 1) // n

    @property
    def nbytes(self):
        """Bytes of the integers."""
        return sizeof(self.c.ids) + sizeof(self.c.refused)

    def __reduce__(self):
        return UniformSource, (self.c.ids,)


cdef class Sources:
    """The concatenated alias tables of many laws. The arrays are not copied.

    Parameters
    ----------
    hot, cold : ndarray, uint32 (slots of all tables,)
        As of `Source`.
    bits : ndarray, uint8 (n,)
        Table w has 2**bits[w] slots, or none if its law has no ids.
    order : ndarray, int32 (ids of all laws,)
    first : ndarray, int64 (n + 1,)
        The ids of law w are order[first[w] : first[w + 1]].

    Raises
    ------
    ValueError
        If a draw would read past the end of an array.
    """

    def __init__(self, hot, cold, bits, order, first):
        cdef size_t slots
        self.hots, self.colds, self.widths, self.ids, self.of_law = hot, cold, bits, order, first
        n = len(bits)
        if len(first) != n + 1 or first[0] != 0 or first[n] != len(order) or (np.diff(first) < 0).any():
            raise ValueError(f"first must rise from 0 to {len(order)} in {n + 1} entries")
        if n and max(bits) > 31:
            raise ValueError(f"bits: a table has at most 2**31 slots, got 2**{max(bits)}")
        if len(cold) != len(hot):
            raise ValueError(f"cold must have a place for each of {len(hot)} slots, got {len(cold)}")
        has = np.diff(first) > 0
        starts = np.zeros(n + 1, np.int64)
        np.cumsum(np.where(has, np.int64(1) << bits.astype(np.int64), 0), out=starts[1:])
        self.begins = starts
        if has.any():
            with nogil:
                slots = tables_in_range(
                    &self.hots[0], &self.colds[0], self.hots.shape[0], &self.widths[0], &self.of_law[0],
                    self.widths.shape[0])
            if slots != <size_t>self.hots.shape[0]:
                raise ValueError(f"the tables of {n} laws do not fit into {len(hot)} slots, or name ids past theirs")
        self.hot, self.cold, self.bits, self.order, self.first, self.starts = hot, cold, bits, order, first, starts
        self.attached = {}

    def __dealloc__(self):
        free(self.exact)

    def exact_of(self, w):
        """The `Exact` of law w; None if it has none."""
        return self.attached.get(w)

    def attach(self, size_t w, Exact exact):
        """As `Source.attach`, for law w."""
        if self.exact == NULL:
            self.exact = <const exact_law **>calloc(len(self), sizeof(exact_law *))
            if self.exact == NULL:
                raise MemoryError(f"no memory for the laws of {len(self)} tables")
        if w not in self.attached:
            self.attached[w] = exact
            self.exact[w] = &exact.c

    @property
    def nbytes(self):
        """Bytes of all arrays."""
        return sum(a.nbytes for a in (self.hot, self.cold, self.bits, self.order, self.first, self.starts))

    def __len__(self):
        return self.widths.shape[0]

    def one(self, w):
        """The table of law w, as views of the arrays."""
        bits, start, low, high = int(self.bits[w]), self.starts[w], self.first[w], self.first[w + 1]
        slots = slice(start, start + (1 << bits))
        return Source(self.hot[slots], self.cold[slots], bits, None, self.order[low:high])

    def __reduce__(self):
        return Sources, (self.hot, self.cold, self.bits, self.order, self.first)


def masses(Source s, size_t n, int slot_bits):
    """Add up the units of each of n ids (or classes) in a finished table, uint64 (n,)."""
    cdef uint64_t[::1] out = np.empty(n, dtype=np.uint64)
    cdef int failed
    with nogil:
        failed = alias_mass(s.c.hot, s.c.cold, s.c.bits, slot_bits, n, &out[0])
    if failed:
        raise ValueError("the table gives mass to an id that does not exist")
    return out.base
