// SPDX-License-Identifier: Apache-2.0
// fetch.c: the pass that fetches program text: for each long text one Ifetch after the other, as soon as the queue has
// room, with the Reads of its two vectors.
#include "fetch.h"
#include "tsp_verify.h"
#include <inttypes.h>
#include <stdlib.h>

enum { MAX_SLICES = 256 };
static const uint64_t MOST_EFFORT = 30000000000; /* words of text looked at: more are not worth the time */

/* The Reads of an Ifetch's two vectors. */
typedef struct {
  int direction, stream, slice[2];
  uint32_t addr[2];
  uint64_t at[2];
} supply;

static bool is_mem(const fetch_pass *p, int queue)
{
  return tsp_queue_unit(p->cfg, queue) == TSP_UNIT_MEM;
}

static uint64_t read_word(const fetch_pass *p, const supply *s, int k)
{
  const tsp_instr *in = tsp_isa_by_opcode(p->isa, TSP_OP_READ);
  uint64_t word = tsp_word_set(in, (uint64_t)TSP_OP_READ << 56, "raddr", s->addr[k]);
  return tsp_word_set(in, word, "rstream", s->direction * 32 + s->stream);
}

static void remove_reads(fetch_pass *p, const supply *s, int count)
{
  for (int k = 0; k < count; k++)
    fetch_remove(p, s->slice[k], s->at[k]);
}

/* Puts the two Reads in, if the slices' own text stays in time. A text that has become longer than what was fetched for
 * it has another turn. */
static bool insert_reads(fetch_pass *p, const supply *s)
{
  for (int k = 0; k < 2; k++) {
    if (!fetch_insert(
            p, s->slice[k],
            (fetch_item){.at = s->at[k], .cycles = 1, .word = read_word(p, s, k), .debug = -1, .row = p->vectors + k}))
      return false;
    fetch_line *l = &p->line[s->slice[k]];
    if (l->fetches && !fetch_in_time(p, s->slice[k])) {
      remove_reads(p, s, k + 1);
      return false;
    }
    l->done = l->done && l->length <= p->host + (uint64_t)l->fetches * p->brings;
  }
  return true;
}

/* A word that nothing else has, but not `other`. What is taken stays so: those at the top are looked at once. */
static bool free_word(const fetch_pass *p, int slice, int64_t other, uint32_t *addr)
{
  const bool *taken = p->taken + (size_t)slice * (size_t)p->cfg->mem_words;
  int64_t *top = &p->top[slice];
  while (*top >= 0 && taken[*top])
    --*top;
  for (int64_t a = *top; a >= 0; a--)
    if (!taken[a] && a != other) {
      *addr = (uint32_t)a;
      return true;
    }
  return false;
}

static bool lit(const fetch_pass *p, uint64_t from, uint64_t to)
{
  for (uint64_t c = from; c <= to && c <= p->last; c++)
    if (p->dark[c])
      return false;
  return true;
}

static bool flows(const fetch_pass *p, int direction, int slice, int queue)
{
  int from = tsp_queue_column(p->cfg, slice), to = tsp_queue_column(p->cfg, queue);
  return from == to || (from < to) == (direction == TSP_EAST);
}

/* The slices that can read a vector in time for it to be at the queue's column in a cycle, in the order given. */
static int readers(const fetch_pass *p, int direction, int queue, uint64_t cycle, const int *slice, int *out)
{
  uint64_t late = (uint64_t)tsp_isa_d_func(p->isa, p->cfg, TSP_OP_READ);
  int n = 0;
  for (int i = 0; i < 2 * p->cfg->mem_slices; i++) {
    uint64_t before = late + (uint64_t)abs(tsp_queue_column(p->cfg, slice[i]) - tsp_queue_column(p->cfg, queue));
    if (slice[i] != queue && flows(p, direction, slice[i], queue) && cycle >= before &&
        fetch_idle(p, slice[i], cycle - before, true) && lit(p, cycle - before, cycle))
      out[n++] = slice[i];
  }
  return n;
}

/* The first of some slices from which vector k can flow on the stream. */
static bool reader(const fetch_pass *p, int queue, uint64_t cycle, const int *slice, int n, int k, supply *s)
{
  uint64_t late = (uint64_t)tsp_isa_d_func(p->isa, p->cfg, TSP_OP_READ);
  int to = tsp_queue_column(p->cfg, queue);
  for (int i = 0; i < n; i++) {
    int from = tsp_queue_column(p->cfg, slice[i]);
    uint64_t lands = cycle - (uint64_t)abs(from - to);
    bool same = k && slice[i] == s->slice[0];
    if (!fetch_free(p, s->direction, s->stream, from, to, lands) ||
        !free_word(p, slice[i], same ? (int64_t)s->addr[0] : -1, &s->addr[k]))
      continue;
    s->slice[k] = slice[i];
    s->at[k] = lands - late;
    return true;
  }
  return false;
}

