// SPDX-License-Identifier: Apache-2.0
// oracle.c: evaluates a graph node by node, and compares outputs.
#include "oracle.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct oracle {
  const tsp_graph *g;
  est **value; /* [node][element] */
};

uint64_t oracle_broadcast(const tsp_node *n, const tsp_node *operand, uint64_t linear)
{
  uint64_t at = 0, step = 1;
  for (int i = 1; i <= n->rank; i++) {
    uint32_t size = n->shape[n->rank - i], own = i <= operand->rank ? operand->shape[operand->rank - i] : 1;
    if (own > 1)
      at += linear % size * step;
    linear /= size;
    step *= own;
  }
  return at;
}

void oracle_free(oracle *o)
{
  if (!o)
    return;
  for (int i = 0; o->value && i < tsp_graph_count(o->g); i++)
    free(o->value[i]);
  free(o->value);
  free(o);
}

void oracle_set(oracle *o, int id, const uint8_t *data)
{
  const tsp_node *n = tsp_graph_node(o->g, id);
  size_t size = (size_t)tsp_type_size(n->type);
  for (uint64_t i = 0; i < tsp_node_elements(n); i++)
    o->value[id][i] = exactly(data ? oracle_load(n->type, data + i * size) : 0);
}

oracle *oracle_new(const tsp_graph *g)
{
  oracle *o = calloc(1, sizeof *o);
  if (!o)
    return NULL;
  o->g = g;
  o->value = calloc((size_t)tsp_graph_count(g) + 1, sizeof *o->value);
  for (int i = 0; o->value && i < tsp_graph_count(g); i++) {
    const tsp_node *n = tsp_graph_node(g, i);
    o->value[i] = malloc(tsp_node_elements(n) * sizeof(est));
    if (!o->value[i]) {
      oracle_free(o);
      return NULL;
    }
    if (n->inputs == 0)
      oracle_set(o, i, n->data);
  }
  if (o->value)
    return o;
  oracle_free(o);
  return NULL;
}

const est *oracle_value(const oracle *o, int id)
{
  return o->value[id];
}

/* Position of element `linear` along each axis. */
static void position(const tsp_node *n, uint64_t linear, uint32_t *at)
{
  for (int d = n->rank - 1; d >= 0; d--) {
    at[d] = (uint32_t)(linear % n->shape[d]);
    linear /= n->shape[d];
  }
}

static uint64_t linear(const tsp_node *n, const uint32_t *at)
{
  uint64_t i = 0;
  for (int d = 0; d < n->rank; d++)
    i = i * n->shape[d] + at[d];
  return i;
}

static est element_wise(const tsp_node *n, int from, const est *a)
{
  const arith t = {from, false};
  switch (n->op) {
  case TSP_G_NEG: return est_neg(t, a[0]);
  case TSP_G_ABS: return est_abs(t, a[0]);
  case TSP_G_RELU: return est_relu(a[0]);
  case TSP_G_EXP: return est_exp(t, a[0]);
  case TSP_G_TANH: return est_tanh(t, a[0]);
  case TSP_G_RSQRT: return est_rsqrt(t, a[0]);
  case TSP_G_RECIP: return est_recip(t, a[0]);
  case TSP_G_CAST: return est_cast((arith){n->type, false}, a[0], from);
  case TSP_G_ADD: return est_add(t, a[0], a[1]);
  case TSP_G_SUB: return est_sub(t, a[0], a[1]);
  case TSP_G_MUL: return est_mul(t, a[0], a[1]);
  case TSP_G_MIN: return est_min(a[0], a[1]);
  case TSP_G_MAX: return est_max(a[0], a[1]);
  case TSP_G_LT:
  case TSP_G_LE:
  case TSP_G_EQ: return est_compare(a[0], a[1], n->op);
  case TSP_G_SELECT: return est_select(a[0], a[1], a[2]);
  default: return est_bits(n->type, a[0], a[1], n->op);
  }
}

static void elements(const oracle *o, const tsp_node *n, est *to)
{
  const tsp_node *x[3];
  est a[3];
  for (int k = 0; k < n->inputs; k++)
    x[k] = tsp_graph_node(o->g, n->input[k]);
  for (uint64_t i = 0; i < tsp_node_elements(n); i++) {
    for (int k = 0; k < n->inputs; k++)
      a[k] = o->value[n->input[k]][oracle_broadcast(n, x[k], i)];
    to[i] = element_wise(n, x[0]->type, a);
  }
}

