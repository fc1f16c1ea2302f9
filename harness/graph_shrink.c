/* SPDX-License-Identifier: Apache-2.0 */
/* Graphs are built again, node by node, with one thing changed; what no longer fits together is no candidate. */
#include "graph_shrink.h"
#include <stdlib.h>
#include <string.h>

enum { ONLY_OUTPUT, AS_INPUT, AS_OPERAND, SIZE, UNIFORM, EDITS };
typedef struct {
  int kind, node, operand;
  uint32_t from, to; /* SIZE: every axis of `from` elements */
} edit;

typedef struct {
  const tsp_graph *from;
  tsp_graph *to;
  const edit *e;
  int *map;
  bool *live;
} builder;

static uint32_t resized(const builder *b, uint32_t n)
{
  return b->e->kind == SIZE && n == b->e->from ? b->e->to : n;
}

static void mark(const builder *b, int id)
{
  const tsp_node *n = tsp_graph_node(b->from, id);
  if (b->live[id])
    return;
  b->live[id] = true;
  if (b->e->kind == AS_INPUT && b->e->node == id)
    return;
  for (int i = 0; i < n->inputs; i++)
    if (b->e->kind != AS_OPERAND || b->e->node != id || i == b->e->operand)
      mark(b, n->input[i]);
}

static void mark_roots(const builder *b)
{
  if (b->e->kind == ONLY_OUTPUT) {
    mark(b, b->e->node);
    return;
  }
  for (int id = 0; id < tsp_graph_count(b->from); id++)
    if (tsp_graph_node(b->from, id)->output || tsp_graph_node(b->from, id)->op == TSP_G_SCATTER)
      mark(b, id);
}

/* Contents of a leaf of a new shape: as many of the old as fit, from the front, again and again. */
static uint8_t *contents(const builder *b, const tsp_node *n, int id, const uint32_t *shape)
{
  tsp_node want = *n;
  memcpy(want.shape, shape, sizeof want.shape);
  uint64_t have = tsp_node_elements(n), count = tsp_node_elements(&want), size = (uint64_t)tsp_type_size(n->type);
  uint8_t *data = n->data ? malloc(count * size) : NULL;
  for (uint64_t i = 0; data && i < count; i++)
    memcpy(data + i * size, n->data + (b->e->kind == UNIFORM && b->e->node == id ? 0 : i % have) * size, size);
  return data;
}

static int leaf(const builder *b, const tsp_node *n, int id)
{
  uint32_t shape[TSP_GRAPH_RANK] = {0};
  for (int i = 0; i < n->rank; i++)
    shape[i] = resized(b, n->shape[i]);
  char name[16];
  snprintf(name, sizeof name, "n%d", id);
  uint8_t *data = contents(b, n, id, shape);
  int made = n->op == TSP_G_CONST   ? tsp_graph_const(b->to, n->name[0] ? n->name : NULL, n->type, n->rank, shape, data)
             : n->op == TSP_G_STATE ? tsp_graph_state(b->to, n->name, n->type, n->rank, shape, data)
                                    : tsp_graph_input(b->to, n->op == TSP_G_INPUT ? n->name : name, n->type, n->rank,
                                                      shape, n->op == TSP_G_INPUT ? data : NULL);
  bool real = n->type == TSP_F16 || n->type == TSP_F32;
  if (n->op == TSP_G_INPUT && n->low <= n->high)
    tsp_graph_range(b->to, made, n->low, n->high);
  else if (n->op > TSP_G_STATE && real)
    tsp_graph_range(b->to, made, -2, 2);
  free(data);
  return made;
}

static int take(const builder *b, const tsp_node *n, int x)
{
  uint32_t size = tsp_graph_node(b->to, x)->shape[n->axis], count = resized(b, n->shape[n->axis]);
  uint32_t *index = malloc(count * sizeof *index);
  for (uint32_t i = 0; index && i < count; i++)
    index[i] = n->index[i % n->shape[n->axis]] % size;
  int made = index ? tsp_graph_take(b->to, x, n->axis, count, index) : -1;
  free(index);
  return made;
}

