/* SPDX-License-Identifier: Apache-2.0 */
/* views.c - the physical registers: superlane n shows in this cycle what vector time had n cycles ago. Streams are kept
 * in a ring per superlane, to which the drives of vector time are applied one superlane per cycle; results, stores and
 * accumulators are read from the slots of the past; the supercells have weight buffers of their own. */
#include <string.h>

#include "machine.h"

static size_t view_slot(const machine *m, int dir, int superlane, int column)
{
  const tsp_config *c = &m->base.cfg;
  size_t row = (size_t)dir * (size_t)c->superlanes + (size_t)superlane;
  int slot = m->view_slot0[row] + column;

  return row * (size_t)c->columns + (size_t)(slot < c->columns ? slot : slot - c->columns);
}

static void move(machine *m, int n)
{
  int columns = m->base.cfg.columns;
  int32_t *east = &m->view_slot0[n], *west = &m->view_slot0[m->base.cfg.superlanes + n];

  *east = *east ? *east - 1 : columns - 1;
  m->view_valid[view_slot(m, TSP_EAST, n, 0)] = 0;
  *west = *west + 1 < columns ? *west + 1 : 0;
  m->view_valid[view_slot(m, TSP_WEST, n, columns - 1)] = 0;
}

static bool has(superlane_set set, int superlane)
{
  return set >> superlane & 1;
}

static bool powered(const machine *m, int n, uint64_t clk)
{
  return has(m->powered[ring_slot(m, clk)], n);
}

static void apply_drives(machine *m, int n, uint64_t clk)
{
  const tsp_config *c = &m->base.cfg;
  size_t ring = ring_slot(m, clk), lanes = (size_t)c->lanes, vector = (size_t)c->vector;

  if (!powered(m, n, clk))
    for (int dir = 0; dir < 2; dir++)
      memset(&m->view_valid[((size_t)dir * (size_t)c->superlanes + (size_t)n) * (size_t)c->columns], 0,
             (size_t)c->columns * sizeof *m->view_valid);
  if (m->drives[ring].tag != clk || !powered(m, n, clk))
    return;
  for (uint32_t k = 0; k < m->drives[ring].count; k++) {
    size_t from = ring * (size_t)m->drive_max + k, slot, at;
    const machine_drive *d = &m->drive[from];

    if (!has(d->set, n))
      continue;
    slot = view_slot(m, d->dir, n, d->column);
    at = slot * (size_t)c->streams + d->stream;
    m->view_valid[slot] |= UINT32_C(1) << d->stream;
    memcpy(&m->view_data[at * lanes], &m->drive_data[from * vector + (size_t)n * lanes], lanes);
    if (m->view_check)
      m->view_check[at] = ecc_encode(m, &m->view_data[at * lanes]) ^
                          (d->faulty ? m->drive_syndrome[from * (size_t)c->superlanes + (size_t)n] : 0);
    if (m->trace)
      m->view_id[at] = d->id;
  }
}

static void apply_flips(machine *m, int n, uint64_t clk)
{
  const tsp_config *c = &m->base.cfg;
  size_t ring = ring_slot(m, clk);

  for (uint32_t k = 0; m->flips[ring].tag == clk && k < m->flips[ring].count; k++) {
    const machine_flip *f = &m->flip[ring * MAX_FLIPS + k];
    size_t slot = view_slot(m, f->dir, n, f->column), at = slot * (size_t)c->streams + f->stream;

    if (f->superlane != n || !(m->view_valid[slot] >> f->stream & 1))
      continue;
    ecc_flip(m, &m->view_data[at * (size_t)c->lanes], f->bit);
    if (f->bit >= 8 * c->lanes)
      m->view_check[at] ^= (uint16_t)(1 << (f->bit - 8 * c->lanes));
  }
}

static size_t cell_bytes(const machine *m)
{
  return (size_t)m->base.cfg.lanes * (size_t)m->base.cfg.lanes;
}

static size_t cell_at(const machine *m, int plane, int r, int col)
{
  size_t s = (size_t)m->base.cfg.superlanes;

  return (((size_t)plane * s + (size_t)r) * s + (size_t)col) * cell_bytes(m);
}

/* The install of this clock if it takes this row. */
static const machine_record *install_of(const machine *m, int plane, uint64_t clk, int row)
{
  const machine_record *r =
      &m->install[(size_t)(clk & (uint64_t)(m->install_ring - 1)) * (size_t)m->base.cfg.planes + (size_t)plane];

  return r->tag == clk && has(r->set, row) ? r : NULL;
}

/* Whether something landed at `last` is still on its way through `depth` superlanes. */
static bool recent(const machine *m, uint64_t last, int depth)
{
  return last && m->s->clk < last + (uint64_t)depth;
}

