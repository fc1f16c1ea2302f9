// SPDX-License-Identifier: Apache-2.0
// random_graph.c: grows a graph from a few inputs: each step picks an operation and an operand among what is there, and
// makes further operands that fit. What the builder would refuse is never asked of it, nor what the machine does not
// have: floating point, elements wider than its hemispheres have slices, tensors that fill much of its memory, or,
// where an Ifetch brings no more than its own word, of its queues.
#include "random_graph.h"
#include "oracle.h"
#include "rng.h"
#include <stdlib.h>
#include <string.h>

enum { LARGEST = 6000, PART = 8, TEXT = 16 }; /* a tensor's elements, and its part of memory and queues, at most */
enum { STEPS = 9, TRIES = 40 };               /* operations of a graph */

typedef struct {
  tsp_graph *g;
  tsp_rng rng;
  const tsp_config *cfg;
  int widest; /* bytes of an element */
  int leaves;
} grower;

static int64_t pick(grower *w, int64_t low, int64_t high)
{
  return rng_range(&w->rng, low, high);
}

static bool one_in(grower *w, int n)
{
  return pick(w, 1, n) == 1;
}

static const tsp_node *node(const grower *w, int id)
{
  return tsp_graph_node(w->g, id);
}

static bool is_float(int type)
{
  return type == TSP_F16 || type == TSP_F32;
}

static bool is_small(const grower *w, int type, int rank, const uint32_t *shape)
{
  tsp_node n = {.type = type, .rank = rank};
  memcpy(n.shape, shape, (size_t)rank * sizeof *shape);
  uint64_t words = random_graph_words(w->cfg, &n);
  bool fetches = w->cfg->superlanes * w->cfg->fetch_row > 1;
  return tsp_node_elements(&n) <= LARGEST && words <= random_graph_memory(w->cfg) / PART &&
         (fetches || words <= (uint64_t)w->cfg->iq_depth / TEXT);
}

static uint32_t size(grower *w)
{
  static const uint32_t usual[] = {1, 1, 2, 3, 4, 5, 7, 8, 11, 16, 17, 31, 32, 33, 48, 63, 64, 65, 72, 100, 128, 130};
  return usual[pick(w, 0, sizeof usual / sizeof *usual - 1)];
}

static int random_shape(grower *w, int type, uint32_t *shape)
{
  int rank = (int)pick(w, 1, TSP_GRAPH_RANK);
  uint64_t n = 1;
  for (int i = rank - 1; i >= 0; i--) {
    shape[i] = size(w);
    while (n * shape[i] > LARGEST)
      shape[i] = (shape[i] + 1) / 2;
    n *= shape[i];
    if (n * 2 > LARGEST)
      n = LARGEST;
  }
  for (int i = 0; !is_small(w, type, rank, shape); i = (i + 1) % rank)
    shape[i] = (shape[i] + 1) / 2;
  return rank;
}

static int random_type(grower *w)
{
  static const int type[] = {TSP_I8, TSP_I16, TSP_I32, TSP_F16, TSP_F32, TSP_F16, TSP_F32};
  int drawn = type[pick(w, 0, w->cfg->fp ? 6 : 2)];
  return tsp_type_size(drawn) <= w->widest ? drawn : TSP_I8;
}

/* A new operand: an input or, as often, a constant. */
static int leaf(grower *w, int type, int rank, const uint32_t *shape)
{
  char name[16];
  tsp_node n = {.rank = rank};
  memcpy(n.shape, shape, (size_t)rank * sizeof *shape);
  uint64_t count = tsp_node_elements(&n), bytes = (uint64_t)tsp_type_size(type);
  snprintf(name, sizeof name, "%c%d", one_in(w, 2) ? 'x' : 'c', w->leaves++);
  if (name[0] == 'x') {
    int id = tsp_graph_input(w->g, name, type, rank, shape, NULL);
    if (is_float(type))
      tsp_graph_range(w->g, id, -2, 2);
    return id;
  }
  uint8_t *data = calloc(count, bytes);
  for (uint64_t i = 0; data && i < count; i++) {
    uint32_t bits =
        is_float(type) ? oracle_bits(type, (double)pick(w, -2000, 2000) * 1e-3) : (uint32_t)rng_next(&w->rng);
    memcpy(data + i * bytes, &bits, bytes);
  }
  int id = data ? tsp_graph_const(w->g, name, type, rank, shape, data) : -1;
  free(data);
  return id;
}

