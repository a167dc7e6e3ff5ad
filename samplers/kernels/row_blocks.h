/* SPDX-License-Identifier: MIT */
/* Blocks of eight rows (AVX2: four) at a time: a lane has a row, and a set of lanes one block of each row.
 *
 * The counters of the blocks of a row differ in word 2 alone. So, of the four products of the first two rounds, two serve all blocks of a
 * row, and one all rows of a block. With lanes that have (row, block) pairs, as in words.h, each block takes all four. Rows that do not fill
 * the lanes are left to that file.
 *
 * Blocks are written from the last to the first of a row, because the end of the last one overwrites the start of the next row.
 */
#ifndef KERNELS_ROW_BLOCKS_H
#define KERNELS_ROW_BLOCKS_H

#include "cell.h"
#include "words.h"

/* What is written: words, or ids of a uniform law of 32 or 64 bits. A constant of the caller. */
typedef enum { GIVE_WORDS, GIVE_NARROW, GIVE_WIDE } group_gives;

/* The rows of a grid after those of whole groups. */
static inline word_grid rest_of_grid(const word_grid *g, size_t done) {
  word_grid rest = *g;
  rest.first += done;
  rest.rows -= done;
  if (g->row_ids) rest.row_ids += done;
  return rest;
}

/* Of `left` blocks of a row, so many are generated together: equally many in the last two turns. */
static ALWAYS_INLINE size_t blocks_together(size_t left, size_t most) { return left <= most ? left : left < 2 * most ? (left + 1) / 2 : most; }

static ALWAYS_INLINE void *place_of(void *out, size_t at, group_gives gives) {
  return (char *)out + at * (gives == GIVE_WIDE ? sizeof(int64_t) : sizeof(uint32_t));
}

#if KERNELS_X86

AVX512 static ALWAYS_INLINE __m512i marked_x8(__m512i product, __m512i refused) {
  const __mmask8 yes = _mm512_cmpge_epu64_mask(_mm512_and_si512(product, _mm512_set1_epi64(0xFFFFFFFF)), refused);
  return _mm512_mask_srli_epi64(_mm512_set1_epi64(-1), yes, product, 32);
}

/* Makes ids of words; a refused word gets all ones. Returns whether there is one, which most sets do not have. */
AVX512 static ALWAYS_INLINE unsigned uniform_block_x8(philox_x8 *x, __m512i size, __m512i refused) {
  const __m512i a = _mm512_mul_epu32(x->c0, size), b = _mm512_mul_epu32(x->c1, size);
  const __m512i c = _mm512_mul_epu32(x->c2, size), d = _mm512_mul_epu32(x->c3, size);
  const __m512i least = _mm512_min_epu32(_mm512_min_epu32(a, b), _mm512_min_epu32(c, d));
  const unsigned any = _mm512_mask_cmplt_epu32_mask(0x5555, least, refused);
  if (any) {
    x->c0 = marked_x8(a, refused), x->c1 = marked_x8(b, refused), x->c2 = marked_x8(c, refused), x->c3 = marked_x8(d, refused);
  } else {
    x->c0 = _mm512_srli_epi64(a, 32), x->c1 = _mm512_srli_epi64(b, 32);
    x->c2 = _mm512_srli_epi64(c, 32), x->c3 = _mm512_srli_epi64(d, 32);
  }
  return any;
}

/* The same of word 0 alone. */
AVX512 static ALWAYS_INLINE unsigned uniform_first_x8(philox_x8 *x, __m512i size, __m512i refused) {
  const __m512i product = _mm512_mul_epu32(x->c0, size);
  x->c0 = marked_x8(product, refused);
  return _mm512_mask_cmplt_epu32_mask(0x5555, product, refused);
}

