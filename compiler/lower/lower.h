/* SPDX-License-Identifier: Apache-2.0 */
/* lower.h - tensors of the graph as vecs. The last axis of a tensor lies on the lanes, so a row is one vec or several
 * (tiles of a vector's length); where rows lie in vecs is bookkeeping: many reshapes, slices and transposes cost
 * nothing. Private to compiler/. */
#ifndef TSP_LOWER_H
#define TSP_LOWER_H
#include "vec.h"

typedef struct {
  bool done;
  int type, bytes, rank;
  uint32_t shape[TSP_GRAPH_RANK];
  int rows, tiles, width; /* width: of the last axis */
  int *vec;               /* [rows][tiles] */
  int *lane;              /* [rows] where element 0 lies in its vec; 0 if there are several tiles */
  bool splat;             /* width 1, and every lane holds the element */
  bool repeated;          /* width 1, and every superlane holds the element, in the same lane of it */
} tspc_tensor;

typedef struct {
  tspc_prog *p;
  const tsp_graph *g;
  tspc_tensor *tensor; /* [nodes], made when first asked for */
  int *image;          /* [nodes] tensor of the image, or TSPC_NONE */
  int *array;          /* [nodes] array of a state (every version) or table, or TSPC_NONE */
} tspc_lower;

/* Lowers everything that outputs and states need. */
void tspc_lower_graph(tspc_prog *p, const tsp_graph *g);

/* The tensor of a node. */
tspc_tensor *tspc_tensor_of(tspc_lower *l, int node);
/* Room for a tensor of that type and shape. */
bool tspc_tensor_new(tspc_lower *l, tspc_tensor *t, int type, int rank, const uint32_t *shape);
void tspc_tensor_free(tspc_tensor *t);
static inline int *tspc_at(const tspc_tensor *t, int row, int tile)
{
  return &t->vec[(size_t)row * (size_t)t->tiles + (size_t)tile];
}
static inline int tspc_tile_width(const tspc_prog *p, const tspc_tensor *t, int tile)
{
  int left = t->width - tile * p->cfg->vector;
  return left < p->cfg->vector ? left : p->cfg->vector;
}

/* Integer type of that many bytes. */
int tspc_int_type(int bytes);
/* A row's vec of a tile with its element 0 at `lane`; of a splat any lane will do. */
int tspc_aligned(tspc_lower *l, const tspc_tensor *t, int row, int tile, int lane);
/* A row of width 1 in every lane. */
int tspc_splat(tspc_lower *l, const tspc_tensor *t, int row);
/* The lanes that mean nothing made zero. */
int tspc_defined(tspc_prog *p, int vec);
/* Remembers that lanes lo..hi-1 are used. */
void tspc_define(tspc_prog *p, int vec, int lo, int hi);
/* A product of weights of that many outputs: lanes beyond are zero, if their weights are loaded at all. */
void tspc_outputs(tspc_prog *p, int vec, int outputs);
bool tspc_constant(const tspc_prog *p, int vec);
/* Contents of a vec that is constant: [vector][bytes]; false if it is not. */
bool tspc_contents(tspc_prog *p, int vec, uint8_t *out);

/* ---- moves.c ---- */
/* A map that brings nothing to any lane; to be freed. */
int *tspc_new_map(tspc_lower *l);
/* A vec with lanes moved; of a constant, another constant. */
int tspc_moved(tspc_lower *l, int vec, const int *from);

/* Moves that are asked for together, about so many: first all are asked for, then they are made, as few as can be. */
typedef struct tspc_moves tspc_moves;
tspc_moves *tspc_moves_new(tspc_lower *l, int expected);
void tspc_moves_free(tspc_moves *m);
/* Asks for lanes to..to+n-1 of a vec from lanes from[0..n-1] of `vec`, or where from is NULL, as they are. */
int tspc_move_ask(tspc_moves *m, int vec, int to, int n, const int *from);
/* Asks for what tspc_aligned() gives. */
int tspc_move_row(tspc_moves *m, const tspc_tensor *t, int row, int tile, int lane);
/* Whether other lanes of the vec that was asked for hold what others asked for; else they are zero. */
bool tspc_move_shared(const tspc_moves *m, int asked);
/* The vec that was asked for. */
int tspc_move_made(tspc_moves *m, int asked);
/* Words that have to be moved. */
int64_t tspc_moves_words(const tspc_moves *m);

/* Where each element of a tensor comes from. */
typedef struct {
  const tspc_tensor *t;
  int64_t element; /* row-major */
} tspc_source;
typedef tspc_source (*tspc_source_fn)(const void *ctx, int64_t element);
/* Fills a tensor with elements of others: by looking at their vecs another way, by masks, or by moves between lanes. */
void tspc_rearrange(tspc_lower *l, tspc_tensor *to, tspc_source_fn from, const void *ctx);

/* t: axis i is axis perm[i] of a. */
void tspc_turn(tspc_lower *l, const tspc_tensor *a, const int *perm, tspc_tensor *t);

/* The same of a constant or input, which may lie in memory in any order. */
void tspc_turned_leaf(tspc_lower *l, int node, const int *perm, tspc_tensor *t);

/* One operation each. */
void tspc_lower_leaf(tspc_lower *l, int node, tspc_tensor *t);
void tspc_lower_elementwise(tspc_lower *l, int node, tspc_tensor *t);
void tspc_lower_reduce(tspc_lower *l, int node, tspc_tensor *t);
void tspc_lower_move(tspc_lower *l, int node, tspc_tensor *t);
void tspc_lower_transpose(tspc_lower *l, int node, tspc_tensor *t);
void tspc_lower_matmul(tspc_lower *l, int node, tspc_tensor *t);
void tspc_lower_gather(tspc_lower *l, int node, tspc_tensor *t);
void tspc_lower_scatter(tspc_lower *l, int node, tspc_tensor *t);

/* Places for states and tables, before anything is lowered. */
void tspc_arrays(tspc_lower *l);
/* The state of which a node is a version, or -1. */
int tspc_state_of(const tspc_lower *l, int node);
/* The vecs of a state. */
void tspc_array_rows(tspc_lower *l, int array, tspc_tensor *t);

/* Image: a tensor's entry, and the pieces of all once everything is placed. */
int tspc_image_tensor(tspc_lower *l, int node, const char *name, int role, const uint8_t *data);
#endif
