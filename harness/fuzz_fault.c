/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_fault.c - turns a legal program into one with exactly one schedule fault, known beforehand. */
#include "fuzz_track.h"
#include <stdlib.h>

bool fuzz_wrong(tsp_fuzz *f, tsp_fault_code fault, int queue, int cycle)
{
  f->wrong = (tsp_fuzz_end){fault, (uint16_t)queue, (uint64_t)cycle};
  return true;
}

/* A queue of a kind that is free at a cycle; -1 if none. */
int fuzz_free_queue(tsp_fuzz *f, int unit, int cycle)
{
  int first = fuzz_below(f, f->cfg.queues);
  for (int i = 0; i < f->cfg.queues; i++) {
    int q = (first + i) % f->cfg.queues;
    if (tsp_queue_unit(&f->cfg, q) == unit && fuzz_slot(f, q, cycle) < 0)
      return q;
  }
  return -1;
}

static int random_cycle(tsp_fuzz *f)
{
  return fuzz_below(f, f->horizon);
}

/* An instruction whose operand is nowhere. */
static bool operand(tsp_fuzz *f)
{
  const tsp_isa *isa = tsp_isa_builtin();
  for (int tries = 0; tries < 400; tries++) {
    const tsp_instr *in = &isa->instr[fuzz_below(f, isa->count)];
    int queue = fuzz_below(f, f->cfg.queues), cycle = random_cycle(f), mark = f->ops;
    if (!fuzz_has(&f->cfg, in, queue) || in->unit == TSP_UNIT_ICU || fuzz_slot(f, queue, cycle) >= 0)
      continue;
    uint64_t word = fuzz_word_random(f, in, queue, cycle);
    tsp_stream_use use[TSP_MAX_USES];
    int n = tsp_stream_uses(&f->cfg, word, use), column = tsp_queue_column(&f->cfg, queue);
    bool absent = false;
    for (int i = 0; i < n; i++)
      for (int s = use[i].base; !use[i].drives && s < use[i].base + use[i].count; s++)
        absent = absent || fuzz_driver(f, use[i].direction, s, column, cycle) < 0;
    bool busy = in->unit == TSP_UNIT_MXA || in->unit == TSP_UNIT_MAF || in->unit == TSP_UNIT_MXW;
    if (!absent || busy || tsp_word_check(isa, &f->cfg, queue, word))
      continue;
    if (in->unit == TSP_UNIT_MXC || in->unit == TSP_UNIT_MCF || fuzz_force(f, queue, cycle, word) < 0) {
      fuzz_rollback(f, mark);
      continue;
    }
    return fuzz_wrong(f, TSP_FAULT_OPERAND, queue, cycle);
  }
  return false;
}

/* An ACC that no product reaches, or one of the other type. */
static bool no_product(tsp_fuzz *f)
{
  for (int tries = 0; tries < 100; tries++) {
    int cycle = random_cycle(f), queue = fuzz_free_queue(f, TSP_UNIT_MXC, cycle);
    if (queue < 0 || fuzz_product(f, (queue - f->cfg.q_mxm) / 3, cycle) >= 0)
      continue;
    if (fuzz_force(f, queue, cycle, fuzz_with(fuzz_op_word(TSP_OP_ACC_SET), "acc", fuzz_below(f, f->cfg.acc_depth))) >=
        0)
      return fuzz_wrong(f, TSP_FAULT_OPERAND, queue, cycle);
  }
  return false;
}

/* A Read onto a register that somebody drives in the same cycle. */
static bool stream(tsp_fuzz *f)
{
  for (int tries = 0; f->ops && tries < 400; tries++) {
    const tsp_fuzz_op *o = &f->op[fuzz_below(f, f->ops)];
    tsp_stream_use use[TSP_MAX_USES];
    int n = tsp_stream_uses(&f->cfg, o->word, use), column = tsp_queue_column(&f->cfg, o->queue), old = o->queue;
    int landing = (int)o->cycle + fuzz_late(f, o->word), late = fuzz_late(f, fuzz_op_word(TSP_OP_READ));
    if (n == 0 || !use[n - 1].drives || !fuzz_covers(f, (int)o->cycle, landing - 1) || landing - late >= f->horizon)
      continue;
    int way = use[n - 1].direction, s = use[n - 1].base + fuzz_below(f, use[n - 1].count), at = landing - late;
    for (int m = 0; at >= 0 && m < 2 * f->cfg.mem_slices; m++) {
      int queue = f->cfg.q_mem + m;
      uint64_t word = fuzz_with(fuzz_op_word(TSP_OP_READ), "rstream", way * 32 + s);
      if (tsp_queue_column(&f->cfg, queue) != column || queue == old || fuzz_force(f, queue, at, word) < 0)
        continue;
      return fuzz_wrong(f, TSP_FAULT_STREAM, queue < old ? queue : old, landing - 1);
    }
  }
  return false;
}

