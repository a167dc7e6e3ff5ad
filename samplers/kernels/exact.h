/* SPDX-License-Identifier: MIT */
/* The exact path: the columns of a row after one whose attempts are used up.
 *
 * A column takes a word of 128 bits. The id is the first allowed one at which the sum of the weights of the allowed ids exceeds
 * word * total / 2**128: section 8 of docs/streams.md. It is found without a pass over all ids. `upto` has the sums of all ids, and a
 * row has, beside it, the weights of the ids that are left out of it (excluded ones and, if ids are distinct, those of earlier columns):
 * few ids as a sorted list, many as a binary indexed tree of what is left out. A column takes O(log V) operations in both cases,
 * whatever the weights.
 */
#ifndef KERNELS_EXACT_H
#define KERNELS_EXACT_H

#include <stdlib.h>

#include "philox.h"

#define EXACT_KEY 0x9E3779B97F4A7C15ull /* xor the key: words that are independent of the attempts before */
#define EXACT_BLOCK 8                   /* places between two entries of `upto` */
#define EXACT_FEW 128                   /* up to this many ids left out, a list is faster than the tree */
#define NO_PLACE SIZE_MAX

typedef unsigned __int128 wide; /* sums are below 2**31 * 2**62 */

typedef struct {
  uint64_t low, high;
} halves; /* of a wide, aligned to eight bytes only */

static inline wide wide_of(const halves *h) { return (wide)h->high << 64 | h->low; }

static inline halves halves_of(wide value) {
  halves h = {(uint64_t)value, (uint64_t)(value >> 64)};
  return h;
}

/* The weights of a law, by place. A place is an id, or the index of an id in `ids`. */
typedef struct exact_law {
  size_t n, blocks;
  const uint64_t *weights; /* n */
  const halves *upto;      /* blocks + 1: the sum of the places below EXACT_BLOCK * i, for the last one of all places */
  const int32_t *ids;      /* n, rising; NULL: places are ids */
} exact_law;

static inline size_t exact_blocks(size_t n) { return (n + EXACT_BLOCK - 1) / EXACT_BLOCK; }

static inline void exact_sums(const uint64_t *weights, size_t n, halves *upto) {
  wide sum = 0;
  for (size_t i = 0; i < n; i++) {
    if (i % EXACT_BLOCK == 0) upto[i / EXACT_BLOCK] = halves_of(sum);
    sum += weights[i];
  }
  upto[exact_blocks(n)] = halves_of(sum);
}

static inline uint32_t exact_id(const exact_law *e, size_t place) { return e->ids ? (uint32_t)e->ids[place] : (uint32_t)place; }

