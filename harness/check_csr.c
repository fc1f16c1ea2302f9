/* SPDX-License-Identifier: Apache-2.0 */
/* Control and status registers, and in them the fault latch. */
#include "check.h"

enum { FIELDS = 13 };
static const struct {
  const char *name;
  int bits;
} field[FIELDS] = {{"fault_code", 8}, {"fault_queue", 16}, {"fault_cycle", 64},   {"running", 1},
                   {"done", 1},       {"cycles", 64},      {"active", 16},        {"hac", 32},
                   {"ecc_count", 64}, {"ecc_queue", 16},   {"ecc_superlane", 16}, {"ecc_cycle", 64},
                   {"table_hash", 64}};

static void fields(const tsp_csr *c, uint64_t out[FIELDS])
{
  uint64_t corrected = c->ecc_count ? 1 : 0; /* without a correction its place means nothing */
  out[0] = c->fault_code;
  out[1] = c->fault_queue;
  out[2] = c->fault_cycle;
  out[3] = c->running;
  out[4] = c->done;
  out[5] = c->cycles;
  out[6] = c->active;
  out[7] = c->hac;
  out[8] = c->ecc_count;
  out[9] = corrected * c->ecc_queue;
  out[10] = corrected * c->ecc_superlane;
  out[11] = corrected * c->ecc_cycle;
  out[12] = c->table_hash;
}

static void check(const tsp_pair *p, tsp_count *n, tsp_place *at)
{
  tsp_csr a = p->ref->ops->csr(p->ref), b = p->dut->ops->csr(p->dut);
  uint64_t va[FIELDS], vb[FIELDS];
  fields(&a, va);
  fields(&b, vb);
  bool first = true;
  int count = p->other_tables ? FIELDS - 1 : FIELDS;
  for (int f = 0; f < count; f++) {
    if (va[f] == vb[f])
      continue;
    n->different++;
    if (first)
      *at = tsp_place_new(TSP_AT_CSR, field[f].name, field[f].bits, va[f], vb[f]);
    first = false;
  }
  n->compared += (uint64_t)count;
}

const tsp_checker tsp_check_csr = {"csr", check, NULL};
