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
#define NARROW_LANES 16  /* ids of 16 bits in a vector of AVX2 */
#define WIDE_LANES 32    /* the same of AVX-512 */
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

/* Of the rows that were found by the low bits of their ids, those whose ids repeat. */
static inline size_t sure_rows(const uint32_t *ids, size_t k, size_t found, uint64_t *of, uint16_t *broken) {
  size_t sure = 0;
  for (size_t j = 0; j < found; j++) {
    const uint64_t columns = repeats_among(ids + broken[j] * k, of[j]);
    of[sure] = columns;
    broken[sure] = broken[j];
    sure += columns != 0;
  }
  return sure;
}

AVX2 static inline size_t repeats_avx2(const uint32_t *ids, size_t n, size_t k, repeat_scratch *s, uint16_t *broken) {
  uint16_t *low = s->low + NARROW_LANES;
  const int doubtful = narrow_ids(ids, n * k, low);
  size_t found = 0;
  if (k == 5) found = repeats_in_vector(low, n, 5, s->of, broken);
  else if (k <= NARROW_LANES) found = repeats_in_vector(low, n, k, s->of, broken);
  else if (k <= 2 * NARROW_LANES) found = repeats_in_vectors(low, n, k, 2, s->of, broken);
  else if (k <= 3 * NARROW_LANES) found = repeats_in_vectors(low, n, k, 3, s->of, broken);
  else found = repeats_in_vectors(low, n, k, 4, s->of, broken);
  return doubtful ? sure_rows(ids, k, found, s->of, broken) : found;
}

/* As narrow_ids; it reads no more than n ids. */
AVX512 static inline int narrow_ids_avx512(const uint32_t *ids, size_t n, uint16_t *low) {
  const __m512i one = _mm512_set1_epi32(1);
  __m512i all = _mm512_setzero_si512();
  for (size_t i = 0; i < n; i += 16) {
    const __m512i x = _mm512_maskz_loadu_epi32(n - i < 16 ? (__mmask16)((1u << (n - i)) - 1) : 0xFFFF, ids + i);
    all = _mm512_or_si512(all, _mm512_add_epi32(x, one));
    _mm256_storeu_si256((__m256i *)(low + i), _mm512_cvtepi32_epi16(x));
  }
  return _mm512_test_epi32_mask(all, _mm512_set1_epi32((int)0xFFFF0000)) != 0;
}

/* As repeats_in_vector, of up to 32 columns. Each row is rotated by 1 .. k / 2 places, which compares every pair once: permutes and
 * loads of whole vectors, where shifted loads would cross cache lines. Only if an id repeats, its columns are sought. */
AVX512 static ALWAYS_INLINE size_t repeats_rotated(const uint16_t *low, size_t n, const size_t k, uint64_t *of, uint16_t *broken) {
  const size_t together = WIDE_LANES / k;
  const __m512i width = _mm512_set1_epi16((short)k), lanes = _mm512_cvtepu8_epi16(_mm256_setr_epi8(
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31));
  const uint32_t one_row = (uint32_t)(((uint64_t)1 << k) - 1), inverse = (uint32_t)(65536 / k + 1); /* lane * inverse >> 16 is lane / k */
  __m512i column = lanes, turned[WIDE_LANES / 2 + 1]; /* for each lane, the one that is so many places further in the row */
  for (size_t row = 1; row <= together; row++) column = _mm512_min_epu16(column, _mm512_sub_epi16(column, width));
  for (size_t turn = 1; turn <= k / 2; turn++) {
    const __m512i by = _mm512_set1_epi16((short)turn), to = _mm512_add_epi16(lanes, by);
    turned[turn] = _mm512_mask_sub_epi16(to, _mm512_cmpge_epu16_mask(_mm512_add_epi16(column, by), width), to, width);
  }
  size_t found = 0;
  for (size_t i = 0; i < n; i += together) {
    const size_t rows = n - i < together ? n - i : together;
    const __mmask32 live = (__mmask32)(((uint64_t)1 << rows * k) - 1);
    const __m512i x = _mm512_loadu_si512(low + i * k);
    __m512i least = _mm512_set1_epi16(-1); /* differences */
    for (size_t turn = 1; turn <= k / 2; turn++)
      least = _mm512_min_epu16(least, _mm512_xor_si512(x, _mm512_permutexvar_epi16(turned[turn], x)));
    for (uint32_t hit = _mm512_mask_testn_epi16_mask(live, least, least), equal; hit; hit &= ~equal) {
      const size_t lane = (size_t)lowest_bit(hit), row = lane * inverse >> 16;
      equal = one_row << row * k & _mm512_mask_cmpeq_epi16_mask(live, x, _mm512_set1_epi16((short)low[i * k + lane]));
      const int again = found && broken[found - 1] == i + row;
      found -= (size_t)again;
      of[found] = (again ? of[found] : 0) | (equal & (equal - 1)) >> row * k; /* the first of equal columns stays */
      broken[found++] = (uint16_t)(i + row);
    }
  }
  return found;
}

