// SPDX-License-Identifier: Apache-2.0
// llama_oracle.c: the forward pass.
#include "llama_oracle.h"
#include "half.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct llama_oracle {
  const tsp_llama *m;
  uint32_t position;
  float *keys, *values; /* [layers][seq_len][kv] */
  float *x, *h, *q, *out, *gate, *up, *scores, *logits;
  float *all;
};

static uint32_t kv_size(const tsp_llama_shape *s)
{
  return s->dim / s->heads * s->kv_heads;
}

llama_oracle *llama_oracle_new(const tsp_llama *m)
{
  const tsp_llama_shape *s = &m->shape;
  llama_oracle *o = calloc(1, sizeof *o);
  size_t cache = (size_t)s->layers * s->seq_len * kv_size(s);
  size_t size[] = {cache, cache, s->dim, s->dim, s->dim, s->dim, s->hidden, s->hidden, s->seq_len, s->vocab};
  size_t sum = 0;
  for (size_t i = 0; i < sizeof size / sizeof *size; i++)
    sum += size[i];
  if (!o || !(o->all = calloc(sum, sizeof(float)))) {
    free(o);
    return NULL;
  }
  float **part[] = {&o->keys, &o->values, &o->x, &o->h, &o->q, &o->out, &o->gate, &o->up, &o->scores, &o->logits};
  float *at = o->all;
  for (size_t i = 0; i < sizeof size / sizeof *size; i++) {
    *part[i] = at;
    at += size[i];
  }
  o->m = m;
  return o;
}

void llama_oracle_free(llama_oracle *o)
{
  if (o)
    free(o->all);
  free(o);
}

static double dot(const float *a, const float *b, uint32_t n)
{
  double sum = 0;
  for (uint32_t i = 0; i < n; i++)
    sum += (double)a[i] * (double)b[i];
  return sum;
}

/* y = w x */
static void multiply(float *y, const float *w, const float *x, uint32_t rows, uint32_t columns)
{
  for (uint32_t r = 0; r < rows; r++)
    y[r] = (float)dot(w + (size_t)r * columns, x, columns);
}

static void add_product(float *y, const float *w, const float *x, uint32_t rows, uint32_t columns)
{
  for (uint32_t r = 0; r < rows; r++)
    y[r] += (float)dot(w + (size_t)r * columns, x, columns);
}

static void norm(float *y, const float *x, const float *weight, uint32_t n)
{
  double scale = 1 / sqrt(dot(x, x, n) / n + 1e-5);
  for (uint32_t i = 0; i < n; i++)
    y[i] = (float)((double)x[i] * scale * (double)weight[i]);
}

static void rotate(float *x, uint32_t n, uint32_t head, uint32_t position)
{
  for (uint32_t i = 0; i < n; i += 2) {
    double angle = position / pow(10000, (double)(i % head) / head), c = cos(angle), s = sin(angle);
    double a = (double)x[i], b = (double)x[i + 1];
    x[i] = (float)(a * c - b * s);
    x[i + 1] = (float)(a * s + b * c);
  }
}

/* One head over the positions so far: keys and values of its group, `stride` apart. */
static void attend(const llama_oracle *o, const float *q, const float *keys, const float *values, uint32_t head,
                   uint32_t stride, float *out)
{
  double most = -INFINITY, sum = 0;
  for (uint32_t t = 0; t <= o->position; t++) {
    o->scores[t] = (float)(dot(q, keys + (size_t)t * stride, head) / sqrt(head));
    most = fmax(most, (double)o->scores[t]);
  }
  for (uint32_t t = 0; t <= o->position; t++) {
    o->scores[t] = (float)exp((double)o->scores[t] - most);
    sum += (double)o->scores[t];
  }
  for (uint32_t i = 0; i < head; i++) {
    double v = 0;
    for (uint32_t t = 0; t <= o->position; t++)
      v += (double)o->scores[t] * (double)values[(size_t)t * stride + i];
    out[i] = (float)(v / sum);
  }
}

