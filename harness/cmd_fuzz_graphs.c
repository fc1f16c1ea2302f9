/* SPDX-License-Identifier: Apache-2.0 */
/* tsp fuzz-graphs - random graphs, compiled, run and compared with the oracle; a failing one is made small and kept.
 * One that the compiler refuses has failed too, whatever the compiler says, unless shapes and configuration alone tell
 * that the memory cannot hold its inputs, states and outputs (tsp_case_too_large()); those are counted, and replaced.
 */
#include "commands.h"
#include "files.h"
#include "graph_shrink.h"
#include "options.h"
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_KEEP_GOING = 256, KEY_UNPROVED };
enum { TRIES = 200, KINDS = 32 };

static const struct argp_option options[] = {
    {"keep-going", KEY_KEEP_GOING, NULL, 0, "After a failure too; shrinks the first of each kind", 0},
    {"unproved", KEY_UNPROVED, NULL, 0, "Run what the verifier does not prove, too", 0},
    {0}};

typedef struct {
  tsp_sim_options o;
  tsp_case test;
  tsp_campaign of;
  bool keep_going;
  char folder[256], small[320];
  char wanted[64]; /* kind of the failure that is being shrunk */
  char kind[KINDS][64];
  uint64_t seen[KINDS];
  int kinds;
  uint64_t cycles, bound, outputs, failed, too_large, unjudged;
} fuzzer;

static error_t parse(int key, char *arg, struct argp_state *state)
{
  fuzzer *z = state->input;
  (void)arg;
  switch (key) {
  case ARGP_KEY_INIT: state->child_inputs[0] = &z->of; break;
  case KEY_UNPROVED: z->o.unproved = true; break;
  case KEY_KEEP_GOING: z->keep_going = true; break;
  case ARGP_KEY_END:
    z->o.seed = z->of.seed;
    z->o.on = tsp_sim_engine_find(z->of.engine);
    if (z->o.on < 0)
      argp_error(state, "--engine is lockstep, golden or rtl, not '%s'", z->of.engine);
    break;
  default: return ARGP_ERR_UNKNOWN;
  }
  return 0;
}

/* A failure without its numbers, file and graph node: two of one kind have one cause, most likely. */
static void kind_of(const tsp_report *r, char kind[64])
{
  const char *p = r->reason, *file = strstr(p, ".tk: "), *node = strstr(p, "]: ");
  size_t n = 0;
  kind[0] = 0;
  if (r->verdict == TSP_VERDICT_PASS)
    return;
  for (p = node ? node + 3 : file ? file + 5 : p; *p && n < 48; p++)
    if (!isdigit((unsigned char)*p) && *p != ',')
      kind[n++] = *p;
  kind[n] = 0;
}

/* Whether the graph, written as kernel text, fails as the one that is being shrunk. */
static bool fails(void *ctx, const tsp_graph *g)
{
  fuzzer *z = ctx;
  tsp_sim_options o = z->o;
  tsp_report r;
  char kind[64];
  FILE *f = tsp_case_too_large(z->o.cfg, g) ? NULL : fopen(z->small, "w");
  if (!f)
    return false;
  tsp_graph_write(g, f);
  if (fclose(f) != 0)
    return false;
  o.test = NULL;
  o.name = z->small;
  o.run = 0;
  tsp_sim(&o, &r);
  kind_of(&r, kind);
  tsp_report_free(&r);
  return strcmp(kind, z->wanted) == 0;
}

static void shrink(fuzzer *z, uint64_t i)
{
  tsp_error err = {""};
  snprintf(z->small, sizeof z->small, "%.255s/graph%" PRIu64 ".tk", z->folder, i);
  tsp_graph *g = tsp_case_graph(z->o.cfg, z->o.seed, (int)i);
  if (g && fails(z, g)) {
    g = tsp_graph_shrink(g, fails, z, TRIES);
    fails(z, g); /* leaves it in the file */
    tsp_graph_write(g, stdout);
  } else {
    printf("  it does not fail as kernel text%s\n", err.text);
  }
  tsp_graph_free(g);
  printf("  small     %s\n  replay    %s sim %s --config %s --engine %s --seed %" PRIu64 "\n", z->small, z->o.program,
         z->small, z->o.cfg->name, tsp_sim_engine_name(z->o.on), z->o.seed);
}

