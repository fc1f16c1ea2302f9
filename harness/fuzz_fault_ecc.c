/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_fault_ecc.c - a program in which two bits of a word turn before one instruction takes it, as an operand or as a
 * part of the map that it gathers or scatters with. */
#include "fuzz_track.h"

/* Nobody but one instruction takes what another one drives. */
static bool only_taker(const tsp_fuzz *f, int driver, int taker)
{
  for (int i = 0; i < f->ops; i++) {
    tsp_stream_use use[TSP_MAX_USES];
    const tsp_fuzz_op *o = &f->op[i];
    int n = tsp_stream_uses(&f->cfg, o->word, use), column = tsp_queue_column(&f->cfg, o->queue);
    bool twice = tsp_word_opcode(o->word) == TSP_OP_IFETCH;
    for (int k = 0; i != taker && k < n; k++)
      for (int s = use[k].base; !use[k].drives && s < use[k].base + use[k].count; s++)
        if (fuzz_driver(f, use[k].direction, s, column, (int)o->cycle) == driver ||
            (twice && fuzz_driver(f, use[k].direction, s, column, (int)o->cycle + 1) == driver))
          return false;
  }
  return true;
}

/* Nothing reads the word but perhaps one instruction. */
static bool only_reader(const tsp_fuzz *f, int slice, uint32_t addr, int reader)
{
  for (int i = 0; i < f->ops; i++) {
    const tsp_fuzz_op *o = &f->op[i];
    unsigned opcode = tsp_word_opcode(o->word);
    bool reads = opcode == TSP_OP_READ || opcode == TSP_OP_READWRITE;
    if (i == reader || o->queue != f->cfg.q_mem + slice)
      continue;
    if (opcode == TSP_OP_GATHER || (reads && tsp_word_get(fuzz_row(f, i), o->word, "raddr") == (int64_t)addr))
      return false;
  }
  return true;
}

/* A word of memory on a stream at a column, from any slice; the Read, or -1. */
static int read_somewhere(tsp_fuzz *f, int direction, int stream, int column, int cycle)
{
  for (int tries = 0; tries < 12; tries++) {
    int slice = fuzz_below(f, 2 * f->cfg.mem_slices), read = f->ops;
    int word = fuzz_word_new(f, slice, (uint32_t)fuzz_below(f, f->cfg.mem_words), true, NULL);
    if (word < 0 || fuzz_slot(f, f->cfg.q_mem + slice, 0) >= 0)
      continue;
    if (fuzz_read_of(f, slice, f->word[word].addr, direction, stream, column, cycle) && f->op[read].cycle > 0 &&
        fuzz_valid(f, direction, stream, column, cycle) == read)
      return read;
    fuzz_rollback(f, read);
  }
  return -1;
}

/* One or two bits of the word that a Read brings, in one superlane. */
static void upset(tsp_fuzz *f, int read, int superlane, int count)
{
  int bits = 8 * f->cfg.lanes + f->cfg.check_bits, bit = fuzz_below(f, bits);
  for (int k = 0; k < count; k++)
    f->upset[f->upsets++] = (tsp_upset){.slice = f->op[read].queue - f->cfg.q_mem,
                                        .addr = (uint32_t)tsp_word_get(fuzz_row(f, read), f->op[read].word, "raddr"),
                                        .superlane = superlane,
                                        .bit = k ? (bit + fuzz_between(f, 1, bits - 1)) % bits : bit};
}

/* What a Read brings goes to one instruction only, and from a word that nothing else reads. */
static bool alone(const tsp_fuzz *f, int read, int taker)
{
  uint32_t addr = (uint32_t)tsp_word_get(fuzz_row(f, read), f->op[read].word, "raddr");
  return only_taker(f, read, taker) && only_reader(f, f->op[read].queue - f->cfg.q_mem, addr, read);
}

/* One consumer of each kind. */
static const struct {
  uint8_t unit, opcode;
} consumer[] = {{TSP_UNIT_VXM, TSP_OP_MOV_I8}, {TSP_UNIT_SXS, TSP_OP_SHIFT_UP}, {TSP_UNIT_SXS, TSP_OP_SMAP},
                {TSP_UNIT_SXP, TSP_OP_PMAP},   {TSP_UNIT_SXD, TSP_OP_ROTATE},   {TSP_UNIT_SXT, TSP_OP_TRANSPOSE},
                {TSP_UNIT_MXW, TSP_OP_LW},     {TSP_UNIT_MXA, TSP_OP_ABC}};

static bool operand(tsp_fuzz *f)
{
  int kind = fuzz_below(f, sizeof consumer / sizeof *consumer), cycle = fuzz_below(f, f->horizon);
  int queue = fuzz_free_queue(f, consumer[kind].unit, cycle);
  if (queue < 0)
    return false;
  const tsp_instr *in = tsp_isa_by_opcode(tsp_isa_builtin(), consumer[kind].opcode);
  uint64_t word = fuzz_word_random(f, in, queue, cycle);
  tsp_stream_use use[TSP_MAX_USES];
  int uses = tsp_stream_uses(&f->cfg, word, use), column = tsp_queue_column(&f->cfg, queue);
  if (!uses || use[0].drives)
    return false; /* an immediate or chained source */
  int read = read_somewhere(f, use[0].direction, use[0].base + fuzz_below(f, use[0].count), column, cycle);
  if (read < 0 || !fuzz_supply_word(f, word, queue, cycle, 1))
    return false;
  int op = fuzz_add(f, queue, cycle, word), n = fuzz_below(f, f->active[cycle]);
  if (op < 0 || !alone(f, read, op))
    return false;
  upset(f, read, n, 2);
  return fuzz_wrong(f, TSP_FAULT_ECC, queue, cycle + n);
}

/* One of the map's two words, and perhaps a single bit of the other one, which is corrected. */
static bool map(tsp_fuzz *f)
{
  int cycle = fuzz_below(f, f->horizon), queue = fuzz_free_queue(f, TSP_UNIT_MEM, cycle), read = f->ops;
  unsigned opcode = fuzz_chance(f, 50) ? TSP_OP_GATHER : TSP_OP_SCATTER;
  if (queue < 0 || !fuzz_place_indirect(f, tsp_isa_by_opcode(tsp_isa_builtin(), opcode), queue, cycle))
    return false;
  for (int k = read; k < read + 2; k++) /* its Reads are placed first */
    if (f->op[k].cycle == 0 || fuzz_slot(f, f->op[k].queue, 0) >= 0 || !alone(f, k, fuzz_slot(f, queue, cycle)))
      return false;
  int n = fuzz_below(f, f->active[cycle]), bad = fuzz_below(f, 2);
  upset(f, read + bad, n, 2);
  upset(f, read + 1 - bad, n, fuzz_below(f, 2));
  return fuzz_wrong(f, TSP_FAULT_ECC, queue, cycle + n);
}

bool fuzz_break_ecc(tsp_fuzz *f)
{
  enum { ROOM = sizeof f->upset / sizeof *f->upset };
  bool of_map = fuzz_chance(f, 30);
  for (int tries = 0; f->cfg.ecc && f->upsets + 3 <= ROOM && tries < 200; tries++) {
    int mark = f->ops;
    if (of_map ? map(f) : operand(f))
      return true;
    fuzz_rollback(f, mark);
  }
  return false;
}
