// SPDX-License-Identifier: Apache-2.0
// turn.c: reshapes and transposes drawn together, and moved to where they cost least. What stands in a row of them is
// one permutation of axes; where that exchanges the axes of a product with a constant, the product is made the other
// way round; and a conversion to a narrower type comes before them.
#include "graph.h"
#include <string.h>

/* ---- a row of reshapes and transposes: parts of the axes of what it begins with, in another order ---- */
enum { PARTS = 16 };
typedef struct {
  int from;              /* the tensor that it begins with */
  int parts;             /* none of size 1 */
  uint32_t size[PARTS];  /* in their order now */
  int place[PARTS];      /* of each, in the order of `from` */
  bool last_axis[PARTS]; /* it begins the last axis of `from` */
} view;

static bool split(view *v, int i, uint32_t outer)
{
  if (v->parts == PARTS || v->size[i] % outer)
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

/* Makes the axes of a shape begin with parts of their own; first[axis] is the part, those of size 1 have none. */
static bool cut(view *v, int rank, const uint32_t *shape, int *first)
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

static bool permute(view *v, const tsp_node *x, const tsp_node *n)
{
  int first[TSP_GRAPH_RANK + 1], at = 0;
  view old = *v;
  if (!cut(&old, x->rank, x->shape, first))
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

static bool moves_axes(const tsp_node *n)
{
  return n->op == TSP_G_RESHAPE || n->op == TSP_G_TRANSPOSE;
}

/* An old version of a state may not be used again. */
static bool usable(const tsp_graph *g, int id)
{
  return g->item[id]->replaced < 0;
}

/* What a tensor is of the one that its row of reshapes and transposes begins with. */
static bool look(const tsp_graph *g, int id, view *v)
{
  const tsp_node *n = tsp_graph_node(g, id), *x = moves_axes(n) ? tsp_graph_node(g, n->input[0]) : NULL;
  int first[TSP_GRAPH_RANK + 1];
  if (x && usable(g, n->input[0]))
    return look(g, n->input[0], v) && (n->op == TSP_G_TRANSPOSE ? permute(v, x, n) : cut(v, n->rank, n->shape, first));
  *v = (view){.from = id};
  for (int axis = 0; axis < n->rank; axis++)
    if (n->shape[axis] > 1) {
      v->size[v->parts] = n->shape[axis];
      v->last_axis[v->parts] = axis == n->rank - 1;
      v->place[v->parts] = v->parts;
      v->parts++;
    }
  return true;
}

/* ---- tensors that are made the other way round at once ---- */
enum { KNOWN_NOT = -2, DEEPEST = 64 };

/* The last two axes exchanged; a vector counts as one row. */
static int swapped(tsp_graph *g, int id)
{
  const tsp_node *n = tsp_graph_node(g, id);
  int perm[TSP_GRAPH_RANK] = {0, 1, 2, 3};
  if (n->rank == 1)
    return tsp_graph_reshape(g, id, 2, (const uint32_t[]){n->shape[0], 1});
  perm[n->rank - 1] = n->rank - 2;
  perm[n->rank - 2] = n->rank - 1;
  return tsp_graph_transpose(g, id, perm);
}

static bool swaps_last(const tsp_node *n)
{
  bool swaps = n->op == TSP_G_TRANSPOSE && n->rank > 1 && n->perm[n->rank - 1] == n->rank - 2;
  for (int i = 0; swaps && i < n->rank - 2; i++)
    swaps = n->perm[i] == i;
  return swaps;
}

/* a b the other way round is b' a', where b' costs nothing: rows of a are weights as well as those of b'. It has as many
 * rows as b had columns. */
static int turned_product(tsp_graph *g, const tsp_node *n)
{
  const tsp_node *b = tsp_graph_node(g, n->input[1]);
  int first = b->op == TSP_G_CONST ? swapped(g, n->input[1]) : swaps_last(b) ? b->input[0] : -1;
  if (first < 0 || !usable(g, first) || !usable(g, n->input[0]) ||
      n->shape[n->rank - 1] > 2 * n->shape[n->rank - 2])
    return -1;
  return tsp_graph_matmul(g, first, swapped(g, n->input[0]));
}

static int turned_node(tsp_graph *g, int id, int depth);

static int turned(tsp_graph *g, int id, int depth)
{
  if (depth > DEEPEST)
    return -1;
  if (g->item[id]->turned == -1) {
    int made = turned_node(g, id, depth);
    g->item[id]->turned = made < 0 ? KNOWN_NOT : made;
  }
  int made = g->item[id]->turned;
  return made < 0 || !usable(g, made) ? -1 : made;
}

static int turned_node(tsp_graph *g, int id, int depth)
{
  const tsp_node *n = tsp_graph_node(g, id);
  int operands = tspg_op_info(n->op)->operands, in[2] = {-1, -1};
  if (tsp_node_elements(n) == 1)
    return id;
  if (n->op == TSP_G_CONST || (n->op == TSP_G_INPUT && n->rank > 1))
    return swapped(g, id);
  if (n->rank > 1 && n->op == TSP_G_MATMUL)
    return turned_product(g, n);
  if (n->rank < 2 || (n->op != TSP_G_CAST && (operands < 1 || n->op >= TSP_G_PRIMITIVES)))
    return -1;
  for (int i = 0; i < n->inputs; i++) {
    in[i] = turned(g, n->input[i], depth + 1);
    if (in[i] < 0)
      return -1;
  }
  return n->op == TSP_G_CAST ? tsp_graph_cast(g, in[0], n->type)
         : n->inputs > 1     ? tsp_graph_binary(g, n->op, in[0], in[1])
                             : tsp_graph_unary(g, n->op, in[0]);
}

int tspg_turned(tsp_graph *g, int id)
{
  return g->status == TSP_OK && usable(g, id) ? turned(g, id, 0) : -1;
}

/* ---- the pass ---- */
/* Whether part i goes on where the one before it ended, in both orders. Not into a last axis from the one before it:
 * what lies side by side in lanes has lanes of its own. */
static bool goes_on(const view *v, int i, const int *first, int rank)
{
  return i > 0 && v->place[i] == v->place[i - 1] + 1 && !v->last_axis[i] && i != first[rank - 1];
}

/* A view in that shape: reshaped, its axes permuted, reshaped; -1 if that takes too many axes. */
static int show(tsp_graph *g, view *v, int rank, const uint32_t *shape)
{
  int first[TSP_GRAPH_RANK + 1], perm[PARTS], groups = 0, start[PARTS];
  uint32_t size[PARTS] = {0}, before[TSP_GRAPH_RANK];
  if (!cut(v, rank, shape, first))
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
  if (y >= 0 && x == v->from && swaps_last(tsp_graph_node(g, y))) {
    int other = turned(g, x, 0);
    y = other < 0 ? y : other;
  }
  return tsp_graph_reshape(g, y, rank, shape);
}

/* A conversion to a narrower type is made before the axes are moved. */
static int convert(tsp_graph *g, const tsp_node *n, int in)
{
  const tsp_node *x = tsp_graph_node(g, in);
  view v;
  if (!moves_axes(x) || tsp_type_size(n->type) > tsp_type_size(x->type) || !look(g, in, &v))
    return -1;
  v.from = tsp_graph_cast(g, v.from, n->type);
  return v.from < 0 ? -1 : show(g, &v, n->rank, n->shape);
}

/* Rows of weights are what the second operand is the transpose of. */
static int product(tsp_graph *g, const tsp_node *n, const int *in)
{
  const tsp_node *b = tsp_graph_node(g, in[1]);
  view v;
  if (b->op == TSP_G_CONST || !usable(g, in[1]))
    return -1;
  int rows = swapped(g, in[1]);
  if (rows < 0 || !look(g, rows, &v))
    return -1;
  const tsp_node *w = tsp_graph_node(g, rows);
  rows = show(g, &v, w->rank, w->shape);
  return rows < 0 ? -1 : tspg_clone(g, n, (const int[]){in[0], swapped(g, rows)});
}

static int turn(tsp_graph *g, const tsp_node *n, const int *in)
{
  int made = -1;
  if (n->op == TSP_G_CAST) {
    made = convert(g, n, in[0]);
  } else if (n->op == TSP_G_MATMUL) {
    made = product(g, n, in);
  } else if (moves_axes(n)) {
    int plain = tspg_clone(g, n, in);
    view v;
    if (plain >= 0 && look(g, plain, &v))
      made = show(g, &v, n->rank, n->shape);
    return made < 0 ? plain : made;
  }
  return made < 0 && g->status == TSP_OK ? tspg_clone(g, n, in) : made;
}

tsp_graph *tsp_graph_turn(const tsp_graph *g, tsp_error *err)
{
  return tspg_rewrite(g, turn, NULL, err);
}
