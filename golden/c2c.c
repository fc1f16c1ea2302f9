/* SPDX-License-Identifier: Apache-2.0 */
/* c2c.c - the links: what a Send puts on the wire, receiving ends, and the wires of the test bench, which join link k
 * of one hemisphere to link k of the other. */
#include <string.h>

#include "machine.h"

static int links_of(const machine *m)
{
  return 2 * m->base.cfg.links;
}

static size_t wire_at(const machine *m, uint64_t clk, int link)
{
  return (size_t)(clk & (uint64_t)(m->wire_ring - 1)) * (size_t)links_of(m) + (size_t)link;
}

/* The k-th waiting vector of a receiving end. */
static size_t wait_at(const machine *m, int link, uint32_t k)
{
  uint32_t depth = (uint32_t)m->base.cfg.link_depth;

  return (size_t)link * depth + (m->link[link].head + k) % depth;
}

static void send(machine *m, const machine_issue *i, const machine_op *op)
{
  int link = i->queue - m->base.cfg.q_c2c;
  uint64_t shows = m->s->clk - (uint64_t)op->d_skew + (uint64_t)op->d_func;
  size_t at = wire_at(m, shows, link);
  superlane_set set = m->all;
  size_t superlanes = (size_t)m->base.cfg.superlanes;
  const uint8_t *value = stream_tap(m, i, (int)field(op, F_stream, i->word), &set);
  const uint16_t *syndrome = stream_syndromes(m, i, (int)field(op, F_stream, i->word));

  set = machine_operands(m, i, set);
  if (!set)
    return;
  m->wire[at] = (machine_record){.tag = shows, .id = i->id, .set = set, .faulty = syndrome != NULL};
  if (syndrome)
    memcpy(&m->wire_syndrome[at * superlanes], syndrome, superlanes * sizeof *syndrome);
  memcpy(&m->wire_data[at * (size_t)m->base.cfg.vector], value, (size_t)m->base.cfg.vector);
  m->s->last_wire = shows;
  if (m->last_send)
    m->last_send[link] = shows;
}

/* A vector that arrives in this very cycle is not there yet. */
static void receive(machine *m, const machine_issue *i, const machine_op *op)
{
  int link = i->queue - m->base.cfg.q_c2c;
  machine_link *end = &m->link[link];
  size_t vector = (size_t)m->base.cfg.vector, at = wait_at(m, link, 0);
  uint64_t lands = m->s->clk - (uint64_t)op->d_skew + (uint64_t)op->d_func;
  bool any = end->count && m->wait[at].tag < m->s->clk;
  superlane_set set = machine_operands(m, i, any ? m->wait[at].set : 0);

  if (!any)
    return;
  end->head = (end->head + 1) % (uint32_t)m->base.cfg.link_depth;
  end->count--;
  trace_source(m, i->id, m->wait[at].id);
  if (!set)
    return;
  memcpy(stream_drive(m, lands, i, (int)field(op, F_out, i->word), set), &m->wait_data[at * vector], vector);
  if (m->wait[at].faulty)
    stream_pass(m, lands, &m->wait_syndrome[at * (size_t)m->base.cfg.superlanes]);
}

void c2c_execute(machine *m, const machine_issue *i, const machine_op *op)
{
  if (op->row->opcode == TSP_OP_SEND)
    send(m, i, op);
  else
    receive(m, i, op);
}

/* What was at the output of a link reaches the receiving end of its partner. */
static void arrive(machine *m, int link, size_t wire)
{
  size_t vector = (size_t)m->base.cfg.vector, superlanes = (size_t)m->base.cfg.superlanes, at;

  if (m->link[link].count == (uint32_t)m->base.cfg.link_depth) {
    machine_fault(m, m->base.cfg.q_c2c + link, TSP_FAULT_LINK);
    return;
  }
  at = wait_at(m, link, m->link[link].count++);
  m->wait[at] = m->wire[wire];
  m->wait[at].tag = m->s->clk;
  memcpy(&m->wait_data[at * vector], &m->wire_data[wire * vector], vector);
  if (m->wait[at].faulty)
    memcpy(&m->wait_syndrome[at * superlanes], &m->wire_syndrome[wire * superlanes],
           superlanes * sizeof *m->wait_syndrome);
}

/* Before the queues: a Receive of this cycle makes no room. */
void c2c_land(machine *m)
{
  int links = m->base.cfg.links;
  uint64_t shown = m->s->clk - (uint64_t)m->base.cfg.link_delay;

  if (shown > m->s->last_wire)
    return;
  for (int from = 0; from < 2 * links; from++) {
    size_t wire = wire_at(m, shown, from);

    if (m->wire[wire].tag == shown)
      arrive(m, from < links ? from + links : from - links, wire);
  }
}

void c2c_clear(machine *m)
{
  if (!m->s->last_wire)
    return;
  m->s->last_wire = 0;
  memset(m->wire, 0, (size_t)m->wire_ring * (size_t)links_of(m) * sizeof *m->wire);
  memset(m->link, 0, (size_t)links_of(m) * sizeof *m->link);
}
