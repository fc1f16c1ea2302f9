/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_bench.c - `tsp bench`: engines on one program in one run, in turns, as ratios to RTL alone. */
#include <argp.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "commands.h"
#include "engines.h"
#include "lockstep.h"
#include "rolling.h"
#include "tsp_case.h"
#include "tsp_golden.h"

enum { MEASURES = 5, ROUNDS = 9 };

typedef struct {
  const char *config, *test, *json, *as;
  char *row, *build;
  double seconds;
  bool waves, append;
} options;

/* An engine's row. It is measured in ROUNDS turns, the engines one after the other in each, so that what else the
 * machine does meanwhile slows them all alike. */
typedef struct {
  const char *name;
  uint64_t cycles;
  double seconds, rate[ROUNDS]; /* of all; cycles per second of each turn */
  int turns;
} measure;

/* Seconds of CPU that this process and the snapshots it had took: what else the machine does counts little. */
static double now(void)
{
  struct rusage own, children;

  getrusage(RUSAGE_SELF, &own);
  getrusage(RUSAGE_CHILDREN, &children);
  return (double)(own.ru_utime.tv_sec + own.ru_stime.tv_sec + children.ru_utime.tv_sec + children.ru_stime.tv_sec) +
         1e-6 * (double)(own.ru_utime.tv_usec + own.ru_stime.tv_usec + children.ru_utime.tv_usec +
                         children.ru_stime.tv_usec);
}

/* The end of a turn. */
static void took(measure *m, uint64_t cycles, double seconds)
{
  m->cycles += cycles;
  m->seconds += seconds;
  if (m->turns < ROUNDS && seconds > 0)
    m->rate[m->turns++] = (double)cycles / seconds;
}

/* Whole runs of the program until the time is used up. */
static tsp_status run_engine(tsp_engine *e, const tsp_image *image, double seconds, measure *m, tsp_error *err)
{
  tsp_status s = tsp_engine_load(e, image, err);
  double start = now(), passed = 0;
  uint64_t cycles = 0;

  while (!s && passed < seconds) {
    uint64_t ran = 0;

    s = tsp_engine_start(e);
    if (!s)
      s = tsp_engine_step(e, UINT64_MAX, &ran);
    cycles += ran;
    passed = now() - start;
  }
  took(m, cycles, passed);
  return s;
}

/* What else happens meanwhile: snapshots for a rolling window, as in one long run, or an FST of every run (NULL: none);
 * and the cycles of a turn, at least: so many that each has its snapshot. */
typedef struct {
  tsp_rolling *rolling;
  const char *fst;
  uint64_t least;
} extras;

