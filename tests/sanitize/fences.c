/* SPDX-License-Identifier: MIT */
/* Prints what is wrong with the fences of the kernels' scratch, in a build with AddressSanitizer; nothing where every
 * field has one on both sides and nothing else may be touched. */
#include <stdio.h>

#include "draw.h"

static int forbidden(const void *address) { return __asan_address_is_poisoned(address); }

/* Returns the size of the field. */
static size_t check(const char *name, const void *field, size_t size, int fence_behind) {
  const char *at = (const char *)field;
  for (size_t i = 0; i < size; i++)
    if (forbidden(at + i)) printf("%s: byte %zu of %zu is forbidden\n", name, i, size);
  if (!forbidden(at - 1)) printf("%s: no fence before it\n", name);
  if (fence_behind && !forbidden(at + size)) printf("%s: no fence behind it\n", name);
  return size;
}

#define CHECK(field) check(#field, &b.field, sizeof b.field, 1)

int main(void) {
  buffers b;
  fence_buffers(&b);
  size_t allowed = CHECK(words[0].of) + CHECK(words[1].of) + CHECK(raw.of) + CHECK(slots) + CHECK(wide) + CHECK(cls) + CHECK(ids) +
                   CHECK(flags) + CHECK(broken) + CHECK(repeats.of) + CHECK(repeats.low) + CHECK(tries.words) +
                   CHECK(tries.slots) + CHECK(tries.ids) + CHECK(tries.ties) +
                   CHECK(plan.row) + CHECK(plan.block) + CHECK(plan.at) + CHECK(plan.keys);
  allowed += check("tries.of and what follows", &b.tries.of, (size_t)((char *)(&b.tries + 1) - (char *)&b.tries.of), 1);
  /* the plan's numbers end the struct: behind them is the fence that every variable on the stack has */
  allowed += check("plan.key and what follows", &b.plan.key, sizeof b - (size_t)((char *)&b.plan.key - (char *)&b), 0);
  size_t open = 0;
  for (size_t i = 0; i < sizeof b; i++) open += !forbidden((const char *)&b + i);
  if (open != allowed) printf("%zu bytes may be touched, and the fields have %zu\n", open, allowed);
  unfence(&b, sizeof b);
  for (size_t i = 0; i < sizeof b; i++)
    if (forbidden((const char *)&b + i)) printf("byte %zu is forbidden for those who come later\n", i);
  return 0;
}
