/* SPDX-License-Identifier: MIT */
/* The rules of a row: distinct ids and excluded ids.
 *
 * A tile has attempt 0 of each cell. A scan finds the rows that break a rule, which are few, and only these are drawn again: for each
 * column in order, the first attempt whose id is not excluded and not in an earlier column. The law is successive sampling.
 */
#ifndef KERNELS_FINISH_H
#define KERNELS_FINISH_H

#include <stdlib.h>

#include "words.h"
#include "cell.h"
#include "even.h"
#include "filter.h"
#include "repeats.h"
#include "resolve.h"

#define UNHASHED 16 /* up to this many columns, a row that is drawn again compares every pair; with more, it uses a hash set */
#define FEW_EXCLUDED 96 /* up to this many excluded ids of a row are compared one by one, in vectors; more are bisected, if they rise */
#define ABREAST 8 /* ids that are bisected at the same time */
#define HIT_COLUMNS 64
#define SETS_AHEAD 8 /* the excluded ids of a row are prefetched while those so many rows before it are compared */

typedef struct {
  int distinct;
  const int64_t *excluded; /* NULL: none */
  const int64_t *starts;   /* row i has excluded[starts[i] .. stops[i]); NULL: each row has `each` ids */
  const int64_t *stops;
  size_t each;
  const exact_known *known; /* what is left beside large sets; NULL: nothing is known */
  int rising;              /* whether the ids of each set rise, so that they can be bisected; never with `each` */
  const uint32_t *filter;  /* of the sets, as make_filter writes it; NULL: none */
  int marks;               /* whether excluded ids are drawn, and then replaced by -1 */
} rules;

static inline int has_rules(const rules *r, size_t k) { return (r->distinct && k > 1) || r->excluded; }

static inline const int64_t *excluded_ids(const rules *r, size_t i, size_t *count) {
  if (!r->excluded) return *count = 0, NULL;
  *count = r->starts ? (size_t)(r->stops[i] - r->starts[i]) : r->each;
  return r->excluded + (r->starts ? (size_t)r->starts[i] : i * r->each);
}

/* Narrows an excluded id to 32 bits. An id outside the valid range becomes NO_ID, and matches nothing. */
static inline uint32_t narrow_id(int64_t id) { return (uint64_t)id < NO_ID ? (uint32_t)id : NO_ID; }

/* The filter of row i, or NULL. */
static inline const uint32_t *filter_of(const rules *r, size_t i) { return r->filter ? r->filter + r->starts[i] : NULL; }

static inline int is_bisected(size_t count, int rising) { return rising && count > FEW_EXCLUDED; }

/* The steps have no branch, because nothing predicts in which half the id is. */
static inline int bisect_set(const int64_t *set, size_t count, uint32_t id) {
  while (count > 1) {
    size_t half = count / 2;
    set += half & (0 - (size_t)(set[half - 1] < (int64_t)id));
    count -= half;
  }
  return *set == (int64_t)id;
}

/* Whether one of up to ABREAST ids is in the set. Their steps take turns, so that their loads overlap. */
static inline int bisect_abreast(const uint32_t *row, size_t k, const int64_t *set, size_t count) {
  const int64_t *at[ABREAST];
  int hit = 0;
  for (size_t j = 0; j < k; j++) at[j] = set;
  while (count > 1) {
    size_t half = count / 2;
    for (size_t j = 0; j < k; j++) at[j] += half & (0 - (size_t)(at[j][half - 1] < (int64_t)row[j]));
    count -= half;
  }
  for (size_t j = 0; j < k; j++) hit |= *at[j] == (int64_t)row[j];
  return hit;
}

static inline int is_excluded(const int64_t *set, size_t count, int rising, uint32_t id) {
  return is_bisected(count, rising) ? bisect_set(set, count, id) : holds_scalar(set, count, id);
}

static inline int is_in(const uint32_t *filter, const int64_t *set, size_t count, int rising, uint32_t id) {
  return (!filter || filter_may_hold(filter, count, id)) && is_excluded(set, count, rising, id);
}

static ALWAYS_INLINE int row_repeats(const uint32_t *row, size_t k) {
  int hit = 0;
  for (size_t apart = 1; apart < k; apart++)
    for (size_t j = 0; j + apart < k; j++) hit |= row[j] == row[j + apart];
  return hit;
}

/* The columns of a row of k ids, at most HIT_COLUMNS, that are equal to an excluded id in the low half: a bit for each column. Forms may
 * read up to LANES ids past the last. */
typedef uint64_t (*hits_form)(const uint32_t *row, size_t k, const int64_t *set, size_t count);

/* The columns of a row of k ids, at most PAIRWISE, that have an id. */
static ALWAYS_INLINE uint64_t columns_with(hits_form hits, const uint32_t *row, size_t k, uint32_t id) {
  const int64_t set = id;
  return hits(row, k, &set, 1);
}

static ALWAYS_INLINE uint64_t hits_scalar(const uint32_t *row, size_t k, const int64_t *set, size_t count) {
  uint64_t hits = 0;
  for (size_t j = 0; j < k; j++) {
    unsigned hit = 0;
    for (size_t e = 0; e < count; e++) hit |= row[j] == (uint32_t)set[e];
    hits |= (uint64_t)hit << j;
  }
  return hits;
}

