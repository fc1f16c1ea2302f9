// SPDX-License-Identifier: Apache-2.0
// random_graphs.c: each program of this case is a graph that nobody wrote.
#include "cases.h"
#include "kernel.h"
#include "random_graph.h"

enum { AGAIN = 16 }; /* graphs that are drawn until one runs */

/* A graph that the compiler refuses has failed, unless that can be told from shapes and configuration alone: what the
 * host and the next run find in memory has to lie there all at once, a row of the last axis in words of its own. */
bool tsp_case_too_large(const tsp_config *cfg, const tsp_graph *g)
{
  uint64_t words = 0;
  for (int i = 0; i < tsp_graph_count(g); i++) {
    const tsp_node *n = tsp_graph_node(g, i);
    if (n->op == TSP_G_INPUT || n->op == TSP_G_STATE || n->output)
      words += random_graph_words(cfg, n);
  }
  return words > random_graph_memory(cfg);
}

static void release(tsp_run *run)
{
  run->free(run->ctx);
  tsp_image_free(run->image);
  *run = (tsp_run){0};
}

/* The first of AGAIN graphs that the configuration has room for and the oracle can judge, or that fails otherwise. */
static tsp_status draw(const tsp_config *cfg, uint64_t seed, int i, int *which, tsp_run *out, tsp_error *err)
{
  unsigned too_large = 0, unjudged = 0;
  for (int again = 0; again < AGAIN; again++) {
    *which = i * AGAIN + again;
    tsp_graph *g = random_graph(cfg, seed, (uint64_t)*which);
    if (!g)
      return tsp_fail(err, TSP_ENOMEM, "out of memory");
    bool large = tsp_case_too_large(cfg, g);
    tsp_status s = tsp_kernel_run(cfg, g, seed, out, err);
    out->too_large = too_large;
    out->unjudged = unjudged;
    if (s == TSP_OK ? !large && kernel_known(out) > 0 : s != TSP_ERANGE || !large)
      return s;
    if (s == TSP_OK)
      release(out);
    if (s == TSP_OK && large)
      return tsp_fail(err, TSP_ESTATE, "it compiles, though its inputs, states and outputs do not fit into the memory");
    too_large += large;
    unjudged += !large;
  }
  return tsp_fail(err, TSP_ERANGE, "of %d graphs %u are too large and the oracle can judge none of the others", AGAIN,
                  too_large);
}

static tsp_status make(const tsp_config *cfg, uint64_t seed, int i, tsp_run *out, tsp_error *err)
{
  int which;
  return draw(cfg, seed, i, &which, out, err);
}

tsp_graph *tsp_case_graph(const tsp_config *cfg, uint64_t seed, int i)
{
  tsp_run run = {0};
  int which = 0;
  if (draw(cfg, seed, i, &which, &run, NULL) == TSP_OK)
    release(&run);
  return random_graph(cfg, seed, (uint64_t)which);
}

const tsp_case case_random_graphs = {"random_graphs", "graphs of random operations, types and shapes", 20, make};
