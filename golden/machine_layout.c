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

/* Registers that an instruction drives at most. */
static int drives_of(const tsp_config *c, const tsp_instr *in)
{
  if (in->opcode == TSP_OP_ROTATE || in->opcode == TSP_OP_TRANSPOSE)
    return c->lanes;
  for (int k = 0; k < in->field_count; k++)
    switch (in->field[k].kind) {
    case TSP_KIND_DST4:
    case TSP_KIND_GROUP4_IN: return 4;
    case TSP_KIND_DST2: return 2;
    default: break;
    }
  return 1;
}

static int home(int unit)
{
  switch (unit) {
  case TSP_UNIT_VXF:
  case TSP_UNIT_VXS: return TSP_UNIT_VXM;
  case TSP_UNIT_MCF: return TSP_UNIT_MXC;
  default: return unit;
  }
}

/* Of a queue of the unit: of its instructions those that land together were dispatched in different cycles, so they
 * differ in latency. */
static int drives_together(const machine *m, int unit)
{
  int most[MAX_LATENCY + 1] = {0}, sum = 0;

  for (int k = 0; k < m->isa.count; k++) {
    const tsp_instr *in = &m->isa.instr[k];
    int latency = m->op[in->opcode].d_func, drives = drives_of(&m->base.cfg, in);

    if (home(in->unit) == unit && drives > most[latency]) {
      sum += drives - most[latency];
      most[latency] = drives;
    }
  }
  return sum;
}

static int drive_limit(const machine *m)
{
  int sum = 0;

  for (int q = 0; q < m->base.cfg.queues; q++)
    sum += drives_together(m, tsp_queue_unit(&m->base.cfg, q));
  return sum;
}

/* Clocks for which an operand of the SXM can be on its way. */
static int flight_latency(const machine *m)
{
  static const unsigned opcode[] = {TSP_OP_SHIFT_UP, TSP_OP_SHIFT_DOWN, TSP_OP_SELECT, TSP_OP_PERMUTE};
  int most = 1;

  for (size_t k = 0; k < sizeof opcode / sizeof opcode[0]; k++)
    if (d_func(m, opcode[k]) > most)
      most = d_func(m, opcode[k]);
  return most;
}

