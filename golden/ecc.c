/* SPDX-License-Identifier: Apache-2.0 */
/* ecc.c - check bits of streams and memory words. What is kept of them is the syndrome: the exclusive or of the check
 * bits as they are and those that the data would have. It is zero nearly always, and one flag per vector says so. */
#include <stdlib.h>
#include <string.h>

#include "machine.h"

enum { CHECK_BIT = -1, BEYOND_REPAIR = -2 };

static int parity(unsigned v)
{
  return __builtin_parity(v);
}

/* Position of a data bit in the code word: the i-th number from 3 on that is no power of two. */
static unsigned position(int i)
{
  unsigned p = 3;

  for (; i > 0 || (p & (p - 1)) == 0; p++)
    i -= (p & (p - 1)) != 0;
  return p;
}

/* Check bits of a vector with this data bit alone; the last one covers data and the other check bits. */
static unsigned check_of_bit(const tsp_config *c, int i)
{
  unsigned p = position(i);

  return p | (unsigned)(1 ^ parity(p)) << (c->check_bits - 1);
}

/* What to do about a syndrome: the data bit to turn, CHECK_BIT if the data are right, or BEYOND_REPAIR. */
static int remedy(const tsp_config *c, unsigned syndrome)
{
  unsigned s = syndrome & ((1U << (c->check_bits - 1)) - 1);

  if (!syndrome)
    return CHECK_BIT;
  if (!parity(syndrome))
    return BEYOND_REPAIR;
  if ((s & (s - 1)) == 0)
    return CHECK_BIT;
  for (int i = 0; i < 8 * c->lanes; i++)
    if (position(i) == s)
      return i;
  return BEYOND_REPAIR;
}

tsp_status ecc_open(machine *m)
{
  const tsp_config *c = &m->base.cfg;
  size_t syndromes = (size_t)1 << c->check_bits;

  if (!c->ecc)
    return TSP_OK;
  m->code = calloc((size_t)c->lanes * 256, sizeof *m->code);
  m->remedy = malloc(syndromes * sizeof *m->remedy);
  m->repaired = malloc((size_t)MAX_OPERANDS * (size_t)c->vector);
  m->mem_syndrome = calloc((size_t)m->slices * (size_t)c->mem_words * (size_t)c->superlanes, sizeof *m->mem_syndrome);
  if (!m->code || !m->remedy || !m->repaired || !m->mem_syndrome)
    return TSP_ENOMEM;
  for (int l = 0; l < c->lanes; l++)
    for (unsigned v = 0; v < 256; v++)
      for (int b = 0; b < 8; b++)
        if (v >> b & 1)
          m->code[l * 256 + (int)v] ^= (uint16_t)check_of_bit(c, 8 * l + b);
  for (size_t s = 0; s < syndromes; s++)
    m->remedy[s] = (int16_t)remedy(c, (unsigned)s);
  return TSP_OK;
}

uint16_t ecc_encode(const machine *m, const uint8_t *data)
{
  uint16_t check = 0;

  for (int l = 0; l < m->base.cfg.lanes; l++)
    check ^= m->code[l * 256 + data[l]];
  return check;
}

bool ecc_repair(const machine *m, uint8_t *data, uint16_t syndrome)
{
  int bit = m->remedy[syndrome];

  if (bit >= 0)
    data[bit / 8] ^= (uint8_t)(1 << bit % 8);
  return bit != BEYOND_REPAIR;
}

const uint8_t *ecc_operand(machine *m, const uint8_t *value, const uint16_t *syndrome, superlane_set set)
{
  size_t lanes = (size_t)m->base.cfg.lanes;
  uint8_t *copy = &m->repaired[(size_t)m->suspects++ * (size_t)m->base.cfg.vector];

  memcpy(copy, value, (size_t)m->base.cfg.vector);
  for (; set; set &= set - 1) {
    int n = first_superlane(set);

    if (ecc_repair(m, copy + (size_t)n * lanes, syndrome[n]))
      m->repairs[n]++;
    else
      m->beyond_repair |= UINT64_C(1) << n;
  }
  return copy;
}

static void count(machine *m, int queue, int superlane, uint64_t parts)
{
  uint64_t seen = m->s->clk + (uint64_t)superlane;
  machine_corrected *k = &m->corrected[seen & (uint64_t)(m->seen_ring - 1)];

  if (!k->count || queue < k->queue || (queue == k->queue && superlane < k->superlane)) {
    k->queue = (uint16_t)queue;
    k->superlane = (uint16_t)superlane;
  }
  k->count += parts;
}

superlane_set ecc_operands(machine *m, const machine_issue *i, superlane_set set)
{
  machine_fault_in(m, set & m->beyond_repair, i->queue, TSP_FAULT_ECC);
  set &= ~m->beyond_repair;
  for (superlane_set rest = set; rest; rest &= rest - 1)
    if (m->repairs[first_superlane(rest)])
      count(m, i->queue, first_superlane(rest), m->repairs[first_superlane(rest)]);
  m->beyond_repair = 0;
  m->suspects = 0;
  memset(m->repairs, 0, sizeof m->repairs);
  return set;
}