static int slice(const builder *b, const tsp_node *n, int x)
{
  uint32_t size = tsp_graph_node(b->to, x)->shape[n->axis], count = resized(b, n->shape[n->axis]);
  uint32_t start = n->start < size ? n->start : size - 1;
  return tsp_graph_slice(b->to, x, n->axis, start, count < size - start ? count : size - start);
}

static int operation(const builder *b, const tsp_node *n, const int *in)
{
  tsp_graph *g = b->to;
  uint32_t shape[TSP_GRAPH_RANK];
  for (int i = 0; i < n->rank; i++)
    shape[i] = resized(b, n->shape[i]);
  switch (n->op) {
  case TSP_G_CAST: return tsp_graph_cast(g, in[0], n->type);
  case TSP_G_SELECT: return tsp_graph_select(g, in[0], in[1], in[2]);
  case TSP_G_REDUCE_MAX:
  case TSP_G_REDUCE_SUM: return tsp_graph_reduce(g, n->op, in[0], n->axis);
  case TSP_G_MATMUL: return tsp_graph_matmul(g, in[0], in[1]);
  case TSP_G_TRANSPOSE: return tsp_graph_transpose(g, in[0], n->perm);
  case TSP_G_RESHAPE: return tsp_graph_reshape(g, in[0], n->rank, shape);
  case TSP_G_SLICE: return slice(b, n, in[0]);
  case TSP_G_CONCAT: return tsp_graph_concat(g, n->axis, n->inputs, in);
  case TSP_G_TAKE: return take(b, n, in[0]);
  case TSP_G_BROADCAST: return tsp_graph_broadcast(g, in[0], n->rank, shape);
  case TSP_G_GATHER: return tsp_graph_gather(g, in[0], in[1]);
  case TSP_G_SCATTER: return tsp_graph_scatter(g, in[0], in[1], in[2]);
  case TSP_G_RMSNORM: return tsp_graph_rmsnorm(g, in[0], in[1], n->number);
  case TSP_G_LAYERNORM: return tsp_graph_layernorm(g, in[0], in[1], in[2], n->number);
  case TSP_G_ROPE: return tsp_graph_rope(g, in[0], in[1], in[2]);
  case TSP_G_QUANTIZE: return tsp_graph_quantize(g, in[0], in[1]);
  case TSP_G_DEQUANTIZE: return tsp_graph_dequantize(g, in[0], in[1]);
  case TSP_G_ATTENTION:
    return tsp_graph_attention(g, in[0], in[1], in[2], n->inputs > 3 ? in[3] : -1, n->number, n->causal);
  default: return n->inputs == 1 ? tsp_graph_unary(g, n->op, in[0]) : tsp_graph_binary(g, n->op, in[0], in[1]);
  }
}

static int rebuilt(const builder *b, int id)
{
  const tsp_node *n = tsp_graph_node(b->from, id);
  int in[TSP_GRAPH_INPUTS];
  bool here = b->e->node == id;
  if (n->inputs == 0 || (b->e->kind == AS_INPUT && here))
    return leaf(b, n, id);
  for (int i = 0; i < n->inputs; i++)
    in[i] = b->map[n->input[i]];
  return b->e->kind == AS_OPERAND && here ? in[b->e->operand] : operation(b, n, in);
}

static tsp_graph *edited(const tsp_graph *g, const edit *e)
{
  size_t count = (size_t)tsp_graph_count(g);
  builder b = {g, tsp_graph_new(tsp_graph_name(g)), e, calloc(count, sizeof(int)), calloc(count, sizeof(bool))};
  bool ok = b.to && b.map && b.live;
  if (ok)
    mark_roots(&b);
  for (int id = 0; ok && id < (int)count; id++) {
    if (!b.live[id])
      continue;
    const tsp_node *n = tsp_graph_node(g, id);
    b.map[id] = rebuilt(&b, id);
    ok = b.map[id] >= 0;
    if (ok && e->kind == ONLY_OUTPUT ? id == e->node : n->output != NULL)
      tsp_graph_output(b.to, b.map[id], n->output ? n->output : "y");
    ok = ok && tsp_graph_error(b.to, NULL) == TSP_OK;
  }
  free(b.map);
  free(b.live);
  if (ok)
    return b.to;
  tsp_graph_free(b.to);
  return NULL;
}

