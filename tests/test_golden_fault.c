/* SPDX-License-Identifier: Apache-2.0 */
/* Schedule faults: code, queue and cycle of each, which of several is latched, and what the machine does afterwards. */
#include "golden_rig.h"

enum { W_QUEUE, A_QUEUE, C_QUEUE }; /* of plane 0, a western one: its outward streams flow west */

static const tsp_config *mini(void)
{
  return tsp_config_find("mini");
}
static int plane0(const rig *r, int which)
{
  return r->cfg->q_mxm + which;
}

/* Runs; the fault shows from cycle F + 2 on, where the machine stands. */
static void expect_fault(rig *r, int code, int queue, uint64_t cycle)
{
  uint64_t ran = 0;
  tsp_csr c;

  rig_start(r);
  assert_int_equal(tsp_engine_step(r->e, cycle + 2, &ran), TSP_OK);
  assert_int_equal(ran, cycle + 2);
  c = tsp_engine_csr(r->e);
  assert_int_equal(c.fault_code, 0);
  assert_true(c.running);
  assert_int_equal(tsp_engine_step(r->e, 10, &ran), TSP_EFAULT);
  assert_int_equal(ran, 1);
  c = tsp_engine_csr(r->e);
  assert_int_equal(c.fault_code, code);
  assert_int_equal(c.fault_queue, queue);
  assert_int_equal(c.fault_cycle, cycle);
  assert_int_equal(c.cycles, cycle + 2);
  assert_false(c.running);
  assert_false(c.done);
  assert_int_equal(tsp_engine_step(r->e, 10, &ran), TSP_EFAULT);
  assert_int_equal(ran, 0);
  assert_int_equal(tsp_engine_csr(r->e).cycles, cycle + 2);
}

/* One word alone in its queue at cycle 50 raises the fault in that cycle. */
static void expect_word_fault(const tsp_config *cfg, int queue, uint64_t w, int code)
{
  rig r;

  rig_open(&r, cfg);
  rig_at(&r, queue, 50, w);
  expect_fault(&r, code, queue, 50);
  rig_close(&r);
}

static void an_invalid_operand_is_a_fault_in_every_unit(void **state)
{
  const tsp_config *c = mini();

  (void)state;
  expect_word_fault(c, 7, write_from(west(31), 4095), TSP_FAULT_OPERAND);
  expect_word_fault(c, 7, word(TSP_OP_READWRITE, "raddr", 0, "rstream", 1, "waddr", 4000, "wstream", 2),
                    TSP_FAULT_OPERAND);
  expect_word_fault(c, c->q_mxm, word(TSP_OP_LW, "group", west(16), "slot", 3), TSP_FAULT_OPERAND);
  expect_word_fault(c, c->q_mxm + 1, word(TSP_OP_ABC, "stream", west(3)), TSP_FAULT_OPERAND);
  expect_word_fault(c, c->q_mxm + 2, word(TSP_OP_ACC_OUT, "out", 4), TSP_FAULT_OPERAND);
  expect_word_fault(c, c->q_vxm + 3, word(TSP_OP_MOV_I8, "a", 9), TSP_FAULT_OPERAND);
  expect_word_fault(c, c->q_vxm + 3, word(TSP_OP_ADD_I32, "a", 0x80, "b", 0x42), TSP_FAULT_OPERAND);
}

/* A group of which one stream is missing, and a chained result one cycle too late. */
static void a_part_of_an_operand_or_a_late_one_is_invalid(void **state)
{
  rig r;
  int q;

  (void)state;
  rig_open(&r, mini());
  q = r.cfg->q_vxm;
  for (int k = 0; k < 3; k++)
    rig_deliver(&r, k, 0, 8 + k, r.cfg->vxm_column, 30);
  rig_plan(&r, q, 30, word(TSP_OP_MOV_I8, "a", 10));
  rig_plan(&r, q + 1, 30, word(TSP_OP_MOV_I32, "a", 8));
  expect_fault(&r, TSP_FAULT_OPERAND, q + 1, 30);
  rig_close(&r);
  rig_open(&r, mini());
  rig_plan(&r, q, 30, word(TSP_OP_MOV_I32, "a", 0x80));
  rig_plan(&r, q + 4, 31, word(TSP_OP_MOV_I32, "a", 0x40));
  rig_plan(&r, q + 1, 32, word(TSP_OP_MOV_I32, "a", 0x40));
  expect_fault(&r, TSP_FAULT_OPERAND, q + 1, 32);
  rig_close(&r);
}

