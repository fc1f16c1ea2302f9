// SPDX-License-Identifier: Apache-2.0
// turn.c: reshapes and transposes drawn together (view.c), and moved to where they cost least. Where they exchange the
// axes of a product with a constant, the product is made the other way round; and a conversion to a narrower type comes
// before them. Elements taken from a product with a constant are products with others of its columns (taken.c).
#include "view.h"

/* ---- tensors that are made the other way round at once ---- */
enum { KNOWN_NOT = -2, DEEPEST = 64 };

int tspg_swapped(tsp_graph *g, int id)
{
  const tsp_node *n = tsp_graph_node(g, id);
  int perm[TSP_GRAPH_RANK] = {0, 1, 2, 3};
  if (!n)
    return -1;
  if (n->rank == 1)
    return tsp_graph_reshape(g, id, 2, (const uint32_t[]){n->shape[0], 1});
  perm[n->rank - 1] = n->rank - 2;
  perm[n->rank - 2] = n->rank - 1;
  return tsp_graph_transpose(g, id, perm);
}

bool tspg_swaps_last(const tsp_node *n)
{
  bool swaps = n->op == TSP_G_TRANSPOSE && n->rank > 1 && n->perm[n->rank - 1] == n->rank - 2;
  for (int i = 0; swaps && i < n->rank - 2; i++)
    swaps = n->perm[i] == i;
  return swaps;
}

/* a b the other way round is b' a', where b' costs nothing: rows of a are weights as well as those of b'. It has as
 * many rows as b had columns. */
static int turned_product(tsp_graph *g, const tsp_node *n)
{
  const tsp_node *b = tsp_graph_node(g, n->input[1]);
  int first = b->op == TSP_G_CONST ? tspg_swapped(g, n->input[1]) : tspg_swaps_last(b) ? b->input[0] : -1;
  if (first < 0 || !tspg_usable(g, first) || !tspg_usable(g, n->input[0]) ||
      n->shape[n->rank - 1] > 2 * n->shape[n->rank - 2])
    return -1;
  return tsp_graph_matmul(g, first, tspg_swapped(g, n->input[0]));
}

static int turned_node(tsp_graph *g, int id, int depth);

static int turned(tsp_graph *g, int id, int depth)
{
  if (depth > DEEPEST)
    return -1;
  if (g->item[id]->turned == -1) {
    int made = turned_node(g, id, depth);
    g->item[id]->turned = made < 0 ? KNOWN_NOT : made;
    if (made >= 0 && tsp_graph_node(g, made)->rank == tsp_graph_node(g, id)->rank && g->item[made]->turned == -1)
      g->item[made]->turned = id; /* what it is the other way round is there, too */
  }
  int made = g->item[id]->turned;
  return made < 0 || !tspg_usable(g, made) ? -1 : made;
}

static int turned_node(tsp_graph *g, int id, int depth)
{
  const tsp_node *n = tsp_graph_node(g, id);
  int operands = tspg_op_info(n->op)->operands, in[2] = {-1, -1};
  if (tsp_node_elements(n) == 1)
    return id;
  if (n->op == TSP_G_CONST || (n->op == TSP_G_INPUT && n->rank > 1))
    return tspg_swapped(g, id);
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
  return g->status == TSP_OK && tspg_usable(g, id) ? turned(g, id, 0) : -1;
}

/* ---- the pass ---- */
/* A conversion to a narrower type is made before the axes are moved. */
static int convert(tsp_graph *g, const tsp_node *n, int in)
{
  const tsp_node *x = tsp_graph_node(g, in);
  if (!tspg_moves_axes(x) || tsp_type_size(n->type) > tsp_type_size(x->type))
    return -1;
  tspg_view v = tspg_view_of(g, in);
  v.from = tsp_graph_cast(g, v.from, n->type);
  return v.from < 0 ? -1 : tspg_view_show(g, &v, n->rank, n->shape);
}

/* Rows of weights are what the second operand is the transpose of. */
static int product(tsp_graph *g, const tsp_node *n, const int *in)
{
  const tsp_node *b = tsp_graph_node(g, in[1]);
  if (b->op == TSP_G_CONST || !tspg_usable(g, in[1]))
    return -1;
  int rows = tspg_swapped(g, in[1]);
  if (rows < 0)
    return -1;
  const tsp_node *w = tsp_graph_node(g, rows);
  tspg_view v = tspg_view_of(g, rows);
  rows = tspg_view_show(g, &v, w->rank, w->shape);
  return rows < 0 ? -1 : tspg_clone(g, n, (const int[]){in[0], tspg_swapped(g, rows)});
}

static int turn(tsp_graph *g, const tsp_node *n, const int *in)
{
  int made = -1;
  if (n->op == TSP_G_CAST) {
    made = convert(g, n, in[0]);
  } else if (n->op == TSP_G_MATMUL) {
    made = product(g, n, in);
  } else if (n->op == TSP_G_TAKE && n->axis < n->rank - 1) {
    made = tspg_taken(g, in[0], n->axis, n->shape[n->axis], n->index);
  } else if (tspg_moves_axes(n)) {
    int plain = tspg_clone(g, n, in);
    if (plain < 0)
      return plain;
    tspg_view v = tspg_view_of(g, plain);
    made = tspg_view_show(g, &v, n->rank, n->shape);
    return made < 0 ? plain : made;
  }
  return made < 0 && g->status == TSP_OK ? tspg_clone(g, n, in) : made;
}

tsp_graph *tsp_graph_turn(const tsp_graph *g, tsp_error *err)
{
  return tspg_rewrite(g, turn, NULL, err);
}
