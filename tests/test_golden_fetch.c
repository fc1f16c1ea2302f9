/* SPDX-License-Identifier: Apache-2.0 */
/* Ifetch: where fetched words stand, when they are there, what is refused, and what superlanes that are off bring.
 * On mini a superlane brings 4 words, an Ifetch 16. Queue E8 is in column 11; E0, which delivers, in column 7. */
#include "golden_rig.h"

enum { QUEUE = 20, OTHER = 21, SUPPLIER = 12, STREAM = 5, ROW = 4, WORDS = 16 };

static tsp_config mini_with(int iq_depth)
{
  tsp_config c = *tsp_config_find("mini");

  c.iq_depth = iq_depth;
  assert_int_equal(tsp_config_complete(&c, NULL), TSP_OK);
  return c;
}

static uint64_t ifetch(void)
{
  return word(TSP_OP_IFETCH, "stream", STREAM);
}
static uint64_t config(int superlanes)
{
  return word(TSP_OP_CONFIG, "superlanes", superlanes);
}

/* 16 words as the vectors at addr and addr + 1: superlane n holds words 4n..4n+3, the first two in the first vector. */
static void store_words(rig *r, uint32_t addr, const uint64_t *w)
{
  uint8_t v[2][64];

  for (int n = 0; n < 4; n++)
    for (int k = 0; k < ROW; k++)
      for (int b = 0; b < 8; b++)
        v[k / 2][n * 16 + k % 2 * 8 + b] = (uint8_t)(w[n * ROW + k] >> (8 * b));
  for (uint32_t k = 0; k < 2; k++)
    assert_int_equal(tsp_engine_mem_write(r->e, SUPPLIER, addr + k, v[k]), TSP_OK);
}

/* The two vectors pass column 11 at cycle and cycle + 1. */
static void deliver(rig *r, int addr, uint64_t cycle)
{
  rig_deliver(r, SUPPLIER, addr, STREAM, tsp_queue_column(r->cfg, QUEUE), cycle);
  rig_deliver(r, SUPPLIER, addr + 1, STREAM, tsp_queue_column(r->cfg, QUEUE), cycle + 1);
}

static void expect_fault(rig *r, int code, int queue, uint64_t cycle)
{
  tsp_csr c;

  assert_int_equal(tsp_engine_step(r->e, 1000, NULL), TSP_EFAULT);
  c = tsp_engine_csr(r->e);
  assert_int_equal(c.fault_code, code);
  assert_int_equal(c.fault_queue, queue);
  assert_int_equal(c.fault_cycle, cycle);
}

typedef struct {
  uint64_t cycle[256], text[256];
  uint32_t word[256];
  int count;
} dispatches;

static void on_dispatch(void *ctx, const tsp_dispatch *d)
{
  dispatches *all = ctx;

  if (d->queue != QUEUE)
    return;
  all->cycle[all->count] = d->cycle;
  all->text[all->count] = d->text;
  all->word[all->count++] = d->word;
}

/* Text: NOP 19, Ifetch at 19, fourteen Reads; then blocks of an Ifetch and fifteen Reads; the last block has 15 Reads
 * and End. With iq_depth 32 every block overwrites the one before the last. */
