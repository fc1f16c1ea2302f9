/* SPDX-License-Identifier: Apache-2.0 */
/* VXM on the machine: sources, widths, chains, destinations, the third source of Sel, extents. The arithmetic has
 * suites of its own. */
#include "golden_rig.h"
#include "vxm_num.h"
#include "vxm_operands.h"

enum { RIG_VECTOR = 48 }; /* elements of odd_config() */

static uint32_t host_f32_i8(float f)
{
  const oracle_op op = {.family = FAMILY_CVT, .operands = 1, .from = ORACLE_F32, .to = ORACLE_I8};

  return oracle_result(&op, oracle_f32(f), 0, 0);
}

/* i32 -> f32 -> * scale -> ReLU -> i8 through a chain of neighbours; d_func 2, 3, 1, 2. The machine's requantisation.
 */
static void a_chain_of_alus_requantises(void **state)
{
  tsp_config c = odd_config();
  uint8_t byte[4][48] = {{0}};
  float scale = 0.0007f;
  uint64_t s = test_seed("chain");
  int q = c.q_vxm, at = c.vxm_column;
  rig r;

  (void)state;
  rig_open(&r, &c);
  for (int k = 0; k < 4; k++) {
    rig_fill(&r, k, 1, &s, byte[k]);
    for (int l = 0; l < 48; l++) /* about 18 bits */
      byte[k][l] = k < 2 ? byte[k][l] : k == 2 ? (uint8_t)((byte[k][l] & 3) - (l % 2 ? 4 : 0)) : l % 2 ? 0xff : 0;
    tsp_engine_mem_write(r.e, k, 1, byte[k]);
    rig_deliver(&r, k, 1, 8 + k, at, 20);
  }
  rig_plan(&r, q + 0, 20, word(TSP_OP_CVT_I32_F32, "a", 8));
  rig_plan(&r, q + 4, 22, word(TSP_OP_MUL_F32, "a", 0x40 + 0, "b", 0x80, "imm", (int)oracle_f32(scale)));
  rig_plan(&r, q + 5, 25, word(TSP_OP_RELU_F32, "a", 0x40 + 4));
  rig_plan(&r, q + 6, 26, word(TSP_OP_CVT_F32_I8, "a", 0x40 + 5, "dst", 0x80 + west(3)));
  rig_plan(&r, c.mem_slices - 1 - 3, 26 + 2 + 2, write_from(west(3), 100)); /* W1, two columns west */
  rig_start(&r);
  rig_goto(&r, 27);
  assert_false(tsp_engine_alu(r.e, 6, 0).valid);
  rig_goto(&r, 28);
  assert_true(tsp_engine_alu(r.e, 6, 0).valid);
  assert_false(tsp_engine_alu(r.e, 6, 1).valid);
  assert_true(tsp_engine_tile(r.e, TSP_WEST, at, 0).valid >> 3 & 1);
  tsp_dispatch d;
  for (uint64_t id = tsp_golden_who_alu(r.e, 6, 0), k = 0; k < 3; k++, id = d.source[0])
    assert_true(tsp_golden_trace(r.e, id, &d));
  assert_int_equal(d.queue, q + 4);
  assert_int_equal(d.cycle, 22);
  rig_goto(&r, 29);
  assert_false(tsp_engine_alu(r.e, 6, 0).valid);
  assert_true(tsp_engine_alu(r.e, 6, 1).valid);
  rig_run(&r);
  uint8_t out[48];
  assert_int_equal(tsp_engine_mem_read(r.e, 1, 100, out), TSP_OK);
  for (int l = 0; l < 48; l++) {
    int32_t v =
        (int32_t)(byte[0][l] | (uint32_t)byte[1][l] << 8 | (uint32_t)byte[2][l] << 16 | (uint32_t)byte[3][l] << 24);
    volatile float p = (float)v * scale;

    assert_int_equal((int8_t)out[l], (int32_t)host_f32_i8(p > 0 ? p : 0));
  }
  rig_close(&r);
}

