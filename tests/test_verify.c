/* SPDX-License-Identifier: Apache-2.0 */
/* test_verify.c - the verifier proves every case, and says in words what is wrong with programs that have one thing
 * wrong that no schedule fault is. Faults and random changes are in test_verify_fuzz.c and test_verify_mutants.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cases/build.h"
#include "hand_cases.h"
#include "tsp_graph.h"
#include "tsp_verify.h"

enum { E = TSP_EAST * 32, W = TSP_WEST * 32 };

/* The first programs of each case. All of them, and the kernels, are proved when they run (harness/sim.c). */
static void all_cases(const char *config)
{
  enum { SHORT = 2 };
  const tsp_config *cfg = tsp_config_find(config);
  int proved = 0;
  assert_non_null(cfg);
  for (int k = 0; k < tsp_case_count; k++)
    for (int i = 0; i < tsp_cases[k]->runs && i < SHORT && is_hand_case(tsp_cases[k]->name); i++) {
      tsp_run run;
      tsp_error err = {""};
      tsp_verify_result r = {0};
      if (tsp_cases[k]->make(cfg, 3, i, &run, &err) != TSP_OK ||
          tsp_verify(cfg, NULL, run.image, TSP_VERIFY_ALL, NULL, &r, &err) != TSP_OK)
        fail_msg("%s %d on %s: %s", tsp_cases[k]->name, i, config, err.text);
      assert_true(r.instructions > 0 && r.values > 0 && r.words > 0);
      proved++;
      tsp_image_free(run.image);
      run.free(run.ctx);
    }
  assert_true(proved >= 13);
}

static void every_case_is_proved_on_nano(void **state)
{
  (void)state;
  all_cases("nano");
}

static void every_case_is_proved_on_mini(void **state)
{
  (void)state;
  all_cases("mini");
}

static void expect(const tsp_config *cfg, const tsp_image *image, int rule, const char *words)
{
  tsp_verify_result r;
  tsp_error err = {""};
  tsp_status s = tsp_verify(cfg, NULL, image, TSP_VERIFY_ALL, NULL, &r, &err);
  if (s != TSP_EFAULT || r.rule != rule || !strstr(r.text, words) || strcmp(err.text, r.text) != 0)
    fail_msg("expected \"%s\" of rule %d, got status %d, rule %d: %s", words, rule, s, r.rule, r.text);
}

/* ---- programs placed by hand ---- */
static uint8_t zeros[4096];

static void start(build *b)
{
  assert_int_equal(build_new(tsp_config_find("mini"), "wrong", b), TSP_OK);
}

static void finish(build *b, int rule, const char *words)
{
  const tsp_config *cfg = b->cfg;
  tsp_image *image;
  tsp_error err = {""};
  if (build_finish(b, &image, &err) != TSP_OK)
    fail_msg("%s", err.text);
  if (rule) {
    expect(cfg, image, rule, words);
  } else {
    tsp_verify_result r;
    if (tsp_verify(cfg, NULL, image, TSP_VERIFY_ALL, NULL, &r, &err) != TSP_OK)
      fail_msg("%s", err.text);
  }
  tsp_image_free(image);
}

/* A word of a slice as a tensor of the host, or an output. */
static uint32_t word_of(build *b, int slice, const char *name, bool host)
{
  uint32_t addr = build_room(b, slice, 1);
  int t = build_tensor(b, name, TSP_I8, 1, (uint32_t)b->cfg->vector, host ? zeros : NULL);
  build_piece(b, t,
              (tsp_piece){.slice = (uint16_t)slice,
                          .addr = addr,
                          .count = 1,
                          .addr_step = 1,
                          .lanes = (uint32_t)b->cfg->vector,
                          .vec_step = 1,
                          .lane_step = 1});
  return addr;
}