/* E11 is at the eastern edge, W11 at the western: what leaves there is not seen at the other edge one cycle later. */
static void a_vector_that_left_the_chip_is_no_operand(void **state)
{
  static const int from[] = {23, 11}, to[] = {11, 23}, stream[] = {6, 32 + 6};
  rig r;

  (void)state;
  for (int k = 0; k < 2; k++) {
    rig_open(&r, mini());
    rig_at(&r, from[k], 10, read_to(0, stream[k]));
    rig_at(&r, to[k], 13, write_from(stream[k], 0));
    expect_fault(&r, TSP_FAULT_OPERAND, to[k], 13);
    rig_close(&r);
  }
}

static void an_instruction_with_an_invalid_operand_does_nothing(void **state)
{
  uint8_t v[64] = {1, 2, 3}, w[64];
  rig r;

  (void)state;
  rig_open(&r, mini());
  tsp_engine_mem_write(r.e, 2, 5, v);
  rig_at(&r, 2, 8, word(TSP_OP_READWRITE, "raddr", 4000, "rstream", 1, "waddr", 5, "wstream", 2));
  rig_at(&r, r.cfg->q_vxm, 8, word(TSP_OP_MOV_I8, "a", 5, "dst", 0x80 + 1));
  expect_fault(&r, TSP_FAULT_OPERAND, 2, 8);
  assert_int_equal(tsp_engine_tile(r.e, TSP_EAST, tsp_queue_column(r.cfg, 2), 0).valid, 0);
  assert_int_equal(tsp_engine_tile(r.e, TSP_EAST, r.cfg->vxm_column + 1, 0).valid, 0);
  assert_false(tsp_engine_alu(r.e, 0, 1).valid);
  assert_int_equal(tsp_engine_mem_read(r.e, 2, 5, w), TSP_OK);
  assert_memory_equal(v, w, sizeof v);
  rig_close(&r);
}

/* Slices 6 and 7 share a column: seen in the cycle before the register would hold both, and slice 6 drives it. */
static void two_drivers_of_one_register_fault_the_cycle_before(void **state)
{
  uint8_t v[2][64];
  rig r;

  (void)state;
  rig_open(&r, mini());
  for (int k = 0; k < 2; k++) {
    memset(v[k], 0x60 + k, 64);
    tsp_engine_mem_write(r.e, 6 + k, 0, v[k]);
    rig_at(&r, 6 + k, 40, read_to(0, west(9)));
  }
  rig_at(&r, 6, 42, write_from(west(9), 4000)); /* both would be in the register now */
  expect_fault(&r, TSP_FAULT_STREAM, 6, 41);
  tsp_tile_view t = tsp_engine_tile(r.e, TSP_WEST, tsp_queue_column(r.cfg, 6) - 1, 0);
  assert_int_equal(t.valid, 1 << 9);
  assert_memory_equal(t.data + 9 * 16, v[0], 16);
  assert_int_equal(tsp_engine_mem_read(r.e, 6, 4000, v[1]), TSP_OK);
  assert_memory_equal(v[1], v[0], 64);
  rig_close(&r);
}

/* ALU 9 dispatched later but lands with ALU 2; an accumulator and a MEM slice at the chip's edge. */
static void drivers_of_different_latency_and_unit_collide_where_they_land(void **state)
{
  rig r;
  int q;

  (void)state;
  rig_open(&r, mini());
  q = r.cfg->q_vxm;
  rig_at(&r, q + 9, 40, word(TSP_OP_MUL_F32, "a", 0x80, "b", 0x80, "dst", 0x80 + 4)); /* lands 43 */
  rig_at(&r, q + 2, 42, word(TSP_OP_MOV_I8, "a", 0x80, "dst", 0x80 + 7));
  rig_at(&r, q + 3, 41, word(TSP_OP_MOV_I8, "a", 0x80, "dst", 0x80 + 7)); /* one earlier: legal */
  expect_fault(&r, TSP_FAULT_STREAM, q + 2, 42);
  rig_close(&r);
}

/* Three drivers: one fault, blaming the lowest; another register of the same cycle blames a lower queue. */
static void the_lowest_queue_of_all_collisions_is_blamed(void **state)
{
  rig r;
  int q;

  (void)state;
  rig_open(&r, mini());
  q = r.cfg->q_vxm;
  for (int k = 4; k < 7; k++)
    rig_at(&r, q + k, 20, word(TSP_OP_MOV_I8, "a", 0x80, "imm", k, "dst", 0x80 + west(2)));
  rig_at(&r, q + 1, 20, word(TSP_OP_MOV_I8, "a", 0x80, "dst", 0x80 + 2));
  rig_at(&r, q + 8, 20, word(TSP_OP_MOV_I8, "a", 0x80, "dst", 0x80 + 2));
  expect_fault(&r, TSP_FAULT_STREAM, q + 1, 20);
  tsp_tile_view t = tsp_engine_tile(r.e, TSP_WEST, r.cfg->vxm_column - 1, 0);
  assert_int_equal(t.valid, 1 << 2);
  assert_int_equal(t.data[2 * 16], 4);
  rig_close(&r);
}