/* What one instruction leaves in its result register from a stream of bytes, a chained value or the immediate. */
static uint32_t result_of(unsigned op, int source, uint32_t value)
{
  const tsp_config *c = tsp_config_find("nano");
  int q = c->q_vxm;
  uint8_t v[4];
  uint32_t out;
  rig r;

  rig_open(&r, c);
  for (int k = 0; k < 4; k++) {
    memset(v, (uint8_t)(value >> (8 * k)), sizeof v);
    tsp_engine_mem_write(r.e, k, 0, v);
    rig_deliver(&r, k, 0, k, c->vxm_column, 10);
  }
  if (source == 0x41)
    rig_plan(&r, q + 1, 9, word(TSP_OP_MOV_I32, "a", 0x80, "imm", (int)value));
  rig_plan(&r, q, 10, word(op, "a", source, "b", 0x80, "imm", (int)value));
  rig_start(&r);
  rig_goto(&r, 11);
  assert_true(tsp_engine_alu(r.e, 0, 0).valid);
  out = tsp_engine_alu(r.e, 0, 0).data[3];
  rig_run(&r);
  rig_close(&r);
  return out;
}

static void sources_are_taken_in_the_width_of_the_operation(void **state)
{
  const int source[] = {0, 0x41, 0x80}; /* streams from byte 0 on, ALU 1, immediate */
  const uint32_t v = 0x817fa5c3;

  (void)state;
  for (int k = 0; k < 3; k++) {
    if (source[k]) /* slices W0, W1 flow east to the VXM; E-slices cannot */
      assert_int_equal(result_of(TSP_OP_MOV_I32, source[k], v), v);
    assert_int_equal(result_of(TSP_OP_MOV_I16, source[k], v), 0xffffa5c3);
    assert_int_equal(result_of(TSP_OP_MOV_I8, source[k], v), 0xffffffc3);
    assert_int_equal(result_of(TSP_OP_CVT_I8_I32, source[k], v), 0xffffffc3);
    assert_int_equal(result_of(TSP_OP_CVT_I16_I32, source[k], v), 0xffffa5c3);
    assert_int_equal(result_of(TSP_OP_CVT_I16_I8, source[k], v), 0xffffff80);
  }
  assert_int_equal(result_of(TSP_OP_CVT_I32_I8, 0x80, v), 0xffffff80);
  assert_int_equal(result_of(TSP_OP_ADD_I32, 0x41, v), v + v);
  assert_int_equal(result_of(TSP_OP_ADD_I16, 0x41, v), 0x4b86);
}

/* Four streams, base lowest byte, in both directions and through a wide destination. */
static void a_group_is_little_endian_on_the_way_in_and_out(void **state)
{
  tsp_config c = odd_config();
  const uint32_t v = 0x01f280a4;
  uint8_t b[48];
  rig r;

  (void)state;
  rig_open(&r, &c);
  for (int k = 0; k < 4; k++) {
    memset(b, (uint8_t)(v >> (8 * k)), sizeof b);
    tsp_engine_mem_write(r.e, c.mem_slices + k, 7, b);
    rig_deliver(&r, c.mem_slices + k, 7, west(4 + k), c.vxm_column, 12);
  }
  rig_plan(&r, c.q_vxm + 15, 12, word(TSP_OP_ADD_I32, "a", west(4), "b", 0x80, "imm", 0x100, "dst", 0x80 + 28));
  rig_start(&r);
  rig_goto(&r, 15);
  tsp_tile_view t = tsp_engine_tile(r.e, TSP_EAST, c.vxm_column, 2);
  assert_int_equal(t.valid, 0xf0000000u);
  for (int k = 0; k < 4; k++)
    assert_int_equal(t.data[(28 + k) * 16 + 15], (uint8_t)((v + 0x100) >> (8 * k)));
  assert_int_equal(tsp_engine_alu(r.e, 15, 2).data[15], v + 0x100);
  rig_run(&r);
  rig_close(&r);
}