static ALWAYS_INLINE int row_holds(const uint32_t *row, size_t k, const int64_t *set, size_t count, int rising,
                                   const uint32_t *filter, hits_form hits) {
  int hit = 0;
  if (filter) {
    for (size_t j = 0; j < k; j++) hit |= filter_may_hold(filter, count, row[j]);
    return hit;
  }
  if (is_bisected(count, rising)) {
    for (size_t j = 0; j < k; j += ABREAST) hit |= bisect_abreast(row + j, k - j < ABREAST ? k - j : ABREAST, set, count);
    return hit;
  }
  for (size_t j = 0; j < k; j += HIT_COLUMNS) hit |= hits(row + j, k - j < HIT_COLUMNS ? k - j : HIT_COLUMNS, set, count) != 0;
  return hit;
}

/* Writes the rows that break a rule, or by their filter may break it, into broken (n + 1 places), and returns their number. ids: n rows of
 * k; base: the row of ids[0] in the rules. */
static ALWAYS_INLINE size_t scan_rows(const uint32_t *ids, size_t n, size_t k, const rules *r, size_t base, uint16_t *broken,
                                      int (*repeats)(const uint32_t *row, size_t k), hits_form hits) {
  size_t found = 0;
  for (size_t i = 0; i < n; i++) {
    size_t count;
    if (r->starts && !r->filter && i + SETS_AHEAD < n) PREFETCH(excluded_ids(r, base + i + SETS_AHEAD, &count));
    const int64_t *set = excluded_ids(r, base + i, &count);
    int hit = r->distinct && (k > PAIRWISE || repeats(ids + i * k, k));
    broken[found] = (uint16_t)i;
    found += hit || row_holds(ids + i * k, k, set, count, r->rising, filter_of(r, base + i), hits);
  }
  return found;
}

static inline size_t scan_scalar(const uint32_t *ids, size_t n, size_t k, const rules *r, size_t base, uint16_t *broken) {
  return scan_rows(ids, n, k, r, base, broken, row_repeats, hits_scalar);
}

#if KERNELS_X86

AVX2 static inline int row_repeats_avx2(const uint32_t *row, size_t k) { return row_repeats(row, k); }

/* Four excluded ids against eight of the row. */
AVX2 static ALWAYS_INLINE __m256i hits_of_four(__m256i row, const int64_t *set) {
  __m256i a = _mm256_cmpeq_epi32(row, _mm256_set1_epi32((int)set[0])), b = _mm256_cmpeq_epi32(row, _mm256_set1_epi32((int)set[1]));
  __m256i c = _mm256_cmpeq_epi32(row, _mm256_set1_epi32((int)set[2])), d = _mm256_cmpeq_epi32(row, _mm256_set1_epi32((int)set[3]));
  return _mm256_or_si256(_mm256_or_si256(a, b), _mm256_or_si256(c, d));
}

/* The row is in a vector, and each excluded id is compared with all of it; the last four may overlap those before them. */
AVX2 static inline uint64_t hits_avx2(const uint32_t *row, size_t k, const int64_t *set, size_t count) {
  uint64_t hits = 0;
  for (size_t j = 0; j < k; j += 8) {
    const __m256i x = _mm256_loadu_si256((const __m256i *)(row + j));
    __m256i hit = _mm256_setzero_si256();
    size_t e = 0;
    for (; e + 4 <= count; e += 4) hit = _mm256_or_si256(hit, hits_of_four(x, set + e));
    if (e < count && count >= 4) hit = _mm256_or_si256(hit, hits_of_four(x, set + count - 4));
    else for (; e < count; e++) hit = _mm256_or_si256(hit, _mm256_cmpeq_epi32(x, _mm256_set1_epi32((int)set[e])));
    hits |= (uint64_t)(unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(hit)) << j;
  }
  return k < 64 ? hits & (((uint64_t)1 << k) - 1) : hits;
}

/* Several rows of k ids are in a vector. turned[t] has, for each lane, the lane that is t places further in the same row, cyclically,
 * for t = 1 .. turns. turned[0] is the row of each lane. */
static inline void plan_turns(uint32_t *turned, size_t lanes, size_t k, size_t turns) {
  for (size_t lane = 0, row = 0, at = 0; lane < lanes; lane++) {
    turned[lane] = (uint32_t)row;
    for (size_t t = 1; t <= turns; t++) turned[t * lanes + lane] = (uint32_t)((row * k + (at + t < k ? at + t : at + t - k)) % lanes);
    if (++at == k) at = 0, row++;
  }
}

/* Appends the rows, from i on, that have a bit set in hit, which has k bits per row. */
static ALWAYS_INLINE size_t note_broken(uint16_t *broken, size_t found, size_t i, unsigned hit, size_t k) {
  for (; hit; i++, hit >>= k) {
    broken[found] = (uint16_t)i;
    found += (hit & ((1u << k) - 1)) != 0;
  }
  return found;
}