static void encodings_addresses_and_banks_are_checked_at_dispatch(void **state)
{
  const tsp_config *c = mini(), *nano = tsp_config_find("nano");
  int v = c->q_vxm, x = c->q_mxm;

  (void)state;
  expect_word_fault(c, 0, 0, TSP_FAULT_ENCODING);
  expect_word_fault(c, 0, read_to(1, 1) | UINT64_C(1) << 55, TSP_FAULT_ENCODING);
  expect_word_fault(c, 0, read_to(4096, 0) | UINT64_C(1) << 55, TSP_FAULT_ENCODING);
  expect_word_fault(c, v, read_to(1, 1), TSP_FAULT_ENCODING);
  expect_word_fault(c, v + 0, word(TSP_OP_MOV_I8, "a", 0x45), TSP_FAULT_ENCODING); /* diagonal */
  expect_word_fault(c, v + 3, word(TSP_OP_MOV_I8, "a", 0x44), TSP_FAULT_ENCODING); /* no wrap of rows */
  expect_word_fault(c, v, word(TSP_OP_MOV_I32, "a", 2), TSP_FAULT_ENCODING);       /* base not a multiple of 4 */
  expect_word_fault(c, x, word(TSP_OP_LW, "group", 0), TSP_FAULT_ENCODING);        /* inward */
  expect_word_fault(c, x + 1, word(TSP_OP_ABC, "stream", 0), TSP_FAULT_ENCODING);  /* inward */
  expect_word_fault(c, x + 2, word(TSP_OP_ACC_OUT, "out", west(0)), TSP_FAULT_ENCODING);
  expect_word_fault(nano, nano->q_vxm, word(TSP_OP_RELU_F32, "a", 0x80), TSP_FAULT_ENCODING);
  expect_word_fault(nano, 0, read_to(0, 8), TSP_FAULT_ENCODING);
  expect_word_fault(c, 0, nop(0), TSP_FAULT_ENCODING);
  expect_word_fault(c, 0, end() | 1, TSP_FAULT_ENCODING);
  expect_word_fault(c, 0, repeat(1, 1, 0, 0), TSP_FAULT_ENCODING); /* nothing to repeat */
  expect_word_fault(c, 0, read_to(4096, 0), TSP_FAULT_ADDRESS);
  expect_word_fault(c, 0, write_from(0, 65535), TSP_FAULT_ADDRESS);
  expect_word_fault(c, x, word(TSP_OP_LW, "group", west(0), "slot", 4), TSP_FAULT_ADDRESS);
  expect_word_fault(c, x + 2, word(TSP_OP_ACC_SET, "acc", 256), TSP_FAULT_ADDRESS);
  expect_word_fault(c, 0, word(TSP_OP_READWRITE, "raddr", 0, "waddr", 2047), TSP_FAULT_BANK);
  expect_word_fault(c, 0, word(TSP_OP_READWRITE, "raddr", 4095, "waddr", 2048), TSP_FAULT_BANK);
  expect_word_fault(c, 0, word(TSP_OP_READWRITE, "raddr", 0, "waddr", 4096), TSP_FAULT_ADDRESS);
}

/* The Write that is no encoding is repeated in the next cycle, and still stores nothing. */
static void a_repeated_undefined_word_stays_undefined(void **state)
{
  uint8_t v[64] = {9}, w[64];
  rig r;

  (void)state;
  rig_open(&r, mini());
  tsp_engine_mem_write(r.e, 0, 0, v);
  rig_at(&r, 0, 10, read_to(0, 3));
  rig_repeat(&r, 0, 3, 1, 0, 0);
  rig_at(&r, 12, 14, write_from(3, 7) | UINT64_C(1) << 55); /* two columns east of W0 */
  rig_repeat(&r, 12, 1, 1, 0, 0);
  expect_fault(&r, TSP_FAULT_ENCODING, 12, 14);

  assert_int_equal(tsp_engine_mem_read(r.e, 12, 7, w), TSP_OK);
  assert_int_equal(w[0], 0);
  rig_close(&r);
}

