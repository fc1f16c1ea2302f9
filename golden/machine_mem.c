/* SPDX-License-Identifier: Apache-2.0 */
/* machine_mem.c - the MEM slices. A word changes when its Write lands, so a Read of the same cycle sees the old one. */
#include <string.h>

#include "machine.h"

static size_t word_at(const machine *m, int slice, uint32_t addr)
{
  return (size_t)slice * (size_t)m->base.cfg.mem_words + addr;
}

static void read_word(machine *m, const machine_issue *i, const machine_op *op)
{
  size_t vector = (size_t)m->base.cfg.vector, at = word_at(m, i->queue, (uint32_t)field(op, F_raddr, i->word));
  uint8_t *out =
      stream_drive(m, m->s->clk - (uint64_t)op->d_skew + (uint64_t)op->d_func, i, (int)field(op, F_rstream, i->word));

  memcpy(out, m->mem + at * vector, vector);
  if (m->trace)
    trace_source(m, i->id, m->mem_id[at]);
}

/* The word of a ReadWrite changes when that of a Write would. */
static void write_word(machine *m, const machine_issue *i, const machine_op *op, const uint8_t *value)
{
  size_t vector = (size_t)m->base.cfg.vector;
  uint64_t lands = m->s->clk - (uint64_t)op->d_skew + (uint64_t)m->op[TSP_OP_WRITE].d_func;
  size_t ring = ring_slot(m, lands), at = ring * (size_t)m->slices + i->queue;
  machine_slot *landing = &m->stores[ring];

  if (landing->tag != lands)
    *landing = (machine_slot){.tag = lands};
  m->store_slice[ring * (size_t)m->slices + landing->count++] = i->queue;
  m->store[at] = (machine_record){.tag = lands, .id = i->id, .index = (uint32_t)field(op, F_waddr, i->word)};
  memcpy(&m->store_data[at * vector], value, vector);
  if (m->last_store)
    m->last_store[i->queue] = lands;
}

void mem_execute(machine *m, const machine_issue *i, const machine_op *op)
{
  bool reads = op->row->opcode != TSP_OP_WRITE, writes = op->row->opcode != TSP_OP_READ;
  const uint8_t *value = NULL;

  if (writes) {
    value = stream_tap(m, m->column[i->queue], (int)field(op, F_wstream, i->word), i->id);
    if (!value) {
      machine_fault(m, i->queue, TSP_FAULT_OPERAND);
      return;
    }
  }
  if (reads)
    read_word(m, i, op);
  if (writes)
    write_word(m, i, op, value);
}

void mem_land(machine *m)
{
  size_t vector = (size_t)m->base.cfg.vector, ring = ring_slot(m, m->s->clk);

  if (m->stores[ring].tag != m->s->clk)
    return;
  for (uint32_t k = 0; k < m->stores[ring].count; k++) {
    int slice = m->store_slice[ring * (size_t)m->slices + k];
    size_t from = ring * (size_t)m->slices + (size_t)slice, at = word_at(m, slice, m->store[from].index);

    memcpy(m->mem + at * vector, &m->store_data[from * vector], vector);
    m->touched[at / 64] |= UINT64_C(1) << (at % 64);
    if (m->trace)
      m->mem_id[at] = m->store[from].id;
  }
}
