// SPDX-License-Identifier: Apache-2.0
// lower.c: from the graph's outputs back to its leaves: every tensor that is needed as vecs.
#include "lower.h"
#include <stdlib.h>
#include <string.h>

bool tspc_tensor_new(tspc_lower *l, tspc_tensor *t, int type, int rank, const uint32_t *shape)
{
  *t = (tspc_tensor){.type = type, .bytes = tsp_type_size(type), .rank = rank, .rows = 1};
  memcpy(t->shape, shape, (size_t)rank * sizeof *shape);
  for (int i = 0; i < rank - 1; i++)
    t->rows *= (int)shape[i];
  t->width = (int)shape[rank - 1];
  t->tiles = (t->width + l->p->cfg->vector - 1) / l->p->cfg->vector;
  size_t n = (size_t)t->rows * (size_t)t->tiles;
  t->vec = malloc(n * sizeof *t->vec);
  t->lane = calloc((size_t)t->rows, sizeof *t->lane);
  if (!t->vec || !t->lane)
    return tspc_prog_fail(l->p, TSP_ENOMEM, "out of memory"), false;
  memset(t->vec, 0xff, n * sizeof *t->vec);
  return tspc_ok(l->p);
}

void tspc_tensor_free(tspc_tensor *t)
{
  free(t->vec);
  free(t->lane);
  *t = (tspc_tensor){0};
}

int tspc_int_type(int bytes)
{
  return bytes == 1 ? TSP_I8 : bytes == 2 ? TSP_I16 : TSP_I32;
}

void tspc_define(tspc_prog *p, int vec, int lo, int hi)
{
  if (vec < 0 || p->vec[vec].kind == TSPC_VEC_IMM)
    return;
  tspc_vec *v = &p->vec[vec];
  bool told = v->dlo < v->dhi;
  v->dlo = told && v->dlo < lo ? v->dlo : lo;
  v->dhi = told && v->dhi > hi ? v->dhi : hi;
}

int tspc_defined(tspc_prog *p, int vec)
{
  if (vec < 0 || p->vec[vec].dlo >= p->vec[vec].dhi)
    return vec;
  return tspc_masked(p, vec, p->vec[vec].dlo, p->vec[vec].dhi);
}

static void lower(tspc_lower *l, int node, tspc_tensor *t)
{
  switch (tsp_graph_node(l->g, node)->op) {
  case TSP_G_INPUT:
  case TSP_G_CONST:
  case TSP_G_STATE: tspc_lower_leaf(l, node, t); break;
  case TSP_G_REDUCE_MAX:
  case TSP_G_REDUCE_SUM: tspc_lower_reduce(l, node, t); break;
  case TSP_G_MATMUL: tspc_lower_matmul(l, node, t); break;
  case TSP_G_TRANSPOSE: tspc_lower_transpose(l, node, t); break;
  case TSP_G_RESHAPE:
  case TSP_G_SLICE:
  case TSP_G_CONCAT:
  case TSP_G_TAKE:
  case TSP_G_BROADCAST: tspc_lower_move(l, node, t); break;
  case TSP_G_GATHER: tspc_lower_gather(l, node, t); break;
  case TSP_G_SCATTER: tspc_lower_scatter(l, node, t); break;
  default: tspc_lower_elementwise(l, node, t); break;
  }
}

tspc_tensor *tspc_tensor_of(tspc_lower *l, int node)
{
  tspc_tensor *t = &l->tensor[node];
  if (t->done)
    return t;
  const tsp_node *n = tsp_graph_node(l->g, node);
  for (int i = 0; i < n->inputs; i++) { /* operands first, so that groups of products are numbered in their order */
    const tsp_node *in = tsp_graph_node(l->g, n->input[i]);
    bool table = n->op == TSP_G_GATHER && i == 0, turned = n->op == TSP_G_MATMUL && i == 1;
    bool spared = turned && (in->op == TSP_G_CONST || in->op == TSP_G_TRANSPOSE);
    if (!table && !spared)
      tspc_tensor_of(l, n->input[i]);
    else if (spared && in->op == TSP_G_TRANSPOSE)
      tspc_tensor_of(l, in->input[0]);
  }
  if (!tspc_ok(l->p) || !tspc_tensor_new(l, t, n->type, n->rank, n->shape))
    return t;
  l->p->node = node;
  lower(l, node, t);
  if (!tspc_ok(l->p))
    tspc_explain(l->p, node);
  t->done = true;
  return t;
}

