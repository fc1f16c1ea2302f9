/* SPDX-License-Identifier: Apache-2.0 */
/* asm_queue.c - .queue, the instructions in it and their debug suffixes. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "asm_internal.h"

tsp_status tsp_asm_queue(tsp_asm *a, tsp_lex *l)
{
  char name[64];
  tsp_status s = tsp_asm_tensors_done(a, l->cause);
  int queue;

  if (s == TSP_OK)
    s = tsp_lex_name(l, "a queue such as mem_w0, vxm3 or mxm1_a", name, sizeof name);
  if (s != TSP_OK)
    return s;
  queue = tsp_queue_find(a->cfg, name);
  if (queue < 0)
    return tsp_fail(l->cause, TSP_EFORMAT, "configuration %s has no queue '%s'", a->cfg->name, name);
  if (a->queue_line[queue])
    return tsp_fail(l->cause, TSP_EFORMAT, "queue %s again; it began at line %" PRIu32, name, a->queue_line[queue]);
  a->queue_line[queue] = a->line;
  a->queue = queue;
  a->word_room = 0;
  a->fetched = false;
  return TSP_OK;
}

tsp_status tsp_asm_fetched(tsp_asm *a, tsp_lex *l)
{
  if (a->fetched)
    return tsp_fail(l->cause, TSP_EFORMAT, "a second .fetched in this queue");
  if (!a->image->queue[a->queue].length)
    return tsp_fail(l->cause, TSP_EFORMAT, ".fetched comes after the words that the host loads, at least one");
  a->fetched = true;
  return TSP_OK;
}

static int compare_name(const void *key, const void *element)
{
  return strcmp(key, (*(const tsp_tensor *const *)element)->name);
}

/* "name[first, step]"; without a name only if there is no tensor. */
static tsp_status parse_part(tsp_asm *a, tsp_lex *l, tsp_debug *d)
{
  char name[64];
  tsp_status s = TSP_OK;

  if (*l->p != '[') {
    const tsp_tensor **found;
    s = tsp_lex_name(l, "a tensor's name", name, sizeof name);
    if (s != TSP_OK)
      return s;
    found = bsearch(name, a->sorted, (size_t)a->image->tensor_count, sizeof *found, compare_name);
    if (!found)
      return tsp_fail(l->cause, TSP_EFORMAT, "there is no tensor '%s'", name);
    d->tensor = (int32_t)(*found - a->image->tensor);
  }
  s = tsp_lex_expect(l, "[");
  if (s == TSP_OK)
    s = tsp_lex_int(l, "the first element", INT64_MIN, INT64_MAX, &d->first);
  if (s == TSP_OK)
    s = tsp_lex_expect(l, ",");
  if (s == TSP_OK)
    s = tsp_lex_int(l, "the step between elements", INT64_MIN, INT64_MAX, &d->step);
  return s == TSP_OK ? tsp_lex_expect(l, "]") : s;
}

/* Behind '@': cycle, tensor part, kernel line; the last two may be missing. */
static tsp_status parse_debug(tsp_asm *a, tsp_lex *l, tsp_debug *d)
{
  int64_t line = 0;
  tsp_status s = tsp_lex_uint(l, "the cycle", UINT64_MAX, &d->cycle);

  d->tensor = -1;
  if (s != TSP_OK || tsp_lex_at_end(l))
    return s;
  if (!tsp_lex_accept(l, "line")) {
    s = parse_part(a, l, d);
    if (s != TSP_OK || tsp_lex_at_end(l))
      return s;
    s = tsp_lex_expect(l, "line");
  }
  if (s == TSP_OK)
    s = tsp_lex_int(l, "the kernel line", 1, UINT32_MAX, &line);
  d->line = (uint32_t)line;
  return s;
}

static tsp_status append_debug(tsp_asm *a, const tsp_debug *d, tsp_error *cause)
{
  tsp_image *image = a->image;
  size_t n = (size_t)image->debug_count;
  tsp_debug *lines = tsp_grow(image->debug, n, &a->debug_room, sizeof *lines);

  if (!lines || n >= INT32_MAX)
    return tsp_fail(cause, TSP_ENOMEM, "out of memory");
  image->debug = lines;
  if (n > 0 && lines[n - 1].queue > d->queue)
    a->debug_unsorted = true;
  lines[n] = *d;
  image->debug_count++;
  return TSP_OK;
}

static tsp_status append_word(tsp_asm *a, uint64_t word, tsp_error *cause)
{
  tsp_queue_text *q = &a->image->queue[a->queue];
  uint64_t *words;
  char name[16];

  if (!a->fetched && q->length >= (uint32_t)a->cfg->iq_depth)
    return tsp_fail(cause, TSP_EFORMAT,
                    "queue %s holds %d words, this is one more; words that Ifetch "
                    "brings come after .fetched",
                    tsp_queue_name(a->cfg, a->queue, name), a->cfg->iq_depth);
  words = tsp_grow(q->word, q->length, &a->word_room, sizeof *words);
  if (!words)
    return tsp_fail(cause, TSP_ENOMEM, "out of memory");
  q->word = words;
  q->word[q->length++] = word;
  q->fetched += a->fetched;
  return TSP_OK;
}

tsp_status tsp_asm_word(tsp_asm *a, tsp_lex *l)
{
  tsp_debug d;
  uint64_t word = 0;
  tsp_status s;

  if (a->part != TSP_ASM_QUEUES)
    return tsp_fail(l->cause, TSP_EFORMAT, "instructions belong behind a .queue");
  s = tsp_syntax_parse_for(tsp_isa_builtin(), a->cfg, a->queue, l, &word);
  if (s == TSP_OK && tsp_lex_accept(l, "@")) {
    memset(&d, 0, sizeof d);
    s = parse_debug(a, l, &d);
    d.queue = (uint16_t)a->queue;
    d.word = a->image->queue[a->queue].length;
    if (s == TSP_OK)
      s = append_debug(a, &d, l->cause);
  }
  return s == TSP_OK ? append_word(a, word, l->cause) : s;
}