static tsp_status run_lockstep(tsp_engine *golden, tsp_engine *rtl, const tsp_image *image, double seconds,
                               const extras *x, measure *m, tsp_error *err)
{
  tsp_lockstep *l = NULL;
  tsp_status s = tsp_lockstep_open(golden, rtl, NULL, &l, err);
  uint64_t cycles = 0;
  double passed = 0;

  while (!s && (passed < seconds || cycles < x->least)) {
    double start;

    s = tsp_lockstep_start(l, image, err);
    start = now();
    if (!s && x->fst)
      s = tsp_engines_waves(rtl, x->fst);
    while (!s && !tsp_lockstep_done(l)) {
      if (x->rolling && tsp_rolling_tick(x->rolling, m->cycles + cycles))
        _exit(0);
      s = tsp_lockstep_step(l);
      cycles++;
    }
    if (x->fst)
      tsp_engines_waves(rtl, NULL);
    passed += now() - start;
  }
  took(m, cycles, passed);
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

static const char *row_name(const json_t *row)
{
  const char *name = json_string_value(json_object_get(row, "engine"));

  return name ? name : "?";
}

static const json_t *find_row(const json_t *rows, const char *name)
{
  for (size_t i = 0; i < json_array_size(rows); i++)
    if (strcmp(row_name(json_array_get(rows, i)), name) == 0)
      return json_array_get(rows, i);
  return NULL;
}

static int by_value(const void *a_, const void *b_)
{
  const double *a = a_, *b = b_;

  return (*a > *b) - (*a < *b);
}

/* {least, median, greatest} ratio of two rows' turns, if they were measured in the same rounds; else of the whole,
 * three times. */
static void ratio(const json_t *row, const json_t *to, double out[3])
{
  const json_t *a = json_object_get(row, "turns"), *b = json_object_get(to, "turns");
  const json_t *mine = json_object_get(row, "run"), *its = json_object_get(to, "run");
  const size_t n = json_array_size(a);
  double turn[ROUNDS];

  out[0] = out[1] = out[2] =
      json_real_value(json_object_get(row, "cycles_per_s")) / json_real_value(json_object_get(to, "cycles_per_s"));
  if (n == 0 || n > ROUNDS || n != json_array_size(b) || !json_equal((json_t *)mine, (json_t *)its))
    return;
  for (size_t i = 0; i < n; i++)
    turn[i] = json_real_value(json_array_get(a, i)) / json_real_value(json_array_get(b, i));
  qsort(turn, n, sizeof *turn, by_value);
  out[0] = turn[0];
  out[1] = turn[n / 2];
  out[2] = turn[n - 1];
}

static void print_build(const json_t *root)
{
  const json_t *build = json_object_get(root, "build");
  const char *config;
  json_t *of;

  if (json_object_size(build))
    printf("%-26s %10s %10s %10s %10s\n", "build, s of CPU", "C code", "verilate", "compile", "link");
  json_object_foreach((json_t *)build, config, of)
      printf("%-26s %10.1f %10.1f %10.1f %10.1f\n", config, json_real_value(json_array_get(of, 0)),
             json_real_value(json_array_get(of, 1)), json_real_value(json_array_get(of, 2)),
             json_real_value(json_array_get(of, 3)));
}

static void print_table(const json_t *root)
{
  const json_t *rows = json_object_get(root, "engines"), *rtl = find_row(rows, "rtl");
  const json_t *rolling = find_row(rows, "lockstep, rolling window"), *lockstep = find_row(rows, "lockstep");
  double r[3];

  printf("%s on %s, %lld cycles a run\n%-26s %12s %8s   %s\n", json_string_value(json_object_get(root, "test")),
         json_string_value(json_object_get(root, "config")),
         (long long)json_integer_value(json_object_get(root, "program_cycles")), "engine", "cycles/s", "to rtl",
         "least..greatest of the rounds");
  for (size_t i = 0; i < json_array_size(rows); i++) {
    const json_t *row = json_array_get(rows, i);

    printf("%-26s %12.0f", row_name(row), json_real_value(json_object_get(row, "cycles_per_s")));
    if (rtl) {
      ratio(row, rtl, r);
      printf(" %8.2f", r[1]);
      if (r[0] < r[2])
        printf("   %.2f..%.2f", r[0], r[2]);
    }
    printf("\n");
  }
  if (rolling && lockstep) {
    ratio(rolling, lockstep, r);
    printf("the rolling window takes %.1f %% of the lockstep's speed (%.1f..%.1f in %d rounds)\n", 100 * (1 - r[1]),
           100 * (1 - r[2]), 100 * (1 - r[0]), ROUNDS);
  }
  print_build(root);
}

/* What the table says of each row beside its rate. */
static void add_ratios(json_t *root)
{
  json_t *rows = json_object_get(root, "engines");
  const json_t *rtl = find_row(rows, "rtl"), *lockstep = find_row(rows, "lockstep");
  double r[3];

  for (size_t i = 0; rtl && i < json_array_size(rows); i++) {
    json_t *row = json_array_get(rows, i);

    ratio(row, rtl, r);
    json_object_set_new(row, "ratio_to_rtl", json_pack("[f, f, f]", r[0], r[1], r[2]));
    if (!lockstep || strcmp(row_name(row), "lockstep, rolling window") != 0)
      continue;
    ratio(row, lockstep, r);
    json_object_set_new(row, "ratio_to_lockstep", json_pack("[f, f, f]", r[0], r[1], r[2]));
  }
}

/* CONFIG:SECONDS:SECONDS:SECONDS:SECONDS of a build from nothing. */
static tsp_status add_build(json_t *root, char *text, tsp_error *err)
{
  char config[32];
  double t[4];
  int end = 0;

  if (sscanf(text, "%31[^:]:%lf:%lf:%lf:%lf%n", config, &t[0], &t[1], &t[2], &t[3], &end) != 5 || text[end])
    return tsp_fail(err, TSP_EFORMAT, "--build takes CONFIG:CCODE:VERILATE:COMPILE:LINK, not '%s'", text);
  if (!json_object_get(root, "build"))
    json_object_set_new(root, "build", json_object());
  json_object_set_new(json_object_get(root, "build"), config, json_pack("[f, f, f, f]", t[0], t[1], t[2], t[3]));
  return TSP_OK;
}

static tsp_status publish(const measure *m, int count, const options *o, const tsp_image *image, tsp_error *err)
{
  json_t *root = open_table(o, image), *rows = json_object_get(root, "engines");
  tsp_status s = json_is_array(rows) ? TSP_OK : tsp_fail(err, TSP_EFORMAT, "%s is no table of bench", o->json);

  for (int k = 0; !s && k < count; k++) {
    json_t *turns = json_array();

    for (int i = 0; i < m[k].turns; i++)
      json_array_append_new(turns, json_real(m[k].rate[i]));
    json_array_append_new(rows, json_pack("{s:s, s:f, s:o, s:i}", "engine", m[k].name, "cycles_per_s",
                                          m[k].seconds > 0 ? (double)m[k].cycles / m[k].seconds : 0.0, "turns", turns,
                                          "run", (int)getpid()));
  }
  if (!s && o->build)
    s = add_build(root, o->build, err);
  if (!s) {
    add_ratios(root);
    print_table(root);
  }
  if (!s && o->json && json_dump_file(root, o->json, JSON_INDENT(2) | JSON_REAL_PRECISION(6)))
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

/* The engines of one program, NULL where they are not measured. */
typedef struct {
  tsp_engine *golden, *rtl, *watched; /* watched: the golden model of the lockstep */
  tsp_rolling *rolling;
  const char *fst;
} engines;

/* One turn of each. */
static tsp_status round_of(const engines *e, const options *o, const tsp_image *image, measure *m, int *count,
                           tsp_error *err)
{
  const double seconds = o->seconds / ROUNDS;
  const extras plain = {.least = TSP_ROLLING_CYCLES}, rolling = {e->rolling, NULL, TSP_ROLLING_CYCLES},
               fst = {NULL, e->fst, 0};
  tsp_status s = TSP_OK;
  int n = 0;

  if (e->golden)
    s = run_engine(e->golden, image, seconds, (m[n].name = "golden", &m[n]), err), n++;
  if (!s && e->rtl && !e->fst)
    s = run_engine(e->rtl, image, seconds, (m[n].name = o->as ? o->as : "rtl", &m[n]), err), n++;
  if (!s && e->rolling)
    s = run_lockstep(e->watched, e->rtl, image, seconds, &plain, (m[n].name = "lockstep", &m[n]), err), n++;
  if (!s && e->rolling)
    s = run_lockstep(e->watched, e->rtl, image, seconds, &rolling, (m[n].name = "lockstep, rolling window", &m[n]),
                     err),
    n++;
  if (!s && e->fst)
    s = run_lockstep(e->watched, e->rtl, image, seconds, &fst, (m[n].name = "lockstep, full FST", &m[n]), err), n++;
  *count = n;
  return s;
}

/* Golden, RTL, lockstep without and with a rolling window; in a program with waves, if asked, lockstep with an FST of
 * everything instead; with --as only the RTL, under that name. */
static tsp_status measure_all(const options *o, const tsp_config *cfg, const tsp_image *image, measure *m, int *count,
                              tsp_error *err)
{
  char fst[] = "/tmp/tsp-bench-XXXXXX";
  engines e = {NULL, NULL, NULL, NULL, NULL};
  bool all = !o->as && !o->waves, has_rtl = tsp_engines_rtl(cfg, 1, &e.rtl, err) == TSP_OK;
  tsp_status s = !has_rtl && !all ? TSP_ETABLES : TSP_OK;
  int fd = -1;

  if (!s && all)
    s = tsp_golden_open(cfg, NULL, 0, &e.golden);
  if (!s && has_rtl && !o->as)
    s = tsp_golden_open(cfg, NULL, TSP_VIEWS | TSP_TRACE, &e.watched);
  if (!s && has_rtl && all && !(e.rolling = tsp_rolling_new(TSP_ROLLING_PAUSE)))
    s = TSP_ENOMEM;
  if (!s && o->waves && (fd = mkstemp(fst)) < 0)
    s = tsp_fail(err, TSP_EIO, "%s cannot be made", fst);
  if (fd >= 0)
    e.fst = fst;
  for (int i = 0; !s && i < ROUNDS; i++)
    s = round_of(&e, o, image, m, count, err);
  if (fd >= 0) {
    close(fd);
    unlink(fst);
  }
  tsp_rolling_free(e.rolling);
  tsp_engine_close(e.golden);
  tsp_engine_close(e.watched);
  tsp_engine_close(e.rtl);
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
  case 'b': o->build = arg; return 0;
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
      {"seconds", 's', "N", 0, "time for each engine (2), in turns; a lockstep takes its thousands of cycles", 0},
      {"json", 'j', "FILE", 0, "also write the table as JSON", 0},
      {"append", 'a', NULL, 0, "add to the table that is in the JSON file", 0},
      {"waves", 'w', NULL, 0, "only lockstep with an FST of everything (a program with waves)", 0},
      {"as", 'n', "NAME", 0, "only this program's RTL, under that name", 0},
      {"row", 'r', "NAME:CYCLES:SECONDS", 0, "only this row, measured elsewhere", 0},
      {"build", 'b', "CONFIG:CCODE:VERILATE:COMPILE:LINK", 0, "only these seconds of a build, measured elsewhere", 0},
      {0},
  };
  const struct argp argp = {list,
                            parse,
                            "[TEST]",
                            "Measures golden model, RTL and lockstep side by side, in turns, and keeps the "
                            "table.\vExit status: 0 measured, 1 not, 2 wrong arguments.",
                            0,
                            0,
                            0};
  options o = {.config = "mini", .test = "mxm_gemm", .seconds = 2};
  const tsp_config *cfg;
  const tsp_case *test;
  tsp_error err = {""};
  tsp_run run = {0};
  measure m[MEASURES] = {{0}};
  int count = 0;
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
    s = o.row     ? parse_row(o.row, &m[count++], &err)
        : o.build ? TSP_OK
                  : measure_all(&o, cfg, run.image, m, &count, &err);
  if (!s)
    s = publish(m, count, &o, run.image, &err);
  if (s)
    fprintf(stderr, "tsp bench: %s\n", err.text[0] ? err.text : tsp_status_text(s));
  if (run.free)
    run.free(run.ctx);
  tsp_image_free(run.image);
  return s ? 1 : 0;
}
