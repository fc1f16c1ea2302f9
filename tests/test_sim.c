/* SPDX-License-Identifier: Apache-2.0 */
/* The run driver on the golden machine: one verdict for the terminal, the exit status and report.json, and the checks
 * of the predicted schedule. The program is that of lockstep_program.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "files.h"
#include "lockstep_program.h"
#include "replay.h"
#include "sim.h"
#include <jansson.h>
#include <string.h>
#include <unistd.h>

/* What the next program is to have wrong; set by a test, read by make_run(). */
static struct {
  int late_debug;   /* added to the cycle of the debug line of the Mov */
  int extra_cycles; /* added to the predicted total */
  bool no_debug;    /* the Mov has no debug line */
  bool unsent;      /* a debug line for a word after End */
  bool bad_output;  /* the oracle sees another result */
  bool bad_store;   /* the Write comes one cycle early: a fault */
  bool proved;      /* the program is proved first */
  int made;
} wish;

static int debug_of(const tsp_image *image, int queue)
{
  for (int i = 0; i < image->debug_count; i++)
    if (image->debug[i].queue == queue)
      return i;
  abort();
}

static void drop_debug(tsp_image *image, int i)
{
  memmove(&image->debug[i], &image->debug[i + 1], (size_t)(--image->debug_count - i) * sizeof *image->debug);
}

static void spoil(program *p)
{
  tsp_image *image = p->image;
  int mov = debug_of(image, p->cfg.q_vxm), store = p->cfg.q_mem + p->cfg.mem_slices;
  image->debug[mov].cycle += (uint64_t)wish.late_debug;
  image->cycles_predicted += (uint64_t)wish.extra_cycles;
  if (wish.unsent)
    add_debug(image, (tsp_debug){.queue = (uint16_t)p->cfg.q_vxm, .word = 2, .cycle = 99, .tensor = -1});
  if (wish.no_debug)
    drop_debug(image, mov);
  if (wish.bad_store) {
    uint64_t *nop = &image->queue[store].word[image->queue[store].length - 3];
    *nop = with(*nop, "n", tsp_word_get(tsp_isa_by_opcode(tsp_isa_builtin(), TSP_OP_NOP), *nop, "n") - 1);
  }
}

static tsp_status check_output(void *ctx, const tsp_image *image, tsp_engine *e, tsp_oracle *out)
{
  const tsp_config *c = tsp_engine_config(e);
  uint8_t y[1024];
  (void)ctx;
  tsp_status s = tsp_engine_mem_read(e, c->mem_slices, RESULT, y);
  for (int i = 0; s == TSP_OK && i < c->vector; i++) {
    out->compared++;
    out->mismatches += y[i] != (uint8_t)(image->tensor[0].data[i] + (wish.bad_output && i == 2));
  }
  snprintf(out->first, sizeof out->first, "%s", out->mismatches ? "y[2]" : "");
  return s;
}

static tsp_status make_run(const tsp_config *cfg, uint64_t seed, int i, tsp_run *out, tsp_error *err)
{
  program p;
  (void)err;
  program_make(&p, cfg->name, seed + (uint64_t)i);
  spoil(&p);
  wish.made++;
  *out = (tsp_run){.image = p.image, .check = check_output, .unproved = !wish.proved};
  return TSP_OK;
}

static const tsp_case one_case = {"spine", "the program of lockstep_program.h", 1, make_run};
static const tsp_case sweep_case = {"spines", "five of them", 5, make_run};

static char folder[] = "/tmp/tsp_test_sim_XXXXXX";

static int make_folder(void **state)
{
  (void)state;
  return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
  static const char *const name[] = {"report.json", "program.tsp", "program.s"};
  char path[128];
  (void)state;
  for (int i = 0; i < 3; i++) {
    snprintf(path, sizeof path, "%s/%s", folder, name[i]);
    unlink(path);
  }
  return rmdir(folder);
}

static tsp_report run_case(const tsp_case *test, const char *config)
{
  tsp_sim_options o = {.name = test->name,
                       .test = test,
                       .cfg = tsp_config_find(config),
                       .on = TSP_ON_GOLDEN,
                       .seed = 1,
                       .run = -1,
                       .out = folder,
                       .program = "tsp"};
  tsp_report r;
  tsp_error err = {""};
  tsp_sim(&o, &r);
  tsp_report_replay(&r);
  if (tsp_report_write(&r, &err) != TSP_OK)
    fail_msg("%s", err.text);
  return r;
}

