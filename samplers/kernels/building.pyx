# SPDX-License-Identifier: MIT
"""The Python interface of the C functions that build: alias tables, units, weights, and classes of equal weights."""

import os

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

cdef extern from "build.h":
    int alias_build(
        const uint64_t *units, size_t n, int bits, int slot_bits, uint32_t *hot, uint32_t *cold,
        uint32_t *order) nogil
    enum:
        MOST_LEVEL_BITS
    ctypedef struct share_classes:
        const uint64_t *masses
        const int64_t *sizes
        size_t n
        int joined
    ctypedef struct share_rest:
        size_t id
    ctypedef struct share_scratch:
        uint64_t *ids
        uint16_t *levels
        share_rest *rests
    int share_units(
        const share_classes *classes, int total_bits, uint64_t *units, const share_scratch *scratch, size_t *partial,
        uint64_t *extra) nogil

cdef extern from "roots.h":
    void c_quarter_roots "quarter_roots"(
        const uint64_t *counts, size_t n, int q, int shift, uint64_t *roots) nogil

cdef extern from "powers.h":
    ctypedef void (*powers_form)(
        const double *counts, size_t n, double extreme, double exponent, uint64_t *weights) noexcept nogil
    powers_form powers_form_of(const char *name) nogil

cdef extern from "group.h":
    ctypedef struct keyed_id:
        uint64_t key
    ctypedef struct grouping:
        int fine
    size_t buckets_of(int fine) nogil
    grouping group_start(const uint64_t *keys, size_t n, int left) nogil
    void group_count(const grouping *g, uint32_t *sizes, size_t *distinct, size_t *scratch) nogil
    size_t group_sort(
        const grouping *g, uint32_t *sizes, int32_t *order, keyed_id *scratch, int64_t *starts, uint64_t *keys) nogil
    int spread_classes(
        const uint64_t *values, const int64_t *first, const int64_t *sizes, size_t n, const int32_t *order,
        size_t n_order, uint64_t *out, size_t n_ids) nogil


#: The forms of `ratio_powers` that this processor has, the fastest last.
POWERS = [name for name in ("scalar", "avx2", "avx512") if powers_form_of(name.encode()) != NULL]
cdef object wanted = os.environ.get("SAMPLERS_SIMD")  # `rows` checks it
cdef powers_form best_powers = powers_form_of((wanted if wanted in POWERS else POWERS[-1]).encode())


def alias_table(const uint64_t[::1] units, int bits, int slot_bits):
    """``hot`` and ``cold`` of `sources.Source`, 2**bits slots, from units that sum to 2**(bits + slot_bits)."""
    halves = np.empty((2, 1 << bits), dtype=np.uint32)  # one allocation, of which more lies in large pages
    cdef uint32_t[::1] hot = halves[0]
    cdef uint32_t[::1] cold = halves[1]
    cdef uint32_t[::1] order = np.empty(1 << bits, dtype=np.uint32)
    cdef int failed
    with nogil:
        failed = alias_build(&units[0], units.shape[0], bits, slot_bits, &hot[0], &cold[0], &order[0])
    if failed:
        raise ValueError(f"the units of {units.shape[0]} ids must sum to 2**{bits + slot_bits}")
    return hot.base, cold.base


cdef class ShareScratch:
    """Memory in which units are shared among up to n classes. Pages that are not written take no memory."""

    cdef share_scratch c
    cdef object kept

    def __init__(self, size_t n):
        cdef uint64_t[::1] ids = np.empty(1 << MOST_LEVEL_BITS, np.uint64)
        cdef uint16_t[::1] levels = np.empty(n, np.uint16)
        cdef uint8_t[::1] rests = np.empty(n * sizeof(share_rest) + 16, np.uint8)
        self.kept = ids.base, levels.base, rests.base
        self.c.ids, self.c.levels = &ids[0], &levels[0]
        # An integer of 128 bits must be aligned to 16 bytes.
        self.c.rests = <share_rest *>((<size_t>&rests[0] + 15) & ~<size_t>15)