static bool bank(tsp_fuzz *f)
{
  const tsp_instr *in = tsp_isa_by_opcode(tsp_isa_builtin(), TSP_OP_READWRITE);
  int cycle = random_cycle(f), queue = fuzz_free_queue(f, TSP_UNIT_MEM, cycle), half = f->cfg.mem_words / 2;
  if (queue < 0)
    return false;
  uint64_t word = fuzz_word_random(f, in, queue, cycle);
  int r = (int)tsp_word_get(in, word, "raddr");
  word = fuzz_with(word, "waddr", fuzz_below(f, half) + (r >= half ? half : 0));
  return fuzz_force(f, queue, cycle, word) >= 0 && fuzz_wrong(f, TSP_FAULT_BANK, queue, cycle);
}

static bool empty(tsp_fuzz *f)
{
  int queue = fuzz_below(f, f->cfg.queues);
  for (int i = 0; i < f->fetches; i++) /* what an Ifetch brings beyond the text is anything */
    if (f->op[f->fetch[i].op].queue == queue)
      return false;
  if (!f->per_queue[queue])
    return false; /* a queue without text gets an End when loaded */
  f->no_end = queue;
  return fuzz_wrong(f, TSP_FAULT_EMPTY, f->no_end, 0); /* the cycle is known with the text */
}

/* A Gather or Scatter with one address beyond the words. */
static bool beyond(tsp_fuzz *f)
{
  const tsp_instr *in = tsp_isa_by_opcode(tsp_isa_builtin(), fuzz_chance(f, 50) ? TSP_OP_GATHER : TSP_OP_SCATTER);
  for (int tries = 0; f->cfg.mem_words < 65536 && tries < 40; tries++) {
    int cycle = random_cycle(f), queue = fuzz_free_queue(f, TSP_UNIT_MEM, cycle), n = fuzz_below(f, f->active[cycle]);
    f->beyond = n;
    bool placed = queue >= 0 && fuzz_place_indirect(f, in, queue, cycle);
    f->beyond = -1;
    if (placed)
      return fuzz_wrong(f, TSP_FAULT_ADDRESS, queue, cycle + n);
  }
  return false;
}

static bool address(tsp_fuzz *f)
{
  static const struct {
    uint8_t unit, opcode;
    const char *field;
  } kind[] = {{TSP_UNIT_MEM, TSP_OP_READ, "raddr"},     {TSP_UNIT_MEM, TSP_OP_WRITE, "waddr"},
              {TSP_UNIT_MXW, TSP_OP_LW, "slot"},        {TSP_UNIT_MXC, TSP_OP_ACC_SET, "acc"},
              {TSP_UNIT_SXS, TSP_OP_SMAP, "map"},       {TSP_UNIT_SXP, TSP_OP_PMAP, "map"},
              {TSP_UNIT_SXD, TSP_OP_DISTRIBUTE, "map"}, {TSP_UNIT_SXS, TSP_OP_SELECT, "map"}};
  if (fuzz_chance(f, 30))
    return beyond(f);
  int k = fuzz_below(f, sizeof kind / sizeof *kind), cycle = random_cycle(f);
  int queue = fuzz_free_queue(f, kind[k].unit, cycle);
  if (queue < 0)
    return false;
  const tsp_instr *in = tsp_isa_by_opcode(tsp_isa_builtin(), kind[k].opcode);
  uint64_t word = fuzz_word_random(f, in, queue, cycle);
  for (int tries = 0; tries < 20; tries++) {
    word = fuzz_with(word, kind[k].field, (int64_t)(rng_next(&f->rng) & 0xffff) | (fuzz_chance(f, 50) ? 0x8000 : 0));
    if (tsp_word_check(tsp_isa_builtin(), &f->cfg, queue, word) == TSP_FAULT_ADDRESS)
      return fuzz_force(f, queue, cycle, word) >= 0 && fuzz_wrong(f, TSP_FAULT_ADDRESS, queue, cycle);
  }
  return false;
}

