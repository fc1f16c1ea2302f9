/* SPDX-License-Identifier: Apache-2.0 */
/* test_csim_mxm.c - random schedules of the planes of a hemisphere, int8 and fp16, on RTL and golden model in lockstep:
 * weights reloaded under way, waves of both planes close together, products of every class of value, every accumulator
 * instruction, superlanes that go off and on. Most schedules are legal; the others break one rule.
 * TSP_SEED=<seed> repeats the suite. */
#include "random_image.h"

#include "lockstep.h"
#include "lockstep_program.h"
#include "rtl_cases.h"
#include "tsp_csim.h"
#include "tsp_golden.h"

enum { PROGRAMS = 300, WORDS = 16, RANDOM = 120 };

/* The rule that a schedule breaks. */
enum { NONE, BUSY, MISSING, WRONG_TYPE, NO_PRODUCT, EARLY_LW, NO_STREAM, RULES };

/* One cycle of one plane's queues, 0 where nothing is dispatched; and the products to come. */
typedef struct {
  uint64_t weights, act, acc;
  bool product, f32;
} slot;

typedef struct {
  const tsp_config *c;
  uint64_t rng;
  int first, count, length; /* planes of the hemisphere; cycles, at most 2 * SLOTS */
  int64_t outward;          /* direction bit of a stream number */
  slot *plane[2];
  int installed[2];  /* cycle of a plane's last IW */
  unsigned set[2];   /* entries of a plane's accumulators that hold a value of this program */
  int rule, broken;  /* the rule to break, and whether it was */
  int down, up;      /* cycles in which Config changes the powered superlanes, first to fewer */
  int fewer, more;   /* their numbers */
  int i8, f16, sums; /* ABC, ABC.f16 and fp32 additions in the schedule */
} schedule;

static uint64_t field(uint64_t word, const char *name, int64_t value)
{
  return with(word, name, value);
}

/* True once, at a random place, if this is the rule to break. */
static bool break_now(schedule *s, int rule, int one_in)
{
  if (s->rule != rule || s->broken || below(&s->rng, (uint64_t)one_in))
    return false;
  s->broken = 1;
  return true;
}

static void weights_at(schedule *s, int k, int t, int warm_up)
{
  const tsp_config *c = s->c;
  const int slots = c->superlanes * c->parts;
  int w = t < slots ? t : (int)below(&s->rng, (uint64_t)slots);
  int early = t - s->installed[k] < w / c->parts;
  uint64_t lw = field(field(word_of(TSP_OP_LW), "group", s->outward), "slot", w);

  if (t == slots || (t > warm_up && !below(&s->rng, 5))) {
    s->plane[k][t].weights = word_of(TSP_OP_IW);
    s->installed[k] = t;
  } else if (t < slots || (t > warm_up && below(&s->rng, 2))) {
    if (!early || break_now(s, EARLY_LW, 2))
      s->plane[k][t].weights = lw;
  }
}

/* Activations of both planes: an fp16 vector keeps them busy for two cycles. */
static void waves_at(schedule *s, int t, int streams)
{
  const tsp_config *c = s->c;
  bool pairs = tsp_plane_pairs(c, s->first);
  bool entering = t && tsp_word_opcode(s->plane[0][t - 1].act) == TSP_OP_ABC_F16;
  bool f16 = pairs && !entering && !below(&s->rng, 3);

  for (int k = 0; k < s->count; k++) {
    bool busy = entering || (f16 && k);
    int64_t stream = s->outward | below(&s->rng, (uint64_t)streams);
    uint64_t word = field(word_of(TSP_OP_ABC), "stream", stream);

    if (f16 && !k)
      word = field(word_of(TSP_OP_ABC_F16), "group", stream & ~1);
    else if (below(&s->rng, 2) || (busy && !break_now(s, BUSY, 8)))
      continue;
    if (entering && !k && below(&s->rng, 2))
      word = field(word_of(TSP_OP_ABC_F16), "group", stream & ~1);
    if (break_now(s, NO_STREAM, 20)) /* no slice drives the last streams: the caller leaves them out */
      word = field(word, f16 && !k ? "group" : "stream", s->outward | ((c->streams - 1) & ~1));
    s->plane[k][t].act = word;
    if (!busy) {
      s->plane[k][t + c->superlanes + (f16 && !k)].product = true;
      s->plane[k][t + c->superlanes + (f16 && !k)].f32 = f16 && !k;
      s->f16 += f16 && !k;
      s->i8 += !f16;
    }
  }
}

