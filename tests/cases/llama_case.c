// SPDX-License-Identifier: Apache-2.0
// llama_case.c: steps of a language model in the middle of a text. Each program is the same step of one token; what
// differs is data: the token, its position, and caches with all keys and values before it, from the oracle.
#include "build.h"
#include "cases.h"
#include "llama_oracle.h"
#include "model.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What logits in fp16 may be off (README, language models). */
static const double error_trained = 0.06, error_random = 0.02;

typedef struct {
  uint32_t vocab;
  double error;
  char note[160];
  float want[]; /* [vocab] */
} step_data;

/* A model and the text that it is in. */
typedef struct {
  tsp_llama *m;
  int32_t *token; /* at least one more than the greatest position */
  double error;
  char note[160];
} text;

static void text_free(text *t)
{
  tsp_llama_free(t->m);
  free(t->token);
}

static void compare(const step_data *d, const float *got, tsp_oracle *out)
{
  for (uint32_t i = 0; i < d->vocab; i++) {
    double e = fabs((double)got[i] - (double)d->want[i]);
    out->compared++;
    out->max_abs_err = fmax(out->max_abs_err, e);
    if (e <= d->error)
      continue;
    if (out->mismatches++ == 0)
      snprintf(out->first, sizeof out->first, "logits[%u]: expected %g, got %g, further than %g apart", i,
               (double)d->want[i], (double)got[i], d->error);
  }
}

static tsp_status check(void *ctx, const tsp_image *image, tsp_engine *e, tsp_oracle *out)
{
  const step_data *d = ctx;
  *out = (tsp_oracle){0};
  memcpy(out->note, d->note, sizeof d->note);
  float *got = build_fetch(image, e, "logits");
  if (!got)
    return TSP_ENOMEM;
  compare(d, got, out);
  free(got);
  return TSP_OK;
}

/* The oracle up to `position`: the logits there, and the caches before the last token is in them. */
static tsp_status refer(const text *t, uint32_t position, uint32_t context, uint16_t **keys, uint16_t **values,
                        step_data **out)
{
  const tsp_llama_shape *s = &t->m->shape;
  llama_oracle *o = llama_oracle_new(t->m);
  step_data *d = malloc(sizeof *d + s->vocab * sizeof *d->want);
  for (uint32_t p = 0; o && p < position; p++)
    llama_oracle_step(o, t->token[p]);
  *keys = o ? llama_cache(o, context, false) : NULL;
  *values = o ? llama_cache(o, context, true) : NULL;
  if (d && *values) {
    d->vocab = s->vocab;
    d->error = t->error;
    snprintf(d->note, sizeof d->note, "%s, position %u", t->note, position);
    memcpy(d->want, llama_oracle_step(o, t->token[position]), s->vocab * sizeof *d->want);
  }
  llama_oracle_free(o);
  *out = d;
  return d && *keys && *values ? TSP_OK : TSP_ENOMEM;
}

/* The default of an input of the program: one i16. */
static tsp_status set_input(tsp_image *image, const char *name, int16_t value)
{
  tsp_tensor *t = tsp_image_tensor(image, name);
  if (!t || tsp_tensor_elements(t) != 1)
    return TSP_EFORMAT;
  free(t->data);
  t->data_bytes = sizeof value;
  t->data = malloc(t->data_bytes);
  if (!t->data)
    return TSP_ENOMEM;
  memcpy(t->data, &value, sizeof value);
  return TSP_OK;
}

static tsp_status compile(const tsp_config *cfg, const text *t, uint32_t position, const tsp_llama_step *step,
                          tsp_image **out, tsp_error *err)
{
  tsp_graph *g = tsp_llama_graph(t->m, step, err);
  tsp_status s = g ? tsp_graph_compile(cfg, NULL, g, NULL, out, err) : TSP_ERANGE;
  tsp_graph_free(g);
  if (s == TSP_OK)
    s = set_input(*out, "token", (int16_t)t->token[position]);
  if (s == TSP_OK)
    s = set_input(*out, "position", (int16_t)position);
  return s;
}

static tsp_status make(const tsp_config *cfg, const text *t, uint32_t position, tsp_run *out, tsp_error *err)
{
  tsp_llama_step step = tsp_llama_step_for(cfg, TSP_LLAMA_F16, t->m->shape.seq_len);
  uint16_t *keys, *values;
  step_data *d;
  *out = (tsp_run){.check = check, .free = free};
  tsp_status s = refer(t, position, step.context, &keys, &values, &d);
  step.keys = keys;
  step.values = values;
  step.filled = position;
  s = s == TSP_OK ? compile(cfg, t, position, &step, &out->image, err)
                  : tsp_fail(err, s, "out of memory for the oracle");
  out->ctx = d;
  free(keys);
  free(values);
  if (s != TSP_OK) {
    free(d);
    tsp_image_free(out->image);
    *out = (tsp_run){0};
  }
  return s;
}

