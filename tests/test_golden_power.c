/* SPDX-License-Identifier: Apache-2.0 */
/* Config: which superlanes execute, what becomes of values whose superlanes are off, and faults in later superlanes.
 * Mini: 4 superlanes of 16 lanes; W0 is in column 5, the VXM in 6, E0 and E1 in 7, E2 in 8. */
#include "golden_rig.h"

enum { E0 = 12, E1, E2, MEM_W0 = 0, MEM_W11 = 11 };

static uint64_t config(int superlanes)
{
  return word(TSP_OP_CONFIG, "superlanes", superlanes);
}

static void open_mini(rig *r)
{
  rig_open(r, tsp_config_find("mini"));
}

static void fill_word(rig *r, int slice, uint32_t addr, int value)
{
  uint8_t v[64];

  memset(v, value, sizeof v);
  assert_int_equal(tsp_engine_mem_write(r->e, slice, addr, v), TSP_OK);
}

/* Superlanes below `extent` hold one byte, the others another. */
static void expect_word(rig *r, int slice, uint32_t addr, int extent, int below, int beyond)
{
  uint8_t v[64];

  assert_int_equal(tsp_engine_mem_read(r->e, slice, addr, v), TSP_OK);
  for (int l = 0; l < 64; l++)
    assert_int_equal(v[l], l < 16 * extent ? below : beyond);
}

static void expect_fault(rig *r, int code, int queue, uint64_t cycle)
{
  tsp_csr c;

  assert_int_equal(tsp_engine_step(r->e, 1000, NULL), TSP_EFAULT);
  c = tsp_engine_csr(r->e);
  assert_int_equal(c.fault_code, code);
  assert_int_equal(c.fault_queue, queue);
  assert_int_equal(c.fault_cycle, cycle);
  assert_int_equal(c.cycles, cycle + 2);
}

static bool valid(rig *r, int direction, int column, int stream, int superlane)
{
  return tsp_engine_tile(r->e, direction, column, superlane).valid >> stream & 1;
}

/* A vector that W11 launches in 10 is in column 0 during 12 + n and in column 20 - 12 during 20 + n. Config 2 of cycle
 * 19 shuts superlane n from 20 + n on; superlane 3 of column 7 still has it in 22, and of no column from 23 on. */
static void a_value_in_superlanes_that_go_off_is_lost(void **state)
{
  rig r;

  (void)state;
  open_mini(&r);
  rig_at(&r, MEM_W11, 10, read_to(0, 3));
  rig_at(&r, 5, 19, config(2));
  rig_at(&r, 5, 22, config(4));
  rig_start(&r);
  rig_goto(&r, 19);
  assert_int_equal(tsp_engine_csr(r.e).active, 4);
  rig_goto(&r, 22);
  assert_int_equal(tsp_engine_csr(r.e).active, 2);
  assert_true(valid(&r, TSP_EAST, 22 - 12, 3, 0));
  assert_true(valid(&r, TSP_EAST, 22 - 13, 3, 1));
  assert_false(valid(&r, TSP_EAST, 22 - 14, 3, 2));
  assert_true(valid(&r, TSP_EAST, 22 - 15, 3, 3));
  rig_goto(&r, 23);
  assert_int_equal(tsp_engine_csr(r.e).active, 4);
  for (int n = 0; n < 4; n++)
    assert_int_equal(valid(&r, TSP_EAST, 23 - 12 - n, 3, n), n < 2);
  rig_run(&r);
  rig_close(&r);
}

