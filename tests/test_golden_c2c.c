/* SPDX-License-Identifier: Apache-2.0 */
/* Links: what is at an output when, when it is at the other end, order and room there, and Deskew.
 * Mini: 2 links per hemisphere, 4 vectors wait, 20 cycles of wire, an epoch of 252. Links are in columns 0 and 12. */
#include "golden_rig.h"

enum { E0 = 12, E10 = 22, E11 = 23, W11 = 11, DELAY = 20, DEPTH = 4 };

static int c2c(const rig *r, bool east, int link)
{
  return r->cfg->q_c2c + (east ? r->cfg->links : 0) + link;
}
static uint64_t send(int stream)
{
  return word(TSP_OP_SEND, "stream", stream);
}
static uint64_t receive(int stream)
{
  return word(TSP_OP_RECEIVE, "out", stream);
}
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

  for (int l = 0; l < 64; l++)
    v[l] = (uint8_t)(value + l);
  assert_int_equal(tsp_engine_mem_write(r->e, slice, addr, v), TSP_OK);
}

static void expect_word(rig *r, int slice, uint32_t addr, int value)
{
  uint8_t v[64];

  assert_int_equal(tsp_engine_mem_read(r->e, slice, addr, v), TSP_OK);
  for (int l = 0; l < 64; l++)
    assert_int_equal(v[l], (uint8_t)(value + l));
}

static void expect_fault(rig *r, int code, int queue, uint64_t cycle)
{
  tsp_csr c;

  assert_int_equal(tsp_engine_step(r->e, 2000, NULL), TSP_EFAULT);
  c = tsp_engine_csr(r->e);
  assert_int_equal(c.fault_code, code);
  assert_int_equal(c.fault_queue, queue);
  assert_int_equal(c.fault_cycle, cycle);
}

/* E11 is in the links' column: a Read of cycle - 2 feeds a Send of the cycle. */
static void plan_send(rig *r, int link, int addr, uint64_t cycle)
{
  rig_plan(r, E11, cycle - 2, read_to(addr, 3));
  rig_plan(r, c2c(r, true, link), cycle, send(3));
}

/* E1's Send of 30 is at W1's input in 51, can be received in 52, is in column 0 in 53 and stored by W11. */
static void a_vector_takes_the_wires_delay(void **state)
{
  (void)state;
  for (int early = 0; early < 2; early++) {
    rig r;

    open_mini(&r);
    fill_word(&r, E11, 7, 0x40);
    plan_send(&r, 1, 7, 30);
    rig_plan(&r, c2c(&r, false, 1), 52 - (uint64_t)early, receive(6));
    rig_plan(&r, W11, 53, write_from(6, 9));
    rig_start(&r);
    if (early) {
      expect_fault(&r, TSP_FAULT_OPERAND, c2c(&r, false, 1), 51);
    } else {
      rig_run(&r);
      expect_word(&r, W11, 9, 0x40);
    }
    rig_close(&r);
  }
}

/* Superlane n's part is at the output in 31 + n, of link 3 (west 0, 1, east 2, 3), and nowhere else. */
static void the_output_shows_superlane_by_superlane(void **state)
{
  rig r;

  (void)state;
  open_mini(&r);
  fill_word(&r, E11, 7, 0x40);
  plan_send(&r, 1, 7, 30);
  rig_start(&r);
  for (uint64_t t = 28; t < 40; t++) {
    const tsp_event *v;
    size_t count;

    rig_goto(&r, t);
    v = tsp_engine_events(r.e, &count);
    assert_int_equal(count, t >= 31 && t < 35);
    if (!count)
      continue;
    assert_int_equal(v->kind, TSP_EVENT_SEND);
    assert_int_equal(v->unit, 3);
    assert_int_equal(v->index, 0);
    assert_int_equal(v->superlane, t - 31);
    assert_int_equal(v->bytes, 16);
    for (int l = 0; l < 16; l++)
      assert_int_equal(v->data[l], 0x40 + 16 * (int)(t - 31) + l);
    assert_int_equal(tsp_golden_who_event(r.e, v), 2);
  }
  rig_run(&r);
  rig_close(&r);
}

/* Both links, both ways: each wire joins the links of one number. Vectors come in the order in which they were sent. */
static void wires_join_the_hemispheres_and_keep_the_order(void **state)
{
  rig r;

  (void)state;
  open_mini(&r);
  for (int k = 0; k < 3; k++) {
    fill_word(&r, E11, (uint32_t)k, 0x10 * k);
    fill_word(&r, W11, (uint32_t)k, 0x80 + 0x10 * k);
    plan_send(&r, 0, k, 30 + (uint64_t)k);
    rig_plan(&r, W11, 28 + (uint64_t)k, read_to(k, west(3)));
    rig_plan(&r, c2c(&r, false, 1), 30 + (uint64_t)k, send(west(3)));
    rig_plan(&r, c2c(&r, false, 0), 60 + (uint64_t)k, receive(6));
    rig_plan(&r, W11, 61 + (uint64_t)k, write_from(6, 100 + k));
    rig_plan(&r, c2c(&r, true, 1), 60 + (uint64_t)k, receive(west(6)));
    rig_plan(&r, E11, 61 + (uint64_t)k, write_from(west(6), 100 + k));
  }
  rig_start(&r);
  rig_run(&r);
  for (int k = 0; k < 3; k++) {
    expect_word(&r, W11, 100 + (uint32_t)k, 0x10 * k);
    expect_word(&r, E11, 100 + (uint32_t)k, 0x80 + 0x10 * k);
  }
  rig_close(&r);
}

