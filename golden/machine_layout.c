/* SPDX-License-Identifier: Apache-2.0 */
/* machine_layout.c - sizes of a machine, and its two blocks: MEM contents and the arena with everything else. */
#include <stdlib.h>
#include <string.h>

#include "machine.h"

enum { ARENA_ALIGN = 64 };

static int power_of_two(int least)
{
  int n = 1;

  while (n < least)
    n *= 2;
  return n;
}

static int d_func(const machine *m, unsigned opcode)
{
  return m->op[opcode].d_func;
}

/* Registers of one result driven by an instruction: at most 4 streams. */
static int drives_of(const tsp_instr *in)
{
  for (int k = 0; k < in->field_count; k++) {
    int kind = in->field[k].kind;

    if (kind == TSP_KIND_DST4 || kind == TSP_KIND_GROUP4_IN)
      return 4;
  }
  return 1;
}

/* Instructions of one queue with different latencies can land together, so each counts; one ALU has one result. */
static int drive_limit(const machine *m)
{
  const tsp_config *c = &m->base.cfg;
  int mem = 0, acc = 0;

  for (int k = 0; k < m->isa.count; k++) {
    const tsp_instr *in = &m->isa.instr[k];

    if (in->unit == TSP_UNIT_MEM)
      mem += drives_of(in);
    if (in->unit == TSP_UNIT_MXC)
      acc += drives_of(in);
  }
  return m->slices * mem + c->planes * acc + c->alus * 4;
}

static void sizes(machine *m)
{
  const tsp_config *c = &m->base.cfg;
  int views = m->flags & TSP_VIEWS ? c->superlanes : 0, latency = 1, skew = 0;

  for (int k = 0; k < 256; k++) {
    if (k != TSP_OP_ABC && d_func(m, (unsigned)k) > latency)
      latency = d_func(m, (unsigned)k);
    if (m->op[k].d_skew > skew)
      skew = m->op[k].d_skew;
  }
  m->slices = 2 * c->mem_slices;
  m->row_bytes = (c->vector + WEIGHT_ALIGN - 1) / WEIGHT_ALIGN * WEIGHT_ALIGN;
  m->ring = power_of_two(latency + views + 2);
  m->product_ring = power_of_two(d_func(m, TSP_OP_ABC) + 2);
  m->install_ring = power_of_two(d_func(m, TSP_OP_IW) + 2 * views + 2);
  m->pend_ring = skew + 1;
  m->pend_max = c->queues * (skew + 1);
  m->drive_max = drive_limit(m);
  m->event_max = views * (m->slices + c->planes * (views + 2));
}

/* Hands out the arena; with a NULL arena it only counts. */
typedef struct {
  uint8_t *base;
  size_t used;
} carver;

