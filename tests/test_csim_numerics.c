/* SPDX-License-Identifier: Apache-2.0 */
/* test_csim_numerics.c - the arithmetic of the VXM in the chip: every operation that the configuration has, on whole
 * vectors from streams and on chained values and immediates, in all ALUs in turn. Result registers and driven streams
 * are compared with the golden model's arithmetic and, but for the special functions, with the host's. Operations of
 * one 16-bit operand see all 65,536. TSP_SEED=<seed> repeats the suite; TSP_PAIRS=<n> is for a long run: n operands
 * instead of 65,536 where there are more of them. What was compared is added to the file TSP_RTL_CASES. */
#include "random_image.h"

#include "lockstep_program.h"
#include "rtl_cases.h"
#include "tsp_csim.h"
#include "vxm_num.h"
#include "vxm_operands.h"

enum { PAIRS = 65536, IMMEDIATE = 0x80, CHAINED = 0x40, DRIVES = 0x80 };

typedef struct {
  const tsp_config *c;
  tsp_engine *e;
  uint64_t rng, compared;
  uint32_t *a, *b, *want; /* [vectors][vector] of the run */
  int operations;
  uint32_t pairs; /* operands of an operation that has more than 65,536 of them */
} bench;

/* One instruction dispatched in `count` cycles one after the other. */
typedef struct {
  const tsp_instr *in;
  oracle_op op;
  int alu, stream, count; /* the result's base stream, direction * 32 + index */
  int first, latency;     /* cycle of the first dispatch; d_func */
} run;

static int log2_streams(oracle_type t)
{
  return oracle_bits(t) / 16;
}

static uint32_t operands_of(const bench *b, const run *r)
{
  return oracle_bits(r->op.from) * r->op.operands > 16 ? b->pairs : PAIRS;
}

static bool is_sel(const run *r)
{
  return r->op.family == FAMILY_SEL;
}

/* A neighbour of ALU k in the mesh. */
static int neighbour(const tsp_config *c, int k)
{
  return k % 4 ? k - 1 : k + 1 < c->alus ? k + 1 : k - 4;
}

/* Operands number first, first + 1, ..: all values of 16 bits in order, or all pairs of corners and then random ones.
 */
static void make_operands(bench *b, const run *r, uint32_t first, size_t n)
{
  oracle_type t = r->op.from;
  uint32_t corners = operand_corner_count(t);

  for (size_t i = 0; i < n; i++) {
    uint32_t k = first + (uint32_t)i;

    operand_pair(t, &b->rng, &b->a[i], &b->b[i]);
    if (r->op.operands == 1 && oracle_bits(t) == 16) {
      b->a[i] = oracle_extend(t, k);
    } else if (k < corners * corners) {
      b->a[i] = operand_corner(t, k % corners);
      b->b[i] = operand_corner(t, k / corners);
    }
    if (is_sel(r) && below(&b->rng, 2)) /* its next decision */
      b->a[i] = b->b[i] = below(&b->rng, 2);
  }
}

/* Results of the golden model. Sel decides by the result before; before the first there is `own`. */
static void make_results(bench *b, const run *r, uint32_t own, size_t lanes)
{
  num_fn *operation = num_operation(r->in->opcode);
  size_t n = (size_t)r->count * lanes;

  for (size_t i = 0; i < n; i++) {
    uint32_t before = i < lanes ? own : b->want[i - lanes];

    if (is_sel(r))
      num_select(&b->a[i], &b->b[i], &before, &b->want[i], 1);
    else if (i == 0)
      operation(b->a, b->b, b->want, (int)n);
    if (!oracle_special(&r->op) && b->want[i] != oracle_result(&r->op, b->a[i], b->b[i], before))
      fail_msg("golden %s of 0x%08x, 0x%08x", r->in->mnemonic, b->a[i], b->b[i]);
  }
}

