/* SPDX-License-Identifier: Apache-2.0 */
/* tsp bench-compiler - a table of kernels: cycles against the lower bound, compile time, text size. A parameter may
 * have several values: a row for each. */
#include "commands.h"
#include "progress.h"
#include "tsp_graph.h"
#include "tsp_verify.h"
#include <argp.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_CONFIG = 256, KEY_SET, KEY_SWEEP, SETS = 8, FILES = 64 };

static const struct argp_option options[] = {
    {"config", KEY_CONFIG, "NAME", 0, "Configuration (default mini)", 0},
    {"set", KEY_SET, "NAME=VALUE", 0, "Value of a parameter of the kernels", 0},
    {"sweep", KEY_SWEEP, "NAME=A,B,..", 0, "Values of a parameter: a row for each of them", 0},
    {0}};

typedef struct {
  const tsp_config *cfg;
  const char *set[SETS + 1], *file[FILES]; /* the last set is the sweep's, where there is one */
  const char *sweep;
  int sets, files;
} bench;

static error_t parse(int key, char *arg, struct argp_state *state)
{
  bench *b = state->input;
  switch (key) {
  case KEY_CONFIG:
    if (!(b->cfg = tsp_config_find(arg)))
      argp_error(state, "there is no configuration %s", arg);
    return 0;
  case KEY_SET:
    if (b->sets == SETS - 1)
      argp_error(state, "more than %d parameters", SETS - 1);
    b->set[b->sets++] = arg;
    return 0;
  case KEY_SWEEP:
    if (b->sweep)
      argp_error(state, "one --sweep, not also '%s'", arg);
    if (!strchr(arg, '=') || !strchr(arg, '=')[1])
      argp_error(state, "--sweep %s: expected a parameter and its values, for example N=64,128", arg);
    b->sweep = arg;
    return 0;
  case ARGP_KEY_ARG:
    if (b->files == FILES)
      argp_error(state, "more than %d kernels", FILES);
    b->file[b->files++] = arg;
    return 0;
  case ARGP_KEY_END:
    if (b->files == 0)
      argp_error(state, "give kernel texts");
    return 0;
  default: return ARGP_ERR_UNKNOWN;
  }
}

static void row(const bench *b, const char *name, const tsp_image *image, double seconds)
{
  const tsp_bound *bound = tsp_image_bound(image);
  uint64_t words = 0;
  for (int q = 0; q < image->queue_count; q++)
    words += image->queue[q].length;
  tsp_verify_result v;
  tsp_status proof = tsp_verify(b->cfg, NULL, image, TSP_VERIFY_ALL, NULL, &v, NULL);
  printf("%-22s %10" PRIu64 " %10" PRIu64 " %6.2f  %-14s %8.2f %10" PRIu64 "  %s\n", name, image->cycles_predicted,
         bound ? bound->cycles : 0, bound ? (double)image->cycles_predicted / (double)bound->cycles : 0.0,
         bound ? bound->resource : "", seconds, words, proof == TSP_OK ? "yes" : "no");
}

/* swept: "NAME=value" of the sweep, or NULL. */
static bool one(const bench *b, const char *path, const char *swept)
{
  const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
  tsp_error err = {""};
  tsp_image *image = NULL;
  char name[96];
  snprintf(name, sizeof name, "%.*s%s%s", (int)strcspn(base, "."), base, swept ? " " : "", swept ? swept : "");
  double before = tsp_now();
  tsp_graph *g = tsp_graph_read(path, b->set[0] ? b->set : NULL, &err);
  tsp_status s = g ? tsp_graph_compile(b->cfg, NULL, g, NULL, &image, &err) : TSP_EFORMAT;
  if (s == TSP_OK)
    row(b, name, image, tsp_now() - before);
  else
    printf("%-22s %s\n", name, err.text);
  fflush(stdout);
  tsp_image_free(image);
  tsp_graph_free(g);
  return s == TSP_OK;
}

/* A kernel with each value of the sweep. */
static bool each(bench *b, const char *path)
{
  if (!b->sweep)
    return one(b, path, NULL);
  bool all = true;
  int name = (int)(strchr(b->sweep, '=') + 1 - b->sweep);
  for (const char *value = b->sweep + name; *value;) {
    char set[64];
    int length = (int)strcspn(value, ",");
    snprintf(set, sizeof set, "%.*s%.*s", name, b->sweep, length, value);
    b->set[b->sets] = set;
    all = one(b, path, set) && all;
    value += length;
    value += *value == ',';
  }
  b->set[b->sets] = NULL;
  return all;
}

int cmd_bench_compiler(int argc, char **argv)
{
  static const struct argp argp = {
      options,
      parse,
      "FILE.tk...",
      "Compiles kernels and prints cycles, lower bound and what bounds them, compile time in "
      "seconds, words of program text, and whether the verifier proves the program.\v"
      "Exit status: 0 all compiled, 1 one did not, 2 wrong arguments.",
      NULL,
      NULL,
      NULL};
  bench b = {.cfg = tsp_config_find("mini")};
  if (argp_parse(&argp, argc, argv, 0, NULL, &b))
    return 2;
  bool all = true;
  printf("%-22s %10s %10s %6s  %-14s %8s %10s  %s\n", b.cfg->name, "cycles", "bound", "ratio", "bound by", "compile s",
         "text", "proved");
  for (int i = 0; i < b.files; i++)
    all = each(&b, b.file[i]) && all;
  return all ? 0 : 1;
}
