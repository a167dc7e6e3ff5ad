/* SPDX-License-Identifier: MIT */
/* Builds alias tables in exact integers, and adds up their units for the audit.
 *
 * A table has 2**bits slots of 2**slot_bits units each (2**32 or more): see slot.h. If a slot keeps all units, its alias is itself.
 * The order of the build decides which ids are drawn, so that it is part of the stream: never change it.
 */
#ifndef KERNELS_BUILD_H
#define KERNELS_BUILD_H

#include <stdlib.h>

#include "slot.h"
#include "wide.h"

/* Writes ids into `order`: ids of less than one slot from the front, all others from the back, both in rising order as seen from
 * their end. Ids n to 2**bits - 1 have no units. Returns the number of ids below one slot, or SIZE_MAX if the units do not sum to
 * 2**bits slots. */
static inline size_t partition_units(const uint64_t *units, size_t n, size_t slots, int slot_bits, uint32_t *order) {
  uint64_t sum = 0;
  unsigned overflow = 0;
  const uint64_t full = 1ull << slot_bits;
  size_t light = 0, heavy = slots;
  for (size_t i = 0; i < n; i++) { /* without branches: both ends are written, and one of the writes counts */
    int is_light = units[i] < full;
    sum += units[i];
    overflow |= sum < units[i];
    order[light] = (uint32_t)i;
    light += (size_t)is_light;
    order[heavy - 1] = (uint32_t)(is_light ? order[heavy - 1] : i);
    heavy -= (size_t)!is_light;
  }
  for (size_t i = n; i < slots; i++) order[light++] = (uint32_t)i;
  return overflow || sum != (uint64_t)slots << slot_bits ? SIZE_MAX : light;
}

/* Builds the table of units[0 .. n), which sum to 2**(bits + slot_bits), at most 2**63. order: scratch of 2**bits. Returns 0, or
 * -1 if the sum is wrong (then the table is not valid).
 *
 * It is one sweep (Huebschle-Schneider and Sanders, "Parallel weighted random sampling", 2022, section 4.1). The present heavy id
 * fills the slots of light ids while it has more than a slot. Then the next heavy id fills its slot. Each step fills one slot, and
 * has no unpredictable branch. */
static inline int alias_build(const uint64_t *units, size_t n, int bits, int slot_bits, uint32_t *hot, uint32_t *cold,
                              uint32_t *order) {
  const size_t slots = (size_t)1 << bits;
  const uint64_t full = 1ull << slot_bits;
  if (n > slots || n == 0) return -1;
  if (partition_units(units, n, slots, slot_bits, order) == SIZE_MAX) return -1;
  size_t light = 0, heavy = slots - 1;
  uint64_t rest = units[order[heavy]]; /* units of the present heavy id; the mean is one slot, so that there is a heavy id */
  for (size_t step = 1; step < slots; step++) {
    uint32_t donor = order[heavy], taker = order[light], next = order[heavy - 1];
    uint64_t small = taker < n ? units[taker] : 0, big = next < n ? units[next] : 0;
    int gives = rest > full;
    uint32_t slot = gives ? taker : donor, alias = gives ? donor : rest == full ? donor : next;
    uint64_t own = gives ? small : rest;
    put_slot(hot, cold, bits, slot_bits, slot, own, alias);
    rest = (gives ? rest : big) + own - full;
    light += (size_t)gives;
    heavy -= (size_t)!gives;
  }
  put_slot(hot, cold, bits, slot_bits, order[heavy], 0, order[heavy]); /* the last slot is full */
  return 0;
}

/* Classes of ids that share units: sizes[d] ids of mass masses[d], at most 2**62. Without sizes, every class is one id. If they are
 * joined, each class is one id of mass masses[d] * sizes[d]. */
typedef struct {
  const uint64_t *masses;
  const int64_t *sizes;
  size_t n;
  int joined;
} share_classes;

static inline uint64_t ids_of(const share_classes *c, size_t d) { return c->sizes && !c->joined ? (uint64_t)c->sizes[d] : 1; }

/* The remainder of a share. If remainders are equal, the lower rank comes first, then the lower class. */
typedef struct {
  uint128 rest;
  uint64_t rank;
  size_t id;
} share_rest;

