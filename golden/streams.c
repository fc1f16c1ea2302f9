/* SPDX-License-Identifier: Apache-2.0 */
/* streams.c - the stream registers. Values stay where they are in a ring of slots; what moves is the slot of column 0.
 */
#include <string.h>

#include "machine.h"

static size_t stream_slot(const machine *m, int dir, int column)
{
  int columns = m->base.cfg.columns, slot = m->slot0[dir] + column;

  return (size_t)dir * (size_t)columns + (size_t)(slot < columns ? slot : slot - columns);
}

/* The slot of the register that a value has just left becomes that of the register into which nothing flows. */
static void move(machine *m)
{
  int columns = m->base.cfg.columns;

  m->slot0[TSP_EAST] = m->slot0[TSP_EAST] ? m->slot0[TSP_EAST] - 1 : columns - 1;
  m->valid[stream_slot(m, TSP_EAST, 0)] = 0;
  m->slot0[TSP_WEST] = m->slot0[TSP_WEST] + 1 < columns ? m->slot0[TSP_WEST] + 1 : 0;
  m->valid[stream_slot(m, TSP_WEST, columns - 1)] = 0;
}

static uint32_t *claim_of(machine *m, size_t ring, int dir, int column)
{
  return &m->claim[(ring * 2 + (size_t)dir) * (size_t)m->base.cfg.columns + (size_t)column];
}

void streams_advance(machine *m)
{
  size_t vector = (size_t)m->base.cfg.vector, streams = (size_t)m->base.cfg.streams, ring = ring_slot(m, m->s->clk);
  machine_slot *landing = &m->drives[ring];

  move(m);
  if (landing->tag != m->s->clk)
    return;
  for (uint32_t k = 0; k < landing->count; k++) {
    size_t at = ring * (size_t)m->drive_max + k;
    const machine_drive *d = &m->drive[at];
    size_t slot = stream_slot(m, d->dir, d->column);

    *claim_of(m, ring, d->dir, d->column) = 0;
    if (d->dead)
      continue;
    m->valid[slot] |= UINT32_C(1) << d->stream;
    memcpy(&m->data[(slot * streams + d->stream) * vector], &m->drive_data[at * vector], vector);
    if (m->trace)
      m->stream_id[slot * streams + d->stream] = d->id;
  }
}

const uint8_t *stream_tap(machine *m, int column, int stream, uint64_t id)
{
  size_t slot = stream_slot(m, stream >> 5, column), index = (size_t)(stream & 31);
  size_t at = slot * (size_t)m->base.cfg.streams + index;

  if (!(m->valid[slot] >> index & 1))
    return NULL;
  if (m->trace)
    trace_source(m, id, m->stream_id[at]);
  return &m->data[at * (size_t)m->base.cfg.vector];
}

uint8_t *stream_drive(machine *m, uint64_t clk, const machine_issue *i, int stream)
{
  size_t ring = ring_slot(m, clk), at;
  machine_slot *landing = &m->drives[ring];
  int column = m->column[i->queue];
  uint32_t bit = UINT32_C(1) << (stream & 31), *claim = claim_of(m, ring, stream >> 5, column);

  if (landing->tag != clk)
    *landing = (machine_slot){.tag = clk};
  landing->clash |= (*claim & bit) != 0;
  *claim |= bit;
  at = ring * (size_t)m->drive_max + landing->count++;
  m->drive[at] = (machine_drive){.dir = (uint8_t)(stream >> 5),
                                 .stream = (uint8_t)(stream & 31),
                                 .column = (uint16_t)column,
                                 .queue = i->queue,
                                 .id = i->id};
  return &m->drive_data[at * (size_t)m->base.cfg.vector];
}

void stream_drive_bytes(machine *m, uint64_t clk, const machine_issue *i, int stream, const uint32_t *value, int count)
{
  int n = m->base.cfg.vector; /* bytes written may alias anything but this */

  for (int k = 0; k < count; k++) {
    uint8_t *restrict out = stream_drive(m, clk, i, stream + k);

    for (int l = 0; l < n; l++)
      out[l] = (uint8_t)(value[l] >> (8 * k));
  }
}

static bool same_register(const machine_drive *a, const machine_drive *b)
{
  return a->dir == b->dir && a->stream == b->stream && a->column == b->column;
}

/* Of the drivers of one register in the next cycle the lowest queue wins, and takes the blame. */
void streams_clash(machine *m)
{
  size_t ring = ring_slot(m, m->s->clk + 1);
  const machine_slot *next = &m->drives[ring];
  machine_drive *d = &m->drive[ring * (size_t)m->drive_max];

  if (next->tag != m->s->clk + 1 || !next->clash)
    return;
  for (uint32_t k = 0; k < next->count; k++)
    for (uint32_t j = 0; j < k && !d[k].dead; j++) {
      if (d[j].dead || !same_register(&d[j], &d[k]))
        continue;
      machine_fault(m, d[j].queue <= d[k].queue ? d[j].queue : d[k].queue, TSP_FAULT_STREAM);
      if (d[j].queue <= d[k].queue)
        d[k].dead = 1;
      else
        d[j].dead = 1;
    }
}
