/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz.c - makes random programs, and copies of them with less in them. */
#include "fuzz.h"
#include "fuzz_track.h"
#include <stdlib.h>
#include <string.h>

enum { FOCUS = 6, ATTEMPTS = 6, FETCH_TRIES = 8 };

/* Bytes that make interesting numbers of every type. */
static uint8_t some_byte(tsp_fuzz *f, int kind)
{
  static const uint8_t corner[] = {0x00, 0x01, 0x7f, 0x80, 0x81, 0xff, 0x3f, 0x7e, 0xfe, 0x7c, 0xfc, 0x03, 0x04, 0x3c};
  switch (kind) {
  case 0: return 0;
  case 1: return (uint8_t)fuzz_between(f, 0, 3);
  case 2: return corner[fuzz_below(f, sizeof corner)];
  case 3: return fuzz_chance(f, 50) ? 0 : corner[fuzz_below(f, sizeof corner)];
  default: return (uint8_t)rng_next(&f->rng);
  }
}

static void random_words(tsp_fuzz *f)
{
  const tsp_config *c = &f->cfg;
  int corner[4] = {0, c->mem_words / 2 - 1, c->mem_words / 2, c->mem_words - 1};
  uint8_t *bytes = malloc((size_t)c->vector);
  for (int slice = 0; bytes && slice < 2 * c->mem_slices; slice++)
    for (int i = 0, n = fuzz_between(f, 2, 7); i < n; i++) {
      int addr = fuzz_chance(f, 30) ? corner[fuzz_below(f, 4)] : fuzz_below(f, c->mem_words), kind = fuzz_below(f, 6);
      for (int l = 0; l < c->vector; l++)
        bytes[l] = some_byte(f, kind);
      fuzz_word_new(f, slice, (uint32_t)addr, false, bytes);
    }
  f->failed = f->failed || !bytes;
  free(bytes);
}

/* An instruction of the table that the configuration has; kinds of unit are equally likely. */
static const tsp_instr *some_instruction(tsp_fuzz *f)
{
  static const uint8_t share[] = {TSP_UNIT_MEM, TSP_UNIT_MEM, TSP_UNIT_MEM, TSP_UNIT_MXW, TSP_UNIT_MXA,
                                  TSP_UNIT_MXC, TSP_UNIT_MAF, TSP_UNIT_MCF, TSP_UNIT_SXS, TSP_UNIT_SXP,
                                  TSP_UNIT_SXD, TSP_UNIT_SXT, TSP_UNIT_C2C, TSP_UNIT_VXM, TSP_UNIT_VXM,
                                  TSP_UNIT_VXM, TSP_UNIT_VXF, TSP_UNIT_VXF, TSP_UNIT_VXF, TSP_UNIT_VXS};
  const tsp_isa *isa = tsp_isa_builtin();
  int unit = share[fuzz_below(f, sizeof share)];
  for (;;) {
    const tsp_instr *in = &isa->instr[fuzz_below(f, isa->count)];
    if (in->unit == unit)
      return in;
  }
}

/* Instructions in turn from program to program, so that a few programs have them all. */
static void focus(tsp_fuzz *f, uint64_t number)
{
  const tsp_isa *isa = tsp_isa_builtin();
  for (uint64_t i = 0; i < FOCUS; i++)
    fuzz_place_anywhere(f, &isa->instr[(number * FOCUS + i) % (uint64_t)isa->count]);
}

/* How many cycles: room for the longest way through the chip, now and then for a trip over the links. */
static int length_of(const tsp_config *c, uint64_t seed)
{
  tsp_rng r = {seed};
  int base = 2 * c->columns + 4 * c->superlanes + 40;
  if (rng_range(&r, 0, 2) == 0)
    base += c->link_delay + c->barrier + c->superlanes;
  return base + (int)rng_range(&r, 0, 1) * (int)rng_range(&r, 0, 200);
}

/* What every queue can do: Config in one program of three, Ifetch in one of two, Notify in one of three and now and
 * then; the first time in the queue that is next in turn. */