/* a is ALU 1 twice: its Mov is named once; nothing else is. */
static void the_producers_of_operands_are_named_once(void **state)
{
  const tsp_config *c = tsp_config_find("mini");
  tsp_dispatch d;
  rig r;

  (void)state;
  rig_open(&r, c);
  rig_plan(&r, c->q_vxm + 1, 9, word(TSP_OP_MOV_I32, "a", 0x80, "imm", 3));
  rig_plan(&r, c->q_vxm, 10, word(TSP_OP_ADD_I32, "a", 0x41, "b", 0x41));
  rig_start(&r);
  rig_goto(&r, 11);
  assert_true(tsp_golden_trace(r.e, tsp_golden_trace_last(r.e), &d));
  assert_int_equal(d.queue, c->q_vxm);
  assert_int_equal(d.source[0], d.id - 1);
  assert_int_equal(d.source[1], 0);
  assert_int_equal(tsp_golden_who_alu(r.e, 0, 0), d.id);
  assert_int_equal(tsp_golden_who_alu(r.e, 1, 0), 0);
  assert_int_equal(tsp_golden_who_alu(r.e, 1, 1), d.id - 1);
  assert_false(tsp_golden_trace(r.e, 0, &d));
  assert_false(tsp_golden_trace(r.e, 3, &d));
  rig_run(&r);
  rig_close(&r);
}

/* The bytes of a 32-bit value per lane into slices from `first` on, word 0. */
static void spread(rig *r, int first, const uint32_t *v)
{
  uint8_t byte[RIG_VECTOR];

  for (int k = 0; k < 4; k++) {
    for (int l = 0; l < r->cfg->vector; l++)
      byte[l] = (uint8_t)(v[l] >> (8 * k));
    assert_int_equal(tsp_engine_mem_write(r->e, first + k, 0, byte), TSP_OK);
  }
}

/* One opcode on an ALU that has it: a from eastward streams, b from westward ones, with some result in the register of
 * the ALU for Sel. The result must stand there after d_func cycles, not earlier, and its low bytes on the streams. */
static void execute_one(const tsp_config *c, const tsp_instr *in, const oracle_op *op, uint64_t *s)
{
  const int alu = 7, q = c->q_vxm + alu, at = 20, width = oracle_bits(op->to) / 8;
  const int d_func = tsp_isa_d_func(tsp_isa_builtin(), c, in->opcode);
  uint32_t a[RIG_VECTOR], b[RIG_VECTOR];
  rig r;

  rig_open(&r, c);
  for (int l = 0; l < c->vector; l++)
    operand_pair(op->from, s, &a[l], &b[l]);
  spread(&r, 0, a);
  spread(&r, c->mem_slices, b);
  for (int k = 0; k < oracle_bits(op->from) / 8; k++) {
    rig_deliver(&r, k, 0, 4 + k, c->vxm_column, (uint64_t)at);
    rig_deliver(&r, c->mem_slices + k, 0, west(8 + k), c->vxm_column, (uint64_t)at);
  }
  rig_plan(&r, q, (uint64_t)at - 1, word(TSP_OP_MOV_I32, "a", 0x80, "imm", 0x100));
  rig_plan(&r, q, (uint64_t)at, word(in->opcode, "a", 4, "b", west(8), "dst", 0x80 + 12));
  rig_start(&r);
  rig_goto(&r, (uint64_t)(at + d_func - 1));
  if (d_func > 1)
    assert_false(tsp_engine_alu(r.e, alu, 0).valid);
  for (int n = 0; n < c->superlanes; n++) {
    rig_goto(&r, (uint64_t)(at + d_func + n));
    tsp_alu_view v = tsp_engine_alu(r.e, alu, n);
    tsp_tile_view t = tsp_engine_tile(r.e, TSP_EAST, c->vxm_column, n);

    assert_true(v.valid);
    assert_int_equal(t.valid >> 12 & 15, (1u << width) - 1);
    for (int l = 0; l < c->lanes; l++) {
      uint32_t x = a[n * c->lanes + l], y = b[n * c->lanes + l], want;

      if (oracle_special(op))
        num_operation(in->opcode)(&x, &x, &want, 1);
      else
        want = oracle_result(op, x, y, 0x100);
      if (v.data[l] != want)
        fail_msg("%s of 0x%08x, 0x%08x is 0x%08x, should be 0x%08x", in->mnemonic, x, y, v.data[l], want);
      for (int k = 0; k < width; k++)
        assert_int_equal(t.data[(12 + k) * c->lanes + l], (uint8_t)(want >> (8 * k)));
    }
  }
  rig_run(&r);
  rig_close(&r);
}

