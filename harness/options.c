/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"
#include "files.h"
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>

uint64_t tsp_option_number(struct argp_state *state, const char *name, const char *text, uint64_t most)
{
  char *end;
  errno = 0;
  const char *dash = name[1] ? "--" : "-";
  unsigned long long v = strtoull(text, &end, 0);
  if (*text < '0' || *text > '9' || *end || errno)
    argp_error(state, "%s%s takes a number, not '%s'", dash, name, text);
  if (v > most)
    argp_error(state, "%s%s is at most %" PRIu64 ", not %s", dash, name, most, text);
  return v;
}

enum { KEY_CONFIG = 1024, KEY_ENGINE, KEY_SEED, KEY_RUN, KEY_COUNT, KEY_FROM, KEY_OUT };

static error_t parse_program(int key, char *arg, struct argp_state *state)
{
  tsp_program_choice *p = state->input;
  switch (key) {
  case KEY_CONFIG: p->config = arg; return 0;
  case KEY_SEED: p->sim.seed = tsp_option_number(state, "seed", arg, UINT64_MAX); return 0;
  case KEY_RUN: p->sim.run = (int)tsp_option_number(state, "run", arg, INT_MAX); return 0;
  case ARGP_KEY_ARG:
    if (p->sim.name)
      argp_error(state, "one test or file, not also '%s'", arg);
    p->sim.name = arg;
    return 0;
  case ARGP_KEY_END:
    if (!p->sim.name)
      argp_error(state, "a test or an image file is missing (tsp list shows the tests)");
    return 0;
  default: return ARGP_ERR_UNKNOWN;
  }
}

static const struct argp_option program_options[] = {
    {"config", KEY_CONFIG, "NAME", 0, "Configuration of a test (mini); a file has its own", 0},
    {"seed", KEY_SEED, "N", 0, "Seed of a test (1)", 0},
    {"run", KEY_RUN, "N", 0, "Only program N of a test with many", 0},
    {0}};
const struct argp tsp_program_argp = {program_options, parse_program, NULL, NULL, NULL, NULL, NULL};

static error_t parse_campaign(int key, char *arg, struct argp_state *state)
{
  tsp_campaign *c = state->input;
  switch (key) {
  case KEY_CONFIG: c->config = arg; return 0;
  case KEY_ENGINE: c->engine = arg; return 0;
  case KEY_SEED: c->seed = tsp_option_number(state, "seed", arg, UINT64_MAX); return 0;
  case KEY_COUNT: c->count = tsp_option_number(state, "count", arg, INT_MAX); return 0;
  case KEY_FROM: c->from = tsp_option_number(state, "from", arg, INT_MAX); return 0;
  case KEY_OUT: c->out = arg; return 0;
  case ARGP_KEY_ARG: argp_error(state, "takes no argument '%s'", arg); return 0;
  default: return ARGP_ERR_UNKNOWN;
  }
}

static const struct argp_option campaign_options[] = {
    {"config", KEY_CONFIG, "NAME", 0, "Configuration (mini)", 0},
    {"engine", KEY_ENGINE, "NAME", 0, "What runs them (lockstep)", 0},
    {"seed", KEY_SEED, "N", 0, "Seed of all of them (1)", 0},
    {"count", KEY_COUNT, "N", 0, "How many", 0},
    {"from", KEY_FROM, "I", 0, "Number of the first (0)", 0},
    {"out", KEY_OUT, "FOLDER", 0, "Where a failing one and what else is found go (build/CONFIG/COMMAND)", 0},
    {0}};
const struct argp tsp_campaign_argp = {campaign_options, parse_campaign, NULL, NULL, NULL, NULL, NULL};

tsp_status tsp_campaign_open(const tsp_campaign *c, const char *name, const tsp_config **cfg, char folder[256],
                             tsp_error *err)
{
  if (!(*cfg = tsp_config_find(c->config)))
    return tsp_fail(err, TSP_ERANGE, "no configuration '%.100s'", c->config);
  if (c->out)
    snprintf(folder, 256, "%s", c->out);
  else
    snprintf(folder, 256, "build/%.100s/%s", c->config, name);
  return tsp_folder_make(folder, err);
}