/* As place_x8, in 64 bits an id. */
AVX512 static ALWAYS_INLINE void place_wide_x8(const philox_x8 *x, const uint64_t *at, int64_t *out) {
  const __m512i low = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11), high = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
  const __m512i a = _mm512_unpacklo_epi64(x->c0, x->c1), b = _mm512_unpackhi_epi64(x->c0, x->c1);
  const __m512i c = _mm512_unpacklo_epi64(x->c2, x->c3), d = _mm512_unpackhi_epi64(x->c2, x->c3);
  const __m512i of02 = _mm512_permutex2var_epi64(a, low, c), of13 = _mm512_permutex2var_epi64(b, low, d);
  const __m512i of46 = _mm512_permutex2var_epi64(a, high, c), of57 = _mm512_permutex2var_epi64(b, high, d);
  _mm256_storeu_si256((__m256i *)(out + at[0]), _mm512_castsi512_si256(of02));
  _mm256_storeu_si256((__m256i *)(out + at[1]), _mm512_castsi512_si256(of13));
  _mm256_storeu_si256((__m256i *)(out + at[2]), _mm512_extracti64x4_epi64(of02, 1));
  _mm256_storeu_si256((__m256i *)(out + at[3]), _mm512_extracti64x4_epi64(of13, 1));
  _mm256_storeu_si256((__m256i *)(out + at[4]), _mm512_castsi512_si256(of46));
  _mm256_storeu_si256((__m256i *)(out + at[5]), _mm512_castsi512_si256(of57));
  _mm256_storeu_si256((__m256i *)(out + at[6]), _mm512_extracti64x4_epi64(of46, 1));
  _mm256_storeu_si256((__m256i *)(out + at[7]), _mm512_extracti64x4_epi64(of57, 1));
}

/* Two lanes, each in 64 bits. A word takes the low half; the high one is overwritten by the next row. */
static ALWAYS_INLINE void place_two(__m128i lanes, void *first, void *second) {
  _mm_storel_epi64((__m128i *)first, lanes);
  _mm_storeh_pi((__m64 *)second, _mm_castsi128_ps(lanes));
}

/* Word 0 of each block. */
AVX512 static ALWAYS_INLINE void place_first_x8(const philox_x8 *x, const uint64_t *at, void *out, const group_gives gives) {
  place_two(_mm512_castsi512_si128(x->c0), place_of(out, at[0], gives), place_of(out, at[1], gives));
  place_two(_mm512_extracti64x2_epi64(x->c0, 1), place_of(out, at[2], gives), place_of(out, at[3], gives));
  place_two(_mm512_extracti64x2_epi64(x->c0, 2), place_of(out, at[4], gives), place_of(out, at[5], gives));
  place_two(_mm512_extracti64x2_epi64(x->c0, 3), place_of(out, at[6], gives), place_of(out, at[7], gives));
}

/* Rows, and what the first two rounds give for all of their blocks. */
typedef struct {
  __m512i high, word_0, word_1, word_2;
} group_x8;

AVX512 static ALWAYS_INLINE group_x8 group_start_x8(const word_grid *g, size_t i, const philox_keys *keys) {
  __m512i row;
  if (g->row_ids) row = _mm512_loadu_si512(g->row_ids + i);
  else row = _mm512_add_epi64(_mm512_set1_epi64((long long)(g->first + i)), _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7));
  const __m512i p = _mm512_mul_epu32(row, _mm512_set1_epi64(PHILOX_M0));
  const __m512i next = _mm512_xor_si512(_mm512_srli_epi64(p, 32), _mm512_set1_epi64((long long)(g->epoch ^ keys->k1[0])));
  const __m512i q = _mm512_mul_epu32(next, _mm512_set1_epi64(PHILOX_M1));
  group_x8 x = {_mm512_srli_epi64(row, 32), _mm512_srli_epi64(q, 32), q, _mm512_xor_si512(p, _mm512_set1_epi64((long long)keys->k1[1]))};
  return x;
}

