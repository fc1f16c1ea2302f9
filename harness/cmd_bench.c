/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_bench.c - `tsp bench`: golden model, RTL and lockstep on one program in one run, as ratios to RTL alone. */
#include <argp.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "engines.h"
#include "lockstep.h"
#include "rolling.h"
#include "tsp_case.h"
#include "tsp_golden.h"

enum { MEASURES = 5 };

typedef struct {
  const char *config, *test, *json, *as;
  char *row;
  double seconds;
  bool waves, append;
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

/* What else happens meanwhile: snapshots for a rolling window, as in one long run, or an FST of every run (NULL: none).
 */
typedef struct {
  tsp_rolling *rolling;
  const char *fst;
} extras;

static tsp_status run_lockstep(tsp_engine *golden, tsp_engine *rtl, const tsp_image *image, double seconds,
                               const extras *x, measure *m, tsp_error *err)
{
  tsp_lockstep *l = NULL;
  tsp_status s = tsp_lockstep_open(golden, rtl, NULL, &l, err);

  while (!s && m->seconds < seconds) {
    double start;

    s = tsp_lockstep_start(l, image, err);
    start = now();
    if (!s && x->fst)
      s = tsp_engines_waves(rtl, x->fst);
    while (!s && !tsp_lockstep_done(l)) {
      if (x->rolling && tsp_rolling_tick(x->rolling, m->cycles))
        _exit(0);
      s = tsp_lockstep_step(l);
      m->cycles++;
    }
    if (x->fst)
      tsp_engines_waves(rtl, NULL);
    m->seconds += now() - start;
  }
  tsp_lockstep_close(l);
  return s;
}

/* The table so far: that of the file, if rows are to be added to it, else an empty one. */
static json_t *open_table(const options *o, const tsp_image *image)
{
  json_t *root = o->append ? json_load_file(o->json, 0, NULL) : NULL;

  if (!root)
    root = json_pack("{s:s, s:s, s:I, s:[]}", "config", o->config, "test", o->test, "program_cycles",
                     (json_int_t)image->cycles_predicted, "engines");
  return root;
}

static const char *row_name(const json_t *rows, size_t i)
{
  return json_string_value(json_object_get(json_array_get(rows, i), "engine"));
}

static double row_rate(const json_t *rows, size_t i)
{
  return json_real_value(json_object_get(json_array_get(rows, i), "cycles_per_s"));
}

/* What the RTL alone reaches; 0 if the table has no such row. */
static double base_rate(const json_t *rows)
{
  for (size_t i = 0; i < json_array_size(rows); i++)
    if (row_name(rows, i) && strcmp(row_name(rows, i), "rtl") == 0)
      return row_rate(rows, i);
  return 0;
}

static void print_table(const json_t *root, double base)
{
  const json_t *rows = json_object_get(root, "engines");

  printf("%s on %s, %lld cycles a run\n%-26s %12s %8s\n", json_string_value(json_object_get(root, "test")),
         json_string_value(json_object_get(root, "config")),
         (long long)json_integer_value(json_object_get(root, "program_cycles")), "engine", "cycles/s", "to rtl");
  for (size_t i = 0; i < json_array_size(rows); i++) {
    printf("%-26s %12.0f", row_name(rows, i) ? row_name(rows, i) : "?", row_rate(rows, i));
    if (base > 0)
      printf(" %8.2f", row_rate(rows, i) / base);
    printf("\n");
  }
}

static tsp_status publish(const measure *m, int count, const options *o, const tsp_image *image, tsp_error *err)
{
  json_t *root = open_table(o, image), *rows = json_object_get(root, "engines");
  tsp_status s = json_is_array(rows) ? TSP_OK : tsp_fail(err, TSP_EFORMAT, "%s is no table of bench", o->json);

  for (int k = 0; !s && k < count; k++)
    json_array_append_new(rows, json_pack("{s:s, s:f}", "engine", m[k].name, "cycles_per_s",
                                          m[k].seconds > 0 ? (double)m[k].cycles / m[k].seconds : 0.0));
  double base = s ? 0 : base_rate(rows);
  for (size_t i = 0; base > 0 && i < json_array_size(rows); i++)
    json_object_set_new(json_array_get(rows, i), "ratio_to_rtl", json_real(row_rate(rows, i) / base));
  if (!s)
    print_table(root, base);
  if (!s && o->json && json_dump_file(root, o->json, JSON_INDENT(2)))
    s = tsp_fail(err, TSP_EIO, "%s cannot be written", o->json);
  json_decref(root);
  return s;
}

static const tsp_case *find_case(const char *name)
{
  for (int i = 0; i < tsp_case_count; i++)
    if (strcmp(tsp_cases[i]->name, name) == 0)
      return tsp_cases[i];
  return NULL;
}

/* Golden, RTL, lockstep; in a program with waves, if asked, lockstep with a rolling window and with an FST of
 * everything. With
 * --as only the RTL, under that name. */
static tsp_status measure_all(const options *o, const tsp_config *cfg, const tsp_image *image, measure *m, int *count,
                              tsp_error *err)
{
  char fst[] = "/tmp/tsp-bench-XXXXXX";
  extras none = {NULL, NULL}, rolling = {NULL, NULL}, full = {NULL, fst};
  tsp_engine *golden = NULL, *watched = NULL, *rtl = NULL;
  tsp_status s = tsp_golden_open(cfg, NULL, 0, &golden);
  bool three = !o->as && !o->waves, has_rtl = tsp_engines_rtl(cfg, 1, &rtl, err) == TSP_OK;
  int n = 0, fd = o->waves ? mkstemp(fst) : -1;

  if (!s && !has_rtl && !three)
    s = TSP_ETABLES;
  if (!s && three)
    s = run_engine(golden, image, o->seconds, (m[n].name = "golden", &m[n]), err), n++;
  if (!s && has_rtl && !o->waves)
    s = run_engine(rtl, image, o->seconds, (m[n].name = o->as ? o->as : "rtl", &m[n]), err), n++;
  if (!s && has_rtl && !o->as)
    s = tsp_golden_open(cfg, NULL, TSP_VIEWS | TSP_TRACE, &watched);
  if (!s && has_rtl && three)
    s = run_lockstep(watched, rtl, image, o->seconds, &none, (m[n].name = "lockstep", &m[n]), err), n++;
  if (!s && o->waves && !(rolling.rolling = tsp_rolling_new()))
    s = TSP_ENOMEM;
  if (!s && o->waves)
    s = run_lockstep(watched, rtl, image, o->seconds, &none, (m[n].name = "lockstep, waves off", &m[n]), err), n++;
  if (!s && o->waves)
    s = run_lockstep(watched, rtl, image, o->seconds, &rolling, (m[n].name = "lockstep, rolling window", &m[n]), err),
    n++;
  if (!s && o->waves)
    s = run_lockstep(watched, rtl, image, o->seconds, &full, (m[n].name = "lockstep, full FST", &m[n]), err), n++;
  *count = n;
  if (fd >= 0) {
    close(fd);
    unlink(fst);
  }
  tsp_rolling_free(rolling.rolling);
  tsp_engine_close(golden);
  tsp_engine_close(watched);
  tsp_engine_close(rtl);
  return s;
}

/* NAME:CYCLES:SECONDS, measured by another program. */
static tsp_status parse_row(char *text, measure *m, tsp_error *err)
{
  char *seconds = strrchr(text, ':'), *cycles, *end;

  if (!seconds)
    return tsp_fail(err, TSP_EFORMAT, "--row takes NAME:CYCLES:SECONDS, not '%s'", text);
  *seconds++ = '\0';
  cycles = strrchr(text, ':');
  m->seconds = strtod(seconds, &end);
  if (!cycles || *end || !(m->seconds > 0))
    return tsp_fail(err, TSP_EFORMAT, "--row takes NAME:CYCLES:SECONDS, and more than no seconds");
  *cycles++ = '\0';
  m->name = text;
  m->cycles = strtoull(cycles, &end, 10);
  return *end ? tsp_fail(err, TSP_EFORMAT, "--row: '%s' is no number of cycles", cycles) : TSP_OK;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
  options *o = state->input;

  switch (key) {
  case 'c': o->config = arg; return 0;
  case 'j': o->json = arg; return 0;
  case 'a': o->append = true; return 0;
  case 'w': o->waves = true; return 0;
  case 'n': o->as = arg; return 0;
  case 'r': o->row = arg; return 0;
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
  case ARGP_KEY_END:
    if (o->append && !o->json)
      argp_error(state, "--append needs the --json FILE to which it adds");
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
      {"append", 'a', NULL, 0, "add to the table that is in the JSON file", 0},
      {"waves", 'w', NULL, 0, "lockstep with a rolling window and with a full FST instead (a program with waves)", 0},
      {"as", 'n', "NAME", 0, "only this program's RTL, under that name", 0},
      {"row", 'r', "NAME:CYCLES:SECONDS", 0, "only this row, measured elsewhere", 0},
      {0},
  };
  const struct argp argp = {list, parse, "[TEST]", "Measures golden model, RTL and lockstep side by side.", 0, 0, 0};
  options o = {.config = "mini", .test = "mxm_gemm", .seconds = 2};
  const tsp_config *cfg;
  const tsp_case *test;
  tsp_error err = {""};
  tsp_run run = {0};
  measure m[MEASURES] = {{0}};
  int count = 1;
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
    s = o.row ? parse_row(o.row, &m[0], &err) : measure_all(&o, cfg, run.image, m, &count, &err);
  if (!s)
    s = publish(m, count, &o, run.image, &err);
  if (s)
    fprintf(stderr, "tsp bench: %s\n", err.text[0] ? err.text : tsp_status_text(s));
  if (run.free)
    run.free(run.ctx);
  tsp_image_free(run.image);
  return s ? 1 : 0;
}
