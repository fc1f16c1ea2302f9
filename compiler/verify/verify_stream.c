// SPDX-License-Identifier: Apache-2.0
// verify_stream.c: the stream registers. A value stays on its diagonal, column minus cycle (east) or plus cycle (west),
// until another one is driven over it.
#include "verify.h"
#include <inttypes.h>
#include <stdlib.h>

tspv_event *tspv_event_at(tspv *v, uint64_t cycle, int kind)
{
  tspv_bucket *b = &v->bucket[cycle % v->ring];
  if (!tspv_grow(v, &b->event, b->count, &b->room, sizeof *b->event))
    return NULL;
  v->pending++;
  b->event[b->count] = (tspv_event){.kind = kind};
  return &b->event[b->count++];
}

int tspv_min_active(const tspv *v, uint64_t from)
{
  int least = v->active;
  for (int i = v->powers - 1; i >= 0; i--) {
    least = v->power[i].active < least ? v->power[i].active : least;
    if (v->power[i].from <= from)
      return least;
  }
  return least; /* before the first Config all are on */
}

static int64_t diagonal(int direction, int column, uint64_t cycle)
{
  return direction == TSP_EAST ? (int64_t)column - (int64_t)cycle : (int64_t)column + (int64_t)cycle;
}

static tspv_slot *slot_of(const tspv *v, int direction, int stream, int64_t key)
{
  int64_t columns = v->cfg->columns, i = key % columns;
  return &v->slot[(direction * v->cfg->streams + stream) * columns + (i < 0 ? i + columns : i)];
}

static int lesser(int a, int b)
{
  return a < b ? a : b;
}

tspv_value tspv_made(const tspv *v, const tspv_op *op, int extent)
{
  (void)v;
  tspv_value made = {.queue = op->queue,
                     .word = op->word,
                     .cycle = op->cycle,
                     .extent = extent,
                     .is = {.tensor = ANY, .element = ANY_ELEMENT},
                     .slice = -1};
  int unit = op->in->unit;
  bool names_result = op->debug && op->debug->tensor >= 0 && !(unit >= TSP_UNIT_SXS && unit <= TSP_UNIT_C2C);
  if (names_result)
    made.is = (tspv_ident){.tensor = op->debug->tensor, .element = op->element};
  return made;
}

void tspv_drive(tspv *v, const tspv_op *op, int direction, int stream, int column, uint64_t lands, tspv_value value)
{
  uint32_t *driven =
      &v->driven[(((size_t)direction * (size_t)v->cfg->columns + (size_t)column) * (size_t)v->cfg->streams +
                  (size_t)stream) *
                     v->ring +
                 lands % v->ring];
  if (*driven == (uint32_t)(lands + 1)) {
    const tspv_bucket *b = &v->bucket[lands % v->ring];
    char buf[256];
    for (int i = 0; i < b->count; i++) {
      const tspv_event *e = &b->event[i];
      if (e->kind == EV_DRIVE && e->where == direction && e->stream == stream && e->column == column) {
        tspv_violate(v, TSP_VERIFY_MACHINE, TSP_FAULT_STREAM, lands - 1, lesser(op->queue, e->value.queue), op,
                     "drives s%d.%c at column %d for cycle %" PRIu64 ", which also gets %s", stream,
                     direction ? 'w' : 'e', column, lands, tspv_value_text(v, &e->value, buf));
        return;
      }
    }
    tspv_violate(v, TSP_VERIFY_MACHINE, TSP_FAULT_STREAM, lands - 1, op->queue, op,
                 "drives s%d.%c at column %d for cycle %" PRIu64 ", which the SXM also drives", stream,
                 direction ? 'w' : 'e', column, lands);
    return;
  }
  *driven = (uint32_t)(lands + 1);
  tspv_event *e = tspv_event_at(v, lands, EV_DRIVE);
  if (!e)
    return;
  e->where = direction;
  e->stream = stream;
  e->column = column;
  e->value = value;
  v->out->values++;
  if (v->watch && v->watch->drive)
    v->watch->drive(v->watch->ctx, direction, stream, column, lands);
}