/* The operands of a western plane: a word of W0 on s0.w at the edge, from cycle `from` on for n cycles. */
static void feed(build *b, int stream, int64_t from, int n)
{
  char name[16];
  snprintf(name, sizeof name, "x%d", stream);
  uint32_t addr = word_of(b, stream, name, true);
  for (int i = 0; i < n; i++)
    build_read(b, stream, addr, TSP_WEST, stream, 0, from + i);
}

static void a_word_that_nothing_fills_is_not_read(void **state)
{
  build b;
  (void)state;
  start(&b);
  build_read(&b, 0, 77, TSP_WEST, 0, 0, 40);
  finish(&b, TSP_VERIFY_DATA, "word 0x004d is read before anything is written there");
}

static void a_constant_is_not_overwritten(void **state)
{
  build b;
  (void)state;
  start(&b);
  const int east = b.cfg->mem_slices;
  build_read(&b, east, word_of(&b, east, "x", true), TSP_WEST, 1, b.cfg->vxm_column, 40);
  build_write(&b, 0, word_of(&b, 0, "k", true), TSP_WEST, 1, b.cfg->vxm_column, 40);
  finish(&b, TSP_VERIFY_CLAIMS, "overwrites the constant k");
}

static void every_output_is_stored(void **state)
{
  build b;
  (void)state;
  start(&b);
  word_of(&b, 3, "y", false);
  build_at(&b, 0, 5, ins_with(ins(TSP_OP_NOP), "n", 1));
  finish(&b, TSP_VERIFY_DATA, "nothing is stored in word 0x0000, y from element 0");
}

static void weights_are_installed_before_they_are_used(void **state)
{
  build b;
  (void)state;
  start(&b);
  feed(&b, 0, 40, 1);
  build_at(&b, b.cfg->q_mxm + 1, 40, ins_with(ins(TSP_OP_ABC), "stream", W));
  build_at(&b, b.cfg->q_mxm + 2, 40 + b.cfg->superlanes, ins_with(ins(TSP_OP_ACC_OUT), "out", E));
  finish(&b, TSP_VERIFY_DATA, "no weights are installed in plane 0 before cycle 40");
}

/* ABCs from cycle 40 on in plane 0, with an ACC for each. */
static void products(build *b, const uint64_t *acc, int n)
{
  feed(b, 0, 40, n);
  build_at(b, b->cfg->q_mxm, 20, ins(TSP_OP_IW));
  for (int i = 0; i < n; i++) {
    build_at(b, b->cfg->q_mxm + 1, 40 + i, ins_with(ins(TSP_OP_ABC), "stream", W));
    build_at(b, b->cfg->q_mxm + 2, 40 + i + b->cfg->superlanes, acc[i]);
  }
}

static uint64_t acc(unsigned opcode, int entry)
{
  return ins_with(ins_with(ins(opcode), "acc", entry), "out", E);
}

static void accumulators_are_set_before_they_are_added_to(void **state)
{
  build b;
  (void)state;
  start(&b);
  const uint64_t good[] = {acc(TSP_OP_ACC_SET, 3), acc(TSP_OP_ACC_ADD, 3), acc(TSP_OP_ACC_SUM, 3)};
  products(&b, good, 3);
  finish(&b, 0, NULL);
  start(&b);
  const uint64_t unset[] = {acc(TSP_OP_ACC_SET, 3), acc(TSP_OP_ACC_ADD, 4)};
  products(&b, unset, 2);
  finish(&b, TSP_VERIFY_DATA, "'ACC.add a4': the accumulator is added to before it is set");
}

static void sums_are_taken_out_before_they_are_lost(void **state)
{
  build b;
  (void)state;
  start(&b);
  const uint64_t twice[] = {acc(TSP_OP_ACC_SET, 3), acc(TSP_OP_ACC_SET, 3)};
  products(&b, twice, 2);
  finish(&b, TSP_VERIFY_DATA, "loses the accumulator's sum of cycle 44 (word 1)");
  start(&b);
  const uint64_t left[] = {acc(TSP_OP_ACC_SET, 7)};
  products(&b, left, 1);
  finish(&b, TSP_VERIFY_DATA, "the sum in accumulator a7 is never taken out");
}

