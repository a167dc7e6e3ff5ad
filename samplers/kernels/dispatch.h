/* SPDX-License-Identifier: MIT */
/* A table of function pointers for each instruction set. One is selected at run time. */
#ifndef KERNELS_DISPATCH_H
#define KERNELS_DISPATCH_H

#include "finish.h"
#include "resolve.h"
#include "uniform.h"
#include "words.h"

typedef enum { ISA_SCALAR, ISA_AVX2, ISA_AVX512, ISA_COUNT } isa;

typedef struct {
  const char *name;
  void (*words)(const word_grid *g, uint32_t *out, fetch_job *job, lane_plan *plan);
  int (*member)(const uint64_t *classes, const uint32_t *cls, const uint32_t *words, uint32_t *ids, size_t n, uint16_t *doubtful);
  int (*uniform)(const source *s, const word_grid *g, void *out, int wide, lane_plan *plan);
  int (*any_refused)(const void *out, int wide, size_t n);
  void (*widen)(const uint32_t *ids, int64_t *out, size_t n);
  rule_forms rules; /* `list` and `resolve` are here too */
} kernels;

static inline int isa_supported(isa i) {
#if KERNELS_X86
  if (i == ISA_AVX2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
  if (i == ISA_AVX512)
    return isa_supported(ISA_AVX2) && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
#endif
  return i == ISA_SCALAR;
}

/* NULL if this processor does not have the instruction set. */
static inline const kernels *kernels_of(isa i) {
  static const kernels forms[] = {
      {"scalar", words_scalar, member_scalar, uniform_scalar, any_refused_scalar, widen_scalar, {scan_scalar, hits_scalar, repeats_scalar, list_scalar, tries_scalar, suspects_scalar, holds_scalar, resolve_scalar, below_scalar}},
#if KERNELS_X86
      {"avx2", words_avx2, member_avx2, uniform_avx2, any_refused_avx2, widen_avx2, {scan_avx2, hits_avx2, repeats_avx2, list_avx2, tries_avx2, suspects_avx2, holds_avx2, resolve_avx2, below_avx2}},
      {"avx512", words_avx512, member_avx512, uniform_avx512, any_refused_avx512, widen_avx512, {scan_avx512, hits_avx512, repeats_avx512, list_avx512, tries_avx512, suspects_avx512, holds_avx512, resolve_avx512, below_avx512}},
#endif
  };
  return (int)i >= 0 && i < ISA_COUNT && isa_supported(i) ? &forms[i] : NULL;
}

static inline const kernels *kernels_best(void) {
  for (int i = ISA_COUNT - 1; i > 0; i--)
    if (isa_supported((isa)i)) return kernels_of((isa)i);
  return kernels_of(ISA_SCALAR);
}

/* Selects the form of this module by its name; NULL or "" selects the best. Returns 0, or -1 if the name is unknown or the processor does
 * not have it (then the form does not change). Call it before threads start. */
static inline int kernels_force(const kernels **in_use, const char *name) {
  if (!name || !*name) return *in_use = kernels_best(), 0;
  for (int i = 0; i < ISA_COUNT; i++) {
    const kernels *form = kernels_of((isa)i);
    if (form && !strcmp(form->name, name)) return *in_use = form, 0;
  }
  return -1;
}

#endif
