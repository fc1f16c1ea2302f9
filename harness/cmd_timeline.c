/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_timeline.c - `tsp timeline`: what a program does when. */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "commands.h"
#include "options.h"
#include "timeline.h"

enum { MAX_NAMES = 64, PLAIN_COLUMNS = 132 };

typedef struct {
  tsp_program_choice program;
  const char *json, *svg, *slice[MAX_NAMES];
  int slices;
  uint64_t from, to;
  bool window;
} arguments;

static bool range(const char *text, uint64_t *from, uint64_t *to)
{
  char *end;
  errno = 0;
  *from = strtoull(text, &end, 10);
  if (errno || end == text || *end != ':')
    return false;
  text = end + 1;
  *to = strtoull(text, &end, 10);
  return !errno && end != text && !*end && *from < *to;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
  arguments *a = state->input;

  switch (key) {
  case ARGP_KEY_INIT: state->child_inputs[0] = &a->program; return 0;
  case 'c':
    if (!range(arg, &a->from, &a->to))
      argp_error(state, "--cycles takes FROM:TO with FROM < TO, not '%s'", arg);
    a->window = true;
    return 0;
  case 's':
    if (a->slices == MAX_NAMES)
      argp_error(state, "at most %d --slice", MAX_NAMES);
    a->slice[a->slices++] = arg;
    return 0;
  case 'j': a->json = arg; return 0;
  case 'v': a->svg = arg; return 0;
  default: return ARGP_ERR_UNKNOWN;
  }
}

/* The queues whose names begin with one of those asked for; all without any. */
static tsp_status choose(const arguments *a, const tsp_config *cfg, bool *show, tsp_error *err)
{
  char name[16];
  for (int i = 0; i < a->slices || i == 0; i++) {
    bool any = false;
    for (int q = 0; q < cfg->queues; q++) {
      const char *want = a->slices ? a->slice[i] : "";
      if (strncmp(tsp_queue_name(cfg, q, name), want, strlen(want)) == 0)
        any = show[q] = true;
    }
    if (!any)
      return tsp_fail(err, TSP_ERANGE,
                      "no queue of %s has a name that begins with '%s' (for example mem_w3, vxm, mxm0)", cfg->name,
                      a->slice[i]);
  }
  return TSP_OK;
}

typedef tsp_status (*draw_fn)(const tsp_timeline *, const tsp_timeline_view *, FILE *);

/* A file that is complete or not there. */
static tsp_status save(const char *path, draw_fn draw, const tsp_timeline *t, const tsp_timeline_view *v,
                       tsp_error *err)
{
  char temporary[600];
  snprintf(temporary, sizeof temporary, "%s.%ld", path, (long)getpid());
  FILE *f = fopen(temporary, "w");
  if (!f)
    return tsp_fail(err, TSP_EIO, "%s: %s", temporary, strerror(errno));
  tsp_status s = draw(t, v, f);
  if (fclose(f) != 0 && s == TSP_OK)
    s = TSP_EIO;
  if (s == TSP_OK && rename(temporary, path) == 0)
    return TSP_OK;
  int why = errno;
  unlink(temporary);
  return tsp_fail(err, s == TSP_OK ? TSP_EIO : s, "%s: %s", path, s == TSP_OK ? strerror(why) : tsp_status_text(s));
}

static int terminal_columns(void)
{
  struct winsize w;
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 40 ? w.ws_col : PLAIN_COLUMNS;
}

static tsp_status show(const arguments *a, const tsp_image *image, tsp_error *err)
{
  const tsp_config *cfg;
  tsp_timeline t;
  tsp_status s = tsp_sim_config(image, &cfg, err);
  bool *queues = s == TSP_OK ? calloc((size_t)cfg->queues, sizeof *queues) : NULL;
  if (s == TSP_OK)
    s = queues ? choose(a, cfg, queues, err) : tsp_fail(err, TSP_ENOMEM, "out of memory");
  if (s == TSP_OK)
    s = tsp_timeline_make(cfg, image, &t, err);
  if (s == TSP_OK) {
    tsp_timeline_view v = {
        .from = a->window ? a->from : 0, .to = a->window ? a->to : t.cycles + !t.cycles, .show = queues};
    tsp_timeline_text(&t, &v, terminal_columns(), stdout);
    putchar('\n');
    tsp_timeline_summary(&t, stdout);
    if (a->json)
      s = save(a->json, tsp_timeline_json, &t, &v, err);
    if (s == TSP_OK && a->svg)
      s = save(a->svg, tsp_timeline_svg, &t, &v, err);
    tsp_timeline_free(&t);
  }
  free(queues);
  return s;
}

int cmd_timeline(int argc, char **argv)
{
  static const struct argp_option option[] = {
      {"cycles", 'c', "FROM:TO", 0, "only cycles FROM to TO - 1", 0},
      {"slice", 's', "NAME", 0, "only queues whose names begin with NAME; may be given several times", 0},
      {"json", 'j', "FILE", 0, "also a Chrome trace, which Perfetto opens; a microsecond is a cycle", 0},
      {"svg", 'v', "FILE", 0, "also a picture", 0},
      {0}};
  static const struct argp_child common[] = {{&tsp_program_argp, 0, NULL, 0}, {0}};
  static const struct argp argp = {option,
                                   parse_option,
                                   "TEST|IMAGE.tsp|PROGRAM.s",
                                   "Shows what every queue dispatches in every cycle, as the golden model executes the "
                                   "program, and what bounds it: rows of letters, a Chrome trace, a picture.\v"
                                   "Exit status: 0 shown, 1 no such program or a file error, 2 wrong arguments.",
                                   common,
                                   NULL,
                                   NULL};
  arguments a = {.program = {.sim = {.seed = 1}, .config = "mini"}};
  tsp_error err = {""};
  tsp_run run;

  if (argp_parse(&argp, argc, argv, 0, NULL, &a) != 0)
    return 2;
  tsp_sim_options *o = &a.program.sim;
  tsp_status s = tsp_sim_named(o, a.program.config, &err);
  if (s == TSP_OK && o->test && o->run >= o->test->runs)
    s = tsp_fail(&err, TSP_ERANGE, "%s has programs 0 to %d", o->name, o->test->runs - 1);
  if (s == TSP_OK && (s = tsp_sim_program(o, o->run, &run, &err)) == TSP_OK) {
    s = show(&a, run.image, &err);
    if (run.free)
      run.free(run.ctx);
    tsp_image_free(run.image);
  }
  if (s != TSP_OK)
    fprintf(stderr, "tsp timeline: %s\n", err.text);
  return s == TSP_OK ? 0 : 1;
}
