// SPDX-License-Identifier: Apache-2.0
// expand.c: what each composite operation means in primitives. They compute in the type of their operand.
#include "graph.h"
#include "number.h"
#include "view.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int unary(tsp_graph *g, int op, int a)
{
  return tsp_graph_unary(g, op, a);
}
static int binary(tsp_graph *g, int op, int a, int b)
{
  return tsp_graph_binary(g, op, a, b);
}
/* a op number, in the type of a */
static int with(tsp_graph *g, int op, int a, double number)
{
  const tsp_node *x = tsp_graph_node(g, a);
  return x ? binary(g, op, a, tsp_graph_scalar(g, x->type, number)) : -1;
}
static int last_axis(const tsp_graph *g, int a)
{
  const tsp_node *x = tsp_graph_node(g, a);
  return x ? x->rank - 1 : 0;
}
static double last_size(const tsp_graph *g, int a)
{
  const tsp_node *x = tsp_graph_node(g, a);
  return x ? x->shape[x->rank - 1] : 1;
}

/* x * rsqrt(x) where x is not 0, else x */
static int root(tsp_graph *g, int x)
{
  int r = binary(g, TSP_G_MUL, x, unary(g, TSP_G_RSQRT, x));
  return tsp_graph_select(g, with(g, TSP_G_EQ, x, 0), x, r);
}

/* a * recip(b) */
static int quotient(tsp_graph *g, int a, int b)
{
  return binary(g, TSP_G_MUL, a, unary(g, TSP_G_RECIP, b));
}

/* (1 + tanh(x/2)) / 2: one special function instead of two, and none overflows */
static int sigmoid(tsp_graph *g, int x)
{
  int t = unary(g, TSP_G_TANH, with(g, TSP_G_MUL, x, 0.5));
  return with(g, TSP_G_ADD, with(g, TSP_G_MUL, t, 0.5), 0.5);
}

/* h (1 + t) */
static int one_plus(tsp_graph *g, int h, int t)
{
  return binary(g, TSP_G_MUL, h, with(g, TSP_G_ADD, t, 1));
}

/* x * sigmoid(x) = h (1 + tanh(h)), h = x/2 */
static int silu(tsp_graph *g, int x)
{
  int h = with(g, TSP_G_MUL, x, 0.5);
  return one_plus(g, h, unary(g, TSP_G_TANH, h));
}

/* h (1 + tanh(x (c + c 0.044715 x^2))), h = x/2, c = sqrt(2/pi) */
static int gelu(tsp_graph *g, int x)
{
  const double c = 0.79788456080286535588;
  int square = binary(g, TSP_G_MUL, x, x);
  int inner = binary(g, TSP_G_MUL, x, with(g, TSP_G_ADD, with(g, TSP_G_MUL, square, c * 0.044715), c));
  return one_plus(g, with(g, TSP_G_MUL, x, 0.5), unary(g, TSP_G_TANH, inner));
}

/* exp(x - max(x)) over an axis, between 0 and 1. */
static int exponentials(tsp_graph *g, int x, int axis)
{
  return unary(g, TSP_G_EXP, binary(g, TSP_G_SUB, x, tsp_graph_reduce(g, TSP_G_REDUCE_MAX, x, axis)));
}

/* Whether so many rows of that length are reduced more cheaply standing on the lanes, beside each other. */
static bool many(const tsp_graph *g, int a)
{
  enum { FEW = 16 };
  const tsp_node *x = tsp_graph_node(g, a);
  return x && x->rank > 1 && x->shape[x->rank - 2] > FEW && x->shape[x->rank - 1] > 1 &&
         x->shape[x->rank - 1] <= 2 * x->shape[x->rank - 2];
}

static int softmax_over(tsp_graph *g, int x, int axis)
{
  int e = exponentials(g, x, axis);
  return quotient(g, e, tsp_graph_reduce(g, TSP_G_REDUCE_SUM, e, axis));
}