/* Five Sends of 30..34 arrive in 51..55. A Receive of 54 makes room for the fifth, one of 55 does not. */
static void a_vector_too_many_is_fault_link(void **state)
{
  (void)state;
  for (int late = 0; late < 2; late++) {
    rig r;

    open_mini(&r);
    for (int k = 0; k < DEPTH + 1; k++) {
      fill_word(&r, E11, (uint32_t)k, 0x10 * k);
      plan_send(&r, 0, k, 30 + (uint64_t)k);
    }
    rig_plan(&r, c2c(&r, false, 0), 54 + (uint64_t)late, receive(6));
    for (int k = 1; k <= DEPTH; k++) {
      rig_plan(&r, c2c(&r, false, 0), 60 + (uint64_t)k, receive(6));
      rig_plan(&r, W11, 61 + (uint64_t)k, write_from(6, 100 + k));
    }
    rig_start(&r);
    if (late) {
      expect_fault(&r, TSP_FAULT_LINK, c2c(&r, false, 0), 55);
    } else {
      rig_run(&r);
      for (int k = 1; k <= DEPTH; k++)
        expect_word(&r, W11, 100 + (uint32_t)k, 0x10 * k);
    }
    rig_close(&r);
  }
}

/* The fifth arrives in 55, so its fault would show in 57. With the last End in 44 the machine is done in 56. */
static void a_fault_that_would_show_after_done_is_none(void **state)
{
  (void)state;
  for (uint64_t last = 43; last <= 44; last++) {
    rig r;

    open_mini(&r);
    for (int k = 0; k < DEPTH + 1; k++)
      plan_send(&r, 0, k, 30 + (uint64_t)k);
    rig_plan(&r, 1, last, nop(1));
    rig_start(&r);
    if (last == 43) {
      assert_int_equal(rig_run(&r).cycles, 56);
      assert_int_equal(tsp_engine_csr(r.e).fault_code, 0);
    } else {
      expect_fault(&r, TSP_FAULT_LINK, c2c(&r, false, 0), 55);
      assert_int_equal(tsp_engine_csr(r.e).cycles, 57);
    }
    rig_close(&r);
  }
}

/* Sent in 30 by two superlanes; received in 60 by four, of which the third misses it, or by two. It counts in all. */
static void a_vector_keeps_its_extent_on_the_wire(void **state)
{
  (void)state;
  for (int full = 0; full < 2; full++) {
    rig r;

    open_mini(&r);
    fill_word(&r, E11, 0, 0x40);
    fill_word(&r, E11, 1, 0x50);
    plan_send(&r, 0, 0, 30);
    plan_send(&r, 0, 1, 31);
    rig_plan(&r, 2, 29, config(2));
    rig_plan(&r, 2, 30, config(4));
    rig_plan(&r, 2, full ? 100 : 59, config(full ? 4 : 2));
    rig_plan(&r, 2, full ? 101 : 60, config(4));
    rig_plan(&r, c2c(&r, false, 0), 60, receive(5));
    rig_plan(&r, c2c(&r, false, 0), 61, receive(6));
    rig_plan(&r, W11, 62, write_from(6, 100));
    rig_start(&r);
    if (full) {
      expect_fault(&r, TSP_FAULT_OPERAND, c2c(&r, false, 0), 62);
    } else {
      rig_run(&r);
      expect_word(&r, W11, 100, 0x50); /* the second one, sent and received by all */
    }
    rig_close(&r);
  }
}

static void superlanes_that_are_off_show_nothing(void **state)
{
  rig r;

  (void)state;
  open_mini(&r);
  fill_word(&r, E11, 7, 0x40);
  plan_send(&r, 0, 7, 30);
  rig_plan(&r, 2, 29, config(2));
  rig_start(&r);
  for (uint64_t t = 30; t < 40; t++) {
    size_t count;

    rig_goto(&r, t);
    tsp_engine_events(r.e, &count);
    assert_int_equal(count, t == 31 || t == 32);
  }
  rig_run(&r);
  rig_close(&r);
}

