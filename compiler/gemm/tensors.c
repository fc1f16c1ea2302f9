// SPDX-License-Identifier: Apache-2.0
// tensors.c: describes the layout as tensors and pieces, so that any machine can be filled and read.
#include "pass.h"
#include <stdlib.h>
#include <string.h>

typedef struct {
  tsp_tensor *t;
  int cap;
  bool failed;
} piece_list;

static void add(piece_list *l, tsp_piece piece)
{
  if (piece.count == 0)
    return;
  if (l->t->piece_count == l->cap) {
    int cap = l->cap ? 2 * l->cap : 64;
    tsp_piece *p = realloc(l->t->piece, (size_t)cap * sizeof *p);
    if (!p) {
      l->failed = true;
      return;
    }
    l->t->piece = p;
    l->cap = cap;
  }
  piece.addr_step = 1;
  l->t->piece[l->t->piece_count++] = piece;
}

/* Outputs of a tile that stream j brings; the other slots of the tile are zero. */
static uint32_t real_slots(const tspc_kernel *k, int nt, int j)
{
  uint32_t columns = tspc_extent(k->gemm->n, k->cfg->vector, nt);
  return columns > (uint32_t)j ? tspc_ceil(columns - (uint32_t)j, (uint32_t)k->cfg->lw_streams) : 0;
}

static void add_w_tile(const tspc_kernel *k, const tspc_tiling *t, const tspc_block *b, int kt, int nt, piece_list *w,
                       piece_list *zero)
{
  const tsp_gemm *g = k->gemm;
  int64_t first = (int64_t)kt * k->cfg->vector * g->n + (int64_t)nt * k->cfg->vector;
  for (int j = 0; j < b->slices; j++) {
    uint32_t real = real_slots(k, nt, j);
    add(w, (tsp_piece){.slice = b->slice[j],
                       .addr = b->addr[j],
                       .count = real,
                       .lanes = tspc_extent(g->k, k->cfg->vector, kt),
                       .first = first + j,
                       .vec_step = k->cfg->lw_streams,
                       .lane_step = g->n});
    add(zero,
        (tsp_piece){.slice = b->slice[j], .addr = b->addr[j] + real, .count = (uint32_t)t->slots - real, .lanes = 1});
  }
}

static void add_w(const tspc_kernel *k, const tspc_tiling *t, const tspc_layout *l, piece_list *w, piece_list *zero)
{
  for (int kt = 0; kt < t->kts; kt++)
    for (int nt = 0; nt < t->nts; nt++)
      for (int h = 0; h < 2; h++)
        add_w_tile(k, t, &l->w[((size_t)kt * (size_t)t->nts + (size_t)nt) * 2 + (size_t)h], kt, nt, w, zero);
}

static void add_x(const tspc_kernel *k, const tspc_tiling *t, const tspc_layout *l, piece_list *x)
{
  const tsp_gemm *g = k->gemm;
  for (int c = 0; c < t->chunks; c++)
    for (int kt = 0; kt < t->kts; kt++)
      for (int h = 0; h < 2; h++) {
        const tspc_block *b = &l->x[((size_t)c * (size_t)t->kts + (size_t)kt) * 2 + (size_t)h];
        if (b->slices)
          add(x, (tsp_piece){.slice = b->slice[0],
                             .addr = b->addr[0],
                             .count = tspc_rows(k, t, c),
                             .lanes = tspc_extent(g->k, k->cfg->vector, kt),
                             .first = (int64_t)c * t->rows * g->k + (int64_t)kt * k->cfg->vector,
                             .vec_step = g->k,
                             .lane_step = 1});
      }
}

static void add_y(const tspc_kernel *k, const tspc_tiling *t, const tspc_layout *l, piece_list *y)
{
  const tsp_gemm *g = k->gemm;
  for (int c = 0; c < t->chunks; c++)
    for (int nt = 0; nt < t->nts; nt++) {
      const tspc_block *b = tspc_y_block(t, l, c, nt);
      for (int i = 0; i < b->slices; i++)
        add(y, (tsp_piece){.slice = b->slice[i],
                           .byte = (uint8_t)i,
                           .addr = b->addr[i],
                           .count = tspc_rows(k, t, c),
                           .lanes = tspc_extent(g->n, k->cfg->vector, nt),
                           .first = (int64_t)c * t->rows * g->n + (int64_t)nt * k->cfg->vector,
                           .vec_step = g->n,
                           .lane_step = 1});
    }
}

static tsp_status head(tsp_tensor *t, const char *name, int type, int role, uint32_t rows, uint32_t columns,
                       const int8_t *data)
{
  snprintf(t->name, sizeof t->name, "%s", name);
  t->type = (uint8_t)type;
  t->role = (uint8_t)role;
  t->rank = 2;
  t->shape[0] = rows;
  t->shape[1] = columns;
  if (!data)
    return TSP_OK;
  t->data_bytes = (uint64_t)rows * columns;
  t->data = malloc(t->data_bytes);
  if (!t->data)
    return TSP_ENOMEM;
  memcpy(t->data, data, t->data_bytes);
  return TSP_OK;
}

tsp_status tspc_tensors(const tspc_kernel *k, const tspc_tiling *t, const tspc_layout *l, tsp_image *image)
{
  static const int8_t zero[1] = {0};
  const tsp_gemm *g = k->gemm;
  image->tensor = calloc(TENSORS, sizeof *image->tensor);
  if (!image->tensor)
    return TSP_ENOMEM;
  image->tensor_count = TENSORS;
  tsp_tensor *tensor = image->tensor;
  piece_list list[TENSORS] = {{.t = &tensor[0]}, {.t = &tensor[1]}, {.t = &tensor[2]}, {.t = &tensor[3]}};
  if (head(&tensor[TENSOR_X], "x", TSP_I8, TSP_ROLE_INPUT, g->m, g->k, g->x) != TSP_OK ||
      head(&tensor[TENSOR_W], "w", TSP_I8, TSP_ROLE_CONST, g->k, g->n, g->w) != TSP_OK ||
      head(&tensor[TENSOR_Y], "y", g->requant ? TSP_I8 : TSP_I32, TSP_ROLE_OUTPUT, g->m, g->n, NULL) != TSP_OK ||
      head(&tensor[TENSOR_ZERO], "zero", TSP_I8, TSP_ROLE_CONST, 1, 1, zero) != TSP_OK)
    return TSP_ENOMEM;
  add_x(k, t, l, &list[TENSOR_X]);
  add_w(k, t, l, &list[TENSOR_W], &list[TENSOR_ZERO]);
  add_y(k, t, l, &list[TENSOR_Y]);
  for (int i = 0; i < TENSORS; i++)
    if (list[i].failed)
      return TSP_ENOMEM;
  return TSP_OK;
}
