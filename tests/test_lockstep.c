/* SPDX-License-Identifier: Apache-2.0 */
/* The lockstep tested without RTL: golden against golden, against golden with a changed latency table, and against
 * mutants that lie about one value. A checker that cannot fail proves nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "check.h"
#include "lockstep_program.h"
#include "mutant_engine.h"

static const char *const configs[] = {"nano", "mini", "odd"};
enum { CONFIGS = sizeof configs / sizeof *configs };

static uint64_t seed_of_run(void)
{
  const char *text = getenv("TSP_SEED");
  return text ? strtoull(text, NULL, 0) : 1;
}

/* One program, its two machines, and the lockstep over them. */
typedef struct {
  program p;
  tsp_isa isa;
  tsp_engine *ref, *dut;
  tsp_lockstep *lockstep;
  tsp_error err;
} bench;

static void bench_open(bench *b, const char *config, tsp_engine *dut, bool other_tables)
{
  tsp_lockstep_options o = {.other_tables = other_tables};
  b->dut = dut;
  assert_non_null(dut);
  assert_int_equal(tsp_golden_open(&b->p.cfg, NULL, TSP_VIEWS | TSP_TRACE, &b->ref), TSP_OK);
  if (tsp_lockstep_open(b->ref, dut, &o, &b->lockstep, &b->err) != TSP_OK)
    fail_msg("%s: %s", config, b->err.text);
  if (tsp_lockstep_start(b->lockstep, b->p.image, &b->err) != TSP_OK)
    fail_msg("%s: %s", config, b->err.text);
}

static void bench_close(bench *b)
{
  tsp_lockstep_close(b->lockstep);
  tsp_engine_close(b->ref);
  tsp_engine_close(b->dut);
  tsp_image_free(b->p.image);
  memset(b, 0, sizeof *b);
}

static void bench_golden(bench *b, const char *config)
{
  tsp_engine *dut;
  memset(b, 0, sizeof *b);
  program_make(&b->p, config, seed_of_run());
  assert_int_equal(tsp_golden_open(&b->p.cfg, NULL, TSP_VIEWS, &dut), TSP_OK);
  bench_open(b, config, dut, false);
}

/* The device under test has d_func of one instruction changed. */
static void bench_latency(bench *b, const char *config, const char *mnemonic, int by)
{
  tsp_engine *dut;
  memset(b, 0, sizeof *b);
  program_make(&b->p, config, seed_of_run());
  b->isa = *tsp_isa_builtin();
  for (int i = 0; i < b->isa.count; i++)
    if (strcmp(b->isa.instr[i].mnemonic, mnemonic) == 0)
      b->isa.instr[i].d_func = (int16_t)(b->isa.instr[i].d_func + by);
  assert_int_equal(tsp_golden_open(&b->p.cfg, &b->isa, TSP_VIEWS, &dut), TSP_OK);
  bench_open(b, config, dut, true);
}

static mutant *bench_mutant(bench *b, const char *config)
{
  memset(b, 0, sizeof *b);
  program_make(&b->p, config, seed_of_run());
  mutant *m = mutant_open(&b->p.cfg);
  bench_open(b, config, &m->base, false);
  return m;
}

static const tsp_divergence *run_to_divergence(bench *b)
{
  assert_int_equal(tsp_lockstep_run(b->lockstep, 10000), TSP_EDIVERGED);
  const tsp_divergence *d = tsp_lockstep_divergence(b->lockstep);
  assert_non_null(d);
  assert_true(tsp_lockstep_different(b->lockstep) > 0);
  return d;
}

static char *report_text(const bench *b, const tsp_divergence *d)
{
  char *text = NULL;
  size_t size;
  FILE *f = open_memstream(&text, &size);
  tsp_divergence_print(&b->p.cfg, b->p.image, d, f);
  fclose(f);
  return text;
}

/* ---- agreement ------------------------------------------------------------------------------------------------- */

static void golden_against_golden_has_no_difference(void **state)
{
  (void)state;
  for (int i = 0; i < CONFIGS; i++) {
    bench b;
    bench_golden(&b, configs[i]);
    assert_int_equal(tsp_lockstep_run(b.lockstep, 10000), TSP_OK);
    assert_true(tsp_lockstep_done(b.lockstep));
    assert_int_equal(tsp_lockstep_contents(b.lockstep), TSP_OK);
    assert_int_equal(tsp_lockstep_different(b.lockstep), 0);
    assert_null(tsp_lockstep_divergence(b.lockstep));
    assert_int_equal(tsp_lockstep_cycle(b.lockstep), b.p.image->cycles_predicted);
    bench_close(&b);
  }
}