/* What may be an operand: not the old version of a state, nothing too large or too wide. */
static bool usable(const grower *w, int id)
{
  for (int i = id + 1; i < tsp_graph_count(w->g); i++)
    if (node(w, i)->op == TSP_G_SCATTER && node(w, i)->input[0] == id)
      return false;
  const tsp_node *n = node(w, id);
  return n && n->op != TSP_G_STATE && tsp_type_size(n->type) <= w->widest && is_small(w, n->type, n->rank, n->shape);
}

/* An operand that broadcasts with x: of its shape, or with sizes of 1, or fewer axes; or a number. */
static int partner(grower *w, int x, int type)
{
  const tsp_node *n = node(w, x);
  uint32_t shape[TSP_GRAPH_RANK];
  if (one_in(w, 4))
    return tsp_graph_scalar(w->g, type, is_float(type) ? (double)pick(w, -30, 30) / 8 : (double)pick(w, -7, 7));
  for (int i = tsp_graph_count(w->g) - 1; i >= 0 && one_in(w, 2); i--) {
    const tsp_node *other = node(w, i);
    if (i != x && usable(w, i) && other->type == type && other->rank == n->rank &&
        memcmp(other->shape, n->shape, sizeof(uint32_t) * (size_t)n->rank) == 0)
      return i;
  }
  int drop = one_in(w, 3) ? (int)pick(w, 0, n->rank - 1) : 0, rank = n->rank - drop;
  for (int i = 0; i < rank; i++)
    shape[i] = one_in(w, 4) ? 1 : n->shape[i + drop];
  return leaf(w, type, rank, shape);
}

static int to_type(grower *w, int x, int type)
{
  return tsp_graph_cast(w->g, x, type);
}

static int unary(grower *w, int x)
{
  static const int any[] = {TSP_G_NEG, TSP_G_ABS, TSP_G_RELU};
  static const int smooth[] = {TSP_G_EXP,     TSP_G_TANH, TSP_G_RSQRT, TSP_G_RECIP,  TSP_G_SQRT,
                               TSP_G_SIGMOID, TSP_G_SILU, TSP_G_GELU,  TSP_G_SOFTMAX};
  if (!is_float(node(w, x)->type) || one_in(w, 4))
    return tsp_graph_unary(w->g, any[pick(w, 0, 2)], x);
  int op = smooth[pick(w, 0, 8)];
  if (op == TSP_G_RSQRT || op == TSP_G_SQRT || op == TSP_G_RECIP) /* away from 0 */
    x = tsp_graph_binary(w->g, TSP_G_ADD, tsp_graph_unary(w->g, TSP_G_ABS, x),
                         tsp_graph_scalar(w->g, node(w, x)->type, 0.25));
  return tsp_graph_unary(w->g, op, x);
}

static int binary(grower *w, int x)
{
  int type = node(w, x)->type, last = is_float(type) ? TSP_G_EQ : TSP_G_SAR;
  int op = (int)pick(w, TSP_G_ADD, last), y = partner(w, x, type);
  if (is_float(type) && one_in(w, 12))
    return tsp_graph_binary(w->g, TSP_G_DIV, x, tsp_graph_unary(w->g, TSP_G_EXP, y));
  return one_in(w, 3) ? tsp_graph_binary(w->g, op, y, x) : tsp_graph_binary(w->g, op, x, y);
}

static int choose(grower *w, int x)
{
  int type = node(w, x)->type;
  int mask = tsp_graph_binary(w->g, TSP_G_LT, x, partner(w, x, type));
  return tsp_graph_select(w->g, mask, x, partner(w, x, type));
}

static int reduce(grower *w, int x)
{
  int op = one_in(w, 2) ? TSP_G_REDUCE_MAX : TSP_G_REDUCE_SUM;
  return tsp_graph_reduce(w->g, op, x, (int)pick(w, 0, node(w, x)->rank - 1));
}

/* The second factor of a product lies in memory with a row for each of its columns, as weights. */
static bool turned_is_small(const grower *w, int type, int rank, const uint32_t *shape)
{
  uint32_t turned[TSP_GRAPH_RANK];
  memcpy(turned, shape, (size_t)rank * sizeof *shape);
  turned[rank - 1] = shape[rank - 2];
  turned[rank - 2] = shape[rank - 1];
  return is_small(w, type, rank, turned);
}