/* Memory for share_units: n levels and n rests, of which only those near the last unit are written. */
enum { MOST_LEVEL_BITS = 14 };
typedef struct {
  uint64_t *ids; /* ids whose remainder has a level: 2**MOST_LEVEL_BITS */
  uint16_t *levels;
  share_rest *rests;
} share_scratch;

/* The division of 2**total_bits units by the total mass, which is below 2**93. */
typedef struct {
  uint128 total, units_of_mass; /* units_of_mass: 2**(total_bits + 64) / total, rounded down */
  double per_total;             /* 1 / total, too small by less than 2**-48 of it */
  int total_bits, drop, level_bits;
} share_rule;

static inline share_rule rule_of(const share_classes *c, int total_bits) {
  share_rule rule = {0, 0, 0, total_bits, 0, c->n < 64 ? 0 : top_bit(c->n) - 5};
  if (rule.level_bits > MOST_LEVEL_BITS) rule.level_bits = MOST_LEVEL_BITS;
  for (size_t d = 0; d < c->n; d++) rule.total += (uint128)c->masses[d] * (c->sizes ? (uint64_t)c->sizes[d] : 1);
  rule.units_of_mass = ((uint128)1 << (total_bits + 64)) / rule.total;
  rule.per_total = (1 - 0x1p-49) / double_of(rule.total);
  rule.drop = bits_of(rule.total) - rule.level_bits;
  if (rule.drop < 0) rule.drop = 0;
  return rule;
}

/* (mass << total_bits) / total of an id of class d, and its remainder. A mass is at most 2**62, so that the first quotient is too small
 * by at most 1. If classes are joined, the remainder times the size is divided too; it is below 2**124. No branch depends on an error. */
static inline uint64_t share_of(const share_classes *c, size_t d, const share_rule *rule, uint128 *rest) {
  const uint64_t mass = c->masses[d], per_mass[2] = {(uint64_t)rule->units_of_mass, (uint64_t)(rule->units_of_mass >> 64)};
  uint64_t quotient = (uint64_t)((uint128)mass * per_mass[0] >> 64) + mass * per_mass[1];
  uint128 left = ((uint128)mass << rule->total_bits) - quotient * rule->total;
  if (c->sizes && c->joined) {
    left *= (uint64_t)c->sizes[d];
    const uint64_t more = (uint64_t)(double_of(left) * rule->per_total);
    quotient = quotient * (uint64_t)c->sizes[d] + more;
    left -= more * rule->total;
  }
  const int more = left >= rule->total;
  *rest = left - (more ? rule->total : 0);
  return quotient + (uint64_t)more;
}

static inline int larger_first(const void *a, const void *b) {
  const share_rest *x = (const share_rest *)a, *y = (const share_rest *)b;
  if (x->rest != y->rest) return x->rest > y->rest ? -1 : 1;
  if (x->rank != y->rank) return x->rank < y->rank ? -1 : 1;
  return x->id < y->id ? -1 : 1;
}

static inline int falls(const uint64_t *masses, size_t n) {
  for (size_t i = 1; i < n; i++)
    if (masses[i] > masses[i - 1]) return 0;
  return 1;
}

/* Gives `left` units to the largest remainders, one to each id. Remainders of a higher level all get one. Only those of the level at
 * which the units end are sorted. */
static inline void give_units(const share_classes *c, const share_rule *rule, uint64_t left, uint64_t *units,
                              const share_scratch *scratch, size_t *partial, uint64_t *extra) {
  const int ranked = !c->sizes && !falls(c->masses, c->n);
  size_t level = (size_t)1 << rule->level_bits, n = 0;
  while (left && left >= scratch->ids[level - 1]) left -= scratch->ids[--level];
  for (size_t d = 0; d < c->n; d++) units[d] += scratch->levels[d] >= level;
  for (size_t d = 0; left && d < c->n; d++) {
    if (scratch->levels[d] + 1u != level) continue;
    share_rest *last = &scratch->rests[n++];
    share_of(c, d, rule, &last->rest);
    last->rank = ranked ? c->masses[d] : 0;
    last->id = d;
  }
  if (left) qsort(scratch->rests, n, sizeof *scratch->rests, larger_first);
  for (size_t i = 0; left; i++) { /* fewer than the ids of this level are left */
    const size_t d = scratch->rests[i].id;
    if (left < ids_of(c, d)) {
      *partial = d;
      *extra = left;
      break;
    }
    units[d]++;
    left -= ids_of(c, d);
  }
}

