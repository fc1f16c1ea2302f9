// SPDX-License-Identifier: Apache-2.0
// text.c: growing arrays of queue words and debug lines.
#include "emit.h"
#include <stdlib.h>
#include <string.h>

void tspc_text_add(tspc_text *t, uint64_t word)
{
  if (t->words == t->word_cap) {
    uint32_t cap = t->word_cap ? 2 * t->word_cap : 256;
    uint64_t *w = realloc(t->word, cap * sizeof *w);
    if (!w) {
      t->failed = true;
      return;
    }
    t->word = w;
    t->word_cap = cap;
  }
  t->word[t->words++] = word;
}

void tspc_text_debug(tspc_text *t, tsp_debug debug)
{
  if (t->debugs == t->debug_cap) {
    uint32_t cap = t->debug_cap ? 2 * t->debug_cap : 256;
    tsp_debug *d = realloc(t->debug, cap * sizeof *d);
    if (!d) {
      t->failed = true;
      return;
    }
    t->debug = d;
    t->debug_cap = cap;
  }
  t->debug[t->debugs++] = debug;
}

tsp_status tspc_text_take(tspc_text *t, tsp_queue_text *out)
{
  out->word = malloc(t->words * sizeof *out->word);
  if (!out->word)
    return TSP_ENOMEM;
  memcpy(out->word, t->word, t->words * sizeof *out->word);
  out->length = t->words;
  t->words = 0;
  return TSP_OK;
}

void tspc_text_free(tspc_text *t)
{
  free(t->word);
  free(t->debug);
}
