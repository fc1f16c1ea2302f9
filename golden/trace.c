/* SPDX-License-Identifier: Apache-2.0 */
/* trace.c - dispatch records and the producers of their operands. */
#include "machine.h"

uint64_t trace_dispatch(machine *m, int queue, uint64_t word, uint32_t at, uint32_t issue)
{
  uint64_t id;

  if (!m->trace)
    return 0;
  id = ++m->s->last_id;
  m->trace[id % TRACE_DEPTH] = (tsp_dispatch){
      .id = id, .cycle = m->s->clk - m->s->start, .queue = (uint16_t)queue, .word = at, .issue = issue, .text = word};
  return id;
}

/* Each producer once, the first four. */
void trace_source(machine *m, uint64_t id, uint64_t source)
{
  uint64_t *to;

  if (!m->trace || !id || !source)
    return;
  to = m->trace[id % TRACE_DEPTH].source;
  for (int k = 0; k < 4 && to[k] != source; k++)
    if (!to[k]) {
      to[k] = source;
      break;
    }
}

void trace_report(machine *m, uint64_t id)
{
  if (m->on_dispatch && id)
    m->on_dispatch(m->on_dispatch_ctx, &m->trace[id % TRACE_DEPTH]);
}

bool tsp_golden_trace(const tsp_engine *e, uint64_t id, tsp_dispatch *out)
{
  const machine *m = machine_of_const(e);

  if (!m->trace || !id || id > m->s->last_id || m->s->last_id - id >= TRACE_DEPTH)
    return false;
  *out = m->trace[id % TRACE_DEPTH];
  return true;
}

uint64_t tsp_golden_trace_last(const tsp_engine *e)
{
  return machine_of_const(e)->s->last_id;
}

void tsp_golden_on_dispatch(tsp_engine *e, tsp_dispatch_fn fn, void *ctx)
{
  machine_of(e)->on_dispatch = fn;
  machine_of(e)->on_dispatch_ctx = ctx;
}

/* The newest instruction that changed what the event is about. */
static uint64_t newest(const machine *m, const tsp_event *event)
{
  const tsp_config *c = &m->base.cfg;

  switch (event->kind) {
  case TSP_EVENT_MEM:
    if (event->unit >= m->slices || event->index >= (uint32_t)c->mem_words)
      return 0;
    return m->mem_id[(size_t)event->unit * (size_t)c->mem_words + event->index];
  case TSP_EVENT_WEIGHTS: return event->unit < c->planes ? m->install_id[event->unit] : 0;
  case TSP_EVENT_ACC:
    if (event->unit >= c->planes || event->index >= (uint32_t)c->acc_depth)
      return 0;
    return m->acc_id[(size_t)event->unit * (size_t)c->acc_depth + event->index];
  case TSP_EVENT_MAP: {
    int unit = event->unit - c->q_sxm;

    if (unit < 0 || unit >= 2 * TSP_SXM_QUEUES || event->index >= (uint32_t)c->maps)
      return 0;
    return m->map_id[(size_t)unit * (size_t)c->maps + event->index];
  }
  default: return 0;
  }
}

uint64_t tsp_golden_who_event(const tsp_engine *e, const tsp_event *event)
{
  const machine *m = machine_of_const(e);

  if (!m->trace)
    return 0;
  for (size_t k = 0; k < m->event_count; k++) {
    const tsp_event *v = &m->event[k];

    if (v->kind == event->kind && v->unit == event->unit && v->superlane == event->superlane &&
        v->index == event->index)
      return views_event_id(m, v);
  }
  return newest(m, event);
}