static json_t *read_report(void)
{
  char path[128];
  json_error_t why;
  snprintf(path, sizeof path, "%s/report.json", folder);
  json_t *o = json_load_file(path, 0, &why);
  assert_non_null(o);
  return o;
}

static int64_t integer(const json_t *o, const char *key)
{
  return json_integer_value(json_object_get(o, key));
}

static const char *string(const json_t *o, const char *key)
{
  const char *s = json_string_value(json_object_get(o, key));
  return s ? s : "";
}

static char *printed(const tsp_report *r)
{
  char *text = NULL;
  size_t size;
  FILE *f = tmpfile();
  assert_non_null(f);
  tsp_report_print(r, f);
  size = (size_t)ftell(f);
  rewind(f);
  text = calloc(1, size + 1);
  assert_int_equal(fread(text, 1, size, f), size);
  fclose(f);
  return text;
}

/* Runs with the wish, and expects a failure whose reason holds `part`, said alike in all three places. */
static void expect_failure(const char *part)
{
  tsp_report r = run_case(&one_case, "mini");
  json_t *o = read_report();
  char *text = printed(&r);
  memset(&wish, 0, sizeof wish);
  if (!strstr(r.reason, part))
    fail_msg("'%s' is not in: %s", part, r.reason);
  assert_int_equal(tsp_report_exit_status(&r), 1);
  assert_string_equal(string(o, "verdict"), "fail");
  assert_string_equal(string(o, "reason"), r.reason);
  assert_int_equal(strncmp(text, "FAIL spine (mini, golden, seed 1): ", 35), 0);
  assert_non_null(strstr(text, part));
  assert_non_null(strstr(text, "tsp sim --replay /tmp/"));
  free(text);
  json_decref(o);
  tsp_report_free(&r);
}

static void passing_run_says_so_in_all_places(void **state)
{
  static const char *const configs[] = {"nano", "mini"};
  (void)state;
  for (int i = 0; i < 2; i++) {
    tsp_report r = run_case(&one_case, configs[i]);
    json_t *o = read_report();
    char *text = printed(&r);
    assert_string_equal(r.reason, "");
    assert_int_equal(tsp_report_exit_status(&r), 0);
    assert_string_equal(string(o, "verdict"), "pass");
    assert_string_equal(string(o, "config"), configs[i]);
    assert_int_equal(integer(o, "cycles_predicted"), integer(o, "cycles_executed"));
    assert_true(integer(o, "cycles_executed") > 0);
    assert_true(json_is_null(json_object_get(o, "first_divergence")));
    assert_int_equal(integer(json_object_get(o, "oracle"), "mismatches"), 0);
    assert_int_equal(integer(json_object_get(o, "oracle"), "compared"), r.cfg->vector);
    /* lw_streams + 1 + 3 Reads, Write, LW, IW, ABC, ACC, Mov */
    assert_int_equal(integer(o, "instructions"), r.cfg->lw_streams + 4 + 6);
    assert_int_equal(strncmp(text, "PASS spine (", 12), 0);
    free(text);
    json_decref(o);
    tsp_report_free(&r);
  }
}

static void sweep_adds_up_and_stops_at_the_first_failure(void **state)
{
  (void)state;
  wish.made = 0;
  tsp_report r = run_case(&sweep_case, "nano");
  assert_int_equal(wish.made, 5);
  assert_int_equal(r.verdict, TSP_VERDICT_PASS);
  assert_int_equal(r.oracle.compared, 5 * r.cfg->vector);
  assert_int_equal(r.cycles_executed, 5 * r.image->cycles_predicted);
  tsp_report_free(&r);
  wish.made = 0;
  wish.bad_output = true;
  r = run_case(&sweep_case, "nano");
  assert_int_equal(wish.made, 1);
  assert_int_equal(r.verdict, TSP_VERDICT_FAIL);
  tsp_report_free(&r);
  memset(&wish, 0, sizeof wish);
}

static void wrong_output_fails(void **state)
{
  (void)state;
  wish.bad_output = true;
  expect_failure("1 of 64 outputs differ from the oracle; first: y[2]");
}

static void one_cycle_off_the_predicted_total_fails(void **state)
{
  (void)state;
  wish.extra_cycles = 1;
  expect_failure(" cycles executed, ");
}

static void instruction_one_cycle_off_its_prediction_fails(void **state)
{
  (void)state;
  wish.late_debug = 1;
  expect_failure("1 instructions not as predicted; first: vxm0, 1  Mov.i8 s0.e -> s1.e dispatched at cycle 31, "
                 "predicted 32");
}

