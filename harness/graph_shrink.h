/* SPDX-License-Identifier: Apache-2.0 */
/* graph_shrink.h - makes a failing graph small. */
#ifndef TSP_GRAPH_SHRINK_H
#define TSP_GRAPH_SHRINK_H
#include "tsp_graph.h"

/* Whether a graph still fails in the same way. */
typedef bool (*tsp_graph_fails)(void *ctx, const tsp_graph *g);

/* Tries fewer operations, smaller sizes, uniform constants for as long as the graph still fails, at most `tries` times.
 * Takes g over and returns it or a smaller one. */
tsp_graph *tsp_graph_shrink(tsp_graph *g, tsp_graph_fails fails, void *ctx, int tries);
#endif
