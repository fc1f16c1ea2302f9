// SPDX-License-Identifier: Apache-2.0
// fold.c: what is known now is computed now: constants moved, converted, added or multiplied become constants; what is
// computed twice is computed once. Tensors that nothing needs are dropped; inputs and states stay, they are the host's.
#include "graph.h"
#include "number.h"
#include <stdlib.h>
#include <string.h>

/* Row-major steps of an operand along the axes of a result of that rank; 0 where it is stretched. */
static void steps(const tsp_node *x, int rank, uint64_t step[TSP_GRAPH_RANK])
{
  uint64_t s = 1;
  for (int d = rank - 1; d >= 0; d--) {
    int own = d - (rank - x->rank);
    uint32_t size = own >= 0 ? x->shape[own] : 1;
    step[d] = size > 1 ? s : 0;
    s *= size;
  }
}

/* Element of the operand that stands at `at` of the result; RESHAPE keeps the order. */
static uint64_t source(const tsp_node *n, const tsp_node *x, const uint32_t *at, uint64_t linear)
{
  uint64_t step[TSP_GRAPH_RANK], e = 0;
  if (n->op == TSP_G_RESHAPE)
    return linear;
  steps(x, n->rank, step);
  for (int d = 0; d < n->rank; d++) {
    uint64_t i = at[d];
    if (n->op == TSP_G_SLICE && d == n->axis)
      i += n->start;
    if (n->op == TSP_G_TAKE && d == n->axis)
      i = n->index[i];
    e += i * step[n->op == TSP_G_TRANSPOSE ? n->perm[d] : d];
  }
  return e;
}

static void advance(uint32_t *at, const tsp_node *n)
{
  for (int d = n->rank - 1; d >= 0 && ++at[d] == n->shape[d]; d--)
    at[d] = 0;
}

/* One element. A sum or product of two doubles that is rounded once more is the machine's: fp32 and fp16 have less than
 * half of a double's digits. Integers are modulo their width. */
static double combine(int op, double x, double y)
{
  return op == TSP_G_ADD ? x + y : op == TSP_G_SUB ? x - y : x * y;
}

static double combine_whole(int op, int type, int64_t x, int64_t y)
{
  int unused = 64 - 8 * tsp_type_size(type);
  int64_t r = op == TSP_G_ADD ? x + y : op == TSP_G_SUB ? x - y : x * y; /* of 32 bits: no overflow */
  return (double)((int64_t)((uint64_t)r << unused) >> unused);
}

static void compute(const tsp_node *n, int type, const uint8_t *a, const uint8_t *b, uint8_t *to)
{
  double x = tsp_number_load(type, a), y = b ? tsp_number_load(type, b) : 0;
  if (n->op == TSP_G_NEG)
    x = -x;
  else if (b)
    x = tspg_is_float(type) ? combine(n->op, x, y) : combine_whole(n->op, type, (int64_t)x, (int64_t)y);
  tsp_number_store(n->type, x, to);
}

static bool computed(int op)
{
  return op == TSP_G_NEG || op == TSP_G_CAST || op == TSP_G_ADD || op == TSP_G_SUB || op == TSP_G_MUL;
}

/* Contents of a node of one or two constant operands. */
static void evaluate(const tsp_node *n, const tsp_node *x, const tsp_node *y, uint8_t *to)
{
  uint32_t at[TSP_GRAPH_RANK] = {0};
  uint64_t size = (uint64_t)tsp_type_size(x->type), elements = tsp_node_elements(n);
  for (uint64_t i = 0; i < elements; i++, advance(at, n)) {
    const uint8_t *from = x->data + size * source(n, x, at, i);
    uint8_t *here = to + (uint64_t)tsp_type_size(n->type) * i;
    if (computed(n->op))
      compute(n, x->type, from, y ? y->data + size * source(n, y, at, i) : NULL, here);
    else
      memcpy(here, from, size);
  }
}

/* Parts of constants one behind another along the axis: runs of elements that stand together in each. */
static void concatenate(const tsp_graph *g, const tsp_node *n, const int *in, uint8_t *to)
{
  uint64_t size = (uint64_t)tsp_type_size(n->type), outer = 1, inner = size, row = 0;
  for (int d = 0; d < n->rank; d++)
    *(d < n->axis ? &outer : &inner) *= d == n->axis ? 1 : n->shape[d];
  for (int i = 0; i < n->inputs; i++) {
    const tsp_node *x = tsp_graph_node(g, in[i]);
    uint64_t run = x->shape[n->axis] * inner;
    for (uint64_t o = 0; o < outer; o++)
      memcpy(to + o * n->shape[n->axis] * inner + row, x->data + o * run, run);
    row += run;
  }
}

static bool foldable(const tsp_graph *g, const tsp_node *n, const int *in)
{
  switch (n->op) {
  case TSP_G_NEG:
  case TSP_G_CAST:
  case TSP_G_ADD:
  case TSP_G_SUB:
  case TSP_G_MUL:
  case TSP_G_TRANSPOSE:
  case TSP_G_RESHAPE:
  case TSP_G_SLICE:
  case TSP_G_CONCAT:
  case TSP_G_TAKE:
  case TSP_G_BROADCAST: break;
  default: return false;
  }
  for (int i = 0; i < n->inputs; i++)
    if (tsp_graph_node(g, in[i])->op != TSP_G_CONST)
      return false;
  return true;
}

static int fold(tsp_graph *g, const tsp_node *n, const int *in)
{
  if (!foldable(g, n, in)) {
    int made = tspg_clone(g, n, in);
    return made < 0 ? made : tspg_known(g, made);
  }
  tsp_node c = {.op = TSP_G_CONST, .type = n->type, .rank = n->rank};
  memcpy(c.shape, n->shape, sizeof c.shape);
  uint8_t *data = tspg_alloc(g, tspg_bytes(n));
  if (!data)
    return -1;
  if (n->op == TSP_G_CONCAT)
    concatenate(g, n, in, data);
  else
    evaluate(n, tsp_graph_node(g, in[0]), n->inputs > 1 ? tsp_graph_node(g, in[1]) : NULL, data);
  c.data = data;
  int made = tspg_add(g, &c, NULL);
  return made < 0 ? made : tspg_known(g, made);
}

/* What an output or a state's new contents need, and the host's tensors. */
static bool *find_live(const tsp_graph *g)
{
  bool *live = calloc((size_t)g->count + 1, sizeof *live);
  for (int id = g->count - 1; live && id >= 0; id--) {
    const tsp_node *n = tsp_graph_node(g, id);
    live[id] = live[id] || n->output || n->op == TSP_G_INPUT || n->op == TSP_G_STATE || n->op == TSP_G_SCATTER;
    for (int i = 0; live[id] && i < n->inputs; i++)
      live[n->input[i]] = true;
  }
  return live;
}

tsp_graph *tsp_graph_fold(const tsp_graph *g, tsp_error *err)
{
  tsp_graph *folded = tspg_rewrite(g, fold, NULL, err);
  bool *live = folded ? find_live(folded) : NULL;
  tsp_graph *out = live ? tspg_rewrite(folded, tspg_clone, live, err) : NULL;
  if (folded && !live)
    tsp_fail(err, TSP_ENOMEM, "out of memory");
  free(live);
  tsp_graph_free(folded);
  return out;
}