void ecc_step(machine *m)
{
  machine_state *s = m->s;
  machine_corrected *k;

  if (!m->base.cfg.ecc)
    return;
  k = &m->corrected[(s->clk - 2) & (uint64_t)(m->seen_ring - 1)];
  if (k->count && !s->ecc_count) {
    s->ecc_clk = s->clk - 2;
    s->ecc_queue = k->queue;
    s->ecc_superlane = k->superlane;
  }
  s->ecc_count += k->count;
  *k = (machine_corrected){0};
}

void ecc_clear(machine *m)
{
  m->s->ecc_count = m->s->ecc_clk = 0;
  m->s->ecc_queue = m->s->ecc_superlane = 0;
  if (m->base.cfg.ecc)
    memset(m->corrected, 0, (size_t)m->seen_ring * sizeof *m->corrected);
}

const uint16_t *ecc_word(const machine *m, size_t word)
{
  if (!m->mem_faulty || !(m->mem_faulty[word / 64] >> (word % 64) & 1))
    return NULL;
  return &m->mem_syndrome[word * (size_t)m->base.cfg.superlanes];
}

void ecc_word_changes(machine *m, size_t word, const uint16_t *syndrome, superlane_set set)
{
  int superlanes = m->base.cfg.superlanes;
  uint16_t any = 0, *to;

  if (!m->mem_syndrome || (!syndrome && !ecc_word(m, word)))
    return;
  to = &m->mem_syndrome[word * (size_t)superlanes];
  for (; set; set &= set - 1)
    to[first_superlane(set)] = syndrome ? syndrome[first_superlane(set)] : 0;
  for (int n = 0; n < superlanes; n++)
    any |= to[n];
  m->mem_faulty[word / 64] &= ~(UINT64_C(1) << (word % 64));
  m->mem_faulty[word / 64] |= (uint64_t)(any != 0) << (word % 64);
}

/* Turns a bit of a superlane's data and check bits; what the turning does to the syndrome. */
uint16_t ecc_flip(const machine *m, uint8_t *data, int bit)
{
  const tsp_config *c = &m->base.cfg;

  if (bit >= 8 * c->lanes)
    return (uint16_t)(1 << (bit - 8 * c->lanes));
  data[bit / 8] ^= (uint8_t)(1 << bit % 8);
  return c->ecc ? (uint16_t)check_of_bit(c, bit) : 0;
}

static bool flippable(const machine *m, int superlane, int bit)
{
  const tsp_config *c = &m->base.cfg;

  return superlane >= 0 && superlane < c->superlanes && bit >= 0 && bit < 8 * c->lanes + c->check_bits;
}

tsp_status tsp_golden_flip_mem(tsp_engine *e, int slice, uint32_t addr, int superlane, int bit)
{
  machine *m = machine_of(e);
  const tsp_config *c = &m->base.cfg;
  size_t word = (size_t)slice * (size_t)c->mem_words + addr;
  uint16_t syndrome[64] = {0}, turned;

  if (slice < 0 || slice >= m->slices || addr >= (uint32_t)c->mem_words || !flippable(m, superlane, bit))
    return TSP_ERANGE;
  if (ecc_word(m, word))
    memcpy(syndrome, ecc_word(m, word), (size_t)c->superlanes * sizeof *syndrome);
  turned = ecc_flip(m, &m->mem[word * (size_t)c->vector + (size_t)(superlane * c->lanes)], bit);
  syndrome[superlane] ^= turned;
  ecc_word_changes(m, word, syndrome, UINT64_C(1) << superlane);
  m->touched[word / 64] |= UINT64_C(1) << (word % 64);
  return TSP_OK;
}

tsp_status tsp_golden_flip_stream(tsp_engine *e, int direction, int column, int stream, int superlane, int bit)
{
  machine *m = machine_of(e);
  const tsp_config *c = &m->base.cfg;
  uint64_t clk = m->s->clk + 1;
  machine_slot *slot = &m->flips[ring_slot(m, clk)];

  if (direction < 0 || direction > 1 || column < 0 || column >= c->columns || stream < 0 || stream >= c->streams ||
      !flippable(m, superlane, bit))
    return TSP_ERANGE;
  if (slot->tag != clk)
    *slot = (machine_slot){.tag = clk};
  if (slot->count == MAX_FLIPS)
    return TSP_ENOMEM;
  m->flip[ring_slot(m, clk) * MAX_FLIPS + slot->count++] = (machine_flip){.dir = (uint8_t)direction,
                                                                          .stream = (uint8_t)stream,
                                                                          .column = (uint16_t)column,
                                                                          .superlane = (uint16_t)superlane,
                                                                          .bit = (uint16_t)bit};
  return TSP_OK;
}