def shared_units(const uint64_t[::1] masses, const int64_t[::1] sizes, int total_bits, bint joined=False):
    """What `samplers.laws.quantise.quantise` returns, 100 times faster; None if a share is below one unit.

    Parameters
    ----------
    masses : ndarray, uint64 (D,)
        Of each id of a class, from 1 to 2**62.
    sizes : ndarray, int64 (D,), or None
        Ids of each class, 1 or more; below 2**31 together. None: these are the masses of ids, of which some may be 0,
        and the result is that of their classes (`samplers.laws.classes.classes_of_weights`).
    total_bits : int
        At most 63.
    joined : bool
        True: each class is one id of mass ``masses[d] * sizes[d]``.

    Returns
    -------
    (ndarray uint64 (D,), int, int), or None
        Units of every id of a class, and the class of which so many ids get one unit more.
    """
    cdef size_t n = masses.shape[0], partial = 0
    cdef uint64_t extra = 0
    cdef int failed
    cdef size_t n_sizes = n if sizes is None else sizes.shape[0]
    if n_sizes != n or n == 0 or not 0 <= total_bits <= 63:
        raise ValueError(f"{n} masses, {n_sizes} sizes and total_bits={total_bits} do not fit")
    cdef uint64_t[::1] units = np.empty(n, np.uint64)
    cdef ShareScratch scratch = ShareScratch(n)
    cdef share_classes classes = share_classes(&masses[0], NULL, n, joined)
    if sizes is not None:
        classes.sizes = &sizes[0]
    with nogil:
        failed = share_units(&classes, total_bits, &units[0], &scratch.c, &partial, &extra)
    return None if failed else (units.base, partial, extra)


def alias_tables(const uint64_t[::1] masses, const int64_t[::1] first):
    """Build the alias tables of many laws, with 32 bits per slot.

    Parameters
    ----------
    masses : ndarray, uint64 (ids of all laws,)
        Positive, at most 2**62.
    first : ndarray, int64 (n + 1,)
        Where the masses of each law begin.

    Returns
    -------
    (ndarray uint32, ndarray uint32, ndarray uint8 (n,), list of int)
        The hot and cold halves of the tables, their bits, and the laws whose tables are not built, because a share is
        below one unit.
    """
    cdef Py_ssize_t w, n = first.shape[0] - 1, longest = 1, size, slots = 0
    cdef int failed
    made = np.zeros(n, np.uint8)
    cdef uint8_t[::1] bits = made
    for w in range(n):
        size = first[w + 1] - first[w]
        longest = max(longest, size)
        while (<Py_ssize_t>1 << bits[w]) < size:
            bits[w] += 1
        slots += (<Py_ssize_t>1 << bits[w]) if size else 0
    cdef uint32_t[::1] hot = np.zeros(slots, np.uint32)
    cdef uint32_t[::1] cold = np.zeros(slots, np.uint32)
    cdef uint64_t[::1] units = np.empty(longest, np.uint64)
    cdef uint32_t[::1] order = np.empty(2 * longest, np.uint32)
    cdef ShareScratch scratch = ShareScratch(longest)
    cdef share_classes ids
    cdef size_t partial = 0
    cdef uint64_t extra = 0
    left = []
    slots = 0
    for w in range(n):
        size = first[w + 1] - first[w]
        if size == 0:
            continue
        ids = share_classes(&masses[first[w]], NULL, size, False)
        with nogil:
            failed = share_units(&ids, bits[w] + 32, &units[0], &scratch.c, &partial, &extra)
            if not failed:
                failed = alias_build(&units[0], size, bits[w], 32, &hot[slots], &cold[slots], &order[0])
        if failed:
            left.append(w)
        slots += <Py_ssize_t>1 << bits[w]
    return hot.base, cold.base, made, left


def quarter_roots(const uint64_t[::1] counts, int q, int shift):
    """The integers max(1, floor(count**(q/4) * 2**shift)), exact; 0 for a count of 0.

    Parameters
    ----------
    counts : ndarray, uint64 (n,)
        Any.
    q : int
        From 0 to 4.
    shift : int
        The largest that keeps the root of the largest count below 2**62.

    Returns
    -------
    ndarray, uint64 (n,)
        The roots.
    """
    cdef size_t n = counts.shape[0]
    cdef int largest = (248 - (int(np.max(counts)) ** q).bit_length()) // 4 if n and 0 <= q <= 4 else -64
    if shift > largest or shift < -63 or (q < 4 and shift < 0):
        raise ValueError(f"{n} counts, q={q} and shift={shift} do not fit")
    cdef uint64_t[::1] roots = np.empty(n, np.uint64)
    with nogil:
        c_quarter_roots(&counts[0], n, q, shift, &roots[0])
    return roots.base


