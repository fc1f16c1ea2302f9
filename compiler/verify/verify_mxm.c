// SPDX-License-Identifier: Apache-2.0
// verify_mxm.c: the planes: weights loaded before they are installed, installed before they are used; every product
// taken; accumulators set before they are added to, and read before they are set again.
#include "verify.h"
#include <inttypes.h>

static int plane_of(const tspv *v, const tspv_op *op)
{
  return (op->queue - v->cfg->q_mxm) / 3;
}

static void load(tspv *v, const tspv_op *op, tspv_plane *p)
{
  tspv_value value[32];
  int extent = v->active, slot = (int)tspv_field(op, "slot"), column = slot / v->cfg->parts;
  int count = tspv_take_operands(v, op, value, &extent);
  tspv_weights *w = &p->slot[slot];
  tspv_claim_operands(v, op, value, count ? 1 : 0);
  if (p->installed && v->now < p->install + (uint64_t)column) {
    tspv_violate(v, TSP_VERIFY_MACHINE, TSP_FAULT_WEIGHTS, v->now, op->queue, op,
                 "overtakes the wave of the IW of cycle %" PRIu64 ": column %d may be loaded from cycle %" PRIu64 " on",
                 p->install, column, p->install + (uint64_t)column);
    return;
  }
  if (w->fresh)
    tspv_violate(v, TSP_VERIFY_DATA, TSP_FAULT_NONE, v->now, op->queue, op,
                 "overwrites the weights of the LW of cycle %" PRIu64 " (word %" PRIu32 ") before any IW installs them",
                 w->cycle, w->word);
  if (extent > 0)
    *w = (tspv_weights){true, op->word, op->cycle};
}

static void install(tspv *v, const tspv_op *op, tspv_plane *p)
{
  if (!p->installed)
    p->first_install = op->cycle;
  p->installed = true;
  p->install = op->cycle;
  for (int i = 0; i < v->cfg->superlanes * v->cfg->parts; i++)
    p->slot[i].fresh = false;
}

/* The first plane of the pair that a plane is in, or -1. */
static int pair_of(const tspv *v, int plane)
{
  if (tsp_plane_pairs(v->cfg, plane))
    return plane;
  return plane > 0 && tsp_plane_pairs(v->cfg, plane - 1) ? plane - 1 : -1;
}

static bool entering(tspv *v, const tspv_op *op, int plane)
{
  int pair = pair_of(v, plane);
  if (pair < 0 || !v->plane[pair].half)
    return false;
  uint64_t at = v->plane[pair].half - 1;
  if (at + 1 != v->now && !(at == v->now && plane != pair))
    return false;
  tspv_violate(v, TSP_VERIFY_MACHINE, TSP_FAULT_BUSY, v->now, op->queue, op,
               "the fp16 vector of cycle %" PRIu64 " is still entering", at);
  return true;
}

static void need_weights(tspv *v, const tspv_op *op, int plane)
{
  const tspv_plane *p = &v->plane[plane];
  if (!p->installed || p->first_install >= v->now)
    tspv_violate(v, TSP_VERIFY_DATA, TSP_FAULT_NONE, v->now, op->queue, op,
                 "no weights are installed in plane %d before cycle %" PRIu64, plane, v->now);
}

static void activate(tspv *v, const tspv_op *op, int plane)
{
  tspv_value value[32];
  int extent = v->active;
  bool f32 = op->in->opcode == TSP_OP_ABC_F16;
  if (entering(v, op, plane))
    return;
  int count = tspv_take_operands(v, op, value, &extent);
  tspv_claim_operands(v, op, value, count ? 1 : 0);
  need_weights(v, op, plane);
  if (f32) {
    need_weights(v, op, plane + 1);
    v->plane[plane].half = v->now + 1;
  }
  tspv_event *e = tspv_event_at(v, op->cycle + (uint64_t)tspv_d_func(v, op), EV_PRODUCT);
  if (e) {
    e->where = plane;
    e->f32 = f32;
    e->value = tspv_made(v, op, v->active);
  }
}