static void a_program_longer_than_its_queue_runs_without_a_gap(void **state)
{
  enum { BLOCKS = 6 };
  tsp_config c = mini_with(32);
  uint64_t block[WORDS];
  dispatches all = {.count = 0};
  int reads = 0;
  rig r;

  (void)state;
  rig_open(&r, &c);
  tsp_golden_on_dispatch(r.e, on_dispatch, &all);
  rig_put(&r, QUEUE, nop(19), 19);
  rig_put(&r, QUEUE, ifetch(), 1);
  for (int k = 0; k < 14; k++)
    rig_put(&r, QUEUE, read_to(1000 + reads++, 9), 1);
  r.no_end[QUEUE] = true;
  for (int b = 1; b <= BLOCKS; b++) {
    uint64_t t = b == 1 ? 19 : 34 + 16 * (uint64_t)(b - 2); /* of the Ifetch that brings block b */

    block[0] = ifetch();
    for (int k = b < BLOCKS; k < WORDS; k++)
      block[k] = read_to(1000 + reads++, 9);
    if (b == BLOCKS)
      block[WORDS - 1] = end(), reads--;
    store_words(&r, (uint32_t)(2 * b), block);
    deliver(&r, 2 * b, t);
  }
  rig_start(&r);
  rig_goto(&r, 21);
  assert_int_equal(tsp_engine_queue(r.e, QUEUE).tail, 16);
  for (uint32_t n = 0; n < 5; n++) { /* cycles 22 to 26: superlane by superlane */
    rig_step(&r);
    assert_int_equal(tsp_engine_queue(r.e, QUEUE).tail, n < 4 ? 20 + 4 * n : 32);
  }
  /* 20 cycles, then one word each: 14 of the host, 16 of each block */
  rig_run(&r);
  assert_int_equal(tsp_engine_queue(r.e, QUEUE).pc, 16 + 16 * BLOCKS - 1);
  assert_int_equal(tsp_engine_queue(r.e, QUEUE).tail, 16 + 16 * BLOCKS);
  assert_int_equal(all.count, reads);
  for (int k = 0; k < reads; k++) {
    uint32_t w = all.word[k];

    assert_int_equal(all.text[k] & 0xffff, 1000 + k);
    assert_int_equal(all.cycle[k], 18 + w);
    if (k)
      assert_int_equal(w, all.word[k - 1] + (all.word[k - 1] % 16 == 15 && all.word[k - 1] < 16 * BLOCKS - 1 ? 2 : 1));
  }
  rig_close(&r);
}

/* The first fetched word can be dispatched three cycles after its Ifetch; one cycle earlier the queue is EMPTY. */
static void a_queue_that_is_dry_one_cycle_too_early_is_empty(void **state)
{
  const tsp_config *c = tsp_config_find("mini");
  uint64_t block[WORDS];

  (void)state;
  for (int k = 0; k < WORDS; k++)
    block[k] = k == WORDS - 1 ? end() : read_to(k, 9);
  for (int gap = 1; gap <= 2; gap++) {
    rig r;

    rig_open(&r, c);
    store_words(&r, 0, block);
    r.no_end[QUEUE] = true;
    rig_put(&r, QUEUE, nop(20), 20);
    rig_put(&r, QUEUE, nop(10), 10);
    rig_put(&r, QUEUE, ifetch(), 1); /* cycle 30 */
    rig_put(&r, QUEUE, nop(gap), (uint64_t)gap);
    deliver(&r, 0, 30);
    rig_start(&r);
    if (gap == 1) {
      expect_fault(&r, TSP_FAULT_EMPTY, QUEUE, 32);
    } else {
      assert_int_equal(rig_run(&r).cycles, 33 + 15 + 4 + 8);
      assert_int_equal(tsp_engine_queue(r.e, QUEUE).prev & 0xffff, 14);
    }
    rig_close(&r);
  }
}

/* One Ifetch at index `at` of a queue that holds `length` host words; FETCH, or it is taken. */
static void room_at(const tsp_config *c, int length, int at, bool fits)
{
  uint64_t block[WORDS];
  rig r;

  for (int k = 0; k < WORDS; k++)
    block[k] = end();
  rig_open(&r, c);
  store_words(&r, 0, block);
  deliver(&r, 0, 30);
  r.no_end[QUEUE] = true;
  for (int k = 0; k < length; k++)
    rig_put(&r, QUEUE, k == at ? ifetch() : k ? nop(1) : nop(31 - at), 1);
  rig_start(&r);
  if (fits) {
    rig_run(&r);
    assert_int_equal(tsp_engine_queue(r.e, QUEUE).tail, length + WORDS);
  } else {
    expect_fault(&r, TSP_FAULT_FETCH, QUEUE, 30);
    assert_int_equal(tsp_engine_queue(r.e, QUEUE).tail, length);
  }
  rig_close(&r);
}

static void words_that_would_be_overwritten_are_fault_fetch(void **state)
{
  tsp_config c = mini_with(32);

  (void)state;
  room_at(&c, 20, 3, true);  /* 20 + 16 = 3 + 1 + 32 */
  room_at(&c, 20, 2, false); /* 36 > 35 */
  room_at(&c, 32, 15, true); /* 48 = 15 + 1 + 32 */
  room_at(&c, 32, 14, false);
  room_at(&c, 22, 14, false); /* no multiple of 4 */
}

