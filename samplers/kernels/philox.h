/* SPDX-License-Identifier: MIT */
/* Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011): one block in plain C, sets of four
 * blocks in AVX2 and of eight in AVX-512. All give the same words.
 *
 * The SIMD forms have one 32-bit counter word in each 64-bit lane. The multiplication reads only the low half of a lane, so that the high
 * half may have any value. A round takes two multiplications, two shifts and two exclusive-ors. With 32-bit lanes it would take sixteen
 * operations for 16 blocks, which is slower on Zen 4 (0.73 in place of 0.62 ns for 64 bits).
 */
#ifndef KERNELS_PHILOX_H
#define KERNELS_PHILOX_H

#include "target.h"

#define PHILOX_M0 0xD2511F53u
#define PHILOX_M1 0xCD9E8D57u
#define PHILOX_W0 0x9E3779B9u
#define PHILOX_W1 0xBB67AE85u
#define PHILOX_ROUNDS 10
#define ATTEMPTS 128 /* of a cell: the tags of its counters */

/* key: k0 in the low 32 bits, k1 in the high ones. x: the counter on entry, the four words on return. */
static inline void philox_block(uint64_t key, uint32_t x[4]) {
  uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
  for (int round = 0; round < PHILOX_ROUNDS; round++) {
    uint64_t p0 = (uint64_t)PHILOX_M0 * x[0], p1 = (uint64_t)PHILOX_M1 * x[2];
    x[0] = (uint32_t)(p1 >> 32) ^ x[1] ^ k0;
    x[1] = (uint32_t)p1;
    x[2] = (uint32_t)(p0 >> 32) ^ x[3] ^ k1;
    x[3] = (uint32_t)p0;
    k0 += PHILOX_W0;
    k1 += PHILOX_W1;
  }
}

/* The ten round keys of both halves, as 64-bit integers: they are loaded by broadcast, without a vector operation. */
typedef struct {
  uint64_t k0[PHILOX_ROUNDS], k1[PHILOX_ROUNDS];
} philox_keys;

static inline philox_keys philox_schedule(uint64_t key) {
  philox_keys s;
  for (uint32_t round = 0; round < PHILOX_ROUNDS; round++) {
    s.k0[round] = (uint32_t)key + round * PHILOX_W0;
    s.k1[round] = (uint32_t)(key >> 32) + round * PHILOX_W1;
  }
  return s;
}

#if KERNELS_X86

/* Eight blocks, one in each lane: ci has word i of each block. */
typedef struct {
  __m512i c0, c1, c2, c3;
} philox_x8;

AVX512 static ALWAYS_INLINE void philox_round_x8(philox_x8 *x, __m512i k0, __m512i k1) {
  const __m512i m0 = _mm512_set1_epi64(PHILOX_M0), m1 = _mm512_set1_epi64(PHILOX_M1);
  __m512i p0 = _mm512_mul_epu32(x->c0, m0), p1 = _mm512_mul_epu32(x->c2, m1);
  x->c0 = _mm512_ternarylogic_epi64(_mm512_srli_epi64(p1, 32), x->c1, k0, 0x96);
  x->c2 = _mm512_ternarylogic_epi64(_mm512_srli_epi64(p0, 32), x->c3, k1, 0x96);
  x->c1 = p1;
  x->c3 = p0;
}

/* Several sets at once. A round waits five cycles for its multiplications, and the scheduler of Zen 4 is too short to start the next
 * iteration meanwhile. With 1, 2, 3, 4, 5 sets a block takes 1.57, 1.41, 1.28, 1.23, 1.19 ns. done: rounds that are behind. */
AVX512 static ALWAYS_INLINE void philox_rounds_x8(philox_x8 *x, int sets, const philox_keys *keys, const int done) {
  UNROLL(10) for (int round = done; round < PHILOX_ROUNDS; round++) {
    __m512i k0 = _mm512_set1_epi64((long long)keys->k0[round]);
    __m512i k1 = _mm512_set1_epi64((long long)keys->k1[round]);
    UNROLL(8) for (int j = 0; j < sets; j++) philox_round_x8(x + j, k0, k1);
  }
}

/* Transposes lanes to blocks: even gets the words of blocks 0, 2, 4, 6, and odd those of blocks 1, 3, 5, 7, in order. */
AVX512 static ALWAYS_INLINE void philox_blocks_x8(const philox_x8 *x, __m512i *even, __m512i *odd) {
  __m512i w01 = _mm512_mask_shuffle_epi32(x->c0, 0xAAAA, x->c1, (_MM_PERM_ENUM)0xA0);
  __m512i w23 = _mm512_mask_shuffle_epi32(x->c2, 0xAAAA, x->c3, (_MM_PERM_ENUM)0xA0);
  *even = _mm512_unpacklo_epi64(w01, w23);
  *odd = _mm512_unpackhi_epi64(w01, w23);
}

/* Four blocks, one in each lane. */
typedef struct {
  __m256i c0, c1, c2, c3;
} philox_x4;

AVX2 static ALWAYS_INLINE void philox_round_x4(philox_x4 *x, __m256i k0, __m256i k1) {
  const __m256i m0 = _mm256_set1_epi64x(PHILOX_M0), m1 = _mm256_set1_epi64x(PHILOX_M1);
  __m256i p0 = _mm256_mul_epu32(x->c0, m0), p1 = _mm256_mul_epu32(x->c2, m1);
  x->c0 = _mm256_xor_si256(_mm256_srli_epi64(p1, 32), _mm256_xor_si256(x->c1, k0));
  x->c2 = _mm256_xor_si256(_mm256_srli_epi64(p0, 32), _mm256_xor_si256(x->c3, k1));
  x->c1 = p1;
  x->c3 = p0;
}

AVX2 static ALWAYS_INLINE void philox_rounds_x4(philox_x4 *x, int sets, const philox_keys *keys, const int done) {
  UNROLL(10) for (int round = done; round < PHILOX_ROUNDS; round++) {
    __m256i k0 = _mm256_set1_epi64x((long long)keys->k0[round]);
    __m256i k1 = _mm256_set1_epi64x((long long)keys->k1[round]);
    UNROLL(8) for (int j = 0; j < sets; j++) philox_round_x4(x + j, k0, k1);
  }
}

/* even: blocks 0 and 2; odd: blocks 1 and 3. */
AVX2 static ALWAYS_INLINE void philox_blocks_x4(const philox_x4 *x, __m256i *even, __m256i *odd) {
  __m256i w01 = _mm256_blend_epi32(x->c0, _mm256_slli_epi64(x->c1, 32), 0xAA);
  __m256i w23 = _mm256_blend_epi32(x->c2, _mm256_slli_epi64(x->c3, 32), 0xAA);
  *even = _mm256_unpacklo_epi64(w01, w23);
  *odd = _mm256_unpackhi_epi64(w01, w23);
}

#endif
#endif
