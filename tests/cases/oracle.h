/* SPDX-License-Identifier: Apache-2.0 */
/* oracle.h - what a graph means: every node evaluated in doubles by its mathematical definition, composites directly,
 * with a bound on what the machine may be off (oracle_est.h). It knows nodes, and nothing else of the compiler. States
 * keep their contents from run to run. */
#ifndef TSP_CASE_ORACLE_H
#define TSP_CASE_ORACLE_H
#include "oracle_est.h"
#include "tsp_case.h"
#include "tsp_graph.h"

typedef struct oracle oracle;

/* The graph stays the caller's and must live as long. Inputs begin with their default, or zeros. NULL: out of memory.
 */
oracle *oracle_new(const tsp_graph *g);
void oracle_free(oracle *o);

/* Contents of an INPUT or STATE before the next run, row-major. */
void oracle_set(oracle *o, int id, const uint8_t *data);

/* One run. TSP_ERANGE if an index is none of its table. */
tsp_status oracle_run(oracle *o, tsp_error *err);

/* Elements of a node after a run. */
const est *oracle_value(const oracle *o, int id);

/* Adds to *out how `got`, row-major contents of an output, differs. An element may differ by the node's budget
 * (within + relative * |expected|) if it has one, else by the oracle's own bound. Elements that nothing is known of are
 * left out; their number is returned. */
uint64_t oracle_compare(const oracle *o, int id, const uint8_t *got, tsp_oracle *out);

/* A composite node's elements; TSP_ENOMEM. */
tsp_status oracle_composite(const tsp_graph *g, const tsp_node *n, est *const *in, est *to);

/* Row-major element of an operand where a result of shape n has its element `linear`: axes aligned at the last,
 * size 1 stretched. */
uint64_t oracle_broadcast(const tsp_node *n, const tsp_node *operand, uint64_t linear);
#endif
