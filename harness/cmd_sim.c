/* SPDX-License-Identifier: Apache-2.0 */
/* tsp sim - runs a test or an image, prints the verdict, and leaves report.json and the program. */
#include "commands.h"
#include "files.h"
#include "options.h"
#include "replay.h"
#include "rolling.h"
#include "sim.h"
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BEFORE = 64, AFTER = 16 }; /* cycles of waves around a divergence */
enum {
  KEY_CONFIG = 256,
  KEY_ENGINE,
  KEY_SEED,
  KEY_RUN,
  KEY_INJECT,
  KEY_FROM,
  KEY_CYCLES,
  KEY_OUT,
  KEY_REPLAY,
  KEY_LIMIT,
  KEY_WAVES,
  KEY_WINDOW,
  KEY_STATE,
  KEY_SET,
  KEY_UNPROVED
};

static const struct argp_option options[] = {
    {"config", KEY_CONFIG, "NAME", 0, "Configuration (default: mini, or that of the image)", 0},
    {"engine", KEY_ENGINE, "NAME", 0, "lockstep (default), golden or rtl", 0},
    {"seed", KEY_SEED, "N", 0, "Seed of data, shapes and undefined registers (default 1)", 0},
    {"run", KEY_RUN, "N", 0, "Only program N of a test with many", 0},
    {"set", KEY_SET, "NAME=VALUE", 0, "Value of a parameter of a kernel text; may be given again for others", 0},
    {"inject", KEY_INJECT, "PLACE", 0,
     "Flip a bit of the RTL: 1 draws one from the seed, else REG:BIT@CYCLE or REG:ELEMENT:BIT@CYCLE", 0},
    {"waves", KEY_WAVES, "fail", OPTION_ARG_OPTIONAL,
     "Write waves.fst; with =fail only after a failure, the last 4096 to 8192 cycles before it", 0},
    {"from", KEY_FROM, "CYCLE", 0, "First cycle of the waves", 0},
    {"cycles", KEY_CYCLES, "N", 0, "Cycles of waves (default 80 with --from)", 0},
    {"waves-only", KEY_WINDOW, NULL, 0, "Write only the waves of the window, with the RTL alone, and no report", 0},
    {"state", KEY_STATE, "FILE", 0, "With --waves-only: go on from the RTL in FILE, which a run with --waves=fail left",
     0},
    {"unproved", KEY_UNPROVED, NULL, 0, "Run a program that the verifier does not prove (see tsp verify)", 0},
    {"limit", KEY_LIMIT, "N", 0, "Give up after N cycles", 0},
    {"out", KEY_OUT, "FOLDER", 0, "Where report, program and waves go (default build/CONFIG/NAME)", 0},
    {"replay", KEY_REPLAY, "FOLDER", 0, "The run whose report.json is in FOLDER, again", 0},
    {0}};

typedef struct {
  tsp_sim_options o;
  tsp_replay replay;
  char out[256];
  const char *config, *replay_folder, *engine;
  bool waves_only, has_seed;
  int sets;
} args;

static error_t parse(int key, char *arg, struct argp_state *state)
{
  args *a = state->input;
  tsp_sim_options *o = &a->o;
  switch (key) {
  case KEY_CONFIG: a->config = arg; break;
  case KEY_ENGINE: a->engine = arg; break;
  case KEY_SEED:
    o->seed = tsp_option_number(state, "seed", arg, UINT64_MAX);
    a->has_seed = true;
    break;
  case KEY_SET:
    if (a->sets == TSP_SIM_SET)
      argp_error(state, "more than %d parameters", TSP_SIM_SET);
    o->set[a->sets++] = arg;
    break;
  case KEY_RUN: o->run = (int)tsp_option_number(state, "run", arg, INT_MAX); break;
  case KEY_INJECT: o->inject = arg; break;
  case KEY_WAVES:
    if (arg && strcmp(arg, "fail") != 0)
      argp_error(state, "--waves takes nothing or fail, not '%s'", arg);
    *(arg ? &o->rolling : &o->waves) = true;
    break;
  case KEY_FROM:
    o->from = tsp_option_number(state, "from", arg, UINT64_MAX);
    o->has_window = true;
    break;
  case KEY_CYCLES:
    o->cycles = tsp_option_number(state, "cycles", arg, UINT64_MAX);
    o->has_window = true;
    break;
  case KEY_WINDOW: a->waves_only = true; break;
  case KEY_STATE: o->state = arg; break;
  case KEY_UNPROVED: o->unproved = true; break;
  case KEY_LIMIT: o->limit = tsp_option_number(state, "limit", arg, UINT64_MAX); break;
  case KEY_OUT: o->out = arg; break;
  case KEY_REPLAY: a->replay_folder = arg; break;
  case ARGP_KEY_ARG:
    if (o->name)
      argp_error(state, "one NAME or FILE, not also '%s'", arg);
    o->name = arg;
    break;
  case ARGP_KEY_END:
    if (!o->name == !a->replay_folder)
      argp_error(state, "give a NAME, a FILE, or --replay FOLDER (tsp list shows the names)");
    if (a->engine && tsp_sim_engine_find(a->engine) < 0)
      argp_error(state, "--engine is lockstep, golden or rtl, not '%s'", a->engine);
    break;
  default: return ARGP_ERR_UNKNOWN;
  }
  return 0;
}

