// SPDX-License-Identifier: Apache-2.0
// verify_claim.c: what the debug lines claim against what happens: cycles, tensors, elements.
#include "verify.h"
#include <inttypes.h>
#include <stdio.h>

char *tspv_ident_text(const tspv *v, tspv_ident is, char buf[128])
{
  if (is.tensor == ANY)
    snprintf(buf, 128, "no known tensor");
  else if (is.element == ANY_ELEMENT)
    snprintf(buf, 128, "a vector of %s", v->image->tensor[is.tensor].name);
  else if (is.byte < 0)
    snprintf(buf, 128, "%s from element %" PRId64 " on", v->image->tensor[is.tensor].name, is.element);
  else
    snprintf(buf, 128, "%s from element %" PRId64 " on, byte %d", v->image->tensor[is.tensor].name, is.element,
             is.byte);
  return buf;
}

char *tspv_value_text(const tspv *v, const tspv_value *value, char buf[256])
{
  char is[128], name[16];
  if (value->queue < 0)
    snprintf(buf, 256, "%s as loaded", tspv_ident_text(v, value->is, is));
  else
    snprintf(buf, 256, "%s, made by %s word %" PRIu32 " at cycle %" PRIu64, tspv_ident_text(v, value->is, is),
             tsp_queue_name(v->cfg, value->queue, name), value->word, value->cycle);
  return buf;
}

void tspv_claim_dispatch(tspv *v, tspv_op *op)
{
  const tsp_image *m = v->image;
  tspv_queue *q = &v->queue[op->queue];
  if (!m->debug_count)
    return;
  while (q->debug < q->debug_end && m->debug[q->debug].word < op->word) {
    q->debug++;
    q->debug_issues = 0;
  }
  if (q->debug == q->debug_end || m->debug[q->debug].word != op->word) {
    tspv_violate(v, TSP_VERIFY_CLAIMS, TSP_FAULT_NONE, v->now, op->queue, op,
                 "is dispatched and no debug line says so");
    return;
  }
  const tsp_debug *d = &m->debug[q->debug];
  uint64_t k = q->debug_issues++, gap = 0;
  const tsp_instr *in = tsp_isa_by_opcode(v->isa, tsp_word_opcode(q->text[op->word]));
  if (in->opcode == TSP_OP_REPEAT)
    gap = (uint64_t)tsp_word_get(in, q->text[op->word], "d");
  op->debug = d->tensor >= 0 && m->tensor[d->tensor].piece_count == 0 ? NULL : d; /* a name claims nothing */
  op->element = d->first + (int64_t)k * d->step;
  if (d->cycle + k * gap != v->now)
    tspv_violate(v, TSP_VERIFY_CLAIMS, TSP_FAULT_NONE, v->now, op->queue, op,
                 "issue %" PRIu64 " is predicted for cycle %" PRIu64, k, d->cycle + k * gap);
}

void tspv_claim_missing(tspv *v)
{
  const tsp_image *m = v->image;
  for (int i = 0; i < v->cfg->queues; i++) {
    const tspv_queue *q = &v->queue[i];
    int first = q->debug + (q->debug_issues > 0);
    if (first < q->debug_end)
      tspv_violate(v, TSP_VERIFY_CLAIMS, TSP_FAULT_NONE, m->debug[first].cycle, i, NULL,
                   "a debug line says that word %" PRIu32 " is dispatched, and it is not", m->debug[first].word);
  }
}

/* Bytes of one vector on neighbouring streams: in order, and of one vector. */
static void claim_group(tspv *v, const tspv_op *op, const tspv_value *value, int count)
{
  char low[256], other[256];
  for (int k = 1; k < count; k++) {
    const tspv_ident *a = &value[0].is, *b = &value[k].is;
    if (a->tensor == ANY || a->tensor != b->tensor || tsp_type_size(v->image->tensor[a->tensor].type) != count)
      continue;
    if (a->element == b->element && a->byte == 0 && b->byte == k)
      continue;
    tspv_violate(v, TSP_VERIFY_CLAIMS, TSP_FAULT_NONE, v->now, op->queue, op,
                 "byte %d of its operand is %s, byte 0 is %s", k, tspv_value_text(v, &value[k], other),
                 tspv_value_text(v, &value[0], low));
    return;
  }
}

void tspv_claim_operands(tspv *v, const tspv_op *op, const tspv_value *value, int count)
{
  bool result = op->in->unit == TSP_UNIT_VXM || op->in->unit == TSP_UNIT_VXF || op->in->unit == TSP_UNIT_VXS;
  const tspv_value *other = NULL;
  char claim[128], there[256];
  tsp_stream_use use;
  for (int i = 0, at = 0; i < op->in->field_count; i++)
    if (tsp_field_streams(v->cfg, op->in, &op->in->field[i], op->text, &use) && !use.drives) {
      if (result)
        claim_group(v, op, value + at, use.count);
      at += use.count;
    }
  if (!op->debug || op->debug->tensor < 0)
    return;
  for (int k = 0; k < count; k++) {
    const tspv_ident *is = &value[k].is;
    if (is->tensor == ANY || (result && is->tensor != op->debug->tensor))
      continue;
    if (is->tensor == op->debug->tensor && (is->element == op->element || is->element == ANY_ELEMENT))
      return;
    other = other ? other : &value[k];
  }
  tspv_ident want = {.tensor = op->debug->tensor, .element = op->element, .byte = -1};
  if (other)
    tspv_violate(v, TSP_VERIFY_CLAIMS, TSP_FAULT_NONE, v->now, op->queue, op,
                 "the debug line claims %s, but the operand is %s", tspv_ident_text(v, want, claim),
                 tspv_value_text(v, other, there));
}
