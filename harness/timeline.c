/* SPDX-License-Identifier: Apache-2.0 */
#include "timeline.h"
#include "tsp_golden.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
  READ,
  WRITE,
  READWRITE,
  GATHER,
  SCATTER,
  LOAD,
  INSTALL,
  SEND_IN,
  ACCUMULATE,
  OUTPUT,
  ARITHMETIC,
  CONVERT,
  FUNCTION,
  SHIFT,
  SELECT,
  MAP,
  PERMUTE,
  DISTRIBUTE,
  ROTATE,
  TRANSPOSE,
  SEND,
  RECEIVE
};

const tsp_timeline_kind tsp_timeline_kinds[TSP_TIMELINE_KINDS] = {
    [READ] = {"Read", "#4c78a8", 'R'},
    [WRITE] = {"Write", "#f58518", 'W'},
    [READWRITE] = {"ReadWrite", "#b279a2", 'B'},
    [GATHER] = {"Gather", "#1f9e89", 'G'},
    [SCATTER] = {"Scatter", "#d8576b", 'S'},
    [LOAD] = {"LW", "#72b7b2", 'L'},
    [INSTALL] = {"IW", "#2d3142", 'I'},
    [SEND_IN] = {"ABC", "#54a24b", 'A'},
    [ACCUMULATE] = {"ACC.set, ACC.add", "#9ecae9", 'C'},
    [OUTPUT] = {"ACC.out, ACC.sum", "#e45756", 'O'},
    [ARITHMETIC] = {"arithmetic", "#eeca3b", 'V'},
    [CONVERT] = {"Cvt", "#ff9da6", 'K'},
    [FUNCTION] = {"Exp, TanH, RSqrt, Recip", "#9d755d", 'F'},
    [SHIFT] = {"Shift", "#83bcb6", 'H'},
    [SELECT] = {"Select", "#d67195", 'E'},
    [MAP] = {"Map", "#79706e", 'M'},
    [PERMUTE] = {"Permute", "#6b4c9a", 'P'},
    [DISTRIBUTE] = {"Distribute", "#88d27a", 'D'},
    [ROTATE] = {"Rotate", "#d6a5c9", 'Q'},
    [TRANSPOSE] = {"Transpose", "#b79a20", 'T'},
    [SEND] = {"Send", "#439894", 'X'},
    [RECEIVE] = {"Receive", "#fcbfd2", 'Y'}};

static int kind_of(const tsp_instr *in)
{
  static const uint8_t exact[][2] = {{TSP_OP_READ, READ},
                                     {TSP_OP_WRITE, WRITE},
                                     {TSP_OP_READWRITE, READWRITE},
                                     {TSP_OP_GATHER, GATHER},
                                     {TSP_OP_SCATTER, SCATTER},
                                     {TSP_OP_LW, LOAD},
                                     {TSP_OP_IW, INSTALL},
                                     {TSP_OP_ABC, SEND_IN},
                                     {TSP_OP_ABC_F16, SEND_IN},
                                     {TSP_OP_ACC_OUT, OUTPUT},
                                     {TSP_OP_ACC_SUM, OUTPUT},
                                     {TSP_OP_ACC_SUM_F32, OUTPUT},
                                     {TSP_OP_SHIFT_UP, SHIFT},
                                     {TSP_OP_SHIFT_DOWN, SHIFT},
                                     {TSP_OP_SELECT, SELECT},
                                     {TSP_OP_SMAP, MAP},
                                     {TSP_OP_PMAP, MAP},
                                     {TSP_OP_DMAP, MAP},
                                     {TSP_OP_PERMUTE, PERMUTE},
                                     {TSP_OP_DISTRIBUTE, DISTRIBUTE},
                                     {TSP_OP_ROTATE, ROTATE},
                                     {TSP_OP_TRANSPOSE, TRANSPOSE},
                                     {TSP_OP_SEND, SEND},
                                     {TSP_OP_RECEIVE, RECEIVE}};
  for (size_t i = 0; i < sizeof exact / sizeof *exact; i++)
    if (in->opcode == exact[i][0])
      return exact[i][1];
  if (in->unit == TSP_UNIT_MXC || in->unit == TSP_UNIT_MCF)
    return ACCUMULATE;
  if (in->unit == TSP_UNIT_VXS)
    return FUNCTION;
  return strncmp(in->mnemonic, "Cvt", 3) == 0 ? CONVERT : ARITHMETIC;
}

typedef struct {
  tsp_timeline *t;
  size_t room;
  int64_t *last; /* [queues]: index of the newest span */
  bool failed;
} recorder;

static void dispatched(void *ctx, const tsp_dispatch *d)
{
  recorder *r = ctx;
  tsp_timeline *t = r->t;
  const tsp_instr *in = tsp_isa_by_opcode(tsp_isa_builtin(), tsp_word_opcode(d->text));
  const tsp_debug *g = tsp_image_debug(t->image, d->queue, d->word);
  int32_t tensor = g ? g->tensor : -1;
  int kind = in ? kind_of(in) : ARITHMETIC;
  t->issues[d->queue]++;
  tsp_span *last = r->last[d->queue] < 0 ? NULL : &t->span[r->last[d->queue]];
  if (last && last->from + last->cycles == d->cycle && last->kind == kind && last->tensor == tensor) {
    last->cycles++;
    return;
  }
  if (t->spans == r->room) {
    size_t room = r->room ? 2 * r->room : 1024;
    tsp_span *grown = realloc(t->span, room * sizeof *grown);
    if (!grown) {
      r->failed = true;
      return;
    }
    t->span = grown;
    r->room = room;
  }
  r->last[d->queue] = (int64_t)t->spans;
  t->span[t->spans++] = (tsp_span){.queue = d->queue,
                                   .kind = (uint8_t)kind,
                                   .tensor = tensor,
                                   .element = g ? tsp_debug_element(g, d->issue) : -1,
                                   .from = d->cycle,
                                   .cycles = 1,
                                   .word = d->word,
                                   .text = d->text};
}

