# SPDX-License-Identifier: MIT
"""The forms of the C kernels, one for each instruction set, and their smallest parts alone: a block, words, loads.

The environment variable ``SAMPLERS_SIMD`` (scalar, avx2, avx512) selects a form of the kernels. All give the same ids.
"""

import os

import numpy as np

from libc.stdint cimport int64_t, uint32_t, uint64_t

from samplers.kernels.short_calls cimport request
from samplers.kernels.sources cimport source


cdef extern from "draw.h":
    ctypedef struct kernels:
        const char *name
    ctypedef enum isa:
        ISA_COUNT
    const kernels *kernels_of(isa i) nogil
    int kernels_force(const kernels **in_use, const char *name) nogil
    int64_t c_draw "draw"(const kernels *form, const source *s, const request *q, void *out, int wide) nogil

cdef extern from "words.h":
    enum:
        WORDS_SLACK

cdef extern from "philox.h":
    void philox_block(uint64_t key, uint32_t *x) nogil

cdef extern from "probe.h":
    void generator_only(const kernels *form, uint64_t key, uint64_t *out, size_t n) nogil
    int gather_only(int way, const void *table, int wide, const uint32_t *index, uint64_t *out, size_t n) nogil
    enum:
        C_SLOT_BYTES "SLOT_BYTES"


cdef const kernels *form = NULL


def available():
    """The forms that this processor supports, slowest first: "scalar", "avx2", "avx512"."""
    return [kernels_of(<isa>i).name.decode() for i in range(ISA_COUNT) if kernels_of(<isa>i) != NULL]


def simd():
    """The form in use."""
    return form.name.decode()


def force(name):
    """Select a form by its name; None or "" selects the fastest.

    Raises
    ------
    ValueError
        If the name is unknown, or the processor does not support it; the message lists the supported forms.
    """
    if kernels_force(&form, (name or "").encode()) != 0:
        raise ValueError(f"SAMPLERS_SIMD={name!r}: this processor has {', '.join(available())}")


force(os.environ.get("SAMPLERS_SIMD"))


cdef int64_t draw_rows(const source *s, const request *q, void *out, bint wide) noexcept nogil:
    """`draw` of draw.h, in the form in use. All of the C kernels are compiled into this module, and only here."""
    return c_draw(form, s, q, out, wide)


def block(uint64_t key, counter):
    """The four 32-bit words of a Philox4x32-10 block, from a counter of four 32-bit words."""
    cdef uint32_t x[4]
    x[0], x[1], x[2], x[3] = counter
    philox_block(key, x)
    return x[0], x[1], x[2], x[3]


GENERATE_SLACK = WORDS_SLACK  # places past n that `generate` may write


def generate(uint64_t key, uint64_t[::1] out, size_t n):
    """Write n 64-bit numbers of Philox into ``out``, which has GENERATE_SLACK more places; n is a multiple of 64.

    It measures the limit in the benchmarks. Block b of row r, which has 32 blocks, is that of counter (r, 0, b, 0).
    """
    if n % 64 or <size_t>out.shape[0] < n + WORDS_SLACK:
        raise ValueError(f"n={n} must be a multiple of 64, and out hold {WORDS_SLACK} more, got {out.shape[0]}")
    with nogil:
        generator_only(form, key, &out[0], n)


SLOT_BYTES = C_SLOT_BYTES  # bytes that a draw loads from the table for an id
GATHER_WAYS = ("one by one", "prefetched", "AVX-512 gather")


def gather(int way, table, const uint32_t[::1] index, uint64_t[::1] out):
    """Perform independent loads, ``out[i] = table[index[i]]``; ``index`` has 64 more entries than ``out``.

    ``table`` is uint32 or uint64, and ``way`` an index of `GATHER_WAYS`. The result is False if this processor does not
    support it.
    """
    cdef const uint64_t[::1] wide
    cdef const uint32_t[::1] narrow
    cdef const void *slots
    cdef bint is_wide = table.dtype == np.uint64
    cdef int failed
    if is_wide:
        wide = table
        slots = &wide[0]
    else:
        narrow = table
        slots = &narrow[0]
    with nogil:
        failed = gather_only(way, slots, is_wide, &index[0], &out[0], out.shape[0])
    return failed == 0
