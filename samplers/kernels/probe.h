/* SPDX-License-Identifier: MIT */
/* Measures the limit of a machine: the generator alone, and independent loads alone. A draw needs both. */
#ifndef KERNELS_PROBE_H
#define KERNELS_PROBE_H

#include "dispatch.h"

/* Stores Philox output, 64 bits per id. out has WORDS_SLACK / 2 more places. */
static inline void generator_only(const kernels *form, uint64_t key, uint64_t *out, size_t n) {
  lane_plan plan = {.lanes = 0};
  fetch_job none = {NULL, NULL, NULL, 0, 0, 0};
  word_grid g = {key, 0, NULL, n / 64, 128, 0, 0}; /* rows of 32 blocks */
  fence_plan(&plan);
  form->words(&g, (uint32_t *)(void *)out, &none, &plan);
  unfence(&plan, sizeof plan);
}

static inline void gather_scalar(const uint64_t *table, const uint32_t *index, uint64_t *out, size_t n) {
  for (size_t i = 0; i < n; i++) out[i] = table[index[i]];
}

/* Loads with prefetching; index has 64 more entries. */
static inline void gather_prefetch(const uint64_t *table, const uint32_t *index, uint64_t *out, size_t n) {
  for (size_t i = 0; i < n; i++) {
    PREFETCH(table + index[i + 64]);
    out[i] = table[index[i]];
  }
}

#if KERNELS_X86
AVX512 static inline void gather_avx512(const uint64_t *table, const uint32_t *index, uint64_t *out, size_t n) {
  for (size_t i = 0; i + 8 <= n; i += 8) {
    __m512i at = _mm512_cvtepu32_epi64(_mm256_loadu_si256((const __m256i *)(index + i)));
    _mm512_storeu_si512(out + i, _mm512_i64gather_epi64(at, table, 8));
  }
}
#endif

/* Loads in one of three ways; the caller tries all of them. Returns -1 if the processor does not have it. */
static inline int gather_only(int way, const uint64_t *table, const uint32_t *index, uint64_t *out, size_t n) {
  if (way == 0) gather_scalar(table, index, out, n);
  else if (way == 1) gather_prefetch(table, index, out, n);
#if KERNELS_X86
  else if (way == 2 && isa_supported(ISA_AVX512)) gather_avx512(table, index, out, n);
#endif
  else return -1;
  return 0;
}

#endif