/* Shares 2**total_bits units (total_bits at most 63) by the largest-remainder rule of laws/quantise.py: units[d] for each id of class
 * d, and one unit more for the first *extra ids of class *partial. Without sizes, of equal remainders the smaller mass comes first,
 * unless the masses fall all the way, as classes of ids stand; a mass may be 0, and gets no unit, because fewer units are left than
 * there are remainders above 0. Returns 0; or -1 if a share is below one unit, which that rule lifts to one at the cost of the others. */
static inline int share_units(const share_classes *c, int total_bits, uint64_t *units, const share_scratch *scratch, size_t *partial,
                              uint64_t *extra) {
  const share_rule rule = rule_of(c, total_bits);
  uint64_t left = 1ull << total_bits;
  memset(scratch->ids, 0, sizeof *scratch->ids << rule.level_bits);
  for (size_t d = 0; d < c->n; d++) {
    uint128 rest;
    units[d] = share_of(c, d, &rule, &rest);
    if (!units[d] && c->masses[d]) return -1;
    scratch->levels[d] = (uint16_t)(rest >> rule.drop);
    scratch->ids[scratch->levels[d]] += ids_of(c, d);
    left -= units[d] * ids_of(c, d);
  }
  *partial = 0;
  *extra = 0;
  if (left) give_units(c, &rule, left, units, scratch, partial, extra);
  return 0;
}

/* Adds up the units of each id in a finished table: out[0 .. n). Returns 0, or -1 if a slot at or past n keeps units, or if an
 * alias is not below n. */
static inline int alias_mass(const uint32_t *hot, const uint32_t *cold, int bits, int slot_bits, size_t n, uint64_t *out) {
  const size_t slots = (size_t)1 << bits;
  memset(out, 0, n * sizeof *out);
  for (size_t slot = 0; slot < slots; slot++) {
    uint64_t own = kept_units(hot, cold, bits, slot_bits, slot), alias = slot_alias(hot[slot], bits);
    if (alias >= n || (slot >= n && own)) return -1;
    out[alias] += (1ull << slot_bits) - own;
    if (slot < n) out[slot] += own;
  }
  return 0;
}

/* Whether every draw from a table gives an entry below n: slots at or past n keep no units, and no alias is at or past n. The entry
 * is an index of `classes`, so that this is a bounds check. */
static inline int alias_in_range(const uint32_t *hot, const uint32_t *cold, int bits, size_t n) {
  const size_t slots = (size_t)1 << bits;
  uint64_t bad = 0;
  for (size_t slot = 0; slot < slots; slot++) {
    uint32_t own = hot[slot] >> bits | cold[slot];
    bad |= (uint64_t)(slot_alias(hot[slot], bits) >= n) | (uint64_t)(slot >= n && own);
  }
  return !bad;
}

/* Whether each of n classes is not empty, and ends at or before `limit`. */
static inline int classes_in_range(const uint64_t *classes, size_t n, uint64_t limit) {
  uint64_t bad = 0;
  for (size_t d = 0; d < n; d++) {
    uint64_t first = (uint32_t)classes[d], size = classes[d] >> 32;
    bad |= (uint64_t)(size == 0) | (uint64_t)(first + size > limit);
  }
  return !bad;
}

/* Whether no draw from n concatenated tables reads past an array. Table w has 2**bits[w] slots and first[w + 1] - first[w] entries; a
 * table without entries has no slots. Returns the total number of slots, or SIZE_MAX if a draw would read past an array. */
static inline size_t tables_in_range(const uint32_t *hot, const uint32_t *cold, size_t length, const uint8_t *bits, const int64_t *first,
                                     size_t n) {
  size_t start = 0;
  for (size_t w = 0; w < n; w++) {
    const uint64_t entries = (uint64_t)(first[w + 1] - first[w]);
    if (!entries) continue;
    const size_t slots = (size_t)1 << bits[w];
    if (slots > length - start) return SIZE_MAX;
    if (!alias_in_range(hot + start, cold + start, bits[w], entries)) return SIZE_MAX;
    start += slots;
  }
  return start;
}

#endif
