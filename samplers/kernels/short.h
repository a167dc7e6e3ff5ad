/* SPDX-License-Identifier: MIT */
/* The arguments of a short call: copies of arrays, which are checked in the same pass.
 *
 * A short call holds the global lock while it reads the arrays of the caller. What it checked is its copy, so that neither another thread
 * nor a draw into the same memory changes what is used.
 */
#ifndef KERNELS_SHORT_H
#define KERNELS_SHORT_H

#include "finish.h"

/* The sign of one of two differences says whether a value is outside; both are taken modulo 2**64. */
static ALWAYS_INLINE uint64_t sign_outside(int64_t value, int64_t low, int64_t last) {
  return ((uint64_t)value - (uint64_t)low) | ((uint64_t)last - (uint64_t)value);
}

static ALWAYS_INLINE int64_t integer_at(const void *from, const int wide, ptrdiff_t stride, size_t i) {
  const char *at = (const char *)from + (ptrdiff_t)i * stride;
  return wide ? *(const int64_t *)at : *(const int32_t *)at;
}

/* Copies n integers, int64 if wide, else int32, `stride` bytes apart. Returns whether all lie in [low, last]. */
static inline int copy_within(const void *from, int wide, ptrdiff_t stride, size_t n, int64_t low, int64_t last, int64_t *to) {
  uint64_t outside = 0;
  if (wide && stride == sizeof(int64_t)) { /* the usual case, in vectors */
    for (size_t i = 0; i < n; i++) outside |= sign_outside(to[i] = ((const int64_t *)from)[i], low, last);
  } else {
    for (size_t i = 0; i < n; i++) outside |= sign_outside(to[i] = integer_at(from, wide, stride, i), low, last);
  }
  return !(outside >> 63);
}

/* Whether the n + 1 places, each from 0 to last, rise from 0 to last. */
static inline int places_rise(const int64_t *places, size_t n, int64_t last) {
  int falls = places[0] != 0 || places[n] != last;
  for (size_t i = 0; i < n; i++) falls |= places[i + 1] < places[i];
  return !falls;
}

/* The largest number of ids that a row excludes; all sets have a size from 0 to 2**31. */
static inline int64_t longest_set(const rules *r, size_t n) {
  if (!r->starts) return (int64_t)r->each;
  int64_t longest = 0;
  for (size_t i = 0; i < n; i++) {
    int64_t size = r->stops[i] - r->starts[i];
    longest = size > longest ? size : longest;
  }
  return longest;
}

/* The first and the last place of each of n chosen sets. Returns whether all numbers, as of `copy_within`, lie below `sets`. */
static inline int choose_sets(const void *numbers, int wide, ptrdiff_t stride, size_t n, const int64_t *starts, const int64_t *stops,
                              size_t sets, int64_t *chosen_starts, int64_t *chosen_stops) {
  size_t i = 0;
  if (wide && stride == sizeof(int64_t)) { /* four numbers take one branch: a third less time for 1,024 numbers */
    const uint64_t *of = (const uint64_t *)numbers;
    for (; i + 4 <= n; i += 4) {
      const uint64_t a = of[i], b = of[i + 1], c = of[i + 2], d = of[i + 3];
      if ((a >= sets) | (b >= sets) | (c >= sets) | (d >= sets)) return 0;
      chosen_starts[i] = starts[a], chosen_starts[i + 1] = starts[b], chosen_starts[i + 2] = starts[c], chosen_starts[i + 3] = starts[d];
      chosen_stops[i] = stops[a], chosen_stops[i + 1] = stops[b], chosen_stops[i + 2] = stops[c], chosen_stops[i + 3] = stops[d];
    }
  }
  for (; i < n; i++) {
    const uint64_t number = (uint64_t)integer_at(numbers, wide, stride, i);
    if (number >= sets) return 0;
    chosen_starts[i] = starts[number];
    chosen_stops[i] = stops[number];
  }
  return 1;
}

#endif