/* Bytes (and check bits) of a vector that is driven in `cycle` and passes `columns` columns before it leaves or the
 * program ends. */
static uint64_t flow(const program *p, int cycle, int columns)
{
  uint64_t n = 0;
  for (int superlane = 0; superlane < p->cfg.superlanes; superlane++)
    for (int hop = 0; hop < columns; hop++)
      n += (uint64_t)(cycle + superlane + hop) <= p->image->cycles_predicted;
  return n * (uint64_t)(p->cfg.lanes + p->cfg.ecc);
}

static uint64_t stream_values(const program *p)
{
  const tsp_config *c = &p->cfg;
  uint64_t n = 0;
  for (int slice = 0; slice < c->lw_streams; slice++)
    n += flow(p, p->load - tsp_queue_column(c, slice), tsp_queue_column(c, slice) + 1);
  n += flow(p, p->send - tsp_queue_column(c, 0), tsp_queue_column(c, 0) + 1);
  for (int k = 0; k < 3; k++)
    n += flow(p, p->read + 2 + 3 * k, c->columns - tsp_queue_column(c, 0));
  return n + flow(p, p->move + 1, c->columns - c->vxm_column);
}

/* Counted here from what the program does: nothing is sampled. */
static void every_value_is_counted(void **state)
{
  (void)state;
  for (int i = 0; i < CONFIGS; i++) {
    bench b;
    bench_golden(&b, configs[i]);
    assert_int_equal(tsp_lockstep_run(b.lockstep, 10000), TSP_OK);
    assert_int_equal(tsp_lockstep_contents(b.lockstep), TSP_OK);
    const tsp_config *c = &b.p.cfg;
    uint64_t cycles = b.p.image->cycles_predicted + 1, s = (uint64_t)c->superlanes, lanes = (uint64_t)c->lanes;
    const tsp_count *n = tsp_lockstep_counts(b.lockstep);
    assert_int_equal(n[TSP_AT_QUEUE].compared, cycles * (uint64_t)c->queues * 6);
    assert_int_equal(n[TSP_AT_MEM].compared, cycles + s * (4 + lanes));
    assert_int_equal(n[TSP_AT_WEIGHTS].compared, cycles + s * s * (4 + lanes * lanes));
    assert_int_equal(n[TSP_AT_ACC].compared, cycles + s * (4 + lanes));
    assert_int_equal(n[TSP_AT_ALU].compared, cycles * s * (uint64_t)c->alus + s * lanes);
    assert_int_equal(n[TSP_AT_CSR].compared, cycles * 13);
    assert_int_equal(n[TSP_AT_MAP].compared, cycles); /* that there is none */
    assert_int_equal(n[TSP_AT_SEND].compared, cycles);
    assert_int_equal(n[TSP_AT_CONTENTS].compared, 2ull * (uint64_t)(c->mem_slices * c->mem_words * c->vector));
    assert_int_equal(n[TSP_AT_STREAM].compared,
                     cycles * s * 2 * (uint64_t)(c->columns * c->streams) + stream_values(&b.p));
    bench_close(&b);
  }
}

/* ---- a wrong latency ------------------------------------------------------------------------------------------- */

static void late_read_is_caught_in_the_cycle_its_value_is_due(void **state)
{
  (void)state;
  for (int i = 0; i < CONFIGS; i++) {
    bench b;
    bench_latency(&b, configs[i], "Read", 1);
    const tsp_config *c = &b.p.cfg;
    int slice = 0; /* the easternmost used dispatches first; of several in one column the lowest stream is reported */
    for (int k = 1; k < c->lw_streams; k++)
      slice = tsp_queue_column(c, k) > tsp_queue_column(c, slice) ? k : slice;
    const tsp_divergence *d = run_to_divergence(&b);
    assert_int_equal(d->cycle, c->columns - tsp_queue_column(c, slice) + 2);
    assert_int_equal(d->place.kind, TSP_AT_STREAM);
    assert_int_equal(d->place.direction, TSP_WEST);
    assert_int_equal(d->place.column, tsp_queue_column(c, slice));
    assert_int_equal(d->place.stream, slice);
    assert_int_equal(d->place.superlane, 0);
    assert_string_equal(d->place.field, "valid");
    assert_int_equal(d->place.expected, 1);
    assert_int_equal(d->place.got, 0);
    assert_true(d->place.driven);
    assert_true(d->has_instr);
    assert_int_equal(d->instr.queue, slice);
    bench_close(&b);
  }
}