/* Operations count most, then elements, then constants of many values. */
static uint64_t weight(const tsp_graph *g)
{
  uint64_t w = 0;
  for (int id = 0; id < tsp_graph_count(g); id++) {
    const tsp_node *n = tsp_graph_node(g, id);
    uint64_t e = tsp_node_elements(n), size = (uint64_t)tsp_type_size(n->type);
    w += (n->inputs ? UINT64_C(1) << 40 : UINT64_C(1) << 30) + 2 * e;
    for (uint64_t i = 1; n->data && i < e; i++)
      if (memcmp(n->data, n->data + i * size, size) != 0) {
        w++;
        break;
      }
  }
  return w;
}

typedef struct {
  tsp_graph *g;
  uint64_t weight;
  tsp_graph_fails fails;
  void *ctx;
  int tries;
} shrinker;

static bool attempt(shrinker *s, edit e)
{
  tsp_graph *smaller = s->tries > 0 ? edited(s->g, &e) : NULL;
  uint64_t w = smaller ? weight(smaller) : UINT64_MAX;
  bool better = w < s->weight;
  if (better) {
    s->tries--;
    better = s->fails(s->ctx, smaller);
  }
  tsp_graph_free(better ? s->g : smaller);
  if (better) {
    s->g = smaller;
    s->weight = w;
  }
  return better;
}

static bool shrink_nodes(shrinker *s)
{
  bool any = false;
  for (int id = 0; id < tsp_graph_count(s->g); id++)
    if (tsp_graph_node(s->g, id)->inputs > 0 && attempt(s, (edit){.kind = ONLY_OUTPUT, .node = id}))
      return true;
  for (int id = tsp_graph_count(s->g) - 1; id >= 0; id--) {
    const tsp_node *n = tsp_graph_node(s->g, id); /* graphs become smaller while this goes on */
    if (!n || n->inputs == 0)
      continue;
    bool done = attempt(s, (edit){.kind = AS_INPUT, .node = id});
    for (int i = 0; !done && i < n->inputs; i++)
      done = attempt(s, (edit){.kind = AS_OPERAND, .node = id, .operand = i});
    any = any || done;
  }
  return any;
}

static bool shrink_sizes(shrinker *s)
{
  bool any = false;
  for (int id = 0; id < tsp_graph_count(s->g); id++)
    for (int d = 0; d < tsp_graph_node(s->g, id)->rank; d++) {
      uint32_t n = tsp_graph_node(s->g, id)->shape[d];
      const uint32_t to[] = {1, 2, n / 2, n - n / 4, n - 1};
      bool done = false;
      for (size_t i = 0; i < sizeof to / sizeof *to && !done; i++)
        done = to[i] > 0 && to[i] < n && attempt(s, (edit){.kind = SIZE, .node = -1, .from = n, .to = to[i]});
      any = any || done;
      if (done && id >= tsp_graph_count(s->g))
        return true;
    }
  return any;
}

static bool shrink_constants(shrinker *s)
{
  bool any = false;
  for (int id = 0; id < tsp_graph_count(s->g); id++)
    any = (tsp_graph_node(s->g, id)->data && attempt(s, (edit){.kind = UNIFORM, .node = id})) || any;
  return any;
}

tsp_graph *tsp_graph_shrink(tsp_graph *g, tsp_graph_fails fails, void *ctx, int tries)
{
  shrinker s = {g, weight(g), fails, ctx, tries};
  while (s.tries > 0) {
    bool any = shrink_nodes(&s);
    any = shrink_sizes(&s) || any;
    any = shrink_constants(&s) || any;
    if (!any)
      break;
  }
  return s.g;
}