static int matmul(grower *w, int x)
{
  const tsp_node *n = node(w, x);
  uint32_t shape[TSP_GRAPH_RANK];
  int rank = n->rank, other = rank < 2 ? 2 : one_in(w, 2) ? 2 : rank;
  if (rank < 2)
    return -1;
  int type = w->cfg->fp && tsp_plane_pairs(w->cfg, 0) && (is_float(n->type) || one_in(w, 2)) ? TSP_F16 : TSP_I8;
  bool left = one_in(w, 3); /* x is the second factor */
  uint32_t batch = 1;
  for (int i = 0; i < rank - 2; i++)
    batch *= n->shape[i];
  uint32_t free_size = size(w), kept = left ? n->shape[rank - 1] : n->shape[rank - 2];
  while ((uint64_t)batch * kept * free_size > LARGEST && free_size > 1)
    free_size /= 2;
  for (int i = 0; i < other - 2; i++)
    shape[i] = one_in(w, 3) ? 1 : n->shape[i + rank - other];
  for (;; free_size /= 2) {
    shape[other - 2] = left ? free_size : n->shape[rank - 1];
    shape[other - 1] = left ? n->shape[rank - 2] : free_size;
    if (free_size == 1 || is_small(w, type, other, shape))
      break;
  }
  if (left ? !turned_is_small(w, type, rank, n->shape) : !turned_is_small(w, type, other, shape))
    return -1;
  int a = to_type(w, x, type), b = leaf(w, type, other, shape);
  int made = left ? tsp_graph_matmul(w->g, b, a) : tsp_graph_matmul(w->g, a, b);
  if (made < 0 || tsp_type_size(node(w, made)->type) <= w->widest)
    return made;
  int shift = tsp_graph_scalar(w->g, node(w, made)->type, (double)pick(w, 0, 12));
  return to_type(w, tsp_graph_binary(w->g, TSP_G_SAR, made, shift), w->widest > 1 && one_in(w, 2) ? TSP_I16 : TSP_I8);
}

static int transpose(grower *w, int x)
{
  int rank = node(w, x)->rank, perm[TSP_GRAPH_RANK] = {0, 1, 2, 3};
  for (int i = rank - 1; i > 0; i--) {
    int k = (int)pick(w, 0, i), t = perm[i];
    perm[i] = perm[k];
    perm[k] = t;
  }
  return tsp_graph_transpose(w->g, x, perm);
}

/* Two neighbouring axes become one, or an axis two. */
static int reshape(grower *w, int x)
{
  const tsp_node *n = node(w, x);
  uint32_t shape[TSP_GRAPH_RANK];
  int axis = (int)pick(w, 0, n->rank - 1), rank = 0;
  bool split = n->rank < TSP_GRAPH_RANK && one_in(w, 2);
  uint32_t by = 1;
  for (uint32_t d = 2; split && d <= 16; d++)
    if (n->shape[axis] % d == 0 && (by == 1 || one_in(w, 2)))
      by = d;
  for (int i = 0; i < n->rank; i++) {
    if (split && i == axis) {
      shape[rank++] = n->shape[i] / by;
      shape[rank++] = by;
    } else if (!split && i == axis && i > 0) {
      shape[rank - 1] *= n->shape[i];
    } else {
      shape[rank++] = n->shape[i];
    }
  }
  return tsp_graph_reshape(w->g, x, rank, shape);
}

static int slice(grower *w, int x)
{
  const tsp_node *n = node(w, x);
  int axis = (int)pick(w, 0, n->rank - 1);
  uint32_t start = (uint32_t)pick(w, 0, n->shape[axis] - 1);
  return tsp_graph_slice(w->g, x, axis, start, (uint32_t)pick(w, 1, n->shape[axis] - start));
}

static int concat(grower *w, int x)
{
  const tsp_node *n = node(w, x);
  int axis = (int)pick(w, 0, n->rank - 1), part[3] = {x, x, x};
  uint32_t shape[TSP_GRAPH_RANK];
  memcpy(shape, n->shape, sizeof shape);
  shape[axis] = (uint32_t)pick(w, 1, 9);
  int type = n->type, rank = n->rank;
  part[pick(w, 0, 1)] = leaf(w, type, rank, shape);
  return tsp_graph_concat(w->g, axis, (int)pick(w, 2, 3), part);
}

