// SPDX-License-Identifier: Apache-2.0
// fetch_emit.c: the longer texts, the tensor that holds their tails, and the debug lines of both.
#include "fetch.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char text_name[] = "program_text";

/* Two vectors: a superlane's bytes of the first, then of the second, are words of the text. */
static void fill(const fetch_pass *p, const tsp_image *next, const fetch_vector *v, uint8_t *bytes)
{
  const uint32_t lanes = (uint32_t)p->cfg->lanes, vector = (uint32_t)p->cfg->vector, row = (uint32_t)p->cfg->fetch_row;
  const tsp_queue_text *t = &next->queue[v->queue];
  for (uint32_t i = 0; i < p->brings; i++) {
    uint64_t at = p->host + (uint64_t)v->ordinal * p->brings + i, word = at < t->length ? t->word[at] : 0;
    for (uint32_t b = 0; b < 8; b++) {
      uint32_t byte = 8 * (i % row) + b;
      bytes[byte / lanes * vector + i / row * lanes + byte % lanes] = (uint8_t)(word >> 8 * b);
    }
  }
}

static bool put_tensor(const fetch_pass *p, tsp_image *next)
{
  const size_t rows = (size_t)p->vectors, bytes = rows * (size_t)p->cfg->vector;
  tsp_tensor *t = &next->tensor[next->tensor_count++];
  *t = (tsp_tensor){.type = TSP_I8,
                    .role = TSP_ROLE_CONST,
                    .rank = 2,
                    .shape = {(uint32_t)rows, (uint32_t)p->cfg->vector},
                    .piece_count = p->vectors,
                    .data_bytes = bytes};
  snprintf(t->name, sizeof t->name, "%s", text_name);
  t->piece = calloc(rows, sizeof *t->piece);
  t->data = calloc(bytes, 1);
  if (!t->piece || !t->data)
    return false;
  for (int i = 0; i < p->vectors; i++) {
    const fetch_vector *v = &p->vector[i];
    t->piece[i] = (tsp_piece){.slice = (uint16_t)v->slice,
                              .addr = v->addr,
                              .count = 1,
                              .addr_step = 1,
                              .lanes = (uint32_t)p->cfg->vector,
                              .first = (int64_t)i * p->cfg->vector,
                              .vec_step = p->cfg->vector,
                              .lane_step = 1};
    if (i % 2 == 0)
      fill(p, next, v, t->data + (size_t)i * (size_t)p->cfg->vector);
  }
  return true;
}

/* The text of a line that changed, and its debug lines; those of other lines as they were. */
static bool put_queue(const fetch_pass *p, int queue, tsp_image *next)
{
  const fetch_line *l = &p->line[queue];
  const tsp_image *m = p->image;
  for (int i = 0; !l->changed && i < m->debug_count; i++)
    if (m->debug[i].queue == queue)
      next->debug[next->debug_count++] = m->debug[i];
  if (!l->changed)
    return true;
  tsp_queue_text *t = &next->queue[queue];
  int *item = malloc(l->length * sizeof *item);
  *t = (tsp_queue_text){.word = malloc(l->length * sizeof *t->word)};
  bool ok = item && t->word;
  if (ok) {
    t->length = fetch_text(p, l, t->word, NULL, item);
    t->fetched = l->fetches ? t->length - p->host : 0;
  }
  for (uint32_t k = 0; ok && k < l->length && m->debug_count; k++) {
    const fetch_item *x = item[k] < 0 ? NULL : &l->item[item[k]];
    if (x && x->debug >= 0) {
      next->debug[next->debug_count] = m->debug[x->debug];
      next->debug[next->debug_count++].word = k;
    } else if (x && x->row >= 0) {
      next->debug[next->debug_count++] = (tsp_debug){.queue = (uint16_t)queue,
                                                     .word = k,
                                                     .cycle = x->at,
                                                     .tensor = m->tensor_count,
                                                     .first = (int64_t)x->row * p->cfg->vector};
    }
  }
  free(item);
  return ok;
}

tsp_status fetch_emit(fetch_pass *p, tsp_image *next, tsp_error *err)
{
  const tsp_image *m = p->image;
  if (tsp_image_tensor(m, text_name))
    return tsp_fail(err, TSP_EFORMAT, "a tensor is named %s; that is the name of the fetched text", text_name);
  next->tensor = malloc(((size_t)m->tensor_count + 1) * sizeof *next->tensor);
  next->queue = malloc((size_t)m->queue_count * sizeof *next->queue);
  next->debug = malloc(((size_t)m->debug_count + (size_t)p->vectors + 1) * sizeof *next->debug);
  next->debug_count = 0;
  bool ok = next->tensor && next->queue && next->debug;
  if (next->tensor && m->tensor_count)
    memcpy(next->tensor, m->tensor, (size_t)m->tensor_count * sizeof *m->tensor);
  if (next->queue)
    memcpy(next->queue, m->queue, (size_t)m->queue_count * sizeof *m->queue);
  for (int q = 0; ok && q < p->cfg->queues; q++)
    ok = put_queue(p, q, next);
  ok = ok && put_tensor(p, next);
  return ok ? TSP_OK : tsp_fail(err, TSP_ENOMEM, "out of memory");
}

void fetch_drop(const tsp_image *kept, tsp_image *gone)
{
  for (int q = 0; gone->queue && gone->queue != kept->queue && q < gone->queue_count; q++)
    if (gone->queue[q].word != kept->queue[q].word)
      free(gone->queue[q].word);
  for (int t = kept->tensor_count; gone->tensor && gone->tensor != kept->tensor && t < gone->tensor_count; t++) {
    free(gone->tensor[t].piece);
    free(gone->tensor[t].data);
  }
  if (gone->queue != kept->queue)
    free(gone->queue);
  if (gone->tensor != kept->tensor)
    free(gone->tensor);
  if (gone->debug != kept->debug)
    free(gone->debug);
}
