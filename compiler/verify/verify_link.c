// SPDX-License-Identifier: Apache-2.0
// verify_link.c: the links, joined as in the test bench: k of one hemisphere to k of the other.
#include "verify.h"
#include <inttypes.h>

static tspv_link *link_of(const tspv *v, int i)
{
  return &v->link[i];
}

bool tspv_links_open(tspv *v)
{
  bool busy = false;
  for (int i = 0; i < 2 * v->cfg->links; i++) {
    v->link[i].start = v->link[i].waiting;
    busy = busy || v->link[i].flying || v->link[i].waiting;
  }
  return busy;
}

bool tspv_links_quiet(const tspv *v)
{
  for (int i = 0; i < 2 * v->cfg->links; i++)
    if (v->link[i].flying)
      return false;
  return true;
}

void tspv_send(tspv *v, const tspv_op *op, tspv_value value, int extent)
{
  int from = op->queue - v->cfg->q_c2c;
  tspv_link *l = link_of(v, (from + v->cfg->links) % (2 * v->cfg->links));
  if (extent <= 0)
    return;
  int i = (l->first + l->waiting + l->flying++) % l->room;
  value.extent = extent;
  l->value[i] = value;
  l->arrives[i] = op->cycle + (uint64_t)tspv_d_func(v, op) + (uint64_t)v->cfg->link_delay;
}

/* A vector that is at the input now waits from the next cycle on, if there is room. */
void tspv_links_arrive(tspv *v)
{
  for (int i = 0; i < 2 * v->cfg->links; i++) {
    tspv_link *l = link_of(v, i);
    int at = (l->first + l->waiting) % l->room;
    if (!l->flying || l->arrives[at] != v->now)
      continue;
    l->flying--;
    if (l->start >= v->cfg->link_depth)
      tspv_violate(v, TSP_VERIFY_MACHINE, TSP_FAULT_LINK, v->now, v->cfg->q_c2c + i, NULL,
                   "a vector arrives and %d wait already; it is lost", l->start);
    if (l->value[at].extent > v->active)
      l->value[at].extent = v->active;
    l->waiting++;
  }
}

void tspv_receive(tspv *v, const tspv_op *op)
{
  tspv_link *l = link_of(v, op->queue - v->cfg->q_c2c);
  if (!l->start) {
    tspv_invalid(v, op, 0, "nothing has arrived on the link");
    return;
  }
  tspv_value value = l->value[l->first];
  int extent = value.extent < v->active ? value.extent : v->active;
  l->first = (l->first + 1) % l->room;
  l->waiting--;
  if (extent < v->active)
    tspv_invalid(v, op, extent, "the vector on the link is not valid");
  value.queue = op->queue;
  value.word = op->word;
  value.cycle = op->cycle;
  tspv_drive_results(v, op, extent, &value);
}