static const tsp_instr *some_icu(tsp_fuzz *f)
{
  const tsp_isa *isa = tsp_isa_builtin();
  for (;;) {
    const tsp_instr *in = &isa->instr[fuzz_below(f, isa->count)];
    if (in->unit == TSP_UNIT_ICU || in->opcode == TSP_OP_DESKEW)
      return in;
  }
}

/* A word of noise, of another unit, or with a stray bit; waits only if they are undefined, too. */
static bool encoding(tsp_fuzz *f)
{
  const tsp_isa *isa = tsp_isa_builtin();
  for (int tries = 0; tries < 50; tries++) {
    int queue = fuzz_below(f, f->cfg.queues), cycle = random_cycle(f);
    bool icu = fuzz_chance(f, 40);
    const tsp_instr *in = icu ? some_icu(f) : &isa->instr[fuzz_below(f, isa->count)];
    uint64_t word = fuzz_word_random(f, in, queue, cycle);
    switch (icu ? fuzz_between(f, 1, 2) : fuzz_below(f, 3)) {
    case 0: word = rng_next(&f->rng); break;
    case 1: word ^= UINT64_C(1) << fuzz_below(f, 56); break;
    default: word = icu ? tsp_word_set(in, word, "n", 0) : word;
    }
    if (tsp_word_check(isa, &f->cfg, queue, word) == TSP_FAULT_ENCODING && fuzz_force(f, queue, cycle, word) >= 0)
      return fuzz_wrong(f, TSP_FAULT_ENCODING, queue, cycle);
  }
  return false;
}

/* A slow and a quick operation whose results meet. */
static bool alu(tsp_fuzz *f)
{
  const tsp_isa *isa = tsp_isa_builtin();
  for (int tries = 0; tries < 200; tries++) {
    const tsp_instr *slow = &isa->instr[fuzz_below(f, isa->count)];
    int queue = f->cfg.q_vxm + fuzz_below(f, f->cfg.alus), cycle = random_cycle(f), then = cycle + slow->d_func - 1;
    if (slow->unit == TSP_UNIT_ICU || slow->d_func < 2 || !fuzz_has(&f->cfg, slow, queue) || then >= f->horizon ||
        fuzz_slot(f, queue, then) >= 0 || !fuzz_covers(f, cycle, then))
      continue;
    uint64_t quick = fuzz_with(fuzz_op_word(TSP_OP_MOV_I32), "a", 0x80);
    if (fuzz_place(f, slow, queue, cycle, 1) && fuzz_slot(f, queue, then) < 0 && fuzz_force(f, queue, then, quick) >= 0)
      return fuzz_wrong(f, TSP_FAULT_ALU, queue, then);
  }
  return false;
}

/* An LW of a late column right behind an IW. */
static bool weights(tsp_fuzz *f)
{
  const tsp_config *c = &f->cfg;
  for (int tries = 0; c->superlanes > 2 && tries < 200; tries++) {
    int queue = c->q_mxm + 3 * fuzz_below(f, c->planes), u = random_cycle(f),
        t = u + fuzz_between(f, 1, c->superlanes - 2);
    int column = fuzz_between(f, t - u + 1, c->superlanes - 1), mark = f->ops, outward = tsp_queue_hemisphere(c, queue);
    uint64_t word = fuzz_with(fuzz_op_word(TSP_OP_LW), "slot", column * c->parts + fuzz_below(f, c->parts));
    word = fuzz_with(word, "group", outward * 32);
    if (t < f->horizon && fuzz_supply_word(f, word, queue, t, 1) &&
        fuzz_add(f, queue, u, fuzz_op_word(TSP_OP_IW)) >= 0 && fuzz_force(f, queue, t, word) >= 0)
      return fuzz_wrong(f, TSP_FAULT_WEIGHTS, queue, t);
    fuzz_rollback(f, mark);
  }
  return false;
}

