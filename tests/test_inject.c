/* SPDX-License-Identifier: Apache-2.0 */
/* Flipped bits of the RTL: the lockstep sees them, and the report names the true place and cycle, or proves that the
 * flip made no difference. The program is that of lockstep_program.h, on the configuration this suite is linked with.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "lockstep_program.h"
#include "sim.h"
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/tsp_test_inject_XXXXXX";
static const tsp_config *cfg; /* the one whose RTL is linked */
static program p;             /* its program, for cycles; the image is another copy */
static uint64_t seed = 1;

static tsp_status make_run(const tsp_config *c, uint64_t data_seed, int i, tsp_run *out, tsp_error *err)
{
  program own;
  (void)i;
  (void)err;
  (void)data_seed; /* the seed of the run moves the flip and the undefined registers, not the data */
  program_make(&own, c->name, seed);
  *out = (tsp_run){.image = own.image, .unproved = true}; /* it leaves a sum in an accumulator, to be looked at */
  return TSP_OK;
}

static const tsp_case spine = {"spine", "the program of lockstep_program.h", 1, make_run};

static int find_configuration(void **state)
{
  (void)state;
  const char *text = getenv("TSP_SEED");
  seed = text ? strtoull(text, NULL, 0) : 1;
  print_message("TSP_SEED=%" PRIu64 "\n", seed);
  for (int i = 0; i < tsp_config_count() && !cfg; i++) {
    tsp_engine *e;
    if (tsp_engines_rtl(tsp_config_at(i), 1, &e, NULL) == TSP_OK)
      cfg = tsp_config_at(i);
    tsp_engine_close(e);
  }
  if (!cfg || !mkdtemp(folder))
    return -1;
  program_make(&p, cfg->name, seed);
  return 0;
}

static int clean(void **state)
{
  static const char *const name[] = {"program.tsp", "program.s"};
  char path[128];
  (void)state;
  for (int i = 0; i < 2; i++) {
    snprintf(path, sizeof path, "%s/%s", folder, name[i]);
    unlink(path);
  }
  tsp_image_free(p.image);
  return rmdir(folder);
}

static tsp_report run(const char *inject, uint64_t run_seed)
{
  tsp_sim_options o = {.name = "spine",
                       .test = &spine,
                       .cfg = cfg,
                       .on = TSP_ON_LOCKSTEP,
                       .seed = run_seed,
                       .run = -1,
                       .inject = inject,
                       .out = folder,
                       .program = "tsp"};
  tsp_report r;
  tsp_sim(&o, &r);
  return r;
}

static void expect_caught(const tsp_report *r, uint64_t cycle)
{
  if (!r->diverged)
    fail_msg("not caught: %s", r->reason);
  assert_int_equal(tsp_report_exit_status(r), 1);
  assert_true(r->flip.caught);
  assert_int_equal(r->flip.caught_cycle, cycle);
  assert_int_equal(r->divergence.cycle, cycle);
}

static void flipped_stream_register_is_named_in_the_same_cycle(void **state)
{
  char text[256];
  (void)state;
  int n = cfg->superlanes - 1, lane = cfg->lanes - 1, cycle = p.read + 3 + n;
  snprintf(text, sizeof text, "g_superlane[%d].u_superlane.g_column[%d].u_east.data_q:%d@%d", n, cfg->vxm_column,
           8 * lane + 6, cycle); /* stream 0, which the Mov is about to read */
  tsp_report r = run(text, 1);
  expect_caught(&r, (uint64_t)cycle);
  const tsp_place *at = &r.divergence.place;
  assert_int_equal(at->kind, TSP_AT_STREAM);
  assert_int_equal(at->direction, TSP_EAST);
  assert_int_equal(at->column, cfg->vxm_column);
  assert_int_equal(at->stream, 0);
  assert_int_equal(at->superlane, n);
  assert_int_equal(at->lane, lane);
  assert_int_equal(at->expected ^ at->got, 0x40);
  assert_int_equal(r.divergence.lanes_differing, 1);
  tsp_report_free(&r);
}

