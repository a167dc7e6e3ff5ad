/* SPDX-License-Identifier: MIT */
/* Draws rows of ids in tiles: random words, table look-ups, rules (distinct and excluded ids), output. */
#ifndef KERNELS_DRAW_H
#define KERNELS_DRAW_H

#include "dispatch.h"

#define TILE 1024 /* words per tile: words, slots and ids of two tiles fit into 32 KB of L1 */

#define DRAW_NO_MEMORY (-1)
#define DRAW_NONE_LEFT (-2) /* the rules of a row leave no id of positive weight */

typedef struct {
  uint64_t first;          /* the number of the first row, if rows are consecutive */
  const uint64_t *row_ids; /* the number of each row; NULL if rows are consecutive */
  size_t n, k;             /* k below 2**26 (alias, uniform) or 2**25 (spectrum), because block numbers have 24 bits */
  rules rules;
} request;

/* Rows i .. i + rows, columns column .. column + columns. */
typedef struct {
  size_t i, rows, column, columns;
} tile;

typedef struct {
  _Alignas(64) uint32_t of[TILE + WORDS_SLACK];
  APART(after)
} tile_words;

/* Two tiles are processed at the same time: the words of one are generated while the slots of the one before are fetched. */
typedef struct {
  APART(before_words)
  tile_words words[2]; /* spectrum: afterwards class words, then member words */
  tile_words raw;      /* spectrum: class and member words alternate, as generated */
  _Alignas(64) uint32_t slots[TILE + LANES];
  APART(before_wide)
  _Alignas(64) uint64_t wide[TILE + WORDS_SLACK]; /* uniform: ids at the end of the output */
  APART(before_cls)
  _Alignas(64) uint32_t cls[TILE / 2 + LANES];
  APART(before_ids)
  _Alignas(64) uint32_t ids[TILE + WORDS_SLACK];
  APART(before_flags)
  uint16_t flags[TILE / LANES + 1];
  APART(before_broken)
  uint16_t broken[TILE + FILTER_LANES]; /* scans write past their results */
  APART(before_repeats)
  repeat_scratch repeats;
  APART(before_tries)
  row_tries tries;
  APART(before_plan)
  lane_plan plan;
} buffers;

static inline void fence_buffers(const buffers *b) {
  fence(b, &b->words[0]);
  fence(END_OF(b->words[0].of), &b->words[1]);
  fence(END_OF(b->words[1].of), &b->raw);
  fence(END_OF(b->raw.of), b->slots);
  fence(END_OF(b->slots), b->wide);
  fence(END_OF(b->wide), b->cls);
  fence(END_OF(b->cls), b->ids);
  fence(END_OF(b->ids), b->flags);
  fence(END_OF(b->flags), b->broken);
  fence(END_OF(b->broken), &b->repeats);
  fence_repeats(&b->repeats);
  fence(END_OF(b->repeats), &b->tries);
  fence_tries(&b->tries);
  fence(END_OF(b->tries), &b->plan);
  fence_plan(&b->plan);
}

typedef struct {
  const kernels *form;
  const source *source;
  const request *request;
  void *out;
  int wide;
  uint32_t *ids; /* ids of the present rows: buffers.ids, or memory from the heap if a row is wider than a tile */
  rule_scratch *rules;
} job;

static inline word_grid tile_grid(const source *s, const request *q, const tile *t) {
  const size_t each = source_words(s);
  word_grid g = {s->key, q->first + t->i, q->row_ids ? q->row_ids + t->i : NULL, t->rows, t->columns * each, s->epoch, (uint32_t)(t->column * each / 4)};
  return g;
}

/* Of 2**24 slots, one cell in 256 is a tie, and its cold half is in no cache: all of a tile are prefetched before the first is read. */
static inline void resolve_ties(const source *s, const request *q, const tile *t, const uint32_t *words, uint32_t *ids, const uint16_t *ties) {
  const word_grid g = tile_grid(s, q, t);
  for (size_t v = 0; v * LANES < t->rows * t->columns; v++)
    for (uint32_t left = ties[v]; left; left &= left - 1)
      PREFETCH(s->cold + ((uint64_t)words[v * LANES + (size_t)lowest_bit(left)] >> (32 - s->bits)));
  for (size_t v = 0; v * LANES < t->rows * t->columns; v++)
    for (uint32_t left = ties[v]; left; left &= left - 1) {
      size_t cell = v * LANES + (size_t)lowest_bit(left), column = t->column + cell % t->columns;
      uint32_t slot = (uint32_t)((uint64_t)words[cell] >> (32 - s->bits));
      ids[cell] = alias_tied(s, grid_row(&g, cell / t->columns), column * source_words(s), 0, slot);
    }
}

