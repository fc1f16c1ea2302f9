/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz_cover.h"
#include "fuzz_track.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { CLASSES = 14, CANDIDATES = 256 };

typedef struct {
  uint64_t count;
  uint32_t possible[TSP_MAX_FIELDS], reached[TSP_MAX_FIELDS]; /* bit masks of classes */
} row;

struct tsp_cover {
  tsp_config cfg;
  row *row;        /* by table row */
  uint64_t *queue; /* [row][queue] */
};

/* The names of the classes of a kind of field, in order; NULL ends them. */
static const char *const *class_names(int kind)
{
  static const char *const count[] = {"1", "2..9", "10..99", "100..", NULL};
  static const char *const stride[] = {"0", "+1", "-1", "above", "below", NULL};
  static const char *const addr[] = {"0", "bank 0", "end of bank 0", "start of bank 1", "bank 1", "last", NULL};
  static const char *const range[] = {"first", "middle", "last", NULL};
  static const char *const shift[] = {"0", "1", "middle", "most", NULL};
  static const char *const rot[] = {"2", "3", "4", NULL};
  static const char *const stream[] = {"first.e", "middle.e", "last.e", "first.w", "middle.w", "last.w", NULL};
  static const char *const src[] = {"first.e", "middle.e", "last.e", "first.w", "middle.w", "last.w", "self",
                                    "north",   "south",    "west",   "east",    "#",        NULL};
  static const char *const dst[] = {"first.e", "middle.e", "last.e", "first.w", "middle.w", "last.w", "alu", NULL};
  static const char *const imm[] = {"0", "1", "-1", "most", "least", "other", NULL};
  switch (kind) {
  case TSP_KIND_COUNT: return count;
  case TSP_KIND_STRIDE: return stride;
  case TSP_KIND_ADDR: return addr;
  case TSP_KIND_SHIFT: return shift;
  case TSP_KIND_ROT: return rot;
  case TSP_KIND_IMM: return imm;
  case TSP_KIND_ACC:
  case TSP_KIND_SLOT:
  case TSP_KIND_MAP:
  case TSP_KIND_EXTENT: return range;
  case TSP_KIND_SRC1:
  case TSP_KIND_SRC2:
  case TSP_KIND_SRC4: return src;
  case TSP_KIND_DST1:
  case TSP_KIND_DST2:
  case TSP_KIND_DST4: return dst;
  default: return stream;
  }
}

static int in_range(int64_t v, int64_t first, int64_t last)
{
  return v == first ? 0 : v == last ? 2 : 1;
}

static int of_address(const tsp_config *c, int64_t v)
{
  int64_t half = c->mem_words / 2;
  if (v < half)
    return v == 0 ? 0 : v == half - 1 ? 2 : 1;
  return v == half ? 3 : v == c->mem_words - 1 ? 5 : 4;
}

static int of_stride(int64_t v)
{
  return v == 0 ? 0 : v == 1 ? 1 : v == -1 ? 2 : v > 0 ? 3 : 4;
}

static int of_neighbour(int alu, int from)
{
  return from == alu ? 6 : from == alu - 4 ? 7 : from == alu + 4 ? 8 : from == alu - 1 ? 9 : 10;
}

static int of_immediate(int64_t v)
{
  static const int64_t special[] = {0, 1, 0xffffffff, 0x7fffffff, 0x80000000};
  for (int i = 0; i < 5; i++)
    if (v == special[i])
      return i;
  return 5;
}

static bool takes_immediate(const tsp_instr *in, uint64_t word)
{
  return tsp_word_get(in, word, "a") == 0x80 || tsp_word_get(in, word, "b") == 0x80;
}