static const char *fail(const char *text)
{
  fprintf(stderr, "tsp sim: %s\n", text);
  return NULL;
}

static const tsp_case *find_case(const char *name)
{
  for (int i = 0; i < tsp_case_count; i++)
    if (strcmp(tsp_cases[i]->name, name) == 0)
      return tsp_cases[i];
  return NULL;
}

static bool take_replay(args *a)
{
  tsp_error err;
  if (!a->replay_folder)
    return true;
  if (tsp_replay_read(a->replay_folder, &a->replay, &err) != TSP_OK)
    return fail(err.text);
  tsp_sim_options *o = &a->o;
  o->name = a->replay.test;
  o->out = o->out ? o->out : a->replay_folder;
  a->config = a->config ? a->config : a->replay.config;
  a->engine = a->engine ? a->engine : a->replay.engine;
  o->seed = a->has_seed ? o->seed : a->replay.seed;
  for (int i = 0; a->sets == 0 && i < TSP_REPLAY_SET && a->replay.set[i][0]; i++)
    o->set[i] = a->replay.set[i];
  o->run = o->run >= 0 ? o->run : a->replay.run;
  if (!o->inject && a->replay.inject[0])
    o->inject = a->replay.inject;
  return true;
}

/* Resolves names; prints what is wrong and returns false. */
static bool resolve(args *a)
{
  tsp_sim_options *o = &a->o;
  char text[256];
  const char *base = strrchr(o->name, '/');
  o->test = find_case(o->name);
  if (!o->test && access(o->name, R_OK) != 0) {
    snprintf(text, sizeof text, "'%.100s' is neither a test nor a file that can be read; tsp list shows the tests",
             o->name);
    return fail(text);
  }
  size_t n = strlen(o->name);
  bool kernel = n > 3 && strcmp(o->name + n - 3, ".tk") == 0;
  if (o->set[0] && !kernel)
    return fail("--set goes with a kernel text, FILE.tk");
  if (!a->config && (o->test || kernel))
    a->config = "mini";
  if (a->config && !(o->cfg = tsp_config_find(a->config))) {
    snprintf(text, sizeof text, "no configuration '%.100s'", a->config);
    return fail(text);
  }
  o->on = a->engine ? tsp_sim_engine_find(a->engine) : TSP_ON_LOCKSTEP;
  if (o->on < 0)
    return fail("the report names no engine that exists");
  if (o->has_window && !o->cycles)
    o->cycles = BEFORE + AFTER;
  if (!o->out) {
    snprintf(a->out, sizeof a->out, "build/%s/%.100s", a->config ? a->config : "image", base ? base + 1 : o->name);
    o->out = a->out;
  }
  if (strlen(o->out) >= sizeof a->out)
    return fail("the name of the output folder is too long");
  return true;
}

/* Path of the sibling of this program that was built with waves; false if there is none or this is it. */
static bool waves_program(const char *program, char *path, size_t size)
{
  size_t n = strlen(program);
  bool itself = n > 6 && strcmp(program + n - 6, "-waves") == 0;
  return !itself && (size_t)snprintf(path, size, "%s-waves", program) < size && access(path, X_OK) == 0;
}

/* The waves of o's window, and their save file. */
static tsp_status window(const tsp_sim_options *o, tsp_error *err)
{
  tsp_run run;
  tsp_engine *e = NULL;
  tsp_flip flip = {0};
  tsp_status s = tsp_sim_program(o, o->run > 0 ? o->run : 0, &run, err);
  const tsp_config *cfg;
  if (s == TSP_OK)
    s = tsp_sim_config(run.image, &cfg, err);
  if (s == TSP_OK && o->inject && (s = tsp_engines_rtl(cfg, o->seed, &e, err)) == TSP_OK)
    s = tsp_flip_parse(o->inject, e, o->seed, run.image->cycles_predicted, &flip, err);
  tsp_engine_close(e);
  if (s == TSP_OK)
    s = tsp_sim_waves(o, &run, &flip, err);
  if (s == TSP_OK)
    s = tsp_sim_savefile(o, run.image, o->from, o->cycles, NULL, err);
  if (run.free)
    run.free(run.ctx);
  tsp_image_free(run.image);
  return s;
}

