/* SPDX-License-Identifier: MIT */
/* Rows of a stream that threads share: each call takes the next ones with one atomic step, so that none is drawn
 * twice and none is left out. Nothing is held while a call draws, so a forked child finds nothing locked.
 */
#ifndef KERNELS_RESERVE_H
#define KERNELS_RESERVE_H

#include "target.h"

static inline uint64_t load_position(const uint64_t *position) { return ATOMIC_LOAD(position); }

static inline void store_position(uint64_t *position, uint64_t value) { ATOMIC_STORE(position, value); }

/* Takes n rows from *position on; the first of them goes into *first. Returns 0, and takes none, where they would
 * reach beyond `last`. */
static inline int reserve_rows(uint64_t *position, uint64_t n, uint64_t last, uint64_t *first) {
  uint64_t now = ATOMIC_LOAD(position);
  do {
    if (now > last || n > last - now) return 0;
  } while (!ATOMIC_SWAP(position, &now, now + n));
  *first = now;
  return 1;
}

/* Returns rows first .. first + n - 1 that were taken and not drawn. Returns 0, and leaves *position, where
 * another call has taken rows after them or the position was set. */
static inline int return_rows(uint64_t *position, uint64_t n, uint64_t first) {
  uint64_t after = first + n;
  return ATOMIC_SWAP(position, &after, first);
}

#endif