/* A way for the text to a queue's column, there in cycles `cycle` and the next. */
static bool route(fetch_pass *p, int queue, uint64_t cycle, const int *slice, supply *s)
{
  for (s->direction = TSP_EAST; s->direction <= TSP_WEST; s->direction++) {
    int from[2][MAX_SLICES];
    int n = readers(p, s->direction, queue, cycle, slice, from[0]);
    int m = n ? readers(p, s->direction, queue, cycle + 1, slice, from[1]) : 0;
    for (s->stream = m ? p->cfg->streams - 1 : -1; s->stream >= 0; s->stream--)
      if (reader(p, queue, cycle, from[0], n, 0, s) && reader(p, queue, cycle + 1, from[1], m, 1, s) &&
          insert_reads(p, s))
        return true;
  }
  return false;
}

/* Slices with the shortest texts first. */
static void order(const fetch_pass *p, int *slice)
{
  int n = 2 * p->cfg->mem_slices;
  for (int i = 0; i < n; i++) {
    int k = i;
    for (; k > 0 && p->line[slice[k - 1]].length > p->line[i].length; k--)
      slice[k] = slice[k - 1];
    slice[k] = i;
  }
}

static bool column_busy(const fetch_pass *p, int queue, uint64_t cycle)
{
  const uint64_t *b = p->busy + (size_t)tsp_queue_column(p->cfg, queue) * (p->last / 64 + 2);
  for (uint64_t c = cycle ? cycle - 1 : 0; c <= cycle + 1; c++)
    if (b[c / 64] >> c % 64 & 1)
      return true;
  return false;
}

static void settle(fetch_pass *p, int queue, uint64_t cycle, const supply *s)
{
  int to = tsp_queue_column(p->cfg, queue);
  uint64_t late = (uint64_t)tsp_isa_d_func(p->isa, p->cfg, TSP_OP_READ);
  p->busy[(size_t)to * (p->last / 64 + 2) + cycle / 64] |= UINT64_C(1) << cycle % 64;
  for (int k = 0; k < 2; k++) {
    fetch_note(p, s->direction, s->stream, tsp_queue_column(p->cfg, s->slice[k]), s->at[k] + late, true);
    fetch_note(p, s->direction, s->stream, to, cycle + (uint64_t)k, false);
    p->taken[(size_t)s->slice[k] * (size_t)p->cfg->mem_words + s->addr[k]] = true;
    if (fetch_grow(p, &p->vector, p->vectors, &p->vector_room, sizeof *p->vector))
      p->vector[p->vectors++] = (fetch_vector){queue, p->line[queue].fetches - 1, s->slice[k], s->addr[k]};
  }
}

/* An Ifetch of the queue at a cycle, with all that it needs. */
static bool fetch_at(fetch_pass *p, int queue, uint64_t cycle, const int *slice)
{
  supply s;
  if (!fetch_idle(p, queue, cycle, false) || column_busy(p, queue, cycle) || !lit(p, cycle, cycle + 1) ||
      !route(p, queue, cycle, slice, &s))
    return false;
  uint64_t word = (uint64_t)TSP_OP_IFETCH << 56;
  word = tsp_word_set(tsp_isa_by_opcode(p->isa, TSP_OP_IFETCH), word, "stream", s.direction * 32 + s.stream);
  if (!fetch_insert(p, queue,
                    (fetch_item){.at = cycle, .cycles = 1, .word = word, .debug = -1, .row = -1, .fetch = true}))
    return false;
  if (fetch_in_time(p, queue)) {
    settle(p, queue, cycle, &s);
    return true;
  }
  fetch_remove(p, queue, cycle);
  remove_reads(p, &s, 2);
  return false;
}

static tsp_status no_way(const fetch_pass *p, int queue, uint64_t from, uint64_t to, uint32_t word, tsp_error *err)
{
  char name[16];
  uint64_t idle = 0;
  for (uint64_t c = from; c <= to; c++)
    idle += fetch_idle(p, queue, c, false);
  tsp_queue_name(p->cfg, queue, name);
  if (to < from)
    return tsp_fail(err, TSP_ERANGE,
                    "queue %s needs word %" PRIu32 " so early that its Ifetch must come by cycle %" PRIu64
                    ", and it has no room for that text before cycle %" PRIu64,
                    name, word, to, from);
  if (!idle)
    return tsp_fail(err, TSP_ERANGE,
                    "queue %s needs word %" PRIu32 " from an Ifetch at cycle %" PRIu64 " to %" PRIu64
                    ", and is busy in every one of them",
                    name, word, from, to);
  return tsp_fail(err, TSP_ERANGE,
                  "queue %s needs word %" PRIu32 " from an Ifetch at cycle %" PRIu64 " to %" PRIu64
                  "; it is idle in %" PRIu64
                  " of them, but no MEM slices are idle, have a free word and a free stream to it then",
                  name, word, from, to, idle);
}

