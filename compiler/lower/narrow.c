// SPDX-License-Identifier: Apache-2.0
// narrow.c: operands with more bytes than a hemisphere has MEM slices cannot be read at once; a constant whose values
// fit comes as int16.
#include "lower.h"
#include <stdlib.h>

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
  if (made >= 0) /* a vec for each user: what widens it is chained to that user, and never stored */
    made = tspc_vec_words(p, 2, (const int[2]){p->vec[made].word[0], p->vec[made].word[1]}, p->vec[made].lo,
                          p->vec[made].hi);
  free(wide);
  free(narrow);
  return made;
}

int tspc_narrow(tspc_prog *p, int vec)
{
  if (!tspc_ok(p) || vec < 0 || p->vec[vec].bytes != 4 || p->cfg->mem_slices >= 4 ||
      p->vec[vec].kind != TSPC_VEC_WORDS || p->vec[vec].group >= 0)
    return vec;
  int small = as_int16(p, vec);
  return small < 0 ? vec : tspc_vec_vx(p, tspc_opcode(p, "Cvt.i16", TSP_I32), small, TSPC_NONE, TSPC_NONE);
}
