// SPDX-License-Identifier: Apache-2.0
// emit.c: turns the schedule's bursts into the text of each queue: sorted by cycle, Read and Write of one cycle joined,
// gaps as NOP, even progressions as Repeat.
#include "emit.h"
#include <stdlib.h>

/* One dispatch. */
typedef struct {
  int64_t cycle;
  uint64_t word;
  int32_t tensor;
  int64_t element;
} event;

typedef struct {
  event *event;
  size_t events, cap;
} event_list;

static int by_queue(const void *a_, const void *b_)
{
  const tspc_burst *a = a_, *b = b_;
  if (a->queue != b->queue)
    return a->queue < b->queue ? -1 : 1;
  return (a->cycle > b->cycle) - (a->cycle < b->cycle);
}

static int by_cycle(const void *a_, const void *b_)
{
  const event *a = a_, *b = b_;
  if (a->cycle != b->cycle)
    return a->cycle < b->cycle ? -1 : 1;
  return (a->word > b->word) - (a->word < b->word); /* Read before Write */
}

static tsp_status expand(const tsp_isa *isa, const tspc_burst *b, size_t bursts, event_list *l)
{
  size_t total = 0;
  for (size_t i = 0; i < bursts; i++)
    total += b[i].n;
  if (total > l->cap) {
    event *e = realloc(l->event, total * sizeof *e);
    if (!e)
      return TSP_ENOMEM;
    l->event = e;
    l->cap = total;
  }
  l->events = 0;
  for (size_t i = 0; i < bursts; i++) {
    const tsp_instr *in = tsp_isa_by_opcode(isa, tsp_word_opcode(b[i].word));
    uint64_t word = b[i].word;
    for (uint32_t n = 0; n < b[i].n; n++) {
      l->event[l->events++] = (event){b[i].cycle + n, word, b[i].tensor, b[i].first + (int64_t)n * b[i].step};
      word = tsp_word_stride(in, word, b[i].stride, b[i].stride);
    }
  }
  return TSP_OK;
}

static uint64_t read_write(const tsp_isa *isa, uint64_t read, uint64_t write)
{
  static const char *const field[4] = {"raddr", "rstream", "waddr", "wstream"};
  const tsp_instr *r = tsp_isa_by_opcode(isa, TSP_OP_READ), *w = tsp_isa_by_opcode(isa, TSP_OP_WRITE);
  const tsp_instr *rw = tsp_isa_by_opcode(isa, TSP_OP_READWRITE);
  uint64_t word = (uint64_t)TSP_OP_READWRITE << 56;
  for (int i = 0; i < 4; i++)
    word = tsp_word_set(rw, word, field[i], i < 2 ? tsp_word_get(r, read, field[i]) : tsp_word_get(w, write, field[i]));
  return word;
}

/* Joins a Read and a Write of one cycle; the debug line is the Read's. */
static void join(const tsp_isa *isa, event_list *l)
{
  size_t n = 0;
  for (size_t i = 0; i < l->events; i++) {
    if (n > 0 && l->event[n - 1].cycle == l->event[i].cycle)
      l->event[n - 1].word = read_write(isa, l->event[n - 1].word, l->event[i].word);
    else
      l->event[n++] = l->event[i];
  }
  l->events = n;
}

/* The strides that lead from one word to another; false if no strides do. */
static bool strides(const tsp_instr *in, uint64_t from, uint64_t to, int64_t stride[2])
{
  uint64_t differ = from ^ to;
  stride[0] = stride[1] = 0;
  for (int i = 0; differ && i < in->field_count; i++) {
    const tsp_field *f = &in->field[i];
    uint64_t mask = (UINT64_C(1) << f->width) - 1;
    if (!f->stride)
      continue;
    int64_t delta = (int64_t)((to >> f->lsb) & mask) - (int64_t)((from >> f->lsb) & mask);
    if (delta < INT16_MIN || delta > INT16_MAX)
      return false;
    stride[f->stride - 1] = delta;
    differ &= ~(mask << f->lsb);
  }
  return differ == 0;
}

/* How many events from i on are one Repeat of the event before them; sets its spacing and strides. */
static uint32_t run_length(const tsp_isa *isa, const event_list *l, size_t i, int64_t *d, int64_t stride[2])
{
  const event *e = l->event;
  const tsp_instr *in = tsp_isa_by_opcode(isa, tsp_word_opcode(e[i].word));
  *d = e[i].cycle - e[i - 1].cycle;
  if (*d > REPEAT_MAX_D || !strides(in, e[i - 1].word, e[i].word, stride))
    return 0;
  uint32_t n = 1;
  int64_t step = i + 1 < l->events ? e[i + 1].element - e[i].element : 0;
  for (size_t j = i + 1; j < l->events && n < REPEAT_MAX_N; j++, n++)
    if (e[j].cycle - e[j - 1].cycle != *d || tsp_word_stride(in, e[j - 1].word, stride[0], stride[1]) != e[j].word ||
        e[j].tensor != e[i].tensor || e[j].element - e[j - 1].element != step)
      break;
  return n;
}

