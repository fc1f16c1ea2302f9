// SPDX-License-Identifier: Apache-2.0
// graph_composite.c: composite operations with attributes or shapes of their own (expand.c says what they mean).
#include "graph.h"
#include <math.h>
#include <string.h>

/* A floating-point operand. */
static const tsp_node *floating(tsp_graph *g, int op, int id)
{
  const tsp_node *x = tspg_operand(g, op, id);
  tspg_text t;
  if (!x || tspg_is_float(x->type))
    return x;
  tspg_misfit(g, op, "%s has the wrong type: f16 and f32 would fit", tspg_describe(g, id, &t));
  return NULL;
}

/* An operand of x's type that stretches to a shape. */
static bool stretches(tsp_graph *g, int op, const char *what, int id, const tsp_node *x, const uint32_t *shape)
{
  const tsp_node *y = tspg_operand(g, op, id);
  uint32_t all[TSP_GRAPH_RANK];
  int rank = x->rank;
  tspg_text t, ts;
  if (!y)
    return false;
  memcpy(all, shape, sizeof all);
  if (y->type == x->type && tspg_broadcast(&rank, all, y->rank, y->shape) && rank == x->rank &&
      memcmp(all, shape, (size_t)rank * sizeof *all) == 0)
    return true;
  tspg_misfit(g, op, "the %s %s does not fit: %s that stretches to %s would", what, tspg_describe(g, id, &t),
              tsp_type_name(x->type), tspg_shape_text(x->rank, shape, &ts));
  return false;
}

static int add_like(tsp_graph *g, const tsp_node *x, tsp_node n, const int *input)
{
  n.rank = x->rank;
  n.type = n.op == TSP_G_QUANTIZE ? TSP_I8 : n.op == TSP_G_DEQUANTIZE ? TSP_F32 : x->type;
  memcpy(n.shape, x->shape, sizeof n.shape);
  return tspg_add(g, &n, input);
}

static bool check_eps(tsp_graph *g, int op, double eps)
{
  if (isfinite(eps) && eps >= 0)
    return true;
  tspg_misfit(g, op, "eps %g; a small number, not negative, would fit", eps);
  return false;
}

int tsp_graph_softmax(tsp_graph *g, int a)
{
  return tsp_graph_unary(g, TSP_G_SOFTMAX, a);
}

int tsp_graph_rmsnorm(tsp_graph *g, int a, int weight, double eps)
{
  const int op = TSP_G_RMSNORM;
  const tsp_node *x = floating(g, op, a);
  if (!x || !check_eps(g, op, eps) || !stretches(g, op, "weight", weight, x, x->shape))
    return -1;
  return add_like(g, x, (tsp_node){.op = op, .inputs = 2, .number = eps}, (const int[]){a, weight});
}

int tsp_graph_layernorm(tsp_graph *g, int a, int weight, int bias, double eps)
{
  const int op = TSP_G_LAYERNORM;
  const tsp_node *x = floating(g, op, a);
  if (!x || !check_eps(g, op, eps) || !stretches(g, op, "weight", weight, x, x->shape) ||
      !stretches(g, op, "bias", bias, x, x->shape))
    return -1;
  return add_like(g, x, (tsp_node){.op = op, .inputs = 3, .number = eps}, (const int[]){a, weight, bias});
}

int tsp_graph_rope(tsp_graph *g, int a, int cosine, int sine)
{
  const int op = TSP_G_ROPE;
  const tsp_node *x = floating(g, op, a);
  uint32_t half[TSP_GRAPH_RANK];
  tspg_text t;
  if (!x)
    return -1;
  memcpy(half, x->shape, sizeof half);
  half[x->rank - 1] /= 2;
  if (x->shape[x->rank - 1] % 2)
    return tspg_misfit(g, op, "%s: an even last size would fit", tspg_describe(g, a, &t));
  if (!stretches(g, op, "cosine", cosine, x, half) || !stretches(g, op, "sine", sine, x, half))
    return -1;
  return add_like(g, x, (tsp_node){.op = op, .inputs = 3}, (const int[]){a, cosine, sine});
}