static void early_read_is_caught_one_cycle_before_its_value_is_due(void **state)
{
  (void)state;
  bench b;
  bench_latency(&b, "mini", "Read", -1);
  const tsp_config *c = &b.p.cfg;
  const tsp_divergence *d = run_to_divergence(&b);
  assert_int_equal(d->cycle, c->columns - tsp_queue_column(c, c->lw_streams - 1) + 1);
  assert_true(d->spurious);
  assert_true(d->has_instr); /* the Read whose result is not due yet */
  assert_int_equal(tsp_word_opcode(d->instr.text), TSP_OP_READ);
  assert_int_equal(tsp_queue_column(c, d->instr.queue), d->place.column);
  bench_close(&b);
}

static void report_of_a_late_move_names_place_value_and_chain(void **state)
{
  (void)state;
  bench b;
  bench_latency(&b, "mini", "Mov.i8", 1);
  const tsp_divergence *d = run_to_divergence(&b);
  char *text = report_text(&b, d);
  assert_int_equal(d->cycle, b.p.move + 1);
  assert_string_equal(text,
                      "  where     VXM ALU 0 result, superlane 0 (vector time 32)\n"
                      "  instr     queue vxm0, 1  Mov.i8 s0.e -> s1.e  (spine:32), dispatched at 31\n"
                      "  tensor    x[0, 0]  i8\n"
                      "  expected  a valid value\n"
                      "  got       no valid value\n"
                      "  lanes     48 of 48 differ; per superlane 0..3:  +++.\n"
                      "  chain     31       vxm0     Mov.i8 s0.e -> s1.e                  in agrees, out differs\n"
                      "            28       mem_w0   Read 0x0010 -> s0.e                  agrees\n"
                      "  so        look inside VXM ALU 0 result, superlane 0, cycles 31 to 32\n");
  free(text);
  bench_close(&b);
}

/* ---- mutants: one lie each, and the place where it is told ---------------------------------------------------------
 */

/* Where the lie is: set by the test, read by the hooks. */
static struct {
  uint64_t cycle;
  int unit, column, superlane, lane;
} lie;

static void lie_queue(uint64_t cycle, int queue, tsp_queue_view *v)
{
  if (cycle == lie.cycle && queue == lie.unit)
    v->idle ^= 4;
}

static void lie_stream(uint64_t cycle, int direction, int column, int superlane, uint32_t *valid, uint8_t *data)
{
  (void)valid;
  if (cycle == lie.cycle && direction == TSP_EAST && column == lie.column && superlane == lie.superlane)
    data[lie.lane] ^= 0x20; /* stream 0 */
}

static void lie_extra_stream(uint64_t cycle, int direction, int column, int superlane, uint32_t *valid, uint8_t *data)
{
  (void)data;
  if (cycle == lie.cycle && direction == TSP_WEST && column == lie.column && superlane == lie.superlane)
    *valid |= 1u << 3;
}

static void lie_invalid(uint64_t cycle, int direction, int column, int superlane, uint32_t *valid, uint8_t *data)
{
  (void)cycle, (void)direction, (void)column, (void)superlane;
  for (int i = 0; i < 32 * 16; i++) /* mini */
    data[i] ^= *valid >> (i / 16) & 1 ? 0 : 0x55;
}

/* Two lanes of superlane 0 and one of superlane 2, as one vector passes a column. */
static void lie_vector(uint64_t cycle, int direction, int column, int superlane, uint32_t *valid, uint8_t *data)
{
  (void)valid;
  if (direction != TSP_EAST || column != lie.column || cycle != lie.cycle + (uint64_t)superlane)
    return;
  if (superlane == 0)
    data[4] ^= 1, data[9] ^= 1;
  if (superlane == 2)
    data[15] ^= 1;
}

static void lie_alu(uint64_t cycle, int alu, int superlane, bool *valid, uint32_t *data)
{
  (void)valid;
  if (cycle == lie.cycle && alu == lie.unit && superlane == lie.superlane)
    data[lie.lane] ^= 0x80000000u;
}

static void lie_mem(uint64_t cycle, tsp_event *e, uint8_t *data, bool *drop)
{
  (void)cycle, (void)drop;
  if (e->kind == TSP_EVENT_MEM && e->superlane == lie.superlane)
    data[lie.lane] ^= 1;
}

