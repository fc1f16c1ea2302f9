/* SPDX-License-Identifier: Apache-2.0 */
/* test_text_fetch.c - programs whose text is longer than their queues: the same instructions in the same cycles, their
 * tails fetched in time, proved by the verifier, and the right result on the golden machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cases/gemm.h"
#include "hand_cases.h"
#include "predict.h"
#include "tsp_fetch.h"
#include "tsp_golden.h"
#include "tsp_verify.h"

static uint64_t env_seed(void)
{
  const char *text = getenv("TSP_SEED");
  return text ? strtoull(text, NULL, 0) : 1;
}

static tsp_run product(const tsp_config *cfg, uint32_t m, uint32_t k, uint32_t n, bool requant, uint64_t seed)
{
  tsp_run run;
  tsp_error err = {""};
  tsp_rng rng = {seed};
  gemm_data g;
  assert_int_equal(gemm_alloc(&g, m, k, n), TSP_OK);
  gemm_random(&g, &rng);
  g.requant = requant;
  g.scale = 0.01f;
  if (gemm_run(cfg, "fetched", &g, &run, &err) != TSP_OK)
    fail_msg("%s", err.text);
  return run;
}

static void release(tsp_run *run)
{
  tsp_image_free(run->image);
  run->free(run->ctx);
}

static void execute(const tsp_config *cfg, const tsp_run *run)
{
  tsp_engine *e;
  tsp_error err = {""};
  tsp_oracle oracle = {0};
  tsp_predict *predict = tsp_predict_new(cfg, run->image);
  assert_int_equal(tsp_golden_open(cfg, NULL, TSP_TRACE, &e), TSP_OK);
  if (tsp_engine_load(e, run->image, &err) != TSP_OK)
    fail_msg("%s", err.text);
  tsp_golden_on_dispatch(e, tsp_predict_dispatch, predict);
  assert_int_equal(tsp_engine_start(e), TSP_OK);
  tsp_engine_step(e, run->image->cycles_predicted + 100, NULL);
  tsp_csr csr = tsp_engine_csr(e);
  if (csr.fault_code)
    fail_msg("fault %d (%s) of queue %d at cycle %llu", csr.fault_code, tsp_fault_text(csr.fault_code), csr.fault_queue,
             (unsigned long long)csr.fault_cycle);
  assert_true(csr.done);
  assert_int_equal(csr.cycles, run->image->cycles_predicted);
  tsp_prediction p = tsp_predict_result(predict, true);
  if (p.wrong)
    fail_msg("%s", p.first);
  assert_int_equal(run->check(run->ctx, run->image, e, &oracle), TSP_OK);
  assert_true(oracle.compared > 0);
  assert_int_equal(oracle.mismatches, 0);
  tsp_predict_free(predict);
  tsp_engine_close(e);
}

/* Every dispatch as a number, in order; Reads of text apart. */
typedef struct {
  uint64_t hash, count, text;
  const tsp_image *image;
} schedule;

static void note(void *ctx, int queue, uint32_t word, uint32_t issue, uint64_t cycle, uint64_t text)
{
  schedule *s = ctx;
  const tsp_instr *in = tsp_isa_by_opcode(tsp_isa_builtin(), tsp_word_opcode(text));
  const tsp_debug *d = tsp_image_debug(s->image, queue, word);
  (void)issue;
  if (in->unit == TSP_UNIT_ICU)
    return;
  if (d && d->tensor >= 0 && strcmp(s->image->tensor[d->tensor].name, "program_text") == 0) {
    s->text++;
    return;
  }
  s->count++;
  s->hash += (text ^ cycle * 0x9e3779b97f4a7c15u ^ (uint64_t)queue << 40) * 0xbf58476d1ce4e5b9u;
}

static schedule unroll(const tsp_config *cfg, const tsp_image *image)
{
  schedule s = {.image = image};
  tsp_verify_watch watch = {.ctx = &s, .step = note};
  tsp_verify_result r;
  tsp_error err = {""};
  if (tsp_verify(cfg, NULL, image, TSP_VERIFY_ALL, &watch, &r, &err) != TSP_OK)
    fail_msg("%s", err.text);
  return s;
}

/* Fetches all but `resident` words of each text; false if that cannot be. */
static bool fetched(const tsp_config *cfg, tsp_run *run, uint32_t resident)
{
  tsp_fetch_result f;
  tsp_error err = {""};
  schedule before = unroll(cfg, run->image), after;
  tsp_status s = tsp_text_fetch(cfg, NULL, run->image, resident, &f, &err);
  if (s == TSP_ERANGE) {
    print_message("%s\n", err.text);
    assert_non_null(strstr(err.text, "needs word"));
    unroll(cfg, run->image); /* unchanged */
    return false;
  }
  if (s != TSP_OK)
    fail_msg("%s", err.text);
  after = unroll(cfg, run->image);
  if (run->image->debug_count)
    assert_true(before.hash == after.hash && before.count == after.count);
  if (run->image->debug_count)
    assert_int_equal(after.text, 2 * f.fetches);
  for (int q = 0; q < cfg->queues; q++)
    assert_true(run->image->queue[q].length - run->image->queue[q].fetched <= resident);
  print_message("%s, %u words resident: %d queues fetch %u words with %u Ifetches, %u words more\n", cfg->name,
                resident, f.queues, f.words, f.fetches, f.added);
  execute(cfg, run);
  return f.fetches > 0;
}

