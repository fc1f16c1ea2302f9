/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_fields.c - random legal values of fields. First, last and other special values come often. */
#include "fuzz_track.h"
#include <string.h>

/* low, high, their neighbours, or anything between. */
static int64_t cornered(tsp_fuzz *f, int low, int high)
{
  switch (fuzz_below(f, 6)) {
  case 0: return low;
  case 1: return high;
  case 2: return fuzz_chance(f, 50) && low < high ? low + 1 : high > low ? high - 1 : low;
  default: return fuzz_between(f, low, high);
  }
}

/* Groups of n streams, as direction * 32 + base. ways: bit TSP_EAST, bit TSP_WEST. */
static int64_t any_group(tsp_fuzz *f, int n, int ways)
{
  int way = ways == 3 ? fuzz_below(f, 2) : ways == 1 << TSP_WEST ? TSP_WEST : TSP_EAST;
  return way * 32 + n * cornered(f, 0, f->cfg.streams / n - 1);
}

/* One that is there already, if there is one; the column and cycle are those of the consumer. */
static int64_t taken_group(tsp_fuzz *f, int n, int ways, int column, int cycle)
{
  int found[64], count = 0;
  for (int way = 0; way < 2 && fuzz_chance(f, 60); way++)
    for (int base = 0; ways >> way & 1 && base < f->cfg.streams; base += n) {
      bool valid = true;
      for (int s = base; valid && s < base + n; s++)
        valid = fuzz_valid(f, way, s, column, cycle) >= 0;
      if (valid)
        found[count++] = way * 32 + base;
    }
  return count ? found[fuzz_below(f, count)] : any_group(f, n, ways);
}

static int64_t immediate(tsp_fuzz *f)
{
  static const uint32_t corner[] = {0, 1, 0xffffffff, 0x7fffffff, 0x80000000};
  static const uint32_t special[] = {0x7f,       0x80,       0xff80,     0x7fff,     0x8000,     0x3f800000, 0xbf800000,
                                     0x7f800000, 0xff800000, 0x7fc00000, 0x7f800001, 0x007fffff, 0x00800000, 0x7f7fffff,
                                     0x3c00,     0x7c00,     0xfc00,     0x7e00,     0x03ff,     0x0400,     0x7bff,
                                     0x42b17218, 31,         32,         15,         16,         7,          8};
  switch (fuzz_below(f, 3)) {
  case 0: return corner[fuzz_below(f, sizeof corner / sizeof *corner)];
  case 1: return special[fuzz_below(f, sizeof special / sizeof *special)];
  default: return (int64_t)(rng_next(&f->rng) & 0xffffffff);
  }
}

/* A neighbour in the mesh, or the ALU itself, that has a result then if one has. */
static int64_t neighbour(tsp_fuzz *f, int alu, int cycle)
{
  if (alu < 0 || alu >= f->cfg.alus)
    alu = fuzz_below(f, f->cfg.alus); /* a word for a queue of another unit */
  int near[5], n = 0, ready[5] = {0}, r = 0, column = alu % 4;
  near[n++] = alu;
  if (alu >= 4)
    near[n++] = alu - 4;
  if (alu + 4 < f->cfg.alus)
    near[n++] = alu + 4;
  if (column > 0)
    near[n++] = alu - 1;
  if (column < 3)
    near[n++] = alu + 1;
  for (int i = 0; i < n; i++)
    if (fuzz_result(f, near[i], cycle) >= 0)
      ready[r++] = near[i];
  return 0x40 + (r && fuzz_chance(f, 70) ? ready[fuzz_below(f, r)] : near[fuzz_below(f, n)]);
}

static int64_t source(tsp_fuzz *f, int n, int queue, int column, int cycle)
{
  int way = fuzz_below(f, 10);
  if (way < 3)
    return 0x80;
  return way < 6 ? neighbour(f, queue - f->cfg.q_vxm, cycle) : taken_group(f, n, 3, column, cycle);
}

static int64_t result(tsp_fuzz *f, int n)
{
  return fuzz_chance(f, 30) ? 0 : 0x80 | any_group(f, n, 3);
}

