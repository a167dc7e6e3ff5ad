# SPDX-License-Identifier: MIT
"""The Python interface of the C kernels in this folder, which draw rows of ids from integer tables.

The environment variable ``SAMPLERS_SIMD`` (scalar, avx2, avx512) selects a form of the kernels. All give the same ids.
"""

import os
import sys

import numpy as np

cimport cython
cimport numpy as cnp
from cpython.list cimport PyList_GET_ITEM, PyList_GET_SIZE
from cpython.long cimport PyLong_AsLongAndOverflow, PyLong_AsLongLongAndOverflow, PyLong_CheckExact
from cpython.pycapsule cimport PyCapsule_GetPointer, PyCapsule_IsValid
from cpython.ref cimport PyObject
from libc.stddef cimport ptrdiff_t
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcpy


cnp.import_array()

cdef extern from "exact.h":
    ctypedef struct halves:
        uint64_t low
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
    enum:
        EXACT_KNOWN
    size_t exact_blocks(size_t n) nogil
    void exact_build(exact_law *e, halves *upto, uint32_t *guide) nogil
    size_t exact_left(const exact_law *e, const int64_t *set, size_t count, int32_t *ids, uint64_t *weights) nogil
    int exact_large(const exact_law *e, size_t count) nogil
    void exact_count_entry(exact_known *known) nogil

cdef extern from "draw.h":
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
    ctypedef struct kernels:
        const char *name
    ctypedef enum isa:
        ISA_COUNT
    enum:
        DRAW_NONE_LEFT
    const kernels *kernels_of(isa i) nogil
    int kernels_force(const kernels **in_use, const char *name) nogil
    void note_heavy(source *s) nogil
    int64_t c_draw "draw"(const kernels *form, const source *s, const request *q, void *out, int wide) nogil

cdef extern from "short.h":
    int copy_within(
        const void *source, int wide, ptrdiff_t stride, size_t n, int64_t low, int64_t last, int64_t *to) nogil
    int places_rise(const int64_t *places, size_t n, int64_t last) nogil
    int64_t longest_set(const rules *r, size_t n) nogil
    int choose_sets(
        const void *numbers, int wide, ptrdiff_t stride, size_t n, const int64_t *starts, const int64_t *stops,
        size_t sets, int64_t *chosen_starts, int64_t *chosen_stops) nogil

cdef extern from "filter.h":
    void make_filter(
        const int64_t *ids, const int64_t *starts, const int64_t *stops, size_t n, uint32_t *words) nogil

cdef extern from "words.h":
    enum:
        WORDS_SLACK

cdef extern from "reserve.h":
    int reserve_rows(uint64_t *position, uint64_t n, uint64_t last, uint64_t *first) nogil
    int return_rows(uint64_t *position, uint64_t n, uint64_t first) nogil
    uint64_t load_position(const uint64_t *position) nogil
    void store_position(uint64_t *position, uint64_t value) nogil

cdef extern from "philox.h":
    void philox_block(uint64_t key, uint32_t *x) nogil

cdef extern from "build.h":
    int alias_mass(
        const uint32_t *hot, const uint32_t *cold, int bits, int slot_bits, size_t n, uint64_t *out) nogil
    size_t tables_in_range(
        const uint32_t *hot, const uint32_t *cold, size_t length, const uint8_t *bits, const int64_t *first,
        size_t n) nogil
    int alias_in_range(const uint32_t *hot, const uint32_t *cold, int bits, size_t n) nogil
    int classes_in_range(const uint64_t *classes, size_t n, uint64_t limit) nogil

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