/* Class of a field's value, or -1 if it means nothing here. */
static int class_of(const tsp_config *c, int queue, const tsp_instr *in, const tsp_field *f, uint64_t word)
{
  int64_t v = tsp_field_get(f, word);
  tsp_stream_use use;
  switch (f->kind) {
  case TSP_KIND_COUNT: return v < 2 ? 0 : v < 10 ? 1 : v < 100 ? 2 : 3;
  case TSP_KIND_STRIDE: return of_stride(v);
  case TSP_KIND_ADDR: return of_address(c, v);
  case TSP_KIND_SHIFT: return v < 2 ? (int)v : v == c->vector - 1 ? 3 : 2;
  case TSP_KIND_ROT: return (int)v - 2;
  case TSP_KIND_IMM: return takes_immediate(in, word) ? of_immediate(v) : -1;
  case TSP_KIND_ACC: return in_range(v, 0, c->acc_depth - 1);
  case TSP_KIND_SLOT: return in_range(v, 0, c->superlanes * c->parts - 1);
  case TSP_KIND_MAP: return in_range(v, 0, c->maps - 1);
  case TSP_KIND_EXTENT: return in_range(v, 1, c->superlanes);
  default: break;
  }
  if (!tsp_field_streams(c, in, f, word, &use))
    return v == 0x80 ? 11 : v >= 0x40 ? of_neighbour(queue - c->q_vxm, (int)v - 0x40) : 6;
  int each = in->opcode == TSP_OP_ROTATE && use.drives ? c->lanes : use.count;
  return 3 * use.direction + in_range(use.base / each, 0, c->streams / each - 1);
}

/* Values of a field that reach all its classes; returns their number. */
static int candidates(const tsp_config *c, const tsp_field *f, int64_t out[CANDIDATES])
{
  const int64_t special[] = {0,
                             1,
                             2,
                             50,
                             200,
                             -1,
                             -2,
                             c->mem_words / 2 - 1,
                             c->mem_words / 2,
                             c->mem_words / 2 + 1,
                             c->mem_words - 1,
                             c->acc_depth - 1,
                             c->superlanes * c->parts - 1,
                             c->vector - 1,
                             0x7fffffff,
                             0x80000000,
                             0xffffffff};
  int n = 0;
  if (f->width <= 8)
    while (n < 1 << f->width) {
      out[n] = n;
      n++;
    }
  else
    for (size_t i = 0; i < sizeof special / sizeof *special; i++)
      out[n++] = special[i];
  return n;
}

/* Marks the classes that legal words of a queue reach through one field. */
static void mark_possible(tsp_cover *c, tsp_fuzz *any, const tsp_instr *in, int queue, row *r)
{
  enum { BASES = 16 };
  int64_t value[CANDIDATES];
  for (int b = 0; b < BASES; b++) {
    uint64_t base = fuzz_word_random(any, in, queue, 0);
    for (int i = 0; i < in->field_count; i++) {
      int n = candidates(&c->cfg, &in->field[i], value);
      for (int k = 0; k < n; k++) {
        uint64_t word = tsp_word_set(in, base, in->field[i].name, value[k]);
        int class = tsp_word_check(tsp_isa_builtin(), &c->cfg, queue, word)
                        ? -1
                        : class_of(&c->cfg, queue, in, &in->field[i], word);
        if (class >= 0)
          r->possible[i] |= UINT32_C(1) << class;
      }
    }
  }
}

static uint64_t *cell(const tsp_cover *c, int row, int queue)
{
  return &c->queue[(size_t)row * (size_t)c->cfg.queues + (size_t)queue];
}

/* The queue executes it, and a legal program can dispatch it: fp32 products only come to the first plane of a pair. */
static bool reachable(const tsp_config *c, const tsp_instr *in, int queue)
{
  return fuzz_has(c, in, queue) && (in->unit != TSP_UNIT_MCF || tsp_plane_pairs(c, (queue - c->q_mxm) / 3));
}

tsp_cover *tsp_cover_new(const tsp_config *cfg)
{
  const tsp_isa *isa = tsp_isa_builtin();
  tsp_cover *c = calloc(1, sizeof *c);
  tsp_fuzz *any = fuzz_new(cfg, 16);
  if (c) {
    c->cfg = *cfg;
    c->row = calloc((size_t)isa->count, sizeof *c->row);
    c->queue = calloc((size_t)isa->count * (size_t)cfg->queues, sizeof *c->queue);
  }
  if (!c || !any || !c->row || !c->queue) {
    tsp_fuzz_free(any);
    tsp_cover_free(c);
    return NULL;
  }
  for (int i = 0; i < isa->count; i++)
    for (int q = 0; q < cfg->queues; q++)
      if (reachable(cfg, &isa->instr[i], q))
        mark_possible(c, any, &isa->instr[i], q, &c->row[i]);
  tsp_fuzz_free(any);
  return c;
}

