/* SPDX-License-Identifier: MIT */
/* Converts fetched slots and words to ids: the second half of a draw.
 *
 * If the bits of a cell are equal to those of the threshold, it gets the alias here, and a bit of `ties` marks it for resolve_ties.
 * `words`, `slots` and `ids` are read and written up to the next multiple of LANES cells.
 */
#ifndef KERNELS_RESOLVE_H
#define KERNELS_RESOLVE_H

#include "cell.h"
#include "fetch.h"

#define LANES 16
#define FETCH 128 /* class rows that are fetched at once: 1 KB, which stay in L1 */

/* ties: one uint16_t for sixteen cells. Each form returns whether any bit is set. */
typedef int (*resolve_form)(const uint32_t *slots, int bits, const uint32_t *words, uint32_t *ids, size_t n, uint16_t *ties);

static inline int resolve_scalar(const uint32_t *slots, int bits, const uint32_t *words, uint32_t *ids, size_t n, uint16_t *ties) {
  const int rest = 32 - bits;
  const uint64_t mask = (1ull << rest) - 1, aliases = (1ull << bits) - 1;
  unsigned any = 0;
  for (size_t i = 0; i < n; i += LANES) {
    size_t m = n - i < LANES ? n - i : LANES;
    unsigned tie = 0;
    for (size_t j = 0; j < m; j++) {
      uint64_t word = words[i + j], slot = word >> rest, left = word & mask, hot = slots[i + j];
      uint64_t high = hot >> bits, own = 0 - (uint64_t)(left < high);
      ids[i + j] = (uint32_t)((slot & own) | (hot & aliases & ~own));
      tie |= (unsigned)(left == high) << j;
    }
    ties[i / LANES] = (uint16_t)tie;
    any |= tie;
  }
  return any != 0;
}

/* Members of classes by multiply-shift. `doubtful` marks cells whose low half is below the size of the class. Only these may be refused
 * by the exact rule, which needs a division. */
static inline int member_scalar(const uint64_t *classes, const uint32_t *cls, const uint32_t *words, uint32_t *ids, size_t n, uint16_t *doubtful) {
  unsigned any = 0;
  for (size_t i = 0; i < n; i += LANES) {
    size_t m = n - i < LANES ? n - i : LANES;
    unsigned doubt = 0;
    for (size_t j = 0; j < m; j++) {
      uint64_t entry = classes[cls[i + j]], size = entry >> 32, product = words[i + j] * size;
      ids[i + j] = (uint32_t)entry + (uint32_t)(product >> 32);
      doubt |= (unsigned)((uint32_t)product < size) << j;
    }
    doubtful[i / LANES] = (uint16_t)doubt;
    any |= doubt;
  }
  return any != 0;
}

/* Which of n words, at most 64, are below `limit` in the bits of `mask`: a bit for each. Forms may read up to LANES words past the last. */
static inline uint64_t below_scalar(const uint32_t *words, size_t n, uint32_t mask, uint32_t limit) {
  uint64_t below = 0;
  for (size_t i = 0; i < n; i++) below |= (uint64_t)((words[i] & mask) < limit) << i;
  return below;
}

static inline void widen_scalar(const uint32_t *ids, int64_t *out, size_t n) {
  for (size_t i = 0; i < n; i++) out[i] = ids[i];
}

#if KERNELS_X86

AVX512 static ALWAYS_INLINE __mmask16 resolve_x16(__m512i words, __m512i hot, int bits, uint32_t *ids) {
  const __m128i shift = _mm_cvtsi32_si128(bits), rest = _mm_cvtsi32_si128(32 - bits);
  const __m512i mask = _mm512_set1_epi32((int)(0xFFFFFFFFu >> bits)), aliases = _mm512_set1_epi32((int)((1u << bits) - 1));
  __m512i threshold = _mm512_srl_epi32(hot, shift), alias = _mm512_and_si512(hot, aliases);
  __m512i left = _mm512_and_si512(words, mask);
  __mmask16 own = _mm512_cmplt_epu32_mask(left, threshold);
  _mm512_storeu_si512(ids, _mm512_mask_srl_epi32(alias, own, words, rest));
  return _mm512_cmpeq_epu32_mask(left, threshold);
}

