/* SPDX-License-Identifier: MIT */
/* The form of powers.h for vectors of REALS numbers, with names that end in SUFFIX. TARGET: the instruction set; QUOTIENT(x, n): x / n for
 * a small integer n. powers.h defines these four and includes this file, once for each form. */

typedef double NAMED(reals) __attribute__((vector_size(8 * REALS)));
typedef int64_t NAMED(masks) __attribute__((vector_size(8 * REALS)));
#define reals NAMED(reals)
#define masks NAMED(masks)
#define all_of(x) ((x) - (reals){0})

TARGET static ALWAYS_INLINE reals NAMED(chosen)(masks mask, reals yes, reals no) {
  return (reals)(((masks)yes & mask) | ((masks)no & ~mask));
}
#define chosen NAMED(chosen)

/* The nearest integer, the even one of two, with the sign of x. From 2**52 on every float64 is an integer. */
TARGET static ALWAYS_INLINE reals NAMED(rounded)(reals x) {
  const masks sign = (masks)x & INT64_MIN;
  const reals size = (reals)((masks)x & INT64_MAX), nearest = (size + 0x1p52) - 0x1p52;
  return (reals)((masks)chosen(size < 0x1p52, nearest, size) | sign);
}

/* The logarithms to base 2 of positive x, as fractions in [-0.5, 0.5] and integers. */
TARGET static ALWAYS_INLINE void NAMED(log2_parts)(const reals *x, reals *fraction, reals *integer) {
  reals z[WAYS], square[WAYS], series[WAYS];
  EACH {
    const masks tiny = x[j] < 0x1p-1022;
    const reals normal = chosen(tiny, x[j] * 0x1p54, x[j]);
    const reals exponent = (reals)((masks)((masks)normal >> 52) | 0x4330000000000000) - 0x1p52;
    const reals half = (reals)(((masks)normal & 0x000FFFFFFFFFFFFF) | 0x3FE0000000000000); /* in [0.5, 1) */
    const masks low = half < ROOT_OF_HALF;
    const reals mantissa = chosen(low, 2.0 * half, half);
    integer[j] = exponent - 1022.0 - chosen(tiny, all_of(54.0), all_of(0.0)) - chosen(low, all_of(1.0), all_of(0.0));
    z[j] = (mantissa - 1.0) / (mantissa + 1.0); /* at most 0.172; log(mantissa) = 2 atanh(z) */
    square[j] = z[j] * z[j];
    series[j] = all_of(1.0 / 21); /* the next term is below 1e-18 */
  }
  UNROLL(10) for (int n = 19; n > 0; n -= 2) EACH series[j] = series[j] * square[j] + 1.0 / n;
  EACH fraction[j] = 2.0 * z[j] * series[j] / LN2;
}

/* The integer parts of 2**62 * (x / r)**exponent, limited to [1, 2**62], of PART counts; 0 for a count of 0. */
TARGET static ALWAYS_INLINE void NAMED(part_of_powers)(const double *counts, const power_law *law, uint64_t *weights) {
  masks positive[WAYS];
  reals x[WAYS], fraction[WAYS], integer[WAYS], power[WAYS], y[WAYS], series[WAYS];
  memcpy(x, counts, sizeof x);
  EACH positive[j] = x[j] > 0.0, x[j] = chosen(positive[j], x[j], all_of(1.0));
  NAMED(log2_parts)(x, fraction, integer);
  EACH {
    const reals product = law->exponent * (integer[j] - law->integer), whole = NAMED(rounded)(product);
    const reals rest = (product - whole) + law->exponent * (fraction[j] - law->fraction), carry = NAMED(rounded)(rest);
    power[j] = whole + carry;
    y[j] = (rest - carry) * LN2; /* at most 0.35, so that the next term of Taylor's series is below 5e-18 */
    series[j] = all_of(1.0);
  }
  UNROLL(13) for (int n = 13; n > 0; n--) EACH series[j] = 1.0 + QUOTIENT(series[j] * y[j], n);
  EACH {
    reals shift = power[j] + 62.0; /* if it is limited, so is the weight */
    shift = chosen(shift < -2.0, all_of(-2.0), chosen(shift > 63.0, all_of(63.0), shift));
    const reals scaled = series[j] * (reals)((masks)(shift + (0x1p52 + 1023)) << 52); /* exactly times 2**shift */
    const reals weight = chosen(scaled < 1.0, all_of(1.0), chosen(scaled > LARGEST_WEIGHT, all_of(LARGEST_WEIGHT), scaled));
    const masks whole = __builtin_convertvector(weight, masks) & positive[j];
    memcpy(weights + REALS * j, &whole, sizeof whole);
  }
}

TARGET static inline void NAMED(ratio_powers)(const double *counts, size_t n, double extreme, double exponent, uint64_t *weights) {
  reals x[WAYS], fraction[WAYS], integer[WAYS];
  EACH x[j] = all_of(extreme);
  NAMED(log2_parts)(x, fraction, integer);
  const power_law law = {fraction[0][0], integer[0][0], exponent};
  const size_t whole = n / PART * PART, left = n - whole;
  for (size_t at = 0; at < whole; at += PART) NAMED(part_of_powers)(counts + at, &law, weights + at);
  if (!left) return;
  double last[PART] = {0};
  uint64_t of_last[PART];
  memcpy(last, counts + whole, left * sizeof *last);
  NAMED(part_of_powers)(last, &law, of_last);
  memcpy(weights + whole, of_last, left * sizeof *of_last);
}

#undef reals
#undef masks
#undef all_of
#undef chosen
#undef REALS
#undef SUFFIX
#undef TARGET
#undef QUOTIENT