/* Two Ifetches of one queue, `apart` cycles apart, in 16 host words: 2 of 4 rows have arrived four cycles after the
 * first. */
static void two_fetches(const tsp_config *c, int apart, int code)
{
  uint64_t block[WORDS];
  rig r;

  for (int k = 0; k < WORDS; k++)
    block[k] = k == 1 ? end() : read_to(k, 9);
  rig_open(&r, c);
  store_words(&r, 0, block);
  deliver(&r, 0, 30);
  deliver(&r, 0, 30 + (uint64_t)apart);
  r.no_end[QUEUE] = true;
  rig_put(&r, QUEUE, nop(30), 30);
  rig_put(&r, QUEUE, ifetch(), 1);
  rig_put(&r, QUEUE, nop(apart - 1), (uint64_t)apart - 1);
  rig_put(&r, QUEUE, ifetch(), 1);
  while (r.length[QUEUE] < 16)
    rig_put(&r, QUEUE, nop(2), 2);
  rig_start(&r);
  if (code) {
    expect_fault(&r, code, QUEUE, 30 + (uint64_t)apart);
  } else {
    rig_run(&r);
    assert_int_equal(tsp_engine_queue(r.e, QUEUE).tail, 16 + 2 * WORDS);
  }
  rig_close(&r);
}

static void rows_on_their_way_count(void **state)
{
  tsp_config small = mini_with(32), large = mini_with(64);

  (void)state;
  two_fetches(&large, 4, TSP_FAULT_NONE);
  two_fetches(&large, 3, TSP_FAULT_BUSY);  /* rows would meet */
  two_fetches(&small, 4, TSP_FAULT_FETCH); /* 16 + 32 > 3 + 1 + 32 */
  two_fetches(&small, 3, TSP_FAULT_FETCH); /* before BUSY */
}

/* E8 and E9 share column 11. */
static void one_fetch_occupies_its_column_for_two_cycles(void **state)
{
  uint64_t block[WORDS];

  (void)state;
  for (int k = 0; k < WORDS; k++)
    block[k] = end();
  for (int apart = -2; apart <= 2; apart++) {
    int late = apart > 0 ? OTHER : QUEUE;
    rig r;

    rig_open(&r, tsp_config_find("mini"));
    store_words(&r, 0, block);
    for (int t = 28; t <= 33; t++)
      rig_deliver(&r, SUPPLIER, t & 1, STREAM, 11, (uint64_t)t);
    for (int q = QUEUE; q <= OTHER; q++) {
      rig_put(&r, q, nop(q == QUEUE ? 30 : 30 + apart), 1);
      rig_put(&r, q, ifetch(), 1);
      rig_put(&r, q, nop(5), 1);
    }
    rig_start(&r);
    if (abs(apart) == 2)
      rig_run(&r);
    else
      expect_fault(&r, TSP_FAULT_BUSY, apart ? late : OTHER, (uint64_t)(apart > 0 ? 30 + apart : 30));
    rig_close(&r);
  }
}

/* Vectors launched while `first` and `second` superlanes are powered; all are when the Ifetch takes them at 60. */
static void fetch_of_extents(int first, int second, uint64_t fault)
{
  uint64_t block[WORDS];
  rig r;

  for (int k = 0; k < WORDS; k++)
    block[k] = nop(1 + k);
  rig_open(&r, tsp_config_find("mini"));
  store_words(&r, 0, block);
  /* launched in 54 and 55, in the register from 56 and 57 on */
  deliver(&r, 0, 60);
  rig_plan(&r, 0, 55, config(first));
  rig_plan(&r, 0, 56, config(second));
  rig_plan(&r, 0, 57, config(4));
  rig_plan(&r, QUEUE, 60, ifetch());
  rig_plan(&r, QUEUE, 61, nop(40));
  rig_start(&r);
  expect_fault(&r, TSP_FAULT_OPERAND, QUEUE, fault);
  rig_close(&r);
}

