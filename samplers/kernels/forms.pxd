# SPDX-License-Identifier: MIT

from libc.stdint cimport int64_t

from samplers.kernels.short_calls cimport request
from samplers.kernels.sources cimport source

cdef int64_t draw_rows(const source *s, const request *q, void *out, bint wide) noexcept nogil