cdef class Exact:
    """The weights of a law and their sums, for rows whose attempts are used up. The arrays are not copied.

    Parameters
    ----------
    weights : ndarray, uint64 (n,)
        At most 2**62; fewer than 2**31.
    ids : ndarray, int32 (n,), rising, or None
        The id of each weight; None: its index.
    """

    cdef readonly object weights, ids
    cdef public object known  # what is left of this law beside large sets: see counter_based/exact.py
    cdef uint64_t[:, ::1] upto
    cdef uint32_t[::1] guide
    cdef exact_law c

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

    cdef list laws
    cdef exact_known c

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

    cdef readonly object hot, cold, members, order
    cdef readonly Exact exact
    cdef readonly int bits
    cdef source c

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

    cdef readonly object hot, cold, bits, order, first, starts
    cdef dict attached
    cdef const exact_law **exact  # of each law, NULL if it has none yet; NULL: none has one
    cdef const uint32_t[::1] hots
    cdef const uint32_t[::1] colds
    cdef const uint8_t[::1] widths
    cdef const int32_t[::1] ids
    cdef const int64_t[::1] of_law
    cdef const int64_t[::1] begins

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


cdef uint64_t LAST = <uint64_t>1 << 63  # where every stream ends
cdef object empty = np.empty
cdef object ndarray = np.ndarray
cdef object int64 = np.dtype(np.int64)
cdef object modules = sys.modules
cdef object REDRAW = sys.intern("redraw")
cdef object RAISE = sys.intern("raise")
cdef uint64_t forks = 0  # the number of forks between the import of this module and this process

cdef enum:
    SHORT_IDS = 1 << 16
    SHORT_K = 64
    SHORT_EACH = 8  # ids a row in an array (rows, m)
    SHORT_SETS = 1 << 18  # ids of a CSR pair: to copy and to check them takes 100 us
    ALONE = 1 << 12  # a call for more ids than this lets other threads run, if it excludes ids


def _forked():
    global forks
    forks += 1


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


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


cdef size_t short_count(object value, long most):
    """The value if it is an int from 1 to ``most``, else 0. Comparing Python's integers takes 0.1 us."""
    cdef int too_large = 0
    cdef long count
    if type(value) is not int:
        return 0
    count = PyLong_AsLongAndOverflow(value, &too_large)
    return <size_t>count if not too_large and 0 < count <= most else 0


cdef bint look_at(object array, plain_integers *of):
    """Whether the kernels can read an ndarray: int64 or int32, aligned, in native byte order, C-contiguous or a column.

    The buffer protocol would take 0.1 us for each array, a sixth of the shortest calls.
    """
    if type(array) is not ndarray:
        return False
    cdef cnp.ndarray plain = <cnp.ndarray>array
    cdef ptrdiff_t size = cnp.PyArray_ITEMSIZE(plain)
    if not cnp.PyTypeNum_ISSIGNED(cnp.PyArray_TYPE(plain)) or size != 8 and size != 4:
        return False
    of.data, of.wide = cnp.PyArray_DATA(plain), size == 8
    of.ndim, of.shape = cnp.PyArray_NDIM(plain), cnp.PyArray_DIMS(plain)
    of.stride = size if cnp.PyArray_IS_C_CONTIGUOUS(plain) else cnp.PyArray_STRIDE(plain, 0) if of.ndim == 1 else 0
    return of.stride != 0 and cnp.PyArray_ISALIGNED(plain) and cnp.PyArray_ISNOTSWAPPED(plain)


cdef bint are_places(object starts, object stops, plain_integers *first, plain_integers *after):
    """Whether two arrays have the first and the last places of the same sets."""
    if not look_at(starts, first) or not look_at(stops, after) or first.ndim != 1 or after.ndim != 1:
        return False
    return first.wide and after.wide and first.stride == after.stride == 8 and first.shape[0] == after.shape[0]


cdef void free_copies(short_call *call):
    free(call.copy)
    free(call.row_ids)


cdef struct dl_tensor:
    # DLTensor of DLPack 1, https://dmlc.github.io/dlpack/latest/c_api.html
    char *data
    int device_type, device_id
    int ndim
    uint8_t kind, bits
    uint16_t lanes
    int64_t *shape
    int64_t *strides
    uint64_t offset  # in bytes


