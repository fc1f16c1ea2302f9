/* SPDX-License-Identifier: Apache-2.0 */
/* graph.h - what the files of the graph share. Private to compiler/. */
#ifndef TSP_GRAPH_INTERNAL_H
#define TSP_GRAPH_INTERNAL_H
#include "tsp_graph.h"

enum { GRAPH_ELEMENTS = 1 << 27 }; /* of a tensor, at most: more than any configuration's memory holds */
enum { GRAPH_BYTES = 1 << 30 };    /* of memory for a graph, at most: hostile kernels end here */
enum { GRAPH_NAME = 64 };          /* bytes of a name with its end */

/* All memory of a graph is freed with it. */
typedef struct tspg_block {
  struct tspg_block *next;
} tspg_block;

typedef struct {
  tsp_node node;
  int replaced; /* the SCATTER that made a new version of this state, or -1 */
  int turned;   /* the same with the last two axes exchanged, or -1 */
} tspg_item;

struct tsp_graph {
  char name[GRAPH_NAME];
  tsp_status status;
  tsp_error err;
  uint32_t line, column;
  int count, room;
  tspg_item **item;
  tspg_block *blocks;
  uint64_t bytes;
  const char *missing; /* a file whose stand-in was taken, or NULL */
  int *known;          /* hash table of numbers of nodes + 1 (graph_known.c) */
  int known_size, known_used;
};

/* What an operation is. */
enum { OF_ANY, OF_INTEGERS, OF_FLOATS };
typedef struct {
  const char *name;
  int operands; /* 1 or 2: made by tsp_graph_unary() or _binary(); 0: has a function of its own */
  int of;       /* element types */
} tspg_op;
const tspg_op *tspg_op_info(int op);

/* Zeroed memory that lives as long as the graph; NULL after keeping the error. */
void *tspg_alloc(tsp_graph *g, uint64_t bytes);
void *tspg_copy(tsp_graph *g, const void *from, uint64_t bytes);

/* The node, if the graph is without error and the operand of `op` may be used; otherwise NULL after keeping an error.
 */
const tsp_node *tspg_operand(tsp_graph *g, int op, int id);

/* Appends a node like n with operands `input` (n->inputs of them), both checked already except for the size of the
 * tensor; its number or -1. Pointers of n must live as long as the graph. */
int tspg_add(tsp_graph *g, const tsp_node *n, const int *input);

/* A new graph of what `rewrite` makes of each node, whose operands are numbers of the new graph, in the old order;
 * names and outputs are carried over. Only nodes with live[id], if live is given. NULL and err on failure. */
typedef int (*tspg_rewriter)(tsp_graph *to, const tsp_node *n, const int *in);
tsp_graph *tspg_rewrite(const tsp_graph *g, tspg_rewriter rewrite, const bool *live, tsp_error *err);
int tspg_clone(tsp_graph *g, const tsp_node *n, const int *in); /* the node as it is */

/* The first node that computes the same as a new one, which may be itself; leaves with a name and scatters count as
 * different. Keeps an error and returns -1 if there is no memory. */
int tspg_known(tsp_graph *g, int id);

/* A tensor with its last two axes exchanged where that costs nothing or a product the other way round; else -1
 * (turn.c).
 */
int tspg_turned(tsp_graph *g, int id);

/* Keeps "op: ..", with what happened. */
int tspg_misfit(tsp_graph *g, int op, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* "x f16[64, 32]"; without a name "#7 f16[64, 32]". */
typedef struct {
  char text[160];
} tspg_text;
const char *tspg_describe(const tsp_graph *g, int id, tspg_text *t);
const char *tspg_shape_text(int rank, const uint32_t *shape, tspg_text *t);

/* Shape of b broadcast against a into a; false if they do not fit. */
bool tspg_broadcast(int *rank, uint32_t shape[TSP_GRAPH_RANK], int b_rank, const uint32_t *b_shape);
bool tspg_same_shape(const tsp_node *a, int rank, const uint32_t *shape);

static inline bool tspg_is_float(int type)
{
  return type == TSP_F16 || type == TSP_F32;
}
/* The integer type of that width: what a mask of it has. */
static inline int tspg_mask_type(int type)
{
  return type == TSP_F16 ? TSP_I16 : type == TSP_F32 ? TSP_I32 : type;
}
static inline uint64_t tspg_bytes(const tsp_node *n)
{
  return tsp_node_elements(n) * (uint64_t)tsp_type_size(n->type);
}
#endif