static void an_invalid_operand_is_seen_where_it_is_missing(void **state)
{
  rig r;

  (void)state;
  fetch_of_extents(2, 2, 62);
  fetch_of_extents(3, 3, 63);
  fetch_of_extents(4, 1, 61); /* power shrinks the first vector too */
  for (int lost = 0; lost < 2; lost++) {
    rig_open(&r, tsp_config_find("mini"));
    rig_deliver(&r, SUPPLIER, 0, STREAM, 11, 60 + !lost);
    rig_plan(&r, QUEUE, 60, ifetch());
    rig_plan(&r, QUEUE, 61, nop(40));
    rig_start(&r);
    expect_fault(&r, TSP_FAULT_OPERAND, QUEUE, 60 + (uint64_t)lost);
    rig_close(&r);
  }
}

/* Superlanes 0 and 1 are on in 30 and 31: 8 words come, at t + 3 and t + 4, and nothing is missing. The others are off
 * long before, from 31 on, or in 30 only. */
static void superlanes_that_are_off_bring_nothing(void **state)
{
  static const uint64_t off[] = {10, 30, 29}, on[] = {60, 60, 30};
  uint64_t block[WORDS];

  (void)state;
  for (int k = 0; k < WORDS; k++)
    block[k] = k == 7 ? end() : read_to(500 + k, 9);
  for (int k = 0; k < 3; k++) {
    rig r;

    rig_open(&r, tsp_config_find("mini"));
    store_words(&r, 0, block);
    deliver(&r, 0, 30);
    rig_at(&r, 0, off[k], config(2));
    rig_at(&r, 0, on[k], config(4));
    r.no_end[QUEUE] = true;
    rig_put(&r, QUEUE, nop(20), 20);
    rig_put(&r, QUEUE, nop(10), 10);
    rig_put(&r, QUEUE, ifetch(), 1);
    rig_put(&r, QUEUE, nop(2), 2);
    rig_start(&r);
    for (uint64_t t = 32; t < 38; t++) {
      rig_goto(&r, t);
      assert_int_equal(tsp_engine_queue(r.e, QUEUE).tail, t < 33 ? 4 : t < 34 ? 8 : 12);
    }
    rig_run(&r);
    assert_int_equal(tsp_engine_queue(r.e, QUEUE).pc, 11);
    assert_int_equal(tsp_engine_queue(r.e, QUEUE).prev & 0xffff, 506);
    rig_close(&r);
  }
}

/* Nano: one superlane of 4 lanes, two vectors make one word, half of it in each. */
static void a_narrow_superlane_brings_half_a_word_per_vector(void **state)
{
  const tsp_config *c = tsp_config_find("nano");
  uint64_t w = read_to(77, 3);
  uint8_t v[2][4];
  rig r;

  (void)state;
  rig_open(&r, c);
  for (int b = 0; b < 8; b++)
    v[b / 4][b % 4] = (uint8_t)(w >> (8 * b));
  for (uint32_t k = 0; k < 2; k++)
    tsp_engine_mem_write(r.e, 2, k, v[k]); /* E0 */
  for (int k = 0; k < 2; k++)
    rig_deliver(&r, 2, k, STREAM, tsp_queue_column(c, 3), 30 + (uint64_t)k);
  rig_put(&r, 3, nop(30), 30);
  rig_put(&r, 3, ifetch(), 1);
  rig_put(&r, 3, nop(2), 2);
  r.no_end[3] = true;
  rig_start(&r);
  expect_fault(&r, TSP_FAULT_EMPTY, 3, 34);
  assert_int_equal(tsp_engine_queue(r.e, 3).prev, w);
  assert_int_equal(tsp_engine_queue(r.e, 3).tail, 4);
  rig_close(&r);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(a_program_longer_than_its_queue_runs_without_a_gap),
                                     cmocka_unit_test(a_queue_that_is_dry_one_cycle_too_early_is_empty),
                                     cmocka_unit_test(words_that_would_be_overwritten_are_fault_fetch),
                                     cmocka_unit_test(rows_on_their_way_count),
                                     cmocka_unit_test(one_fetch_occupies_its_column_for_two_cycles),
                                     cmocka_unit_test(an_invalid_operand_is_seen_where_it_is_missing),
                                     cmocka_unit_test(superlanes_that_are_off_bring_nothing),
                                     cmocka_unit_test(a_narrow_superlane_brings_half_a_word_per_vector)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}