/* The first place whose id is not below `id`. */
static inline size_t exact_first(const exact_law *e, int64_t id) {
  if (!e->ids) return id < 0 ? 0 : (uint64_t)id < e->n ? (size_t)id : e->n;
  size_t low = 0, high = e->n;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (e->ids[middle] < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

static inline size_t exact_place(const exact_law *e, int64_t id) {
  size_t place = exact_first(e, id);
  return id >= 0 && place < e->n && exact_id(e, place) == id ? place : NO_PLACE;
}

/* The ids of e that are not in the set (rising) and have a positive weight. Returns their number; writes them if ids is not NULL. */
static inline size_t exact_left(const exact_law *e, const int64_t *set, size_t count, int32_t *ids, uint64_t *weights) {
  size_t left = 0, at = 0;
  for (size_t j = 0; j <= count; j++) {
    const size_t end = j < count ? exact_first(e, set[j]) : e->n;
    for (; at < end; at++) {
      if (e->weights[at] == 0) continue;
      if (ids) ids[left] = (int32_t)exact_id(e, at), weights[left] = e->weights[at];
      left++;
    }
    if (j < count && at < e->n && exact_id(e, at) == set[j]) at++;
  }
  return left;
}

/* floor(u * total / 2**128), for total below 2**96. */
static inline wide exact_target(uint64_t key, uint64_t row, uint32_t epoch, uint32_t column, wide total) {
  uint32_t x[4] = {(uint32_t)row, (uint32_t)(row >> 32), column, epoch};
  philox_block(key ^ EXACT_KEY, x);
  const uint64_t u0 = x[0] | (uint64_t)x[1] << 32, u1 = x[2] | (uint64_t)x[3] << 32;
  const uint64_t t0 = (uint64_t)total, t1 = (uint64_t)(total >> 64);
  const wide low = (wide)u0 * t0 >> 64, cross = (wide)u0 * t1 + low, other = (wide)u1 * t0;
  return (wide)u1 * t1 + (cross >> 64) + (other >> 64) + (((wide)(uint64_t)cross + (uint64_t)other) >> 64);
}

/* The ids that are left out of a row, if they are few: rising places, and where each lies if those before it are cut out. */
typedef struct {
  size_t n;
  size_t place[EXACT_FEW];
  wide from[EXACT_FEW];       /* the sum of the allowed places below place[j] */
  wide before[EXACT_FEW + 1]; /* the sum of the weights of place[0 .. j) */
} few_out;

/* The same, if they are many: a binary indexed tree over blocks, whose entry i has blocks i - lowest bit of i to i - 1. */
typedef struct {
  wide *out;       /* blocks + 1 */
  uint64_t *marks; /* a bit for each place */
  uint32_t *place; /* in order of arrival, to undo it */
  size_t n, room;
  wide sum;
  const exact_law *law; /* whose blocks these are */
} many_out;

/* Adds a place to a list that is being sorted. */
static inline void few_add(few_out *f, size_t place) {
  size_t j = f->n;
  while (j > 0 && f->place[j - 1] > place) j--;
  if (j > 0 && f->place[j - 1] == place) return; /* excluded twice */
  memmove(f->place + j + 1, f->place + j, (f->n++ - j) * sizeof *f->place);
  f->place[j] = place;
}

static inline wide exact_below(const exact_law *e, size_t place) {
  wide sum = wide_of(e->upto + place / EXACT_BLOCK);
  for (size_t p = place / EXACT_BLOCK * EXACT_BLOCK; p < place; p++) sum += e->weights[p];
  return sum;
}

static inline void few_place(const exact_law *e, few_out *f) {
  f->before[0] = 0;
  for (size_t j = 0; j < f->n; j++) {
    f->from[j] = exact_below(e, f->place[j]) - f->before[j];
    f->before[j + 1] = f->before[j] + e->weights[f->place[j]];
  }
}

/* The last i in 0 .. blocks - 1 with upto[i] <= target. */
static inline size_t exact_block(const exact_law *e, wide target) {
  size_t at = 0, left = e->blocks;
  while (left > 1) {
    const size_t half = left / 2;
    at = wide_of(e->upto + at + half) <= target ? at + half : at;
    left -= half;
  }
  return at;
}

/* The place at a target below the total of what is allowed. If ids are distinct, it joins the list. */
static inline size_t few_pick(const exact_law *e, few_out *f, wide target, int distinct) {
  size_t j = 0, left = f->n;
  while (left > 0) {
    const size_t half = (left + 1) / 2;
    j = f->from[j + half - 1] <= target ? j + half : j;
    left -= half;
  }
  target += f->before[j];
  const size_t block = exact_block(e, target);
  size_t place = block * EXACT_BLOCK;
  wide below = wide_of(e->upto + block);
  while (below + e->weights[place] <= target) below += e->weights[place++];
  if (!distinct) return place;
  const uint64_t weight = e->weights[place];
  memmove(f->place + j + 1, f->place + j, (f->n - j) * sizeof *f->place);
  memmove(f->from + j + 1, f->from + j, (f->n - j) * sizeof *f->from);
  memmove(f->before + j + 1, f->before + j, (f->n - j + 1) * sizeof *f->before);
  f->place[j] = place;
  f->from[j] = below - f->before[j];
  f->n++;
  for (size_t i = j + 1; i < f->n; i++) f->from[i] -= weight;
  for (size_t i = j + 1; i <= f->n; i++) f->before[i] += weight;
  return place;
}

/* Leaves out a place; back: allows it again. */
static inline void many_count(const exact_law *e, many_out *m, size_t place, int back) {
  const wide weight = back ? (wide)0 - e->weights[place] : e->weights[place];
  m->marks[place / 64] ^= 1ull << place % 64;
  m->sum += weight;
  for (size_t i = place / EXACT_BLOCK + 1; i <= e->blocks; i += i & (0 - i)) m->out[i] += weight;
}

static inline void many_add(const exact_law *e, many_out *m, size_t place) {
  if (m->marks[place / 64] >> place % 64 & 1) return;
  many_count(e, m, place, 0);
  m->place[m->n++] = (uint32_t)place;
}

static inline void many_undo(const exact_law *e, many_out *m) {
  while (m->n) many_count(e, m, m->place[--m->n], 1);
}

static inline size_t many_pick(const exact_law *e, many_out *m, wide target, int distinct) {
  size_t block = 0, step = 1;
  while (step * 2 <= e->blocks) step *= 2;
  for (; step; step /= 2) {
    const size_t next = block + step;
    if (next >= e->blocks) continue; /* the target lies in an earlier block */
    const wide beyond = target + m->out[next];
    const int past = wide_of(e->upto + next) <= beyond;
    block = past ? next : block;
    target = past ? beyond : target;
  }
  target -= wide_of(e->upto + block);
  size_t place = block * EXACT_BLOCK;
  for (;; place++) {
    const int out = m->marks[place / 64] >> place % 64 & 1;
    if (out) continue;
    if (target < e->weights[place]) break;
    target -= e->weights[place];
  }
  if (distinct) many_add(e, m, place);
  return place;
}

static inline void many_free(many_out *m) {
  free(m->out);
  free(m->marks);
  free(m->place);
  memset(m, 0, sizeof *m);
}

/* Makes room for `most` places. Returns 0, or -1 if there is no memory. */
static inline int many_room(const exact_law *e, many_out *m, size_t most) {
  if (m->law == e && m->room >= most) return 0;
  many_free(m);
  m->out = (wide *)calloc(e->blocks + 1, sizeof *m->out);
  m->marks = (uint64_t *)calloc(e->n / 64 + 1, sizeof *m->marks);
  m->place = (uint32_t *)malloc(most * sizeof *m->place);
  if (!m->out || !m->marks || !m->place) return -1;
  m->law = e;
  m->room = most;
  return 0;
}

/* What is left of a law beside a set that is large: made once, and found again by the address of the set. */
typedef struct {
  const exact_law *of;
  const int64_t *set;
  size_t count;
  const exact_law *left;
} exact_entry;

#define EXACT_KNOWN 256
#define EXACT_LARGE 16384 /* from this size on a set may be large */

/* It grows while other threads read it: an entry is complete before it is counted. */
typedef struct exact_known {
  uint64_t n;
  exact_entry entry[EXACT_KNOWN];
} exact_known;

/* Counts an entry that is complete; one thread at a time. */
static inline void exact_count_entry(exact_known *known) { ATOMIC_STORE(&known->n, known->n + 1); }

/* Whether the ids of a set are too many to leave them out one by one. */
static inline int exact_large(const exact_law *e, size_t count) { return count >= EXACT_LARGE && count > e->n / 8; }

static inline const exact_law *exact_find(const exact_known *known, const exact_law *e, const int64_t *set, size_t count) {
  for (size_t j = known ? (size_t)ATOMIC_LOAD(&known->n) : 0; j > 0; j--) {
    const exact_entry *entry = known->entry + j - 1;
    if (entry->set == set && entry->count == count && entry->of == e) return entry->left;
  }
  return NULL;
}

/* A row, its key and epoch, and the rules for its columns from `column` on. */
typedef struct {
  uint64_t key, row;
  uint32_t epoch;
  uint32_t *ids;
  size_t column, k;
  int distinct;
  const int64_t *excluded; /* NULL if the law has none of them */
  size_t excluded_count;
} exact_row;

typedef enum { EXACT_DONE, EXACT_UNPREPARED, EXACT_NONE_LEFT, EXACT_NO_MEMORY } exact_result;

static inline exact_result exact_few(const exact_law *e, const exact_row *r) {
  few_out f;
  f.n = 0;
  for (size_t j = 0; j < r->excluded_count; j++) {
    const size_t place = exact_place(e, r->excluded[j]);
    if (place != NO_PLACE) few_add(&f, place);
  }
  for (size_t c = 0; r->distinct && c < r->column; c++) few_add(&f, exact_place(e, r->ids[c]));
  few_place(e, &f);
  const wide all = wide_of(e->upto + e->blocks);
  for (size_t c = r->column; c < r->k; c++) {
    const wide total = all - f.before[f.n];
    if (total == 0) return EXACT_NONE_LEFT;
    const wide target = exact_target(r->key, r->row, r->epoch, (uint32_t)c, total);
    r->ids[c] = exact_id(e, few_pick(e, &f, target, r->distinct));
  }
  return EXACT_DONE;
}

static inline exact_result exact_many(const exact_law *e, const exact_row *r, many_out *m) {
  if (many_room(e, m, r->excluded_count + r->k)) return EXACT_NO_MEMORY;
  for (size_t j = 0; j < r->excluded_count; j++) {
    const size_t place = exact_place(e, r->excluded[j]);
    if (place != NO_PLACE) many_add(e, m, place);
  }
  for (size_t c = 0; r->distinct && c < r->column; c++) many_add(e, m, exact_place(e, r->ids[c]));
  const wide all = wide_of(e->upto + e->blocks);
  for (size_t c = r->column; c < r->k; c++) {
    const wide total = all - m->sum;
    if (total == 0) return EXACT_NONE_LEFT; /* the scratch is of no use then: no row follows */
    const wide target = exact_target(r->key, r->row, r->epoch, (uint32_t)c, total);
    r->ids[c] = exact_id(e, many_pick(e, m, target, r->distinct));
  }
  many_undo(e, m);
  return EXACT_DONE;
}

/* Fills the columns of a row from r->column on. left: what is left beside the row's set, if that is known. It is unprepared if there is no
 * law, or if the set is large and nothing is known: then the columns are as they were. */
static inline exact_result exact_finish(const exact_law *e, const exact_law *left, const exact_row *row, many_out *m) {
  exact_row r = *row;
  if (!e) return EXACT_UNPREPARED;
  if (exact_large(e, r.excluded_count)) {
    if (!left) return EXACT_UNPREPARED;
    e = left;
    r.excluded_count = 0;
  }
  return r.excluded_count + (r.distinct ? r.k : 0) > EXACT_FEW ? exact_many(e, &r, m) : exact_few(e, &r);
}

#endif