cdef struct dl_functions:
    # DLPackExchangeAPI: the version, four pointers that are not used here, and a function that describes a tensor.
    uint32_t major, minor
    void *unused[4]
    int (*describe)(void *tensor, dl_tensor *to) except -1


cdef enum:
    DL_CPU = 1
    DL_INT = 0


cdef object tensor_type = None  # those of torch, once somebody has imported it and passes a tensor
cdef object tensor_int64, tensor_int32, tensor_strided
cdef dl_functions *tensor_functions = NULL  # of torch; NULL: it has none, as torch 2.2


cdef bint is_tensor(object value):
    """Whether a value is a plain tensor."""
    global tensor_type, tensor_int64, tensor_int32, tensor_strided, tensor_functions
    if tensor_type is None:
        torch = modules.get("torch")
        if torch is None or not hasattr(torch, "strided"):  # not imported, or not to its end
            return False
        tensor_int64, tensor_int32, tensor_strided, kind = torch.int64, torch.int32, torch.strided, torch.Tensor
        functions = getattr(kind, "__dlpack_c_exchange_api__", None)
        if PyCapsule_IsValid(functions, "dlpack_exchange_api"):
            tensor_functions = <dl_functions *>PyCapsule_GetPointer(functions, "dlpack_exchange_api")
            if tensor_functions.major != 1:
                tensor_functions = NULL
        tensor_type = kind
    return type(value) is tensor_type


cdef object as_plain(object value):
    """An array, or the array of a plain tensor on the CPU; None for anything else."""
    if type(value) is ndarray:
        return value
    if not is_tensor(value):
        return None
    try:
        return value.numpy()
    except (TypeError, RuntimeError):
        return None


cdef object filled(short_call *call):
    """A new int64 array (n, k), as the memory that the call fills."""
    cdef cnp.npy_intp shape[2]
    shape[0], shape[1] = call.request.n, call.request.k
    array = cnp.PyArray_EMPTY(2, shape, cnp.NPY_INT64, 0)
    call.out, call.wide = cnp.PyArray_DATA(<cnp.ndarray>array), True
    return array


cdef bint can_fill(short_call *call, object out):
    """Whether ``out`` is a plain array or tensor (n, k) that can be written."""
    cdef plain_integers of
    if type(out) is not ndarray:
        return is_tensor(out) and can_fill_tensor(call, out)
    if not look_at(out, &of) or of.ndim != 2 or not cnp.PyArray_ISWRITEABLE(<cnp.ndarray>out):
        return False
    call.out, call.wide = of.data, of.wide
    return <size_t>of.shape[0] == call.request.n and <size_t>of.shape[1] == call.request.k


cdef bint can_fill_tensor(short_call *call, object out):
    # DLPack's function takes 0.05 us, attributes 0.5 us, and tensor.numpy() 0.8 us.
    return can_fill_described(call, out) if tensor_functions != NULL else can_fill_attributed(call, out)


cdef bint can_fill_described(short_call *call, object out):
    cdef dl_tensor of
    cdef int64_t n = call.request.n, k = call.request.k
    try:
        tensor_functions.describe(<void *>out, &of)
    except (RuntimeError, TypeError, ValueError, BufferError):  # it has no memory, or another layout
        return False
    if of.device_type != DL_CPU or of.kind != DL_INT or of.lanes != 1 or of.bits != 64 and of.bits != 32:
        return False
    if of.ndim != 2 or of.shape[0] != n or of.shape[1] != k or of.data == NULL:
        return False
    if of.strides != NULL and (k > 1 and of.strides[1] != 1 or n > 1 and of.strides[0] != k):
        return False
    call.out, call.wide = of.data + of.offset, of.bits == 64
    return True


cdef bint can_fill_attributed(short_call *call, object out):
    size, dtype = out.shape, out.dtype
    shape = <tuple>size  # torch.Size is a subclass of it
    if dtype is not tensor_int64 and dtype is not tensor_int32 or not out.is_cpu or out.layout is not tensor_strided:
        return False
    if len(shape) != 2 or not out.is_contiguous():
        return False
    if <size_t>shape[0] != call.request.n or <size_t>shape[1] != call.request.k:
        return False
    call.out, call.wide = <void *><size_t>out.data_ptr(), dtype is tensor_int64
    return call.out != NULL


