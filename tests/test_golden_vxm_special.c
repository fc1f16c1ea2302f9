/* SPDX-License-Identifier: Apache-2.0 */
/* VXM: Exp, TanH, RSqrt and Recip. `make numerics` takes every fp32 operand; here a sample and every fp16 operand. */
#include "vxm_error.h"
#include "vxm_suite.h"

static bool special_of(int i, oracle_op *op, oracle_type from)
{
  return oracle_find(&tsp_isa_builtin()->instr[i], op) && oracle_special(op) && op->from == from;
}

static double check(const tsp_instr *in, const oracle_op *op, const uint32_t *a, int n)
{
  uint32_t r[SUITE_BLOCK];
  double worst = 0;

  num_operation(in->opcode)(a, a, r, n);
  for (int i = 0; i < n; i++) {
    oracle_error e = oracle_special_error(op, a[i], r[i]);

    if (!(e.ulps < 1))
      fail_msg("%s of 0x%08x is 0x%08x: wrong by %g ulp", in->mnemonic, a[i], r[i], e.ulps);
    worst = e.ulps > worst ? e.ulps : worst;
  }
  return worst;
}

/* The algorithm's bound is 0.5 + what the cubic misses: a worse one is a wrong coefficient or a lost bit. */
static void fp32_results_are_within_an_ulp(void **state)
{
  const tsp_isa *isa = tsp_isa_builtin();
  uint64_t s = test_seed("special");
  uint32_t a[SUITE_BLOCK];
  int count = 0;
  oracle_op op;

  (void)state;
  for (int i = 0; i < isa->count; i++) {
    double worst = 0;

    if (!special_of(i, &op, ORACLE_F32))
      continue;
    count++;
    for (uint32_t k = 0; k < operand_corner_count(ORACLE_F32); k++) {
      a[0] = operand_corner(ORACLE_F32, k);
      check(&isa->instr[i], &op, a, 1);
    }
    for (int block = 0; block < 1000; block++) {
      for (int k = 0; k < SUITE_BLOCK; k++)
        a[k] = operand_random(ORACLE_F32, &s);
      worst = fmax(worst, check(&isa->instr[i], &op, a, SUITE_BLOCK));
    }
    print_message("%s: %.4f ulp\n", isa->instr[i].mnemonic, worst);
    assert_true(worst < 0.56);
  }
  assert_int_equal(count, 4);
}

/* Around every boundary between segments: there the algorithm changes rows, exponents and tables. */
static void fp32_results_are_right_around_boundaries(void **state)
{
  const tsp_isa *isa = tsp_isa_builtin();
  uint32_t a[5];
  oracle_op op;

  (void)state;
  for (int i = 0; i < isa->count; i++) {
    if (!special_of(i, &op, ORACLE_F32))
      continue;
    for (uint32_t high = 0; high < 1u << 15; high++) {
      for (int k = 0; k < 5; k++)
        a[k] = (high << 17) + (uint32_t)k - 2;
      check(&isa->instr[i], &op, a, 5);
    }
  }
}

static void fp16_results_are_within_an_ulp_for_all_operands(void **state)
{
  const tsp_isa *isa = tsp_isa_builtin();
  uint32_t a[256];
  int count = 0;
  oracle_op op;

  (void)state;
  for (int i = 0; i < isa->count; i++) {
    double worst = 0;

    if (!special_of(i, &op, ORACLE_F16))
      continue;
    count++;
    for (uint32_t v = 0; v < 65536; v++) {
      a[v % 256] = oracle_extend(ORACLE_F16, v);
      if (v % 256 == 255)
        worst = fmax(worst, check(&isa->instr[i], &op, a, 256));
    }
    assert_true(worst < 0.501);
  }
  assert_int_equal(count, 4);
}

