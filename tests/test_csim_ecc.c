/* SPDX-License-Identifier: Apache-2.0 */
/* test_csim_ecc.c - bits that turn by themselves, in the same places of RTL and golden model: stored words and stream
 * registers, data and check bits, while random programs run in lockstep. Single errors must be corrected and counted
 * alike, double errors must be the same fault ECC in the same cycle. TSP_SEED=<seed> repeats the suite. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fuzz.h"
#include "lockstep.h"
#include "tsp_csim.h"
#include "tsp_golden.h"

enum { PROGRAMS = 60, LIMIT = 20000, MAX_PENDING = 256, EVERY = 3 };

/* A bit of the RTL to turn once it stands in a cycle. */
typedef struct {
  uint64_t cycle;
  size_t reg;
  uint32_t element, bit;
} turn;

typedef struct {
  tsp_rng rng;
  tsp_engine *rtl, *golden;
  const tsp_config *cfg;
  turn pending[MAX_PENDING];
  int pendings;
  uint64_t turned, corrected;
  int uncorrectable, done;
} rig;

static size_t find_register(const rig *r, const char *name)
{
  for (size_t i = 0; i < tsp_csim_register_count(r->rtl); i++)
    if (strcmp(tsp_csim_register_at(r->rtl, i).name, name) == 0)
      return i;
  fail_msg("the RTL has no register %s", name);
  return 0;
}

/* The RTL's superlane n is in golden's next cycle n cycles after it. */
static void later(rig *r, uint64_t cycle, int superlane, const char *unit, const char *data, const char *check,
                  uint32_t element, uint32_t place, int bit)
{
  const tsp_config *c = r->cfg;
  char name[160];
  bool in_data = bit < 8 * c->lanes;

  assert_true(r->pendings < MAX_PENDING);
  snprintf(name, sizeof name, "g_superlane[%d].u_superlane.%s.%s", superlane, unit, in_data ? data : check);
  r->pending[r->pendings++] = (turn){.cycle = cycle + 1 + (uint64_t)superlane,
                                     .reg = find_register(r, name),
                                     .element = element,
                                     .bit = in_data ? place * 8 * (uint32_t)c->lanes + (uint32_t)bit
                                                    : place * 16 + (uint32_t)(bit - 8 * c->lanes)};
}

static void turn_stored(rig *r, uint64_t cycle, uint64_t read, int queue, int superlane, int bit)
{
  const tsp_config *c = r->cfg;
  uint32_t addr = (uint32_t)tsp_word_get(tsp_isa_by_opcode(tsp_isa_builtin(), tsp_word_opcode(read)), read, "raddr");
  char unit[96];

  assert_int_equal(tsp_golden_flip_mem(r->golden, queue, addr, superlane, bit), TSP_OK);
  snprintf(unit, sizeof unit, "g_column[%d].g_mem[%d].u_tile", tsp_queue_column(c, queue),
           queue % c->mem_slices % c->mem_per_hop);
  later(r, cycle, superlane, unit, "ram_q", "g_check.check_q", addr, 0, bit);
  r->turned++;
}

static void turn_stream(rig *r, uint64_t cycle, int direction, int column, int stream, int superlane, int bit)
{
  char unit[96];

  assert_int_equal(tsp_golden_flip_stream(r->golden, direction, column, stream, superlane, bit), TSP_OK);
  snprintf(unit, sizeof unit, "g_column[%d].%s", column, direction == TSP_EAST ? "u_east" : "u_west");
  later(r, cycle, superlane, unit, "data_q", "check_q", 0, (uint32_t)stream, bit);
  r->turned++;
}

/* A word that is written in the very cycle in which it turns is not the same in both: leave such slices alone. */
static bool only_read(const tsp_fuzz *f, int queue)
{
  for (size_t i = 0; i < tsp_fuzz_count(f); i++) {
    tsp_fuzz_op op = tsp_fuzz_at(f, i);
    if (op.queue == queue && tsp_word_opcode(op.word) != TSP_OP_READ && tsp_word_opcode(op.word) != TSP_OP_GATHER)
      return false;
  }
  return true;
}