/* As scan_short_avx512, for rows of up to eight. Reads up to seven ids past the last. */
AVX2 static inline size_t scan_short_avx2(const uint32_t *ids, size_t n, size_t k, const rules *r, size_t base, uint16_t *broken) {
  const size_t together = 8 / k, turns = r->distinct ? k / 2 : 0;
  uint32_t turned[5 * 8], set[8] = {0};
  plan_turns(turned, 8, k, turns);
  size_t found = 0;
  for (size_t i = 0; i < n; i += together) {
    size_t rows = n - i < together ? n - i : together;
    __m256i x = _mm256_loadu_si256((const __m256i *)(ids + i * k)), hit = _mm256_setzero_si256();
    for (size_t t = 1; t <= turns; t++)
      hit = _mm256_or_si256(hit, _mm256_cmpeq_epi32(x, _mm256_permutevar8x32_epi32(x, _mm256_loadu_si256((const __m256i *)(turned + t * 8)))));
    if (r->excluded) {
      const int64_t *excluded = r->excluded + base + i;
      __m256i e;
      if (together == 1) { /* not through memory, because a wide load would wait for the narrow stores */
        e = _mm256_set1_epi32((int)narrow_id(*excluded));
      } else {
        for (size_t j = 0; j < rows; j++) set[j] = narrow_id(excluded[j]);
        e = _mm256_permutevar8x32_epi32(_mm256_loadu_si256((const __m256i *)set), _mm256_loadu_si256((const __m256i *)turned));
      }
      hit = _mm256_or_si256(hit, _mm256_cmpeq_epi32(x, e));
    }
    unsigned bits = (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(hit)) & ((1u << rows * k) - 1);
    found = note_broken(broken, found, i, bits, k);
  }
  return found;
}

AVX2 static inline size_t scan_avx2(const uint32_t *ids, size_t n, size_t k, const rules *r, size_t base, uint16_t *broken) {
  if (k <= 8 && (!r->excluded || (!r->starts && r->each == 1))) return scan_short_avx2(ids, n, k, r, base, broken);
  return scan_rows(ids, n, k, r, base, broken, row_repeats_avx2, hits_avx2);
}

/* Rows of up to sixteen ids, several in a vector. Each row is rotated by 1 .. k / 2 places and compared, which compares every pair
 * once. At k = 5, three rows take two permutes and two comparisons (0.2 ns per id). */
AVX512 static inline size_t scan_short_avx512(const uint32_t *ids, size_t n, size_t k, const rules *r, size_t base, uint16_t *broken) {
  const size_t together = 16 / k, turns = r->distinct ? k / 2 : 0;
  uint32_t turned[9 * 16];
  plan_turns(turned, 16, k, turns);
  size_t found = 0;
  for (size_t i = 0; i < n; i += together) {
    size_t rows = n - i < together ? n - i : together;
    __mmask16 live = (__mmask16)((1u << rows * k) - 1), hit = 0;
    __m512i x = _mm512_maskz_loadu_epi32(live, ids + i * k);
    for (size_t t = 1; t <= turns; t++)
      hit |= _mm512_mask_cmpeq_epu32_mask(live, x, _mm512_permutexvar_epi32(_mm512_loadu_si512(turned + t * 16), x));
    if (r->excluded) { /* one id per row; unsigned saturation converts values that are no ids to NO_ID */
      const int64_t *e = r->excluded + base + i;
      unsigned load = (1u << rows) - 1;
      __m256i a = _mm512_cvtusepi64_epi32(_mm512_maskz_loadu_epi64((__mmask8)load, e));
      __m256i b = _mm512_cvtusepi64_epi32(_mm512_maskz_loadu_epi64((__mmask8)(load >> 8), e + (rows > 8 ? 8 : 0)));
      __m512i set = _mm512_inserti64x4(_mm512_castsi256_si512(a), b, 1);
      hit |= _mm512_mask_cmpeq_epu32_mask(live, x, _mm512_permutexvar_epi32(_mm512_loadu_si512(turned), set));
    }
    found = note_broken(broken, found, i, hit, k);
  }
  return found;
}

AVX512 static inline int row_repeats_avx512(const uint32_t *row, size_t k) {
  __mmask16 hit = 0;
  for (size_t j = 0; j + 1 < k; j += 16) {
    __m512i x = _mm512_maskz_loadu_epi32((__mmask16)(k - j < 16 ? (1u << (k - j)) - 1 : 0xFFFF), row + j);
    for (size_t apart = 1; j + apart < k; apart++) {
      size_t left = k - j - apart;
      __mmask16 live = (__mmask16)(left < 16 ? (1u << left) - 1 : 0xFFFF);
      hit |= _mm512_mask_cmpeq_epu32_mask(live, x, _mm512_maskz_loadu_epi32(live, row + j + apart));
    }
  }
  return hit != 0;
}

AVX512 static ALWAYS_INLINE uint64_t hits_of_vectors(const uint32_t *row, size_t k, const int64_t *set, size_t count, const int vectors) {
  const uint64_t live = ~(uint64_t)0 >> (64 - k);
  __m512i x[4];
  __mmask16 hit[4] = {0, 0, 0, 0};
  UNROLL(4) for (int v = 0; v < vectors; v++) x[v] = _mm512_maskz_loadu_epi32((__mmask16)(live >> 16 * v), row + 16 * v);
  for (size_t e = 0; e < count; e++) {
    const __m512i id = _mm512_set1_epi32((int)set[e]);
    UNROLL(4) for (int v = 0; v < vectors; v++) hit[v] |= _mm512_cmpeq_epu32_mask(x[v], id);
  }
  return live & (hit[0] | (uint64_t)hit[1] << 16 | (uint64_t)hit[2] << 32 | (uint64_t)hit[3] << 48);
}

AVX512 static inline uint64_t hits_avx512(const uint32_t *row, size_t k, const int64_t *set, size_t count) {
  return k <= 16 ? hits_of_vectors(row, k, set, count, 1) : k <= 32 ? hits_of_vectors(row, k, set, count, 2) : hits_of_vectors(row, k, set, count, 4);
}

