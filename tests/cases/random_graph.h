/* SPDX-License-Identifier: Apache-2.0 */
/* random_graph.h - seeded graphs of all operations, types and odd shapes, for fuzzing the compiler. */
#ifndef TSP_CASE_RANDOM_GRAPH_H
#define TSP_CASE_RANDOM_GRAPH_H
#include "tsp_graph.h"

/* Graph i of a seed; without floating point in the configuration its integer operations only. NULL: out of memory. */
tsp_graph *random_graph(bool fp, uint64_t seed, uint64_t i);
#endif