/* Vector `i` in superlane n, as the chip has it in this cycle; element 0 is all that there is if lanes is 1. */
static void check_vector(bench *b, const run *r, int i, int n, size_t lanes)
{
  const tsp_config *c = b->c;
  tsp_alu_view alu = tsp_engine_alu(b->e, r->alu, n);
  tsp_tile_view tile = tsp_engine_tile(b->e, r->stream >> 5, c->vxm_column, n);
  uint32_t streams = 1U << log2_streams(r->op.to), base = (uint32_t)r->stream & 31;

  if (!alu.valid || (tile.valid >> base & ((1U << streams) - 1)) != (1U << streams) - 1)
    fail_msg("%s in ALU %d, superlane %d: no result %d", r->in->mnemonic, r->alu, n, i);
  for (uint32_t l = 0; l < (uint32_t)c->lanes; l++) {
    size_t at = (size_t)i * lanes + (lanes == 1 ? 0 : (size_t)n * (size_t)c->lanes + l);
    uint32_t driven = 0, mask = streams == 4 ? UINT32_MAX : (1U << 8 * streams) - 1;

    for (uint32_t s = 0; s < streams; s++)
      driven |= (uint32_t)tile.data[(base + s) * (uint32_t)c->lanes + l] << 8 * s;
    if (alu.data[l] != b->want[at] || driven != (b->want[at] & mask))
      fail_msg(
          "%s of 0x%08x, 0x%08x is 0x%08x, driven 0x%08x, should be 0x%08x (ALU %d, result %d, superlane %d, lane %u)",
          r->in->mnemonic, b->a[at], b->b[at], alu.data[l], driven, b->want[at], r->alu, i, n, l);
    b->compared++;
  }
}

static void check_run(bench *b, const run *r, size_t lanes)
{
  const tsp_config *c = b->c;
  int end = r->first + r->count + r->latency + c->superlanes;

  assert_int_equal(tsp_engine_start(b->e), TSP_OK);
  assert_int_equal(tsp_engine_step(b->e, (uint64_t)(r->first + r->latency), NULL), TSP_OK);
  for (int cycle = r->first + r->latency; cycle < end; cycle++) {
    assert_int_equal(tsp_engine_step(b->e, 1, NULL), TSP_OK);
    for (int n = 0; n < c->superlanes; n++)
      if (cycle - r->first - r->latency >= n && cycle - r->first - r->latency - n < r->count)
        check_vector(b, r, cycle - r->first - r->latency - n, n, lanes);
  }
}

static void put(const bench *b, tsp_image *image, int queue, int cycle, uint64_t word)
{
  int gap = cycle - (int)queue_time(image, queue);

  assert_true(gap >= 0);
  if (gap)
    append(image, queue, with(word_of(TSP_OP_NOP), "n", gap));
  append(image, queue, word);
  assert_true(image->queue[queue].length < (uint32_t)b->c->iq_depth);
}

static void put_repeat(tsp_image *image, int queue, int n, int step)
{
  if (n)
    append(image, queue, with(with(with(word_of(TSP_OP_REPEAT), "n", n), "d", 1), "a", step));
}

/* The value that Sel finds in its own result register at first. */
static void put_own(const bench *b, tsp_image *image, const run *r, uint32_t own)
{
  uint64_t mov = with(with(word_of(TSP_OP_MOV_I32), "a", IMMEDIATE), "imm", own);

  if (is_sel(r))
    put(b, image, b->c->q_vxm + r->alu, r->first - tsp_isa_d_func(tsp_isa_builtin(), b->c, TSP_OP_MOV_I32), mov);
}

static void load(bench *b, tsp_image *image)
{
  tsp_error err;

  for (int q = 0; q < b->c->queues; q++)
    if (image->queue[q].length)
      append(image, q, word_of(TSP_OP_END));
  if (tsp_engine_load(b->e, image, &err) != TSP_OK)
    fail_msg("%s", err.text);
  tsp_image_free(image);
}

