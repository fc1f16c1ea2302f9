/* SPDX-License-Identifier: Apache-2.0 */
/* sxm.c - the switch units: maps, operands on their way between superlanes, outputs. */
#include <string.h>

#include "machine.h"
#include "sxm_route.h"

enum { UNITS = 2 * TSP_SXM_QUEUES, LANES_MAX = 16 };

static int unit_of(const machine *m, const machine_issue *i)
{
  return i->queue - m->base.cfg.q_sxm;
}

static uint64_t landing(const machine *m, const machine_op *op)
{
  return m->s->clk - (uint64_t)op->d_skew + (uint64_t)op->d_func;
}

static size_t map_at(const machine *m, int unit, int map)
{
  return (size_t)unit * (size_t)m->base.cfg.maps + (size_t)map;
}

static uint8_t *map_data(const machine *m, int unit, int map)
{
  return &m->map[map_at(m, unit, map) * 2 * (size_t)m->base.cfg.vector];
}

/* Bytes of a map per lane. */
static size_t map_bytes(const machine *m, int unit)
{
  return tsp_queue_unit(&m->base.cfg, m->base.cfg.q_sxm + unit) == TSP_UNIT_SXP ? 2 : 1;
}

static void interleave(const uint8_t *low, const uint8_t *high, uint8_t *to, int n)
{
  for (int l = 0; l < n; l++) {
    uint16_t v = (uint16_t)(low[l] | high[l] << 8);

    memcpy(to + 2 * l, &v, sizeof v);
  }
}

static void load_map(machine *m, const machine_issue *i, const machine_op *op)
{
  int unit = unit_of(m, i);
  uint64_t lands = landing(m, op);
  size_t vector = (size_t)m->base.cfg.vector, at = ring_slot(m, lands) * UNITS + (size_t)unit;
  uint8_t *to = &m->remap_data[at * 2 * vector];
  superlane_set set = m->all;

  if (op->row->opcode == TSP_OP_PMAP) {
    int group = (int)field(op, F_group, i->word);
    const uint8_t *low = stream_operand(m, i, group, &set), *high = stream_operand(m, i, group + 1, &set);

    interleave(low, high, to, (int)vector);
  } else {
    memcpy(to, stream_operand(m, i, (int)field(op, F_stream, i->word), &set), vector);
  }
  set = machine_operands(m, i, set);
  if (!set)
    return;
  m->s->last_switch = lands > m->s->last_switch ? lands : m->s->last_switch;
  m->remap[at] = (machine_record){.tag = lands, .id = i->id, .set = set, .index = (uint32_t)field(op, F_map, i->word)};
  if (m->last_remap)
    m->last_remap[unit] = lands;
}

static void map_lands(machine *m, int unit)
{
  size_t at = ring_slot(m, m->s->clk) * UNITS + (size_t)unit;
  const machine_record *r = &m->remap[at];

  if (r->tag != m->s->clk)
    return;
  copy_superlanes(m, map_data(m, unit, (int)r->index), &m->remap_data[at * 2 * (size_t)m->base.cfg.vector],
                  map_bytes(m, unit) * (size_t)m->base.cfg.lanes, r->set);
  if (m->trace)
    m->map_id[map_at(m, unit, (int)r->index)] = r->id;
}

static void trace_map(machine *m, const machine_issue *i, const machine_op *op)
{
  if (m->trace && op->field[F_map].width)
    trace_source(m, i->id, m->map_id[map_at(m, unit_of(m, i), (int)field(op, F_map, i->word))]);
}

/* The output of a shifter or permuter, in the cycle before it lands, in superlanes that are powered then. */
static void form(machine *m, const machine_issue *i, const uint8_t *in, superlane_set set)
{
  const machine_op *op = &m->op[tsp_word_opcode(i->word)];
  int n = m->base.cfg.vector, by = (int)field(op, F_n, i->word);
  const uint8_t *map = map_data(m, unit_of(m, i), (int)field(op, F_map, i->word));
  uint8_t *out;

  set &= m->s->powered;
  if (!set)
    return;
  out = stream_drive(m, m->s->clk + 1, i, (int)field(op, F_out, i->word), set);
  switch (op->row->opcode) {
  case TSP_OP_SHIFT_UP: route_shift(in, out, by, n); break;
  case TSP_OP_SHIFT_DOWN: route_shift(in, out, -by, n); break;
  case TSP_OP_SELECT: route_select(in, map, out, by, n); break;
  default: route_permute(in, (const uint16_t *)(const void *)map, out, n); break;
  }
  trace_map(m, i, op);
}

