/* SPDX-License-Identifier: MIT */
/* The arguments of a short call: copies of arrays that are checked in the same pass, and marks in place of excluded ids.
 *
 * A short call holds the global lock while it reads the arrays of the caller. What it checked is its copy, so that neither another thread
 * nor a draw into the same memory changes what is used.
 */
#ifndef KERNELS_SHORT_H
#define KERNELS_SHORT_H

#include "draw.h"

/* Copies n integers, int64 if wide, else int32. Returns whether all lie in [low, last]. The sign of one of two differences says whether a
 * value is outside; both are taken modulo 2**64. */
static inline int copy_within(const void *from, int wide, size_t n, int64_t low, int64_t last, int64_t *to) {
  uint64_t outside = 0;
  if (wide) {
    for (size_t i = 0; i < n; i++) {
      int64_t value = ((const int64_t *)from)[i];
      to[i] = value;
      outside |= ((uint64_t)value - (uint64_t)low) | ((uint64_t)last - (uint64_t)value);
    }
  } else {
    for (size_t i = 0; i < n; i++) {
      int64_t value = ((const int32_t *)from)[i];
      to[i] = value;
      outside |= ((uint64_t)value - (uint64_t)low) | ((uint64_t)last - (uint64_t)value);
    }
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

/* Writes -1 in place of the excluded ids of n complete rows of k. */
static inline void mark_excluded(const rules *r, size_t n, size_t k, void *out, int wide) {
  int64_t *const ids = (int64_t *)out;
  int32_t *const narrow = (int32_t *)out;
  for (size_t i = 0; i < n; i++) {
    size_t count;
    const int64_t *set = excluded_ids(r, i, &count);
    for (size_t c = i * k; c < (i + 1) * k; c++) {
      if (!is_excluded(set, count, r->rising, (uint32_t)(wide ? ids[c] : narrow[c]))) continue;
      if (wide) ids[c] = -1;
      else narrow[c] = -1;
    }
  }
}

#endif