/* A block of each row after two rounds. */
AVX512 static ALWAYS_INLINE philox_x8 group_block_x8(const group_x8 *g, const philox_keys *keys, uint32_t block) {
  const uint64_t p = (uint64_t)PHILOX_M1 * block;
  const __m512i first = _mm512_xor_si512(g->high, _mm512_set1_epi64((long long)((p >> 32) ^ keys->k0[0])));
  const __m512i q = _mm512_mul_epu32(first, _mm512_set1_epi64(PHILOX_M0));
  philox_x8 x = {_mm512_xor_si512(g->word_0, _mm512_set1_epi64((long long)(p ^ keys->k0[1]))), g->word_1,
                 _mm512_xor_si512(_mm512_srli_epi64(q, 32), g->word_2), q};
  return x;
}

/* `blocks` blocks from `block` on of `groups` groups from row i on; both numbers are constants of the caller, and their product at most 5.
 * single: whether a row needs word 0 alone of the last of these blocks. */
AVX512 static ALWAYS_INLINE unsigned group_sets_x8(const source *s, const word_grid *g, void *out, fetch_job *f, const philox_keys *keys,
                                                   const uint64_t *at, size_t i, size_t block, const int blocks, const int groups,
                                                   const int single, const group_gives gives) {
  const int cells = single ? 10 : 12; /* fetched per round: about as many as words are generated */
  philox_x8 x[5];
  unsigned any = 0;
  UNROLL(8) for (int j = 0; j < groups; j++) {
    const group_x8 rows = group_start_x8(g, i + 8 * (size_t)j, keys);
    UNROLL(8) for (int b = 0; b < blocks; b++) x[j * blocks + b] = group_block_x8(&rows, keys, g->block + (uint32_t)block + (uint32_t)b);
  }
  if (gives == GIVE_WORDS && f->left >= (size_t)(cells * (PHILOX_ROUNDS - 2))) philox_fetch_x8(x, blocks * groups, keys, f, cells, 2);
  else philox_rounds_x8(x, blocks * groups, keys, 2);
  UNROLL(8) for (int b = blocks - 1; b >= 0; b--)
    UNROLL(8) for (int j = 0; j < groups; j++) {
      philox_x8 *set = x + j * blocks + b;
      void *to = place_of(out, (i + 8 * (size_t)j) * g->width + 4 * (block + (size_t)b), gives);
      const int first = single && b == blocks - 1;
      if (gives != GIVE_WORDS && first) any |= uniform_first_x8(set, _mm512_set1_epi64(s->ids), _mm512_set1_epi64(s->refused));
      else if (gives != GIVE_WORDS) any |= uniform_block_x8(set, _mm512_set1_epi64(s->ids), _mm512_set1_epi64(s->refused));
      if (first) place_first_x8(set, at, to, gives);
      else if (gives == GIVE_WIDE) place_wide_x8(set, at, (int64_t *)to);
      else place_x8(set, at, (uint32_t *)to);
    }
  return any;
}

/* All whole groups of a grid. Returns whether a word was refused; *done: the rows that are written. */
AVX512 static ALWAYS_INLINE unsigned group_rows_avx512(const source *s, const word_grid *g, void *out, fetch_job *f, const group_gives gives,
                                                       size_t *done) {
  const philox_keys keys = philox_schedule(g->key);
  const size_t per_row = (g->width + 3) / 4, together = per_row == 1 ? 32 : per_row == 2 ? 16 : 8;
  uint64_t at[8];
  unsigned any = 0;
  size_t i = 0;
  for (size_t j = 0; j < 8; j++) at[j] = j * g->width;
  for (; i + together <= g->rows; i += together) {
    if (g->width == 1) any |= group_sets_x8(s, g, out, f, &keys, at, i, 0, 1, 4, 1, gives);
    else if (per_row == 1) any |= group_sets_x8(s, g, out, f, &keys, at, i, 0, 1, 4, 0, gives);
    else if (g->width == 5) any |= group_sets_x8(s, g, out, f, &keys, at, i, 0, 2, 2, 1, gives);
    else if (per_row == 2) any |= group_sets_x8(s, g, out, f, &keys, at, i, 0, 2, 2, 0, gives);
    else
      for (size_t left = per_row, n; left; left -= n) {
        n = blocks_together(left, 5);
        if (n == 3) any |= group_sets_x8(s, g, out, f, &keys, at, i, left - 3, 3, 1, 0, gives);
        else if (n == 4) any |= group_sets_x8(s, g, out, f, &keys, at, i, left - 4, 4, 1, 0, gives);
        else any |= group_sets_x8(s, g, out, f, &keys, at, i, left - 5, 5, 1, 0, gives);
      }
  }
  *done = i;
  return any;
}

