/* SPDX-License-Identifier: Apache-2.0 */
/* Instruction queues: position, text that has arrived, idle and repeat counters, the instruction to repeat, and state.
 */
#include "check.h"

enum { FIELDS = 6 };
static const struct {
  const char *name;
  int bits;
} field[FIELDS] = {{"state", 8}, {"pc", 32}, {"tail", 32}, {"idle", 32}, {"left", 32}, {"prev", 64}};

static void fields(const tsp_queue_view *v, uint64_t out[FIELDS])
{
  out[0] = v->state;
  out[1] = v->pc;
  out[2] = v->tail;
  out[3] = v->idle;
  out[4] = v->left;
  out[5] = v->prev;
}

static bool same(const tsp_queue_view *a, const tsp_queue_view *b)
{
  return a->state == b->state && a->pc == b->pc && a->tail == b->tail && a->idle == b->idle && a->left == b->left &&
         a->prev == b->prev;
}

static void check(const tsp_pair *p, tsp_count *n, tsp_place *at)
{
  bool first = true;
  for (int q = 0; q < p->cfg->queues; q++) {
    tsp_queue_view a = p->ref->ops->queue(p->ref, q), b = p->dut->ops->queue(p->dut, q);
    if (same(&a, &b))
      continue;
    uint64_t va[FIELDS], vb[FIELDS];
    fields(&a, va);
    fields(&b, vb);
    for (int f = 0; f < FIELDS; f++) {
      if (va[f] == vb[f])
        continue;
      n->different++;
      if (first) {
        *at = tsp_place_new(TSP_AT_QUEUE, field[f].name, field[f].bits, va[f], vb[f]);
        at->unit = q;
      }
      first = false;
    }
  }
  n->compared += (uint64_t)p->cfg->queues * FIELDS;
}

const tsp_checker tsp_check_queues = {"queues", check, NULL};
