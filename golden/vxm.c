/* SPDX-License-Identifier: Apache-2.0 */
/* vxm.c - the ALUs: sources, result register and driven streams. The arithmetic is in vxm_num.h. */
#include "machine.h"
#include "vxm_num.h"

/* Bytes of a source or result field. */
static int width_of(const tsp_field *f)
{
  switch (f->kind) {
  case TSP_KIND_SRC1:
  case TSP_KIND_DST1: return 1;
  case TSP_KIND_SRC2:
  case TSP_KIND_DST2: return 2;
  default: return 4;
  }
}

static void extend(const uint32_t *restrict in, uint32_t *restrict out, int width, int n)
{
  if (width == 1)
    for (int l = 0; l < n; l++)
      out[l] = (uint32_t)(int32_t)(int8_t)in[l];
  else
    for (int l = 0; l < n; l++)
      out[l] = (uint32_t)(int32_t)(int16_t)in[l];
}

static void join(const uint8_t *const byte[4], int width, uint32_t *restrict out, int n)
{
  const uint8_t *restrict b0 = byte[0], *restrict b1 = byte[1], *restrict b2 = byte[2], *restrict b3 = byte[3];

  if (width == 1)
    for (int l = 0; l < n; l++)
      out[l] = (uint32_t)(int32_t)(int8_t)b0[l];
  else if (width == 2)
    for (int l = 0; l < n; l++)
      out[l] = (uint32_t)(int32_t)(int16_t)(b0[l] | b1[l] << 8);
  else
    for (int l = 0; l < n; l++)
      out[l] = b0[l] | (uint32_t)b1[l] << 8 | (uint32_t)b2[l] << 16 | (uint32_t)b3[l] << 24;
}

static size_t result_at(const machine *m, uint64_t clk, int alu)
{
  return ring_slot(m, clk) * (size_t)m->base.cfg.alus + (size_t)alu;
}

/* An ALU's result register of now; valid is narrowed to where it holds one. */
static const uint32_t *result_of(machine *m, const machine_issue *i, int alu, superlane_set *valid)
{
  size_t at = result_at(m, m->s->clk, alu);
  bool now = m->result[at].tag == m->s->clk;

  *valid &= now ? m->result[at].set : 0;
  if (now)
    trace_source(m, i->id, m->result[at].id);
  return &m->result_data[at * (size_t)m->base.cfg.vector];
}

/* The operand, uint32 [vector], sign-extended from its width; valid is narrowed to where it is. scratch: the same. */
static const uint32_t *source(machine *m, const machine_issue *i, const machine_op *op, int f, uint32_t *scratch,
                              superlane_set *valid)
{
  int v = (int)field(op, f, i->word), width = width_of(&op->field[f]), n = m->base.cfg.vector;
  uint32_t imm = (uint32_t)field(op, F_imm, i->word);
  const uint8_t *byte[4] = {0};

  if (v == IMM_SOURCE) {
    imm = width == 1 ? (uint32_t)(int32_t)(int8_t)imm : width == 2 ? (uint32_t)(int32_t)(int16_t)imm : imm;
    for (int l = 0; l < n; l++)
      scratch[l] = imm;
    return scratch;
  }
  if (v & ALU_SOURCE) {
    const uint32_t *result = result_of(m, i, v & (ALU_SOURCE - 1), valid);

    if (width == 4)
      return result;
    extend(result, scratch, width, n);
    return scratch;
  }
  for (int k = 0; k < width; k++)
    byte[k] = stream_operand(m, i, v + k, valid);
  join(byte, width, scratch, n);
  return scratch;
}

typedef struct {
  unsigned opcode;
  const uint32_t *a, *b, *own; /* own: the third source of Sel */
} computation;

static void compute(const computation *c, uint32_t *r, int first, int n)
{
  num_fn *operation = num_operation(c->opcode);

  if (operation)
    operation(c->a + first, c->b + first, r + first, n);
  else
    num_select(c->a + first, c->b + first, c->own + first, r + first, n);
}

static bool selects(unsigned opcode)
{
  return opcode == TSP_OP_SELECT_V_I8 || opcode == TSP_OP_SELECT_V_I16 || opcode == TSP_OP_SELECT_V_I32;
}

/* The result joins the record of its landing, in these superlanes; none is there of them. */
static void record(machine *m, const computation *c, size_t at, uint64_t lands, uint64_t id, superlane_set set)
{
  const tsp_config *cfg = &m->base.cfg;
  machine_record *to = &m->result[at];
  uint32_t *r = &m->result_data[at * (size_t)cfg->vector];

  if (to->tag != lands) {
    *to = (machine_record){.tag = lands, .id = id, .set = set};
    compute(c, r, 0, cfg->vector);
    return;
  }
  to->set |= set;
  for (; set; set &= set - 1)
    compute(c, r, first_superlane(set) * cfg->lanes, cfg->lanes);
}

/* Where the ALU has a result already that lands then: it stays, and the later instruction is at fault. */
static superlane_set without_clash(machine *m, const machine_issue *i, size_t at, uint64_t lands, superlane_set set)
{
  superlane_set clash = m->result[at].tag == lands ? m->result[at].set & set : 0;

  if (clash)
    machine_fault_in(m, clash, i->queue, TSP_FAULT_ALU);
  return set & ~clash;
}

void vxm_execute(machine *m, const machine_issue *i, const machine_op *op)
{
  size_t vector = (size_t)m->base.cfg.vector;
  uint64_t lands = m->s->clk - (uint64_t)op->d_skew + (uint64_t)op->d_func;
  int alu = i->queue - m->base.cfg.q_vxm, dst = (int)field(op, F_dst, i->word);
  size_t at = result_at(m, lands, alu);
  superlane_set set = m->all;
  computation c = {.opcode = op->row->opcode};

  c.a = c.b = source(m, i, op, F_a, m->operand, &set);
  if (op->field[F_b].width)
    c.b = source(m, i, op, F_b, m->operand + vector, &set);
  if (selects(c.opcode))
    c.own = result_of(m, i, alu, &set);
  set = machine_operands(m, i, set);
  set = without_clash(m, i, at, lands, set);
  if (!set)
    return;
  record(m, &c, at, lands, i->id, set);
  if (dst & DST_STREAM)
    stream_drive_bytes(m, lands, i, dst & STREAM_BITS, &m->result_data[at * vector], width_of(&op->field[F_dst]), set);
}
