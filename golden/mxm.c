/* SPDX-License-Identifier: Apache-2.0 */
/* mxm.c - the planes: weight buffer, install, products on their way, accumulators.
 *
 * An install takes effect at once for the whole plane: fault WEIGHTS excludes whatever could tell the difference. A
 * product is computed when its activations enter and waits in a ring for the ACC. */
#include <string.h>

#include "machine.h"
#include "vxm_num.h"

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
  superlane_set set = m->all;

  for (int j = 0; j < c->lw_streams; j++)
    memcpy(to + (size_t)j * vector, stream_operand(m, i, group + j, &set), vector);
  set = machine_operands(m, i, set);
  if (overtakes(m, op, plane, slot / c->parts)) {
    machine_fault(m, i->queue, TSP_FAULT_WEIGHTS);
    return;
  }
  if (set)
    m->load[at] = (machine_record){.tag = landing(m, op), .id = i->id, .set = set, .index = (uint32_t)slot};
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
    copy_superlanes(m, &m->buffer[row_at(m, plane, output + j)],
                    &m->load_data[(at * (size_t)c->lw_streams + (size_t)j) * vector], (size_t)c->lanes,
                    m->load[at].set);
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

  m->install[install_at(m, lands, plane)] =
      (machine_record){.tag = lands, .id = i->id, .set = machine_operands(m, i, m->all)};
  m->install_clk[plane] = lands - (uint64_t)op->d_func;
  if (m->last_install)
    m->last_install[plane] = lands;
  if (m->trace)
    trace_source(m, i->id, m->load_id[plane]);
}

/* A column that was not copied in all rows stays fresh. */
static void install_column(machine *m, int plane, int column, superlane_set rows)
{
  const tsp_config *c = &m->base.cfg;
  size_t row_bytes = (size_t)m->row_bytes, at = row_at(m, plane, column * c->lanes);

  for (int j = 0; j < c->lanes; j++, at += row_bytes) {
    copy_superlanes(m, &m->weights[at], &m->buffer[at], (size_t)c->lanes, rows);
    m->weight_sum[plane * c->vector + column * c->lanes + j] = mxm_row_sum(&m->weights[at], m->row_bytes);
  }
  m->fresh[plane * c->superlanes + column] = rows != m->all;
  pair_outdated(m, plane, column);
}

static void install_lands(machine *m, int plane)
{
  const tsp_config *c = &m->base.cfg;
  const machine_record *r = &m->install[install_at(m, m->s->clk, plane)];

  if (r->tag != m->s->clk)
    return;
  for (int col = 0; col < c->superlanes; col++)
    if (m->fresh[plane * c->superlanes + col])
      install_column(m, plane, col, r->set);
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
  pairs_land(m);
}

/* Zero activations enter in superlanes that have no operand, or are off. */
static void bias(machine *m, const uint8_t *x, superlane_set set)
{
  const tsp_config *c = &m->base.cfg;
  uint8_t *restrict biased = m->activation;

  for (int k = 0, n = c->vector; k < n; k++)
    biased[k] = x[k] ^ 0x80;
  for (int n = 0; set != m->all && n < c->superlanes; n++)
    if (!(set >> n & 1))
      memset(&biased[n * c->lanes], 0x80, (size_t)c->lanes);
}

static void activate(machine *m, const machine_issue *i, const machine_op *op)
{
  const tsp_config *c = &m->base.cfg;
  int plane = plane_of(m, i);
  superlane_set set = m->all;
  const uint8_t *x = stream_operand(m, i, (int)field(op, F_stream, i->word), &set);
  size_t at = product_at(m, landing(m, op), plane);

  bias(m, x, machine_operands(m, i, set));
  m->product[at] = (machine_record){.tag = landing(m, op), .id = i->id, .set = m->all};
  mxm_product(m->activation, &m->weights[row_at(m, plane, 0)], &m->weight_sum[plane * c->vector],
              &m->product_data[at * (size_t)c->vector], c->vector, m->row_bytes);
  if (m->trace)
    trace_source(m, i->id, m->install_id[plane]);
}

