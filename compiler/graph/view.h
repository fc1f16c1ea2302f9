/* SPDX-License-Identifier: Apache-2.0 */
/* view.h - a tensor as a permutation of the axes of another, or of parts of them. Private to compiler/. */
#ifndef TSP_GRAPH_VIEW_H
#define TSP_GRAPH_VIEW_H
#include "graph.h"

enum { TSPG_PARTS = 16 };
typedef struct {
  int from;                   /* the tensor that it begins with */
  int parts;                  /* none of size 1 */
  uint32_t size[TSPG_PARTS];  /* in their order now */
  int place[TSPG_PARTS];      /* of each, in the order of `from` */
  bool last_axis[TSPG_PARTS]; /* it begins the last axis of `from` */
} tspg_view;

/* RESHAPE and TRANSPOSE. */
bool tspg_moves_axes(const tsp_node *n);
/* What a tensor is of the one that its row of reshapes and transposes begins with, or of one in that row if what comes
 * before takes too many parts or too long. */
tspg_view tspg_view_of(const tsp_graph *g, int id);
/* Makes the axes of a shape begin with parts of their own; first[axis] is the part, those of size 1 have none, and
 * first[rank] is how many there are. False if the shape does not lie on parts. */
bool tspg_view_cut(tspg_view *v, int rank, const uint32_t *shape, int *first);
/* The view in that shape: reshaped, its axes permuted, reshaped; -1 if that takes too many axes, or would be rows of a
 * state themselves where a copy of them was made. */
int tspg_view_show(tsp_graph *g, tspg_view *v, int rank, const uint32_t *shape);

/* An old version of a state may not be used again. */
static inline bool tspg_usable(const tsp_graph *g, int id)
{
  return g->item[id]->replaced < 0;
}
/* The last two axes exchanged; a vector counts as one row. -1 of -1. */
int tspg_swapped(tsp_graph *g, int id);
/* Whether a node does just that. */
bool tspg_swaps_last(const tsp_node *n);

/* Elements index[0..count-1] of an axis of a tensor, where they come from a product with a constant that is made of
 * other columns of it: nothing is moved then. Else -1 (taken.c). */
int tspg_taken(tsp_graph *g, int id, int axis, uint32_t count, const uint32_t *index);
#endif