static int take(grower *w, int x)
{
  const tsp_node *n = node(w, x);
  int axis = (int)pick(w, 0, n->rank - 1);
  uint32_t index[80], count = (uint32_t)pick(w, 1, 79), step = (uint32_t)pick(w, 1, 3);
  bool even = one_in(w, 2);
  for (uint32_t i = 0; i < count; i++)
    index[i] = even ? i * step % n->shape[axis] : (uint32_t)pick(w, 0, n->shape[axis] - 1);
  return tsp_graph_take(w->g, x, axis, count, index);
}

static int broadcast(grower *w, int x)
{
  const tsp_node *n = node(w, x);
  uint32_t shape[TSP_GRAPH_RANK];
  int more = n->rank < TSP_GRAPH_RANK && one_in(w, 2);
  shape[0] = (uint32_t)pick(w, 1, 5);
  for (int i = 0; i < n->rank; i++)
    shape[i + more] = n->shape[i] == 1 && one_in(w, 2) ? (uint32_t)pick(w, 1, 20) : n->shape[i];
  return tsp_graph_broadcast(w->g, x, n->rank + more, shape);
}

static int index_input(grower *w, uint32_t count, uint32_t rows)
{
  char name[16];
  snprintf(name, sizeof name, "i%d", w->leaves++);
  int id = tsp_graph_input(w->g, name, TSP_I16, 2, (uint32_t[]){count, 1}, NULL);
  tsp_graph_range(w->g, id, 0, rows - 1);
  return id;
}

/* Rows of a table that is x, if that is a leaf, or one of its width. */
static int gather(grower *w, int x)
{
  const tsp_node *n = node(w, x);
  if (n->rank != 2)
    return -1;
  uint32_t rows = n->inputs == 0 ? n->shape[0] : (uint32_t)pick(w, 1, 40), shape[2] = {rows, n->shape[1]};
  int table = n->inputs == 0 ? x : leaf(w, n->type, 2, shape);
  return tsp_graph_gather(w->g, table, index_input(w, (uint32_t)pick(w, 1, 40), rows));
}

/* The first 1, 2 or 4 rows of x into a state of its own. */
static int scatter(grower *w, int x)
{
  const tsp_node *n = node(w, x);
  char name[16];
  uint32_t rows = 1U << pick(w, 0, 2), times = (uint32_t)pick(w, 1, 9);
  if (n->rank != 2 || rows > n->shape[0] || (uint64_t)rows * times * n->shape[1] > LARGEST)
    return -1;
  snprintf(name, sizeof name, "s%d", w->leaves++);
  int s = tsp_graph_state(w->g, name, n->type, 2, (uint32_t[]){rows * times, n->shape[1]}, NULL);
  snprintf(name, sizeof name, "i%d", w->leaves++);
  int16_t at = (int16_t)(rows * (uint32_t)pick(w, 0, times - 1));
  int i = tsp_graph_input(w->g, name, TSP_I16, 2, (uint32_t[]){1, 1}, &at);
  return tsp_graph_scatter(w->g, s, i, tsp_graph_slice(w->g, x, 0, 0, rows));
}

static int norm(grower *w, int x)
{
  const tsp_node *n = node(w, x);
  uint32_t last[1] = {n->shape[n->rank - 1]};
  int type = n->type, weight = leaf(w, type, 1, last);
  if (one_in(w, 2))
    return tsp_graph_rmsnorm(w->g, x, weight, 1e-3);
  return tsp_graph_layernorm(w->g, x, weight, leaf(w, type, 1, last), 1e-3);
}

static int rope(grower *w, int x)
{
  const tsp_node *n = node(w, x);
  uint32_t half[1] = {n->shape[n->rank - 1] / 2};
  int type = n->type;
  if (n->shape[n->rank - 1] % 2)
    return -1;
  int c = leaf(w, type, 1, half);
  return tsp_graph_rope(w->g, x, c, leaf(w, type, 1, half));
}

static int quantize(grower *w, int x)
{
  int type = node(w, x)->type;
  if (!is_float(type))
    return tsp_graph_dequantize(w->g, x, tsp_graph_scalar(w->g, TSP_F32, 0.0625));
  return tsp_graph_quantize(w->g, x, tsp_graph_scalar(w->g, type, 0.03125));
}

