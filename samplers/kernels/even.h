/* SPDX-License-Identifier: MIT */
/* The exact path of a uniform law: that of exact.h without weights, because a sum of equal weights is a number of ids.
 *
 * A column takes the allowed id number floor(word * total / 2**128), by rising id, of `total` allowed ones: section 8 of docs/streams.md.
 * The ids that are not excluded have ranks 0, 1, 2, ... The excluded ids, sorted, give the id of a rank by bisection. If ids are distinct,
 * the ranks of earlier columns are taken: few as a list, many as bits with a binary indexed tree of free ranks. A row comes here only if
 * most ids are excluded or taken, so that the bits need less memory than the excluded ids and the row.
 */
#ifndef KERNELS_EVEN_H
#define KERNELS_EVEN_H

#include <stdlib.h>

#include "exact.h"

#define EVEN_FEW 128 /* up to this many columns, a list is faster than the tree */

/* Excluded ids, rising and without repeats. */
typedef struct {
  const int64_t *ids;
  size_t n;
} even_set;

/* How many excluded ids are below an id. */
static inline size_t even_below(const even_set *s, int64_t id) {
  size_t low = 0, high = s->n;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (s->ids[middle] < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

/* The id of a rank: so many excluded ids lie below it that fewer than rank + 1 others do. */
static inline uint32_t even_id(const even_set *s, size_t rank) {
  size_t low = 0, high = s->n;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if ((size_t)s->ids[middle] - middle <= rank) low = middle + 1;
    else high = middle;
  }
  return (uint32_t)(rank + low);
}

static inline int even_order(const void *x, const void *y) {
  const int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;
  return (a > b) - (a < b);
}

/* Sorts the ids in [0, n_ids) of a set, and removes repeats. to: as many places as the set has. */
static inline even_set even_sorted(const int64_t *set, size_t count, uint32_t n_ids, int64_t *to) {
  size_t n = 0, kept = 0;
  for (size_t j = 0; j < count; j++)
    if (set[j] >= 0 && set[j] < (int64_t)n_ids) to[n++] = set[j];
  qsort(to, n, sizeof *to, even_order);
  for (size_t j = 0; j < n; j++)
    if (kept == 0 || to[kept - 1] != to[j]) to[kept++] = to[j];
  const even_set sorted = {to, kept};
  return sorted;
}

/* Ranks that earlier columns have taken. */
typedef struct {
  size_t n;                /* how many */
  size_t list[EVEN_FEW];   /* rising; used if bits is NULL */
  uint64_t *bits;          /* one for each free rank */
  uint32_t *tree;          /* blocks + 1: entry i has the free ranks of blocks i - lowest bit of i to i - 1; a block has 64 ranks */
  size_t blocks;
} even_taken;

static inline void even_free(even_taken *t) {
  free(t->bits);
  free(t->tree);
}

/* Makes the bits and the tree of `ranks` free ranks. Returns -1 if there is no memory. */
static inline int even_room(even_taken *t, size_t ranks) {
  t->blocks = ranks / 64 + 1;
  t->bits = (uint64_t *)malloc(t->blocks * sizeof *t->bits);
  t->tree = (uint32_t *)malloc((t->blocks + 1) * sizeof *t->tree);
  if (!t->bits || !t->tree) return -1;
  memset(t->bits, 0xFF, t->blocks * sizeof *t->bits);
  t->bits[ranks / 64] = ((uint64_t)1 << ranks % 64) - 1;
  for (size_t i = 1; i <= t->blocks; i++) {
    const size_t end = i * 64 < ranks ? i * 64 : ranks;
    t->tree[i] = (uint32_t)(end - (i - (i & (0 - i))) * 64);
  }
  return 0;
}

static inline void even_take(even_taken *t, size_t rank) {
  t->n++;
  if (t->bits) {
    t->bits[rank / 64] &= ~((uint64_t)1 << rank % 64);
    for (size_t i = rank / 64 + 1; i <= t->blocks; i += i & (0 - i)) t->tree[i]--;
    return;
  }
  size_t j = t->n - 1;
  for (; j > 0 && t->list[j - 1] > rank; j--) t->list[j] = t->list[j - 1];
  t->list[j] = rank;
}

/* The free rank that has `number` free ranks below it. */
static inline size_t even_pick(const even_taken *t, size_t number) {
  if (!t->bits) {
    size_t j = 0;
    while (j < t->n && t->list[j] - j <= number) j++;
    return number + j;
  }
  size_t block = 0, step = 1;
  while (step * 2 <= t->blocks) step *= 2;
  for (; step; step /= 2)
    if (block + step <= t->blocks && t->tree[block + step] <= number) {
      block += step;
      number -= t->tree[block];
    }
  uint64_t bits = t->bits[block];
  for (; number; number--) bits &= bits - 1;
  size_t bit = 0;
  for (; !(bits >> bit & 1); bit++);
  return block * 64 + bit;
}

static inline exact_result even_columns(uint32_t n_ids, const even_set *set, const exact_row *r, even_taken *taken) {
  const size_t ranks = n_ids - set->n;
  for (size_t c = 0; r->distinct && c < r->column; c++) even_take(taken, r->ids[c] - even_below(set, r->ids[c]));
  for (size_t c = r->column; c < r->k; c++) {
    const size_t total = ranks - taken->n;
    if (total == 0) return EXACT_NONE_LEFT;
    const size_t rank = even_pick(taken, (size_t)exact_target(r, c, total));
    r->ids[c] = even_id(set, rank);
    if (r->distinct) even_take(taken, rank);
  }
  return EXACT_DONE;
}

/* Fills the columns of a row from r->column on. rising: whether the excluded ids rise, without repeats, and are ids of the law. */
static inline exact_result even_finish(uint32_t n_ids, int rising, const exact_row *r) {
  even_set set = {r->excluded, r->excluded_count};
  even_taken taken = {.bits = NULL};
  int64_t *sorted = NULL;
  exact_result result = EXACT_NO_MEMORY;
  if (!rising && set.n) {
    sorted = (int64_t *)malloc(set.n * sizeof *sorted);
    if (!sorted) return result;
    set = even_sorted(r->excluded, r->excluded_count, n_ids, sorted);
  }
  if (!r->distinct || r->k <= EVEN_FEW || !even_room(&taken, n_ids - set.n)) result = even_columns(n_ids, &set, r, &taken);
  even_free(&taken);
  free(sorted);
  return result;
}

#endif
