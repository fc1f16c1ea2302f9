/* SPDX-License-Identifier: Apache-2.0 */
/* tsp inject - grades random flips of bits of the RTL. */
#include "commands.h"
#include "files.h"
#include "grade.h"
#include "options.h"
#include "progress.h"
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_CONFIG = 256, KEY_TEST, KEY_SEED, KEY_COUNT, KEY_RUN, KEY_OUT };

static const struct argp_option options[] = {
    {"test", KEY_TEST, "NAME", 0, "Test whose program is disturbed (default mxm_gemm)", 0},
    {"config", KEY_CONFIG, "NAME", 0, "Configuration (default mini)", 0},
    {"count", KEY_COUNT, "N", 0, "Number of runs, each with one flip (default 200)", 0},
    {"seed", KEY_SEED, "N", 0, "Seed of the data and of the flips (default 1)", 0},
    {"run", KEY_RUN, "N", 0, "Which program of a test with many (default 0)", 0},
    {"out", KEY_OUT, "FOLDER", 0, "Where inject.json goes (default build/CONFIG/NAME)", 0},
    {0}};

typedef struct {
  const char *config, *test, *out;
  uint64_t seed, count, run;
  const tsp_config *cfg;
  tsp_run program;
  tsp_engine *ref, *dut;
  tsp_grader *grader;
  tsp_graded *graded;
  uint64_t done, by_grade[TSP_GRADES];
} grading;

static error_t parse(int key, char *arg, struct argp_state *state)
{
  grading *g = state->input;
  switch (key) {
  case KEY_TEST: g->test = arg; break;
  case KEY_CONFIG: g->config = arg; break;
  case KEY_COUNT: g->count = tsp_option_number(state, "count", arg, UINT64_MAX); break;
  case KEY_SEED: g->seed = tsp_option_number(state, "seed", arg, UINT64_MAX); break;
  case KEY_RUN: g->run = tsp_option_number(state, "run", arg, UINT64_MAX); break;
  case KEY_OUT: g->out = arg; break;
  default: return ARGP_ERR_UNKNOWN;
  }
  return 0;
}

static tsp_status open_all(grading *g, tsp_error *err)
{
  const tsp_case *test = NULL;
  for (int i = 0; i < tsp_case_count; i++)
    if (strcmp(tsp_cases[i]->name, g->test) == 0)
      test = tsp_cases[i];
  if (!test)
    return tsp_fail(err, TSP_ERANGE, "no test '%s'; tsp list shows them", g->test);
  if (!(g->cfg = tsp_config_find(g->config)))
    return tsp_fail(err, TSP_ERANGE, "no configuration '%s'", g->config);
  if (g->run >= (uint64_t)test->runs)
    return tsp_fail(err, TSP_ERANGE, "%s has %d programs, numbered from 0", g->test, test->runs);
  g->graded = calloc(g->count + 1, sizeof *g->graded);
  if (!g->graded)
    return tsp_fail(err, TSP_ENOMEM, "out of memory");
  tsp_status s = test->make(g->cfg, g->seed, (int)g->run, &g->program, err);
  if (s == TSP_OK && (s = tsp_golden_open(g->cfg, NULL, TSP_VIEWS | TSP_TRACE, &g->ref)) != TSP_OK)
    return tsp_fail(err, s, "golden does not open: %s", tsp_status_text(s));
  if (s == TSP_OK)
    s = tsp_engines_rtl(g->cfg, g->seed, &g->dut, err);
  return s == TSP_OK ? tsp_grader_open(&g->program, g->ref, g->dut, &g->grader, err) : s;
}

static void close_all(grading *g)
{
  tsp_grader_close(g->grader);
  tsp_engine_close(g->dut);
  tsp_engine_close(g->ref);
  if (g->program.free)
    g->program.free(g->program.ctx);
  tsp_image_free(g->program.image);
  free(g->graded);
}

static int by_size(const void *a, const void *b)
{
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return x < y ? -1 : x > y;
}

/* Distances of what the lockstep saw while the program ran, in order; their number. */
static size_t distances(const grading *g, uint64_t *out, uint64_t *in_the_end)
{
  size_t n = 0;
  *in_the_end = 0;
  for (uint64_t i = 0; i < g->done; i++) {
    const tsp_graded *r = &g->graded[i];
    if (r->grade != TSP_GRADE_LOCKSTEP)
      continue;
    if (r->in_the_end)
      ++*in_the_end;
    else
      out[n++] = r->distance;
  }
  qsort(out, n, sizeof *out, by_size);
  return n;
}

