/* SPDX-License-Identifier: MIT */
/* Powers of real counts by IEEE operations that are rounded in the same way on every machine: laws/weights.py.
 *
 * The compiler must not fuse a product with a sum: setup.py compiles with -ffp-contract=off. All steps are + - * /, and changes of the
 * exponent that are exact, so that vectors of any length and single numbers give the same bits. */
#ifndef KERNELS_POWERS_H
#define KERNELS_POWERS_H

#include "target.h"

#define LN2 0x1.62e42fefa39efp-1 /* log(2) in float64 */
#define ROOT_OF_HALF 0x1.6a09e667f3bcdp-1
#define LARGEST_WEIGHT 0x1p62

typedef struct {
  double fraction, integer, exponent; /* the logarithm of the extreme count r, and the exponent of the law */
} power_law;

/* Vectors that are computed together: a step waits for the one before it, in which those of the other vectors begin. */
#define WAYS 4
#define PART (WAYS * REALS)
#define EACH for (int j = 0; j < WAYS; j++)
#define JOINED(name, suffix) name##suffix
#define JOIN(name, suffix) JOINED(name, suffix)
#define NAMED(name) JOIN(name, SUFFIX)

#define REALS 2 /* of SSE2 and NEON. Wider vectors without fused products gain nothing, because divisions are the limit */
#define SUFFIX _scalar
#define TARGET
#define QUOTIENT(x, n) ((x) / (n))
#include "powers_form.h"

#if KERNELS_X86
#define FUSED __attribute__((target("avx2,fma")))
#define FUSED_512 __attribute__((target("avx512f,avx512dq,fma")))

/* x / n from x * (1 / n), whose error a fused product measures exactly. It is rounded as a division is: x / n is 1 / (2 * n) units of
 * its last place or more from the middle of two numbers, and the corrected quotient is wrong by 2**-52 of a unit, before it is rounded.
 * (If x is so small that the error is no normal number, 1 + x / n is 1 in any case.) */
FUSED static ALWAYS_INLINE __m256d quotient_x4(__m256d x, int n) {
  const __m256d first = x * (1.0 / n);
  if ((n & (n - 1)) == 0) return first;
  const __m256d error = _mm256_fnmadd_pd(first, _mm256_set1_pd(n), x);
  return _mm256_fmadd_pd(error, _mm256_set1_pd(1.0 / n), first);
}

FUSED_512 static ALWAYS_INLINE __m512d quotient_x8(__m512d x, int n) {
  const __m512d first = x * (1.0 / n);
  if ((n & (n - 1)) == 0) return first;
  const __m512d error = _mm512_fnmadd_pd(first, _mm512_set1_pd(n), x);
  return _mm512_fmadd_pd(error, _mm512_set1_pd(1.0 / n), first);
}

#define REALS 4
#define SUFFIX _avx2
#define TARGET FUSED
#define QUOTIENT quotient_x4
#include "powers_form.h"

#define REALS 8
#define SUFFIX _avx512
#define TARGET FUSED_512
#define QUOTIENT quotient_x8
#include "powers_form.h"

#undef FUSED
#undef FUSED_512
#endif

typedef void (*powers_form)(const double *counts, size_t n, double extreme, double exponent, uint64_t *weights);

/* The form of that name: scalar, avx2 or avx512. NULL if the processor does not have it. Each writes the weights of n counts whose largest
 * weight is that of `extreme`. Counts are finite and not negative; the exponent is from -2**64 to 2**64. */
static inline powers_form powers_form_of(const char *name) {
#if KERNELS_X86
  const int fused = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const int wide = fused && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq");
  if (fused && !strcmp(name, "avx2")) return ratio_powers_avx2;
  if (wide && !strcmp(name, "avx512")) return ratio_powers_avx512;
#endif
  return strcmp(name, "scalar") ? NULL : ratio_powers_scalar;
}

#undef EACH
#undef WAYS
#undef PART
#endif