AVX512 static inline size_t scan_avx512(const uint32_t *ids, size_t n, size_t k, const rules *r, size_t base, uint16_t *broken) {
  if (k <= 16 && (!r->excluded || (!r->starts && r->each == 1))) return scan_short_avx512(ids, n, k, r, base, broken);
  return scan_rows(ids, n, k, r, base, broken, row_repeats_avx512, hits_avx512);
}

#endif

typedef size_t (*scan_form)(const uint32_t *ids, size_t n, size_t k, const rules *r, size_t base, uint16_t *broken);

/* A hash set of ids with open addressing and 2**bits cells. At most an eighth is used, because a collision costs a mispredicted
 * branch (at k = 64, a set that is half full takes 9.5 ns per id). */
typedef struct {
  uint32_t *cells;
  int bits;
} id_set;

static inline int id_set_bits(size_t k) {
  int bits = 1;
  while ((size_t)1 << bits < 8 * k) bits++;
  return bits;
}

/* The cell of an id, or the free cell for it. */
static inline uint32_t *id_set_find(const id_set *s, uint32_t id) {
  const uint32_t mask = (uint32_t)(((uint64_t)1 << s->bits) - 1);
  uint32_t at = (uint32_t)(id * 0x9E3779B1u) >> (32 - s->bits);
  while (s->cells[at] != NO_ID && s->cells[at] != id) at = (at + 1) & mask;
  return s->cells + at;
}

#define TRIED 32 /* attempts of a column whose ids are looked up together */

/* The attempts of one block of a row, which four columns share (two of `spectrum`). */
typedef struct {
  APART(before_words)
  _Alignas(64) uint32_t words[4 * ATTEMPTS + LANES]; /* word w of attempt a: [w * ATTEMPTS + a] */
  APART(before_slots)
  _Alignas(64) uint32_t slots[TRIED + LANES];
  APART(before_ids)
  _Alignas(64) uint32_t ids[TRIED + LANES];
  APART(before_ties)
  uint16_t ties[TRIED / LANES];
  APART(before_of)
  block_tries of;
  uint32_t ready; /* attempts 0 .. ready - 1 have words */
} row_tries;

static inline void fence_tries(const row_tries *t) {
  fence(t, t->words);
  fence(END_OF(t->words), t->slots);
  fence(END_OF(t->slots), t->ids);
  fence(END_OF(t->ids), t->ties);
  fence(END_OF(t->ties), &t->of);
}

/* The functions that rows need and that differ between instruction sets. */
typedef struct {
  scan_form scan;
  hits_form hits;
  size_t (*repeats)(const uint32_t *ids, size_t n, size_t k, repeat_scratch *s, uint16_t *broken);
  void (*list)(const block_list *l, size_t n, uint32_t *out);
  void (*tries)(const block_tries *t, uint32_t first, uint32_t n, uint32_t *out);
  size_t (*suspects)(const uint32_t *ids, size_t n, size_t k, const filter_rows *f, uint32_t *words, uint16_t *cells);
  int (*holds)(const int64_t *set, size_t count, uint32_t id);
  resolve_form resolve;
  uint64_t (*below)(const uint32_t *words, size_t n, uint32_t mask, uint32_t limit);
} rule_forms;

/* Generates attempts of a block until `attempt` is among them: first `few`, because most columns need one or two, and then TRIED at a time,
 * because a column that has used many is likely to need many more. */
static inline void make_tries(const rule_forms *form, row_tries *t, uint32_t block, uint32_t attempt, uint32_t few) {
  if (block != t->of.block) t->of.block = block, t->ready = 0;
  while (attempt >= t->ready) {
    const uint32_t all = ATTEMPTS - t->ready, wanted = t->ready ? TRIED - t->ready % TRIED : few, n = all < wanted ? all : wanted;
    form->tries(&t->of, t->ready, n, t->words);
    t->ready += n;
  }
}

/* The rules of one row. */
typedef struct {
  const int64_t *set; /* excluded, as in `rules` */
  size_t count;
  int rising;
  const uint32_t *filter; /* of the set, or NULL */
  const exact_law *left; /* if the set is large and this is known: the ids that are not in it, or have no weight */
  int distinct;
  id_set *seen;
} row_rules;

/* Whether a row excludes an id. */
static ALWAYS_INLINE int row_excludes(const row_rules *r, uint32_t id) {
  return r->left ? exact_place(r->left, id) == NO_PLACE : is_in(r->filter, r->set, r->count, r->rising, id);
}

/* Whether an id is refused in column c. If ids are distinct and there is a hash set, *place gets the cell for the id. */
static ALWAYS_INLINE int is_refused(const row_rules *r, const uint32_t *ids, size_t c, uint32_t id, uint32_t **place) {
  if (id == NO_ID) return 1; /* the attempt gave none */
  int refused = row_excludes(r, id);
  if (r->distinct && r->seen->cells) refused |= *(*place = id_set_find(r->seen, id)) == id;
  else if (r->distinct) for (size_t j = 0; j < c; j++) refused |= ids[j] == id;
  return refused;
}

/* Looks up the ids of n attempts of a column in the table, whose words are neighbours. Returns the ties, a bit for each: their ids are not
 * known yet. A heavy id is refused again and again, so that attempts that give it must be cheap. */