AVX512 static inline int resolve_avx512(const uint32_t *slots, int bits, const uint32_t *words, uint32_t *ids, size_t n, uint16_t *ties) {
  unsigned any = 0;
  for (size_t i = 0; i < n; i += LANES) {
    unsigned tie = resolve_x16(_mm512_loadu_si512(words + i), _mm512_load_si512(slots + i), bits, ids + i);
    if (n - i < LANES) tie &= (1u << (n - i)) - 1;
    ties[i / LANES] = (uint16_t)tie;
    any |= tie;
  }
  return any != 0;
}

AVX512 static inline uint64_t below_avx512(const uint32_t *words, size_t n, uint32_t mask, uint32_t limit) {
  const __m512i masks = _mm512_set1_epi32((int)mask), limits = _mm512_set1_epi32((int)limit);
  uint64_t below = 0;
  for (size_t i = 0; i < n; i += LANES)
    below |= (uint64_t)_mm512_cmplt_epu32_mask(_mm512_and_si512(_mm512_loadu_si512(words + i), masks), limits) << i;
  return below & ~(uint64_t)0 >> (64 - n);
}

AVX512 static inline int member_avx512(const uint64_t *classes, const uint32_t *cls, const uint32_t *words, uint32_t *ids, size_t n, uint16_t *doubtful) {
  const __m512i even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  const __m512i odd = _mm512_add_epi32(even, _mm512_set1_epi32(1));
  _Alignas(64) uint64_t rows[FETCH];
  unsigned any = 0, doubt = 0;
  for (size_t i = 0; i < n; i += FETCH) {
    size_t m = n - i < FETCH ? (n - i + LANES - 1) / LANES * LANES : FETCH;
    fetch_classes(classes, cls + i, rows, m);
    for (size_t j = 0; j < m; j += LANES) {
      __m512i low = _mm512_load_si512(rows + j), high = _mm512_load_si512(rows + j + 8), w = _mm512_loadu_si512(words + i + j);
      __m512i first = _mm512_permutex2var_epi32(low, even, high), size = _mm512_permutex2var_epi32(low, odd, high);
      __m512i p = _mm512_mul_epu32(w, size), q = _mm512_mul_epu32(_mm512_srli_epi64(w, 32), _mm512_srli_epi64(size, 32));
      __m512i member = _mm512_mask_mov_epi32(_mm512_srli_epi64(p, 32), 0xAAAA, q);
      __m512i fraction = _mm512_mask_shuffle_epi32(p, 0xAAAA, q, (_MM_PERM_ENUM)0xA0);
      _mm512_storeu_si512(ids + i + j, _mm512_add_epi32(first, member));
      doubt = _mm512_cmplt_epu32_mask(fraction, size);
      doubtful[(i + j) / LANES] = (uint16_t)doubt;
      any |= doubt;
    }
  }
  if (n % LANES) doubtful[n / LANES] &= (uint16_t)((1u << n % LANES) - 1);
  return any != 0;
}

AVX512 static inline void widen_avx512(const uint32_t *ids, int64_t *out, size_t n) {
  size_t i = 0;
  for (; i + 8 <= n; i += 8) _mm512_storeu_si512(out + i, _mm512_cvtepu32_epi64(_mm256_loadu_si256((const __m256i *)(ids + i))));
  for (; i < n; i++) out[i] = ids[i];
}

/* Low and high halves of eight rows of classes, in order. */
AVX2 static ALWAYS_INLINE void halves_x8(const uint64_t *rows, __m256i *low, __m256i *high) {
  __m256 a = _mm256_load_ps((const float *)rows), b = _mm256_load_ps((const float *)(rows + 4));
  *low = _mm256_permute4x64_epi64(_mm256_castps_si256(_mm256_shuffle_ps(a, b, 0x88)), 0xD8);
  *high = _mm256_permute4x64_epi64(_mm256_castps_si256(_mm256_shuffle_ps(a, b, 0xDD)), 0xD8);
}