static void lie_no_store(uint64_t cycle, tsp_event *e, uint8_t *data, bool *drop)
{
  (void)cycle, (void)data;
  *drop = e->kind == TSP_EVENT_MEM && e->superlane == lie.superlane;
}

static void lie_weight(uint64_t cycle, tsp_event *e, uint8_t *data, bool *drop)
{
  (void)cycle, (void)drop;
  if (e->kind == TSP_EVENT_WEIGHTS && e->superlane == lie.superlane && (int)e->index == lie.column)
    data[lie.unit] ^= 0x10;
}

static void lie_acc(uint64_t cycle, tsp_event *e, uint8_t *data, bool *drop)
{
  (void)cycle, (void)drop;
  if (e->kind == TSP_EVENT_ACC && e->superlane == lie.superlane)
    data[4 * lie.lane + 3] ^= 0x40;
}

static void lie_csr(tsp_csr *c)
{
  if (c->cycles == lie.cycle && c->running)
    c->fault_code = TSP_FAULT_BANK;
}

static void lie_contents(int slice, uint32_t addr, uint8_t *vector)
{
  if (slice == lie.unit && addr == 77)
    vector[lie.lane] ^= 8;
}

static void flipped_queue_counter_is_named(void **state)
{
  (void)state;
  for (int i = 0; i < CONFIGS; i++) {
    bench b;
    mutant *m = bench_mutant(&b, configs[i]);
    lie.cycle = 4;
    lie.unit = b.p.cfg.q_mxm + 2;
    m->queue = lie_queue;
    const tsp_divergence *d = run_to_divergence(&b);
    assert_int_equal(d->cycle, 4);
    assert_int_equal(d->place.kind, TSP_AT_QUEUE);
    assert_int_equal(d->place.unit, lie.unit);
    assert_string_equal(d->place.field, "idle");
    assert_int_equal(d->place.expected ^ d->place.got, 4);
    bench_close(&b);
  }
}

static void flipped_stream_bit_is_named_where_it_is_and_not_where_it_was_driven(void **state)
{
  (void)state;
  for (int i = 0; i < CONFIGS; i++) {
    bench b;
    mutant *m = bench_mutant(&b, configs[i]);
    lie.superlane = b.p.cfg.superlanes - 1;
    lie.cycle = (uint64_t)(b.p.move + lie.superlane);
    lie.column = b.p.cfg.vxm_column;
    lie.lane = b.p.cfg.lanes - 2;
    m->tile = lie_stream;
    const tsp_divergence *d = run_to_divergence(&b);
    assert_int_equal(d->cycle, lie.cycle);
    assert_int_equal(d->vector_time, b.p.move);
    assert_int_equal(d->place.kind, TSP_AT_STREAM);
    assert_int_equal(d->place.column, lie.column);
    assert_int_equal(d->place.stream, 0);
    assert_int_equal(d->place.superlane, lie.superlane);
    assert_int_equal(d->place.lane, lie.lane);
    assert_int_equal(d->place.expected ^ d->place.got, 0x20);
    assert_false(d->place.driven);
    assert_int_equal(d->instr.cycle, b.p.read);
    assert_string_equal(b.p.image->tensor[d->tensor].name, "x");
    assert_int_equal(d->element, lie.superlane * b.p.cfg.lanes + lie.lane);
    assert_int_equal(d->lanes_differing, 1);
    assert_int_equal(tsp_lockstep_different(b.lockstep), 1);
    bench_close(&b);
  }
}

static void stream_that_nothing_drives_is_found(void **state)
{
  (void)state;
  bench b;
  mutant *m = bench_mutant(&b, "mini");
  lie.cycle = (uint64_t)b.p.store;
  lie.column = 1;
  lie.superlane = 2;
  m->tile = lie_extra_stream;
  const tsp_divergence *d = run_to_divergence(&b);
  char *text = report_text(&b, d);
  assert_int_equal(d->cycle, lie.cycle);
  assert_true(d->spurious);
  assert_false(d->has_instr);
  assert_int_equal(d->place.stream, 3);
  assert_non_null(strstr(text, "no instruction in flight makes a value here"));
  free(text);
  bench_close(&b);
}

static void bytes_of_an_invalid_stream_mean_nothing(void **state)
{
  (void)state;
  bench b;
  bench_mutant(&b, "mini")->tile = lie_invalid;
  assert_int_equal(tsp_lockstep_run(b.lockstep, 10000), TSP_OK);
  assert_int_equal(tsp_lockstep_different(b.lockstep), 0);
  bench_close(&b);
}

