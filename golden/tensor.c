/* SPDX-License-Identifier: Apache-2.0 */
/* tensor.c - where the elements of tensors lie in MEM. */
#include "tsp_image.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Vector number of an address in a piece, or -1. */
static int64_t vector_at(const tsp_piece *p, uint32_t addr)
{
  int64_t way = (int64_t)addr - (int64_t)p->addr, i = 0;

  if (way != 0) {
    if (p->addr_step == 0 || way % p->addr_step != 0)
      return -1;
    i = way / p->addr_step;
  }
  return i >= 0 && i < (int64_t)p->count ? i : -1;
}

static int64_t element_at(const tsp_piece *p, int64_t vector, uint32_t lane)
{
  return p->first + vector * p->vec_step + (int64_t)lane * p->lane_step;
}

bool tsp_image_locate(const tsp_image *image, int slice, uint32_t addr, uint32_t lane, int *tensor, int64_t *element,
                      int *byte)
{
  for (int t = 0; t < image->tensor_count; t++) {
    for (int k = 0; k < image->tensor[t].piece_count; k++) {
      const tsp_piece *p = &image->tensor[t].piece[k];
      int64_t i = p->slice == slice && lane < p->lanes ? vector_at(p, addr) : -1;
      if (i < 0)
        continue;
      *tensor = t;
      *element = element_at(p, i, lane);
      *byte = p->byte;
      return true;
    }
  }
  return false;
}

int64_t tsp_debug_element(const tsp_debug *g, uint32_t issue)
{
  return g->first + (int64_t)(issue ? issue - 1 : 0) * g->step;
}

char *tsp_element_text(const tsp_tensor *t, int64_t element, char *buf, size_t size)
{
  uint64_t rest = (uint64_t)element, at[4] = {0};
  size_t used = (size_t)snprintf(buf, size, "%s", t->name);

  if (element < 0)
    return buf;
  for (int i = t->rank - 1; i >= 0; i--) {
    at[i] = rest % t->shape[i];
    rest /= t->shape[i];
  }
  for (int i = 0; i < t->rank && used < size; i++)
    used += (size_t)snprintf(buf + used, size - used, "%s%" PRIu64 "%s", i ? ", " : "[", at[i],
                             i + 1 == t->rank ? "]" : "");
  return buf;
}

static uint32_t piece_addr(const tsp_piece *p, uint32_t i)
{
  return (uint32_t)((int64_t)p->addr + (int64_t)i * p->addr_step);
}

static tsp_status scatter_piece(const tsp_config *cfg, const tsp_piece *p, int size, const uint8_t *data,
                                uint8_t *vector, tsp_word_fn write, void *ctx)
{
  tsp_status s = TSP_OK;

  memset(vector, 0, (size_t)cfg->vector);
  for (uint32_t i = 0; i < p->count && s == TSP_OK; i++) {
    for (uint32_t l = 0; l < p->lanes; l++)
      vector[l] = data[element_at(p, i, l) * size + p->byte];
    s = write(ctx, p->slice, piece_addr(p, i), vector);
  }
  return s;
}

static tsp_status gather_piece(const tsp_piece *p, int size, uint8_t *data, uint8_t *vector, tsp_word_fn read,
                               void *ctx)
{
  tsp_status s = TSP_OK;

  for (uint32_t i = 0; i < p->count && s == TSP_OK; i++) {
    s = read(ctx, p->slice, piece_addr(p, i), vector);
    for (uint32_t l = 0; l < p->lanes && s == TSP_OK; l++)
      data[element_at(p, i, l) * size + p->byte] = vector[l];
  }
  return s;
}

tsp_status tsp_tensor_scatter(const tsp_config *cfg, const tsp_tensor *t, const uint8_t *data, tsp_word_fn write,
                              void *ctx)
{
  uint8_t *vector = malloc((size_t)cfg->vector);
  tsp_status s = vector ? TSP_OK : TSP_ENOMEM;

  for (int k = 0; k < t->piece_count && s == TSP_OK; k++)
    s = scatter_piece(cfg, &t->piece[k], tsp_type_size(t->type), data, vector, write, ctx);
  free(vector);
  return s;
}

tsp_status tsp_tensor_gather(const tsp_config *cfg, const tsp_tensor *t, uint8_t *data, tsp_word_fn read, void *ctx)
{
  uint8_t *vector = malloc((size_t)cfg->vector);
  tsp_status s = vector ? TSP_OK : TSP_ENOMEM;

  for (int k = 0; k < t->piece_count && s == TSP_OK; k++)
    s = gather_piece(&t->piece[k], tsp_type_size(t->type), data, vector, read, ctx);
  free(vector);
  return s;
}
