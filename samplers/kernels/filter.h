/* SPDX-License-Identifier: MIT */
/* A filter of sets, which says of an id that it is not in a set, or that it may be: a blocked Bloom filter.
 *
 * A set of n ids has n words of 32 bits. An id belongs to one of them, and sets three of its bits. Of the ids that are not in a set,
 * about 0.4 % have all their bits set, whatever n is. So an id takes one load, and no branch depends on the size of a set.
 * (Putze, Sanders and Singler, "Cache-, hash- and space-efficient Bloom filters", 2009, https://doi.org/10.1145/1498698.1594230)
 */
#ifndef KERNELS_FILTER_H
#define KERNELS_FILTER_H

#include "target.h"

#define FILTER_LANES 16 /* ids in a vector */
/* Of the 32 bits of a hash, the highest ones give the word, and three times five bits below them give its bits. The lowest seven are not
 * used, because those of ids that are multiples of a power of two are zero. */
#define FILTER_FACTOR 0x9E3779B1u
#define FILTER_FIRST 7
#define FILTER_SECOND 12
#define FILTER_THIRD 17

static inline uint32_t filter_hash(uint32_t id) { return id * FILTER_FACTOR; }

/* The word of an id in the filter of a set of `count` ids. It is 0 for an empty set, which has no word. */
static inline size_t filter_place(uint32_t hash, size_t count) { return (size_t)((uint64_t)hash * count >> 32); }

static inline uint32_t filter_bits(uint32_t hash) {
  return (uint32_t)1 << (hash >> FILTER_FIRST & 31) | (uint32_t)1 << (hash >> FILTER_SECOND & 31) | (uint32_t)1 << (hash >> FILTER_THIRD & 31);
}

/* Whether a set may have an id; filter: that of the set, or any word if the set is empty. */
static inline int filter_may_hold(const uint32_t *filter, size_t count, uint32_t id) {
  const uint32_t hash = filter_hash(id), bits = filter_bits(hash);
  return (filter[filter_place(hash, count)] & bits) == bits;
}

/* Writes the filters of n sets that do not overlap: that of set i from words[starts[i]] on. All words are 0 before. There is a word for each
 * id, and one more, which is read for an empty set. */
static inline void make_filter(const int64_t *ids, const int64_t *starts, const int64_t *stops, size_t n, uint32_t *words) {
  for (size_t i = 0; i < n; i++) {
    const size_t count = (size_t)(stops[i] - starts[i]);
    for (int64_t at = starts[i]; at < stops[i]; at++) {
      const uint32_t hash = filter_hash((uint32_t)ids[at]);
      words[starts[i] + (int64_t)filter_place(hash, count)] |= filter_bits(hash);
    }
  }
}

/* The filters of rows, of which row i belongs to the set from starts[i] to stops[i]. */
typedef struct {
  const uint32_t *words;
  const int64_t *starts, *stops;
} filter_rows;

/* Replaces the hashes of the ids of n rows of k by the words to which they belong. */
static ALWAYS_INLINE void load_words_of(const filter_rows *f, size_t n, const size_t k, uint32_t *words) {
  for (size_t i = 0; i < n; i++, words += k) {
    const uint32_t *of = f->words + f->starts[i];
    const size_t count = (size_t)(f->stops[i] - f->starts[i]);
    for (size_t j = 0; j < k; j++) words[j] = of[filter_place(words[j], count)];
  }
}

static ALWAYS_INLINE void load_words(const filter_rows *f, size_t n, size_t k, uint32_t *words) {
  if (k == 5) load_words_of(f, n, 5, words);
  else load_words_of(f, n, k, words);
}

/* Writes which ids of n rows of k, at most 2**16 ids, may be in the sets of their rows, and returns the number of these. words and cells:
 * n * k + FILTER_LANES places of scratch. Vector forms may read up to FILTER_LANES ids past the last. */
static inline size_t suspects_scalar(const uint32_t *ids, size_t n, size_t k, const filter_rows *f, uint32_t *words, uint16_t *cells) {
  size_t found = 0;
  for (size_t i = 0; i < n * k; i++) words[i] = filter_hash(ids[i]);
  load_words(f, n, k, words);
  for (size_t i = 0; i < n * k; i++) {
    const uint32_t bits = filter_bits(filter_hash(ids[i]));
    cells[found] = (uint16_t)i;
    found += (words[i] & bits) == bits;
  }
  return found;
}

/* Whether an id is in a set, which is not large. */
static inline int holds_scalar(const int64_t *set, size_t count, uint32_t id) {
  int hit = 0;
  size_t j = 0;
  for (; j + 4 <= count; j += 4) hit |= (set[j] == id) | (set[j + 1] == id) | (set[j + 2] == id) | (set[j + 3] == id);
  for (; j < count; j++) hit |= set[j] == id;
  return hit;
}

#if KERNELS_X86

AVX2 static ALWAYS_INLINE __m256i filter_hash_x8(const uint32_t *ids) {
  return _mm256_mullo_epi32(_mm256_loadu_si256((const __m256i *)ids), _mm256_set1_epi32((int)FILTER_FACTOR));
}

AVX2 static ALWAYS_INLINE __m256i filter_bit_x8(__m256i hash) {
  return _mm256_sllv_epi32(_mm256_set1_epi32(1), _mm256_and_si256(hash, _mm256_set1_epi32(31)));
}

