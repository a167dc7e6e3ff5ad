/* SPDX-License-Identifier: MIT */
/* Powers of real counts by IEEE operations that are rounded in the same way on every machine: laws/weights.py.
 *
 * The compiler must not fuse a product with a sum: setup.py compiles with -ffp-contract=off. All steps are + - * /, and changes of the
 * exponent that are exact, so that vectors and single numbers give the same bits. */
#ifndef KERNELS_POWERS_H
#define KERNELS_POWERS_H

#include <stdint.h>
#include <string.h>

typedef double reals __attribute__((vector_size(16))); /* of SSE2 and NEON. Wider ones gain nothing: divisions are the limit. */
typedef int64_t masks __attribute__((vector_size(16)));
#define REALS 2

#define LN2 0x1.62e42fefa39efp-1 /* log(2) in float64 */
#define ROOT_OF_HALF 0x1.6a09e667f3bcdp-1
#define LARGEST_WEIGHT 0x1p62

static inline reals all_of(double x) { return (reals){x, x}; }

static inline reals chosen(masks mask, reals yes, reals no) { return (reals)(((masks)yes & mask) | ((masks)no & ~mask)); }

/* The nearest integer, the even one of two, with the sign of x. From 2**52 on every float64 is an integer. */
static inline reals rounded(reals x) {
  const masks sign = (masks)x & INT64_MIN;
  const reals size = (reals)((masks)x & INT64_MAX), nearest = (size + 0x1p52) - 0x1p52;
  return (reals)((masks)chosen(size < 0x1p52, nearest, size) | sign);
}

/* Vectors that are computed together: a division takes 13 cycles, in which those of the other vectors begin. */
#define PART (WAYS * REALS)
#define WAYS 4
#define EACH for (int j = 0; j < WAYS; j++)

/* The logarithms to base 2 of positive x, as fractions in [-0.5, 0.5] and integers. */
static inline void log2_parts(const reals *x, reals *fraction, reals *integer) {
  reals z[WAYS], square[WAYS], series[WAYS];
  EACH {
    const masks tiny = x[j] < 0x1p-1022;
    const reals normal = chosen(tiny, x[j] * 0x1p54, x[j]);
    const reals exponent = (reals)((masks)((masks)normal >> 52) | 0x4330000000000000) - 0x1p52;
    const reals half = (reals)(((masks)normal & 0x000FFFFFFFFFFFFF) | 0x3FE0000000000000); /* in [0.5, 1) */
    const masks low = half < ROOT_OF_HALF;
    const reals mantissa = chosen(low, 2.0 * half, half);
    integer[j] = exponent - 1022.0 - chosen(tiny, all_of(54), all_of(0)) - chosen(low, all_of(1), all_of(0));
    z[j] = (mantissa - 1.0) / (mantissa + 1.0); /* at most 0.172; log(mantissa) = 2 atanh(z) */
    square[j] = z[j] * z[j];
    series[j] = all_of(1.0 / 21); /* the next term is below 1e-18 */
  }
  for (int n = 19; n > 0; n -= 2) EACH series[j] = series[j] * square[j] + 1.0 / n;
  EACH fraction[j] = 2.0 * z[j] * series[j] / LN2;
}

typedef struct {
  double fraction, integer, exponent; /* the logarithm of the extreme count r, and the exponent of the law */
} power_law;

/* The integer parts of 2**62 * (x / r)**exponent, limited to [1, 2**62], of PART counts; 0 for a count of 0. */
static inline void part_of_powers(const double *counts, const power_law *law, uint64_t *weights) {
  masks positive[WAYS];
  reals x[WAYS], fraction[WAYS], integer[WAYS], power[WAYS], y[WAYS], series[WAYS];
  memcpy(x, counts, sizeof x);
  EACH positive[j] = x[j] > 0.0, x[j] = chosen(positive[j], x[j], all_of(1));
  log2_parts(x, fraction, integer);
  EACH {
    const reals product = law->exponent * (integer[j] - law->integer), whole = rounded(product);
    const reals rest = (product - whole) + law->exponent * (fraction[j] - law->fraction), carry = rounded(rest);
    power[j] = whole + carry;
    y[j] = (rest - carry) * LN2; /* at most 0.35, so that the next term of Taylor's series is below 5e-18 */
    series[j] = all_of(1);
  }
  for (int n = 13; n > 0; n--) EACH series[j] = 1.0 + series[j] * y[j] / n;
  EACH {
    reals shift = power[j] + 62.0; /* if it is limited, so is the weight */
    shift = chosen(shift < -2.0, all_of(-2), chosen(shift > 63.0, all_of(63), shift));
    const reals scaled = series[j] * (reals)((masks)(shift + (0x1p52 + 1023)) << 52); /* exactly times 2**shift */
    const reals weight = chosen(scaled < 1.0, all_of(1), chosen(scaled > LARGEST_WEIGHT, all_of(LARGEST_WEIGHT), scaled));
    for (int i = 0; i < REALS; i++) weights[REALS * j + i] = (uint64_t)(int64_t)weight[i] & (uint64_t)positive[j][i];
  }
}

/* The weights of n counts whose largest weight is that of `extreme`. Counts are finite and not negative; the exponent is from -2**64 to
 * 2**64. */
static inline void ratio_powers(const double *counts, size_t n, double extreme, double exponent, uint64_t *weights) {
  reals x[WAYS], fraction[WAYS], integer[WAYS];
  EACH x[j] = all_of(extreme);
  log2_parts(x, fraction, integer);
  const power_law law = {fraction[0][0], integer[0][0], exponent};
  const size_t whole = n / PART * PART, left = n - whole;
  for (size_t at = 0; at < whole; at += PART) part_of_powers(counts + at, &law, weights + at);
  if (!left) return;
  double last[PART] = {0};
  uint64_t of_last[PART];
  memcpy(last, counts + whole, left * sizeof *last);
  part_of_powers(last, &law, of_last);
  memcpy(weights + whole, of_last, left * sizeof *of_last);
}

#undef EACH
#undef WAYS
#undef PART
#endif