static void attention(const llama_oracle *o, uint32_t layer)
{
  const tsp_llama *m = o->m;
  const tsp_llama_shape *s = &m->shape;
  uint32_t head = s->dim / s->heads, kv = kv_size(s);
  size_t l = layer, dim = s->dim;
  float *keys = o->keys + l * s->seq_len * kv, *values = o->values + l * s->seq_len * kv;
  float *key = keys + (size_t)o->position * kv;
  norm(o->h, o->x, m->rms_att + l * dim, s->dim);
  multiply(o->q, m->wq + l * dim * dim, o->h, s->dim, s->dim);
  multiply(key, m->wk + l * kv * dim, o->h, kv, s->dim);
  multiply(values + (size_t)o->position * kv, m->wv + l * kv * dim, o->h, kv, s->dim);
  rotate(o->q, s->dim, head, o->position);
  rotate(key, kv, head, o->position);
  for (uint32_t h = 0; h < s->heads; h++) {
    uint32_t group = h / (s->heads / s->kv_heads);
    attend(o, o->q + (size_t)h * head, keys + (size_t)group * head, values + (size_t)group * head, head, kv,
           o->out + (size_t)h * head);
  }
  add_product(o->x, m->wo + l * dim * dim, o->out, s->dim, s->dim);
}

static void feed_forward(const llama_oracle *o, uint32_t layer)
{
  const tsp_llama *m = o->m;
  uint32_t dim = m->shape.dim, hidden = m->shape.hidden;
  size_t matrix = (size_t)layer * hidden * dim;
  norm(o->h, o->x, m->rms_ffn + (size_t)layer * dim, dim);
  multiply(o->gate, m->w1 + matrix, o->h, hidden, dim);
  multiply(o->up, m->w3 + matrix, o->h, hidden, dim);
  for (uint32_t i = 0; i < hidden; i++) {
    double g = (double)o->gate[i];
    o->gate[i] = (float)(g / (1 + exp(-g)) * (double)o->up[i]);
  }
  add_product(o->x, m->w2 + matrix, o->gate, dim, hidden);
}

const float *llama_oracle_step(llama_oracle *o, int32_t token)
{
  const tsp_llama *m = o->m;
  const tsp_llama_shape *s = &m->shape;
  memcpy(o->x, m->embedding + (size_t)token * s->dim, s->dim * sizeof *o->x);
  for (uint32_t l = 0; l < s->layers; l++) {
    attention(o, l);
    feed_forward(o, l);
  }
  norm(o->h, o->x, m->rms_final, s->dim);
  multiply(o->logits, m->classifier, o->h, s->vocab, s->dim);
  o->position++;
  return o->logits;
}

uint16_t *llama_cache(const llama_oracle *o, uint32_t context, bool values)
{
  const tsp_llama_shape *s = &o->m->shape;
  size_t dim = s->dim, head = s->dim / s->heads, times = s->heads / s->kv_heads, kv = kv_size(s);
  const float *from = values ? o->values : o->keys;
  uint16_t *to = calloc(s->layers * context * dim, sizeof *to);
  for (size_t l = 0; to && l < s->layers; l++)
    for (size_t t = 0; t < o->position; t++)
      for (size_t i = 0; i < dim; i++)
        to[(l * context + t) * dim + i] =
            (uint16_t)half_bits((double)from[(l * s->seq_len + t) * kv + i / head / times * head + i % head]);
  return to;
}

int32_t llama_greatest(const float *logits, uint32_t n, double *margin)
{
  uint32_t best = 0;
  double second = -INFINITY;
  for (uint32_t i = 1; i < n; i++)
    if (logits[i] > logits[best])
      best = i;
  for (uint32_t i = 0; margin && i < n; i++)
    if (i != best)
      second = fmax(second, (double)logits[i]);
  if (margin)
    *margin = (double)logits[best] - second;
  return (int32_t)best;
}

double llama_surprise(const float *logits, uint32_t n, int32_t token)
{
  uint32_t best = (uint32_t)llama_greatest(logits, n, NULL);
  double sum = 1; /* of the greatest */
  for (uint32_t i = 0; i < n; i++)
    if (i != best)
      sum += exp((double)logits[i] - (double)logits[best]);
  return (double)logits[best] + log(sum) - (double)logits[token];
}