static int by_queue(const void *a_, const void *b_)
{
  const tsp_span *a = a_, *b = b_;
  if (a->queue != b->queue)
    return a->queue < b->queue ? -1 : 1;
  return (a->from > b->from) - (a->from < b->from);
}

static void note_fault(tsp_timeline *t, const tsp_csr *c)
{
  char name[16];
  if (c->fault_code)
    snprintf(t->fault, sizeof t->fault, "schedule fault %d (%s) in queue %s at cycle %" PRIu64, c->fault_code,
             tsp_fault_text((tsp_fault_code)c->fault_code), tsp_queue_name(t->cfg, c->fault_queue, name),
             c->fault_cycle);
  else if (!c->done)
    snprintf(t->fault, sizeof t->fault, "it does not end in %" PRIu64 " cycles", c->cycles);
}

static tsp_status run(tsp_timeline *t, recorder *r, tsp_error *err)
{
  const uint64_t limit = t->image->cycles_predicted ? 2 * t->image->cycles_predicted + 4096 : UINT64_C(10000000);
  tsp_engine *e;
  tsp_status s = tsp_golden_open(t->cfg, NULL, TSP_TRACE, &e);
  if (s != TSP_OK)
    return tsp_fail(err, s, "golden does not open: %s", tsp_status_text(s));
  s = tsp_engine_load(e, t->image, err);
  if (s == TSP_OK) {
    tsp_golden_on_dispatch(e, dispatched, r);
    s = tsp_engine_start(e);
  }
  if (s == TSP_OK) {
    tsp_engine_step(e, limit, NULL);
    tsp_csr c = tsp_engine_csr(e);
    t->cycles = c.cycles;
    note_fault(t, &c);
    for (int q = 0; q < t->cfg->queues; q++)
      t->text[q] = tsp_engine_queue(e, q).tail;
  }
  tsp_engine_close(e);
  return s;
}

tsp_status tsp_timeline_make(const tsp_config *cfg, const tsp_image *image, tsp_timeline *out, tsp_error *err)
{
  size_t queues = (size_t)cfg->queues;
  *out = (tsp_timeline){.cfg = cfg, .image = image};
  out->issues = calloc(queues, sizeof *out->issues);
  out->text = calloc(queues, sizeof *out->text);
  recorder r = {.t = out, .last = malloc(queues * sizeof *r.last)};
  tsp_status s = out->issues && out->text && r.last ? TSP_OK : tsp_fail(err, TSP_ENOMEM, "out of memory");
  for (size_t q = 0; r.last && q < queues; q++)
    r.last[q] = -1;
  if (s == TSP_OK)
    s = run(out, &r, err);
  if (s == TSP_OK && r.failed)
    s = tsp_fail(err, TSP_ENOMEM, "out of memory for the trace");
  free(r.last);
  if (s != TSP_OK)
    tsp_timeline_free(out);
  else if (out->spans)
    qsort(out->span, out->spans, sizeof *out->span, by_queue);
  return s;
}

void tsp_timeline_free(tsp_timeline *t)
{
  free(t->span);
  free(t->issues);
  free(t->text);
  *t = (tsp_timeline){0};
}

size_t tsp_timeline_queue(const tsp_timeline *t, int queue, const tsp_span **first)
{
  size_t low = 0, high = t->spans, end;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (t->span[middle].queue < queue)
      low = middle + 1;
    else
      high = middle;
  }
  for (end = low; end < t->spans && t->span[end].queue == queue; end++)
    ;
  *first = t->span + low;
  return end - low;
}

char *tsp_span_tensor(const tsp_timeline *t, const tsp_span *s, char buf[128])
{
  buf[0] = 0;
  if (s->tensor >= 0 && t->image->tensor[s->tensor].piece_count == 0)
    snprintf(buf, 128, "%s", t->image->tensor[s->tensor].name);
  else if (s->tensor >= 0)
    snprintf(buf, 128, "%s from element %" PRId64, t->image->tensor[s->tensor].name, s->element);
  return buf;
}

int tsp_timeline_slice(const tsp_config *cfg, int queue)
{
  const int first[TSP_TIMELINE_SLICES] = {cfg->q_mem, cfg->q_vxm, cfg->q_mxm, cfg->q_sxm, cfg->q_c2c};
  int i = 0;
  while (i + 1 < TSP_TIMELINE_SLICES && queue >= first[i + 1])
    i++;
  return i;
}

const char *tsp_timeline_slice_name(int slice)
{
  static const char *const name[TSP_TIMELINE_SLICES] = {"mem", "vxm", "mxm", "sxm", "c2c"};
  return name[slice];
}