static void every_queue(tsp_fuzz *f, uint64_t number)
{
  const tsp_instr *notify = tsp_isa_by_opcode(tsp_isa_builtin(), TSP_OP_NOTIFY);
  const uint64_t queues = (uint64_t)f->cfg.queues;
  if (number % 3 == 0)
    fuzz_power(f, (int)(number / 3 % queues));
  if (number % 2 == 0) {
    int queue = (int)(number / 2 % queues);
    for (int i = 0; i < FETCH_TRIES && !fuzz_place_fetch(f, queue, fuzz_below(f, f->horizon)); i++)
      ;
    for (int i = fuzz_between(f, 0, 3); i > 0; i--)
      fuzz_place_fetch(f, fuzz_below(f, f->cfg.queues), fuzz_below(f, f->horizon));
  }
  if (number % 3 == 1)
    fuzz_place(f, notify, (int)(number / 3 % queues), fuzz_below(f, f->horizon), 0);
  for (int i = fuzz_chance(f, 30) ? fuzz_between(f, 1, 4) : 0; i > 0; i--)
    fuzz_place_anywhere(f, notify);
}

static void populate(tsp_fuzz *f, uint64_t number)
{
  int dense = fuzz_between(f, 0, 3), count = f->horizon * (1 + 2 * dense) / 4;
  random_words(f);
  every_queue(f, number);
  focus(f, number);
  for (int i = 0; i < count && !f->failed; i++)
    fuzz_place_anywhere(f, some_instruction(f));
  if (f->cfg.ecc && fuzz_chance(f, 50))
    fuzz_upsets(f);
}

/* An Ifetch that cannot bring its text in time is left out. */
static tsp_status without_late_fetches(tsp_fuzz **f)
{
  tsp_image *image;
  tsp_fuzz_end end;
  tsp_status s = tsp_fuzz_image(*f, TSP_FUZZ_ALL, &image, &end, NULL);
  tsp_image_free(image);
  if (s != TSP_ERANGE)
    return s;
  bool *drop = calloc((size_t)(*f)->ops + 1, sizeof *drop);
  for (int i = 0; drop && i < (*f)->ops; i++)
    drop[i] = tsp_word_opcode((*f)->op[i].word) == TSP_OP_IFETCH;
  tsp_fuzz *less = drop ? tsp_fuzz_without(*f, drop, true) : NULL;
  free(drop);
  tsp_fuzz_free(*f);
  *f = less;
  return less ? TSP_OK : TSP_ENOMEM;
}

tsp_status tsp_fuzz_make(const tsp_config *cfg, uint64_t seed, uint64_t number, tsp_fault_code fault, tsp_fuzz **out)
{
  tsp_rng mix = {seed ^ (number + 1) * UINT64_C(0xd6e8feb86659fd93)};
  uint64_t own = rng_next(&mix);
  tsp_fuzz *f = fuzz_new(cfg, length_of(cfg, own));
  *out = NULL;
  if (!f)
    return TSP_ENOMEM;
  f->rng.state = own;
  f->text_seed = rng_next(&mix);
  populate(f, number);
  tsp_status s = f->failed ? TSP_ENOMEM : without_late_fetches(&f);
  bool broken = s != TSP_OK || !fault;
  for (int i = 0; s == TSP_OK && !broken && i < ATTEMPTS; i++)
    broken = fuzz_break(f, fault);
  if (s == TSP_OK && broken && !f->failed) {
    *out = f;
    return TSP_OK;
  }
  tsp_fuzz_free(f);
  return s != TSP_OK ? s : TSP_ERANGE;
}

size_t tsp_fuzz_count(const tsp_fuzz *f)
{
  return (size_t)f->ops;
}

const tsp_upset *tsp_fuzz_upsets(const tsp_fuzz *f, size_t *count)
{
  *count = (size_t)f->upsets;
  return f->upset;
}

tsp_fuzz_op tsp_fuzz_at(const tsp_fuzz *f, size_t i)
{
  return f->op[i];
}

