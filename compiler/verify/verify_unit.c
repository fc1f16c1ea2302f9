// SPDX-License-Identifier: Apache-2.0
// verify_unit.c: instructions whose operands are due: the VXM and the SXM; the other units are next door.
#include "verify.h"
#include <inttypes.h>
#include <stdio.h>

enum { SOURCE_ALU = 0x40, SOURCE_IMM = 0x80 };

static int lesser(int a, int b)
{
  return a < b ? a : b;
}

/* The result register of an ALU as a source; lowers *extent. */
static tspv_value chained(tspv *v, const tspv_op *op, int alu, int *extent)
{
  int there = v->alu[alu].valid && v->alu[alu].at == v->now ? v->alu[alu].extent : 0;
  char what[96];
  if (there < v->active) {
    snprintf(what, sizeof what, "the result register of alu%d is not valid in cycle %" PRIu64, alu, v->now);
    tspv_invalid(v, op, there, what);
  }
  *extent = lesser(*extent, there);
  return v->alu[alu].value;
}

static void vxm(tspv *v, const tspv_op *op)
{
  tspv_value value[64];
  int extent = v->active, alu = op->queue - v->cfg->q_vxm, count = tspv_take_operands(v, op, value, &extent);
  for (int i = 0; i < op->in->field_count; i++) {
    const tsp_field *f = &op->in->field[i];
    int64_t source = tsp_field_get(f, op->text);
    if (f->kind >= TSP_KIND_SRC1 && f->kind <= TSP_KIND_SRC4 && source >= SOURCE_ALU && source < SOURCE_IMM)
      value[count++] = chained(v, op, (int)source - SOURCE_ALU, &extent);
  }
  if (op->in->opcode == TSP_OP_SELECT_V_I8 || op->in->opcode == TSP_OP_SELECT_V_I16 ||
      op->in->opcode == TSP_OP_SELECT_V_I32)
    value[count++] = chained(v, op, alu, &extent);
  tspv_claim_operands(v, op, value, count);
  uint64_t lands = op->cycle + (uint64_t)tspv_d_func(v, op);
  uint32_t *due = &v->alu_due[(size_t)alu * v->ring + lands % v->ring];
  if (extent <= 0)
    return;
  if (*due == (uint32_t)(lands + 1)) {
    tspv_violate(v, TSP_VERIFY_MACHINE, TSP_FAULT_ALU, v->now, op->queue, op,
                 "an earlier result of this ALU comes in the same cycle, %" PRIu64, lands);
    return;
  }
  *due = (uint32_t)(lands + 1);
  tspv_event *e = tspv_event_at(v, lands, EV_ALU);
  if (!e)
    return;
  e->where = alu;
  e->value = tspv_made(v, op, extent);
  tspv_drive_results(v, op, extent, NULL);
}

/* Which map of the unit an instruction names; NULL if it names none. */
static int *map_of(tspv *v, const tspv_op *op)
{
  for (int i = 0; i < op->in->field_count; i++)
    if (op->in->field[i].kind == TSP_KIND_MAP)
      return &v->map[(op->queue - v->cfg->q_sxm) * v->cfg->maps + (int)tsp_field_get(&op->in->field[i], op->text)];
  return NULL;
}

static void need_map(tspv *v, const tspv_op *op, int extent)
{
  const int *map = map_of(v, op);
  if (map && *map < extent)
    tspv_violate(v, TSP_VERIFY_DATA, TSP_FAULT_NONE, v->now, op->queue, op, "the map is used before it is loaded");
}

static void sxm(tspv *v, const tspv_op *op)
{
  tspv_value value[32];
  int extent = v->active;
  tspv_take_operands(v, op, value, &extent);
  switch (op->in->opcode) {
  case TSP_OP_SMAP:
  case TSP_OP_PMAP:
  case TSP_OP_DMAP: {
    int *map = map_of(v, op);
    *map = extent > *map ? extent : *map;
    return;
  }
  case TSP_OP_DISTRIBUTE: need_map(v, op, extent); break;
  default: break;
  }
  if (extent <= 0)
    return;
  if (!op->in->d_func_sl) {
    tspv_drive_results(v, op, extent, NULL);
    return;
  }
  tspv_event *e = tspv_event_at(v, v->now + (uint64_t)v->cfg->superlanes, EV_FORM);
  if (e) {
    e->op = *op;
    e->value = tspv_made(v, op, extent);
  }
}

/* What goes through all superlanes is formed when the last of them has been heard, in those that are on then. */
void tspv_form(tspv *v, const tspv_event *e)
{
  int extent = lesser(e->value.extent, v->active);
  need_map(v, &e->op, extent);
  tspv_drive_results(v, &e->op, extent, NULL);
}

static void c2c(tspv *v, const tspv_op *op)
{
  tspv_value value[32];
  int extent = v->active;
  if (op->in->opcode == TSP_OP_RECEIVE) {
    tspv_receive(v, op);
    return;
  }
  tspv_take_operands(v, op, value, &extent);
  tspv_claim_operands(v, op, value, 1);
  tspv_send(v, op, value[0], extent);
}

void tspv_execute(tspv *v, const tspv_op *op)
{
  switch (tsp_queue_unit(v->cfg, op->queue)) {
  case TSP_UNIT_MEM: tspv_execute_mem(v, op); break;
  case TSP_UNIT_VXM: vxm(v, op); break;
  case TSP_UNIT_MXW:
  case TSP_UNIT_MXA:
  case TSP_UNIT_MXC: tspv_execute_mxm(v, op); break;
  case TSP_UNIT_C2C: c2c(v, op); break;
  default: sxm(v, op); break;
  }
}