void tsp_cover_free(tsp_cover *c)
{
  if (!c)
    return;
  free(c->row);
  free(c->queue);
  free(c);
}

void tsp_cover_add(tsp_cover *c, int queue, uint64_t word)
{
  const tsp_isa *isa = tsp_isa_builtin();
  const tsp_instr *in = tsp_isa_by_opcode(isa, tsp_word_opcode(word));
  if (!in || tsp_word_check(isa, &c->cfg, queue, word))
    return;
  row *r = &c->row[in - isa->instr];
  r->count++;
  ++*cell(c, (int)(in - isa->instr), queue);
  for (int i = 0; i < in->field_count; i++) {
    int class = class_of(&c->cfg, queue, in, &in->field[i], word);
    if (class >= 0)
      r->reached[i] |= UINT32_C(1) << class;
  }
}

/* Queues that have the instruction, and those where it was dispatched. Deskew means nothing outside the links. */
static void queues(const tsp_cover *c, int i, int *reached, int *possible)
{
  const tsp_instr *in = &tsp_isa_builtin()->instr[i];
  *reached = *possible = 0;
  for (int q = 0; q < c->cfg.queues; q++) {
    *possible += reachable(&c->cfg, in, q);
    *reached += *cell(c, i, q) > 0;
  }
}

tsp_cover_sum tsp_cover_total(const tsp_cover *c)
{
  const tsp_isa *isa = tsp_isa_builtin();
  tsp_cover_sum s = {0};
  for (int i = 0; i < isa->count; i++) {
    int reached, possible;
    queues(c, i, &reached, &possible);
    s.words += c->row[i].count;
    s.reached += reached;
    s.possible += possible;
    for (int f = 0; f < isa->instr[i].field_count; f++) {
      s.possible += __builtin_popcount(c->row[i].possible[f]);
      s.reached += __builtin_popcount(c->row[i].reached[f] & c->row[i].possible[f]);
    }
  }
  return s;
}

void tsp_cover_table(const tsp_cover *c, FILE *to)
{
  const tsp_isa *isa = tsp_isa_builtin();
  for (int i = 0; i < isa->count; i++) {
    const row *r = &c->row[i];
    int reached, possible;
    queues(c, i, &reached, &possible);
    if (!possible)
      continue;
    fprintf(to, "%-16s %10" PRIu64 "  queues %d/%d", isa->instr[i].mnemonic, r->count, reached, possible);
    for (int f = 0; f < isa->instr[i].field_count; f++)
      fprintf(to, "  %s %d/%d", isa->instr[i].field[f].name, __builtin_popcount(r->reached[f] & r->possible[f]),
              __builtin_popcount(r->possible[f]));
    fputc('\n', to);
  }
}

void tsp_cover_holes(const tsp_cover *c, FILE *to)
{
  const tsp_isa *isa = tsp_isa_builtin();
  for (int i = 0; i < isa->count; i++) {
    const tsp_instr *in = &isa->instr[i];
    char name[16];
    for (int f = 0; f < in->field_count; f++) {
      uint32_t holes = c->row[i].possible[f] & ~c->row[i].reached[f];
      const char *const *class = class_names(in->field[f].kind);
      for (int k = 0; class[k]; k++)
        if (holes >> k & 1)
          fprintf(to, "hole  %s %s %s\n", in->mnemonic, in->field[f].name, class[k]);
    }
    for (int q = 0; q < c->cfg.queues; q++)
      if (reachable(&c->cfg, in, q) && !*cell(c, i, q))
        fprintf(to, "hole  %s in %s\n", in->mnemonic, tsp_queue_name(&c->cfg, q, name));
  }
}