static inline void resolve_doubts(const source *s, const request *q, const tile *t, const uint32_t *cls, const uint32_t *words,
                                  uint32_t *ids, const uint16_t *doubtful) {
  const word_grid g = tile_grid(s, q, t);
  for (size_t v = 0; v * LANES < t->rows * t->columns; v++)
    for (uint32_t left = doubtful[v]; left; left &= left - 1) {
      size_t cell = v * LANES + (size_t)lowest_bit(left), column = t->column + cell % t->columns;
      uint64_t entry = s->classes[cls[cell]];
      uint32_t size = (uint32_t)(entry >> 32), refused = (0u - size) % size;
      if (words[cell] * size >= refused) continue;
      ids[cell] = (uint32_t)entry + spectrum_member_of(s, grid_row(&g, cell / t->columns), column * 2 + 1, 0, words[cell], size);
    }
}

#define AGAIN 32 /* cells that are drawn again together */

/* Ids of 32 bits are written as uint32, and read as int32 here: refused words are negative in both arrays. */
static ALWAYS_INLINE int is_refused_cell(const void *out, const int wide, size_t i) {
  return wide ? ((const int64_t *)out)[i] < 0 : ((const int32_t *)out)[i] < 0;
}

#define SOUGHT 64 /* cells among which a refused word is sought together */

/* Writes the places of refused words in a tile of n cells, and returns their number. Of most laws, few are refused. */
static ALWAYS_INLINE size_t find_refused(const kernels *form, const void *out, const int wide, size_t n, uint16_t *cells) {
  size_t found = 0;
  for (size_t i = 0; i < n; i += SOUGHT) {
    const size_t end = n - i < SOUGHT ? n : i + SOUGHT;
    if (!form->any_refused((const char *)out + i * (wide ? sizeof(int64_t) : sizeof(int32_t)), wide, end - i)) continue;
    for (size_t j = i; j < end; j++) {
      cells[found] = (uint16_t)j;
      found += is_refused_cell(out, wide, j);
    }
  }
  return found;
}

/* Replaces refused words, attempt after attempt, and many cells at a time, because a third of the words is refused for some laws. */
static inline void resolve_refused(const job *j, const tile *t, buffers *b, void *out, int wide) {
  const source *s = j->source;
  const word_grid g = tile_grid(s, j->request, t);
  const uint64_t columns = t->columns, inverse = 0xFFFFFFFFu / columns + 1; /* cell * inverse >> 32 is cell / columns */
  uint64_t row[AGAIN] = {0}, block[AGAIN] = {0};
  uint32_t words[4 * AGAIN], place[AGAIN];
  uint16_t *cells = b->broken; /* no scan uses it now */
  size_t n = t->rows * t->columns;
  n = wide ? find_refused(j->form, out, 1, n, cells) : find_refused(j->form, out, 0, n, cells);
  for (uint32_t attempt = 1; n; attempt++) {
    size_t still = 0;
    for (size_t i = 0; i < n; i += AGAIN) {
      const size_t m = n - i < AGAIN ? n - i : AGAIN;
      for (size_t c = 0; c < m; c++) {
        const size_t down = (size_t)(cells[i + c] * inverse >> 32), column = t->column + cells[i + c] - down * columns;
        row[c] = grid_row(&g, down);
        block[c] = source_block(s, column) | attempt << 24;
        place[c] = (uint32_t)(4 * c + column % 4);
      }
      j->form->rules.list(&(block_list){s->key, s->epoch, row, block}, (m + LIST_STEP - 1) / LIST_STEP * LIST_STEP, words);
      for (size_t c = 0; c < m; c++) {
        const uint16_t cell = cells[i + c];
        const uint32_t id = uniform_of_word(s, attempt, words[place[c]]);
        if (wide) ((int64_t *)out)[cell] = (int32_t)id;
        else ((uint32_t *)out)[cell] = id;
        cells[still] = cell;
        still += id == NO_ID;
      }
    }
    n = still;
  }
}

/* The ids of a tile of a uniform law. out has WORDS_SLACK more places. */
static inline void make_uniform(const job *j, const tile *t, buffers *b, void *out, int wide) {
  const word_grid g = tile_grid(j->source, j->request, t);
  if (j->form->uniform(j->source, &g, out, wide, &b->plan)) resolve_refused(j, t, b, out, wide);
}

