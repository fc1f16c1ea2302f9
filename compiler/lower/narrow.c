// SPDX-License-Identifier: Apache-2.0
// narrow.c: operands with more bytes than a hemisphere has MEM slices cannot be read at once. A constant whose values
// fit comes as int16; of others the two halves come by themselves and are joined in the VXM.
#include "lower.h"
#include <stdlib.h>

static int i32(tspc_prog *p, const char *op, int a, int b)
{
  return tspc_vec_vx(p, tspc_opcode(p, op, TSP_I32), a, b, TSPC_NONE);
}

/* A constant's values as int16, or TSPC_NONE. */
static int as_int16(tspc_prog *p, int vec)
{
  int vector = p->cfg->vector, made = TSPC_NONE;
  uint8_t *wide = malloc(4 * (size_t)vector), *narrow = malloc(2 * (size_t)vector);
  if (!wide || !narrow)
    tspc_prog_fail(p, TSP_ENOMEM, "out of memory");
  bool fits = tspc_ok(p) && tspc_contents(p, vec, wide);
  for (int i = 0; fits && i < vector; i++) {
    uint8_t sign = wide[4 * i + 1] & 0x80 ? 0xff : 0;
    fits = wide[4 * i + 2] == sign && wide[4 * i + 3] == sign;
    narrow[2 * i] = wide[4 * i];
    narrow[2 * i + 1] = wide[4 * i + 1];
  }
  if (fits)
    made = tspc_vec_pool(p, 2, narrow, p->vec[vec].lo, p->vec[vec].hi);
  free(wide);
  free(narrow);
  return made;
}

static int half(tspc_prog *p, int vec, int first)
{
  const tspc_vec *v = &p->vec[vec];
  int word[2] = {v->word[first], v->word[first + 1]};
  return i32(p, "Cvt.i16", tspc_vec_words(p, 2, word, v->lo, v->hi), TSPC_NONE);
}

int tspc_narrow(tspc_prog *p, int vec)
{
  if (!tspc_ok(p) || vec < 0 || p->vec[vec].bytes != 4 || p->cfg->mem_slices >= 4 || p->vec[vec].kind != TSPC_VEC_WORDS ||
      p->vec[vec].group >= 0)
    return vec;
  int small = as_int16(p, vec);
  if (small >= 0)
    return i32(p, "Cvt.i16", small, TSPC_NONE);
  int low = i32(p, "And", half(p, vec, 0), tspc_vec_imm(p, 4, 0xffff));
  return i32(p, "Or", low, i32(p, "Shl", half(p, vec, 2), tspc_vec_imm(p, 4, 16)));
}