static void sizes(machine *m)
{
  const tsp_config *c = &m->base.cfg;
  int views = m->flags & TSP_VIEWS ? c->superlanes : 0, latency = 1, skew = 0;
  int abc = d_func(m, TSP_OP_ABC);

  for (int k = 0; k < 256; k++) {
    if (k != TSP_OP_ABC && k != TSP_OP_ABC_F16 && d_func(m, (unsigned)k) > latency)
      latency = d_func(m, (unsigned)k);
    if (m->op[k].d_skew > skew)
      skew = m->op[k].d_skew;
  }
  m->slices = 2 * c->mem_slices;
  m->row_bytes = (c->vector + WEIGHT_ALIGN - 1) / WEIGHT_ALIGN * WEIGHT_ALIGN;
  m->ring = power_of_two(latency + views + 2);
  m->product_ring = power_of_two((abc > d_func(m, TSP_OP_ABC_F16) ? abc : d_func(m, TSP_OP_ABC_F16)) + 2);
  m->install_ring = power_of_two(d_func(m, TSP_OP_IW) + 2 * views + 2);
  m->pend_ring = skew + 1;
  m->pend_max = c->queues * (skew + 1);
  m->drive_max = drive_limit(m);
  m->fetch_ring = power_of_two(d_func(m, TSP_OP_IFETCH) + c->superlanes + 2);
  m->wire_ring = power_of_two(d_func(m, TSP_OP_SEND) + (c->link_delay > views ? c->link_delay : views) + 2);
  m->pairs = tsp_plane_pairs(c, 0) + tsp_plane_pairs(c, 2);
  m->flight_ring = power_of_two(flight_latency(m) + 1);
  m->seen_ring = power_of_two(c->superlanes + 4);
  m->all = superlanes_below(c->superlanes);
  m->event_max = views * (m->slices + c->planes * (views + ACC_UPDATES) + 2 * TSP_SXM_QUEUES + 2 * c->links);
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
  CARVE(m->wake, (queues + WAKE_BLOCK - 1) / WAKE_BLOCK * WAKE_BLOCK); /* clock 0, of those past the end, is never */
  CARVE(m->queue, queues);
  CARVE(m->text, words);
  CARVE(m->text_check, words);
  CARVE(m->powered, m->ring);
  CARVE(m->config, m->ring);
  CARVE(m->fetches, m->fetch_ring);
  CARVE(m->fetch, m->fetch_ring * m->base.cfg.columns);
  CARVE(m->fetch_data, (size_t)(m->fetch_ring * m->base.cfg.columns) * 2 * (size_t)m->base.cfg.vector);
  CARVE(m->fetch_clk, m->base.cfg.columns);
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
  CARVE(m->partial, columns);
  CARVE(m->reach, registers);
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
  if (c->ecc)
    CARVE(m->mem_faulty, (words + 63) / 64);
  CARVE(m->stores, ring);
  CARVE(m->store_slice, ring * (size_t)m->slices);
  CARVE(m->store, ring * (size_t)m->slices);
  CARVE(m->store_data, ring * (size_t)m->slices * vector);
  CARVE(m->store_addr, ring * (size_t)m->slices * (size_t)c->superlanes);
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

static void carve_edges(machine *m, carver *k)
{
  const tsp_config *c = &m->base.cfg;
  size_t vector = (size_t)c->vector, remaps = (size_t)m->ring * 2 * TSP_SXM_QUEUES, links = 2 * (size_t)c->links;
  size_t waiting = links * (size_t)c->link_depth, wires = (size_t)m->wire_ring * links;

  CARVE(m->remap, remaps);
  CARVE(m->remap_data, remaps * 2 * vector);
  CARVE(m->wire, wires);
  CARVE(m->wire_data, wires * vector);
  CARVE(m->link, links);
  CARVE(m->wait, waiting);
  CARVE(m->wait_data, waiting * vector);
}

static void carve_pairs(machine *m, carver *k)
{
  size_t pairs = (size_t)m->pairs, vector = (size_t)m->base.cfg.vector;

  CARVE(m->entry, pairs);
  CARVE(m->second, pairs * vector / 2);
  CARVE(m->sum, pairs * 3 * vector);
  CARVE(m->sum_flags, pairs * vector);
  CARVE(m->split, pairs * 2 * vector * vector);
  CARVE(m->special, pairs * vector);
  CARVE(m->stale, pairs * (size_t)m->base.cfg.superlanes);
}

static void carve_switch(machine *m, carver *k)
{
  size_t units = 2 * TSP_SXM_QUEUES, vector = (size_t)m->base.cfg.vector,
         flights = (size_t)m->flight_ring * units * FLIGHTS;

  CARVE(m->map, units * (size_t)m->base.cfg.maps * 2 * vector);
  CARVE(m->flight, flights);
  CARVE(m->flight_data, flights * vector);
}

static void carve_ecc(machine *m, carver *k)
{
  const tsp_config *c = &m->base.cfg;
  size_t registers = 2 * (size_t)c->columns * (size_t)c->streams, ring = (size_t)m->ring, links = 2 * (size_t)c->links;
  size_t superlanes = (size_t)c->superlanes;

  CARVE(m->flips, ring);
  CARVE(m->flip, ring * MAX_FLIPS);
  if (!c->ecc)
    return;
  CARVE(m->faulty, registers);
  CARVE(m->syndrome, registers * superlanes);
  CARVE(m->drive_syndrome, ring * (size_t)m->drive_max * superlanes);
  CARVE(m->store_syndrome, ring * (size_t)m->slices * superlanes);
  CARVE(m->wire_syndrome, (size_t)m->wire_ring * links * superlanes);
  CARVE(m->wait_syndrome, links * (size_t)c->link_depth * superlanes);
  CARVE(m->corrected, m->seen_ring);
  if (m->flags & TSP_VIEWS)
    CARVE(m->view_check, registers * superlanes);
}

static void carve_views(machine *m, carver *k)
{
  const tsp_config *c = &m->base.cfg;
  size_t rows = 2 * (size_t)c->superlanes, tiles = rows * (size_t)c->columns, planes = (size_t)c->planes;
  size_t registers = tiles * (size_t)c->streams, updates = (size_t)m->ring * planes * ACC_UPDATES;
  size_t weights = planes * (size_t)c->vector * (size_t)c->vector;

  if (!(m->flags & TSP_VIEWS))
    return;
  CARVE(m->view_slot0, rows);
  CARVE(m->view_valid, tiles);
  CARVE(m->view_data, registers * (size_t)c->lanes);
  CARVE(m->view_buffer, weights);
  CARVE(m->view_weights, weights);
  CARVE(m->last_store, m->slices);
  CARVE(m->last_remap, 2 * TSP_SXM_QUEUES);
  CARVE(m->last_send, 2 * c->links);
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
  CARVE(m->map_id, 2 * TSP_SXM_QUEUES * (size_t)c->maps);
}

static void carve_all(machine *m, carver *k)
{
  carve_queues(m, k);
  carve_streams(m, k);
  carve_units(m, k);
  carve_pairs(m, k);
  carve_switch(m, k);
  carve_edges(m, k);
  carve_ecc(m, k);
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
  m->host_word = calloc(1, (size_t)c->vector);
  m->column = calloc((size_t)c->queues, sizeof *m->column);
  m->event = calloc((size_t)m->event_max + 1, sizeof *m->event);
  m->arena = aligned_alloc(ARENA_ALIGN, m->arena_size);
  if (!m->mem || !m->host_word || !m->column || !m->event || !m->arena)
    return TSP_ENOMEM;
  memset(m->arena, 0, m->arena_size);
  k = (carver){m->arena, 0};
  carve_all(m, &k);
  for (int q = 0; q < c->queues; q++)
    m->column[q] = tsp_queue_column(c, q);
  return TSP_OK;
}
