/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_supply.c - makes values be where an instruction needs them: reads of memory, results of ALUs, transposed groups.
 */
#include "fuzz_track.h"
#include <stdlib.h>

enum { DEEPEST = 3 };

bool fuzz_read_of(tsp_fuzz *f, int slice, uint32_t addr, int direction, int stream, int column, int cycle)
{
  int queue = f->cfg.q_mem + slice, from = tsp_queue_column(&f->cfg, queue);
  int hops = direction == TSP_EAST ? column - from : from - column;
  uint64_t word = fuzz_with(fuzz_op_word(TSP_OP_READ), "raddr", (int64_t)addr);
  word = fuzz_with(word, "rstream", direction * 32 + stream);
  return hops >= 0 && fuzz_add(f, queue, cycle - hops - fuzz_late(f, word), word) >= 0;
}

/* An address that a Read may take: known words mostly, and the corners of both banks. */
static uint32_t some_address(tsp_fuzz *f, int slice)
{
  int words = f->cfg.mem_words, corner[4] = {0, words / 2 - 1, words / 2, words - 1};
  if (fuzz_chance(f, 15))
    return (uint32_t)corner[fuzz_below(f, 4)];
  for (int tries = 0; f->words && tries < 40; tries++) {
    const fuzz_word *w = &f->word[fuzz_below(f, f->words)];
    if (w->slice == slice)
      return w->addr;
  }
  return (uint32_t)fuzz_below(f, words);
}

static bool read_supplies(tsp_fuzz *f, int direction, int stream, int column, int cycle)
{
  int slices = 2 * f->cfg.mem_slices, first = fuzz_below(f, slices);
  for (int i = 0; i < slices; i++) {
    int slice = (first + i) % slices;
    if (fuzz_read_of(f, slice, some_address(f, slice), direction, stream, column, cycle))
      return true;
  }
  return false;
}

/* An ALU copies something onto a whole group of 1, 2 or 4 streams. */
static bool vxm_supplies(tsp_fuzz *f, int direction, int base, int count, int column, int cycle, int depth)
{
  static const unsigned move[5] = {0, TSP_OP_MOV_I8, TSP_OP_MOV_I16, 0, TSP_OP_MOV_I32};
  const tsp_config *c = &f->cfg;
  int hops = direction == TSP_EAST ? column - c->vxm_column : c->vxm_column - column, first = fuzz_below(f, c->alus);
  if (hops < 0 || base % count)
    return false;
  uint64_t word = fuzz_with(fuzz_op_word(move[count]), "dst", 0x80 | direction * 32 | base);
  int at = cycle - hops - fuzz_late(f, word);
  word = fuzz_with(word, "a", 0x80);
  for (int i = 0; at >= 0 && i < c->alus; i++) {
    int queue = c->q_vxm + (first + i) % c->alus, mark = f->ops;
    const tsp_instr *in = tsp_isa_by_opcode(tsp_isa_builtin(), move[count]);
    uint64_t own = fuzz_with(word, "imm", fuzz_field(f, queue, in, &in->field[2], c->vxm_column, at));
    if (depth < DEEPEST && fuzz_chance(f, 50))
      own = fuzz_with(own, "a", fuzz_field(f, queue, in, &in->field[0], c->vxm_column, at));
    if (fuzz_slot(f, queue, at) < 0 && fuzz_supply_word(f, own, queue, at, depth + 1) &&
        fuzz_add(f, queue, at, own) >= 0)
      return true;
    fuzz_rollback(f, mark);
  }
  return false;
}

/* A transposer at the unit's own column turns a group round. */
static bool transposer_supplies(tsp_fuzz *f, int direction, int base, int column, int cycle, int depth)
{
  const tsp_config *c = &f->cfg;
  uint64_t word = fuzz_with(fuzz_op_word(TSP_OP_TRANSPOSE), "out", direction * 32 | base);
  int late = fuzz_late(f, word), way = 1 - direction, from = fuzz_below(f, c->streams / c->lanes) * c->lanes;
  word = fuzz_with(word, "group", way * 32 | from);
  for (int q = c->q_sxm; q < c->q_c2c && depth < DEEPEST; q++) {
    int mark = f->ops;
    if (tsp_queue_unit(c, q) != TSP_UNIT_SXT || tsp_queue_column(c, q) != column)
      continue;
    if (fuzz_supply(f, way, from, c->lanes, column, cycle - late, depth + 1) && fuzz_add(f, q, cycle - late, word) >= 0)
      return true;
    fuzz_rollback(f, mark);
  }
  return false;
}

