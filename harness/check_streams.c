/* SPDX-License-Identifier: Apache-2.0 */
/* Stream registers: every valid bit, and every byte lane and the check bits of every stream that is valid in both
 * machines. Of several
 * differing registers the one that a unit drives in this cycle explains the others; then the lowest superlane. */
#include "check.h"

static bool driven_now(const tsp_pair *p, const tsp_place *at)
{
  tsp_dispatch d;
  uint64_t id = tsp_golden_who_stream(p->ref, at->direction, at->column, at->stream, at->superlane);
  if (!tsp_golden_trace(p->ref, id, &d) || tsp_queue_column(p->cfg, d.queue) != at->column)
    return false;
  int late = tsp_isa_d_func(tsp_isa_builtin(), p->cfg, tsp_word_opcode(d.text));
  return d.cycle + (uint64_t)at->superlane + (uint64_t)late == p->cycle;
}

/* One stream of one tile; returns the number of values that differ and describes the first. */
static uint64_t stream_differs(const tsp_pair *p, const tsp_tile_view *a, const tsp_tile_view *b, int s, tsp_place *at)
{
  unsigned va = a->valid >> s & 1, vb = b->valid >> s & 1;
  size_t base = (size_t)s * (size_t)p->cfg->lanes;
  uint64_t n = 0;
  if (va != vb) {
    *at = tsp_place_new(TSP_AT_STREAM, "valid", 1, va, vb);
    return 1;
  }
  for (int lane = 0; va && lane < p->cfg->lanes; lane++) {
    uint8_t x = a->data[base + (size_t)lane], y = b->data[base + (size_t)lane];
    if (x != y && n++ == 0) {
      *at = tsp_place_new(TSP_AT_STREAM, "data", 8, x, y);
      at->lane = lane;
    }
  }
  if (va && a->check && b->check && a->check[s] != b->check[s] && n++ == 0)
    *at = tsp_place_new(TSP_AT_STREAM, "check", 16, a->check[s], b->check[s]);
  return n;
}

/* A tile that differs somewhere: counts, and keeps the best place so far. */
static void tile_differs(const tsp_pair *p, const tsp_tile_view *a, const tsp_tile_view *b, int direction, int column,
                         int superlane, tsp_count *n, tsp_place *best)
{
  for (int s = 0; s < 32; s++) { /* all bits of the mask: a bit beyond the configuration's streams is a difference */
    tsp_place at;
    uint64_t differ = stream_differs(p, a, b, s, &at);
    n->different += differ;
    if (!differ)
      continue;
    at.direction = direction;
    at.column = column;
    at.superlane = superlane;
    at.stream = s;
    at.driven = driven_now(p, &at);
    if (best->kind != TSP_AT_STREAM || (at.driven && !best->driven))
      *best = at;
  }
}

/* memcmp over each run of neighbouring streams that are valid in both. */
static bool data_equal(const tsp_tile_view *a, const tsp_tile_view *b, uint64_t both, size_t lanes)
{
  while (both) {
    int from = __builtin_ctzll(both), count = __builtin_ctzll(~(both >> from));
    if (memcmp(a->data + (size_t)from * lanes, b->data + (size_t)from * lanes, (size_t)count * lanes) != 0)
      return false;
    if (a->check && b->check && memcmp(a->check + from, b->check + from, (size_t)count * sizeof *a->check) != 0)
      return false;
    both &= ~(((UINT64_C(1) << count) - 1) << from);
  }
  return true;
}

static void check(const tsp_pair *p, tsp_count *n, tsp_place *at)
{
  const tsp_config *c = p->cfg;
  size_t lanes = (size_t)c->lanes;
  uint64_t streams = 0;
  tsp_place best = tsp_place_new(TSP_AT_KINDS, "", 0, 0, 0);
  for (int s = 0; s < c->superlanes; s++) {
    for (int d = 0; d < 2; d++) {
      for (int column = 0; column < c->columns; column++) {
        tsp_tile_view a = p->ref->ops->tile(p->ref, d, column, s), b = p->dut->ops->tile(p->dut, d, column, s);
        uint32_t both = a.valid & b.valid;
        streams += (uint64_t)__builtin_popcount(both);
        if (a.valid != b.valid || !data_equal(&a, &b, both, lanes))
          tile_differs(p, &a, &b, d, column, s, n, &best);
      }
    }
  }
  n->compared +=
      (uint64_t)c->superlanes * 2 * (uint64_t)c->columns * (uint64_t)c->streams + streams * (lanes + (c->ecc ? 1 : 0));
  *at = best;
}

static void lanes(const tsp_pair *p, const tsp_place *at, int s, uint8_t *differs)
{
  tsp_tile_view a = p->ref->ops->tile(p->ref, at->direction, at->column, s);
  tsp_tile_view b = p->dut->ops->tile(p->dut, at->direction, at->column, s);
  unsigned va = a.valid >> at->stream & 1, vb = b.valid >> at->stream & 1;
  size_t base = (size_t)at->stream * (size_t)p->cfg->lanes;
  for (int lane = 0; lane < p->cfg->lanes; lane++)
    differs[lane] = va != vb || (va && a.check && b.check && a.check[at->stream] != b.check[at->stream]) ||
                    (va && a.data[base + (size_t)lane] != b.data[base + (size_t)lane]);
}

const tsp_checker tsp_check_streams = {"streams", check, lanes};