def ratio_powers(const double[::1] counts, double extreme, double exponent, uint64_t[::1] weights, form=None):
    """Write floor(2**62 * (count / extreme)**exponent), limited to [1, 2**62]; 0 for a count of 0.

    Parameters
    ----------
    counts : ndarray, float64 (n,)
        Finite, not negative.
    extreme : float
        Positive; the count that has the weight 2**62.
    exponent : float
        From -2**64 to 2**64.
    weights : ndarray, uint64 (n,)
        Receives the weights, the same on every machine.
    form : str, optional
        One of `POWERS`. Default: that of the environment variable ``SAMPLERS_SIMD``, else the fastest.
    """
    cdef size_t n = counts.shape[0]
    if n == 0 or <size_t>weights.shape[0] != n:
        raise ValueError(f"weights must have an item for each of {n} counts, at least one, got {weights.shape[0]}")
    if not (0 < extreme < np.inf and abs(exponent) <= 2.0**64):
        raise ValueError(f"extreme must be positive and exponent from -2**64 to 2**64, got {extreme} and {exponent}")
    cdef powers_form powers = best_powers if form is None else powers_form_of(form.encode())
    if powers == NULL:
        raise ValueError(f"form must be one of {POWERS}, got {form!r}")
    with nogil:
        powers(&counts[0], n, extreme, exponent, &weights[0])


def sorted_runs(const uint64_t[::1] keys, int left):
    """A stable argsort of keys, the distinct keys, and where runs of equal keys start.

    Parameters
    ----------
    keys : ndarray, uint64 (n,)
        From 1 to 2**31 - 1 of them.
    left : int
        The bits by which keys are shifted left, which then drop out: 0, or 1 for the bits of non-negative float64.

    Returns
    -------
    (ndarray int32 (n,), ndarray int64 (D,), ndarray uint64 (D,))
        The places of the keys in rising order, the starts of runs among these, and the key of each run.
    """
    cdef size_t n = keys.shape[0], distinct = 0, largest = 0
    if not 0 < n < <size_t>1 << 31 or not 0 <= left <= 1:
        raise ValueError(f"{n} keys and left={left} do not fit")
    cdef grouping g = group_start(&keys[0], n, left)
    cdef uint32_t[::1] sizes = np.empty(buckets_of(g.fine), np.uint32)
    with nogil:
        group_count(&g, &sizes[0], &distinct, &largest)
    cdef int32_t[::1] order = np.empty(n, np.int32)
    cdef int64_t[::1] starts = np.empty(distinct, np.int64)
    cdef uint64_t[::1] found = np.empty(distinct, np.uint64)
    cdef uint64_t[::1] scratch = np.empty(2 * largest * (sizeof(keyed_id) // 8) + 1, np.uint64)
    with nogil:
        distinct = group_sort(&g, &sizes[0], &order[0], <keyed_id *>&scratch[0], &starts[0], &found[0])
    return order.base, starts.base[:distinct], found.base[:distinct]


def spread(
    const uint64_t[::1] values, const int64_t[::1] first, const int64_t[::1] sizes, const int32_t[::1] order,
    uint64_t[::1] out,
):
    """Write the value of each class d to ``out`` at its ids, ``order[first[d] : first[d] + sizes[d]]``.

    Raises
    ------
    ValueError
        If the classes do not fit into ``order``, or an id is outside ``out``.
    """
    cdef size_t n = values.shape[0]
    cdef int failed
    if <size_t>first.shape[0] != n or <size_t>sizes.shape[0] != n:
        raise ValueError(f"{n} values, {first.shape[0]} starts and {sizes.shape[0]} sizes do not fit")
    if n == 0:
        return
    with nogil:
        failed = spread_classes(
            &values[0], &first[0], &sizes[0], n, &order[0], order.shape[0], &out[0], out.shape[0])
    if failed:
        raise ValueError(f"the classes do not fit {order.shape[0]} ids in order, of {out.shape[0]} ids")
