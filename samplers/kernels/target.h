/* SPDX-License-Identifier: MIT */
/* Macros that depend on the compiler and the processor. No other file does. */
#ifndef KERNELS_TARGET_H
#define KERNELS_TARGET_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if !defined(KERNELS_SCALAR_ONLY) && defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#define KERNELS_X86 1
#include <immintrin.h>
#define AVX2 __attribute__((target("avx2,bmi2")))
#define AVX512 __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,bmi2")))
#else
#define KERNELS_X86 0
#endif

#if defined(__GNUC__) || defined(__clang__)
#define ALWAYS_INLINE inline __attribute__((always_inline))
#define PREFETCH(address) __builtin_prefetch(address)
#else
#define ALWAYS_INLINE inline
#define PREFETCH(address) ((void)(address))
#endif

/* Sequentially consistent. ATOMIC_SWAP writes `value` if *at is equal to *expected, and returns whether it did. If not, it writes *at
 * into *expected. */
#if defined(__GNUC__) || defined(__clang__)
#define ATOMIC_LOAD(at) __atomic_load_n(at, __ATOMIC_SEQ_CST)
#define ATOMIC_STORE(at, value) __atomic_store_n(at, value, __ATOMIC_SEQ_CST)
#define ATOMIC_SWAP(at, expected, value) \
  __atomic_compare_exchange_n(at, expected, value, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)
#elif defined(_MSC_VER)
#include <intrin.h>
#define ATOMIC_LOAD(at) ((uint64_t)_InterlockedCompareExchange64((volatile long long *)(at), 0, 0))
#define ATOMIC_STORE(at, value) ((void)_InterlockedExchange64((volatile long long *)(at), (long long)(value)))
static __forceinline int atomic_swap(volatile long long *at, uint64_t *expected, uint64_t value) {
  const uint64_t there = (uint64_t)_InterlockedCompareExchange64(at, (long long)value, (long long)*expected);
  const int same = there == *expected;
  *expected = there;
  return same;
}
#define ATOMIC_SWAP(at, expected, value) atomic_swap((volatile long long *)(at), expected, value)
#else
#error "no atomic operations are known for this compiler: add them here"
#endif

#define PRAGMA(text) _Pragma(#text)
#if defined(__clang__)
#define UNROLL(n) PRAGMA(unroll)
#elif defined(__GNUC__)
#define UNROLL(n) PRAGMA(GCC unroll n)
#else
#define UNROLL(n)
#endif

/* AddressSanitizer detects an overflow of an array on the stack or the heap, but not from one field of a struct into the next. In a build
 * with AddressSanitizer there are gaps between the fields of the kernels' scratch, and `fence` forbids access to these gaps. In other
 * builds these macros do nothing. An object on the stack is unfenced before its function returns, because later calls use that memory. */
#if defined(__SANITIZE_ADDRESS__)
#define KERNELS_FENCED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define KERNELS_FENCED 1
#endif
#endif

#if KERNELS_FENCED
#include <sanitizer/asan_interface.h>
#define APART(name) _Alignas(64) char name[64];
static inline void fence(const void *from, const void *to) {
  __asan_poison_memory_region(from, (size_t)((const char *)to - (const char *)from));
}
static inline void unfence(const void *object, size_t size) { __asan_unpoison_memory_region(object, size); }
#else
#define APART(name)
static inline void fence(const void *from, const void *to) { (void)from, (void)to; }
static inline void unfence(const void *object, size_t size) { (void)object, (void)size; }
#endif
#define END_OF(field) ((const void *)(&(field) + 1))

/* Index of the lowest set bit of a mask that is not zero. */
static inline int lowest_bit(uint32_t mask) {
#if defined(__GNUC__) || defined(__clang__)
  return __builtin_ctz(mask);
#else
  int i = 0;
  while (!(mask >> i & 1)) i++;
  return i;
#endif
}

/* The same of 64 bits. */
static inline int lowest_bit_64(uint64_t mask) {
#if defined(__GNUC__) || defined(__clang__)
  return __builtin_ctzll(mask);
#else
  return (uint32_t)mask ? lowest_bit((uint32_t)mask) : 32 + lowest_bit((uint32_t)(mask >> 32));
#endif
}

#endif
