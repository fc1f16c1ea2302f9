/* SPDX-License-Identifier: Apache-2.0 */
/* What led to a differing place: the instruction, its tensor element, and the chain of its producers, from the golden
 * machine's dispatch records. */
#include "check.h"
#include "uses.h"
#include <stdlib.h>

enum { SEARCH = 8192 }; /* records looked back through for an instruction whose result is not there yet */

void tsp_divergence_free(tsp_divergence *d)
{
  free(d->lane_differs);
  d->lane_differs = NULL;
}

bool tsp_dispatch_drives(const tsp_config *cfg, const tsp_dispatch *d, int direction, int stream)
{
  tsp_stream_use use[TSP_MAX_USES];
  int n = tsp_stream_uses(cfg, d->text, use);
  for (int i = 0; i < n; i++)
    if (use[i].drives && use[i].direction == direction && stream >= use[i].base && stream < use[i].base + use[i].count)
      return true;
  return false;
}

/* The cycle in which the instruction's result is first shown in a superlane. */
static uint64_t result_cycle(const tsp_config *cfg, const tsp_dispatch *d, int superlane)
{
  int late = tsp_isa_d_func(tsp_isa_builtin(), cfg, tsp_word_opcode(d->text));
  return d->cycle + (uint64_t)late + (uint64_t)(superlane > 0 ? superlane : 0);
}

static bool result_visible(const tsp_dispatch *d)
{
  unsigned op = tsp_word_opcode(d->text);
  return op != TSP_OP_LW && op != TSP_OP_ABC && op != TSP_OP_ABC_F16;
}

/* The queue whose instructions make values at a place; -1 if that is not one queue. */
static int queue_of(const tsp_config *cfg, const tsp_place *at)
{
  switch (at->kind) {
  case TSP_AT_QUEUE: return at->unit;
  case TSP_AT_MEM:
  case TSP_AT_CONTENTS: return cfg->q_mem + at->unit;
  case TSP_AT_WEIGHTS: return cfg->q_mxm + 3 * at->unit;
  case TSP_AT_ACC: return cfg->q_mxm + 3 * at->unit + 2;
  case TSP_AT_ALU: return cfg->q_vxm + at->unit;
  case TSP_AT_MAP: return at->unit;
  case TSP_AT_SEND: return cfg->q_c2c + at->unit;
  default: return -1;
  }
}

static bool writes_word(const tsp_dispatch *d, int64_t addr)
{
  const tsp_instr *in = tsp_isa_by_opcode(tsp_isa_builtin(), tsp_word_opcode(d->text));
  unsigned op = tsp_word_opcode(d->text);
  return op == TSP_OP_SCATTER || /* any word */
         ((op == TSP_OP_WRITE || op == TSP_OP_READWRITE) && tsp_word_get(in, d->text, "waddr") == addr);
}

/* Whether a record that the reference has not finished could be meant by a place where only the device under test
 * shows something, or whether it dispatched in the divergent cycle of a queue. */
static bool pending_at(const tsp_config *cfg, const tsp_divergence *d, const tsp_dispatch *r, int queue)
{
  const tsp_place *at = &d->place;
  if (at->kind == TSP_AT_STREAM)
    return tsp_queue_column(cfg, r->queue) == at->column && tsp_dispatch_drives(cfg, r, at->direction, at->stream) &&
           result_cycle(cfg, r, at->superlane) >= d->cycle;
  if (r->queue != queue)
    return false;
  if (at->kind == TSP_AT_QUEUE)
    return r->cycle == d->cycle;
  if (at->kind == TSP_AT_CONTENTS)
    return writes_word(r, at->index);
  if (at->kind == TSP_AT_WEIGHTS && tsp_word_opcode(r->text) != TSP_OP_IW)
    return false;
  return result_cycle(cfg, r, at->superlane) >= d->cycle;
}

static uint64_t pending(const tsp_engine *ref, const tsp_divergence *d)
{
  const tsp_config *cfg = tsp_engine_config(ref);
  int queue = queue_of(cfg, &d->place);
  uint64_t last = tsp_golden_trace_last(ref), found = 0;
  tsp_dispatch r;
  for (uint64_t id = last; id > 0 && last - id < SEARCH && tsp_golden_trace(ref, id, &r); id--)
    if (pending_at(cfg, d, &r, queue)) {
      found = id; /* the earliest, but of a word of memory the last that wrote it */
      if (d->place.kind == TSP_AT_CONTENTS)
        break;
    }
  return found;
}