static int softmax(tsp_graph *g, int x)
{
  int axis = last_axis(g, x);
  if (!many(g, x))
    return softmax_over(g, x, axis);
  int turned = tspg_turned(g, x);
  return tspg_swapped(g, softmax_over(g, turned < 0 ? tspg_swapped(g, x) : turned, axis - 1));
}

static int mean(tsp_graph *g, int x, int axis)
{
  const tsp_node *n = tsp_graph_node(g, x);
  return n ? with(g, TSP_G_MUL, tsp_graph_reduce(g, TSP_G_REDUCE_SUM, x, axis), 1.0 / n->shape[axis]) : -1;
}

/* x * rsqrt(mean(x^2) + eps) */
static int normalise(tsp_graph *g, int x, double eps, int axis)
{
  int square = mean(g, binary(g, TSP_G_MUL, x, x), axis);
  return binary(g, TSP_G_MUL, x, unary(g, TSP_G_RSQRT, with(g, TSP_G_ADD, square, eps)));
}

/* Over an axis; what is centred has its mean taken away first. bias: -1 if there is none. */
static int norm_over(tsp_graph *g, int x, int weight, int bias, double eps, bool centred, int axis)
{
  x = centred ? binary(g, TSP_G_SUB, x, mean(g, x, axis)) : x;
  x = binary(g, TSP_G_MUL, normalise(g, x, eps, axis), weight);
  return bias < 0 ? x : binary(g, TSP_G_ADD, x, bias);
}

static int norm(tsp_graph *g, int x, int weight, int bias, double eps, bool centred)
{
  int axis = last_axis(g, x), turned = many(g, x) ? tspg_turned(g, x) : -1;
  int turned_weight = turned < 0 ? -1 : tspg_turned(g, weight), turned_bias = bias < 0 ? -1 : tspg_turned(g, bias);
  if (turned_weight < 0 || (bias >= 0 && turned_bias < 0))
    return norm_over(g, x, weight, bias, eps, centred, axis);
  return tspg_swapped(g, norm_over(g, turned, turned_weight, turned_bias, eps, centred, axis - 1));
}

/* take() along the last axis of element first(i) for i < count. */
static int take_last(tsp_graph *g, int a, uint32_t count, uint32_t (*first)(uint32_t i, uint32_t count))
{
  uint32_t *index = tspg_alloc(g, (uint64_t)count * sizeof *index);
  if (!index)
    return -1;
  for (uint32_t i = 0; i < count; i++)
    index[i] = first(i, count);
  return tsp_graph_take(g, a, last_axis(g, a), count, index);
}
static uint32_t pair(uint32_t i, uint32_t count)
{
  (void)count;
  return i / 2;
}
static uint32_t partner(uint32_t i, uint32_t count)
{
  (void)count;
  return i ^ 1;
}
static uint32_t half(uint32_t i, uint32_t count)
{
  return i / 2 + (i % 2 ? count / 2 : 0);
}

/* Stretched along the last axis to `size`. */
static int to_last(tsp_graph *g, int a, uint32_t size)
{
  const tsp_node *x = tsp_graph_node(g, a);
  uint32_t shape[TSP_GRAPH_RANK];
  if (!x)
    return -1;
  memcpy(shape, x->shape, sizeof shape);
  shape[x->rank - 1] = size;
  return tsp_graph_broadcast(g, a, x->rank, shape);
}

/* (a, b) -> (a cos - b sin, b cos + a sin): x * [cos, cos, ..] + partner(x) * [-sin, sin, ..] */
static int rope(tsp_graph *g, int x, int cosine, int sine)
{
  uint32_t d = (uint32_t)last_size(g, x);
  int sin = to_last(g, sine, d / 2), both = -1, parts[2] = {unary(g, TSP_G_NEG, sin), sin};
  if (sin >= 0)
    both = tsp_graph_concat(g, last_axis(g, sin), 2, parts);
  int straight = binary(g, TSP_G_MUL, x, take_last(g, to_last(g, cosine, d / 2), d, pair));
  int crossed = binary(g, TSP_G_MUL, take_last(g, x, d, partner), take_last(g, both, d, half));
  return binary(g, TSP_G_ADD, straight, crossed);
}