/* The other program, of one Receive in cycle 60. */
static void restart_with_a_receive(rig *r)
{
  const uint64_t only_end = end(), text[] = {nop(60), receive(6), end()};

  for (int q = 0; q < r->cfg->queues; q++)
    assert_int_equal(r->e->ops->queue_write(r->e, q, &only_end, 1), TSP_OK);
  assert_int_equal(r->e->ops->queue_write(r->e, c2c(r, false, 0), text, 3), TSP_OK);
  assert_int_equal(tsp_engine_start(r->e), TSP_OK);
  expect_fault(r, TSP_FAULT_OPERAND, c2c(r, false, 0), 60);
}

/* The program is done (or has its fault) while the vector is on the wire, or when it has arrived. */
static void a_start_clears_wires_and_receiving_ends(void **state)
{
  static const uint64_t last[] = {32, 80, 32, 80};

  (void)state;
  for (int k = 0; k < 4; k++) {
    rig r;

    open_mini(&r);
    plan_send(&r, 0, 7, 30);
    rig_plan(&r, 1, last[k], k < 2 ? nop(1) : 0);
    rig_start(&r);
    if (k < 2)
      assert_int_equal(rig_run(&r).cycles, last[k] + 1 + 12);
    else
      expect_fault(&r, TSP_FAULT_ENCODING, 1, last[k]);
    restart_with_a_receive(&r);
    rig_close(&r);
  }
}

/* A Deskew of cycle 100 waits for 252, one of 252 for nothing, one of 253 for 504. */
static void deskew_waits_for_the_epoch(void **state)
{
  static const uint64_t at[] = {0, 1, 100, 251, 252, 253}, until[] = {0, 252, 252, 252, 252, 504};

  (void)state;
  for (int k = 0; k < 6; k++) {
    tsp_queue_view v;
    rig r;
    int q;

    open_mini(&r);
    q = c2c(&r, true, 1);
    rig_at(&r, q, at[k], word(TSP_OP_DESKEW));
    rig_start(&r);
    rig_goto(&r, at[k]);
    while (at[k] < until[k] && tsp_engine_csr(r.e).cycles < until[k] - 1) {
      v = tsp_engine_queue(r.e, q);
      assert_int_equal(v.state, TSP_QUEUE_PARKED);
      assert_int_equal(v.idle, 0);
      assert_int_equal(v.pc, at[k] ? 1 : 0);
      assert_int_equal(tsp_engine_csr(r.e).hac, tsp_engine_csr(r.e).cycles % 252);
      rig_step(&r);
    }
    if (tsp_engine_csr(r.e).cycles < until[k])
      rig_goto(&r, until[k]);
    v = tsp_engine_queue(r.e, q);
    assert_int_equal(tsp_engine_csr(r.e).hac, 0);
    assert_int_equal(v.state, TSP_QUEUE_RUN);
    assert_int_equal(v.pc, at[k] ? 2 : 1);
    rig_step(&r);
    assert_int_equal(tsp_engine_queue(r.e, q).state, TSP_QUEUE_ENDED);
    rig_run(&r);
    rig_close(&r);
  }
}

/* A notification does not wake it, and a MEM queue has no Deskew. */
static void deskew_is_no_sync(void **state)
{
  rig r;
  int q;

  (void)state;
  open_mini(&r);
  q = c2c(&r, true, 1);
  rig_at(&r, q, 100, word(TSP_OP_DESKEW));
  rig_at(&r, 4, 110, word(TSP_OP_NOTIFY));
  rig_start(&r);
  rig_goto(&r, 140);
  assert_int_equal(tsp_engine_queue(r.e, q).state, TSP_QUEUE_PARKED);
  rig_goto(&r, 252);
  assert_int_equal(tsp_engine_queue(r.e, q).state, TSP_QUEUE_RUN);
  rig_run(&r);
  rig_close(&r);

  open_mini(&r);
  rig_at(&r, 3, 20, read_to(7, 0));
  rig_at(&r, 3, 21, word(TSP_OP_DESKEW));
  rig_start(&r);
  expect_fault(&r, TSP_FAULT_ENCODING, 3, 21);
  assert_int_equal(tsp_engine_queue(r.e, 3).prev, read_to(7, 0));
  rig_close(&r);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(a_vector_takes_the_wires_delay),
                                     cmocka_unit_test(the_output_shows_superlane_by_superlane),
                                     cmocka_unit_test(wires_join_the_hemispheres_and_keep_the_order),
                                     cmocka_unit_test(a_vector_too_many_is_fault_link),
                                     cmocka_unit_test(a_fault_that_would_show_after_done_is_none),
                                     cmocka_unit_test(a_vector_keeps_its_extent_on_the_wire),
                                     cmocka_unit_test(superlanes_that_are_off_show_nothing),
                                     cmocka_unit_test(a_start_clears_wires_and_receiving_ends),
                                     cmocka_unit_test(deskew_waits_for_the_epoch),
                                     cmocka_unit_test(deskew_is_no_sync)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}