/* Read of 20 lands in 22. Config 3 of cycle `at` shuts superlane 3 for cycle at + 1 only. */
static void a_result_lands_in_superlanes_that_are_on_then(void **state)
{
  (void)state;
  for (int at = 18; at <= 23; at++) {
    rig r;

    open_mini(&r);
    fill_word(&r, E0, 0, 0x11);
    fill_word(&r, E2, 5, 0x77);
    rig_at(&r, MEM_W0, (uint64_t)at, config(3));
    rig_at(&r, MEM_W0, (uint64_t)at + 1, config(4));
    rig_at(&r, E0, 20, read_to(0, 4));
    rig_at(&r, E2, 23, write_from(4, 5));
    rig_start(&r);
    if (at == 19 || at == 21) { /* off in 20: not read; in 22: not landed */
      expect_fault(&r, TSP_FAULT_OPERAND, E2, 26);
    } else {
      rig_run(&r);
      expect_word(&r, E2, 5, at == 22 ? 3 : 4, 0x11, 0x77); /* off in 23: the Write does nothing there */
    }
    rig_close(&r);
  }
}

/* The same, looked at in memory: with the machine off beyond two superlanes nothing is stored there and nothing faults.
 */
static void superlanes_that_are_off_do_nothing(void **state)
{
  rig r;
  int q;

  (void)state;
  open_mini(&r);
  q = r.cfg->q_vxm;
  fill_word(&r, E0, 0, 0x11);
  fill_word(&r, E2, 5, 0x77);
  fill_word(&r, E2, 6, 0x77);
  rig_at(&r, MEM_W0, 10, config(2));
  rig_at(&r, E0, 20, read_to(0, 4));
  rig_at(&r, E2, 23, write_from(4, 5));
  rig_at(&r, q, 30, word(TSP_OP_MOV_I8, "a", 0x80, "imm", 0x22, "dst", 0x80 + 7));
  rig_at(&r, E2, 33, write_from(7, 6));
  rig_start(&r);
  rig_goto(&r, 34);
  for (int n = 0; n < 4; n++)
    assert_int_equal(tsp_engine_alu(r.e, 0, n).valid, false);
  rig_run(&r);
  expect_word(&r, E2, 5, 2, 0x11, 0x77);
  expect_word(&r, E2, 6, 2, 0x22, 0x77);
  rig_close(&r);
}

static void alu_results_have_extents_too(void **state)
{
  rig r;
  int q;

  (void)state;
  open_mini(&r);
  q = r.cfg->q_vxm;
  rig_at(&r, MEM_W0, 10, config(3));
  rig_at(&r, q, 30, word(TSP_OP_MOV_I8, "a", 0x80, "imm", 0x22));
  rig_at(&r, q, 40, word(TSP_OP_MOV_I8, "a", 0x80, "imm", 0x23));
  rig_at(&r, MEM_W0, 40, config(4));                     /* on as it lands, but did not execute */
  rig_at(&r, q + 1, 41, word(TSP_OP_MOV_I8, "a", 0x40)); /* chained: superlane 3 has none */
  rig_start(&r);
  for (int n = 0; n < 4; n++) {
    rig_goto(&r, 31 + (uint64_t)n);
    assert_int_equal(tsp_engine_alu(r.e, 0, n).valid, n < 3);
    assert_false(tsp_engine_alu(r.e, 0, (n + 1) % 4).valid);
  }
  expect_fault(&r, TSP_FAULT_OPERAND, q + 1, 44);
  rig_close(&r);

  open_mini(&r); /* off as it lands: executed in all, in the register of three */
  rig_at(&r, q, 30, word(TSP_OP_MOV_I8, "a", 0x80, "imm", 0x22));
  rig_at(&r, MEM_W0, 30, config(3));
  rig_at(&r, MEM_W0, 31, config(4));
  rig_start(&r);
  for (int n = 0; n < 4; n++) {
    rig_goto(&r, 31 + (uint64_t)n);
    assert_int_equal(tsp_engine_alu(r.e, 0, n).valid, n < 3);
    assert_int_equal(tsp_golden_who_alu(r.e, 0, n) != 0, n < 3);
  }
  rig_run(&r);
  rig_close(&r);
}

