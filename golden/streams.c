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

/* Number of the register of a stream (direction * 32 + index) at a column. */
static size_t register_at(const machine *m, int column, int stream)
{
  return stream_slot(m, stream >> 5, column) * (size_t)m->base.cfg.streams + (size_t)(stream & 31);
}

static void clear(machine *m, int dir, int column)
{
  size_t streams = (size_t)m->base.cfg.streams;

  memset(&m->valid[stream_slot(m, dir, column) * streams], 0, streams * sizeof *m->valid);
}

/* The slot of the register that a value has just left becomes that of the register into which nothing flows. */
static void move(machine *m)
{
  int columns = m->base.cfg.columns;

  m->slot0[TSP_EAST] = m->slot0[TSP_EAST] ? m->slot0[TSP_EAST] - 1 : columns - 1;
  clear(m, TSP_EAST, 0);
  m->slot0[TSP_WEST] = m->slot0[TSP_WEST] + 1 < columns ? m->slot0[TSP_WEST] + 1 : 0;
  clear(m, TSP_WEST, columns - 1);
}

/* What flows through superlanes that are off now is lost. */
static void shrink(machine *m)
{
  size_t registers = 2 * (size_t)m->base.cfg.columns * (size_t)m->base.cfg.streams;

  for (size_t k = 0; k < registers; k++)
    m->valid[k] &= m->s->powered;
}

static uint32_t *claim_of(machine *m, size_t ring, int dir, int column)
{
  return &m->claim[(ring * 2 + (size_t)dir) * (size_t)m->base.cfg.columns + (size_t)column];
}

static void land_syndromes(machine *m, size_t at, size_t from, superlane_set set)
{
  size_t superlanes = (size_t)m->base.cfg.superlanes;
  uint16_t *to = &m->syndrome[at * superlanes], *syndrome = &m->drive_syndrome[from * superlanes];

  m->faulty[at] &= ~set;
  for (set = m->drive[from].faulty ? set : 0; set; set &= set - 1) {
    int n = first_superlane(set);

    to[n] = syndrome[n];
    m->faulty[at] |= (superlane_set)(to[n] != 0) << n;
  }
}

/* A drive replaces what flowed into the register in its superlanes only. */
static void land(machine *m, size_t from)
{
  const machine_drive *d = &m->drive[from];
  superlane_set set = d->set & m->s->powered;
  size_t vector = (size_t)m->base.cfg.vector, at = register_at(m, d->column, d->dir * 32 + d->stream);

  if (!set)
    return;
  m->valid[at] |= set;
  if (m->faulty)
    land_syndromes(m, at, from, set);
  copy_superlanes(m, &m->data[at * vector], &m->drive_data[from * vector], (size_t)m->base.cfg.lanes, set);
  if (m->trace)
    m->stream_id[at] = d->id;
}

static void flip(machine *m, const machine_flip *f)
{
  const tsp_config *c = &m->base.cfg;
  size_t at = register_at(m, f->column, f->dir * 32 + f->stream);
  superlane_set superlane = UINT64_C(1) << f->superlane;
  uint8_t *data = &m->data[at * (size_t)c->vector + (size_t)(f->superlane * c->lanes)];
  uint16_t turned, *syndrome;

  if (!(m->valid[at] & superlane))
    return;
  turned = ecc_flip(m, data, f->bit);
  if (!m->faulty)
    return;
  syndrome = &m->syndrome[at * (size_t)c->superlanes + f->superlane];
  *syndrome = (m->faulty[at] & superlane ? *syndrome : 0) ^ turned;
  m->faulty[at] &= ~superlane;
  m->faulty[at] |= *syndrome ? superlane : 0;
}

static void flip_all(machine *m)
{
  size_t ring = ring_slot(m, m->s->clk);

  for (uint32_t k = 0; m->flips[ring].tag == m->s->clk && k < m->flips[ring].count; k++)
    flip(m, &m->flip[ring * MAX_FLIPS + k]);
}

static void land_all(machine *m)
{
  size_t ring = ring_slot(m, m->s->clk);
  const machine_slot *landing = &m->drives[ring];

  if (landing->tag != m->s->clk)
    return;
  for (uint32_t k = 0; k < landing->count; k++) {
    size_t at = ring * (size_t)m->drive_max + k;

    *claim_of(m, ring, m->drive[at].dir, m->drive[at].column) = 0;
    land(m, at);
  }
}

