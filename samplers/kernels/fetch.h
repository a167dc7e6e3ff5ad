/* SPDX-License-Identifier: MIT */
/* Table rows fetched by scalar loads into a buffer. On Zen 4 that is as fast as the hardware gather, and
 * Intel processors before Sapphire Rapids pay for theirs with the Downfall microcode.
 *
 * The generator keeps the vector units busy and the fetch the load units, so the words of one tile are made
 * while the rows of the tile before are fetched: see words_sets_avx512.
 */
#ifndef KERNELS_FETCH_H
#define KERNELS_FETCH_H

#include "target.h"

/* rows[i] = table[words[i] >> rest] for the next `left` cells. An odd cell's neighbour is fetched too: words
 * and rows have a place for it, and any word is a row of the table. */
typedef struct {
  const uint64_t *table;
  const uint32_t *words;
  uint64_t *rows;
  size_t left;
  int rest; /* 32 - bits of the table; 0 when the words are row numbers themselves */
} fetch_job;

/* Two cells a load. rest < 32. */
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
