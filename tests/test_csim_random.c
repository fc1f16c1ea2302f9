/* SPDX-License-Identifier: Apache-2.0 */
/* test_csim_random.c - random programs on RTL and golden model in lockstep: those of `tsp fuzz`, which end as the
 * generator says, and floods of any instructions, of which most run into some fault soon: then both must show the same
 * fault, queue and cycle, and everything else must have been equal up to there. A failing program is named by its
 * number and seed: TSP_SEED=<seed> repeats the suite. TSP_FLOODS=<n>: n floods instead of 800. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fuzz_run.h"
#include "fuzz_track.h"
#include "lockstep_program.h"
#include "tsp_csim.h"
#include "tsp_golden.h"

enum { FLOODS = 800, PROGRAMS = 120, SLACK = 400 };

static tsp_engine *rtl;
static const tsp_config *cfg;
static uint64_t seed;

static int open_rtl(void **state)
{
  const char *text = getenv("TSP_SEED");
  (void)state;
  seed = text ? strtoull(text, NULL, 0) : 1;
  printf("TSP_SEED=%llu\n", (unsigned long long)seed);
  for (int i = 0; i < tsp_config_count() && !rtl; i++)
    if (tsp_csim_open(tsp_config_at(i), seed, &rtl) == TSP_OK)
      cfg = tsp_config_at(i);
  return rtl ? 0 : -1;
}

static int close_rtl(void **state)
{
  (void)state;
  tsp_engine_close(rtl);
  return 0;
}

static void generated_programs_end_as_the_generator_says(void **state)
{
  (void)state;
  for (int i = 0; i < PROGRAMS; i++) {
    tsp_fault_code fault = i % 4 == 3 ? (tsp_fault_code)(1 + i / 4 % TSP_FAULT_ECC) : TSP_FAULT_NONE;
    tsp_fuzz *f;
    tsp_fuzz_outcome out;
    tsp_status s = tsp_fuzz_make(cfg, seed, (uint64_t)i, fault, &f);
    if (s == TSP_ERANGE)
      continue; /* the configuration cannot have that fault */
    assert_int_equal(s, TSP_OK);
    tsp_fuzz_run(f, TSP_FUZZ_ALL, rtl, true, NULL, NULL, &out);
    tsp_fuzz_free(f);
    if (out.verdict != TSP_FUZZ_PASS)
      fail_msg("program %d of seed %llu on %s, fault %d: %s", i, (unsigned long long)seed, cfg->name, fault,
               out.reason);
  }
}

/* What it computes depends on maps and accumulators that the flood has not written, and what these hold is not defined.
 */
static bool undefined_result(unsigned opcode)
{
  switch (opcode) {
  case TSP_OP_SELECT:
  case TSP_OP_PERMUTE:
  case TSP_OP_DISTRIBUTE:
  case TSP_OP_ACC_ADD:
  case TSP_OP_ACC_SUM:
  case TSP_OP_ACC_ADD_F32:
  case TSP_OP_ACC_SUM_F32: return true;
  default: return false;
  }
}

/* Any instruction of a queue with legal fields, now and then with one field or all bits random. */
static uint64_t any_word(tsp_fuzz *f, int queue)
{
  const tsp_isa *isa = tsp_isa_builtin();
  if (fuzz_below(f, 1000) == 0)
    return rng_next(&f->rng);
  for (;;) {
    const tsp_instr *in = &isa->instr[fuzz_below(f, isa->count)];
    bool rare = in->unit == TSP_UNIT_ICU && in->opcode != TSP_OP_NOP && in->opcode != TSP_OP_REPEAT;
    if (!fuzz_has(cfg, in, queue) || in->opcode == TSP_OP_END || undefined_result(in->opcode) ||
        (rare && fuzz_below(f, 10)))
      continue;
    uint64_t word = fuzz_word_random(f, in, queue, 0);
    if (in->field_count && fuzz_below(f, 300) == 0)
      word = tsp_word_set(in, word, in->field[fuzz_below(f, in->field_count)].name, (int64_t)rng_next(&f->rng));
    return in->opcode == TSP_OP_NOP || in->opcode == TSP_OP_REPEAT ? with(word, "n", 1 + fuzz_below(f, 6)) : word;
  }
}

