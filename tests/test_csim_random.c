/* SPDX-License-Identifier: Apache-2.0 */
/* test_csim_random.c - random programs on RTL and golden model in lockstep. Most run into a schedule fault soon: then
 * both must show the same fault, queue and cycle, and everything else must have been equal up to there. A failing
 * program is named by its number and seed: TSP_SEED=<seed> repeats the suite. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rng.h"
#include "lockstep.h"
#include "lockstep_program.h"
#include "tsp_csim.h"
#include "tsp_golden.h"

enum { PROGRAMS = 1500, SLACK = 400 };

static const tsp_config *linked_config(tsp_engine **rtl, uint64_t seed)
{
  for (int i = 0; i < tsp_config_count(); i++)
    if (tsp_csim_open(tsp_config_at(i), seed, rtl) == TSP_OK)
      return tsp_config_at(i);
  fail_msg("no configuration opens");
  return NULL;
}

static uint64_t env_seed(void)
{
  const char *text = getenv("TSP_SEED");

  return text ? strtoull(text, NULL, 0) : 1;
}

/* A value for a field: mostly legal, now and then any bits. Streams come from a small set so that they meet. */
static int64_t random_field(tsp_rng *r, const tsp_config *c, int queue, const tsp_field *f)
{
  int64_t any = (int64_t)(rng_next(r) & ((UINT64_C(1) << f->width) - 1));
  int64_t stream = rng_range(r, 0, 1) << 5 | rng_range(r, 0, 7) % c->streams;
  bool west = queue >= c->q_mxm && tsp_plane_hemisphere(c, (queue - c->q_mxm) / 3) == TSP_WEST;
  int64_t outward = west ? 32 : 0;

  if (rng_range(r, 0, 299) == 0)
    return any;
  switch (f->kind) {
  case TSP_KIND_COUNT: return rng_range(r, 1, 6);
  case TSP_KIND_STRIDE: return rng_range(r, -2, 2);
  case TSP_KIND_ADDR: return rng_range(r, 0, 1) * (c->mem_words / 2) + rng_range(r, 0, 3);
  case TSP_KIND_ACC: return rng_range(r, 0, 3) % c->acc_depth;
  case TSP_KIND_SLOT: return rng_range(r, 0, (int64_t)c->superlanes * c->parts - 1);
  case TSP_KIND_STREAM: return stream;
  case TSP_KIND_STREAM_OUT: return outward | (stream & 31);
  case TSP_KIND_GROUPW_OUT: return outward;
  case TSP_KIND_GROUP4_IN: return (outward ^ 32) | (stream & 4);
  case TSP_KIND_SRC1:
  case TSP_KIND_SRC4:
    if (rng_range(r, 0, 1))
      return 0x80;
    if (rng_range(r, 0, 2) == 0)
      return 0x40 + (queue - c->q_vxm);
    return f->kind == TSP_KIND_SRC4 ? stream & ~3 : stream;
  case TSP_KIND_DST1: return rng_range(r, 0, 2) ? 0x80 + stream : 0;
  case TSP_KIND_DST4: return rng_range(r, 0, 2) ? 0x80 + (stream & ~3) : 0;
  default: return any;
  }
}

static uint64_t random_word(tsp_rng *r, const tsp_config *c, int queue)
{
  const tsp_isa *isa = tsp_isa_builtin();

  if (rng_range(r, 0, 999) == 0)
    return rng_next(r);
  for (;;) {
    const tsp_instr *in = &isa->instr[rng_range(r, 0, isa->count - 1)];
    int unit = in->unit == TSP_UNIT_VXF ? TSP_UNIT_VXM : in->unit;
    uint64_t w = (uint64_t)in->opcode << 56;

    if (in->opcode == TSP_OP_END || (unit != TSP_UNIT_ICU && unit != tsp_queue_unit(c, queue)))
      continue;
    if ((in->opcode == TSP_OP_SYNC || in->opcode == TSP_OP_NOTIFY) && rng_range(r, 0, 9))
      continue;
    for (int i = 0; i < in->field_count; i++)
      w = tsp_word_set(in, w, in->field[i].name, random_field(r, c, queue, &in->field[i]));
    return w;
  }
}

/* All MEM slices drive a stream of their own in one direction for a while: then the planes have operands. */
static void flood(tsp_rng *r, const tsp_config *c, tsp_image *image)
{
  int64_t direction = rng_range(r, 0, 1) << 5;

  for (int q = 0; q < c->q_vxm; q++) {
    uint64_t repeat = with(with(word_of(TSP_OP_REPEAT), "n", 120), "d", 1);

    append(image, q,
           with(with(word_of(TSP_OP_READ), "raddr", rng_range(r, 0, 3)), "rstream", direction | q % c->streams));
    append(image, q, repeat);
    append(image, q, word_of(TSP_OP_END));
  }
  for (int q = c->q_vxm; q < c->queues; q++) {
    int words = rng_range(r, 0, tsp_queue_unit(c, q) == TSP_UNIT_MXW ? 1 : 7) ? 0 : (int)rng_range(r, 1, 8);

    append(image, q, with(word_of(TSP_OP_NOP), "n", rng_range(r, c->columns + 4, c->columns + 40)));
    for (int i = 0; i < words; i++)
      append(image, q, random_word(r, c, q));
    if (rng_range(r, 0, 199)) /* now and then a queue runs empty */
      append(image, q, word_of(TSP_OP_END));
  }
}