AVX2 static ALWAYS_INLINE __m256i marked_x4(__m256i product, __m256i refused) {
  const __m256i no = _mm256_cmpgt_epi64(refused, _mm256_and_si256(product, _mm256_set1_epi64x(0xFFFFFFFF)));
  return _mm256_or_si256(_mm256_srli_epi64(product, 32), no);
}

/* As uniform_block_x8. */
AVX2 static ALWAYS_INLINE unsigned uniform_block_x4(philox_x4 *x, __m256i size, __m256i refused) {
  const __m256i a = _mm256_mul_epu32(x->c0, size), b = _mm256_mul_epu32(x->c1, size);
  const __m256i c = _mm256_mul_epu32(x->c2, size), d = _mm256_mul_epu32(x->c3, size);
  const __m256i least = _mm256_min_epu32(_mm256_min_epu32(a, b), _mm256_min_epu32(c, d));
  const __m256i yes = _mm256_cmpeq_epi32(_mm256_max_epu32(least, refused), least);
  const int any = !_mm256_testc_si256(yes, _mm256_set1_epi64x(0xFFFFFFFF));
  if (any) {
    x->c0 = marked_x4(a, refused), x->c1 = marked_x4(b, refused), x->c2 = marked_x4(c, refused), x->c3 = marked_x4(d, refused);
  } else {
    x->c0 = _mm256_srli_epi64(a, 32), x->c1 = _mm256_srli_epi64(b, 32);
    x->c2 = _mm256_srli_epi64(c, 32), x->c3 = _mm256_srli_epi64(d, 32);
  }
  return (unsigned)any;
}

AVX2 static ALWAYS_INLINE unsigned uniform_first_x4(philox_x4 *x, __m256i size, __m256i refused) {
  const __m256i product = _mm256_mul_epu32(x->c0, size), yes = _mm256_cmpeq_epi32(_mm256_max_epu32(product, refused), product);
  const int any = !_mm256_testc_si256(yes, _mm256_set1_epi64x(0xFFFFFFFF));
  x->c0 = any ? marked_x4(product, refused) : _mm256_srli_epi64(product, 32);
  return (unsigned)any;
}

AVX2 static ALWAYS_INLINE void place_first_x4(const philox_x4 *x, const uint64_t *at, void *out, const group_gives gives) {
  place_two(_mm256_castsi256_si128(x->c0), place_of(out, at[0], gives), place_of(out, at[1], gives));
  place_two(_mm256_extracti128_si256(x->c0, 1), place_of(out, at[2], gives), place_of(out, at[3], gives));
}

/* As place_x4, in 64 bits an id. */
AVX2 static ALWAYS_INLINE void place_wide_x4(const philox_x4 *x, const uint64_t *at, int64_t *out) {
  const __m256i a = _mm256_unpacklo_epi64(x->c0, x->c1), b = _mm256_unpackhi_epi64(x->c0, x->c1);
  const __m256i c = _mm256_unpacklo_epi64(x->c2, x->c3), d = _mm256_unpackhi_epi64(x->c2, x->c3);
  _mm256_storeu_si256((__m256i *)(out + at[0]), _mm256_permute2x128_si256(a, c, 0x20));
  _mm256_storeu_si256((__m256i *)(out + at[1]), _mm256_permute2x128_si256(b, d, 0x20));
  _mm256_storeu_si256((__m256i *)(out + at[2]), _mm256_permute2x128_si256(a, c, 0x31));
  _mm256_storeu_si256((__m256i *)(out + at[3]), _mm256_permute2x128_si256(b, d, 0x31));
}

typedef struct {
  __m256i high, word_0, word_1, word_2;
} group_x4;

