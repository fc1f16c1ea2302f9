/* SPDX-License-Identifier: Apache-2.0 */
/* image.c - making, freeing and asking a program image. */
#include "image_internal.h"
#include <stdlib.h>
#include <string.h>

tsp_status tsp_image_new(const tsp_config *cfg, const char *kernel, tsp_image **out)
{
  tsp_image *image;

  *out = NULL;
  if (strlen(kernel) >= sizeof image->kernel)
    return TSP_ERANGE;
  image = calloc(1, sizeof *image);
  if (!image)
    return TSP_ENOMEM;
  memcpy(image->config, cfg->name, sizeof image->config);
  memcpy(image->kernel, kernel, strlen(kernel));
  image->table_hash = tsp_table_hash(tsp_isa_builtin(), cfg);
  image->queue_count = cfg->queues;
  image->queue = calloc((size_t)cfg->queues, sizeof *image->queue);
  if (!image->queue) {
    free(image);
    return TSP_ENOMEM;
  }
  *out = image;
  return TSP_OK;
}

void tsp_image_free(tsp_image *image)
{
  if (!image)
    return;
  for (int i = 0; i < image->tensor_count; i++) {
    free(image->tensor[i].piece);
    free(image->tensor[i].data);
  }
  for (int q = 0; q < image->queue_count; q++)
    free(image->queue[q].word);
  free(image->tensor);
  free(image->queue);
  free(image->debug);
  free(image->bound);
  free(image);
}

int tsp_type_size(int type)
{
  switch (type) {
  case TSP_I8: return 1;
  case TSP_I16:
  case TSP_F16: return 2;
  case TSP_I32:
  case TSP_F32: return 4;
  default: return 0;
  }
}

const char *tsp_type_name(int type)
{
  switch (type) {
  case TSP_I8: return "i8";
  case TSP_I16: return "i16";
  case TSP_I32: return "i32";
  case TSP_F16: return "f16";
  case TSP_F32: return "f32";
  default: return "?";
  }
}

uint64_t tsp_tensor_elements(const tsp_tensor *t)
{
  uint64_t n = 1, bytes;

  if (t->rank < 1 || t->rank > 4)
    return 0;
  for (int i = 0; i < t->rank; i++)
    if (__builtin_mul_overflow(n, (uint64_t)t->shape[i], &n))
      return 0;
  if (__builtin_mul_overflow(n, (uint64_t)tsp_type_size(t->type), &bytes) || bytes > INT64_MAX)
    return 0;
  return bytes ? n : 0;
}

tsp_tensor *tsp_image_tensor(const tsp_image *image, const char *name)
{
  for (int i = 0; i < image->tensor_count; i++)
    if (strcmp(image->tensor[i].name, name) == 0)
      return &image->tensor[i];
  return NULL;
}

const tsp_debug *tsp_image_debug(const tsp_image *image, int queue, uint32_t word)
{
  int low = 0, high = image->debug_count;

  while (low < high) {
    int middle = low + (high - low) / 2;
    const tsp_debug *d = &image->debug[middle];
    if (d->queue == queue && d->word == word)
      return d;
    if (d->queue < queue || (d->queue == queue && d->word < word))
      low = middle + 1;
    else
      high = middle;
  }
  return NULL;
}

const tsp_bound *tsp_image_bound(const tsp_image *image)
{
  const tsp_bound *most = NULL;

  for (int i = 0; i < image->bound_count; i++)
    if (!most || image->bound[i].cycles > most->cycles)
      most = &image->bound[i];
  return most;
}
