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

/* The register of a stream (direction * 32 + index) at a column. */
typedef struct {
  size_t slot, at;
  uint32_t bit;
} place;

static inline place place_of(const machine *m, int column, int stream)
{
  size_t slot = stream_slot(m, stream >> 5, column), index = (size_t)(stream & 31);

  return (place){slot, slot * (size_t)m->base.cfg.streams + index, UINT32_C(1) << index};
}

static inline superlane_set valid_in(const machine *m, place p)
{
  if (!(m->valid[p.slot] & p.bit))
    return 0;
  return m->partial[p.slot] & p.bit ? m->reach[p.at] : m->all;
}

static void set_valid(machine *m, place p, superlane_set set)
{
  m->valid[p.slot] = set ? m->valid[p.slot] | p.bit : m->valid[p.slot] & ~p.bit;
  m->partial[p.slot] = set != m->all ? m->partial[p.slot] | p.bit : m->partial[p.slot] & ~p.bit;
  m->reach[p.at] = set;
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

/* What flows through superlanes that are off now is lost. */
static void shrink(machine *m)
{
  const tsp_config *c = &m->base.cfg;

  for (int stream = 0; stream < 2 * 32; stream++)
    for (int column = 0; (stream & 31) < c->streams && column < c->columns; column++) {
      place p = place_of(m, column, stream);

      if (valid_in(m, p) & ~m->s->powered)
        set_valid(m, p, valid_in(m, p) & m->s->powered);
    }
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
  place p = place_of(m, d->column, d->dir * 32 + d->stream);
  size_t vector = (size_t)m->base.cfg.vector;
  uint8_t *to = &m->data[p.at * vector];

  if (!set)
    return;
  if (m->faulty)
    land_syndromes(m, p.at, from, set);
  if (set == m->all) {
    m->valid[p.slot] |= p.bit;
    m->partial[p.slot] &= ~p.bit;
    memcpy(to, &m->drive_data[from * vector], vector);
  } else {
    set_valid(m, p, valid_in(m, p) | set);
    copy_superlanes(m, to, &m->drive_data[from * vector], (size_t)m->base.cfg.lanes, set);
  }
  if (m->trace)
    m->stream_id[p.at] = d->id;
}

static void flip(machine *m, const machine_flip *f)
{
  const tsp_config *c = &m->base.cfg;
  place p = place_of(m, f->column, f->dir * 32 + f->stream);
  size_t at = p.at;
  superlane_set superlane = UINT64_C(1) << f->superlane;
  uint8_t *data = &m->data[at * (size_t)c->vector + (size_t)(f->superlane * c->lanes)];
  uint16_t turned, *syndrome;

  if (!(valid_in(m, p) & superlane))
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
  if (m->powered[ring_slot(m, m->s->clk - 1)] & ~m->s->powered)
    shrink(m);
  land_all(m);
  flip_all(m);
}

static inline const uint8_t *tap(machine *m, const machine_issue *i, place p, superlane_set valid)
{
  if (m->trace && valid)
    trace_source(m, i->id, m->stream_id[p.at]);
  return &m->data[p.at * (size_t)m->base.cfg.vector];
}

const uint8_t *stream_tap(machine *m, const machine_issue *i, int stream, superlane_set *valid)
{
  place p = place_of(m, m->column[i->queue], stream);
  superlane_set set = valid_in(m, p);

  *valid &= set;
  return tap(m, i, p, set);
}

const uint8_t *stream_operand(machine *m, const machine_issue *i, int stream, superlane_set *valid)
{
  place p = place_of(m, m->column[i->queue], stream);
  superlane_set set = valid_in(m, p), faulty = m->faulty ? m->faulty[p.at] & set & m->s->powered : 0;
  const uint8_t *value = tap(m, i, p, set);

  *valid &= set;
  return faulty ? ecc_operand(m, value, &m->syndrome[p.at * (size_t)m->base.cfg.superlanes], faulty) : value;
}

/* Those of superlanes without an error are set to zero. */
const uint16_t *stream_syndromes(machine *m, const machine_issue *i, int stream)
{
  place p = place_of(m, m->column[i->queue], stream);
  uint16_t *syndrome;

  if (!m->faulty || !(m->faulty[p.at] & valid_in(m, p)))
    return NULL;
  syndrome = &m->syndrome[p.at * (size_t)m->base.cfg.superlanes];
  for (superlane_set right = m->all & ~m->faulty[p.at]; right; right &= right - 1)
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
