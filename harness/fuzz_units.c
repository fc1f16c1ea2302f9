/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_units.c - the rules of a random program beyond its streams: results of ALUs, planes, links, memory, power. */
#include "fuzz_track.h"
#include <stdlib.h>
#include <string.h>

static unsigned opcode_at(const tsp_fuzz *f, int queue, int cycle)
{
  int op = fuzz_slot(f, queue, cycle);
  return op < 0 ? 0 : tsp_word_opcode(f->op[op].word);
}

int fuzz_result(const tsp_fuzz *f, int alu, int cycle)
{
  for (int late = 1; late < FUZZ_LONGEST; late++) {
    int op = fuzz_slot(f, f->cfg.q_vxm + alu, cycle - late);
    if (op >= 0 && fuzz_row(f, op)->unit != TSP_UNIT_ICU && fuzz_late(f, f->op[op].word) == late)
      return op;
  }
  return -1;
}

/* Results in one ALU's register in a cycle. */
static int results(const tsp_fuzz *f, int alu, int cycle)
{
  int n = 0;
  for (int late = 1; late < FUZZ_LONGEST; late++) {
    int op = fuzz_slot(f, f->cfg.q_vxm + alu, cycle - late);
    n += op >= 0 && fuzz_row(f, op)->unit != TSP_UNIT_ICU && fuzz_late(f, f->op[op].word) == late;
  }
  return n;
}

static bool chained(const tsp_fuzz *f, int alu, int cycle)
{
  int op = fuzz_result(f, alu, cycle);
  return op >= 0 && fuzz_covers(f, (int)f->op[op].cycle, cycle);
}

static bool is_select(uint64_t word)
{
  unsigned op = tsp_word_opcode(word);
  return op == TSP_OP_SELECT_V_I8 || op == TSP_OP_SELECT_V_I16 || op == TSP_OP_SELECT_V_I32;
}

static bool vxm_allows(const tsp_fuzz *f, int op)
{
  const tsp_fuzz_op *o = &f->op[op];
  const tsp_instr *in = fuzz_row(f, op);
  int alu = o->queue - f->cfg.q_vxm, cycle = (int)o->cycle;
  if (results(f, alu, cycle + fuzz_late(f, o->word)) > 1)
    return false;
  for (int i = 0; i < in->field_count; i++) {
    int kind = in->field[i].kind, v = (int)tsp_field_get(&in->field[i], o->word);
    bool source = kind == TSP_KIND_SRC1 || kind == TSP_KIND_SRC2 || kind == TSP_KIND_SRC4;
    if (source && v >= 0x40 && v < 0x80 && !chained(f, v - 0x40, cycle))
      return false;
  }
  return !is_select(o->word) || chained(f, alu, cycle);
}

static bool is_wave(unsigned opcode)
{
  return opcode == TSP_OP_ABC || opcode == TSP_OP_ABC_F16;
}

/* The first of the pair that a plane belongs to (the plane itself, or the one before), or -1. */
static int first_of_pair(const tsp_config *c, int plane)
{
  return tsp_plane_pairs(c, plane) ? plane : plane > 0 && tsp_plane_pairs(c, plane - 1) ? plane - 1 : -1;
}

static int activations(const tsp_config *c, int plane)
{
  return c->q_mxm + 3 * plane + 1;
}

static bool wave_allows(const tsp_fuzz *f, int op)
{
  const tsp_config *c = &f->cfg;
  const tsp_fuzz_op *o = &f->op[op];
  int plane = (o->queue - c->q_mxm) / 3, first = first_of_pair(c, plane), t = (int)o->cycle;
  if (first < 0)
    return true;
  int a = activations(c, first), b = activations(c, first + 1);
  if (tsp_word_opcode(o->word) == TSP_OP_ABC)
    return opcode_at(f, a, t - 1) != TSP_OP_ABC_F16 && (plane == first || opcode_at(f, a, t) != TSP_OP_ABC_F16);
  return opcode_at(f, a, t - 1) != TSP_OP_ABC_F16 && !is_wave(opcode_at(f, a, t + 1)) && !is_wave(opcode_at(f, b, t)) &&
         !is_wave(opcode_at(f, b, t + 1)) && t + 1 < f->horizon && f->active[t] == f->active[t + 1];
}

int fuzz_product(const tsp_fuzz *f, int plane, int cycle)
{
  int queue = activations(&f->cfg, plane), s = f->cfg.superlanes;
  if (opcode_at(f, queue, cycle - s) == TSP_OP_ABC)
    return fuzz_slot(f, queue, cycle - s);
  return opcode_at(f, queue, cycle - s - 1) == TSP_OP_ABC_F16 ? fuzz_slot(f, queue, cycle - s - 1) : -1;
}