/* The same without rules: into the output, or, at its end, into a buffer that has room for what is written past it. */
static inline void emit_uniform(const job *j, const tile *t, buffers *b) {
  const request *q = j->request;
  const size_t n = t->rows * t->columns, at = t->i * q->k + t->column, size = j->wide ? sizeof(int64_t) : sizeof(int32_t);
  char *to = (char *)j->out + at * size;
  if (at + n + WORDS_SLACK <= q->n * q->k && t->columns == q->k) {
    make_uniform(j, t, b, to, j->wide);
  } else {
    void *buffer = j->wide ? (void *)b->wide : (void *)b->ids;
    make_uniform(j, t, b, buffer, j->wide);
    memcpy(to, buffer, n * size);
  }
}

static inline size_t padded(size_t n) { return (n + LANES - 1) / LANES * LANES; }

/* Generates the words of tile t, and fetches the slots of the tile before. */
static inline void make_words(const job *j, const tile *t, buffers *b, uint32_t *words, fetch_job *fetch) {
  const word_grid g = tile_grid(j->source, j->request, t);
  const size_t n = t->rows * t->columns, whole = padded(n);
  uint32_t *to = j->source->classes ? b->raw.of : words;
  j->form->words(&g, to, fetch, &b->plan);
  /* full vectors are read later, so that words past the end must be defined */
  memset(to + n * source_words(j->source), 0, 2 * LANES * sizeof *to);
  for (size_t i = 0; j->source->classes && i < whole; i++) {
    words[i] = b->raw.of[2 * i];
    words[whole + i] = b->raw.of[2 * i + 1];
  }
}

/* Converts fetched slots to ids of attempt 0. */
static inline void make_ids(const job *j, const tile *t, buffers *b, const uint32_t *words, uint32_t *ids) {
  const source *s = j->source;
  const size_t n = t->rows * t->columns, whole = padded(n);
  uint32_t *to = s->classes ? b->cls : ids;
  if (s->ids) {
    make_uniform(j, t, b, ids, 0);
    return;
  }
  if (j->form->rules.resolve(b->slots, s->bits, words, to, n, b->flags)) resolve_ties(s, j->request, t, words, to, b->flags);
  if (s->classes) {
    memset(b->cls + n, 0, (whole - n) * sizeof *b->cls);
    if (j->form->member(s->classes, b->cls, words + whole, ids, n, b->flags))
      resolve_doubts(s, j->request, t, b->cls, words + whole, ids, b->flags);
  }
  for (size_t i = 0; s->order && i < n; i++) ids[i] = (uint32_t)s->order[ids[i]];
}

static inline void emit(const job *j, const uint32_t *ids, size_t at, size_t n) {
  if (j->wide) j->form->widen(ids, (int64_t *)j->out + at, n);
  else memcpy((int32_t *)j->out + at, ids, n * sizeof(int32_t));
}

static inline size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

static inline void mark_columns(const job *j, size_t at, uint64_t columns) {
  for (; columns; columns &= columns - 1) {
    const size_t c = at + (size_t)lowest_bit_64(columns);
    if (j->wide) ((int64_t *)j->out)[c] = -1;
    else ((int32_t *)j->out)[c] = -1;
  }
}

/* Writes -1 in place of the excluded ids of n rows that are written; ids: these rows; i: the first of them. */
static inline void mark_excluded(const job *j, const uint32_t *ids, size_t i, size_t n) {
  const size_t k = j->request->k;
  const rule_forms *form = &j->form->rules;
  const uint16_t *broken = j->rules->broken;
  rules r = j->request->rules;
  r.distinct = 0;
  if (k <= PAIRWISE) {
    const size_t found = find_columns(form, j->source, ids, n, k, &r, i, j->rules);
    for (size_t b = 0; b < found; b++) mark_columns(j, (i + broken[b]) * k, j->rules->repeats->of[b]);
    return;
  }
  const size_t found = form->scan(ids, n, k, &r, i, j->rules->broken);
  for (size_t b = 0; b < found; b++) {
    const row_rules of = rules_of_row(j->source, &r, i + broken[b], &j->rules->seen);
    for (size_t first = 0; first < k; first += HIT_COLUMNS)
      mark_columns(j, (i + broken[b]) * k + first, excluded_columns(form, &of, ids + broken[b] * k + first, smaller(k - first, HIT_COLUMNS)));
  }
}

