/* SPDX-License-Identifier: MIT */
/* Finds the columns of short rows that repeat the id of an earlier column.
 *
 * The vector form compares every pair in the low 16 bits of the ids, because a vector has twice as many of them. That is exact if all ids of
 * the tile are below 2**16 - 1. If not, the columns that it finds are compared again.
 */
#ifndef KERNELS_REPEATS_H
#define KERNELS_REPEATS_H

#include "target.h"

#define PAIRWISE 64      /* up to this many columns, a scan compares every pair; with more, every row is drawn again */
#define NARROW_LANES 16  /* ids of 16 bits in a vector */
#define REPEAT_CELLS 1024 /* cells of a scan at the most */

/* What scans of ids for repeats write, and their scratch. */
typedef struct {
  APART(before_of)
  _Alignas(64) uint64_t of[REPEAT_CELLS + 1]; /* of each row that is found, a bit for each column; a scan writes one place past its results */
  APART(before_low)
  _Alignas(64) uint16_t low[NARROW_LANES + REPEAT_CELLS + PAIRWISE]; /* of the ids the low bits, from NARROW_LANES on */
  APART(before_end)
} repeat_scratch;

static inline void fence_repeats(const repeat_scratch *s) {
  fence(s, s->of);
  fence(END_OF(s->of), s->low);
  fence(END_OF(s->low), s + 1);
}

/* Of the columns of `doubtful`, those that have the id of an earlier column. */
static ALWAYS_INLINE uint64_t repeats_among(const uint32_t *row, uint64_t doubtful) {
  uint64_t sure = 0;
  for (size_t j = 0; doubtful >> j; j++) {
    int hit = 0;
    for (size_t i = 0; doubtful >> j & 1 && i < j; i++) hit |= row[i] == row[j];
    sure |= (uint64_t)hit << j;
    if (j == PAIRWISE - 1) break;
  }
  return sure;
}

/* Writes the rows in which an id repeats into broken (n + 1 places), and their columns into s->of. Returns their number. ids: n rows of k;
 * k is 2 to PAIRWISE. Forms may read up to PAIRWISE ids past the last. */
static inline size_t repeats_scalar(const uint32_t *ids, size_t n, size_t k, repeat_scratch *s, uint16_t *broken) {
  size_t found = 0;
  for (size_t i = 0; i < n; i++) {
    const uint32_t *row = ids + i * k;
    int hit = 0;
    for (size_t apart = 1; apart < k; apart++)
      for (size_t j = 0; j + apart < k; j++) hit |= row[j] == row[j + apart];
    if (!hit) continue;
    s->of[found] = repeats_among(row, ~(uint64_t)0 >> (64 - k));
    broken[found++] = (uint16_t)i;
  }
  return found;
}

#if KERNELS_X86

/* Writes the low bits of n ids and of up to 15 more. Returns whether one has others, or has only ones. */
AVX2 static inline int narrow_ids(const uint32_t *ids, size_t n, uint16_t *low) {
  const __m256i mask = _mm256_set1_epi32(0xFFFF), one = _mm256_set1_epi32(1);
  __m256i all = _mm256_setzero_si256();
  for (size_t i = 0; i < n; i += NARROW_LANES) {
    const __m256i a = _mm256_loadu_si256((const __m256i *)(ids + i)), b = _mm256_loadu_si256((const __m256i *)(ids + i + 8));
    all = _mm256_or_si256(all, _mm256_or_si256(_mm256_add_epi32(a, one), _mm256_add_epi32(b, one)));
    const __m256i both = _mm256_packus_epi32(_mm256_and_si256(a, mask), _mm256_and_si256(b, mask));
    _mm256_storeu_si256((__m256i *)(low + i), _mm256_permute4x64_epi64(both, 0xD8));
  }
  return !_mm256_testz_si256(all, _mm256_set1_epi32((int)0xFFFF0000));
}

/* 32 lanes of 16 bits, as a bit for each. */
AVX2 static ALWAYS_INLINE uint32_t bits_of_lanes(__m256i a, __m256i b) {
  return (uint32_t)_mm256_movemask_epi8(_mm256_permute4x64_epi64(_mm256_packs_epi16(a, b), 0xD8));
}

AVX2 static ALWAYS_INLINE __m256i same_lanes(__m256i x, __m256i y, __m256i before) { return _mm256_or_si256(before, _mm256_cmpeq_epi16(x, y)); }

/* Rows of up to 16 columns, several in a vector. Each lane is compared with those 1, 2, ..., k - 1 before it; lanes of other rows are
 * hidden. */
