/* SPDX-License-Identifier: MIT */
/* The definition of the stream "philox4x32-10/v1" in plain C, one cell at a time.
 *
 * It is used for retries and ties. Every SIMD form must give the same ids (tests/kernels/test_rows.py). Never change its results: a
 * better layout would be a v2.
 *
 *   counter  c0, c1  low and high half of the row       c3  epoch
 *            c2      block | (attempt | refine << 7) << 24
 *   alias    block = column / 4; one word a cell, word column % 4
 *   uniform  the same; a word that is refused gives no id, and the next attempt follows
 *   spectrum block = column / 2; two words a cell, class word 2 * (column % 2), member word the next
 */
#ifndef KERNELS_CELL_H
#define KERNELS_CELL_H

#include "exact.h"
#include "philox.h"
#include "slot.h"

#define REFINE 0x80u      /* the tag's bit of a refine word */
#define SPARE_KEY 0xD1B54A32D192ED03ull /* added to the key once for each further member word */
#define NO_ID 0xFFFFFFFFu /* ids are below 2**31 */
#define MEMBER_SPARES 24  /* member words after the first two; see spectrum_member_of */

/* The tables of a law: an alias table over ids, or over classes of equally likely ids. A uniform law has no table, but two numbers. */
typedef struct {
  uint64_t key;
  uint32_t epoch;
  int bits;                /* the table has 2**bits slots, 0 <= bits <= 31 */
  const uint32_t *hot;     /* the halves of the slots: see slot.h */
  const uint32_t *cold;
  const uint64_t *classes; /* NULL: the table gives ids. Row: first id in the low 32 bits, size in the high ones */
  const int32_t *order;    /* maps a drawn number to an id: ids in class order, or ids of a law of many; NULL: numbers are ids */
  const exact_law *exact;  /* for rows whose attempts are used up; NULL: the caller makes it when the first of them comes */
  uint32_t ids;            /* of a uniform law: all ids below this number are equally likely; 0: there is a table */
  uint32_t refused;        /* of a uniform law: 2**32 mod ids */
  uint32_t heavy, certain; /* of a table whose slots all have one alias: that id, which words give whose bits below those of the slot are at
                              least `certain`; 0: nothing is known */
} source;

/* Notes the heavy id of a table over ids, if it has one alias only. Then most attempts of a column that refuses it need no load. */
static inline void note_heavy(source *s) {
  const uint32_t aliases = (uint32_t)((1ull << s->bits) - 1), heavy = s->hot[0] & aliases;
  uint32_t largest = 0;
  if (s->classes || s->order || !s->bits) return;
  for (size_t slot = 0; slot < (size_t)1 << s->bits; slot++) {
    const uint32_t high = s->hot[slot] >> s->bits;
    if ((s->hot[slot] & aliases) != heavy) return;
    largest = high > largest ? high : largest;
  }
  s->heavy = heavy;
  s->certain = largest + 1;
}

/* Word `index` of the row's words under one tag, four to a block. */
static inline uint32_t cell_word(uint64_t key, uint64_t row, uint32_t epoch, size_t index, uint32_t tag) {
  uint32_t x[4] = {(uint32_t)row, (uint32_t)(row >> 32), (uint32_t)(index / 4) | tag << 24, epoch};
  philox_block(key, x);
  return x[index % 4];
}

/* The id of a cell whose bits are equal to the high bits of its threshold: a refine word is compared with the other ones. */
static inline uint32_t alias_tied(const source *s, uint64_t row, size_t index, uint32_t attempt, uint32_t slot) {
  const uint32_t refine = cell_word(s->key, row, s->epoch, index, attempt | REFINE);
  return refine < s->cold[slot] ? slot : slot_alias(s->hot[slot], s->bits);
}

/* The high `bits` bits of the word are the slot. The other bits are compared with the high bits of the threshold. If they are equal,
 * a refine word decides: so the result is exact, and a second word is needed only once in 2**(32 - bits) cells. The shifts are of 64
 * bits, because bits = 0 shifts by 32. */
static inline uint32_t alias_of_word(const source *s, uint64_t row, size_t index, uint32_t attempt, uint64_t word) {
  const int rest = 32 - s->bits;
  uint64_t slot = word >> rest, left = word & ((1ull << rest) - 1), high = s->hot[slot] >> s->bits;
  if (left == high) return alias_tied(s, row, index, attempt, (uint32_t)slot);
  return left < high ? (uint32_t)slot : slot_alias(s->hot[slot], s->bits);
}

/* A uniform number below `size` (Lemire, "Fast random integer generation in an interval", 2019): the high half of word * size. The
 * word is refused if the low half is below 2**32 mod size. After the first two words of the cell, refine words under other keys
 * follow; the last one is accepted in any case. A word is refused with probability below 1 / (floor(2**32 / size) + 1). So all
 * words are refused with probability below 3**-26 < 2**-41 for any size below 2**31, and below 22**-26 < 2**-115 for sizes up to
 * 2**32 / 21 (2.0e8). */
static inline uint32_t spectrum_member_of(const source *s, uint64_t row, size_t index, uint32_t attempt, uint32_t word, uint32_t size) {
  uint64_t m = (uint64_t)word * size;
  if ((uint32_t)m >= size) return (uint32_t)(m >> 32); /* surely, without a division */
  const uint32_t refused = (0u - size) % size;
  for (uint32_t j = 0; (uint32_t)m < refused && j <= MEMBER_SPARES; j++)
    m = (uint64_t)cell_word(s->key + j * SPARE_KEY, row, s->epoch, index, attempt | REFINE) * size;
  return (uint32_t)(m >> 32);
}

/* The id of an attempt by multiply-shift, as a member of a class; NO_ID if the word is refused. Then each id has equally many words. The
 * last attempt is not refused. It is reached with probability below 3**-127, because a word is refused with probability below 1/3. */
static inline uint32_t uniform_of_word(const source *s, uint32_t attempt, uint32_t word) {
  const uint64_t m = (uint64_t)word * s->ids;
  return (uint32_t)m < s->refused && attempt < ATTEMPTS - 1 ? NO_ID : (uint32_t)(m >> 32);
}

/* The id of an attempt of a cell, from the Philox block that has its words; NO_ID if it gives none. */
static inline uint32_t source_cell_of(const source *s, uint64_t row, size_t column, uint32_t attempt, const uint32_t block[4]) {
  if (s->ids) return uniform_of_word(s, attempt, block[column % 4]);
  const size_t index = s->classes ? 2 * column : column;
  uint32_t id = alias_of_word(s, row, index, attempt, block[index % 4]);
  if (s->classes) {
    const uint64_t members = s->classes[id];
    id = (uint32_t)members + spectrum_member_of(s, row, index + 1, attempt, block[index % 4 + 1], (uint32_t)(members >> 32));
  }
  return s->order ? (uint32_t)s->order[id] : id;
}

/* Words per cell. */
static inline size_t source_words(const source *s) { return s->classes ? 2 : 1; }

/* The number of the block that has the words of a column. */
static inline uint32_t source_block(const source *s, size_t column) { return (uint32_t)(column * source_words(s) / 4); }

static inline uint32_t source_cell(const source *s, uint64_t row, size_t column, uint32_t attempt) {
  uint32_t x[4] = {(uint32_t)row, (uint32_t)(row >> 32), source_block(s, column) | attempt << 24, s->epoch};
  philox_block(s->key, x);
  return source_cell_of(s, row, column, attempt, x);
}

#endif