/* x == y or x == z, or what was found before. */
AVX512 static ALWAYS_INLINE __m256i same_as_two(__m256i x, __m256i y, __m256i z, __m256i before) {
  return _mm256_ternarylogic_epi32(before, _mm256_cmpeq_epi16(x, y), _mm256_cmpeq_epi16(x, z), 0xFE);
}

/* As repeats_of_row. Vectors of AVX2 have three units, and those of 64 bytes two, of which one compares. */
AVX512 static ALWAYS_INLINE uint64_t repeats_of_row_avx512(const uint16_t *row, const int vectors, const uint16_t *hidden) {
  __m256i x[4], hit[4];
  UNROLL(4) for (int v = 0; v < 4; v++) {
    x[v] = hit[v] = _mm256_setzero_si256();
    if (v < vectors) x[v] = _mm256_loadu_si256((const __m256i *)(row + NARROW_LANES * v));
  }
  for (size_t apart = 1; apart < NARROW_LANES; apart += 2) { /* at 16 places, all are hidden */
    const __m256i y = _mm256_loadu_si256((const __m256i *)(row - apart)) | _mm256_loadu_si256((const __m256i *)(hidden + NARROW_LANES - apart));
    const __m256i z = _mm256_loadu_si256((const __m256i *)(row - apart - 1)) | _mm256_loadu_si256((const __m256i *)(hidden + NARROW_LANES - apart - 1));
    UNROLL(4) for (int v = 0; v < vectors; v++) hit[v] = same_as_two(x[v], y, z, hit[v]);
  }
  UNROLL(4) for (int first = 1; first < vectors; first++)
    for (size_t at = 0; at < NARROW_LANES; at += 2) {
      const uint16_t *from = row + NARROW_LANES * (first - 1) + at;
      const __m256i y = _mm256_loadu_si256((const __m256i *)from), z = _mm256_loadu_si256((const __m256i *)(from + 1));
      UNROLL(4) for (int v = first; v < vectors; v++) hit[v] = same_as_two(x[v], y, z, hit[v]);
    }
  return bits_of_lanes(hit[0], hit[1]) | (uint64_t)bits_of_lanes(hit[2], hit[3]) << 32;
}

AVX512 static ALWAYS_INLINE size_t repeats_in_vectors_avx512(const uint16_t *low, size_t n, size_t k, const int vectors, uint64_t *of, uint16_t *broken) {
  uint16_t hidden[2 * NARROW_LANES];
  for (size_t lane = 0; lane < 2 * NARROW_LANES; lane++) hidden[lane] = lane < NARROW_LANES ? 0xFFFF : 0;
  size_t found = 0;
  for (size_t i = 0; i < n; i++) {
    of[found] = repeats_of_row_avx512(low + i * k, vectors, hidden) & ~(uint64_t)0 >> (64 - k);
    broken[found] = (uint16_t)i;
    found += of[found] != 0;
  }
  return found;
}

AVX512 static inline size_t repeats_avx512(const uint32_t *ids, size_t n, size_t k, repeat_scratch *s, uint16_t *broken) {
  uint16_t *low = s->low + NARROW_LANES;
  const int doubtful = narrow_ids_avx512(ids, n * k, low);
  size_t found = 0;
  if (k == 5) found = repeats_rotated(low, n, 5, s->of, broken);
  else if (k <= WIDE_LANES) found = repeats_rotated(low, n, k, s->of, broken);
  else if (k <= 3 * NARROW_LANES) found = repeats_in_vectors_avx512(low, n, k, 3, s->of, broken);
  else found = repeats_in_vectors_avx512(low, n, k, 4, s->of, broken);
  return doubtful ? sure_rows(ids, k, found, s->of, broken) : found;
}

#endif
#endif
