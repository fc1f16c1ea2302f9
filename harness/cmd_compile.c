/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_compile.c - `tsp compile`: a kernel text, or a matrix product with seeded contents, compiled to an image file. */
#include "commands.h"
#include "options.h"
#include "progress.h"
#include "tsp_fetch.h"
#include "tsp_graph.h"
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_GEMM = 0x100, OPT_REQUANT, OPT_RELU, OPT_CONFIG, OPT_SEED, OPT_DUMP, OPT_SET, OPT_RESIDENT };
enum { SETS = 8 };

static const struct argp_option options[] = {
    {"set", OPT_SET, "NAME=VALUE", 0, "value of a parameter of the kernel text; may be given again for others", 0},
    {"gemm", OPT_GEMM, "MxKxN", 0, "instead of a kernel text the product x [M][K] * w [K][N] of int8 matrices", 0},
    {"requant", OPT_REQUANT, "SCALE", 0, "int8 results: product * SCALE, rounded and saturated; int32 without", 0},
    {"relu", OPT_RELU, NULL, 0, "with --requant: negative results become 0", 0},
    {"config", OPT_CONFIG, "NAME", 0, "configuration, by default mini", 0},
    {"seed", OPT_SEED, "N", 0, "seed of the contents of x and w, by default 1", 0},
    {"resident", OPT_RESIDENT, "N", 0,
     "words of each queue's text that the host loads at most, by default what a queue holds; the others are fetched",
     0},
    {"dump", OPT_DUMP, "PASS", 0, "print what a pass made; 'all' prints every one, and a name that is none lists them",
     0},
    {"output", 'o', "FILE", 0, "the image to write (.tsp)", 0},
    {0},
};

typedef struct {
  tsp_gemm gemm;
  const tsp_config *cfg;
  uint64_t seed;
  uint32_t resident;
  const char *kernel, *dump, *output, *set[SETS + 1];
  int sets;
} arguments;

static void parse_shape(struct argp_state *state, const char *text, tsp_gemm *g)
{
  char *end = (char *)(uintptr_t)text;
  uint32_t *size[3] = {&g->m, &g->k, &g->n};
  for (int i = 0; i < 3; i++) {
    if (*end < '0' || *end > '9')
      argp_error(state, "--gemm %s: expected MxKxN, for example 64x64x172", text);
    errno = 0;
    unsigned long v = strtoul(end, &end, 10);
    if (errno || v < 1 || v > UINT32_MAX || *end != (i < 2 ? 'x' : '\0'))
      argp_error(state, "--gemm %s: expected MxKxN with sizes of 1 or more", text);
    *size[i] = (uint32_t)v;
    end += i < 2;
  }
}

static float parse_scale(struct argp_state *state, const char *text)
{
  char *end;
  float scale = strtof(text, &end);
  if (end == text || *end || !isfinite(scale))
    argp_error(state, "--requant %s: not a number", text);
  return scale;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
  arguments *a = state->input;
  char *end;
  switch (key) {
  case OPT_GEMM: parse_shape(state, arg, &a->gemm); return 0;
  case OPT_REQUANT:
    a->gemm.requant = true;
    a->gemm.scale = parse_scale(state, arg);
    return 0;
  case OPT_RELU: a->gemm.relu = true; return 0;
  case OPT_CONFIG:
    a->cfg = tsp_config_find(arg);
    if (!a->cfg)
      argp_error(state, "there is no configuration %s", arg);
    return 0;
  case OPT_SEED: a->seed = tsp_option_number(state, "seed", arg, UINT64_MAX); return 0;
  case OPT_RESIDENT:
    a->resident = (uint32_t)strtoul(arg, &end, 0);
    if (end == arg || *end || a->resident == 0)
      argp_error(state, "--resident %s: not a number of 1 or more", arg);
    return 0;
  case OPT_SET:
    if (a->sets == SETS)
      argp_error(state, "more than %d parameters", SETS);
    a->set[a->sets++] = arg;
    return 0;
  case ARGP_KEY_ARG:
    if (a->kernel)
      argp_error(state, "one kernel text, not also '%s'", arg);
    a->kernel = arg;
    return 0;
  case OPT_DUMP: a->dump = arg; return 0;
  case 'o': a->output = arg; return 0;
  case ARGP_KEY_END:
    if ((a->gemm.m == 0) == !a->kernel)
      argp_error(state, "give one thing to compile: a kernel text, or for example --gemm 64x64x172");
    if (a->gemm.m > 0 && a->sets > 0)
      argp_error(state, "--set goes with a kernel text");
    if (!a->output && !a->dump)
      argp_error(state, "nothing to do: give -o FILE or --dump PASS");
    return 0;
  default: return ARGP_ERR_UNKNOWN;
  }
}