/* The reciprocal of a constant is one, rounded once; of anything else it is computed. */
static int reciprocal(tsp_graph *g, int a)
{
  const tsp_node *x = tsp_graph_node(g, a);
  if (!x || x->op != TSP_G_CONST)
    return unary(g, TSP_G_RECIP, a);
  uint64_t n = tsp_node_elements(x), size = (uint64_t)tsp_type_size(x->type);
  uint8_t *data = tspg_alloc(g, n * size);
  for (uint64_t i = 0; data && i < n; i++)
    tsp_number_store(x->type, 1 / tsp_number_load(x->type, x->data + i * size), data + i * size);
  return data ? tsp_graph_const(g, NULL, x->type, x->rank, x->shape, data) : -1;
}

static int quantize(tsp_graph *g, int x, int scale)
{
  return tsp_graph_cast(g, binary(g, TSP_G_MUL, x, reciprocal(g, scale)), TSP_I8);
}

static int dequantize(tsp_graph *g, int x, int scale)
{
  return binary(g, TSP_G_MUL, tsp_graph_cast(g, x, TSP_F32), scale);
}

/* [M, T] with 0 where query m may look at key t, else minus infinity. */
static int causal_mask(tsp_graph *g, uint32_t m, uint32_t t)
{
  uint32_t shape[2] = {m, t};
  uint8_t *data = tspg_alloc(g, (uint64_t)m * t * 4);
  for (uint32_t i = 0; data && i < m; i++)
    for (uint32_t j = i + t - m + 1; j < t; j++)
      tsp_number_store(TSP_F32, -INFINITY, data + 4 * ((uint64_t)i * t + j));
  return data ? tsp_graph_const(g, NULL, TSP_F32, 2, shape, data) : -1;
}

static int reshape3(tsp_graph *g, int a, uint32_t d0, uint32_t d1, uint32_t d2)
{
  return tsp_graph_reshape(g, a, 3, (const uint32_t[]){d0, d1, d2});
}

/* Heads of keys or values, one for each head of queries. */
static int for_heads(tsp_graph *g, int a, uint32_t heads)
{
  const tsp_node *x = tsp_graph_node(g, a);
  uint32_t *index = x ? tspg_alloc(g, (uint64_t)heads * sizeof *index) : NULL;
  if (!index || x->shape[0] == heads)
    return index ? a : -1;
  for (uint32_t i = 0; i < heads; i++)
    index[i] = i / (heads / x->shape[0]);
  return tsp_graph_take(g, a, 0, heads, index);
}

/* s * scale + mask, s [H, M, T] */
static int scores(tsp_graph *g, const tsp_node *n, int s, int mask)
{
  s = with(g, TSP_G_MUL, s, n->number);
  return mask < 0 ? s : binary(g, TSP_G_ADD, s, mask);
}

static int ones(tsp_graph *g, uint32_t d0, uint32_t d1, uint32_t d2)
{
  uint64_t count = (uint64_t)d0 * d1 * d2;
  uint8_t *data = tspg_alloc(g, 2 * count);
  for (uint64_t i = 0; data && i < count; i++)
    tsp_number_store(TSP_F16, 1, data + 2 * i);
  return data ? tsp_graph_const(g, NULL, TSP_F16, 3, (const uint32_t[]){d0, d1, d2}, data) : -1;
}

/* A mask that stretches to [H, M, T] with its last two axes exchanged. */
static int turned_mask(tsp_graph *g, int mask)
{
  const tsp_node *x = tsp_graph_node(g, mask);
  uint32_t shape[3] = {1, 1, 1};
  for (int i = 0; x && i < x->rank; i++)
    shape[3 - x->rank + i] = x->shape[i];
  return tspg_swapped(g, tsp_graph_reshape(g, mask, 3, shape));
}

/* Keys stand below each other and queries on the lanes, so that the maximum is over rows; the sum comes from the
 * product with the values, as one row more of them. */