/* One place, and with `twice` another bit of it too. */
static void disturb(rig *r, const tsp_fuzz *f, uint64_t cycle, bool twice)
{
  const tsp_config *c = r->cfg;
  int bits = 8 * c->lanes + c->check_bits, superlane = (int)rng_range(&r->rng, 0, c->superlanes - 1);
  int bit = (int)rng_range(&r->rng, 0, bits - 1), other = (bit + (int)rng_range(&r->rng, 1, bits - 1)) % bits;
  int column = (int)rng_range(&r->rng, 1, c->columns - 2), direction = (int)rng_range(&r->rng, 0, 1);
  tsp_fuzz_op op = tsp_fuzz_at(f, (size_t)rng_range(&r->rng, 0, (int64_t)tsp_fuzz_count(f) - 1));

  if (tsp_word_opcode(op.word) == TSP_OP_READ && only_read(f, op.queue)) {
    turn_stored(r, cycle, op.word, op.queue, superlane, bit);
    if (twice)
      turn_stored(r, cycle, op.word, op.queue, superlane, other);
    return;
  }
  tsp_tile_view now = tsp_engine_tile(r->golden, direction, column, 0);
  int stream = (int)rng_range(&r->rng, 0, c->streams - 1);
  for (int k = 0; k < c->streams && !(now.valid >> stream & 1); k++)
    stream = (stream + 1) % c->streams;
  column += direction == TSP_EAST ? 1 : -1;
  turn_stream(r, cycle, direction, column, stream, superlane, bit);
  if (twice)
    turn_stream(r, cycle, direction, column, stream, superlane, other);
}

static void turn_rtl(rig *r)
{
  uint64_t cycle = tsp_engine_csr(r->rtl).cycles;

  for (int i = 0; i < r->pendings;) {
    turn t = r->pending[i];
    if (t.cycle > cycle) {
      i++;
      continue;
    }
    assert_int_equal(tsp_csim_flip(r->rtl, t.reg, t.element, t.bit), TSP_OK);
    r->pending[i] = r->pending[--r->pendings];
  }
}

static tsp_status run(rig *r, tsp_lockstep *l, const tsp_fuzz *f, bool twice)
{
  tsp_status s = TSP_OK;

  r->pendings = 0;
  for (int k = 0; k < LIMIT && s == TSP_OK && !tsp_lockstep_done(l); k++) {
    if (k > 0 && rng_range(&r->rng, 0, EVERY - 1) == 0 && r->pendings < MAX_PENDING - 2)
      disturb(r, f, tsp_lockstep_cycle(l), twice);
    s = tsp_lockstep_advance(l);
    if (s == TSP_OK) {
      turn_rtl(r);
      s = tsp_lockstep_compare(l);
    }
  }
  return s;
}

static void run_program(rig *r, uint64_t seed, int number)
{
  tsp_fuzz *f;
  tsp_image *image;
  tsp_fuzz_end end;
  tsp_error err = {""};
  tsp_lockstep *l;
  tsp_status s;

  assert_int_equal(tsp_fuzz_make(r->cfg, seed, (uint64_t)number, TSP_FAULT_NONE, &f), TSP_OK);
  assert_int_equal(tsp_fuzz_image(f, TSP_FUZZ_ALL, &image, &end, &err), TSP_OK);
  assert_int_equal(tsp_golden_open(r->cfg, NULL, TSP_VIEWS | TSP_TRACE, &r->golden), TSP_OK);
  assert_int_equal(tsp_lockstep_open(r->golden, r->rtl, NULL, &l, &err), TSP_OK);
  assert_int_equal(tsp_lockstep_start(l, image, &err), TSP_OK);
  s = run(r, l, f, number % 4 == 3);
  if (s == TSP_EDIVERGED) {
    tsp_divergence_print(r->cfg, image, tsp_lockstep_divergence(l), stdout);
    fail_msg("program %d of seed %llu diverged", number, (unsigned long long)seed);
  }
  r->corrected += tsp_engine_csr(r->rtl).ecc_count;
  r->uncorrectable += tsp_engine_csr(r->rtl).fault_code == TSP_FAULT_ECC;
  r->done += tsp_engine_csr(r->rtl).done;
  tsp_lockstep_close(l);
  tsp_engine_close(r->golden);
  tsp_image_free(image);
  tsp_fuzz_free(f);
}

static void turned_bits_are_corrected_counted_and_reported_alike(void **state)
{
  const char *text = getenv("TSP_SEED");
  uint64_t seed = text ? strtoull(text, NULL, 0) : 1;
  rig r = {.rng = {.state = seed}};
  (void)state;

  printf("TSP_SEED=%llu\n", (unsigned long long)seed);
  for (int i = 0; i < tsp_config_count() && !r.rtl; i++)
    if (tsp_csim_open(tsp_config_at(i), seed, &r.rtl) == TSP_OK)
      r.cfg = tsp_config_at(i);
  assert_non_null(r.rtl);
  if (!r.cfg->ecc) {
    printf("%s has no ECC\n", r.cfg->name);
    tsp_engine_close(r.rtl);
    skip();
  }
  for (int i = 0; i < PROGRAMS; i++)
    run_program(&r, seed, i);
  printf("%d programs on %s: %llu bits turned, %llu operand parts corrected, %d ended, %d with fault ECC\n", PROGRAMS,
         r.cfg->name, (unsigned long long)r.turned, (unsigned long long)r.corrected, r.done, r.uncorrectable);
  assert_true(r.corrected > 0);
  assert_true(r.uncorrectable > 0);
  assert_true(r.done > 0);
  tsp_engine_close(r.rtl);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(turned_bits_are_corrected_counted_and_reported_alike),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
