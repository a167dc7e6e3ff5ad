/* SPDX-License-Identifier: MIT */
/* Measures the limit of a machine: the generator alone, and independent loads alone. A draw needs both.
 *
 * It measures a draw without waste: a word an id, and no words that are generated and not used.
 */
#ifndef KERNELS_PROBE_H
#define KERNELS_PROBE_H

#include "dispatch.h"

/* What a draw loads from the table for an id. */
#define SLOT_BYTES sizeof(*((const fetch_job *)0)->hot)

/* Stores 2 n words of Philox. out has WORDS_SLACK / 2 more places. */
static inline void generator_only(const kernels *form, uint64_t key, uint64_t *out, size_t n) {
  lane_plan plan = {.lanes = 0};
  fetch_job none = {NULL, NULL, NULL, 0, 0, 0};
  word_grid g = {key, 0, NULL, n / 64, 128, 0, 0}; /* rows of 32 blocks */
  fence_plan(&plan);
  form->words(&g, (uint32_t *)(void *)out, &none, &plan);
  unfence(&plan, sizeof plan);
}

/* Loads of slots of 4 or 8 bytes, each stored in 8 bytes, as an id is. With prefetching, index has 64 more entries. */
#define GATHERS(NAME, SLOT)                                                                                               \
  static inline void NAME##_plain(const SLOT *table, const uint32_t *index, uint64_t *out, size_t n) {                    \
    for (size_t i = 0; i < n; i++) out[i] = table[index[i]];                                                              \
  }                                                                                                                       \
  static inline void NAME##_prefetch(const SLOT *table, const uint32_t *index, uint64_t *out, size_t n) {                 \
    for (size_t i = 0; i < n; i++) {                                                                                      \
      PREFETCH(table + index[i + 64]);                                                                                    \
      out[i] = table[index[i]];                                                                                           \
    }                                                                                                                     \
  }
GATHERS(gather4, uint32_t)
GATHERS(gather8, uint64_t)

#if KERNELS_X86
AVX512 static inline void gather4_avx512(const uint32_t *table, const uint32_t *index, uint64_t *out, size_t n) {
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    __m256i slots = _mm256_i32gather_epi32((const int *)table, _mm256_loadu_si256((const __m256i *)(index + i)), 4);
    _mm512_storeu_si512(out + i, _mm512_cvtepu32_epi64(slots));
  }
  gather4_plain(table, index + i, out + i, n - i);
}

AVX512 static inline void gather8_avx512(const uint64_t *table, const uint32_t *index, uint64_t *out, size_t n) {
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    __m512i at = _mm512_cvtepu32_epi64(_mm256_loadu_si256((const __m256i *)(index + i)));
    _mm512_storeu_si512(out + i, _mm512_i64gather_epi64(at, table, 8));
  }
  gather8_plain(table, index + i, out + i, n - i);
}
#endif

/* Loads in one of three ways; the caller tries all of them. Returns -1 if the processor does not have it. */
static inline int gather_only(int way, const void *table, int wide, const uint32_t *index, uint64_t *out, size_t n) {
  if (way == 0) wide ? gather8_plain(table, index, out, n) : gather4_plain(table, index, out, n);
  else if (way == 1) wide ? gather8_prefetch(table, index, out, n) : gather4_prefetch(table, index, out, n);
#if KERNELS_X86
  else if (way == 2 && isa_supported(ISA_AVX512)) wide ? gather8_avx512(table, index, out, n) : gather4_avx512(table, index, out, n);
#endif
  else return -1;
  return 0;
}

#endif
