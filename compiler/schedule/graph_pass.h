/* SPDX-License-Identifier: Apache-2.0 */
/* graph_pass.h - what the passes of tsp_graph_compile() share. Private to compiler/. */
#ifndef TSP_GRAPH_PASS_H
#define TSP_GRAPH_PASS_H
#include "lower.h"
#include "scheduler.h"

bool tspc_wanted(const tsp_dump *dump, const char *pass);
/* Calls `to` if the dump asks for this pass. */
void tspc_print(tspc_prog *p, const tsp_dump *dump, const char *pass, void (*to)(const tspc_prog *, FILE *));
void tspc_dump_vecs(const tspc_prog *p, FILE *to);
void tspc_dump_nodes(const tspc_prog *p, const tspc_space *s, FILE *to);
void tspc_dump_ops(const tspc_prog *p, FILE *to);

/* Lower bounds of the image: the program's operations over what the machine has of each resource, and the longest chain
 * of operations that depend on each other. */
void tspc_find_bounds(tspc_prog *p, const tspc_space *s);
#endif