static void lane_map_covers_the_whole_vector(void **state)
{
  (void)state;
  bench b;
  mutant *m = bench_mutant(&b, "mini");
  lie.cycle = (uint64_t)b.p.read + 3;
  lie.column = b.p.cfg.vxm_column;
  m->tile = lie_vector;
  const tsp_divergence *d = run_to_divergence(&b);
  char text[256];
  assert_int_equal(d->cycle, lie.cycle);
  assert_int_equal(d->lanes_differing, 3);
  assert_string_equal(tsp_divergence_lanes(d, text, sizeof text), "3 of 64 differ; per superlane 0..3:  2.1.");
  bench_close(&b);
}

static void flipped_alu_result_is_named(void **state)
{
  (void)state;
  for (int i = 0; i < CONFIGS; i++) {
    bench b;
    mutant *m = bench_mutant(&b, configs[i]);
    lie.superlane = b.p.cfg.superlanes - 1;
    lie.cycle = (uint64_t)(b.p.move + 1 + lie.superlane);
    lie.unit = 0;
    lie.lane = 1;
    m->alu = lie_alu;
    const tsp_divergence *d = run_to_divergence(&b);
    assert_int_equal(d->cycle, lie.cycle);
    assert_int_equal(d->place.kind, TSP_AT_ALU);
    assert_int_equal(d->place.unit, 0);
    assert_int_equal(d->place.superlane, lie.superlane);
    assert_int_equal(d->place.lane, 1);
    assert_int_equal(d->place.expected ^ d->place.got, 0x80000000u);
    assert_int_equal(d->instr.cycle, b.p.move);
    assert_int_equal(d->chain_count, 2);
    assert_string_equal(d->chain[0].verdict, "in agrees, out differs");
    assert_int_equal(d->chain[1].at.cycle, b.p.read);
    assert_string_equal(d->chain[1].verdict, "agrees");
    bench_close(&b);
  }
}

static void flipped_stored_byte_is_named_with_its_tensor_element(void **state)
{
  (void)state;
  for (int i = 0; i < CONFIGS; i++) {
    bench b;
    mutant *m = bench_mutant(&b, configs[i]);
    lie.superlane = b.p.cfg.superlanes - 1;
    lie.lane = 3;
    m->event = lie_mem;
    const tsp_divergence *d = run_to_divergence(&b);
    assert_int_equal(d->cycle, b.p.store + 1 + lie.superlane);
    assert_int_equal(d->place.kind, TSP_AT_MEM);
    assert_int_equal(d->place.unit, b.p.cfg.mem_slices);
    assert_int_equal(d->place.index, RESULT);
    assert_int_equal(d->place.lane, 3);
    assert_string_equal(b.p.image->tensor[d->tensor].name, "y");
    assert_int_equal(d->element, lie.superlane * b.p.cfg.lanes + 3);
    assert_int_equal(d->instr.cycle, b.p.store);
    bench_close(&b);
  }
}

static void missing_store_is_named(void **state)
{
  (void)state;
  bench b;
  mutant *m = bench_mutant(&b, "mini");
  lie.superlane = 1;
  m->event = lie_no_store;
  const tsp_divergence *d = run_to_divergence(&b);
  assert_int_equal(d->cycle, b.p.store + 2);
  assert_string_equal(d->place.field, "store");
  assert_int_equal(d->place.expected, 1);
  assert_int_equal(d->place.got, 0);
  assert_int_equal(d->instr.cycle, b.p.store);
  bench_close(&b);
}

static void flipped_weight_is_named(void **state)
{
  (void)state;
  for (int i = 0; i < CONFIGS; i++) {
    bench b;
    mutant *m = bench_mutant(&b, configs[i]);
    int lanes = b.p.cfg.lanes;
    lie.superlane = b.p.cfg.superlanes - 1;
    lie.column = 0;
    lie.unit = 2 * lanes + 1; /* output 2, input 1 */
    m->event = lie_weight;
    const tsp_divergence *d = run_to_divergence(&b);
    assert_int_equal(d->cycle, b.p.install + lie.superlane + 1);
    assert_int_equal(d->place.kind, TSP_AT_WEIGHTS);
    assert_int_equal(d->place.unit, 0);
    assert_int_equal(d->place.superlane, lie.superlane);
    assert_int_equal(d->place.index, 0);
    assert_int_equal(d->place.out, 2);
    assert_int_equal(d->place.lane, 1);
    assert_int_equal(tsp_word_opcode(d->instr.text), TSP_OP_IW);
    bench_close(&b);
  }
}