static tsp_status fetch_queue(fetch_pass *p, int queue, tsp_error *err)
{
  fetch_line *l = &p->line[queue];
  int slice[MAX_SLICES];
  while (!p->failed && l->length > p->host + (uint64_t)l->fetches * p->brings) {
    uint64_t from, to;
    uint32_t word;
    bool found = false;
    fetch_window(p, queue, l->fetches, &from, &to, &word);
    order(p, slice);
    for (uint64_t c = from; c <= to && !found && !p->failed && p->effort < MOST_EFFORT; c++)
      found = fetch_at(p, queue, c, slice);
    if (!found && !p->failed && p->effort >= MOST_EFFORT)
      return tsp_fail(err, TSP_ERANGE,
                      "the text is so long and dense that no Ifetches were found for it in good time; "
                      "smaller tensors have less");
    if (!found && !p->failed)
      return no_way(p, queue, from, to, word, err);
  }
  l->done = true;
  return p->failed ? tsp_fail(err, TSP_ENOMEM, "out of memory") : TSP_OK;
}

/* Units first: their text makes the texts of the MEM queues longer. */
static tsp_status fetch_all(fetch_pass *p, uint32_t resident, tsp_error *err)
{
  tsp_status s = TSP_OK;
  for (int mem = 0; mem < 2; mem++)
    for (bool any = true; any;) {
      any = false;
      for (int q = 0; q < p->cfg->queues && s == TSP_OK; q++)
        if (is_mem(p, q) == mem && !p->line[q].done && p->line[q].length > resident) {
          s = fetch_queue(p, q, err);
          any = true;
        }
      if (s != TSP_OK)
        return s;
    }
  return s;
}

static void own_words(fetch_pass *p)
{
  for (int t = 0; t < p->image->tensor_count; t++)
    for (int k = 0; k < p->image->tensor[t].piece_count; k++) {
      const tsp_piece *piece = &p->image->tensor[t].piece[k];
      for (uint32_t i = 0; i < piece->count; i++)
        p->taken[(int64_t)piece->slice * p->cfg->mem_words + piece->addr + (int64_t)i * piece->addr_step] = true;
    }
}

static bool anything_to_do(const tsp_image *image, uint32_t resident)
{
  for (int q = 0; q < image->queue_count; q++)
    if (image->queue[q].length > resident)
      return true;
  return false;
}

static void count(const fetch_pass *p, tsp_fetch_result *out)
{
  for (int q = 0; q < p->cfg->queues; q++) {
    const fetch_line *l = &p->line[q];
    out->queues += l->fetches > 0;
    out->fetches += (uint32_t)l->fetches;
    out->words += l->fetches ? l->length - p->host : 0;
    out->added += l->changed ? l->length - p->image->queue[q].length : 0;
  }
}

/* What was made must be proved before anyone sees it. */
static tsp_status finish(fetch_pass *p, tsp_image *image, tsp_fetch_result *out, tsp_error *err)
{
  tsp_image next = *image;
  tsp_verify_result r;
  tsp_error why = {""};
  tsp_status s = fetch_emit(p, &next, err);
  if (s == TSP_OK && (s = tsp_verify(p->cfg, p->isa, &next, TSP_VERIFY_ALL, NULL, &r, &why)) != TSP_OK)
    tsp_fail(err, s, "the text with its Ifetches is not correct: %s", why.text);
  if (s != TSP_OK) {
    fetch_drop(image, &next);
    return s;
  }
  count(p, out);
  fetch_drop(&next, image);
  *image = next;
  return TSP_OK;
}

tsp_status tsp_text_fetch(const tsp_config *cfg, const tsp_isa *isa, tsp_image *image, uint32_t resident,
                          tsp_fetch_result *out, tsp_error *err)
{
  fetch_pass p = {.cfg = cfg, .isa = isa ? isa : tsp_isa_builtin(), .image = image};
  tsp_fetch_result nothing = {0};
  out = out ? out : &nothing;
  *out = (tsp_fetch_result){0};
  if (!resident || resident > (uint32_t)cfg->iq_depth)
    resident = (uint32_t)cfg->iq_depth;
  if (!anything_to_do(image, resident))
    return TSP_OK;
  p.host = resident - resident % (uint32_t)cfg->fetch_row;
  p.brings = (uint32_t)(cfg->superlanes * cfg->fetch_row);
  if (p.host == 0)
    return tsp_fail(err, TSP_ERANGE, "at least %d words of each text must be loaded by the host", cfg->fetch_row);
  tsp_status s = fetch_unroll(&p, err);
  if (s == TSP_OK) {
    own_words(&p);
    s = fetch_all(&p, resident, err);
  }
  if (s == TSP_OK)
    s = finish(&p, image, out, err);
  fetch_release(&p);
  return s;
}
