/* SPDX-License-Identifier: MIT */
/* What the compiler and the processor offer: the one place that asks which compiler this is. */
#ifndef KERNELS_TARGET_H
#define KERNELS_TARGET_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if !defined(KERNELS_SCALAR_ONLY) && defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#define KERNELS_X86 1
#include <immintrin.h>
#define AVX2 __attribute__((target("avx2,bmi2")))
#define AVX512 __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,bmi2")))
#else
#define KERNELS_X86 0
#endif

#if defined(__GNUC__) || defined(__clang__)
#define ALWAYS_INLINE inline __attribute__((always_inline))
#define PREFETCH(address) __builtin_prefetch(address)
#else
#define ALWAYS_INLINE inline
#define PREFETCH(address) ((void)(address))
#endif

#define PRAGMA(text) _Pragma(#text)
#if defined(__clang__)
#define UNROLL(n) PRAGMA(unroll)
#elif defined(__GNUC__)
#define UNROLL(n) PRAGMA(GCC unroll n)
#else
#define UNROLL(n)
#endif

/* Index of the lowest set bit of a mask that is not zero. */
static inline int lowest_bit(uint32_t mask) {
#if defined(__GNUC__) || defined(__clang__)
  return __builtin_ctz(mask);
#else
  int i = 0;
  while (!(mask >> i & 1)) i++;
  return i;
#endif
}

#endif
