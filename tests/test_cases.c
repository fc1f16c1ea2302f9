/* SPDX-License-Identifier: Apache-2.0 */
/* test_cases.c - every case on the golden machine: it ends as predicted with the right result, its oracle sees a wrong
 * byte, and the same seed makes the same program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tsp_case.h"
#include "tsp_golden.h"
#include "upset.h"

enum { SHORT = 2 }; /* programs of each case that are run here; the others run in lockstep */

static uint64_t env_seed(void)
{
  const char *text = getenv("TSP_SEED");
  return text ? strtoull(text, NULL, 0) : 1;
}

/* A byte in memory of an element: of floating point the uppermost. */
static bool some_byte(const tsp_tensor *t, int *slice, uint32_t *addr, uint32_t *lane)
{
  bool real = t->type == TSP_F16 || t->type == TSP_F32;
  for (int i = 0; i < t->piece_count; i++)
    if (t->piece[i].count && t->piece[i].lanes && (!real || t->piece[i].byte == tsp_type_size(t->type) - 1)) {
      *slice = t->piece[i].slice;
      *addr = t->piece[i].addr;
      *lane = t->piece[i].lanes - 1;
      return true;
    }
  return false;
}

static const tsp_tensor *first_output(const tsp_image *image)
{
  for (int i = 0; i < image->tensor_count; i++)
    if (image->tensor[i].role == TSP_ROLE_OUTPUT)
      return &image->tensor[i];
  return NULL;
}

/* Makes one output wrong, in memory: two high bits of a byte, which is beyond any budget. */
static void spoil(tsp_engine *e, const tsp_image *image)
{
  int slice = 0;
  uint32_t addr = 0, lane = 0;
  uint8_t *word = malloc((size_t)tsp_engine_config(e)->vector);
  const tsp_tensor *t = first_output(image);
  assert_non_null(word);
  assert_non_null(t);
  assert_true(some_byte(t, &slice, &addr, &lane));
  assert_int_equal(tsp_engine_mem_read(e, slice, addr, word), TSP_OK);
  word[lane] ^= 0xc0;
  assert_int_equal(tsp_engine_mem_write(e, slice, addr, word), TSP_OK);
  free(word);
}

static void run_one(const tsp_config *cfg, const tsp_case *c, uint64_t seed, int i)
{
  tsp_error err = {""};
  tsp_run run;
  tsp_engine *e;
  tsp_oracle oracle = {0};
  if (c->make(cfg, seed, i, &run, &err) != TSP_OK)
    fail_msg("%s on %s: %s", c->name, cfg->name, err.text);
  assert_int_equal(tsp_image_check(run.image, &err), TSP_OK);
  assert_int_equal(tsp_golden_open(cfg, NULL, 0, &e), TSP_OK);
  assert_int_equal(tsp_engine_load(e, run.image, &err), TSP_OK);
  assert_int_equal(tsp_engine_start(e), TSP_OK);
  for (uint64_t t = 0; run.upsets && t < 16; t++) { /* the early cycles, in which a case upsets bits */
    assert_int_equal(tsp_engine_step(e, 1, NULL), TSP_OK);
    assert_int_equal(tsp_upset_cycle(&run, e, NULL, t), TSP_OK);
  }
  for (size_t k = 0; k < run.upsets; k++)
    assert_true(run.upset[k].cycle < 16);
  assert_int_equal(tsp_engine_step(e, run.image->cycles_predicted + 1000, NULL), TSP_OK);
  assert_true(tsp_engine_csr(e).done);
  assert_int_equal(tsp_engine_csr(e).cycles, run.image->cycles_predicted);
  assert_int_equal(run.check(run.ctx, run.image, e, &oracle), TSP_OK);
  if (oracle.mismatches || !oracle.compared)
    fail_msg("%s on %s, seed %llu, program %d: %s", c->name, cfg->name, (unsigned long long)seed, i, oracle.first);
  spoil(e, run.image);
  assert_int_equal(run.check(run.ctx, run.image, e, &oracle), TSP_OK);
  if (oracle.mismatches != 1 && !strstr(oracle.note, "beyond what")) /* it may be one that the oracle cannot judge */
    fail_msg("%s on %s, program %d: the oracle sees %llu wrong elements, not 1", c->name, cfg->name, i,
             (unsigned long long)oracle.mismatches);
  tsp_engine_close(e);
  tsp_image_free(run.image);
  run.free(run.ctx);
}

static void all_cases(const char *config)
{
  const tsp_config *cfg = tsp_config_find(config);
  uint64_t seed = env_seed();
  assert_non_null(cfg);
  print_message("TSP_SEED=%llu\n", (unsigned long long)seed);
  for (int k = 0; k < tsp_case_count; k++)
    for (int i = 0; i < tsp_cases[k]->runs && i < SHORT; i++)
      run_one(cfg, tsp_cases[k], seed, i);
}

static void every_case_is_right_on_nano_and_its_oracle_sees_a_wrong_byte(void **state)
{
  (void)state;
  all_cases("nano");
}

static void every_case_is_right_on_mini_and_its_oracle_sees_a_wrong_byte(void **state)
{
  (void)state;
  all_cases("mini");
}

static void same_seed_makes_the_same_program(void **state)
{
  const tsp_config *cfg = tsp_config_find("mini");
  (void)state;
  for (int k = 0; k < tsp_case_count; k++) {
    tsp_run a, b;
    assert_int_equal(tsp_cases[k]->make(cfg, 5, 0, &a, NULL), TSP_OK);
    assert_int_equal(tsp_cases[k]->make(cfg, 5, 0, &b, NULL), TSP_OK);
    for (int q = 0; q < cfg->queues; q++) {
      const tsp_queue_text *x = &a.image->queue[q], *y = &b.image->queue[q];
      assert_int_equal(x->length, y->length);
      if (x->length)
        assert_memory_equal(x->word, y->word, x->length * sizeof *x->word);
    }
    for (int t = 0; t < a.image->tensor_count; t++)
      if (a.image->tensor[t].data)
        assert_memory_equal(a.image->tensor[t].data, b.image->tensor[t].data, a.image->tensor[t].data_bytes);
    tsp_image_free(a.image);
    tsp_image_free(b.image);
    a.free(a.ctx);
    b.free(b.ctx);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_case_is_right_on_nano_and_its_oracle_sees_a_wrong_byte),
      cmocka_unit_test(every_case_is_right_on_mini_and_its_oracle_sees_a_wrong_byte),
      cmocka_unit_test(same_seed_makes_the_same_program),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
