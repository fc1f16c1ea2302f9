/* SPDX-License-Identifier: Apache-2.0 */
/* llama_table.c - `make llama-table`: each precision of a language model on the golden machine against the oracle: how
 * long its greedy text is the oracle's, the greatest difference of logits and the perplexity over the oracle's text,
 * and cycles. */
#include "cases/llama_oracle.h"
#include "cases/model.h"
#include "llama_session.h"
#include "sim.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

enum { STEPS = 256 };

typedef struct {
  tsp_llama *m;
  int32_t token[STEPS + 1]; /* the oracle's greedy text, BOS first */
  float *logits;            /* the oracle's, [STEPS][vocab] */
} reference;

static tsp_status make_model(tsp_llama **m, tsp_error *err)
{
  static const tsp_llama_shape shape = {64, 172, 5, 8, 4, 512, 512, true};
  tsp_status s = model_read(m, err);
  if (s == TSP_OK)
    printf("stories260K");
  if (s != TSP_EIO)
    return s;
  printf("%s: seeded weights of the shape of stories260K", err->text);
  return tsp_llama_random(&shape, 1, m, err);
}

static tsp_status refer(reference *r, tsp_error *err)
{
  tsp_status s = make_model(&r->m, err);
  if (s != TSP_OK)
    return s;
  uint32_t vocab = r->m->shape.vocab;
  llama_oracle *o = llama_oracle_new(r->m);
  r->logits = calloc((size_t)STEPS * vocab, sizeof *r->logits);
  if (!o || !r->logits) {
    llama_oracle_free(o);
    return tsp_fail(err, TSP_ENOMEM, "out of memory for the oracle");
  }
  double nats = 0;
  r->token[0] = TSP_LLAMA_BOS;
  for (int i = 0; i < STEPS; i++) {
    const float *logits = llama_oracle_step(o, r->token[i]);
    for (uint32_t k = 0; k < vocab; k++)
      r->logits[(size_t)i * vocab + k] = logits[k];
    r->token[i + 1] = llama_greatest(logits, vocab, NULL);
    nats += llama_surprise(logits, vocab, r->token[i + 1]);
  }
  llama_oracle_free(o);
  printf(", %d tokens of the oracle's greedy text, its perplexity %.5f\n\n", STEPS, exp(nats / STEPS));
  return TSP_OK;
}

/* How many tokens of its own greedy text are the oracle's. */
static tsp_status agree(const reference *r, tsp_session *s, int *same, tsp_error *err)
{
  *same = 0;
  tsp_session_rewind(s);
  for (int i = 0; i < STEPS; i++, ++*same) {
    tsp_status st = tsp_session_feed(s, &r->token[i], 1, err);
    if (st != TSP_OK)
      return st;
    if (llama_greatest(tsp_session_logits(s), r->m->shape.vocab, NULL) != r->token[i + 1])
      break;
  }
  return TSP_OK;
}

/* Over the oracle's text: the greatest difference, and the perplexity. */
static tsp_status differ(const reference *r, tsp_session *s, double *most, double *perplexity, tsp_error *err)
{
  uint32_t vocab = r->m->shape.vocab;
  double nats = 0;
  *most = 0;
  tsp_session_rewind(s);
  for (int i = 0; i < STEPS; i++) {
    tsp_status st = tsp_session_feed(s, &r->token[i], 1, err);
    if (st != TSP_OK)
      return st;
    const float *logits = tsp_session_logits(s);
    for (uint32_t k = 0; k < vocab; k++) {
      double e = fabs((double)logits[k] - (double)r->logits[(size_t)i * vocab + k]);
      *most = e <= *most ? *most : e; /* NaN is the worst */
    }
    nats += llama_surprise(logits, vocab, r->token[i + 1]);
  }
  *perplexity = exp(nats / STEPS);
  return TSP_OK;
}

/* Cycles per token in blocks, or why there are none. */
static void blocks(const reference *r, tsp_session_options o, char text[64])
{
  tsp_session *s;
  tsp_error err;
  o.prefill = true;
  tsp_status st = tsp_session_open(r->m, &o, &s, &err);
  if (st == TSP_OK)
    snprintf(text, 64, "%.0f", (double)tsp_session_prefill(s)->cycles_predicted / tsp_session_block(s));
  else
    fprintf(stderr, "%s: %s\n", tsp_llama_precision_name(o.precision), err.text);
  tsp_session_close(s);
}

static tsp_status row(const reference *r, const tsp_config *cfg, int precision, tsp_error *err)
{
  const tsp_session_options o = {.cfg = cfg, .on = TSP_ON_GOLDEN, .seed = 1, .precision = precision};
  tsp_session *s;
  int same = 0;
  double most = 0, perplexity = 0;
  char in_blocks[64] = "does not compile";
  tsp_status st = tsp_session_open(r->m, &o, &s, err);
  if (st != TSP_OK)
    return st;
  blocks(r, o, in_blocks);
  st = agree(r, s, &same, err);
  if (st == TSP_OK)
    st = differ(r, s, &most, &perplexity, err);
  if (st == TSP_OK)
    printf("| %s | %d of %d tokens | %.4f | %.5f | %" PRIu64 " | %s |\n", tsp_llama_precision_name(precision), same,
           STEPS, most, perplexity, tsp_session_decode(s)->cycles_predicted, in_blocks);
  tsp_session_close(s);
  return st;
}

int main(int argc, char **argv)
{
  const tsp_config *cfg = tsp_config_find(argc > 1 ? argv[1] : "mini");
  reference r = {0};
  tsp_error err = {""};
  if (!cfg) {
    fprintf(stderr, "llama_table: there is no configuration %s\n", argv[1]);
    return 2;
  }
  tsp_status s = refer(&r, &err);
  if (s == TSP_OK)
    printf("| precision (%s) | text as the oracle's | greatest difference of logits | perplexity | cycles per token | "
           "cycles "
           "per token of a prompt, in blocks |\n| --- | --- | --- | --- | --- | --- |\n",
           cfg->name);
  for (int p = 0; s == TSP_OK && p < TSP_LLAMA_PRECISIONS; p++)
    s = row(&r, cfg, p, &err);
  if (s != TSP_OK)
    fprintf(stderr, "llama_table: %s\n", err.text);
  free(r.logits);
  tsp_llama_free(r.m);
  return s == TSP_OK ? 0 : 1;
}