static inline uint32_t look_up(const rule_forms *form, const source *s, row_tries *t, const uint32_t *words, size_t n) {
  fetch_job job = {s->hot, words, t->slots, n, 32 - s->bits, 0};
  uint32_t ties = 0;
  fetch_all(&job);
  form->resolve(t->slots, s->bits, words, t->ids, n, t->ties);
  for (size_t v = 0; v * LANES < n; v++) ties |= (uint32_t)t->ties[v] << v * LANES;
  for (size_t j = 0; s->order && j < n; j++) t->ids[j] = (uint32_t)s->order[t->ids[j]];
  return ties;
}

/* The id of an attempt that `look_up` does not know. */
static inline uint32_t attempt_id(const source *s, const row_tries *t, uint64_t row, size_t c, uint32_t attempt) {
  const uint32_t *w = t->words + attempt, block[4] = {w[0], w[ATTEMPTS], w[2 * ATTEMPTS], w[3 * ATTEMPTS]};
  return source_cell_of(s, row, c, attempt, block);
}

/* The first allowed id of the attempts of column c from `attempt` on, of which the one before gave `refused`; NO_ID if all are used up.
 * single: the first attempt is generated alone, because rows mostly need no other. */
static inline uint32_t try_again(const rule_forms *form, const source *s, row_tries *t, uint64_t row, const uint32_t *ids, size_t c,
                                 const row_rules *r, uint32_t attempt, uint32_t refused, int *single, uint32_t **place) {
  uint32_t id = refused;
  if (*single) {
    id = source_cell(s, row, c, attempt++);
    if (!is_refused(r, ids, c, id, place)) return id;
    refused = id;
    *single = 0;
  }
  const int looks_up = !s->ids && !s->classes, heavy = s->certain && refused == s->heavy;
  /* Of an id that fewer than one in ATTEMPTS words can miss, most columns need all attempts. */
  const uint32_t few = !heavy ? TRIES_STEP : (uint64_t)s->certain * ATTEMPTS < (uint64_t)1 << (32 - s->bits) ? ATTEMPTS : TRIED;
  for (uint32_t end; attempt < ATTEMPTS; attempt = end) {
    make_tries(form, t, source_block(s, c), attempt, few);
    end = t->ready - attempt < TRIED ? t->ready : attempt + TRIED;
    const uint32_t *words = t->words + c % 4 * ATTEMPTS + attempt;
    uint64_t left = ~(uint64_t)0 >> (64 - (end - attempt));
    if (s->certain && refused == s->heavy) left = form->below(words, end - attempt, 0xFFFFFFFFu >> s->bits, s->certain);
    if (!left) continue;
    const uint32_t unknown = looks_up ? look_up(form, s, t, words, end - attempt) : 0;
    while (left) {
      if (looks_up) left &= unknown | ~columns_with(form->hits, t->ids, end - attempt, refused);
      if (!left) break;
      const uint32_t j = (uint32_t)lowest_bit_64(left);
      left &= left - 1;
      id = looks_up && !(unknown >> j & 1) ? t->ids[j] : attempt_id(s, t, row, c, attempt + j);
      if (id == refused) continue;
      if (!is_refused(r, ids, c, id, place)) return id;
      refused = id;
    }
  }
  return NO_ID;
}

/* Draws a row again. Returns k, or the column whose attempts are used up; the columns before it are final. */
static inline size_t finish_row(const rule_forms *form, const source *s, uint64_t row, uint32_t *ids, size_t k, const row_rules *r, row_tries *tries) {
  int single = 1;
  tries->of = (block_tries){s->key, row, s->epoch, UINT32_MAX}; /* no block has this number */
  tries->ready = 0;
  if (r->seen->cells) memset(r->seen->cells, 0xFF, sizeof(uint32_t) << r->seen->bits);
  for (size_t c = 0; c < k; c++) {
    uint32_t *place = NULL;
    if (is_refused(r, ids, c, ids[c], &place)) {
      const uint32_t id = try_again(form, s, tries, row, ids, c, r, 1, ids[c], &single, &place);
      if (id == NO_ID) return c;
      ids[c] = id;
    }
    if (place) *place = ids[c];
  }
  return k;
}

#define AT_ONCE 64 /* columns whose next attempts are generated at the same time; a row has fewer than that */

/* Columns of several rows that are drawn again. Each gets the first attempt that gives another id than `refused`, the one of attempt 0. */
typedef struct {
  size_t n, taken;                  /* taken: those that redraw_columns has used */
  uint64_t row[2 * AT_ONCE];        /* the number of the row */
  uint32_t place[2 * AT_ONCE];      /* its place in the tile */
  uint8_t column[2 * AT_ONCE];
  uint32_t refused[2 * AT_ONCE];
  uint32_t ids[2 * AT_ONCE];        /* `refused` or NO_ID if no attempt up to the last one gives another id */
  uint8_t attempt[2 * AT_ONCE];     /* the last one */
} next_tries;

/* Whether so many columns of a row repeat others that a heavy id is likely, and most attempts are refused. */
static inline int is_contested(uint64_t repeats, size_t k) {
  size_t n = 0;
  for (; repeats; repeats &= repeats - 1) n++;
  return 2 * n >= k;
}

static inline void add_columns(next_tries *t, uint64_t row, size_t place, const uint32_t *ids, uint64_t columns) {
  for (; columns; columns &= columns - 1) {
    const size_t c = (size_t)lowest_bit_64(columns);
    t->row[t->n] = row;
    t->place[t->n] = (uint32_t)place;
    t->column[t->n] = (uint8_t)c;
    t->refused[t->n++] = ids[c];
  }
}