/* The dispatch that a fault blames. */
static uint64_t blamed(const tsp_engine *ref)
{
  tsp_csr c = tsp_engine_csr(ref);
  tsp_dispatch r;
  uint64_t last = tsp_golden_trace_last(ref);
  for (uint64_t id = last; c.fault_code && id > 0 && last - id < SEARCH && tsp_golden_trace(ref, id, &r); id--)
    if (r.queue == c.fault_queue && r.cycle <= c.fault_cycle)
      return id;
  return 0;
}

static uint64_t who(const tsp_engine *ref, const tsp_place *at, const tsp_event *event)
{
  switch (at->kind) {
  case TSP_AT_STREAM: return tsp_golden_who_stream(ref, at->direction, at->column, at->stream, at->superlane);
  case TSP_AT_ALU: return tsp_golden_who_alu(ref, at->unit, at->superlane);
  case TSP_AT_CSR: return blamed(ref);
  default: return event ? tsp_golden_who_event(ref, event) : 0;
  }
}

/* Lane step of the tensor's piece in which a vector begins at an element; false if none does. */
static bool vector_at(const tsp_tensor *t, int64_t element, uint32_t *lanes, int64_t *lane_step)
{
  for (int i = 0; i < t->piece_count; i++) {
    const tsp_piece *p = &t->piece[i];
    int64_t off = element - p->first;
    bool starts = p->vec_step ? off % p->vec_step == 0 && off / p->vec_step >= 0 && off / p->vec_step < p->count : !off;
    if (!starts)
      continue;
    *lanes = p->lanes;
    *lane_step = p->lane_step;
    return true;
  }
  return false;
}

static void locate_debug(tsp_divergence *d, const tsp_image *image, const tsp_debug *g, int64_t lane)
{
  const tsp_tensor *t = &image->tensor[g->tensor];
  int64_t element = tsp_debug_element(g, d->instr.issue), step = 0;
  uint32_t lanes = 0;
  d->tensor = g->tensor;
  if (!vector_at(t, element, &lanes, &step) || lane >= lanes)
    return;
  element += lane * step;
  if (element >= 0 && (uint64_t)element < tsp_tensor_elements(t))
    d->element = element;
}

/* The MEM word that holds the value: of a stored or final word, or of the Read that drives a stream. */
static bool memory_word(const tsp_divergence *d, const tsp_config *cfg, int *slice, uint32_t *addr)
{
  unsigned op = tsp_word_opcode(d->instr.text);
  bool stored = d->place.kind == TSP_AT_MEM || d->place.kind == TSP_AT_CONTENTS;
  if (stored) {
    *slice = d->place.unit;
    *addr = (uint32_t)d->place.index;
    return true;
  }
  if (!d->has_instr || d->place.kind != TSP_AT_STREAM || (op != TSP_OP_READ && op != TSP_OP_READWRITE))
    return false;
  *slice = d->instr.queue - cfg->q_mem;
  *addr = (uint32_t)tsp_word_get(tsp_isa_by_opcode(tsp_isa_builtin(), op), d->instr.text, "raddr");
  return true;
}

static void locate(tsp_divergence *d, const tsp_config *cfg, const tsp_image *image)
{
  int slice;
  uint32_t addr;
  int64_t lane = (int64_t)(d->place.superlane > 0 ? d->place.superlane : 0) * cfg->lanes;
  lane += d->place.lane > 0 ? d->place.lane : 0;
  const tsp_debug *g = d->has_instr ? tsp_image_debug(image, d->instr.queue, d->instr.word) : NULL;
  d->line = g ? g->line : 0;
  if (memory_word(d, cfg, &slice, &addr)) {
    int tensor, byte;
    int64_t element;
    if (tsp_image_locate(image, slice, addr, (uint32_t)lane, &tensor, &element, &byte)) {
      d->tensor = tensor;
      d->element = element;
      d->byte = byte;
    } else if (g) {
      d->tensor = g->tensor;
    }
  } else if (g && g->tensor >= 0) {
    locate_debug(d, image, g, lane);
    if (d->place.kind == TSP_AT_STREAM && image->tensor[g->tensor].piece_count &&
        tsp_type_size(image->tensor[g->tensor].type) == 4)
      d->byte = d->place.stream & 3; /* groups of four start at a multiple of four */
  }
}