static void flipped_accumulator_is_named_with_the_whole_chain(void **state)
{
  (void)state;
  for (int i = 0; i < CONFIGS; i++) {
    bench b;
    mutant *m = bench_mutant(&b, configs[i]);
    lie.superlane = b.p.cfg.superlanes - 1;
    lie.lane = 2;
    m->event = lie_acc;
    const tsp_divergence *d = run_to_divergence(&b);
    assert_int_equal(d->cycle, b.p.accumulate + 2 + lie.superlane);
    assert_int_equal(d->place.kind, TSP_AT_ACC);
    assert_int_equal(d->place.index, 3);
    assert_int_equal(d->place.lane, 2);
    assert_int_equal(d->place.expected ^ d->place.got, 0x40000000u);
    assert_int_equal(tsp_word_opcode(d->instr.text), TSP_OP_ACC_SET);
    assert_true(d->chain_count >= 3); /* ACC, ABC, and the Read of its vector */
    assert_int_equal(tsp_word_opcode(d->chain[1].at.text), TSP_OP_ABC);
    assert_string_equal(d->chain[1].verdict, "not visible");
    assert_int_equal(d->look_from, b.p.send + lie.superlane);
    bench_close(&b);
  }
}

static void flipped_csr_is_named(void **state)
{
  (void)state;
  bench b;
  mutant *m = bench_mutant(&b, "mini");
  lie.cycle = 9;
  m->csr = lie_csr;
  const tsp_divergence *d = run_to_divergence(&b);
  assert_int_equal(d->cycle, 9);
  assert_int_equal(d->place.kind, TSP_AT_CSR);
  assert_string_equal(d->place.field, "fault_code");
  assert_int_equal(d->place.got, TSP_FAULT_BANK);
  bench_close(&b);
}

static void changed_word_that_nothing_reads_is_found_after_the_end(void **state)
{
  (void)state;
  for (int i = 0; i < CONFIGS; i++) {
    bench b;
    mutant *m = bench_mutant(&b, configs[i]);
    lie.unit = 2 * b.p.cfg.mem_slices - 1;
    lie.lane = b.p.cfg.vector - 1;
    m->mem = lie_contents;
    assert_int_equal(tsp_lockstep_run(b.lockstep, 10000), TSP_OK);
    assert_int_equal(tsp_lockstep_contents(b.lockstep), TSP_EDIVERGED);
    const tsp_divergence *d = tsp_lockstep_divergence(b.lockstep);
    assert_int_equal(d->place.kind, TSP_AT_CONTENTS);
    assert_int_equal(d->place.unit, lie.unit);
    assert_int_equal(d->place.index, 77);
    assert_int_equal(d->place.superlane, b.p.cfg.superlanes - 1);
    assert_int_equal(d->place.lane, b.p.cfg.lanes - 1);
    assert_int_equal(d->values, 1);
    bench_close(&b);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(golden_against_golden_has_no_difference),
      cmocka_unit_test(every_value_is_counted),
      cmocka_unit_test(late_read_is_caught_in_the_cycle_its_value_is_due),
      cmocka_unit_test(early_read_is_caught_one_cycle_before_its_value_is_due),
      cmocka_unit_test(report_of_a_late_move_names_place_value_and_chain),
      cmocka_unit_test(flipped_queue_counter_is_named),
      cmocka_unit_test(flipped_stream_bit_is_named_where_it_is_and_not_where_it_was_driven),
      cmocka_unit_test(stream_that_nothing_drives_is_found),
      cmocka_unit_test(bytes_of_an_invalid_stream_mean_nothing),
      cmocka_unit_test(lane_map_covers_the_whole_vector),
      cmocka_unit_test(flipped_alu_result_is_named),
      cmocka_unit_test(flipped_stored_byte_is_named_with_its_tensor_element),
      cmocka_unit_test(missing_store_is_named),
      cmocka_unit_test(flipped_weight_is_named),
      cmocka_unit_test(flipped_accumulator_is_named_with_the_whole_chain),
      cmocka_unit_test(flipped_csr_is_named),
      cmocka_unit_test(changed_word_that_nothing_reads_is_found_after_the_end),
  };
  print_message("TSP_SEED=%llu\n", (unsigned long long)seed_of_run());
  return cmocka_run_group_tests(tests, NULL, NULL);
}
