/* SPDX-License-Identifier: Apache-2.0 */
/* Result registers of the VXM's ALUs: a valid bit per ALU and superlane, and 32 bits per lane where valid. */
#include "check.h"

static void found(const tsp_pair *p, int alu, int s, const tsp_alu_view *a, const tsp_alu_view *b, tsp_place *at)
{
  if (a->valid != b->valid)
    *at = tsp_place_new(TSP_AT_ALU, "valid", 1, a->valid, b->valid);
  for (int lane = 0; a->valid && b->valid && lane < p->cfg->lanes; lane++) {
    if (a->data[lane] == b->data[lane])
      continue;
    *at = tsp_place_new(TSP_AT_ALU, "data", 32, a->data[lane], b->data[lane]);
    at->lane = lane;
    break;
  }
  at->unit = alu;
  at->superlane = s;
}

static uint64_t differing(const tsp_pair *p, const tsp_alu_view *a, const tsp_alu_view *b)
{
  if (a->valid != b->valid)
    return 1;
  uint64_t n = 0;
  for (int lane = 0; a->valid && lane < p->cfg->lanes; lane++)
    n += a->data[lane] != b->data[lane];
  return n;
}

static void check(const tsp_pair *p, tsp_count *n, tsp_place *at)
{
  const tsp_config *c = p->cfg;
  size_t bytes = (size_t)c->lanes * sizeof(uint32_t);
  bool first = true;
  for (int s = 0; s < c->superlanes; s++) {
    for (int alu = 0; alu < c->alus; alu++) {
      tsp_alu_view a = p->ref->ops->alu(p->ref, alu, s), b = p->dut->ops->alu(p->dut, alu, s);
      if (a.valid && b.valid)
        n->compared += (uint64_t)c->lanes;
      if (a.valid == b.valid && (!a.valid || memcmp(a.data, b.data, bytes) == 0))
        continue;
      n->different += differing(p, &a, &b);
      if (first)
        found(p, alu, s, &a, &b, at);
      first = false;
    }
  }
  n->compared += (uint64_t)c->superlanes * (uint64_t)c->alus;
}

static void lanes(const tsp_pair *p, const tsp_place *at, int s, uint8_t *differs)
{
  tsp_alu_view a = p->ref->ops->alu(p->ref, at->unit, s), b = p->dut->ops->alu(p->dut, at->unit, s);
  for (int lane = 0; lane < p->cfg->lanes; lane++)
    differs[lane] = a.valid != b.valid || (a.valid && a.data[lane] != b.data[lane]);
}

const tsp_checker tsp_check_vxm = {"vxm", check, lanes};
