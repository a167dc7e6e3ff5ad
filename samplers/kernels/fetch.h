/* SPDX-License-Identifier: MIT */
/* Fetches table rows into a buffer by scalar loads. On Zen 4 that is as fast as the hardware gather. On Intel processors before
 * Sapphire Rapids the gather is slow, because of the microcode against Downfall.
 *
 * The generator uses the vector units and the fetch the load units. So the words of one tile are generated while the rows of the tile
 * before are fetched: see words_sets_avx512.
 */
#ifndef KERNELS_FETCH_H
#define KERNELS_FETCH_H

#include "target.h"

/* rows[i] = table[words[i] >> rest] for the next `left` cells. If `left` is odd, one more cell is fetched: the arrays have a place for
 * it, and any word is a valid row of the table. */
typedef struct {
  const uint64_t *table;
  const uint32_t *words;
  uint64_t *rows;
  size_t left;
  int rest; /* 32 - bits of the table; 0 if the words are row numbers */
} fetch_job;

/* One load for two cells. rest < 32. */
static ALWAYS_INLINE void fetch_two(const uint64_t *table, const uint32_t *words, uint64_t *rows, int rest) {
  uint64_t pair;
  memcpy(&pair, words, sizeof pair);
  rows[0] = table[(uint32_t)pair >> rest];
  rows[1] = table[pair >> 32 >> rest];
}

static ALWAYS_INLINE void fetch_all(fetch_job *job) {
  if (job->rest == 32) /* a table of one row */
    for (size_t i = 0; i < job->left; i++) job->rows[i] = job->table[0];
  else
    for (size_t i = 0; i < job->left; i += 2) fetch_two(job->table, job->words + i, job->rows + i, job->rest);
  job->left = 0;
}

#endif