static void load(build *b, int64_t cycle, int slot)
{
  build_at(b, b->cfg->q_mxm, cycle, ins_with(ins_with(ins(TSP_OP_LW), "group", W), "slot", slot));
}

static void weights_are_installed_before_others_replace_them(void **state)
{
  build b;
  (void)state;
  start(&b);
  for (int s = 0; s < b.cfg->lw_streams; s++) /* W0..W11, then E0.. */
    feed(&b, s, 60, 2);
  load(&b, 60, 2);
  load(&b, 61, 2);
  build_at(&b, b.cfg->q_mxm, 62, ins(TSP_OP_IW));
  finish(&b, TSP_VERIFY_DATA, "overwrites the weights of the LW of cycle 60 (word 1) before any IW");
  start(&b);
  for (int s = 0; s < b.cfg->lw_streams; s++)
    feed(&b, s, 60, 1);
  load(&b, 60, 2);
  finish(&b, TSP_VERIFY_DATA, "the weights that it loads into slot w2 are never installed");
}

static void maps_are_loaded_before_they_are_used(void **state)
{
  build b;
  (void)state;
  start(&b);
  feed(&b, 0, 40, 1);
  build_at(&b, b.cfg->q_sxm + 3, 40,
           ins_with(ins_with(ins_with(ins(TSP_OP_DISTRIBUTE), "stream", W), "out", E), "map", 2));
  finish(&b, TSP_VERIFY_DATA, "the map is used before it is loaded");
}

static void a_sync_without_notify_is_found(void **state)
{
  build b;
  (void)state;
  start(&b);
  build_at(&b, 4, 9, ins(TSP_OP_SYNC));
  finish(&b, TSP_VERIFY_ALL, "cycle 9, mem_w4: word 1 'Sync' waits for a Notify that never comes");
}

/* ---- a compiled product whose image lies ---- */
static tsp_image *product(void)
{
  tsp_image *image;
  tsp_error err = {""};
  tsp_gemm g = {.m = 3, .k = 64, .n = 64, .w = (const int8_t *)zeros};
  tsp_graph *graph = tsp_graph_gemm(&g);
  assert_non_null(graph);
  if (tsp_graph_compile(tsp_config_find("mini"), NULL, graph, NULL, &image, &err) != TSP_OK)
    fail_msg("%s", err.text);
  tsp_graph_free(graph);
  return image;
}

static void lie(void (*change)(tsp_image *), const char *words)
{
  tsp_image *image = product();
  change(image);
  expect(tsp_config_find("mini"), image, TSP_VERIFY_CLAIMS, words);
  tsp_image_free(image);
}

static void share_words(tsp_image *m)
{
  m->tensor[0].piece[0].slice = m->tensor[1].piece[0].slice;
  m->tensor[0].piece[0].addr = m->tensor[1].piece[0].addr;
}

static void predict_more(tsp_image *m)
{
  m->cycles_predicted++;
}

static void predict_later(tsp_image *m)
{
  m->debug[0].cycle++;
}

static void say_less(tsp_image *m)
{
  m->debug_count--;
}

static tsp_debug *line_of(tsp_image *m, unsigned opcode)
{
  for (int i = 0; i < m->debug_count; i++)
    if (tsp_word_opcode(m->queue[m->debug[i].queue].word[m->debug[i].word]) == opcode)
      return &m->debug[i];
  abort();
}

static void claim_other_read(tsp_image *m)
{
  line_of(m, TSP_OP_READ)->first += 64;
}

static void claim_other_operand(tsp_image *m)
{
  line_of(m, TSP_OP_ABC)->first += 64;
}

static void claim_other_result(tsp_image *m)
{
  line_of(m, TSP_OP_ACC_OUT)->first += 64;
}

