// SPDX-License-Identifier: Apache-2.0
// fetch_line.c: queue texts as lists of timed words, and back.
#include "fetch.h"
#include "tsp_verify.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { NOP_MAX = 65535 };

bool fetch_grow(fetch_pass *p, void *array, int count, int *room, size_t each)
{
  if (count < *room)
    return true;
  int more = *room ? 2 * *room : 64;
  void *grown = realloc(*(void **)array, (size_t)more * each);
  if (!grown) {
    p->failed = true;
    return false;
  }
  *(void **)array = grown;
  *room = more;
  return true;
}

static int64_t field(const fetch_pass *p, uint64_t word, const char *name)
{
  return tsp_word_get(tsp_isa_by_opcode(p->isa, tsp_word_opcode(word)), word, name);
}

/* Words of memory that an instruction reads or writes. */
static void take_words(fetch_pass *p, int queue, uint64_t text)
{
  const tsp_instr *in = tsp_isa_by_opcode(p->isa, tsp_word_opcode(text));
  if (!in || tsp_queue_unit(p->cfg, queue) != TSP_UNIT_MEM)
    return;
  for (int i = 0; i < in->field_count; i++)
    if (in->field[i].kind == TSP_KIND_ADDR)
      p->taken[(size_t)queue * (size_t)p->cfg->mem_words + (size_t)tsp_field_get(&in->field[i], text)] = true;
}

static void on_step(void *ctx, int queue, uint32_t word, uint32_t issue, uint64_t cycle, uint64_t text)
{
  fetch_pass *p = ctx;
  const tsp_queue_text *t = &p->image->queue[queue];
  take_words(p, queue, text);
  if (word >= t->length) {
    p->again = p->again || t->length;
    p->line[queue].end = cycle;
    return;
  }
  if (issue > 1)
    return;
  p->at[queue][word] = issue ? cycle - (uint64_t)field(p, t->word[word], "d") + 1 : cycle;
}

static void on_drive(void *ctx, int direction, int stream, int column, uint64_t cycle)
{
  fetch_note(ctx, direction, stream, column, cycle, true);
}

static void on_use(void *ctx, int direction, int stream, int column, uint64_t cycle)
{
  fetch_note(ctx, direction, stream, column, cycle, false);
}

/* The items of a queue; cycles of a word: until the next one is at the head. */
static void itemise(fetch_pass *p, int queue)
{
  const tsp_queue_text *t = &p->image->queue[queue];
  fetch_line *l = &p->line[queue];
  int debug = 0;
  while (debug < p->image->debug_count && p->image->debug[debug].queue < queue)
    debug++;
  for (uint32_t i = 0; i < t->length && p->at[queue][i] != UINT64_MAX; i++) {
    while (debug < p->image->debug_count && p->image->debug[debug].queue == queue && p->image->debug[debug].word < i)
      debug++;
    bool has =
        debug < p->image->debug_count && p->image->debug[debug].queue == queue && p->image->debug[debug].word == i;
    l->end = p->at[queue][i];
    unsigned opcode = tsp_word_opcode(t->word[i]);
    if (opcode == TSP_OP_END)
      break;
    if (opcode == TSP_OP_NOP || !fetch_grow(p, &l->item, l->items, &l->room, sizeof *l->item))
      continue;
    l->item[l->items++] = (fetch_item){.at = p->at[queue][i],
                                       .cycles = i + 1 < t->length ? p->at[queue][i + 1] - p->at[queue][i] : 1,
                                       .word = t->word[i],
                                       .debug = has ? debug : -1,
                                       .row = -1};
    p->again = p->again || opcode == TSP_OP_IFETCH;
  }
  l->ended = l->end;
  l->length = fetch_text(p, l, NULL, NULL, NULL);
  p->last = l->end > p->last ? l->end : p->last;
}

/* The cycles in which not all superlanes are on. */
static void darken(fetch_pass *p)
{
  enum { SAME, ON, OFF };
  uint8_t *change = calloc(p->last + 2, 1);
  bool dark = false;
  if (!change) {
    p->failed = true;
    return;
  }
  for (int q = p->cfg->queues - 1; q >= 0; q--) /* of several Configs the lowest queue's counts */
    for (int i = 0; i < p->line[q].items; i++)
      if (tsp_word_opcode(p->line[q].item[i].word) == TSP_OP_CONFIG)
        change[p->line[q].item[i].at + 1] =
            field(p, p->line[q].item[i].word, "superlanes") < p->cfg->superlanes ? OFF : ON;
  for (uint64_t c = 0; c <= p->last; c++) {
    dark = change[c] ? change[c] == OFF : dark;
    p->dark[c] = dark;
  }
  free(change);
}

