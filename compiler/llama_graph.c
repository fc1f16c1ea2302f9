/* SPDX-License-Identifier: Apache-2.0 */
/* llama_graph.c - one step of a model as a graph: the embedding of some tokens to their logits.
 *
 * Keys and values are kept with their heads repeated, so that head h of queries, keys, values and outputs is elements
 * h * size .. of every row: the same lanes. A product for one head is then one for all elements with zeros outside of
 * the head, and no element ever moves. Where a row is turned by rope, its partners come from a second product with the
 * weights' rows exchanged, for the same reason. */
#include "llama_product.h"
#include <math.h>
#include <stdlib.h>

static const double masked = -1e30; /* a score that counts for nothing */
static const double eps = 1e-5;

typedef struct {
  tsp_graph *g;
  const tsp_llama *m;
  const tsp_llama_step *step;
  uint32_t layer;
  float *room;        /* [dim][dim] */
  int place;          /* position of the first row, i16 [1, 1] */
  int cosine, sine;   /* of the rows' positions, f32 [rows, dim] */
  int mask;           /* to be added to scores, f32 [rows, context] */
  int head16, head32; /* 1 in the lanes of a head, else 0: [heads, 1, dim] */
} builder;

static int mul(const builder *b, int x, int y)
{
  return tsp_graph_binary(b->g, TSP_G_MUL, x, y);
}

static int add(const builder *b, int x, int y)
{
  return tsp_graph_binary(b->g, TSP_G_ADD, x, y);
}

static const char *name_of(const builder *b, const char *what, char name[32])
{
  snprintf(name, 32, "l%u.%s", b->layer, what);
  return name;
}

/* x [rows, inputs] times weights of this layer. */
static int product(const builder *b, tspc_llama_operand x, const char *what, const float *w, uint32_t outputs,
                   uint32_t inputs)
{
  char name[32];
  return tspc_llama_product(b->g, b->step->precision, x, name_of(b, what, name), w, outputs, inputs);
}

static tspc_llama_operand operand(const builder *b, int x)
{
  return tspc_llama_operand_of(b->g, b->step->precision, x);
}

static int norm(const builder *b, int x, const char *name, const float *weight)
{
  int w = tsp_graph_const(b->g, name, TSP_F32, 2, (const uint32_t[]){1, b->m->shape.dim}, weight);
  return tsp_graph_rmsnorm(b->g, x, w, eps);
}

/* Weights of heads, each repeated for the `times` query heads that use it, times factor. turned: every row is that of
 * its partner in rope, with the sign that this one has there. */
static const float *spread(const builder *b, const float *w, uint32_t times, bool turned, float factor)
{
  uint32_t dim = b->m->shape.dim, size = tsp_llama_head(&b->m->shape);
  for (uint32_t r = 0; r < dim; r++) {
    uint32_t i = r % size, from = r / size / times * size + (turned ? i ^ 1 : i);
    float f = turned && i % 2 == 0 ? -factor : factor;
    for (uint32_t k = 0; k < dim; k++)
      b->room[(size_t)r * dim + k] = f * w[(size_t)from * dim + k];
  }
  return b->room;
}

/* (a, b) -> (a cos - b sin, b cos + a sin) for every pair of outputs. */
static int rotated(const builder *b, tspc_llama_operand x, const char *what, const float *w, uint32_t times,
                   float factor)
{
  uint32_t dim = b->m->shape.dim;
  char other[16];
  snprintf(other, sizeof other, "%s.turned", what);
  int straight = product(b, x, what, spread(b, w, times, false, factor), dim, dim);
  int crossed = product(b, x, other, spread(b, w, times, true, factor), dim, dim);
  return add(b, mul(b, straight, b->cosine), mul(b, crossed, b->sine));
}

/* The cache with the rows of this step in it. */
static int cached(const builder *b, const char *kind, const uint8_t *first, int rows)
{
  const uint32_t shape[2] = {b->step->context, b->m->shape.dim};
  char name[16];
  snprintf(name, sizeof name, "%s%u", kind, b->layer);
  if (first)
    first += (size_t)b->layer * shape[0] * shape[1] * sizeof(uint16_t);
  int state = tsp_graph_state(b->g, name, TSP_F16, 2, shape, first);
  return tsp_graph_scatter(b->g, state, b->place, tsp_graph_cast(b->g, rows, TSP_F16));
}

