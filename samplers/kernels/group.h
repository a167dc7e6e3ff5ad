/* SPDX-License-Identifier: MIT */
/* Sorts ids by an unsigned key each, and by id if keys are equal: the order in which laws/classes.py groups ids.
 *
 * The counts of a corpus repeat, and most are small. So ids go into buckets by a monotone function of their key: small keys have a
 * bucket each, and a bucket of larger keys spans less than a thousandth of their size. That is a counting sort of all ids. Only
 * buckets of several keys are sorted again, one after the other, in scratch that holds one bucket. */
#ifndef KERNELS_GROUP_H
#define KERNELS_GROUP_H

#include "wide.h"

enum { MOST_FINE = 10, MOST_DIGIT = 12, FEW_KEYS = 24 };

/* How keys are read and put into buckets. */
typedef struct {
  const uint64_t *keys;
  size_t n;
  int left;      /* keys are shifted left by this: 1 for non-negative float64, so that -0.0 is 0 */
  int fine;      /* bits of a key below its highest that choose the bucket */
  uint64_t base; /* the smallest positive key, less 1: it makes the buckets of keys that are close narrow */
} grouping;

typedef struct {
  uint64_t key;
  uint64_t id;
} keyed_id;

static inline uint64_t key_of(const grouping *g, size_t id) {
  const uint64_t key = g->keys[id] << g->left;
  return key ? key - g->base : 0;
}

/* The inverse of key_of, without the bit that was shifted out. */
static inline uint64_t key_before(const grouping *g, uint64_t key) { return (key ? key + g->base : 0) >> g->left; }

static inline size_t bucket_of(uint64_t key, int fine) {
  if (key < 2ull << fine) return (size_t)key;
  const int drop = top_bit(key) - fine;
  return ((size_t)drop << fine) + (size_t)(key >> drop);
}

/* The number of different keys that a bucket has room for. */
static inline uint64_t width_of(size_t bucket, int fine) {
  return bucket < (size_t)2 << fine ? 1 : 1ull << ((bucket >> fine) - 1);
}

static inline size_t buckets_of(int fine) { return (size_t)(65 - fine) << fine; }

/* Prepares to sort n ids, 1 or more. A table of few ids has fewer buckets than a long one. */
static inline grouping group_start(const uint64_t *keys, size_t n, int left) {
  const int fine = top_bit(n) - 6;
  grouping g = {keys, n, left, fine < 2 ? 2 : fine > MOST_FINE ? MOST_FINE : fine, 0};
  uint64_t smallest = UINT64_MAX;
  for (size_t i = 0; i < n; i++) { /* 0 becomes the largest number, so that only positive keys count */
    const uint64_t key = (keys[i] << left) - 1;
    smallest = key < smallest ? key : smallest;
  }
  g.base = smallest == UINT64_MAX ? 0 : smallest;
  return g;
}

/* Counts the ids of each bucket. *distinct: an upper limit of the number of different keys; *scratch: the ids of the largest bucket
 * of several keys. */
static inline void group_count(const grouping *g, uint32_t *sizes, size_t *distinct, size_t *scratch) {
  const size_t buckets = buckets_of(g->fine);
  *distinct = *scratch = 0;
  memset(sizes, 0, buckets * sizeof *sizes);
  for (size_t i = 0; i < g->n; i++) sizes[bucket_of(key_of(g, i), g->fine)]++;
  for (size_t b = 0; b < buckets; b++) {
    const uint64_t width = width_of(b, g->fine);
    *distinct += sizes[b] < width ? sizes[b] : width;
    if (width > 1 && sizes[b] > *scratch) *scratch = sizes[b];
  }
}

static inline void insertion_sort(keyed_id *ids, size_t n) {
  for (size_t i = 1; i < n; i++) {
    const keyed_id moved = ids[i];
    size_t j = i;
    for (; j && ids[j - 1].key > moved.key; j--) ids[j] = ids[j - 1];
    ids[j] = moved;
  }
}

/* Writes `from` into `to`, stably, by the digit at `low`. places: where the keys of each digit begin, which become their ends. */
static inline void put_by_digit(const keyed_id *from, keyed_id *to, size_t n, int low, uint64_t mask, uint32_t *places) {
  for (size_t i = 0; i < n; i++) to[places[from[i].key >> low & mask]++] = from[i];
}

/* Counts the keys of each digit, turns the counts into places, and returns the largest count. */
static inline uint32_t places_of_digits(const keyed_id *from, size_t n, int low, uint64_t mask, uint32_t *places) {
  uint32_t sum = 0, largest = 0;
  memset(places, 0, (mask + 1) * sizeof *places);
  for (size_t i = 0; i < n; i++) places[from[i].key >> low & mask]++;
  for (uint64_t digit = 0; digit <= mask; digit++) {
    const uint32_t size = places[digit];
    places[digit] = sum;
    sum += size;
    largest = size > largest ? size : largest;
  }
  return largest;
}