static tsp_status random_text(const tsp_llama_shape *shape, uint64_t seed, text *t, tsp_error *err)
{
  tsp_rng rng = {seed};
  t->error = error_random;
  tsp_status s = tsp_llama_random(shape, seed, &t->m, err);
  if (s != TSP_OK)
    return s;
  t->token = calloc(shape->seq_len, sizeof *t->token);
  if (!t->token)
    return tsp_fail(err, TSP_ENOMEM, "out of memory for a text");
  for (uint32_t i = 0; i < shape->seq_len; i++)
    t->token[i] = (int32_t)rng_range(&rng, 0, shape->vocab - 1);
  return TSP_OK;
}

/* The trained model and what it says, as it begins. */
static tsp_status trained_text(uint32_t length, text *t, tsp_error *err)
{
  tsp_tokenizer *z = NULL;
  char *words = NULL;
  size_t count = 0;
  t->error = error_trained;
  snprintf(t->note, sizeof t->note, "stories260K in its own text");
  tsp_status s = model_read(&t->m, err);
  if (s == TSP_OK)
    s = model_tokenizer(t->m->shape.vocab, &z, err);
  if (s == TSP_OK)
    s = model_text(&words, err);
  if (s == TSP_OK)
    s = tsp_tokenizer_encode(z, words, &t->token, &count, err);
  if (s == TSP_OK && count < length)
    s = tsp_fail(err, TSP_EFORMAT, "the model's text has %zu tokens, %u are wanted", count, length);
  free(words);
  tsp_tokenizer_free(z);
  return s;
}

/* On a small machine a small model. */
static tsp_status make_or_small(const tsp_config *cfg, uint64_t seed, text *t, uint32_t position, tsp_run *out,
                                tsp_error *err)
{
  static const tsp_llama_shape small = {8, 12, 1, 2, 1, 12, 8, true};
  tsp_status s = make(cfg, t, position, out, err);
  if (s != TSP_ERANGE)
    return s;
  text less = {0};
  snprintf(less.note, sizeof less.note, "a seeded model of dim %u: %.100s", small.dim, err ? err->text : "");
  s = random_text(&small, seed, &less, err);
  if (s == TSP_OK)
    s = make(cfg, &less, position % small.seq_len, out, err);
  text_free(&less);
  return s;
}

enum { POSITIONS = 8 };

static tsp_status make_decode(const tsp_config *cfg, uint64_t seed, int i, tsp_run *out, tsp_error *err)
{
  static const uint32_t position[POSITIONS] = {0, 1, 2, 15, 63, 64, 127, 200};
  static const tsp_llama_shape shape = {64, 172, 5, 8, 4, 512, 512, true};
  text t = {0};
  if (!cfg->fp)
    return vxm_integer_instead(cfg, "llama_decode", seed, i, out, err);
  tsp_status s = trained_text(position[POSITIONS - 1] + 1, &t, err);
  if (s == TSP_EIO) {
    text_free(&t);
    t = (text){0};
    s = random_text(&shape, seed, &t, err);
    snprintf(t.note, sizeof t.note, "no stories260K in TSP_MODEL_DIR or ../shared/data: seeded weights of its shape");
  }
  if (s == TSP_OK)
    s = make_or_small(cfg, seed, &t, position[i], out, err);
  text_free(&t);
  return s;
}

static tsp_status make_odd(const tsp_config *cfg, uint64_t seed, int i, tsp_run *out, tsp_error *err)
{
  static const uint32_t position[] = {0, 1, 17, 39};
  static const tsp_llama_shape shape = {48, 100, 3, 6, 3, 77, 40, true};
  text t = {0};
  if (!cfg->fp)
    return vxm_integer_instead(cfg, "llama_odd", seed, i, out, err);
  tsp_status s = random_text(&shape, seed, &t, err);
  snprintf(t.note, sizeof t.note, "seeded model of odd sizes");
  if (s == TSP_OK)
    s = make_or_small(cfg, seed, &t, position[i], out, err);
  text_free(&t);
  return s;
}

const tsp_case case_llama_decode = {"llama_decode", "a step of a language model at several places of its text",
                                    POSITIONS, make_decode};
const tsp_case case_llama_odd = {"llama_odd", "the same of a model of odd sizes", 4, make_odd};
