// SPDX-License-Identifier: Apache-2.0
// taken.c: elements of an axis that a product with a constant gives at once, if it is made of other columns of the
// constant: the partners of a rotation, keys of one head for several heads of queries. The product is made once more
// for them; that is less work than to move its results between lanes.
#include "view.h"
#include <string.h>

enum { DEEPEST = 8, LONGEST = 320 }; /* of what is computed elementwise of the product; elements of its sums */

typedef struct {
  uint32_t outer, size, inner; /* columns of the constant: [outer][size][inner] */
} columns;

/* The columns of the constant, of which index[] of the middle axis are taken. */
static int chosen(tsp_graph *g, int constant, int axis, columns c, uint32_t count, const uint32_t *index)
{
  uint32_t all = c.outer * count * c.inner, *column = tspg_alloc(g, (uint64_t)all * sizeof *column);
  for (uint32_t i = 0; column && i < all; i++)
    column[i] = (i / c.inner / count * c.size + index[i / c.inner % count]) * c.inner + i % c.inner;
  return column ? tsp_graph_take(g, constant, axis, all, column) : -1;
}

/* A constant, or columns that have been chosen of one: folded later. */
static bool constant(const tsp_graph *g, int id)
{
  const tsp_node *n = tsp_graph_node(g, id);
  return n->op == TSP_G_CONST || (n->op == TSP_G_TAKE && tsp_graph_node(g, n->input[0])->op == TSP_G_CONST);
}

/* The product with chosen columns. */
static int other_product(tsp_graph *g, const tsp_node *n, columns c, uint32_t count, const uint32_t *index)
{
  const tsp_node *b = tsp_graph_node(g, n->input[1]);
  int of = tspg_swaps_last(b) ? b->input[0] : n->input[1];
  if (!constant(g, of) || b->shape[b->rank - 2] > LONGEST || !tspg_usable(g, n->input[0]))
    return -1;
  int made = of == n->input[1] ? chosen(g, of, b->rank - 1, c, count, index)
                               : tspg_swapped(g, chosen(g, of, b->rank - 2, c, count, index));
  return made < 0 ? -1 : tsp_graph_matmul(g, n->input[0], made);
}

/* Of a product, seen another way: the axis is one part of its last one. */
static int of_product(tsp_graph *g, int id, int axis, uint32_t count, const uint32_t *index)
{
  const tsp_node *x = tsp_graph_node(g, id);
  uint32_t shape[TSP_GRAPH_RANK];
  int first[TSP_GRAPH_RANK + 1];
  tspg_view v = tspg_view_of(g, id);
  if (tsp_graph_node(g, v.from)->op != TSP_G_MATMUL || !tspg_view_cut(&v, x->rank, x->shape, first) ||
      first[axis + 1] - first[axis] != 1 || count < 2)
    return -1;
  int part = first[axis], last = -1;
  columns c = {1, v.size[part], 1};
  for (int i = 0; i < v.parts; i++)
    last = v.last_axis[i] ? v.place[i] : last;
  if (last < 0 || v.place[part] < last || count > 2 * c.size)
    return -1;
  for (int i = 0; i < v.parts; i++)
    if (v.place[i] >= last && i != part)
      *(v.place[i] < v.place[part] ? &c.outer : &c.inner) *= v.size[i];
  v.from = other_product(g, tsp_graph_node(g, v.from), c, count, index);
  v.size[part] = count;
  memcpy(shape, x->shape, sizeof shape);
  shape[axis] = count;
  return v.from < 0 ? -1 : tspg_view_show(g, &v, x->rank, shape);
}

static int taken(tsp_graph *g, int id, int axis, uint32_t count, const uint32_t *index, int depth);

/* Of what is computed elementwise: the same of the operands, but for those that are stretched along the axis. */
static int of_operand(tsp_graph *g, int id, int rank, int axis, uint32_t count, const uint32_t *index, int depth)
{
  const tsp_node *x = tsp_graph_node(g, id);
  int own = axis - (rank - x->rank);
  if (own < 0 || x->shape[own] == 1)
    return tspg_usable(g, id) ? id : -1;
  return x->op == TSP_G_CONST ? tsp_graph_take(g, id, own, count, index) : taken(g, id, own, count, index, depth + 1);
}

static int taken(tsp_graph *g, int id, int axis, uint32_t count, const uint32_t *index, int depth)
{
  const tsp_node *n = tsp_graph_node(g, id);
  int in[2] = {-1, -1};
  if (depth > DEEPEST || !tspg_usable(g, id) || n->shape[axis] == 1)
    return -1;
  if (n->op == TSP_G_MATMUL || tspg_moves_axes(n))
    return of_product(g, id, axis, count, index);
  if (n->op == TSP_G_TAKE && n->axis != axis) {
    int x = taken(g, n->input[0], axis, count, index, depth + 1);
    return x < 0 ? -1 : tsp_graph_take(g, x, n->axis, n->shape[n->axis], n->index);
  }
  if (n->op != TSP_G_CAST && (tspg_op_info(n->op)->operands < 1 || n->op >= TSP_G_PRIMITIVES))
    return -1;
  for (int i = 0; i < n->inputs; i++) {
    in[i] = of_operand(g, n->input[i], n->rank, axis, count, index, depth);
    if (in[i] < 0)
      return -1;
  }
  return n->op == TSP_G_CAST ? tsp_graph_cast(g, in[0], n->type)
         : n->inputs > 1     ? tsp_graph_binary(g, n->op, in[0], in[1])
                             : tsp_graph_unary(g, n->op, in[0]);
}

int tspg_taken(tsp_graph *g, int id, int axis, uint32_t count, const uint32_t *index)
{
  return g->status == TSP_OK ? taken(g, id, axis, count, index, 0) : -1;
}