/* A stable sort of more than FEW_KEYS keys. `from` and `to` hold n; returns the one that is sorted. If the highest bits of the keys
 * leave few together, keys are put by these bits and move a few places. Else 8 bits are sorted in each pass, lowest first. */
static inline keyed_id *sort_keys(keyed_id *from, keyed_id *to, size_t n) {
  uint32_t places[1 << MOST_DIGIT];
  uint64_t differ = 0;
  for (size_t i = 1; i < n; i++) differ |= from[i].key ^ from[0].key;
  if (!differ) return from;
  const int digit = top_bit(n) < MOST_DIGIT ? top_bit(n) : MOST_DIGIT, top = top_bit(differ) + 1 - digit;
  const uint64_t mask = (1ull << digit) - 1;
  if (places_of_digits(from, n, top < 0 ? 0 : top, mask, places) <= FEW_KEYS) {
    put_by_digit(from, to, n, top < 0 ? 0 : top, mask, places);
    insertion_sort(to, n);
    return to;
  }
  for (int low = 0; low < 64 && differ >> low; low += 8) {
    keyed_id *sorted = to;
    if (!(differ >> low & 255)) continue;
    places_of_digits(from, n, low, 255, places);
    put_by_digit(from, to, n, low, 255, places);
    to = from;
    from = sorted;
  }
  return from;
}

/* Sorts the ids of a bucket that starts at `first` of the order, and writes its keys and where they begin. Returns how many keys there
 * are. */
static inline size_t sort_bucket(const grouping *g, int32_t *order, size_t first, size_t n, keyed_id *scratch, int64_t *starts,
                                 uint64_t *keys) {
  keyed_id *sorted = scratch;
  size_t found = 0;
  for (size_t i = 0; i < n; i++) {
    scratch[i].id = (uint64_t)order[first + i];
    scratch[i].key = key_of(g, scratch[i].id);
  }
  if (n <= FEW_KEYS)
    insertion_sort(scratch, n);
  else
    sorted = sort_keys(scratch, scratch + n, n);
  for (size_t i = 0; i < n; i++) {
    order[first + i] = (int32_t)sorted[i].id;
    if (i && sorted[i].key == sorted[i - 1].key) continue;
    keys[found] = key_before(g, sorted[i].key);
    starts[found++] = (int64_t)(first + i);
  }
  return found;
}

/* Writes the ids in order of their keys, the different keys, and where each begins. sizes, and the lengths of `starts` and `keys` and
 * (twice) of `scratch`, are those of group_count. Returns the number of different keys. */
static inline size_t group_sort(const grouping *g, uint32_t *sizes, int32_t *order, keyed_id *scratch, int64_t *starts,
                                uint64_t *keys) {
  const size_t buckets = buckets_of(g->fine);
  size_t first = 0, found = 0;
  for (size_t b = 0; b < buckets; b++) { /* sizes become places */
    const uint32_t size = sizes[b];
    sizes[b] = (uint32_t)first;
    first += size;
  }
  for (size_t i = 0; i < g->n; i++) order[sizes[bucket_of(key_of(g, i), g->fine)]++] = (int32_t)i;
  first = 0;
  for (size_t b = 0; b < buckets; b++) { /* places have become ends */
    const size_t size = sizes[b] - first;
    if (size && width_of(b, g->fine) == 1) {
      keys[found] = key_before(g, b);
      starts[found++] = (int64_t)first;
    } else if (size)
      found += sort_bucket(g, order, first, size, scratch, starts + found, keys + found);
    first = sizes[b];
  }
  return found;
}

/* Writes the value of each class to its ids. Returns 0, or -1 if an array does not hold a class, or an id is not below n_ids. */
static inline int spread_classes(const uint64_t *values, const int64_t *first, const int64_t *sizes, size_t n, const int32_t *order,
                                 size_t n_order, uint64_t *out, size_t n_ids) {
  for (size_t d = 0; d < n; d++) {
    if (first[d] < 0 || sizes[d] < 0 || (uint64_t)first[d] > n_order || (uint64_t)sizes[d] > n_order - (uint64_t)first[d]) return -1;
    for (int64_t i = first[d]; i < first[d] + sizes[d]; i++) {
      if ((uint32_t)order[i] >= n_ids) return -1;
      out[order[i]] = values[d];
    }
  }
  return 0;
}

#endif
