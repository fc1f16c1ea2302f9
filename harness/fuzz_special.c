/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_special.c - instructions that need more than valid operands: addresses in streams, products that somebody takes,
 * vectors on links, text, power. */
#include "fuzz_track.h"
#include <stdlib.h>
#include <string.h>

/* A new word somewhere in a slice that is never written. */
static int fixed_word(tsp_fuzz *f, int slice, const uint8_t *bytes)
{
  for (int tries = 0; tries < 8; tries++) {
    int w = fuzz_word_new(f, slice, (uint32_t)fuzz_below(f, f->cfg.mem_words), true, bytes);
    if (w >= 0)
      return w;
  }
  return -1;
}

/* A word with these bytes on a stream at a column in a cycle: from any slice that can. The word, or -1. */
static int fixed_on_stream(tsp_fuzz *f, const uint8_t *bytes, int direction, int stream, int column, int cycle)
{
  int slices = 2 * f->cfg.mem_slices, first = fuzz_below(f, slices);
  for (int i = 0; i < slices; i++) {
    int slice = (first + i) % slices, words = f->words, w = fixed_word(f, slice, bytes);
    if (w >= 0 && fuzz_read_of(f, slice, f->word[w].addr, direction, stream, column, cycle)) {
      if (fuzz_valid(f, direction, stream, column, cycle) == f->ops - 1)
        return w;
      fuzz_rollback(f, f->ops - 1); /* somebody nearer drives the stream, or a part is lost */
    }
    while (f->words > words)
      free(f->word[--f->words].bytes);
  }
  return -1;
}

static uint32_t legal_address(tsp_fuzz *f, int slice, bool written)
{
  int words = f->cfg.mem_words, corner[4] = {0, words / 2 - 1, words / 2, words - 1};
  for (int tries = 0; tries < 64; tries++) {
    uint32_t addr = fuzz_chance(f, 20) ? (uint32_t)corner[fuzz_below(f, 4)] : (uint32_t)fuzz_below(f, words);
    if (f->words && fuzz_chance(f, 50)) {
      const fuzz_word *w = &f->word[fuzz_below(f, f->words)];
      addr = w->slice == slice ? w->addr : addr;
    }
    if (!written || fuzz_store(f, slice, addr))
      return addr;
  }
  return UINT32_MAX;
}

/* Fills the bytes of a map's two streams; false if no address is free. */
static bool make_map(tsp_fuzz *f, int slice, bool written, uint8_t *low, uint8_t *high)
{
  for (int n = 0; n < f->cfg.superlanes; n++) {
    int words = f->cfg.mem_words;
    uint32_t addr = n == f->beyond ? (uint32_t)fuzz_between(f, words, fuzz_chance(f, 50) ? words : 65535)
                                   : legal_address(f, slice, written);
    if (addr == UINT32_MAX)
      return false;
    for (int lane = 0; lane < f->cfg.lanes; lane++) {
      low[n * f->cfg.lanes + lane] = lane ? (uint8_t)rng_next(&f->rng) : (uint8_t)addr;
      high[n * f->cfg.lanes + lane] = lane ? (uint8_t)rng_next(&f->rng) : (uint8_t)(addr >> 8);
    }
  }
  return true;
}

bool fuzz_place_indirect(tsp_fuzz *f, const tsp_instr *in, int queue, int cycle)
{
  const tsp_config *c = &f->cfg;
  bool written = in->opcode == TSP_OP_SCATTER;
  int mark = f->ops, column = tsp_queue_column(c, queue), way = fuzz_below(f, 2),
      base = 2 * fuzz_below(f, c->streams / 2);
  uint8_t *map = malloc(2 * (size_t)c->vector);
  uint64_t word = fuzz_with(fuzz_word_random(f, in, queue, cycle), "map", way * 32 + base);
  if (!map) {
    f->failed = true;
    return false;
  }
  bool ok = fuzz_slot(f, queue, cycle) < 0 && make_map(f, queue - c->q_mem, written, map, map + c->vector) &&
            fixed_on_stream(f, map, way, base, column, cycle) >= 0 &&
            fixed_on_stream(f, map + c->vector, way, base + 1, column, cycle) >= 0;
  free(map);
  ok = ok && fuzz_supply_word(f, word, queue, cycle, 1) && fuzz_add(f, queue, cycle, word) >= 0;
  if (!ok)
    fuzz_rollback(f, mark);
  return ok;
}

