/* SPDX-License-Identifier: Apache-2.0 */
#include "llama_session.h"
#include <stdlib.h>

struct tsp_session {
  const tsp_llama *m;
  tsp_device *device;
  tsp_image *decode, *prefill;
  const tsp_image *loaded;
  uint32_t context, block, position;
  uint64_t blocks;
  int16_t *tokens; /* [block] */
  float *logits;   /* [vocab] */
};

static tsp_status compile(const tsp_llama *m, const tsp_session_options *o, const tsp_llama_step *step, tsp_image **out,
                          tsp_error *err)
{
  tsp_graph *g = tsp_llama_graph(m, step, err);
  if (!g)
    return TSP_ERANGE;
  tsp_status s = tsp_graph_compile(o->cfg, NULL, g, NULL, out, err);
  tsp_graph_free(g);
  return s;
}

static tsp_status open_all(tsp_session *s, const tsp_session_options *o, tsp_error *err)
{
  uint32_t block = (uint32_t)o->cfg->lw_streams;
  tsp_llama_step step = tsp_llama_step_for(o->cfg, o->precision, s->context);
  tsp_status st = compile(s->m, o, &step, &s->decode, err);
  if (st == TSP_OK && o->prefill) {
    step.rows = s->block = block;
    step.logits = false;
    tsp_error cause = {""};
    st = compile(s->m, o, &step, &s->prefill, &cause);
    if (st != TSP_OK)
      tsp_fail(err, st, "the program for blocks of %u tokens (do without: --no-prefill): %s", block, cause.text);
  }
  s->tokens = calloc(block, sizeof *s->tokens);
  s->logits = calloc(s->m->shape.vocab, sizeof *s->logits);
  if (st == TSP_OK && (!s->tokens || !s->logits))
    st = tsp_fail(err, TSP_ENOMEM, "out of memory for the logits");
  return st == TSP_OK ? tsp_device_open(o->cfg, o->on, o->seed, &s->device, err) : st;
}

tsp_status tsp_session_open(const tsp_llama *m, const tsp_session_options *o, tsp_session **out, tsp_error *err)
{
  *out = NULL;
  if (o->context > m->shape.seq_len)
    return tsp_fail(err, TSP_ERANGE, "a context of %u positions: the model has %u", o->context, m->shape.seq_len);
  tsp_session *s = calloc(1, sizeof *s);
  if (!s)
    return tsp_fail(err, TSP_ENOMEM, "out of memory for a session");
  s->m = m;
  s->context = o->context ? o->context : m->shape.seq_len;
  tsp_status st = open_all(s, o, err);
  if (st == TSP_OK)
    *out = s;
  else
    tsp_session_close(s);
  return st;
}

void tsp_session_close(tsp_session *s)
{
  if (!s)
    return;
  tsp_device_close(s->device);
  tsp_image_free(s->decode);
  tsp_image_free(s->prefill);
  free(s->tokens);
  free(s->logits);
  free(s);
}

/* The tokens at the present position, by the program for as many. */
static tsp_status run(tsp_session *s, const tsp_image *program, uint32_t rows, const int32_t *token, tsp_error *err)
{
  int16_t position = (int16_t)s->position;
  tsp_status st = TSP_OK;
  for (uint32_t i = 0; i < rows; i++)
    s->tokens[i] = (int16_t)token[i];
  if (s->loaded != program && (st = tsp_device_load(s->device, program, err)) == TSP_OK)
    s->loaded = program;
  if (st == TSP_OK)
    st = tsp_device_write(s->device, "token", s->tokens, rows * sizeof *s->tokens, err);
  if (st == TSP_OK)
    st = tsp_device_write(s->device, "position", &position, sizeof position, err);
  if (st == TSP_OK)
    st = tsp_device_run(s->device, err);
  if (st == TSP_OK)
    s->position += rows;
  return st;
}

tsp_status tsp_session_feed(tsp_session *s, const int32_t *token, size_t count, tsp_error *err)
{
  tsp_status st = TSP_OK;
  if (count > s->context - s->position)
    return tsp_fail(err, TSP_ERANGE, "%zu tokens at position %u: the context has %u", count, s->position, s->context);
  for (size_t i = 0; i < count; i++)
    if (token[i] < 0 || (uint32_t)token[i] >= s->m->shape.vocab)
      return tsp_fail(err, TSP_ERANGE, "token %d: the vocabulary has %u", token[i], s->m->shape.vocab);
  while (st == TSP_OK && count > 0) {
    bool blocks = s->block && s->position % s->block == 0 && count > s->block;
    uint32_t rows = blocks ? s->block : 1;
    st = run(s, blocks ? s->prefill : s->decode, rows, token, err);
    s->blocks += st == TSP_OK && blocks;
    token += rows;
    count -= rows;
    if (st == TSP_OK && count == 0)
      st = tsp_device_read(s->device, "logits", s->logits, s->m->shape.vocab * sizeof *s->logits, err);
  }
  return st;
}

void tsp_session_rewind(tsp_session *s)
{
  s->position = 0;
}

uint32_t tsp_session_position(const tsp_session *s)
{
  return s->position;
}

uint32_t tsp_session_context(const tsp_session *s)
{
  return s->context;
}

const float *tsp_session_logits(const tsp_session *s)
{
  return s->logits;
}

tsp_device *tsp_session_device(const tsp_session *s)
{
  return s->device;
}

const tsp_image *tsp_session_decode(const tsp_session *s)
{
  return s->decode;
}

const tsp_image *tsp_session_prefill(const tsp_session *s)
{
  return s->prefill;
}

uint32_t tsp_session_block(const tsp_session *s)
{
  return s->block;
}

uint64_t tsp_session_blocks(const tsp_session *s)
{
  return s->blocks;
}