/* ALUs that work on immediates only. */
static void arithmetic(tsp_rng *r, const tsp_config *c, tsp_image *image)
{
  for (int q = 0; q < c->queues; q++) {
    for (int i = 0; q >= c->q_vxm && q < c->q_mxm && i < 6; i++) {
      uint64_t w = random_word(r, c, q);
      const tsp_instr *in = tsp_isa_by_opcode(tsp_isa_builtin(), tsp_word_opcode(w));

      if (in)
        w = tsp_word_set(in, tsp_word_set(in, w, "a", 0x80), "b", 0x80);
      append(image, q, w);
    }
    append(image, q, word_of(TSP_OP_END));
  }
}

/* Readers start first and run often, so that consumers find something. */
static void mixture(tsp_rng *r, const tsp_config *c, tsp_image *image)
{
  for (int q = 0; q < c->queues; q++) {
    bool mem = tsp_queue_unit(c, q) == TSP_UNIT_MEM;
    int words = rng_range(r, 0, 2) ? (int)rng_range(r, 0, mem ? 12 : 4) : 0;

    if (!mem && words)
      append(image, q, with(word_of(TSP_OP_NOP), "n", rng_range(r, 1, 40)));
    for (int i = 0; i < words; i++) {
      uint64_t w = mem && rng_range(r, 0, 2) ? with(with(word_of(TSP_OP_READ), "raddr", rng_range(r, 0, 3)), "rstream",
                                                    rng_range(r, 0, 1) << 5 | rng_range(r, 0, 7) % c->streams)
                                             : random_word(r, c, q);

      append(image, q, w);
    }
    if (rng_range(r, 0, 99))
      append(image, q, word_of(TSP_OP_END));
  }
}

static tsp_image *random_program(tsp_rng *r, const tsp_config *c)
{
  tsp_image *image = NULL;

  assert_int_equal(tsp_image_new(c, "random", &image), TSP_OK);
  image->table_hash = tsp_table_hash(tsp_isa_builtin(), c);
  switch (rng_range(r, 0, 3)) {
  case 0: arithmetic(r, c, image); break;
  case 1: mixture(r, c, image); break;
  default: flood(r, c, image); break;
  }
  return image;
}

static void fill_memory(tsp_rng *r, const tsp_config *c, tsp_engine *e)
{
  uint8_t *vector = malloc((size_t)c->vector);

  assert_non_null(vector);
  for (int slice = 0; slice < 2 * c->mem_slices; slice++)
    for (int i = 0; i < 8; i++) {
      for (int b = 0; b < c->vector; b++)
        vector[b] = (uint8_t)rng_next(r);
      assert_int_equal(tsp_engine_mem_write(e, slice, (uint32_t)(i / 4 * (c->mem_words / 2) + i % 4), vector), TSP_OK);
    }
  free(vector);
}

typedef struct {
  uint64_t compared;
  int faults[16], done;
} tally;

static void run_one(uint64_t seed, int number, tsp_engine *rtl, const tsp_config *c, tally *t)
{
  tsp_rng r = {.state = seed * UINT64_C(1000003) + (uint64_t)number};
  tsp_engine *golden = NULL;
  tsp_lockstep *l = NULL;
  tsp_error err = {""};
  tsp_image *image = random_program(&r, c);
  tsp_status s;

  assert_int_equal(tsp_golden_open(c, NULL, TSP_VIEWS | TSP_TRACE, &golden), TSP_OK);
  fill_memory(&r, c, golden);
  assert_int_equal(tsp_lockstep_open(golden, rtl, NULL, &l, &err), TSP_OK);
  if (tsp_lockstep_start(l, image, &err))
    fail_msg("program %d: %s", number, err.text);
  s = tsp_lockstep_run(l, SLACK); /* a parked Sync may never be released: then the limit ends the run */
  if (s == TSP_EDIVERGED) {
    tsp_divergence_print(c, image, tsp_lockstep_divergence(l), stdout);
    tsp_asm_write(image, stdout);
    fail_msg("program %d of seed %llu diverged", number, (unsigned long long)seed);
  }
  t->compared += tsp_lockstep_compared(l);
  t->faults[tsp_engine_csr(rtl).fault_code & 15]++;
  t->done += tsp_engine_csr(rtl).done;
  tsp_lockstep_close(l);
  tsp_engine_close(golden);
  tsp_image_free(image);
}

static void random_programs_and_their_faults_are_equal_in_every_cycle(void **state)
{
  const uint64_t seed = env_seed();
  tsp_engine *rtl = NULL;
  const tsp_config *c = linked_config(&rtl, seed);
  tally t = {0};
  (void)state;

  printf("TSP_SEED=%llu\n", (unsigned long long)seed);
  for (int i = 0; i < PROGRAMS; i++)
    run_one(seed, i, rtl, c, &t);
  printf("%d programs on %s, %llu values compared, %d ended; faults:", PROGRAMS, c->name,
         (unsigned long long)t.compared, t.done);
  for (int f = 1; f <= TSP_FAULT_LOST; f++)
    printf(" %d", t.faults[f]);
  printf("\n");
  for (int f = 1; f <= TSP_FAULT_LOST; f++)
    assert_true(t.faults[f] > 0);
  assert_true(t.done > 0);
  tsp_engine_close(rtl);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(random_programs_and_their_faults_are_equal_in_every_cycle),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