static int64_t address(tsp_fuzz *f)
{
  int words = f->cfg.mem_words, half = words / 2;
  return fuzz_chance(f, 50) ? cornered(f, 0, half - 1) : cornered(f, half, words - 1);
}

/* An accumulator or a map that is written already, if the instruction needs one. */
static int64_t entry(tsp_fuzz *f, int queue, const tsp_instr *in, const char *field, int count, int cycle)
{
  enum { ROOM = 64 };
  int before[ROOM], n = 0;
  bool writes = in->opcode == TSP_OP_ACC_SET || in->opcode == TSP_OP_SMAP || in->opcode == TSP_OP_PMAP ||
                in->opcode == TSP_OP_DMAP;
  if (!writes)
    n = fuzz_defined(f, queue, cycle, field, before, ROOM);
  return n ? before[fuzz_below(f, n)] : cornered(f, 0, count - 1);
}

int64_t fuzz_field(tsp_fuzz *f, int queue, const tsp_instr *in, const tsp_field *field, int column, int cycle)
{
  const tsp_config *c = &f->cfg;
  int outward = 1 << tsp_queue_hemisphere(c, queue), inward = 3 & ~outward;
  bool drives = strcmp(field->name, "out") == 0 || strcmp(field->name, "rstream") == 0 || in->opcode == TSP_OP_ROTATE;
  switch (field->kind) {
  case TSP_KIND_COUNT: return cornered(f, 1, 40);
  case TSP_KIND_STRIDE: return fuzz_between(f, -3, 3);
  case TSP_KIND_ADDR: return address(f);
  case TSP_KIND_ACC: return entry(f, queue, in, field->name, c->acc_depth, cycle);
  case TSP_KIND_SLOT: return cornered(f, 0, c->superlanes * c->parts - 1);
  case TSP_KIND_STREAM: return drives ? any_group(f, 1, 3) : taken_group(f, 1, 3, column, cycle);
  case TSP_KIND_STREAM_OUT: return taken_group(f, 1, outward, column, cycle);
  case TSP_KIND_GROUPW_OUT: return taken_group(f, c->lw_streams, outward, column, cycle);
  case TSP_KIND_GROUP4_IN: return any_group(f, 4, inward);
  case TSP_KIND_SRC1: return source(f, 1, queue, column, cycle);
  case TSP_KIND_SRC2: return source(f, 2, queue, column, cycle);
  case TSP_KIND_SRC4: return source(f, 4, queue, column, cycle);
  case TSP_KIND_DST1: return result(f, 1);
  case TSP_KIND_DST2: return result(f, 2);
  case TSP_KIND_DST4: return result(f, 4);
  case TSP_KIND_IMM: return immediate(f);
  case TSP_KIND_GROUP2: return taken_group(f, 2, 3, column, cycle);
  case TSP_KIND_GROUP2_OUT: return taken_group(f, 2, outward, column, cycle);
  case TSP_KIND_GROUPL: return drives ? any_group(f, c->lanes, 3) : taken_group(f, c->lanes, 3, column, cycle);
  case TSP_KIND_SHIFT: return cornered(f, 0, c->vector - 1);
  case TSP_KIND_MAP: return entry(f, queue, in, field->name, c->maps, cycle);
  case TSP_KIND_ROT: return fuzz_between(f, 2, c->lanes >= 16 ? 4 : c->lanes >= 9 ? 3 : 2);
  case TSP_KIND_EXTENT: return cornered(f, 1, c->superlanes);
  default: return 0;
  }
}

uint64_t fuzz_word_random(tsp_fuzz *f, const tsp_instr *in, int queue, int cycle)
{
  int column = tsp_queue_column(&f->cfg, queue);
  uint64_t word = (uint64_t)in->opcode << 56;
  for (int i = 0; i < in->field_count; i++)
    word = tsp_word_set(in, word, in->field[i].name, fuzz_field(f, queue, in, &in->field[i], column, cycle));
  if (in->opcode == TSP_OP_READWRITE) { /* the other bank */
    int half = f->cfg.mem_words / 2, r = (int)tsp_word_get(in, word, "raddr"), w = (int)tsp_word_get(in, word, "waddr");
    if ((r >= half) == (w >= half))
      word = tsp_word_set(in, word, "waddr", w >= half ? w - half : w + half);
  }
  return word;
}