/* A wave and no ACC. */
static bool lost(tsp_fuzz *f)
{
  const tsp_config *c = &f->cfg;
  for (int tries = 0; tries < 100; tries++) {
    int plane = fuzz_below(f, c->planes), queue = c->q_mxm + 3 * plane + 1, cycle = random_cycle(f), mark = f->ops;
    bool fp = tsp_plane_pairs(c, plane) && fuzz_chance(f, 50);
    int there = cycle + c->superlanes + fp;
    const tsp_instr *in = tsp_isa_by_opcode(tsp_isa_builtin(), fp ? TSP_OP_ABC_F16 : TSP_OP_ABC);
    uint64_t word = fuzz_word_random(f, in, queue, cycle);
    if (fuzz_slot(f, queue, cycle) < 0 && fuzz_slot(f, queue + 1, there) < 0 &&
        fuzz_supply_word(f, word, queue, cycle, 1) && fuzz_add(f, queue, cycle, word) >= 0)
      return fuzz_wrong(f, TSP_FAULT_LOST, queue + 1, there);
    fuzz_rollback(f, mark);
  }
  return false;
}

/* An Ifetch in the cycle of another one of its column, or in the next; or one that a queue dispatches while it fetches.
 */
static bool busy_fetch(tsp_fuzz *f)
{
  const tsp_config *c = &f->cfg;
  for (int tries = 0; !f->fetches && tries < 20; tries++)
    fuzz_place_fetch(f, fuzz_below(f, c->queues), random_cycle(f));
  for (int tries = 0; f->fetches && tries < 100; tries++) {
    const tsp_fuzz_op *o = &f->op[f->fetch[fuzz_below(f, f->fetches)].op];
    int other = o->queue, queue = fuzz_chance(f, 20) && c->superlanes > 1 ? other : fuzz_below(f, c->queues);
    int later = queue == other ? fuzz_between(f, 1, c->superlanes - 1) : fuzz_below(f, 2), then = (int)o->cycle + later;
    bool fetches = false; /* its text would be laid out for that */
    for (int i = 0; i < f->fetches; i++)
      fetches = fetches || (f->op[f->fetch[i].op].queue == queue && queue != other);
    if (fetches || tsp_queue_column(c, queue) != tsp_queue_column(c, other) || (!later && queue < other) ||
        fuzz_force(f, queue, then, fuzz_with(fuzz_op_word(TSP_OP_IFETCH), "stream", fuzz_below(f, c->streams))) < 0)
      continue;
    f->even_queue = queue == other ? f->even_queue : queue;
    return fuzz_wrong(f, TSP_FAULT_BUSY, queue, then);
  }
  return false;
}

static bool configured(const tsp_fuzz *f, int cycle)
{
  for (int q = 0; q < f->cfg.queues; q++)
    if (fuzz_slot(f, q, cycle) >= 0 && tsp_word_opcode(f->op[fuzz_slot(f, q, cycle)].word) == TSP_OP_CONFIG)
      return true;
  return false;
}

/* Two Configs in a cycle, or an ABC while an fp16 vector enters. */
static bool busy(tsp_fuzz *f)
{
  const tsp_config *c = &f->cfg;
  int a = fuzz_below(f, c->queues), b = fuzz_below(f, c->queues), cycle = random_cycle(f);
  uint64_t same = fuzz_with(fuzz_op_word(TSP_OP_CONFIG), "superlanes", f->active[cycle]);
  if (fuzz_chance(f, 30))
    return busy_fetch(f);
  if (fuzz_chance(f, 50))
    return a != b && !configured(f, cycle) && cycle + 1 < f->horizon && f->active[cycle] == f->active[cycle + 1] &&
           fuzz_force(f, a, cycle, same) >= 0 && fuzz_force(f, b, cycle, same) >= 0 &&
           fuzz_wrong(f, TSP_FAULT_BUSY, a > b ? a : b, cycle);
  for (int i = 0; i < f->ops; i++) {
    const tsp_fuzz_op *o = &f->op[i];
    int queue = o->queue + (fuzz_chance(f, 50) ? 3 : 0),
        then = (int)o->cycle + (queue == o->queue || fuzz_chance(f, 50));
    if (tsp_word_opcode(o->word) != TSP_OP_ABC_F16 || then >= f->horizon || fuzz_slot(f, queue, then) >= 0)
      continue;
    uint64_t word = fuzz_with(fuzz_op_word(TSP_OP_ABC), "stream", tsp_queue_hemisphere(c, queue) * 32);
    if (fuzz_supply_word(f, word, queue, then, 1) && fuzz_force(f, queue, then, word) >= 0)
      return fuzz_wrong(f, TSP_FAULT_BUSY, queue, then);
  }
  return false;
}