/* Seeded bytes (a 64-bit linear congruential generator, its upper bits). */
static int8_t *contents(uint64_t *state, uint64_t count)
{
  int8_t *p = malloc(count);
  for (uint64_t i = 0; p && i < count; i++) {
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    p[i] = (int8_t)(*state >> 56);
  }
  return p;
}

static tsp_graph *product(const arguments *a, tsp_error *err)
{
  tsp_gemm g = a->gemm;
  uint64_t rng = a->seed;
  int8_t *x = contents(&rng, (uint64_t)g.m * g.k), *w = contents(&rng, (uint64_t)g.k * g.n);
  g.x = x;
  g.w = w;
  tsp_graph *graph = x && w ? tsp_graph_gemm(&g) : NULL;
  if (!graph)
    tsp_fail(err, TSP_ENOMEM, "x and w do not fit this computer");
  free(x);
  free(w);
  return graph;
}

static tsp_status compile_graph(const arguments *a, const tsp_dump *dump, tsp_image **image, tsp_error *err)
{
  tsp_error why = {""};
  tsp_graph *g = a->kernel ? tsp_graph_read(a->kernel, a->set, err) : product(a, err);
  if (!g)
    return TSP_EFORMAT;
  tsp_status s = tsp_graph_compile(a->cfg, NULL, g, dump, image, &why);
  tsp_graph_free(g);
  return s == TSP_OK ? s : tsp_fail(err, s, "%s: %s", a->kernel ? a->kernel : "--gemm", why.text);
}

static uint64_t text_words(const tsp_image *image)
{
  uint64_t words = 0;
  for (int q = 0; q < image->queue_count; q++)
    words += image->queue[q].length;
  return words;
}

static tsp_status compile(const arguments *a, tsp_error *err)
{
  tsp_dump dump = {a->dump, stdout};
  tsp_image *image;
  double before = tsp_now();
  tsp_status s = compile_graph(a, &dump, &image, err);
  if (s != TSP_OK)
    return s;
  double seconds = tsp_now() - before;
  const tsp_bound *bound = tsp_image_bound(image);
  tsp_fetch_result f;
  if (a->resident)
    s = tsp_text_fetch(a->cfg, NULL, image, a->resident, &f, err);
  if (s == TSP_OK && a->resident)
    printf("%d queues fetch %" PRIu32 " words with %" PRIu32 " Ifetches; the text is %" PRIu32 " words longer\n",
           f.queues, f.words, f.fetches, f.added);
  if (s == TSP_OK && a->output)
    s = tsp_image_write(image, a->output, err);
  if (s == TSP_OK && a->output)
    printf("%s: %s for %s, %" PRIu64 " cycles, lower bound %" PRIu64 ", ratio %.2f, %" PRIu64
           " words of text, compiled in %.2f s\n",
           a->output, image->kernel, a->cfg->name, image->cycles_predicted, bound->cycles,
           (double)image->cycles_predicted / (double)bound->cycles, text_words(image), seconds);
  tsp_image_free(image);
  return s;
}

int cmd_compile(int argc, char **argv)
{
  static const struct argp argp = {
      options,
      parse,
      "FILE.tk",
      "Compiles a kernel into a scheduled program image.\vExit status: 0 compiled, 1 not, 2 wrong arguments.",
      NULL,
      NULL,
      NULL};
  arguments a = {.cfg = tsp_config_find("mini"), .seed = 1};
  tsp_error err = {{0}};
  error_t e = argp_parse(&argp, argc, argv, 0, NULL, &a);
  if (e)
    return 2;
  if (compile(&a, &err) == TSP_OK)
    return 0;
  fprintf(stderr, "tsp compile: %s\n", err.text);
  return 1;
}
