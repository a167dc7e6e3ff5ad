// SPDX-License-Identifier: MIT
// The instructions RSQRTSS (one float) and RSQRTPS (four), which approximate 1 / sqrt(x) from a table in the processor.
#include <stddef.h>
#if defined(__SSE__)
#include <xmmintrin.h>

void one(const float *x, float *y, size_t n) {
    for (size_t i = 0; i < n; i++) _mm_store_ss(y + i, _mm_rsqrt_ss(_mm_load_ss(x + i)));
}

void four(const float *x, float *y, size_t n) {  // n is a multiple of 4
    for (size_t i = 0; i < n; i += 4) _mm_storeu_ps(y + i, _mm_rsqrt_ps(_mm_loadu_ps(x + i)));
}
#endif
