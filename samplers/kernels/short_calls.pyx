# SPDX-License-Identifier: MIT
"""The arguments of a short call: arrays, tensors and sets as the kernels read them. What is not plain is refused."""

import sys

import numpy as np

cimport numpy as cnp
from cpython.list cimport PyList_GET_ITEM, PyList_GET_SIZE
from cpython.long cimport PyLong_AsLongLongAndOverflow, PyLong_CheckExact
from cpython.pycapsule cimport PyCapsule_GetPointer, PyCapsule_IsValid
from cpython.ref cimport PyObject
from libc.stddef cimport ptrdiff_t
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport malloc
from libc.string cimport memcpy


cnp.import_array()

cdef extern from "short.h":
    int copy_within(
        const void *source, int wide, ptrdiff_t stride, size_t n, int64_t low, int64_t last, int64_t *to) nogil
    int places_rise(const int64_t *places, size_t n, int64_t last) nogil


cdef uint64_t LAST = <uint64_t>1 << 63  # where every stream ends
cdef object empty = np.empty
cdef object ndarray = np.ndarray
cdef object int64 = np.dtype(np.int64)
cdef object modules = sys.modules


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