/* A word of extent 2 written with everything on: superlanes 0 and 1 store, superlane 2 raises its fault at its time. */
static void an_operand_that_ends_early_faults_in_the_first_superlane_beyond(void **state)
{
  for (int extent = 1; extent < 4; extent++) {
    rig r;

    (void)state;
    open_mini(&r);
    fill_word(&r, E0, 0, 0x11);
    fill_word(&r, E2, 5, 0x77);
    rig_at(&r, MEM_W0, 10, config(extent));
    rig_at(&r, E0, 20, read_to(0, 4));
    rig_at(&r, MEM_W0, 22, config(4));
    rig_at(&r, E2, 23, write_from(4, 5));
    rig_start(&r);
    expect_fault(&r, TSP_FAULT_OPERAND, E2, 23 + (uint64_t)extent);
    expect_word(&r, E2, 5, extent, 0x11, 0x77);
    rig_close(&r);
  }
}

/* E2 sees in 23 + 2 what W3 sees in 24 in superlane 0, and what queue 1 sees in 25: the earliest, then the lowest
 * queue. */
static void the_earliest_cycle_wins_whatever_the_superlane(void **state)
{
  (void)state;
  for (int other = 23; other <= 26; other++) {
    rig r;

    open_mini(&r);
    rig_at(&r, MEM_W0, 10, config(2));
    rig_at(&r, E0, 20, read_to(0, 4));
    rig_at(&r, MEM_W0, 22, config(4));
    rig_at(&r, E2, 23, write_from(4, 5));
    rig_at(&r, 1, (uint64_t)other, 0);
    rig_start(&r);
    if (other <= 25)
      expect_fault(&r, TSP_FAULT_ENCODING, 1, (uint64_t)other);
    else
      expect_fault(&r, TSP_FAULT_OPERAND, E2, 25);
    rig_close(&r);
  }
}

/* A result of extent 2 (of an Exp, dispatched before) over a value that flows in with all superlanes. */
static void beyond_a_late_result_the_register_keeps_what_flows_in(void **state)
{
  rig r;
  int q;

  (void)state;
  open_mini(&r);
  q = r.cfg->q_vxm;
  fill_word(&r, MEM_W0, 0, 0x11);
  fill_word(&r, E2, 5, 0x77);
  rig_at(&r, 5, 29, config(2)); /* on in 30: 0 and 1 */
  rig_at(&r, 5, 30, config(4));
  rig_at(&r, q + 3, 30,
         word(TSP_OP_EXP_F32, "a", 0x80, "imm", 0, "dst", 0x80 + 4)); /* 1.0 in 38; its bytes: 0, 0, 0x80, 0x3f */
  rig_at(&r, MEM_W0, 35, read_to(0, 7));                              /* in column 5 in 37, in the VXM's in 38 */
  rig_at(&r, E2, 40, write_from(7, 5));
  rig_start(&r);
  rig_run(&r);
  expect_word(&r, E2, 5, 2, 0x3f, 0x11);
  rig_close(&r);
}

/* Beyond the earlier result of an ALU the later one is kept: Exp of extent 2 and Mov of all land together. */
static void an_alu_keeps_the_earlier_result_in_its_extent(void **state)
{
  rig r;
  int q;

  (void)state;
  open_mini(&r);
  q = r.cfg->q_vxm;
  rig_at(&r, 5, 29, config(2));
  rig_at(&r, 5, 30, config(4));
  rig_at(&r, q + 3, 30, word(TSP_OP_EXP_F32, "a", 0x80, "imm", 0)); /* in 38 */
  rig_at(&r, q + 3, 37, word(TSP_OP_MOV_I8, "a", 0x80, "imm", 5));
  rig_start(&r);
  rig_goto(&r, 38);
  assert_int_equal(tsp_engine_alu(r.e, 3, 0).data[0], 0x3f800000);
  expect_fault(&r, TSP_FAULT_ALU, q + 3, 37);
  rig_close(&r);
}

