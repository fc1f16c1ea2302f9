/* SPDX-License-Identifier: Apache-2.0 */
/* random_graph.h - seeded graphs of all operations, types and odd shapes, for fuzzing the compiler. */
#ifndef TSP_CASE_RANDOM_GRAPH_H
#define TSP_CASE_RANDOM_GRAPH_H
#include "tsp_graph.h"

/* Graph i of a seed, of what the configuration has: without floating point integer operations only, no elements wider
 * than a hemisphere has MEM slices, no tensors that fill much of the memory. NULL: out of memory. */
tsp_graph *random_graph(const tsp_config *cfg, uint64_t seed, uint64_t i);

/* Words of memory that the configuration has; and that a tensor takes, whose last axis lies on the lanes. */
uint64_t random_graph_memory(const tsp_config *cfg);
uint64_t random_graph_words(const tsp_config *cfg, const tsp_node *n);
#endif
