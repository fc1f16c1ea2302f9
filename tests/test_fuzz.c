/* SPDX-License-Identifier: Apache-2.0 */
/* test_fuzz.c - the random programs themselves: on golden against golden they end as the generator says, legal ones and
 * each kind of fault; they are the same for the same seed; the shrinker finds the instruction that matters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fuzz_cover.h"
#include "fuzz_run.h"
#include "mutant_engine.h"

static uint64_t seed;

static uint64_t env_seed(void)
{
  const char *text = getenv("TSP_SEED");
  return text ? strtoull(text, NULL, 0) : 1;
}

/* Configurations that nobody planned for: the least of everything, and odd numbers. */
static tsp_config small_config(void)
{
  tsp_config c = {.name = "small",
                  .superlanes = 2,
                  .lanes = 8,
                  .streams = 8,
                  .mem_slices = 2,
                  .mem_per_hop = 1,
                  .mem_words = 64,
                  .planes = 1,
                  .lw_streams = 2,
                  .alus = 4,
                  .fp = 1,
                  .iq_depth = 64,
                  .acc_depth = 2,
                  .barrier = 2,
                  .maps = 1,
                  .links = 1,
                  .link_depth = 1,
                  .link_delay = 1,
                  .hac_period = 2};
  assert_int_equal(tsp_config_complete(&c, NULL), TSP_OK);
  return c;
}

static tsp_config odd_config(void)
{
  tsp_config c = {.name = "odd",
                  .superlanes = 5,
                  .lanes = 4,
                  .streams = 16,
                  .mem_slices = 5,
                  .mem_per_hop = 3,
                  .mem_words = 514,
                  .planes = 3,
                  .lw_streams = 2,
                  .alus = 12,
                  .fp = 1,
                  .iq_depth = 256,
                  .acc_depth = 7,
                  .barrier = 5,
                  .maps = 3,
                  .links = 3,
                  .link_depth = 2,
                  .link_delay = 7,
                  .hac_period = 11,
                  .ecc = 1};
  assert_int_equal(tsp_config_complete(&c, NULL), TSP_OK);
  return c;
}

static void must_pass(const tsp_config *cfg, uint64_t number, tsp_fault_code fault, tsp_engine *dut, int uses)
{
  tsp_fuzz *f;
  tsp_fuzz_outcome out;
  tsp_status s = tsp_fuzz_make(cfg, seed, number, fault, &f);
  if (s == TSP_ERANGE)
    return;
  assert_int_equal(s, TSP_OK);
  tsp_fuzz_run(f, uses, dut, true, NULL, NULL, &out);
  if (out.verdict != TSP_FUZZ_PASS)
    fail_msg("%s, TSP_SEED=%llu, program %llu, fault %d: %s", cfg->name, (unsigned long long)seed,
             (unsigned long long)number, fault, out.reason);
  assert_true(out.compared > 0);
  tsp_fuzz_free(f);
}

static void legal_programs(const tsp_config *cfg, int count)
{
  tsp_engine *dut;
  assert_int_equal(tsp_golden_open(cfg, NULL, TSP_VIEWS, &dut), TSP_OK);
  for (int i = 0; i < count; i++) {
    must_pass(cfg, (uint64_t)i, TSP_FAULT_NONE, dut, TSP_FUZZ_ALL);
    must_pass(cfg, (uint64_t)i, TSP_FAULT_NONE, dut, 0); /* with plain text: the same cycles */
  }
  tsp_engine_close(dut);
}

static void legal_programs_end_without_fault_and_in_their_cycle(void **state)
{
  tsp_config small = small_config(), odd = odd_config();
  (void)state;
  legal_programs(tsp_config_find("nano"), 12);
  legal_programs(tsp_config_find("mini"), 1);
  legal_programs(&small, 8);
  legal_programs(&odd, 3);
}

/* Every fault that a configuration can have is made, and is the one that comes. */
static void programs_with_one_fault_end_with_it(void **state)
{
  tsp_config odd = odd_config();
  const tsp_config *all[] = {tsp_config_find("nano"), &odd};
  int made[TSP_FAULT_ECC + 1] = {0};
  (void)state;
  for (int c = 0; c < 2; c++) {
    tsp_engine *dut;
    assert_int_equal(tsp_golden_open(all[c], NULL, TSP_VIEWS, &dut), TSP_OK);
    for (int fault = 1; fault <= TSP_FAULT_ECC; fault++)
      for (uint64_t i = 0; i < 3; i++) {
        tsp_fuzz *f = NULL;
        made[fault] += tsp_fuzz_make(all[c], seed, i, (tsp_fault_code)fault, &f) == TSP_OK;
        tsp_fuzz_free(f);
        must_pass(all[c], i, (tsp_fault_code)fault, dut, TSP_FUZZ_ALL);
      }
    tsp_engine_close(dut);
  }
  for (int fault = 1; fault <= TSP_FAULT_ECC; fault++)
    if (!made[fault])
      fail_msg("no program with fault %d", fault);
}

static void same_number_makes_the_same_program(void **state)
{
  const tsp_config *cfg = tsp_config_find("mini");
  tsp_fuzz *f[3];
  (void)state;
  for (int i = 0; i < 3; i++)
    assert_int_equal(tsp_fuzz_make(cfg, seed, i == 2 ? 4 : 3, TSP_FAULT_NONE, &f[i]), TSP_OK);
  assert_int_equal(tsp_fuzz_count(f[0]), tsp_fuzz_count(f[1]));
  bool differs = tsp_fuzz_count(f[0]) != tsp_fuzz_count(f[2]);
  for (size_t i = 0; i < tsp_fuzz_count(f[0]); i++) {
    tsp_fuzz_op a = tsp_fuzz_at(f[0], i), b = tsp_fuzz_at(f[1], i);
    assert_true(a.queue == b.queue && a.cycle == b.cycle && a.word == b.word);
    differs = differs || tsp_fuzz_at(f[2], i).word != a.word;
  }
  assert_true(differs);
  for (int i = 0; i < 3; i++)
    tsp_fuzz_free(f[i]);
}