static bool linked(const tsp_divergence *d, uint64_t id)
{
  for (int i = 0; i < d->chain_count; i++)
    if (d->chain[i].at.id == id)
      return true;
  return false;
}

static void add_link(tsp_divergence *d, const tsp_config *cfg, const tsp_dispatch *r, int level)
{
  tsp_link *k = &d->chain[d->chain_count++];
  k->at = *r;
  k->level = level;
  k->visible = result_visible(r);
  k->landed = k->visible && result_cycle(cfg, r, d->place.superlane) < d->cycle;
  k->verdict = k->landed ? "agrees" : k->visible ? "not compared yet" : "not visible";
}

/* Breadth first, so that near producers come before far ones. Inputs agree if every producer's result was compared. */
static bool follow(tsp_divergence *d, const tsp_engine *ref)
{
  const tsp_config *cfg = tsp_engine_config(ref);
  bool agree = true;
  add_link(d, cfg, &d->instr, 0);
  for (int i = 0; i < d->chain_count; i++) {
    for (int k = 0; k < 4; k++) {
      tsp_dispatch r;
      if (!tsp_golden_trace(ref, d->chain[i].at.source[k], &r))
        continue;
      agree = agree && (i > 0 || (result_visible(&r) && result_cycle(cfg, &r, d->place.superlane) < d->cycle));
      if (d->chain_count < TSP_MAX_CHAIN && !linked(d, r.id))
        add_link(d, cfg, &r, d->chain[i].level + 1);
    }
  }
  return agree;
}

static void judge(tsp_divergence *d, bool inputs_agree)
{
  bool carried = d->place.kind == TSP_AT_STREAM && !d->place.driven && !d->spurious;
  const tsp_place *at = &d->place;
  if (at->kind == TSP_AT_QUEUE || at->kind == TSP_AT_CSR)
    d->chain[0].verdict = "the queue or register itself differs";
  else if (at->kind == TSP_AT_CONTENTS)
    d->chain[0].verdict = "agrees, the word changed later";
  else if (carried)
    d->chain[0].verdict = "agrees where it was driven";
  else if (d->spurious)
    d->chain[0].verdict = "result not due yet";
  else
    d->chain[0].verdict = inputs_agree ? "in agrees, out differs" : "in not all visible, out differs";
  d->look_from = carried || at->kind == TSP_AT_QUEUE || at->kind == TSP_AT_CSR ? d->cycle - (d->cycle > 0) : d->cycle;
  if (carried || at->kind == TSP_AT_QUEUE || at->kind == TSP_AT_CSR)
    return;
  int superlane = at->superlane > 0 ? at->superlane : 0;
  uint64_t from = d->instr.cycle + (uint64_t)superlane;
  for (int i = 1; i < d->chain_count && d->chain[i].level == 1; i++)
    if (!d->chain[i].visible && d->chain[i].at.cycle + (uint64_t)superlane < from)
      from = d->chain[i].at.cycle + (uint64_t)superlane;
  d->look_from = from < d->cycle ? from : d->cycle;
}

void tsp_divergence_explain(tsp_divergence *d, const tsp_engine *ref, const tsp_image *image, const tsp_event *event)
{
  const tsp_config *cfg = tsp_engine_config(ref);
  uint64_t id = who(ref, &d->place, event);
  d->tensor = -1;
  d->element = -1;
  d->spurious =
      id == 0 && d->place.kind != TSP_AT_QUEUE && d->place.kind != TSP_AT_CSR && d->place.kind != TSP_AT_CONTENTS;
  if (!id && d->place.kind != TSP_AT_CSR)
    id = pending(ref, d);
  if (d->place.kind == TSP_AT_QUEUE)
    d->pc = tsp_engine_queue(ref, d->place.unit).pc;
  d->has_instr = tsp_golden_trace(ref, id, &d->instr);
  d->look_from = d->cycle - (d->cycle > 0);
  d->look_to = d->cycle;
  locate(d, cfg, image);
  if (d->has_instr)
    judge(d, follow(d, ref));
}
