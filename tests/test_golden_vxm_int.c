/* SPDX-License-Identifier: Apache-2.0 */
/* VXM: integer operations of every width. */
#include "vxm_suite.h"

static bool integer(const oracle_op *op)
{
  return op->family != FAMILY_CVT && !oracle_is_float(op->from);
}

static void integer_operations_equal_64_bit_arithmetic(void **state)
{
  (void)state;
  assert_int_equal(suite_run("integer", integer, 20000), 23 * 3);
}

/* Every pair of bytes. */
static void eight_bit_operations_are_right_for_all_operands(void **state)
{
  const tsp_isa *isa = tsp_isa_builtin();
  uint32_t a[256], b[256], own[256];
  oracle_op op;

  (void)state;
  for (int i = 0; i < isa->count; i++) {
    if (!oracle_find(&isa->instr[i], &op) || op.from != ORACLE_I8)
      continue;
    for (uint32_t x = 0; x < 256; x++) {
      for (uint32_t y = 0; y < 256; y++) {
        a[y] = oracle_extend(ORACLE_I8, x);
        b[y] = oracle_extend(ORACLE_I8, y);
        own[y] = (x ^ y) & 1 ? 1u << (y & 31) : 0;
      }
      suite_check(&isa->instr[i], &op, a, b, own, 256);
    }
  }
}

static void shifts_take_the_low_byte_of_the_count(void **state)
{
  const uint32_t by[] = {0, 1, 31, 32, 255, 256, 257, 0xffffff01};
  const uint32_t left[] = {0x80000081, 0x102, 0x80000000, 0, 0, 0x80000081, 0x102, 0x102};
  const uint32_t right[] = {0x80000081, 0x40000040, 1, 0, 0, 0x80000081, 0x40000040, 0x40000040};
  const uint32_t sign[] = {0x80000081, 0xc0000040, ~0u, ~0u, ~0u, 0x80000081, 0xc0000040, 0xc0000040};
  uint32_t a[8], r[8];

  (void)state;
  for (int i = 0; i < 8; i++)
    a[i] = 0x80000081;
  num_operation(TSP_OP_SHL_I32)(a, by, r, 8);
  assert_memory_equal(r, left, sizeof left);
  num_operation(TSP_OP_SHR_I32)(a, by, r, 8);
  assert_memory_equal(r, right, sizeof right);
  num_operation(TSP_OP_SAR_I32)(a, by, r, 8);
  assert_memory_equal(r, sign, sizeof sign);
  a[0] = 0xffffffff; /* zeros are shifted into the width, then the sign is extended */
  num_operation(TSP_OP_SHR_I8)(a, by, r, 1);
  assert_int_equal(r[0], 0xffffffff);
  num_operation(TSP_OP_SHR_I8)(a, by + 1, r, 1);
  assert_int_equal(r[0], 0x7f);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(integer_operations_equal_64_bit_arithmetic),
                                     cmocka_unit_test(eight_bit_operations_are_right_for_all_operands),
                                     cmocka_unit_test(shifts_take_the_low_byte_of_the_count)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}
