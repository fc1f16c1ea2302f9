/* SPDX-License-Identifier: Apache-2.0 */
/* vxm.c - the ALUs: sources, arithmetic, result register and driven streams. */
#include "machine.h"
#include "vxm_num.h"

static void join_bytes(const uint8_t *const byte[4], uint32_t *restrict out, int n)
{
  const uint8_t *restrict b0 = byte[0], *restrict b1 = byte[1], *restrict b2 = byte[2], *restrict b3 = byte[3];

  for (int l = 0; l < n; l++)
    out[l] = b0[l] | (uint32_t)b1[l] << 8 | (uint32_t)b2[l] << 16 | (uint32_t)b3[l] << 24;
}

static const uint32_t *stream_source(machine *m, const machine_issue *i, int stream, bool wide, uint32_t *out)
{
  const uint8_t *byte[4];
  int n = m->base.cfg.vector;

  for (int k = 0; k < (wide ? 4 : 1); k++)
    if (!(byte[k] = stream_tap(m, m->base.cfg.vxm_column, stream + k, i->id)))
      return NULL;
  if (wide)
    join_bytes(byte, out, n);
  else
    for (int l = 0; l < n; l++)
      out[l] = (uint32_t)(int32_t)(int8_t)byte[0][l];
  return out;
}

static size_t result_at(const machine *m, uint64_t clk, int alu)
{
  return ring_slot(m, clk) * (size_t)m->base.cfg.alus + (size_t)alu;
}

/* The operand, uint32 [vector], or NULL if it is invalid. scratch: uint32 [vector]. */
static const uint32_t *source(machine *m, const machine_issue *i, const machine_op *op, int f, uint32_t *scratch)
{
  int v = (int)field(op, f, i->word);
  uint32_t imm = (uint32_t)field(op, F_imm, i->word);

  if (v == IMM_SOURCE) {
    for (int l = 0; l < m->base.cfg.vector; l++)
      scratch[l] = imm;
    return scratch;
  }
  if (v & ALU_SOURCE) {
    size_t at = result_at(m, m->s->clk, v & (ALU_SOURCE - 1));

    if (m->result[at].tag != m->s->clk)
      return NULL;
    trace_source(m, i->id, m->result[at].id);
    return &m->result_data[at * (size_t)m->base.cfg.vector];
  }
  return stream_source(m, i, v, op->field[f].kind == TSP_KIND_SRC4, scratch);
}

static void compute(unsigned opcode, const uint32_t *a, const uint32_t *b, uint32_t *r, int n)
{
  switch (opcode) {
  case TSP_OP_MOV_I8:
  case TSP_OP_EXT_I8_I32: num_ext_i8(a, r, n); break;
  case TSP_OP_MOV_I32:
    for (int l = 0; l < n; l++)
      r[l] = a[l];
    break;
  case TSP_OP_ADD_I32: num_add_i32(a, b, r, n); break;
  case TSP_OP_MAX_I32: num_max_i32(a, b, r, n); break;
  case TSP_OP_CVT_I32_I8: num_cvt_i32_i8(a, r, n); break;
  case TSP_OP_CVT_I32_F32: num_cvt_i32_f32(a, r, n); break;
  case TSP_OP_CVT_F32_I8: num_cvt_f32_i8(a, r, n); break;
  case TSP_OP_MUL_F32: num_mul_f32(a, b, r, n); break;
  case TSP_OP_RELU_F32: num_relu_f32(a, r, n); break;
  default: break;
  }
}

static void drive_result(machine *m, uint64_t lands, const machine_issue *i, const machine_op *op, const uint32_t *r)
{
  int dst = (int)field(op, F_dst, i->word), count = op->field[F_dst].kind == TSP_KIND_DST4 ? 4 : 1;

  if (!(dst & DST_STREAM))
    return;
  stream_drive_bytes(m, lands, i, dst & STREAM_BITS, r, count);
}

void vxm_execute(machine *m, const machine_issue *i, const machine_op *op)
{
  size_t vector = (size_t)m->base.cfg.vector;
  uint64_t lands = m->s->clk - (uint64_t)op->d_skew + (uint64_t)op->d_func;
  size_t at = result_at(m, lands, i->queue - m->base.cfg.q_vxm);
  const uint32_t *a = source(m, i, op, F_a, m->operand), *b = a;

  if (op->field[F_b].width)
    b = source(m, i, op, F_b, m->operand + vector);
  if (!a || !b) {
    machine_fault(m, i->queue, TSP_FAULT_OPERAND);
    return;
  }
  if (m->result[at].tag == lands) { /* the earlier result stays, this one is lost */
    machine_fault(m, i->queue, TSP_FAULT_ALU);
    return;
  }
  m->result[at] = (machine_record){.tag = lands, .id = i->id};
  compute(op->row->opcode, a, b, &m->result_data[at * vector], m->base.cfg.vector);
  drive_result(m, lands, i, op, &m->result_data[at * vector]);
}
