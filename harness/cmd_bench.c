/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_bench.c - `tsp bench`: golden model, RTL and lockstep on one program in one run, as ratios to RTL alone. */
#include <argp.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "commands.h"
#include "engines.h"
#include "lockstep.h"
#include "tsp_case.h"
#include "tsp_golden.h"

typedef struct {
  const char *config, *test, *json;
  double seconds;
} options;

typedef struct {
  const char *name;
  uint64_t cycles;
  double seconds;
} measure;

static double now(void)
{
  struct timespec t;

  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Whole runs of the program until the time is used up. */
static tsp_status run_engine(tsp_engine *e, const tsp_image *image, double seconds, measure *m, tsp_error *err)
{
  tsp_status s = tsp_engine_load(e, image, err);
  double start = now();

  while (!s && m->seconds < seconds) {
    uint64_t ran = 0;

    s = tsp_engine_start(e);
    if (!s)
      s = tsp_engine_step(e, UINT64_MAX, &ran);
    m->cycles += ran;
    m->seconds = now() - start;
  }
  return s;
}

static tsp_status run_lockstep(tsp_engine *golden, tsp_engine *rtl, const tsp_image *image, double seconds, measure *m,
                               tsp_error *err)
{
  tsp_lockstep *l = NULL;
  tsp_status s = tsp_lockstep_open(golden, rtl, NULL, &l, err);

  while (!s && m->seconds < seconds) {
    double start;

    s = tsp_lockstep_start(l, image, err);
    start = now();
    if (!s)
      s = tsp_lockstep_run(l, UINT64_MAX);
    m->cycles += tsp_lockstep_cycle(l) + 1;
    m->seconds += now() - start;
  }
  tsp_lockstep_close(l);
  return s;
}

static double rate(const measure *m)
{
  return m->seconds > 0 ? (double)m->cycles / m->seconds : 0;
}

static void print(const measure *m, int count, const options *o, const tsp_image *image)
{
  json_t *root = json_pack("{s:s, s:s, s:I}", "config", o->config, "test", o->test, "program_cycles",
                           (json_int_t)image->cycles_predicted);
  json_t *list = json_array();
  double base = count > 1 ? rate(&m[1]) : 0;

  printf("%s on %s, %llu cycles a run\n%-12s %14s %12s\n", o->test, o->config,
         (unsigned long long)image->cycles_predicted, "engine", "cycles/s", "ratio to rtl");
  for (int i = 0; i < count; i++) {
    char ratio[32] = "-";

    if (base > 0)
      snprintf(ratio, sizeof ratio, "%.2f", rate(&m[i]) / base);
    printf("%-12s %14.0f %12s\n", m[i].name, rate(&m[i]), ratio);
    json_array_append_new(list, json_pack("{s:s, s:f, s:f}", "engine", m[i].name, "cycles_per_s", rate(&m[i]),
                                          "ratio_to_rtl", base > 0 ? rate(&m[i]) / base : 0.0));
  }
  json_object_set_new(root, "engines", list);
  if (o->json && json_dump_file(root, o->json, JSON_INDENT(2)))
    fprintf(stderr, "tsp bench: cannot write %s\n", o->json);
  json_decref(root);
}

static const tsp_case *find_case(const char *name)
{
  for (int i = 0; i < tsp_case_count; i++)
    if (strcmp(tsp_cases[i]->name, name) == 0)
      return tsp_cases[i];
  return NULL;
}

static tsp_status measure_all(const options *o, const tsp_config *cfg, const tsp_image *image, tsp_error *err)
{
  measure m[3] = {{.name = "golden"}, {.name = "rtl"}, {.name = "lockstep"}};
  tsp_engine *golden = NULL, *watched = NULL, *rtl = NULL;
  int count = 1;
  tsp_status s = tsp_golden_open(cfg, NULL, 0, &golden);

  if (!s)
    s = run_engine(golden, image, o->seconds, &m[0], err);
  if (!s && tsp_engines_rtl(cfg, 1, &rtl, err) == TSP_OK) {
    s = run_engine(rtl, image, o->seconds, &m[1], err);
    count = 2;
    if (!s)
      s = tsp_golden_open(cfg, NULL, TSP_VIEWS | TSP_TRACE, &watched);
    if (!s)
      s = run_lockstep(watched, rtl, image, o->seconds, &m[2], err);
    count = s ? count : 3;
  }
  if (!s)
    print(m, count, o, image);
  tsp_engine_close(golden);
  tsp_engine_close(watched);
  tsp_engine_close(rtl);
  return s;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
  options *o = state->input;

  switch (key) {
  case 'c': o->config = arg; return 0;
  case 'j': o->json = arg; return 0;
  case 's':
    o->seconds = atof(arg);
    if (!(o->seconds > 0 && o->seconds < 3600))
      argp_error(state, "--seconds must be above 0 and below 3600");
    return 0;
  case ARGP_KEY_ARG:
    if (state->arg_num)
      argp_error(state, "one test at a time");
    o->test = arg;
    return 0;
  default: return ARGP_ERR_UNKNOWN;
  }
}

int cmd_bench(int argc, char **argv)
{
  static const struct argp_option list[] = {
      {"config", 'c', "NAME", 0, "configuration (mini)", 0},
      {"seconds", 's', "N", 0, "time for each engine (2)", 0},
      {"json", 'j', "FILE", 0, "also write the table as JSON", 0},
      {0},
  };
  const struct argp argp = {list, parse, "[TEST]", "Measures golden model, RTL and lockstep side by side.", 0, 0, 0};
  options o = {.config = "mini", .test = "mxm_gemm", .seconds = 2};
  const tsp_config *cfg;
  const tsp_case *test;
  tsp_error err = {""};
  tsp_run run = {0};
  tsp_status s;

  argp_parse(&argp, argc, argv, 0, NULL, &o);
  cfg = tsp_config_find(o.config);
  test = find_case(o.test);
  if (!cfg || !test) {
    fprintf(stderr, "tsp bench: no %s '%s'\n", cfg ? "test" : "configuration", cfg ? o.test : o.config);
    return 2;
  }
  s = test->make(cfg, 1, 0, &run, &err);
  if (!s)
    s = measure_all(&o, cfg, run.image, &err);
  if (s)
    fprintf(stderr, "tsp bench: %s\n", err.text[0] ? err.text : tsp_status_text(s));
  if (run.free)
    run.free(run.ctx);
  tsp_image_free(run.image);
  return s ? 1 : 0;
}