AVX2 static ALWAYS_INLINE unsigned resolve_x8(const uint32_t *slots, const uint32_t *words, int bits, uint32_t *ids) {
  const __m128i shift = _mm_cvtsi32_si128(bits), rest = _mm_cvtsi32_si128(32 - bits);
  const __m256i mask = _mm256_set1_epi32((int)(0xFFFFFFFFu >> bits)), aliases = _mm256_set1_epi32((int)((1u << bits) - 1));
  __m256i w = _mm256_loadu_si256((const __m256i *)words), hot = _mm256_load_si256((const __m256i *)slots);
  __m256i threshold = _mm256_srl_epi32(hot, shift), alias = _mm256_and_si256(hot, aliases);
  __m256i left = _mm256_and_si256(w, mask);
  __m256i other = _mm256_cmpeq_epi32(_mm256_max_epu32(left, threshold), left); /* not left < threshold, unsigned */
  _mm256_storeu_si256((__m256i *)ids, _mm256_blendv_epi8(_mm256_srl_epi32(w, rest), alias, other));
  return (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpeq_epi32(left, threshold)));
}

AVX2 static inline int resolve_avx2(const uint32_t *slots, int bits, const uint32_t *words, uint32_t *ids, size_t n, uint16_t *ties) {
  unsigned any = 0;
  for (size_t i = 0; i < n; i += LANES) {
    unsigned tie = resolve_x8(slots + i, words + i, bits, ids + i) | resolve_x8(slots + i + 8, words + i + 8, bits, ids + i + 8) << 8;
    if (n - i < LANES) tie &= (1u << (n - i)) - 1;
    ties[i / LANES] = (uint16_t)tie;
    any |= tie;
  }
  return any != 0;
}

AVX2 static inline uint64_t below_avx2(const uint32_t *words, size_t n, uint32_t mask, uint32_t limit) {
  const __m256i masks = _mm256_set1_epi32((int)mask), limits = _mm256_set1_epi32((int)limit);
  uint64_t below = 0;
  for (size_t i = 0; i < n; i += 8) {
    const __m256i w = _mm256_and_si256(_mm256_loadu_si256((const __m256i *)(words + i)), masks);
    const __m256i other = _mm256_cmpeq_epi32(_mm256_max_epu32(w, limits), w); /* not w < limit, unsigned */
    below |= (uint64_t)(~(unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(other)) & 0xFF) << i;
  }
  return below & ~(uint64_t)0 >> (64 - n);
}

AVX2 static ALWAYS_INLINE unsigned member_x8(const uint64_t *rows, const uint32_t *words, uint32_t *ids) {
  __m256i first, size, w = _mm256_loadu_si256((const __m256i *)words);
  halves_x8(rows, &first, &size);
  __m256i p = _mm256_mul_epu32(w, size), q = _mm256_mul_epu32(_mm256_srli_epi64(w, 32), _mm256_srli_epi64(size, 32));
  __m256i member = _mm256_blend_epi32(_mm256_srli_epi64(p, 32), q, 0xAA);
  __m256i fraction = _mm256_blend_epi32(p, _mm256_slli_epi64(q, 32), 0xAA);
  _mm256_storeu_si256((__m256i *)ids, _mm256_add_epi32(first, member));
  /* fraction < size unsigned: not (max(fraction, size) == fraction) */
  __m256i sure = _mm256_cmpeq_epi32(_mm256_max_epu32(fraction, size), fraction);
  return ~(unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(sure)) & 0xFF;
}

AVX2 static inline int member_avx2(const uint64_t *classes, const uint32_t *cls, const uint32_t *words, uint32_t *ids, size_t n, uint16_t *doubtful) {
  _Alignas(64) uint64_t rows[FETCH];
  unsigned any = 0, doubt = 0;
  for (size_t i = 0; i < n; i += FETCH) {
    size_t m = n - i < FETCH ? (n - i + LANES - 1) / LANES * LANES : FETCH;
    fetch_classes(classes, cls + i, rows, m);
    for (size_t j = 0; j < m; j += LANES) {
      doubt = member_x8(rows + j, words + i + j, ids + i + j) | member_x8(rows + j + 8, words + i + j + 8, ids + i + j + 8) << 8;
      doubtful[(i + j) / LANES] = (uint16_t)doubt;
      any |= doubt;
    }
  }
  if (n % LANES) doubtful[n / LANES] &= (uint16_t)((1u << n % LANES) - 1);
  return any != 0;
}

AVX2 static inline void widen_avx2(const uint32_t *ids, int64_t *out, size_t n) {
  size_t i = 0;
  for (; i + 4 <= n; i += 4) _mm256_storeu_si256((__m256i *)(out + i), _mm256_cvtepu32_epi64(_mm_loadu_si128((const __m128i *)(ids + i))));
  for (; i < n; i++) out[i] = ids[i];
}

#endif
#endif