static bool takes(const tsp_config *c, const tsp_instr *in, bool fp)
{
  switch (in->opcode) {
  case TSP_OP_ACC_SET:
  case TSP_OP_ACC_OUT: return true;
  case TSP_OP_ACC_ADD:
  case TSP_OP_ACC_SUM: return !fp;
  default: return fp && c->fp;
  }
}

/* An activation wave and the ACC that takes its product. acc NULL: any. */
static bool wave_and_acc(tsp_fuzz *f, const tsp_instr *wave, const tsp_instr *acc, int queue, int cycle)
{
  static const unsigned any[] = {TSP_OP_ACC_SET,     TSP_OP_ACC_ADD,     TSP_OP_ACC_OUT,
                                 TSP_OP_ACC_ADD_F32, TSP_OP_ACC_SUM_F32, TSP_OP_ACC_SUM};
  bool fp = wave->opcode == TSP_OP_ABC_F16;
  int mark = f->ops, there = cycle + f->cfg.superlanes + fp;
  uint64_t word = fuzz_word_random(f, wave, queue, cycle);
  if (there >= f->horizon || fuzz_slot(f, queue, cycle) >= 0 || fuzz_slot(f, queue + 1, there) >= 0)
    return false;
  bool ok = fuzz_supply_word(f, word, queue, cycle, 1) && fuzz_add(f, queue, cycle, word) >= 0;
  for (int tries = 0; ok && tries < 12; tries++) {
    const tsp_instr *in = acc ? acc : tsp_isa_by_opcode(tsp_isa_builtin(), any[fuzz_below(f, 6)]);
    if (takes(&f->cfg, in, fp) && fuzz_add(f, queue + 1, there, fuzz_word_random(f, in, queue + 1, there)) >= 0)
      return true;
  }
  fuzz_rollback(f, mark);
  return false;
}

bool fuzz_place_wave(tsp_fuzz *f, const tsp_instr *in, int queue, int cycle)
{
  if (!wave_and_acc(f, in, NULL, queue, cycle))
    return false;
  for (int i = 0, n = fuzz_between(f, 0, 8); i < n; i++) /* waves behind each other overlap */
    if (!wave_and_acc(f, in, NULL, queue, cycle += in->opcode == TSP_OP_ABC_F16 ? 2 : 1))
      break;
  return true;
}

bool fuzz_place_acc(tsp_fuzz *f, const tsp_instr *in, int queue, int cycle)
{
  bool fp = in->unit == TSP_UNIT_MCF ||
            ((in->opcode == TSP_OP_ACC_SET || in->opcode == TSP_OP_ACC_OUT) && fuzz_chance(f, 50));
  const tsp_instr *wave = tsp_isa_by_opcode(tsp_isa_builtin(), fp ? TSP_OP_ABC_F16 : TSP_OP_ABC);
  int start = cycle - f->cfg.superlanes - fp;
  return start >= 0 && fuzz_has(&f->cfg, wave, queue - 1) && wave_and_acc(f, wave, in, queue - 1, start);
}

static int other_end(const tsp_config *c, int queue)
{
  int link = queue - c->q_c2c;
  return c->q_c2c + (link + c->links) % (2 * c->links);
}

static bool send(tsp_fuzz *f, int queue, int cycle, int *op)
{
  int mark = f->ops;
  uint64_t word = fuzz_word_random(f, tsp_isa_by_opcode(tsp_isa_builtin(), TSP_OP_SEND), queue, cycle);
  *op = cycle >= 0 && fuzz_slot(f, queue, cycle) < 0 && fuzz_supply_word(f, word, queue, cycle, 1)
            ? fuzz_add(f, queue, cycle, word)
            : -1;
  if (*op < 0)
    fuzz_rollback(f, mark);
  return *op >= 0;
}

static bool receive(tsp_fuzz *f, int queue, int cycle)
{
  const tsp_instr *in = tsp_isa_by_opcode(tsp_isa_builtin(), TSP_OP_RECEIVE);
  return cycle < f->horizon && fuzz_add(f, queue, cycle, fuzz_word_random(f, in, queue, cycle)) >= 0;
}