static bool defines(unsigned opcode)
{
  return opcode == TSP_OP_ACC_SET || opcode == TSP_OP_SMAP || opcode == TSP_OP_PMAP || opcode == TSP_OP_DMAP;
}

int fuzz_defined(const tsp_fuzz *f, int queue, int cycle, const char *field, int before[], int room)
{
  int n = 0;
  for (int t = cycle - 1; t >= 0 && n < room; t--) {
    int op = fuzz_slot(f, queue, t);
    if (op >= 0 && defines(tsp_word_opcode(f->op[op].word)) && f->active[t] >= f->active[cycle])
      before[n++] = (int)tsp_word_get(fuzz_row(f, op), f->op[op].word, field);
  }
  return n;
}

/* Accumulators and maps hold anything until they are written: first in all superlanes that use them. */
static bool defined(const tsp_fuzz *f, int op, const char *field)
{
  enum { ROOM = 512 };
  int before[ROOM], n = fuzz_defined(f, f->op[op].queue, (int)f->op[op].cycle, field, before, ROOM);
  int64_t index = tsp_word_get(fuzz_row(f, op), f->op[op].word, field);
  for (int i = 0; i < n; i++)
    if (before[i] == index)
      return true;
  return false;
}

bool fuzz_defined_use(const tsp_fuzz *f, int op)
{
  switch (tsp_word_opcode(f->op[op].word)) {
  case TSP_OP_ACC_ADD:
  case TSP_OP_ACC_SUM:
  case TSP_OP_ACC_ADD_F32:
  case TSP_OP_ACC_SUM_F32: return defined(f, op, "acc");
  case TSP_OP_SELECT:
  case TSP_OP_PERMUTE:
  case TSP_OP_DISTRIBUTE: return defined(f, op, "map");
  default: return true;
  }
}

static bool acc_allows(const tsp_fuzz *f, int op)
{
  const tsp_fuzz_op *o = &f->op[op];
  int product = fuzz_product(f, (o->queue - f->cfg.q_mxm) / 3, (int)o->cycle);
  if (product < 0 || !fuzz_covers(f, (int)f->op[product].cycle, (int)o->cycle))
    return false;
  bool fp = tsp_word_opcode(f->op[product].word) == TSP_OP_ABC_F16;
  switch (tsp_word_opcode(o->word)) {
  case TSP_OP_ACC_ADD:
  case TSP_OP_ACC_SUM: return !fp && fuzz_defined_use(f, op);
  case TSP_OP_ACC_ADD_F32:
  case TSP_OP_ACC_SUM_F32: return fp && fuzz_defined_use(f, op);
  default: return true;
  }
}

static int slot_column(const tsp_fuzz *f, int op)
{
  return (int)tsp_word_get(fuzz_row(f, op), f->op[op].word, "slot") / f->cfg.parts;
}

/* No LW overtakes an install wave, be it the older or the newer of the two. */
static bool weights_allow(const tsp_fuzz *f, int op)
{
  const tsp_fuzz_op *o = &f->op[op];
  bool load = tsp_word_opcode(o->word) == TSP_OP_LW;
  for (int d = 1; d < f->cfg.superlanes; d++) {
    int other = (int)o->cycle + (load ? -d : d);
    if (opcode_at(f, o->queue, other) != (load ? TSP_OP_IW : TSP_OP_LW))
      continue;
    if (slot_column(f, load ? op : fuzz_slot(f, o->queue, other)) > d)
      return false;
  }
  return true;
}

int fuzz_link_arrival(const tsp_fuzz *f, int send)
{
  return (int)f->op[send].cycle + fuzz_late(f, fuzz_op_word(TSP_OP_SEND)) + f->cfg.link_delay;
}

/* One direction of one link: instructions of two queues in order of time. True if all is well; else *overflow is the
 * cycle in which a vector arrives and finds no room, or -1 if something else is wrong first. */
static bool link_ok(const tsp_fuzz *f, int from, int to, int *overflow)
{
  int arrived = 0, taken = 0, sent[256] = {0}; /* ring of Sends by arrival */
  int delay = fuzz_late(f, fuzz_op_word(TSP_OP_SEND)) + f->cfg.link_delay;
  for (int t = 0; t < f->horizon + delay; t++) {
    bool in = opcode_at(f, from, t - delay) == TSP_OP_SEND, out = opcode_at(f, to, t) == TSP_OP_RECEIVE;
    *overflow = in && arrived - taken >= f->cfg.link_depth ? t : -1;
    if (*overflow >= 0 || (out && (arrived == taken || !fuzz_covers(f, sent[taken & 255], t))))
      return false;
    taken += out;
    if (in)
      sent[arrived++ & 255] = t - delay;
  }
  return true;
}

int fuzz_link_overflow(const tsp_fuzz *f, int queue)
{
  int link = queue - f->cfg.q_c2c, overflow;
  bool ok = link_ok(f, queue, f->cfg.q_c2c + (link + f->cfg.links) % (2 * f->cfg.links), &overflow);
  return ok ? -1 : overflow;
}

