// SPDX-License-Identifier: Apache-2.0
// verify_queue.c: the queues unrolled: NOP, Repeat, Sync, Notify, Config, Deskew, Ifetch, End (golden/README.md,
// queues).
#include "verify.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void tspv_queues_start(tspv *v)
{
  static const uint64_t end_only = (uint64_t)TSP_OP_END << 56;
  int debug = 0;
  for (int i = 0; i < v->cfg->queues; i++) {
    tspv_queue *q = &v->queue[i];
    const tsp_queue_text *t = &v->image->queue[i];
    q->length = q->host = q->settled = t->length ? t->length - t->fetched : 1; /* a queue without text gets End */
    q->room = q->length;
    q->text = malloc(q->length * sizeof *q->text);
    if (!q->text) {
      v->failed = true;
      return;
    }
    memcpy(q->text, t->length ? t->word : &end_only, q->length * sizeof *q->text);
    if (q->host > (uint32_t)v->cfg->iq_depth)
      tspv_violate(v, TSP_VERIFY_CLAIMS, TSP_FAULT_NONE, 0, i, NULL,
                   "the host loads %" PRIu32 " words, the queue holds %d", q->host, v->cfg->iq_depth);
    q->debug = debug;
    while (debug < v->image->debug_count && v->image->debug[debug].queue == i)
      debug++;
    q->debug_end = debug;
  }
  v->running = v->cfg->queues;
}

/* Rows of a fetch that have arrived by now. */
static uint32_t arrived(const tspv *v, const tspv_fetch *f, int rows)
{
  uint64_t age = v->now - f->cycle;
  return age <= 2 ? 0 : age - 2 < (uint64_t)rows ? (uint32_t)(age - 2) : (uint32_t)rows;
}

/* Words that have arrived; *coming gets those that are still under way. */
static uint32_t tail(tspv *v, tspv_queue *q, uint32_t *coming)
{
  const uint32_t row = (uint32_t)v->cfg->fetch_row, all = (uint32_t)v->cfg->superlanes;
  while (q->fetches && arrived(v, &q->fetch[0], v->cfg->superlanes) == all) {
    q->settled += (uint32_t)q->fetch[0].rows * row;
    memmove(&q->fetch[0], &q->fetch[1], (size_t)--q->fetches * sizeof q->fetch[0]);
  }
  uint32_t n = q->settled;
  *coming = 0;
  for (int i = 0; i < q->fetches; i++) {
    n += arrived(v, &q->fetch[i], q->fetch[i].rows) * row;
    *coming += (all - arrived(v, &q->fetch[i], v->cfg->superlanes)) * row;
  }
  return n;
}

static void fault(tspv *v, const tspv_op *op, tsp_fault_code code)
{
  static const char *const what[] = {[TSP_FAULT_ENCODING] = "undefined encoding for this queue in this configuration",
                                     [TSP_FAULT_ADDRESS] = "an address beyond what there is",
                                     [TSP_FAULT_BANK] = "both accesses are to one bank"};
  tspv_violate(v, TSP_VERIFY_MACHINE, code, v->now, op->queue, op, "%s", what[code]);
}

static void dispatch(tspv *v, tspv_queue *q, tspv_op *op)
{
  tsp_fault_code code = tsp_word_check(v->isa, v->cfg, op->queue, op->text);
  q->prev = op->text;
  v->out->instructions++;
  if (code) {
    fault(v, op, code);
    return;
  }
  tspv_claim_dispatch(v, op);
  int skew = op->in->d_skew;
  if (skew <= 0) {
    tspv_execute(v, op);
    return;
  }
  tspv_event *e = tspv_event_at(v, v->now + (uint64_t)skew, EV_EXEC);
  if (e)
    e->op = *op;
}

static void reissue(tspv *v, tspv_queue *q, tspv_op *op, const tsp_instr *repeat, uint64_t word)
{
  const tsp_instr *in = tsp_isa_by_opcode(v->isa, tsp_word_opcode(q->prev));
  op->text = q->prev;
  op->in = in;
  op->issue = ++q->issue;
  if (in)
    op->text = tsp_word_stride(in, q->prev, tsp_word_get(repeat, word, "a"), tsp_word_get(repeat, word, "b"));
  dispatch(v, q, op);
}

static void next(tspv_queue *q, uint64_t wake)
{
  q->pc++;
  q->issue = 0;
  q->wake = wake;
}

/* Processes the Repeat word at the head, or its next re-issue. */
static void repeat(tspv *v, tspv_queue *q, tspv_op *op, uint64_t word)
{
  const tsp_instr *in = tsp_isa_by_opcode(v->isa, TSP_OP_REPEAT);
  uint64_t n = (uint64_t)tsp_word_get(in, word, "n"), d = (uint64_t)tsp_word_get(in, word, "d");
  if (!q->left) {
    q->left = n;
    if (d > 1) {
      q->wake = v->now + d - 1;
      return;
    }
  }
  reissue(v, q, op, in, word);
  if (--q->left)
    q->wake = v->now + d;
  else
    next(q, v->now + 1);
}