static void reduce(const tsp_node *n, const tsp_node *x, const est *from, est *to)
{
  uint64_t step = 1;
  uint32_t at[TSP_GRAPH_RANK];
  for (int d = n->axis + 1; d < x->rank; d++)
    step *= x->shape[d];
  for (uint64_t i = 0; i < tsp_node_elements(n); i++) {
    position(n, i, at);
    const est *first = from + linear(x, at);
    to[i] = n->op == TSP_G_REDUCE_SUM ? est_sum((arith){n->type, false}, first, x->shape[n->axis], step) : *first;
    for (uint32_t k = 1; n->op == TSP_G_REDUCE_MAX && k < x->shape[n->axis]; k++)
      to[i] = est_max(to[i], first[k * step]);
  }
}

static void matmul(const oracle *o, const tsp_node *n, est *to)
{
  const tsp_node *a = tsp_graph_node(o->g, n->input[0]), *b = tsp_graph_node(o->g, n->input[1]);
  const uint32_t m = a->shape[a->rank - 2], k = a->shape[a->rank - 1], w = b->shape[b->rank - 1];
  tsp_node batch = {.rank = n->rank - 2}, a_batch = {.rank = a->rank - 2}, b_batch = {.rank = b->rank - 2};
  memcpy(batch.shape, n->shape, sizeof batch.shape);
  memcpy(a_batch.shape, a->shape, sizeof batch.shape);
  memcpy(b_batch.shape, b->shape, sizeof batch.shape);
  for (uint64_t i = 0; i < tsp_node_elements(&batch); i++) {
    const est *x = o->value[n->input[0]] + oracle_broadcast(&batch, &a_batch, i) * m * k;
    const est *y = o->value[n->input[1]] + oracle_broadcast(&batch, &b_batch, i) * k * w;
    for (uint32_t r = 0; r < m; r++)
      for (uint32_t c = 0; c < w; c++)
        *to++ = est_dot((arith){n->type, false}, x + (uint64_t)r * k, 1, y + c, w, k);
  }
}

/* The element of operand *part that stands at `at` of the result. */
static uint64_t moved(const oracle *o, const tsp_node *n, uint32_t *at, uint64_t i, int *part)
{
  const tsp_node *x = tsp_graph_node(o->g, n->input[0]);
  uint32_t to[TSP_GRAPH_RANK] = {0};
  *part = 0;
  switch (n->op) {
  case TSP_G_TRANSPOSE:
    for (int d = 0; d < n->rank; d++)
      to[n->perm[d]] = at[d];
    return linear(x, to);
  case TSP_G_SLICE: at[n->axis] += n->start; return linear(x, at);
  case TSP_G_TAKE: at[n->axis] = n->index[at[n->axis]]; return linear(x, at);
  case TSP_G_CONCAT:
    while (at[n->axis] >= x->shape[n->axis]) {
      at[n->axis] -= x->shape[n->axis];
      x = tsp_graph_node(o->g, n->input[++*part]);
    }
    return linear(x, at);
  case TSP_G_BROADCAST: return oracle_broadcast(n, x, i);
  default: return i; /* RESHAPE */
  }
}

static void move(const oracle *o, const tsp_node *n, est *to)
{
  uint32_t at[TSP_GRAPH_RANK];
  int part;
  for (uint64_t i = 0; i < tsp_node_elements(n); i++) {
    position(n, i, at);
    uint64_t from = moved(o, n, at, i, &part);
    to[i] = o->value[n->input[part]][from];
  }
}

/* A row number, which must be exact and one of the table's, and a multiple of `of`. */
static tsp_status row(const est *index, uint32_t rows, uint32_t of, const char *what, uint64_t *out, tsp_error *err)
{
  if (index->e > 0 || index->v < 0 || index->v >= rows || fmod(index->v, of) != 0)
    return tsp_fail(err, TSP_ERANGE, "%s: index %g +- %g; of %u rows, a multiple of %u, is meant", what, index->v,
                    index->e, rows, of);
  *out = (uint64_t)index->v;
  return TSP_OK;
}

static tsp_status gather(const oracle *o, const tsp_node *n, est *to, tsp_error *err)
{
  const tsp_node *t = tsp_graph_node(o->g, n->input[0]);
  const uint64_t width = n->shape[1];
  uint64_t r = 0;
  tsp_status s = TSP_OK;
  for (uint32_t i = 0; s == TSP_OK && i < n->shape[0]; i++) {
    s = row(&o->value[n->input[1]][i], t->shape[0], 1, "gather", &r, err);
    if (s == TSP_OK)
      memcpy(to + i * width, o->value[n->input[0]] + r * width, width * sizeof *to);
  }
  return s;
}

