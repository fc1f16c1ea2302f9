/* SPDX-License-Identifier: Apache-2.0 */
/* Events: words that MEM stored, weights that supercells installed, accumulators that changed. Both machines list them
 * in one order, so the two lists are merged: an event of one alone is a difference, and so is every byte. */
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

static size_t value_bytes(int kind)
{
  return kind == TSP_EVENT_ACC ? 4 : 1;
}

static const char *happened(int kind)
{
  return kind == TSP_EVENT_MEM ? "store" : kind == TSP_EVENT_WEIGHTS ? "install" : "update";
}

static uint64_t value_at(const tsp_event *e, size_t i)
{
  uint32_t v;
  if (e->kind != TSP_EVENT_ACC)
    return e->data[i];
  memcpy(&v, e->data + 4 * i, sizeof v);
  return v;
}

static tsp_place place_of(const tsp_event *e, const char *field, int bits, uint64_t expected, uint64_t got)
{
  /* NOLINTNEXTLINE: one of the two lists has this event */
  int kind = e->kind == TSP_EVENT_MEM ? TSP_AT_MEM : e->kind == TSP_EVENT_WEIGHTS ? TSP_AT_WEIGHTS : TSP_AT_ACC;
  tsp_place at = tsp_place_new(kind, field, bits, expected, got);
  at.unit = e->unit;
  at.superlane = e->superlane;
  at.index = e->index;
  return at;
}

/* Two events of one key: returns the number of values that differ and describes the first. */
static uint64_t data_differs(const tsp_pair *p, const tsp_event *a, const tsp_event *b, tsp_place *at)
{
  size_t each = value_bytes(a->kind), count = a->bytes / each;
  uint64_t n = 0;
  if (a->bytes != b->bytes) {
    *at = place_of(a, "bytes", 32, a->bytes, b->bytes);
    return 1;
  }
  if (memcmp(a->data, b->data, a->bytes) == 0)
    return 0;
  for (size_t i = 0; i < count; i++) {
    if (value_at(a, i) == value_at(b, i) || n++)
      continue;
    *at = place_of(a, "data", (int)(8 * each), value_at(a, i), value_at(b, i));
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
      found = place_of(a, happened(kind), 1, 1, 0);
    } else if (order > 0) {
      found = place_of(b, happened(kind), 1, 0, 1);
    } else {
      n->compared += a->bytes / value_bytes(kind);
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
  for (size_t i = 0; i < a->bytes / value_bytes(kind); i++)
    if (value_at(a, i) != value_at(b, i))
      differs[i % (size_t)p->cfg->lanes] = 1;
}

static void check_mem(const tsp_pair *p, tsp_count *n, tsp_place *at)
{
  check(p, TSP_EVENT_MEM, n, at);
}
static void check_weights(const tsp_pair *p, tsp_count *n, tsp_place *at)
{
  check(p, TSP_EVENT_WEIGHTS, n, at);
}
static void check_acc(const tsp_pair *p, tsp_count *n, tsp_place *at)
{
  check(p, TSP_EVENT_ACC, n, at);
}

static void mem_lanes(const tsp_pair *p, const tsp_place *at, int s, uint8_t *differs)
{
  lanes(p, TSP_EVENT_MEM, at, s, differs);
}
static void weight_lanes(const tsp_pair *p, const tsp_place *at, int s, uint8_t *differs)
{
  lanes(p, TSP_EVENT_WEIGHTS, at, s, differs);
}
static void acc_lanes(const tsp_pair *p, const tsp_place *at, int s, uint8_t *differs)
{
  lanes(p, TSP_EVENT_ACC, at, s, differs);
}

const tsp_checker tsp_check_memory = {"memory", check_mem, mem_lanes};
const tsp_checker tsp_check_weights = {"weights", check_weights, weight_lanes};
const tsp_checker tsp_check_accumulators = {"accumulators", check_acc, acc_lanes};