static int missing(const tsp_fuzz *f, int direction, int base, int count, int column, int cycle)
{
  int n = 0;
  for (int s = base; s < base + count; s++)
    n += fuzz_valid(f, direction, s, column, cycle) < 0;
  return n;
}

static bool supply(tsp_fuzz *f, int direction, int base, int count, int column, int cycle, int depth)
{
  int unit = count >= 4 && count % 4 == 0 ? 4 : count;
  bool alus_first = fuzz_chance(f, 30);
  if (count == f->cfg.lanes && missing(f, direction, base, count, column, cycle) == count && fuzz_chance(f, 30) &&
      transposer_supplies(f, direction, base, column, cycle, depth))
    return true;
  for (int b = base; b < base + count; b += unit) {
    if (missing(f, direction, b, unit, column, cycle) == unit && (unit == 1 || unit == 2 || unit == 4) && alus_first &&
        vxm_supplies(f, direction, b, unit, column, cycle, depth))
      continue;
    for (int s = b; s < b + unit; s++)
      if (fuzz_valid(f, direction, s, column, cycle) < 0 && !read_supplies(f, direction, s, column, cycle) &&
          !vxm_supplies(f, direction, s, 1, column, cycle, depth))
        return false;
  }
  return true;
}

bool fuzz_supply(tsp_fuzz *f, int direction, int base, int count, int column, int cycle, int depth)
{
  int mark = f->ops;
  if (cycle < 0)
    return false;
  if (!missing(f, direction, base, count, column, cycle))
    return true;
  if (supply(f, direction, base, count, column, cycle, depth) && !missing(f, direction, base, count, column, cycle))
    return true; /* a Read before more superlanes were powered does not do */
  fuzz_rollback(f, mark);
  return count == f->cfg.lanes && transposer_supplies(f, direction, base, column, cycle, depth);
}

bool fuzz_supply_result(tsp_fuzz *f, int alu, int cycle, int depth)
{
  const tsp_isa *isa = tsp_isa_builtin();
  int queue = f->cfg.q_vxm + alu, op = fuzz_result(f, alu, cycle);
  if (op >= 0)
    return fuzz_covers(f, (int)f->op[op].cycle, cycle);
  for (int tries = 0; depth <= DEEPEST && tries < 12; tries++) {
    const tsp_instr *in = &isa->instr[fuzz_below(f, isa->count)];
    if (in->unit == TSP_UNIT_ICU || !fuzz_has(&f->cfg, in, queue))
      continue;
    if (fuzz_place(f, in, queue, cycle - in->d_func, depth + 1))
      return true;
  }
  return false;
}

static bool supply_results(tsp_fuzz *f, const tsp_instr *in, uint64_t word, int queue, int cycle, int depth)
{
  bool own = in->opcode == TSP_OP_SELECT_V_I8 || in->opcode == TSP_OP_SELECT_V_I16 || in->opcode == TSP_OP_SELECT_V_I32;
  if (own && !fuzz_supply_result(f, queue - f->cfg.q_vxm, cycle, depth))
    return false;
  for (int i = 0; i < in->field_count; i++) {
    int kind = in->field[i].kind, v = (int)tsp_field_get(&in->field[i], word);
    bool source = kind == TSP_KIND_SRC1 || kind == TSP_KIND_SRC2 || kind == TSP_KIND_SRC4;
    if (source && v >= 0x40 && v < 0x80 && !fuzz_supply_result(f, v - 0x40, cycle, depth))
      return false;
  }
  return true;
}

bool fuzz_supply_word(tsp_fuzz *f, uint64_t word, int queue, int cycle, int depth)
{
  const tsp_instr *in = tsp_isa_by_opcode(tsp_isa_builtin(), tsp_word_opcode(word));
  tsp_stream_use use[TSP_MAX_USES];
  int n = tsp_stream_uses(&f->cfg, word, use), column = tsp_queue_column(&f->cfg, queue), mark = f->ops;
  bool ok = cycle >= 0 && supply_results(f, in, word, queue, cycle, depth);
  for (int i = 0; ok && i < n; i++)
    if (!use[i].drives)
      ok = fuzz_supply(f, use[i].direction, use[i].base, use[i].count, column, cycle, depth);
  if (!ok)
    fuzz_rollback(f, mark);
  return ok;
}
