// SPDX-License-Identifier: Apache-2.0
// c2c_loopback.c: vectors over every link, both ways: what goes out in one hemisphere comes in in the other.
#include "cases.h"
#include "rows.h"
#include <stdlib.h>
#include <string.h>

/* Each link's ends wait for the epoch of the hardware-aligned counter; then a burst that fills the receiving end is
 * sent and taken back to back. */
static void burst(rows_case *r, const tsp_config *c, tsp_rng *rng, int link, int64_t now, uint8_t *row)
{
  build *b = &r->b;
  const int from = c->q_c2c + link, to = c->q_c2c + (link + c->links) % (2 * c->links);
  const int column = tsp_queue_column(c, from), there = tsp_queue_column(c, to);
  const int outward = tsp_queue_hemisphere(c, from), inward = 1 - tsp_queue_hemisphere(c, to);
  const int64_t arrival = now + build_late(b, TSP_OP_SEND) + c->link_delay + 1;
  for (int k = 0; k < c->link_depth; k++) {
    const int source = build_slice(c, 0), sink = build_slice(c, 1);
    for (int i = 0; i < c->vector; i++)
      row[i] = (uint8_t)rng_next(rng);
    build_read(b, source, rows_word(r, source, row), outward, k % c->streams, column, now + k);
    build_at(b, from, now + k, ins_with(ins(TSP_OP_SEND), "stream", outward * 32 + k % c->streams));
    const int64_t taken = arrival + c->link_depth + k;
    uint32_t addr;
    uint8_t *want = rows_add(r, sink, "received", &addr);
    if (want)
      memcpy(want, row, (size_t)c->vector);
    build_at(b, to, taken, ins_with(ins(TSP_OP_RECEIVE), "out", inward * 32 + k % c->streams));
    build_write(b, sink, addr, inward, k % c->streams, there, taken + build_late(b, TSP_OP_RECEIVE));
  }
}

/* The queue parks at the first cycle from `now` on until the counter is zero: that cycle. */
static int64_t deskew(rows_case *r, const tsp_config *c, int queue, int64_t now)
{
  build_at(&r->b, queue, now, ins(TSP_OP_DESKEW));
  return (now + c->hac_period - 1) / c->hac_period * c->hac_period;
}

static tsp_status make(const tsp_config *cfg, uint64_t seed, int i, tsp_run *out, tsp_error *err)
{
  tsp_rng rng = {seed};
  rows_case r;
  (void)i;
  tsp_status s = rows_new(cfg, "c2c_loopback", &r);
  uint8_t *row = malloc((size_t)cfg->vector);
  if (s != TSP_OK || !row) {
    free(row);
    return s == TSP_OK ? TSP_ENOMEM : s;
  }
  int64_t now = 1;
  for (int link = 0; link < 2 * cfg->links; link++) {
    now = deskew(&r, cfg, cfg->q_c2c + link, now);
    now += 2 * cfg->columns + 8;
    burst(&r, cfg, &rng, link, now, row);
    now += cfg->link_delay + 2 * cfg->link_depth + 2 * cfg->columns + 16;
  }
  free(row);
  return rows_finish(&r, out, err);
}

const tsp_case case_c2c_loopback = {"c2c_loopback", "vectors over every link, both ways, after Deskew", 1, make};