static void every_opcode_executes_on_the_machine(void **state)
{
  const tsp_isa *isa = tsp_isa_builtin();
  tsp_config c = odd_config();
  uint64_t s = test_seed("opcodes");
  int count = 0;
  oracle_op op;

  (void)state;
  for (int i = 0; i < isa->count; i++) {
    const tsp_instr *in = &isa->instr[i];
    bool vxm = in->unit == TSP_UNIT_VXM || in->unit == TSP_UNIT_VXF || in->unit == TSP_UNIT_VXS;

    assert_int_equal(oracle_find(in, &op), vxm);
    assert_true(!vxm || op.family == FAMILY_SEL || num_operation(in->opcode));
    if (vxm)
      execute_one(&c, in, &op, &s);
    count += vxm;
  }
  assert_true(count > 100);
}

/* Sel takes a where its ALU's own result of that cycle is not zero, all 32 bits of it; without one it is a fault. */
static void sel_needs_the_result_of_its_own_alu(void **state)
{
  const tsp_config *c = tsp_config_find("nano");
  const struct {
    int own, from;
    uint32_t result;
  } cases[] = {{0, 9, 0x22}, {0x100, 9, 0x11}, {1, 9, 0x11}, {1, 8, 0}};
  int q = c->q_vxm + 1;

  (void)state;
  for (int k = 0; k < 4; k++) {
    rig r;

    rig_open(&r, c);
    rig_plan(&r, c->q_vxm, 9, word(TSP_OP_MOV_I32, "a", 0x80, "imm", 0x22));
    rig_plan(&r, q, (uint64_t)cases[k].from, word(TSP_OP_MOV_I32, "a", 0x80, "imm", cases[k].own));
    rig_plan(&r, q, 10, word(TSP_OP_SELECT_V_I8, "a", 0x80, "b", 0x40, "imm", 0x11));
    rig_start(&r);
    if (cases[k].result) {
      rig_goto(&r, 11);
      assert_int_equal(tsp_engine_alu(r.e, 1, 0).data[0], cases[k].result);
      rig_run(&r);
    } else {
      assert_int_equal(tsp_engine_step(r.e, 100, NULL), TSP_EFAULT);
      assert_int_equal(tsp_engine_csr(r.e).fault_code, TSP_FAULT_OPERAND);
      assert_int_equal(tsp_engine_csr(r.e).fault_queue, q);
      assert_int_equal(tsp_engine_csr(r.e).fault_cycle, 10);
    }
    rig_close(&r);
  }
}

/* A result of two powered superlanes, then all three are on again: the third has no operand, at its own time. */
static void a_chained_result_is_valid_in_its_extent_only(void **state)
{
  tsp_config c = odd_config();
  int q = c.q_vxm;
  rig r;

  (void)state;
  rig_open(&r, &c);
  rig_plan(&r, c.q_mem, 10, word(TSP_OP_CONFIG, "superlanes", 2));
  rig_plan(&r, q, 12, word(TSP_OP_MUL_F32, "a", 0x80, "b", 0x80, "imm", 0x40000000, "dst", 0x80 + 8));
  rig_plan(&r, c.q_mem, 13, word(TSP_OP_CONFIG, "superlanes", 3));
  rig_plan(&r, q + 4, 15, word(TSP_OP_NEG_F32, "a", 0x40));
  rig_start(&r);
  rig_goto(&r, 15);
  assert_true(tsp_engine_alu(r.e, 0, 0).valid);
  rig_goto(&r, 16);
  assert_true(tsp_engine_alu(r.e, 0, 1).valid);
  assert_true(tsp_engine_alu(r.e, 4, 0).valid);
  assert_int_equal(tsp_engine_alu(r.e, 4, 0).data[0], 0xc0800000);
  assert_int_equal(tsp_engine_tile(r.e, TSP_EAST, c.vxm_column, 1).valid, 0xf00);
  rig_goto(&r, 17);
  assert_false(tsp_engine_alu(r.e, 0, 2).valid);
  assert_int_equal(tsp_engine_tile(r.e, TSP_EAST, c.vxm_column, 2).valid, 0);
  assert_int_equal(tsp_engine_step(r.e, 100, NULL), TSP_EFAULT);
  assert_int_equal(tsp_engine_csr(r.e).fault_code, TSP_FAULT_OPERAND);
  assert_int_equal(tsp_engine_csr(r.e).fault_queue, q + 4);
  assert_int_equal(tsp_engine_csr(r.e).fault_cycle, 15 + 2);
  rig_close(&r);
}

