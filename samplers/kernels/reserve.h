/* SPDX-License-Identifier: MIT */
/* Reserves rows of a stream that threads share. A call reserves its rows in one atomic step, so that each row is drawn once. No lock is
 * held while a call draws, so that a forked child never finds a locked lock.
 */
#ifndef KERNELS_RESERVE_H
#define KERNELS_RESERVE_H

#include "target.h"

static inline uint64_t load_position(const uint64_t *position) { return ATOMIC_LOAD(position); }

static inline void store_position(uint64_t *position, uint64_t value) { ATOMIC_STORE(position, value); }

/* Reserves n rows from *position on, and writes the first into *first. Returns 0, and reserves none, if they would end past `last`. */
static inline int reserve_rows(uint64_t *position, uint64_t n, uint64_t last, uint64_t *first) {
  uint64_t now = ATOMIC_LOAD(position);
  do {
    if (now > last || n > last - now) return 0;
  } while (!ATOMIC_SWAP(position, &now, now + n));
  *first = now;
  return 1;
}

/* Gives back rows first .. first + n - 1, which were reserved and not drawn. Returns 0, and does not change *position, if another call
 * has reserved rows after them, or if the position was set. */
static inline int return_rows(uint64_t *position, uint64_t n, uint64_t first) {
  uint64_t after = first + n;
  return ATOMIC_SWAP(position, &after, first);
}

#endif