static tsp_status scatter(const oracle *o, const tsp_node *n, est *to, tsp_error *err)
{
  const tsp_node *rows = tsp_graph_node(o->g, n->input[2]);
  uint64_t r = 0;
  tsp_status s = row(o->value[n->input[1]], n->shape[0], rows->shape[0], "scatter", &r, err);
  memcpy(to, o->value[n->input[0]], tsp_node_elements(n) * sizeof *to);
  if (s == TSP_OK)
    memcpy(to + r * n->shape[1], o->value[n->input[2]], tsp_node_elements(rows) * sizeof *to);
  return s;
}

static tsp_status evaluate(const oracle *o, const tsp_node *n, est *to, tsp_error *err)
{
  est *in[TSP_GRAPH_INPUTS];
  for (int i = 0; i < n->inputs; i++)
    in[i] = o->value[n->input[i]];
  switch (n->op) {
  case TSP_G_REDUCE_MAX:
  case TSP_G_REDUCE_SUM: reduce(n, tsp_graph_node(o->g, n->input[0]), in[0], to); break;
  case TSP_G_MATMUL: matmul(o, n, to); break;
  case TSP_G_TRANSPOSE:
  case TSP_G_RESHAPE:
  case TSP_G_SLICE:
  case TSP_G_CONCAT:
  case TSP_G_TAKE:
  case TSP_G_BROADCAST: move(o, n, to); break;
  case TSP_G_GATHER: return gather(o, n, to, err);
  case TSP_G_SCATTER: return scatter(o, n, to, err);
  default:
    if (n->op >= TSP_G_PRIMITIVES)
      return oracle_composite(o->g, n, in, to);
    elements(o, n, to);
  }
  return TSP_OK;
}

/* States take what the last SCATTER made of them. */
static void keep_states(oracle *o)
{
  for (int id = tsp_graph_count(o->g) - 1; id >= 0; id--) {
    const tsp_node *n = tsp_graph_node(o->g, id);
    if (n->op == TSP_G_SCATTER)
      memcpy(o->value[n->input[0]], o->value[id], tsp_node_elements(n) * sizeof(est));
  }
}

tsp_status oracle_run(oracle *o, tsp_error *err)
{
  tsp_status s = TSP_OK;
  for (int id = 0; s == TSP_OK && id < tsp_graph_count(o->g); id++) {
    const tsp_node *n = tsp_graph_node(o->g, id);
    if (n->inputs > 0)
      s = evaluate(o, n, o->value[id], err);
  }
  if (s == TSP_OK)
    keep_states(o);
  return s;
}

static double difference(double want, double got)
{
  if (isnan(want) || isnan(got))
    return isnan(want) && isnan(got) ? 0 : INFINITY;
  return want == got ? 0 : fabs(want - got); /* infinities */
}

uint64_t oracle_compare(const oracle *o, int id, const uint8_t *got, tsp_oracle *out)
{
  const tsp_node *n = tsp_graph_node(o->g, id);
  uint64_t unknown = 0;
  uint32_t at[TSP_GRAPH_RANK];
  size_t size = (size_t)tsp_type_size(n->type);
  for (uint64_t i = 0; i < tsp_node_elements(n); i++) {
    est want = o->value[id][i];
    bool budget = n->within > 0 || n->relative > 0;
    double g = oracle_load(n->type, got + i * size), d = difference(want.v, g);
    double most = budget ? n->within + n->relative * fabs(want.v) : want.e;
    if (isinf(want.e) && !budget) {
      unknown++;
      continue;
    }
    out->compared++;
    out->max_abs_err = fmax(out->max_abs_err, d);
    out->max_ulp = fmax(out->max_ulp, d / oracle_ulp(n->type, want.v));
    if (d <= most || out->mismatches++ > 0)
      continue;
    position(n, i, at);
    int len = snprintf(out->first, sizeof out->first, "%s[", n->output ? n->output : n->name);
    for (int k = 0; k < n->rank; k++)
      len += snprintf(out->first + len, sizeof out->first - (size_t)len, k ? ", %u" : "%u", at[k]);
    snprintf(out->first + len, sizeof out->first - (size_t)len, "]: expected %.9g, got %.9g, off by %.3g of %.3g",
             want.v, g, d, most);
  }
  return unknown;
}