/* The ids of an attempt of n columns of the list, which `of` names. */
static inline void attempt_of_columns(const rule_forms *form, const source *s, const next_tries *t, const uint8_t *of, size_t n, uint32_t attempt,
                                      uint32_t *ids) {
  _Alignas(64) uint32_t blocks[4 * 2 * AT_ONCE], words[2 * AT_ONCE + LANES], slots[2 * AT_ONCE + LANES];
  uint64_t row[2 * AT_ONCE], block[2 * AT_ONCE];
  uint16_t ties[2 * AT_ONCE / LANES];
  const size_t whole = (n + LIST_STEP - 1) / LIST_STEP * LIST_STEP, lanes = (n + LANES - 1) / LANES * LANES;
  for (size_t j = 0; j < n; j++) {
    row[j] = t->row[of[j]];
    block[j] = source_block(s, t->column[of[j]]) | attempt << 24;
  }
  for (size_t j = n; j < whole; j++) row[j] = block[j] = 0;
  form->list(&(block_list){s->key, s->epoch, row, block}, whole, blocks);
  if (s->ids || s->classes) {
    for (size_t j = 0; j < n; j++) ids[j] = source_cell_of(s, row[j], t->column[of[j]], attempt, blocks + 4 * j);
    return;
  }
  for (size_t j = 0; j < n; j++) words[j] = blocks[4 * j + t->column[of[j]] % 4];
  for (size_t j = n; j < lanes; j++) words[j] = 0;
  fetch_job job = {s->hot, words, slots, lanes, 32 - s->bits, 0};
  fetch_all(&job);
  if (form->resolve(slots, s->bits, words, ids, n, ties))
    for (size_t v = 0; v * LANES < n; v++)
      for (uint32_t left = ties[v]; left; left &= left - 1) {
        const size_t j = v * LANES + (size_t)lowest_bit(left);
        ids[j] = alias_tied(s, row[j], t->column[of[j]], attempt, (uint32_t)((uint64_t)words[j] >> (32 - s->bits)));
      }
  for (size_t j = 0; s->order && j < n; j++) ids[j] = (uint32_t)s->order[ids[j]];
}

/* Draws the attempts of all columns of the list, round after round, until each has another id, or until a round refuses most again. Returns
 * whether it was the first round that did: then a heavy id is refused in nearly all attempts. */
static inline int make_next_tries(const rule_forms *form, const source *s, next_tries *t) {
  uint8_t left[2 * AT_ONCE];
  _Alignas(64) uint32_t ids[2 * AT_ONCE + LANES];
  size_t n = t->n, still = 0;
  for (size_t j = 0; j < n; j++) left[j] = (uint8_t)j;
  for (uint32_t attempt = 1; n; attempt++, n = still) {
    attempt_of_columns(form, s, t, left, n, attempt, ids);
    still = 0;
    for (size_t j = 0; j < n; j++) {
      const uint8_t at = left[j];
      t->ids[at] = ids[j];
      t->attempt[at] = (uint8_t)attempt;
      left[still] = at;
      still += ids[j] == t->refused[at] || ids[j] == NO_ID;
    }
    if (4 * still > 3 * n || attempt + 1 == ATTEMPTS) return attempt == 1;
  }
  return 0;
}

/* Writes the ids of the next columns of the list, if they are distinct, allowed, and not in their row: then the row needs nothing else.
 * Returns whether it did. */
static inline int put_new(const rule_forms *form, next_tries *t, uint32_t *row, size_t k, uint64_t columns, const row_rules *r) {
  const uint32_t *ids = t->ids + t->taken;
  int64_t wide[64]; /* as excluded ids are: a row is compared with them in the same way */
  size_t n = 0;
  for (uint64_t left = columns; left; left &= left - 1, n++) {
    if (ids[n] == NO_ID || row_excludes(r, ids[n])) return 0;
    for (size_t i = 0; i < n; i++)
      if (ids[i] == ids[n]) return 0;
    wide[n] = ids[n];
  }
  if (form->hits(row, k, wide, n)) return 0;
  for (size_t j = 0; j < n; j++) row[t->column[t->taken++]] = ids[j];
  return 1;
}

/* Draws columns of a row again, those whose ids are excluded or repeat an earlier one. next: the list that has their attempts; NULL: none are
 * made. If ids are distinct, an id that a column gets may be that of a later column, which then is drawn again too. A column that
 * repeats another one is drawn again in any case: the id is in an earlier column, even if that column is drawn again. Returns k, or the
 * column whose attempts are used up; the columns before it are final. */
static inline size_t redraw_columns(const rule_forms *form, const source *s, uint64_t row, uint32_t *ids, size_t k, uint64_t columns,
                                    next_tries *next, const row_rules *r, row_tries *tries) {
  int single = next != NULL;
  tries->of = (block_tries){s->key, row, s->epoch, UINT32_MAX}; /* no block has this number */
  tries->ready = 0;
  for (uint64_t left = columns; left; left &= left - 1) {
    const size_t c = (size_t)lowest_bit_64(left);
    const uint64_t before = ((uint64_t)1 << c) - 1;
    uint64_t equal = 0;
    uint32_t *place = NULL, attempt = 0, id = ids[c];
    int refused = 1;
    if (next) {
      if (columns >> c & 1) attempt = next->attempt[next->taken], id = next->ids[next->taken++];
      else id = source_cell(s, row, c, attempt = 1);
      if (r->distinct) equal = columns_with(form->hits, ids, k, id);
      refused = id == NO_ID || equal & before || row_excludes(r, id);
    }
    if (refused) {
      id = try_again(form, s, tries, row, ids, c, r, attempt + 1, id, &single, &place);
      if (id == NO_ID) {
        for (uint64_t unused = columns >> c & ~(uint64_t)1; next && unused; unused &= unused - 1) next->taken++;
        return c;
      }
      if (r->distinct) equal = columns_with(form->hits, ids, k, id);
    }
    ids[c] = id;
    left |= equal & ~before;
  }
  return k;
}