static void an_image_that_says_what_is_not_so_is_refused(void **state)
{
  (void)state;
  lie(share_words, "belongs to tensor x and to w");
  lie(predict_more, "predicted are");
  lie(predict_later, "issue 0 is predicted for cycle");
  lie(say_less, "is dispatched and no debug line says so");
  lie(claim_other_read, "the debug line claims");
  lie(claim_other_operand, "but the operand is x from element 0 on, byte 0, made by mem_");
  lie(claim_other_result, "where y from element 0 on, byte");
}

static tsp_image *compiled(const tsp_config *cfg, const char *text)
{
  tsp_error err = {""};
  tsp_image *image = NULL;
  tsp_graph *g = tsp_graph_parse(text, "k", "", NULL, &err);
  if (!g || tsp_graph_compile(cfg, NULL, g, NULL, &image, &err) != TSP_OK)
    fail_msg("%s", err.text);
  tsp_graph_free(g);
  return image;
}

/* Of a table that nobody fills no row may be read, wherever the data points; of a constant none may be replaced. */
static void rows_that_only_data_tells_are_proved_by_their_table(void **state)
{
  static const char *const text[] = {
      "kernel k\ninput t : f16[8, 16]\ninput i : i16[4, 1] in 0..7\ny = gather(t, i)\noutput y\n",
      "kernel k\nstate t : f16[8, 16]\ninput i : i16[1, 1] in 0..0\ninput r : f16[1, 16]\ny = scatter(t, i, r)\n"
      "output y\n"};
  const tsp_config *cfg = tsp_config_find("mini");
  (void)state;
  for (int i = 0; i < 2; i++) {
    tsp_verify_result r;
    tsp_image *image = compiled(cfg, text[i]);
    assert_int_equal(tsp_verify(cfg, NULL, image, TSP_VERIFY_ALL, NULL, &r, NULL), TSP_OK);
    assert_int_equal(r.unknown, 0);
    tsp_tensor *t = tsp_image_tensor(image, "t");
    assert_non_null(t);
    t->role = i ? TSP_ROLE_CONST : TSP_ROLE_OUTPUT;
    expect(cfg, image, i ? TSP_VERIFY_CLAIMS : TSP_VERIFY_DATA, i ? "const" : "before anything is written");
    tsp_image_free(image);
  }
}

static void violations_name_what_is_made_on_the_way(void **state)
{
  const tsp_config *cfg = tsp_config_find("mini");
  tsp_image *image = compiled(cfg, "kernel k\ninput x : f32[8, 16]\nh = max(x, axis = 1)\ny = exp(x - h)\noutput y\n");
  int line = 0;
  (void)state;
  while (image->debug[line].tensor != tsp_image_tensor(image, "h") - image->tensor)
    assert_true(++line < image->debug_count);
  image->debug[line].cycle++;
  expect(cfg, image, TSP_VERIFY_CLAIMS, "of h: ");
  tsp_image_free(image);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_case_is_proved_on_nano),
      cmocka_unit_test(every_case_is_proved_on_mini),
      cmocka_unit_test(a_word_that_nothing_fills_is_not_read),
      cmocka_unit_test(a_constant_is_not_overwritten),
      cmocka_unit_test(every_output_is_stored),
      cmocka_unit_test(weights_are_installed_before_they_are_used),
      cmocka_unit_test(accumulators_are_set_before_they_are_added_to),
      cmocka_unit_test(sums_are_taken_out_before_they_are_lost),
      cmocka_unit_test(weights_are_installed_before_others_replace_them),
      cmocka_unit_test(maps_are_loaded_before_they_are_used),
      cmocka_unit_test(a_sync_without_notify_is_found),
      cmocka_unit_test(an_image_that_says_what_is_not_so_is_refused),
      cmocka_unit_test(rows_that_only_data_tells_are_proved_by_their_table),
      cmocka_unit_test(violations_name_what_is_made_on_the_way),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
