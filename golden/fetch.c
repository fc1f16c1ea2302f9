/* SPDX-License-Identifier: Apache-2.0 */
/* fetch.c - Ifetch, which brings a queue more of its program, and Config, which powers superlanes. */
#include <string.h>

#include "machine.h"

static size_t fetch_slot(const machine *m, uint64_t clk)
{
  return (size_t)(clk & (uint64_t)(m->fetch_ring - 1));
}

/* Where the k-th fetch of a slot keeps its two vectors, uint8 [2][vector]. */
static uint8_t *data_of(const machine *m, size_t slot, uint32_t k)
{
  return &m->fetch_data[(slot * (size_t)m->base.cfg.columns + k) * 2 * (size_t)m->base.cfg.vector];
}

/* Takes one of the two vectors in the superlanes that bring words; those in which it is missing. */
static superlane_set take(machine *m, const machine_fetch *f, uint8_t *to)
{
  machine_issue i = {.queue = f->queue};
  superlane_set valid = m->all, taken;
  const uint8_t *from = stream_operand(m, &i, f->stream, &valid);

  taken = machine_missing(m, &i, f->set, valid);
  copy_superlanes(m, to, from, (size_t)m->base.cfg.lanes, taken);
  return f->set & ~taken;
}

/* Whether all its words, and those on their way, leave alone what the queue still needs. */
static bool room(const machine *m, const machine_queue *u)
{
  const tsp_config *c = &m->base.cfg;
  uint64_t rows = (uint64_t)u->fetching + (uint64_t)c->superlanes, row = (uint64_t)c->fetch_row;

  return u->length % row == 0 && u->tail + rows * row <= (uint64_t)u->pc + 1 + (uint64_t)c->iq_depth;
}

/* Rows of two fetches of one queue must not arrive together. */
static bool busy(const machine *m, const machine_queue *u, int column)
{
  uint64_t last = m->fetch_clk[column];

  return last + 1 >= m->s->clk || (u->fetch_clk && u->fetch_clk + (uint64_t)m->base.cfg.superlanes > m->s->clk);
}

tsp_fault_code fetch_dispatch(machine *m, int q, const machine_op *op, uint64_t word)
{
  machine_queue *u = &m->queue[q];
  size_t slot = fetch_slot(m, m->s->clk);
  machine_slot *list = &m->fetches[slot];
  machine_fetch *f;

  if (!room(m, u))
    return TSP_FAULT_FETCH;
  if (busy(m, u, m->column[q]))
    return TSP_FAULT_BUSY;
  if (list->tag != m->s->clk)
    *list = (machine_slot){.tag = m->s->clk};
  f = &m->fetch[slot * (size_t)m->base.cfg.columns + list->count];
  *f = (machine_fetch){.queue = (uint16_t)q, .stream = (uint8_t)field(op, F_stream, word), .set = m->s->powered};
  f->blank = take(m, f, data_of(m, slot, list->count++));
  u->fetching += (uint32_t)m->base.cfg.superlanes;
  u->fetch_clk = m->fetch_clk[m->column[q]] = m->s->last_fetch = m->s->clk;
  return TSP_FAULT_NONE;
}

static void take_second(machine *m)
{
  size_t slot = fetch_slot(m, m->s->clk - 1);

  if (m->fetches[slot].tag != m->s->clk - 1)
    return;
  for (uint32_t k = 0; k < m->fetches[slot].count; k++) {
    machine_fetch *f = &m->fetch[slot * (size_t)m->base.cfg.columns + k];

    f->set &= m->s->powered;
    f->blank |= take(m, f, data_of(m, slot, k) + m->base.cfg.vector);
  }
}

/* Byte `at` of the words that a superlane brings: its lanes of the first vector, then those of the second. */
static uint8_t byte_of(const machine *m, const uint8_t *data, int superlane, int at)
{
  int lanes = m->base.cfg.lanes;

  return data[at / lanes * m->base.cfg.vector + superlane * lanes + at % lanes];
}

static void arrive(machine *m, const machine_fetch *f, const uint8_t *data, int superlane)
{
  machine_queue *u = &m->queue[f->queue];

  u->fetching--;
  if (!(f->set >> superlane & 1))
    return;
  for (int k = 0; k < m->base.cfg.fetch_row; k++) {
    uint64_t word = 0;

    for (int b = 0; b < 8 && !(f->blank >> superlane & 1); b++)
      word |= (uint64_t)byte_of(m, data, superlane, 8 * k + b) << (8 * b);
    queue_put(m, f->queue, u->tail++, word);
  }
}

void fetch_land(machine *m)
{
  uint64_t after = (uint64_t)m->op[TSP_OP_IFETCH].d_func;

  if (!m->s->last_fetch || m->s->clk >= m->s->last_fetch + after + (uint64_t)m->base.cfg.superlanes)
    return;
  take_second(m);
  for (int n = 0; n < m->base.cfg.superlanes; n++) {
    uint64_t clk = m->s->clk - after - (uint64_t)n;
    size_t slot = fetch_slot(m, clk);

    for (uint32_t k = 0; m->fetches[slot].tag == clk && k < m->fetches[slot].count; k++)
      arrive(m, &m->fetch[slot * (size_t)m->base.cfg.columns + k], data_of(m, slot, k), n);
  }
}

/* Of several in a cycle the lowest queue's, which comes first, counts. */
tsp_fault_code power_dispatch(machine *m, const machine_op *op, uint64_t word)
{
  uint64_t lands = m->s->clk + (uint64_t)op->d_func;
  machine_record *r = &m->config[ring_slot(m, lands)];

  if (r->tag == lands)
    return TSP_FAULT_BUSY;
  *r = (machine_record){.tag = lands, .index = (uint32_t)field(op, F_superlanes, word)};
  return TSP_FAULT_NONE;
}

void power_land(machine *m)
{
  size_t slot = ring_slot(m, m->s->clk);

  if (m->config[slot].tag == m->s->clk)
    m->s->powered = superlanes_below((int)m->config[slot].index);
  m->powered[slot] = m->s->powered;
}