/* Installs before loads: an install copies the buffer as it was in the cycle before. */
static void install_cells(machine *m, int plane)
{
  int s = m->base.cfg.superlanes;

  if (!recent(m, m->last_install[plane], 2 * s - 1))
    return;
  for (int wave = 0; wave < 2 * s - 1; wave++) {
    for (int r = wave < s ? 0 : wave - s + 1; r < s && r <= wave; r++)
      if (install_of(m, plane, m->s->clk - (uint64_t)wave, r))
        memcpy(&m->view_weights[cell_at(m, plane, r, wave - r)], &m->view_buffer[cell_at(m, plane, r, wave - r)],
               cell_bytes(m));
  }
}

static void load_cells(machine *m, int plane)
{
  const tsp_config *c = &m->base.cfg;
  size_t lanes = (size_t)c->lanes, vector = (size_t)c->vector;

  for (int r = 0; r < c->superlanes; r++) {
    uint64_t clk = m->s->clk - (uint64_t)r;
    size_t at = ring_slot(m, clk) * (size_t)c->planes + (size_t)plane;
    int slot = (int)m->load[at].index;
    int8_t *part;

    if (m->load[at].tag != clk || !has(m->load[at].set, r))
      continue;
    part = &m->view_buffer[cell_at(m, plane, r, slot / c->parts)] + (size_t)(slot % c->parts * c->lw_streams) * lanes;
    for (int j = 0; j < c->lw_streams; j++)
      memcpy(part + (size_t)j * lanes,
             &m->load_data[(at * (size_t)c->lw_streams + (size_t)j) * vector + (size_t)r * lanes], lanes);
  }
}

void views_step(machine *m)
{
  for (int n = 0; n < m->base.cfg.superlanes; n++) {
    move(m, n);
    apply_drives(m, n, m->s->clk - (uint64_t)n);
    apply_flips(m, n, m->s->clk - (uint64_t)n);
  }
  for (int p = 0; p < m->base.cfg.planes; p++) {
    install_cells(m, p);
    load_cells(m, p);
  }
  views_events(m);
}

static void add_event(machine *m, int kind, int unit, int n, uint32_t index, const void *data, size_t bytes)
{
  m->event[m->event_count++] = (tsp_event){.kind = (uint8_t)kind,
                                           .unit = (uint16_t)unit,
                                           .superlane = (uint16_t)n,
                                           .index = index,
                                           .data = data,
                                           .bytes = (uint32_t)bytes};
}

static uint32_t store_word(const machine *m, size_t at, int superlane)
{
  return m->store[at].each ? m->store_addr[at * (size_t)m->base.cfg.superlanes + (size_t)superlane]
                           : m->store[at].index;
}

static void mem_events(machine *m, int slice)
{
  const tsp_config *c = &m->base.cfg;

  for (int n = 0; n < c->superlanes; n++) {
    uint64_t clk = m->s->clk - (uint64_t)n;
    size_t at = ring_slot(m, clk) * (size_t)m->slices + (size_t)slice;

    if (m->store[at].tag == clk && has(m->store[at].set, n))
      add_event(m, TSP_EVENT_MEM, slice, n, store_word(m, at, n),
                &m->store_data[at * (size_t)c->vector + (size_t)(n * c->lanes)], (size_t)c->lanes);
  }
}

static void weight_events(machine *m, int plane)
{
  int s = m->base.cfg.superlanes;

  for (int r = 0; r < s; r++)
    for (int col = 0; col < s; col++)
      if (install_of(m, plane, m->s->clk - (uint64_t)(r + col), r))
        add_event(m, TSP_EVENT_WEIGHTS, plane, r, (uint32_t)col, &m->view_weights[cell_at(m, plane, r, col)],
                  cell_bytes(m));
}

static size_t update_at(const machine *m, int plane, uint64_t clk)
{
  return (ring_slot(m, clk) * (size_t)m->base.cfg.planes + (size_t)plane) * ACC_UPDATES;
}

/* With changed latencies several updates can land together: in the order of their entries. */
static void acc_events(machine *m, int plane, int n)
{
  const tsp_config *c = &m->base.cfg;
  uint64_t clk = m->s->clk - (uint64_t)n;
  size_t at = update_at(m, plane, clk), first = m->event_count;

  for (size_t from = at; from < at + ACC_UPDATES; from++) {
    if (m->update[from].tag != clk || !has(m->update[from].set, n))
      continue;
    add_event(m, TSP_EVENT_ACC, plane, n, m->update[from].index,
              &m->update_data[from * (size_t)c->vector + (size_t)(n * c->lanes)],
              (size_t)c->lanes * sizeof *m->update_data);
    for (size_t k = m->event_count - 1; k > first && m->event[k].index < m->event[k - 1].index; k--) {
      tsp_event swap = m->event[k];

      m->event[k] = m->event[k - 1];
      m->event[k - 1] = swap;
    }
  }
}

static size_t remap_at(const machine *m, int unit, uint64_t clk)
{
  return ring_slot(m, clk) * 2 * TSP_SXM_QUEUES + (size_t)unit;
}

