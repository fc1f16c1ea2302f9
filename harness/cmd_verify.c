/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_verify.c - `tsp verify`: proves that a program image is a correct schedule. */
#include <argp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "sim.h"
#include "tsp_verify.h"

typedef struct {
  tsp_sim_options program; /* a test or a file */
  const char *config;
} arguments;

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
  arguments *a = state->input;

  switch (key) {
  case 'c': a->config = arg; return 0;
  case 's': a->program.seed = strtoull(arg, NULL, 0); return 0;
  case ARGP_KEY_ARG:
    if (a->program.name)
      argp_error(state, "one test or file, not also '%s'", arg);
    a->program.name = arg;
    return 0;
  case ARGP_KEY_END:
    if (!a->program.name)
      argp_error(state, "a test or an image file is missing");
    return 0;
  default: return ARGP_ERR_UNKNOWN;
  }
}

static tsp_status verify(const tsp_image *image, const char *what, tsp_error *err)
{
  const tsp_config *cfg;
  tsp_verify_result r;
  tsp_status s = tsp_sim_config(image, &cfg, err);
  if (s == TSP_OK && image->table_hash != tsp_table_hash(tsp_isa_builtin(), cfg))
    s = tsp_fail(err, TSP_ETABLES, "%s: the image was made for other tables than this program's", what);
  if (s == TSP_OK)
    s = tsp_verify(cfg, NULL, image, TSP_VERIFY_ALL, NULL, &r, err);
  if (s == TSP_OK)
    printf("proved %s (%s): %" PRIu64 " instructions, %" PRIu64 " values followed, %" PRIu64 " words, %" PRIu64
           " cycles; %" PRIu64 " reads and stores in vain, %" PRIu64 " at addresses that only data tells\n",
           what, cfg->name, r.instructions, r.values, r.words, r.cycles, r.in_vain, r.unknown);
  return s;
}

static tsp_status each(const tsp_sim_options *o)
{
  char what[96];
  int runs = o->test ? o->test->runs : 1;
  tsp_status s = TSP_OK;
  for (int i = 0; i < runs && s == TSP_OK; i++) {
    tsp_run run;
    tsp_error err = {""};
    snprintf(what, sizeof what, runs > 1 ? "%s %d" : "%s", o->name, i);
    s = tsp_sim_program(o, i, &run, &err);
    if (s == TSP_OK)
      s = verify(run.image, what, &err);
    if (s != TSP_OK)
      fprintf(stderr, "tsp verify: %s: %s\n", what, err.text);
    tsp_image_free(run.image);
    if (run.free)
      run.free(run.ctx);
  }
  return s;
}

int cmd_verify(int argc, char **argv)
{
  static const struct argp_option option[] = {
      {"config", 'c', "NAME", 0, "configuration of a test (mini); a file has its own", 0},
      {"seed", 's', "N", 0, "seed of a test (1)", 0},
      {0}};
  static const struct argp argp = {
      option,
      parse_option,
      "TEST|IMAGE.tsp|PROGRAM.s",
      "Proves a program image: every operand is valid when it is used and comes from where the image says, no two "
      "units "
      "drive one stream register, nothing is read before it is written, no result is lost, no queue runs dry, every "
      "instruction is dispatched as predicted.\v"
      "Exit status: 0 proved, 1 not: the first violation is printed, 2 wrong arguments.",
      NULL,
      NULL,
      NULL};
  arguments a = {.program = {.seed = 1, .run = -1}, .config = "mini"};
  char name[] = "tsp verify";
  tsp_error err = {""};

  argv[0] = name;
  argp_err_exit_status = 2;
  if (argp_parse(&argp, argc, argv, 0, NULL, &a) != 0)
    return 2;
  if (tsp_sim_named(&a.program, a.config, &err) != TSP_OK) {
    fprintf(stderr, "tsp verify: %s\n", err.text);
    return 1;
  }
  return each(&a.program) == TSP_OK ? 0 : 1;
}