static void *carve(carver *k, size_t bytes)
{
  size_t at = k->used;

  k->used += (bytes + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
  return k->base ? k->base + at : NULL;
}
#define CARVE(pointer, count) ((pointer) = carve(k, (size_t)(count) * sizeof *(pointer)))

static void carve_queues(machine *m, carver *k)
{
  size_t queues = (size_t)m->base.cfg.queues, words = queues * (size_t)m->base.cfg.iq_depth;

  CARVE(m->s, 1);
  CARVE(m->wake, queues);
  CARVE(m->queue, queues);
  CARVE(m->text, words);
  CARVE(m->text_check, words);
  CARVE(m->notified, m->base.cfg.barrier + 1);
  CARVE(m->pend, (size_t)m->pend_ring * (size_t)m->pend_max);
  CARVE(m->pend_count, m->pend_ring);
}

static void carve_streams(machine *m, carver *k)
{
  size_t columns = 2 * (size_t)m->base.cfg.columns, registers = columns * (size_t)m->base.cfg.streams;
  size_t ring = (size_t)m->ring, vector = (size_t)m->base.cfg.vector, drives = ring * (size_t)m->drive_max;

  CARVE(m->slot0, 2);
  CARVE(m->valid, columns);
  CARVE(m->data, registers * vector);
  CARVE(m->drives, ring);
  CARVE(m->drive, drives);
  CARVE(m->drive_data, drives * vector);
  CARVE(m->claim, ring * columns);
}

static void carve_units(machine *m, carver *k)
{
  const tsp_config *c = &m->base.cfg;
  size_t ring = (size_t)m->ring, vector = (size_t)c->vector, planes = (size_t)c->planes;
  size_t words = (size_t)m->slices * (size_t)c->mem_words, results = ring * (size_t)c->alus;

  CARVE(m->touched, (words + 63) / 64);
  CARVE(m->stores, ring);
  CARVE(m->store_slice, ring * (size_t)m->slices);
  CARVE(m->store, ring * (size_t)m->slices);
  CARVE(m->store_data, ring * (size_t)m->slices * vector);
  CARVE(m->result, results);
  CARVE(m->result_data, results * vector);
  CARVE(m->operand, 2 * vector);
  CARVE(m->buffer, planes * vector * (size_t)m->row_bytes);
  CARVE(m->weights, planes * vector * (size_t)m->row_bytes);
  CARVE(m->weight_sum, planes * vector);
  CARVE(m->fresh, planes * (size_t)c->superlanes);
  CARVE(m->load, ring * planes);
  CARVE(m->load_data, ring * planes * (size_t)c->lw_streams * vector);
  CARVE(m->install, (size_t)m->install_ring * planes);
  CARVE(m->install_clk, planes);
  CARVE(m->product, (size_t)m->product_ring * planes);
  CARVE(m->product_data, (size_t)m->product_ring * planes * vector);
  CARVE(m->acc, planes * (size_t)c->acc_depth * vector);
  CARVE(m->activation, m->row_bytes);
}

static void carve_views(machine *m, carver *k)
{
  const tsp_config *c = &m->base.cfg;
  size_t rows = 2 * (size_t)c->superlanes, tiles = rows * (size_t)c->columns, planes = (size_t)c->planes;
  size_t registers = tiles * (size_t)c->streams, updates = (size_t)m->ring * planes * 2;
  size_t weights = planes * (size_t)c->vector * (size_t)c->vector;

  if (!(m->flags & TSP_VIEWS))
    return;
  CARVE(m->view_slot0, rows);
  CARVE(m->view_valid, tiles);
  CARVE(m->view_data, registers * (size_t)c->lanes);
  CARVE(m->view_buffer, weights);
  CARVE(m->view_weights, weights);
  CARVE(m->last_store, m->slices);
  CARVE(m->last_install, planes);
  CARVE(m->last_update, planes);
  CARVE(m->update, updates);
  CARVE(m->update_data, updates * (size_t)c->vector);
  if (m->flags & TSP_TRACE)
    CARVE(m->view_id, registers);
}

static void carve_trace(machine *m, carver *k)
{
  const tsp_config *c = &m->base.cfg;
  size_t planes = (size_t)c->planes;

  if (!(m->flags & TSP_TRACE))
    return;
  CARVE(m->trace, TRACE_DEPTH);
  CARVE(m->stream_id, 2 * (size_t)c->columns * (size_t)c->streams);
  CARVE(m->mem_id, (size_t)m->slices * (size_t)c->mem_words);
  CARVE(m->load_id, planes);
  CARVE(m->install_id, planes);
  CARVE(m->acc_id, planes * (size_t)c->acc_depth);
}

static void carve_all(machine *m, carver *k)
{
  carve_queues(m, k);
  carve_streams(m, k);
  carve_units(m, k);
  carve_views(m, k);
  carve_trace(m, k);
}

tsp_status machine_layout(machine *m)
{
  const tsp_config *c = &m->base.cfg;
  carver k = {NULL, 0};

  sizes(m);
  carve_all(m, &k);
  m->arena_size = k.used;
  m->mem = calloc((size_t)m->slices * (size_t)c->mem_words, (size_t)c->vector);
  m->column = calloc((size_t)c->queues, sizeof *m->column);
  m->event = calloc((size_t)m->event_max + 1, sizeof *m->event);
  m->arena = aligned_alloc(ARENA_ALIGN, m->arena_size);
  if (!m->mem || !m->column || !m->event || !m->arena)
    return TSP_ENOMEM;
  memset(m->arena, 0, m->arena_size);
  k = (carver){m->arena, 0};
  carve_all(m, &k);
  for (int q = 0; q < c->queues; q++)
    m->column[q] = tsp_queue_column(c, q);
  return TSP_OK;
}
