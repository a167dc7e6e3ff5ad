/* SPDX-License-Identifier: MIT */
/* A slot of an alias table, in two halves.
 *
 * A slot has 2**slot_bits units. It keeps some of them, its threshold; its alias gets the others. The hot half has what most draws need:
 * the high 32 - bits bits of the threshold, and below them the alias, which is smaller than 2**bits. The cold half has the other bits of
 * the threshold, highest first. Only ties read it. So a draw reads 4 bytes, and twice as many slots fit into a cache.
 */
#ifndef KERNELS_SLOT_H
#define KERNELS_SLOT_H

#include "target.h"

static ALWAYS_INLINE uint32_t slot_alias(uint32_t hot, int bits) { return hot & ((1u << bits) - 1); }

/* The bits of a threshold in the cold half: from 0 to 32. */
static inline int cold_bits(int bits, int slot_bits) { return slot_bits - 32 + bits; }

/* A threshold of 2**slot_bits units is stored as 0: then the alias must be the slot itself. */
static inline void put_slot(uint32_t *hot, uint32_t *cold, int bits, int slot_bits, size_t slot, uint64_t own, uint64_t alias) {
  const int below = cold_bits(bits, slot_bits);
  hot[slot] = (uint32_t)(own >> below << bits | alias);
  cold[slot] = (uint32_t)(own << (32 - below));
}

static inline uint64_t kept_units(const uint32_t *hot, const uint32_t *cold, int bits, int slot_bits, size_t slot) {
  const int below = cold_bits(bits, slot_bits);
  return (uint64_t)(hot[slot] >> bits) << below | (uint64_t)cold[slot] >> (32 - below);
}

#endif