/* Of the flights of a unit that form at a clock. */
static int flight_kind(unsigned opcode)
{
  return opcode == TSP_OP_SELECT ? 2 : opcode == TSP_OP_SHIFT_DOWN ? 1 : 0;
}

static size_t flight_at(const machine *m, uint64_t clk, int unit, int kind)
{
  return ((size_t)(clk & (uint64_t)(m->flight_ring - 1)) * UNITS + (size_t)unit) * FLIGHTS + (size_t)kind;
}

/* Operands are zero in superlanes that have none. */
static void depart(machine *m, const machine_issue *i, const machine_op *op)
{
  uint64_t forms = landing(m, op) - 1;
  size_t at = flight_at(m, forms, unit_of(m, i), flight_kind(op->row->opcode));
  size_t vector = (size_t)m->base.cfg.vector;
  uint8_t *data = &m->flight_data[at * vector];
  superlane_set set = m->all;
  const uint8_t *in = stream_operand(m, i, (int)field(op, F_stream, i->word), &set);

  set = machine_operands(m, i, set);
  if (!set)
    return;
  if (set != m->all)
    memset(data, 0, vector);
  copy_superlanes(m, data, in, (size_t)m->base.cfg.lanes, set);
  if (forms == m->s->clk)
    form(m, i, data, set);
  else
    m->s->last_switch = forms > m->s->last_switch ? forms : m->s->last_switch;
  m->flight[at] = (machine_flight){.tag = forms, .issue = *i, .set = set};
}

void sxm_land(machine *m)
{
  size_t first = flight_at(m, m->s->clk, 0, 0);

  if (m->s->clk > m->s->last_switch)
    return;
  for (int unit = 0; unit < UNITS; unit++)
    map_lands(m, unit);
  for (size_t at = first; at < first + (size_t)(UNITS * FLIGHTS); at++)
    if (m->flight[at].tag == m->s->clk)
      form(m, &m->flight[at].issue, &m->flight_data[at * (size_t)m->base.cfg.vector], m->flight[at].set);
}

static void distribute(machine *m, const machine_issue *i, const machine_op *op)
{
  const tsp_config *c = &m->base.cfg;
  superlane_set set = m->all;
  const uint8_t *in = stream_operand(m, i, (int)field(op, F_stream, i->word), &set);
  const uint8_t *map = map_data(m, unit_of(m, i), (int)field(op, F_map, i->word));

  set = machine_operands(m, i, set);
  if (!set)
    return;
  trace_map(m, i, op);
  route_distribute(in, map, stream_drive(m, landing(m, op), i, (int)field(op, F_out, i->word), set), c->lanes,
                   c->vector);
}

static void rotate(machine *m, const machine_issue *i, const machine_op *op)
{
  const tsp_config *c = &m->base.cfg;
  int edge = (int)field(op, F_n, i->word), group = (int)field(op, F_group, i->word);
  superlane_set set = m->all;
  const uint8_t *in = stream_operand(m, i, (int)field(op, F_stream, i->word), &set);

  set = machine_operands(m, i, set);
  for (int k = 0; set && k < edge * edge; k++)
    route_rotate(in, stream_drive(m, landing(m, op), i, group + k, set), edge, k / edge, k % edge, c->lanes, c->vector);
}

static void transpose(machine *m, const machine_issue *i, const machine_op *op)
{
  const tsp_config *c = &m->base.cfg;
  int from = (int)field(op, F_group, i->word), to = (int)field(op, F_out, i->word);
  const uint8_t *in[LANES_MAX];
  superlane_set set = m->all;

  for (int k = 0; k < c->lanes; k++)
    in[k] = stream_operand(m, i, from + k, &set);
  set = machine_operands(m, i, set);
  for (int k = 0; set && k < c->lanes; k++)
    route_transpose(in, stream_drive(m, landing(m, op), i, to + k, set), k, c->lanes, c->vector);
}

void sxm_execute(machine *m, const machine_issue *i, const machine_op *op)
{
  switch (op->row->opcode) {
  case TSP_OP_SMAP:
  case TSP_OP_PMAP:
  case TSP_OP_DMAP: load_map(m, i, op); break;
  case TSP_OP_DISTRIBUTE: distribute(m, i, op); break;
  case TSP_OP_ROTATE: rotate(m, i, op); break;
  case TSP_OP_TRANSPOSE: transpose(m, i, op); break;
  default: depart(m, i, op); break;
  }
}