/* What `finish_rows` needs beside the rows: a set if ids are distinct and k > UNHASHED, scratch for a number of rows or, up to PAIRWISE
 * columns, of cells, for attempts, and for the exact path. */
typedef struct {
  id_set seen;
  repeat_scratch *repeats;
  uint16_t *broken;
  uint32_t *words;
  row_tries *tries;
  many_out *out;
} rule_scratch;

/* The rules of row i. */
static inline row_rules rules_of_row(const source *s, const rules *r, size_t i, id_set *seen) {
  row_rules of = {NULL, 0, r->rising, NULL, NULL, r->distinct, seen};
  of.set = excluded_ids(r, i, &of.count);
  of.filter = filter_of(r, i);
  if (s->exact && exact_large(s->exact, of.count)) of.left = exact_find(r->known, s->exact, of.set, of.count);
  return of;
}

/* Finishes a row from a column on whose attempts are used up. */
static inline exact_result finish_exactly(const source *s, const row_rules *r, const exact_row *row, many_out *out) {
  return s->ids ? even_finish(s->ids, r->rising, row) : exact_finish(s->exact, r->left, row, out);
}

/* The columns of a row that are excluded: a bit for each. */
static inline uint64_t excluded_columns(const rule_forms *form, const row_rules *r, const uint32_t *ids, size_t k) {
  if (!r->left && !r->filter && !is_bisected(r->count, r->rising)) return form->hits(ids, k, r->set, r->count);
  uint64_t columns = 0;
  for (size_t c = 0; c < k; c++) columns |= (uint64_t)row_excludes(r, ids[c]) << c;
  return columns;
}

/* As find_columns, of sets that have a filter. */
static inline size_t find_filtered(const rule_forms *form, const uint32_t *ids, size_t n, size_t k, const rules *r, size_t base,
                                   rule_scratch *scratch) {
  const uint64_t inverse = 0xFFFFFFFFu / k + 1; /* cell * inverse >> 32 is cell / k */
  const filter_rows filters = {r->filter, r->starts + base, r->stops + base};
  const size_t suspects = form->suspects(ids, n, k, &filters, scratch->words, scratch->broken);
  size_t found = 0, last = n; /* rows are written into `broken` behind the suspects that are read */
  for (size_t j = 0; j < suspects; j++) {
    const size_t cell = scratch->broken[j], i = (size_t)(cell * inverse >> 32);
    size_t count;
    const int64_t *set = excluded_ids(r, base + i, &count);
    if (!(is_bisected(count, r->rising) ? bisect_set(set, count, ids[cell]) : form->holds(set, count, ids[cell]))) continue;
    if (i != last) {
      scratch->repeats->of[found] = 0;
      scratch->broken[found++] = (uint16_t)i;
      last = i;
    }
    scratch->repeats->of[found - 1] |= (uint64_t)1 << (cell - i * k);
  }
  return found;
}

/* Writes the rows in which a column must be drawn again, because of the only rule that there is, and these columns. At most PAIRWISE
 * columns. */
static inline size_t find_columns(const rule_forms *form, const source *s, const uint32_t *ids, size_t n, size_t k, const rules *r,
                                  size_t base, rule_scratch *scratch) {
  if (!r->excluded) return form->repeats(ids, n, k, scratch->repeats, scratch->broken);
  if (r->filter) return find_filtered(form, ids, n, k, r, base, scratch);
  const size_t found = form->scan(ids, n, k, r, base, scratch->broken);
  size_t sure = 0;
  for (size_t j = 0; j < found; j++) {
    const size_t i = scratch->broken[j];
    const row_rules of = rules_of_row(s, r, base + i, &scratch->seen);
    const uint64_t columns = excluded_columns(form, &of, ids + i * k, k);
    scratch->repeats->of[sure] = columns;
    scratch->broken[sure] = (uint16_t)i;
    sure += columns != 0;
  }
  return sure;
}

/* Draws row i of a tile again, from a column on whose attempts are used up, on the exact path. The words of few columns are made together. */
static inline exact_result finish_from(const rule_forms *form, const source *s, const word_grid *g, uint32_t *ids, size_t k, size_t i,
                                       size_t column, const rules *r, const row_rules *of, rule_scratch *scratch) {
  uint64_t row[AT_ONCE], block[AT_ONCE];
  uint32_t words[4 * AT_ONCE];
  exact_row of_row = {s->key, grid_row(g, i), s->epoch, ids + i * k, column, k, r->distinct, of->set, of->count, NULL};
  if (k - column <= AT_ONCE) {
    const size_t whole = (k - column + LIST_STEP - 1) / LIST_STEP * LIST_STEP;
    for (size_t j = 0; j < whole; j++) row[j] = of_row.row, block[j] = column + j;
    form->list(&(block_list){s->key ^ EXACT_KEY, s->epoch, row, block}, whole, words);
    of_row.words = words;
  }
  return finish_exactly(s, of, &of_row, scratch->out);
}

