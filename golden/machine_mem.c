/* SPDX-License-Identifier: Apache-2.0 */
/* machine_mem.c - the MEM slices. A word changes when its Write lands, so a Read of the same cycle sees the old one. */
#include <string.h>

#include "machine.h"

static size_t word_at(const machine *m, int slice, uint32_t addr)
{
  return (size_t)slice * (size_t)m->base.cfg.mem_words + addr;
}

static uint64_t landing(const machine *m, const machine_op *op, unsigned latency_of)
{
  return m->s->clk - (uint64_t)op->d_skew + (uint64_t)m->op[latency_of].d_func;
}

static void read_word(machine *m, const machine_issue *i, const machine_op *op, superlane_set set)
{
  size_t vector = (size_t)m->base.cfg.vector, at = word_at(m, i->queue, (uint32_t)field(op, F_raddr, i->word));
  uint8_t *out = stream_drive(m, landing(m, op, op->row->opcode), i, (int)field(op, F_rstream, i->word), set);

  memcpy(out, m->mem + at * vector, vector);
  stream_pass(m, landing(m, op, op->row->opcode), ecc_word(m, at));
  if (m->trace)
    trace_source(m, i->id, m->mem_id[at]);
}

/* The addresses of each superlane from the two streams of a map; returns the superlanes in which they exist. */
static superlane_set addresses(machine *m, const machine_issue *i, const uint8_t *const map[2], superlane_set set,
                               uint16_t *addr)
{
  superlane_set beyond = 0;

  for (superlane_set rest = set; rest; rest &= rest - 1) {
    int n = first_superlane(rest), lane = n * m->base.cfg.lanes;

    addr[n] = (uint16_t)(map[0][lane] | map[1][lane] << 8);
    if (addr[n] >= m->base.cfg.mem_words)
      beyond |= UINT64_C(1) << n;
  }
  machine_fault_in(m, beyond, i->queue, TSP_FAULT_ADDRESS);
  return set & ~beyond;
}

static void take_map(machine *m, const machine_issue *i, const machine_op *op, const uint8_t *map[2],
                     superlane_set *valid)
{
  int group = (int)field(op, F_map, i->word);

  for (int k = 0; k < 2; k++)
    map[k] = stream_operand(m, i, group + k, valid);
}

/* The part of a word that a superlane drives, with its syndrome; false if that is zero. */
static bool gather_part(machine *m, const machine_issue *i, size_t word, int superlane, uint8_t *out,
                        uint16_t *syndrome)
{
  size_t lanes = (size_t)m->base.cfg.lanes;
  const uint16_t *from = ecc_word(m, word);

  memcpy(out + (size_t)superlane * lanes, m->mem + word * (size_t)m->base.cfg.vector + (size_t)superlane * lanes,
         lanes);
  if (m->trace)
    trace_source(m, i->id, m->mem_id[word]);
  syndrome[superlane] = from ? from[superlane] : 0;
  return syndrome[superlane] != 0;
}

static void gather(machine *m, const machine_issue *i, const machine_op *op)
{
  superlane_set set = m->all;
  uint16_t addr[64], syndrome[64] = {0};
  bool faulty = false;
  const uint8_t *map[2];
  uint8_t *out;

  take_map(m, i, op, map, &set);
  set = machine_operands(m, i, set);
  if (!set)
    return;
  out = stream_drive(m, landing(m, op, TSP_OP_GATHER), i, (int)field(op, F_rstream, i->word), set);
  memset(out, 0, (size_t)m->base.cfg.vector);
  for (set = addresses(m, i, map, set, addr); set; set &= set - 1) {
    int n = first_superlane(set);

    faulty |= gather_part(m, i, word_at(m, i->queue, addr[n]), n, out, syndrome);
  }
  stream_pass(m, landing(m, op, TSP_OP_GATHER), faulty ? syndrome : NULL);
}

/* Stores of a slice all change their word when that of a Write would, so no two can meet. Returns the place in the
 * rings. */