int tsp_graph_quantize(tsp_graph *g, int a, int scale)
{
  const int op = TSP_G_QUANTIZE;
  const tsp_node *x = floating(g, op, a);
  if (!x || !stretches(g, op, "scale", scale, x, x->shape))
    return -1;
  return add_like(g, x, (tsp_node){.op = op, .inputs = 2}, (const int[]){a, scale});
}

int tsp_graph_dequantize(tsp_graph *g, int a, int scale)
{
  const int op = TSP_G_DEQUANTIZE;
  const tsp_node *x = tspg_operand(g, op, a);
  tspg_text t;
  if (!x)
    return -1;
  if (tspg_is_float(x->type))
    return tspg_misfit(g, op, "%s has the wrong type: i8, i16 and i32 would fit", tspg_describe(g, a, &t));
  tsp_node as_f32 = *x;
  as_f32.type = TSP_F32;
  if (!stretches(g, op, "scale", scale, &as_f32, x->shape))
    return -1;
  return add_like(g, x, (tsp_node){.op = op, .inputs = 2}, (const int[]){a, scale});
}

static bool check_heads(tsp_graph *g, int q, int k, int v, bool causal)
{
  const int op = TSP_G_ATTENTION;
  const tsp_node *nq = tspg_operand(g, op, q), *nk = nq ? tspg_operand(g, op, k) : NULL,
                 *nv = nk ? tspg_operand(g, op, v) : NULL;
  tspg_text tq, tk, tv;
  if (!nv)
    return false;
  bool rank = nq->rank == 3 && nk->rank == 3 && nv->rank == 3;
  if (!rank || nq->type != TSP_F16 || nk->type != TSP_F16 || nv->type != TSP_F16)
    tspg_misfit(g, op, "q %s, k %s, v %s: f16[H, M, D], f16[G, T, D], f16[G, T, D] would fit", tspg_describe(g, q, &tq),
                tspg_describe(g, k, &tk), tspg_describe(g, v, &tv));
  else if (nq->shape[2] != nk->shape[2] || !tspg_same_shape(nk, 3, nv->shape))
    tspg_misfit(g, op, "q %s, k %s, v %s: k and v f16[G, T, %u] of one shape would fit", tspg_describe(g, q, &tq),
                tspg_describe(g, k, &tk), tspg_describe(g, v, &tv), nq->shape[2]);
  else if (nq->shape[0] % nk->shape[0] != 0)
    tspg_misfit(g, op, "q %s has %u heads, k %s %u: a divisor of %u would fit", tspg_describe(g, q, &tq), nq->shape[0],
                tspg_describe(g, k, &tk), nk->shape[0], nq->shape[0]);
  else if (causal && nq->shape[1] > nk->shape[1])
    tspg_misfit(g, op, "causal: q %s has more positions than k %s, and the first would see nothing",
                tspg_describe(g, q, &tq), tspg_describe(g, k, &tk));
  else
    return true;
  return false;
}

int tsp_graph_attention(tsp_graph *g, int q, int k, int v, int mask, double scale, bool causal)
{
  const int op = TSP_G_ATTENTION;
  if (g->status != TSP_OK || !check_heads(g, q, k, v, causal))
    return -1;
  const tsp_node *nq = tsp_graph_node(g, q), *nk = tsp_graph_node(g, k);
  tsp_node scores = {.type = TSP_F32, .rank = 3, .shape = {nq->shape[0], nq->shape[1], nk->shape[1]}};
  if (!isfinite(scale))
    return tspg_misfit(g, op, "scale %g; a finite number would fit", scale);
  if (mask != -1 && !stretches(g, op, "mask", mask, &scores, scores.shape))
    return -1;
  tsp_node n = {.op = op,
                .type = TSP_F32,
                .rank = 3,
                .shape = {nq->shape[0], nq->shape[1], nq->shape[2]},
                .inputs = mask == -1 ? 3 : 4,
                .number = scale,
                .causal = causal};
  return tspg_add(g, &n, (const int[]){q, k, v, mask});
}