/* Whether the id that column j of the list has got may be excluded. No branch depends on the id. */
static ALWAYS_INLINE int may_be_excluded(const rules *r, const next_tries *t, size_t base, size_t j) {
  const uint32_t id = t->ids[j];
  if (!r->starts && r->each == 1) return (id == t->refused[j]) | (id == NO_ID);
  if (!r->filter) return 1;
  const size_t i = base + t->place[j];
  return filter_may_hold(filter_of(r, i), (size_t)(r->stops[i] - r->starts[i]), id) | (id == NO_ID);
}

/* Writes the ids of a list of columns whose only rule is that some ids are excluded, so that columns do not depend on each other. Nearly all
 * are written at once. Returns the number of rows, or the row that is not complete. */
static inline size_t put_allowed(const rule_forms *form, const source *s, const word_grid *g, uint32_t *ids, size_t k, const rules *r, size_t base,
                                 const next_tries *t, rule_scratch *scratch, exact_result *result) {
  uint8_t doubtful[2 * AT_ONCE];
  size_t n = 0, done = g->rows; /* done: the row that was completed on the exact path */
  for (size_t j = 0; j < t->n; j++) {
    ids[t->place[j] * k + t->column[j]] = t->ids[j];
    doubtful[n] = (uint8_t)j;
    n += (size_t)may_be_excluded(r, t, base, j);
  }
  for (size_t d = 0; d < n; d++) {
    const size_t j = doubtful[d], i = t->place[j], c = t->column[j];
    if (i == done) continue;
    const row_rules of = rules_of_row(s, r, base + i, &scratch->seen);
    uint32_t id = t->ids[j], *place = NULL;
    int single = 1;
    if (id != NO_ID && !row_excludes(&of, id)) continue;
    scratch->tries->of = (block_tries){s->key, t->row[j], s->epoch, UINT32_MAX}; /* no block has this number */
    scratch->tries->ready = 0;
    id = try_again(form, s, scratch->tries, t->row[j], ids + i * k, c, &of, t->attempt[j] + 1u, id, &single, &place);
    ids[i * k + c] = id;
    if (id != NO_ID) continue;
    *result = finish_from(form, s, g, ids, k, i, c, r, &of, scratch);
    if (*result != EXACT_DONE) return i;
    done = i;
  }
  return g->rows;
}

/* Applies a single rule, distinct or excluded ids, to rows of few columns, as `finish_rows`. */
static inline size_t finish_columns(const rule_forms *form, const source *s, const word_grid *g, uint32_t *ids, size_t k, const rules *r,
                                    size_t base, rule_scratch *scratch, exact_result *result) {
  const size_t found = find_columns(form, s, ids, g->rows, k, r, base, scratch);
  const uint64_t *columns = scratch->repeats->of;
  id_set none = {NULL, 0};
  next_tries next;
  int heavy = 0; /* a list has shown that contested rows need so many attempts that they are better made for each row */
  for (size_t first = 0, j = 0; first < found; first = j) {
    size_t left_out = 0;
    for (next.n = next.taken = 0; j < found && j - first < AT_ONCE && next.n < AT_ONCE; j++) {
      const size_t i = scratch->broken[j];
      if (heavy && is_contested(columns[j], k)) left_out++;
      else add_columns(&next, grid_row(g, i), i, ids + i * k, columns[j]);
    }
    const int had = heavy;
    heavy |= make_next_tries(form, s, &next);
    if (!r->distinct && !left_out) {
      const size_t i = put_allowed(form, s, g, ids, k, r, base, &next, scratch, result);
      if (i < g->rows) return i;
      continue;
    }
    for (size_t at = first; at < j; at++) {
      const size_t i = scratch->broken[at];
      const row_rules of = rules_of_row(s, r, base + i, &none);
      next_tries *of_row = had && is_contested(columns[at], k) ? NULL : &next;
      if (of_row && r->distinct && put_new(form, of_row, ids + i * k, k, columns[at], &of)) continue;
      const size_t column = redraw_columns(form, s, grid_row(g, i), ids + i * k, k, columns[at], of_row, &of, scratch->tries);
      if (column == k) continue;
      *result = finish_from(form, s, g, ids, k, i, column, r, &of, scratch);
      if (*result != EXACT_DONE) return i;
    }
  }
  return g->rows;
}

/* Applies the rules to the rows of a tile. ids: g->rows rows of k, at most 2**16 rows; base: the row of ids[0] in the rules. Returns
 * g->rows, or the row that is not complete: then *result says why. */
static inline size_t finish_rows(const rule_forms *form, const source *s, const word_grid *g, uint32_t *ids, size_t k, const rules *r,
                                 size_t base, rule_scratch *scratch, exact_result *result) {
  if (k <= PAIRWISE && !(r->distinct && r->excluded)) return finish_columns(form, s, g, ids, k, r, base, scratch, result);
  const size_t found = form->scan(ids, g->rows, k, r, base, scratch->broken);
  for (size_t j = 0; j < found; j++) {
    const size_t i = scratch->broken[j];
    const uint64_t number = grid_row(g, i);
    const row_rules of = rules_of_row(s, r, base + i, &scratch->seen);
    const size_t column = finish_row(form, s, number, ids + i * k, k, &of, scratch->tries);
    if (column == k) continue;
    *result = finish_from(form, s, g, ids, k, i, column, r, &of, scratch);
    if (*result != EXACT_DONE) return i;
  }
  return g->rows;
}

#endif
