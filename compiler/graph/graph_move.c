// SPDX-License-Identifier: Apache-2.0
// graph_move.c: operations that move elements, to places fixed here or known at run time.
#include "graph.h"
#include <string.h>

/* The operand, and that it has the axis. */
static const tsp_node *with_axis(tsp_graph *g, int op, int a, int axis)
{
  const tsp_node *x = tspg_operand(g, op, a);
  tspg_text t;
  if (!x || (axis >= 0 && axis < x->rank))
    return x;
  tspg_misfit(g, op, "%s has no axis %d: 0 to %d would fit", tspg_describe(g, a, &t), axis, x->rank - 1);
  return NULL;
}

static tsp_node like(const tsp_node *x, int op, int inputs)
{
  tsp_node n = {.op = op, .type = x->type, .rank = x->rank, .inputs = inputs};
  memcpy(n.shape, x->shape, sizeof n.shape);
  return n;
}

static bool check_shape(tsp_graph *g, int op, int rank, const uint32_t *shape)
{
  if (rank >= 1 && rank <= TSP_GRAPH_RANK && shape)
    return true;
  tspg_misfit(g, op, "rank %d; 1 to %d would fit", rank, TSP_GRAPH_RANK);
  return false;
}

int tsp_graph_transpose(tsp_graph *g, int a, const int *perm)
{
  const tsp_node *x = tspg_operand(g, TSP_G_TRANSPOSE, a);
  unsigned seen = 0;
  tspg_text t;
  if (!x)
    return -1;
  tsp_node n = like(x, TSP_G_TRANSPOSE, 1);
  for (int i = 0; i < x->rank; i++) {
    if (perm[i] < 0 || perm[i] >= x->rank || seen & 1U << perm[i])
      return tspg_misfit(g, n.op, "%s: axis %d of the result from axis %d; every axis 0 to %d once would fit",
                         tspg_describe(g, a, &t), i, perm[i], x->rank - 1);
    seen |= 1U << perm[i];
    n.perm[i] = perm[i];
    n.shape[i] = x->shape[perm[i]];
  }
  return tspg_add(g, &n, &a);
}

int tsp_graph_reshape(tsp_graph *g, int a, int rank, const uint32_t *shape)
{
  const tsp_node *x = tspg_operand(g, TSP_G_RESHAPE, a);
  tspg_text t, ts;
  if (!x || !check_shape(g, TSP_G_RESHAPE, rank, shape))
    return -1;
  uint64_t elements = 1, all = tsp_node_elements(x);
  for (int i = 0; i < rank && elements <= all; i++)
    elements *= shape[i];
  if (elements != all)
    return tspg_misfit(g, TSP_G_RESHAPE, "%s to %s: %llu elements would fit", tspg_describe(g, a, &t),
                       tspg_shape_text(rank, shape, &ts), (unsigned long long)all);
  if (tspg_same_shape(x, rank, shape))
    return a;
  tsp_node n = {.op = TSP_G_RESHAPE, .type = x->type, .rank = rank, .inputs = 1};
  memcpy(n.shape, shape, (size_t)rank * sizeof *shape);
  return tspg_add(g, &n, &a);
}

int tsp_graph_slice(tsp_graph *g, int a, int axis, uint32_t start, uint32_t size)
{
  const tsp_node *x = with_axis(g, TSP_G_SLICE, a, axis);
  tspg_text t;
  if (!x)
    return -1;
  if (size < 1 || start >= x->shape[axis] || size > x->shape[axis] - start)
    return tspg_misfit(g, TSP_G_SLICE, "%u elements from %u of axis %d of %s: it has 0 to %u", size, start, axis,
                       tspg_describe(g, a, &t), x->shape[axis] - 1);
  if (size == x->shape[axis])
    return a;
  tsp_node n = like(x, TSP_G_SLICE, 1);
  n.axis = axis;
  n.start = start;
  n.shape[axis] = size;
  return tspg_add(g, &n, &a);
}

int tsp_graph_concat(tsp_graph *g, int axis, int count, const int *parts)
{
  const int op = TSP_G_CONCAT;
  tspg_text t, t0;
  if (count < 1 || count > TSP_GRAPH_INPUTS || !parts)
    return tspg_misfit(g, op, "%d parts; 1 to %d would fit", count, TSP_GRAPH_INPUTS);
  const tsp_node *first = with_axis(g, op, parts[0], axis);
  if (!first)
    return -1;
  tsp_node n = like(first, op, count);
  n.axis = axis;
  uint64_t size = 0;
  for (int i = 0; i < count; i++) {
    const tsp_node *x = tspg_operand(g, op, parts[i]);
    if (!x)
      return -1;
    bool fits = x->rank == n.rank && x->type == n.type;
    for (int d = 0; fits && d < n.rank; d++)
      fits = d == axis || x->shape[d] == n.shape[d];
    if (!fits)
      return tspg_misfit(g, op, "%s and %s differ in more than axis %d", tspg_describe(g, parts[0], &t0),
                         tspg_describe(g, parts[i], &t), axis);
    size += x->shape[axis];
  }
  n.shape[axis] = size > UINT32_MAX ? UINT32_MAX : (uint32_t)size; /* too large is found by tspg_add() */
  return count == 1 ? parts[0] : tspg_add(g, &n, parts);
}

