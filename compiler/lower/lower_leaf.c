// SPDX-License-Identifier: Apache-2.0
// lower_leaf.c: inputs, constants and states as vecs, and constants known to the compiler.
#include "lower.h"
#include <stdlib.h>
#include <string.h>

int tspc_image_tensor(tspc_lower *l, int node, const char *name, int role, const uint8_t *data)
{
  tsp_image *m = l->p->image;
  const tsp_node *n = tsp_graph_node(l->g, node);
  tsp_tensor *grown = realloc(m->tensor, ((size_t)m->tensor_count + 1) * sizeof *grown);
  if (!grown)
    return tspc_prog_fail(l->p, TSP_ENOMEM, "out of memory"), TSPC_NONE;
  m->tensor = grown;
  tsp_tensor *t = &m->tensor[m->tensor_count];
  *t = (tsp_tensor){.type = (uint8_t)n->type, .role = (uint8_t)role, .rank = n->rank};
  memcpy(t->shape, n->shape, sizeof t->shape);
  if (name && name[0])
    snprintf(t->name, sizeof t->name, "%s", name);
  else
    snprintf(t->name, sizeof t->name, "const%d", node);
  m->tensor_count++;
  if (data) {
    t->data_bytes = tsp_node_elements(n) * (uint64_t)tsp_type_size(n->type);
    t->data = malloc(t->data_bytes);
    if (!t->data)
      return tspc_prog_fail(l->p, TSP_ENOMEM, "out of memory"), TSPC_NONE;
    memcpy(t->data, data, t->data_bytes);
  }
  return m->tensor_count - 1;
}

static int scalar_vec(tspc_lower *l, const tspc_tensor *t, const uint8_t *data, int row)
{
  uint32_t value = 0;
  for (int b = 0; b < t->bytes; b++)
    value |= (uint32_t)data[row * t->bytes + b] << (8 * b);
  if (t->bytes < 4 && t->type != TSP_F16 && (value >> (8 * t->bytes - 1)))
    value |= ~UINT32_C(0) << (8 * t->bytes); /* the machine sign-extends */
  return tspc_vec_imm(l->p, t->bytes, value);
}

/* Elements first, first + step, .. of a tensor of the image. */
static int row_vec(tspc_lower *l, const tspc_tensor *t, int tensor, int tile, int64_t first, int64_t step)
{
  tspc_prog *p = l->p;
  int word[4], lanes = t->width == 1 ? p->cfg->vector : tspc_tile_width(p, t, tile);
  for (int b = 0; b < t->bytes; b++) {
    word[b] = tspc_word_new(p);
    if (word[b] < 0)
      return TSPC_NONE;
    tspc_word *w = &p->word[word[b]];
    w->keep = w->initial = true;
    w->tensor = tensor;
    w->byte = b;
    w->first = first + (int64_t)tile * p->cfg->vector * step;
    w->lanes = lanes;
    w->lane_step = t->width > 1 ? (int)step : 0;
  }
  return tspc_vec_words(p, t->bytes, word, 0, lanes);
}

static void image_leaf(tspc_lower *l, int node)
{
  const tsp_node *n = tsp_graph_node(l->g, node);
  if (l->image[node] < 0)
    l->image[node] =
        tspc_image_tensor(l, node, n->name, n->op == TSP_G_CONST ? TSP_ROLE_CONST : TSP_ROLE_INPUT, n->data);
}

void tspc_turned_leaf(tspc_lower *l, int node, const int *perm, tspc_tensor *t)
{
  const tsp_node *n = tsp_graph_node(l->g, node);
  int64_t step[TSP_GRAPH_RANK], size = 1;
  for (int i = n->rank - 1; i >= 0; i--) {
    step[i] = size;
    size *= n->shape[i];
  }
  t->splat = t->width == 1;
  image_leaf(l, node);
  for (int r = 0; tspc_ok(l->p) && r < t->rows; r++) {
    int64_t first = 0, left = r;
    for (int i = t->rank - 2; i >= 0; i--) {
      first += left % t->shape[i] * step[perm[i]];
      left /= t->shape[i];
    }
    for (int k = 0; tspc_ok(l->p) && k < t->tiles; k++)
      *tspc_at(t, r, k) = row_vec(l, t, l->image[node], k, first, step[perm[t->rank - 1]]);
  }
}

void tspc_lower_leaf(tspc_lower *l, int node, tspc_tensor *t)
{
  const tsp_node *n = tsp_graph_node(l->g, node);
  bool scalars = n->op == TSP_G_CONST && t->width == 1;
  t->splat = t->width == 1;
  if (l->array[node] >= 0 && n->op == TSP_G_STATE) {
    tspc_array_rows(l, l->array[node], t);
    return;
  }
  if (!scalars)
    image_leaf(l, node);
  for (int r = 0; tspc_ok(l->p) && r < t->rows; r++)
    for (int k = 0; tspc_ok(l->p) && k < t->tiles; k++)
      *tspc_at(t, r, k) = scalars ? scalar_vec(l, t, n->data, r)
                                  : row_vec(l, t, l->image[node], k, (int64_t)r * t->width, t->width > 1);
}

bool tspc_constant(const tspc_prog *p, int vec)
{
  const tspc_vec *v = &p->vec[vec];
  for (int b = 0; v->kind != TSPC_VEC_IMM && b < v->bytes; b++) {
    const tspc_word *w = v->word[b] < 0 ? NULL : &p->word[v->word[b]];
    if (!w || (w->pool < 0 && (w->tensor < 0 || p->image->tensor[w->tensor].role != TSP_ROLE_CONST)))
      return false;
  }
  return true;
}

bool tspc_contents(tspc_prog *p, int vec, uint8_t *out)
{
  const tspc_vec *v = &p->vec[vec];
  int vector = p->cfg->vector;
  if (!tspc_constant(p, vec))
    return false;
  for (int b = 0; b < v->bytes; b++)
    for (int i = 0; i < vector; i++) {
      if (v->kind == TSPC_VEC_IMM) {
        out[i * v->bytes + b] = (uint8_t)(v->imm >> (8 * b));
        continue;
      }
      const tspc_word *w = &p->word[v->word[b]];
      const tsp_tensor *t = w->pool >= 0 ? NULL : &p->image->tensor[w->tensor];
      out[i * v->bytes + b] = !t ? p->pool[(size_t)w->pool * (size_t)vector + (size_t)i]
                              : i < w->lanes
                                  ? t->data[(w->first + (int64_t)i * w->lane_step) * tsp_type_size(t->type) + w->byte]
                                  : 0;
    }
  return true;
}
