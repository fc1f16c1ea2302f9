// SPDX-License-Identifier: Apache-2.0
// random_graphs.c: each program of this case is a graph that nobody wrote.
#include "cases.h"
#include "kernel.h"
#include "random_graph.h"

enum { AGAIN = 16 }; /* graphs that are drawn until the oracle can judge one */

/* The first of AGAIN graphs that the configuration has room for and the oracle can judge, or that fails otherwise. */
static tsp_status draw(const tsp_config *cfg, uint64_t seed, int i, int *which, tsp_run *out, tsp_error *err)
{
  for (int again = 0; again < AGAIN; again++) {
    *which = i * AGAIN + again;
    tsp_graph *g = random_graph(cfg->fp, seed, (uint64_t)*which);
    if (!g)
      return tsp_fail(err, TSP_ENOMEM, "out of memory");
    tsp_status s = tsp_kernel_run(cfg, g, seed, out, err);
    if (s == TSP_ERANGE)
      continue;
    if (s != TSP_OK || kernel_known(out) > 0)
      return s;
    out->free(out->ctx);
    tsp_image_free(out->image);
  }
  *out = (tsp_run){0};
  return tsp_fail(err, TSP_ERANGE, "the oracle can judge none of %d graphs, or they do not fit", AGAIN);
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
  if (draw(cfg, seed, i, &which, &run, NULL) == TSP_OK && run.free) {
    run.free(run.ctx);
    tsp_image_free(run.image);
  }
  return random_graph(cfg->fp, seed, (uint64_t)which);
}

const tsp_case case_random_graphs = {"random_graphs", "graphs of random operations, types and shapes", 20, make};