AVX2 static ALWAYS_INLINE size_t repeats_in_vector(const uint16_t *low, size_t n, const size_t k, uint64_t *of, uint16_t *broken) {
  const size_t together = NARROW_LANES / k;
  uint16_t hidden[NARROW_LANES][NARROW_LANES];
  for (size_t apart = 1; apart < k; apart++)
    for (size_t lane = 0, at = 0; lane < NARROW_LANES; lane++, at = at + 1 < k ? at + 1 : 0) hidden[apart][lane] = at < apart ? 0xFFFF : 0;
  size_t found = 0;
  for (size_t i = 0; i < n; i += together) {
    const size_t rows = n - i < together ? n - i : together;
    const uint16_t *at = low + i * k;
    const __m256i x = _mm256_loadu_si256((const __m256i *)at);
    __m256i hit = _mm256_setzero_si256();
    for (size_t apart = 1; apart < k; apart++) {
      const __m256i before = _mm256_loadu_si256((const __m256i *)(at - apart));
      hit = same_lanes(x, _mm256_or_si256(before, _mm256_loadu_si256((const __m256i *)hidden[apart])), hit);
    }
    uint32_t bits = bits_of_lanes(hit, _mm256_setzero_si256()) & ((1u << rows * k) - 1);
    for (size_t row = i; bits; row++, bits >>= k) {
      of[found] = bits & ((1u << k) - 1);
      broken[found] = (uint16_t)row;
      found += of[found] != 0;
    }
  }
  return found;
}

/* The columns of a row in so many vectors, a constant of the caller. */
AVX2 static ALWAYS_INLINE uint64_t repeats_of_row(const uint16_t *row, const int vectors, const uint16_t *hidden) {
  __m256i x[4], hit[4];
  UNROLL(4) for (int v = 0; v < 4; v++) {
    x[v] = hit[v] = _mm256_setzero_si256();
    if (v < vectors) x[v] = _mm256_loadu_si256((const __m256i *)(row + NARROW_LANES * v));
  }
  for (size_t apart = 1; apart < NARROW_LANES; apart++) { /* the columns before the row are hidden */
    const __m256i before = _mm256_loadu_si256((const __m256i *)(row - apart));
    const __m256i y = _mm256_or_si256(before, _mm256_loadu_si256((const __m256i *)(hidden + NARROW_LANES - apart)));
    UNROLL(4) for (int v = 0; v < vectors; v++) hit[v] = same_lanes(x[v], y, hit[v]);
  }
  UNROLL(4) for (int first = 1; first < vectors; first++)
    for (size_t at = 0; at < NARROW_LANES; at++) {
      const __m256i y = _mm256_loadu_si256((const __m256i *)(row + NARROW_LANES * (first - 1) + at));
      UNROLL(4) for (int v = first; v < vectors; v++) hit[v] = same_lanes(x[v], y, hit[v]);
    }
  return bits_of_lanes(hit[0], hit[1]) | (uint64_t)bits_of_lanes(hit[2], hit[3]) << 32;
}

AVX2 static ALWAYS_INLINE size_t repeats_in_vectors(const uint16_t *low, size_t n, size_t k, const int vectors, uint64_t *of, uint16_t *broken) {
  uint16_t hidden[2 * NARROW_LANES];
  for (size_t lane = 0; lane < 2 * NARROW_LANES; lane++) hidden[lane] = lane < NARROW_LANES ? 0xFFFF : 0;
  size_t found = 0;
  for (size_t i = 0; i < n; i++) {
    of[found] = repeats_of_row(low + i * k, vectors, hidden) & ~(uint64_t)0 >> (64 - k);
    broken[found] = (uint16_t)i;
    found += of[found] != 0;
  }
  return found;
}

AVX2 static inline size_t repeats_avx2(const uint32_t *ids, size_t n, size_t k, repeat_scratch *s, uint16_t *broken) {
  uint16_t *low = s->low + NARROW_LANES;
  const int doubtful = narrow_ids(ids, n * k, low);
  size_t found = 0, sure = 0;
  if (k == 5) found = repeats_in_vector(low, n, 5, s->of, broken);
  else if (k <= NARROW_LANES) found = repeats_in_vector(low, n, k, s->of, broken);
  else if (k <= 2 * NARROW_LANES) found = repeats_in_vectors(low, n, k, 2, s->of, broken);
  else if (k <= 3 * NARROW_LANES) found = repeats_in_vectors(low, n, k, 3, s->of, broken);
  else found = repeats_in_vectors(low, n, k, 4, s->of, broken);
  if (!doubtful) return found;
  for (size_t j = 0; j < found; j++) {
    const uint64_t columns = repeats_among(ids + broken[j] * k, s->of[j]);
    s->of[sure] = columns;
    broken[sure] = broken[j];
    sure += columns != 0;
  }
  return sure;
}

#endif
#endif
