/* SPDX-License-Identifier: Apache-2.0 */
/* VXM: conversions between all types. */
#include "vxm_suite.h"

static bool conversion(const oracle_op *op)
{
  return op->family == FAMILY_CVT;
}

static void conversions_equal_the_hosts(void **state)
{
  (void)state;
  assert_int_equal(suite_run("conversions", conversion, 100000), 20);
}

static void conversions_from_16_bits_are_right_for_all_operands(void **state)
{
  const tsp_isa *isa = tsp_isa_builtin();
  uint32_t a[256], own[256] = {0};
  int count = 0;
  oracle_op op;

  (void)state;
  for (int i = 0; i < isa->count; i++) {
    if (!oracle_find(&isa->instr[i], &op) || op.family != FAMILY_CVT || oracle_bits(op.from) > 16)
      continue;
    count++;
    for (uint32_t v = 0; v < 65536; v++) {
      a[v % 256] = oracle_extend(op.from, v);
      if (v % 256 == 255)
        suite_check(&isa->instr[i], &op, a, a, own, 256);
    }
  }
  assert_int_equal(count, 12);
}

/* Every value around every fp16 number, and the points half way to the next: the only ones where rounding turns. */
static void fp32_to_fp16_turns_at_the_half_way_points(void **state)
{
  const tsp_instr *in = tsp_isa_by_opcode(tsp_isa_builtin(), TSP_OP_CVT_F32_F16);
  uint32_t a[6], own[6] = {0};
  oracle_op op;

  (void)state;
  assert_true(oracle_find(in, &op));
  for (uint32_t h = 0; h < 0x7c00; h++)
    for (int sign = 0; sign < 2; sign++) {
      double low = oracle_half(h), high = h == 0x7bff ? 65536 : oracle_half(h + 1);
      uint32_t x = oracle_f32((float)low), half = oracle_f32((float)((low + high) / 2));
      const uint32_t v[6] = {x, x ? x - 1 : 1, x + 1, half, half - 1, half + 1};

      for (int k = 0; k < 6; k++)
        a[k] = v[k] | (sign ? 0x80000000 : 0);
      suite_check(in, &op, a, a, own, 6);
    }
}

/* Every value from -131 to 131 in steps of 1/128, so every tie of an int8, and around the limits of the wider ones. */
static void ties_of_integers_go_to_even(void **state)
{
  const unsigned opcode[] = {TSP_OP_CVT_F32_I8, TSP_OP_CVT_F32_I16, TSP_OP_CVT_F32_I32};
  const double around[] = {0, 32767, -32768, 2147483648.0, -2147483648.0};
  uint32_t own[1] = {0};

  (void)state;
  for (int k = 0; k < 3; k++) {
    const tsp_instr *in = tsp_isa_by_opcode(tsp_isa_builtin(), opcode[k]);
    oracle_op op;

    assert_true(oracle_find(in, &op));
    for (int m = 0; m < 5; m++)
      for (int i = -131 * 128; i <= 131 * 128; i++) {
        uint32_t a = oracle_f32((float)(around[m] + (double)i / 128));

        suite_check(in, &op, &a, &a, own, 1);
      }
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(conversions_equal_the_hosts),
                                     cmocka_unit_test(conversions_from_16_bits_are_right_for_all_operands),
                                     cmocka_unit_test(fp32_to_fp16_turns_at_the_half_way_points),
                                     cmocka_unit_test(ties_of_integers_go_to_even)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}
