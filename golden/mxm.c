/* SPDX-License-Identifier: Apache-2.0 */
/* mxm.c - the planes: weight buffer, install, products on their way, accumulators.
 *
 * An install takes effect at once for the whole plane: fault WEIGHTS excludes whatever could tell the difference. A
 * product is computed when its activations enter and waits in a ring for the ACC. */
#include <string.h>

#include "machine.h"

static int plane_of(const machine *m, const machine_issue *i)
{
  return (i->queue - m->base.cfg.q_mxm) / 3;
}

static uint64_t landing(const machine *m, const machine_op *op)
{
  return m->s->clk - (uint64_t)op->d_skew + (uint64_t)op->d_func;
}

/* One row of weights: all inputs of one output. */
static size_t row_at(const machine *m, int plane, int output)
{
  return ((size_t)plane * (size_t)m->base.cfg.vector + (size_t)output) * (size_t)m->row_bytes;
}

/* Whether an LW dispatched now to this column would be in the buffer before the wave of the last IW. */
static bool overtakes(const machine *m, const machine_op *op, int plane, int column)
{
  uint64_t dispatch = m->s->clk - (uint64_t)op->d_skew, install = m->install_clk[plane];

  return install && install < dispatch && dispatch < install + (uint64_t)column;
}

void mxm_load(machine *m, const machine_issue *i, const machine_op *op)
{
  const tsp_config *c = &m->base.cfg;
  int plane = plane_of(m, i), slot = (int)field(op, F_slot, i->word), group = (int)field(op, F_group, i->word);
  size_t at = ring_slot(m, landing(m, op)) * (size_t)c->planes + (size_t)plane, vector = (size_t)c->vector;
  int8_t *to = &m->load_data[at * (size_t)c->lw_streams * vector];

  for (int j = 0; j < c->lw_streams; j++) {
    const uint8_t *from = stream_tap(m, m->column[i->queue], group + j, i->id);

    if (!from) {
      machine_fault(m, i->queue, TSP_FAULT_OPERAND);
      return;
    }
    memcpy(to + (size_t)j * vector, from, vector);
  }
  if (overtakes(m, op, plane, slot / c->parts)) {
    machine_fault(m, i->queue, TSP_FAULT_WEIGHTS);
    return;
  }
  m->load[at] = (machine_record){.tag = landing(m, op), .id = i->id, .index = (uint32_t)slot};
}

static void load_lands(machine *m, int plane)
{
  const tsp_config *c = &m->base.cfg;
  size_t at = ring_slot(m, m->s->clk) * (size_t)c->planes + (size_t)plane, vector = (size_t)c->vector;
  int slot, output;

  if (m->load[at].tag != m->s->clk)
    return;
  slot = (int)m->load[at].index;
  output = slot / c->parts * c->lanes + slot % c->parts * c->lw_streams;
  for (int j = 0; j < c->lw_streams; j++)
    memcpy(&m->buffer[row_at(m, plane, output + j)], &m->load_data[(at * (size_t)c->lw_streams + (size_t)j) * vector],
           vector);
  m->fresh[plane * c->superlanes + slot / c->parts] = 1;
  if (m->trace)
    m->load_id[plane] = m->load[at].id;
}

static size_t install_at(const machine *m, uint64_t clk, int plane)
{
  return (size_t)(clk & (uint64_t)(m->install_ring - 1)) * (size_t)m->base.cfg.planes + (size_t)plane;
}

void mxm_install(machine *m, const machine_issue *i, const machine_op *op)
{
  int plane = plane_of(m, i);
  uint64_t lands = landing(m, op);

  m->install[install_at(m, lands, plane)] = (machine_record){.tag = lands, .id = i->id};
  m->install_clk[plane] = lands - (uint64_t)op->d_func;
  if (m->last_install)
    m->last_install[plane] = lands;
  if (m->trace)
    trace_source(m, i->id, m->load_id[plane]);
}

static void install_lands(machine *m, int plane)
{
  const tsp_config *c = &m->base.cfg;
  const machine_record *r = &m->install[install_at(m, m->s->clk, plane)];

  if (r->tag != m->s->clk)
    return;
  for (int col = 0; col < c->superlanes; col++) {
    size_t at = row_at(m, plane, col * c->lanes);
    uint8_t *fresh = &m->fresh[plane * c->superlanes + col];

    if (!*fresh)
      continue;
    *fresh = 0;
    memcpy(&m->weights[at], &m->buffer[at], (size_t)c->lanes * (size_t)m->row_bytes);
    for (int j = 0; j < c->lanes; j++)
      m->weight_sum[plane * c->vector + col * c->lanes + j] =
          mxm_row_sum(&m->weights[at + (size_t)j * (size_t)m->row_bytes], m->row_bytes);
  }
  if (m->trace)
    m->install_id[plane] = r->id;
}