static void map_events(machine *m, int unit)
{
  const tsp_config *c = &m->base.cfg;
  int queue = c->q_sxm + unit;
  size_t bytes = (size_t)c->lanes * (tsp_queue_unit(c, queue) == TSP_UNIT_SXP ? 2 : 1);

  for (int n = 0; n < c->superlanes; n++) {
    uint64_t clk = m->s->clk - (uint64_t)n;
    size_t at = remap_at(m, unit, clk);

    if (m->remap[at].tag == clk && has(m->remap[at].set, n))
      add_event(m, TSP_EVENT_MAP, queue, n, m->remap[at].index,
                &m->remap_data[at * 2 * (size_t)c->vector + (size_t)n * bytes], bytes);
  }
}

static size_t wire_at(const machine *m, int link, uint64_t clk)
{
  return (size_t)(clk & (uint64_t)(m->wire_ring - 1)) * 2 * (size_t)m->base.cfg.links + (size_t)link;
}

static void send_events(machine *m, int link)
{
  const tsp_config *c = &m->base.cfg;

  for (int n = 0; n < c->superlanes; n++) {
    uint64_t clk = m->s->clk - (uint64_t)n;
    size_t at = wire_at(m, link, clk);

    if (m->wire[at].tag == clk && has(m->wire[at].set, n))
      add_event(m, TSP_EVENT_SEND, link, n, 0, &m->wire_data[at * (size_t)c->vector + (size_t)(n * c->lanes)],
                (size_t)c->lanes);
  }
}

void views_events(machine *m)
{
  int s = m->base.cfg.superlanes;

  m->event_count = 0;
  for (int u = 0; u < m->slices; u++)
    if (recent(m, m->last_store[u], s))
      mem_events(m, u);
  for (int p = 0; p < m->base.cfg.planes; p++)
    if (recent(m, m->last_install[p], 2 * s - 1))
      weight_events(m, p);
  for (int p = 0; p < m->base.cfg.planes; p++)
    for (int n = 0; n < s && recent(m, m->last_update[p], s); n++)
      acc_events(m, p, n);
  for (int u = 0; u < 2 * TSP_SXM_QUEUES; u++)
    if (recent(m, m->last_remap[u], s))
      map_events(m, u);
  for (int k = 0; k < 2 * m->base.cfg.links; k++)
    if (recent(m, m->last_send[k], s))
      send_events(m, k);
}

uint64_t views_event_id(const machine *m, const tsp_event *event)
{
  const tsp_config *c = &m->base.cfg;
  uint64_t clk = m->s->clk - event->superlane;
  const machine_record *r;

  switch (event->kind) {
  case TSP_EVENT_MEM: return m->store[ring_slot(m, clk) * (size_t)m->slices + event->unit].id;
  case TSP_EVENT_WEIGHTS: r = install_of(m, event->unit, clk - event->index, event->superlane); return r ? r->id : 0;
  case TSP_EVENT_MAP: return m->remap[remap_at(m, event->unit - c->q_sxm, clk)].id;
  case TSP_EVENT_SEND: return m->wire[wire_at(m, event->unit, clk)].id;
  case TSP_EVENT_ACC:
    r = &m->update[update_at(m, event->unit, clk)];
    for (int k = 0; k < ACC_UPDATES; k++)
      if (r[k].tag == clk && r[k].index == event->index)
        return r[k].id;
    return 0;
  default: return 0;
  }
}

tsp_tile_view views_tile(const machine *m, int direction, int column, int superlane)
{
  const tsp_config *c = &m->base.cfg;
  size_t slot = view_slot(m, direction, superlane, column);

  return (tsp_tile_view){.valid = m->view_valid[slot],
                         .data = &m->view_data[slot * (size_t)c->streams * (size_t)c->lanes],
                         .check = m->view_check ? &m->view_check[slot * (size_t)c->streams] : NULL};
}

static size_t result_at(const machine *m, int alu, uint64_t clk)
{
  return ring_slot(m, clk) * (size_t)m->base.cfg.alus + (size_t)alu;
}

tsp_alu_view views_alu(const machine *m, int alu, int superlane)
{
  const tsp_config *c = &m->base.cfg;
  uint64_t clk = m->s->clk - (uint64_t)superlane;
  size_t at = result_at(m, alu, clk);

  return (tsp_alu_view){.valid =
                            m->result[at].tag == clk && has(m->result[at].set, superlane) && powered(m, superlane, clk),
                        .data = &m->result_data[at * (size_t)c->vector + (size_t)(superlane * c->lanes)]};
}

uint64_t tsp_golden_who_stream(const tsp_engine *e, int direction, int column, int stream, int superlane)
{
  const machine *m = machine_of_const(e);
  size_t slot;

  if (!m->trace || !m->view_valid)
    return 0;
  slot = view_slot(m, direction, superlane, column);
  return m->view_valid[slot] >> stream & 1 ? m->view_id[slot * (size_t)m->base.cfg.streams + (size_t)stream] : 0;
}

uint64_t tsp_golden_who_alu(const tsp_engine *e, int alu, int superlane)
{
  const machine *m = machine_of_const(e);
  uint64_t clk = m->s->clk - (uint64_t)superlane;

  if (!m->trace || !m->view_valid || !views_alu(m, alu, superlane).valid)
    return 0;
  return m->result[result_at(m, alu, clk)].id;
}