static void special_operands_give_exact_results(void **state)
{
  const uint32_t INF = 0x7f800000, NEG = 0x80000000, ONE = 0x3f800000;
  const struct {
    unsigned opcode;
    uint32_t a, r;
  } known[] = {{TSP_OP_EXP_F32, 0, ONE},
               {TSP_OP_EXP_F32, NEG, ONE},
               {TSP_OP_EXP_F32, 1, ONE},
               {TSP_OP_EXP_F32, INF, INF},
               {TSP_OP_EXP_F32, NEG | INF, 0},
               {TSP_OP_EXP_F32, 0x42b17217, 0x7f7fff84},
               {TSP_OP_EXP_F32, 0x42b17218, INF},
               {TSP_OP_EXP_F32, 0xc2cff1b4, 1},
               {TSP_OP_EXP_F32, 0xc2cff1b5, 0},
               {TSP_OP_TANH_F32, 0, 0},
               {TSP_OP_TANH_F32, NEG, NEG},
               {TSP_OP_TANH_F32, 1, 1},
               {TSP_OP_TANH_F32, 0x80800000, 0x80800000},
               {TSP_OP_TANH_F32, INF, ONE},
               {TSP_OP_TANH_F32, NEG | INF, NEG | ONE},
               {TSP_OP_TANH_F32, 0xc1200000, NEG | ONE},
               {TSP_OP_RSQRT_F32, 0, INF},
               {TSP_OP_RSQRT_F32, NEG, NEG | INF},
               {TSP_OP_RSQRT_F32, 0x80000001, TSP_NAN_F32},
               {TSP_OP_RSQRT_F32, NEG | INF, TSP_NAN_F32},
               {TSP_OP_RSQRT_F32, INF, 0},
               {TSP_OP_RSQRT_F32, ONE, ONE},
               {TSP_OP_RSQRT_F32, 0x40800000, 0x3f000000},
               {TSP_OP_RECIP_F32, 0, INF},
               {TSP_OP_RECIP_F32, NEG, NEG | INF},
               {TSP_OP_RECIP_F32, INF, 0},
               {TSP_OP_RECIP_F32, NEG | INF, NEG},
               {TSP_OP_RECIP_F32, ONE, ONE},
               {TSP_OP_RECIP_F32, 0x00200000, INF},
               {TSP_OP_RECIP_F32, 0x00200001, 0x7f7ffff8},
               {TSP_OP_RECIP_F32, 0x80400000, 0xff000000},
               {TSP_OP_RECIP_F32, 0x7f000000, 0x00400000},
               {TSP_OP_RECIP_F32, 0x7f7fffff, 0x00200000}};
  uint32_t r;

  (void)state;
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    num_operation(known[i].opcode)(&known[i].a, &known[i].a, &r, 1);
    if (r != known[i].r)
      fail_msg("opcode 0x%02x of 0x%08x is 0x%08x, should be 0x%08x", known[i].opcode, known[i].a, r, known[i].r);
  }
}

/* Reciprocals and roots of powers of two are exact. */
static void powers_of_two_are_exact(void **state)
{
  (void)state;
  for (int e = -126; e <= 127; e++) {
    uint32_t a = oracle_f32(ldexpf(1, e)), r;

    num_recip_f32(&a, &a, &r, 1);
    assert_int_equal(r, oracle_f32(ldexpf(1, -e)));
    if (e % 2 == 0) {
      num_rsqrt_f32(&a, &a, &r, 1);
      assert_int_equal(r, oracle_f32(ldexpf(1, -e / 2)));
    }
  }
}

/* The algorithm as golden/README.md has it, word for word, with divisions for shifts and long double for rounding: the
 * RTL must give these bits, not only results that are good enough. */
static const int64_t row_of[][4] = {
#define TSP_SPECIAL_ROW(c0, c1, c2, c3) {c0, c1, c2, c3},
#include "special.def"
};
enum {
#define TSP_SPECIAL_TABLE(name, first, rows) FIRST_##name = first,
#include "special.def"
};
static const int64_t log2e =
#define TSP_SPECIAL_LOG2E(value) value
#include "special.def"
    ;