AVX2 static ALWAYS_INLINE unsigned suspects_x8(const uint32_t *ids, const uint32_t *words) {
  const __m256i hash = filter_hash_x8(ids);
  const __m256i a = filter_bit_x8(_mm256_srli_epi32(hash, FILTER_FIRST)), b = filter_bit_x8(_mm256_srli_epi32(hash, FILTER_SECOND));
  const __m256i bits = _mm256_or_si256(_mm256_or_si256(a, b), filter_bit_x8(_mm256_srli_epi32(hash, FILTER_THIRD)));
  const __m256i set = _mm256_and_si256(_mm256_loadu_si256((const __m256i *)words), bits);
  return (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpeq_epi32(set, bits)));
}

AVX2 static inline size_t suspects_avx2(const uint32_t *ids, size_t n, size_t k, const filter_rows *f, uint32_t *words, uint16_t *cells) {
  const size_t all = n * k;
  size_t found = 0;
  for (size_t i = 0; i < all; i += 8) _mm256_storeu_si256((__m256i *)(words + i), filter_hash_x8(ids + i));
  load_words(f, n, k, words);
  for (size_t i = 0; i < all; i += FILTER_LANES) {
    unsigned hit = suspects_x8(ids + i, words + i) | suspects_x8(ids + i + 8, words + i + 8) << 8;
    if (all - i < FILTER_LANES) hit &= (1u << (all - i)) - 1;
    for (; hit; hit &= hit - 1) cells[found++] = (uint16_t)(i + (size_t)lowest_bit(hit));
  }
  return found;
}

AVX2 static ALWAYS_INLINE __m256i same_four(const int64_t *set, __m256i id) {
  return _mm256_cmpeq_epi64(_mm256_loadu_si256((const __m256i *)set), id);
}

AVX2 static inline int holds_avx2(const int64_t *set, size_t count, uint32_t id) {
  if (count < 4) return holds_scalar(set, count, id);
  const __m256i x = _mm256_set1_epi64x(id);
  __m256i hit = same_four(set + count - 4, x); /* may overlap those before */
  for (size_t j = 0; j + 4 < count; j += 4) hit = _mm256_or_si256(hit, same_four(set + j, x));
  return !_mm256_testz_si256(hit, hit);
}

AVX512 static ALWAYS_INLINE __m512i filter_hash_x16(__mmask16 live, const uint32_t *ids) {
  return _mm512_mullo_epi32(_mm512_maskz_loadu_epi32(live, ids), _mm512_set1_epi32((int)FILTER_FACTOR));
}

/* A rotation takes its count modulo 32. */
AVX512 static ALWAYS_INLINE __m512i filter_bits_x16(__m512i hash) {
  const __m512i one = _mm512_set1_epi32(1);
  const __m512i a = _mm512_rolv_epi32(one, _mm512_srli_epi32(hash, FILTER_FIRST)), b = _mm512_rolv_epi32(one, _mm512_srli_epi32(hash, FILTER_SECOND));
  return _mm512_or_si512(_mm512_or_si512(a, b), _mm512_rolv_epi32(one, _mm512_srli_epi32(hash, FILTER_THIRD)));
}

AVX512 static inline size_t suspects_avx512(const uint32_t *ids, size_t n, size_t k, const filter_rows *f, uint32_t *words, uint16_t *cells) {
  const size_t all = n * k;
  __m512i cell = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  size_t found = 0;
  for (size_t i = 0; i < all; i += FILTER_LANES) _mm512_storeu_si512(words + i, filter_hash_x16(0xFFFF, ids + i));
  load_words(f, n, k, words);
  for (size_t i = 0; i < all; i += FILTER_LANES, cell = _mm512_add_epi32(cell, _mm512_set1_epi32(FILTER_LANES))) {
    const __mmask16 live = (__mmask16)(all - i < FILTER_LANES ? (1u << (all - i)) - 1 : 0xFFFF);
    const __m512i lacking = _mm512_andnot_si512(_mm512_loadu_si512(words + i), filter_bits_x16(filter_hash_x16(live, ids + i)));
    const __mmask16 hit = _mm512_mask_testn_epi32_mask(live, lacking, lacking);
    /* all lanes are stored: a store of a part takes a hundred cycles on Zen 4 */
    _mm256_storeu_si256((__m256i *)(cells + found), _mm512_cvtepi32_epi16(_mm512_maskz_compress_epi32(hit, cell)));
    found += (size_t)__builtin_popcount(hit);
  }
  return found;
}

#define HOLDS_TOGETHER 48

/* Up to HOLDS_TOGETHER ids take no branch, because nothing predicts the size of a set. */
AVX512 static inline int holds_avx512(const int64_t *set, size_t count, uint32_t id) {
  const __m512i x = _mm512_set1_epi64(id);
  __mmask8 hit = 0;
  for (; count > HOLDS_TOGETHER; count -= 8, set += 8) hit |= _mm512_cmpeq_epi64_mask(_mm512_loadu_si512(set), x);
  const uint64_t live = ((uint64_t)1 << count) - 1;
  UNROLL(6)
  for (int j = 0; j < HOLDS_TOGETHER; j += 8) {
    const __mmask8 of = (__mmask8)(live >> j);
    hit |= _mm512_mask_cmpeq_epi64_mask(of, _mm512_maskz_loadu_epi64(of, set + j), x);
  }
  return hit != 0;
}

#endif
#endif