bool fuzz_links_ok(const tsp_fuzz *f)
{
  const tsp_config *c = &f->cfg;
  int overflow;
  for (int k = 0; k < c->links; k++)
    if (!link_ok(f, c->q_c2c + k, c->q_c2c + c->links + k, &overflow) ||
        !link_ok(f, c->q_c2c + c->links + k, c->q_c2c + k, &overflow))
      return false;
  return true;
}

bool fuzz_word_fixed(const tsp_fuzz *f, int slice, uint32_t addr)
{
  for (int i = 0; i < f->words; i++)
    if (f->word[i].fixed && f->word[i].slice == slice && f->word[i].addr == addr)
      return true;
  return false;
}

bool fuzz_store(tsp_fuzz *f, int slice, uint32_t addr)
{
  void **array = (void **)&f->stored;
  if (fuzz_word_fixed(f, slice, addr) || !fuzz_room(f, array, f->stores, &f->store_room, sizeof *f->stored))
    return false;
  f->stored[f->stores].slice = slice;
  f->stored[f->stores++].addr = addr;
  return true;
}

int fuzz_word_new(tsp_fuzz *f, int slice, uint32_t addr, bool fixed, const uint8_t *bytes)
{
  for (int i = 0; i < f->words; i++)
    if (f->word[i].slice == slice && f->word[i].addr == addr)
      return -1;
  for (int i = 0; fixed && i < f->stores; i++)
    if (f->stored[i].slice == slice && f->stored[i].addr == addr)
      return -1;
  void **array = (void **)&f->word;
  uint8_t *copy = calloc(1, (size_t)f->cfg.vector);
  if (!copy || !fuzz_room(f, array, f->words, &f->word_room, sizeof *f->word)) {
    f->failed = true;
    free(copy);
    return -1;
  }
  if (bytes)
    memcpy(copy, bytes, (size_t)f->cfg.vector);
  f->word[f->words] = (fuzz_word){slice, addr, fixed, copy};
  return f->words++;
}

/* Of several Ifetches at a column in one cycle or two neighbouring ones, all but one are refused, and of those of a
 * queue that overlap. */
static bool fetch_allows(const tsp_fuzz *f, int op)
{
  const tsp_fuzz_op *o = &f->op[op];
  int column = tsp_queue_column(&f->cfg, o->queue), t = (int)o->cycle;
  for (int q = 0; q < f->cfg.queues; q++)
    for (int d = -1; d <= 1; d++)
      if ((q != o->queue || d) && tsp_queue_column(&f->cfg, q) == column && opcode_at(f, q, t + d) == TSP_OP_IFETCH)
        return false;
  for (int d = 2; d < f->cfg.superlanes; d++)
    if (opcode_at(f, o->queue, t - d) == TSP_OP_IFETCH || opcode_at(f, o->queue, t + d) == TSP_OP_IFETCH)
      return false;
  return t + 1 < f->horizon && f->active[t] == f->active[t + 1];
}

static bool config_allows(const tsp_fuzz *f, int op)
{
  const tsp_fuzz_op *o = &f->op[op];
  for (int q = 0; q < f->cfg.queues; q++)
    if (q != o->queue && opcode_at(f, q, (int)o->cycle) == TSP_OP_CONFIG)
      return false;
  return true;
}

bool fuzz_unit_allows(tsp_fuzz *f, int op)
{
  const tsp_fuzz_op *o = &f->op[op];
  const tsp_instr *in = fuzz_row(f, op);
  switch (in->opcode) {
  case TSP_OP_WRITE:
  case TSP_OP_READWRITE: return fuzz_store(f, o->queue - f->cfg.q_mem, (uint32_t)tsp_word_get(in, o->word, "waddr"));
  case TSP_OP_ABC:
  case TSP_OP_ABC_F16: return wave_allows(f, op);
  case TSP_OP_LW:
  case TSP_OP_IW: return weights_allow(f, op);
  case TSP_OP_SEND:
  case TSP_OP_RECEIVE: return fuzz_links_ok(f);
  case TSP_OP_SELECT:
  case TSP_OP_PERMUTE:
  case TSP_OP_DISTRIBUTE: return fuzz_defined_use(f, op);
  case TSP_OP_IFETCH: return fetch_allows(f, op);
  case TSP_OP_CONFIG: return config_allows(f, op);
  default: break;
  }
  switch (tsp_queue_unit(&f->cfg, o->queue)) {
  case TSP_UNIT_VXM: return in->unit == TSP_UNIT_ICU || vxm_allows(f, op);
  case TSP_UNIT_MXC: return in->unit == TSP_UNIT_ICU || acc_allows(f, op);
  default: return true;
  }
}