/* A legal program with anything taken out of it, and all that hangs on that, is legal. */
static void what_is_left_of_a_legal_program_is_legal(void **state)
{
  const tsp_config *cfg = tsp_config_find("nano");
  tsp_engine *dut;
  (void)state;
  assert_int_equal(tsp_golden_open(cfg, NULL, TSP_VIEWS, &dut), TSP_OK);
  for (uint64_t i = 0; i < 6; i++) {
    tsp_fuzz *f, *less;
    tsp_fuzz_outcome out;
    tsp_rng rng = {seed + i};
    assert_int_equal(tsp_fuzz_make(cfg, seed, i, TSP_FAULT_NONE, &f), TSP_OK);
    bool *drop = calloc(tsp_fuzz_count(f) + 1, sizeof *drop);
    for (size_t k = 0; k < tsp_fuzz_count(f); k++)
      drop[k] = rng_range(&rng, 0, 4) == 0;
    less = tsp_fuzz_without(f, drop, true);
    assert_non_null(less);
    assert_true(tsp_fuzz_count(less) < tsp_fuzz_count(f) || tsp_fuzz_count(f) < 8);
    tsp_fuzz_run(less, TSP_FUZZ_ALL, dut, true, NULL, NULL, &out);
    if (out.verdict != TSP_FUZZ_PASS && out.verdict != TSP_FUZZ_ERROR) /* a fetch may come too late now */
      fail_msg("TSP_SEED=%llu, program %llu: %s", (unsigned long long)seed, (unsigned long long)i, out.reason);
    free(drop);
    tsp_fuzz_free(f);
    tsp_fuzz_free(less);
  }
  tsp_engine_close(dut);
}

/* A machine that shows a wrong result of ALU 0: the program that tells it needs one instruction of ALU 0. */
static void spoil_alu(uint64_t cycle, int alu, int superlane, bool *valid, uint32_t *data)
{
  (void)cycle, (void)superlane;
  if (alu == 0 && *valid)
    data[0] ^= 1;
}

static void shrinker_keeps_what_matters(void **state)
{
  const tsp_config *cfg = tsp_config_find("nano");
  mutant *m = mutant_open(cfg);
  tsp_fuzz_outcome out = {0};
  tsp_fuzz *f = NULL;
  (void)state;
  assert_non_null(m);
  m->alu = spoil_alu;
  for (uint64_t i = 0; out.verdict != TSP_FUZZ_DIVERGED; i++) {
    tsp_fuzz_free(f);
    assert_true(i < 100);
    assert_int_equal(tsp_fuzz_make(cfg, seed, i, TSP_FAULT_NONE, &f), TSP_OK);
    tsp_fuzz_run(f, TSP_FUZZ_ALL, &m->base, true, NULL, NULL, &out);
    assert_true(out.verdict == TSP_FUZZ_DIVERGED || out.verdict == TSP_FUZZ_PASS);
  }
  int uses = TSP_FUZZ_ALL;
  tsp_fuzz *small = tsp_fuzz_shrink(f, &uses, &m->base, &out);
  assert_non_null(small);
  assert_int_equal(tsp_fuzz_count(small), 1);
  assert_int_equal(tsp_fuzz_at(small, 0).queue, cfg->q_vxm);
  assert_int_equal(uses, 0);
  tsp_fuzz_free(small);
  tsp_fuzz_free(f);
  tsp_engine_close(&m->base);
}

static void coverage_counts_reached_classes(void **state)
{
  const tsp_config *cfg = tsp_config_find("mini");
  tsp_cover *c = tsp_cover_new(cfg);
  (void)state;
  assert_non_null(c);
  tsp_cover_sum none = tsp_cover_total(c);
  assert_int_equal(none.reached, 0);
  assert_true(none.possible > 1000);
  uint64_t read = (uint64_t)TSP_OP_READ << 56;
  tsp_cover_add(c, 0, read); /* raddr 0, s0.e, queue mem_w0 */
  assert_int_equal(tsp_cover_total(c).reached, 3);
  tsp_cover_add(c, 0, read);
  assert_int_equal(tsp_cover_total(c).reached, 3);
  tsp_cover_add(c, 1, read | UINT64_C(33) << 16); /* s1.w */
  assert_int_equal(tsp_cover_total(c).reached, 5);
  tsp_cover_add(c, cfg->q_vxm, read); /* not executed there */
  assert_int_equal(tsp_cover_total(c).reached, 5);
  assert_int_equal(tsp_cover_total(c).words, 3);
  tsp_cover_free(c);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(legal_programs_end_without_fault_and_in_their_cycle),
      cmocka_unit_test(programs_with_one_fault_end_with_it),
      cmocka_unit_test(same_number_makes_the_same_program),
      cmocka_unit_test(what_is_left_of_a_legal_program_is_legal),
      cmocka_unit_test(shrinker_keeps_what_matters),
      cmocka_unit_test(coverage_counts_reached_classes),
  };
  seed = env_seed();
  print_message("TSP_SEED=%llu\n", (unsigned long long)seed);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
