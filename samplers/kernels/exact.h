/* SPDX-License-Identifier: MIT */
/* The exact path: the columns of a row after one whose attempts are used up.
 *
 * A column takes a word of 128 bits. The id is the first allowed one at which the sum of the weights of the allowed ids exceeds
 * word * total / 2**128: section 8 of docs/streams.md. It is found without a pass over all ids. `upto` has the sums of all ids, and a
 * row has, beside it, the weights of the ids that are left out of it (excluded ones and, if ids are distinct, those of earlier columns):
 * few ids as a list, many as a binary indexed tree of what is left out. A column takes O(log V) operations in both cases,
 * whatever the weights.
 */
#ifndef KERNELS_EXACT_H
#define KERNELS_EXACT_H

#include <stdlib.h>

#include "philox.h"

#define EXACT_KEY 0x9E3779B97F4A7C15ull /* xor the key: words that are independent of the attempts before */
#define EXACT_BLOCK 8                   /* places between two entries of `upto` */
#define EXACT_FEW 128                   /* up to this many ids left out, a list is faster than the tree */
#define EXACT_FEWEST 8                  /* up to this many, an id joins the list without a branch */
#define NO_PLACE SIZE_MAX

typedef unsigned __int128 wide; /* sums are below 2**31 * 2**62 */

typedef struct {
  uint64_t low, high;
} halves; /* of a wide, aligned to eight bytes only */

static inline wide wide_of(const halves *h) { return (wide)h->high << 64 | h->low; }

/* All bits if a condition holds. Of a sum that is used where nothing predicts the condition, because compilers make a branch of `?:`. */
static inline uint64_t all_if(int condition) { return 0 - (uint64_t)condition; }

static inline halves halves_of(wide value) {
  halves h = {(uint64_t)value, (uint64_t)(value >> 64)};
  return h;
}

#define EXACT_HEAVY 16 /* ids that may be kept out of the guide */

typedef struct {
  halves start; /* the sum of the places below */
  uint64_t weight;
  size_t place;
} heavy_place;

/* The weights of a law, by place. A place is an id, or the index of an id in `ids`.
 *
 * The guide leads from a sum to its block without a search. It has a bucket for each block, of equal width in the sums of the light
 * places. Without the heavy ones, because they would leave all others in one bucket. */
typedef struct exact_law {
  size_t n, blocks;
  const uint64_t *weights; /* n */
  const halves *upto;      /* blocks + 1: the sum of the places below EXACT_BLOCK * i, for the last one of all places */
  const uint32_t *guide;   /* blocks + 1: the block in which bucket i begins */
  const int32_t *ids;      /* n, rising; NULL: places are ids */
  int shift;               /* a sum of light places >> shift is its bucket */
  size_t heavies;
  heavy_place heavy[EXACT_HEAVY]; /* rising */
} exact_law;

static inline size_t exact_blocks(size_t n) { return (n + EXACT_BLOCK - 1) / EXACT_BLOCK; }

static inline wide exact_below(const exact_law *e, size_t place) {
  wide sum = wide_of(e->upto + place / EXACT_BLOCK);
  for (size_t p = place / EXACT_BLOCK * EXACT_BLOCK; p < place; p++) sum += e->weights[p];
  return sum;
}

/* Chooses the heavy places: the heaviest ones, as long as one has more than 1 / EXACT_HEAVY of what it leaves. Returns the sum of the
 * light ones. */
static inline wide exact_choose_heavy(exact_law *e) {
  size_t top[EXACT_HEAVY], n = 0; /* by falling weight */
  for (size_t i = 0; i < e->n; i++) {
    if (n == EXACT_HEAVY && e->weights[i] <= e->weights[top[n - 1]]) continue;
    size_t j = n < EXACT_HEAVY ? n++ : n - 1;
    for (; j > 0 && e->weights[top[j - 1]] < e->weights[i]; j--) top[j] = top[j - 1];
    top[j] = i;
  }
  wide light = wide_of(e->upto + e->blocks);
  size_t chosen = 0;
  for (; chosen < n && (wide)e->weights[top[chosen]] * EXACT_HEAVY > light; chosen++) light -= e->weights[top[chosen]];
  e->heavies = chosen;
  for (size_t i = 0; i < chosen; i++) {
    size_t j = i;
    for (; j > 0 && e->heavy[j - 1].place > top[i]; j--) e->heavy[j] = e->heavy[j - 1];
    e->heavy[j] = (heavy_place){halves_of(exact_below(e, top[i])), e->weights[top[i]], top[i]};
  }
  return light;
}