/* Scaled queries [rows, dim], keys and values [context, dim] to [rows, dim]. */
static int attend(const builder *b, int q, int k, int v)
{
  static const int swap[2] = {1, 0};
  tsp_graph *g = b->g;
  int scores = tsp_graph_matmul(g, mul(b, tsp_graph_cast(g, q, TSP_F16), b->head16), tsp_graph_transpose(g, k, swap));
  scores = add(b, scores, b->mask); /* [heads, rows, context] */
  int most = tsp_graph_reduce(g, TSP_G_REDUCE_MAX, scores, 2);
  int e = tsp_graph_unary(g, TSP_G_EXP, tsp_graph_binary(g, TSP_G_SUB, scores, most));
  int sum = tsp_graph_reduce(g, TSP_G_REDUCE_SUM, e, 2);
  int out = tsp_graph_matmul(g, tsp_graph_cast(g, e, TSP_F16), v); /* [heads, rows, dim] */
  out = mul(b, mul(b, out, tsp_graph_unary(g, TSP_G_RECIP, sum)), b->head32);
  out = tsp_graph_reduce(g, TSP_G_REDUCE_SUM, out, 0);
  return tsp_graph_reshape(g, out, 2, (const uint32_t[]){b->step->rows, b->m->shape.dim});
}

static int attention(const builder *b, int x)
{
  const tsp_llama *m = b->m;
  const tsp_llama_shape *s = &m->shape;
  size_t dim = s->dim, kv = (size_t)tsp_llama_head(s) * s->kv_heads, l = b->layer;
  uint32_t times = s->heads / s->kv_heads;
  char name[32];
  tspc_llama_operand h = operand(b, norm(b, x, name_of(b, "rms_att", name), m->rms_att + l * dim));
  int k = cached(b, "k", b->step->keys, rotated(b, h, "wk", m->wk + l * kv * dim, times, 1));
  int v = product(b, h, "wv", spread(b, m->wv + l * kv * dim, times, false, 1), s->dim, s->dim);
  v = cached(b, "v", b->step->values, v);
  int q = rotated(b, h, "wq", m->wq + l * dim * dim, 1, 1 / sqrtf((float)tsp_llama_head(s)));
  return product(b, operand(b, attend(b, q, k, v)), "wo", m->wo + l * dim * dim, s->dim, s->dim);
}

static int feed_forward(const builder *b, int x)
{
  const tsp_llama *m = b->m;
  const tsp_llama_shape *s = &m->shape;
  size_t dim = s->dim, matrix = dim * s->hidden, l = b->layer;
  char name[32];
  tspc_llama_operand h = operand(b, norm(b, x, name_of(b, "rms_ffn", name), m->rms_ffn + l * dim));
  int gate = tsp_graph_unary(b->g, TSP_G_SILU, product(b, h, "w1", m->w1 + l * matrix, s->hidden, s->dim));
  int up = product(b, h, "w3", m->w3 + l * matrix, s->hidden, s->dim);
  return product(b, operand(b, mul(b, gate, up)), "w2", m->w2 + l * matrix, s->dim, s->hidden);
}

/* A table [context, dim] of rope's angles, and its rows of the step's positions. */
static int angles(const builder *b, const char *name, double (*of)(double), int positions)
{
  uint32_t dim = b->m->shape.dim, size = tsp_llama_head(&b->m->shape), n = b->step->context;
  float *data = malloc((size_t)n * dim * sizeof *data);
  if (!data)
    return tsp_graph_fail(b->g, TSP_ENOMEM, "out of memory for the table %s", name);
  for (uint32_t p = 0; p < n; p++)
    for (uint32_t i = 0; i < dim; i++) {
      uint32_t pair = (i % size) & ~1U;
      data[(size_t)p * dim + i] = (float)of(p * pow(10000, -(double)pair / size));
    }
  int table = tsp_graph_const(b->g, name, TSP_F32, 2, (const uint32_t[]){n, dim}, data);
  free(data);
  return tsp_graph_gather(b->g, table, positions);
}

/* 0, 1, .. as a column or a row. */
static int iota(const builder *b, const char *name, int type, uint32_t rows, uint32_t columns)
{
  uint32_t n = rows * columns;
  size_t size = (size_t)tsp_type_size(type);
  uint8_t *data = malloc(n * size);
  if (!data)
    return tsp_graph_fail(b->g, TSP_ENOMEM, "out of memory for %s", name);
  for (uint32_t i = 0; i < n; i++)
    for (size_t k = 0; k < size; k++)
      data[i * size + k] = (uint8_t)(i >> (8 * k));
  int id = tsp_graph_const(b->g, name, type, 2, (const uint32_t[]){rows, columns}, data);
  free(data);
  return id;
}