/* What is not an instruction: power by cycle, memory, the wrong thing. */
static tsp_fuzz *same_but_empty(const tsp_fuzz *f)
{
  tsp_fuzz *c = fuzz_new(&f->cfg, f->horizon);
  if (!c)
    return NULL;
  memcpy(c->active, f->active, (size_t)(f->horizon + FUZZ_LONGEST + f->cfg.superlanes) * sizeof *c->active);
  for (int i = 0; i < f->words; i++)
    fuzz_word_new(c, f->word[i].slice, f->word[i].addr, f->word[i].fixed, f->word[i].bytes);
  c->rng = f->rng;
  c->text_seed = f->text_seed;
  c->wrong = f->wrong;
  memcpy(c->upset, f->upset, sizeof c->upset);
  c->upsets = f->upsets;
  c->no_end = f->no_end;
  c->uneven_queue = f->uneven_queue;
  c->even_queue = f->even_queue;
  c->filled_queue = f->filled_queue;
  return c;
}

/* Whether the values that op i takes for what they say still come from where they came. */
static bool needs_met(const tsp_fuzz *f, const int *now, int i)
{
  for (int k = 0; k < f->needs; k++)
    if (f->need[k].op == i && now[f->need[k].producer] < 0)
      return false;
  return true;
}

static bool unmatched(const tsp_fuzz *f, int op)
{
  unsigned opcode = tsp_word_opcode(f->op[op].word);
  int late = opcode == TSP_OP_ABC ? 0 : opcode == TSP_OP_ABC_F16 ? 1 : -1;
  return late >= 0 && fuzz_slot(f, f->op[op].queue + 1, (int)f->op[op].cycle + f->cfg.superlanes + late) < 0;
}

static bool is_power(const tsp_fuzz *f, int op)
{
  return tsp_word_opcode(f->op[op].word) == TSP_OP_CONFIG;
}

/* now[i]: number of the i-th instruction in the copy, or -1. */
static tsp_fuzz *copy(const tsp_fuzz *f, const bool *drop, bool closed, int *now)
{
  tsp_fuzz *c = same_but_empty(f);
  void **array = c ? (void **)&c->fetch : NULL;
  for (int i = 0; c && i < f->ops; i++) {
    const tsp_fuzz_op *o = &f->op[i];
    bool kept = closed && is_power(f, i); /* extents hang on it */
    now[i] = drop[i] && !kept                             ? -1
             : closed && (!kept && !needs_met(f, now, i)) ? -1
             : closed                                     ? fuzz_add(c, o->queue, (int)o->cycle, o->word)
                                                          : fuzz_force(c, o->queue, (int)o->cycle, o->word);
  }
  for (int i = 0; c && i < f->fetches; i++)
    if (now[f->fetch[i].op] >= 0 && fuzz_room(c, array, c->fetches, &c->fetch_room, sizeof *c->fetch))
      c->fetch[c->fetches++] = (fuzz_fetch){now[f->fetch[i].op], {f->fetch[i].word[0], f->fetch[i].word[1]}};
  if (c && c->failed) {
    tsp_fuzz_free(c);
    return NULL;
  }
  return c;
}

tsp_fuzz *tsp_fuzz_without(const tsp_fuzz *f, const bool *drop, bool closed)
{
  int *now = malloc(((size_t)f->ops + 1) * sizeof *now);
  bool *more = malloc((size_t)f->ops + 1), again = true;
  tsp_fuzz *c = NULL;
  if (now && more)
    memcpy(more, drop, (size_t)f->ops);
  while (now && more && again) {
    again = false;
    tsp_fuzz_free(c);
    c = copy(f, more, closed, now);
    for (int i = 0; c && closed && i < f->ops; i++)
      if (now[i] >= 0 && unmatched(c, now[i])) /* its product would be lost */
        again = more[i] = true;
    for (int i = 0; c && !closed && i < f->ops; i++)
      if (now[i] >= 0 && !fuzz_defined_use(c, now[i])) /* two machines may differ there */
        again = more[i] = true;
  }
  free(now);
  free(more);
  return c;
}
