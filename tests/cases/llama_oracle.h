/* SPDX-License-Identifier: Apache-2.0 */
/* llama_oracle.h - what a language model's logits are, in plain fp32 with sums in double, without knowing machine,
 * graph or precision. */
#ifndef TSP_LLAMA_ORACLE_H
#define TSP_LLAMA_ORACLE_H
#include "tsp_llama.h"

typedef struct llama_oracle llama_oracle;

/* At position 0; m stays the caller's. NULL: out of memory. */
llama_oracle *llama_oracle_new(const tsp_llama *m);
void llama_oracle_free(llama_oracle *o); /* NULL is allowed */

/* Takes the next token, below vocab, at a position below seq_len; the logits [vocab], owned by o, hold until the next
 * call. */
const float *llama_oracle_step(llama_oracle *o, int32_t token);

/* The keys or values so far as a step's cache holds them, f16 [layers][context][dim]: every head as often as query
 * heads use it; zeros from the present position on. free(); NULL: out of memory. */
uint16_t *llama_cache(const llama_oracle *o, uint32_t context, bool values);

/* The greatest of n logits, the first of equals; *margin (may be NULL) is how far above the second it is. */
int32_t llama_greatest(const float *logits, uint32_t n, double *margin);

/* -log of the probability that logits give a token, in nats. */
double llama_surprise(const float *logits, uint32_t n, int32_t token);
#endif