/* Two results in one cycle: the earlier dispatched stays and drives, the later is to blame. */
static void the_earlier_of_two_results_stays(void **state)
{
  tsp_config c = odd_config();
  int q = c.q_vxm + 3;
  rig r;

  (void)state;
  rig_open(&r, &c);
  rig_plan(&r, q, 10, word(TSP_OP_RECIP_F32, "a", 0x80, "imm", 0x40000000, "dst", 0x80 + 0));
  rig_plan(&r, q, 17, word(TSP_OP_MOV_I32, "a", 0x80, "imm", 5, "dst", 0x80 + 4));
  rig_start(&r);
  rig_goto(&r, 18);
  assert_int_equal(tsp_engine_alu(r.e, 3, 0).data[0], 0x3f000000);
  assert_int_equal(tsp_engine_tile(r.e, TSP_EAST, c.vxm_column, 0).valid, 0xf);
  assert_int_equal(tsp_engine_step(r.e, 100, NULL), TSP_EFAULT);
  assert_int_equal(tsp_engine_csr(r.e).fault_code, TSP_FAULT_ALU);
  assert_int_equal(tsp_engine_csr(r.e).fault_queue, q);
  assert_int_equal(tsp_engine_csr(r.e).fault_cycle, 17);
  rig_close(&r);
}

/* Special functions only in the last ALU of a mesh row, floating point only where the configuration has it. */
static void alus_without_an_operation_refuse_it(void **state)
{
  tsp_config c = odd_config();
  const tsp_config *nano = tsp_config_find("nano");
  uint64_t recip = word(TSP_OP_RECIP_F16, "a", 0x80), add = word(TSP_OP_ADD_F16, "a", 0x80, "b", 0x80);
  const tsp_isa *isa = tsp_isa_builtin();

  (void)state;
  for (int k = 0; k < c.alus; k++) {
    assert_int_equal(tsp_word_check(isa, &c, c.q_vxm + k, recip), k % 4 == 3 ? TSP_FAULT_NONE : TSP_FAULT_ENCODING);
    assert_int_equal(tsp_word_check(isa, &c, c.q_vxm + k, add), TSP_FAULT_NONE);
  }
  for (int k = 0; k < nano->alus; k++) {
    assert_int_equal(tsp_word_check(isa, nano, nano->q_vxm + k, recip), TSP_FAULT_ENCODING);
    assert_int_equal(tsp_word_check(isa, nano, nano->q_vxm + k, add), TSP_FAULT_ENCODING);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_opcode_executes_on_the_machine),
                                     cmocka_unit_test(a_chain_of_alus_requantises),
                                     cmocka_unit_test(sources_are_taken_in_the_width_of_the_operation),
                                     cmocka_unit_test(the_producers_of_operands_are_named_once),
                                     cmocka_unit_test(a_group_is_little_endian_on_the_way_in_and_out),
                                     cmocka_unit_test(sel_needs_the_result_of_its_own_alu),
                                     cmocka_unit_test(a_chained_result_is_valid_in_its_extent_only),
                                     cmocka_unit_test(the_earlier_of_two_results_stays),
                                     cmocka_unit_test(alus_without_an_operation_refuse_it)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}