/* The bytes of one operand of all vectors, each in a slice of the hemisphere. */
static void store(bench *b, const run *r, const uint32_t *operand, int hemisphere)
{
  const tsp_config *c = b->c;
  uint8_t *vector = must(malloc((size_t)c->vector));

  for (int s = 0; s < 1 << log2_streams(r->op.from); s++)
    for (int i = 0; i < r->count; i++) {
      for (int l = 0; l < c->vector; l++)
        vector[l] = (uint8_t)(operand[i * c->vector + l] >> 8 * s);
      assert_int_equal(
          tsp_engine_mem_write(b->e, (hemisphere == TSP_EAST ? c->mem_slices : 0) + s, (uint32_t)i, vector), TSP_OK);
    }
  free(vector);
}

/* Slice s of either hemisphere reads word i so that it passes the VXM when instruction i is dispatched. */
static void put_reads(const bench *b, tsp_image *image, const run *r, int hemisphere, int base)
{
  const tsp_config *c = b->c;
  int read = tsp_isa_d_func(tsp_isa_builtin(), c, TSP_OP_READ);

  for (int s = 0; s < 1 << log2_streams(r->op.from); s++) {
    int queue = (hemisphere == TSP_EAST ? c->mem_slices : 0) + s;

    put(b, image, queue, r->first - read - 1 - s / c->mem_per_hop,
        with(with(word_of(TSP_OP_READ), "raddr", 0), "rstream", base + s));
    put_repeat(image, queue, r->count - 1, 1);
  }
}

/* Base of a group of four streams that the result does not drive: it would drive over the operands to come. */
static int random_group(bench *b, const run *r, int direction)
{
  int groups = b->c->streams / 4, result = r->stream % 32 / 4;
  int g = (int)below(&b->rng, (uint64_t)groups);

  return direction * 32 + 4 * (g == result ? (g + 1) % groups : g);
}

/* a comes from the west, b from the east, the result leaves in either direction. */
static void vectors_from_streams(bench *b, run *r)
{
  const tsp_config *c = b->c;
  uint32_t own = below(&b->rng, 2), batch = (uint32_t)(c->mem_words * c->vector);
  int groups = c->streams / 4, east = random_group(b, r, TSP_EAST), west = random_group(b, r, TSP_WEST);
  uint64_t word = with(with(word_of(r->in->opcode), "a", east), "dst", DRIVES + r->stream);

  if (1 << log2_streams(r->op.from) > c->mem_slices || groups == 1) /* too few: immediates have to do */
    return;
  if (r->op.operands == 2)
    word = with(word, "b", west);
  for (uint32_t first = 0, all = operands_of(b, r); first < all; first += batch) {
    uint32_t n = all - first < batch ? all - first : batch;
    tsp_image *image;

    r->count = (int)((n + (uint32_t)c->vector - 1) / (uint32_t)c->vector);
    make_operands(b, r, first, (size_t)r->count * (size_t)c->vector);
    make_results(b, r, own, (size_t)c->vector);
    assert_int_equal(tsp_image_new(c, "vectors", &image), TSP_OK);
    put_own(b, image, r, own);
    put(b, image, c->q_vxm + r->alu, r->first, word);
    put_repeat(image, c->q_vxm + r->alu, r->count - 1, 0);
    put_reads(b, image, r, TSP_WEST, east);
    if (r->op.operands == 2)
      put_reads(b, image, r, TSP_EAST, west);
    load(b, image);
    store(b, r, b->a, TSP_WEST);
    if (r->op.operands == 2)
      store(b, r, b->b, TSP_EAST);
    check_run(b, r, (size_t)c->vector);
  }
}

/* a comes from a neighbour's result register, b from the instruction; a single operand from either. Bits beyond the
 * type are any and mean nothing. */