AVX2 static ALWAYS_INLINE group_x4 group_start_x4(const word_grid *g, size_t i, const philox_keys *keys) {
  __m256i row;
  if (g->row_ids) row = _mm256_loadu_si256((const __m256i *)(g->row_ids + i));
  else row = _mm256_add_epi64(_mm256_set1_epi64x((long long)(g->first + i)), _mm256_setr_epi64x(0, 1, 2, 3));
  const __m256i p = _mm256_mul_epu32(row, _mm256_set1_epi64x(PHILOX_M0));
  const __m256i next = _mm256_xor_si256(_mm256_srli_epi64(p, 32), _mm256_set1_epi64x((long long)(g->epoch ^ keys->k1[0])));
  const __m256i q = _mm256_mul_epu32(next, _mm256_set1_epi64x(PHILOX_M1));
  group_x4 x = {_mm256_srli_epi64(row, 32), _mm256_srli_epi64(q, 32), q, _mm256_xor_si256(p, _mm256_set1_epi64x((long long)keys->k1[1]))};
  return x;
}

AVX2 static ALWAYS_INLINE philox_x4 group_block_x4(const group_x4 *g, const philox_keys *keys, uint32_t block) {
  const uint64_t p = (uint64_t)PHILOX_M1 * block;
  const __m256i first = _mm256_xor_si256(g->high, _mm256_set1_epi64x((long long)((p >> 32) ^ keys->k0[0])));
  const __m256i q = _mm256_mul_epu32(first, _mm256_set1_epi64x(PHILOX_M0));
  philox_x4 x = {_mm256_xor_si256(g->word_0, _mm256_set1_epi64x((long long)(p ^ keys->k0[1]))), g->word_1,
                 _mm256_xor_si256(_mm256_srli_epi64(q, 32), g->word_2), q};
  return x;
}

/* As group_sets_x8; the product is at most 4. */
AVX2 static ALWAYS_INLINE unsigned group_sets_x4(const source *s, const word_grid *g, void *out, fetch_job *f, const philox_keys *keys,
                                                 const uint64_t *at, size_t i, size_t block, const int blocks, const int groups,
                                                 const int single, const group_gives gives) {
  const int cells = single ? 4 : 6;
  philox_x4 x[4];
  unsigned any = 0;
  UNROLL(8) for (int j = 0; j < groups; j++) {
    const group_x4 rows = group_start_x4(g, i + 4 * (size_t)j, keys);
    UNROLL(8) for (int b = 0; b < blocks; b++) x[j * blocks + b] = group_block_x4(&rows, keys, g->block + (uint32_t)block + (uint32_t)b);
  }
  if (gives == GIVE_WORDS && f->left >= (size_t)(cells * (PHILOX_ROUNDS - 2))) philox_fetch_x4(x, blocks * groups, keys, f, cells, 2);
  else philox_rounds_x4(x, blocks * groups, keys, 2);
  UNROLL(8) for (int b = blocks - 1; b >= 0; b--)
    UNROLL(8) for (int j = 0; j < groups; j++) {
      philox_x4 *set = x + j * blocks + b;
      void *to = place_of(out, (i + 4 * (size_t)j) * g->width + 4 * (block + (size_t)b), gives);
      const int first = single && b == blocks - 1;
      if (gives != GIVE_WORDS && first) any |= uniform_first_x4(set, _mm256_set1_epi64x(s->ids), _mm256_set1_epi64x(s->refused));
      else if (gives != GIVE_WORDS) any |= uniform_block_x4(set, _mm256_set1_epi64x(s->ids), _mm256_set1_epi64x(s->refused));
      if (first) place_first_x4(set, at, to, gives);
      else if (gives == GIVE_WIDE) place_wide_x4(set, at, (int64_t *)to);
      else place_x4(set, at, (uint32_t *)to);
    }
  return any;
}

