/* SPDX-License-Identifier: Apache-2.0 */
/* llama_graph.c - one step of a model as a graph: the embedding of some tokens to their logits.
 *
 * What waits for a sum over a row is put off: a norm's factor multiplies the products of the row that is not yet
 * normalised, and a softmax is divided by its sum after the product with the values. The sum itself is a product with
 * ones; the maximum that is subtracted may be rounded, for it changes both sides of the division alike. A norm's
 * weights are multiplied into those of the products, before these are rounded: one rounding less.
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
  float *room;              /* [dim][dim] */
  uint32_t tile, tile_rows; /* positions of a tile of the values, and rows that it takes */
  int place;                /* position of the first row, i16 [1, 1] */
  int in_tile, tile_row;    /* its place in its tile, and the tile's first row, i16 [1, 1] */
  int ones;                 /* f16 [context, dim] */
  int cosine, sine;         /* of the rows' positions, f32 [rows, dim] */
  int mask;                 /* to be added to scores, f32 [rows, context] */
  int head16, head32;       /* 1 in the lanes of a head, else 0: [heads, 1, dim] */
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
  return tspc_llama_operand_of(b->g, b->step->precision, x, -1, NULL);
}

/* Rows of x under a norm. */
static tspc_llama_operand normed(const builder *b, int x, const float *weight)
{
  tsp_graph *g = b->g;
  int sum = tsp_graph_reduce(g, TSP_G_REDUCE_SUM, mul(b, x, x), 1);
  int mean = mul(b, sum, tsp_graph_scalar(g, TSP_F32, 1.0 / b->m->shape.dim));
  int factor = tsp_graph_unary(g, TSP_G_RSQRT, add(b, mean, tsp_graph_scalar(g, TSP_F32, eps)));
  return tspc_llama_operand_of(g, b->step->precision, x, factor, weight);
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

/* A state of this layer with rows from index on replaced. */
static int cached(const builder *b, const char *name, uint32_t rows, uint32_t columns, const void *first, int index,
                  int with)
{
  int state = tsp_graph_state(b->g, name, TSP_F16, 2, (const uint32_t[]){rows, columns}, first);
  return tsp_graph_scatter(b->g, state, index, with);
}

static const uint16_t *of_layer(const builder *b, const void *cache)
{
  return cache ? (const uint16_t *)cache + (size_t)b->layer * b->step->context * b->m->shape.dim : NULL;
}

static int keys(const builder *b, int rows)
{
  char name[16];
  snprintf(name, sizeof name, "k%u", b->layer);
  return cached(b, name, b->step->context, b->m->shape.dim, of_layer(b, b->step->keys), b->place,
                tsp_graph_cast(b->g, rows, TSP_F16));
}

/* What the turned cache holds at first: values [context][dim] by tiles. */
static uint16_t *turned(const builder *b, const uint16_t *values)
{
  size_t dim = b->m->shape.dim, tile = b->tile, rows = b->tile_rows;
  uint16_t *v = calloc(b->step->context / tile * rows * tile, sizeof *v);
  for (size_t p = 0; v && p < b->step->context; p++)
    for (size_t d = 0; d < dim; d++)
      v[(p / tile * rows + d) * tile + p % tile] = values[p * dim + d];
  if (!v)
    tsp_graph_fail(b->g, TSP_ENOMEM, "out of memory for a cache");
  return v;
}

/* rows [dim, tile] and zeros below, tile_rows in all */
static int padded(const builder *b, int rows)
{
  uint32_t dim = b->m->shape.dim, more = b->tile_rows - dim;
  if (!more)
    return rows;
  void *zeros = calloc((size_t)more * b->tile, sizeof(uint16_t));
  if (!zeros)
    return tsp_graph_fail(b->g, TSP_ENOMEM, "out of memory for a cache");
  int parts[2] = {rows, tsp_graph_const(b->g, NULL, TSP_F16, 2, (const uint32_t[]){more, b->tile}, zeros)};
  free(zeros);
  return tsp_graph_concat(b->g, 0, 2, parts);
}

/* The values of all positions, turned [dim, context]. The rows of this step enter the tile that they belong to, and
 * only that tile is turned anew. */
static int values(const builder *b, int rows)
{
  static const int swap[2] = {1, 0}, join[3] = {1, 0, 2};
  tsp_graph *g = b->g;
  uint32_t dim = b->m->shape.dim, tiles = b->step->context / b->tile;
  const uint16_t *first = of_layer(b, b->step->values);
  const uint16_t *open = first ? first + (size_t)(b->step->filled / b->tile % tiles) * b->tile * dim : NULL;
  uint16_t *all = first ? turned(b, first) : NULL;
  char name[16], tile_name[24];
  snprintf(name, sizeof name, "v%u", b->layer);
  snprintf(tile_name, sizeof tile_name, "%s.tile", name);
  int tile = cached(b, tile_name, b->tile, dim, open, b->in_tile, tsp_graph_cast(g, rows, TSP_F16));
  int v =
      cached(b, name, tiles * b->tile_rows, b->tile, all, b->tile_row, padded(b, tsp_graph_transpose(g, tile, swap)));
  free(all);
  v = tsp_graph_reshape(g, v, 3, (const uint32_t[]){tiles, b->tile_rows, b->tile});
  v = tsp_graph_transpose(g, tsp_graph_slice(g, v, 1, 0, dim), join);
  return tsp_graph_reshape(g, v, 2, (const uint32_t[]){dim, b->step->context});
}

/* Scaled queries [rows, dim], keys [context, dim] and turned values [dim, context] to [rows, dim]. */
static int attend(const builder *b, int q, int k, int v)
{
  static const int swap[2] = {1, 0};
  tsp_graph *g = b->g;
  int scores = tsp_graph_matmul(g, mul(b, tsp_graph_cast(g, q, TSP_F16), b->head16), tsp_graph_transpose(g, k, swap));
  scores = add(b, scores, b->mask); /* [heads, rows, context] */
  int most = tsp_graph_reduce(g, TSP_G_REDUCE_MAX, tsp_graph_cast(g, scores, TSP_F16), 2);
  int e = tsp_graph_unary(g, TSP_G_EXP, tsp_graph_binary(g, TSP_G_SUB, scores, tsp_graph_cast(g, most, TSP_F32)));
  e = tsp_graph_cast(g, e, TSP_F16);
  int sum = tsp_graph_matmul(g, e, b->ones); /* [heads, rows, dim], all the same */
  int out = tsp_graph_matmul(g, e, tsp_graph_transpose(g, v, swap));
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
  tspc_llama_operand h = normed(b, x, m->rms_att + l * dim);
  int k = keys(b, rotated(b, h, "wk", m->wk + l * kv * dim, times, 1));
  int v = product(b, h, "wv", spread(b, m->wv + l * kv * dim, times, false, 1), s->dim, s->dim);
  v = values(b, v);
  int q = rotated(b, h, "wq", m->wq + l * dim * dim, 1, 1 / sqrtf((float)tsp_llama_head(s)));
  return product(b, operand(b, attend(b, q, k, v)), "wo", m->wo + l * dim * dim, s->dim, s->dim);
}

static int feed_forward(const builder *b, int x)
{
  const tsp_llama *m = b->m;
  const tsp_llama_shape *s = &m->shape;
  size_t dim = s->dim, matrix = dim * s->hidden, l = b->layer;
  tspc_llama_operand h = normed(b, x, m->rms_ffn + l * dim);
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

/* What a table says of the first row's position. */
static int by_position(const builder *b, const char *name, uint32_t (*of)(const builder *, uint32_t))
{
  uint32_t n = b->step->context;
  uint8_t *data = malloc((size_t)n * 2);
  if (!data)
    return tsp_graph_fail(b->g, TSP_ENOMEM, "out of memory for the table %s", name);
  for (uint32_t p = 0; p < n; p++) {
    data[2 * p] = (uint8_t)of(b, p);
    data[2 * p + 1] = (uint8_t)(of(b, p) >> 8);
  }
  int table = tsp_graph_const(b->g, name, TSP_I16, 2, (const uint32_t[]){n, 1}, data);
  free(data);
  return tsp_graph_gather(b->g, table, b->place);
}
static uint32_t in_tile(const builder *b, uint32_t position)
{
  return position % b->tile;
}
static uint32_t tile_row(const builder *b, uint32_t position)
{
  return position / b->tile * b->tile_rows;
}

static int all_ones(const builder *b)
{
  const uint32_t shape[2] = {b->step->context, b->m->shape.dim};
  int one = tsp_graph_scalar(b->g, TSP_F16, 1);
  return tsp_graph_broadcast(b->g, one, 2, shape);
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
  b->in_tile = by_position(b, "in_tile", in_tile);
  b->tile_row = by_position(b, "tile_row", tile_row);
  b->ones = all_ones(b);
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
  tspc_llama_operand h = normed(b, x, m->rms_final);
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
  if (step->tile && (step->context % step->tile || step->tile % step->rows))
    return tsp_fail(err, TSP_ERANGE, "tiles of %u positions: they must divide the context, %u, and take steps of %u",
                    step->tile, step->context, step->rows);
  if ((uint64_t)step->context * (s->dim + step->align) > most * (uint64_t)(step->tile ? step->tile : step->context))
    return tsp_fail(err, TSP_ERANGE, "values of %u positions and %u elements: indices of 16 bits reach %u",
                    step->context, s->dim, most);
  return TSP_OK;
}

tsp_llama_step tsp_llama_step_for(const tsp_config *cfg, int precision, uint32_t positions)
{
  uint32_t tile = (uint32_t)cfg->vector;
  return (tsp_llama_step){.precision = precision,
                          .context = (positions + tile - 1) / tile * tile,
                          .rows = 1,
                          .logits = true,
                          .tile = tile,
                          .align = (uint32_t)cfg->lw_streams};
}

tsp_graph *tsp_llama_graph(const tsp_llama *m, const tsp_llama_step *step, tsp_error *err)
{
  size_t dim = m->shape.dim;
  if (check(m, step, err) != TSP_OK)
    return NULL;
  builder b = {.g = tsp_graph_new(step->rows == 1 ? "llama_decode" : "llama_prefill"), .m = m, .step = step};
  uint32_t align = step->align ? step->align : 1;
  b.tile = step->tile ? step->tile : step->context;
  b.tile_rows = (m->shape.dim + align - 1) / align * align;
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
