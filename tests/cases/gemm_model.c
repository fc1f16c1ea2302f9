// SPDX-License-Identifier: Apache-2.0
// gemm_model.c: the operands of the two products of layer 0's feed-forward block, from the trained model if it is at
// hand.
#include "gemm.h"
#include "model.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 64, DIM = 64, HIDDEN = 172 };

/* w [k][n] from the model's [n][k]. */
static void transpose(const float *from, uint32_t k, uint32_t n, float *to)
{
  for (uint32_t i = 0; i < k; i++)
    for (uint32_t j = 0; j < n; j++)
      to[(size_t)i * n + j] = from[(size_t)j * k + i];
}

static float dot(const float *a, const float *b, int32_t n)
{
  double sum = 0;
  for (int32_t i = 0; i < n; i++)
    sum += (double)a[i] * b[i];
  return (float)sum;
}

/* The block's inner activations for an embedding: silu(w1 h) * (w3 h), h its scaled RMS norm. */
static void hidden_row(const tsp_model *m, const float *embedding, float *h, float *out)
{
  float norm = 1 / sqrtf(dot(embedding, embedding, m->dim) / (float)m->dim + 1e-5f);
  for (int32_t i = 0; i < m->dim; i++)
    h[i] = m->rms_ffn[i] * embedding[i] * norm;
  for (int32_t i = 0; i < m->hidden; i++) {
    float gate = dot(&m->w1[(size_t)i * (size_t)m->dim], h, m->dim);
    out[i] = gate / (1 + expf(-gate)) * dot(&m->w3[(size_t)i * (size_t)m->dim], h, m->dim);
  }
}

/* x [ROWS][k] in floats. h: room for dim floats. */
static void activations(const tsp_model *m, const int32_t *token, int which, float *h, float *x)
{
  for (int r = 0; r < ROWS; r++) {
    const float *embedding = &m->embedding[(size_t)token[r] * (size_t)m->dim];
    if (which == GEMM_W1)
      memcpy(&x[(size_t)r * (size_t)m->dim], embedding, (size_t)m->dim * sizeof *x);
    else
      hidden_row(m, embedding, h, &x[(size_t)r * (size_t)m->hidden]);
  }
}

static tsp_status from_model(const tsp_model *m, const int32_t *token, int which, gemm_data *g)
{
  uint32_t k = (uint32_t)(which == GEMM_W1 ? m->dim : m->hidden), n = (uint32_t)(which == GEMM_W1 ? m->hidden : m->dim);
  float *x = malloc((size_t)ROWS * k * sizeof *x), *w = malloc((size_t)k * n * sizeof *w);
  float *h = malloc((size_t)m->dim * sizeof *h);
  tsp_status s = x && w && h ? gemm_alloc(g, ROWS, k, n) : TSP_ENOMEM;
  if (s == TSP_OK) {
    activations(m, token, which, h, x);
    transpose(which == GEMM_W1 ? m->w1 : m->w2, k, n, w);
    gemm_quantise(x, (size_t)ROWS * k, g->x);
    gemm_quantise(w, (size_t)k * n, g->w);
    snprintf(g->note, sizeof g->note, "stories260K layer 0 %s, %d tokens of its text", which == GEMM_W1 ? "w1" : "w2",
             ROWS);
  }
  free(x);
  free(w);
  free(h);
  return s;
}

static bool tokens_known(const tsp_model *m, const int32_t *token)
{
  for (int i = 0; i < ROWS; i++)
    if (token[i] < 0 || token[i] >= abs(m->vocab))
      return false;
  return true;
}

static tsp_status from_seed(uint64_t seed, int which, gemm_data *g)
{
  tsp_rng rng = {seed};
  tsp_status s = gemm_alloc(g, ROWS, which == GEMM_W1 ? DIM : HIDDEN, which == GEMM_W1 ? HIDDEN : DIM);
  if (s != TSP_OK)
    return s;
  gemm_random(g, &rng);
  snprintf(g->note, sizeof g->note, "no stories260K in TSP_MODEL_DIR or ../shared/data: random data of its shape");
  return TSP_OK;
}

tsp_status gemm_model(uint64_t seed, int which, gemm_data *g)
{
  tsp_model m;
  int32_t token[ROWS];
  tsp_status s = tsp_model_read("stories260K.bin", &m);
  if (s == TSP_OK) {
    s = tsp_model_tokens("tok512.bin", "stories260K.greedy.txt", abs(m.vocab), token, ROWS);
    if (s == TSP_OK)
      s = tokens_known(&m, token) ? from_model(&m, token, which, g) : TSP_EFORMAT;
    tsp_model_free(&m);
  }
  if (s == TSP_EIO)
    s = from_seed(seed, which, g);
  if (s == TSP_OK)
    gemm_fit_scale(g);
  return s;
}