/* Completes a law whose n and weights are set. upto, guide: exact_blocks(n) + 1 each. */
static inline void exact_build(exact_law *e, halves *upto, uint32_t *guide) {
  wide sum = 0;
  for (size_t i = 0; i < e->n; i++) {
    if (i % EXACT_BLOCK == 0) upto[i / EXACT_BLOCK] = halves_of(sum);
    sum += e->weights[i];
  }
  e->blocks = exact_blocks(e->n);
  upto[e->blocks] = halves_of(sum);
  e->upto = upto;
  e->guide = guide;
  const wide light = exact_choose_heavy(e);
  for (e->shift = 0; light >> e->shift >= e->blocks;) e->shift++; /* at most `blocks` buckets */
  sum = 0;
  size_t bucket = 0, heavy = 0;
  for (size_t block = 0; block < e->blocks; block++) {
    sum = wide_of(upto + block + 1);
    while (heavy < e->heavies && e->heavy[heavy].place / EXACT_BLOCK <= block) heavy++;
    for (size_t h = 0; h < heavy; h++) sum -= e->heavy[h].weight;
    for (; bucket <= e->blocks && (wide)bucket << e->shift < sum; bucket++) guide[bucket] = (uint32_t)block;
  }
  for (; bucket <= e->blocks; bucket++) guide[bucket] = (uint32_t)(e->blocks - 1);
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

/* Writes the ids of e that are not in the set (rising, without repeats) and have a positive weight. Returns their number. */
static inline size_t exact_left(const exact_law *e, const int64_t *set, size_t count, int32_t *ids, uint64_t *weights) {
  size_t left = 0, at = 0;
  for (size_t j = 0; j <= count; j++) {
    /* Where 64 ids of the set follow each other, they are the next 64 places. */
    while (!e->ids && count - j > 64 && set[j] == (int64_t)at && set[j + 63] == (int64_t)at + 63) j += 64, at += 64;
    const size_t end = j < count ? exact_first(e, set[j]) : e->n;
    for (; at < end; at++) {
      if (e->weights[at] == 0) continue;
      ids[left] = (int32_t)exact_id(e, at);
      weights[left++] = e->weights[at];
    }
    if (j < count && at < e->n && exact_id(e, at) == set[j]) at++;
  }
  return left;
}

/* floor(u * total / 2**128), for total below 2**96. x: the four words of u. */
static inline wide exact_share(const uint32_t x[4], wide total) {
  const uint64_t u0 = x[0] | (uint64_t)x[1] << 32, u1 = x[2] | (uint64_t)x[3] << 32;
  const uint64_t t0 = (uint64_t)total, t1 = (uint64_t)(total >> 64);
  const wide low = (wide)u0 * t0 >> 64, cross = (wide)u0 * t1 + low, other = (wide)u1 * t0;
  return (wide)u1 * t1 + (cross >> 64) + (other >> 64) + (((wide)(uint64_t)cross + (uint64_t)other) >> 64);
}

/* The ids that are left out of a row, if they are few, by rising place. `from` is where a place would lie if it and those before it were
 * cut out: the sum of the allowed places below. `end` is where it ends if nothing is cut out. */
typedef struct {
  size_t n;
  wide from[EXACT_FEW], end[EXACT_FEW];
  wide sum; /* of their weights */
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

/* Adds a place to a list of rising places. Returns the length. */
static inline size_t list_add(size_t *places, size_t n, size_t place) {
  size_t j = n;
  while (j > 0 && places[j - 1] > place) j--;
  if (j > 0 && places[j - 1] == place) return n; /* excluded twice */
  memmove(places + j + 1, places + j, (n - j) * sizeof *places);
  places[j] = place;
  return n + 1;
}

static inline void few_leave_out(const exact_law *e, few_out *f, const size_t *places, size_t n) {
  f->sum = 0;
  f->n = n;
  for (size_t j = 0; j < n; j++) {
    const wide start = exact_below(e, places[j]);
    f->from[j] = start - f->sum;
    f->end[j] = start + e->weights[places[j]];
    f->sum += e->weights[places[j]];
  }
}

/* The last block from `at` to `last` with upto[block] <= target; that of `at` is. */
static inline size_t exact_search(const exact_law *e, size_t at, size_t last, wide target) {
  size_t left = last - at + 1;
  for (int step = 0; step < 2 || left > 1; step++) { /* most buckets have up to four blocks; a step of none moves nothing */
    const size_t half = left / 2;
    at += half & all_if(wide_of(e->upto + at + half) <= target);
    left -= half;
  }
  return at;
}

/* The place of a block in which a sum lies. No branch depends on it, because nothing predicts it. */
static inline size_t exact_in_block(const exact_law *e, size_t block, wide target, wide *below) {
  const size_t first = block * EXACT_BLOCK, last = e->n - first < EXACT_BLOCK ? e->n - first : EXACT_BLOCK;
  wide sum = wide_of(e->upto + block), under = sum;
  size_t place = first;
  for (size_t p = first; p + 1 < first + last; p++) {
    sum += e->weights[p];
    const size_t past = all_if(sum <= target);
    under += e->weights[p] & past;
    place -= past;
  }
  *below = under;
  return place;
}

/* The place in which a sum lies, and the sum of the places below it. */
static inline size_t exact_at(const exact_law *e, wide target, wide *below) {
  wide light = target;
  for (size_t h = 0; h < e->heavies; h++) {
    const heavy_place *heavy = e->heavy + h;
    const wide start = wide_of(&heavy->start);
    if (target - start < heavy->weight) return *below = start, heavy->place; /* the difference wraps around if the target is below */
    light -= heavy->weight & all_if(target >= start); /* nothing predicts on which side of a heavy id a light one lies */
  }
  const size_t bucket = (size_t)(light >> e->shift), block = exact_search(e, e->guide[bucket], e->guide[bucket + 1], target);
  return exact_in_block(e, block, target, below);
}

/* The place at a target below the sum of what is allowed. If ids are distinct, it joins the list. */
static inline size_t few_pick(const exact_law *e, few_out *f, wide target, int distinct) {
  size_t j = 0, left = f->n;
  while (left > 0) {
    const size_t half = (left + 1) / 2;
    j += half & all_if(f->from[j + half - 1] <= target);
    left -= half;
  }
  wide start;
  const size_t place = exact_at(e, j ? target + (f->end[j - 1] - f->from[j - 1]) : target, &start);
  if (!distinct) return place;
  const uint64_t weight = e->weights[place];
  const wide from = j ? start - (f->end[j - 1] - f->from[j - 1]) : start;
  for (size_t i = f->n; i > (f->n > EXACT_FEWEST ? j : 0); i--) { /* nothing predicts j: of few entries, all are written */
    const wide moves = (wide)0 - (wide)(i > j);
    f->from[i] = ((f->from[i - 1] - weight) & moves) | (f->from[i] & ~moves);
    f->end[i] = (f->end[i - 1] & moves) | (f->end[i] & ~moves);
  }
  f->from[j] = from;
  f->end[j] = start + weight;
  f->n++;
  f->sum += weight;
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
  const uint32_t *words; /* four for each column from `column` on; NULL: each column makes its own */
} exact_row;

/* A number below `total` for column c of a row. */
static inline wide exact_target(const exact_row *r, size_t c, wide total) {
  uint32_t x[4] = {(uint32_t)r->row, (uint32_t)(r->row >> 32), (uint32_t)c, r->epoch};
  if (r->words) return exact_share(r->words + 4 * (c - r->column), total);
  philox_block(r->key ^ EXACT_KEY, x);
  return exact_share(x, total);
}

typedef enum { EXACT_DONE, EXACT_UNPREPARED, EXACT_NONE_LEFT, EXACT_NO_MEMORY } exact_result;

static inline exact_result exact_few(const exact_law *e, const exact_row *r) {
  size_t places[EXACT_FEW], n = 0;
  few_out f;
  for (size_t j = 0; j < r->excluded_count; j++) {
    const size_t place = exact_place(e, r->excluded[j]);
    if (place != NO_PLACE) n = list_add(places, n, place);
  }
  for (size_t c = 0; r->distinct && c < r->column; c++) {
    const size_t place = exact_place(e, r->ids[c]);
    if (place != NO_PLACE) n = list_add(places, n, place);
  }
  few_leave_out(e, &f, places, n);
  const wide all = wide_of(e->upto + e->blocks);
  for (size_t c = r->column; c < r->k; c++) {
    const wide total = all - f.sum;
    if (total == 0) return EXACT_NONE_LEFT;
    const wide target = exact_target(r, c, total);
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
  for (size_t c = 0; r->distinct && c < r->column; c++) {
    const size_t place = exact_place(e, r->ids[c]);
    if (place != NO_PLACE) many_add(e, m, place);
  }
  const wide all = wide_of(e->upto + e->blocks);
  for (size_t c = r->column; c < r->k; c++) {
    const wide total = all - m->sum;
    if (total == 0) return EXACT_NONE_LEFT; /* the scratch is of no use then: no row follows */
    const wide target = exact_target(r, c, total);
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