/* Counts a failure; true if none of its kind was seen. */
static bool is_new(fuzzer *z, const char *kind)
{
  int k = 0;
  while (k < z->kinds && strcmp(z->kind[k], kind) != 0)
    k++;
  if (k == KINDS)
    return false;
  if (k == z->kinds)
    snprintf(z->kind[z->kinds++], sizeof z->kind[0], "%s", kind);
  return z->seen[k]++ == 0;
}

static bool one(fuzzer *z, uint64_t i)
{
  tsp_report r;
  z->o.run = (int)i;
  tsp_sim(&z->o, &r);
  bool ok = r.verdict == TSP_VERDICT_PASS;
  z->cycles += r.cycles_executed;
  z->bound += r.lower_bound;
  z->outputs += r.oracle.compared;
  z->too_large += r.too_large;
  z->unjudged += r.unjudged;
  if (!ok) {
    z->failed++;
    kind_of(&r, z->wanted);
    printf("graph %" PRIu64 ": %s\n", i, r.reason);
    fflush(stdout);
    if (is_new(z, z->wanted))
      shrink(z, i);
  }
  fflush(stdout);
  tsp_report_free(&r);
  return ok;
}

static int run(fuzzer *z)
{
  uint64_t i = z->of.from;
  for (bool ok = true; i < z->of.from + z->of.count && (ok || z->keep_going); i++)
    ok = one(z, i);
  i -= z->of.from;
  for (int k = 0; k < z->kinds && z->keep_going; k++)
    printf("  %6" PRIu64 " x %s\n", z->seen[k], z->kind[k]);
  printf("  drawn and not run: %" PRIu64 " graphs that the memory cannot hold, %" PRIu64
         " that the oracle cannot judge\n",
         z->too_large, z->unjudged);
  printf("%s %" PRIu64 " graphs (%s, %s, seed %" PRIu64 "): %" PRIu64 " failed, %" PRIu64
         " cycles, %.2f of their bounds, %" PRIu64 " outputs compared\n",
         z->failed ? "FAIL" : "PASS", i, z->o.cfg->name, tsp_sim_engine_name(z->o.on), z->o.seed, z->failed, z->cycles,
         z->bound ? (double)z->cycles / (double)z->bound : 0, z->outputs);
  return z->failed ? 1 : 0;
}

int cmd_fuzz_graphs(int argc, char **argv)
{
  static const struct argp_child common[] = {{&tsp_campaign_argp, 0, NULL, 0}, {0}};
  static const struct argp argp = {
      options,
      parse,
      NULL,
      "Compiles random graphs (200), runs them and compares with the oracle.\vExit status: 0 all pass, "
      "1 one failed, 2 error.",
      common,
      NULL,
      NULL};
  fuzzer z = {.o = {.program = program_invocation_name},
              .of = {.config = "mini", .engine = "lockstep", .seed = 1, .count = 200}};
  tsp_error err = {""};
  if (argp_parse(&argp, argc, argv, 0, NULL, &z))
    return 2;
  for (int i = 0; i < tsp_case_count; i++)
    if (strcmp(tsp_cases[i]->name, "random_graphs") == 0)
      z.test = *tsp_cases[i];
  z.test.runs = INT_MAX;
  z.o.test = &z.test;
  z.o.name = z.test.name;
  z.o.out = z.folder;
  if (tsp_campaign_open(&z.of, "fuzz-graphs", &z.o.cfg, z.folder, &err) == TSP_OK)
    return run(&z);
  fprintf(stderr, "tsp fuzz-graphs: %s\n", err.text);
  return 2;
}
