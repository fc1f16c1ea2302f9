// SPDX-License-Identifier: Apache-2.0
// lower_mm.c: matrix products. The summed axis lies on the lanes of both operands: of the second, rows of the transpose
// are the weights. Two rows need not begin at lane 0, only at the same lane: the heads of an attention are lanes of one
// vec, and their products share the weights. What a mask makes zero adds nothing, unless it meets an infinity or NaN.
#include "lower.h"
#include <stdlib.h>
#include <string.h>

/* The second operand as rows of weights: [batch][N] rows with K on the lanes. */
typedef struct {
  const tspc_tensor *t; /* the transpose's operand, or `made` */
  tspc_tensor made;
  int n, batches;
} operand;

static void swap_axes(const tsp_node *n, uint32_t *shape)
{
  memcpy(shape, n->shape, sizeof n->shape);
  shape[n->rank - 1] = n->shape[n->rank - 2];
  shape[n->rank - 2] = n->shape[n->rank - 1];
}

static bool swaps_last(const tsp_node *n)
{
  for (int i = 0; i < n->rank - 2; i++)
    if (n->perm[i] != i)
      return false;
  return n->perm[n->rank - 1] == n->rank - 2;
}

static void second(tspc_lower *l, int node, operand *o)
{
  const tsp_node *n = tsp_graph_node(l->g, node);
  uint32_t shape[TSP_GRAPH_RANK];
  *o = (operand){.n = (int)n->shape[n->rank - 1], .batches = 1};
  for (int i = 0; i < n->rank - 2; i++)
    o->batches *= (int)n->shape[i];
  if (n->op == TSP_G_TRANSPOSE && swaps_last(n)) {
    o->t = &l->tensor[n->input[0]];
    return;
  }
  swap_axes(n, shape);
  if (!tspc_tensor_new(l, &o->made, n->type, n->rank, shape))
    return;
  o->t = &o->made;
  int perm[TSP_GRAPH_RANK] = {0, 1, 2, 3};
  perm[n->rank - 1] = n->rank - 2;
  perm[n->rank - 2] = n->rank - 1;
  if (n->op == TSP_G_CONST)
    tspc_turned_leaf(l, node, perm, &o->made);
  else
    tspc_turn(l, tspc_tensor_of(l, node), perm, &o->made);
}

/* Weight tile of outputs n0.. and tile k of K. */
static int weights(tspc_lower *l, const tspc_tensor *w, int row0, int outputs, int k, int lane)
{
  tspc_prog *p = l->p;
  int elem = w->bytes, tile = TSPC_NONE, *word = malloc((size_t)(outputs * elem) * sizeof *word);
  if (!word)
    return tspc_prog_fail(p, TSP_ENOMEM, "out of memory"), TSPC_NONE;
  for (int i = 0; tspc_ok(p) && i < outputs; i++) {
    int vec = tspc_defined(p, w->width == 1 && w->splat ? tspc_masked(p, *tspc_at(w, row0 + i, k), lane, lane + 1)
                                                        : tspc_aligned(l, w, row0 + i, k, lane));
    memcpy(word + i * elem, tspc_store(p, vec), (size_t)elem * sizeof *word);
  }
  if (tspc_ok(p))
    tile = tspc_wtile_of(p, outputs, elem, word);
  free(word);
  return tile;
}

/* Batch of an operand with leading axes `shape` (rank of them) that stretches to batch b of the result. */
static int batch_of(const tsp_node *operand, const tsp_node *out, int b)
{
  int at = 0, size = 1;
  for (int i = out->rank - 3; i >= 0; i--) {
    int x = b % (int)out->shape[i], k = i - (out->rank - operand->rank);
    b /= (int)out->shape[i];
    if (k < 0)
      continue;
    at += operand->shape[k] == 1 ? 0 : x * size;
    size *= (int)operand->shape[k];
  }
  return at;
}

/* The words of an activation; lanes beyond its own are zero. */
static void activation(tspc_lower *l, const tspc_tensor *a, int row, int k, int lane, int *act)
{
  int n = tspc_tile_width(l->p, a, k),
      vec = a->splat && a->width == 1 ? *tspc_at(a, row, k) : tspc_aligned(l, a, row, k, lane);
  memcpy(act, tspc_store(l->p, tspc_masked(l->p, vec, lane, lane + n)), (size_t)a->bytes * sizeof *act);
}

void tspc_outputs(tspc_prog *p, int vec, int outputs)
{
  int load = p->cfg->lw_streams, loaded = (outputs + load - 1) / load * load;
  if (vec < 0)
    return;
  if (loaded < p->cfg->vector)
    tspc_define(p, vec, 0, outputs);
  else if (p->vec[vec].hi > outputs)
    p->vec[vec].hi = outputs;
}

static void products(tspc_lower *l, const tsp_node *n, const tspc_tensor *a, const operand *o, tspc_tensor *t)
{
  tspc_prog *p = l->p;
  const tsp_node *na = tsp_graph_node(l->g, n->input[0]), *nb = tsp_graph_node(l->g, n->input[1]);
  int m = (int)n->shape[n->rank - 2], batches = t->rows / m, ktiles = a->tiles, vector = p->cfg->vector;
  int *tile = malloc((size_t)ktiles * sizeof *tile), *act = malloc((size_t)(ktiles * a->bytes) * sizeof *act);
  if (!tile || !act)
    tspc_prog_fail(p, TSP_ENOMEM, "out of memory");
  for (int b = 0; tspc_ok(p) && b < batches; b++) {
    int ba = batch_of(na, n, b), bb = batch_of(nb, n, b);
    for (int nt = 0; tspc_ok(p) && nt < t->tiles; nt++) {
      int outputs = tspc_tile_width(p, t, nt), row0 = bb * o->n + nt * vector;
      int lane = ktiles > 1 || (o->t->splat && o->t->width == 1) ? 0 : o->t->lane[row0];
      for (int k = 0; tspc_ok(p) && k < ktiles; k++)
        tile[k] = weights(l, o->t, row0, outputs, k, lane);
      for (int i = 0; tspc_ok(p) && i < m; i++) {
        for (int k = 0; tspc_ok(p) && k < ktiles; k++)
          activation(l, a, ba * m + i, k, lane, act + k * a->bytes);
        int made = tspc_ok(p) ? tspc_product(p, ktiles, a->bytes, tile, act, 4) : TSPC_NONE;
        tspc_outputs(p, made, outputs);
        *tspc_at(t, b * m + i, nt) = made;
      }
    }
  }
  free(tile);
  free(act);
}

void tspc_lower_matmul(tspc_lower *l, int node, tspc_tensor *t)
{
  const tsp_node *n = tsp_graph_node(l->g, node);
  const tspc_tensor *a = &l->tensor[n->input[0]];
  operand o;
  if (n->type == TSP_F32 && !tsp_plane_pairs(l->p->cfg, 0))
    tspc_prog_fail(l->p, TSP_ERANGE, "fp16 products take two planes of a hemisphere; configuration %s has none",
                   l->p->cfg->name);
  second(l, n->input[1], &o);
  l->p->node = node;
  if (tspc_ok(l->p))
    products(l, n, a, &o, t);
  tspc_tensor_free(&o.made);
}
