/* SPDX-License-Identifier: Apache-2.0 */
#include "activity.h"
#include <stdlib.h>
#include <string.h>

typedef struct {
  tsp_activity *to;
  uint64_t from;
  bool full;
} recorder;

static void record(void *ctx, const tsp_dispatch *d)
{
  recorder *r = ctx;
  tsp_activity *a = r->to;

  if (d->cycle < r->from || r->full)
    return;
  if (a->count == a->room) {
    const size_t room = a->room ? 2 * a->room : 1024;
    tsp_dispatch *more = realloc(a->at, room * sizeof *more);

    if (!more) {
      r->full = true;
      return;
    }
    a->at = more;
    a->room = room;
  }
  a->at[a->count++] = *d;
}

tsp_status tsp_activity_record(const tsp_config *cfg, const tsp_image *image, uint64_t from, uint64_t to,
                               tsp_activity *out, tsp_error *err)
{
  recorder r = {out, from, false};
  tsp_engine *e;
  tsp_status st = tsp_golden_open(cfg, NULL, TSP_TRACE, &e);

  memset(out, 0, sizeof *out);
  if (st != TSP_OK)
    return tsp_fail(err, st, "the golden model does not open: %s", tsp_status_text(st));
  tsp_golden_on_dispatch(e, record, &r);
  st = tsp_engine_load(e, image, err);
  if (st == TSP_OK)
    st = tsp_engine_start(e);
  if (st == TSP_OK) {
    st = tsp_engine_step(e, to < UINT64_MAX ? to + 1 : to, NULL);
    st = st == TSP_EFAULT ? TSP_OK : st; /* a fault ends the program like any end */
  }
  if (r.full)
    st = tsp_fail(err, TSP_ENOMEM, "no memory for the dispatches of %llu cycles", (unsigned long long)(to - from));
  tsp_engine_close(e);
  if (st != TSP_OK)
    tsp_activity_free(out);
  return st;
}

void tsp_activity_free(tsp_activity *a)
{
  free(a->at);
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