/* All MEM slices drive a stream of their own in one direction for a while: then there are operands. */
static void flood_reads(tsp_fuzz *f, tsp_image *image)
{
  int64_t direction = fuzz_below(f, 2) << 5;
  for (int q = 0; q < cfg->q_vxm; q++) {
    uint64_t read =
        with(with(word_of(TSP_OP_READ), "raddr", fuzz_below(f, 4)), "rstream", direction | q % cfg->streams);
    append(image, q, read);
    append(image, q, with(with(word_of(TSP_OP_REPEAT), "n", 120), "d", 1));
    append(image, q, word_of(TSP_OP_END));
  }
}

/* ALUs that work on immediates only: their results meet. */
static tsp_image *arithmetic(tsp_fuzz *f)
{
  tsp_image *image = NULL;
  assert_int_equal(tsp_image_new(cfg, "arithmetic", &image), TSP_OK);
  image->table_hash = tsp_table_hash(tsp_isa_builtin(), cfg);
  for (int q = cfg->q_vxm; q < cfg->q_mxm; q++) {
    for (int i = 0; i < 6; i++) {
      uint64_t word = any_word(f, q);
      const tsp_instr *in = tsp_isa_by_opcode(tsp_isa_builtin(), tsp_word_opcode(word));
      append(image, q, in ? tsp_word_set(in, tsp_word_set(in, word, "a", 0x80), "b", 0x80) : word);
    }
    append(image, q, word_of(TSP_OP_END));
  }
  return image;
}

static tsp_image *flood(tsp_fuzz *f)
{
  if (fuzz_below(f, 4) == 0)
    return arithmetic(f);
  tsp_image *image = NULL;
  bool reads = fuzz_below(f, 3) > 0;
  assert_int_equal(tsp_image_new(cfg, "flood", &image), TSP_OK);
  image->table_hash = tsp_table_hash(tsp_isa_builtin(), cfg);
  if (reads)
    flood_reads(f, image);
  for (int q = reads ? cfg->q_vxm : 0; q < cfg->queues; q++) {
    int words = fuzz_below(f, tsp_queue_unit(cfg, q) == TSP_UNIT_MXW ? 2 : 6) ? 0 : 1 + fuzz_below(f, 8);
    append(image, q, with(word_of(TSP_OP_NOP), "n", fuzz_between(f, 1, reads ? cfg->columns + 40 : 20)));
    for (int i = 0; i < words; i++)
      append(image, q, any_word(f, q));
    if (fuzz_below(f, 200)) /* now and then a queue runs empty */
      append(image, q, word_of(TSP_OP_END));
  }
  return image;
}

/* On both machines; frees the image. */
static void run_both(tsp_image *image, const char *what, int number, uint64_t *compared, int faults[16])
{
  tsp_engine *golden;
  tsp_lockstep *l;
  tsp_error err = {""};
  assert_int_equal(tsp_golden_open(cfg, NULL, TSP_VIEWS | TSP_TRACE, &golden), TSP_OK);
  if (tsp_lockstep_open(golden, rtl, NULL, &l, &err) != TSP_OK || tsp_lockstep_start(l, image, &err) != TSP_OK)
    fail_msg("%s", err.text);
  tsp_status s = tsp_lockstep_run(l, SLACK); /* a Sync may never be released: then the limit ends the run */
  if (s == TSP_EDIVERGED) {
    tsp_divergence_print(cfg, image, tsp_lockstep_divergence(l), stdout);
    tsp_asm_write(image, stdout);
    fail_msg("%s %d of seed %llu on %s diverged", what, number, (unsigned long long)seed, cfg->name);
  }
  *compared += tsp_lockstep_compared(l);
  faults[tsp_engine_csr(rtl).fault_code & 15]++;
  tsp_lockstep_close(l);
  tsp_engine_close(golden);
  tsp_image_free(image);
}

