// SPDX-License-Identifier: Apache-2.0
// narrow.c: a constant whose values fit a narrower type lies in memory in that type and is made wider on its way: where
// ALUs are plentier than MEM slices, and where an operand has more bytes than a hemisphere has slices.
#include "lower.h"
#include <stdlib.h>

typedef struct {
  const char *cvt; /* from the narrow type */
  int to, bytes, wide;
  bool (*narrow)(uint32_t value, uint32_t *small);
} narrowing;

static bool from_i8(uint32_t value, uint32_t *small)
{
  *small = value & 0xff;
  return (uint32_t)(int8_t)*small == value;
}

static bool from_i16(uint32_t value, uint32_t *small)
{
  *small = value & 0xffff;
  return (uint32_t)(int16_t)*small == value;
}

/* Zeros, infinities and normal numbers. */
static bool from_f16(uint32_t value, uint32_t *small)
{
  uint32_t sign = value >> 16 & 0x8000, exponent = value >> 23 & 0xff, fraction = value & 0x7fffff;
  *small = exponent == 0 ? sign : exponent == 0xff ? sign | 0x7c00 : sign | ((exponent - 112) << 10 | fraction >> 13);
  return exponent == 0 || exponent == 0xff ? fraction == 0 : exponent > 112 && exponent < 143 && !(fraction & 0x1fff);
}

static const narrowing narrowings[] = {{"Cvt.i8", TSP_I16, 1, 2, from_i8},
                                       {"Cvt.i8", TSP_I32, 1, 4, from_i8},
                                       {"Cvt.i16", TSP_I32, 2, 4, from_i16},
                                       {"Cvt.f16", TSP_F32, 2, 4, from_f16}};

/* A constant's values in the narrow type, or TSPC_NONE. Contents: [vector] elements of `wide` bytes. */
static int narrowed(tspc_prog *p, int vec, const narrowing *n, const uint8_t *contents)
{
  int vector = p->cfg->vector, made = TSPC_NONE;
  uint8_t *narrow = malloc((size_t)n->bytes * (size_t)vector);
  if (!narrow)
    tspc_prog_fail(p, TSP_ENOMEM, "out of memory");
  bool fits = narrow;
  for (int i = 0; fits && i < vector; i++) {
    uint32_t value = 0, small;
    for (int b = 0; b < n->wide; b++)
      value |= (uint32_t)contents[i * n->wide + b] << (8 * b);
    if (n->wide == 2)
      value = (uint32_t)(int16_t)value;
    fits = n->narrow(value, &small);
    for (int b = 0; b < n->bytes; b++)
      narrow[i * n->bytes + b] = (uint8_t)(small >> (8 * b));
  }
  if (fits)
    made = tspc_vec_pool(p, n->bytes, narrow, p->vec[vec].lo, p->vec[vec].hi);
  if (made >= 0) /* a vec for each user: what widens it is chained to that user, and never stored */
    made = tspc_vec_words(p, n->bytes, p->vec[made].word, p->vec[made].lo, p->vec[made].hi);
  free(narrow);
  return made;
}

int tspc_narrow(tspc_prog *p, int vec)
{
  const tsp_config *cfg = p->cfg;
  if (!tspc_ok(p) || vec < 0 || p->vec[vec].kind != TSPC_VEC_WORDS || p->vec[vec].group >= 0 ||
      (p->vec[vec].bytes <= cfg->mem_slices && cfg->alus <= cfg->mem_slices))
    return vec;
  uint8_t *contents = malloc(4 * (size_t)cfg->vector);
  int small = TSPC_NONE;
  const narrowing *n = narrowings, *end = n + sizeof narrowings / sizeof *narrowings;
  if (!contents)
    tspc_prog_fail(p, TSP_ENOMEM, "out of memory");
  else if (tspc_contents(p, vec, contents))
    for (; n < end; n++)
      if (n->wide == p->vec[vec].bytes && (n->to != TSP_F32 || cfg->fp) && (small = narrowed(p, vec, n, contents)) >= 0)
        break;
  free(contents);
  return small < 0 ? vec : tspc_vec_vx(p, tspc_opcode(p, n->cvt, n->to), small, TSPC_NONE, TSPC_NONE);
}
