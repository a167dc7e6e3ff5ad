/* SPDX-License-Identifier: MIT */
/* The arguments of a short call: copies of arrays, which are checked in the same pass.
 *
 * A short call holds the global lock while it reads the arrays of the caller. What it checked is its copy, so that neither another thread
 * nor a draw into the same memory changes what is used.
 */
#ifndef KERNELS_SHORT_H
#define KERNELS_SHORT_H

#include "finish.h"

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

/* The first and the last place of each of n chosen sets. Returns whether all numbers, int64 if wide, else int32, lie below `sets`. */
static inline int choose_sets(const void *numbers, int wide, size_t n, const int64_t *starts, const int64_t *stops, size_t sets,
                              int64_t *chosen_starts, int64_t *chosen_stops) {
  for (size_t i = 0; i < n; i++) {
    uint64_t number = (uint64_t)(wide ? ((const int64_t *)numbers)[i] : ((const int32_t *)numbers)[i]);
    if (number >= sets) return 0;
    chosen_starts[i] = starts[number];
    chosen_stops[i] = stops[number];
  }
  return 1;
}

#endif
