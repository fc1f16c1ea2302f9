/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_verify.c - `tsp verify`: proves that a program image is a correct schedule. */
#include <argp.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "options.h"
#include "tsp_verify.h"

typedef struct {
  tsp_program_choice program;
  bool json;
} arguments;

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
  arguments *a = state->input;

  (void)arg;
  switch (key) {
  case ARGP_KEY_INIT: state->child_inputs[0] = &a->program; return 0;
  case 'j': a->json = true; return 0;
  default: return ARGP_ERR_UNKNOWN;
  }
}

static void print(const char *what, const tsp_config *cfg, const tsp_verify_result *r)
{
  printf("proved %s (%s): %" PRIu64 " instructions, %" PRIu64 " values followed, %" PRIu64 " words, %" PRIu64
         " cycles; %" PRIu64 " reads and stores in vain, %" PRIu64 " at addresses that only data tells\n",
         what, cfg->name, r->instructions, r->values, r->words, r->cycles, r->in_vain, r->unknown);
}

/* One program of the list; why NULL: proved. */
static void add_json(json_t *list, const char *what, const tsp_config *cfg, const tsp_verify_result *r, const char *why)
{
  json_array_append_new(list, json_pack("{s:s, s:s?, s:b, s:s?, s:I, s:I, s:I, s:I, s:I, s:I}", "program", what,
                                        "config", cfg ? cfg->name : NULL, "proved", !why, "reason", why, "instructions",
                                        (json_int_t)r->instructions, "values", (json_int_t)r->values, "words",
                                        (json_int_t)r->words, "cycles", (json_int_t)r->cycles, "in_vain",
                                        (json_int_t)r->in_vain, "unknown", (json_int_t)r->unknown));
}

static tsp_status verify(const tsp_image *image, const tsp_config **cfg, tsp_verify_result *r, tsp_error *err)
{
  tsp_status s = tsp_sim_config(image, cfg, err);
  if (s == TSP_OK && image->table_hash != tsp_table_hash(tsp_isa_builtin(), *cfg))
    s = tsp_fail(err, TSP_ETABLES, "the image was made for other tables than this program's");
  return s == TSP_OK ? tsp_verify(*cfg, NULL, image, TSP_VERIFY_ALL, NULL, r, err) : s;
}

/* list: of JSON, NULL to print lines. */
static tsp_status one(const tsp_sim_options *o, int i, const char *what, json_t *list)
{
  const tsp_config *cfg = NULL;
  tsp_verify_result r = {0};
  tsp_error err = {""};
  tsp_run run;
  tsp_status s = tsp_sim_program(o, i, &run, &err);
  if (s == TSP_OK)
    s = verify(run.image, &cfg, &r, &err);
  if (list)
    add_json(list, what, cfg, &r, s == TSP_OK ? NULL : err.text);
  else if (s == TSP_OK)
    print(what, cfg, &r);
  if (s != TSP_OK)
    fprintf(stderr, "tsp verify: %s: %s\n", what, err.text);
  tsp_image_free(run.image);
  if (run.free)
    run.free(run.ctx);
  return s;
}

/* All programs of the test, or the one asked for. */
static tsp_status each(const tsp_sim_options *o, json_t *list)
{
  char what[96];
  int runs = o->test ? o->test->runs : 1, first = o->run >= 0 ? o->run : 0, last = o->run >= 0 ? o->run + 1 : runs;
  tsp_status s = TSP_OK;
  for (int i = first; i < last && s == TSP_OK; i++) {
    snprintf(what, sizeof what, runs > 1 ? "%s %d" : "%s", o->name, i);
    s = one(o, i, what, list);
  }
  return s;
}

int cmd_verify(int argc, char **argv)
{
  static const struct argp_option option[] = {{"json", 'j', NULL, 0, "As JSON, also what is not proved", 0}, {0}};
  static const struct argp_child common[] = {{&tsp_program_argp, 0, NULL, 0}, {0}};
  static const struct argp argp = {
      option,
      parse_option,
      "TEST|IMAGE.tsp|PROGRAM.s",
      "Proves a program image: every operand is valid when it is used and comes from where the image says, no two "
      "units "
      "drive one stream register, nothing is read before it is written, no result is lost, no queue runs dry, every "
      "instruction is dispatched as predicted.\v"
      "Exit status: 0 proved, 1 not: the first violation is printed, 2 wrong arguments.",
      common,
      NULL,
      NULL};
  arguments a = {.program = {.sim = {.seed = 1, .run = -1}, .config = "mini"}};
  tsp_error err = {""};

  if (argp_parse(&argp, argc, argv, 0, NULL, &a) != 0)
    return 2;
  tsp_sim_options *o = &a.program.sim;
  tsp_status s = tsp_sim_named(o, a.program.config, &err);
  if (s == TSP_OK && o->run >= (o->test ? o->test->runs : 1))
    s = tsp_fail(&err, TSP_ERANGE, "%s has programs 0 to %d", o->name, (o->test ? o->test->runs : 1) - 1);
  if (s != TSP_OK) {
    fprintf(stderr, "tsp verify: %s\n", err.text);
    return 1;
  }
  json_t *list = a.json ? json_array() : NULL;
  s = each(o, list);
  if (list && (json_dumpf(list, stdout, JSON_INDENT(2)) || putchar('\n') == EOF))
    s = TSP_EIO;
  json_decref(list);
  return s == TSP_OK ? 0 : 1;
}