static bool is_text(tspv *v, const tspv_op *op, const tspv_value *value, int extent)
{
  char buf[256];
  if (value->slice >= 0 && value->extent >= extent)
    return true;
  if (value->extent >= extent)
    tspv_violate(v, TSP_VERIFY_ALL, TSP_FAULT_NONE, v->now, op->queue, op,
                 "takes program text that is not a constant of the image but %s", tspv_value_text(v, value, buf));
  return false;
}

static void take_text(tspv *v, const tspv_op *op, tspv_value *value)
{
  int stream = (int)tspv_field(op, "stream");
  char what[64];
  *value = tspv_look(v, stream >> 5, stream & 31, tsp_queue_column(v->cfg, op->queue));
  snprintf(what, sizeof what, "s%d.%c holds no valid text", stream & 31, stream >> 5 ? 'w' : 'e');
  if (value->extent < v->active)
    tspv_invalid(v, op, value->extent, what);
  is_text(v, op, value, v->active);
}

static bool may_fetch(tspv *v, tspv_queue *q, const tspv_op *op)
{
  uint32_t coming, row = (uint32_t)v->cfg->fetch_row, brings = row * (uint32_t)v->cfg->superlanes;
  uint32_t there = tail(v, q, &coming);
  uint64_t *column = &v->column_fetch[tsp_queue_column(v->cfg, op->queue)];
  if (q->host % row)
    tspv_violate(v, TSP_VERIFY_MACHINE, TSP_FAULT_FETCH, v->now, op->queue, op,
                 "the text loaded by the host, %" PRIu32 " words, is no multiple of %" PRIu32, q->host, row);
  else if (there + coming + brings > q->pc + 1 + (uint32_t)v->cfg->iq_depth)
    tspv_violate(v, TSP_VERIFY_MACHINE, TSP_FAULT_FETCH, v->now, op->queue, op,
                 "no room: %" PRIu32 " words have arrived, %" PRIu32 " are coming, %" PRIu32
                 " more would overwrite those from %" PRIu32 " on",
                 there, coming, brings, q->pc + 1);
  else if (*column && *column + 1 >= v->now + 1)
    tspv_violate(v, TSP_VERIFY_MACHINE, TSP_FAULT_BUSY, v->now, op->queue, op,
                 "an Ifetch of this column was dispatched at cycle %" PRIu64, *column - 1);
  else if (q->fetched && v->now - q->last_fetch < (uint64_t)v->cfg->superlanes)
    tspv_violate(v, TSP_VERIFY_MACHINE, TSP_FAULT_BUSY, v->now, op->queue, op,
                 "the one of cycle %" PRIu64 " is still arriving", q->last_fetch);
  else {
    *column = v->now + 1;
    return true;
  }
  return false;
}

static void fetch(tspv *v, tspv_queue *q, const tspv_op *op)
{
  if (!may_fetch(v, q, op))
    return;
  q->fetched = true;
  q->last_fetch = v->now;
  q->fetch[q->fetches++] = (tspv_fetch){v->now, v->active};
  tspv_event *e = tspv_event_at(v, v->now + 1, EV_FETCH);
  if (!e)
    return;
  tspv_value value;
  take_text(v, op, &value);
  e->op = *op;
  e->value = value;
}

static void other_text(tspv *v, const tspv_op *op, uint32_t at, uint64_t word)
{
  char is[128], said[128];
  tspv_violate(v, TSP_VERIFY_CLAIMS, TSP_FAULT_NONE, v->now, op->queue, op,
               "brings '%s' as word %" PRIu32 ", the image says it is '%s'",
               tsp_word_text(v->isa, v->cfg, word, is, sizeof is), at,
               tsp_word_text(v->isa, v->cfg, v->image->queue[op->queue].word[at], said, sizeof said));
}

void tspv_fetch_second(tspv *v, const tspv_event *e)
{
  const int lanes = v->cfg->lanes, row = v->cfg->fetch_row;
  tspv_queue *q = &v->queue[e->op.queue];
  tspv_fetch *f = &q->fetch[q->fetches - 1];
  tspv_value second;
  take_text(v, &e->op, &second);
  if (v->active < f->rows)
    f->rows = v->active;
  uint8_t *bytes = calloc(2, (size_t)v->cfg->vector);
  uint32_t more = q->length + (uint32_t)(f->rows * row);
  uint64_t *text = more > q->room ? realloc(q->text, 2 * (size_t)more * sizeof *text) : q->text;
  if (text) {
    q->room = more > q->room ? 2 * more : q->room;
    q->text = text;
  }
  if (!bytes || !text) {
    v->failed = true;
    free(bytes);
    return;
  }
  if (is_text(v, &e->op, &e->value, f->rows))
    tspv_host_bytes(v, e->value.slice, e->value.addr, bytes);
  if (is_text(v, &e->op, &second, f->rows))
    tspv_host_bytes(v, second.slice, second.addr, bytes + v->cfg->vector);
  const tsp_queue_text *said = &v->image->queue[e->op.queue];
  for (int n = 0; n < f->rows; n++)
    for (int w = 0; w < row; w++) {
      uint64_t word = 0;
      for (int b = 0; b < 8; b++) {
        int at = 8 * w + b;
        word |= (uint64_t)bytes[at / lanes * v->cfg->vector + n * lanes + at % lanes] << 8 * b;
      }
      if (said->fetched && q->length < said->length && word != said->word[q->length])
        other_text(v, &e->op, q->length, word);
      q->text[q->length++] = word;
    }
  free(bytes);
}