static void run_flood(int number, uint64_t *compared, int faults[16])
{
  tsp_fuzz *f = fuzz_new(cfg, 16); /* for its random words only */
  assert_non_null(f);
  f->rng.state = seed * 1000003 + (uint64_t)number;
  run_both(flood(f), "flood", number, compared, faults);
  tsp_fuzz_free(f);
}

/* A queue dispatches a word that is none of its instructions: that is the fault ENCODING. */
static void wrong_word(int queue, uint64_t word, uint64_t *compared, int *wrong)
{
  int faults[16] = {0};
  tsp_image *image;
  if (tsp_word_check(tsp_isa_builtin(), cfg, queue, word) != TSP_FAULT_ENCODING)
    return;
  assert_int_equal(tsp_image_new(cfg, "wrong", &image), TSP_OK);
  image->table_hash = tsp_table_hash(tsp_isa_builtin(), cfg);
  append(image, queue, with(word_of(TSP_OP_NOP), "n", 1 + *wrong % 3));
  append(image, queue, word);
  for (int q = 0; q < cfg->queues; q++)
    append(image, q, word_of(TSP_OP_END));
  run_both(image, "wrong word", *wrong, compared, faults);
  assert_int_equal(faults[TSP_FAULT_ENCODING], 1);
  ++*wrong;
}

static bool first_of_its_kind(int queue)
{
  int same = 0;
  while (tsp_queue_unit(cfg, same) != tsp_queue_unit(cfg, queue))
    same++;
  return same == queue;
}

/* What queues execute themselves with some bit turned; other instructions (of the many of the VXM, those that only some
 * ALUs have) in a queue of each kind that does not execute them. */
static void words_that_are_no_instruction_of_their_queue_are_equal_faults(void **state)
{
  const tsp_isa *isa = tsp_isa_builtin();
  uint64_t compared = 0;
  int wrong = 0;
  tsp_fuzz *f = fuzz_new(cfg, 16);
  (void)state;
  assert_non_null(f);
  for (int i = 0; i < isa->count; i++) {
    const tsp_instr *in = &isa->instr[i];
    for (int bit = 0; in->unit == TSP_UNIT_ICU && bit < 56; bit += 5)
      wrong_word(cfg->queues - 1, fuzz_word_random(f, in, cfg->queues - 1, 0) ^ UINT64_C(1) << bit, &compared, &wrong);
    bool common = in->unit == TSP_UNIT_ICU || in->unit == TSP_UNIT_VXM || in->unit == TSP_UNIT_VXF;
    for (int q = 0; !common && q < cfg->queues; q++)
      if (!fuzz_has(cfg, in, q) && first_of_its_kind(q))
        wrong_word(q, word_of(in->opcode), &compared, &wrong);
  }
  printf("%d wrong words on %s, %llu values compared\n", wrong, cfg->name, (unsigned long long)compared);
  assert_true(wrong > 100);
  tsp_fuzz_free(f);
}

static void floods_of_any_instructions_and_their_faults_are_equal_in_every_cycle(void **state)
{
  uint64_t compared = 0;
  int faults[16] = {0};
  (void)state;
  const char *text = getenv("TSP_FLOODS");
  const int floods = text ? atoi(text) : FLOODS;
  for (int i = 0; i < floods; i++)
    run_flood(i, &compared, faults);
  printf("%d floods on %s, %llu values compared, %d without fault; faults:", floods, cfg->name,
         (unsigned long long)compared, faults[0]);
  for (int k = 1; k <= TSP_FAULT_ECC; k++)
    printf(" %d", faults[k]);
  printf("\n");
  assert_true(faults[TSP_FAULT_OPERAND] > 0 && faults[TSP_FAULT_STREAM] > 0 && faults[TSP_FAULT_ENCODING] > 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(generated_programs_end_as_the_generator_says),
      cmocka_unit_test(words_that_are_no_instruction_of_their_queue_are_equal_faults),
      cmocka_unit_test(floods_of_any_instructions_and_their_faults_are_equal_in_every_cycle),
  };
  return cmocka_run_group_tests(tests, open_rtl, close_rtl);
}