static bool allocate(fetch_pass *p, uint64_t cycles)
{
  const tsp_config *c = p->cfg;
  size_t heads;
  p->diagonals = (int64_t)cycles + 2 * c->columns;
  heads = 2 * (size_t)c->streams * (size_t)p->diagonals;
  p->line = calloc((size_t)c->queues, sizeof *p->line);
  p->at = calloc((size_t)c->queues, sizeof *p->at);
  p->head = malloc(heads * sizeof *p->head);
  p->taken = calloc(2 * (size_t)c->mem_slices * (size_t)c->mem_words, sizeof *p->taken);
  p->top = calloc(2 * (size_t)c->mem_slices, sizeof *p->top);
  p->dark = calloc(cycles + 1, sizeof *p->dark);
  p->busy = calloc((size_t)c->columns * (cycles / 64 + 2), sizeof *p->busy);
  if (!p->line || !p->at || !p->head || !p->taken || !p->top || !p->dark || !p->busy)
    return false;
  for (size_t i = 0; i < heads; i++)
    p->head[i] = -1;
  for (int x = 0; x < 2 * c->mem_slices; x++)
    p->top[x] = c->mem_words - 1;
  for (int q = 0; q < c->queues; q++) {
    size_t n = p->image->queue[q].length;
    p->at[q] = malloc((n + 1) * sizeof **p->at);
    if (!p->at[q])
      return false;
    memset(p->at[q], 0xff, (n + 1) * sizeof **p->at);
  }
  return true;
}

tsp_status fetch_unroll(fetch_pass *p, tsp_error *err)
{
  const tsp_verify_watch watch = {.ctx = p, .step = on_step, .drive = on_drive, .use = on_use};
  tsp_verify_result r;
  tsp_error why = {""};
  tsp_status s = tsp_verify(p->cfg, p->isa, p->image, TSP_VERIFY_MACHINE | TSP_VERIFY_DATA, NULL, &r, &why);
  if (s != TSP_OK)
    return tsp_fail(err, s, "the schedule is not correct: %s", why.text);
  if (!allocate(p, r.cycles))
    return tsp_fail(err, TSP_ENOMEM, "out of memory");
  s = tsp_verify(p->cfg, p->isa, p->image, TSP_VERIFY_MACHINE | TSP_VERIFY_DATA, &watch, &r, &why);
  for (int q = 0; q < p->cfg->queues && s == TSP_OK; q++)
    itemise(p, q);
  darken(p);
  if (s != TSP_OK || p->failed)
    return tsp_fail(err, TSP_ENOMEM, "out of memory");
  return p->again ? tsp_fail(err, TSP_EFORMAT, "the program fetches text already") : TSP_OK;
}

void fetch_release(fetch_pass *p)
{
  for (int q = 0; p->line && q < p->cfg->queues; q++)
    free(p->line[q].item);
  for (int q = 0; p->at && q < p->cfg->queues; q++)
    free(p->at[q]);
  free(p->line);
  free(p->at);
  free(p->head);
  free(p->event);
  free(p->taken);
  free(p->top);
  free(p->dark);
  free(p->busy);
  free(p->vector);
}

uint32_t fetch_nops(uint64_t cycles)
{
  return (uint32_t)((cycles + NOP_MAX - 1) / NOP_MAX);
}

uint32_t fetch_text(const fetch_pass *p, const fetch_line *l, uint64_t *word, uint64_t *at, int *item)
{
  const tsp_instr *nop = tsp_isa_by_opcode(p->isa, TSP_OP_NOP);
  uint64_t now = 0;
  uint32_t n = 0;
  for (int i = 0; i <= l->items; i++) {
    uint64_t next = i < l->items ? l->item[i].at : l->end;
    for (uint64_t idle; now < next; now += idle, n++) {
      idle = next - now < NOP_MAX ? next - now : NOP_MAX;
      if (word)
        word[n] = tsp_word_set(nop, (uint64_t)TSP_OP_NOP << 56, "n", (int64_t)idle);
      if (at)
        at[n] = now;
      if (item)
        item[n] = -1;
    }
    if (word)
      word[n] = i < l->items ? l->item[i].word : (uint64_t)TSP_OP_END << 56;
    if (at)
      at[n] = now;
    if (item)
      item[n] = i < l->items ? i : -1;
    now += i < l->items ? l->item[i].cycles : 1;
    n++;
  }
  return n;
}