static int64_t scaled(int64_t v, int64_t d)
{
  long double x = ldexpl((long double)(v * d), -27);

  return (int64_t)floorl(x);
}

static int64_t text_y(int64_t row, int64_t d)
{
  const int64_t *c = row_of[row];

  return c[0] + scaled(c[1] + scaled(c[2] + scaled(c[3], d), d), d);
}

static uint32_t text_r(bool s, int64_t p, int q)
{
  float f = (float)ldexpl((long double)p, q); /* p has at most 57 bits: rounded once */

  return oracle_f32(s ? -f : f);
}

static uint32_t text_exp(bool s, int64_t m, int e)
{
  int64_t v = (int64_t)floorl(ldexpl((long double)(m * log2e), -(29 - e))), n, rest;

  v = s ? -v : v;
  n = (int64_t)floorl(ldexpl((long double)v, -32));
  rest = v - n * (INT64_C(1) << 32);
  return text_r(0, text_y(FIRST_EXP + rest / (1 << 27), rest % (1 << 27)), (int)n - 31);
}

static uint32_t text_tanh(bool s, int64_t m, int e)
{
  int64_t x = (int64_t)floorl(ldexpl((long double)m, 9 + e)), f = m % (1 << 23);

  if (e < 0)
    return text_r(s, m * text_y(FIRST_TANH + x / (1 << 27), x % (1 << 27)), e - 55);
  return text_r(s, text_y(FIRST_TANH + 32 + 32 * e + f / (1 << 18), f % (1 << 18) * 512), -32);
}

/* A finite nonzero operand. */
static uint32_t text_result(int family, uint32_t a)
{
  float x = oracle_float(a);
  bool s = signbit(x);
  int64_t m, f;
  int e, o;

  m = (int64_t)ldexp(frexp(fabs((double)x), &e), 24);
  e--;
  f = m % (1 << 23);
  o = abs(e) % 2;
  switch (family) {
  case FAMILY_EXP: return e >= 7 ? s ? 0 : oracle_f32(INFINITY) : text_exp(s, m, e);
  case FAMILY_TANH: return fabsf(x) >= 10 ? oracle_f32(s ? -1 : 1) : text_tanh(s, m, e);
  case FAMILY_RSQRT:
    return s ? oracle_f32(NAN)
             : text_r(0, text_y(FIRST_RSQRT + 32 * o + f / (1 << 18), f % (1 << 18) * 512), -32 - (e - o) / 2);
  default: return text_r(s, text_y(FIRST_RECIP + f / (1 << 17), f % (1 << 17) * 1024), -32 - e);
  }
}

static void fp32_results_are_those_of_the_written_algorithm(void **state)
{
  const tsp_isa *isa = tsp_isa_builtin();
  uint64_t s = test_seed("algorithm");
  oracle_op op;

  (void)state;
  for (int i = 0; i < isa->count; i++)
    for (uint32_t k = 0; k < 300000 && special_of(i, &op, ORACLE_F32); k++) {
      uint32_t a = k < 3u << 16 ? (k / 3 << 16) + k % 3 - 1 : operand_random(ORACLE_F32, &s), r, want;

      if (!isfinite(oracle_float(a)) || oracle_float(a) == 0)
        continue;
      num_operation(isa->instr[i].opcode)(&a, &a, &r, 1);
      want = text_result(op.family, a);
      if (r != want)
        fail_msg("%s of 0x%08x is 0x%08x, by the text 0x%08x", isa->instr[i].mnemonic, a, r, want);
    }
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(fp32_results_are_within_an_ulp),
                                     cmocka_unit_test(fp32_results_are_those_of_the_written_algorithm),
                                     cmocka_unit_test(fp32_results_are_right_around_boundaries),
                                     cmocka_unit_test(fp16_results_are_within_an_ulp_for_all_operands),
                                     cmocka_unit_test(special_operands_give_exact_results),
                                     cmocka_unit_test(powers_of_two_are_exact)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}