static void flipped_queue_position_is_named(void **state)
{
  char text[64];
  (void)state;
  snprintf(text, sizeof text, "g_queue[%d].u_icu.pc_q:0@3", cfg->q_mxm + 2);
  tsp_report r = run(text, 1);
  expect_caught(&r, 3);
  assert_int_equal(r.divergence.place.kind, TSP_AT_QUEUE);
  assert_int_equal(r.divergence.place.unit, cfg->q_mxm + 2);
  assert_string_equal(r.divergence.place.field, "pc");
  tsp_report_free(&r);
}

/* Nothing shows a weight after its install: the product is the first to differ. */
static void flipped_weight_shows_in_its_accumulator(void **state)
{
  char text[128];
  (void)state;
  int row = cfg->superlanes - 1, lane = 0, out = 1;
  const uint8_t *x = p.image->tensor[0].data; /* the activations are its first row */
  while (lane < cfg->lanes && !x[row * cfg->lanes + lane])
    lane++;
  assert_true(lane < cfg->lanes);
  snprintf(text, sizeof text, "g_mxm[0].u_mxm.g_plane[0].g_row[%d].g_cell[0].weights_q:%d@%d", row,
           8 * (out * cfg->lanes + lane) + 3, p.send + row);
  tsp_report r = run(text, 1);
  expect_caught(&r, (uint64_t)p.accumulate + 2);
  assert_int_equal(r.divergence.place.kind, TSP_AT_ACC);
  assert_int_equal(r.divergence.place.unit, 0);
  assert_int_equal(r.divergence.place.superlane, 0);
  assert_int_equal(r.divergence.place.lane, out);
  assert_true(r.divergence.look_from <= (uint64_t)p.send + (uint64_t)row);
  tsp_report_free(&r);
}

/* With ECC the final memory is read corrected, and one bit is no difference. */
static void flipped_word_that_nothing_reads_is_corrected_or_found_in_the_final_memory(void **state)
{
  char text[128];
  (void)state;
  snprintf(text, sizeof text, "g_superlane[0].u_superlane.g_column[%d].g_mem[0].u_tile.ram_q:%d:%d@7",
           cfg->vxm_column + 1, cfg->mem_words / 2 + 9, 8 * 2 + 5);
  tsp_report r = run(text, 1);
  if (cfg->ecc) {
    assert_int_equal(r.verdict, TSP_VERDICT_PASS);
    assert_false(r.flip.caught);
    tsp_report_free(&r);
    return;
  }
  expect_caught(&r, p.image->cycles_predicted);
  assert_int_equal(r.divergence.place.kind, TSP_AT_CONTENTS);
  assert_int_equal(r.divergence.place.unit, cfg->mem_slices);
  assert_int_equal(r.divergence.place.index, cfg->mem_words / 2 + 9);
  assert_int_equal(r.divergence.place.lane, 2);
  assert_int_equal(r.divergence.place.expected ^ r.divergence.place.got, 0x20);
  tsp_report_free(&r);
}

static void flip_of_a_byte_that_means_nothing_is_masked_with_proof(void **state)
{
  char text[128];
  (void)state;
  snprintf(text, sizeof text, "g_superlane[0].u_superlane.g_column[%d].u_east.data_q:0@0", cfg->columns - 1);
  tsp_report plain = run(NULL, 1), r = run(text, 1);
  assert_int_equal(plain.verdict, TSP_VERDICT_PASS);
  assert_int_equal(r.verdict, TSP_VERDICT_PASS);
  assert_false(r.flip.caught);
  assert_int_equal(r.different, 0);
  assert_int_equal(r.compared, plain.compared); /* nothing was left out */
  assert_int_equal(r.count[TSP_AT_CONTENTS].compared,
                   2ull * (uint64_t)(cfg->mem_slices * cfg->mem_words * cfg->vector));
  assert_int_equal(strncmp(r.reason, "masked: ", 8), 0);
  tsp_report_free(&plain);
  tsp_report_free(&r);
}