static void acc_at(schedule *s, int k, int t)
{
  static const uint8_t op[2][4] = {{TSP_OP_ACC_SET, TSP_OP_ACC_ADD, TSP_OP_ACC_OUT, TSP_OP_ACC_SUM},
                                   {TSP_OP_ACC_SET, TSP_OP_ACC_ADD_F32, TSP_OP_ACC_OUT, TSP_OP_ACC_SUM_F32}};
  slot *at = &s->plane[k][t];
  bool f32 = at->f32;
  int entry = (int)below(&s->rng, s->c->acc_depth < 4 ? (uint64_t)s->c->acc_depth : 4);
  int groups = s->c->streams / 4, which = (int)below(&s->rng, 4);
  int64_t out = (s->outward ^ 32) | 4 * (groups > 1 ? k + 2 * (int)below(&s->rng, (uint64_t)groups / 2) : 0);

  if (!at->product && !break_now(s, NO_PRODUCT, 20))
    return;
  if (at->product && break_now(s, MISSING, 20))
    return;
  if (k && groups == 1) /* the first plane has the only group */
    which &= 1;
  if (which % 2 && !(s->set[k] & 1U << entry))
    which = 0;
  if (which % 2 && s->c->fp && break_now(s, WRONG_TYPE, 8))
    f32 = !f32;
  at->acc = word_of(op[f32][which]);
  s->sums += f32 && which % 2;
  if (which != 2)
    at->acc = field(at->acc, "acc", entry);
  if (which == 0)
    s->set[k] |= 1U << entry;
  if (which >= 2)
    at->acc = field(at->acc, "out", out);
}

/* First the whole array is loaded and installed, then everything happens at once. */
static void make_schedule(schedule *s, int streams)
{
  const tsp_config *c = s->c;
  const int warm_up = c->superlanes * (c->parts + 1);
  const int last = warm_up + RANDOM;

  s->fewer = 1 + (int)below(&s->rng, (uint64_t)c->superlanes);
  s->more = 1 + (int)below(&s->rng, (uint64_t)c->superlanes);
  s->down = warm_up + (int)below(&s->rng, RANDOM);
  s->up = s->down + 1 + (int)below(&s->rng, RANDOM / 4);
  s->length = last + c->superlanes + 2;
  for (int k = 0; k < s->count; k++) {
    s->plane[k] = must(calloc((size_t)s->length + 1, sizeof *s->plane[k]));
    s->installed[k] = -1000;
  }
  for (int t = 0; t < s->length; t++) {
    bool gap = t > s->up && t < s->up + c->columns + 4; /* no operands yet in superlanes that came on */

    if (t == s->up + 1)
      s->set[0] = s->set[1] = 0;
    for (int k = 0; k < s->count && t < last && !gap; k++)
      weights_at(s, k, t, warm_up);
    if (t > warm_up && t < last && !gap)
      waves_at(s, t, streams);
    for (int k = 0; k < s->count; k++)
      acc_at(s, k, t);
  }
}

/* A queue's text: words at their cycles, then End. */
static void put(tsp_image *image, int queue, int start, int cycle, uint64_t word)
{
  uint64_t now = queue_time(image, queue), at = (uint64_t)(start + cycle);

  if (now < at)
    append(image, queue, field(word_of(TSP_OP_NOP), "n", (int64_t)(at - now)));
  append(image, queue, word);
}

/* Config of `superlanes` in a queue that has nothing else to do. */
static void put_config(tsp_image *image, const tsp_config *c, int cycle, int superlanes)
{
  put(image, c->q_vxm, 0, cycle, field(word_of(TSP_OP_CONFIG), "superlanes", superlanes));
}

/* All MEM slices drive their stream outward, a random word in every cycle; then the planes have operands. */
static tsp_image *make_image(schedule *s, int streams)
{
  const tsp_config *c = s->c;
  const int start = c->columns + 3;
  tsp_image *image = NULL;

  assert_int_equal(tsp_image_new(c, "planes", &image), TSP_OK);
  for (int q = 0; q < streams; q++)
    for (int t = 0; t < start + s->length; t++)
      append(image, q, field(field(word_of(TSP_OP_READ), "raddr", below(&s->rng, WORDS)), "rstream", s->outward | q));
  for (int k = 0; k < s->count; k++)
    for (int t = 0; t < s->length; t++) {
      const slot *at = &s->plane[k][t];
      const int queue = c->q_mxm + 3 * (s->first + k);

      if (at->weights)
        put(image, queue, start, t, at->weights);
      if (at->act)
        put(image, queue + 1, start, t, at->act);
      if (at->acc)
        put(image, queue + 2, start, t, at->acc);
    }
  put_config(image, c, start + s->down, s->fewer);
  put_config(image, c, start + s->up, s->more);
  for (int q = 0; q < c->queues; q++)
    append(image, q, word_of(TSP_OP_END));
  return image;
}

/* A byte that makes sense as the high byte of an fp16 number: of any, a usual, a subnormal, an extreme one, a zero. */
static uint8_t random_byte(uint64_t *rng, int kind)
{
  uint8_t b = (uint8_t)draw(rng);

  switch (kind) {
  case 0: return b;
  case 1: return b & 0xbb;
  case 2: return (b & 0x83) | 0x38;
  case 3: return b & 0x83;
  case 4: return (b & 0x80) | 0x7b;
  case 5: return below(rng, 60) ? b & 0xbb : 0x7c | (b & 0x80);
  default: return below(rng, 8) ? b & 0x80 : b & 0xbb;
  }
}

