/* SPDX-License-Identifier: MIT */
/* Fetches the hot halves of slots into a buffer by scalar loads. On Zen 4 that is as fast as the hardware gather. On Intel processors before
 * Sapphire Rapids the gather is slow, because of the microcode against Downfall.
 *
 * The generator uses the vector units and the fetch the load units. So the words of one tile are generated while the slots of the tile
 * before are fetched: see words_sets_avx512.
 */
#ifndef KERNELS_FETCH_H
#define KERNELS_FETCH_H

#include "target.h"

/* slots[i] = hot[words[i] >> rest] for the next `left` cells. If `left` is odd, one more cell is fetched: the arrays have a place for
 * it, and any word has a slot in the table. */
typedef struct {
  const uint32_t *hot;
  const uint32_t *words;
  uint32_t *slots;
  size_t left;
  int rest;  /* 32 - bits of the table */
  int ahead; /* whether the slots of new words are prefetched, for the next job */
} fetch_job;

/* From this size on, slots are prefetched: a hot half of 1 MB does not fit into a second-level cache, or fills it. A
 * load that waits for memory stops the generator, and a prefetch does not. */
#define AHEAD_BITS 18

static ALWAYS_INLINE void prefetch_slots(const fetch_job *job, const uint32_t *words, size_t n) {
  for (size_t i = 0; i < n; i++) PREFETCH(job->hot + (words[i] >> job->rest));
}

/* One load for two cells. rest < 32. */
static ALWAYS_INLINE void fetch_two(const uint32_t *hot, const uint32_t *words, uint32_t *slots, int rest) {
  uint64_t pair;
  memcpy(&pair, words, sizeof pair);
  slots[0] = hot[(uint32_t)pair >> rest];
  slots[1] = hot[pair >> 32 >> rest];
}

static ALWAYS_INLINE void fetch_all(fetch_job *job) {
  if (job->rest == 32) /* a table of one slot */
    for (size_t i = 0; i < job->left; i++) job->slots[i] = job->hot[0];
  else
    for (size_t i = 0; i < job->left; i += 2) fetch_two(job->hot, job->words + i, job->slots + i, job->rest);
  job->left = 0;
}

/* rows[i] = classes[cls[i]] for n classes. */
static ALWAYS_INLINE void fetch_classes(const uint64_t *classes, const uint32_t *cls, uint64_t *rows, size_t n) {
  for (size_t i = 0; i < n; i++) rows[i] = classes[cls[i]];
}

#endif