/* The same from this program's sibling that was built with waves. */
static bool sibling_waves(const tsp_sim_options *o)
{
  char path[300], first[32], count[32], out[256], state[320];
  if (!waves_program(o->program, path, sizeof path))
    return false;
  snprintf(first, sizeof first, "%" PRIu64, o->from);
  snprintf(count, sizeof count, "%" PRIu64, o->cycles);
  snprintf(out, sizeof out, "%s", o->out);
  snprintf(state, sizeof state, "%s", o->state ? o->state : "");
  char sim[] = "sim", replay[] = "--replay", only[] = "--waves-only", f[] = "--from", c[] = "--cycles", s[] = "--state";
  char *argv[] = {path, sim, replay, out, only, f, first, c, count, o->state ? s : NULL, state, NULL};
  pid_t child;
  int status;
  return posix_spawn(&child, path, NULL, NULL, argv, environ) == 0 && waitpid(child, &status, 0) == child &&
         WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Around a divergence, or from the saved state to the end. */
static void window_waves(const args *a, tsp_report *r)
{
  uint64_t end = r->diverged ? r->divergence.cycle : r->csr.cycles;
  tsp_sim_options o = a->o;
  tsp_error err = {""};
  o.run = r->run;
  uint64_t before = r->state[0] ? 2 * TSP_ROLLING_CYCLES : BEFORE;
  o.from = end > before ? end - before : 0;
  if (r->state[0] && o.from < r->state_cycle)
    o.from = r->state_cycle;
  o.cycles = end - o.from + AFTER;
  o.state = r->state[0] ? r->state : NULL;
  if (!sibling_waves(&o) && window(&o, &err) != TSP_OK) {
    snprintf(r->waves_command, sizeof r->waves_command,
             "make %s-waves && %s-waves sim --replay %s --waves-only --from %" PRIu64 "%s%s", r->program, r->program,
             r->out, o.from, o.state ? " --state " : "", o.state ? o.state : "");
    return;
  }
  snprintf(r->waves, sizeof r->waves, "%s/waves.fst", r->out);
  if (o.state)
    unlink(o.state);
  if (tsp_sim_savefile(&o, r->image, o.from, o.cycles, r->diverged ? &r->divergence : NULL, &err) != TSP_OK)
    fprintf(stderr, "tsp sim: %s\n", err.text);
}

static int waves_only(const args *a)
{
  tsp_error err = {""};
  tsp_status s = window(&a->o, &err);
  if (s != TSP_OK)
    fail(err.text);
  return s == TSP_OK ? 0 : 2;
}

static int run(const args *a)
{
  tsp_report r;
  tsp_error err = {""};
  tsp_sim(&a->o, &r);
  tsp_report_replay(&r);
  tsp_status s = tsp_report_write(&r, &err);
  if (s == TSP_OK && (r.diverged || r.state[0]) && !r.waves[0]) {
    window_waves(a, &r); /* reads the report that is there already */
    s = tsp_report_write(&r, &err);
  }
  if (s != TSP_OK) {
    r.verdict = TSP_VERDICT_ERROR;
    snprintf(r.reason, sizeof r.reason, "%s", err.text);
  }
  tsp_report_print(&r, stdout);
  int status = tsp_report_exit_status(&r);
  tsp_report_free(&r);
  return status;
}

int cmd_sim(int argc, char **argv)
{
  static const struct argp argp = {
      options,
      parse,
      "NAME | FILE.tk | FILE.tsp | FILE.s | --replay FOLDER",
      "Runs a test, a kernel text or a program image on RTL and golden model in lockstep, or on one of "
      "them alone.\vExit status: 0 pass, 1 fail, 2 error.",
      NULL,
      NULL,
      NULL};
  args a = {.o = {.run = -1, .seed = 1, .program = program_invocation_name, .progress = stderr}};
  char *own[argc + 2], program[300], sim[] = "sim"; /* argp permutes argv */
  own[0] = program;
  own[1] = sim;
  memcpy(own + 2, argv + 1, (size_t)argc * sizeof *own); /* with the NULL at the end */
  argp_parse(&argp, argc, argv, 0, NULL, &a);
  if (!take_replay(&a) || !resolve(&a))
    return 2;
  if ((a.o.waves || a.waves_only) && a.o.on != TSP_ON_GOLDEN && waves_program(a.o.program, program, sizeof program))
    execv(program, own); /* comes back only on an error: then the run itself says what is missing */
  tsp_error err;
  if (tsp_folder_make(a.o.out, &err) != TSP_OK) {
    fail(err.text);
    return 2;
  }
  return a.waves_only ? waves_only(&a) : run(&a);
}
