// SPDX-License-Identifier: Apache-2.0
// oracle_composite.c: composite operations by their definition.
#include "oracle.h"
#include <math.h>
#include <stdlib.h>

static const arith f32 = {TSP_F32, true};

/* v with an error that a smooth formula may have: its slope times the operand's, and some roundings of `size`. */
static est smooth(arith t, double v, est x, double slope, double roundings, double size)
{
  double e = slope * x.e + roundings * oracle_unit(t.type) * size;
  return isnan(v) ? exactly(v) : est_add(t, (est){v, e}, exactly(0));
}

static est function(int op, arith t, est x)
{
  double v = x.v, size = fabs(v) + x.e;
  const double c = 0.79788456080286535588; /* sqrt(2 / pi) */
  switch (op) {
  case TSP_G_SIGMOID: return smooth(t, 1 / (1 + exp(-v)), x, 0.25, 4, 1);
  case TSP_G_SILU: return smooth(t, isinf(v) ? fmax(v, 0) : v / (1 + exp(-v)), x, 1.1, 6, size);
  case TSP_G_GELU: return smooth(t, v / 2 * (1 + tanh(c * (v + 0.044715 * v * v * v))), x, 1.13, 10, size);
  default: /* square root */
    if (v == 0 && x.e == 0)
      return x;
    return est_mul(
        t, exactly(1),
        (est){sqrt(v), v <= x.e ? (double)INFINITY : x.e / sqrt(v - x.e) + 4 * oracle_unit(t.type) * sqrt(v)});
  }
}

static est mean(arith t, const est *x, uint32_t n)
{
  return est_mul(t, est_sum(t, x, n, 1), est_recip(t, exactly(n)));
}

/* exp(x - max(x)); y and x may be one. */
static void exponentials(arith t, const est *x, est *y, uint32_t n)
{
  est most = x[0];
  for (uint32_t i = 1; i < n; i++)
    most = est_max(most, x[i]);
  for (uint32_t i = 0; i < n; i++)
    y[i] = est_exp(t, est_sub(t, x[i], most));
}

static void softmax(arith t, const est *x, est *y, uint32_t n)
{
  exponentials(t, x, y, n);
  est scale = est_recip(t, est_sum(t, y, n, 1));
  for (uint32_t i = 0; i < n; i++)
    y[i] = est_mul(t, y[i], scale);
}

/* x * rsqrt(mean(x^2) + eps); y and x may be one. */
static void normalise(arith t, const est *x, est *y, est *square, uint32_t n, double eps)
{
  for (uint32_t i = 0; i < n; i++)
    square[i] = est_mul(t, x[i], x[i]);
  est add = {eps, oracle_unit(t.type) * eps}; /* rounded to the type */
  est scale = est_rsqrt(t, est_add(t, mean(t, square, n), add));
  for (uint32_t i = 0; i < n; i++)
    y[i] = est_mul(t, x[i], scale);
}

static tsp_status rows(const tsp_graph *g, const tsp_node *n, est *const *in, est *to)
{
  const arith t = {n->type, true};
  uint32_t width = n->shape[n->rank - 1];
  const tsp_node *w = n->inputs > 1 ? tsp_graph_node(g, n->input[1]) : NULL,
                 *b = n->inputs > 2 ? tsp_graph_node(g, n->input[2]) : NULL;
  est *square = malloc(width * sizeof *square);
  for (uint64_t at = 0; square && at < tsp_node_elements(n); at += width) {
    const est *x = in[0] + at;
    est *y = to + at;
    if (n->op == TSP_G_SOFTMAX) {
      softmax(t, x, y, width);
      continue;
    }
    if (n->op == TSP_G_LAYERNORM) {
      est m = mean(t, x, width);
      for (uint32_t i = 0; i < width; i++)
        y[i] = est_sub(t, x[i], m);
      x = y;
    }
    normalise(t, x, y, square, width, n->number);
    for (uint32_t i = 0; i < width; i++) {
      y[i] = est_mul(t, y[i], in[1][oracle_broadcast(n, w, at + i)]);
      if (b)
        y[i] = est_add(t, y[i], in[2][oracle_broadcast(n, b, at + i)]);
    }
  }
  free(square);
  return square ? TSP_OK : TSP_ENOMEM;
}

