/* SPDX-License-Identifier: MIT */
/* Ids of a uniform law: words of the generator become ids before they leave the registers.
 *
 * A SIMD lane has 64 bits and one word in its low half, so that one multiplication gives the id in the high half and the rest in the low
 * half. The schedule of rows and blocks is that of words.h. A refused word leaves NO_ID, or -1 in an array of int64.
 */
#ifndef KERNELS_UNIFORM_H
#define KERNELS_UNIFORM_H

#include "row_blocks.h"

/* Each form writes attempt 0 of a grid of cells to out, int64 if wide, else uint32, and returns whether any word was refused; words past
 * the end of a row count too. SIMD forms may write WORDS_SLACK places past rows * width. */
static inline int uniform_scalar(const source *s, const word_grid *g, void *out, int wide, lane_plan *plan) {
  int any = 0;
  (void)plan;
  for (size_t i = 0; i < g->rows; i++) {
    const uint64_t row = grid_row(g, i);
    for (size_t at = 0; at < g->width; at += 4) {
      uint32_t x[4] = {(uint32_t)row, (uint32_t)(row >> 32), g->block + (uint32_t)(at / 4), g->epoch};
      philox_block(g->key, x);
      for (size_t j = 0; j < 4 && at + j < g->width; j++) {
        const uint32_t id = uniform_of_word(s, 0, x[j]);
        any |= id == NO_ID;
        if (wide) ((int64_t *)out)[i * g->width + at + j] = (int32_t)id;
        else ((uint32_t *)out)[i * g->width + at + j] = id;
      }
    }
  }
  return any;
}

/* Whether one of n ids was refused. A plain loop, which compilers vectorise for the instruction set of the caller. */
static ALWAYS_INLINE int any_refused(const void *out, int wide, size_t n) {
  int64_t of_wide = 0;
  int32_t of_narrow = 0;
  if (wide) for (size_t i = 0; i < n; i++) of_wide |= ((const int64_t *)out)[i];
  else for (size_t i = 0; i < n; i++) of_narrow |= ((const int32_t *)out)[i];
  return of_wide < 0 || of_narrow < 0;
}

static inline int any_refused_scalar(const void *out, int wide, size_t n) { return any_refused(out, wide, n); }

#if KERNELS_X86

AVX512 static ALWAYS_INLINE __mmask8 uniform_lanes_x8(__m512i *words, __m512i size, __m512i refused) {
  const __m512i product = _mm512_mul_epu32(*words, size);
  const __mmask8 no = _mm512_cmplt_epu64_mask(_mm512_and_si512(product, _mm512_set1_epi64(0xFFFFFFFF)), refused);
  *words = _mm512_mask_mov_epi64(_mm512_srli_epi64(product, 32), no, _mm512_set1_epi64(-1));
  return no;
}

/* sets, steady and wide are constants of the caller: see words_sets_avx512. */
AVX512 static ALWAYS_INLINE int uniform_sets_avx512(const source *s, const word_grid *g, void *out, lane_plan *plan, const int sets,
                                                    const int steady, const int wide) {
  plan_lanes(plan, g, 8 * (size_t)sets);
  const __m512i size = _mm512_set1_epi64(s->ids), refused = _mm512_set1_epi64(s->refused);
  const size_t blocks = plan->per_row * g->rows;
  size_t base = 0, moved = 0;
  unsigned any = 0;
  for (size_t i = 0; i < blocks; i += 8 * (size_t)sets) {
    philox_x8 x[5];
    UNROLL(8) for (int j = 0; j < sets; j++) x[j] = counters_x8(g, plan, 8 * j, base);
    philox_rounds_x8(x, sets, &plan->keys, 0);
    UNROLL(8) for (int j = 0; j < sets; j++) {
      any |= uniform_lanes_x8(&x[j].c0, size, refused) | uniform_lanes_x8(&x[j].c1, size, refused);
      any |= uniform_lanes_x8(&x[j].c2, size, refused) | uniform_lanes_x8(&x[j].c3, size, refused);
      if (wide) place_wide_x8(x + j, plan->at + 8 * j, (int64_t *)out + moved);
      else place_x8(x + j, plan->at + 8 * j, (uint32_t *)out + moved);
    }
    if (steady) {
      base += plan->step_row;
      moved += plan->step_at;
    } else {
      UNROLL(8) for (int j = 0; j < sets; j++) move_lanes_x8(plan, 8 * j);
    }
  }
  if (!steady) plan->lanes = 0; /* the lanes have moved */
  return any != 0;
}

AVX512 static ALWAYS_INLINE int uniform_any_avx512(const source *s, const word_grid *g, void *out, lane_plan *plan, const int wide) {
  const size_t per_row = (g->width + 3) / 4;
  if (32 % per_row == 0) return uniform_sets_avx512(s, g, out, plan, 4, 1, wide);
  if (40 % per_row == 0) return uniform_sets_avx512(s, g, out, plan, 5, 1, wide);
  if (24 % per_row == 0) return uniform_sets_avx512(s, g, out, plan, 3, 1, wide);
  return uniform_sets_avx512(s, g, out, plan, 4, 0, wide);
}

