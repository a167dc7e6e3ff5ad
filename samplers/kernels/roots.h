/* SPDX-License-Identifier: MIT */
/* Exact integer roots: floor(count**(q/4) * 2**shift), the weights of laws/weights.py.
 *
 * r is that floor if r**4 <= count**q << 4 * shift < (r + 1)**4. These numbers have up to 248 bits. Floating point gives only a first
 * estimate, so that its rounding changes no root. */
#ifndef KERNELS_ROOTS_H
#define KERNELS_ROOTS_H

#include <math.h>

#include "wide.h"

static inline uint256 fourth_power(uint64_t x) { return square((uint128)x * x); }

/* count**q, for q from 1 to 3. */
static inline uint256 power_of_count(uint64_t count, int q) {
  const uint128 power = (uint128)count * (q > 1 ? count : 1);
  const uint64_t factor = q > 2 ? count : 1;
  const uint128 low = (uint128)(uint64_t)power * factor, high = (uint128)(uint64_t)(power >> 64) * factor + (low >> 64);
  const uint256 result = {high >> 64, high << 64 | (uint64_t)low};
  return result;
}

/* The root of a positive count, for q from 1 to 3, at least 2**14. The relative error of `power` is below 2**-51, so that the first r is
 * not above the root, and below it by less than 2 or 2**-48 of it. A step of Newton's method is then right to 2**-11. If it ends within
 * 2**-10 of an integer, comparisons decide. */
static inline uint64_t quarter_root(uint64_t count, int q, int shift) {
  const double root = sqrt((double)count), power = q == 2 ? root : q == 1 ? sqrt(root) : root * sqrt(root);
  const uint256 wanted = shifted(power_of_count(count, q), 4 * shift);
  const double estimate = power * (double)(1ull << shift);
  uint64_t r = (uint64_t)(estimate - estimate * 0x1p-50) - 1;
  const uint256 error = minus(wanted, fourth_power(r));
  const double slope = 4.0 * (double)r * (double)r * (double)r;
  const double step = (double_of(error.high) * 0x1p128 + double_of(error.low)) / slope, part = step - (double)(int64_t)step;
  r += (uint64_t)step;
  if (part > 0x1p-10 && part < 1 - 0x1p-10) return r;
  while (is_below(wanted, fourth_power(r))) r--;
  while (!is_below(wanted, fourth_power(r + 1))) r++;
  return r;
}

/* Writes 0 for a count of 0, else max(1, floor(count**(q/4) * 2**shift)), for q from 0 to 4. The caller chooses a shift that keeps
 * the roots below 2**62: from 14 to 61 for q from 1 to 3. It may be negative for q = 4. */
static inline void quarter_roots(const uint64_t *counts, size_t n, int q, int shift, uint64_t *roots) {
  for (size_t i = 0; i < n; i++) {
    const uint64_t count = counts[i];
    uint64_t root = 0;
    if (q == 0)
      root = 1ull << shift;
    else if (q == 4)
      root = shift < 0 ? count >> -shift : count << shift;
    else if (count)
      root = quarter_root(count, q, shift);
    roots[i] = !count ? 0 : root ? root : 1;
  }
}

#endif