static void fill_memory(uint64_t *rng, const tsp_config *c, tsp_engine *e, int slices)
{
  uint8_t *vector = must(malloc((size_t)c->vector));
  int kinds[2] = {(int)below(rng, 7), (int)below(rng, 7)};

  for (int slice = 0; slice < slices; slice++)
    for (uint32_t addr = 0; addr < WORDS; addr++) {
      for (int b = 0; b < c->vector; b++)
        vector[b] = random_byte(rng, kinds[below(rng, 2)]);
      assert_int_equal(tsp_engine_mem_write(e, slice, addr, vector), TSP_OK);
    }
  free(vector);
}

typedef struct {
  uint64_t compared;
  int faults[16], done, i8, f16, sums;
} tally;

static void run_one(uint64_t seed, int number, tsp_engine *rtl, const tsp_config *c, tally *t)
{
  schedule s = {.c = c, .rng = seed * UINT64_C(1000003) + (uint64_t)number};
  const int west = (c->planes + 1) / 2, slices = 2 * c->mem_slices;
  const bool east = c->planes > 1 && below(&s.rng, 2);
  int streams = slices < c->streams ? slices : c->streams;
  tsp_engine *golden = NULL;
  tsp_lockstep *l = NULL;
  tsp_error err = {""};
  tsp_image *image;
  int code;

  s.first = east ? west : 0;
  s.count = east ? c->planes - west : west;
  s.outward = east ? 0 : 32;
  s.rule = below(&s.rng, 3) ? NONE : (int)below(&s.rng, RULES);
  if (s.rule == NO_STREAM && streams > c->streams - 2)
    streams = c->streams - 2;
  make_schedule(&s, streams);
  image = make_image(&s, streams);
  assert_int_equal(tsp_golden_open(c, NULL, TSP_VIEWS | TSP_TRACE, &golden), TSP_OK);
  fill_memory(&s.rng, c, golden, slices);
  assert_int_equal(tsp_lockstep_open(golden, rtl, NULL, &l, &err), TSP_OK);
  if (tsp_lockstep_start(l, image, &err))
    fail_msg("program %d: %s", number, err.text);
  if (tsp_lockstep_run(l, 100000) == TSP_EDIVERGED) {
    tsp_divergence_print(c, image, tsp_lockstep_divergence(l), stdout);
    fail_msg("program %d of seed %llu diverged", number, (unsigned long long)seed);
  }
  code = tsp_engine_csr(golden).fault_code;
  if ((code != TSP_FAULT_NONE) != (s.broken != 0))
    fail_msg("program %d of seed %llu: fault %d, but rule %d is %s", number, (unsigned long long)seed, code, s.rule,
             s.broken ? "broken" : "kept");
  t->compared += tsp_lockstep_compared(l);
  t->faults[code & 15]++;
  t->done += tsp_lockstep_done(l);
  t->f16 += s.f16;
  t->i8 += s.i8;
  t->sums += s.sums;
  tsp_lockstep_close(l);
  tsp_engine_close(golden);
  tsp_image_free(image);
  for (int k = 0; k < s.count; k++)
    free(s.plane[k]);
}

static const tsp_config *linked_config(tsp_engine **rtl, uint64_t seed)
{
  for (int i = 0; i < tsp_config_count(); i++)
    if (tsp_csim_open(tsp_config_at(i), seed, rtl) == TSP_OK)
      return tsp_config_at(i);
  fail_msg("no configuration opens");
  return NULL;
}

static void random_schedules_of_the_planes_are_equal_in_every_cycle(void **state)
{
  const uint64_t seed = test_seed();
  tsp_engine *rtl = NULL;
  const tsp_config *c = linked_config(&rtl, seed);
  const bool pairs = tsp_plane_pairs(c, 0);
  tally t = {0};
  (void)state;

  for (int i = 0; i < PROGRAMS; i++)
    run_one(seed, i, rtl, c, &t);
  print_message("%d programs on %s, %llu values compared, %d ended, %d fp16 products, %d added; faults:", PROGRAMS,
                c->name, (unsigned long long)t.compared, t.done, t.f16, t.sums);
  for (int f = 1; f < 16; f++)
    print_message(" %d", t.faults[f]);
  print_message("\n");
  note_rtl_cases("ABC", (uint64_t)t.i8 * (uint64_t)c->vector, c->name);
  note_rtl_cases("ABC.f16", (uint64_t)t.f16 * (uint64_t)c->vector, c->name);
  assert_true(t.done > PROGRAMS / 2);
  assert_true(t.faults[TSP_FAULT_OPERAND] > 0 && t.faults[TSP_FAULT_LOST] > 0);
  assert_true(c->superlanes < 3 || t.faults[TSP_FAULT_WEIGHTS] > 0);
  assert_true(!pairs || (t.faults[TSP_FAULT_BUSY] > 0 && t.f16 > PROGRAMS && t.sums > PROGRAMS));
  tsp_engine_close(rtl);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(random_schedules_of_the_planes_are_equal_in_every_cycle),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