static void values_from_registers(bench *b, run *r)
{
  const tsp_config *c = b->c;
  int near = neighbour(c, r->alu), mov = tsp_isa_d_func(tsp_isa_builtin(), c, TSP_OP_MOV_I32);
  uint32_t own = below(&b->rng, 2), beyond = oracle_bits(r->op.from) == 32 ? 0 : UINT32_MAX << oracle_bits(r->op.from);
  tsp_image *image;

  r->count = c->iq_depth / 2 < 1024 ? c->iq_depth / 2 : 1024;
  make_operands(b, r, below(&b->rng, PAIRS), (size_t)r->count);
  make_results(b, r, own, 1);
  assert_int_equal(tsp_image_new(c, "values", &image), TSP_OK);
  put_own(b, image, r, own);
  for (int i = 0; i < r->count; i++) {
    uint32_t junk = (uint32_t)draw(&b->rng) & beyond, x = b->a[i] ^ junk, y = b->b[i] ^ junk;
    bool direct = r->op.operands == 1 && below(&b->rng, 2);
    uint64_t word =
        with(with(word_of(r->in->opcode), "a", direct ? IMMEDIATE : CHAINED + near), "dst", DRIVES + r->stream);

    put(b, image, c->q_vxm + near, r->first + i - mov, with(with(word_of(TSP_OP_MOV_I32), "a", IMMEDIATE), "imm", x));
    if (r->op.operands == 2)
      word = with(word, "b", IMMEDIATE);
    put(b, image, c->q_vxm + r->alu, r->first + i, with(word, "imm", r->op.operands == 2 ? y : direct ? x : 0));
  }
  load(b, image);
  check_run(b, r, 1);
}

static bool exists(const tsp_config *c, const tsp_instr *in)
{
  return in->unit == TSP_UNIT_VXM || (c->fp && (in->unit == TSP_UNIT_VXF || in->unit == TSP_UNIT_VXS));
}

static void every_operation(bench *b, void (*how)(bench *, run *))
{
  const tsp_config *c = b->c;
  const tsp_isa *isa = tsp_isa_builtin();

  for (int i = 0; i < isa->count; i++) {
    run r = {.in = &isa->instr[i], .first = c->columns + 8};
    uint64_t before;

    if (!exists(c, r.in))
      continue;
    assert_true(oracle_find(r.in, &r.op));
    r.alu = b->operations++ % c->alus;
    if (r.in->unit == TSP_UNIT_VXS)
      r.alu = b->operations % (c->alus / 4) * 4 + 3;
    r.latency = tsp_isa_d_func(isa, c, r.in->opcode);
    r.stream = (int)(below(&b->rng, 2) << 5 | below(&b->rng, (uint64_t)c->streams >> log2_streams(r.op.to))
                                                  << log2_streams(r.op.to));
    before = b->compared;
    how(b, &r);
    note_rtl_cases(r.in->mnemonic, b->compared - before, c->name);
  }
}

static void open_bench(bench *b)
{
  const char *pairs = getenv("TSP_PAIRS");
  size_t most;

  *b = (bench){.rng = test_seed(), .pairs = pairs ? (uint32_t)strtoul(pairs, NULL, 0) : PAIRS};
  for (int i = 0; !b->e && i < tsp_config_count(); i++)
    if (tsp_config_at(i) && tsp_csim_open(tsp_config_at(i), b->rng, &b->e) == TSP_OK)
      b->c = tsp_config_at(i);
  assert_non_null(b->e);
  most = (size_t)(b->c->mem_words + 1) * (size_t)b->c->vector;
  b->a = must(malloc(4 * most));
  b->b = must(malloc(4 * most));
  b->want = must(malloc(4 * most));
}

static void close_bench(bench *b)
{
  print_message("%s: %d operations, %llu results compared\n", b->c->name, b->operations,
                (unsigned long long)b->compared);
  tsp_engine_close(b->e);
  free(b->a);
  free(b->b);
  free(b->want);
}

static void whole_vectors_through_every_operation(void **state)
{
  bench b;

  (void)state;
  open_bench(&b);
  every_operation(&b, vectors_from_streams);
  assert_true(b.compared >= 1000000);
  close_bench(&b);
}

static void chained_values_and_immediates_through_every_operation(void **state)
{
  bench b;

  (void)state;
  open_bench(&b);
  every_operation(&b, values_from_registers);
  assert_true(b.compared >= (uint64_t)b.operations * 512);
  close_bench(&b);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(whole_vectors_through_every_operation),
      cmocka_unit_test(chained_values_and_immediates_through_every_operation),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