static int attention_turned(tsp_graph *g, const tsp_node *n, const int *in, int mask)
{
  const tsp_node *q = tsp_graph_node(g, in[0]), *k = tsp_graph_node(g, in[1]);
  const uint32_t h = q->shape[0], d = q->shape[2], groups = k->shape[0], t = k->shape[1];
  int s = tsp_graph_matmul(g, for_heads(g, in[1], h), tspg_swapped(g, in[0]));
  int e = tsp_graph_cast(g, exponentials(g, scores(g, n, s, mask < 0 ? mask : turned_mask(g, mask)), 1), TSP_F16);
  int rows = tsp_graph_concat(g, 1, 2, (const int[]){tspg_swapped(g, in[2]), ones(g, groups, 1, t)});
  int sums = tsp_graph_matmul(g, for_heads(g, rows, h), e);
  int y = quotient(g, tsp_graph_slice(g, sums, 1, 0, d), tsp_graph_slice(g, sums, 1, d, 1));
  return tspg_swapped(g, y);
}

/* The queries of the heads that share keys and values stand below each other: one product for each of the G. */
static int attention_straight(tsp_graph *g, const tsp_node *n, const int *in, int mask)
{
  const tsp_node *q = tsp_graph_node(g, in[0]), *k = tsp_graph_node(g, in[1]);
  const uint32_t h = q->shape[0], m = q->shape[1], d = q->shape[2], groups = k->shape[0], t = k->shape[1];
  const uint32_t rows = h / groups * m;
  int s = tsp_graph_matmul(g, reshape3(g, in[0], groups, rows, d), tspg_swapped(g, in[1]));
  int e = exponentials(g, scores(g, n, reshape3(g, s, h, m, t), mask), 2);
  int sum = tsp_graph_reduce(g, TSP_G_REDUCE_SUM, e, 2), e16 = tsp_graph_cast(g, e, TSP_F16);
  int y = tsp_graph_matmul(g, reshape3(g, e16, groups, rows, t), in[2]);
  return quotient(g, reshape3(g, y, h, m, d), sum);
}

static int attention(tsp_graph *g, const tsp_node *n, const int *in)
{
  enum { FEW = 4 }; /* queries: one for so many keys or more is better off with rows of its own */
  const uint32_t m = tsp_graph_node(g, in[0])->shape[1], t = tsp_graph_node(g, in[1])->shape[1];
  int mask = n->inputs == 4 ? in[3] : -1;
  if (n->causal && m > 1)
    mask = mask < 0 ? causal_mask(g, m, t) : binary(g, TSP_G_ADD, mask, causal_mask(g, m, t));
  return m > FEW && m >= t / FEW ? attention_turned(g, n, in, mask) : attention_straight(g, n, in, mask);
}

static int expand(tsp_graph *g, const tsp_node *n, const int *in)
{
  switch (n->op) {
  case TSP_G_SQRT: return root(g, in[0]);
  case TSP_G_DIV: return binary(g, TSP_G_MUL, in[0], reciprocal(g, in[1]));
  case TSP_G_SIGMOID: return sigmoid(g, in[0]);
  case TSP_G_SILU: return silu(g, in[0]);
  case TSP_G_GELU: return gelu(g, in[0]);
  case TSP_G_SOFTMAX: return softmax(g, in[0]);
  case TSP_G_RMSNORM: return norm(g, in[0], in[1], -1, n->number, false);
  case TSP_G_LAYERNORM: return norm(g, in[0], in[1], in[2], n->number, true);
  case TSP_G_ROPE: return rope(g, in[0], in[1], in[2]);
  case TSP_G_QUANTIZE: return quantize(g, in[0], in[1]);
  case TSP_G_DEQUANTIZE: return dequantize(g, in[0], in[1]);
  case TSP_G_ATTENTION: return attention(g, n, in);
  default: return tspg_clone(g, n, in);
  }
}

tsp_graph *tsp_graph_expand(const tsp_graph *g, tsp_error *err)
{
  return tspg_rewrite(g, expand, NULL, err);
}