void tspv_drive_results(tspv *v, const tspv_op *op, int extent, const tspv_value *value)
{
  uint64_t lands = op->cycle + (uint64_t)tspv_d_func(v, op);
  int column = tsp_queue_column(v->cfg, op->queue);
  tsp_stream_use use;
  if (extent <= 0)
    return;
  for (int i = 0; i < op->in->field_count; i++) {
    if (!tsp_field_streams(v->cfg, op->in, &op->in->field[i], op->text, &use) || !use.drives)
      continue;
    for (int k = 0; k < use.count; k++) {
      tspv_value one = value ? *value : tspv_made(v, op, extent);
      one.extent = extent;
      if (!value)
        one.is.byte = k;
      tspv_drive(v, op, use.direction, use.base + k, column, lands, one);
    }
  }
}

/* A Read's value that is gone: somebody must have taken it. */
void tspv_unused(tspv *v, const tspv_slot *s)
{
  if (s->total && !s->top.taken && tsp_queue_unit(v->cfg, s->top.queue) == TSP_UNIT_MEM)
    tspv_in_vain(v, v->now, s->top.queue, NULL, "nothing takes the value that word %" PRIu32 " reads at cycle %" PRIu64,
                 s->top.word, s->top.cycle);
}

static void land_stream(tspv *v, const tspv_event *e)
{
  int64_t key = diagonal(e->where, e->column, v->now);
  tspv_slot *s = slot_of(v, e->where, e->stream, key);
  tspv_unused(v, s);
  int below = s->total && s->key == key ? lesser(s->total, tspv_min_active(v, s->at)) : 0;
  s->top = e->value;
  s->top.extent = lesser(e->value.extent, v->active);
  s->total = below > s->top.extent ? below : s->top.extent;
  s->key = key;
  s->at = v->now;
}

void tspv_land(tspv *v, const tspv_event *e)
{
  if (e->kind == EV_DRIVE) {
    land_stream(v, e);
  } else if (e->kind == EV_ALU) {
    v->alu[e->where].valid = true;
    v->alu[e->where].at = v->now;
    v->alu[e->where].extent = lesser(e->value.extent, v->active);
    v->alu[e->where].value = e->value;
  } else {
    tspv_plane *p = &v->plane[e->where];
    p->due = true;
    p->taken = false;
    p->product = v->now;
    p->f32 = e->f32;
    p->abc_word = e->value.word;
    p->abc_cycle = e->value.cycle;
  }
}

tspv_value tspv_look(tspv *v, int direction, int stream, int column)
{
  int64_t key = diagonal(direction, column, v->now);
  tspv_slot *s = slot_of(v, direction, stream, key);
  if (v->watch && v->watch->use)
    v->watch->use(v->watch->ctx, direction, stream, column, v->now);
  if (!s->total || s->key != key)
    return (tspv_value){.is = {.tensor = ANY, .element = ANY_ELEMENT}, .slice = -1};
  s->top.taken = true;
  tspv_value value = s->top;
  int least = tspv_min_active(v, s->at);
  value.extent = lesser(s->total, least);
  if (value.extent > lesser(s->top.extent, least))
    value.slice = -1; /* something else comes in beyond it */
  return value;
}

void tspv_invalid(tspv *v, const tspv_op *op, int extent, const char *what)
{
  char where[48] = "";
  if (extent > 0)
    snprintf(where, sizeof where, " in superlane %d", extent);
  tspv_violate(v, TSP_VERIFY_MACHINE, TSP_FAULT_OPERAND, v->now + (uint64_t)extent, op->queue, op, "%s%s", what, where);
}

int tspv_take_operands(tspv *v, const tspv_op *op, tspv_value value[32], int *extent)
{
  int column = tsp_queue_column(v->cfg, op->queue), count = 0, missing = 0, direction = 0;
  char what[96];
  tsp_stream_use use;
  for (int i = 0; i < op->in->field_count; i++) {
    if (!tsp_field_streams(v->cfg, op->in, &op->in->field[i], op->text, &use) || use.drives)
      continue;
    for (int k = 0; k < use.count && count < 32; k++) {
      value[count] = tspv_look(v, use.direction, use.base + k, column);
      if (value[count].extent < *extent) {
        *extent = value[count].extent;
        missing = use.base + k;
        direction = use.direction;
      }
      count++;
    }
  }
  if (*extent < v->active) {
    snprintf(what, sizeof what, "its operand is missing: s%d.%c holds nothing valid at column %d in cycle %" PRIu64,
             missing, direction ? 'w' : 'e', column, v->now);
    tspv_invalid(v, op, *extent, what);
  }
  return count;
}