static void a_repeat_can_run_out_of_the_memory_or_into_a_bank(void **state)
{
  rig r;

  (void)state;
  rig_open(&r, mini());
  rig_at(&r, 1, 10, read_to(4080, 0));
  rig_repeat(&r, 1, 100, 2, 5, 0); /* 4095 at 16, 4100 at 18 */
  expect_fault(&r, TSP_FAULT_ADDRESS, 1, 18);
  rig_close(&r);
  rig_open(&r, mini());
  rig_at(&r, 1, 10, read_to(3, 0));
  rig_repeat(&r, 1, 4, 1, -2, 0); /* 1 at 11, -1 = 65535 at 12 */
  expect_fault(&r, TSP_FAULT_ADDRESS, 1, 12);
  rig_close(&r);
  rig_open(&r, mini());
  rig_deliver(&r, 1, 0, 3, tsp_queue_column(mini(), 12), 20);
  for (uint64_t k = 0; k < 4; k++)
    rig_deliver(&r, 2, 0, 3, tsp_queue_column(mini(), 12), 21 + k);
  rig_plan(&r, 12, 20, word(TSP_OP_READWRITE, "raddr", 2045, "rstream", 8, "waddr", 2048, "wstream", 3));
  rig_plan(&r, 12, 21, repeat(3, 1, 1, 1)); /* 2046/2049, 2047/2050, 2048/2051 */
  expect_fault(&r, TSP_FAULT_BANK, 12, 23);
  rig_close(&r);
}

static void a_queue_without_end_runs_empty(void **state)
{
  rig r;

  (void)state;
  rig_open(&r, mini());
  rig_at(&r, 20, 33, read_to(0, 0));
  r.no_end[20] = true;
  expect_fault(&r, TSP_FAULT_EMPTY, 20, 34);
  assert_int_equal(tsp_engine_queue(r.e, 20).state, TSP_QUEUE_EMPTY);
  rig_close(&r);
}

/* Mul at 40 and Mov at 42 would both be in the result register in 43; the product stays and the Mov drives nothing. */
static void two_results_of_one_alu_in_one_cycle(void **state)
{
  rig r;
  int q;

  (void)state;
  rig_open(&r, mini());
  q = r.cfg->q_vxm + 6;
  rig_at(&r, q, 40, word(TSP_OP_MUL_F32, "a", 0x80, "b", 0x80, "imm", 0x40000000, "dst", 0x80));
  rig_at(&r, q, 42, word(TSP_OP_MOV_I8, "a", 0x80, "dst", 0x80 + 9));
  expect_fault(&r, TSP_FAULT_ALU, q, 42);
  assert_true(tsp_engine_alu(r.e, 6, 1).valid);                    /* cycle 44: superlane 1 has it */
  assert_int_equal(tsp_engine_alu(r.e, 6, 1).data[0], 0x40800000); /* 2.0 squared */
  assert_int_equal(tsp_engine_tile(r.e, TSP_EAST, r.cfg->vxm_column, 1).valid, 15);
  rig_close(&r);
}

static void plan_load(rig *r, int slot, uint64_t cycle, int streams)
{
  for (int j = 0; j < streams; j++)
    rig_deliver(r, j, 0, west(j), 0, cycle);
  rig_plan(r, plane0(r, W_QUEUE), cycle, word(TSP_OP_LW, "group", west(0), "slot", slot));
}

static void a_load_that_overtakes_the_install_wave(void **state)
{
  rig r;

  (void)state;
  for (int column = 1; column < 4; column++)
    for (int after = 1; after <= column; after++) {
      rig_open(&r, mini());
      rig_plan(&r, plane0(&r, W_QUEUE), 40, word(TSP_OP_IW));
      plan_load(&r, column, 40 + (uint64_t)after, 16);
      if (after < column)
        expect_fault(&r, TSP_FAULT_WEIGHTS, plane0(&r, W_QUEUE), 40 + (uint64_t)after);
      else
        rig_start(&r), rig_run(&r);
      rig_close(&r);
    }
}

static void plan_product(rig *r, uint64_t cycle)
{
  rig_deliver(r, 0, 0, west(20), 0, cycle);
  rig_plan(r, plane0(r, A_QUEUE), cycle, word(TSP_OP_ABC, "stream", west(20)));
}