static void a_product_fetches_its_text_and_stays_as_it_was(void **state)
{
  const tsp_config *cfg = tsp_config_find("mini");
  (void)state;
  for (int requant = 0; requant < 2; requant++)
    for (uint32_t resident = 96; resident <= 160; resident += 32) {
      tsp_run run = product(cfg, 64, 300, 200, requant, env_seed());
      assert_true(fetched(cfg, &run, resident));
      release(&run);
    }
}

static void random_products_fetch_their_text_or_say_why_not(void **state)
{
  const tsp_config *cfg = tsp_config_find("mini");
  tsp_rng rng = {env_seed()};
  int some = 0;
  (void)state;
  print_message("TSP_SEED=%llu\n", (unsigned long long)env_seed());
  for (int i = 0; i < 12; i++) {
    tsp_run run = product(cfg, (uint32_t)rng_range(&rng, 1, 90), (uint32_t)rng_range(&rng, 1, 400),
                          (uint32_t)rng_range(&rng, 1, 400), rng_range(&rng, 0, 1), rng_next(&rng));
    some += fetched(cfg, &run, (uint32_t)rng_range(&rng, 16, 48));
    release(&run);
  }
  assert_true(some > 0);
}

/* Sync, Deskew and Repeat, text without debug lines, and reasons why it cannot be. */
static void every_case_fetches_its_text_or_says_why_not(void **state)
{
  const tsp_config *cfg = tsp_config_find("mini");
  int some = 0;
  (void)state;
  for (int k = 0; k < tsp_case_count; k++) {
    tsp_run run;
    tsp_error err = {""};
    if (!is_hand_case(tsp_cases[k]->name) ||
        strcmp(tsp_cases[k]->name, "ecc") == 0) /* counts corrections of bits that only its run upsets */
      continue;
    assert_int_equal(tsp_cases[k]->make(cfg, env_seed(), 0, &run, &err), TSP_OK);
    if (strcmp(tsp_cases[k]->name, "icu_ifetch") == 0 || strcmp(tsp_cases[k]->name, "mxm_gemm_fetch") == 0) {
      assert_int_equal(tsp_text_fetch(cfg, NULL, run.image, 32, NULL, &err), TSP_EFORMAT);
      assert_string_equal(err.text, "the program fetches text already");
    } else {
      some += fetched(cfg, &run, 20);
    }
    release(&run);
  }
  assert_true(some > 4);
}

/* The least that a queue may hold: the compiler itself has the text fetched. */
static void a_configuration_of_short_queues_compiles(void **state)
{
  tsp_config cfg = *tsp_config_find("mini");
  (void)state;
  strcpy(cfg.name, "short");
  cfg.iq_depth = 128;
  assert_int_equal(tsp_config_complete(&cfg, NULL), TSP_OK);
  tsp_run run = product(&cfg, 64, 200, 130, true, env_seed());
  uint32_t most = 0;
  for (int q = 0; q < cfg.queues; q++)
    most = run.image->queue[q].fetched > most ? run.image->queue[q].fetched : most;
  assert_true(most > 0);
  unroll(&cfg, run.image);
  execute(&cfg, &run);
  release(&run);
}

static void text_that_is_not_what_the_image_says_is_refused(void **state)
{
  const tsp_config *cfg = tsp_config_find("mini");
  tsp_verify_result r;
  tsp_error err = {""};
  (void)state;
  tsp_run run = product(cfg, 64, 300, 200, false, env_seed());
  assert_true(fetched(cfg, &run, 96));
  tsp_tensor *t = tsp_image_tensor(run.image, "program_text");
  assert_non_null(t);
  for (uint64_t i = 0; i < t->data_bytes; i++)
    t->data[i] ^= i % 8 == 2; /* a stream or address of each word */
  assert_int_equal(tsp_verify(cfg, NULL, run.image, TSP_VERIFY_ALL, NULL, &r, &err), TSP_EFAULT);
  assert_non_null(strstr(err.text, "the image says it is"));
  release(&run);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_product_fetches_its_text_and_stays_as_it_was),
      cmocka_unit_test(random_products_fetch_their_text_or_say_why_not),
      cmocka_unit_test(every_case_fetches_its_text_or_says_why_not),
      cmocka_unit_test(a_configuration_of_short_queues_compiles),
      cmocka_unit_test(text_that_is_not_what_the_image_says_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