cdef bint read_numbers(short_call *call, object row_ids):
    """Read the numbers of rows from a plain array or tensor; False if they must be read otherwise."""
    cdef plain_integers of
    numbers = as_plain(row_ids)
    if numbers is None or not look_at(numbers, &of) or of.ndim != 1 or not 0 < of.shape[0] <= SHORT_IDS:
        return False
    call.request.n = of.shape[0]
    call.row_ids = <uint64_t *>malloc(call.request.n * sizeof(uint64_t))
    if call.row_ids == NULL:
        return False
    # All int64 but the negative ones are numbers of rows.
    return copy_within(of.data, of.wide, of.stride, call.request.n, 0, LAST - 1, <int64_t *>call.row_ids)


cdef bint read_list(short_call *call, list numbers):
    """The same from a list, if each item is an int."""
    cdef Py_ssize_t i, n = PyList_GET_SIZE(numbers)
    cdef PyObject *item
    cdef int64_t number
    cdef int too_large = 0
    if not 0 < n <= SHORT_IDS:
        return False
    call.request.n = n
    call.row_ids = <uint64_t *>malloc(n * sizeof(uint64_t))
    if call.row_ids == NULL:
        return False
    for i in range(n):
        item = PyList_GET_ITEM(numbers, i)
        if not PyLong_CheckExact(<object>item):
            return False
        number = PyLong_AsLongLongAndOverflow(<object>item, &too_large)
        if number < 0 or too_large:
            return False
        call.row_ids[i] = number
    return True


cdef bint read_array(short_call *call, object array, size_t V):
    """Read excluded ids (n,), or (n, m) in which -1 stands for no id; False if the array must be read otherwise."""
    cdef plain_integers of
    cdef rules *r = &call.request.rules
    cdef size_t n = call.request.n
    if not look_at(array, &of) or of.ndim != 1 and of.ndim != 2 or <size_t>of.shape[0] != n:
        return False
    r.each = 1 if of.ndim == 1 else of.shape[1]
    # An array of about V columns may be a mask that was meant to be of booleans.
    if r.each == 0 or r.each > SHORT_EACH or of.ndim == 2 and r.each <= V + 1 and V <= r.each + 1:
        return False
    call.copy = <int64_t *>malloc(n * r.each * sizeof(int64_t))
    if call.copy == NULL or not copy_within(of.data, of.wide, of.stride, n * r.each, 1 - of.ndim, V - 1, call.copy):
        return False
    r.excluded = call.copy
    return True


cdef bint all_are_one(const int64_t *ids, size_t m) noexcept nogil:
    cdef size_t i
    for i in range(m):
        if ids[i] != 1:
            return False
    return True


cdef bint read_pair(short_call *call, object indptr, object ids, size_t V):
    """Read a CSR pair; False if it must be read in another way."""
    cdef plain_integers places
    cdef plain_integers members
    cdef rules *r = &call.request.rules
    cdef size_t n = call.request.n, m
    if not look_at(indptr, &places) or not look_at(ids, &members) or places.ndim != 1 or members.ndim != 1:
        return False
    m = members.shape[0]
    if <size_t>places.shape[0] != n + 1 or m > SHORT_SETS:
        return False
    call.copy = <int64_t *>malloc((n + 1 + m) * sizeof(int64_t))
    if call.copy == NULL or not copy_within(places.data, places.wide, places.stride, n + 1, 0, m, call.copy):
        return False
    if not places_rise(call.copy, n, m):
        return False
    if not copy_within(members.data, members.wide, members.stride, m, 0, V - 1, call.copy + n + 1):
        return False
    # Many ones, and nothing else, may be the values of a sparse matrix and not its indices.
    if m > SHORT_EACH and all_are_one(call.copy + n + 1, m):
        return False
    r.excluded, r.starts, r.stops = call.copy + n + 1, call.copy, call.copy + 1
    return True