static void a_product_without_its_acc_is_lost(void **state)
{
  rig r;

  (void)state;
  rig_open(&r, mini());
  plan_product(&r, 40);
  plan_product(&r, 42);
  rig_plan(&r, plane0(&r, C_QUEUE), 44, word(TSP_OP_ACC_SET, "acc", 0));
  expect_fault(&r, TSP_FAULT_LOST, plane0(&r, C_QUEUE), 46);
  rig_close(&r);
  rig_open(&r, mini());
  plan_product(&r, 40);
  rig_plan(&r, plane0(&r, C_QUEUE), 43, word(TSP_OP_ACC_SET, "acc", 0)); /* one cycle early */
  expect_fault(&r, TSP_FAULT_OPERAND, plane0(&r, C_QUEUE), 43);
  rig_close(&r);
}

/* The last queue ends long before a product is lost: the machine waits out its drain. */
static void a_fault_after_the_last_end_is_still_seen(void **state)
{
  rig r;

  (void)state;
  rig_open(&r, mini());
  plan_product(&r, 40); /* every queue has ended in 41 */
  expect_fault(&r, TSP_FAULT_LOST, plane0(&r, C_QUEUE), 44);
  rig_close(&r);
}

static void within_a_cycle_the_lowest_queue_then_the_lowest_code_wins(void **state)
{
  rig r;

  (void)state;
  rig_open(&r, mini());
  rig_at(&r, 9, 30, read_to(5000, 0));
  rig_at(&r, 3, 30, 0);
  rig_at(&r, 2, 31, 0); /* lower, but later */
  rig_at(&r, 11, 30, write_from(0, 0));
  expect_fault(&r, TSP_FAULT_ENCODING, 3, 30);
  rig_close(&r);
  rig_open(&r, mini()); /* the accumulators' queue runs empty as a product is lost */
  plan_product(&r, 40);
  rig_wait(&r, plane0(&r, C_QUEUE), 44);
  r.no_end[plane0(&r, C_QUEUE)] = true;
  expect_fault(&r, TSP_FAULT_EMPTY, plane0(&r, C_QUEUE), 44);
  rig_close(&r);
  rig_open(&r, mini()); /* one stream short and before the install wave */
  rig_plan(&r, plane0(&r, W_QUEUE), 40, word(TSP_OP_IW));
  plan_load(&r, 3, 41, 15);
  expect_fault(&r, TSP_FAULT_OPERAND, plane0(&r, W_QUEUE), 41);
  rig_close(&r);
}

/* Dispatch goes on through cycle F + 2; the Reads of that cycle and before still land. */
static void queues_stop_after_the_cycle_that_shows_the_fault(void **state)
{
  rig r;

  (void)state;
  rig_open(&r, mini());
  rig_at(&r, 0, 10, 0);
  rig_at(&r, 4, 1, read_to(0, 0));
  rig_repeat(&r, 4, 50, 1, 1, 0);
  expect_fault(&r, TSP_FAULT_ENCODING, 0, 10);
  assert_int_equal(tsp_engine_queue(r.e, 4).prev & 0xffff, 11);
  assert_int_equal(tsp_engine_start(r.e), TSP_OK); /* a start clears the fault */
  assert_int_equal(tsp_engine_csr(r.e).fault_code, 0);
  assert_true(tsp_engine_csr(r.e).running);
  rig_close(&r);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(an_invalid_operand_is_a_fault_in_every_unit),
                                     cmocka_unit_test(a_part_of_an_operand_or_a_late_one_is_invalid),
                                     cmocka_unit_test(a_vector_that_left_the_chip_is_no_operand),
                                     cmocka_unit_test(an_instruction_with_an_invalid_operand_does_nothing),
                                     cmocka_unit_test(two_drivers_of_one_register_fault_the_cycle_before),
                                     cmocka_unit_test(drivers_of_different_latency_and_unit_collide_where_they_land),
                                     cmocka_unit_test(the_lowest_queue_of_all_collisions_is_blamed),
                                     cmocka_unit_test(encodings_addresses_and_banks_are_checked_at_dispatch),
                                     cmocka_unit_test(a_repeated_undefined_word_stays_undefined),
                                     cmocka_unit_test(a_repeat_can_run_out_of_the_memory_or_into_a_bank),
                                     cmocka_unit_test(a_queue_without_end_runs_empty),
                                     cmocka_unit_test(two_results_of_one_alu_in_one_cycle),
                                     cmocka_unit_test(a_load_that_overtakes_the_install_wave),
                                     cmocka_unit_test(a_product_without_its_acc_is_lost),
                                     cmocka_unit_test(a_fault_after_the_last_end_is_still_seen),
                                     cmocka_unit_test(within_a_cycle_the_lowest_queue_then_the_lowest_code_wins),
                                     cmocka_unit_test(queues_stop_after_the_cycle_that_shows_the_fault)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}
