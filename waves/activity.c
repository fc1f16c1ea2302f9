/* SPDX-License-Identifier: Apache-2.0 */
#include "activity.h"
#include <stdlib.h>
#include <string.h>

typedef struct {
  tsp_activity *to;
  const tsp_image *image;
  uint64_t from;
  bool full;
} recorder;

/* Room for one more in an array that grows by doubling; NULL without memory. */
static void *grow(void *array, size_t used, size_t *room, size_t size)
{
  if (used < *room)
    return array;
  const size_t more = *room ? 2 * *room : 1024;
  void *grown = realloc(array, more * size);

  if (grown)
    *room = more;
  return grown;
}

static void record(void *ctx, const tsp_dispatch *d)
{
  recorder *r = ctx;
  tsp_activity *a = r->to;
  const tsp_debug *line = tsp_image_debug(r->image, d->queue, d->word);

  if (line && line->tensor >= 0) {
    tsp_handling *h = &a->tensor[line->tensor];

    h->first = h->first == UINT64_MAX ? d->cycle : h->first;
    h->last = d->cycle;
  }
  if (d->cycle < r->from || r->full)
    return;
  tsp_dispatch *more = grow(a->at, a->count, &a->room, sizeof *more);

  if (!more) {
    r->full = true;
    return;
  }
  a->at = more;
  a->at[a->count++] = *d;
}

/* What a queue is parked at, 0 if it is not. */
static unsigned parked_at(const tsp_engine *e, const tsp_image *image, int queue)
{
  const tsp_queue_view v = tsp_engine_queue(e, queue);

  return v.state == TSP_QUEUE_PARKED && v.pc < image->queue[queue].length
             ? tsp_word_opcode(image->queue[queue].word[v.pc])
             : 0;
}

/* One cycle after the other, with an eye on the queues that parked. */
static tsp_status run(recorder *r, tsp_engine *e, uint64_t to)
{
  const int queues = r->image->queue_count;
  unsigned *parked = calloc((size_t)queues, sizeof *parked);
  tsp_status st = parked ? TSP_OK : TSP_ENOMEM;
  size_t room = 0;

  for (uint64_t k = 0; st == TSP_OK && k <= to && !tsp_engine_csr(e).done; k++) {
    unsigned released = 0;

    st = tsp_engine_step(e, 1, NULL);
    for (int q = 0; q < queues; q++) {
      const unsigned now = parked_at(e, r->image, q);

      released = parked[q] && !now ? parked[q] : released;
      parked[q] = now;
    }
    if (!released || k < r->from)
      continue;
    tsp_release *more = grow(r->to->release, r->to->releases, &room, sizeof *more);

    if (!more) {
      st = TSP_ENOMEM;
      break;
    }
    r->to->release = more;
    more[r->to->releases++] = (tsp_release){k, released};
  }
  free(parked);
  r->to->end = tsp_engine_csr(e);
  return st == TSP_EFAULT ? TSP_OK : st; /* a fault ends the program like any end */
}

tsp_status tsp_activity_record(const tsp_config *cfg, const tsp_image *image, uint64_t from, uint64_t to,
                               tsp_activity *out, tsp_error *err)
{
  recorder r = {out, image, from, false};
  tsp_engine *e;
  tsp_status st = tsp_golden_open(cfg, NULL, TSP_TRACE, &e);

  memset(out, 0, sizeof *out);
  if (st != TSP_OK)
    return tsp_fail(err, st, "the golden model does not open: %s", tsp_status_text(st));
  out->tensor = malloc(((size_t)image->tensor_count + 1) * sizeof *out->tensor);
  for (int t = 0; out->tensor && t < image->tensor_count; t++)
    out->tensor[t] = (tsp_handling){UINT64_MAX, UINT64_MAX};
  tsp_golden_on_dispatch(e, record, &r);
  st = out->tensor ? tsp_engine_load(e, image, err) : TSP_ENOMEM;
  if (st == TSP_OK)
    st = tsp_engine_start(e);
  if (st == TSP_OK)
    st = run(&r, e, to);
  if (r.full || st == TSP_ENOMEM)
    st = tsp_fail(err, TSP_ENOMEM, "no memory for the dispatches of %llu cycles", (unsigned long long)(to - from));
  tsp_engine_close(e);
  if (st != TSP_OK)
    tsp_activity_free(out);
  return st;
}

void tsp_activity_free(tsp_activity *a)
{
  free(a->at);
  free(a->release);
  free(a->tensor);
  memset(a, 0, sizeof *a);
}

const tsp_dispatch *tsp_activity_find(const tsp_activity *a, uint64_t id)
{
  return a->count && id >= a->at[0].id && id - a->at[0].id < a->count ? &a->at[id - a->at[0].id] : NULL;
}

/* A ReadWrite is a Write as well. */
static bool is_a(const tsp_dispatch *d, unsigned opcode)
{
  const unsigned op = tsp_word_opcode(d->text);

  return op == opcode || (opcode == TSP_OP_WRITE && op == TSP_OP_READWRITE);
}

const tsp_dispatch *tsp_activity_last(const tsp_activity *a, unsigned opcode, uint64_t until)
{
  const tsp_dispatch *best = NULL;

  for (size_t i = 0; i < a->count; i++) {
    const tsp_dispatch *d = &a->at[i];

    if (!is_a(d, opcode) || !tsp_activity_find(a, d->source[0]))
      continue;
    if (best && d->cycle > until)
      break;
    best = d;
  }
  return best;
}

bool tsp_activity_link(const tsp_config *cfg, const tsp_dispatch *from, const tsp_dispatch *d, tsp_stream_use *out)
{
  tsp_stream_use driven[TSP_MAX_USES], used[TSP_MAX_USES];
  const int drivers = tsp_stream_uses(cfg, from->text, driven), users = tsp_stream_uses(cfg, d->text, used);

  for (int u = 0; u < users; u++)
    for (int k = 0; k < drivers && !used[u].drives; k++)
      if (driven[k].drives && driven[k].direction == used[u].direction &&
          driven[k].base < used[u].base + used[u].count && used[u].base < driven[k].base + driven[k].count) {
        *out = used[u].count < driven[k].count ? used[u] : driven[k];
        return true;
      }
  return false;
}

static const tsp_dispatch *producer(const tsp_config *cfg, const tsp_activity *a, const tsp_dispatch *d)
{
  const tsp_dispatch *first = NULL;

  for (int k = 0; k < 4; k++) {
    const tsp_dispatch *p = tsp_activity_find(a, d->source[k]);
    tsp_stream_use link;

    if (p && tsp_activity_link(cfg, p, d, &link))
      return p;
    /* An accumulator's older value is not what passes by now: its product is. */
    if (p && (!first || tsp_queue_unit(cfg, p->queue) == TSP_UNIT_MXA))
      first = p;
  }
  return first;
}

size_t tsp_activity_chain(const tsp_config *cfg, const tsp_activity *a, const tsp_dispatch *d, const tsp_dispatch **out,
                          size_t room)
{
  size_t n = 0;

  while (d && n < room) {
    const bool reads = tsp_word_opcode(d->text) == TSP_OP_READ || (n && is_a(d, TSP_OP_WRITE));
    const tsp_dispatch *p = reads ? NULL : producer(cfg, a, d);

    memmove(out + 1, out, n * sizeof *out);
    out[0] = d;
    n++;
    d = p;
  }
  return n;
}
