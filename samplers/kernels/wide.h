/* SPDX-License-Identifier: MIT */
/* Integers of 128 and 256 bits, unsigned. */
#ifndef KERNELS_WIDE_H
#define KERNELS_WIDE_H

#include "target.h"

typedef unsigned __int128 uint128;

typedef struct {
  uint128 high, low;
} uint256;

/* In halves: the conversion of a uint64_t branches on its highest bit, which is random here. */
static inline double double_of_word(uint64_t x) { return (double)(int64_t)(x >> 32) * 0x1p32 + (double)(int64_t)(uint32_t)x; }

static inline double double_of(uint128 x) { return double_of_word((uint64_t)(x >> 64)) * 0x1p64 + double_of_word((uint64_t)x); }

static inline int top_bit(uint64_t x) { return 63 - __builtin_clzll(x); }

/* The number of bits of x. */
static inline int bits_of(uint128 x) {
  const uint64_t high = (uint64_t)(x >> 64), low = (uint64_t)x;
  return high ? 65 + top_bit(high) : low ? 1 + top_bit(low) : 0;
}

static inline int is_below(uint256 x, uint256 y) { return x.high != y.high ? x.high < y.high : x.low < y.low; }

static inline uint256 minus(uint256 x, uint256 y) {
  const uint256 difference = {x.high - y.high - (x.low < y.low), x.low - y.low};
  return difference;
}

/* x * x for x below 2**126, so that 2 * high * low fits into 128 bits. */
static inline uint256 square(uint128 x) {
  const uint64_t high = (uint64_t)(x >> 64), low = (uint64_t)x;
  const uint128 middle = (uint128)high * low << 1;
  uint256 result;
  result.low = (uint128)low * low + (middle << 64);
  result.high = (uint128)high * high + (middle >> 64) + (result.low < middle << 64);
  return result;
}

/* x << left, for left from 0 to 255. */
static inline uint256 shifted(uint256 x, int left) {
  uint256 result = x;
  if (left >= 128) {
    result.high = x.low << (left - 128);
    result.low = 0;
  } else if (left) {
    result.high = x.high << left | x.low >> (128 - left);
    result.low = x.low << left;
  }
  return result;
}

#endif