static int attention(grower *w, int x)
{
  const tsp_node *n = node(w, x);
  if (!tsp_plane_pairs(w->cfg, 0) || n->rank != 3 || n->shape[0] * n->shape[1] > 600)
    return -1;
  uint32_t groups = one_in(w, 2) ? n->shape[0] : 1, t = n->shape[1] + (uint32_t)pick(w, 0, 20), d = n->shape[2];
  if ((uint64_t)groups * t * d > LARGEST || (uint64_t)n->shape[0] * n->shape[1] * t > LARGEST)
    return -1;
  const uint32_t kv[3] = {groups, t, d}, all[3] = {1, n->shape[1], t};
  int q = to_type(w, x, TSP_F16), k = leaf(w, TSP_F16, 3, kv), v = leaf(w, TSP_F16, 3, kv);
  int mask = one_in(w, 3) ? leaf(w, TSP_F32, 3, all) : -1;
  return tsp_graph_attention(w->g, q, k, v, mask, 0.25, one_in(w, 2));
}

/* One more operation on x, or -1 if the one drawn does not fit it. */
static int step(grower *w, int x)
{
  bool real = is_float(node(w, x)->type);
  switch (pick(w, 0, 21)) {
  case 0:
  case 1:
  case 2: return unary(w, x);
  case 3:
  case 4:
  case 5: return binary(w, x);
  case 6: return choose(w, x);
  case 7: return to_type(w, x, random_type(w));
  case 8:
  case 9: return reduce(w, x);
  case 10:
  case 11: return matmul(w, x);
  case 12: return transpose(w, x);
  case 13: return reshape(w, x);
  case 14: return slice(w, x);
  case 15: return concat(w, x);
  case 16: return take(w, x);
  case 17: return broadcast(w, x);
  case 18: return one_in(w, 2) ? gather(w, x) : scatter(w, x);
  case 19: return real ? norm(w, x) : -1;
  case 20: return w->cfg->fp ? quantize(w, x) : -1;
  default: return real ? (one_in(w, 2) ? attention(w, x) : rope(w, x)) : -1;
  }
}

static void grow(grower *w)
{
  uint32_t shape[TSP_GRAPH_RANK];
  int type = random_type(w), rank = random_shape(w, type, shape), last = -1;
  if (tsp_graph_input(w->g, "x", type, rank, shape, NULL) < 0)
    return;
  if (is_float(type))
    tsp_graph_range(w->g, 0, -2, 2);
  int64_t steps = pick(w, 1, STEPS);
  for (int tries = 0; steps > 0 && tries < TRIES; tries++) {
    int count = tsp_graph_count(w->g);
    int x = one_in(w, 3) ? (int)pick(w, 0, count - 1) : last >= 0 ? last : 0;
    int made = usable(w, x) ? step(w, x) : -1;
    if (tsp_graph_error(w->g, NULL) != TSP_OK)
      return;
    if (made < 0 || made < count)
      continue;
    steps--;
    if (usable(w, made))
      last = made;
  }
  if (last < 0)
    last = tsp_graph_unary(w->g, TSP_G_NEG, 0);
  tsp_graph_output(w->g, last, "y");
  int second = (int)pick(w, 0, tsp_graph_count(w->g) - 1);
  if (one_in(w, 3) && usable(w, second) && second != last)
    tsp_graph_output(w->g, second, "z");
}

uint64_t random_graph_memory(const tsp_config *cfg)
{
  return 2 * (uint64_t)cfg->mem_slices * (uint64_t)cfg->mem_words;
}

uint64_t random_graph_words(const tsp_config *cfg, const tsp_node *n)
{
  uint64_t width = n->shape[n->rank - 1], vector = (uint64_t)cfg->vector;
  return tsp_node_elements(n) / width * ((width + vector - 1) / vector) * (uint64_t)tsp_type_size(n->type);
}

tsp_graph *random_graph(const tsp_config *cfg, uint64_t seed, uint64_t i)
{
  int narrow = cfg->mem_slices < cfg->streams ? cfg->mem_slices : cfg->streams;
  grower w = {.g = tsp_graph_new("random"),
              .rng = {seed * UINT64_C(1000003) + i},
              .cfg = cfg,
              .widest = narrow < 4 ? narrow : 4};
  if (w.g)
    grow(&w);
  return w.g;
}