bool fuzz_place_send(tsp_fuzz *f, const tsp_instr *in, int queue, int cycle)
{
  int op;
  (void)in;
  if (!send(f, queue, cycle, &op))
    return false;
  int to = other_end(&f->cfg, queue), there = fuzz_link_arrival(f, op) + 1;
  for (int tries = 0; tries < 4; tries++)
    if (receive(f, to, there + (tries ? fuzz_below(f, 20) : 0)))
      break;
  return true;
}

bool fuzz_place_receive(tsp_fuzz *f, const tsp_instr *in, int queue, int cycle)
{
  int op, delay = fuzz_late(f, fuzz_op_word(TSP_OP_SEND)) + f->cfg.link_delay + 1, mark = f->ops;
  (void)in;
  if (receive(f, queue, cycle))
    return true;
  if (send(f, other_end(&f->cfg, queue), cycle - delay - fuzz_below(f, 6), &op) && receive(f, queue, cycle))
    return true;
  fuzz_rollback(f, mark);
  return false;
}

/* Two words that will hold text, on one stream in two cycles. What they say is written with the text. */
bool fuzz_place_fetch(tsp_fuzz *f, int queue, int cycle)
{
  const tsp_config *c = &f->cfg;
  int mark = f->ops, column = tsp_queue_column(c, queue), way = fuzz_below(f, 2), stream = fuzz_below(f, c->streams);
  void **array = (void **)&f->fetch;
  int rows = 0;
  for (int i = 0; i < f->fetches; i++)
    rows += f->op[f->fetch[i].op].queue == queue;
  if (cycle + 1 >= f->horizon || fuzz_slot(f, queue, cycle) >= 0 ||
      (rows + 2) * c->superlanes * c->fetch_row > c->iq_depth ||
      !fuzz_room(f, array, f->fetches, &f->fetch_room, sizeof *f->fetch))
    return false;
  int first = fixed_on_stream(f, NULL, way, stream, column, cycle);
  int second = first < 0 ? -1 : fixed_on_stream(f, NULL, way, stream, column, cycle + 1);
  int op =
      second < 0 ? -1 : fuzz_add(f, queue, cycle, fuzz_with(fuzz_op_word(TSP_OP_IFETCH), "stream", way * 32 + stream));
  if (op < 0) {
    fuzz_rollback(f, mark);
    return false;
  }
  f->fetch[f->fetches++] = (fuzz_fetch){op, {first, second}};
  return true;
}

/* One bit in some superlanes' part of a word each: an error that is corrected wherever the word goes, since no other
 * meets it. In cycle 0, when nothing reads the word's slice: then it does not matter how soon an upset is seen. */
void fuzz_upsets(tsp_fuzz *f)
{
  const tsp_config *c = &f->cfg;
  for (int n = 0; f->words && n < c->superlanes && f->upsets < (int)(sizeof f->upset / sizeof *f->upset); n++) {
    const fuzz_word *w = &f->word[fuzz_below(f, f->words)];
    if (fuzz_chance(f, 50) && fuzz_slot(f, c->q_mem + w->slice, 0) < 0)
      f->upset[f->upsets++] = (tsp_upset){
          .slice = w->slice, .addr = w->addr, .superlane = n, .bit = fuzz_below(f, 8 * c->lanes + c->check_bits)};
  }
}

void fuzz_power(tsp_fuzz *f, int queue)
{
  int span = f->horizon + FUZZ_LONGEST + f->cfg.superlanes;
  for (int i = 0, n = fuzz_between(f, 1, 5); i < n; i++) {
    int cycle = fuzz_below(f, f->horizon);
    uint64_t word = fuzz_with(fuzz_op_word(TSP_OP_CONFIG), "superlanes", fuzz_between(f, 1, f->cfg.superlanes));
    fuzz_add(f, queue, cycle, word);
    queue = fuzz_below(f, f->cfg.queues);
  }
  for (int t = 0, now = f->cfg.superlanes; t < span; t++) {
    f->active[t] = now;
    for (int q = 0; q < f->cfg.queues; q++) {
      int op = fuzz_slot(f, q, t);
      if (op >= 0 && tsp_word_opcode(f->op[op].word) == TSP_OP_CONFIG)
        now = (int)tsp_word_get(fuzz_row(f, op), f->op[op].word, "superlanes");
    }
  }
}
