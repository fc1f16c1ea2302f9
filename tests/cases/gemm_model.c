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

static float dot(const float *a, const float *b, uint32_t n)
{
  double sum = 0;
  for (uint32_t i = 0; i < n; i++)
    sum += (double)a[i] * b[i];
  return (float)sum;
}

/* The block's inner activations for an embedding: silu(w1 h) * (w3 h), h its scaled RMS norm. */
static void hidden_row(const tsp_llama *m, const float *embedding, float *h, float *out)
{
  uint32_t dim = m->shape.dim;
  float norm = 1 / sqrtf(dot(embedding, embedding, dim) / (float)dim + 1e-5f);
  for (uint32_t i = 0; i < dim; i++)
    h[i] = m->rms_ffn[i] * embedding[i] * norm;
  for (uint32_t i = 0; i < m->shape.hidden; i++) {
    float gate = dot(&m->w1[(size_t)i * dim], h, dim);
    out[i] = gate / (1 + expf(-gate)) * dot(&m->w3[(size_t)i * dim], h, dim);
  }
}

/* x [ROWS][k] in floats. h: room for dim floats. */
static void activations(const tsp_llama *m, const int32_t *token, int which, float *h, float *x)
{
  size_t dim = m->shape.dim, hidden = m->shape.hidden;
  for (int r = 0; r < ROWS; r++) {
    const float *embedding = &m->embedding[(size_t)token[r] * dim];
    if (which == GEMM_W1)
      memcpy(&x[(size_t)r * dim], embedding, dim * sizeof *x);
    else
      hidden_row(m, embedding, h, &x[(size_t)r * hidden]);
  }
}

static tsp_status from_model(const tsp_llama *m, const int32_t *token, int which, gemm_data *g)
{
  uint32_t dim = m->shape.dim, hidden = m->shape.hidden;
  uint32_t k = which == GEMM_W1 ? dim : hidden, n = which == GEMM_W1 ? hidden : dim;
  float *x = malloc((size_t)ROWS * k * sizeof *x), *w = malloc((size_t)k * n * sizeof *w);
  float *h = malloc(dim * sizeof *h);
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

/* The first ROWS tokens of the model's text. */
static tsp_status first_tokens(uint32_t vocab, int32_t **token, tsp_error *err)
{
  tsp_tokenizer *t;
  char *text = NULL;
  size_t count;
  *token = NULL;
  tsp_status s = model_tokenizer(vocab, &t, err);
  if (s != TSP_OK)
    return s;
  s = model_text(&text, err);
  if (s == TSP_OK)
    s = tsp_tokenizer_encode(t, text, token, &count, err);
  if (s == TSP_OK && count < ROWS)
    s = tsp_fail(err, TSP_EFORMAT, "the model's text has %zu tokens, %d are wanted", count, ROWS);
  free(text);
  tsp_tokenizer_free(t);
  return s;
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

tsp_status gemm_model(uint64_t seed, int which, gemm_data *g, tsp_error *err)
{
  tsp_llama *m;
  int32_t *token = NULL;
  tsp_status s = model_read(&m, err);
  if (s == TSP_OK)
    s = first_tokens(m->shape.vocab, &token, err);
  if (s == TSP_OK)
    s = from_model(m, token, which, g);
  else if (s == TSP_EIO)
    s = from_seed(seed, which, g);
  free(token);
  tsp_llama_free(m);
  if (s == TSP_OK)
    gemm_fit_scale(g);
  return s;
}