cdef bint read_sets(short_call *call, object sets, size_t V):
    """Read `IdSets`, whose ids were checked and sorted before; False if they do not fit."""
    cdef rules *r = &call.request.rules
    cdef plain_integers ids
    cdef plain_integers starts
    cdef plain_integers stops
    if sets._n_ids != V:
        return False
    if not look_at(sets._ids, &ids) or not are_places(sets._starts, sets._stops, &starts, &stops):
        return False
    if not ids.wide or ids.stride != 8 or <size_t>starts.shape[0] != call.request.n:
        return False
    filter = sets._filter
    words, call.most = filter.words, filter.longest
    r.excluded, r.filter = <const int64_t *>ids.data, <const uint32_t *>cnp.PyArray_DATA(<cnp.ndarray?>words)
    r.starts, r.stops, r.rising = <const int64_t *>starts.data, <const int64_t *>stops.data, True
    return True


cdef object sets_type = None


def know_sets(kind):
    """Tell the short calls the class of prepared sets. This module lies below it, and cannot import it."""
    global sets_type
    sets_type = kind


cdef bint read_excluded(short_call *call, object exclude, size_t V):
    if type(exclude) is sets_type:
        return read_sets(call, exclude, V)
    if type(exclude) is tuple:
        if len(<tuple>exclude) != 2:
            return False
        indptr, ids = as_plain((<tuple>exclude)[0]), as_plain((<tuple>exclude)[1])
        return indptr is not None and ids is not None and read_pair(call, indptr, ids, V)
    array = as_plain(exclude)
    return array is not None and read_array(call, array, V)


cdef object array_of(const int64_t *memory, size_t n):
    """A new array (n,); n is 1 or more."""
    array = empty(n, int64)
    cdef int64_t[::1] view = array
    memcpy(&view[0], memory, n * sizeof(int64_t))
    return array


cdef object copy_of_excluded(const short_call *call, object exclude):
    """The excluded ids that a call has read, in a form that `IdSets` read."""
    cdef size_t n = call.request.n, each = call.request.rules.each
    if call.copy == NULL:
        return exclude
    if call.request.rules.starts == NULL:
        return array_of(call.copy, n * each).reshape(n, each)
    array = array_of(call.copy, n + 1 + call.copy[n])
    return array[:n + 1], array[n + 1:]


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
        cdef source c
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
                done = c_draw(form, &c, q, call.out, call.wide)
        else:
            done = c_draw(form, &c, q, call.out, call.wide)
        if done != <int64_t>q.n:
            numbers = None if q.row_ids == NULL else array_of(<int64_t *>call.row_ids, q.n)
            return out, c.key, epoch, q.first, numbers, copy_of_excluded(call, exclude)
        return out


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
    cdef source c = s.c
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
        done = c_draw(form, &c, &q, to, is_wide)
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
    cdef source c
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
            done = c_draw(form, &c, &q, to + i * q.k * size, is_wide)
            if done < 0:
                break
            i += done
            if done < <int64_t>q.n:
                break
    if done < 0:
        raise _failure(done, q.k)
    return i


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


def block(uint64_t key, counter):
    """The four 32-bit words of a Philox4x32-10 block, from a counter of four 32-bit words."""
    cdef uint32_t x[4]
    x[0], x[1], x[2], x[3] = counter
    philox_block(key, x)
    return x[0], x[1], x[2], x[3]


def masses(Source s, size_t n, int slot_bits):
    """Add up the units of each of n ids (or classes) in a finished table, uint64 (n,)."""
    cdef uint64_t[::1] out = np.empty(n, dtype=np.uint64)
    cdef int failed
    with nogil:
        failed = alias_mass(s.c.hot, s.c.cold, s.c.bits, slot_bits, n, &out[0])
    if failed:
        raise ValueError("the table gives mass to an id that does not exist")
    return out.base


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
