/* SPDX-License-Identifier: Apache-2.0 */
/* Events: words that MEM stored, weights that supercells installed, accumulators and maps that changed, vectors at the
 * outputs of links. Both machines list them in one order, so the two lists are merged: an event of one alone is a
 * difference, and so is every byte. */
#include "check.h"

enum { KEY_FIELDS = 4 }; /* kind, unit, superlane, index */

static int by_key(const tsp_event *a, const tsp_event *b)
{
  if (a->kind != b->kind)
    return a->kind < b->kind ? -1 : 1;
  if (a->unit != b->unit)
    return a->unit < b->unit ? -1 : 1;
  if (a->superlane != b->superlane)
    return a->superlane < b->superlane ? -1 : 1;
  return a->index == b->index ? 0 : a->index < b->index ? -1 : 1;
}

/* By kind of event: the place it is, and the word for "it happened". */
static const struct {
  int place;
  const char *happened;
} of_kind[] = {[TSP_EVENT_MEM] = {TSP_AT_MEM, "store"},
               [TSP_EVENT_WEIGHTS] = {TSP_AT_WEIGHTS, "install"},
               [TSP_EVENT_ACC] = {TSP_AT_ACC, "update"},
               [TSP_EVENT_MAP] = {TSP_AT_MAP, "map load"},
               [TSP_EVENT_SEND] = {TSP_AT_SEND, "send"}};
enum { KINDS = sizeof of_kind / sizeof *of_kind };

int tsp_event_of_place(int kind)
{
  for (int i = 0; i < KINDS; i++)
    if (of_kind[i].place == kind)
      return i;
  return -1;
}

/* Bytes of one value: a permuter's map has 16 bits for each of `lanes`, any other 8. */
static size_t value_bytes(const tsp_event *e, int lanes)
{
  return e->kind == TSP_EVENT_ACC ? 4 : e->kind == TSP_EVENT_MAP && e->bytes > (uint32_t)lanes ? 2 : 1;
}

static uint64_t value_at(const tsp_event *e, size_t bytes, size_t i)
{
  uint64_t v = 0;
  for (size_t b = 0; b < bytes; b++)
    v |= (uint64_t)e->data[bytes * i + b] << 8 * b;
  return v;
}

static tsp_place place_of(const tsp_event *e, const char *field, int bits, uint64_t expected, uint64_t got)
{
  /* NOLINTNEXTLINE: one of the two lists has this event */
  tsp_place at = tsp_place_new(of_kind[e->kind].place, field, bits, expected, got);
  at.unit = e->unit;
  at.superlane = e->superlane;
  at.index = e->index;
  return at;
}

/* Two events of one key: returns the number of values that differ and describes the first. */
static uint64_t data_differs(const tsp_pair *p, const tsp_event *a, const tsp_event *b, tsp_place *at)
{
  size_t each = value_bytes(a, p->cfg->lanes), count = a->bytes / each;
  uint64_t n = 0;
  if (a->bytes != b->bytes) {
    *at = place_of(a, "bytes", 32, a->bytes, b->bytes);
    return 1;
  }
  if (memcmp(a->data, b->data, a->bytes) == 0)
    return 0;
  for (size_t i = 0; i < count; i++) {
    if (value_at(a, each, i) == value_at(b, each, i) || n++)
      continue;
    *at = place_of(a, "data", (int)(8 * each), value_at(a, each, i), value_at(b, each, i));
    at->lane = (int)(i % (size_t)p->cfg->lanes);
    at->out = a->kind == TSP_EVENT_WEIGHTS ? (int)(i / (size_t)p->cfg->lanes) : -1;
  }
  return n;
}

static size_t next_of(const tsp_event *e, size_t count, size_t i, int kind)
{
  while (i < count && e[i].kind != kind)
    i++;
  return i;
}

static void check(const tsp_pair *p, int kind, tsp_count *n, tsp_place *at)
{
  size_t i = next_of(p->ref_event, p->ref_events, 0, kind), j = next_of(p->dut_event, p->dut_events, 0, kind);
  bool first = true;
  n->compared++; /* the number of events, be it zero */
  while (i < p->ref_events || j < p->dut_events) {
    const tsp_event *a = i < p->ref_events ? &p->ref_event[i] : NULL, *b = j < p->dut_events ? &p->dut_event[j] : NULL;
    int order = !a ? 1 : !b ? -1 : by_key(a, b);
    uint64_t differ = 1;
    tsp_place found;
    n->compared += KEY_FIELDS;
    if (order < 0) {
      found = place_of(a, of_kind[kind].happened, 1, 1, 0);
    } else if (order > 0) {
      found = place_of(b, of_kind[kind].happened, 1, 0, 1);
    } else {
      n->compared += a->bytes / value_bytes(a, p->cfg->lanes);
      differ = data_differs(p, a, b, &found);
    }
    n->different += differ;
    if (differ && first)
      *at = found;
    first = first && !differ;
    if (order <= 0)
      i = next_of(p->ref_event, p->ref_events, i + 1, kind);
    if (order >= 0)
      j = next_of(p->dut_event, p->dut_events, j + 1, kind);
  }
}

static const tsp_event *same_place(const tsp_event *e, size_t count, int kind, const tsp_place *at, int s)
{
  for (size_t i = 0; i < count; i++)
    if (e[i].kind == kind && e[i].unit == at->unit && e[i].superlane == s && e[i].index == at->index)
      return &e[i];
  return NULL;
}

static void lanes(const tsp_pair *p, int kind, const tsp_place *at, int s, uint8_t *differs)
{
  const tsp_event *a = same_place(p->ref_event, p->ref_events, kind, at, s);
  const tsp_event *b = same_place(p->dut_event, p->dut_events, kind, at, s);
  for (int lane = 0; lane < p->cfg->lanes; lane++)
    differs[lane] = !a != !b;
  if (!a || !b || a->bytes != b->bytes)
    return;
  size_t each = value_bytes(a, p->cfg->lanes);
  for (size_t i = 0; i < a->bytes / each; i++)
    if (value_at(a, each, i) != value_at(b, each, i))
      differs[i % (size_t)p->cfg->lanes] = 1;
}

/* One checker per kind of event. */
#define CHECKER(id, name, kind)                                                                                        \
  static void check_##id(const tsp_pair *p, tsp_count *n, tsp_place *at)                                               \
  {                                                                                                                    \
    check(p, kind, n, at);                                                                                             \
  }                                                                                                                    \
  static void lanes_##id(const tsp_pair *p, const tsp_place *at, int s, uint8_t *differs)                              \
  {                                                                                                                    \
    lanes(p, kind, at, s, differs);                                                                                    \
  }                                                                                                                    \
  const tsp_checker tsp_check_##id = {name, check_##id, lanes_##id};
CHECKER(memory, "memory", TSP_EVENT_MEM)
CHECKER(weights, "weights", TSP_EVENT_WEIGHTS)
CHECKER(accumulators, "accumulators", TSP_EVENT_ACC)
CHECKER(maps, "maps", TSP_EVENT_MAP)
CHECKER(sends, "sends", TSP_EVENT_SEND)