/* ---- outputs ---- */
static bool there_already(const tspc_prog *p, int vec)
{
  const tspc_vec *v = &p->vec[vec];
  return v->kind == TSPC_VEC_IMM || (v->word[0] >= 0 && p->word[v->word[0]].keep);
}

static void output_word(tspc_lower *l, const tspc_tensor *t, int tensor, int row, int tile, int byte, int word)
{
  tspc_word *w = &l->p->word[word];
  w->keep = true;
  w->tensor = tensor;
  w->byte = byte;
  w->first = (int64_t)row * t->width + (int64_t)tile * l->p->cfg->vector;
  w->lanes = tspc_tile_width(l->p, t, tile);
  w->lane_step = 1;
}

static void output(tspc_lower *l, int node)
{
  tspc_prog *p = l->p;
  const tsp_node *n = tsp_graph_node(l->g, node);
  const tspc_tensor *t = tspc_tensor_of(l, node);
  int tensor = tspc_ok(p) ? tspc_image_tensor(l, node, n->output, TSP_ROLE_OUTPUT, NULL) : TSPC_NONE;
  p->node = node;
  for (int r = 0; tspc_ok(p) && r < t->rows; r++)
    for (int k = 0; tspc_ok(p) && k < t->tiles; k++) {
      int v = tspc_aligned(l, t, r, k, 0);
      if (v >= 0 && there_already(p, v)) { /* a leaf, or an output under another name */
        v = tspc_vec_vx(p, tspc_opcode(p, "Mov", tspc_int_type(t->bytes)), v, TSPC_NONE, TSPC_NONE);
        if (v >= 0 && there_already(p, v)) { /* a third time: a second copy */
          int again = tspc_opcode(p, "Or", tspc_int_type(t->bytes));
          while (tspc_ok(p) && v >= 0 && there_already(p, v))
            v = tspc_vec_vx(p, again, v, tspc_vec_imm(p, t->bytes, 0), TSPC_NONE);
        }
      }
      const int *word = tspc_store(p, v);
      for (int b = 0; tspc_ok(p) && b < t->bytes; b++)
        output_word(l, t, tensor, r, k, b, word[b]);
    }
}

void tspc_lower_graph(tspc_prog *p, const tsp_graph *g)
{
  int n = tsp_graph_count(g);
  tspc_lower l = {.p = p,
                  .g = g,
                  .tensor = calloc((size_t)n + 1, sizeof *l.tensor),
                  .image = malloc(((size_t)n + 1) * sizeof(int)),
                  .array = malloc(((size_t)n + 1) * sizeof(int))};
  if (!l.tensor || !l.image || !l.array) {
    tspc_prog_fail(p, TSP_ENOMEM, "out of memory");
  } else {
    memset(l.image, 0xff, ((size_t)n + 1) * sizeof(int));
    memset(l.array, 0xff, ((size_t)n + 1) * sizeof(int));
    tspc_arrays(&l);
  }
  for (int i = 0; tspc_ok(p) && i < n; i++) {
    const tsp_node *node = tsp_graph_node(g, i);
    if (node->op == TSP_G_SCATTER || node->op == TSP_G_INPUT || node->op == TSP_G_STATE ||
        (node->op == TSP_G_GATHER && tspc_state_of(&l, node->input[0]) >= 0)) /* from the version that there is now */
      tspc_tensor_of(&l, i);
    if (tspc_ok(p) && node->output)
      output(&l, i);
  }
  for (int i = 0; l.tensor && i < n; i++)
    tspc_tensor_free(&l.tensor[i]);
  free(l.tensor);
  free(l.image);
  free(l.array);
}