/* Two drivers of which one has extent 2: a fault in superlane 0, and superlanes 2 and 3 are the other's. */
static void colliding_drivers_of_different_extent(void **state)
{
  rig r;
  int q;

  (void)state;
  open_mini(&r);
  q = r.cfg->q_vxm;
  rig_at(&r, 5, 29, config(2));
  rig_at(&r, 5, 30, config(4));
  rig_at(&r, q + 3, 30, word(TSP_OP_EXP_F32, "a", 0x80, "imm", 0, "dst", 0x80 + 4)); /* in 38, extent 2 */
  rig_at(&r, q + 5, 37, word(TSP_OP_MOV_I8, "a", 0x80, "imm", 9, "dst", 0x80 + 6));  /* in 38 */
  rig_at(&r, E0, 39, write_from(6, 5));
  rig_start(&r);
  expect_fault(&r, TSP_FAULT_STREAM, q + 3, 37);
  assert_int_equal(tsp_engine_start(r.e), TSP_OK); /* the Write completes */
  expect_fault(&r, TSP_FAULT_STREAM, q + 3, 37);
  expect_word(&r, E0, 5, 2, 0x80, 9);
  rig_close(&r);
}

static void of_two_configs_in_a_cycle_the_lowest_queues_counts(void **state)
{
  rig r;

  (void)state;
  open_mini(&r);
  rig_at(&r, 9, 20, config(3));
  rig_at(&r, 3, 20, config(2));
  rig_at(&r, 7, 20, config(1));
  rig_start(&r);
  expect_fault(&r, TSP_FAULT_BUSY, 7, 20);
  assert_int_equal(tsp_engine_csr(r.e).active, 2);
  assert_int_equal(tsp_engine_queue(r.e, 9).state, TSP_QUEUE_ENDED);
  assert_int_equal(tsp_engine_queue(r.e, 9).prev, 0);
  rig_close(&r);
}

static void undefined_extents_are_encodings(void **state)
{
  static const int wrong[] = {0, 5, 255};

  (void)state;
  for (int k = 0; k < 3; k++) {
    rig r;

    open_mini(&r);
    rig_at(&r, 3, 20, read_to(7, 0));
    rig_at(&r, 3, 21, config(wrong[k]));
    rig_start(&r);
    expect_fault(&r, TSP_FAULT_ENCODING, 3, 21);
    assert_int_equal(tsp_engine_csr(r.e).active, 4);
    assert_int_equal(tsp_engine_queue(r.e, 3).prev, read_to(7, 0));
    rig_close(&r);
  }
}

/* Power stays as the program left it; a reset brings all superlanes back. */
static void power_outlives_a_start_but_not_a_reset(void **state)
{
  rig r;

  (void)state;
  open_mini(&r);
  rig_at(&r, 3, 20, config(2));
  rig_start(&r);
  rig_goto(&r, 20);
  assert_int_equal(tsp_engine_csr(r.e).active, 4);
  rig_run(&r);
  assert_int_equal(tsp_engine_csr(r.e).active, 2);
  assert_int_equal(tsp_engine_start(r.e), TSP_OK);
  assert_int_equal(tsp_engine_csr(r.e).active, 2);
  rig_run(&r);
  assert_int_equal(r.e->ops->reset(r.e), TSP_OK);
  assert_int_equal(tsp_engine_csr(r.e).active, 4);
  rig_close(&r);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(a_value_in_superlanes_that_go_off_is_lost),
                                     cmocka_unit_test(a_result_lands_in_superlanes_that_are_on_then),
                                     cmocka_unit_test(superlanes_that_are_off_do_nothing),
                                     cmocka_unit_test(alu_results_have_extents_too),
                                     cmocka_unit_test(an_operand_that_ends_early_faults_in_the_first_superlane_beyond),
                                     cmocka_unit_test(the_earliest_cycle_wins_whatever_the_superlane),
                                     cmocka_unit_test(beyond_a_late_result_the_register_keeps_what_flows_in),
                                     cmocka_unit_test(an_alu_keeps_the_earlier_result_in_its_extent),
                                     cmocka_unit_test(colliding_drivers_of_different_extent),
                                     cmocka_unit_test(of_two_configs_in_a_cycle_the_lowest_queues_counts),
                                     cmocka_unit_test(undefined_extents_are_encodings),
                                     cmocka_unit_test(power_outlives_a_start_but_not_a_reset)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}
