/* SPDX-License-Identifier: Apache-2.0 */
/* Control and status registers, and in them the fault latch. */
#include "check.h"

enum { FIELDS = 7 };

static void fields(const tsp_csr *c, uint64_t out[FIELDS])
{
  out[0] = c->fault_code;
  out[1] = c->fault_queue;
  out[2] = c->fault_cycle;
  out[3] = c->running;
  out[4] = c->done;
  out[5] = c->cycles;
  out[6] = c->table_hash;
}

static void check(const tsp_pair *p, tsp_count *n, tsp_place *at)
{
  static const char *const name[FIELDS] = {"fault_code", "fault_queue", "fault_cycle", "running",
                                           "done",       "cycles",      "table_hash"};
  static const int bits[FIELDS] = {8, 16, 64, 1, 1, 64, 64};
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
      *at = tsp_place_new(TSP_AT_CSR, name[f], bits[f], va[f], vb[f]);
    first = false;
  }
  n->compared += (uint64_t)count;
}

const tsp_checker tsp_check_csr = {"csr", check, NULL};
