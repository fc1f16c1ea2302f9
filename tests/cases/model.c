// SPDX-License-Identifier: Apache-2.0
// model.c: reads a llama2.c checkpoint.
#include "model.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static tsp_status read_all(FILE *f, char **bytes, size_t *size)
{
  long end;
  if (fseek(f, 0, SEEK_END) != 0 || (end = ftell(f)) < 0 || fseek(f, 0, SEEK_SET) != 0)
    return TSP_EIO;
  char *b = malloc((size_t)end + 1);
  if (!b)
    return TSP_ENOMEM;
  if (fread(b, 1, (size_t)end, f) != (size_t)end) {
    free(b);
    return TSP_EIO;
  }
  b[end] = 0;
  *bytes = b;
  *size = (size_t)end;
  return TSP_OK;
}

tsp_status tsp_model_file(const char *file, char **bytes, size_t *size)
{
  const char *dir = getenv("TSP_MODEL_DIR");
  char path[4096];
  if (snprintf(path, sizeof path, "%s/%s", dir && *dir ? dir : "../shared/data", file) >= (int)sizeof path)
    return TSP_EIO;
  FILE *f = fopen(path, "rb");
  if (!f)
    return TSP_EIO;
  tsp_status s = read_all(f, bytes, size);
  fclose(f);
  return s;
}

/* Floats of each tensor in file order; the cursor moves past one layer stack at a time. */
static const float *take(const float **at, size_t floats)
{
  const float *p = *at;
  *at += floats;
  return p;
}

static size_t locate(tsp_model *m)
{
  size_t dim = (size_t)m->dim, hidden = (size_t)m->hidden, layers = (size_t)m->layers;
  size_t kv = dim / (size_t)m->heads * (size_t)m->kv_heads;
  const float *at = m->all;
  m->embedding = take(&at, (size_t)abs(m->vocab) * dim);
  take(&at, layers * dim);                            /* rms_att */
  take(&at, layers * (2 * dim * dim + 2 * dim * kv)); /* wq, wk, wv, wo */
  m->rms_ffn = take(&at, layers * dim);
  m->w1 = take(&at, layers * hidden * dim);
  m->w2 = take(&at, layers * dim * hidden);
  m->w3 = take(&at, layers * hidden * dim);
  return (size_t)(at - m->all);
}

static bool plausible(const tsp_model *m)
{
  const int32_t size[7] = {m->dim, m->hidden, m->layers, m->heads, m->kv_heads, abs(m->vocab), m->seq_len};
  for (int i = 0; i < 7; i++)
    if (size[i] < 1 || size[i] > 65536)
      return false;
  return m->dim % m->heads == 0;
}

tsp_status tsp_model_read(const char *file, tsp_model *m)
{
  char *bytes;
  size_t size;
  *m = (tsp_model){0};
  tsp_status s = tsp_model_file(file, &bytes, &size);
  if (s != TSP_OK)
    return s;
  int32_t header[7];
  s = TSP_EFORMAT;
  if (size > sizeof header) {
    memcpy(header, bytes, sizeof header);
    *m = (tsp_model){header[0], header[1], header[2], header[3], header[4], header[5], header[6], .all = NULL};
    m->all = malloc(size - sizeof header);
    if (m->all)
      memcpy(m->all, bytes + sizeof header, size - sizeof header);
    if (m->all && plausible(m) && locate(m) * sizeof(float) <= size - sizeof header)
      s = TSP_OK;
  }
  free(bytes);
  if (s != TSP_OK)
    tsp_model_free(m);
  return s;
}

void tsp_model_free(tsp_model *m)
{
  free(m->all);
  m->all = NULL;
}