static void take_product(tspv *v, const tspv_op *op, tspv_plane *p)
{
  int opcode = op->in->opcode;
  bool i32_only = opcode == TSP_OP_ACC_ADD || opcode == TSP_OP_ACC_SUM;
  bool f32_only = opcode == TSP_OP_ACC_ADD_F32 || opcode == TSP_OP_ACC_SUM_F32;
  if (!p->due || p->product != v->now) {
    tspv_invalid(v, op, 0, "no product arrives in this cycle");
    return;
  }
  if (p->f32 ? i32_only : f32_only) {
    tspv_invalid(v, op, 0, p->f32 ? "the product is fp32, not int32" : "the product is int32, not fp32");
    return;
  }
  p->taken = true;
  if (opcode != TSP_OP_ACC_OUT) {
    tspv_acc *a = &p->acc[tspv_field(op, "acc")];
    bool set = opcode == TSP_OP_ACC_SET, sum = opcode == TSP_OP_ACC_SUM || opcode == TSP_OP_ACC_SUM_F32;
    if (!set && (!a->defined || a->extent < v->active))
      tspv_violate(v, TSP_VERIFY_DATA, TSP_FAULT_NONE, v->now, op->queue, op,
                   "the accumulator is added to before it is set");
    else if (!set && a->f32 != p->f32)
      tspv_violate(v, TSP_VERIFY_DATA, TSP_FAULT_NONE, v->now, op->queue, op, "the accumulator holds %s",
                   a->f32 ? "fp32" : "int32");
    if (set && a->unread)
      tspv_violate(v, TSP_VERIFY_DATA, TSP_FAULT_NONE, v->now, op->queue, op,
                   "loses the accumulator's sum of cycle %" PRIu64 " (word %" PRIu32 "), which nothing has taken out",
                   a->cycle, a->word);
    if (sum)
      a->unread = false;
    else
      *a = (tspv_acc){true, p->f32, true, v->active, op->word, op->cycle};
  }
  tspv_drive_results(v, op, v->active, NULL);
}

void tspv_execute_mxm(tspv *v, const tspv_op *op)
{
  int plane = plane_of(v, op);
  tspv_plane *p = &v->plane[plane];
  switch (op->in->opcode) {
  case TSP_OP_LW: load(v, op, p); break;
  case TSP_OP_IW: install(v, op, p); break;
  case TSP_OP_ABC:
  case TSP_OP_ABC_F16: activate(v, op, plane); break;
  default: take_product(v, op, p); break;
  }
}

void tspv_mxm_end_of_cycle(tspv *v)
{
  for (int i = 0; i < v->cfg->planes; i++) {
    tspv_plane *p = &v->plane[i];
    int queue = v->cfg->q_mxm + 3 * i + 2;
    char name[16];
    if (p->due && !p->taken)
      tspv_violate(v, TSP_VERIFY_MACHINE, TSP_FAULT_LOST, v->now, queue, NULL,
                   "no ACC takes the product of %s word %" PRIu32 ", dispatched at cycle %" PRIu64,
                   tsp_queue_name(v->cfg, queue - 1, name), p->abc_word, p->abc_cycle);
    p->due = false;
  }
}

void tspv_mxm_end(tspv *v)
{
  for (int i = 0; i < v->cfg->planes; i++) {
    const tspv_plane *p = &v->plane[i];
    int queue = v->cfg->q_mxm + 3 * i;
    for (int s = 0; s < v->cfg->superlanes * v->cfg->parts; s++)
      if (p->slot[s].fresh)
        tspv_violate(v, TSP_VERIFY_DATA, TSP_FAULT_NONE, p->slot[s].cycle, queue, NULL,
                     "word %" PRIu32 ": the weights that it loads into slot w%d are never installed", p->slot[s].word,
                     s);
    for (int a = 0; a < v->cfg->acc_depth; a++)
      if (p->acc[a].unread)
        tspv_violate(v, TSP_VERIFY_DATA, TSP_FAULT_NONE, p->acc[a].cycle, queue + 2, NULL,
                     "word %" PRIu32 ": the sum in accumulator a%d is never taken out", p->acc[a].word, a);
  }
}