/* Registers that the views show are caught in the very cycle, at the very place. */
static void check_visible(const tsp_report *r)
{
  int n, column, got = 0;
  char side[8];
  const tsp_place *at = &r->divergence.place;
  if (sscanf(r->flip.name, "g_superlane[%d].u_superlane.g_column[%d].u_%4[a-z].%n", &n, &column, side, &got) < 3 ||
      !got)
    return;
  assert_int_equal(r->divergence.cycle, r->flip.cycle);
  assert_int_equal(at->kind, TSP_AT_STREAM);
  assert_int_equal(at->superlane, n);
  assert_int_equal(at->column, column);
  assert_int_equal(at->direction, side[0] == 'w' ? TSP_WEST : TSP_EAST);
}

static void every_random_flip_is_caught_or_masked(void **state)
{
  enum { FLIPS = 60 };
  int caught = 0;
  (void)state;
  for (uint64_t i = 0; i < FLIPS; i++) {
    tsp_report r = run("1", seed + i);
    if (r.verdict == TSP_VERDICT_ERROR)
      fail_msg("seed %" PRIu64 ": %s", seed + i, r.reason);
    assert_true(r.flip.cycle < p.image->cycles_predicted);
    assert_int_equal(r.flip.caught, r.verdict == TSP_VERDICT_FAIL);
    if (r.diverged)
      check_visible(&r);
    if (r.flip.caught)
      assert_true(r.flip.caught_cycle >= r.flip.cycle);
    caught += r.flip.caught;
    tsp_report_free(&r);
  }
  assert_true(caught > 0 && caught < FLIPS);
}

static void flip_as_reported_diverges_again_alike(void **state)
{
  char text[512], where[2][512];
  (void)state;
  for (uint64_t i = seed;; i++) {
    tsp_report r = run("1", i);
    if (!r.diverged) {
      tsp_report_free(&r);
      continue;
    }
    tsp_flip_text(&r.flip, text, sizeof text);
    tsp_report again = run(text, i);
    assert_true(again.diverged);
    assert_int_equal(again.divergence.cycle, r.divergence.cycle);
    assert_string_equal(tsp_divergence_where(cfg, &again.divergence, where[0], sizeof where[0]),
                        tsp_divergence_where(cfg, &r.divergence, where[1], sizeof where[1]));
    tsp_report_free(&r);
    tsp_report_free(&again);
    return;
  }
}

static void wrong_places_are_errors_that_say_why(void **state)
{
  static const char *const text[][2] = {
      {"nonsense", "is not 1, REG:BIT@CYCLE"},
      {"no.such_q:0@1", "no register 'no.such_q'"},
      {"g_queue[0].u_icu.pc_q:99@1", "element(s) of"},
      {"g_queue[0].u_icu.pc_q:7:0@1", "element(s) of"},
      {"g_queue[0].u_icu.pc_q:0@", "is not 1, REG:BIT@CYCLE"},
      {"g_queue[0].u_icu.pc_q:-1@3", "is not 1, REG:BIT@CYCLE"},
      {"g_queue[0].u_icu.pc_q:x:0@3", "is not a number"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
    tsp_report r = run(text[i][0], 1);
    assert_int_equal(tsp_report_exit_status(&r), 2);
    if (!strstr(r.reason, text[i][1]))
      fail_msg("'%s' gives: %s", text[i][0], r.reason);
    tsp_report_free(&r);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(flipped_stream_register_is_named_in_the_same_cycle),
      cmocka_unit_test(flipped_queue_position_is_named),
      cmocka_unit_test(flipped_weight_shows_in_its_accumulator),
      cmocka_unit_test(flipped_word_that_nothing_reads_is_corrected_or_found_in_the_final_memory),
      cmocka_unit_test(flip_of_a_byte_that_means_nothing_is_masked_with_proof),
      cmocka_unit_test(every_random_flip_is_caught_or_masked),
      cmocka_unit_test(flip_as_reported_diverges_again_alike),
      cmocka_unit_test(wrong_places_are_errors_that_say_why),
  };
  return cmocka_run_group_tests(tests, find_configuration, clean);
}
