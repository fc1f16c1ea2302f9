/* SPDX-License-Identifier: Apache-2.0 */
/* llama_sample.h - the choice of a token from its logits. */
#ifndef TSP_LLAMA_SAMPLE_H
#define TSP_LLAMA_SAMPLE_H
#include "rng.h"
#include "tsp_status.h"

typedef struct {
  float temperature; /* 0: always the greatest logit, the first of equals */
  float top_p;       /* of the most probable tokens, as few as together are at least this probable; 0 or 1: of all */
  tsp_rng rng;
  uint32_t vocab;
  struct tsp_candidate *candidate; /* room for vocab */
} tsp_sampler;

tsp_status tsp_sampler_new(uint32_t vocab, float temperature, float top_p, uint64_t seed, tsp_sampler *out);
void tsp_sampler_free(tsp_sampler *s);

/* The next token for logits [vocab]. The same seed and logits give the same tokens. */
int32_t tsp_sample(tsp_sampler *s, const float *logits);
#endif