void mxm_activate(machine *m, const machine_issue *i, const machine_op *op)
{
  if (pair_busy(m, plane_of(m, i)))
    machine_fault(m, i->queue, TSP_FAULT_BUSY);
  else if (op->row->opcode == TSP_OP_ABC_F16)
    pair_activate(m, i, op);
  else
    activate(m, i, op);
}

/* What the ACCs do with accumulator and product. */
enum { KEEP, ADD, ADD_F32 };
typedef struct {
  int sum;     /* of the product itself, or of both */
  bool drives; /* result to streams, not to the entry */
} acc_kind;

static acc_kind kind_of(unsigned opcode)
{
  switch (opcode) {
  case TSP_OP_ACC_ADD: return (acc_kind){ADD, false};
  case TSP_OP_ACC_OUT: return (acc_kind){KEEP, true};
  case TSP_OP_ACC_SUM: return (acc_kind){ADD, true};
  case TSP_OP_ACC_ADD_F32: return (acc_kind){ADD_F32, false};
  case TSP_OP_ACC_SUM_F32: return (acc_kind){ADD_F32, true};
  default: return (acc_kind){KEEP, false};
  }
}

static const uint32_t *result(machine *m, int sum, const int32_t *entry, const int32_t *product)
{
  const uint32_t *a = (const uint32_t *)entry, *b = (const uint32_t *)product;

  for (int l = 0, n = m->base.cfg.vector; sum == ADD && l < n; l++)
    m->operand[l] = a[l] + b[l];
  if (sum == ADD_F32)
    num_add_f32(a, b, m->operand, m->base.cfg.vector);
  return sum == KEEP ? b : m->operand;
}

/* The entry has its new value for the next ACC at once; in the register file it shows d_func after dispatch. */
static void update(machine *m, const machine_issue *i, const machine_op *op, int sum, int32_t *entry,
                   const uint32_t *value, superlane_set set)
{
  int plane = plane_of(m, i);
  size_t n = (size_t)m->base.cfg.vector;
  uint64_t lands = landing(m, op);
  size_t at = (ring_slot(m, lands) * (size_t)m->base.cfg.planes + (size_t)plane) * ACC_UPDATES + (size_t)sum;

  copy_superlanes(m, entry, value, (size_t)m->base.cfg.lanes * sizeof *entry, set);
  if (!(m->flags & TSP_VIEWS))
    return;
  m->update[at] = (machine_record){.tag = lands, .id = i->id, .set = set, .index = (uint32_t)field(op, F_acc, i->word)};
  memcpy(&m->update_data[at * n], entry, n * sizeof *entry);
  m->last_update[plane] = lands;
}

/* A product of this cycle that an ACC of the kind takes. */
static machine_record *take(machine *m, size_t at, int sum)
{
  machine_record *r = &m->product[at];

  if (r->tag != m->s->clk || (sum != KEEP && r->f32 != (sum == ADD_F32)))
    return NULL;
  r->taken = true;
  return r;
}

void mxm_accumulate(machine *m, const machine_issue *i, const machine_op *op)
{
  int plane = plane_of(m, i);
  acc_kind kind = kind_of(op->row->opcode);
  size_t vector = (size_t)m->base.cfg.vector, at = product_at(m, m->s->clk, plane);
  size_t file = (size_t)plane * (size_t)m->base.cfg.acc_depth + (size_t)field(op, F_acc, i->word);
  const machine_record *r = take(m, at, kind.sum);
  superlane_set set = machine_operands(m, i, r ? r->set : 0);
  const uint32_t *value;

  if (!r)
    return;
  trace_source(m, i->id, r->id);
  if (m->trace && kind.sum != KEEP)
    trace_source(m, i->id, m->acc_id[file]);
  value = result(m, kind.sum, &m->acc[file * vector], &m->product_data[at * vector]);
  if (kind.drives) {
    stream_drive_bytes(m, landing(m, op), i, (int)field(op, F_out, i->word), value, 4, set);
    return;
  }
  update(m, i, op, kind.sum, &m->acc[file * vector], value, set);
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
