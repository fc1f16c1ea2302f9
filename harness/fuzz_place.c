/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_place.c - one instruction into the program, with all it needs, and repeated where that works. */
#include "fuzz_track.h"

enum { TRIES = 24, SERIES = 12, LONG_SERIES = 160 };

bool fuzz_has(const tsp_config *cfg, const tsp_instr *in, int queue)
{
  int kind = tsp_queue_unit(cfg, queue), alu = queue - cfg->q_vxm;
  switch (in->unit) {
  case TSP_UNIT_ICU: return true;
  case TSP_UNIT_VXF: return kind == TSP_UNIT_VXM && cfg->fp;
  case TSP_UNIT_VXS: return kind == TSP_UNIT_VXM && cfg->fp && alu % 4 == 3;
  case TSP_UNIT_MAF: return kind == TSP_UNIT_MXA && tsp_plane_pairs(cfg, (queue - cfg->q_mxm) / 3);
  case TSP_UNIT_MCF: return kind == TSP_UNIT_MXC && cfg->fp;
  default: return in->unit == kind;
  }
}

/* The same instruction again and again, d cycles apart, its strided fields moved: a Repeat. */
static void series(tsp_fuzz *f, const tsp_instr *in, int queue, int cycle, uint64_t word, int depth)
{
  int d = fuzz_chance(f, 50) ? 1 : fuzz_between(f, 1, 5), n = fuzz_between(f, 1, SERIES);
  int a = fuzz_between(f, -2, 2), b = fuzz_between(f, -2, 2);
  if (fuzz_chance(f, 4)) {
    d = 1;
    n = LONG_SERIES;
  }
  for (int i = 0; i < n; i++) {
    int mark = f->ops;
    cycle += d;
    word = tsp_word_stride(in, word, a, b);
    if (tsp_word_check(tsp_isa_builtin(), &f->cfg, queue, word) || fuzz_slot(f, queue, cycle) >= 0 ||
        !fuzz_supply_word(f, word, queue, cycle, depth) || fuzz_add(f, queue, cycle, word) < 0) {
      fuzz_rollback(f, mark);
      return;
    }
  }
}

/* A map for an instruction that needs one: loaded some cycles earlier. */
static void load_map(tsp_fuzz *f, const tsp_instr *in, int queue, int cycle)
{
  unsigned load = in->opcode == TSP_OP_SELECT       ? TSP_OP_SMAP
                  : in->opcode == TSP_OP_PERMUTE    ? TSP_OP_PMAP
                  : in->opcode == TSP_OP_DISTRIBUTE ? TSP_OP_DMAP
                                                    : 0;
  int some[1];
  if (load && (fuzz_chance(f, 20) || !fuzz_defined(f, queue, cycle, "map", some, 1)))
    fuzz_place(f, tsp_isa_by_opcode(tsp_isa_builtin(), load), queue, cycle - 1 - fuzz_below(f, 12), 1);
}

static bool plain(tsp_fuzz *f, const tsp_instr *in, int queue, int cycle, int depth)
{
  int mark = f->ops;
  load_map(f, in, queue, cycle);
  uint64_t word = fuzz_word_random(f, in, queue, cycle);
  if (fuzz_slot(f, queue, cycle) >= 0 || tsp_word_check(tsp_isa_builtin(), &f->cfg, queue, word) ||
      !fuzz_supply_word(f, word, queue, cycle, depth) || fuzz_add(f, queue, cycle, word) < 0) {
    fuzz_rollback(f, mark);
    return false;
  }
  if (depth == 0 && in->unit != TSP_UNIT_ICU && fuzz_chance(f, 35))
    series(f, in, queue, cycle, word, depth);
  return true;
}

bool fuzz_place(tsp_fuzz *f, const tsp_instr *in, int queue, int cycle, int depth)
{
  if (cycle < 0 || cycle >= f->horizon)
    return false;
  switch (in->opcode) {
  case TSP_OP_NOP:
  case TSP_OP_REPEAT:
  case TSP_OP_SYNC:
  case TSP_OP_END:
  case TSP_OP_DESKEW:
  case TSP_OP_CONFIG: return false; /* made with the text, or before all others */
  case TSP_OP_IFETCH: return fuzz_place_fetch(f, queue, cycle);
  case TSP_OP_GATHER:
  case TSP_OP_SCATTER: return fuzz_place_indirect(f, in, queue, cycle);
  case TSP_OP_ABC:
  case TSP_OP_ABC_F16: return fuzz_place_wave(f, in, queue, cycle);
  case TSP_OP_ACC_SET:
  case TSP_OP_ACC_ADD:
  case TSP_OP_ACC_OUT:
  case TSP_OP_ACC_SUM:
  case TSP_OP_ACC_ADD_F32:
  case TSP_OP_ACC_SUM_F32: return fuzz_place_acc(f, in, queue, cycle);
  case TSP_OP_SEND: return fuzz_place_send(f, in, queue, cycle);
  case TSP_OP_RECEIVE: return fuzz_place_receive(f, in, queue, cycle);
  default: return plain(f, in, queue, cycle, depth);
  }
}

/* Any queue that executes the instruction, or -1. */
static int some_queue(tsp_fuzz *f, const tsp_instr *in)
{
  int have = 0, found = -1;
  for (int q = 0; q < f->cfg.queues; q++)
    have += fuzz_has(&f->cfg, in, q);
  for (int left = have ? 1 + fuzz_below(f, have) : 0; left > 0; left -= fuzz_has(&f->cfg, in, found))
    found++;
  return found;
}

bool fuzz_place_anywhere(tsp_fuzz *f, const tsp_instr *in)
{
  for (int i = 0; i < TRIES; i++) {
    int queue = some_queue(f, in);
    if (queue < 0)
      return false;
    if (fuzz_place(f, in, queue, fuzz_below(f, f->horizon), 0))
      return true;
  }
  return false;
}