static void config(tspv *v, const tspv_op *op)
{
  if (v->config_taken) {
    tspv_violate(v, TSP_VERIFY_MACHINE, TSP_FAULT_BUSY, v->now, op->queue, op, "another Config of this cycle counts");
    return;
  }
  v->config_taken = true;
  v->active_next = (int)tspv_field(op, "superlanes");
}

static bool note_due(const tspv *v)
{
  return v->due[v->now % ((uint64_t)v->cfg->barrier + 1)] == v->now && v->now;
}

/* An instruction of the queue itself. */
static void icu(tspv *v, tspv_queue *q, tspv_op *op)
{
  const uint64_t period = (uint64_t)v->cfg->hac_period;
  switch (op->in->opcode) {
  case TSP_OP_NOP: next(q, v->now + (uint64_t)tspv_field(op, "n")); return;
  case TSP_OP_SYNC:
    if (note_due(v)) {
      q->state = VQ_RUN;
      break;
    }
    q->state = VQ_PARKED;
    q->wake = UINT64_MAX;
    return;
  case TSP_OP_NOTIFY: {
    uint64_t at = v->now + (uint64_t)v->cfg->barrier, *slot = &v->due[at % ((uint64_t)v->cfg->barrier + 1)];
    v->notes += *slot != at;
    *slot = at;
    break;
  }
  case TSP_OP_END:
    q->state = VQ_ENDED;
    q->wake = UINT64_MAX;
    if (--v->running == 0)
      v->end = v->now;
    return;
  case TSP_OP_IFETCH: fetch(v, q, op); break;
  case TSP_OP_CONFIG: config(v, op); break;
  case TSP_OP_DESKEW:
    if (v->now % period) {
      q->wake = v->now - v->now % period + period;
      return;
    }
    break;
  default: break;
  }
  next(q, v->now + 1);
}

static void step(tspv *v, int i, tspv_queue *q)
{
  uint32_t coming;
  if (q->pc >= tail(v, q, &coming)) {
    q->state = VQ_EMPTY;
    q->wake = UINT64_MAX;
    tspv_violate(v, TSP_VERIFY_MACHINE, TSP_FAULT_EMPTY, v->now, i, NULL,
                 "the queue runs dry: word %" PRIu32 " is not there%s", q->pc,
                 coming ? " yet" : " and nothing is fetched");
    return;
  }
  uint64_t word = q->text[q->pc];
  const tsp_instr *in = tsp_isa_by_opcode(v->isa, tsp_word_opcode(word));
  tspv_op op = {.queue = i, .word = q->pc, .cycle = v->now, .text = word, .in = in};
  bool own = in && (in->unit == TSP_UNIT_ICU || in->opcode == TSP_OP_DESKEW);
  tsp_fault_code code = own ? tsp_word_check(v->isa, v->cfg, i, word) : TSP_FAULT_NONE;
  bool re = in && in->opcode == TSP_OP_REPEAT;
  if (v->watch && v->watch->step && !re && q->shown != q->pc + 1)
    v->watch->step(v->watch->ctx, i, q->pc, 0, v->now, word);
  q->shown = q->pc + 1;
  if (code || (re && !q->prev)) {
    fault(v, &op, TSP_FAULT_ENCODING);
    next(q, v->now + 1);
  } else if (re) {
    bool issues = q->left || tsp_word_get(in, word, "d") == 1;
    repeat(v, q, &op, word);
    if (issues && v->watch && v->watch->step)
      v->watch->step(v->watch->ctx, i, op.word, op.issue, v->now, op.text);
  } else if (own) {
    icu(v, q, &op);
  } else {
    dispatch(v, q, &op);
    next(q, v->now + 1);
  }
}

void tspv_step_queues(tspv *v)
{
  bool due = note_due(v);
  v->notes -= due;
  for (int i = 0; i < v->cfg->queues; i++) {
    tspv_queue *q = &v->queue[i];
    if (q->wake <= v->now || (due && q->state == VQ_PARKED))
      step(v, i, q);
  }
}

uint64_t tspv_next_wake(const tspv *v)
{
  uint64_t soonest = UINT64_MAX;
  for (int i = 0; i < v->cfg->queues; i++)
    soonest = v->queue[i].wake < soonest ? v->queue[i].wake : soonest;
  return soonest;
}