static size_t store_word(machine *m, const machine_issue *i, const machine_op *op, const uint8_t *value,
                         superlane_set set)
{
  size_t vector = (size_t)m->base.cfg.vector, superlanes = (size_t)m->base.cfg.superlanes;
  const uint16_t *syndrome = stream_syndromes(m, i, (int)field(op, F_wstream, i->word));
  uint64_t lands = landing(m, op, TSP_OP_WRITE);
  size_t ring = ring_slot(m, lands), at = ring * (size_t)m->slices + i->queue;
  machine_slot *slot = &m->stores[ring];

  if (slot->tag != lands)
    *slot = (machine_slot){.tag = lands};
  m->store_slice[ring * (size_t)m->slices + slot->count++] = i->queue;
  m->store[at] = (machine_record){.tag = lands, .id = i->id, .set = set, .faulty = syndrome != NULL};
  if (syndrome)
    memcpy(&m->store_syndrome[at * superlanes], syndrome, superlanes * sizeof *syndrome);
  memcpy(&m->store_data[at * vector], value, vector);
  if (m->last_store)
    m->last_store[i->queue] = lands;
  return at;
}

static void scatter(machine *m, const machine_issue *i, const machine_op *op)
{
  superlane_set set = m->all;
  const uint8_t *map[2], *value;
  uint16_t addr[64];
  size_t at, superlanes = (size_t)m->base.cfg.superlanes;

  take_map(m, i, op, map, &set);
  value = stream_tap(m, i, (int)field(op, F_wstream, i->word), &set);
  set = addresses(m, i, map, machine_operands(m, i, set), addr);
  if (!set)
    return;
  at = store_word(m, i, op, value, set);
  m->store[at].each = true;
  for (; set; set &= set - 1)
    m->store_addr[at * superlanes + (size_t)first_superlane(set)] = addr[first_superlane(set)];
}

void mem_execute(machine *m, const machine_issue *i, const machine_op *op)
{
  unsigned opcode = op->row->opcode;
  superlane_set set = m->all;
  const uint8_t *value = NULL;

  if (opcode == TSP_OP_GATHER || opcode == TSP_OP_SCATTER) {
    (opcode == TSP_OP_GATHER ? gather : scatter)(m, i, op);
    return;
  }
  if (opcode != TSP_OP_READ)
    value = stream_tap(m, i, (int)field(op, F_wstream, i->word), &set);
  set = machine_operands(m, i, set);
  if (!set)
    return;
  if (opcode != TSP_OP_WRITE)
    read_word(m, i, op, set);
  if (value)
    m->store[store_word(m, i, op, value, set)].index = (uint32_t)field(op, F_waddr, i->word);
}

/* Of a store: its value, in these superlanes. */
static void change_word(machine *m, int slice, uint32_t addr, size_t from, superlane_set set)
{
  const tsp_config *c = &m->base.cfg;
  size_t at = word_at(m, slice, addr), vector = (size_t)c->vector;
  const machine_record *r = &m->store[from];

  copy_superlanes(m, m->mem + at * vector, &m->store_data[from * vector], (size_t)c->lanes, set);
  ecc_word_changes(m, at, r->faulty ? &m->store_syndrome[from * (size_t)c->superlanes] : NULL, set);
  m->touched[at / 64] |= UINT64_C(1) << (at % 64);
  if (m->trace)
    m->mem_id[at] = r->id;
}

static void store_lands(machine *m, int slice, size_t from)
{
  const machine_record *r = &m->store[from];
  const uint16_t *addr = &m->store_addr[from * (size_t)m->base.cfg.superlanes];

  if (!r->each)
    change_word(m, slice, r->index, from, r->set);
  for (superlane_set set = r->each ? r->set : 0; set; set &= set - 1)
    change_word(m, slice, addr[first_superlane(set)], from, set & -set);
}

void mem_land(machine *m)
{
  size_t ring = ring_slot(m, m->s->clk);

  if (m->stores[ring].tag != m->s->clk)
    return;
  for (uint32_t k = 0; k < m->stores[ring].count; k++) {
    int slice = m->store_slice[ring * (size_t)m->slices + k];

    store_lands(m, slice, ring * (size_t)m->slices + (size_t)slice);
  }
}