/* Row b may look at positions 0 .. of its own. */
static int visible(const builder *b, int positions)
{
  tsp_graph *g = b->g;
  int all = iota(b, "positions", TSP_I32, 1, b->step->context);
  int seen = tsp_graph_binary(g, TSP_G_LE, all, tsp_graph_cast(g, positions, TSP_I32));
  return tsp_graph_select(g, seen, tsp_graph_scalar(g, TSP_F32, 0), tsp_graph_scalar(g, TSP_F32, masked));
}

static int heads(const builder *b)
{
  const tsp_llama_shape *s = &b->m->shape;
  uint32_t shape[3] = {s->heads, 1, s->dim}, size = tsp_llama_head(s);
  float *data = calloc((size_t)s->heads * s->dim, sizeof *data);
  if (!data)
    return tsp_graph_fail(b->g, TSP_ENOMEM, "out of memory for the heads");
  for (uint32_t i = 0; i < s->dim; i++)
    data[(size_t)(i / size) * s->dim + i] = 1;
  int id = tsp_graph_const(b->g, "heads", TSP_F32, 3, shape, data);
  free(data);
  return id;
}

static void build(builder *b)
{
  const tsp_llama *m = b->m;
  const tsp_llama_shape *s = &m->shape;
  const tsp_llama_step *step = b->step;
  tsp_graph *g = b->g;
  int token = tsp_graph_input(g, "token", TSP_I16, 2, (const uint32_t[]){step->rows, 1}, NULL);
  b->place = tsp_graph_input(g, "position", TSP_I16, 2, (const uint32_t[]){1, 1}, NULL);
  int positions = step->rows == 1 ? b->place : add(b, b->place, iota(b, "rows", TSP_I16, step->rows, 1));
  b->cosine = angles(b, "cosine", cos, positions);
  b->sine = angles(b, "sine", sin, positions);
  b->mask = visible(b, positions);
  b->head32 = heads(b);
  b->head16 = tsp_graph_cast(g, b->head32, TSP_F16);
  int table = tsp_graph_const(g, "embedding", TSP_F32, 2, (const uint32_t[]){s->vocab, s->dim}, m->embedding);
  int x = tsp_graph_gather(g, table, token);
  for (b->layer = 0; b->layer < s->layers; b->layer++) {
    x = add(b, x, attention(b, x));
    x = add(b, x, feed_forward(b, x));
  }
  if (!step->logits) /* what the caches do not need is dropped by tsp_graph_fold() */
    return;
  tspc_llama_operand h = operand(b, norm(b, x, "rms_final", m->rms_final));
  x = tspc_llama_product(g, step->precision, h, "classifier", m->classifier, s->vocab, s->dim);
  tsp_graph_output(g, x, "logits");
}

static tsp_status check(const tsp_llama *m, const tsp_llama_step *step, tsp_error *err)
{
  const tsp_llama_shape *s = &m->shape;
  const uint32_t most = INT16_MAX + 1;
  tsp_status st = tsp_llama_check(s, err);
  if (st != TSP_OK)
    return st;
  if (step->precision < 0 || step->precision >= TSP_LLAMA_PRECISIONS)
    return tsp_fail(err, TSP_ERANGE, "there is no precision %d", step->precision);
  if (s->vocab > most || step->context > most)
    return tsp_fail(err, TSP_ERANGE, "a vocabulary of %u and %u positions: indices of 16 bits reach %u", s->vocab,
                    step->context, most);
  if (step->rows < 1 || step->context < 1 || step->context % step->rows)
    return tsp_fail(err, TSP_ERANGE, "%u tokens a step and %u positions: the first must divide the second", step->rows,
                    step->context);
  return TSP_OK;
}

tsp_graph *tsp_llama_graph(const tsp_llama *m, const tsp_llama_step *step, tsp_error *err)
{
  size_t dim = m->shape.dim;
  if (check(m, step, err) != TSP_OK)
    return NULL;
  builder b = {.g = tsp_graph_new(step->rows == 1 ? "llama_decode" : "llama_prefill"), .m = m, .step = step};
  b.room = b.g ? malloc(dim * dim * sizeof *b.room) : NULL;
  if (b.room)
    build(&b);
  tsp_status s =
      b.room ? tsp_graph_error(b.g, err) : tsp_fail(err, TSP_ENOMEM, "out of memory for the graph of a step");
  free(b.room);
  if (s == TSP_OK)
    return b.g;
  tsp_graph_free(b.g);
  return NULL;
}

const char *tsp_llama_precision_name(int precision)
{
  static const char *const name[TSP_LLAMA_PRECISIONS] = {"f16", "w8", "w8a8"};
  return name[precision];
}