static uint64_t repeat_word(const tsp_isa *isa, uint32_t n, int64_t d, const int64_t stride[2])
{
  const tsp_instr *in = tsp_isa_by_opcode(isa, TSP_OP_REPEAT);
  uint64_t word = tsp_word_set(in, (uint64_t)TSP_OP_REPEAT << 56, "n", n);
  word = tsp_word_set(in, word, "d", d);
  word = tsp_word_set(in, word, "a", stride[0]);
  return tsp_word_set(in, word, "b", stride[1]);
}

static void idle(const tsp_isa *isa, tspc_text *t, int64_t cycles)
{
  const tsp_instr *in = tsp_isa_by_opcode(isa, TSP_OP_NOP);
  while (cycles > 0) {
    int64_t n = cycles > NOP_MAX ? NOP_MAX : cycles;
    tspc_text_add(t, tsp_word_set(in, (uint64_t)TSP_OP_NOP << 56, "n", n));
    cycles -= n;
  }
}

/* Text of one queue. Returns the cycle of its End. */
static int64_t write_queue(const tsp_isa *isa, int queue, const event_list *l, tspc_text *t)
{
  int64_t now = 0;
  for (size_t i = 0; i < l->events;) {
    const event *e = &l->event[i];
    int64_t d = 0, stride[2];
    uint32_t n = i > 0 ? run_length(isa, l, i, &d, stride) : 0;
    bool repeat = n > 1 || (n == 1 && d > 1);
    if (!repeat) {
      idle(isa, t, e->cycle - now);
      n = 1;
    }
    tspc_text_debug(t, (tsp_debug){.queue = (uint16_t)queue,
                                   .word = t->words,
                                   .cycle = (uint64_t)e->cycle,
                                   .tensor = e->tensor,
                                   .first = e->element,
                                   .step = n > 1 ? e[1].element - e->element : 0});
    tspc_text_add(t, repeat ? repeat_word(isa, n, d, stride) : e->word);
    now = e[n - 1].cycle + 1;
    i += n;
  }
  tspc_text_add(t, (uint64_t)TSP_OP_END << 56);
  return now;
}

static tsp_status emit_queue(const tspc_unit *u, int queue, const event_list *l, tspc_text *t, tsp_image *image,
                             int64_t *end, tsp_error *err)
{
  int64_t at = write_queue(u->kernel.isa, queue, l, t);
  *end = at > *end ? at : *end;
  if (t->failed)
    return tsp_fail(err, TSP_ENOMEM, "gemm: out of memory");
  return tspc_text_take(t, &image->queue[queue]) == TSP_OK ? TSP_OK : tsp_fail(err, TSP_ENOMEM, "gemm: out of memory");
}

static tsp_status emit_all(const tspc_unit *u, tspc_burst *burst, event_list *l, tspc_text *t, tsp_image *image,
                           tsp_error *err)
{
  size_t at = 0;
  int64_t end = 0;
  tsp_status status = TSP_OK;
  for (int q = 0; status == TSP_OK && q < u->kernel.cfg->queues; q++) {
    size_t first = at;
    while (at < u->schedule.bursts && burst[at].queue == q)
      at++;
    status = expand(u->kernel.isa, &burst[first], at - first, l);
    if (status != TSP_OK)
      return tsp_fail(err, status, "gemm: out of memory");
    if (l->events)
      qsort(l->event, l->events, sizeof *l->event, by_cycle);
    join(u->kernel.isa, l);
    status = emit_queue(u, q, l, t, image, &end, err);
  }
  image->cycles_predicted = (uint64_t)(end + tsp_isa_drain(u->kernel.isa, u->kernel.cfg));
  return status;
}

tsp_status tspc_emit(const tspc_unit *u, tsp_image *image, tsp_error *err)
{
  event_list l = {0};
  tspc_text t = {0};
  if (u->schedule.bursts)
    qsort(u->schedule.burst, u->schedule.bursts, sizeof *u->schedule.burst, by_queue);
  tsp_status status = emit_all(u, u->schedule.burst, &l, &t, image, err);
  if (status == TSP_OK) {
    image->debug = t.debug;
    image->debug_count = (int)t.debugs;
    t.debug = NULL;
  }
  free(l.event);
  tspc_text_free(&t);
  return status;
}
