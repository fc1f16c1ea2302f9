/* SPDX-License-Identifier: Apache-2.0 */
/* VXM: fp32 and fp16 arithmetic against the host's IEEE arithmetic. */
#include "vxm_suite.h"

static bool single(const oracle_op *op)
{
  return op->family != FAMILY_CVT && op->from == ORACLE_F32 && !oracle_special(op);
}

static bool half(const oracle_op *op)
{
  return op->family != FAMILY_CVT && op->from == ORACLE_F16 && !oracle_special(op);
}

static void fp32_operations_equal_the_hosts(void **state)
{
  (void)state;
  assert_int_equal(suite_run("fp32", single, 200000), 11);
}

static void fp16_operations_are_exact_ones_rounded_once(void **state)
{
  (void)state;
  assert_int_equal(suite_run("fp16", half, 100000), 11);
}

/* Every sum, difference and product with some operands: all of the other's 65536 values. */
static void fp16_sums_and_products_with_all_operands(void **state)
{
  static const unsigned opcode[] = {TSP_OP_ADD_F16, TSP_OP_SUB_F16, TSP_OP_MUL_F16};
  static const uint32_t some[] = {0, 0x8001, 0x3ff, 0x8400, 0x3c01, 0xbfff, 0x6bff, 0x7bff, 0xfc00, 0x7c01};
  uint32_t a[256], b[256], own[256] = {0};
  oracle_op op;

  (void)state;
  for (int k = 0; k < 3 * 10; k++) {
    const tsp_instr *in = tsp_isa_by_opcode(tsp_isa_builtin(), opcode[k % 3]);

    assert_true(oracle_find(in, &op));
    for (uint32_t v = 0; v < 65536; v++) {
      a[v % 256] = oracle_extend(ORACLE_F16, v);
      b[v % 256] = oracle_extend(ORACLE_F16, some[k / 3]);
      if (v % 256 == 255)
        suite_check(in, &op, a, b, own, 256);
    }
  }
}

/* NaN payloads and signs do not survive anything but a copy. */
static void nan_results_are_canonical(void **state)
{
  static const uint32_t nan32[] = {0xffc00001, 0x7f800001, 0xff812345, 0x7fffffff}, two[] = {1, 1, 1, 1};
  static const uint32_t nan16[] = {0xfffffe01, 0x7c01, 0xfffffd55, 0x7fff};
  const tsp_isa *isa = tsp_isa_builtin();
  uint32_t r[4];
  oracle_op op;

  (void)state;
  for (int i = 0; i < isa->count; i++) {
    if (!oracle_find(&isa->instr[i], &op) || !oracle_is_float(op.from))
      continue;
    num_operation(isa->instr[i].opcode)(op.from == ORACLE_F32 ? nan32 : nan16, two, r, 4);
    for (int k = 0; k < 4; k++)
      if (op.family >= FAMILY_CMPLT && op.family <= FAMILY_CMPEQ)
        assert_int_equal(r[k], 0);
      else
        assert_int_equal(r[k], op.to == ORACLE_F32 ? TSP_NAN_F32 : op.to == ORACLE_F16 ? TSP_NAN_F16 : 0);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(fp32_operations_equal_the_hosts), cmocka_unit_test(fp16_operations_are_exact_ones_rounded_once),
      cmocka_unit_test(fp16_sums_and_products_with_all_operands), cmocka_unit_test(nan_results_are_canonical)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}