/* Applies the rules to the ids of a fetched tile, and writes them. Returns the number of complete rows; *result says why others are not. */
static inline size_t finish_tile(const job *j, const tile *t, buffers *b, const uint32_t *words, exact_result *result) {
  const request *q = j->request;
  const size_t k = q->k, at = t->i * k + t->column;
  if (!has_rules(&q->rules, k)) {
    if (j->source->ids) return emit_uniform(j, t, b), t->rows;
    make_ids(j, t, b, words, j->ids);
    emit(j, j->ids, at, t->rows * t->columns);
    return t->rows;
  }
  make_ids(j, t, b, words, j->ids + t->column);
  if (t->column + t->columns < k) return t->rows; /* the row is not complete yet */
  const word_grid g = tile_grid(j->source, q, t);
  rules kept = q->rules;
  if (kept.marks) kept.excluded = NULL;
  size_t rows = t->rows;
  if (has_rules(&kept, k)) rows = finish_rows(&j->form->rules, j->source, &g, j->ids, k, &kept, t->i, j->rules, result);
  emit(j, j->ids, t->i * k, rows * k);
  if (q->rules.marks) mark_excluded(j, j->ids, t->i, rows);
  return rows;
}

/* The tile after t: the next columns of the same rows, then the next rows. */
static inline tile next_tile(const tile *t, const request *q, size_t across, size_t down) {
  tile u = {t->i, t->rows, t->column + t->columns, 0};
  if (u.column >= q->k) {
    u.i += u.rows;
    u.column = 0;
    u.rows = smaller(down, q->n - u.i);
  }
  u.columns = smaller(across, q->k - u.column);
  return u;
}

static inline int64_t draw_tiles(const job *j, buffers *b) {
  const source *s = j->source;
  const request *q = j->request;
  const size_t cells = TILE / source_words(s), across = smaller(q->k, cells), down = cells / across;
  tile now = {0, smaller(down, q->n), 0, across}, before = {0, 0, 0, 0};
  fetch_job fetch = {s->hot, NULL, NULL, 0, 32 - s->bits, !s->classes && s->bits >= AHEAD_BITS}; /* of classes, every other word is a slot */
  for (int turn = 0; now.rows || before.rows; turn ^= 1) {
    if (now.rows && !s->ids) make_words(j, &now, b, b->words[turn].of, &fetch);
    else fetch_all(&fetch);
    if (before.rows) {
      exact_result result = EXACT_DONE;
      size_t rows = finish_tile(j, &before, b, b->words[turn ^ 1].of, &result);
      if (result == EXACT_NO_MEMORY) return DRAW_NO_MEMORY;
      if (result == EXACT_NONE_LEFT) return DRAW_NONE_LEFT;
      if (rows < before.rows) return (int64_t)(before.i + rows);
    }
    before = now;
    fetch.words = b->words[turn].of, fetch.slots = b->slots, fetch.left = s->ids ? 0 : padded(now.rows * now.columns);
    if (now.rows) now = next_tile(&now, q, across, down);
  }
  return (int64_t)q->n;
}

/* Fills out (n rows of k; int64 if wide, else int32). Returns n; a negative number after an error; or the index of a row in which the attempts
 * of a column are used up, and for which the source has no exact law yet, or the rules do not know what is left beside its set. Then the
 * rows before it are final. The caller prepares that, and calls again from this row on. */
static inline int64_t draw(const kernels *form, const source *s, const request *q, void *out, int wide) {
  const int hashed = q->rules.distinct && q->k > UNHASHED;
  const int gathers = has_rules(&q->rules, q->k) && q->k > TILE / source_words(s);
  if (q->k == 0 || q->n == 0) return (int64_t)q->n;
  buffers b;
  b.plan.lanes = 0;
  many_out left_out;
  memset(&left_out, 0, sizeof left_out);
  rule_scratch scratch = {{NULL, id_set_bits(q->k)}, &b.repeats, b.broken, b.slots, &b.tries, &left_out};
  job j = {form, s, q, out, wide, b.ids, &scratch};
  uint32_t *row = NULL, *cells = NULL; /* two allocations, so that AddressSanitizer guards the end of each */
  if (gathers) j.ids = row = (uint32_t *)malloc((q->k + WORDS_SLACK) * sizeof *row);
  if (hashed) scratch.seen.cells = cells = (uint32_t *)malloc(sizeof *cells << scratch.seen.bits);
  int64_t done = DRAW_NO_MEMORY;
  if (j.ids && (cells || !hashed)) {
    fence_buffers(&b);
    done = draw_tiles(&j, &b);
    unfence(&b, sizeof b);
  }
  free(row);
  free(cells);
  many_free(&left_out);
  return done;
}

#endif
