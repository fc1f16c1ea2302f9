// SPDX-License-Identifier: Apache-2.0
// view.c: a row of reshapes and transposes as one permutation: parts of the axes of what it begins with, in another
// order.
#include "view.h"
#include <string.h>

static bool split(tspg_view *v, int i, uint32_t outer)
{
  if (v->parts == TSPG_PARTS || v->size[i] % outer)
    return false;
  for (int k = 0; k < v->parts; k++)
    v->place[k] += v->place[k] > v->place[i];
  for (int k = v->parts++; k > i; k--) {
    v->size[k] = v->size[k - 1];
    v->place[k] = v->place[k - 1];
    v->last_axis[k] = v->last_axis[k - 1];
  }
  v->size[i + 1] /= outer;
  v->place[i + 1]++;
  v->last_axis[i + 1] = false;
  v->size[i] = outer;
  return true;
}

bool tspg_view_cut(tspg_view *v, int rank, const uint32_t *shape, int *first)
{
  int at = 0;
  for (int axis = 0; axis < rank; axis++) {
    uint32_t left = shape[axis];
    first[axis] = at;
    for (; left > 1 && at < v->parts; at++) {
      if (v->size[at] > left && !split(v, at, left))
        return false;
      if (left % v->size[at])
        return false;
      left /= v->size[at];
    }
  }
  first[rank] = v->parts;
  return true;
}

static bool permute(tspg_view *v, const tsp_node *x, const tsp_node *n)
{
  int first[TSP_GRAPH_RANK + 1], at = 0;
  tspg_view old = *v;
  if (!tspg_view_cut(&old, x->rank, x->shape, first))
    return false;
  *v = old;
  for (int axis = 0; axis < n->rank; axis++)
    for (int i = first[n->perm[axis]]; i < first[n->perm[axis] + 1]; i++, at++) {
      v->size[at] = old.size[i];
      v->place[at] = old.place[i];
      v->last_axis[at] = old.last_axis[i];
    }
  return true;
}

bool tspg_moves_axes(const tsp_node *n)
{
  return n->op == TSP_G_RESHAPE || n->op == TSP_G_TRANSPOSE;
}

static void begin(const tsp_graph *g, int id, tspg_view *v)
{
  const tsp_node *n = tsp_graph_node(g, id);
  *v = (tspg_view){.from = id};
  for (int axis = 0; axis < n->rank; axis++)
    if (n->shape[axis] > 1) {
      v->size[v->parts] = n->shape[axis];
      v->last_axis[v->parts] = axis == n->rank - 1;
      v->place[v->parts] = v->parts;
      v->parts++;
    }
}

static void follow(const tsp_graph *g, int id, tspg_view *v, int length)
{
  enum { LONGEST = 64 };
  const tsp_node *n = tsp_graph_node(g, id);
  int first[TSP_GRAPH_RANK + 1];
  if (length == LONGEST || !tspg_moves_axes(n) || !tspg_usable(g, n->input[0])) {
    begin(g, id, v);
    return;
  }
  follow(g, n->input[0], v, length + 1);
  if (n->op == TSP_G_TRANSPOSE ? !permute(v, tsp_graph_node(g, n->input[0]), n)
                               : !tspg_view_cut(v, n->rank, n->shape, first))
    begin(g, id, v);
}

tspg_view tspg_view_of(const tsp_graph *g, int id)
{
  tspg_view v;
  follow(g, id, &v, 0);
  return v;
}

/* Whether part i goes on where the one before it ended, in both orders. Not into a last axis from the one before it:
 * what lies side by side in lanes has lanes of its own. */
static bool goes_on(const tspg_view *v, int i, const int *first, int rank)
{
  if (i == 0 || i == first[rank - 1] || v->last_axis[i])
    return false;
  return v->place[i] == v->place[i - 1] + 1;
}

/* Whether it is rows of a state: a copy of them is what it was made for, if the state has a new version later. */
static bool of_state(const tsp_graph *g, int id)
{
  const tsp_node *n = tsp_graph_node(g, id);
  while (n->op == TSP_G_RESHAPE)
    n = tsp_graph_node(g, n->input[0]);
  return n->op == TSP_G_STATE || n->op == TSP_G_SCATTER;
}

int tspg_view_show(tsp_graph *g, tspg_view *v, int rank, const uint32_t *shape)
{
  int first[TSP_GRAPH_RANK + 1], perm[TSPG_PARTS], groups = 0, start[TSPG_PARTS];
  uint32_t size[TSPG_PARTS] = {0}, before[TSP_GRAPH_RANK];
  if (!tspg_view_cut(v, rank, shape, first))
    return -1;
  bool same = true;
  for (int i = 0; i < v->parts; i++) {
    same = same && v->place[i] == i;
    if (goes_on(v, i, first, rank)) {
      size[groups - 1] *= v->size[i];
      continue;
    }
    start[groups] = v->place[i];
    size[groups++] = v->size[i];
  }
  if (same && of_state(g, v->from))
    return -1;
  if (same)
    return tsp_graph_reshape(g, v->from, rank, shape);
  if (groups > TSP_GRAPH_RANK)
    return -1;
  for (int i = 0; i < groups; i++) {
    perm[i] = 0;
    for (int k = 0; k < groups; k++)
      perm[i] += start[k] < start[i];
    before[perm[i]] = size[i];
  }
  int x = tsp_graph_reshape(g, v->from, groups, before), y = tsp_graph_transpose(g, x, perm);
  if (y >= 0 && x == v->from && tspg_swaps_last(tsp_graph_node(g, y))) {
    int other = tspg_turned(g, x);
    y = other < 0 ? y : other;
  }
  return tsp_graph_reshape(g, y, rank, shape);
}