/* An Ifetch in a queue whose text is full, or of a length that is no multiple of a row. */
static bool fetch(tsp_fuzz *f)
{
  const tsp_config *c = &f->cfg;
  int rows = c->superlanes * c->fetch_row, queue = fuzz_below(f, c->queues);
  bool uneven = c->fetch_row > 1 && fuzz_chance(f, 50);
  if (!uneven && rows < 2)
    return false;
  int cycle =
      uneven ? random_cycle(f) : fuzz_below(f, rows - 1 < 4 ? rows - 1 : 4); /* at most as many words before it */
  for (int t = 0; !uneven && t < cycle; t++)
    if (fuzz_slot(f, queue, t) >= 0)
      return false;
  for (int i = 0; i < f->fetches; i++)
    if (f->op[f->fetch[i].op].queue == queue)
      return false;
  if (fuzz_slot(f, queue, cycle) >= 0 ||
      fuzz_force(f, queue, cycle, fuzz_with(fuzz_op_word(TSP_OP_IFETCH), "stream", 0)) < 0)
    return false;
  if (uneven)
    f->uneven_queue = queue;
  else
    f->filled_queue = queue;
  return fuzz_wrong(f, TSP_FAULT_FETCH, queue, cycle);
}

/* Sends until a receiving end has no room. */
static bool link(tsp_fuzz *f)
{
  const tsp_config *c = &f->cfg;
  for (int tries = 0; tries < 12; tries++) {
    int k = fuzz_below(f, 2 * c->links), from = c->q_c2c + k, to = c->q_c2c + (k + c->links) % (2 * c->links);
    int cycle = fuzz_below(f, f->horizon), mark = f->ops;
    for (int n = 0; n < 4 * c->link_depth; n++, cycle += fuzz_between(f, 1, 3)) {
      int way = fuzz_below(f, 2), stream = fuzz_below(f, c->streams);
      uint64_t word = fuzz_with(fuzz_op_word(TSP_OP_SEND), "stream", way * 32 + stream);
      if (cycle >= f->horizon || !fuzz_supply_word(f, word, from, cycle, 1) || fuzz_force(f, from, cycle, word) < 0)
        continue;
      int full = fuzz_link_overflow(f, from);
      if (full >= 0)
        return fuzz_wrong(f, TSP_FAULT_LINK, to, full);
      if (!fuzz_links_ok(f))
        break;
    }
    fuzz_rollback(f, mark);
  }
  return false;
}

bool fuzz_break(tsp_fuzz *f, tsp_fault_code fault)
{
  switch (fault) {
  case TSP_FAULT_OPERAND: return fuzz_chance(f, 20) ? no_product(f) : operand(f);
  case TSP_FAULT_STREAM: return stream(f);
  case TSP_FAULT_BANK: return bank(f);
  case TSP_FAULT_EMPTY: return empty(f);
  case TSP_FAULT_ADDRESS: return address(f);
  case TSP_FAULT_ENCODING: return encoding(f);
  case TSP_FAULT_ALU: return alu(f);
  case TSP_FAULT_WEIGHTS: return weights(f);
  case TSP_FAULT_LOST: return lost(f);
  case TSP_FAULT_BUSY: return busy(f);
  case TSP_FAULT_FETCH: return fetch(f);
  case TSP_FAULT_LINK: return link(f);
  case TSP_FAULT_ECC: return fuzz_break_ecc(f);
  default: return false;
  }
}
