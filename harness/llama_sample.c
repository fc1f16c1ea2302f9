/* SPDX-License-Identifier: Apache-2.0 */
#include "llama_sample.h"
#include <math.h>
#include <stdlib.h>

struct tsp_candidate {
  double weight;
  int32_t token;
};

tsp_status tsp_sampler_new(uint32_t vocab, float temperature, float top_p, uint64_t seed, tsp_sampler *out)
{
  *out = (tsp_sampler){.temperature = temperature, .top_p = top_p, .rng = {seed}, .vocab = vocab};
  out->candidate = calloc(vocab, sizeof *out->candidate);
  return out->candidate ? TSP_OK : TSP_ENOMEM;
}

void tsp_sampler_free(tsp_sampler *s)
{
  free(s->candidate);
  s->candidate = NULL;
}

static uint32_t greatest(const float *logits, uint32_t n)
{
  uint32_t best = 0;
  for (uint32_t i = 1; i < n; i++)
    if (logits[i] > logits[best])
      best = i;
  return best;
}

/* Most probable first, equals in the order of tokens. */
static int by_weight(const void *a, const void *b)
{
  const struct tsp_candidate *x = a, *y = b;
  if (x->weight != y->weight)
    return x->weight < y->weight ? 1 : -1;
  return (x->token > y->token) - (x->token < y->token);
}

/* How many of the sorted candidates are enough; *sum is what they weigh. */
static uint32_t cut(const tsp_sampler *s, double *sum)
{
  double all = *sum, part = 0;
  for (uint32_t i = 0; i < s->vocab; i++) {
    part += s->candidate[i].weight;
    if (part >= (double)s->top_p * all) {
      *sum = part;
      return i + 1;
    }
  }
  return s->vocab;
}

int32_t tsp_sample(tsp_sampler *s, const float *logits)
{
  uint32_t best = greatest(logits, s->vocab), n = s->vocab;
  double sum = 0;
  if (s->temperature <= 0)
    return (int32_t)best;
  for (uint32_t i = 0; i < n; i++) {
    double weight = exp(((double)logits[i] - (double)logits[best]) / (double)s->temperature);
    s->candidate[i] = (struct tsp_candidate){weight, (int32_t)i};
    sum += weight;
  }
  if (s->top_p > 0 && s->top_p < 1) {
    qsort(s->candidate, n, sizeof *s->candidate, by_weight);
    n = cut(s, &sum);
  }
  double at = (double)(rng_next(&s->rng) >> 11) * 0x1p-53 * sum;
  for (uint32_t i = 0; i + 1 < n; i++) {
    at -= s->candidate[i].weight;
    if (at < 0)
      return s->candidate[i].token;
  }
  return s->candidate[n - 1].token;
}