static void print(const grading *g)
{
  uint64_t *d = calloc(g->done + 1, sizeof *d), end = 0;
  size_t n = d ? distances(g, d, &end) : 0;
  printf("%s inject %s (%s, seed %" PRIu64 "): %" PRIu64 " runs, one flipped bit each\n",
         g->by_grade[TSP_GRADE_UNNOTICED] ? "FAIL" : "PASS", g->test, g->config, g->seed, g->done);
  for (int k = 0; k < TSP_GRADES; k++) {
    printf("  %-22s %6" PRIu64 "  %5.1f %%", tsp_grade_name((tsp_grade)k), g->by_grade[k],
           g->done ? 100.0 * (double)g->by_grade[k] / (double)g->done : 0);
    if (k == TSP_GRADE_LOCKSTEP && n)
      printf("   distance: median %" PRIu64 ", 9 of 10 within %" PRIu64 ", most %" PRIu64 " cycles", d[n / 2],
             d[n * 9 / 10], d[n - 1]);
    if (k == TSP_GRADE_LOCKSTEP && end)
      printf("; %" PRIu64 " in the final memory", end);
    printf("\n");
  }
  for (uint64_t i = 0; i < g->done; i++) {
    char text[320];
    if (g->graded[i].grade == TSP_GRADE_UNNOTICED)
      printf("  unnoticed: run %" PRIu64 ", --inject %s\n", i, tsp_flip_text(&g->graded[i].flip, text, sizeof text));
  }
  free(d);
}

static json_t *run_json(const tsp_graded *r)
{
  char text[320];
  json_t *o =
      json_pack("{s:s, s:s}", "flip", tsp_flip_text(&r->flip, text, sizeof text), "grade", tsp_grade_name(r->grade));
  if (r->flip.caught) {
    json_object_set_new(o, "distance", json_integer((json_int_t)r->distance));
    json_object_set_new(o, "in_final_memory", json_boolean(r->in_the_end));
    json_object_set_new(o, "where", json_string(r->where));
  }
  return o;
}

static bool write_json(const grading *g, const char *folder)
{
  tsp_error err = {""};
  json_t *counts = json_object(), *runs = json_array();
  for (int k = 0; k < TSP_GRADES; k++)
    json_object_set_new(counts, tsp_grade_name((tsp_grade)k), json_integer((json_int_t)g->by_grade[k]));
  for (uint64_t i = 0; i < g->done; i++)
    json_array_append_new(runs, run_json(&g->graded[i]));
  json_t *o = json_pack("{s:s, s:s, s:I, s:I, s:o, s:o}", "test", g->test, "config", g->config, "seed",
                        (json_int_t)g->seed, "runs", (json_int_t)g->done, "grades", counts, "flips", runs);
  char *text = o ? json_dumps(o, JSON_INDENT(2)) : NULL;
  bool ok =
      text && tsp_folder_make(folder, &err) == TSP_OK && tsp_file_write(folder, "inject.json", text, &err) == TSP_OK;
  if (!ok)
    fprintf(stderr, "tsp inject: inject.json cannot be written: %s\n", err.text);
  else
    printf("  report    %s/inject.json\n", folder);
  free(text);
  json_decref(o);
  return ok;
}

static tsp_status grade_all(grading *g, tsp_error *err)
{
  tsp_progress progress;
  tsp_status s = TSP_OK;
  tsp_progress_start(&progress, stderr);
  for (; s == TSP_OK && g->done < g->count; g->done += s == TSP_OK) {
    s = tsp_grader_run(g->grader, g->seed * UINT64_C(1000003) + g->done, &g->graded[g->done], err);
    if (s == TSP_OK)
      g->by_grade[g->graded[g->done].grade]++;
    tsp_progress_step(&progress, "inject: run", g->done + 1, g->count);
  }
  tsp_progress_end(&progress);
  return s;
}

int cmd_inject(int argc, char **argv)
{
  static const struct argp argp = {
      options,
      parse,
      "",
      "Runs a test many times in lockstep, each time with one random bit of the RTL flipped in a random cycle, and "
      "says "
      "what became of the flips.\vExit status: 0 nothing went unnoticed, 1 a run ended wrong unnoticed, 2 error.",
      NULL,
      NULL,
      NULL};
  grading g = {.config = "mini", .test = "mxm_gemm", .seed = 1, .count = 200};
  char folder[256];
  tsp_error err = {""};
  argp_parse(&argp, argc, argv, 0, NULL, &g);
  snprintf(folder, sizeof folder, "build/%.100s/%.100s", g.config, g.test);
  tsp_status s = open_all(&g, &err);
  if (s == TSP_OK)
    s = grade_all(&g, &err);
  bool ok = s == TSP_OK;
  if (g.done) {
    print(&g);
    ok = write_json(&g, g.out ? g.out : folder) && ok;
  }
  if (s != TSP_OK)
    fprintf(stderr, "tsp inject: %s\n", err.text[0] ? err.text : tsp_status_text(s));
  int status = !ok ? 2 : g.by_grade[TSP_GRADE_UNNOTICED] ? 1 : 0;
  close_all(&g);
  return status;
}