AVX2 static ALWAYS_INLINE unsigned group_rows_avx2(const source *s, const word_grid *g, void *out, fetch_job *f, const group_gives gives,
                                                   size_t *done) {
  const philox_keys keys = philox_schedule(g->key);
  const size_t per_row = (g->width + 3) / 4, together = per_row == 1 ? 16 : per_row == 2 ? 8 : 4;
  const uint64_t at[4] = {0, g->width, 2 * g->width, 3 * g->width};
  unsigned any = 0;
  size_t i = 0;
  for (; i + together <= g->rows; i += together) {
    if (g->width == 1) any |= group_sets_x4(s, g, out, f, &keys, at, i, 0, 1, 4, 1, gives);
    else if (per_row == 1) any |= group_sets_x4(s, g, out, f, &keys, at, i, 0, 1, 4, 0, gives);
    else if (g->width == 5) any |= group_sets_x4(s, g, out, f, &keys, at, i, 0, 2, 2, 1, gives);
    else if (per_row == 2) any |= group_sets_x4(s, g, out, f, &keys, at, i, 0, 2, 2, 0, gives);
    else
      for (size_t left = per_row, n; left; left -= n) {
        n = blocks_together(left, 4);
        if (n == 2) any |= group_sets_x4(s, g, out, f, &keys, at, i, left - 2, 2, 1, 0, gives);
        else if (n == 3) any |= group_sets_x4(s, g, out, f, &keys, at, i, left - 3, 3, 1, 0, gives);
        else any |= group_sets_x4(s, g, out, f, &keys, at, i, left - 4, 4, 1, 0, gives);
      }
    if (gives == GIVE_WORDS && f->ahead) prefetch_slots(f, (const uint32_t *)out + i * g->width, together * g->width);
  }
  *done = i;
  return any;
}

AVX512 static inline void words_any_avx512(const word_grid *g, uint32_t *out, fetch_job *job, lane_plan *plan) {
  const size_t per_row = (g->width + 3) / 4;
  if (32 % per_row == 0) words_sets_avx512(g, out, job, plan, 4, 1);
  else if (40 % per_row == 0) words_sets_avx512(g, out, job, plan, 5, 1);
  else if (24 % per_row == 0) words_sets_avx512(g, out, job, plan, 3, 1);
  else words_sets_avx512(g, out, job, plan, 4, 0);
}

AVX512 static inline void words_avx512(const word_grid *g, uint32_t *out, fetch_job *job, lane_plan *plan) {
  size_t done = 0;
  fetch_job one_slot = {NULL, NULL, NULL, 0, 0, 0};
  /* Rows of more words take up to a tenth more time so, because their blocks are not written in one piece. */
  if (g->width == 1) group_rows_avx512(NULL, g, out, job->rest < 32 ? job : &one_slot, GIVE_WORDS, &done);
  const word_grid rest = rest_of_grid(g, done);
  if (rest.rows) words_any_avx512(&rest, out + done * g->width, job, plan);
  else fetch_all(job);
}

AVX2 static inline void words_any_avx2(const word_grid *g, uint32_t *out, fetch_job *job, lane_plan *plan) {
  const size_t per_row = (g->width + 3) / 4;
  if (8 % per_row == 0 && g->width % 4 == 0) words_sets_avx2(g, out, job, plan, 2, 1, 4);
  else if (8 % per_row == 0) words_sets_avx2(g, out, job, plan, 2, 1, 2);
  else if (12 % per_row == 0) words_sets_avx2(g, out, job, plan, 3, 1, 4);
  else words_sets_avx2(g, out, job, plan, 2, 0, 4);
}

AVX2 static inline void words_avx2(const word_grid *g, uint32_t *out, fetch_job *job, lane_plan *plan) {
  size_t done = 0;
  fetch_job one_slot = {NULL, NULL, NULL, 0, 0, 0};
  group_rows_avx2(NULL, g, out, job->rest < 32 ? job : &one_slot, GIVE_WORDS, &done);
  const word_grid rest = rest_of_grid(g, done);
  if (rest.rows) words_any_avx2(&rest, out + done * g->width, job, plan);
  else fetch_all(job);
}

#endif
#endif