/* An IW copies the buffer as it was in the cycle before, so it comes first. */
void mxm_land(machine *m)
{
  for (int p = 0; p < m->base.cfg.planes; p++) {
    install_lands(m, p);
    load_lands(m, p);
  }
}

static size_t product_at(const machine *m, uint64_t clk, int plane)
{
  return (size_t)(clk & (uint64_t)(m->product_ring - 1)) * (size_t)m->base.cfg.planes + (size_t)plane;
}

void mxm_activate(machine *m, const machine_issue *i, const machine_op *op)
{
  const tsp_config *c = &m->base.cfg;
  int plane = plane_of(m, i);
  const uint8_t *x = stream_tap(m, m->column[i->queue], (int)field(op, F_stream, i->word), i->id);
  size_t at = product_at(m, landing(m, op), plane);
  uint8_t *restrict biased = m->activation;

  if (!x) {
    machine_fault(m, i->queue, TSP_FAULT_OPERAND);
    return;
  }
  for (int k = 0, n = c->vector; k < n; k++)
    biased[k] = x[k] ^ 0x80;
  m->product[at] = (machine_record){.tag = landing(m, op), .id = i->id};
  mxm_product(m->activation, &m->weights[row_at(m, plane, 0)], &m->weight_sum[plane * c->vector],
              &m->product_data[at * (size_t)c->vector], c->vector, m->row_bytes);
  if (m->trace)
    trace_source(m, i->id, m->install_id[plane]);
}

/* The entry has its new value for the next ACC at once; in the register file it shows d_func after dispatch. */
static void update(machine *m, const machine_issue *i, const machine_op *op, int32_t *entry, const int32_t *product)
{
  int plane = plane_of(m, i), n = m->base.cfg.vector;
  bool add = op->row->opcode == TSP_OP_ACC_ADD;
  uint64_t lands = landing(m, op);
  size_t at = (ring_slot(m, lands) * (size_t)m->base.cfg.planes + (size_t)plane) * 2 + add;

  for (int l = 0; l < n; l++)
    entry[l] = (int32_t)((add ? (uint32_t)entry[l] : 0) + (uint32_t)product[l]);
  if (!(m->flags & TSP_VIEWS))
    return;
  m->update[at] = (machine_record){.tag = lands, .id = i->id, .index = (uint32_t)field(op, F_acc, i->word)};
  memcpy(&m->update_data[at * (size_t)n], entry, (size_t)n * sizeof *entry);
  m->last_update[plane] = lands;
}

static void output(machine *m, const machine_issue *i, const machine_op *op, const int32_t *entry,
                   const int32_t *product)
{
  const uint32_t *value = (const uint32_t *)product;

  if (op->row->opcode == TSP_OP_ACC_SUM) {
    for (int l = 0; l < m->base.cfg.vector; l++)
      m->operand[l] = (uint32_t)entry[l] + (uint32_t)product[l];
    value = m->operand;
  }
  stream_drive_bytes(m, landing(m, op), i, (int)field(op, F_out, i->word), value, 4);
}

void mxm_accumulate(machine *m, const machine_issue *i, const machine_op *op)
{
  int plane = plane_of(m, i);
  size_t vector = (size_t)m->base.cfg.vector, at = product_at(m, m->s->clk, plane);
  size_t file = (size_t)plane * (size_t)m->base.cfg.acc_depth + (size_t)field(op, F_acc, i->word);
  machine_record *r = &m->product[at];
  unsigned opcode = op->row->opcode;

  if (r->tag != m->s->clk) {
    machine_fault(m, i->queue, TSP_FAULT_OPERAND);
    return;
  }
  r->taken = true;
  trace_source(m, i->id, r->id);
  if (m->trace && (opcode == TSP_OP_ACC_ADD || opcode == TSP_OP_ACC_SUM))
    trace_source(m, i->id, m->acc_id[file]);
  if (opcode == TSP_OP_ACC_OUT || opcode == TSP_OP_ACC_SUM) {
    output(m, i, op, &m->acc[file * vector], &m->product_data[at * vector]);
    return;
  }
  update(m, i, op, &m->acc[file * vector], &m->product_data[at * vector]);
  if (m->trace)
    m->acc_id[file] = i->id;
}

void mxm_lost(machine *m)
{
  for (int p = 0; p < m->base.cfg.planes; p++) {
    const machine_record *r = &m->product[product_at(m, m->s->clk, p)];

    if (r->tag == m->s->clk && !r->taken)
      machine_fault(m, m->base.cfg.q_mxm + 3 * p + 2, TSP_FAULT_LOST);
  }
}