int tsp_graph_take(tsp_graph *g, int a, int axis, uint32_t count, const uint32_t *index)
{
  const tsp_node *x = with_axis(g, TSP_G_TAKE, a, axis);
  tspg_text t;
  if (!x)
    return -1;
  if (count < 1 || count > GRAPH_ELEMENTS || !index)
    return tspg_misfit(g, TSP_G_TAKE, "%u elements of %s; 1 at least would fit", count, tspg_describe(g, a, &t));
  for (uint32_t i = 0; i < count; i++)
    if (index[i] >= x->shape[axis])
      return tspg_misfit(g, TSP_G_TAKE, "element %u of axis %d of %s: it has 0 to %u", index[i], axis,
                         tspg_describe(g, a, &t), x->shape[axis] - 1);
  tsp_node n = like(x, TSP_G_TAKE, 1);
  n.axis = axis;
  n.shape[axis] = count;
  n.index = tspg_copy(g, index, (uint64_t)count * sizeof *index);
  return n.index ? tspg_add(g, &n, &a) : -1;
}

int tsp_graph_broadcast(tsp_graph *g, int a, int rank, const uint32_t *shape)
{
  const tsp_node *x = tspg_operand(g, TSP_G_BROADCAST, a);
  tspg_text t, ts;
  if (!x || !check_shape(g, TSP_G_BROADCAST, rank, shape))
    return -1;
  tsp_node n = {.op = TSP_G_BROADCAST, .type = x->type, .rank = rank, .inputs = 1};
  memcpy(n.shape, shape, (size_t)rank * sizeof *shape);
  if (!tspg_broadcast(&n.rank, n.shape, x->rank, x->shape) || n.rank != rank ||
      memcmp(n.shape, shape, (size_t)rank * sizeof *shape) != 0)
    return tspg_misfit(g, n.op, "%s does not stretch to %s: aligned at the last axis, its sizes must be equal or 1",
                       tspg_describe(g, a, &t), tspg_shape_text(rank, shape, &ts));
  return tspg_same_shape(x, rank, shape) ? a : tspg_add(g, &n, &a);
}

int tsp_graph_gather(tsp_graph *g, int table, int index)
{
  const int op = TSP_G_GATHER;
  const tsp_node *t = tspg_operand(g, op, table), *i = t ? tspg_operand(g, op, index) : NULL;
  tspg_text tt, ti;
  if (!i)
    return -1;
  if (t->rank != 2 || t->shape[0] > INT16_MAX + 1)
    return tspg_misfit(g, op, "the table %s: [R, C] with R at most %d would fit", tspg_describe(g, table, &tt),
                       INT16_MAX + 1);
  if (i->rank != 2 || i->type != TSP_I16 || i->shape[1] != 1)
    return tspg_misfit(g, op, "the index %s: i16[N, 1] would fit", tspg_describe(g, index, &ti));
  tsp_node n = {.op = op, .type = t->type, .rank = 2, .shape = {i->shape[0], t->shape[1]}, .inputs = 2};
  return tspg_add(g, &n, (const int[]){table, index});
}

int tsp_graph_scatter(tsp_graph *g, int state, int index, int rows)
{
  const int op = TSP_G_SCATTER;
  const tsp_node *s = tspg_operand(g, op, state), *i = s ? tspg_operand(g, op, index) : NULL,
                 *r = i ? tspg_operand(g, op, rows) : NULL;
  tspg_text t, ts;
  if (!r)
    return -1;
  if ((s->op != TSP_G_STATE && s->op != TSP_G_SCATTER) || s->rank != 2 || s->shape[0] > INT16_MAX + 1)
    return tspg_misfit(g, op, "into %s: a state [R, C], or what a scatter made of it, with R at most %d would fit",
                       tspg_describe(g, state, &t), INT16_MAX + 1);
  if (i->rank != 2 || i->type != TSP_I16 || i->shape[0] != 1 || i->shape[1] != 1)
    return tspg_misfit(g, op, "the index %s: i16[1, 1] would fit", tspg_describe(g, index, &t));
  if (r->rank != 2 || r->type != s->type || r->shape[1] != s->shape[1] || s->shape[0] % r->shape[0] != 0)
    return tspg_misfit(g, op, "rows %s into %s: %s[B, %u] with %u a multiple of B would fit",
                       tspg_describe(g, rows, &t), tspg_describe(g, state, &ts), tsp_type_name(s->type), s->shape[1],
                       s->shape[0]);
  tsp_node n = like(s, op, 3);
  int id = tspg_add(g, &n, (const int[]){state, index, rows});
  if (id >= 0)
    g->item[state]->replaced = id;
  return id;
}