void streams_advance(machine *m)
{
  move(m);
  if (m->s->powered != m->all)
    shrink(m);
  land_all(m);
  flip_all(m);
}

const uint8_t *stream_tap(machine *m, const machine_issue *i, int stream, superlane_set *valid)
{
  size_t at = register_at(m, m->column[i->queue], stream);

  *valid &= m->valid[at];
  if (m->trace && m->valid[at])
    trace_source(m, i->id, m->stream_id[at]);
  return &m->data[at * (size_t)m->base.cfg.vector];
}

const uint8_t *stream_operand(machine *m, const machine_issue *i, int stream, superlane_set *valid)
{
  const uint8_t *value = stream_tap(m, i, stream, valid);
  superlane_set faulty;
  size_t at;

  if (!m->faulty)
    return value;
  at = register_at(m, m->column[i->queue], stream);
  faulty = m->faulty[at] & m->valid[at] & m->s->powered;
  return faulty ? ecc_operand(m, value, &m->syndrome[at * (size_t)m->base.cfg.superlanes], faulty) : value;
}

/* Those of superlanes without an error are set to zero. */
const uint16_t *stream_syndromes(machine *m, const machine_issue *i, int stream)
{
  size_t at = register_at(m, m->column[i->queue], stream);
  uint16_t *syndrome;

  if (!m->faulty || !(m->faulty[at] & m->valid[at]))
    return NULL;
  syndrome = &m->syndrome[at * (size_t)m->base.cfg.superlanes];
  for (superlane_set right = m->all & ~m->faulty[at]; right; right &= right - 1)
    syndrome[first_superlane(right)] = 0;
  return syndrome;
}

uint8_t *stream_drive(machine *m, uint64_t clk, const machine_issue *i, int stream, superlane_set set)
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
                                 .set = set,
                                 .id = i->id};
  return &m->drive_data[at * (size_t)m->base.cfg.vector];
}

void stream_pass(machine *m, uint64_t clk, const uint16_t *syndrome)
{
  size_t ring = ring_slot(m, clk), at = ring * (size_t)m->drive_max + m->drives[ring].count - 1;
  size_t superlanes = (size_t)m->base.cfg.superlanes;

  if (!syndrome)
    return;
  m->drive[at].faulty = true;
  memcpy(&m->drive_syndrome[at * superlanes], syndrome, superlanes * sizeof *syndrome);
}

void stream_drive_bytes(machine *m, uint64_t clk, const machine_issue *i, int stream, const uint32_t *value, int count,
                        superlane_set set)
{
  int n = m->base.cfg.vector; /* bytes written may alias anything but this */

  for (int k = 0; k < count; k++) {
    uint8_t *restrict out = stream_drive(m, clk, i, stream + k, set);

    for (int l = 0; l < n; l++)
      out[l] = (uint8_t)(value[l] >> (8 * k));
  }
}

static bool same_register(const machine_drive *a, const machine_drive *b)
{
  return a->dir == b->dir && a->stream == b->stream && a->column == b->column;
}

/* Of the drivers of one register in the next cycle the lowest queue wins, and takes the blame; in each superlane. */
void streams_clash(machine *m)
{
  size_t ring = ring_slot(m, m->s->clk + 1);
  const machine_slot *next = &m->drives[ring];
  machine_drive *d = &m->drive[ring * (size_t)m->drive_max];

  if (next->tag != m->s->clk + 1 || !next->clash)
    return;
  for (uint32_t k = 0; k < next->count; k++)
    for (uint32_t j = 0; j < k && d[k].set; j++) {
      machine_drive *low = d[j].queue <= d[k].queue ? &d[j] : &d[k], *high = low == &d[j] ? &d[k] : &d[j];

      if (!(d[j].set & d[k].set) || !same_register(&d[j], &d[k]))
        continue;
      machine_fault_in(m, d[j].set & d[k].set & m->s->powered, low->queue, TSP_FAULT_STREAM);
      high->set &= ~low->set;
    }
}
