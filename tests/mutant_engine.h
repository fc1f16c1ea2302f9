/* SPDX-License-Identifier: Apache-2.0 */
/* mutant_engine.h - an engine that is a golden machine but for one lie in what it shows: the harness's own test of
 * itself, with no RTL. Everything else is passed through. */
#ifndef MUTANT_ENGINE_H
#define MUTANT_ENGINE_H
#include "tsp_golden.h"
#include <stdlib.h>
#include <string.h>

typedef struct mutant mutant;
struct mutant {
  tsp_engine base; /* first */
  tsp_engine *inner;
  /* A hook may change what the view shows; any may be NULL. cycle is the one the machine stands in. */
  void (*queue)(uint64_t cycle, int queue, tsp_queue_view *v);
  void (*tile)(uint64_t cycle, int direction, int column, int superlane, uint32_t *valid, uint8_t *data);
  void (*alu)(uint64_t cycle, int alu, int superlane, bool *valid, uint32_t *data);
  void (*event)(uint64_t cycle, tsp_event *e, uint8_t *data, bool *drop);
  void (*csr)(tsp_csr *c);
  void (*mem)(int slice, uint32_t addr, uint8_t *vector);
  uint8_t tile_data[32 * 64];
  uint32_t alu_data[64];
  tsp_event list[512];
  uint8_t event_data[512][1024];
};

static inline mutant *mutant_of(const tsp_engine *e)
{
  return (mutant *)(uintptr_t)e;
}
static inline uint64_t mutant_cycle(const mutant *m)
{
  return tsp_engine_csr(m->inner).cycles;
}

static void mutant_close(tsp_engine *e)
{
  tsp_engine_close(mutant_of(e)->inner);
  free(e);
}
static tsp_status mutant_reset(tsp_engine *e)
{
  return mutant_of(e)->inner->ops->reset(mutant_of(e)->inner);
}
static uint64_t mutant_hash(const tsp_engine *e)
{
  return mutant_of(e)->inner->ops->table_hash(mutant_of(e)->inner);
}
static tsp_status mutant_text(tsp_engine *e, int q, const uint64_t *w, uint32_t n)
{
  return mutant_of(e)->inner->ops->queue_write(mutant_of(e)->inner, q, w, n);
}
static tsp_status mutant_word(tsp_engine *e, int q, uint32_t at, uint64_t *w, bool write)
{
  return mutant_of(e)->inner->ops->text(mutant_of(e)->inner, q, at, w, write);
}
static tsp_status mutant_length(tsp_engine *e, int q, uint32_t *n, bool write)
{
  return mutant_of(e)->inner->ops->length(mutant_of(e)->inner, q, n, write);
}
static tsp_status mutant_start(tsp_engine *e)
{
  return tsp_engine_start(mutant_of(e)->inner);
}
static tsp_status mutant_step(tsp_engine *e, uint64_t n, uint64_t *ran)
{
  return tsp_engine_step(mutant_of(e)->inner, n, ran);
}
static tsp_status mutant_read(tsp_engine *e, int slice, uint32_t addr, uint8_t *v)
{
  tsp_status s = tsp_engine_mem_read(mutant_of(e)->inner, slice, addr, v);
  if (s == TSP_OK && mutant_of(e)->mem)
    mutant_of(e)->mem(slice, addr, v);
  return s;
}
static tsp_status mutant_write(tsp_engine *e, int slice, uint32_t addr, const uint8_t *v)
{
  return tsp_engine_mem_write(mutant_of(e)->inner, slice, addr, v);
}
static tsp_csr mutant_csr(const tsp_engine *e)
{
  tsp_csr c = tsp_engine_csr(mutant_of(e)->inner);
  if (mutant_of(e)->csr)
    mutant_of(e)->csr(&c);
  return c;
}
static tsp_queue_view mutant_queue(const tsp_engine *e, int q)
{
  tsp_queue_view v = tsp_engine_queue(mutant_of(e)->inner, q);
  if (mutant_of(e)->queue)
    mutant_of(e)->queue(mutant_cycle(mutant_of(e)), q, &v);
  return v;
}
static tsp_tile_view mutant_tile(const tsp_engine *e, int d, int column, int superlane)
{
  mutant *m = mutant_of(e);
  tsp_tile_view v = tsp_engine_tile(m->inner, d, column, superlane);
  if (!m->tile)
    return v;
  memcpy(m->tile_data, v.data, (size_t)(e->cfg.streams * e->cfg.lanes));
  m->tile(mutant_cycle(m), d, column, superlane, &v.valid, m->tile_data);
  v.data = m->tile_data;
  return v;
}
static tsp_alu_view mutant_alu(const tsp_engine *e, int alu, int superlane)
{
  mutant *m = mutant_of(e);
  tsp_alu_view v = tsp_engine_alu(m->inner, alu, superlane);
  if (!m->alu)
    return v;
  memset(m->alu_data, 0, sizeof m->alu_data);
  if (v.valid)
    memcpy(m->alu_data, v.data, (size_t)e->cfg.lanes * sizeof *v.data);
  m->alu(mutant_cycle(m), alu, superlane, &v.valid, m->alu_data);
  v.data = m->alu_data;
  return v;
}
static const tsp_event *mutant_events(const tsp_engine *e, size_t *count)
{
  mutant *m = mutant_of(e);
  size_t all, n = 0;
  const tsp_event *in = tsp_engine_events(m->inner, &all);
  for (size_t i = 0; i < all; i++) {
    bool drop = false;
    m->list[n] = in[i];
    memcpy(m->event_data[n], in[i].data, in[i].bytes);
    m->list[n].data = m->event_data[n];
    if (m->event)
      m->event(mutant_cycle(m), &m->list[n], m->event_data[n], &drop);
    n += !drop;
  }
  *count = n;
  return m->list;
}

/* A mutant without a lie yet; NULL if out of memory. */
static inline mutant *mutant_open(const tsp_config *cfg)
{
  static const tsp_engine_ops ops = {.name = "mutant",
                                     .close = mutant_close,
                                     .reset = mutant_reset,
                                     .table_hash = mutant_hash,
                                     .queue_write = mutant_text,
                                     .text = mutant_word,
                                     .length = mutant_length,
                                     .start = mutant_start,
                                     .step = mutant_step,
                                     .mem_read = mutant_read,
                                     .mem_write = mutant_write,
                                     .csr = mutant_csr,
                                     .queue = mutant_queue,
                                     .tile = mutant_tile,
                                     .alu = mutant_alu,
                                     .events = mutant_events};
  mutant *m = calloc(1, sizeof *m);
  if (m && tsp_golden_open(cfg, NULL, TSP_VIEWS, &m->inner) != TSP_OK) {
    free(m);
    return NULL;
  }
  if (m) {
    m->base.ops = &ops;
    m->base.cfg = *cfg;
  }
  return m;
}

#endif
