/* SPDX-License-Identifier: Apache-2.0 */
/* mxm_pair.c - ABC.f16: two planes of a hemisphere as one of fp16 weights, low bytes in the first. A vector enters in
 * two cycles, and each half meets the weights that are installed then; the two exact partial sums are rounded together.
 */
#include <string.h>

#include "machine.h"
#include "mxm_f16.h"

/* The pair that a plane belongs to, -1 if none. Pairs begin with planes 0 and 2. */
static int pair_of(const machine *m, int plane)
{
  for (int first = plane; first >= 0 && first >= plane - 1; first--)
    if (tsp_plane_pairs(&m->base.cfg, first))
      return first / 2;
  return -1;
}

bool pair_busy(const machine *m, int plane)
{
  int pair = pair_of(m, plane);
  uint64_t entered = pair < 0 ? 0 : m->entry[pair].tag;

  return entered && (entered + 1 == m->s->clk || (entered == m->s->clk && plane % 2));
}

void pair_outdated(machine *m, int plane, int column)
{
  int pair = pair_of(m, plane);

  if (pair >= 0)
    m->stale[pair * m->base.cfg.superlanes + column] = 1;
}

static uint16_t weight(const machine *m, int pair, int output, int input)
{
  size_t plane = (size_t)m->base.cfg.vector * (size_t)m->row_bytes;
  const int8_t *low = &m->weights[(size_t)(2 * pair) * plane + (size_t)output * (size_t)m->row_bytes + (size_t)input];

  return (uint16_t)((uint8_t)low[0] | (uint8_t)low[plane] << 8);
}

/* The input that enters as number k: first the lower half of the lanes of each superlane. */
static int input_of(const tsp_config *c, int k)
{
  int half = c->lanes / 2, part = k / (c->vector / 2), rest = k % (c->vector / 2);

  return rest / half * c->lanes + part * half + rest % half;
}

/* The high halves of the weights of input number k for all outputs; the low halves are vector * vector behind. */
static float *split_at(const machine *m, int pair, int k)
{
  size_t vector = (size_t)m->base.cfg.vector;

  return &m->split[((size_t)pair * 2 * vector + (size_t)k) * vector];
}

static void split_column(machine *m, int pair, int column)
{
  const tsp_config *c = &m->base.cfg;
  size_t vector = (size_t)c->vector;

  for (int k = 0; k < c->vector; k++) {
    float *to = split_at(m, pair, k);
    uint64_t *special = &m->special[(size_t)pair * vector + (size_t)k], any = 0;

    for (int o = column * c->lanes; o < (column + 1) * c->lanes; o++) {
      uint16_t w = weight(m, pair, o, input_of(c, k));

      f16_split(w, &to[o], &to[vector * vector + (size_t)o]);
      any |= f16_special(w);
    }
    *special = (*special & ~(UINT64_C(1) << column)) | any << column;
  }
}

static void split_weights(machine *m, int pair)
{
  const tsp_config *c = &m->base.cfg;

  for (int column = 0; column < c->superlanes; column++) {
    uint8_t *stale = &m->stale[pair * c->superlanes + column];

    if (*stale)
      split_column(m, pair, column);
    *stale = 0;
  }
}

/* What infinities and NaNs do, in the few places where they are. */
static void add_specials(machine *m, int pair, int first, const uint16_t *x)
{
  const tsp_config *c = &m->base.cfg;
  uint8_t *flags = &m->sum_flags[pair * c->vector];

  for (int k = 0; k < c->vector / 2; k++) {
    uint64_t columns = f16_special(x[k]) ? m->all : m->special[pair * c->vector + first + k];
    int input = input_of(c, first + k);

    for (; columns; columns &= columns - 1)
      for (int j = 0, o = first_superlane(columns) * c->lanes; j < c->lanes; j++, o++)
        flags[o] |= f16_product_flag(x[k], weight(m, pair, o, input));
  }
}

/* Half of a vector, uint16 [vector / 2], whose first input is number `first` in the order of entry. */
static void enter(machine *m, int pair, int first, const uint16_t *x)
{
  size_t vector = (size_t)m->base.cfg.vector;
  const float *high;

  split_weights(m, pair);
  high = split_at(m, pair, first);
  f16_accumulate(x, high, high + vector * vector, &m->sum[(size_t)pair * 3 * vector], (int)vector / 2, (int)vector);
  add_specials(m, pair, first, x);
  if (m->trace)
    for (int plane = 2 * pair; plane < 2 * pair + 2; plane++)
      trace_source(m, m->entry[pair].id, m->install_id[plane]);
}

/* One half of a vector; zero in superlanes outside the set. */
static void take_half(const machine *m, int first, const uint8_t *low, const uint8_t *high, superlane_set set,
                      uint16_t *x)
{
  const tsp_config *c = &m->base.cfg;

  for (int k = 0; k < c->vector / 2; k++) {
    int input = input_of(c, first + k);

    x[k] = set >> (input / c->lanes) & 1 ? (uint16_t)(low[input] | high[input] << 8) : 0;
  }
}

void pair_activate(machine *m, const machine_issue *i, const machine_op *op)
{
  int vector = m->base.cfg.vector, plane = (i->queue - m->base.cfg.q_mxm) / 3, pair = plane / 2;
  int group = (int)field(op, F_group, i->word);
  superlane_set set = m->all;
  const uint8_t *low, *high;
  uint16_t x[F16_INPUTS_MAX / 2];

  low = stream_operand(m, i, group, &set);
  high = stream_operand(m, i, group + 1, &set);
  set = machine_operands(m, i, set);
  m->entry[pair] =
      (machine_record){.tag = m->s->clk, .id = i->id, .set = set, .index = (uint32_t)(op->d_func - op->d_skew)};
  memset(&m->sum[pair * 3 * vector], 0, 3 * (size_t)vector * sizeof *m->sum);
  memset(&m->sum_flags[pair * vector], 0, (size_t)vector);
  take_half(m, 0, low, high, set, x);
  enter(m, pair, 0, x);
  take_half(m, vector / 2, low, high, set, &m->second[pair * vector / 2]);
}

/* A superlane that went off in between enters zeros. */
static void silence(machine *m, int pair)
{
  const tsp_config *c = &m->base.cfg;
  uint16_t *x = &m->second[pair * c->vector / 2];

  for (int n = 0; n < c->superlanes; n++)
    if (!(m->s->powered >> n & 1))
      memset(&x[n * c->lanes / 2], 0, (size_t)c->lanes / 2 * sizeof *x);
}

static void finish(machine *m, int pair)
{
  int vector = m->base.cfg.vector, plane = 2 * pair;
  const machine_record *entry = &m->entry[pair];
  const double *sum = &m->sum[pair * 3 * vector];
  uint64_t lands = entry->tag + entry->index;
  size_t at = product_at(m, lands, plane);

  m->product[at] = (machine_record){.tag = lands, .id = entry->id, .set = m->all, .f32 = true};
  for (int o = 0; o < vector; o++)
    m->product_data[at * (size_t)vector + (size_t)o] =
        (int32_t)f16_round(sum[o], sum[vector + o], sum[2 * vector + o], m->sum_flags[pair * vector + o]);
}

void pairs_land(machine *m)
{
  int half = m->base.cfg.vector / 2;

  for (int pair = 0; pair < m->pairs; pair++) {
    if (m->entry[pair].tag + 1 != m->s->clk)
      continue;
    silence(m, pair);
    enter(m, pair, half, &m->second[pair * half]);
    finish(m, pair);
  }
}