/* Pairs (a, b) turned: (a cos - b sin, b cos + a sin). */
static void rope(const tsp_graph *g, const tsp_node *n, est *const *in, est *to)
{
  const arith t = {n->type, true};
  tsp_node half = *n;
  half.shape[n->rank - 1] /= 2;
  for (uint64_t i = 0; i < tsp_node_elements(&half); i++) {
    est c = in[1][oracle_broadcast(&half, tsp_graph_node(g, n->input[1]), i)];
    est s = in[2][oracle_broadcast(&half, tsp_graph_node(g, n->input[2]), i)];
    est a = in[0][2 * i], b = in[0][2 * i + 1];
    to[2 * i] = est_sub(t, est_mul(t, a, c), est_mul(t, b, s));
    to[2 * i + 1] = est_add(t, est_mul(t, b, c), est_mul(t, a, s));
  }
}

/* One query of head h: the exponentials of its scores become f16; the values that they weigh, over their sum, which may
 * be that of the f16 or of what they were rounded from. */
static void query(const tsp_graph *g, const tsp_node *n, est *const *in, uint32_t h, uint32_t m, est *p, est *to)
{
  const arith f16 = {TSP_F16, true};
  const tsp_node *k = tsp_graph_node(g, n->input[1]), *mask = n->inputs > 3 ? tsp_graph_node(g, n->input[3]) : NULL;
  const uint32_t d = n->shape[2], t = k->shape[1], kv = h / (n->shape[0] / k->shape[0]);
  const uint32_t seen = n->causal ? m + t - n->shape[1] + 1 : t;
  const est *q = in[0] + ((uint64_t)h * n->shape[1] + m) * d,
            scale = {n->number, oracle_unit(TSP_F32) * fabs(n->number)};
  const tsp_node scores = {.rank = 3, .shape = {n->shape[0], n->shape[1], t}};
  for (uint32_t j = 0; j < seen; j++) {
    p[j] = est_mul(f32, est_dot(f32, q, 1, in[1] + ((uint64_t)kv * t + j) * d, 1, d), scale);
    if (mask)
      p[j] = est_add(f32, p[j], in[3][oracle_broadcast(&scores, mask, ((uint64_t)h * n->shape[1] + m) * t + j)]);
  }
  exponentials(f32, p, p, seen);
  for (uint32_t j = 0; j < seen; j++)
    p[j] = est_cast(f16, p[j], TSP_F32);
  est share = est_recip(f32, est_sum(f32, p, seen, 1));
  for (uint32_t i = 0; i < d; i++)
    to[i] = est_mul(f32, est_dot(f32, p, 1, in[2] + (uint64_t)kv * t * d + i, d, seen), share);
}

static tsp_status attention(const tsp_graph *g, const tsp_node *n, est *const *in, est *to)
{
  est *p = malloc(tsp_graph_node(g, n->input[1])->shape[1] * sizeof *p);
  for (uint32_t h = 0; p && h < n->shape[0]; h++)
    for (uint32_t m = 0; m < n->shape[1]; m++)
      query(g, n, in, h, m, p, to + ((uint64_t)h * n->shape[1] + m) * n->shape[2]);
  free(p);
  return p ? TSP_OK : TSP_ENOMEM;
}

static est element(const tsp_graph *g, const tsp_node *n, est *const *in, uint64_t i)
{
  const arith t = {n->type, true};
  const tsp_node *x = tsp_graph_node(g, n->input[0]);
  est a = in[0][oracle_broadcast(n, x, i)], b = {0, 0};
  if (n->inputs > 1)
    b = in[1][oracle_broadcast(n, tsp_graph_node(g, n->input[1]), i)];
  switch (n->op) {
  case TSP_G_DIV: return est_mul(t, a, est_recip(t, b));
  case TSP_G_QUANTIZE: {
    const arith real = {x->type, true};
    return est_cast((arith){TSP_I8, false}, est_mul(real, a, est_recip(real, b)), x->type);
  }
  case TSP_G_DEQUANTIZE: return est_mul((arith){TSP_F32, false}, est_cast((arith){TSP_F32, false}, a, x->type), b);
  default: return function(n->op, t, a);
  }
}

tsp_status oracle_composite(const tsp_graph *g, const tsp_node *n, est *const *in, est *to)
{
  switch (n->op) {
  case TSP_G_SOFTMAX:
  case TSP_G_RMSNORM:
  case TSP_G_LAYERNORM: return rows(g, n, in, to);
  case TSP_G_ATTENTION: return attention(g, n, in, to);
  case TSP_G_ROPE: rope(g, n, in, to); return TSP_OK;
  default:
    for (uint64_t i = 0; i < tsp_node_elements(n); i++)
      to[i] = element(g, n, in, i);
    return TSP_OK;
  }
}