AVX512 static inline int uniform_avx512(const source *s, const word_grid *g, void *out, int wide, lane_plan *plan) {
  size_t done = 0;
  const unsigned any = wide ? group_rows_avx512(s, g, out, NULL, GIVE_WIDE, &done) : group_rows_avx512(s, g, out, NULL, GIVE_NARROW, &done);
  const word_grid rest = rest_of_grid(g, done);
  void *to = place_of(out, done * g->width, wide ? GIVE_WIDE : GIVE_NARROW);
  if (!rest.rows) return any != 0;
  return (wide ? uniform_any_avx512(s, &rest, to, plan, 1) : uniform_any_avx512(s, &rest, to, plan, 0)) | (any != 0);
}

/* Returns all bits of a lane whose word is refused. Products below 2**63 compare as signed numbers. */
AVX2 static ALWAYS_INLINE __m256i uniform_lanes_x4(__m256i *words, __m256i size, __m256i refused) {
  const __m256i product = _mm256_mul_epu32(*words, size);
  const __m256i no = _mm256_cmpgt_epi64(refused, _mm256_and_si256(product, _mm256_set1_epi64x(0xFFFFFFFF)));
  *words = _mm256_or_si256(_mm256_srli_epi64(product, 32), no);
  return no;
}

AVX2 static ALWAYS_INLINE int uniform_sets_avx2(const source *s, const word_grid *g, void *out, lane_plan *plan, const int sets,
                                                const int steady, const int wide) {
  plan_lanes(plan, g, 4 * (size_t)sets);
  const __m256i size = _mm256_set1_epi64x(s->ids), refused = _mm256_set1_epi64x(s->refused);
  const size_t blocks = plan->per_row * g->rows;
  size_t base = 0, moved = 0;
  __m256i any = _mm256_setzero_si256();
  for (size_t i = 0; i < blocks; i += 4 * (size_t)sets) {
    philox_x4 x[4];
    UNROLL(8) for (int j = 0; j < sets; j++) x[j] = counters_x4(g, plan, 4 * j, base);
    philox_rounds_x4(x, sets, &plan->keys, 0);
    UNROLL(8) for (int j = 0; j < sets; j++) {
      any = _mm256_or_si256(any, uniform_lanes_x4(&x[j].c0, size, refused));
      any = _mm256_or_si256(any, uniform_lanes_x4(&x[j].c1, size, refused));
      any = _mm256_or_si256(any, uniform_lanes_x4(&x[j].c2, size, refused));
      any = _mm256_or_si256(any, uniform_lanes_x4(&x[j].c3, size, refused));
      if (wide) place_wide_x4(x + j, plan->at + 4 * j, (int64_t *)out + moved);
      else place_x4(x + j, plan->at + 4 * j, (uint32_t *)out + moved);
    }
    if (steady) {
      base += plan->step_row;
      moved += plan->step_at;
    } else {
      UNROLL(8) for (int j = 0; j < sets; j++) move_lanes_x4(plan, 4 * j);
    }
  }
  if (!steady) plan->lanes = 0;
  return !_mm256_testz_si256(any, any);
}

AVX2 static ALWAYS_INLINE int uniform_any_avx2(const source *s, const word_grid *g, void *out, lane_plan *plan, const int wide) {
  const size_t per_row = (g->width + 3) / 4;
  if (8 % per_row == 0) return uniform_sets_avx2(s, g, out, plan, 2, 1, wide);
  if (12 % per_row == 0) return uniform_sets_avx2(s, g, out, plan, 3, 1, wide);
  return uniform_sets_avx2(s, g, out, plan, 2, 0, wide);
}

AVX2 static inline int uniform_avx2(const source *s, const word_grid *g, void *out, int wide, lane_plan *plan) {
  size_t done = 0;
  const unsigned any = wide ? group_rows_avx2(s, g, out, NULL, GIVE_WIDE, &done) : group_rows_avx2(s, g, out, NULL, GIVE_NARROW, &done);
  const word_grid rest = rest_of_grid(g, done);
  void *to = place_of(out, done * g->width, wide ? GIVE_WIDE : GIVE_NARROW);
  if (!rest.rows) return any != 0;
  return (wide ? uniform_any_avx2(s, &rest, to, plan, 1) : uniform_any_avx2(s, &rest, to, plan, 0)) | (any != 0);
}

AVX512 static inline int any_refused_avx512(const void *out, int wide, size_t n) { return any_refused(out, wide, n); }

AVX2 static inline int any_refused_avx2(const void *out, int wide, size_t n) { return any_refused(out, wide, n); }

#endif
#endif
