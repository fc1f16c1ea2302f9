/* SPDX-License-Identifier: Apache-2.0 */
/* fp16 sums: every rule of the contract against integers of 256 bits, which hold any sum of fp16 products exactly. */
#include <math.h>

#include "golden_rig.h"
#include "mxm_sums.h"

static void sums_are_those_of_256_bit_integers(void **state)
{
  static uint16_t x[F16_INPUTS_MAX], w[F16_INPUTS_MAX];
  uint64_t s = test_seed("mxm_f16");
  int nans = 0, infinities = 0, zeros = 0;

  (void)state;
  for (int round = 0; round < 6000; round++) {
    int kind = round % KINDS, n = 1 + random_below(&s, round % 50 ? 40 : 1024);
    uint32_t expect;

    for (int i = 0; i < n; i++)
      sums_draw_pair(&s, kind, i, x, w);
    expect = sums_exact_f16(x, w, n);
    assert_int_equal(sums_model_f16(x, w, n), expect);
    nans += expect == 0x7fc00000;
    infinities += (expect & 0x7fffffff) == 0x7f800000;
    zeros += !expect;
  }
  assert_true(nans > 100 && infinities > 50 && zeros > 20); /* the draw reaches every rule */
}

/* Products of equal magnitude at both ends of the range, with as many inputs as there can be. */
static void the_widest_sums_are_exact(void **state)
{
  static const uint16_t value[][2] = {{0x7bff, 0x7bff}, {0x7bff, 0xfbff}, {0x0001, 0x0001}, {0x8001, 0x0001},
                                      {0x7bff, 0x0001}, {0x03ff, 0x7bff}, {0x0400, 0x83ff}};
  static uint16_t x[F16_INPUTS_MAX], w[F16_INPUTS_MAX];

  (void)state;
  for (size_t v = 0; v < sizeof value / sizeof value[0]; v++)
    for (int last = 0; last < 4; last++) {
      for (int i = 0; i < F16_INPUTS_MAX; i++) {
        x[i] = value[v][0];
        w[i] = value[v][1];
      }
      x[F16_INPUTS_MAX - 1] = (uint16_t)(last & 1);
      w[F16_INPUTS_MAX - 1] = (uint16_t)(last & 2 ? 0x8001 : 1);
      assert_int_equal(sums_model_f16(x, w, F16_INPUTS_MAX), sums_exact_f16(x, w, F16_INPUTS_MAX));
    }
}

static void the_rules_of_the_contract_hold(void **state)
{
  static const struct {
    uint16_t x[3], w[3];
    uint32_t sum;
  } rule[] = {
      {{0x3c00, 0xbc00, 0}, {0x3c00, 0x3c00, 0}, 0},                    /* 1 - 1 = +0 */
      {{0x8000, 0x8000, 0x8000}, {0x3c00, 0x3c00, 0x3c00}, 0},          /* -0 - 0 - 0 = +0 */
      {{0x7c00, 0x3c00, 0}, {0x3c00, 0xbc00, 0}, 0x7f800000},           /* inf - 1 */
      {{0x7c00, 0x3c00, 0}, {0xbc00, 0xbc00, 0}, 0xff800000},           /* -inf - 1 */
      {{0x7c00, 0xfc00, 0}, {0x3c00, 0x3c00, 0}, 0x7fc00000},           /* inf - inf */
      {{0x7c00, 0x3c00, 0}, {0x8000, 0x3c00, 0}, 0x7fc00000},           /* inf * 0 */
      {{0, 0x3c00, 0}, {0xfc00, 0x3c00, 0}, 0x7fc00000},                /* 0 * inf */
      {{0xfe01, 0x3c00, 0}, {0x3c00, 0x3c00, 0}, 0x7fc00000},           /* any NaN: the canonical one */
      {{0x3c00, 0, 0}, {0x7c01, 0, 0}, 0x7fc00000},                     /* a signalling one */
      {{0x6c00, 0x3c00, 0}, {0x6c00, 0x3c00, 0}, 0x4b800000},           /* 2^24 + 1: a tie, to even */
      {{0x6c00, 0x3c00, 0x0001}, {0x6c00, 0x3c00, 0x0001}, 0x4b800001}, /* just above the tie */
      {{0x6c00, 0x4200, 0}, {0x6c00, 0x3c00, 0}, 0x4b800002},           /* 2^24 + 3: a tie, to even */
      {{0x0001, 0, 0}, {0x0001, 0, 0}, 0x27800000},                     /* 2^-48 */
  };

  (void)state;
  for (size_t k = 0; k < sizeof rule / sizeof rule[0]; k++)
    assert_int_equal(sums_model_f16(rule[k].x, rule[k].w, 3), rule[k].sum);
}

static void every_value_is_split_exactly(void **state)
{
  (void)state;
  for (unsigned v = 0; v < 65536; v++) {
    int e = (int)(v >> 10 & 31);
    double expect = ldexp((double)((v & 0x3ff) + (e ? 1024 : 0)), (e ? e : 1) - 25);
    float high, low;

    f16_split((uint16_t)v, &high, &low);
    if (e == 31)
      expect = 0;
    assert_true(ldexp((double)high, -4) + ldexp((double)low, -24) == (v >> 15 ? -expect : expect));
    assert_true(high == truncf(high) && fabsf(high) < 0x1p20f && low == truncf(low) && fabsf(low) < 0x1p20f);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sums_are_those_of_256_bit_integers), cmocka_unit_test(the_widest_sums_are_exact),
      cmocka_unit_test(the_rules_of_the_contract_hold), cmocka_unit_test(every_value_is_split_exactly)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}
