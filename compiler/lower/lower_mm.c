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

/* Products, walked over twice: first all rows are asked for where they are needed, then everything is made. */
typedef struct {
  tspc_lower *l;
  const tsp_node *n, *na, *nb;
  const tspc_tensor *a, *w;
  tspc_tensor *t;
  int m, outputs; /* rows of a batch of the first and of the second */
  bool stay;      /* rows of a stay in their lanes and the weights come there, else the other way round */
  bool make;
  tspc_moves *for_a, *for_w;
  int next_a, next_w; /* numbers of what was asked for, in the order of the walk */
  int *tile, *act;
} products;

static int wanted(products *o, tspc_moves *m, int *next, const tspc_tensor *t, int row, int k, int lane)
{
  return o->make ? tspc_move_made(m, (*next)++) : tspc_move_row(m, t, row, k, lane);
}

static bool any_lane(const tspc_tensor *t)
{
  return t->splat && t->width == 1;
}

/* Weight tile of `outputs` rows and tile k of K. What other lanes hold meets activations of zero; elements of a row
 * that are rows of one element each are taken out of it, for one that is infinite is not the others' business. */
static void weights(products *o, int row0, int outputs, int k, int lane)
{
  tspc_prog *p = o->l->p;
  int elem = o->w->bytes, *word = malloc((size_t)(outputs * elem) * sizeof *word);
  bool alone = any_lane(o->w) || (o->w->width == 1 && elem > 1);
  if (!word)
    tspc_prog_fail(p, TSP_ENOMEM, "out of memory");
  for (int i = 0; word && tspc_ok(p) && i < outputs; i++) {
    int vec = wanted(o, o->for_w, &o->next_w, o->w, row0 + i, k, lane);
    if (!o->make)
      continue;
    vec = tspc_defined(p, alone ? tspc_masked(p, vec, lane, lane + 1) : vec);
    memcpy(word + i * elem, tspc_store(p, vec), (size_t)elem * sizeof *word);
  }
  if (o->make && tspc_ok(p))
    o->tile[k] = tspc_wtile_of(p, outputs, elem, word);
  free(word);
}

/* The words of an activation; lanes beyond its own are zero. */
static void activation(products *o, int row, int k, int lane)
{
  tspc_prog *p = o->l->p;
  int n = tspc_tile_width(p, o->a, k), elem = o->a->bytes, vec = wanted(o, o->for_a, &o->next_a, o->a, row, k, lane);
  if (o->make)
    memcpy(o->act + k * elem, tspc_store(p, tspc_masked(p, vec, lane, lane + n)), (size_t)elem * sizeof *o->act);
}

/* The lane at which a row and its weights meet. */
static int meeting(const products *o, int row, int row0)
{
  if (o->a->tiles > 1)
    return 0;
  if (any_lane(o->w) || (o->stay && !any_lane(o->a)))
    return any_lane(o->a) ? 0 : o->a->lane[row];
  return o->w->lane[row0];
}

/* Rows of batch b of the result, tile nt of their outputs. */
static void block(products *o, int b, int nt)
{
  tspc_prog *p = o->l->p;
  int outputs = tspc_tile_width(p, o->t, nt), row0 = batch_of(o->nb, o->n, b) * o->outputs + nt * p->cfg->vector,
      first = batch_of(o->na, o->n, b) * o->m, there = TSPC_NONE;
  for (int i = 0; tspc_ok(p) && i < o->m; i++) {
    int lane = meeting(o, first + i, row0);
    for (int k = 0; tspc_ok(p) && lane != there && k < o->a->tiles; k++)
      weights(o, row0, outputs, k, lane);
    there = lane;
    for (int k = 0; tspc_ok(p) && k < o->a->tiles; k++)
      activation(o, first + i, k, lane);
    if (!o->make || !tspc_ok(p))
      continue;
    int made = *tspc_at(o->t, b * o->m + i, nt) = tspc_product(p, o->a->tiles, o->a->bytes, o->tile, o->act, 4);
    tspc_outputs(p, made, outputs);
  }
}

static void walk(products *o, bool make)
{
  o->make = make;
  for (int b = 0; tspc_ok(o->l->p) && b < o->t->rows / o->m; b++)
    for (int nt = 0; tspc_ok(o->l->p) && nt < o->t->tiles; nt++)
      block(o, b, nt);
}

static void end(products *o)
{
  tspc_moves_free(o->for_a);
  tspc_moves_free(o->for_w);
}

/* Asks for everything. */
static products begin(tspc_lower *l, const tsp_node *n, const operand *w, tspc_tensor *t, bool stay)
{
  products o = {.l = l, .n = n, .w = w->t, .t = t, .m = (int)n->shape[n->rank - 2], .outputs = w->n, .stay = stay};
  o.na = tsp_graph_node(l->g, n->input[0]);
  o.nb = tsp_graph_node(l->g, n->input[1]);
  o.a = &l->tensor[n->input[0]];
  o.for_a = tspc_moves_new(l, o.a->rows * o.a->tiles);
  o.for_w = tspc_moves_new(l, o.w->rows * o.w->tiles);
  walk(&o, false);
  return o;
}

static int64_t words(const products *o)
{
  return tspc_moves_words(o->for_a) + tspc_moves_words(o->for_w);
}

/* Either the rows move to the lanes of their weights or the weights to those of the rows, whichever is less. */
static void make_products(tspc_lower *l, const tsp_node *n, const operand *w, tspc_tensor *t)
{
  products best = begin(l, n, w, t, false);
  if (words(&best)) {
    products other = begin(l, n, w, t, true), worse = words(&other) < words(&best) ? best : other;
    best = words(&other) < words(&best) ? other : best;
    end(&worse);
  }
  best.tile = malloc((size_t)best.a->tiles * sizeof *best.tile);
  best.act = malloc((size_t)(best.a->tiles * best.a->bytes) * sizeof *best.act);
  if (best.tile && best.act)
    walk(&best, true);
  else
    tspc_prog_fail(l->p, TSP_ENOMEM, "out of memory");
  free(best.tile);
  free(best.act);
  end(&best);
}

void tspc_lower_matmul(tspc_lower *l, int node, tspc_tensor *t)
{
  const tsp_node *n = tsp_graph_node(l->g, node);
  operand o;
  if (n->type == TSP_F32 && !tsp_plane_pairs(l->p->cfg, 0))
    tspc_prog_fail(l->p, TSP_ERANGE, "fp16 products take two planes of a hemisphere; configuration %s has none",
                   l->p->cfg->name);
  second(l, n->input[1], &o);
  l->p->node = node;
  if (tspc_ok(l->p))
    make_products(l, n, &o, t);
  tspc_tensor_free(&o.made);
}