static void unpredicted_instruction_fails(void **state)
{
  (void)state;
  wish.no_debug = true;
  expect_failure("dispatched at cycle 31 and no debug line predicts it");
}

static void predicted_instruction_that_never_dispatches_fails(void **state)
{
  (void)state;
  wish.unsent = true;
  expect_failure("predicted at cycle 99 dispatched 0 of 1 times");
}

static void schedule_fault_fails_and_is_named(void **state)
{
  (void)state;
  wish.bad_store = true;
  expect_failure("schedule fault 1 (");
}

static void a_program_that_is_not_proved_does_not_run(void **state)
{
  (void)state;
  wish.proved = true; /* it never takes the sum out of its accumulator */
  expect_failure("not proved: cycle 23, mxm0_c: word 1: the sum in accumulator a3 is never taken out");
}

static void lockstep_without_rtl_is_an_error_that_says_what_to_do(void **state)
{
  (void)state;
  tsp_sim_options o = {.name = "spine",
                       .test = &one_case,
                       .cfg = tsp_config_find("mini"),
                       .on = TSP_ON_LOCKSTEP,
                       .run = -1,
                       .out = folder,
                       .program = "tsp"};
  tsp_report r;
  tsp_sim(&o, &r);
  assert_int_equal(tsp_report_exit_status(&r), 2);
  assert_non_null(strstr(r.reason, "make sim CONFIG=mini"));
  tsp_report_free(&r);
}

static void image_file_of_a_run_runs_again(void **state)
{
  char path[128];
  (void)state;
  tsp_report first = run_case(&one_case, "mini");
  static const char *const name[] = {"program.tsp", "program.s"};
  for (int i = 0; i < 2; i++) {
    snprintf(path, sizeof path, "%s/%s", folder, name[i]);
    tsp_sim_options o = {
        .name = path, .on = TSP_ON_GOLDEN, .run = -1, .unproved = true, .out = folder, .program = "tsp"};
    tsp_report r;
    tsp_sim(&o, &r);
    assert_string_equal(r.reason, "");
    assert_int_equal(r.verdict, TSP_VERDICT_PASS);
    assert_int_equal(r.cycles_executed, first.cycles_executed);
    assert_false(r.has_oracle);
    tsp_report_free(&r);
  }
  tsp_report_free(&first);
}

static void replay_reads_how_a_run_was_started(void **state)
{
  tsp_replay p;
  tsp_error err;
  (void)state;
  tsp_report r = run_case(&one_case, "nano");
  assert_int_equal(tsp_replay_read(folder, &p, &err), TSP_OK);
  assert_string_equal(p.test, "spine");
  assert_string_equal(p.config, "nano");
  assert_string_equal(p.engine, "golden");
  assert_int_equal(p.seed, 1);
  assert_int_equal(p.run, -1);
  tsp_report_free(&r);
}

static void replay_of_a_broken_report_is_an_error(void **state)
{
  static const char *const text[] = {"", "{", "[]", "{}", "{\"test\": 1}", "{\"test\": \"a\", \"config\": null}"};
  tsp_replay p;
  tsp_error err;
  (void)state;
  for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
    assert_int_equal(tsp_file_write(folder, "report.json", text[i], &err), TSP_OK);
    err.text[0] = '\0';
    assert_int_not_equal(tsp_replay_read(folder, &p, &err), TSP_OK);
    assert_non_null(strstr(err.text, "report.json"));
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(passing_run_says_so_in_all_places),
      cmocka_unit_test(sweep_adds_up_and_stops_at_the_first_failure),
      cmocka_unit_test(wrong_output_fails),
      cmocka_unit_test(one_cycle_off_the_predicted_total_fails),
      cmocka_unit_test(instruction_one_cycle_off_its_prediction_fails),
      cmocka_unit_test(unpredicted_instruction_fails),
      cmocka_unit_test(predicted_instruction_that_never_dispatches_fails),
      cmocka_unit_test(a_program_that_is_not_proved_does_not_run),
      cmocka_unit_test(schedule_fault_fails_and_is_named),
      cmocka_unit_test(lockstep_without_rtl_is_an_error_that_says_what_to_do),
      cmocka_unit_test(image_file_of_a_run_runs_again),
      cmocka_unit_test(replay_reads_how_a_run_was_started),
      cmocka_unit_test(replay_of_a_broken_report_is_an_error),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
